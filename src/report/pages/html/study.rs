//! One study: its sections in their order.

use maud::{Markup, html};

use super::section::Section;
use super::{
    bars, comparison, configuration, goodput, latency, listings, matrix, meaning, script_lines,
    sequence, timeline, tries,
};
use crate::cell::Subject;
use crate::shop::Isolation;

impl Section<'_> {
    /// Everything but the heading, behind its contents.
    pub(super) fn details(&self) -> Markup {
        let has_load = !self.compared.is_empty();
        let of_load = |part: fn(&Self) -> Markup| match has_load {
            true => part(self),
            false => html! {},
        };
        let parts = [
            ("verdicts", "Verdicts", matrix::render(self)),
            ("schedules", "The race", sequence::render(self)),
            ("written", "How each is written", listings::render(self)),
            ("costs", "What each costs", of_load(comparison::render)),
            ("plots", "Under load", of_load(Self::plots)),
            ("broken", "What was broken", of_load(bars::render)),
            ("words", "What the words mean", meaning::render(self)),
            (
                "configuration",
                "Configuration",
                configuration::render(self),
            ),
        ];
        let parts: Vec<_> = parts
            .into_iter()
            .filter(|(.., part)| !part.0.is_empty())
            .collect();
        html! {
            nav.contents aria-label={ "Contents: " (self.study.title) } {
                ul {
                    @for (id, title, _) in &parts {
                        li { a href={ "#" (self.id(id)) } { (title) } }
                    }
                }
            }
            @for (.., part) in &parts { (part) }
        }
    }

    /// Every plot of the load, behind one row of switches.
    fn plots(&self) -> Markup {
        html! {
            section.plots aria-label=(self.label("Under load")) {
                h3 id=(self.id("plots")) { "Under load" }
                (self.switches())
                (latency::render(self))
                (goodput::render(self))
                (tries::render(self))
                (timeline::render(self))
                (script_lines::render(self))
            }
        }
    }

    fn is_ever_sound(&self, subject: Subject) -> bool {
        let mut cells = self.compared.iter();
        cells.any(|cell| cell.summary.cell.subject == subject && cell.is_sound())
    }

    /// Which strategies and which level the plots show. Without script they are
    /// the plots' legend, and every level is shown.
    fn switches(&self) -> Markup {
        let levels: Vec<Isolation> = self.levels_of_load().collect();
        let in_load = |s: &&Subject| self.compared.iter().any(|c| c.summary.cell.subject == **s);
        html! {
            div.switches {
                @if levels.len() > 1 {
                    fieldset.levels {
                        legend { "Isolation level" }
                        @for (at, level) in levels.iter().enumerate() {
                            label {
                                input type="radio" name=(self.id("level")) value=(level)
                                    checked[at == 0];
                                span { (level) }
                            }
                        }
                    }
                }
                fieldset.strategies {
                    legend { "Strategy" }
                    @for subject in self.subjects.iter().filter(in_load) {
                        label.(self.colour(*subject)).unsound[!self.is_ever_sound(*subject)] {
                            input type="checkbox" value=(subject) checked;
                            span.swatch aria-hidden="true" {}
                            span { (subject) }
                        }
                    }
                }
                @if self.compared.iter().any(|cell| !cell.is_sound()) {
                    label.check {
                        input.everything type="checkbox";
                        span { "Show what breaks, too: dashed, since the speed of a wrong answer is worth nothing" }
                    }
                }
            }
        }
    }
}
