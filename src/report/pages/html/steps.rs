//! One schedule as a sequence diagram: a lifeline for each buyer and one for
//! the database, time goes down.
//!
//! A step is a grid of its own: in its first row the statement goes out, in the
//! others come replies and waits.

use std::collections::BTreeSet;

use maud::{Markup, html};

use crate::explore::schedule::letter;
use crate::explore::trace::{Happening, Step, Trace};
use crate::oracle::Account;
use crate::report::facts::answer::{self, AnswerRows};
use crate::report::facts::number::{count, joined};
use crate::report::facts::{broken, changed, contradiction, deadly, explain, words};
use crate::shop::Sku;

/// Between the stocks of several products: no line is broken there.
const BESIDE: &str = "\u{a0}·\u{a0}";

/// Where a trace is being drawn.
struct Sheet<'t> {
    trace: &'t Trace,
    /// The buyers that take part, by their letters, in the order of their columns.
    buyers: Vec<char>,
    /// Of each step, why it is deadly.
    captions: Vec<Option<String>>,
}

/// `label`: of what it is the diagram.
pub(super) fn render(trace: &Trace, label: &str) -> Markup {
    let told = words::told(trace);
    let buyers = told.iter().map(|(buyer, _)| *buyer).collect();
    let captions = deadly::captions(trace);
    let sheet = Sheet {
        trace,
        buyers,
        captions,
    };
    let mut waiting = BTreeSet::new();
    html! {
        div.scroll.sequence tabindex="0" role="region" aria-label={ "Diagram: " (label) }
            style={ "--buyers:" (sheet.buyers.len()) ";--products:" (trace.accounts.len()) } {
            div.ends {
                @for (column, buyer) in sheet.buyers.iter().enumerate() {
                    span.end.(colour(column)) style=(column_style(column)) { (words::heading(trace, *buyer)) }
                }
                @if !trace.is_own() { span.end.of-stock { (stock_of(trace)) } }
            }
            ol.steps {
                @for (at, step) in trace.steps.iter().enumerate() {
                    (sheet.step(at, step, &mut waiting))
                }
            }
            div.ends {
                @for (column, (_, told)) in told.into_iter().enumerate() {
                    span.end.told.(colour(column)) style=(column_style(column)) {
                        span.muted { "was told" } " " (words::answer(told, trace.is_own()))
                    }
                }
                @if !trace.is_own() { span.end.of-stock { (in_stock(last_stock(trace))) } }
            }
            p.outcome.good[trace.proven.is_empty()].bad[!trace.proven.is_empty()] { (outcome(trace)) }
        }
    }
}

/// The class that gives a buyer its colour, beside its letter and its column.
fn colour(column: usize) -> String {
    const COLOURS: usize = 4;
    format!("b{}", column % COLOURS)
}

/// The first column of the grid holds the number of the step.
fn column_style(column: usize) -> String {
    format!("grid-column:{}", column + 2)
}

impl Sheet<'_> {
    /// `waiting`: the buyers that wait before the step, and then those after it.
    fn step(&self, at: usize, step: &Step, waiting: &mut BTreeSet<char>) -> Markup {
        let changes = self.stock_before(at) != step.stock;
        let told = step.happenings.len() + 2;
        let answered_from = told + step.changes.len();
        let seen_from = answered_from + step.answers.len();
        let sees = step.sees.iter();
        let sees: Vec<(char, String)> = sees
            .flat_map(|seen| {
                changed::as_seen(seen)
                    .into_iter()
                    .map(|said| (seen.buyer, said))
            })
            .collect();
        let rows = seen_from + sees.len();
        let drawn = html! {
            li.step.marked[self.captions[at].is_some()] style={ "--rows:" (rows) } {
                span.at aria-hidden="true" { (at + 1) }
                (self.lifelines(at, waiting))
                @if let Some(sql) = &step.sql {
                    code.statement.(colour(self.column(step.buyer))) style=(self.place(step.buyer, 1)) title=[step.short.as_ref().map(|_| sql)] {
                        span.unseen { "Buyer " (step.buyer) ": " } (step.in_words())
                    }
                    (self.arrow("out", step.buyer, 1))
                } @else {
                    span.reply.error style=(self.place(step.buyer, 1)) {
                        span.unseen { "Buyer " (step.buyer) ": " } (step.in_words())
                    }
                }
                @for (row, happening) in step.happenings.iter().enumerate() {
                    (self.happening(happening, row + 2))
                }
                @for (row, change) in step.changes.iter().enumerate() {
                    span.reply.committed style=(self.place(step.buyer, row + told)) {
                        span.unseen { "committed: " } (changed::in_words(change))
                    }
                }
                @for (row, answer) in step.answers.iter().enumerate() {
                    span.reply.answered style=(self.place(answer.buyer, row + answered_from)) {
                        (words::http(answer))
                    }
                }
                @for (row, (buyer, said)) in sees.iter().enumerate() {
                    span.reply.sees style=(self.place(*buyer, row + seen_from)) { (said) }
                }
                @if let Some(caption) = &self.captions[at] {
                    strong.deadly style=(self.place(step.buyer, rows)) { (caption) }
                }
                @if !self.trace.is_own() {
                    span.stock.changes[changes] {
                        span.unseen { "committed stock: " } (in_stock(&step.stock))
                    }
                }
            }
        };
        for happening in &step.happenings {
            match happening {
                Happening::Reply { buyer, .. } => waiting.remove(buyer),
                Happening::Wait { buyer, .. } => waiting.insert(*buyer),
            };
        }
        drawn
    }

    fn stock_before(&self, at: usize) -> Vec<(Sku, i64)> {
        match at.checked_sub(1) {
            Some(before) => self.trace.steps[before].stock.clone(),
            None => {
                let supplies = self.trace.accounts.iter().map(|a| (a.sku, a.supply));
                supplies.collect()
            }
        }
    }

    /// Lines from top to bottom: thick while a checkout is under way, dashed
    /// while it waits.
    fn lifelines(&self, at: usize, waiting: &BTreeSet<char>) -> Markup {
        html! {
            @for (column, buyer) in self.buyers.iter().enumerate() {
                span.lifeline.(colour(column)).active[self.is_active(*buyer, at)].waits[waiting.contains(buyer)]
                    style=(column_style(column)) aria-hidden="true" {}
            }
            span.lifeline.of-stock aria-hidden="true" {}
        }
    }

    /// Whether a step lies between a buyer's first and last.
    fn is_active(&self, buyer: char, at: usize) -> bool {
        let concerns =
            |step: &Step| step.buyer == buyer || step.happenings.iter().any(|h| h.buyer() == buyer);
        let (until, from) = (&self.trace.steps[..=at], &self.trace.steps[at..]);
        until.iter().any(concerns) && from.iter().any(concerns)
    }

    fn happening(&self, happening: &Happening, row: usize) -> Markup {
        let buyer = happening.buyer();
        let place = self.place(buyer, row);
        let unseen = html! { span.unseen { "Buyer " (buyer) ": " } };
        match happening {
            Happening::Reply { reply, .. } => html! {
                @match answer::several_rows(reply) {
                    Some(answer) => div.reply.rows style=(place) { (unseen) (words::reply(reply)) (rows(&answer)) },
                    None => span.reply.error[reply.is_err()] style=(place) { (unseen) (words::reply(reply)) },
                }
                (self.arrow(if reply.is_err() { "back error" } else { "back" }, buyer, row))
            },
            Happening::Wait { on, .. } => html! {
                span.reply.waits style=(place) { (unseen) "waits for " (explain::listed(on)) }
            },
        }
    }

    fn column(&self, buyer: char) -> usize {
        let at = self.buyers.iter().position(|known| *known == buyer);
        at.unwrap_or(0)
    }

    fn place(&self, buyer: char, row: usize) -> String {
        format!("{};grid-row:{row}", column_style(self.column(buyer)))
    }

    /// Between a buyer's box and the database's lifeline.
    fn arrow(&self, kind: &str, buyer: char, row: usize) -> Markup {
        let from = self.column(buyer) + 3;
        html! {
            span class={ "arrow " (kind) " " (colour(self.column(buyer))) } style=(format!("grid-column:{from}/-1;grid-row:{row}"))
                aria-hidden="true" {}
        }
    }
}

/// The first rows of an answer.
fn rows(answer: &AnswerRows) -> Markup {
    html! {
        table.answer {
            thead { tr { @for name in &answer.head { th scope="col" { (name) } } } }
            tbody {
                @for row in &answer.rows {
                    tr { @for value in row { td class=[value.is_null.then_some("null")] { (value.words) } } }
                }
            }
        }
        @if let Some(more) = answer.left_out() { span.more { (more) } }
    }
}

fn last_stock(trace: &Trace) -> &[(Sku, i64)] {
    trace.steps.last().map_or(&[], |step| &step.stock)
}

/// What no serial order ends like, in sentences.
pub(super) fn contradicted(trace: &Trace) -> Markup {
    html! {
        @for sentence in contradiction::in_sentences(trace) { p { (sentence) } }
    }
}

/// The nearest serial end, the rows that each invariant answered, and what each caller heard.
pub(super) fn what_is_wrong(trace: &Trace) -> Markup {
    html! {
        @if let Some((order, rows)) = contradiction::row_by_row(trace) {
            p { strong.bad { (order) } }
            ul { @for row in rows { li { code { (row) } } } }
        }
        @for broken in &trace.broken {
            p { strong.bad { (broken.invariant) } " answered:" }
            ul { @for row in changed::rows_of(broken) { li { code { (row) } } } }
        }
        @if let Some(why) = changed::unseen(trace) { p.muted { (why) "." } }
        @if !trace.raised.is_empty() {
            ul {
                @for raised in &trace.raised {
                    li {
                        (letter(raised.session as usize)) " heard " code { (raised.code) } ": " (raised.message)
                    }
                }
            }
        }
    }
}

/// `Stock`, or `Stock of 1 · 2` where there are several products.
fn stock_of(trace: &Trace) -> String {
    match last_stock(trace) {
        [] | [_] => "Stock".into(),
        several => format!(
            "Stock of {}",
            joined(several.iter().map(|(sku, _)| sku.0), BESIDE)
        ),
    }
}

/// `1`, or `1 · 2` of several products.
fn in_stock(stock: &[(Sku, i64)]) -> String {
    joined(stock.iter().map(|(_, units)| units), BESIDE)
}

/// `2 of 1 sold, oversold 1 unit, lost updates 1 unit`.
fn outcome(trace: &Trace) -> Markup {
    let broken = broken::by_schedule(&trace.findings);
    html! {
        @for account in &trace.accounts { strong { (sold_of(account, trace.accounts.len())) } " " }
        @for broken in broken { span.number { (broken) } " " }
    }
}

fn sold_of(account: &Account, products: usize) -> String {
    let of = match products {
        0 | 1 => String::new(),
        _ => format!("{}: ", account.sku),
    };
    let [sold, supply] = [account.sold, account.supply].map(|n| count(n.unsigned_abs()));
    format!("{of}{sold} of {supply} sold")
}
