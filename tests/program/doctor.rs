//! What is told of a service before it is explored.

use serde_json::Value;

use crate::explored_service::SERVE;
use crate::fixture::{Done, Files, sim};
use crate::shops::{shop, shop_beside};

fn serve() -> Files {
    let file = SERVE.replace("@SIM@", env!("CARGO_BIN_EXE_sim"));
    Files::new(&[("shop.toml", file.as_str())])
}

fn doctor(files: &Files, args: &str) -> Done {
    let path = files.path("shop.toml").display().to_string();
    let doctor = sim(&format!("doctor {path} {args}"));
    doctor.env("COLUMNS", "80").run()
}

#[test]
fn what_a_service_says_and_what_its_steps_are_is_told() {
    let files = serve();
    let json = files.path("doctor.json").display().to_string();
    let done = doctor(&files, &format!("--export-json {json}"));
    done.exits(0)
        .says("CAN BE EXPLORED  service:naive")
        .says("steps of each request")
        .says("POST /order/checkout")
        .says_in_words("the same request twice does the same")
        .says("next: sim explore ")
        .complains("starts the service: ");
    for line in done
        .stdout
        .lines()
        .filter(|line| !line.contains("shop.toml") && !line.contains('{'))
    {
        assert!(line.chars().count() <= 80, "{line:?} is too long");
    }
    let text = std::fs::read_to_string(&json).unwrap();
    let told: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(told["difference"], Value::Null);
    assert_eq!(told["drivers"][0]["protocol"], "3.0");
    let steps = told["followed"]["yes"]["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 2, "two buyers");
    assert_eq!(steps[0].as_array().unwrap()[0], "POST /order/add-item");
    let schedules = told["followed"]["yes"]["schedules_at_most"]
        .as_f64()
        .unwrap();
    assert!(schedules > 100.0, "{schedules}");
    assert!(told["spoken"]["transactions"].as_u64().unwrap() > 0);
}

/// It is what the file is to name, and no step of the request.
#[test]
fn what_a_service_sends_after_its_answer_is_told_as_background() {
    const LATER: &str = "SELECT count(*) FROM products";
    let named = format!("\"{LATER}\", \"UPDATE products SET version\"");
    let Some(files) = shop_beside("python", "faulty_shop.py", &named) else {
        return;
    };
    let json = files.path("doctor.json").display().to_string();
    let of_form = |form: &str| {
        let args = format!("--strategy service:{form} --export-json {json}");
        doctor(&files, &args).exits(0).says("CAN BE EXPLORED");
        let text = std::fs::read_to_string(&json).unwrap();
        let told: Value = serde_json::from_str(&text).unwrap();
        ["background", "statements"].map(|list| {
            let all = told["spoken"][list].as_array().unwrap().iter();
            all.filter(|it| it.as_str() == Some(LATER)).count()
        })
    };
    assert_eq!(of_form("counts_afterwards"), [1, 0]);
    assert_eq!(of_form("fine"), [0, 0]);
}

#[test]
fn what_is_no_service_is_refused_before_anything_starts() {
    let refused = |args: &str, told: &str| {
        let done = sim(&format!("doctor {args}")).without_postgres().run();
        done.exits(2).says_nothing().complains(told);
    };
    refused("flash-sale", "flash-sale has no [service]");
    refused("no/such.toml", "no/such.toml");
    refused("", "<FILE|NAME>");
    let files = serve();
    let path = files.path("shop.toml").display().to_string();
    refused(
        &format!("{path} --strategy naive"),
        "is no variant of the service",
    );
    refused(
        &format!("{path} --export-json no/such/x.json"),
        "no/such/x.json",
    );
    refused(
        &format!("{path} --export-json {path}"),
        "cannot be written too",
    );
    // The other direction: without a mistake it gets further.
    let further = sim(&format!("doctor {path}")).without_postgres().run();
    further.exits(1).complains("SIM_POSTGRES_BIN");
}

/// Statements of one request side by side cannot be followed.
#[test]
#[ignore = "slow: .ci/deep"]
fn deep_what_cannot_be_followed_is_told_with_its_remedy() {
    for (program, script) in [("python", "fastapi_shop.py"), ("node", "pg_shop.mjs")] {
        let Some(files) = shop(program, script) else {
            continue;
        };
        let done = doctor(&files, "--strategy service:side-by-side");
        done.exits(11)
            .says("CANNOT BE FOLLOWED")
            .says("side by side")
            .says("one after the other")
            .says("next: sim doctor ");
        doctor(&files, "").exits(0).says("CAN BE EXPLORED");
    }
}
