//! The gate in this process: buyers whose sessions park before each statement,
//! in front of a world that carries statements out.
//!
//! A buyer is the checkout of [`crate::checkout`] itself, driven by hand: its
//! future is polled until it asks for a statement, and polled again when the
//! reply is there. No runtime is involved, and nothing is ever dropped midway.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use super::arena::{self, Arena, Choice, End, Error, Seat, letter};
use super::case::Case;
use super::footprint::{Footprint, History};
use crate::audit::Ledger;
use crate::checkout::{Checkout, checkout};
use crate::mvcc::Event;
use crate::session::{self, Session};
use crate::shop::{Cart, Outcome, Sku};
use crate::statement::{Reply, Statement};

/// A database that carries out the statements of several sessions, one at a
/// time, and says what each step set off.
pub trait World: Send {
    /// The database as it was found, every session without a transaction.
    fn reset(&mut self) -> impl Future<Output = Result<(), Error>> + Send;

    /// Carries out one statement, and waits until it and whatever it frees has
    /// settled: the session's own event first, then the others'.
    fn execute(
        &mut self,
        session: usize,
        statement: Statement<'_>,
        events: &mut Vec<Event>,
    ) -> impl Future<Output = Result<(), Error>> + Send;

    /// Cuts the session's connection, and waits until what that frees has
    /// settled.
    fn cut(
        &mut self,
        session: usize,
        events: &mut Vec<Event>,
    ) -> impl Future<Output = Result<(), Error>> + Send;

    /// What the database holds.
    fn ledger(&mut self) -> impl Future<Output = Result<Ledger, Error>> + Send;

    /// The statement as a reader sees it.
    fn in_words(&self, statement: &Statement<'_>) -> arena::Asked;
}

/// The buyers of a case in front of a world.
pub struct Gate<W> {
    world: W,
    case: Arc<Case>,
    buyers: Vec<Buyer>,
    invited: Vec<usize>,
    seats: Vec<Seat>,
    /// In which order the blocked sessions fell asleep.
    asleep: Vec<usize>,
}

impl<W: World> Gate<W> {
    /// Nobody has entered yet: see [`Arena::reset`].
    pub fn new(world: W, case: Arc<Case>) -> Self {
        Self {
            world,
            buyers: Vec::new(),
            invited: (0..case.carts.len()).collect(),
            seats: Vec::new(),
            asleep: Vec::new(),
            case,
        }
    }

    /// The world behind the gate.
    pub const fn world(&mut self) -> &mut W {
        &mut self.world
    }

    fn cart(&self, session: usize) -> &Cart {
        &self.case.carts[session]
    }

    fn parked(&self, session: usize) -> Statement<'_> {
        match self.buyers[session]
            .asked
            .expect("only parked sessions are asked")
        {
            Asked::PlaceOrder => Statement::PlaceOrder(self.cart(session)),
            Asked::Other(statement) => statement,
        }
    }

    /// Hands a reply to its buyer, who runs on to the next statement.
    fn hand_over(&mut self, event: &Event) {
        match event {
            Event::Blocked { session, .. } => self.seats[*session] = Seat::Blocked,
            Event::Replied { session, reply } => {
                let cart = &self.case.carts[*session];
                self.buyers[*session].go_on(cart, reply.clone());
            }
        }
    }

    /// Works out what everybody is doing now.
    fn look_around(&mut self, still_blocked: &[usize]) {
        let others_wait = !still_blocked.is_empty();
        for session in 0..self.buyers.len() {
            self.seats[session] = if still_blocked.contains(&session) {
                Seat::Blocked
            } else if self.buyers[session].asked.is_some() {
                Seat::Parked(self.footprint(session, others_wait))
            } else {
                Seat::Done
            };
        }
    }

    fn footprint(&self, session: usize, others_wait: bool) -> Footprint {
        let (isolation, cart) = (self.case.terms.isolation, self.cart(session));
        let statement = self.parked(session);
        let history = &self.buyers[session].history;
        history.footprint(isolation, &statement, cart, others_wait)
    }

    /// A checkout that was cut while its sale was in doubt is looked up.
    fn told(&self, ledger: &Ledger) -> Vec<Outcome> {
        let has_order = |cart: &Cart| ledger.orders.iter().any(|order| order.key == cart.key);
        let looked_up = |(buyer, cart): (&Buyer, &Cart)| match &buyer.ended {
            Some(ended) if ended.outcome == Outcome::Unknown => {
                if has_order(cart) {
                    Outcome::Sold
                } else {
                    Outcome::Failed
                }
            }
            Some(ended) => ended.outcome,
            None => Outcome::NotStarted,
        };
        self.buyers
            .iter()
            .zip(&self.case.carts)
            .map(looked_up)
            .collect()
    }
}

impl<W: World> Arena for Gate<W> {
    fn invite(&mut self, sessions: &[usize]) {
        self.invited = sessions.to_vec();
    }

    async fn reset(&mut self) -> Result<(), Error> {
        self.world.reset().await?;
        let case = Arc::clone(&self.case);
        self.buyers = (0..case.carts.len())
            .map(|n| Buyer::new(&case, n))
            .collect();
        for &session in &self.invited {
            self.buyers[session].run();
        }
        self.seats = vec![Seat::Done; self.buyers.len()];
        self.asleep.clear();
        self.look_around(&[]);
        Ok(())
    }

    fn seats(&self) -> &[Seat] {
        &self.seats
    }

    async fn admit(&mut self, choice: Choice, events: &mut Vec<Event>) -> Result<(), Error> {
        let session = choice.session();
        events.clear();
        match choice {
            Choice::Step(_) => {
                let case = Arc::clone(&self.case);
                let statement = match self.buyers[session].asked {
                    Some(Asked::Other(statement)) => statement,
                    _ => Statement::PlaceOrder(&case.carts[session]),
                };
                self.world.execute(session, statement, events).await?;
            }
            Choice::Cut(_) => {
                self.world.cut(session, events).await?;
                let lost = session::Error::ConnectionLost("cut by the schedule".into());
                let cart = &self.case.carts[session];
                self.buyers[session].go_on(cart, Err(lost));
            }
        }
        // Replies that were freed together race on several sockets.
        events.sort_by_key(|event| (event.session() != session, event.session()));
        self.assert_nobody_overtook(events)?;
        for event in events.iter() {
            self.hand_over(event);
        }
        let blocked: Vec<usize> = self.blocked_after(events);
        self.asleep.retain(|session| blocked.contains(session));
        let newly = blocked
            .iter()
            .filter(|session| !self.asleep.contains(session));
        let newly: Vec<usize> = newly.copied().collect();
        self.asleep.extend(newly);
        self.look_around(&blocked);
        Ok(())
    }

    fn next_statement(&self, session: usize) -> arena::Asked {
        self.world.in_words(&self.parked(session))
    }

    async fn stock(&mut self) -> Result<Vec<(Sku, i64)>, Error> {
        let ledger = self.world.ledger().await?;
        let products = ledger.products.iter();
        Ok(products
            .map(|row| (row.sku, row.stock.unwrap_or(0)))
            .collect())
    }

    async fn end(&mut self) -> Result<End, Error> {
        let ledger = self.world.ledger().await?;
        let told = self.told(&ledger);
        Ok(End { ledger, told })
    }
}

impl<W> Gate<W> {
    /// First come, first served: a session that this step freed is not to take
    /// what another one has waited for longer. The model knows no other order,
    /// and PostgreSQL hardly ever takes another.
    fn assert_nobody_overtook(&self, events: &[Event]) -> Result<(), Error> {
        let place = |session: usize| self.asleep.iter().position(|other| *other == session);
        let is_free = |session: usize| {
            let mut replies = events.iter().filter(|e| matches!(e, Event::Replied { .. }));
            replies.any(|event| event.session() == session)
        };
        for event in events {
            let Event::Blocked { session, by } = event else {
                continue;
            };
            let later = by
                .iter()
                .find(|&&by| is_free(by) && place(by) > place(*session));
            if let (Some(&later), Some(_)) = (later, place(*session)) {
                return Err(Error::Overtaken {
                    earlier: letter(*session),
                    later: letter(later),
                });
            }
        }
        Ok(())
    }

    /// Blocked before and not answered, or blocked just now.
    fn blocked_after(&self, events: &[Event]) -> Vec<usize> {
        let is_answered = |session: usize| {
            let last = events.iter().rev().find(|event| event.session() == session);
            matches!(last, Some(Event::Replied { .. }))
        };
        (0..self.seats.len())
            .filter(|&session| self.seats[session] == Seat::Blocked && !is_answered(session))
            .collect()
    }
}

/// One buyer: a checkout that is polled by hand.
struct Buyer {
    checkout: Pin<Box<dyn Future<Output = Checkout> + Send>>,
    slot: Arc<Mutex<Slot>>,
    /// What it waits to be admitted with, or for.
    asked: Option<Asked>,
    history: History,
    ended: Option<Checkout>,
}

/// A statement, apart from the cart that the order borrows.
#[derive(Debug, Clone, Copy)]
enum Asked {
    PlaceOrder,
    Other(Statement<'static>),
}

/// Where a session and the gate meet.
#[derive(Default)]
struct Slot {
    asked: Option<Asked>,
    reply: Option<session::Result<Reply>>,
}

impl Buyer {
    /// A buyer who has not come yet: see [`Buyer::run`].
    fn new(case: &Arc<Case>, number: usize) -> Self {
        let slot = Arc::new(Mutex::new(Slot::default()));
        let mut session = GateSession(Arc::clone(&slot));
        let case = Arc::clone(case);
        Self {
            checkout: Box::pin(async move {
                checkout(&mut session, &case.terms, &case.carts[number]).await
            }),
            slot,
            asked: None,
            history: History::default(),
            ended: None,
        }
    }

    fn go_on(&mut self, cart: &Cart, reply: session::Result<Reply>) {
        let statement = match self.asked.take() {
            Some(Asked::Other(statement)) => statement,
            _ => Statement::PlaceOrder(cart),
        };
        self.history.note(&statement, cart, reply.is_err());
        lock(&self.slot).reply = Some(reply);
        self.run();
    }

    fn run(&mut self) {
        match self
            .checkout
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
        {
            Poll::Ready(ended) => self.ended = Some(ended),
            Poll::Pending => self.asked = lock(&self.slot).asked.take(),
        }
    }
}

fn lock(slot: &Mutex<Slot>) -> MutexGuard<'_, Slot> {
    slot.lock().expect("no code panics while it holds the slot")
}

/// A session that parks before each statement.
struct GateSession(Arc<Mutex<Slot>>);

impl Session for GateSession {
    async fn execute(&mut self, statement: Statement<'_>) -> session::Result<Reply> {
        // To think is no choice: nobody can tell when it happens.
        if statement == Statement::Think {
            return Ok(Reply::Done);
        }
        lock(&self.0).asked = Some(match statement.detached() {
            Some(statement) => Asked::Other(statement),
            None => Asked::PlaceOrder,
        });
        std::future::poll_fn(|_| match lock(&self.0).reply.take() {
            Some(reply) => Poll::Ready(reply),
            None => Poll::Pending,
        })
        .await
    }
}
