//! As much of a client of PostgreSQL as a test needs: every value as text, one
//! statement after the other.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

use checkout_sim::subject::script::{Completion, ServerAnswer, SqlFailure};

use crate::common;

pub struct Client(UnixStream);

impl Client {
    /// In a database of the shared server, as its superuser.
    pub fn of(database: &str) -> Self {
        let cluster = common::cluster();
        let socket = format!(".s.PGSQL.{}", cluster.port());
        let socket = cluster.socket_dir().join(socket);
        Self::connect(&socket, cluster.superuser(), database)
    }

    fn connect(socket: &Path, role: &str, database: &str) -> Self {
        let mut client = Self(UnixStream::connect(socket).expect("a server"));
        let mut body = 196_608_i32.to_be_bytes().to_vec();
        for word in ["user", role, "database", database, ""] {
            body.extend(word.as_bytes());
            body.push(0);
        }
        let length = i32::try_from(body.len() + 4).expect("short");
        client.0.write_all(&length.to_be_bytes()).expect("sent");
        client.0.write_all(&body).expect("sent");
        client.answer();
        client
    }

    pub fn send(&mut self, sql: &str, binds: &[Option<String>]) -> ServerAnswer {
        let mut parse = vec![0];
        parse.extend(sql.as_bytes());
        parse.extend([0, 0, 0]);
        self.message(b'P', &parse);
        let mut bind = vec![0, 0, 0, 0];
        bind.extend(u16::try_from(binds.len()).expect("few").to_be_bytes());
        for value in binds {
            match value {
                None => bind.extend((-1_i32).to_be_bytes()),
                Some(value) => {
                    bind.extend(i32::try_from(value.len()).expect("short").to_be_bytes());
                    bind.extend(value.as_bytes());
                }
            }
        }
        bind.extend([0, 0]);
        self.message(b'B', &bind);
        self.message(b'D', b"P\0");
        self.message(b'E', &[0, 0, 0, 0, 0]);
        self.message(b'S', &[]);
        self.answer()
    }

    /// Every row of every statement of a text, a line each, as psql prints them bare.
    ///
    /// # Panics
    /// If a statement fails.
    pub fn table(&mut self, sql: &str) -> String {
        self.message(b'Q', &[sql.as_bytes(), b"\0"].concat());
        let ServerAnswer::Done(done) = self.answer() else {
            panic!("it fails: {sql}");
        };
        let line = |row: &Vec<Option<String>>| {
            let values = row.iter().map(|value| value.as_deref().unwrap_or("<null>"));
            values.collect::<Vec<_>>().join("|") + "\n"
        };
        done.rows.iter().map(line).collect()
    }

    fn message(&mut self, kind: u8, body: &[u8]) {
        let length = i32::try_from(body.len() + 4).expect("short");
        let mut message = vec![kind];
        message.extend(length.to_be_bytes());
        message.extend(body);
        self.0.write_all(&message).expect("sent");
    }

    /// Everything up to the next ReadyForQuery.
    fn answer(&mut self) -> ServerAnswer {
        let (mut done, mut failed) = (Completion::default(), None);
        loop {
            let mut head = [0; 5];
            self.0.read_exact(&mut head).expect("an answer");
            let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
            let mut body = vec![0; length as usize - 4];
            self.0.read_exact(&mut body).expect("all of it");
            match head[0] {
                b'T' => done.columns = columns(&body),
                b'D' => done.rows.push(row(&body)),
                b'C' => {
                    done.tag = text(&body);
                    let count = done.tag.rsplit(' ').next().and_then(|n| n.parse().ok());
                    done.affected = count.unwrap_or(0);
                }
                b'E' => failed = Some(failure(&body)),
                b'Z' => return failed.map_or(ServerAnswer::Done(done), ServerAnswer::Failed),
                _ => {}
            }
        }
    }
}

fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0);
    String::from_utf8_lossy(&bytes[..end.unwrap_or(bytes.len())]).into_owned()
}

fn columns(body: &[u8]) -> Vec<String> {
    let (mut names, mut rest) = (Vec::new(), &body[2..]);
    while !rest.is_empty() {
        let name = text(rest);
        rest = &rest[name.len() + 1 + 18..];
        names.push(name);
    }
    names
}

fn row(body: &[u8]) -> Vec<Option<String>> {
    let (mut values, mut rest) = (Vec::new(), &body[2..]);
    while !rest.is_empty() {
        let length = i32::from_be_bytes([rest[0], rest[1], rest[2], rest[3]]);
        rest = &rest[4..];
        let Ok(length) = usize::try_from(length) else {
            values.push(None);
            continue;
        };
        values.push(Some(String::from_utf8_lossy(&rest[..length]).into_owned()));
        rest = &rest[length..];
    }
    values
}

fn failure(mut body: &[u8]) -> SqlFailure {
    let (mut sqlstate, mut message) = (String::new(), String::new());
    while body.first().is_some_and(|field| *field != 0) {
        let value = text(&body[1..]);
        match body[0] {
            b'C' => sqlstate.clone_from(&value),
            b'M' => message.clone_from(&value),
            _ => {}
        }
        body = &body[value.len() + 2..];
    }
    SqlFailure { sqlstate, message }
}
