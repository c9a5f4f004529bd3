//! Messages of the client, one behind the other, until they are sent.

use super::first_packet::{CANCEL, SSL, VERSION};

/// Messages that are to go in one write. Lengths are right as long as no message is
/// longer than [`FRAME_BYTES_MAX`](super::FRAME_BYTES_MAX), which the caller holds.
/// So is what ends with a zero: it must not have one inside.
#[derive(Debug, Default)]
pub struct Outbox {
    bytes: Vec<u8>,
}

impl Outbox {
    /// What is to be sent.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Forgets what was sent. A buffer that one long statement has widened is given
    /// back.
    pub fn clear(&mut self) {
        const KEPT_BYTES_MAX: usize = 1 << 20;
        self.bytes.clear();
        self.bytes.shrink_to(KEPT_BYTES_MAX);
    }

    fn message(&mut self, tag: Option<u8>, body: impl FnOnce(&mut Vec<u8>)) {
        self.bytes.extend(tag);
        let start = self.bytes.len();
        self.bytes.extend([0; 4]);
        body(&mut self.bytes);
        let length = (self.bytes.len() - start) as u32;
        self.bytes[start..start + 4].copy_from_slice(&length.to_be_bytes());
    }

    /// Query: statements without parameters.
    pub fn query(&mut self, sql: impl AsRef<[u8]>) {
        self.message(Some(b'Q'), |out| zero_ended(out, sql));
    }

    /// AuthenticationCleartextPassword: the one message of a server's, by which a client is asked
    /// for its password.
    pub fn ask_for_password(&mut self) {
        const IN_CLEAR: u32 = 3;
        self.message(Some(b'R'), |out| out.extend(IN_CLEAR.to_be_bytes()));
    }

    /// Parse: prepares `sql` under a name. A type of 0, or one that is missing, is
    /// for the server to find.
    pub fn parse(&mut self, name: &str, sql: impl AsRef<[u8]>, types: &[u32]) {
        self.message(Some(b'P'), |out| {
            zero_ended(out, name);
            zero_ended(out, sql);
            count(out, types.len());
            types.iter().for_each(|oid| out.extend(oid.to_be_bytes()));
        });
    }

    /// Describe, of a prepared statement.
    pub fn describe_statement(&mut self, name: &str) {
        self.message(Some(b'D'), |out| {
            out.push(b'S');
            zero_ended(out, name);
        });
    }

    /// Describe, of the portal without a name.
    pub fn describe_portal(&mut self) {
        self.message(Some(b'D'), |out| out.extend(b"P\0"));
    }

    /// Bind, to the portal without a name: every value is text, in both directions.
    pub fn bind(&mut self, statement: &str, values: &[Option<&str>]) {
        self.message(Some(b'B'), |out| {
            zero_ended(out, "");
            zero_ended(out, statement);
            // No format is named: all are text.
            count(out, 0);
            count(out, values.len());
            values.iter().for_each(|value| put_value(out, *value));
            count(out, 0);
        });
    }

    /// Execute, of the portal without a name, to its last row.
    pub fn execute(&mut self) {
        self.message(Some(b'E'), |out| out.extend([0; 5]));
    }

    /// Sync: ends the implicit transaction, and has the server say that it is ready.
    pub fn sync(&mut self) {
        self.message(Some(b'S'), |_| {});
    }

    /// Flush: has the server send what it has to say.
    pub fn flush(&mut self) {
        self.message(Some(b'H'), |_| {});
    }

    /// Close, of a prepared statement.
    pub fn close_statement(&mut self, name: &str) {
        self.message(Some(b'C'), |out| {
            out.push(b'S');
            zero_ended(out, name);
        });
    }

    /// CopyData: some of the rows, cut anywhere.
    pub fn copy_data(&mut self, data: &[u8]) {
        self.message(Some(b'd'), |out| out.extend(data));
    }

    /// CopyDone: all data have come.
    pub fn copy_done(&mut self) {
        self.message(Some(b'c'), |_| {});
    }

    /// CopyFail: no data come.
    pub fn copy_fail(&mut self, reason: &str) {
        self.message(Some(b'f'), |out| zero_ended(out, reason));
    }

    /// Terminate: the end of the session.
    pub fn terminate(&mut self) {
        self.message(Some(b'X'), |_| {});
    }

    /// PasswordMessage, in clear or as a digest.
    pub fn password(&mut self, password: &str) {
        self.message(Some(b'p'), |out| zero_ended(out, password));
    }

    /// SASLInitialResponse.
    pub fn sasl_first(&mut self, mechanism: &str, words: &str) {
        self.message(Some(b'p'), |out| {
            zero_ended(out, mechanism);
            put_value(out, Some(words));
        });
    }

    /// SASLResponse.
    pub fn sasl_next(&mut self, words: &str) {
        self.message(Some(b'p'), |out| out.extend(words.as_bytes()));
    }

    /// StartupMessage, of names and values.
    pub fn startup<'p>(&mut self, parameters: impl IntoIterator<Item = (&'p str, &'p str)>) {
        self.message(None, |out| {
            out.extend(VERSION.to_be_bytes());
            for (name, value) in parameters {
                zero_ended(out, name);
                zero_ended(out, value);
            }
            out.push(0);
        });
    }

    /// SSLRequest.
    pub fn ssl_request(&mut self) {
        self.message(None, |out| out.extend(SSL.to_be_bytes()));
    }

    /// CancelRequest.
    pub fn cancel(&mut self, pid: u32, secret: &[u8]) {
        self.message(None, |out| {
            out.extend(CANCEL.to_be_bytes());
            out.extend(pid.to_be_bytes());
            out.extend(secret);
        });
    }
}

fn zero_ended(out: &mut Vec<u8>, text: impl AsRef<[u8]>) {
    out.extend(text.as_ref());
    out.push(0);
}

fn count(out: &mut Vec<u8>, count: usize) {
    out.extend((count as u16).to_be_bytes());
}

fn put_value(out: &mut Vec<u8>, value: Option<&str>) {
    match value {
        Some(text) => {
            out.extend((text.len() as u32).to_be_bytes());
            out.extend(text.as_bytes());
        }
        None => out.extend((-1_i32).to_be_bytes()),
    }
}
