//! Servers that are none, and ones whose words come in pieces.

use std::time::Duration;

use checkout_sim::database::wire::{
    WireAddress, WireClient, WireFailure, WireOptions, WireTlsMode,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UnixStream};

use super::server::{connect, one, server};

/// An address where `words` are said one after the other, each in answer to something.
async fn impostor(words: &[&[u8]]) -> WireOptions {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let words: Vec<Vec<u8>> = words.iter().map(|word| word.to_vec()).collect();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a client");
        for word in words {
            let mut heard = [0; 4096];
            let _ = stream.read(&mut heard).await;
            stream.write_all(&word).await.expect("said");
        }
    });
    let address = WireAddress::Tcp("127.0.0.1".into(), port);
    let mut options = WireOptions::new(address, "postgres", "postgres");
    options.password = Some("secret".into());
    options
}

async fn failure_of(options: &WireOptions) -> WireFailure {
    let opening = WireClient::connect(options);
    let opened = tokio::time::timeout(Duration::from_secs(60), opening).await;
    opened.expect("an answer").expect_err("a refusal")
}

#[tokio::test]
async fn an_answer_to_the_question_for_tls_that_is_none_is_refused() {
    for (answer, what) in [(b"E", "'E'"), (b"\0", "'\\x00'")] {
        let mut options = impostor(&[answer]).await;
        options.tls.mode = WireTlsMode::Preferred;
        let failure = failure_of(&options).await.to_string();
        assert!(failure.contains(what), "{failure}");
    }
}

/// Without the feature TLS is not spoken, and that is said; otherwise a server that
/// agrees to it and goes on in clear is found out.
#[tokio::test]
async fn a_server_that_agrees_to_tls_must_speak_it() {
    let in_clear = [b"S" as &[u8], IN].concat();
    let or_none = |why| match cfg!(feature = "tls") {
        true => why,
        false => "the server speaks TLS, which this connection cannot",
    };
    let cases: [(&[&[u8]], &str); 3] = [
        // In one piece, so that it could be taken for what came in secret.
        (&[&in_clear], "went on in clear after it had agreed to TLS"),
        (&[b"S", IN], or_none("corrupt message")),
        (&[b"S"], or_none("eof")),
    ];
    for (words, why) in cases {
        for mode in [WireTlsMode::Preferred, WireTlsMode::Required] {
            let mut options = impostor(words).await;
            options.tls.mode = mode;
            let failure = failure_of(&options).await;
            assert!(failure.to_string().contains(why), "{failure}");
        }
    }
}

const SASL: &[u8] = b"R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0";
const IN: &[u8] = b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I";

#[tokio::test]
async fn a_server_that_proves_nothing_is_not_believed() {
    let forged = b"R\0\0\0\x0c\0\0\0\x0bhaha";
    for words in [
        // It asks for a proof and then forgoes it, at two places.
        &[SASL, IN] as &[&[u8]],
        &[SASL, forged],
        &[b"R\0\0\0\x0c\0\0\0\x0cv=aa"],
        &[b"R\0\0\0\x08\0\0\0\x0b"],
    ] {
        let failure = failure_of(&impostor(words).await).await;
        assert!(matches!(failure, WireFailure::Lost { .. }), "{failure}");
        assert!(failure.to_string().contains("not believed"), "{failure}");
    }
    for unknown in [
        b"R\0\0\0\x08\0\0\0\x07" as &[u8],
        b"R\0\0\0\x08\0\0\0\x63",
        b"R\0\0\0\x0d\0\0\0\x0aX-9\0\0",
    ] {
        let failure = failure_of(&impostor(&[unknown]).await).await;
        assert!(matches!(failure, WireFailure::Unsupported(_)), "{failure}");
    }
}

#[tokio::test]
async fn words_that_are_no_message_end_the_session() {
    for words in [
        b"HTTP/1.1 400 Bad Request\r\n\r\n" as &[u8],
        b"",
        b"R\0\0\0\x03",
        b"R\0\0\0\x06\0\0",
        b"R\x7f\xff\xff\xff",
        b"E\0\0\0\x08SXYZ",
        b"\0\0\0\0\0\0\0\0",
    ] {
        let failure = failure_of(&impostor(&[words]).await).await;
        assert!(matches!(failure, WireFailure::Lost { .. }), "{failure}");
    }
    // The same once it is in.
    for words in [
        b"D\0\0\0\x06\0\x05" as &[u8],
        b"D\0\0\0\x0a\0\x01\0\0\0\x63",
        b"Z\0\0\0\x05Q",
        b"W\0\0\0\x07\0\0\0",
        b"T\0\0\0\x06\xff\xff",
        b"R\0\0\0\x08\0\0\0\0",
    ] {
        let options = impostor(&[IN, words]).await;
        let mut client = WireClient::connect(&options).await.expect("in");
        for _ in 0..2 {
            let failure = client.run("SELECT 1", &[]).await.expect_err("no reply");
            assert!(matches!(failure, WireFailure::Lost { .. }), "{failure}");
        }
    }
}

/// PostgreSQL sends none (see `failures`), and what calls itself so may.
#[tokio::test]
async fn a_value_that_is_no_text_is_told_apart_and_the_session_goes_on() {
    let begin = b"1\0\0\0\x042\0\0\0\x04T\0\0\0\x1a\0\x01v\0\0\0\0\0\0\0\0\0\0\x19\0\0\0\0\0\0\0\0";
    let end = b"C\0\0\0\x0dSELECT 1\0Z\0\0\0\x05I";
    let row = |value: u8| {
        [
            begin as &[u8],
            b"D\0\0\0\x0b\0\x01\0\0\0\x01",
            &[value],
            end,
        ]
        .concat()
    };
    let options = impostor(&[IN, &row(0xff), &row(b'x')]).await;
    let mut client = WireClient::connect(&options).await.expect("in");
    let failure = client.run("SELECT 1", &[]).await.expect_err("no text");
    assert!(matches!(failure, WireFailure::Unsupported(_)), "{failure}");
    assert_eq!(
        one(&mut client, "SELECT 1", &[]).await.as_deref(),
        Some("x")
    );
}

/// Passes bytes on one by one.
async fn drip(
    mut from: impl tokio::io::AsyncRead + Unpin,
    mut to: impl tokio::io::AsyncWrite + Unpin,
) {
    while let Ok(byte) = from.read_u8().await {
        if to.write_u8(byte).await.is_err() {
            return;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn messages_that_come_in_pieces_are_put_together() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let socket = server()
        .directory()
        .join(format!(".s.PGSQL.{}", server().port));
    tokio::spawn(async move {
        let (client, _): (TcpStream, _) = listener.accept().await.expect("a client");
        client.set_nodelay(true).expect("set");
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = UnixStream::connect(socket)
            .await
            .expect("a server")
            .into_split();
        tokio::join!(drip(from_client, to_server), drip(from_server, to_client));
    });
    let address = WireAddress::Tcp("127.0.0.1".into(), port);
    let options = WireOptions::new(address, "postgres", "postgres");
    let mut client = WireClient::connect(&options).await.expect("a connection");
    let sql = "SELECT n, repeat('é', n), NULL FROM generate_series(1, 40) AS n";
    let rows = client.run(sql, &[]).await.expect("rows");
    assert_eq!(rows, connect().await.run(sql, &[]).await.expect("rows"));
    client.run("SELECT 1/0", &[]).await.expect_err("an error");
    assert_eq!(
        one(&mut client, "SELECT 1", &[]).await.as_deref(),
        Some("1")
    );
}
