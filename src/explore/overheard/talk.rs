//! The connections and statements in what was heard.

use std::collections::{BTreeMap, HashMap, VecDeque};

use super::awaited::{AwaitedAnswer, HeardExecution, executed};
use super::connection::TalkedConnection;
use super::exchange::{Exchange, HeardReply, SentHow};
use super::tap::{TappedBytes, TappedSide};
use crate::database::wire::{
    BackendMessage, ClientMessage, Described, FRAME_BYTES_MAX, FirstPacket, Frame, ResultColumn,
    TransactionStatus, split, split_untagged,
};
use crate::explore::worlds::proxy::{Book, BookLimits, BoundStatement};

/// What is kept is to be sent again, and so whole where it can be.
const LIMITS: BookLimits = BookLimits {
    sql_bytes: 1 << 20,
    value_bytes: 1 << 20,
};

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

/// What is known of one connection while it is read.
#[derive(Debug)]
struct HeardLine {
    client: Vec<u8>,
    server: Vec<u8>,
    has_begun: bool,
    /// Bytes of the server that answer a question for encryption.
    bare_bytes: usize,
    is_open: bool,
    is_lost: bool,
    is_in_transaction: bool,
    book: Book,
    /// The columns of statements and of portals, where they were described.
    columns: HashMap<(bool, Vec<u8>), Vec<ResultColumn>>,
    awaited: VecDeque<AwaitedAnswer>,
}

impl Default for HeardLine {
    fn default() -> Self {
        Self {
            client: Vec::new(),
            server: Vec::new(),
            has_begun: false,
            bare_bytes: 0,
            is_open: false,
            is_lost: false,
            is_in_transaction: false,
            book: Book::keeping(LIMITS),
            columns: HashMap::new(),
            awaited: VecDeque::new(),
        }
    }
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
        self.book.note(message);
        match message {
            ClientMessage::Query(sql) => {
                let sent = BoundStatement {
                    sent: LIMITS.plain(sql),
                    types: Vec::new(),
                    statement: Vec::new(),
                    result_formats: Vec::new(),
                };
                let exchange = self.exchange(talk, (number, at), &sent, SentHow::Simple);
                self.awaited.push_back(AwaitedAnswer::Query(exchange));
            }
            ClientMessage::Parse { name, .. } => {
                self.awaited.push_back(AwaitedAnswer::Parse(name.to_vec()));
            }
            ClientMessage::Bind { portal, .. } => {
                self.awaited.push_back(AwaitedAnswer::Bind(portal.to_vec()));
            }
            ClientMessage::Describe(what, name) => {
                let described = AwaitedAnswer::Describe(*what, name.to_vec());
                self.awaited.push_back(described);
            }
            ClientMessage::Execute { portal, .. } => {
                let Some(bound) = self.book.portal(portal).cloned() else {
                    talk.unread.push("a portal that was never bound".into());
                    return;
                };
                let how = match bound.statement.is_empty() {
                    true => SentHow::Unnamed,
                    false => SentHow::Named,
                };
                let exchange = self.exchange(talk, (number, at), &bound, how);
                talk.exchanges[exchange].replies.push(HeardReply::default());
                self.awaited
                    .push_back(AwaitedAnswer::Execute(HeardExecution {
                        exchange,
                        portal: portal.to_vec(),
                        statement: bound.statement,
                        formats: bound.result_formats,
                    }));
            }
            ClientMessage::Close(..) => self.awaited.push_back(AwaitedAnswer::Close),
            ClientMessage::Sync => self.awaited.push_back(AwaitedAnswer::Sync),
            ClientMessage::CopyIn => talk.connections.entry(number).or_default().copies = true,
            _ => {}
        }
    }

    /// Notes a statement that is executed; answers its number.
    fn exchange(
        &self,
        talk: &mut Talk,
        (connection, at): (u64, usize),
        bound: &BoundStatement,
        how: SentHow,
    ) -> usize {
        let is_executed = |awaited: &AwaitedAnswer| {
            let of_statement = executed(awaited).is_some();
            of_statement || matches!(awaited, AwaitedAnswer::Sync)
        };
        let sent = &bound.sent;
        talk.exchanges.push(Exchange {
            connection,
            at,
            sql: sent.sql.clone().unwrap_or_default(),
            is_cut: sent.is_cut,
            how,
            binds: sent.binds.clone(),
            types: bound.types.clone(),
            is_in_transaction: self.is_in_transaction,
            is_pipelined: self.awaited.iter().any(is_executed),
            replies: Vec::new(),
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
                    if matches!(awaited, AwaitedAnswer::Sync | AwaitedAnswer::Query(_)) {
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
                if let Some(AwaitedAnswer::Describe(Described::Statement, name)) =
                    self.awaited.front()
                {
                    self.book.note_types(name, &types);
                }
            }
            Some(BackendMessage::RowDescription(columns)) => self.described(talk, columns),
            Some(BackendMessage::DataRow(row)) => self.row(talk, row),
            Some(BackendMessage::CopyInResponse | BackendMessage::CopyOut) => {
                talk.connections.entry(number).or_default().copies = true;
            }
            _ => self.pass_over(frame.tag),
        }
    }

    fn described(&mut self, talk: &mut Talk, columns: Vec<ResultColumn>) {
        match self.awaited.front() {
            Some(AwaitedAnswer::Describe(what, name)) => {
                let named = (*what == Described::Statement, name.clone());
                self.columns.insert(named, columns);
                self.awaited.pop_front();
            }
            Some(AwaitedAnswer::Query(at)) => talk.exchanges[*at].replies.push(HeardReply {
                columns,
                ..HeardReply::default()
            }),
            _ => {}
        }
    }

    fn row(&self, talk: &mut Talk, row: &[u8]) {
        let Some(awaited) = self.awaited.front() else {
            return;
        };
        let at = executed(awaited);
        let Some(reply) = at.and_then(|at| talk.exchanges[at].replies.last_mut()) else {
            return;
        };
        let mut formats = &[][..];
        if let AwaitedAnswer::Execute(execution) = awaited {
            formats = &execution.formats;
            let named = |is_statement, name: &Vec<u8>| (is_statement, name.clone());
            let of_portal = self.columns.get(&named(false, &execution.portal));
            let of_statement = || self.columns.get(&named(true, &execution.statement));
            // Of a statement that was described before, its rows come without their names.
            if let Some(columns) = of_portal.or_else(of_statement) {
                reply.columns.clone_from(columns);
            }
        }
        reply.take_row(row, formats, LIMITS.value_bytes);
    }

    fn complete(&mut self, talk: &mut Talk, tag: &[u8]) {
        let tag = String::from_utf8_lossy(tag).into_owned();
        let Some(at) = self.awaited.front().and_then(executed) else {
            return;
        };
        let replies = &mut talk.exchanges[at].replies;
        match replies.last_mut().filter(|reply| reply.tag.is_none()) {
            Some(reply) => reply.tag = Some(tag),
            None => replies.push(HeardReply {
                tag: Some(tag),
                ..HeardReply::default()
            }),
        }
        if let Some(AwaitedAnswer::Execute(execution)) = self.awaited.front() {
            // Where all was sent at once, the server told the types only behind the values.
            let types = self.book.types(&execution.statement);
            let exchange = &mut talk.exchanges[at];
            if types.len() == exchange.binds.len() {
                exchange.types = types.to_vec();
            }
            self.awaited.pop_front();
        }
    }

    /// Takes what the message answers off those that are awaited.
    fn pass_over(&mut self, tag: u8) {
        // What has the same name now has other columns.
        match (tag, self.awaited.front()) {
            (b'1', Some(AwaitedAnswer::Parse(name))) => {
                self.columns.remove(&(true, name.clone()));
            }
            (b'2', Some(AwaitedAnswer::Bind(name))) => {
                self.columns.remove(&(false, name.clone()));
            }
            _ => {}
        }
        let is_answered = matches!(
            (tag, self.awaited.front()),
            (b'1', Some(AwaitedAnswer::Parse(_)))
                | (b'2', Some(AwaitedAnswer::Bind(_)))
                | (b'3', Some(AwaitedAnswer::Close))
                | (b'n', Some(AwaitedAnswer::Describe(..)))
                | (b's' | b'I', Some(AwaitedAnswer::Execute(..)))
        );
        if is_answered {
            self.awaited.pop_front();
        }
    }
}
