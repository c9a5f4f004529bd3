//! The connection.

use std::borrow::Cow;
use std::sync::Arc;

use super::bounds::refuse_unsendable;
use super::cancel::CancelKey;
use super::conversation::{CallEnd, Conversation};
use super::failure::{WireFailure, WireResult};
use super::message_in::{ResultColumn, TransactionStatus};
use super::message_out::Outbox;
use super::options::WireOptions;
use super::prepared::{KeptByText, Prepared};
use super::reply::ReplySoFar;
use super::rows::TextRows;
use super::server_message::ServerMessage;
use super::startup;

/// A statement with its values.
#[derive(Debug, Clone)]
pub struct WireCall<'v> {
    /// Its text.
    pub sql: Cow<'v, str>,
    /// The values of its parameters.
    pub values: Vec<Option<&'v str>>,
}

impl<'v> WireCall<'v> {
    /// A statement with these values.
    pub fn new(sql: impl Into<Cow<'v, str>>, values: Vec<Option<&'v str>>) -> Self {
        Self {
            sql: sql.into(),
            values,
        }
    }
}

/// A connection to PostgreSQL on which every value is text.
///
/// A statement is one round trip, also the first time: it is prepared, described,
/// bound and executed in one write.
///
/// No future of it may be dropped before it is done: the statement would go on in
/// the server, and its reply would be taken for a later one. A connection to which
/// that happened refuses every later call with [`WireFailure::Lost`].
#[derive(Debug)]
pub struct WireClient {
    conversation: Conversation,
    key: CancelKey,
    kept: KeptByText,
    names: u64,
    result_bytes_max: usize,
}

impl WireClient {
    /// Opens a connection. This future may be dropped.
    ///
    /// # Errors
    /// [`WireFailure::Lost`] with the server's last word if it refuses the session;
    /// [`WireFailure::Unsupported`] where TLS cannot be spoken as it is wanted, and where
    /// the server wants a proof of identity that is not known here.
    pub async fn connect(options: &WireOptions) -> WireResult<Self> {
        let opened = startup::open(options).await?;
        Ok(Self {
            conversation: Conversation::new(opened.channel, opened.asides),
            key: opened.key,
            kept: KeptByText::new(options.statements_kept_max),
            names: 0,
            result_bytes_max: options.result_bytes_max,
        })
    }

    /// Carries out a statement. The first time it is prepared too; the server keeps
    /// the statements that were used last.
    ///
    /// # Errors
    /// [`WireFailure::Refused`] by the server; [`WireFailure::Unsupported`] for COPY,
    /// whose data are neither sent nor read, for a reply that is too long (it is
    /// carried out nevertheless), for a zero byte in `sql`, and while a Sync is due;
    /// [`WireFailure::Lost`] where there is no session any more.
    pub async fn run(&mut self, sql: &str, values: &[Option<&str>]) -> WireResult<TextRows> {
        self.run_to(CallEnd::Sync, sql, values).await
    }

    /// As [`Self::run`], in two parts: the server has bound and planned the statement when `go`
    /// is over, and carries it out then. A statement that was never sent before waits whole.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub async fn run_after(
        &mut self,
        sql: &str,
        values: &[Option<&str>],
        go: impl Future<Output = ()>,
    ) -> WireResult<TextRows> {
        let Some(kept) = self.kept.get(sql) else {
            go.await;
            return self.run(sql, values).await;
        };
        self.bind(CallEnd::Sync, &kept, values)?.flush();
        self.conversation.send_on().await?;
        go.await;
        let done = self.carry_out(CallEnd::Sync, &kept).await;
        self.forget_what_is_gone(sql, &done);
        done
    }

    /// Carries out `COPY ... FROM STDIN` with these data, in the format that it names.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub async fn copy_in(&mut self, sql: &str, data: &[u8]) -> WireResult<TextRows> {
        refuse_unsendable(sql, 0, &[])?;
        let name = self.new_name();
        let outbox = self.conversation.begin(CallEnd::Sync)?;
        outbox.parse(&name, sql, &[]);
        outbox.bind(&name, &[]);
        outbox.execute();
        self.conversation.closing.add(name);
        let mut reply = self.reply(Arc::default()).with_data();
        let sent = self
            .conversation
            .finish_with(CallEnd::Sync, &mut reply, Some(data));
        sent.await?;
        self.outcome(reply)
    }

    /// Carries out groups of statements in one round trip, each group in an implicit
    /// transaction of its own. All groups are carried out, also behind one that fails.
    ///
    /// # Errors
    /// As [`Self::run`]; of several failures the first.
    pub async fn run_groups(&mut self, groups: &[Vec<WireCall<'_>>]) -> WireResult<Vec<TextRows>> {
        for call in groups.iter().flatten() {
            refuse_unsendable(&call.sql, 0, &call.values)?;
        }
        let mut names = Vec::new();
        let mut replies = Vec::new();
        self.conversation.begin(CallEnd::Sync)?;
        for group in groups {
            let mut of_group = Vec::new();
            for call in group {
                let kept = self.kept.get(&call.sql);
                let name = kept.is_none().then(|| self.new_name());
                let outbox = self.conversation.outbox();
                if let Some(name) = &name {
                    outbox.parse(name, call.sql.as_bytes(), &[]);
                    outbox.describe_statement(name);
                }
                let statement = name.as_deref().or(kept.as_ref().map(Prepared::name));
                outbox.bind(statement.unwrap_or_default(), &call.values);
                outbox.execute();
                let columns = kept.as_ref().map(Prepared::shared_columns);
                of_group.push(self.reply(columns.unwrap_or_default()));
                names.push((kept, name));
            }
            self.conversation.outbox().sync();
            replies.push(of_group);
        }
        self.conversation.finish_groups(&mut replies).await?;
        let calls = groups.iter().flatten().zip(names);
        let mut rows = Vec::new();
        let mut failed = None;
        for (mut reply, (call, (_kept, name))) in replies.into_iter().flatten().zip(calls) {
            if let Some(prepared) = name.and_then(|name| self.take_prepared(name, &mut reply)) {
                self.kept.keep(&call.sql, prepared);
            }
            match self.outcome(reply) {
                Ok(done) => rows.push(done),
                Err(failure) => {
                    self.kept.forget(&call.sql);
                    failed.get_or_insert(failure);
                }
            }
        }
        failed.map_or(Ok(rows), Err)
    }

    /// Carries out a statement and leaves its implicit transaction open, if it is not
    /// within an explicit one: its locks hold, and no other session sees what it did,
    /// until [`Self::sync`]. Further held statements join that transaction.
    ///
    /// A statement that fails ends the transaction at once, and no Sync is due.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub async fn run_held(&mut self, sql: &str, values: &[Option<&str>]) -> WireResult<TextRows> {
        self.run_to(CallEnd::Hold, sql, values).await
    }

    /// Prepares a statement. Types are numbers of `pg_type`; 0, and what is missing,
    /// is for the server to find.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub async fn prepare(&mut self, sql: &str, types: &[u32]) -> WireResult<Prepared> {
        refuse_unsendable(sql, types.len(), &[])?;
        let name = self.new_name();
        let outbox = self.conversation.begin(CallEnd::Sync)?;
        outbox.parse(&name, sql, types);
        outbox.describe_statement(&name);
        let mut reply = self.reply(Arc::default());
        self.conversation.finish(CallEnd::Sync, &mut reply).await?;
        let prepared = self.take_prepared(name, &mut reply);
        reply.outcome()?;
        prepared.ok_or_else(|| WireFailure::lost("the server prepared nothing"))
    }

    /// Carries out a prepared statement.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub async fn execute(
        &mut self,
        statement: &Prepared,
        values: &[Option<&str>],
    ) -> WireResult<TextRows> {
        self.execute_to(CallEnd::Sync, statement, values).await
    }

    /// As [`Self::run_held`], of a prepared statement.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub async fn execute_held(
        &mut self,
        statement: &Prepared,
        values: &[Option<&str>],
    ) -> WireResult<TextRows> {
        self.execute_to(CallEnd::Hold, statement, values).await
    }

    /// Sends the Sync that is held: the implicit transaction commits.
    ///
    /// # Errors
    /// [`WireFailure::Refused`] if the commit failed: a constraint was deferred to
    /// it, for one. [`WireFailure::Unsupported`] if no Sync is due.
    pub async fn sync(&mut self) -> WireResult<TransactionStatus> {
        self.conversation.begin_sync()?;
        let mut reply = self.reply(Arc::default());
        self.conversation.finish(CallEnd::Sync, &mut reply).await?;
        reply.outcome()?;
        Ok(self.status())
    }

    /// Says goodbye to the server, which would notice a connection that is only
    /// dropped a moment later. A held statement is rolled back.
    pub async fn close(mut self) {
        if self.conversation.may_send() {
            self.conversation.say_goodbye().await;
        }
    }

    /// What the server said of the transaction when it was last ready; of a held
    /// statement it has not said it yet.
    #[must_use]
    pub const fn status(&self) -> TransactionStatus {
        self.conversation.status
    }

    /// Whether a Sync is due.
    #[must_use]
    pub const fn is_held(&self) -> bool {
        self.conversation.is_held()
    }

    /// A setting that the server reports, such as `server_version`.
    #[must_use]
    pub fn setting(&self, name: &str) -> Option<&str> {
        self.conversation
            .asides
            .settings
            .get(name)
            .map(String::as_str)
    }

    /// The notices since they were last taken; of very many, the last ones.
    pub fn take_notices(&mut self) -> Vec<ServerMessage> {
        self.conversation.asides.notices.drain(..).collect()
    }

    /// What cancels a statement of this connection.
    #[must_use]
    pub const fn cancel_key(&self) -> &CancelKey {
        &self.key
    }

    async fn run_to(
        &mut self,
        ending: CallEnd,
        sql: &str,
        values: &[Option<&str>],
    ) -> WireResult<TextRows> {
        let Some(kept) = self.kept.get(sql) else {
            return self.run_first(ending, sql, values).await;
        };
        let done = self.execute_to(ending, &kept, values).await;
        self.forget_what_is_gone(sql, &done);
        done
    }

    /// Its tables have changed, or the session has forgotten it.
    fn forget_what_is_gone(&mut self, sql: &str, done: &WireResult<TextRows>) {
        if let Err(Some("0A000" | "26000")) = done.as_ref().map_err(WireFailure::sqlstate) {
            self.kept.forget(sql);
        }
    }

    async fn run_first(
        &mut self,
        ending: CallEnd,
        sql: &str,
        values: &[Option<&str>],
    ) -> WireResult<TextRows> {
        refuse_unsendable(sql, 0, values)?;
        let name = self.new_name();
        let outbox = self.conversation.begin(ending)?;
        outbox.parse(&name, sql, &[]);
        outbox.describe_statement(&name);
        outbox.bind(&name, values);
        outbox.execute();
        let mut reply = self.reply(Arc::default());
        self.conversation.finish(ending, &mut reply).await?;
        if let Some(prepared) = self.take_prepared(name, &mut reply) {
            self.kept.keep(sql, prepared);
        }
        self.outcome(reply)
    }

    async fn execute_to(
        &mut self,
        ending: CallEnd,
        statement: &Prepared,
        values: &[Option<&str>],
    ) -> WireResult<TextRows> {
        self.bind(ending, statement, values)?;
        self.carry_out(ending, statement).await
    }

    fn bind(
        &mut self,
        ending: CallEnd,
        statement: &Prepared,
        values: &[Option<&str>],
    ) -> WireResult<&mut Outbox> {
        refuse_unsendable("", 0, values)?;
        if !statement.is_of(&self.conversation.closing) {
            let what = "a statement that another connection prepared";
            return Err(WireFailure::Unsupported(what.into()));
        }
        let outbox = self.conversation.begin(ending)?;
        outbox.bind(statement.name(), values);
        Ok(outbox)
    }

    async fn carry_out(&mut self, ending: CallEnd, statement: &Prepared) -> WireResult<TextRows> {
        self.conversation.outbox().execute();
        let mut reply = self.reply(statement.shared_columns());
        self.conversation.finish(ending, &mut reply).await?;
        self.outcome(reply)
    }

    /// A name that no statement of a user has.
    fn new_name(&mut self) -> String {
        self.names += 1;
        format!("sim_wire_{}", self.names)
    }

    fn reply(&self, columns: Arc<[ResultColumn]>) -> ReplySoFar {
        ReplySoFar::new(columns, self.result_bytes_max)
    }

    /// The statement that a reply says is prepared, even if what came after failed.
    fn take_prepared(&self, name: String, reply: &mut ReplySoFar) -> Option<Prepared> {
        let closing = &self.conversation.closing;
        match reply.take_described() {
            Some((parameters, columns)) => Some(Prepared::new(name, parameters, columns, closing)),
            None => {
                // It may be there all the same; to close what is not there is no error.
                closing.add(name);
                None
            }
        }
    }

    fn outcome(&mut self, reply: ReplySoFar) -> WireResult<TextRows> {
        let rows = reply.outcome()?;
        if matches!(rows.tag(), "DEALLOCATE" | "DEALLOCATE ALL" | "DISCARD ALL") {
            self.kept.forget_all();
        }
        Ok(rows)
    }
}
