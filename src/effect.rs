//! What a statement does, as far as a caller must know that does not carry it out.
//!
//! This is the one answer to that question: a gate, an attempt or a footprint asks
//! [`Statement::effect`], and does not match on statements to find out. The same
//! answer must do for a statement that is only text.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::shop::{Cart, Sku};
use crate::statement::{Statement, TextBound, TextLook};

/// What a statement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Opens a transaction.
    Begin,
    /// Takes the transaction's snapshot, and nothing else.
    Snapshot,
    /// Takes time outside the database.
    Think,
    /// Has an effect outside the database.
    Effect,
    /// Reads rows without a lock.
    Read,
    /// Reads rows and locks them against every other lock.
    Lock,
    /// Changes rows.
    Write,
    /// Adds rows that refer to others.
    Insert,
    /// Makes the transaction durable.
    Commit,
    /// Undoes the transaction.
    Rollback,
    /// Anything: nothing is known of it.
    Opaque,
}

/// The rows that a statement is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows<'a> {
    /// None.
    None,
    /// One product.
    Product(Sku),
    /// A new order, and the products that its lines refer to.
    Order(&'a Cart),
    /// Any.
    All,
}

/// The products whose stock a statement is certain to look at, where [`Rows`] are all that it
/// may touch. A product that it only refers to is none of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looks<'a> {
    /// At these; each stands there once.
    At(&'a [Sku]),
    /// Not known.
    Unknown,
}

/// The answer of [`Statement::effect`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effect<'a> {
    /// What it does.
    pub kind: Kind,
    /// To which rows.
    pub rows: Rows<'a>,
    /// Whether it changes rows as far as is known, where [`Kind::writes`] says that it may.
    pub changes: bool,
    /// Which products it is certain to look at.
    pub looks: Looks<'a>,
}

/// What a statement reads or changes of one product, as a reader of a trace sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Touch {
    /// The product.
    pub sku: Sku,
    /// The stock that it writes, where the buyer computed it; `None` where it reads, and
    /// where the database computes.
    pub sets: Option<i64>,
}

impl Kind {
    /// Whether it ends the transaction.
    #[must_use]
    pub const fn ends(self) -> bool {
        matches!(self, Self::Commit | Self::Rollback)
    }

    /// Whether it touches no row, whatever the database holds.
    #[must_use]
    pub const fn is_control(self) -> bool {
        match self {
            Self::Begin
            | Self::Snapshot
            | Self::Think
            | Self::Effect
            | Self::Commit
            | Self::Rollback => true,
            Self::Read | Self::Lock | Self::Write | Self::Insert | Self::Opaque => false,
        }
    }

    /// Whether it may change rows.
    #[must_use]
    pub const fn writes(self) -> bool {
        matches!(self, Self::Write | Self::Insert | Self::Opaque)
    }

    /// Whether it may take a lock that a statement of another session can wait for.
    #[must_use]
    pub const fn may_lock(self) -> bool {
        matches!(self, Self::Lock) || self.writes()
    }

    /// Whether it may lock rows against the check of a foreign key.
    #[must_use]
    pub const fn may_exclude(self) -> bool {
        matches!(self, Self::Lock | Self::Opaque)
    }

    /// Whether it may wait for a lock of another session; `are_excluded` says
    /// whether any session may hold one that keeps the check of a foreign key out.
    #[must_use]
    pub const fn may_wait(self, are_excluded: bool) -> bool {
        match self {
            Self::Insert => are_excluded,
            other => other.may_lock(),
        }
    }

    /// Whether it may give up a lock although it succeeds: the end of a transaction,
    /// the end of a statement's own, or an UPDATE that gives up its turn.
    #[must_use]
    pub const fn may_free(self) -> bool {
        self.ends() || self.writes()
    }

    /// Whether a sale may be durable once it has succeeded. Outside a transaction
    /// the insert of the order is what makes it so.
    #[must_use]
    pub const fn makes_durable(self, is_open: bool) -> bool {
        match self {
            Self::Commit => true,
            Self::Insert | Self::Opaque => !is_open,
            _ => false,
        }
    }
}

impl Statement {
    /// What it does.
    #[must_use]
    pub fn effect(&self) -> Effect<'_> {
        let (kind, rows) = match self {
            Statement::Begin(_) => (Kind::Begin, Rows::None),
            Statement::Snapshot => (Kind::Snapshot, Rows::None),
            Statement::Think | Statement::Pause(_) => (Kind::Think, Rows::None),
            Statement::Effect { .. } => (Kind::Effect, Rows::None),
            Statement::ReadStock(sku) => (Kind::Read, Rows::Product(*sku)),
            Statement::LockStock(sku) => (Kind::Lock, Rows::Product(*sku)),
            Statement::WriteStock { sku, .. }
            | Statement::SwapStock { sku, .. }
            | Statement::DecrementStock { sku, .. }
            | Statement::TakeStock { sku, .. } => (Kind::Write, Rows::Product(*sku)),
            Statement::PlaceOrder(cart) => (Kind::Insert, Rows::Order(cart)),
            Statement::Sql(text) => match text.bound {
                Some(TextBound::Begin) => (Kind::Begin, Rows::None),
                Some(TextBound::Commit) => (Kind::Commit, Rows::None),
                Some(TextBound::Rollback) => (Kind::Rollback, Rows::None),
                None => (Kind::Opaque, Rows::All),
            },
            Statement::Commit => (Kind::Commit, Rows::None),
            Statement::Rollback => (Kind::Rollback, Rows::None),
        };
        Effect {
            kind,
            rows,
            changes: match self.as_text() {
                Some(text) => text.changes,
                None => kind.writes(),
            },
            looks: self.looks(),
        }
    }

    fn looks(&self) -> Looks<'_> {
        match self {
            Statement::ReadStock(sku)
            | Statement::LockStock(sku)
            | Statement::WriteStock { sku, .. }
            | Statement::SwapStock { sku, .. }
            | Statement::DecrementStock { sku, .. }
            | Statement::TakeStock { sku, .. } => Looks::At(std::slice::from_ref(sku)),
            Statement::Sql(text) => match &text.look {
                TextLook::Products(products) => Looks::At(products),
                TextLook::Unknown if text.bound.is_some() => Looks::At(&[]),
                TextLook::Unknown => Looks::Unknown,
            },
            Statement::Begin(_)
            | Statement::PlaceOrder(_)
            | Statement::Think
            | Statement::Pause(_)
            | Statement::Effect { .. }
            | Statement::Snapshot
            | Statement::Commit
            | Statement::Rollback => Looks::At(&[]),
        }
    }

    /// What it reads or changes of one product; `None` where it is about no product or
    /// about several.
    #[must_use]
    pub fn touch(&self) -> Option<Touch> {
        let sets = match self {
            Statement::WriteStock { stock, .. } | Statement::SwapStock { stock, .. } => {
                Some(*stock)
            }
            _ => None,
        };
        match self.effect().rows {
            Rows::Product(sku) => Some(Touch { sku, sets }),
            Rows::None | Rows::Order(_) | Rows::All => None,
        }
    }
}
