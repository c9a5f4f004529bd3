//! The results so far, and the files that they go to.

use anyhow::Result;

use super::super::around::{all_told, now_unix_s};
use super::super::exit::{self, Exit};
use super::super::export::{Directory, Exports};
use super::super::outside::Outside;
use super::super::plan::Task;
use super::super::print::{columns, print};
use super::answer;
use super::done::Done;
use super::origin;
use crate::cell::Cell;
use crate::report::{
    Command, CutShort, Dossier, FORMAT, Results, SourceFile, Study, fault, page_to_terminal,
    to_annotations, to_specs,
};
use crate::subject::script_text;

/// The whole plan from the start, so that every page counts what never ran.
pub(super) struct WorkState {
    pub(super) results: Results,
    exports: Exports,
    specs: Option<Directory>,
    /// The scenario files whose lines are annotated.
    pub(super) annotated: Vec<SourceFile>,
    /// The study that is being worked on.
    at: usize,
}

impl WorkState {
    /// Everything that is planned, still without results.
    pub(super) fn new(
        command: Command,
        tasks: &[Task],
        against: Option<Dossier>,
        exports: Exports,
        specs: Option<Directory>,
    ) -> Self {
        let studies: Vec<Study> = tasks
            .iter()
            .map(|task| answer::planned(task, None))
            .collect();
        let cells = studies.iter().flat_map(Study::cells);
        let text = |cell: Cell| Some((cell.subject, script_text(cell.subject)?.to_string()));
        let dossier = Dossier {
            scripts: cells.filter_map(text).collect(),
            format: FORMAT,
            sim_version: env!("CARGO_PKG_VERSION").into(),
            started_unix_s: now_unix_s(),
            command,
            call: Some(origin::call(
                std::env::args(),
                &Outside::of(std::env::args_os()).given(),
            )),
            machine: Some(origin::machine()),
            cut_short: None,
            studies,
        };
        Self {
            results: Results { dossier, against },
            exports,
            specs,
            annotated: Vec::new(),
            at: 0,
        }
    }

    /// Begins with the study of this number.
    pub(super) const fn begin(&mut self, at: usize) {
        self.at = at;
    }

    /// The study that is being worked on.
    pub(super) fn study(&mut self) -> &mut Study {
        &mut self.results.dossier.studies[self.at]
    }

    pub(super) fn save(&mut self) -> Result<()> {
        self.exports.save(&self.results)
    }

    /// Prints, and writes every file for the last time. Of bad usage there is
    /// no result, whenever it is found.
    pub(super) fn tell<T>(
        &mut self,
        ended: Result<T>,
        cut_short: Option<CutShort>,
        prints: bool,
    ) -> Result<T> {
        let cut_short = match &ended {
            Err(error) if Exit::of_error(error) == Exit::Usage => return ended,
            Err(error) => Some(CutShort::Failed(format!("{error:#}"))),
            Ok(_) => cut_short,
        };
        self.results.dossier.cut_short = cut_short;
        let printed = match prints {
            true => print(&page_to_terminal(&self.results, columns())),
            false => Ok(()),
        };
        let annotated = print(&to_annotations(&self.results, &self.annotated));
        let saved = self.save().and(self.exports.finish(&self.results));
        // What kept a file from being written on the way is told once.
        let is_news = |error: &anyhow::Error| {
            let told = ended.as_ref().err();
            told.is_none_or(|told| format!("{told:#}") != format!("{error:#}"))
        };
        let saved = saved.or_else(|error| if is_news(&error) { Err(error) } else { Ok(()) });
        let specified = self.write_specs();
        all_told(ended, [printed, annotated, saved, specified])
    }

    fn write_specs(&self) -> Result<()> {
        let studies = self.results.dossier.studies.iter();
        let explored = studies.filter_map(|study| study.exploration.as_ref());
        let written = explored
            .zip(self.specs.iter().cycle())
            .map(|(exploration, directory)| directory.write(&to_specs(exploration)));
        all_told(Ok(()), written.collect::<Vec<_>>())
    }

    /// How it ended; a fault is named on standard error.
    pub(super) fn done(&self) -> Done {
        let results = self.results.clone();
        let exit = answer::judge(&results);
        if let Some(fault) = fault(&results.dossier) {
            exit::complain(&anyhow::anyhow!(fault));
        }
        Done { exit, results }
    }
}
