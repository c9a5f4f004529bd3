//! A service that runs already: what cannot be done with it is refused, before anything is opened.

use std::fs;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};

use crate::fixture::sim;

const HERE: &str = "database = 'postgres://me:hush@127.0.0.1:9/shop'";
const STEPS: &str = "[[service.steps]]\nrequest = 'POST /'";
const HOLDS: &str = "[invariants]\nfine = 'SELECT 1 WHERE false'";

/// What is refused: the call, in which FILE stands for the file, what the file has in `[service]`
/// besides its address, and what else it has.
struct Refused {
    args: &'static str,
    service: String,
    rest: String,
}

impl Refused {
    fn file(rest: &str) -> Self {
        Self {
            args: "run --scenario FILE",
            service: HERE.into(),
            rest: format!("{STEPS}\n{HOLDS}\n{rest}"),
        }
    }

    fn service(service: &str) -> Self {
        Self {
            service: service.into(),
            ..Self::file("")
        }
    }

    fn flags(args: &'static str) -> Self {
        Self {
            args,
            ..Self::file("")
        }
    }

    /// At its address a listener waits, which nothing may come to.
    fn says(self, told: &str) {
        let Self {
            args,
            service,
            rest,
        } = self;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = match service.contains("url = ") {
            true => String::new(),
            false => format!("url = 'http://{}'", listener.local_addr().unwrap()),
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("running.toml");
        let text = format!("title = 'It runs'\n[service]\n{url}\n{service}\n{rest}");
        fs::write(&path, text).unwrap();
        let args = args.replace("FILE", &path.display().to_string());
        let done = sim(&args).without_postgres().run();
        done.exits(2)
            .says_nothing()
            .complains(told)
            .never_tells("hush");
        let came = listener.accept().map_err(|error| error.kind());
        assert_eq!(came.err(), Some(ErrorKind::WouldBlock), "{args}");
    }
}

/// A file may be a stranger's.
#[test]
fn a_check_calls_it_only_where_that_is_allowed() {
    Refused::flags("check FILE")
        .says("calls a service that runs already, which check does only with --allow-commands");
}

/// Neither load nor questions go to another machine.
#[test]
fn another_machine_is_refused() {
    let far = "url = 'http://192.0.2.1:8080/api'";
    for verb in ["run --scenario FILE", "compare FILE", "check FILE"] {
        Refused {
            args: verb,
            ..Refused::service(&format!("{far}\n{HERE}"))
        }
        .says("192.0.2.1 is 192.0.2.1, which is not this machine");
        Refused {
            args: verb,
            ..Refused::service("database = 'postgres://me:hush@192.0.2.1:5432/shop'")
        }
        .says("192.0.2.1:5432/shop is not on this machine");
    }
    Refused {
        args: "run --scenario FILE --database-url postgres://me:hush@db.example/shop",
        ..Refused::service("")
    }
    .says("--database-url (or SIM_DATABASE_URL): db.example:5432/shop is not on this machine");
}

#[test]
fn a_database_is_named_once() {
    Refused::service("").says("name its database too");
    Refused::flags("run --scenario FILE --database-url postgres://me:hush@localhost/shop")
        .says("named twice");
    Refused::service("database = 'postgres://me:hush@localhost/shop?x=y'")
        .says("[service] database: the database URL cannot be read");
    Refused::service("url = 'http://me:hush@127.0.0.1/'").says("belong into a header");
}

/// The service is there already, with its tables.
#[test]
fn nothing_is_made() {
    for key in [
        "command = 'shop'",
        "env = { A = 'b' }",
        "ready-within = '1s'",
    ] {
        let said = key.split(' ').next().unwrap();
        Refused::service(&format!("{HERE}\n{key}")).says(match said {
            "command" => "or runs already at its url: leave one out",
            _ => "speaks of a service that sim starts",
        });
    }
    Refused::file("[tables]\nsetup-command = 'make'")
        .says("setup-command in [tables] makes tables");
    Refused::file("[tables]\nsetup = ['shop.sql']").says("setup in [tables] makes tables");
    Refused::flags("run --scenario FILE --setup shop.sql").says("--setup makes tables");
    Refused::flags("run --scenario FILE --setup-command make").says("--setup-command makes tables");
    Refused::flags("run --scenario FILE --keep").says("--keep");
    Refused {
        service: format!("command = 'shop'\n{HERE}\nurl = ''"),
        ..Refused::file("")
    }
    .says("database belongs to url");
}

/// What buyers were told stands in tables that `sim` would have to make.
#[test]
fn what_was_told_cannot_be_asked() {
    for sql in ["SELECT 1 FROM sim.outcomes", "TABLE sim . \"effects\""] {
        Refused {
            rest: format!("{STEPS}\n[invariants]\ntold = '{sql}'"),
            ..Refused::file("")
        }
        .says("the invariant told reads sim.");
    }
}

#[test]
fn one_run_of_one_cell_is_all() {
    Refused::flags("compare FILE --runs 2").says("2 runs: nothing is put back");
    Refused::flags("check FILE --runs 3").says("name --runs 1");
    Refused::file("[load]\nruns = 2").says("name --runs 1");
    Refused::flags("run --scenario FILE --strategy service:a,service:b")
        .says("service:a, service:b: nothing is put back");
    // Beside another file.
    Refused::flags("check FILE flash-sale").says("running names a service that runs already");
}

#[test]
fn it_is_not_explored() {
    Refused::file("[explore]\nbuyers = 2").says("cannot be explored");
    Refused::file("[expect.explore]\nservice = 'safe'").says("cannot be explored");
    Refused::flags("explore --scenario FILE").says("cannot be explored");
    Refused::flags("replay --strategy service --schedule AABB --scenario FILE")
        .says("cannot be explored");
    Refused {
        rest: HOLDS.into(),
        ..Refused::file("")
    }
    .says("a service needs [[service.steps]]");
}
