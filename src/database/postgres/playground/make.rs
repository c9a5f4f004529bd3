//! The database of a run's own, its role, its copies, and how they go.

use std::path::PathBuf;
use std::time::Duration;

use super::ground::PostgresGround;
use super::owner::DatabaseOwner;
use super::{asked_sql, prepare, set_up, sql};
use crate::database::access::DatabaseAccess;
use crate::database::error::ServerError;
use crate::database::maker::Maker;
use crate::database::own_tables::{SetUpError, Unresettable};
use crate::database::postgres::server::PostgresServer;
use crate::database::postgres::text_link::{TextLink, while_trying_to};
use crate::database::postgres::wire::{WireAddress, WireFailure, WireResult};
use crate::scenario::SetUp;
use crate::shop::Isolation;

/// Since this version a role may be allowed to set a setting of superusers.
const SET_ON_PARAMETER_SINCE: u32 = 15;

/// The first version that has what the way back needs: `DROP DATABASE .. WITH (FORCE)`.
const VERSION_MIN: u32 = 13;
/// The first version in which the owner of a database owns its schema `public` too.
const VERSION_OWNED_PUBLIC: u32 = 15;

/// How often the databases of a set-up that failed are to be dropped.
const DROPS_MAX: u32 = 3;

/// A database with the user's tables, and what it is copied to.
#[derive(Debug)]
pub struct PostgresPlayground {
    /// For the role of `sim` itself, in the database that it was given.
    server: PostgresServer,
    name: String,
    owner: DatabaseOwner,
    control: TextLink,
    copies: usize,
    /// How many of these are dropped.
    dropped: usize,
    left_out: Vec<String>,
    prepared: prepare::TableStart,
}

impl PostgresPlayground {
    pub(in crate::database) async fn make(
        server: &PostgresServer,
        name: &str,
        set_up: &SetUp,
    ) -> Result<Self, SetUpError> {
        let control = server.connect_for_text(name, &[]).await?;
        let made = Self::make_over(control, server, name, set_up).await;
        if made.is_err() {
            // On a busy server a session of the set-up may take longer to end than the server waits
            // for it. Of what cannot be dropped then the caller is told when it is tried again.
            for _ in 0..DROPS_MAX {
                if server.drop_playground(name).await.is_ok() {
                    break;
                }
            }
        }
        made
    }

    async fn make_over(
        mut control: TextLink,
        server: &PostgresServer,
        name: &str,
        set_up: &SetUp,
    ) -> Result<Self, SetUpError> {
        let (owner, version) = make_owner(&mut control, server, name).await?;
        let create = sql::create_database(name, &owner.role);
        control
            .tell(&create, "create a database for the run")
            .await?;
        if let Some(mark) = server.mark() {
            let comment = sql::comment_on_database(name, &mark);
            control.tell(&comment, "mark the run's database").await?;
        }
        control
            .tell(&sql::close_database(name), "close the run's database")
            .await?;
        let inside = server.at_database(name);
        let mut own = inside.connect_for_text(name, &sql::SETTINGS).await?;
        if owner.password.is_some() && version < VERSION_OWNED_PUBLIC {
            let own_public = sql::own_public(&owner.role);
            own.tell(&own_public, "give the schema public to the run's role")
                .await?;
        }
        let as_owner = owner.server(&inside);
        let left_out = set_up::carry_out(&as_owner, name, set_up).await?;
        let prepared = prepare::prepare(&mut own).await;
        own.close().await;
        Ok(Self {
            server: server.clone(),
            name: name.to_owned(),
            owner,
            control,
            copies: 0,
            dropped: 0,
            left_out,
            prepared: prepared?,
        })
    }

    #[must_use]
    pub(in crate::database) fn left_out(&self) -> &[String] {
        &self.left_out
    }

    #[must_use]
    pub(in crate::database) fn unresettable(&self) -> &[Unresettable] {
        &self.prepared.unresettable
    }

    #[must_use]
    pub(in crate::database) fn large_tables(&self) -> Vec<String> {
        self.prepared.large.clone()
    }

    pub(in crate::database) async fn copy(&mut self) -> Result<PostgresCopy, ServerError> {
        self.copies += 1;
        let name = format!("{}_{}", self.name, self.copies);
        let copy = sql::copy_database(&name, &self.name, &self.owner.role);
        self.control.tell(&copy, "copy the run's database").await?;
        self.control
            .tell(&sql::close_database(&name), "close the copy of a database")
            .await?;
        Ok(PostgresCopy {
            server: self.server.at_database(&name),
            owner: self.owner.clone(),
            name: self.name.clone(),
        })
    }

    pub(in crate::database) async fn drop_copies(&mut self) -> Result<(), ServerError> {
        for copy in self.dropped + 1..=self.copies {
            let drop = sql::drop_database(&format!("{}_{copy}", self.name));
            self.control
                .tell(&drop, "drop the copy of a database")
                .await?;
            self.dropped = copy;
        }
        Ok(())
    }

    pub(in crate::database) async fn close(self) {
        self.control.close().await;
    }
}

/// A copy of the tables that no connection looks after yet.
#[derive(Debug, Clone)]
pub struct PostgresCopy {
    server: PostgresServer,
    owner: DatabaseOwner,
    name: String,
}

impl PostgresCopy {
    #[must_use]
    pub(in crate::database) fn access(&self) -> DatabaseAccess {
        self.owner.server(&self.server).access()
    }

    pub(in crate::database) fn trusted_socket(&self) -> Option<WireAddress> {
        let is_private = self.server.is_private();
        is_private.then(|| self.server.local_address()).flatten()
    }

    /// Where the server's own programs are; `None` where the role may not ask.
    pub(super) async fn directory_of_programs(&self) -> Result<Option<PathBuf>, ServerError> {
        let mut own = self.server.connect_for_text(&self.name, &[]).await?;
        let told = own.run(sql::DIRECTORY_OF_PROGRAMS, &[]).await;
        own.close().await;
        match told {
            Ok(rows) => Ok(rows.get(0, 0).map(PathBuf::from)),
            Err(failure) if failure.sqlstate() == Some("42501") => Ok(None),
            Err(failure) => Err(while_trying_to("ask where the server's programs are")(
                failure,
            )),
        }
    }

    pub(in crate::database) async fn keep_start(&self) -> Result<Vec<Unresettable>, ServerError> {
        let mut own = self
            .server
            .connect_for_text(&self.name, &sql::SETTINGS)
            .await?;
        let forgotten = own.tell(sql::DROP_SIM, "forget the start of the tables");
        let kept = match forgotten.await {
            Ok(()) => prepare::prepare(&mut own).await,
            Err(error) => Err(error),
        };
        own.close().await;
        Ok(kept?.unresettable)
    }

    pub(in crate::database) async fn suit_programs(
        &self,
        level: Isolation,
        deadlock_timeout_ms: u32,
    ) -> Result<bool, ServerError> {
        let mut own = self.server.connect_for_text(&self.name, &[]).await?;
        let database = self.access().database;
        let set = asked_sql::set_level(&database, level);
        let set = own.tell(&set, "set the level of a copy's sessions").await;
        let quick = asked_sql::commit_without_waiting(&database);
        let quick = own.tell(&quick, "keep a copy's sessions from waiting for a disk");
        let set = set.and(quick.await);
        let sql = asked_sql::set_deadlock_timeout(&database, deadlock_timeout_ms);
        let soon = own.run(&sql, &[]).await;
        own.close().await;
        set?;
        match soon {
            Ok(_) => Ok(true),
            Err(failure) if failure.sqlstate() == Some("42501") => Ok(false),
            Err(failure) => Err(while_trying_to("set a copy's deadlock_timeout")(failure)),
        }
    }

    pub(in crate::database) async fn open(&self) -> Result<PostgresGround, ServerError> {
        PostgresGround::open(&self.server, &self.owner, &self.name).await
    }
}

/// The role of a run is an ordinary one. A superuser makes one; another role has only itself.
async fn make_owner(
    control: &mut TextLink,
    server: &PostgresServer,
    name: &str,
) -> Result<(DatabaseOwner, u32), ServerError> {
    let failed = while_trying_to("ask what the role may do");
    let told = control.run(sql::OWN_ROLE, &[]).await.map_err(failed)?;
    let value = |column| told.get(0, column).unwrap_or_default().to_owned();
    let (role, is_superuser, may_create) = (value(0), value(1) == "t", value(2) == "t");
    let version = value(3).parse().unwrap_or(0);
    if version < VERSION_MIN {
        return Err(ServerError::TooOld {
            server: server.address(),
            version,
            wanted: VERSION_MIN,
        });
    }
    if !is_superuser && !may_create {
        return Err(ServerError::MayNotCreateDatabase { role });
    }
    if !is_superuser {
        let password = None;
        return Ok((DatabaseOwner { role, password }, version));
    }
    let password = format!("{:032x}", rand::random::<u128>());
    let create = sql::create_role(name, &password, server.mark().as_deref());
    control
        .tell(&create, "create an ordinary role for the run")
        .await?;
    if version >= SET_ON_PARAMETER_SINCE {
        let granted = alone(control, &sql::may_set_deadlock_timeout(name)).await;
        granted.map_err(while_trying_to("let the run's role set deadlock_timeout"))?;
    }
    let owner = DatabaseOwner {
        role: name.to_owned(),
        password: Some(password),
    };
    Ok((owner, version))
}

/// Carries out what writes to a catalogue that all databases share. Where another run writes
/// there at the same time the server refuses one of them: then it is tried again.
async fn alone(control: &mut TextLink, sql: &str) -> WireResult<()> {
    const AGAIN_MAX: u32 = 20;
    const BEFORE_AGAIN: Duration = Duration::from_millis(10);
    for again in 1..=AGAIN_MAX {
        match control.run(sql, &[]).await {
            Err(failure) if matches!(failure.sqlstate(), Some("23505" | "XX000")) => {
                tokio::time::sleep(BEFORE_AGAIN * again).await;
            }
            done => return done.map(drop),
        }
    }
    control.run(sql, &[]).await.map(drop)
}

/// What is gone already need not be dropped: a set-up that is cut cleans up too, at the same time.
fn gone(dropped: WireResult<()>) -> WireResult<()> {
    match dropped {
        Err(failure) if matches!(failure.sqlstate(), Some("42704" | "3D000")) => Ok(()),
        dropped => dropped,
    }
}

impl PostgresServer {
    /// Drops the databases and the role of a run, with the sessions in them.
    pub(in crate::database) async fn drop_playground(&self, name: &str) -> Result<(), ServerError> {
        let failed = |failure: WireFailure| while_trying_to("drop the run's databases")(failure);
        let mut control = self.connect_for_text(name, &[]).await?;
        let found = control
            .run(sql::DATABASES_OF_RUN, &[Some(name)])
            .await
            .map_err(failed)?;
        for row in 0..found.len() {
            let drop = sql::drop_database(found.get(row, 0).unwrap_or_default());
            gone(alone(&mut control, &drop).await).map_err(failed)?;
        }
        let role = control
            .run(sql::ROLE_EXISTS, &[Some(name)])
            .await
            .map_err(failed)?;
        if !role.is_empty() {
            let dropped = alone(&mut control, &sql::drop_role(name)).await;
            gone(dropped).map_err(failed)?;
        }
        control.close().await;
        Ok(())
    }

    /// Drops the databases and roles that dead runs left on the server, and names the runs.
    pub(in crate::database) async fn sweep_playgrounds(&self) -> Vec<String> {
        let mut dropped = Vec::new();
        let Ok(mut control) = self.connect_for_text("sim sweep", &[]).await else {
            return dropped;
        };
        let Ok(found) = control.run(sql::RUNS_LEFT, &[]).await else {
            return dropped;
        };
        control.close().await;
        for row in 0..found.len() {
            let (Some(name), Some(mark)) = (found.get(row, 0), found.get(row, 1)) else {
                continue;
            };
            let is_left = Maker::parse(mark).is_some_and(|maker| maker.is_dead());
            if is_left && self.drop_playground(name).await.is_ok() {
                dropped.push(name.to_owned());
            }
        }
        dropped.dedup();
        dropped
    }
}
