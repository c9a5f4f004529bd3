//! The shop: what can be asked of it, and how that is carried out.

use std::sync::Arc;

use super::answer::ShopAnswer;
use super::limits::ShopLimits;
use super::pool::{Lease, Pool, Source};
use super::problem::{NotDone, Problem};
use super::tries::again;
use super::values::{NewItems, NewProduct, Payment};
use super::{asking, cart, checkout, payment, products, sql};
use crate::cell::Cell;
use crate::database::{Schema, Server, ServerError, Tell};
use crate::flow::{Checkout, Terms};
use crate::session::Error;
use crate::shop::{Retry, Sku};
use crate::subject::{self, Attempt};

/// What a request asks for.
#[derive(Debug, Clone)]
pub(super) enum Ask {
    CreateProduct(NewProduct),
    ListProducts { after: i64 },
    Product(Sku),
    Stock(Sku),
    AddItems(NewItems),
    Checkout { user: i64, key: Option<String> },
    Pay(Payment),
    Order(i64),
}

/// The reference shop.
pub struct Storefront {
    terms: Terms,
    pub(super) limits: ShopLimits,
    pool: Arc<Pool>,
}

impl Storefront {
    /// Lays out the shop's tables in a schema of the run, and opens its connections.
    /// `tell` hears of a server that is silent.
    ///
    /// # Errors
    /// The server refuses, has no room or is gone.
    pub async fn open(
        server: Server,
        tell: Tell,
        mut schema: Schema,
        cell: Cell,
        limits: ShopLimits,
    ) -> Result<Arc<Self>, ServerError> {
        schema
            .lay_out(&[], subject::has_stock_check(cell.subject))
            .await?;
        let source = Source {
            server,
            tell,
            schema: schema.name().to_owned(),
            cell,
        };
        let mut connection = schema.connector().connect_for_text(cell.level).await?;
        for table in sql::TABLES {
            let made = asking::changed(&mut connection, table, []).await;
            made.map_err(|error| ServerError::Query {
                what: "create the shop's tables",
                reason: error.to_string(),
                is_refusal: false,
            })?;
        }
        connection.close().await;
        let pool = Pool::new(source, schema.connector(), limits.connections);
        schema.close().await;
        pool.fill().await?;
        let terms = Terms {
            cell,
            max_tries: limits.max_tries,
            retry: Retry::default(),
        };
        Ok(Arc::new(Self {
            terms,
            limits,
            pool,
        }))
    }

    /// Carries out a request in a task of its own, which ends it whether or not its caller
    /// waits: no statement is dropped in the middle, and nor is a checkout. An answer that
    /// is late is not waited for.
    pub(super) async fn answer(self: &Arc<Self>, ask: Ask) -> ShopAnswer {
        let shop = Arc::clone(self);
        let work = tokio::spawn(async move { shop.carry_out(&ask).await });
        match tokio::time::timeout(self.limits.time, work).await {
            Ok(Ok(Ok(answer))) => answer,
            Ok(Ok(Err(problem))) => problem.into(),
            Ok(Err(panic)) => Problem::internal(panic.to_string()).into(),
            Err(_) => Problem::no_answer().into(),
        }
    }

    async fn carry_out(self: &Arc<Self>, ask: &Ask) -> Result<ShopAnswer, Problem> {
        // Half of the time: a caller that is told that the answer is late may count on it
        // that what it asked for has at least begun.
        let mut lease = self.pool.take(self.limits.time / 2).await?;
        let mut tries = Checkout::default();
        loop {
            match self.attempt(&mut lease, ask).await {
                Ok(answer) => return Ok(answer),
                Err(NotDone::Fault(Error::Conflict(conflict)))
                    if again(
                        &mut tries,
                        Attempt::Conflict(conflict),
                        self.terms.max_tries,
                    )
                    .await => {}
                Err(error) => return Err(error.told(self.terms.max_tries)),
            }
        }
    }

    async fn attempt(&self, lease: &mut Lease, ask: &Ask) -> Result<ShopAnswer, NotDone> {
        match ask {
            Ask::CreateProduct(new) => products::create(lease, new).await,
            Ask::ListProducts { after } => products::list(lease, *after).await,
            Ask::Product(sku) => products::one(lease, *sku).await,
            Ask::Stock(sku) => products::stock(lease, *sku).await,
            Ask::AddItems(items) => cart::add(lease, items).await,
            Ask::Checkout { user, key } => {
                checkout::checkout(&self.terms, lease, *user, key.as_deref()).await
            }
            Ask::Pay(payment) => payment::pay(lease, payment).await,
            Ask::Order(id) => payment::order(lease, *id).await,
        }
    }

    /// Waits until everything that was asked for is done, and closes the connections.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}
