//! A connection of a client: sockets around a [`Relay`].

use std::io;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt, split};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::faulty::FaultDue;
use super::hub::{BusyMark, Control, Hub};
use super::kept::{KeptSession, forgets, knows};
use super::opening::{Opening, read};
use super::refusal::{NOT_REACHED, refusal};
use super::relay::Relay;
use super::server_socket::{ServerSocket, reach};
use super::step::{ConnectionId, ProxyEvent, ProxyStep, StepAnswer, StepKind};

type Controls = mpsc::UnboundedReceiver<Control>;

/// Serves a client to the end, and tells of it.
pub(super) async fn serve(hub: &Hub, id: ConnectionId, mut client: TcpStream, controls: Controls) {
    let (reason, kept) = match converse(hub, id, &mut client, controls).await {
        Ok(kept) => (None, kept),
        Err(reason) => (Some(reason), None),
    };
    hub.leave(id);
    hub.tell(ProxyEvent::Closed(id, reason)).await;
    // A client that is cut may open another one at once, which is not to be told before.
    drop(client);
    // The number of its process may come again only now.
    if let Some((packet, session)) = kept {
        hub.keep(packet, session);
    }
}

/// A session that stays, with the packet that it was opened with.
type Stays = Option<(Bytes, KeptSession)>;

async fn converse(
    hub: &Hub,
    id: ConnectionId,
    client: &mut TcpStream,
    controls: Controls,
) -> Result<Stays, String> {
    let set = client.set_nodelay(true);
    set.map_err(|error| error.to_string())?;
    let busy = BusyMark::new(hub);
    match read(client).await {
        Ok(Opening::Session {
            packet,
            behind,
            parameters,
        }) => {
            let mut relay = Relay::new(id, parameters, hub.holding(), hub.is_watched());
            if let Some(faults) = &hub.faults {
                relay.put_faults_in(Arc::clone(faults));
            }
            let opened = (packet.freeze(), behind);
            session((hub, busy), (id, relay), client, opened, controls).await
        }
        Ok(Opening::Cancel {
            packet,
            pid,
            secret,
        }) => {
            drop(busy);
            let key = (pid, secret);
            cancel(hub, id, &packet, key, controls).await.map(|()| None)
        }
        Ok(Opening::WantsTls) => {
            hub.tell(ProxyEvent::Refused(id, NO_TLS.to_owned())).await;
            Ok(None)
        }
        Err(reason) if reason.is_empty() => Ok(None),
        Err(reason) => {
            hub.tell(ProxyEvent::Unsupported(id, reason.clone())).await;
            Err(reason)
        }
    }
}

async fn session(
    (hub, busy): (&Hub, BusyMark<'_>),
    (id, mut relay): (ConnectionId, Relay),
    client: &mut TcpStream,
    (packet, mut behind): (Bytes, BytesMut),
    controls: Controls,
) -> Result<Stays, String> {
    let keeps = hub.keeps().filter(|keeps| relay.is_of_role(&keeps.role));
    let kept = keeps.and_then(|_| hub.take_kept(&packet));
    let socket = keeps.and_then(|keeps| keeps.socket.as_ref());
    if let Some(keeps) = keeps.filter(|_| kept.is_some() || socket.is_some()) {
        match knows(client, &mut behind, &keeps.password).await {
            Ok(true) => {}
            // It may be one that shows no password in clear.
            Ok(false) => {
                hub.keep_no_more();
                return Ok(None);
            }
            Err(reason) => {
                kept.into_iter()
                    .for_each(|kept| hub.keep(packet.clone(), kept));
                return Err(reason);
            }
        }
    }
    let server = match kept {
        Some(kept) => {
            relay.begin_again(&kept.greeting);
            kept.socket
        }
        None => {
            relay.buffers().to_server.extend_from_slice(&packet);
            match reach(socket.unwrap_or(&hub.server)).await {
                Ok(server) => server,
                Err(error) => {
                    let reason = format!("the server cannot be reached: {error}");
                    // The client may be gone as well.
                    let _ = client.write_all(&refusal(NOT_REACHED, &reason)).await;
                    return Err(reason);
                }
            }
        }
    };
    relay.begin_with(&behind);
    let mut pump = Pump {
        hub,
        busy,
        id,
        relay,
        controls,
        is_client_gone: false,
        has_shut: false,
        fault: None,
        keeps: keeps.is_some(),
        stays: false,
        paused_until: None,
    };
    let Some(mut socket) = pump.run(client, server).await? else {
        return Ok(None);
    };
    let greeting = pump.relay.take_greeting();
    let stays = forgets(&mut *socket).await;
    Ok(stays.then_some((packet, KeptSession { socket, greeting })))
}

/// Passes a request to cancel on, once it is let go.
async fn cancel(
    hub: &Hub,
    id: ConnectionId,
    packet: &[u8],
    key: (u32, Vec<u8>),
    mut controls: Controls,
) -> Result<(), String> {
    let step = ProxyStep::cancel(id, hub.of_key(&key));
    let (step_id, kind) = (step.id, step.kind);
    let is_held = hub.holding().is_some_and(|settings| !settings.is_automatic);
    if is_held && hub.tell(ProxyEvent::Parked(step.clone())).await {
        while let Some(control) = controls.recv().await {
            if matches!(control, Control::LetGo(1) | Control::Hold(None)) {
                break;
            }
        }
    } else if !is_held {
        hub.tell(ProxyEvent::Passed(step)).await;
    }
    // Its session may be another client's by now, under the same key.
    let sent = match kind == StepKind::Cancel(hub.of_key(&key)) {
        true => send(reach(&hub.server).await, packet).await,
        false => Ok(()),
    };
    hub.tell(ProxyEvent::Answered(step_id, StepAnswer::default()))
        .await;
    sent.map_err(|error| format!("the request to cancel did not reach the server: {error}"))
}

/// Sends all, and waits until the peer has read it and closed.
async fn send(server: io::Result<Box<dyn ServerSocket>>, packet: &[u8]) -> io::Result<()> {
    let mut server = server?;
    server.write_all(packet).await?;
    let mut nothing = [0; 16];
    while server.read(&mut nothing).await? > 0 {}
    Ok(())
}

struct Pump<'h> {
    hub: &'h Hub,
    busy: BusyMark<'h>,
    id: ConnectionId,
    relay: Relay,
    controls: Controls,
    /// It takes nothing more either.
    is_client_gone: bool,
    /// The server was told that nothing more comes.
    has_shut: bool,
    fault: Option<Fault>,
    /// Whether the session of the server may outlive the client, and whether it does.
    keeps: bool,
    stays: bool,
    /// Until then nothing of the client passes.
    paused_until: Option<Instant>,
}

/// How the connection is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// The client hears nothing more; the step that is under way is the last one.
    LastStep,
    /// It is cut for both: for the server first, which is waited for.
    Cut,
}

/// What one turn of a pump saw.
enum Seen {
    Controlled(Option<Control>),
    ToClient(io::Result<usize>),
    ToServer(io::Result<usize>),
    FromServer(io::Result<usize>),
    FromClient(io::Result<usize>),
    PauseOver,
}

impl Pump<'_> {
    /// Moves bytes until both sides are done; gives the server's back where its session can stay.
    async fn run(
        &mut self,
        client: &mut TcpStream,
        server: Box<dyn ServerSocket>,
    ) -> Result<Option<Box<dyn ServerSocket>>, String> {
        let (mut client_in, mut client_out) = client.split();
        let (mut server_in, mut server_out) = split(server);
        let reason = loop {
            self.tell().await;
            self.begin_drawn();
            if self.fault == Some(Fault::LastStep) {
                self.relay.buffers().to_client.clear();
                if self.relay.is_between_steps() {
                    self.relay.cut();
                    self.fault = Some(Fault::Cut);
                }
            }
            if self.may_stay() {
                self.busy.set(true);
                break None;
            }
            self.busy.set(self.relay.is_busy());
            if self.is_over() && !self.has_shut {
                self.has_shut = true;
                if self.is_client_gone || server_out.shutdown().await.is_err() {
                    break None;
                }
            }
            let (has_shut, is_client_gone) = (self.has_shut, self.is_client_gone);
            let paused_until = self.paused_until;
            let from_client = self.relay.takes_from_client();
            let from_server = self.relay.takes_from_server();
            let buffers = self.relay.buffers();
            let seen = tokio::select! {
                biased;
                control = self.controls.recv() => Seen::Controlled(control),
                wrote = client_out.write_buf(buffers.to_client),
                    if !buffers.to_client.is_empty() => Seen::ToClient(wrote),
                wrote = server_out.write_buf(buffers.to_server),
                    if !buffers.to_server.is_empty() && !has_shut => Seen::ToServer(wrote),
                read = server_in.read_buf(buffers.from_server),
                    if from_server => Seen::FromServer(read),
                read = client_in.read_buf(buffers.from_client),
                    if from_client && !is_client_gone => Seen::FromClient(read),
                () = until(paused_until), if paused_until.is_some() => Seen::PauseOver,
            };
            if let Some(reason) = self.take_in(seen) {
                break reason;
            }
        };
        self.tell().await;
        // What the server said last still goes; a client that is gone fails it.
        if !self.is_client_gone && self.fault.is_none() {
            let _ = client_out
                .write_all_buf(self.relay.buffers().to_client)
                .await;
            let _ = client_out.shutdown().await;
        }
        match reason {
            Some(reason) => Err(reason),
            None => Ok(self.stays.then(|| server_in.unsplit(server_out))),
        }
    }

    /// Whether the client has left its session so that it can be another one's.
    fn may_stay(&mut self) -> bool {
        let is_whole = self.keeps && self.fault.is_none() && !self.has_shut;
        self.stays = is_whole && self.relay.takes_its_end_back();
        self.stays
    }

    /// Begins with the fault that was drawn, if one was.
    fn begin_drawn(&mut self) {
        match self.relay.fault_due() {
            None => {}
            Some(FaultDue::Pause(time)) => self.paused_until = Some(Instant::now() + time),
            Some(FaultDue::LoseReply) => self.fault = Some(Fault::LastStep),
            Some(FaultDue::Cut) => {
                self.relay.cut();
                self.fault = Some(Fault::Cut);
            }
        }
    }

    /// Whether the server has got all that the client sent.
    fn is_over(&mut self) -> bool {
        self.relay.is_over() && self.relay.buffers().to_server.is_empty()
    }

    /// `Some` at the end, with a reason if it is not the client's own.
    fn take_in(&mut self, seen: Seen) -> Option<Option<String>> {
        match seen {
            Seen::Controlled(Some(Control::LetGo(number))) => self.relay.let_go(number),
            Seen::Controlled(Some(Control::Hold(holding))) => self.relay.hold(holding),
            Seen::Controlled(Some(Control::Cut(number))) if self.relay.is_parked(number) => {
                self.relay.cut();
                self.fault = Some(Fault::Cut);
            }
            Seen::Controlled(Some(Control::LoseReply(number))) if self.relay.is_parked(number) => {
                self.relay.let_go(number);
                self.fault = Some(Fault::LastStep);
            }
            Seen::Controlled(Some(Control::Cut(_) | Control::LoseReply(_))) => {}
            // The proxy itself is gone.
            Seen::Controlled(None) => return Some(None),
            Seen::ToClient(Ok(1..)) | Seen::ToServer(Ok(1..)) => {}
            Seen::ToClient(_) => self.client_is_gone(),
            Seen::ToServer(Ok(_)) => return Some(Some(SERVER_CLOSED.into())),
            // It may have said why before it closed.
            Seen::ToServer(Err(_)) => self.relay.buffers().to_server.clear(),
            Seen::FromServer(Ok(1..)) if self.fault == Some(Fault::Cut) => self.relay.discard(),
            Seen::FromServer(Ok(1..)) => self.relay.server_said(),
            Seen::FromServer(_) if self.fault.is_some() => return Some(Some(CUT.into())),
            Seen::FromServer(Ok(_)) if self.relay.is_over() => return Some(None),
            Seen::FromServer(Ok(_)) => return Some(Some(SERVER_CLOSED.into())),
            Seen::FromServer(Err(error)) if self.relay.is_over() => {
                drop(error);
                return Some(None);
            }
            Seen::FromServer(Err(error)) => return Some(Some(format!("{SERVER_CLOSED}: {error}"))),
            Seen::FromClient(Ok(1..)) => self.relay.client_said(),
            Seen::FromClient(Ok(_)) => self.relay.client_ended(),
            Seen::FromClient(Err(_)) => self.client_is_gone(),
            Seen::PauseOver => {
                self.paused_until = None;
                self.relay.end_pause();
            }
        }
        if self.is_client_gone {
            self.relay.buffers().to_client.clear();
        }
        None
    }

    fn client_is_gone(&mut self) {
        self.is_client_gone = true;
        self.relay.client_ended();
    }

    async fn tell(&mut self) {
        if let Some(key) = self.relay.key.take() {
            self.hub.note_key(self.id, key);
        }
        while let Some(event) = self.relay.next_event() {
            if !self.hub.tell(event).await {
                self.relay.hold(None);
            }
        }
    }
}

/// Never, where there is no moment.
async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

/// Why a client leaves before it has opened a session.
const NO_TLS: &str = "the program left when its connection was to be without TLS";
const CUT: &str = "cut by the schedule";
const SERVER_CLOSED: &str = "the server closed the connection";
