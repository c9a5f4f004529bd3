//! The clients' connections.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::response::{IntoResponse as _, Response};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};

use super::answer::ShopAnswer;
use super::outlet::Outlet;
use super::problem::Problem;
use super::service::service;
use super::shop::Storefront;

/// How long it pauses where the system gives no more sockets.
const NO_SOCKET_PAUSE: Duration = Duration::from_millis(50);

/// How long a client for which there is no place may take to ask.
const TURNED_AWAY_MAX: Duration = Duration::from_secs(1);

/// Serves until `stop` is true. Then no client is let in, every request that is under way
/// is answered, and the connections to the database are closed.
///
/// # Errors
/// The listener cannot be used.
pub async fn serve(
    listener: std::net::TcpListener,
    shop: Arc<Storefront>,
    mut stop: watch::Receiver<bool>,
) -> io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    let router = TowerToHyperService::new(service(&shop));
    let places = Arc::new(Semaphore::new(shop.limits.clients));
    loop {
        let stream = tokio::select! {
            () = stopped(&mut stop) => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(_) => {
                    tokio::time::sleep(NO_SOCKET_PAUSE).await;
                    continue;
                }
            },
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            tokio::spawn(turn_away(stream));
            continue;
        };
        let (router, stop, time) = (router.clone(), stop.clone(), shop.limits.time);
        tokio::spawn(async move {
            attend(stream, router, stop, time).await;
            drop(place);
        });
    }
    drop(listener);
    // A body that comes, and its answer: no request takes longer.
    let all = u32::try_from(shop.limits.clients).unwrap_or(u32::MAX);
    let _ = tokio::time::timeout(2 * shop.limits.time, places.acquire_many(all)).await;
    shop.close().await;
    Ok(())
}

/// One client, request after request.
async fn attend(
    stream: TcpStream,
    router: TowerToHyperService<axum::Router>,
    mut stop: watch::Receiver<bool>,
    time: Duration,
) {
    // What is answered is small, and waits for nothing.
    let _ = stream.set_nodelay(true);
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(time);
    let stream = TokioIo::new(Outlet::new(stream, time));
    let mut connection = std::pin::pin!(http.serve_connection(stream, router));
    // A client that went away, or spoke no HTTP, is no error of the shop's.
    tokio::select! {
        _ = connection.as_mut() => {}
        () = stopped(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    // Where the sender is gone, so is the command.
    let _ = stop.wait_for(|stops| *stops).await;
}

/// Answers one request that there is no place for it.
async fn turn_away(stream: TcpStream) {
    let _ = stream.set_nodelay(true);
    let no_place = service_fn(|_| {
        let problem = Problem::busy("too many clients are connected");
        std::future::ready(Ok::<Response, Infallible>(
            ShopAnswer::from(problem).into_response(),
        ))
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(TURNED_AWAY_MAX)
        .keep_alive(false);
    let stream = TokioIo::new(Outlet::new(stream, TURNED_AWAY_MAX));
    let _ = http.serve_connection(stream, no_place).await;
}
