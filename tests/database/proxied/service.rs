//! A service that was not changed, in a process of its own: a shop in Flask with psycopg.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use checkout_sim::explore::worlds::proxied::{ServiceProgram, ServiceSettings};
use checkout_sim::service::{HttpLimits, Probe, ServiceCommand, ServiceOrigin, ServiceProcess};
use checkout_sim::subject::service::{
    ReplyRule, ReplyRules, ServiceAnswer, ServiceFlow, ServiceStep, ServiceVisit, StatusRange,
    StepDraft,
};

use super::stand::{Explored, explore};
use crate::proxy::drivers::installed;

/// Done, refused, and all else a fault.
fn rules() -> ReplyRules {
    let rule = |answer, status| {
        let status = Some(StatusRange::parse(status).expect("a status"));
        let rule = ReplyRule {
            status,
            value: None,
        };
        (answer, rule)
    };
    ReplyRules {
        rules: vec![
            rule(ServiceAnswer::Refused, "409"),
            rule(ServiceAnswer::Done, "201"),
        ],
    }
}

fn visit() -> ServiceVisit {
    let draft = StepDraft {
        request: "POST /checkout",
        headers: &[],
        body: None,
        takes: &[],
    };
    let step = ServiceStep::read(draft, rules(), &mut BTreeSet::new());
    let flow = ServiceFlow {
        before: Vec::new(),
        steps: vec![step.expect("a request")],
    };
    ServiceVisit::begin(Arc::new(flow), BTreeMap::new().into_iter().collect())
}

/// The shop in one of its forms, with its database at this port.
async fn flask(form: &str, database: &str, proxy: u16) -> ServiceProgram {
    let home = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let python = home.join("target/drivers/venv/bin/python");
    let script = home.join("tests/services/flask_shop.py");
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    let url = format!("postgresql://postgres@127.0.0.1:{proxy}/{database}");
    let command = ServiceCommand {
        words: format!("exec {} {} {form}", python.display(), script.display()),
        variables: vec![
            ("PORT".into(), port.to_string()),
            ("DATABASE_URL".into(), url),
            ("PYTHONDONTWRITEBYTECODE".into(), "1".into()),
        ],
    };
    let mut process = ServiceProcess::start(&command).expect("a process");
    let origin = ServiceOrigin::local(port);
    let probe = Probe {
        path: "/".into(),
        within: Duration::from_secs(60),
    };
    process.until_ready(&origin, &probe).await.expect("ready");
    ServiceProgram::new(ServiceSettings {
        process,
        origin,
        limits: HttpLimits {
            time: Duration::from_secs(60),
            body_bytes: 1 << 20,
        },
        visits: vec![visit(), visit()],
        max_tries: 1,
    })
}

/// Every schedule of two checkouts; `None` where Flask is not installed.
fn explored(form: &'static str) -> Option<Explored> {
    let home = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    installed(home.join("target/drivers/venv/bin/flask"), "Flask")?;
    let shop = explore(async |proxy, database: String| flask(form, &database, proxy).await);
    Some(shop.expect("it can be followed"))
}

#[test]
#[ignore = "slow: .ci/deep"]
fn deep_of_a_shop_in_flask_every_order_is_reached_and_the_one_that_oversells_is_found() {
    let (Some(naive), Some(locked)) = (explored("naive"), explored("locked")) else {
        return;
    };
    assert!(naive.covered.exhausted && locked.covered.exhausted);
    assert_eq!(naive.ways(), ["no product is sold twice"]);
    assert_eq!(locked.ways(), [""; 0]);
    // One after the other is right, also without a lock.
    let serial = naive.ended.iter().filter(|(one, _)| one.switches() < 2);
    assert!(serial.clone().count() > 0);
    for (schedule, broken) in serial {
        assert!(broken.is_empty(), "{schedule}");
    }
}
