//! A service that answers each connection as it is told to.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

/// What is done on a connection, one after the other.
#[derive(Debug, Clone)]
pub enum Do {
    /// Read a whole request.
    Read,
    /// Send these bytes.
    Say(Vec<u8>),
    /// Wait so long.
    Wait(Duration),
}

impl Do {
    pub fn say(text: &str) -> Self {
        Self::Say(text.replace('\n', "\r\n").into_bytes())
    }
}

/// A server on a port of its own; each connection is closed at the end of its list.
pub struct TestServer {
    pub port: u16,
    heard: Receiver<String>,
}

impl TestServer {
    /// One list for each connection that comes, in their sequence; then none is taken.
    pub fn start(connections: Vec<Vec<Do>>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (tell, heard) = channel();
        thread::spawn(move || {
            for list in connections {
                let Ok((stream, _)) = listener.accept() else {
                    return;
                };
                serve(stream, list, &tell);
            }
        });
        Self { port, heard }
    }

    /// The next whole request that came.
    pub fn heard(&self) -> String {
        let heard = self.heard.recv_timeout(Duration::from_secs(10));
        heard.expect("a request")
    }

    /// Whether another request came.
    pub fn heard_more(&self) -> bool {
        self.heard.try_recv().is_ok()
    }
}

fn serve(mut stream: TcpStream, list: Vec<Do>, tell: &Sender<String>) {
    for step in list {
        match step {
            Do::Read => {
                let Some(request) = read(&mut stream) else {
                    return;
                };
                let _ = tell.send(request);
            }
            // The client may have gone.
            Do::Say(bytes) => drop(stream.write_all(&bytes)),
            Do::Wait(time) => thread::sleep(time),
        }
    }
}

fn read(stream: &mut TcpStream) -> Option<String> {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => request.push(byte[0]),
            _ => return None,
        }
    }
    let head = String::from_utf8_lossy(&request).into_owned();
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse().ok())?
    });
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).ok()?;
    Some(head + &String::from_utf8_lossy(&body))
}
