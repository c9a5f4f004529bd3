//! Which ways to a command differ in what comes.

use std::collections::BTreeMap;

use super::end::OUTCOMES;
use super::path::Way;
use super::program::{Script, ScriptCommand};

/// Ways to one command that are told apart. Beyond it all are followed as one, on which
/// a variable is set that is set on one of them: rather a run that fails than a right
/// script that is refused.
const WAYS_MAX: usize = 256;

/// What is needed of a way, from each command on.
pub(super) struct Needs {
    /// The last command that reads each variable.
    last_reads: Vec<usize>,
    /// The last command that tests each condition, or a part of it.
    last_tests: BTreeMap<String, usize>,
}

fn last_reads(script: &Script) -> Vec<usize> {
    let mut last = vec![0; script.names.len()];
    for (at, placed) in script.commands.iter().enumerate() {
        for (slot, _) in placed.command.reads() {
            last[slot] = at;
        }
    }
    // Outcomes are read at the end.
    for slot in OUTCOMES.iter().filter_map(|name| script.names.known(name)) {
        last[slot] = usize::MAX;
    }
    last
}

fn last_tests(script: &Script) -> BTreeMap<String, usize> {
    let mut last = BTreeMap::new();
    for (at, placed) in script.commands.iter().enumerate() {
        if let ScriptCommand::Branch(condition, _) = &placed.command {
            condition.visit(&mut |part| last.extend(part.key().map(|key| (key, at))));
        }
    }
    last
}

impl Needs {
    pub(super) fn of(script: &Script) -> Self {
        Self {
            last_reads: last_reads(script),
            last_tests: last_tests(script),
        }
    }

    /// The ways to a command, what is not needed any more forgotten, each once.
    pub(super) fn apart(&self, at: usize, ways: Vec<Way>) -> Vec<Way> {
        let mut apart: Vec<Way> = Vec::new();
        for mut way in ways {
            for (slot, last) in self.last_reads.iter().enumerate() {
                if *last < at {
                    way.set[slot] = false;
                    way.values.remove(&slot);
                }
            }
            way.conditions.retain(|key, _| self.last_tests[key] >= at);
            if !apart.iter().any(|known| known.leads_on_as(&way)) {
                apart.push(way);
            }
        }
        if apart.len() <= WAYS_MAX {
            return apart;
        }
        let mut one = apart.swap_remove(0);
        one.values.clear();
        one.conditions.clear();
        for way in &apart {
            let both = one.set.iter_mut().zip(&way.set);
            both.for_each(|(one, other)| *one |= other);
            one.has_ended_one |= way.has_ended_one;
            one.has_error |= way.has_error;
        }
        // Ways inside and outside of a transaction stay apart.
        let mut kept: Vec<Way> = Vec::new();
        for way in &apart {
            if !kept
                .iter()
                .any(|known| known.transaction == way.transaction)
            {
                kept.push(Way {
                    transaction: way.transaction,
                    ..one.clone()
                });
            }
        }
        kept
    }
}
