//! A schedule as a picture: a column for each buyer, time goes down.

use maud::{Markup, html};

use super::picture::{BAD, INK, MUTED, RULE, clipped, line, link, rectangle, text};
use crate::explore::trace::{Happening, Step, Trace};
use crate::report::facts::explain::listed;
use crate::report::facts::number::joined;
use crate::report::facts::{broken, changed, deadly, words};

/// The room of a buyer, of the number of a step, and of the stock.
const COLUMN: usize = 390;
const NUMBER: usize = 26;
const STOCK: usize = 60;
/// As many letters fit into a statement.
const LETTERS_MAX: usize = 48;
const LINE: usize = 18;
/// A statement with its frame.
const SENT: usize = 24;
const GAP: usize = 10;

/// A colour for each buyer, and its wash.
const BUYERS: [(&str, &str); 4] = [
    ("#1d5fd1", "#eaf1fc"),
    ("#8a4b00", "#fbf1e2"),
    ("#7433c8", "#f3ecfc"),
    ("#0a6b52", "#e5f5ef"),
];

/// What is drawn so far.
struct Drawing<'t> {
    buyers: Vec<char>,
    captions: Vec<Option<String>>,
    trace: &'t Trace,
    marks: Vec<Markup>,
    down: usize,
}

/// A link that saves it.
pub(super) fn race(name: &str, title: &str, trace: &Trace) -> Markup {
    let told = words::told(trace);
    let mut drawing = Drawing {
        buyers: told.iter().map(|(buyer, _)| *buyer).collect(),
        captions: deadly::captions(trace),
        trace,
        marks: Vec::new(),
        down: LINE,
    };
    let stock_x = NUMBER + drawing.buyers.len() * COLUMN;
    let stock = if trace.is_own() { "" } else { "Stock" };
    drawing.say(stock_x, MUTED, "strong", stock);
    for (buyer, _) in &told {
        drawing.say(
            drawing.left(*buyer),
            drawing.colour(*buyer).0,
            "strong",
            &words::heading(trace, *buyer),
        );
    }
    drawing.down += GAP;
    for (at, step) in trace.steps.iter().enumerate() {
        drawing.step(at, step, stock_x);
    }
    drawing.down += LINE;
    for (buyer, told) in &told {
        let said = format!("was told {}", words::answer(*told, trace.is_own()));
        drawing.say(
            drawing.left(*buyer),
            drawing.colour(*buyer).0,
            "strong",
            &said,
        );
    }
    drawing.down += LINE + GAP;
    drawing.outcome();
    let size = (stock_x + STOCK, drawing.down);
    let behind = drawing.lifelines(size.1 - 3 * LINE);
    link(
        name,
        title,
        size,
        &html! { (behind) @for mark in &drawing.marks { (mark) } },
    )
}

impl Drawing<'_> {
    fn column(&self, buyer: char) -> usize {
        let at = self.buyers.iter().position(|known| *known == buyer);
        at.unwrap_or(0)
    }

    fn left(&self, buyer: char) -> usize {
        NUMBER + self.column(buyer) * COLUMN
    }

    fn colour(&self, buyer: char) -> (&'static str, &'static str) {
        BUYERS[self.column(buyer) % BUYERS.len()]
    }

    fn say(&mut self, x: usize, colour: &str, style: &str, said: &str) {
        self.marks.push(text(x, self.down, colour, style, said));
    }

    fn step(&mut self, at: usize, step: &Step, stock_x: usize) {
        let (left, (colour, wash)) = (self.left(step.buyer), self.colour(step.buyer));
        let caption = self.captions[at].clone();
        let frame = if caption.is_some() { BAD } else { colour };
        let size = (COLUMN - 2 * GAP, SENT);
        self.marks
            .push(rectangle((left, self.down), size, wash, frame));
        self.down += LINE - 1;
        self.say(0, MUTED, "small", &(at + 1).to_string());
        self.say(
            left + GAP,
            INK,
            "code",
            &clipped(step.in_words(), LETTERS_MAX),
        );
        self.down += SENT - LINE + 1;
        for happening in &step.happenings {
            let (buyer, said, colour) = match happening {
                Happening::Reply { buyer, reply } => {
                    let colour = if reply.is_err() { BAD } else { MUTED };
                    (*buyer, words::reply(reply), colour)
                }
                Happening::Wait { buyer, on } => (*buyer, format!("waits for {}", listed(on)), BAD),
            };
            self.down += LINE;
            let x = self.left(buyer) + 2 * GAP;
            self.say(x, colour, "", &clipped(&said, LETTERS_MAX));
        }
        for change in &step.changes {
            self.down += LINE;
            let said = clipped(&changed::in_words(change), LETTERS_MAX);
            self.say(left + 2 * GAP, INK, "strong", &said);
        }
        for answer in &step.answers {
            self.down += LINE;
            let x = self.left(answer.buyer) + 2 * GAP;
            self.say(
                x,
                INK,
                "strong",
                &clipped(&words::http(answer), LETTERS_MAX),
            );
        }
        for seen in &step.sees {
            let x = self.left(seen.buyer) + 2 * GAP;
            for said in changed::as_seen(seen) {
                self.down += LINE;
                self.say(x, MUTED, "", &clipped(&said, LETTERS_MAX));
            }
        }
        if let Some(caption) = caption {
            self.down += LINE;
            self.say(left + 2 * GAP, BAD, "strong", &caption);
        }
        let stock = joined(step.stock.iter().map(|(_, units)| units), " · ");
        self.say(stock_x, INK, "", &stock);
        self.down += GAP;
    }

    fn outcome(&mut self) {
        let several = self.trace.accounts.len() > 1;
        let sold = self.trace.accounts.iter();
        let sold = sold.map(|account| words::sold(account, several));
        let broken = broken::by_schedule(&self.trace.findings);
        let said = joined(sold.chain(broken), " · ");
        self.say(NUMBER, BAD, "strong", &said);
        self.down += LINE;
        let schedule = format!("schedule {} · found by sim", self.trace.schedule);
        self.say(NUMBER, MUTED, "small", &schedule);
    }

    fn lifelines(&self, until: usize) -> Markup {
        html! {
            @for buyer in &self.buyers {
                @let x = self.left(*buyer) + GAP;
                (line((x, LINE + GAP), (x, until), RULE, 2))
            }
        }
    }
}
