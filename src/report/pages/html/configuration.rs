//! What was simulated, and where.

use maud::{Markup, html};

use super::section::Section;
use crate::database::Fingerprint;
use crate::explore::bounds::Policy;
use crate::report::dossier::document::Study;
use crate::report::dossier::exploration::{Exploration, WorldKind};
use crate::report::dossier::load::Report;
use crate::report::facts::number::{count, joined, many, moment};
use crate::report::facts::put_in;
use crate::report::facts::setting::of_tables;
use crate::scenario::{Arrival, OwnTables, Scenario, Shape, set_duration};
use crate::shop::{LockOrder, Retry};

/// A setting and its value.
type Setting = (&'static str, String);

/// The load and the small shop in a line.
pub(super) fn in_short(study: &Study) -> String {
    let load = study.load.as_ref().map(|load| {
        let s = &load.scenario;
        let ground = match &load.tables {
            Some(_) => "your own tables".to_owned(),
            None => format!(
                "{} of {} in stock",
                many(s.products.into(), "product"),
                many(s.stock.into(), "unit")
            ),
        };
        format!(
            "Load: {}, {ground}, {}, {}.",
            many(s.buyers.into(), "buyer"),
            many(s.connections.into(), "connection"),
            many(s.runs.into(), "run"),
        )
    });
    let explored = study.exploration.as_ref().map(|exploration| {
        let orders = match exploration.policy {
            Policy::Exhaustive => "every schedule of",
            Policy::Random { .. } => "random schedules of",
        };
        format!(
            "{}: {orders} {}.",
            ground(exploration),
            reduced(exploration)
        )
    });
    joined(load.into_iter().chain(explored), " ")
}

/// What is explored, as a heading.
pub(super) const fn ground(exploration: &Exploration) -> &'static str {
    match exploration.tables {
        None => "Small shop",
        Some(_) => "Your own tables",
    }
}

/// `2 buyers, 1 in stock`, and what else is not as usual.
pub(super) fn reduced(exploration: &Exploration) -> String {
    let shape = &exploration.shape;
    if let Some(tables) = &exploration.tables {
        return format!("a few sessions, {}", of_tables(tables, shape).join(", "));
    }
    let mut parts = vec![
        many(shape.buyers.into(), "buyer"),
        format!("{} in stock", count(shape.stock.into())),
    ];
    if shape.products > 1 {
        let products = many(shape.products.into(), "product");
        parts.push(format!("each of {products}"));
    }
    if shape.lines > 1 {
        parts.push(format!("carts of {}", many(shape.lines.into(), "line")));
    }
    parts.extend(shape.carts_in_words().map(|carts| format!("carts {carts}")));
    if shape.units != [1] {
        parts.push(format!("{} units a line", joined(&shape.units, " and ")));
    }
    if shape.max_tries > 1 {
        parts.push(format!("up to {} tries", shape.max_tries));
    }
    if shape.crash {
        parts.push("one connection cut anywhere".into());
    }
    parts.join(", ")
}

pub(super) fn render(section: &Section<'_>) -> Markup {
    let study = section.study;
    let id = section.id("configuration");
    html! {
        section.configuration aria-label=(section.label("Configuration")) {
            h3 id=(id) { "Configuration" }
            div.columns {
                @if let Some(load) = &study.load {
                    (list("Load", &of_load(load)))
                    (list("Measured", &measured(&load.sim_version, load.started_unix_s)))
                }
                @if let Some(exploration) = &study.exploration {
                    (list(ground(exploration), &of_exploration(exploration)))
                    (list("Explored", &measured(&exploration.sim_version, exploration.started_unix_s)))
                }
                @if !study.thresholds.is_empty() {
                    div {
                        h4 { "Thresholds" }
                        ul { @for threshold in &study.thresholds { li { code { (threshold) } } } }
                    }
                }
                @if let Some(server) = study.server() { (of_server(server)) }
            }
        }
    }
}

fn list(title: &str, settings: &[Setting]) -> Markup {
    html! {
        div {
            h4 { (title) }
            dl.settings { @for (name, value) in settings { dt { (name) } dd { (value) } } }
        }
    }
}

fn measured(sim_version: &str, started_unix_s: u64) -> Vec<Setting> {
    vec![
        ("sim", sim_version.to_owned()),
        ("started", moment(started_unix_s)),
    ]
}

fn of_load(load: &Report) -> Vec<Setting> {
    let s = &load.scenario;
    let arrival = match s.arrival {
        Arrival::Burst => "all at once".to_owned(),
        Arrival::Poisson { per_second } => format!("at random, {per_second} a second"),
    };
    let [min, max] = [s.retry_delay.min_us, s.retry_delay.max_us].map(set_duration);
    let mut settings = vec![("buyers", count(s.buyers.into())), ("arrival", arrival)];
    settings.extend(match &load.tables {
        Some(tables) => of_tables_loaded(tables, s),
        None => vec![
            ("products", count(s.products.into())),
            ("stock of each", count(s.stock.into())),
            ("popularity", s.popularity.to_string()),
            ("lines of a cart", lines(s.lines, s.duplicate_lines)),
            ("units of a line", count(s.units.into())),
            ("lock order", lock_order(s.lock_order).to_owned()),
        ],
    });
    settings.extend([
        ("connections", count(s.connections.into())),
        ("think time", set_duration(s.think_time_us)),
        ("tries", tries(s.max_tries, s.retry)),
        ("retry delay", format!("{min}..{max}")),
        ("runs", count(s.runs.into())),
        ("seed", s.seed.to_string()),
    ]);
    settings
}

/// On tables of the user's own, what the buyers of a load do.
fn of_tables_loaded(tables: &OwnTables, scenario: &Scenario) -> Vec<Setting> {
    let mut settings = of_rules(tables);
    if !scenario.mix.is_empty() {
        settings.push(("mix", scenario.mix.to_string()));
    }
    settings.extend(scenario.key.iter().map(|key| ("key", key.clone())));
    settings.extend(put_in::asked(&scenario.faults).map(|asked| ("faults", asked)));
    settings
}

fn of_exploration(exploration: &Exploration) -> Vec<Setting> {
    let shape = &exploration.shape;
    let on = match exploration.on {
        WorldKind::Postgres => "the real PostgreSQL",
        WorldKind::Memory => "the model of PostgreSQL in memory",
    };
    let orders = match exploration.policy {
        Policy::Exhaustive => "all".to_owned(),
        Policy::Random { schedules, seed } => {
            format!("{} at random, seed {seed}", count(schedules))
        }
    };
    let victims = match exploration.victims_are_fixed {
        true => "the buyer that closes it",
        false => "up to the server",
    };
    let cuts = if shape.crash { "one anywhere" } else { "none" };
    if let Some(tables) = &exploration.tables {
        return of_own(tables, shape, (on, orders, cuts, victims));
    }
    vec![
        ("on", on.to_owned()),
        ("schedules", orders),
        ("buyers", count(shape.buyers.into())),
        ("products", count(shape.products.into())),
        ("stock of each", count(shape.stock.into())),
        ("lines of a cart", lines(shape.lines, shape.duplicate_lines)),
        ("units of a line", joined(&shape.units, ", ")),
        ("lock order", lock_order(shape.lock_order).to_owned()),
        ("tries", tries(shape.max_tries, shape.retry)),
        ("connection cuts", cuts.to_owned()),
        ("deadlock ends", victims.to_owned()),
    ]
}

/// On tables of the user's own.
fn of_own(
    tables: &OwnTables,
    shape: &Shape,
    (on, orders, cuts, victims): (&str, String, &str, &str),
) -> Vec<Setting> {
    let mut settings = vec![("on", on.to_owned()), ("schedules", orders)];
    settings.extend(of_rules(tables));
    settings.extend([
        ("tries", tries(shape.max_tries, shape.retry)),
        ("connection cuts", cuts.to_owned()),
        ("deadlock ends", victims.to_owned()),
    ]);
    settings
}

/// The set-up, what must hold and what scripts are given.
fn of_rules(tables: &OwnTables) -> Vec<Setting> {
    let mut settings = vec![("set-up", tables.set_up_in_words())];
    let invariants = tables.invariants.iter();
    settings.extend(invariants.map(|one| ("must hold", format!("{}: {}", one.name, one.sql))));
    let defined = tables.define.iter();
    settings.extend(defined.map(|(name, value)| ("given", format!(":{name} = {value}"))));
    let allowed = tables.allow.iter().cloned();
    settings.extend(allowed.map(|code| ("may reach a caller", code)));
    let shown = tables.show.iter().cloned();
    settings.extend(shown.map(|name| ("shown to a caller", name)));
    settings
}

fn tries(tries: u32, retry: Retry) -> String {
    let tries = count(tries.into());
    match retry {
        Retry::Uncommitted => tries,
        Retry::WholeScript => format!("{tries}, of whole scripts"),
    }
}

fn lines(lines: u32, all_of_one_product: bool) -> String {
    let of = if all_of_one_product {
        ", all of one product"
    } else {
        ""
    };
    format!("{}{of}", count(lines.into()))
}

const fn lock_order(order: LockOrder) -> &'static str {
    match order {
        LockOrder::Sorted => "by product",
        LockOrder::Cart => "as in the cart",
    }
}

fn of_server(server: &Fingerprint) -> Markup {
    html! {
        div {
            h4 { "Server" }
            dl.settings {
                dt { (server.product) } dd { (server.version) }
                dt { "address" } dd { (server.address) }
                @for (name, value) in &server.settings {
                    dt { code { (name) } }
                    dd { @if value.is_empty() { "(empty)" } @else { (value) } }
                }
            }
        }
    }
}
