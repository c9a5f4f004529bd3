//! A client that sends the bytes that it is told to, and keeps those that come.

use checkout_sim::database::wire::{FRAME_BYTES_MAX, Outbox, WireAddress, split};
use checkout_sim::explore::worlds::proxy::{
    HoldSettings, Proxy, ProxyEvent, ProxySettings, ProxyStep, StepAnswer,
};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc::Receiver;

use crate::wire::server::server;

/// Longer than anything takes here; only what hangs takes so long.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Talker {
    stream: TcpStream,
    unread: Vec<u8>,
    /// Everything that came since the session was open.
    pub heard: Vec<u8>,
    /// The server process and the secret, as BackendKeyData has them.
    pub key: Vec<u8>,
}

impl Talker {
    /// Opens a session.
    pub async fn open(port: u16) -> Self {
        let mut talker = Self::dial(port).await;
        let mut outbox = Outbox::default();
        outbox.startup([("user", "postgres"), ("database", "postgres")]);
        talker.send(outbox.bytes()).await;
        talker.until(b"Z").await;
        talker.heard.clear();
        talker
    }

    pub async fn dial(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).await;
        Self {
            stream: stream.expect("a connection"),
            unread: Vec::new(),
            heard: Vec::new(),
            key: Vec::new(),
        }
    }

    pub async fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.expect("sent");
    }

    pub async fn query(&mut self, sql: &str) {
        self.send(&query(sql)).await;
        self.until(b"Z").await;
    }

    /// Reads until messages of these kinds have come, in this sequence.
    pub async fn until(&mut self, tags: &[u8]) {
        for tag in tags {
            let mut last = None;
            while last != Some(*tag) {
                last = self.message().await;
                let tag = char::from(*tag);
                assert!(last.is_some(), "no '{tag}' comes after {}", self.tags());
            }
        }
    }

    /// The kind of the next message; `None` at the end.
    pub async fn message(&mut self) -> Option<u8> {
        let reading = tokio::time::timeout(PATIENCE, self.read());
        reading.await.unwrap_or_else(|_| {
            let tags = tags(&self.heard);
            panic!("nothing more comes after {tags:?}")
        })
    }

    async fn read(&mut self) -> Option<u8> {
        loop {
            if let Some(frame) = split(&self.unread, FRAME_BYTES_MAX).expect("a message") {
                let (tag, length) = (frame.tag, frame.bytes.len());
                if tag == b'K' {
                    self.key = frame.body().to_vec();
                }
                self.heard.extend(self.unread.drain(..length));
                return Some(tag);
            }
            let read = self.stream.read_buf(&mut self.unread).await;
            if !matches!(read, Ok(1..)) {
                return None;
            }
        }
    }

    /// Reads to the end.
    pub async fn end(&mut self) {
        while self.message().await.is_some() {}
    }

    /// Nothing has come that was not read: what is passed too early comes with the rows.
    #[track_caller]
    pub fn has_no_more(&mut self) {
        let _ = self.stream.try_read_buf(&mut self.unread);
        let more = self.unread.escape_ascii();
        assert!(self.unread.is_empty(), "{more}");
    }

    pub fn pid(&self) -> u32 {
        u32::from_be_bytes(self.key[..4].try_into().expect("a key"))
    }

    pub fn tags(&self) -> String {
        tags(&self.heard)
    }
}

/// The kinds of messages, in their sequence.
pub fn tags(mut heard: &[u8]) -> String {
    let mut tags = String::new();
    while let Ok(Some(frame)) = split(heard, FRAME_BYTES_MAX) {
        tags.push(frame.tag.into());
        heard = &heard[frame.bytes.len()..];
    }
    tags
}

pub fn frame(tag: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).expect("a short message");
    [&[tag][..], &length.to_be_bytes(), body].concat()
}

pub fn query(sql: &str) -> Vec<u8> {
    frame(b'Q', &[sql.as_bytes(), b"\0"].concat())
}

pub fn settings(port: u16, holding: Option<HoldSettings>) -> ProxySettings {
    ProxySettings {
        server: WireAddress::Tcp("127.0.0.1".into(), port),
        port: 0,
        holding,
        keeps: None,
    }
}

/// A proxy before the server of these tests, and what happens at it.
pub struct Stand {
    pub proxy: Proxy,
    pub events: Receiver<ProxyEvent>,
}

impl Stand {
    pub async fn start(holding: Option<HoldSettings>) -> Self {
        let started = Proxy::start(settings(server().port, holding)).await;
        let (proxy, events) = started.expect("a port");
        Self { proxy, events }
    }

    pub fn port(&self) -> u16 {
        self.proxy.address().port()
    }

    pub async fn event(&mut self) -> ProxyEvent {
        let next = tokio::time::timeout(PATIENCE, self.events.recv());
        next.await.expect("an event").expect("a proxy")
    }

    /// The next step that parks.
    pub async fn parked(&mut self) -> ProxyStep {
        loop {
            match self.event().await {
                ProxyEvent::Parked(step) => return step,
                ProxyEvent::Unsupported(_, reason) => panic!("{reason}"),
                _ => {}
            }
        }
    }

    /// Lets a step go, and waits for its answer.
    pub async fn step(&mut self, step: &ProxyStep) -> StepAnswer {
        assert!(self.proxy.let_go(step.id));
        self.answer(step).await
    }

    pub async fn answer(&mut self, step: &ProxyStep) -> StepAnswer {
        loop {
            match self.event().await {
                ProxyEvent::Answered(id, answer) if id == step.id => return answer,
                ProxyEvent::Parked(other) => panic!("{other:?} before {step:?} is answered"),
                _ => {}
            }
        }
    }
}
