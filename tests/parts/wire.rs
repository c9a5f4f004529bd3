//! Framing and messages without a server: whatever comes, nothing panics and nothing is
//! lost.

use checkout_sim::database::wire::{
    BackendMessage, FRAME_BYTES_MAX, FirstPacket, Outbox, split, split_untagged,
};
use proptest::prelude::*;

fn message(tag: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).expect("a short body");
    [&[tag], &length.to_be_bytes()[..], body].concat()
}

/// Tags that a server uses, often enough that their bodies are read.
fn tag() -> impl Strategy<Value = u8> {
    prop_oneof![
        proptest::sample::select(b"RKSATDCIEZNt123nGHWdcvVs".to_vec()),
        any::<u8>(),
    ]
}

proptest! {
    #[test]
    fn messages_are_found_again_and_not_a_byte_is_changed(
        bodies in prop::collection::vec((tag(), prop::collection::vec(any::<u8>(), 0..40)), 0..8),
        cut in any::<prop::sample::Index>(),
    ) {
        let stream: Vec<u8> = bodies.iter().flat_map(|(tag, body)| message(*tag, body)).collect();
        let mut rest = stream.as_slice();
        for (tag, body) in &bodies {
            let frame = split(rest, FRAME_BYTES_MAX).expect("a length").expect("whole");
            prop_assert_eq!((frame.tag, frame.body()), (*tag, body.as_slice()));
            prop_assert_eq!(frame.bytes, &rest[..frame.bytes.len()]);
            // A message is there when its last byte is, and not before.
            let part = &frame.bytes[..cut.index(frame.bytes.len())];
            prop_assert_eq!(split(part, FRAME_BYTES_MAX), Ok(None));
            rest = &rest[frame.bytes.len()..];
        }
        prop_assert_eq!(split(rest, FRAME_BYTES_MAX), Ok(None));
    }

    #[test]
    fn garbage_is_no_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut rest = bytes.as_slice();
        while let Ok(Some(frame)) = split(rest, 100) {
            prop_assert!(frame.bytes.len() <= 101);
            let _ = BackendMessage::read(frame);
            rest = &rest[frame.bytes.len()..];
        }
        if let Ok(Some(packet)) = split_untagged(&bytes) {
            let _ = FirstPacket::read(packet);
        }
    }

    #[test]
    fn bodies_of_garbage_are_no_panic(
        tag in tag(),
        body in prop::collection::vec(prop_oneof![Just(0), any::<u8>()], 0..60),
    ) {
        let bytes = message(tag, &body);
        let frame = split(&bytes, FRAME_BYTES_MAX).expect("a length").expect("whole");
        let _ = BackendMessage::read(frame);
        // Without a tag the same bytes are an opening of some kind.
        for code in [5678_u32, 5679, 5680] {
            let code = (1234 << 16) + code;
            let opening = [&[0; 4], &code.to_be_bytes()[..], &body].concat();
            let _ = FirstPacket::read(&opening);
        }
        let startup = [&[0, 0, 0, 0, 0, 3, 0, 2], body.as_slice()].concat();
        let _ = FirstPacket::read(&startup);
    }

    #[test]
    fn what_is_built_is_framed_as_built(
        name in "[a-z]{0,9}",
        sql in "\\PC{0,60}",
        types in prop::collection::vec(any::<u32>(), 0..5),
        values in prop::collection::vec(prop::option::of("\\PC{0,20}"), 0..5),
    ) {
        let mut outbox = Outbox::default();
        let values: Vec<_> = values.iter().map(Option::as_deref).collect();
        outbox.parse(&name, &sql, &types);
        outbox.describe_statement(&name);
        outbox.bind(&name, &values);
        outbox.execute();
        outbox.flush();
        outbox.close_statement(&name);
        outbox.copy_fail(&sql);
        outbox.sync();
        outbox.terminate();
        let mut rest = outbox.bytes();
        let mut tags = Vec::new();
        while let Some(frame) = split(rest, FRAME_BYTES_MAX).expect("a length") {
            tags.push(frame.tag);
            rest = &rest[frame.bytes.len()..];
        }
        prop_assert!(rest.is_empty());
        prop_assert_eq!(tags, b"PDBEHCfSX");
    }

    #[test]
    fn what_opens_a_connection_is_read_as_built(
        parameters in prop::collection::vec(("[a-z]{1,9}", "[^\\x00]{0,20}"), 0..5),
        pid in any::<u32>(),
        secret in prop::collection::vec(any::<u8>(), 4..=256),
    ) {
        let mut outbox = Outbox::default();
        outbox.startup(parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let packet = split_untagged(outbox.bytes()).expect("a length").expect("whole");
        let read: Vec<(&[u8], &[u8])> = parameters
            .iter()
            .map(|(name, value)| (name.as_bytes(), value.as_bytes()))
            .collect();
        let startup = FirstPacket::Startup { version: 3 << 16, parameters: read };
        prop_assert_eq!(FirstPacket::read(packet), Some(startup));
        outbox.clear();
        outbox.cancel(pid, &secret);
        let packet = split_untagged(outbox.bytes()).expect("a length").expect("whole");
        prop_assert_eq!(packet, outbox.bytes());
        prop_assert_eq!(FirstPacket::read(packet), Some(FirstPacket::Cancel { pid, secret: &secret }));
    }
}

#[test]
fn lengths_that_no_message_has_are_found_before_it_has_come() {
    for (bytes, is_fine) in [
        (b"Z\0\0\0\x03", false),
        (b"Z\0\0\0\x04", true),
        (b"D\0\0\0\x64", true),
        (b"D\0\0\0\x65", false),
        (b"D\xff\xff\xff\xff", false),
    ] {
        assert_eq!(split(bytes, 100).is_ok(), is_fine, "{bytes:?}");
    }
    assert!(split_untagged(b"\0\0\x27\x10").is_ok());
    assert!(split_untagged(b"\0\0\x27\x11").is_err());
    // TLS from the first byte (PostgreSQL 17 with sslnegotiation=direct).
    assert!(split_untagged(&[0x16, 3, 1, 2, 0, 1, 0, 1]).is_err());
    let mut outbox = Outbox::default();
    outbox.ssl_request();
    assert_eq!(FirstPacket::read(outbox.bytes()), Some(FirstPacket::Tls));
    let gss = b"\0\0\0\x08\x04\xd2\x16\x30";
    assert_eq!(FirstPacket::read(gss), Some(FirstPacket::Gss));
    assert_eq!(FirstPacket::read(b"\0\0\0\x08\0\x02\0\0"), None);
}
