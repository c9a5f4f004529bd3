//! A proxy with a thread of its own, which puts faults in under load.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread::{self, JoinHandle};

use tokio::runtime;
use tokio::sync::oneshot;

use super::fault_book::FaultBook;
use super::listener::{Proxy, ProxySettings};
use crate::database::wire::WireAddress;
use crate::scenario::{FaultCounts, FaultRates};
use crate::service::FaultyWay;

/// Stands before a server, and puts faults in while it is told to. It ends, with all its
/// connections, when it is dropped.
#[derive(Debug)]
pub struct FaultyProxy {
    port: u16,
    book: Arc<FaultBook>,
    /// Gone, together with the proxy's work, when it is dropped.
    leash: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Opens one before a server, on a free port.
///
/// # Errors
/// No port can be listened on, or the system gives no thread.
pub fn open_faulty_way(
    server: WireAddress,
    rates: FaultRates,
    seed: u64,
) -> io::Result<Box<dyn FaultyWay>> {
    let book = Arc::new(FaultBook::new(rates, seed));
    let (leash, is_dropped) = oneshot::channel::<()>();
    let (started, starts) = channel();
    let of_thread = Arc::clone(&book);
    // What the buyers' lanes do is not to hold it up.
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let work = move || {
        runtime.block_on(async {
            let settings = ProxySettings {
                server,
                port: 0,
                holding: None,
                keeps: None,
            };
            match Proxy::start_faulty(settings, of_thread).await {
                Ok(proxy) => {
                    // Without a reader the leash is gone too.
                    let _ = started.send(Ok(proxy.address().port()));
                    let _ = is_dropped.await;
                }
                Err(error) => drop(started.send(Err(error))),
            }
        });
    };
    let thread = thread::Builder::new().name("faults".into()).spawn(work)?;
    let port = starts.recv().map_err(io::Error::other)??;
    Ok(Box::new(FaultyProxy {
        port,
        book,
        leash: Some(leash),
        thread: Some(thread),
    }))
}

impl FaultyWay for FaultyProxy {
    fn port(&self) -> u16 {
        self.port
    }

    fn begin(&self, run: u32) {
        self.book.begin(run);
    }

    fn end(&self) -> FaultCounts {
        self.book.end()
    }
}

impl Drop for FaultyProxy {
    fn drop(&mut self) {
        drop(self.leash.take());
        if let Some(thread) = self.thread.take() {
            // A panic there has been told already.
            let _ = thread.join();
        }
    }
}
