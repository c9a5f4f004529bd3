//! The judge without a rule: is it as if one had come after the other?

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::calibration::{ActorName, Calibration, CalibrationFault, SerialRuns};
use super::canon::{Canon, canon, is_equal};
use super::columns::OwnColumns;
use super::difference::difference;
use super::end::{EndTable, SerialEnd, Told};
use super::judgement::{EndDifference, NearestEnd, SerialJudgement, SerialVerdict};
use super::notes::{SerialNotes, learn};
use super::orders::{
    answers, check_orders, has_written, keeps_time, leaves_something, may_be_left_out,
};
use super::owners::OwnerColumns;
use super::picture::{AnswerScope, Picture, bits, draw};
use super::selection::Selection;
use super::words::Words;

/// All that distinguishes an end that was judged: equal keys have equal judgements.
type Key = (Canon, Vec<Told>, Vec<(usize, usize)>);

/// Judges ends by the serial orders that it was calibrated with. Of ends that are the
/// same up to generated values the first one is judged, and the judgement, with its
/// rows, stands for all.
#[derive(Debug)]
pub struct SerialJudge {
    actors: Vec<ActorName>,
    start: Vec<EndTable>,
    selection: Selection,
    columns: OwnColumns,
    serials: Vec<SerialRuns>,
    notes: SerialNotes,
    owners: OwnerColumns,
    canons: Mutex<HashMap<(usize, AnswerScope), Canon>>,
    judged: Mutex<HashMap<Key, Arc<SerialJudgement>>>,
}

impl SerialJudge {
    /// Learns from the serial orders.
    ///
    /// # Errors
    /// If a name of the user's fits nothing, or an order is missing.
    pub fn new(calibration: Calibration) -> Result<Self, CalibrationFault> {
        let selection = Selection::of(
            &calibration.start,
            &calibration.ignore,
            &calibration.ordered,
        )?;
        check_orders(&calibration)?;
        let (survey, notes) = learn(&calibration, &selection);
        let judge = Self {
            owners: OwnerColumns::of(&calibration),
            actors: calibration.actors,
            start: calibration.start,
            selection,
            columns: survey.columns,
            serials: calibration.serials,
            notes,
            canons: Mutex::default(),
            judged: Mutex::default(),
        };
        Ok(judge.verified())
    }

    /// What is compared in which way, and what is not.
    #[must_use]
    pub const fn notes(&self) -> &SerialNotes {
        &self.notes
    }

    /// Judges an end. In `real_time` is each pair of actors of which the first one had
    /// its last reply before the second one sent its first statement.
    ///
    /// # Panics
    /// If the end has not one answer for each actor: a defect of the caller.
    pub fn judge(&self, end: &SerialEnd, real_time: &[(usize, usize)]) -> Arc<SerialJudgement> {
        assert_eq!(end.actors.len(), self.actors.len(), "one answer an actor");
        let whole = canon(&self.draw(end, self.whole()));
        let mut real_time = real_time.to_vec();
        real_time.sort_unstable();
        let key = (whole, answers(end), real_time);
        // Without an exact form two ends may share a key.
        if whole.exact.is_none() {
            return Arc::new(self.judge_anew(end, &key));
        }
        let judged = self.judged.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = judged.get(&key) {
            return Arc::clone(known);
        }
        drop(judged);
        let new = Arc::new(self.judge_anew(end, &key));
        let mut judged = self.judged.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(judged.entry(key).or_insert(new))
    }

    fn whole(&self) -> AnswerScope {
        AnswerScope {
            actors: bits(0..self.actors.len()),
            shown: true,
        }
    }

    fn draw<'e>(&'e self, end: &'e SerialEnd, scope: AnswerScope) -> Picture<'e> {
        draw(end, &self.start, &self.columns, &self.selection, scope)
    }

    /// Runs of one order must be equal as they are compared: else the comparison cannot
    /// be trusted.
    fn verified(mut self) -> Self {
        for runs in &self.serials {
            let form = |end: &SerialEnd| canon(&self.draw(end, self.whole()));
            let one = form(&runs.same[0]);
            let mut others = vec![form(&runs.same[1])];
            if self.notes.by_value.is_empty() {
                others.push(form(&runs.advanced));
            }
            let fits = |other: &Canon| is_equal(&one, other) != Some(false);
            if !others.iter().all(fits) && self.notes.unexplained.is_empty() {
                let reason = "how the rows of equal runs belong together";
                self.notes.unexplained.push(reason.into());
            }
        }
        self
    }

    fn judge_anew(&self, end: &SerialEnd, key: &Key) -> SerialJudgement {
        let (whole, _, real_time) = key;
        let mut forms = Forms {
            judge: self,
            end,
            whole,
            known: HashMap::new(),
        };
        let (timely, untimely) = self.possible(end, real_time, Strictness::All);
        let (written, _) = self.possible(end, real_time, Strictness::Written);
        let mut judgement = SerialJudgement {
            verdict: SerialVerdict::Serial,
            digest: whole.exact.unwrap_or(whole.coloured),
            order: None,
            nearest: None,
            reasons: Vec::new(),
            sentence: String::new(),
        };
        let whole_match = forms.find(&timely, Strictness::All);
        if let Match::Equal(serial) = whole_match {
            judgement.order = Some(self.serials[serial].order.clone());
        } else {
            let found = match forms.find(&written, Strictness::Written) {
                Match::Equal(_) if whole_match == Match::Untold => Match::Untold,
                found => found,
            };
            judgement.verdict = match found {
                Match::Equal(_) => SerialVerdict::StaleAnswer,
                Match::Untold => SerialVerdict::Inconclusive,
                Match::None if leaves_something(end) => SerialVerdict::NotAtomic,
                Match::None => SerialVerdict::NotSerializable,
            };
            if found == Match::Untold {
                let reason = "too many generated values look alike to tell the ends apart";
                judgement.reasons.push(reason.into());
            }
            let untimely = forms.find(&untimely, Strictness::All);
            judgement.nearest = match (found, untimely) {
                (Match::None, Match::Equal(serial)) => Some(self.against_time(serial)),
                (Match::Equal(_), _) => {
                    // An order that leaves none out says more.
                    let mut equal = forms.equal(&timely);
                    if equal.is_empty() {
                        equal = forms.equal(&written);
                    }
                    self.nearest(end, &equal)
                }
                _ => self.nearest(end, &timely),
            };
        }
        if judgement.verdict == SerialVerdict::Serial && !self.notes.unexplained.is_empty() {
            judgement.verdict = SerialVerdict::Inconclusive;
            let reasons = self.notes.unexplained.iter();
            let words = |what| format!("{what} differs between two equal runs of a serial order");
            judgement.reasons.extend(reasons.map(words));
        }
        let words = Words {
            actors: &self.actors,
            end,
            serials: &self.serials,
            owners: &self.owners,
        };
        judgement.sentence = words.sentence(&judgement);
        judgement
    }

    /// The orders that leave out only what may be left out: those that keep real time, and
    /// those that do not.
    fn possible(
        &self,
        end: &SerialEnd,
        real_time: &[(usize, usize)],
        strictness: Strictness,
    ) -> (Vec<usize>, Vec<usize>) {
        let may_miss = |actor: usize| {
            may_be_left_out(&end.actors[actor])
                || (strictness == Strictness::Written && !has_written(end, actor))
        };
        let is_possible = |serial: &usize| {
            let order = &self.serials[*serial].order;
            (0..self.actors.len()).all(|actor| order.contains(&actor) || may_miss(actor))
        };
        let keeps = |serial: &usize| keeps_time(&self.serials[*serial].order, real_time);
        (0..self.serials.len()).filter(is_possible).partition(keeps)
    }

    /// A serial end that nothing but real time forbids.
    fn against_time(&self, serial: usize) -> NearestEnd {
        NearestEnd {
            order: self.serials[serial].order.clone(),
            difference: EndDifference::default(),
            is_against_time: true,
        }
    }

    /// The serial end with the fewest differences; of equals one of more actors.
    fn nearest(&self, end: &SerialEnd, serials: &[usize]) -> Option<NearestEnd> {
        let of_serial = |&serial: &usize| {
            let runs = &self.serials[serial];
            let there = &runs.same[0];
            let scope = scope_of(&runs.order, end, Strictness::All);
            let (mine, theirs) = (self.draw(end, scope), self.draw(there, scope));
            NearestEnd {
                order: runs.order.clone(),
                difference: difference((end, &mine), (there, &theirs)),
                is_against_time: false,
            }
        };
        let all = serials.iter().map(of_serial);
        all.min_by_key(|near| (near.difference.size(), std::cmp::Reverse(near.order.len())))
    }
}

/// How much must be equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Strictness {
    /// Everything.
    All,
    /// All but what was shown, and the outcomes of actors that wrote nothing: their place
    /// in the order, and whether they have one, tells of answers alone.
    Written,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Match {
    Equal(usize),
    /// None is equal for sure, and of one it cannot be told.
    Untold,
    None,
}

/// Of an actor in doubt, and of one that an order leaves out, no answer counts.
fn scope_of(order: &[usize], end: &SerialEnd, strictness: Strictness) -> AnswerScope {
    let counts = |actor: &usize| {
        let counts = strictness == Strictness::All || has_written(end, *actor);
        counts && !end.actors[*actor].is_in_doubt()
    };
    AnswerScope {
        actors: bits(order.iter().copied().filter(counts)),
        shown: strictness == Strictness::All,
    }
}

/// The forms of the end that is judged, each made once.
struct Forms<'j> {
    judge: &'j SerialJudge,
    end: &'j SerialEnd,
    whole: &'j Canon,
    known: HashMap<AnswerScope, Canon>,
}

impl Forms<'_> {
    fn find(&mut self, serials: &[usize], strictness: Strictness) -> Match {
        let mut found = Match::None;
        for &serial in serials {
            let order = &self.judge.serials[serial].order;
            let scope = scope_of(order, self.end, strictness);
            match is_equal(&self.own(scope), &self.judge.canon_of(serial, scope)) {
                Some(true) => return Match::Equal(serial),
                Some(false) => {}
                None => found = Match::Untold,
            }
        }
        found
    }

    /// Those that are equal but for answers.
    fn equal(&mut self, serials: &[usize]) -> Vec<usize> {
        let mut equal = serials.to_vec();
        equal.retain(|&serial| self.find(&[serial], Strictness::Written) == Match::Equal(serial));
        equal
    }

    fn own(&mut self, scope: AnswerScope) -> Canon {
        if scope == self.judge.whole() {
            return *self.whole;
        }
        let draw = || canon(&self.judge.draw(self.end, scope));
        *self.known.entry(scope).or_insert_with(draw)
    }
}

impl SerialJudge {
    fn canon_of(&self, serial: usize, scope: AnswerScope) -> Canon {
        let mut canons = self.canons.lock().unwrap_or_else(PoisonError::into_inner);
        let form = || canon(&self.draw(&self.serials[serial].same[0], scope));
        *canons.entry((serial, scope)).or_insert_with(form)
    }
}
