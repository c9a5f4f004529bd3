//! Scenario files: strict TOML, and what is refused in it.
//!
//! Every key is known and every value checked before anything starts; a
//! refusal names the line, what was found there and the nearest valid name.

use thiserror::Error;

use super::expect::Verdicts;
use super::file::{FILE_FORMAT, ScenarioFile};
use super::named::SomeOrAll;
use super::place::{Places, line_of};
use super::refusal::Invalid;
use super::threshold::Threshold;
use super::wording::with_hint;
use crate::cell::{Cell, Subject};
use crate::oracle::Claim;
use crate::shop::Isolation;
use crate::subject;
use crate::subject::service::ONLY_SERVICE;

/// Why a scenario file is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line}: {problem}")]
pub struct Refused {
    /// From 1.
    pub line: usize,
    /// What was found, what is allowed, and the nearest valid name.
    pub problem: String,
}

impl ScenarioFile {
    /// Reads a file and checks everything in it.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        check_format(text)?;
        let mut file: Self = toml::from_str(text).map_err(|error| Refused {
            line: error.span().map_or(1, |span| line_of(text, span.start)),
            problem: with_hint(error.message()),
        })?;
        let places = Places::of(text);
        file.check_service(&places)?;
        let settings = file.settings();
        settings.scenario().map_err(|invalid| {
            let tables = ["load", "faults"].into_iter();
            let mut holding = tables.filter(|table| places.has(&[table, invalid.flag]));
            let table = holding.next().unwrap_or("shop");
            refused(places.line(&[table, invalid.flag]), &invalid)
        })?;
        let checked = settings.shape().validate();
        checked.map_err(|invalid| refused_case(&places, &invalid))?;
        file.check_cells(&places)?;
        Ok(file)
    }

    /// A service has variants or is one itself, and nothing runs beside it.
    fn check_service(&mut self, places: &Places) -> Result<(), Refused> {
        let named = self.strategies.resolve();
        let Some(service) = &self.service else {
            let refused = |problem: String| Refused {
                line: places.line(&["strategies"]),
                problem,
            };
            let service = named.iter().find(|subject| subject.is_service());
            return match (service, named.is_empty()) {
                (Some(service), _) => Err(refused(format!(
                    "{service} is a service: [service] says how it is started and called"
                ))),
                (None, true) => Err(refused("missing field `strategies`".into())),
                (None, false) => Ok(()),
            };
        };
        service.plan().map_err(|wrong| Refused {
            line: places.line_of_service(wrong.request, wrong.key),
            problem: format!("{}: {}", wrong.key, wrong.problem),
        })?;
        let other = named.iter().find(|subject| !subject.is_service());
        if let Some(other) = other {
            return Err(Refused {
                line: places.line(&["strategies"]),
                problem: format!(
                    "{other} is no variant of the service: write \"service:{other}\", which gives \
                     it {other} as ${{variant}}"
                ),
            });
        }
        if self.isolation != SomeOrAll::default() {
            return Err(Refused {
                line: places.line(&["isolation"]),
                problem: "a service says itself at which level its transactions run".into(),
            });
        }
        if named.is_empty() {
            self.strategies = SomeOrAll::Some(vec![ONLY_SERVICE]);
        }
        Ok(())
    }

    /// What is said of a cell that does not run would never be looked at.
    fn check_cells(&self, places: &Places) -> Result<(), Refused> {
        self.check_verdicts("load", &self.expect.load, places)?;
        if let Some((subject, level)) = self.expect.load.bounded() {
            let key = places.key_of_subject(&["expect", "load"], subject);
            let level = level.map(Isolation::name);
            let path = ["expect", "load", key].into_iter().chain(level);
            return Err(Refused {
                line: places.line(&path.collect::<Vec<&str>>()),
                problem: format!(
                    "{subject} is to be safe within a bound on context switches, which a run of \
                     many buyers does not count: say so in [expect.explore]"
                ),
            });
        }
        self.check_verdicts("explore", &self.expect.explore, places)?;
        if let Some(subject) = self.reference
            && !self.strategies.resolve().contains(&subject)
        {
            return Err(Refused {
                line: places.line(&["reference"]),
                problem: does_not_run(subject, "is the reference"),
            });
        }
        for (index, threshold) in self.thresholds.iter().enumerate() {
            self.check_threshold(threshold).map_err(|problem| Refused {
                line: places.line_of_entry("thresholds", index),
                problem,
            })?;
        }
        Ok(())
    }

    fn check_verdicts(
        &self,
        table: &str,
        verdicts: &Verdicts,
        places: &Places,
    ) -> Result<(), Refused> {
        let (subjects, levels) = (self.strategies.resolve(), self.isolation.resolve());
        for subject in verdicts.subjects() {
            let key = places.key_of_subject(&["expect", table], subject);
            // A meeting of a subject's operations is one of its cells.
            let whole = subject::whole_of(subject);
            if !subjects.contains(&subject) && !subjects.contains(&whole) {
                return Err(Refused {
                    line: places.line(&["expect", table, key]),
                    problem: does_not_run(subject, "has a verdict"),
                });
            }
            if let Some(level) = verdicts.levels(subject).find(|l| !levels.contains(l)) {
                let level = level.name();
                return Err(Refused {
                    line: places.line(&["expect", table, key, level]),
                    problem: format!(
                        "{subject} has a verdict at {level}, which is not among the isolation \
                         levels"
                    ),
                });
            }
        }
        Ok(())
    }

    /// Refuses a threshold that no cell would be held to.
    fn check_threshold(&self, threshold: &Threshold) -> Result<(), String> {
        let (subjects, levels) = (self.strategies.resolve(), self.isolation.resolve());
        let expected = |cell| {
            let said = self.expect.load.of(cell).map(Claim::verdict);
            let lines = self.shop.lines.unwrap_or(1);
            said.or_else(|| subject::expected(cell, lines))
        };
        let is_bound = |&subject: &Subject| {
            let mut levels = levels.iter();
            levels.any(|&level| threshold.binds(subject, expected(Cell { subject, level })))
        };
        match (threshold.subject, subjects.as_slice()) {
            _ if subjects.iter().any(is_bound) => Ok(()),
            (Some(subject), _) => Err(does_not_run(subject, "has a threshold")),
            (None, [first, ..]) => Err(format!(
                "\"{threshold}\": no cell is expected to be safe; name a strategy, such as \
                 \"{first}: {threshold}\""
            )),
            (None, []) => Err(format!("\"{threshold}\": no cell runs")),
        }
    }
}

/// Refuses a file of another format by its number, before its keys are called unknown.
fn check_format(text: &str) -> Result<(), Refused> {
    #[derive(serde::Deserialize)]
    struct Headed {
        format: Option<toml::Spanned<u32>>,
    }
    // What is wrong with the rest is told by the strict reading.
    let headed = toml::from_str::<Headed>(text).ok();
    match headed.and_then(|headed| headed.format) {
        Some(format) if *format.get_ref() != FILE_FORMAT => Err(Refused {
            line: line_of(text, format.span().start),
            problem: format!(
                "written in format {}, and this version of sim reads format {FILE_FORMAT}",
                format.get_ref()
            ),
        }),
        _ => Ok(()),
    }
}

fn refused(line: usize, invalid: &Invalid) -> Refused {
    let Invalid { flag, found, .. } = invalid;
    Refused {
        line,
        problem: format!("{flag} = {found}: {}", invalid.problem),
    }
}

/// Refuses the small shop that is explored, by what it says itself or follows from.
fn refused_case(places: &Places, invalid: &Invalid) -> Refused {
    let flag = invalid.flag;
    if places.has(&["explore", flag]) {
        return refused(places.line(&["explore", flag]), invalid);
    }
    // A stock that is not set is what the largest cart wants.
    let key = if flag == "stock" { "units" } else { flag };
    let is_of_carts = matches!(key, "lines" | "units");
    let table = match is_of_carts && !places.has(&["explore", key]) {
        true => "shop",
        false => "explore",
    };
    let mut refused = refused(places.line(&[table, key]), invalid);
    refused.problem.push_str(", in the explored small shop");
    refused
}

fn does_not_run(subject: Subject, what: &str) -> String {
    format!("{subject} {what}, but is not among the strategies")
}
