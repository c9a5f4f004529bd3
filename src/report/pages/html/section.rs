//! What the sections of one study share.

use maud::{Markup, html};

use super::verdict;
use crate::cell::{Cell, Subject};
use crate::report::dossier::document::Study;
use crate::report::dossier::load::Report;
use crate::report::facts::comparison::{Compared, compare_ran};
use crate::report::facts::conclusion::fix;
use crate::report::facts::known::{Known, known, levels, subjects};
use crate::report::facts::summary::Summary;
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
    /// The fix that costs least.
    pub(super) fix: Option<Cell>,
    /// The same cells of an older result whose numbers can be compared.
    pub(super) before: Vec<Summary<'s>>,
}

impl<'s> Section<'s> {
    /// `before`: the same study of an older result, if their times can be compared.
    pub(super) fn new(study: &'s Study, before: Option<&'s Study>, at: usize) -> Self {
        let known = known(study);
        let load = study.load.as_ref();
        let compared = load.map(|load| compare_ran(load, study.reference));
        Self {
            study,
            at,
            compared: compared.unwrap_or_default(),
            levels: levels(&known),
            subjects: subjects(&known),
            fix: fix(study),
            before: before
                .and_then(|study| study.load.as_ref())
                .map(Report::summaries)
                .unwrap_or_default(),
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

    /// The id of the listing of a strategy.
    pub(super) fn listing_id(&self, subject: Subject) -> String {
        self.id(&format!("written-{subject}"))
    }

    /// The cells of the load at one level.
    pub(super) fn at_level(&self, level: Isolation) -> impl Iterator<Item = &Compared<'s>> {
        let cells = self.compared.iter();
        cells.filter(move |cell| cell.summary.cell.level == level)
    }

    /// Where the cells of a level of the load run.
    pub(super) fn place(&self, level: Isolation) -> String {
        let first = self.at_level(level).next().map(|it| it.summary.cell);
        let service = first.filter(|cell| cell.subject.is_service());
        service.map_or_else(|| verdict::at_level(level), Cell::place)
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

    /// What a part is called that no other study has.
    pub(super) fn label(&self, title: &str) -> String {
        format!("{title}: {}", self.study.title)
    }

    /// A part of the study below its title.
    pub(super) fn part(&self, id: &str, title: &str, content: &Markup) -> Markup {
        let id = self.id(id);
        html! { section aria-label=(self.label(title)) { h3 id=(id) { (title) } (content) } }
    }

    /// What each level of the load shows of a plot; the switches choose among levels.
    /// Where a level has nothing to show it is left out.
    pub(super) fn panels(&self, content: impl Fn(Isolation) -> Markup) -> Markup {
        html! {
            @for level in self.levels_of_load() {
                @let shown = content(level);
                @if !shown.0.is_empty() {
                    div.panel data-level=(level) {
                        h5 { (self.place(level)) }
                        (shown)
                    }
                }
            }
        }
    }

    /// A plot of what holds at a level, and another one of everything, each with axes of
    /// its own: a switch chooses. `draw` is called with cells, and may draw nothing.
    pub(super) fn both(
        &self,
        level: Isolation,
        draw: impl Fn(&[&Compared<'s>]) -> Markup,
    ) -> Markup {
        let all: Vec<&Compared<'s>> = self.at_level(level).collect();
        let sound: Vec<&Compared<'s>> = all.iter().copied().filter(|c| c.is_sound()).collect();
        if sound.is_empty() || sound.len() == all.len() {
            return draw(&all);
        }
        let (holding, everything) = (draw(&sound), draw(&all));
        html! {
            @if !holding.0.is_empty() { div.holding { (holding) } }
            @if !everything.0.is_empty() { div.with-broken { (everything) } }
        }
    }
}
