//! `sim serve`: the reference shop over HTTP.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail, ensure};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use tokio::runtime;
use tokio::sync::watch;

use super::args::serve::ServeArgs;
use super::around::{all_told, clean_up, open_worlds};
use super::checks::check_keep;
use super::database::Wanted;
use super::exit::{self, Exit, Usage};
use super::own::compile_all;
use super::print::print;
use super::progress::Display;
use super::scripts::check_lines;
use super::signals::Signals;
use super::worlds::Worlds;
use crate::cell::Cell;
use crate::database::Server;
use crate::serve::{ShopLimits, Storefront, serve as serve_shop};
use crate::subject::{LINES_NAMED, own_level};

/// How serving ended.
enum Ending {
    /// Every request was answered.
    Graceful,
    /// At the second signal, or at the first one before anything was served.
    Hurried,
}

pub(super) fn serve(args: &ServeArgs) -> Result<Exit> {
    check_keep(&args.database)?;
    check_schema(args)?;
    compile_all(&[args.strategy], None)?;
    // A cart has as many lines as a user puts into it.
    check_lines([args.strategy], LINES_NAMED as u32)?;
    hold_descriptors(args)?;
    let listener = listen(SocketAddr::new(args.host, args.port))?;
    let runtime = runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut signals = Signals::listen()?;
    let wanted = Wanted {
        schema: args.schema.clone(),
        connections: args.connections,
        schemas: 1,
        // A name that the user gives is the user's: what has it is never dropped.
        keep: args.database.keep || args.schema.is_some(),
        listens: false,
        only_reads: false,
    };
    let server = Some(&args.database.server);
    let display = Display::new(args.quiet);
    let opened = open_worlds(&runtime, &mut signals, server, wanted, display)?;
    let Some((worlds, Some(mut database))) = opened else {
        runtime.shutdown_background();
        return Ok(Exit::Interrupted);
    };
    let server = database.server().clone();
    let ended = runtime.block_on(attend(args, &mut signals, &worlds, server, listener));
    runtime.shutdown_background();
    let is_hurried = matches!(ended, Ok(Ending::Hurried));
    for why in database.troubles() {
        exit::warn(&why);
    }
    // The shop outlives a server that is given up and comes back.
    database.ask_again();
    let cleaned = clean_up(database, matches!(ended, Ok(Ending::Graceful)), is_hurried);
    let exit = ended.map(|ending| match ending {
        Ending::Graceful => Exit::AsExpected,
        Ending::Hurried => Exit::Interrupted,
    });
    all_told(exit, [cleaned])
}

/// Only a server of the user's outlives the run, and only there the name of a schema tells anything.
fn check_schema(args: &ServeArgs) -> Result<()> {
    if args.schema.is_some() && args.database.server.database_url.is_none() {
        bail!(Usage(
            "--schema needs --database-url: the private server is thrown away with all it holds"
                .into()
        ));
    }
    Ok(())
}

/// File descriptors beside those of the clients and of the database: of the program, of
/// a private server, and of clients that are turned away.
const DESCRIPTORS_SPARE: u64 = 128;

/// Raises how many files may be open, where the limit can be raised. A client whose
/// socket has no room would wait, and not be told why.
fn hold_descriptors(args: &ServeArgs) -> Result<()> {
    let (now, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    let clients = u64::from(args.max_clients);
    let wanted = clients + u64::from(args.connections) + DESCRIPTORS_SPARE;
    ensure!(
        wanted <= most,
        "{clients} clients (--max-clients) take {wanted} open files, and {most} are allowed \
         (ulimit -Hn)"
    );
    if now < wanted {
        setrlimit(Resource::RLIMIT_NOFILE, wanted, most)?;
    }
    Ok(())
}

/// Takes the port before anything is started.
fn listen(address: SocketAddr) -> Result<TcpListener> {
    let listener = TcpListener::bind(address)
        .with_context(|| format!("cannot listen on {address} (--host, --port)"))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Opens the shop and serves until a signal.
async fn attend(
    args: &ServeArgs,
    signals: &mut Signals,
    worlds: &Worlds,
    server: Server,
    listener: TcpListener,
) -> Result<Ending> {
    let address = listener.local_addr()?;
    let cell = Cell {
        subject: args.strategy,
        // A script that names a level has that one.
        level: own_level(args.strategy).unwrap_or(args.isolation),
    };
    let shop = tokio::select! {
        shop = open(args, worlds, server, cell) => shop?,
        () = signals.next() => {
            exit::warn("interrupted before anything was served");
            return Ok(Ending::Hurried);
        }
    };
    if !args.quiet.quiet {
        print(&format!("{cell}, on http://{address}/ (Ctrl-C stops it)\n"))?;
    }
    let (stop, stops) = watch::channel(false);
    // Where nothing receives it, nothing serves.
    let stop = || {
        let _ = stop.send(true);
    };
    tokio::select! {
        served = serve_shop(listener, shop, stops) => served.map(|()| Ending::Graceful).map_err(Into::into),
        () = signals.twice(stop, "requests under way are answered") => Ok(Ending::Hurried),
    }
}

async fn open(
    args: &ServeArgs,
    worlds: &Worlds,
    server: Server,
    cell: Cell,
) -> Result<Arc<Storefront>> {
    let schema = worlds.schema().await?;
    let limits = ShopLimits {
        connections: args.connections as usize,
        clients: args.max_clients as usize,
        body_bytes: args.max_body as usize,
        time: args.max_time,
        max_tries: args.max_tries,
    };
    let shop = Storefront::open(server, Arc::new(exit::warn), schema, cell, limits).await;
    shop.context("cannot open the shop")
}
