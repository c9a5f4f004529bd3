//! Requests over one connection, to services of every kind.

use std::time::Duration;

use checkout_sim::service::{HttpChannel, HttpFailure, HttpLimits, ServiceOrigin};
use checkout_sim::subject::service::{OutgoingRequest, ServiceReply};

use super::server::{Do, TestServer};

const OK: &str = "HTTP/1.1 200 OK\nContent-Length: 2\n\nok";

fn request(path: &str, body: &str) -> OutgoingRequest {
    OutgoingRequest {
        method: if body.is_empty() { "GET" } else { "POST" },
        is_safe: body.is_empty(),
        path: path.into(),
        headers: vec![("x-key".into(), "7".into())],
        body: body.into(),
    }
}

fn channel_to(port: u16) -> HttpChannel {
    patient_channel_to(port, Duration::from_secs(60))
}

fn patient_channel_to(port: u16, time: Duration) -> HttpChannel {
    let limits = HttpLimits {
        time,
        body_bytes: 1_000,
    };
    HttpChannel::to(ServiceOrigin::local(port), limits)
}

fn reply(status: u16, body: &str) -> Result<ServiceReply, HttpFailure> {
    Ok(ServiceReply {
        status,
        body: body.into(),
    })
}

/// Two requests go over one connection; a body has its length, and a header its value.
#[tokio::test]
async fn a_connection_is_kept() {
    let again = "HTTP/1.1 409 Conflict\nTransfer-Encoding: chunked\n\n3\nabc\n2\nde\n0\n\n";
    let list = vec![Do::Read, Do::say(OK), Do::Read, Do::say(again)];
    let server = TestServer::start(vec![list]);
    let mut channel = channel_to(server.port);
    assert_eq!(channel.ask(&request("/a?b=c", "")).await, reply(200, "ok"));
    assert_eq!(channel.ask(&request("/d", "{}")).await, reply(409, "abcde"));
    let host = format!("host: 127.0.0.1:{}", server.port);
    let first = server.heard();
    assert!(first.starts_with("GET /a?b=c HTTP/1.1\r\n"), "{first}");
    assert!(
        first.contains(&host) && first.contains("x-key: 7"),
        "{first}"
    );
    let second = server.heard();
    assert!(second.starts_with("POST /d HTTP/1.1\r\n"), "{second}");
    assert!(
        second.contains("content-length: 2") && second.ends_with("\r\n\r\n{}"),
        "{second}"
    );
}

/// A service may close a connection after each reply, whether it says so or not: nothing of the
/// next request was sent there, and it goes over a new one.
#[tokio::test]
async fn a_connection_that_was_closed_is_opened_anew() {
    let close = "HTTP/1.1 200 OK\nConnection: close\nContent-Length: 2\n\nok";
    let old = "HTTP/1.0 200 OK\n\nok";
    let once = |said: &str| vec![Do::Read, Do::say(said)];
    let server = TestServer::start(vec![once(close), once(old), once(OK), once(OK)]);
    let mut channel = channel_to(server.port);
    for nth in 0..4 {
        assert_eq!(
            channel.ask(&request("/", "{}")).await,
            reply(200, "ok"),
            "{nth}"
        );
        // The end of the connection is on its way.
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

/// What was sent is never sent twice: a request whose connection ends without a reply is in doubt.
#[tokio::test]
async fn a_request_that_was_sent_is_not_sent_again() {
    let list = vec![Do::Read, Do::say(OK), Do::Read];
    let other = vec![Do::Read, Do::say(OK)];
    let server = TestServer::start(vec![list, other]);
    let mut channel = channel_to(server.port);
    assert_eq!(channel.ask(&request("/", "{}")).await, reply(200, "ok"));
    let failed = channel.ask(&request("/", "{}")).await;
    assert!(matches!(failed, Err(HttpFailure::NoReply(_))), "{failed:?}");
    server.heard();
    server.heard();
    assert!(!server.heard_more());
    // The channel itself goes on.
    assert_eq!(channel.ask(&request("/", "")).await, reply(200, "ok"));
}

#[tokio::test]
async fn a_service_that_is_not_there_was_sent_nothing() {
    let server = TestServer::start(Vec::new());
    // Its listener goes with its thread.
    tokio::time::sleep(Duration::from_millis(50)).await;
    let failed = channel_to(server.port).ask(&request("/", "{}")).await;
    let Err(HttpFailure::NotSent(why)) = failed else {
        panic!("{failed:?}");
    };
    assert!(
        why.contains(&format!("http://127.0.0.1:{}", server.port)),
        "{why}"
    );
}

/// Whatever is wrong with a reply, the request is in doubt, and the message says what is wrong.
#[tokio::test]
async fn half_a_reply_is_no_reply() {
    let long = format!("HTTP/1.1 200 OK\n\n{}", "x".repeat(1_001));
    let chunk = format!(
        "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n3ea\n{}",
        "x".repeat(1_002)
    );
    for (said, told) in [
        ("", "connection closed"),
        ("HTTP/1.1 200", "connection closed"),
        ("HTTP/1.1 200 OK\nContent-Le", "connection closed"),
        (
            "HTTP/1.1 200 OK\nContent-Length: 9\n\nok",
            "answered 200, and its body broke off",
        ),
        (
            "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n5\nok",
            "answered 200, and its body",
        ),
        (
            "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\nzz\nok\n0\n\n",
            "answered 200, and its body",
        ),
        ("SSH-2.0-OpenSSH_9.2\n", "invalid HTTP"),
        (&long, "it has more than 1000 bytes"),
        (&chunk, "it has more than 1000 bytes"),
    ] {
        let server = TestServer::start(vec![vec![Do::Read, Do::say(said)]]);
        let failed = channel_to(server.port).ask(&request("/", "{}")).await;
        let Err(HttpFailure::NoReply(why)) = failed else {
            panic!("{said}: {failed:?}");
        };
        assert!(why.contains(told), "{said}: {why}");
    }
}

/// A service that hangs, before its reply or within it.
#[tokio::test]
async fn a_reply_that_does_not_come_is_given_up() {
    for said in ["", "HTTP/1.1 200 OK\nContent-Length: 9\n\nok"] {
        let list = vec![Do::Read, Do::say(said), Do::Wait(Duration::from_secs(2))];
        let server = TestServer::start(vec![list, vec![Do::Read, Do::say(OK)]]);
        let mut channel = patient_channel_to(server.port, Duration::from_millis(400));
        let failed = channel.ask(&request("/", "{}")).await;
        let no_reply = HttpFailure::NoReply("no reply within 0.4 s".into());
        assert_eq!(failed, Err(no_reply), "{said}");
    }
}

/// A redirect is a reply like any other: it leads nowhere.
#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = "HTTP/1.1 302 Found\nLocation: http://192.0.2.1/\nContent-Length: 0\n\n";
    let server = TestServer::start(vec![vec![Do::Read, Do::say(elsewhere)]]);
    let mut channel = channel_to(server.port);
    assert_eq!(channel.ask(&request("/", "")).await, reply(302, ""));
    server.heard();
    assert!(!server.heard_more());
}
