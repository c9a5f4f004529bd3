//! What the sections of one study share.

use maud::{Markup, html};

use super::verdict;
use crate::cell::{Cell, Subject};
use crate::report::dossier::document::Study;
use crate::report::facts::comparison::{Compared, compare_ran};
use crate::report::facts::known::{Known, known, levels, subjects};
use crate::shop::Isolation;
use crate::subject;

/// A table in a box that scrolls sideways, with headings over words and then over
/// numbers.
pub(super) fn table(label: &str, words: &[&str], numbers: &[&str], rows: &Markup) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(label) {
            table {
                thead {
                    tr {
                        @for name in words { th scope="col" { (name) } }
                        @for name in numbers { th.n scope="col" { (name) } }
                    }
                }
                tbody { (rows) }
            }
        }
    }
}

/// A study with what several of its sections need.
pub(super) struct Section<'s> {
    pub(super) study: &'s Study,
    /// Its place on the page, which keeps ids apart.
    at: usize,
    pub(super) known: Vec<Known<'s>>,
    /// Every cell of the load that ran, beside the reference; empty where none
    /// did.
    pub(super) compared: Vec<Compared<'s>>,
    pub(super) levels: Vec<Isolation>,
    pub(super) subjects: Vec<Subject>,
}

impl<'s> Section<'s> {
    pub(super) fn new(study: &'s Study, at: usize) -> Self {
        let known = known(study);
        let load = study.load.as_ref();
        let compared = load.map(|load| compare_ran(load, study.reference));
        Self {
            study,
            at,
            compared: compared.unwrap_or_default(),
            levels: levels(&known),
            subjects: subjects(&known),
            known,
        }
    }

    /// An id that no other study has.
    pub(super) fn id(&self, what: &str) -> String {
        format!("{what}-{}", self.at + 1)
    }

    /// The id of the failing schedule of a cell.
    pub(super) fn schedule_id(&self, cell: Cell) -> String {
        self.id(&format!("schedule-{}-{}", cell.subject, cell.level))
    }

    /// The cells of the load at one level.
    pub(super) fn at_level(&self, level: Isolation) -> impl Iterator<Item = &Compared<'s>> {
        let cells = self.compared.iter();
        cells.filter(move |cell| cell.summary.cell.level == level)
    }

    /// The levels of the load.
    pub(super) fn levels_of_load(&self) -> impl Iterator<Item = Isolation> {
        let levels = self.levels.iter().copied();
        levels.filter(|level| self.at_level(*level).next().is_some())
    }

    /// The class that gives a strategy its colour in every plot.
    pub(super) fn colour(&self, subject: Subject) -> String {
        const COLOURS: usize = 12;
        let at = subject::ALL.iter().position(|known| *known == subject);
        format!("k{}", at.unwrap_or(0) % COLOURS)
    }

    /// A part of the study below its title.
    pub(super) fn part(&self, id: &str, title: &str, content: &Markup) -> Markup {
        let id = self.id(id);
        html! { section aria-labelledby=(id) { h3 id=(id) { (title) } (content) } }
    }

    /// What each level of the load shows of a plot; the switches choose among levels.
    pub(super) fn panels(&self, content: impl Fn(Isolation) -> Markup) -> Markup {
        html! {
            @for level in self.levels_of_load() {
                div.panel data-level=(level) {
                    h5 { (verdict::at_level(level)) }
                    (content(level))
                }
            }
        }
    }
}
