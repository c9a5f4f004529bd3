//! What a world of a real server stands on: the shop's tables in a schema of the run's own, or
//! tables of the user's own in a database of the run's own.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::database::{
    Backend, Connection, Engine, Ground, Holdings, OwnSequence, PATIENCE, RuleError, Schema,
    Server, ServerError,
};
use crate::explore::arena::StepError;
use crate::explore::case::Case;
use crate::oracle::serial::WallSpan;
use crate::oracle::{Broken, EffectSeen, StepTold};
use crate::subject;
use crate::value::{RowDelta, State};

/// Where the sessions of a world are.
pub enum Site {
    /// In the shop.
    Shop(Box<Schema>),
    /// On tables of the user's own.
    Own(Box<OwnSite>),
}

/// Tables of the user's own, with what was asked of them before.
pub struct OwnSite {
    ground: Ground,
    /// Whether nothing was sent since the state was read.
    is_fresh: bool,
    /// What was broken in ends that were seen before.
    known: HashMap<KnownEnd, Vec<Broken>>,
    /// The state that was read last.
    state: State,
    /// Sequences that begin so many steps later, from the next reset on.
    advanced: Vec<(Arc<str>, i64)>,
}

/// What each table has become since the start, what callers were told, and which effects there
/// were.
type KnownEnd = (Vec<Option<RowDelta>>, Vec<StepTold>, Vec<EffectSeen>);

impl OwnSite {
    /// A ground of which nothing is known.
    #[must_use]
    pub fn new(ground: Ground) -> Self {
        Self {
            ground,
            is_fresh: false,
            known: HashMap::new(),
            state: State::default(),
            advanced: Vec::new(),
        }
    }
}

/// What is known of tables to which sessions have written that this program has not sent.
#[derive(Debug, Clone, Copy)]
pub struct SeenBehind {
    /// Whether the state was read after all that they sent.
    pub was_read: bool,
    /// Whether anything of it was undone: rows of that lie dead in tables that are as they were.
    pub is_undone: bool,
}

/// A vacuum of the shop's tables comes after so many resets.
const VACUUM_EVERY: u32 = 400;

/// The pause between two looks at a server process that is to end.
const BETWEEN_LOOKS: Duration = Duration::from_millis(1);

/// So many states are remembered with what is broken there.
const KNOWN_MAX: usize = 4_096;

impl Site {
    /// The tables of the shop, in a new schema.
    pub(super) async fn lay_out(
        server: Server,
        name: String,
        case: &Case,
    ) -> Result<Self, ServerError> {
        let mut schema = Schema::create(server, name).await?;
        let stock_check = subject::has_stock_check(case.terms.cell.subject);
        schema.lay_out(case.supply(), stock_check).await?;
        schema.prepare_for_stepping().await?;
        Ok(Self::Shop(Box::new(schema)))
    }

    /// Whether a deadlock can come about: it takes two rows, of which a small shop has as many
    /// as products.
    pub(super) fn rows(&self, case: &Case) -> usize {
        match self {
            Self::Shop(_) => case.supply().len(),
            Self::Own(_) => usize::MAX,
        }
    }

    pub(super) fn engine(&self) -> Engine {
        match self {
            Self::Shop(schema) => schema.engine(),
            Self::Own(_) => Engine::Postgres,
        }
    }

    fn patience(&self) -> Duration {
        match self {
            Self::Shop(schema) => schema.patience(),
            Self::Own(_) => PATIENCE,
        }
    }

    pub(super) async fn connect(&self, case: &Case) -> Result<Connection, ServerError> {
        match self {
            Self::Shop(schema) => schema.connector().connect(case.terms.cell).await,
            Self::Own(own) => {
                let connector = own.ground.connector();
                connector.connect_for_text(case.terms.cell.level).await
            }
        }
    }

    /// Makes whole attempts before anything is looked at; on tables of the user's own none: they
    /// would leave something behind.
    pub(super) async fn warm_up(
        &self,
        connection: &mut Connection,
        case: &Case,
    ) -> Result<(), StepError> {
        if let Self::Own(_) = self {
            return Ok(());
        }
        let lines = case.carts.iter().map(|cart| cart.lines.len()).max();
        let lines = lines.map_or(1, |lines| u32::try_from(lines).unwrap_or(1));
        let warm = connection.warm_up(case.terms.cell.subject, lines, 1).await;
        warm.map_err(|error| StepError::Database(error.to_string()))
    }

    pub(in crate::explore::worlds) async fn blockers(
        &mut self,
        pids: &[i32],
    ) -> Result<Vec<(i32, Vec<i32>)>, ServerError> {
        match self {
            Self::Shop(schema) => schema.blockers(pids).await,
            Self::Own(own) => own.ground.blockers(pids).await,
        }
    }

    /// Notes the tables that there are, and answers whether a COMMIT may wait.
    pub(super) async fn know_relations(&mut self) -> Result<bool, ServerError> {
        match self {
            Self::Shop(schema) => schema.know_relations().await,
            Self::Own(own) => own.ground.know_relations().await,
        }
    }

    /// What the transaction of a session that waits for nothing has touched.
    pub(super) async fn held(&mut self, backend: Backend) -> Result<Holdings, ServerError> {
        match self {
            Self::Shop(schema) => schema.held(backend).await,
            Self::Own(own) => own.ground.held(backend).await,
        }
    }

    pub(super) async fn terminate(&mut self, backend: Backend) -> Result<(), ServerError> {
        match self {
            Self::Shop(schema) => schema.terminate(backend).await,
            Self::Own(own) => own.ground.terminate(backend).await,
        }
    }

    async fn is_alive(&mut self, backend: Backend) -> Result<bool, ServerError> {
        match self {
            Self::Shop(schema) => schema.is_alive(backend).await,
            Self::Own(own) => own.ground.is_alive(backend).await,
        }
    }

    /// Waits until a server process is gone, with its locks.
    pub(super) async fn see_out(&mut self, backend: Backend) -> Result<(), StepError> {
        let began = Instant::now();
        let database = |error: ServerError| StepError::Database(error.to_string());
        while self.is_alive(backend).await.map_err(database)? {
            if began.elapsed() > self.patience() {
                let stays = "the server process of a cut connection does not end";
                return Err(StepError::Database(stays.into()));
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
        Ok(())
    }

    /// After so many resets: dead rows pile up with autovacuum off.
    pub(super) async fn vacuum(&mut self, resets: u32) -> Result<(), ServerError> {
        match self {
            Self::Shop(schema) if resets.is_multiple_of(VACUUM_EVERY) => schema.vacuum().await,
            // To put the user's own tables back is to vacuum them.
            Self::Shop(_) | Self::Own(_) => Ok(()),
        }
    }

    /// The user's own tables, where that is where sessions are and a function or trigger can
    /// run there.
    pub(super) async fn with_bodies(&mut self) -> Result<Option<&mut Ground>, ServerError> {
        match self {
            Self::Own(own) => Ok(own.ground.has_bodies().await?.then_some(&mut own.ground)),
            Self::Shop(_) => Ok(None),
        }
    }

    /// Whether sessions are made as new ones before each schedule: on the shop's tables, where
    /// that takes as long as a third of a schedule, only for a script that has a word for it.
    pub(super) fn forgets_sessions(&self, case: &Case) -> bool {
        const WORDS: [&str; 5] = ["advisory", "set_config", "listen", "prepare", "temp"];
        match self {
            Self::Own(_) => true,
            Self::Shop(_) => {
                let text = subject::script_text(case.terms.cell.subject);
                let text = text.map(|text| text.to_lowercase()).unwrap_or_default();
                WORDS.iter().any(|word| text.contains(word))
            }
        }
    }

    /// A statement is sent: what was read of the tables may no longer be so.
    pub(in crate::explore::worlds) const fn note_statement(&mut self) {
        if let Self::Own(own) = self {
            own.is_fresh = false;
        }
    }

    pub(super) async fn put_back(&mut self, case: &Case) -> Result<(), ServerError> {
        match self {
            Self::Shop(schema) => schema.put_back(case.supply()).await,
            Self::Own(own) => {
                if !own.is_fresh {
                    own.ground.state().await?;
                }
                own.ground.reset().await?;
                own.is_fresh = false;
                match own.advanced.as_slice() {
                    [] => Ok(()),
                    by => own.ground.advance_sequences(by).await,
                }
            }
        }
    }

    /// The same after sessions that no connection of this program's stood before.
    pub(in crate::explore::worlds) async fn put_back_behind(
        &mut self,
        case: &Case,
        seen: SeenBehind,
    ) -> Result<(), ServerError> {
        match self {
            Self::Own(own) if !seen.was_read => own.ground.may_have_changed(),
            Self::Own(own) if seen.is_undone => own.ground.may_hold_undone(),
            Self::Own(_) => {}
            Self::Shop(_) => {}
        }
        self.put_back(case).await
    }

    pub(in crate::explore::worlds) async fn state(&mut self) -> Result<State, ServerError> {
        match self {
            Self::Shop(schema) => schema.state().await,
            Self::Own(own) => {
                own.state = own.ground.state().await?;
                own.is_fresh = true;
                Ok(own.state.clone())
            }
        }
    }

    /// As a session sees the tables within its transaction; in the shop it is not asked for.
    pub(super) async fn seen_by(
        &mut self,
        connection: &mut Connection,
    ) -> Result<Option<State>, ServerError> {
        match self {
            Self::Shop(_) => Ok(None),
            Self::Own(own) => own.ground.seen_by(connection).await,
        }
    }

    pub(in crate::explore::worlds) async fn sequences(
        &mut self,
    ) -> Result<Vec<OwnSequence>, ServerError> {
        match self {
            Self::Shop(_) => Ok(Vec::new()),
            Self::Own(own) => own.ground.sequences().await,
        }
    }

    pub(in crate::explore::worlds) fn advance_sequences(&mut self, by: &[(Arc<str>, i64)]) {
        if let Self::Own(own) = self {
            own.advanced = by.to_vec();
        }
    }

    /// Between the last reset and the last look at the state.
    pub(in crate::explore::worlds) const fn span(&self) -> WallSpan {
        let (from_us, to_us) = match self {
            Self::Shop(_) => (0, 0),
            Self::Own(own) => own.ground.span_us(),
        };
        WallSpan { from_us, to_us }
    }

    /// Which invariants do not hold in the state that was read last.
    pub(in crate::explore::worlds) async fn broken(
        &mut self,
        case: &Case,
        told: &[StepTold],
        effects: &[EffectSeen],
    ) -> Result<Vec<Broken>, StepError> {
        match self {
            Self::Shop(_) => Ok(Vec::new()),
            Self::Own(own) => own.broken(case, told, effects).await,
        }
    }
}

impl OwnSite {
    async fn broken(
        &mut self,
        case: &Case,
        told: &[StepTold],
        effects: &[EffectSeen],
    ) -> Result<Vec<Broken>, StepError> {
        if self.ground.is_misplaced() {
            return Err(StepError::Misplaced);
        }
        if case.own().is_none_or(|own| own.invariants.is_empty()) {
            return Ok(Vec::new());
        }
        let changed = self.state.tables().map(|(_, table)| table.row_delta());
        let changed = changed.map(|rows| rows.cloned()).collect();
        let key: KnownEnd = (changed, told.to_vec(), effects.to_vec());
        if let Some(known) = self.known.get(&key) {
            return Ok(known.clone());
        }
        let own = case.own().map_or(&[][..], |own| &own.invariants);
        let broken = self.ground.audit(own, told, effects).await;
        let broken = broken.map_err(refused)?;
        if self.known.len() < KNOWN_MAX {
            self.known.insert(key, broken.clone());
        }
        Ok(broken)
    }
}

/// What it means to a search that the rules cannot be asked.
fn refused(error: RuleError) -> StepError {
    match error {
        RuleError::Server(error) => StepError::Database(error.to_string()),
        refused @ RuleError::Refused { .. } => StepError::Unsupported(refused.to_string()),
    }
}
