//! The codec of the crate `pgwire` as the oracle of our framing, on all that the cases
//! send and are sent.

use bytes::BytesMut;
use checkout_sim::database::wire::{ClientMessage, FRAME_BYTES_MAX, Frame, split};
use pgwire::messages::{
    DecodeContext, PgWireBackendMessage, PgWireFrontendMessage, ProtocolVersion,
};

use super::cases::all;

fn context() -> DecodeContext {
    let mut context = DecodeContext::new(ProtocolVersion::PROTOCOL3_0);
    context.awaiting_frontend_ssl = false;
    context.awaiting_frontend_startup = false;
    context
}

/// Each message ends where the codec says that it ends.
fn assert_framed(
    mut bytes: &[u8],
    unknown: &[u8],
    mut decode: impl FnMut(&mut BytesMut, Frame<'_>) -> bool,
) {
    while let Some(frame) = split(bytes, FRAME_BYTES_MAX).expect("a message") {
        let mut theirs = BytesMut::from(bytes);
        let rest = bytes.len() - frame.bytes.len();
        if !unknown.contains(&frame.tag) {
            assert!(decode(&mut theirs, frame), "{}", frame.bytes.escape_ascii());
            assert_eq!(theirs.len(), rest, "{}", frame.bytes.escape_ascii());
        }
        bytes = &bytes[frame.bytes.len()..];
    }
    assert!(bytes.is_empty());
}

/// What a server sent.
pub fn assert_server(bytes: &[u8]) {
    assert_framed(bytes, b"V", |theirs, _| {
        let decoded = PgWireBackendMessage::decode(theirs, &context());
        decoded.is_ok_and(|message| message.is_some())
    });
}

fn named(name: Option<&String>) -> &[u8] {
    name.map_or(b"", |name| name.as_bytes())
}

/// Whether both read the same.
fn is_same(ours: &ClientMessage<'_>, theirs: &PgWireFrontendMessage) -> bool {
    match (ours, theirs) {
        (ClientMessage::Query(sql), PgWireFrontendMessage::Query(query)) => {
            *sql == query.query.as_bytes()
        }
        (ClientMessage::Parse { name, sql, types }, PgWireFrontendMessage::Parse(parse)) => {
            *name == named(parse.name.as_ref())
                && *sql == parse.query.as_bytes()
                && *types == parse.type_oids
        }
        (
            ClientMessage::Bind {
                portal,
                statement,
                values,
                ..
            },
            PgWireFrontendMessage::Bind(bind),
        ) => {
            let given = bind.parameters.iter().map(|value| value.as_deref());
            *portal == named(bind.portal_name.as_ref())
                && *statement == named(bind.statement_name.as_ref())
                && values.iter().copied().eq(given)
        }
        (ClientMessage::Execute { portal, rows_max }, PgWireFrontendMessage::Execute(execute)) => {
            *portal == named(execute.name.as_ref())
                && i64::from(*rows_max) == i64::from(execute.max_rows)
        }
        (ClientMessage::Describe(..), PgWireFrontendMessage::Describe(_))
        | (ClientMessage::Close(..), PgWireFrontendMessage::Close(_))
        | (ClientMessage::Sync, PgWireFrontendMessage::Sync(_))
        | (ClientMessage::Flush, PgWireFrontendMessage::Flush(_))
        | (ClientMessage::Terminate, PgWireFrontendMessage::Terminate(_)) => true,
        (ClientMessage::CopyIn, theirs) => matches!(
            theirs,
            PgWireFrontendMessage::CopyData(_)
                | PgWireFrontendMessage::CopyDone(_)
                | PgWireFrontendMessage::CopyFail(_)
        ),
        _ => false,
    }
}

#[test]
fn what_the_cases_send_is_read_as_another_codec_reads_it() {
    for case in all() {
        for (bytes, _) in &case.turns {
            // It knows no call of a function, and nothing does know `y`.
            assert_framed(bytes, b"Fy", |theirs, frame| {
                let ours = ClientMessage::read(frame).expect("a message");
                let decoded = PgWireFrontendMessage::decode(theirs, &context());
                decoded.is_ok_and(|theirs| theirs.is_some_and(|theirs| is_same(&ours, &theirs)))
            });
        }
    }
}
