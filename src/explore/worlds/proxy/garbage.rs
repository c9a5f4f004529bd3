//! Whatever comes, in whatever pieces: no panic, no byte lost, and no memory without bound.

use proptest::prelude::*;

use super::relay::Relay;
use super::settings::HoldSettings;
use super::step::{ConnectionId, ProxyEvent, StepKind};

const HELD_BYTES_MAX: usize = 2_000;

/// A server that is ready, and nothing that it said before.
const READY: &[u8] = b"R\0\0\0\x08\0\0\0\0K\0\0\0\x0c\0\0\0\x01\0\0\0\x02Z\0\0\0\x05I";

fn message(tag: u8, body: &[u8]) -> Vec<u8> {
    let length = (body.len() + 4) as u32;
    [&[tag][..], &length.to_be_bytes(), body].concat()
}

/// Messages whose tags and bodies are read, and garbage.
fn stream(tags: &'static [u8]) -> BoxedStrategy<Vec<u8>> {
    let body = prop::collection::vec(prop_oneof![Just(0), Just(b'P'), any::<u8>()], 0..30);
    let known = (prop::sample::select(tags), body);
    let known = known.prop_map(|(tag, body)| message(tag, &body));
    let garbage = prop::collection::vec(any::<u8>(), 1..9);
    let long = Just(message(b'd', &[b'x'; 3_000]));
    let one = prop_oneof![20 => known, 1 => garbage, 1 => long];
    prop::collection::vec(one, 0..25)
        .prop_map(|messages| messages.concat())
        .boxed()
}

fn client() -> BoxedStrategy<Vec<u8>> {
    stream(b"QPPBBEEDCSSHdcfFpX")
}

fn server() -> BoxedStrategy<Vec<u8>> {
    stream(b"12Cs3tTnDIEZZNSAGHWdcVR")
}

fn open(holding: Option<HoldSettings>) -> Relay {
    let mut relay = Relay::new(ConnectionId(1), Vec::new(), holding, true);
    relay.buffers().from_server.extend_from_slice(READY);
    relay.server_said();
    assert_eq!(taken(relay.buffers().to_client), READY);
    relay
}

fn taken(buffer: &mut bytes::BytesMut) -> Vec<u8> {
    buffer.split().to_vec()
}

/// Feeds both sides in turns, so many bytes at a time, and lets every step go.
fn feed(relay: &mut Relay, client: &[u8], server: &[u8], at_once: usize) -> (Vec<u8>, Vec<u8>) {
    let (mut to_server, mut to_client) = (Vec::new(), Vec::new());
    let (mut from_client, mut from_server) = (client.chunks(at_once), server.chunks(at_once));
    loop {
        let (sent, said) = (from_client.next(), from_server.next());
        if let Some(bytes) = sent {
            relay.buffers().from_client.extend_from_slice(bytes);
            relay.client_said();
        }
        if let Some(bytes) = said {
            relay.buffers().from_server.extend_from_slice(bytes);
            relay.server_said();
        }
        while let Some(event) = relay.next_event() {
            if let ProxyEvent::Parked(step) = event {
                relay.let_go(step.id.number);
            }
        }
        to_server.extend(taken(relay.buffers().to_server));
        to_client.extend(taken(relay.buffers().to_client));
        if sent.is_none() && said.is_none() {
            return (to_server, to_client);
        }
    }
}

/// Up to Terminate, behind which nothing counts.
fn is_start(part: &[u8], whole: &[u8]) -> bool {
    whole.starts_with(part)
}

proptest! {
    #[test]
    fn what_passes_is_what_came(
        client in client(),
        server in server(),
        at_once in 1_usize..40,
    ) {
        let mut relay = open(None);
        let (to_server, to_client) = feed(&mut relay, &client, &server, at_once);
        prop_assert!(is_start(&to_server, &client));
        prop_assert!(is_start(&to_client, &server));
        // What is missing is a message that is not whole, or came behind the end.
        let is_over = relay.is_over();
        let unread = client.len() - to_server.len();
        prop_assert!(is_over || unread == relay.buffers().from_client.len());
        prop_assert_eq!(server.len() - to_client.len(), relay.buffers().from_server.len());
    }

    #[test]
    fn what_is_held_is_bounded_and_no_panic(
        client in client(),
        server in server(),
        at_once in 1_usize..40,
        snapshot_steps in any::<bool>(),
    ) {
        let settings = HoldSettings { snapshot_steps, held_bytes_max: HELD_BYTES_MAX, ..HoldSettings::default() };
        let mut relay = open(Some(settings));
        feed(&mut relay, &client, &server, at_once);
        // What came is with the server, or waits and is no more than may be held.
        relay.client_ended();
        while relay.next_event().is_some() {}
        prop_assert!(relay.held_bytes() <= 3 * HELD_BYTES_MAX + 4_000);
    }

    #[test]
    fn how_a_stream_is_cut_makes_no_difference(
        client in client(),
        server in server(),
        at_once in 1_usize..40,
    ) {
        assert_cut_alike(&client, &server, at_once)?;
    }
}

fn assert_cut_alike(client: &[u8], server: &[u8], at_once: usize) -> Result<(), TestCaseError> {
    let by = |at_once| {
        let mut relay = open(None);
        // All of one side first: which side is heard first makes a difference to what is told.
        let sent = feed(&mut relay, client, b"", at_once).0;
        let is_over = relay.is_over();
        (sent, feed(&mut relay, b"", server, at_once).1, is_over)
    };
    let (whole, cut) = (by(usize::MAX), by(at_once));
    prop_assert_eq!((cut.2, &cut.1), (whole.2, &whole.1));
    // Of a Terminate that is too long as much is passed as came with its head.
    let has_ended = cut.2 && is_start(&cut.0, &whole.0);
    prop_assert!(cut.0 == whole.0 || has_ended, "{:?}", (cut.0, whole.0));
    Ok(())
}

#[test]
fn a_terminate_that_is_too_long_ends_what_is_sent() {
    let client = [b'X', 0, b'Q', 0, 0, 0, 9, 0, 0, 0, 0, 0];
    for at_once in 1..=client.len() {
        assert_cut_alike(&client, b"", at_once).unwrap();
    }
}

#[test]
fn what_is_too_long_to_be_held_is_told_and_passes() {
    let settings = HoldSettings {
        held_bytes_max: HELD_BYTES_MAX,
        ..HoldSettings::default()
    };
    let bind = message(b'B', &[0; 900]);
    let long = message(b'B', &[0; 3_000]);
    for (sent, is_held) in [
        ([&bind[..], &bind].concat(), true),
        ([&bind[..], &bind, &bind].concat(), false),
        (long, false),
    ] {
        let mut relay = open(Some(settings));
        while relay.next_event().is_some() {}
        relay.buffers().from_client.extend_from_slice(&sent);
        relay.client_said();
        let told = relay.next_event();
        assert_eq!(told.is_none(), is_held, "{told:?}");
        let passed = taken(relay.buffers().to_server);
        assert_eq!(passed, if is_held { Vec::new() } else { sent });
    }
}

/// Each Bind and Execute of a pipeline is told once, in its sequence, with its own rows.
#[test]
fn rows_are_counted_where_nothing_is_held() {
    let mut relay = open(None);
    while relay.next_event().is_some() {}
    let batch = [
        message(b'E', b"\0\0\0\0\0"),
        message(b'E', b"\0\0\0\0\0"),
        message(b'S', b""),
    ];
    let row = message(b'D', b"\0\0");
    let done = message(b'C', b"OK\0");
    let said = [
        row.clone(),
        done.clone(),
        row.clone(),
        row,
        done,
        message(b'Z', b"I"),
    ];
    feed_all(&mut relay, &batch.concat(), &said.concat());
    let mut rows = Vec::new();
    while let Some(event) = relay.next_event() {
        match event {
            ProxyEvent::Passed(step) => assert_eq!(step.kind, StepKind::Execute),
            ProxyEvent::Answered(id, answer) => rows.push((id.number, answer.rows)),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(rows, [(1, 1), (2, 2)]);
}

fn feed_all(relay: &mut Relay, client: &[u8], server: &[u8]) {
    relay.buffers().from_client.extend_from_slice(client);
    relay.client_said();
    relay.buffers().from_server.extend_from_slice(server);
    relay.server_said();
}
