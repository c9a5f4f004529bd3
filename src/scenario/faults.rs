//! Faults between a service and its database under load: how often each is to come, and when.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::refusal::{Invalid, invalid};

/// How often each fault is to come: shares of the statements, or of the commits, from 0 to 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FaultRates {
    /// Of all statements: the connection is cut in place of it.
    pub cut: f64,
    /// Of all commits: the connection is cut before the commit reaches the server.
    pub lose_request: f64,
    /// Of all commits: the server carries it out, and the connection is cut in place of its reply.
    pub lose_reply: f64,
    /// Of all statements: it is held back for a while.
    pub pause: f64,
    /// How long, in microseconds; 0 where none is.
    pub pause_us: u64,
}

/// What is put in between a service and its database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// The connection is cut in place of a statement.
    Cut,
    /// It is cut in place of a commit.
    LoseRequest,
    /// It is cut in place of the reply to a commit that was carried out.
    LoseReply,
}

/// What was drawn for one statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FaultDraw {
    /// Whether it is held back first.
    pub pauses: bool,
    /// What comes in its place, or in that of its reply.
    pub kind: Option<FaultKind>,
}

/// The draws of one connection, statement by statement.
#[derive(Debug)]
pub struct FaultDraws {
    rates: FaultRates,
    random: ChaCha8Rng,
}

/// What was put in, and among how many statements.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FaultCounts {
    /// Statements that the service sent.
    pub statements: u64,
    /// Those among them that commit: COMMIT, and a write outside a transaction.
    pub commits: u64,
    /// Connections that were cut in place of a statement.
    pub cut: u64,
    /// Commits that did not reach the server.
    pub lost_requests: u64,
    /// Commits whose replies were lost.
    pub lost_replies: u64,
    /// Statements that were held back.
    pub pauses: u64,
}

impl FaultRates {
    /// Whether none is to come.
    #[must_use]
    pub fn are_none(&self) -> bool {
        self.named().iter().all(|(_, rate)| *rate == 0.0)
    }

    /// The rates by their flags.
    #[must_use]
    pub const fn named(&self) -> [(&'static str, f64); 4] {
        [
            ("cut", self.cut),
            ("lose-request", self.lose_request),
            ("lose-reply", self.lose_reply),
            ("pause", self.pause),
        ]
    }

    /// Refuses shares that make no sense.
    ///
    /// # Errors
    /// The first such share.
    pub fn validate(&self) -> Result<(), Invalid> {
        for (flag, rate) in self.named() {
            if !(0.0..=1.0).contains(&rate) {
                let problem = "must be from 0 to 1: it is a share, such as 0.02".into();
                return Err(invalid(flag, rate, problem));
            }
        }
        let ends = self.cut + self.lose_request + self.lose_reply;
        if ends > 1.0 {
            let problem = format!(
                "cut, lose-request and lose-reply together are {ends}, and of one commit there is \
                 one fault at most: lower one of them"
            );
            return Err(invalid("cut", self.cut, problem));
        }
        if self.pause > 0.0 && self.pause_us == 0 {
            let problem = "a pause takes some time: name it, such as 20ms".into();
            return Err(invalid("pause-time", "0", problem));
        }
        Ok(())
    }

    /// The draws of the connection of this number, from 1, in a run: the same for every strategy.
    #[must_use]
    pub fn of_connection(self, seed: u64, run: u32, connection: u64) -> FaultDraws {
        let mut all = [0; 32];
        all[..8].copy_from_slice(&seed.to_le_bytes());
        all[8..12].copy_from_slice(&run.to_le_bytes());
        // No purpose of a scenario's own draws has this number.
        all[12..16].copy_from_slice(&u32::MAX.to_le_bytes());
        all[16..24].copy_from_slice(&connection.to_le_bytes());
        FaultDraws {
            rates: self,
            random: ChaCha8Rng::from_seed(all),
        }
    }
}

impl FaultDraws {
    /// For the next statement. Two numbers are drawn for each, whatever the rates are, so that
    /// another rate moves no other fault.
    pub fn draw(&mut self, is_commit: bool) -> FaultDraw {
        let (pauses, at): (f64, f64) = (self.random.random(), self.random.random());
        let FaultRates {
            cut,
            lose_request,
            lose_reply,
            pause,
            ..
        } = self.rates;
        let kind = if at < cut {
            Some(FaultKind::Cut)
        } else if !is_commit {
            None
        } else if at < cut + lose_request {
            Some(FaultKind::LoseRequest)
        } else if at < cut + lose_request + lose_reply {
            Some(FaultKind::LoseReply)
        } else {
            None
        };
        FaultDraw {
            pauses: pauses < pause,
            kind,
        }
    }
}

impl FaultCounts {
    /// How many connections were cut.
    #[must_use]
    pub const fn connections_cut(&self) -> u64 {
        self.cut + self.lost_requests + self.lost_replies
    }

    /// Counts by the flags that ask for them.
    #[must_use]
    pub const fn named(&self) -> [(&'static str, u64); 4] {
        [
            ("cut", self.cut),
            ("lose-request", self.lost_requests),
            ("lose-reply", self.lost_replies),
            ("pause", self.pauses),
        ]
    }

    /// What was asked for and did not come once, by its flag.
    #[must_use]
    pub fn missing(&self, rates: &FaultRates) -> Option<&'static str> {
        let pairs = self.named().into_iter().zip(rates.named());
        let mut missing = pairs.filter(|((_, count), (_, rate))| *count == 0 && *rate > 0.0);
        missing.next().map(|((flag, _), _)| flag)
    }

    /// Adds another run's.
    pub const fn add(&mut self, other: &Self) {
        self.statements += other.statements;
        self.commits += other.commits;
        self.cut += other.cut;
        self.lost_requests += other.lost_requests;
        self.lost_replies += other.lost_replies;
        self.pauses += other.pauses;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATES: FaultRates = FaultRates {
        cut: 0.1,
        lose_request: 0.2,
        lose_reply: 0.3,
        pause: 0.4,
        pause_us: 1_000,
    };

    fn draws(rates: FaultRates, seed: u64, connection: u64, is_commit: bool) -> Vec<FaultDraw> {
        let mut draws = rates.of_connection(seed, 1, connection);
        (0..10_000).map(|_| draws.draw(is_commit)).collect()
    }

    fn share(draws: &[FaultDraw], is_it: impl Fn(&FaultDraw) -> bool) -> f64 {
        draws.iter().filter(|draw| is_it(draw)).count() as f64 / draws.len() as f64
    }

    #[test]
    fn a_seed_repeats_its_draws_and_another_one_has_others() {
        let first = draws(RATES, 7, 1, true);
        assert_eq!(first, draws(RATES, 7, 1, true));
        assert_ne!(first, draws(RATES, 8, 1, true), "another seed");
        assert_ne!(first, draws(RATES, 7, 2, true), "another connection");
        let mut second = RATES.of_connection(7, 2, 1);
        let second: Vec<FaultDraw> = (0..10_000).map(|_| second.draw(true)).collect();
        assert_ne!(first, second, "another run");
        let other_pause = FaultRates {
            pause: 0.0,
            ..RATES
        };
        let kinds = |draws: Vec<FaultDraw>| draws.iter().map(|d| d.kind).collect::<Vec<_>>();
        assert_eq!(kinds(first), kinds(draws(other_pause, 7, 1, true)));
    }

    #[test]
    fn each_comes_as_often_as_its_rate_says_and_replies_of_commits_alone_are_lost() {
        let near = |share: f64, rate: f64| (share - rate).abs() < 0.02;
        let commits = draws(RATES, 7, 1, true);
        for (kind, rate) in [
            (FaultKind::Cut, 0.1),
            (FaultKind::LoseRequest, 0.2),
            (FaultKind::LoseReply, 0.3),
        ] {
            let share = share(&commits, |draw| draw.kind == Some(kind));
            assert!(near(share, rate), "{kind:?}: {share}");
        }
        assert!(near(share(&commits, |draw| draw.pauses), 0.4));
        let others = draws(RATES, 7, 1, false);
        assert!(near(share(&others, |draw| draw.kind.is_some()), 0.1));
        assert_eq!(
            share(&draws(FaultRates::default(), 7, 1, true), |draw| {
                draw.pauses || draw.kind.is_some()
            }),
            0.0
        );
    }

    #[test]
    fn what_was_asked_for_and_did_not_come_is_known() {
        let mut counts = FaultCounts {
            cut: 1,
            lost_requests: 1,
            pauses: 1,
            ..FaultCounts::default()
        };
        assert_eq!(counts.missing(&RATES), Some("lose-reply"));
        counts.lost_replies = 1;
        assert_eq!(counts.missing(&RATES), None);
        assert_eq!(FaultCounts::default().missing(&FaultRates::default()), None);
    }

    #[test]
    fn rates_beyond_all_statements_are_refused() {
        let refused = |rates: FaultRates| rates.validate().expect_err("refused").to_string();
        assert_eq!(RATES.validate(), Ok(()));
        let beyond = refused(FaultRates {
            pause: 1.5,
            ..RATES
        });
        assert!(beyond.starts_with("--pause 1.5: must be from 0 to 1"));
        let not_a_number = refused(FaultRates {
            cut: f64::NAN,
            ..RATES
        });
        assert!(not_a_number.starts_with("--cut NaN"), "{not_a_number}");
        let together = refused(FaultRates { cut: 0.6, ..RATES });
        assert!(together.contains("lower one of them"), "{together}");
        let no_time = refused(FaultRates {
            pause_us: 0,
            ..RATES
        });
        assert!(no_time.starts_with("--pause-time 0"), "{no_time}");
    }
}
