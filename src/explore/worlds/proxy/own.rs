//! Messages that the proxy itself sends, beside those of the client.

use super::expected::ReplyKind;
use super::line::ProxyLine;
use crate::database::wire::Outbox;

/// A name that no client gives to a statement.
const SNAPSHOT: &str = "sim_proxy_snapshot";

/// Any statement that is analysed under a snapshot, and locks nothing.
const NOTHING: &str = "VALUES (1)";

fn message(build: impl FnOnce(&mut Outbox)) -> Vec<u8> {
    let mut outbox = Outbox::default();
    build(&mut outbox);
    outbox.bytes().to_vec()
}

/// Has the server send what it has to say.
pub(super) fn flush(line: &mut ProxyLine) {
    line.pass_unanswered(&message(Outbox::flush));
}

/// Ends the implicit transaction; ReadyForQuery is the client's, or is hidden.
pub(super) fn sync(line: &mut ProxyLine, is_hidden: bool) {
    line.send(&message(Outbox::sync), ReplyKind::Sync, is_hidden);
}

/// A simple query as messages of the extended protocol, up to its execution. The client
/// sees its rows and its columns, and none of the other replies.
pub(super) fn split(line: &mut ProxyLine, sql: &[u8]) {
    let parse = message(|out| out.parse("", sql, &[]));
    line.send(&parse, ReplyKind::Parse, true);
    line.send(&message(|out| out.bind("", &[])), ReplyKind::Bind, true);
    let describe = message(Outbox::describe_portal);
    line.send(&describe, ReplyKind::Describe(None), true);
    line.send(&message(Outbox::execute), ReplyKind::Execute, false);
    flush(line);
}

/// Takes the snapshot of the implicit transaction: the server does so when it analyses a
/// statement. Nothing is executed, so that a statement which must be the first one of its
/// transaction (VACUUM) still is.
pub(super) fn snapshot(line: &mut ProxyLine) {
    let parse = message(|out| out.parse(SNAPSHOT, NOTHING, &[]));
    line.send(&parse, ReplyKind::Parse, true);
    let close = message(|out| out.close_statement(SNAPSHOT));
    line.send(&close, ReplyKind::Close, true);
    flush(line);
}
