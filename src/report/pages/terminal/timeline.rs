//! One schedule as columns: a buyer each, time goes down.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Color, Style};

use super::answer_table;
use super::style::{BOLD, DIM};
use super::wrap::fill;
use crate::explore::schedule::letter;
use crate::explore::trace::{Happening, Step, Trace};
use crate::report::facts::deadly::captions;
use crate::report::facts::number::joined;
use crate::report::facts::{broken, changed, contradiction, words};
use crate::shop::Sku;

/// The position of a step, with the gap behind it.
const NUMBER: usize = 5;
const GAP: usize = 2;
const STOCK: &str = "stock";
/// Buyers whose columns would be narrower do not stand side by side.
const WIDTH_MIN: usize = 20;

const PLAIN: Style = Style::new();
const WAITS: Style = colour(AnsiColor::Yellow);
const FAILS: Style = colour(AnsiColor::Red);
const WORKS: Style = colour(AnsiColor::Green);
/// What a deadly step is said to be.
const DEADLY: Style = FAILS.bold();

/// The colours of the first buyers; then they come again.
const BUYERS: [AnsiColor; 4] = [
    AnsiColor::Cyan,
    AnsiColor::Magenta,
    AnsiColor::Blue,
    AnsiColor::BrightYellow,
];

const fn colour(colour: AnsiColor) -> Style {
    Style::new().fg_color(Some(Color::Ansi(colour)))
}

/// Draws a trace for a terminal of so many columns.
pub(super) fn render(trace: &Trace, columns: usize) -> String {
    let sheet = Sheet::new(trace, columns);
    let mut text = String::new();
    for sentence in contradiction::in_sentences(trace) {
        text.push_str(&lines(&sentence, columns, ""));
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(&sheet.head());
    let captions = captions(trace);
    for (made, (step, caption)) in trace.steps.iter().zip(captions).enumerate() {
        text.push_str(&sheet.step(made, step, caption.as_deref()));
    }
    text.push_str(&sheet.foot(trace));
    match trace.is_own() {
        true => text.push_str(&what_is_wrong(trace, columns)),
        false => {
            let _ = writeln!(
                text,
                "{DIM}stock: what is committed, and so what others see{DIM:#}"
            );
        }
    }
    text.push_str(&in_full(trace, columns));
    text
}

/// A sentence in lines, each behind a margin.
fn lines(sentence: &str, columns: usize, margin: &str) -> String {
    let words: Vec<&str> = sentence.split(' ').collect();
    let room = columns.saturating_sub(margin.len());
    let lines = fill(&words, " ", room, "  ").into_iter();
    lines.map(|line| format!("{margin}{line}\n")).collect()
}

/// The nearest serial end, the rows that each invariant answered, and what each caller heard.
fn what_is_wrong(trace: &Trace, columns: usize) -> String {
    let mut text = String::new();
    if let Some((order, rows)) = contradiction::row_by_row(trace) {
        let _ = writeln!(text, "{FAILS}{order}{FAILS:#}");
        for row in rows {
            text.push_str(&lines(&row, columns, "  "));
        }
    }
    for broken in &trace.broken {
        let _ = writeln!(text, "{FAILS}{}{FAILS:#} answered:", broken.invariant);
        for row in changed::rows_of(broken) {
            text.push_str(&lines(&row, columns, "  "));
        }
    }
    for raised in &trace.raised {
        let letter = letter(raised.session as usize);
        let said = format!("{letter} heard {}: {}", raised.code, raised.message);
        text.push_str(&lines(&said, columns, ""));
    }
    if trace.steps.iter().any(|step| !step.changes.is_empty()) {
        text += "**: rows that are committed with this step, and so what others see\n";
    }
    if trace.steps.iter().any(|step| !step.sees.is_empty()) {
        text += "~~: what the session itself sees, where that is not what is committed\n";
    }
    let notes = changed::unseen(trace).into_iter().map(str::to_owned);
    for note in notes.chain(changed::left_in_words(&trace.left)) {
        let words: Vec<&str> = note.split(' ').collect();
        for line in fill(&words, " ", columns, "  ") {
            let _ = writeln!(text, "{line}");
        }
    }
    text
}

/// The statement that the columns show in few words, as it is sent.
fn in_full(trace: &Trace, columns: usize) -> String {
    const LABEL: usize = 12;
    let in_full = |step: &Step| Some((step.buyer, words::long_sql(step)?));
    let Some((buyer, sql)) = trace.steps.iter().find_map(in_full) else {
        return String::new();
    };
    let label = format!("order of {buyer}:");
    let words = sql.iter().map(|line| line.split(' ').collect::<Vec<_>>());
    let lines = words.flat_map(|words| fill(&words, " ", columns - LABEL, "  "));
    let mut text = String::new();
    for (position, line) in lines.enumerate() {
        let label = if position == 0 { label.as_str() } else { "" };
        let _ = writeln!(text, "{DIM}{label:<LABEL$}{line}{DIM:#}");
    }
    text
}

/// A line in one buyer's column.
type Entry = (String, Style);

/// Where everything stands.
struct Sheet {
    /// The buyers that take part, by their letters.
    buyers: Vec<char>,
    /// What each is called.
    titles: Vec<String>,
    /// One for each buyer, or one for all.
    columns: usize,
    width: usize,
    stock: usize,
}

impl Sheet {
    fn new(trace: &Trace, columns: usize) -> Self {
        let told = words::told(trace).into_iter();
        let buyers: Vec<char> = told.map(|(buyer, _)| buyer).collect();
        let widest = trace.steps.iter().map(|step| in_stock(&step.stock).len());
        let stock = match trace.is_own() {
            true => 0,
            false => widest.max().unwrap_or(0).max(STOCK.len()),
        };
        let room = columns.saturating_sub(NUMBER + stock);
        let side_by_side = buyers.len().max(1);
        let columns = match room / side_by_side < WIDTH_MIN + GAP {
            true => 1,
            false => side_by_side,
        };
        let name = if columns < buyers.len() {
            "A: ".len()
        } else {
            0
        };
        let said = trace.steps.iter().map(|step| step.in_words().len() + name);
        let widest = said.max().unwrap_or(0).max(WIDTH_MIN);
        Self {
            width: (room / columns).saturating_sub(GAP).min(widest),
            titles: buyers.iter().map(|it| words::heading(trace, *it)).collect(),
            buyers,
            columns,
            stock,
        }
    }

    /// The column of a buyer.
    fn column(&self, buyer: char) -> usize {
        let at = self.buyers.iter().position(|known| *known == buyer);
        at.unwrap_or(0).min(self.columns - 1)
    }

    fn is_shared(&self) -> bool {
        self.columns < self.buyers.len()
    }

    fn head(&self) -> String {
        let titles = (0..self.columns).map(|column| match self.is_shared() {
            true => vec![("buyers".into(), BOLD)],
            false => vec![(
                self.titles[column].replace("Buyer", "buyer"),
                self.colour_of(self.buyers[column]),
            )],
        });
        let stock = if self.stock == 0 { "" } else { STOCK };
        self.rows("", titles.collect(), (stock.into(), BOLD))
    }

    fn colour_of(&self, buyer: char) -> Style {
        let at = self.buyers.iter().position(|known| *known == buyer);
        colour(BUYERS[at.unwrap_or(0) % BUYERS.len()]).bold()
    }

    /// `caption`: why the step is deadly, if it is.
    fn step(&self, made: usize, step: &Step, caption: Option<&str>) -> String {
        let mut columns: Vec<Vec<Entry>> = vec![Vec::new(); self.columns];
        let said = match self.is_shared() {
            true => format!("{}: {}", step.buyer, step.in_words()),
            false => step.in_words().to_owned(),
        };
        let style = match step.sql {
            Some(_) => self.colour_of(step.buyer),
            None => FAILS,
        };
        let mover = self.column(step.buyer);
        columns[mover].extend(self.wrapped(&said, style));
        let asked = columns[mover].len();
        for happening in &step.happenings {
            let column = self.column(happening.buyer());
            // What is set off stands below what set it off.
            if columns[column].is_empty() {
                columns[column].resize(asked, (String::new(), PLAIN));
            }
            let (said, style) = self.in_words(happening, step.buyer);
            columns[column].extend(self.wrapped(&said, style));
            if let Happening::Reply { reply, .. } = happening {
                columns[column].extend(answer_table::lines(reply, self.width));
            }
        }
        for change in &step.changes {
            let said = format!("** {}", changed::in_words(change));
            columns[mover].extend(self.wrapped(&said, BOLD));
        }
        for answer in &step.answers {
            let column = self.column(answer.buyer);
            if columns[column].is_empty() {
                columns[column].resize(asked, (String::new(), PLAIN));
            }
            let said = format!("<= {}", words::http(answer));
            columns[column].extend(self.wrapped(&said, BOLD));
        }
        for seen in &step.sees {
            let column = self.column(seen.buyer);
            if columns[column].is_empty() {
                columns[column].resize(asked, (String::new(), PLAIN));
            }
            for said in changed::as_seen(seen) {
                columns[column].extend(self.wrapped(&format!("~~ {said}"), DIM));
            }
        }
        if let Some(caption) = caption {
            columns[mover].extend(self.wrapped(&format!("!! {caption}"), DEADLY));
        }
        self.rows(
            &(made + 1).to_string(),
            columns,
            (in_stock(&step.stock), DIM),
        )
    }

    fn in_words(&self, happening: &Happening, mover: char) -> Entry {
        let name = match (self.is_shared(), happening.buyer()) {
            (true, buyer) if buyer != mover => format!("{buyer}: "),
            _ => String::new(),
        };
        match happening {
            Happening::Reply { reply, .. } => {
                let style = if reply.is_err() { FAILS } else { WORKS };
                (format!("-> {name}{}", words::reply(reply)), style)
            }
            Happening::Wait { on, .. } => {
                (format!(".. {name}waits for {}", joined(on, " and ")), WAITS)
            }
        }
    }

    fn foot(&self, trace: &Trace) -> String {
        let rule = "-".repeat(NUMBER + self.columns * (self.width + GAP) + self.stock);
        let mut text = format!("{DIM}{rule}{DIM:#}\n");
        let mut columns: Vec<Vec<Entry>> = vec![Vec::new(); self.columns];
        for (buyer, told) in words::told(trace) {
            let name = match self.is_shared() {
                true => format!("{buyer} "),
                false => String::new(),
            };
            let told = format!("{name}was told: {}", words::answer(told, trace.is_own()));
            columns[self.column(buyer)].push((told, self.colour_of(buyer)));
        }
        let last = trace.steps.last().map(|step| in_stock(&step.stock));
        text.push_str(&self.rows("", columns, (last.unwrap_or_default(), DIM)));
        let broken = joined(broken::by_schedule(&trace.findings), " · ");
        let (style, broken) = match broken.is_empty() {
            true => (WORKS, "nothing is broken"),
            false => (FAILS, broken.as_str()),
        };
        let accounts = trace.accounts.iter();
        let accounts = joined(accounts.map(|account| words::sold(account, true)), " · ");
        let margin = " ".repeat(NUMBER);
        let accounts = match accounts.is_empty() {
            true => accounts,
            false => format!("{accounts} · "),
        };
        let _ = writeln!(text, "{margin}{accounts}{style}{broken}{style:#}");
        text
    }

    /// As many lines as the longest column has.
    fn rows(&self, number: &str, columns: Vec<Vec<Entry>>, stock: Entry) -> String {
        let mut text = String::new();
        let height = columns.iter().map(Vec::len).max().unwrap_or(0);
        for row in 0..height {
            let number = if row == 0 { number } else { "" };
            let mut line = format!("{DIM}{number:>w$}{DIM:#}  ", w = NUMBER - 2);
            for (at, column) in columns.iter().enumerate() {
                let (said, style) = column.get(row).cloned().unwrap_or_default();
                // Nothing stands behind the last column where no stock is shown.
                let width = match at + 1 == columns.len() && self.stock == 0 {
                    true => 0,
                    false => self.width + GAP,
                };
                let blanks = " ".repeat(width.saturating_sub(said.chars().count()));
                let _ = write!(line, "{style}{said}{style:#}{blanks}");
            }
            if row == 0 && self.stock > 0 {
                let (said, style) = &stock;
                let _ = write!(line, "{style}{said:>w$}{style:#}", w = self.stock);
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }

    /// Breaks a text that is wider than a column between two words.
    fn wrapped(&self, text: &str, style: Style) -> Vec<Entry> {
        let words: Vec<&str> = text.split(' ').collect();
        let lines = fill(&words, " ", self.width, "  ");
        lines.into_iter().map(|line| (line, style)).collect()
    }
}

/// `1`, or `1:0 2:1` where there are several products.
fn in_stock(stock: &[(Sku, i64)]) -> String {
    match stock {
        [] => String::new(),
        [(_, only)] => only.to_string(),
        several => joined(several.iter().map(|(sku, n)| format!("{}:{n}", sku.0)), " "),
    }
}
