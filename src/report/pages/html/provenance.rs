//! Where the page comes from, and how to make it again.

use maud::{Markup, html};

use crate::report::dossier::document::Dossier;
use crate::report::facts::number::{joined, moment};

pub(super) fn render(dossier: &Dossier) -> Markup {
    let server = dossier
        .server()
        .map(|server| format!("{} {} ({})", server.product, server.version, server.address));
    let mut seeds: Vec<u64> = dossier.loads().map(|load| load.scenario.seed).collect();
    seeds.dedup();
    html! {
        section.provenance aria-labelledby="provenance" {
            h2 #provenance { "Where this comes from" }
            @if let Some(call) = &dossier.call { (command("Made by", call)) }
            dl.settings {
                dt { "sim" } dd { (dossier.sim_version) }
                dt { "begun" } dd { (moment(dossier.started_unix_s)) }
                @if let Some(machine) = &dossier.machine { dt { "machine" } dd { (machine) } }
                @if let Some(server) = server { dt { "server" } dd { (server) } }
                @if !seeds.is_empty() { dt { "seed" } dd { (joined(seeds, ", ")) } }
            }
        }
    }
}

/// What can be run again, with a button that copies it.
pub(super) fn command(label: &str, call: &str) -> Markup {
    html! {
        div.code {
            div.code-head { span.muted { (label) } button.copy type="button" data-text=(call) hidden { "Copy" } }
            pre.command tabindex="0" { code { (call) } }
        }
    }
}
