//! The connections and statements in what was heard.

use std::collections::{BTreeMap, HashMap, VecDeque};

use super::exchange::{Exchange, SentHow};
use super::tap::{TappedBytes, TappedSide};
use crate::database::wire::{
    BackendMessage, ClientMessage, Described, FRAME_BYTES_MAX, FirstPacket, Frame,
    TransactionStatus, split, split_untagged,
};
use crate::explore::worlds::proxy::shown_value;

/// Of a statement so much is kept, in bytes.
const SQL_BYTES_MAX: usize = 16 << 10;

/// A connection of the program.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TalkedConnection {
    /// How many pieces had been heard when it was opened.
    pub opened_at: usize,
    /// The same when the program ended it; `None` where it has not.
    pub closed_at: Option<usize>,
    /// The version of the protocol that the program asked for, major and minor.
    pub version: Option<(u16, u16)>,
    /// What the program said of itself: `user`, `database`, `application_name`, ...
    pub parameters: Vec<(String, String)>,
    /// Whether it asked for encryption first.
    pub asked_for_encryption: bool,
    /// Whether it was to cancel what another one does.
    pub is_cancel: bool,
    /// Whether rows came or went by COPY.
    pub copies: bool,
    /// Whether a transaction is open at the end.
    pub is_in_transaction: bool,
}

/// All that was said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Talk {
    /// Connections, by their numbers.
    pub connections: BTreeMap<u64, TalkedConnection>,
    /// Statements, in the sequence in which they were executed.
    pub exchanges: Vec<Exchange>,
    /// What could not be read, in words.
    pub unread: Vec<String>,
}

impl Talk {
    /// Reads it from its beginning.
    #[must_use]
    pub fn read(pieces: &[TappedBytes]) -> Self {
        let mut talk = Self::default();
        let mut lines: HashMap<u64, HeardLine> = HashMap::new();
        for (at, piece) in pieces.iter().enumerate() {
            let opened = || TalkedConnection {
                opened_at: at,
                ..TalkedConnection::default()
            };
            talk.connections
                .entry(piece.connection)
                .or_insert_with(opened);
            let line = lines.entry(piece.connection).or_default();
            if let Err(why) = line.take_in(&mut talk, at, piece) {
                talk.unread.push(why);
                line.is_lost = true;
            }
        }
        talk
    }

    /// What was executed from one moment to another.
    pub fn between(&self, from: usize, to: usize) -> impl Iterator<Item = &Exchange> {
        let all = self.exchanges.iter();
        all.filter(move |exchange| (from..to).contains(&exchange.at))
    }
}

/// What an answer is awaited to.
#[derive(Debug)]
enum Awaited {
    Parse,
    Bind,
    Close,
    Describe(Option<Vec<u8>>),
    /// The number of the exchange.
    Execute(usize),
    Query(usize),
    Sync,
}

#[derive(Debug, Clone)]
struct HeardStatement {
    sql: String,
    types: Vec<u32>,
    how: SentHow,
}

/// What is known of one connection while it is read.
#[derive(Debug, Default)]
struct HeardLine {
    client: Vec<u8>,
    server: Vec<u8>,
    has_begun: bool,
    /// Bytes of the server that answer a question for encryption.
    bare_bytes: usize,
    is_open: bool,
    is_lost: bool,
    is_in_transaction: bool,
    statements: HashMap<Vec<u8>, HeardStatement>,
    portals: HashMap<Vec<u8>, (HeardStatement, Vec<Option<String>>)>,
    awaited: VecDeque<Awaited>,
}

impl HeardLine {
    fn take_in(&mut self, talk: &mut Talk, at: usize, piece: &TappedBytes) -> Result<(), String> {
        let number = piece.connection;
        if piece.bytes.is_empty() && piece.side == TappedSide::Client {
            let told = talk.connections.entry(number).or_default();
            told.closed_at = Some(at);
            told.is_in_transaction = false;
        }
        if self.is_lost {
            return Ok(());
        }
        match piece.side {
            TappedSide::Client => self.client.extend_from_slice(&piece.bytes),
            TappedSide::Server => self.server.extend_from_slice(&piece.bytes),
        }
        match piece.side {
            TappedSide::Client => self.hear_client(talk, at, number),
            TappedSide::Server => self.hear_server(talk, number),
        }
    }

    fn hear_client(&mut self, talk: &mut Talk, at: usize, number: u64) -> Result<(), String> {
        while !self.has_begun {
            let packet = split_untagged(&self.client).map_err(|error| error.to_string())?;
            let Some(packet) = packet.map(<[u8]>::to_vec) else {
                return Ok(());
            };
            self.client.drain(..packet.len());
            self.begin(talk, number, &packet);
        }
        let room = std::mem::take(&mut self.client);
        let mut rest = room.as_slice();
        while let Some(frame) = split(rest, FRAME_BYTES_MAX).map_err(|error| error.to_string())? {
            rest = &rest[frame.bytes.len()..];
            if let Some(message) = ClientMessage::read(frame) {
                self.client_said(talk, (number, at), &message);
            }
        }
        self.client = rest.to_vec();
        Ok(())
    }

    fn begin(&mut self, talk: &mut Talk, number: u64, packet: &[u8]) {
        let told = talk.connections.entry(number).or_default();
        match FirstPacket::read(packet) {
            Some(FirstPacket::Tls | FirstPacket::Gss) => {
                told.asked_for_encryption = true;
                self.bare_bytes += 1;
                return;
            }
            Some(FirstPacket::Cancel { .. }) => told.is_cancel = true,
            Some(FirstPacket::Startup {
                version,
                parameters,
            }) => {
                let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                told.version = Some(((version >> 16) as u16, (version & 0xffff) as u16));
                let parameters = parameters.into_iter();
                told.parameters = parameters
                    .map(|(name, value)| (text(name), text(value)))
                    .collect();
            }
            None => {}
        }
        self.has_begun = true;
    }

    fn client_said(
        &mut self,
        talk: &mut Talk,
        (number, at): (u64, usize),
        message: &ClientMessage<'_>,
    ) {
        match message {
            ClientMessage::Query(sql) => {
                let statement = HeardStatement {
                    sql: kept(sql),
                    types: Vec::new(),
                    how: SentHow::Simple,
                };
                let exchange = self.exchange(talk, (number, at), statement, Vec::new());
                self.awaited.push_back(Awaited::Query(exchange));
            }
            ClientMessage::Parse { name, sql, types } => {
                let statement = HeardStatement {
                    sql: kept(sql),
                    types: types.clone(),
                    how: match name.is_empty() {
                        true => SentHow::Unnamed,
                        false => SentHow::Named,
                    },
                };
                self.statements.insert(name.to_vec(), statement);
                self.awaited.push_back(Awaited::Parse);
            }
            ClientMessage::Bind {
                portal,
                statement,
                formats,
                values,
            } => {
                self.bind((portal, statement), formats, values);
                self.awaited.push_back(Awaited::Bind);
            }
            ClientMessage::Describe(what, name) => {
                let statement = (*what == Described::Statement).then(|| name.to_vec());
                self.awaited.push_back(Awaited::Describe(statement));
            }
            ClientMessage::Execute { portal, .. } => {
                if let Some((statement, binds)) = self.portals.get(*portal).cloned() {
                    let exchange = self.exchange(talk, (number, at), statement, binds);
                    self.awaited.push_back(Awaited::Execute(exchange));
                } else {
                    talk.unread.push("a portal that was never bound".into());
                }
            }
            ClientMessage::Close(..) => self.awaited.push_back(Awaited::Close),
            ClientMessage::Sync => self.awaited.push_back(Awaited::Sync),
            ClientMessage::CopyIn => talk.connections.entry(number).or_default().copies = true,
            _ => {}
        }
    }

    fn bind(
        &mut self,
        (portal, statement): (&[u8], &[u8]),
        formats: &[u16],
        values: &[Option<&[u8]>],
    ) {
        let Some(known) = self.statements.get(statement).cloned() else {
            return;
        };
        let is_binary = |at: usize| match formats {
            [] => false,
            [all] => *all == 1,
            each => each.get(at) == Some(&1),
        };
        let value = |(at, value): (usize, &Option<&[u8]>)| {
            let type_oid = known.types.get(at).copied().unwrap_or(0);
            value.map(|value| shown_value(value, is_binary(at), type_oid))
        };
        let binds = values.iter().enumerate().map(value).collect();
        self.portals.insert(portal.to_vec(), (known, binds));
    }

    /// Notes a statement that is executed; answers its number.
    fn exchange(
        &self,
        talk: &mut Talk,
        (connection, at): (u64, usize),
        statement: HeardStatement,
        binds: Vec<Option<String>>,
    ) -> usize {
        let is_executed = |awaited: &Awaited| {
            let of_statement = matches!(awaited, Awaited::Execute(_) | Awaited::Query(_));
            of_statement || matches!(awaited, Awaited::Sync)
        };
        talk.exchanges.push(Exchange {
            connection,
            at,
            sql: statement.sql,
            how: statement.how,
            binds,
            is_in_transaction: self.is_in_transaction,
            is_pipelined: self.awaited.iter().any(is_executed),
            tag: None,
            error: None,
        });
        talk.exchanges.len() - 1
    }

    fn hear_server(&mut self, talk: &mut Talk, number: u64) -> Result<(), String> {
        let bare = self.bare_bytes.min(self.server.len());
        self.server.drain(..bare);
        self.bare_bytes -= bare;
        let room = std::mem::take(&mut self.server);
        let mut rest = room.as_slice();
        while let Some(frame) = split(rest, FRAME_BYTES_MAX).map_err(|error| error.to_string())? {
            rest = &rest[frame.bytes.len()..];
            self.server_said(talk, number, frame);
        }
        self.server = rest.to_vec();
        Ok(())
    }

    fn server_said(&mut self, talk: &mut Talk, number: u64, frame: Frame<'_>) {
        let message = BackendMessage::read(frame);
        if let Some(BackendMessage::ReadyForQuery(status)) = &message {
            self.is_in_transaction = *status != TransactionStatus::Idle;
            let told = talk.connections.entry(number).or_default();
            told.is_in_transaction = self.is_in_transaction;
            if std::mem::replace(&mut self.is_open, true) {
                while let Some(awaited) = self.awaited.pop_front() {
                    if matches!(awaited, Awaited::Sync | Awaited::Query(_)) {
                        break;
                    }
                }
            }
            return;
        }
        if !self.is_open {
            return;
        }
        match message {
            Some(BackendMessage::CommandComplete(tag)) => self.complete(talk, tag),
            Some(BackendMessage::ErrorResponse(error)) => {
                let at = self.awaited.iter().find_map(executed);
                if let Some(at) = at {
                    talk.exchanges[at].error = Some(error.to_string());
                }
            }
            Some(BackendMessage::ParameterDescription(types)) => {
                if let Some(Awaited::Describe(Some(name))) = self.awaited.front()
                    && let Some(known) = self.statements.get_mut(name)
                {
                    known.types = types;
                }
            }
            Some(BackendMessage::CopyInResponse | BackendMessage::CopyOut) => {
                talk.connections.entry(number).or_default().copies = true;
            }
            _ => self.pass_over(frame.tag),
        }
    }

    fn complete(&mut self, talk: &mut Talk, tag: &[u8]) {
        let tag = String::from_utf8_lossy(tag).into_owned();
        match self.awaited.front() {
            Some(Awaited::Execute(at)) => {
                talk.exchanges[*at].tag = Some(tag);
                self.awaited.pop_front();
            }
            Some(Awaited::Query(at)) => talk.exchanges[*at].tag = Some(tag),
            _ => {}
        }
    }

    /// Takes what the message answers off those that are awaited.
    fn pass_over(&mut self, tag: u8) {
        let is_answered = matches!(
            (tag, self.awaited.front()),
            (b'1', Some(Awaited::Parse))
                | (b'2', Some(Awaited::Bind))
                | (b'3', Some(Awaited::Close))
                | (b'T' | b'n', Some(Awaited::Describe(_)))
                | (b's' | b'I', Some(Awaited::Execute(_)))
        );
        if is_answered {
            self.awaited.pop_front();
        }
    }
}

fn executed(awaited: &Awaited) -> Option<usize> {
    match awaited {
        Awaited::Execute(at) | Awaited::Query(at) => Some(*at),
        _ => None,
    }
}

fn kept(sql: &[u8]) -> String {
    String::from_utf8_lossy(&sql[..sql.len().min(SQL_BYTES_MAX)]).into_owned()
}
