//! The database of one arena: its sessions, what it is told and asked.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::asking::{ask_all, next_transaction, number, waiting_here};
use super::kept::Kept;
use super::kept_table::TableChange;
use super::owner::DatabaseOwner;
use super::tables::array;
use super::{asked_sql, prepare, sql};
use crate::database::error::ServerError;
use crate::database::fingerprint::Backend;
use crate::database::holdings::Holdings;
use crate::database::own_tables::{EffectRow, InvariantRows, OutcomeRow, OwnSequence};
use crate::database::postgres::relation_sql;
use crate::database::postgres::relations::KnownRelations;
use crate::database::postgres::schema::PostgresConnector;
use crate::database::postgres::server::PostgresServer;
use crate::database::postgres::sql as shop_sql;
use crate::database::postgres::text_link::{TextLink, while_trying_to};
use crate::database::postgres::text_traffic::TextTraffic;
use crate::database::postgres::wire::{TextRows, WireCall, WireFailure};
use crate::value::State;

/// A copy of the playground, with the connection that looks after it.
#[derive(Debug)]
pub struct PostgresGround {
    owner: PostgresServer,
    name: String,
    pub(super) control: TextLink,
    pub(super) kept: Kept,
    /// Whether what the planner knows of the tables is put back with them.
    pub(super) is_superuser: bool,
    /// Whether `sim.outcomes` or `sim.effects` may have rows.
    pub(super) is_told: bool,
    /// How often it was put back.
    pub(super) resets: u64,
    /// Whether a vacuum can leave the table of long values of a table alone.
    pub(super) can_leave_toast: bool,
    pub(super) traffic: Arc<TextTraffic>,
    /// Something else than connections of the ground may have written to its tables.
    is_in_doubt: bool,
    /// How many statements had been sent when the tables were last looked at.
    sent_when_seen: u64,
    /// How many had undone something when they were last put back.
    undone_when_reset: u64,
    /// How many connections had ended of which not all was counted.
    ended_when_reset: u64,
    /// `None` before they are asked for, and where locks do not tell all.
    relations: Option<KnownRelations>,
}

impl PostgresGround {
    pub(super) async fn open(
        server: &PostgresServer,
        owner: &DatabaseOwner,
        name: &str,
    ) -> Result<Self, ServerError> {
        let mut control = server.connect_for_text(name, &sql::SETTINGS).await?;
        match control.run(sql::TRIGGERS_OFF, &[]).await {
            // Then there are none: with any, nothing was prepared.
            Err(failure) if failure.sqlstate() == Some("42501") => {}
            done => drop(done.map_err(while_trying_to("keep triggers from firing"))?),
        }
        let is_superuser = prepare::is_superuser(&mut control).await?;
        let can = control.run(asked_sql::CAN, &[]).await;
        let can = can.map_err(while_trying_to("ask what the server can do"))?;
        let traffic = TextTraffic {
            is_counted: can.get(0, 0) == Some("t"),
            ..TextTraffic::default()
        };
        let kept = Kept::read(&mut control, is_superuser).await;
        Ok(Self {
            owner: owner.server(server),
            name: name.to_owned(),
            kept: kept.map_err(while_trying_to("read the start of the tables"))?,
            control,
            is_superuser,
            is_told: false,
            resets: 0,
            can_leave_toast: can.get(0, 1) == Some("t"),
            traffic: Arc::new(traffic),
            is_in_doubt: false,
            sent_when_seen: 0,
            undone_when_reset: 0,
            ended_when_reset: 0,
            relations: None,
        })
    }

    #[must_use]
    pub(in crate::database) fn connector(&self) -> PostgresConnector {
        let traffic = Arc::clone(&self.traffic);
        PostgresConnector::of_database(self.owner.clone(), self.name.clone(), traffic)
    }

    pub(in crate::database) async fn state(&mut self) -> Result<State, ServerError> {
        self.sent_when_seen = self.traffic.sent.load(Ordering::Relaxed);
        self.kept.look(&mut self.control).await
    }

    pub(in crate::database) fn may_have_changed(&mut self) {
        self.kept.seen = None;
        self.may_hold_undone();
    }

    pub(in crate::database) fn may_hold_undone(&mut self) {
        self.is_in_doubt = true;
        self.traffic.undone.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether rows that were never committed may lie in the tables since the last reset: they
    /// take the room in which the next rows would lie.
    pub(super) fn takes_undone(&mut self) -> bool {
        let undone = self.traffic.undone.load(Ordering::Relaxed);
        std::mem::replace(&mut self.undone_when_reset, undone) != undone
    }

    /// Whether the server has counted all that was written to the tables since the last reset.
    pub(super) fn takes_counted(&mut self) -> bool {
        let ended = self.traffic.ended.load(Ordering::Relaxed);
        let have_ended = std::mem::replace(&mut self.ended_when_reset, ended) != ended;
        let is_in_doubt = std::mem::take(&mut self.is_in_doubt);
        let uncounted = self.traffic.uncounted.load(Ordering::Relaxed);
        self.traffic.is_counted && uncounted == 0 && !have_ended && !is_in_doubt
    }

    /// Whether a look has found a row since the last reset that would lie elsewhere if no schedule had
    /// come before.
    pub(in crate::database) const fn is_misplaced(&self) -> bool {
        self.kept.is_misplaced
    }

    /// What each table has become, if it has been looked at since the last statement.
    pub(super) fn take_seen(&mut self) -> Option<Vec<TableChange>> {
        let seen = self.kept.seen.take();
        seen.filter(|_| self.sent_when_seen == self.traffic.sent.load(Ordering::Relaxed))
    }

    pub(in crate::database) async fn tell(
        &mut self,
        outcomes: &[OutcomeRow],
        effects: &[EffectRow],
    ) -> Result<(), ServerError> {
        let failed = while_trying_to("write down what the actors were told");
        let json = |rows: Result<String, serde_json::Error>| rows.unwrap_or_default();
        let outcomes = json(serde_json::to_string(outcomes));
        let effects = json(serde_json::to_string(effects));
        self.is_told = true;
        let calls = vec![
            WireCall::new(asked_sql::TELL_OUTCOMES, vec![Some(&outcomes)]),
            WireCall::new(asked_sql::TELL_EFFECTS, vec![Some(&effects)]),
        ];
        self.control
            .run_groups(&[calls])
            .await
            .map(drop)
            .map_err(failed)
    }

    pub(in crate::database) async fn forget(&mut self) -> Result<(), ServerError> {
        if !std::mem::replace(&mut self.is_told, false) {
            return Ok(());
        }
        let failed = while_trying_to("forget what the actors were told");
        let calls = asked_sql::FORGET.map(|sql| WireCall::new(sql, Vec::new()));
        let done = self.control.run_groups(&[calls.to_vec()]).await;
        done.map(drop).map_err(failed)
    }

    pub(in crate::database) async fn invariants(
        &mut self,
        questions: &[&str],
    ) -> Result<Vec<Result<InvariantRows, String>>, ServerError> {
        ask_all(&mut self.control, questions).await
    }

    pub(in crate::database) async fn blockers(
        &mut self,
        backends: &[i32],
    ) -> Result<Vec<(i32, Vec<i32>)>, ServerError> {
        let failed = while_trying_to("ask which session waits for which");
        let backends: Vec<String> = backends.iter().map(ToString::to_string).collect();
        let backends = format!("{{{}}}", backends.join(","));
        let rows = self
            .control
            .run(relation_sql::BLOCKERS, &[Some(&backends)])
            .await;
        let rows = rows.map_err(failed)?;
        let numbers = |text: &str| {
            let numbers = text.trim_matches(['{', '}']).split(',');
            numbers.filter_map(|number| number.parse().ok()).collect()
        };
        let pair = |row| Some((rows.get(row, 0)?.parse().ok()?, numbers(rows.get(row, 1)?)));
        Ok((0..rows.len()).filter_map(pair).collect())
    }

    pub(in crate::database) async fn know_relations(&mut self) -> Result<bool, ServerError> {
        let failed = while_trying_to("look at the tables");
        let sql = [
            relation_sql::PUTS_OFF,
            relation_sql::HIDES,
            relation_sql::RELATIONS,
        ];
        let calls = sql.map(|sql| WireCall::new(sql, Vec::new()));
        let rows = self.control.run_groups(&[calls.to_vec()]).await;
        let rows = rows.map_err(failed)?;
        let is = |rows: &TextRows| rows.get(0, 0) != Some("f");
        let (puts_off, hides) = (is(&rows[0]), is(&rows[1]));
        let all = (0..rows[2].len()).map(|row| {
            let name = |column| rows[2].get(row, column).unwrap_or_default();
            (number(&rows[2], row, 0), [name(1), name(2), name(3)])
        });
        let known = KnownRelations::of(all, None);
        self.relations = (!hides && !puts_off).then_some(known);
        Ok(puts_off)
    }

    pub(in crate::database) async fn held(
        &mut self,
        backend: Backend,
    ) -> Result<Holdings, ServerError> {
        let Some(relations) = &self.relations else {
            return Ok(Holdings::ANYTHING);
        };
        let pid = backend.pid.to_string();
        let rows = self.control.run(relation_sql::HELD, &[Some(&pid)]).await;
        let rows = rows.map_err(while_trying_to("ask what a session holds"))?;
        let locks = (0..rows.len()).map(|row| (number(&rows, row, 0), number(&rows, row, 1)));
        Ok(relations.held(locks))
    }

    pub(in crate::database) async fn waiting_for_locks(
        &mut self,
    ) -> Result<Vec<(i32, i64)>, ServerError> {
        waiting_here(&mut self.control).await
    }

    pub(in crate::database) async fn next_transaction(&mut self) -> Result<u64, ServerError> {
        next_transaction(&mut self.control).await
    }

    pub(in crate::database) async fn other_sessions(&mut self) -> Result<u64, ServerError> {
        let counted = self.control.run(asked_sql::OTHERS_HERE, &[]).await;
        let counted = counted.map_err(while_trying_to("count the sessions"))?;
        Ok(number(&counted, 0, 0))
    }

    pub(in crate::database) async fn is_lost(&mut self) -> bool {
        let asked = self.control.run(sql::NOW, &[]).await;
        matches!(asked, Err(WireFailure::Lost { .. }))
    }

    pub(in crate::database) async fn terminate(
        &mut self,
        backend: Backend,
    ) -> Result<(), ServerError> {
        let (pid, started) = (backend.pid.to_string(), backend.started_us.to_string());
        let ended = self
            .control
            .run(shop_sql::END_BACKEND, &[Some(&pid), Some(&started)])
            .await;
        ended.map(drop).map_err(while_trying_to("cut a connection"))
    }

    pub(in crate::database) async fn is_alive(
        &mut self,
        backend: Backend,
    ) -> Result<bool, ServerError> {
        let (pid, started) = (backend.pid.to_string(), backend.started_us.to_string());
        let values = [Some(pid.as_str()), Some(started.as_str())];
        let lives = self.control.run(shop_sql::BACKEND_LIVES, &values).await;
        let lives = lives.map_err(while_trying_to("look for a backend"))?;
        Ok(lives.get(0, 0) == Some("t"))
    }

    /// Between the last reset and the last look, by the server's clock: microseconds since 1970.
    pub(in crate::database) const fn span_us(&self) -> (i64, i64) {
        (self.kept.reset_us, self.kept.looked_us)
    }

    pub(in crate::database) async fn sequences(&mut self) -> Result<Vec<OwnSequence>, ServerError> {
        let rows = self.control.run(asked_sql::SEQUENCES, &[]).await;
        let rows = rows.map_err(while_trying_to("look at the sequences"))?;
        let sequence = |row| OwnSequence {
            name: rows.get(row, 0).unwrap_or_default().into(),
            value: number(&rows, row, 1),
            step: number(&rows, row, 2),
            least: number(&rows, row, 3),
            most: number(&rows, row, 4),
        };
        Ok((0..rows.len()).map(sequence).collect())
    }

    pub(in crate::database) async fn advance_sequences(
        &mut self,
        by: &[(Arc<str>, i64)],
    ) -> Result<(), ServerError> {
        let names: Vec<String> = by.iter().map(|(name, _)| escaped(name)).collect();
        let steps: Vec<String> = by.iter().map(|(_, steps)| steps.to_string()).collect();
        let (names, steps) = (array(&names), array(&steps));
        let advanced = self
            .control
            .run(asked_sql::ADVANCE_SEQUENCES, &[Some(&names), Some(&steps)])
            .await;
        advanced
            .map(drop)
            .map_err(while_trying_to("let sequences go on later"))
    }

    pub(in crate::database) async fn close(self) {
        self.control.close().await;
    }
}

/// As it stands between the quotes of an array.
fn escaped(name: &str) -> String {
    name.replace('\\', "\\\\").replace('"', "\\\"")
}
