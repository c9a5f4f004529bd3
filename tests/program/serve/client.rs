//! A caller of the shop: one request a connection, byte by byte.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

/// Only what hangs for ever takes so long.
const HUNG: Duration = Duration::from_secs(120);

/// What was answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    pub status: u16,
    /// Lower case, a line each.
    pub headers: String,
    pub json: Value,
}

impl Answer {
    /// Whose status is this, and whose body is what the status promises.
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        let kind = match status {
            ..400 => "content-type: application/json",
            _ => "content-type: application/problem+json",
        };
        assert!(self.headers.contains(kind), "{self:?}");
        if status >= 400 {
            assert_eq!(self.json["status"], status, "{self:?}");
        }
        self
    }

    /// Which kind of problem it is.
    pub fn problem(&self) -> &str {
        let kind = self.json["type"].as_str().unwrap_or_default();
        kind.trim_start_matches("urn:sim:problem:")
    }
}

/// A request as it is sent.
pub fn request(method: &str, path: &str, headers: &[&str], body: &str) -> String {
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n");
    for header in headers {
        text += &format!("{header}\r\n");
    }
    if !body.is_empty() {
        text += &format!("Content-Length: {}\r\n", body.len());
    }
    text + "\r\n" + body
}

/// A connection on which something was sent.
pub fn send(address: SocketAddr, bytes: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).expect("the shop lets clients in");
    stream.set_read_timeout(Some(HUNG)).unwrap();
    stream
        .write_all(bytes.as_bytes())
        .expect("a request is taken");
    stream
}

/// Everything that comes until the shop closes the connection.
pub fn answer(mut stream: TcpStream) -> Answer {
    let mut bytes = Vec::new();
    // A connection that is closed while the body still comes is reset after the answer.
    let _ = stream.read_to_end(&mut bytes);
    let text = String::from_utf8(bytes).expect("UTF-8");
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    Answer {
        status: status.unwrap_or_else(|| panic!("no status in {text:?}")),
        headers: head.to_lowercase(),
        json: serde_json::from_str(body).unwrap_or(Value::Null),
    }
}
