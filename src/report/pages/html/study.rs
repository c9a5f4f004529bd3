//! One study: its sections in their order.

use maud::{Markup, html};

use super::section::Section;
use super::{
    bars, comparison, configuration, goodput, latency, matrix, meaning, sequence, timeline, tries,
};
use crate::cell::Subject;
use crate::shop::Isolation;

impl Section<'_> {
    /// Everything but the heading.
    pub(super) fn details(&self) -> Markup {
        html! {
            (matrix::render(self))
            (meaning::render(self))
            @if !self.compared.is_empty() {
                (bars::render(self))
                (comparison::render(self))
                (self.plots())
            }
            (sequence::render(self))
            (configuration::render(self))
        }
    }

    /// Every plot of the load, behind one row of switches.
    fn plots(&self) -> Markup {
        html! {
            section.plots aria-labelledby=(self.id("plots")) {
                h3 id=(self.id("plots")) { "Under load" }
                (self.switches())
                (latency::render(self))
                (goodput::render(self))
                (tries::render(self))
                (timeline::render(self))
            }
        }
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
                        label class=(self.colour(*subject)) {
                            input type="checkbox" value=(subject) checked;
                            span.swatch aria-hidden="true" {}
                            span { (subject) }
                        }
                    }
                }
                p.muted {
                    "Solid lines and circles: nothing was broken. Dashed lines and diamonds: \
                     something was, and the speed of a wrong answer is worth nothing."
                }
            }
        }
    }
}
