//! What the words that occur mean.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::section::Section;
use super::verdict::badge;
use crate::oracle::{Rule, Verdict};
use crate::report::facts::broken;
use crate::report::facts::explain;

pub(super) fn render(section: &Section<'_>) -> Markup {
    let exploration = section.study.exploration.as_ref();
    let is_own = exploration.is_some_and(|exploration| exploration.tables.is_some());
    let of_load = section.known.iter().filter_map(|k| Some(k.load?.0));
    let of_load: BTreeSet<Verdict> = of_load.collect();
    let explored = section.known.iter().filter_map(|k| k.explored);
    let explored: BTreeSet<Verdict> = explored.map(|cell| cell.verdict()).collect();
    if of_load.is_empty() && explored.is_empty() {
        return html! {};
    }
    let content = html! {
        dl.words {
            @for verdict in of_load.union(&explored) {
                dt { (badge(*verdict)) }
                dd {
                    @if of_load.contains(verdict) { p { (explain::meaning(*verdict)) } }
                    @if explored.contains(verdict) && is_told_apart(*verdict, &of_load, is_own) {
                        p { "in the small shop: " (explain::explored(*verdict, is_own)) }
                    }
                }
            }
            @for rule in occurring(section) { dt { (rule.title) } dd { p { (rule.meaning) } } }
        }
    };
    section.part("words", "What the words mean", &content)
}

/// Whether the exploration means something else by it than the load.
fn is_told_apart(verdict: Verdict, of_load: &BTreeSet<Verdict>, is_own: bool) -> bool {
    !of_load.contains(&verdict) || explain::explored(verdict, is_own) != explain::meaning(verdict)
}

/// The rules that are broken under load or in a schedule that is shown.
fn occurring(section: &Section<'_>) -> Vec<&'static Rule> {
    let mut all = broken::in_any(section.compared.iter().map(|cell| &cell.summary));
    for cell in section.known.iter().filter_map(|known| known.explored) {
        let example = cell.found.example.iter();
        example.for_each(|trace| all.add(&trace.findings));
    }
    broken::rules(&all)
}
