//! A program: it takes requests, and has a pool of connections and a lock.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use checkout_sim::explore::arena::StepError;
use checkout_sim::explore::worlds::proxied::{Application, RequestTold};
use checkout_sim::oracle::Raised;
use checkout_sim::shop::Outcome;
use tokio::sync::{Mutex, MutexGuard, Semaphore, SemaphorePermit, mpsc};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, Error, NoTls};

/// What a caller is told.
pub type Told = Result<Outcome, Error>;

/// What a program does for a request of a session.
pub type Handler = fn(Arc<Desk>, usize) -> Pin<Box<dyn Future<Output = Told> + Send>>;

/// What the requests of a program share.
pub struct Desk {
    port: u16,
    database: String,
    idle: std::sync::Mutex<Vec<Client>>,
    permits: Semaphore,
    lock: Mutex<()>,
    /// How many requests were taken since the program began.
    pub taken: AtomicUsize,
    /// Requests that were not answered; of these, such as wait for the database, and such
    /// as wait for another request.
    unanswered: AtomicUsize,
    asking: AtomicUsize,
    waiting: AtomicUsize,
}

impl Desk {
    /// With a pool of so many connections.
    pub fn new(port: u16, database: &str, connections: usize) -> Arc<Self> {
        Arc::new(Self {
            port,
            database: database.to_owned(),
            idle: std::sync::Mutex::default(),
            permits: Semaphore::new(connections),
            lock: Mutex::new(()),
            taken: AtomicUsize::new(0),
            unanswered: AtomicUsize::new(0),
            asking: AtomicUsize::new(0),
            waiting: AtomicUsize::new(0),
        })
    }

    /// The one lock of the program.
    pub async fn lock(&self) -> MutexGuard<'_, ()> {
        counted(&self.waiting, self.lock.lock()).await
    }

    /// A connection of the pool, which goes back when it is dropped.
    pub async fn connection(&self) -> Result<Pooled<'_>, Error> {
        let permit = counted(&self.waiting, self.permits.acquire()).await;
        let permit = permit.expect("it is never closed");
        let idle = self.idle.lock().expect("no panic").pop();
        let client = match idle {
            Some(client) => client,
            None => counted(&self.asking, self.connect()).await?,
        };
        Ok(Pooled {
            desk: self,
            client: Some(client),
            _permit: permit,
        })
    }

    async fn connect(&self) -> Result<Client, Error> {
        let mut config = Config::new();
        config.host("127.0.0.1").port(self.port);
        config.user("postgres").dbname(&self.database);
        let (client, connection) = config.connect(NoTls).await?;
        tokio::spawn(connection);
        Ok(client)
    }
}

async fn counted<T>(count: &AtomicUsize, wait: impl Future<Output = T>) -> T {
    count.fetch_add(1, SeqCst);
    let done = wait.await;
    count.fetch_sub(1, SeqCst);
    done
}

/// A connection of the pool.
pub struct Pooled<'d> {
    desk: &'d Desk,
    client: Option<Client>,
    _permit: SemaphorePermit<'d>,
}

impl Pooled<'_> {
    fn client(&self) -> &Client {
        self.client.as_ref().expect("it goes at the end")
    }

    /// A statement without values.
    pub async fn run(&self, sql: &str) -> Result<(), Error> {
        counted(&self.desk.asking, self.client().batch_execute(sql)).await
    }

    /// A statement with values; how many rows it changed.
    pub async fn change(&self, sql: &str, values: &[&(dyn ToSql + Sync)]) -> Result<u64, Error> {
        counted(&self.desk.asking, self.client().execute(sql, values)).await
    }

    /// The number in the only row.
    pub async fn number(&self, sql: &str) -> Result<i32, Error> {
        let row = counted(&self.desk.asking, self.client().query_one(sql, &[])).await?;
        Ok(row.get(0))
    }
}

impl Drop for Pooled<'_> {
    fn drop(&mut self) {
        let client = self.client.take();
        self.desk.idle.lock().expect("no panic").extend(client);
    }
}

/// A program in this process: each request is a task.
pub struct InProcess {
    pub desk: Arc<Desk>,
    handler: Handler,
    answers: mpsc::UnboundedReceiver<(usize, RequestTold)>,
    answering: mpsc::UnboundedSender<(usize, RequestTold)>,
}

impl InProcess {
    pub fn new(desk: Arc<Desk>, handler: Handler) -> Self {
        let (answering, answers) = mpsc::unbounded_channel();
        Self {
            desk,
            handler,
            answers,
            answering,
        }
    }
}

impl Application for InProcess {
    fn request(&self, session: usize) -> String {
        format!("POST /checkout/{session}")
    }

    fn send(&mut self, session: usize) -> Result<(), StepError> {
        let desk = Arc::clone(&self.desk);
        let (answering, handled) = (
            self.answering.clone(),
            (self.handler)(Arc::clone(&desk), session),
        );
        desk.taken.fetch_add(1, SeqCst);
        desk.unanswered.fetch_add(1, SeqCst);
        tokio::spawn(async move {
            let told = told(handled.await);
            desk.unanswered.fetch_sub(1, SeqCst);
            let _ = answering.send((session, told));
        });
        Ok(())
    }

    async fn answered(&mut self) -> Result<(usize, RequestTold), StepError> {
        Ok(self.answers.recv().await.expect("the sender is kept"))
    }

    /// Each request that is not answered waits for something that is not its own.
    fn is_at_rest(&mut self) -> impl Future<Output = Result<bool, StepError>> + Send + use<> {
        let desk = Arc::clone(&self.desk);
        async move {
            tokio::time::sleep(Duration::from_millis(1)).await;
            let waiting = desk.asking.load(SeqCst) + desk.waiting.load(SeqCst);
            Ok(waiting >= desk.unanswered.load(SeqCst))
        }
    }
}

fn told(told: Told) -> RequestTold {
    let raised = |error: &Error| Raised {
        session: 0,
        code: error.code().map_or("client", |code| code.code()).to_owned(),
        message: error.to_string(),
    };
    RequestTold {
        raised: told.as_ref().err().map(raised),
        outcome: told.unwrap_or(Outcome::Failed),
        shown: Vec::new(),
    }
}
