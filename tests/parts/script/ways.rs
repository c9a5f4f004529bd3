//! The refusals by data flow, in both directions: random scripts of transactions,
//! variables, outcomes and nested conditions are refused if, and only if, one of the ways
//! that the values of three variables open goes wrong.

use std::cell::Cell;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use checkout_sim::subject::script::Script;

const SWITCHES: [&str; 3] = ["p", "q", "r"];

#[derive(Debug, Clone)]
enum Command {
    Begin,
    Commit,
    Rollback,
    Set(usize),
    Select(usize),
    Read(usize),
    Outcome(usize),
    If(Vec<(Condition, Vec<Command>)>, Vec<Command>),
}

#[derive(Debug, Clone)]
enum Condition {
    Is(usize),
    Not(Box<Condition>),
    And(Box<Condition>, Box<Condition>),
    Or(Box<Condition>, Box<Condition>),
}

const VARIABLES: [&str; 2] = ["x", "y"];
const OUTCOMES: [&str; 3] = ["outcome_done", "outcome_refused", "outcome_again"];

impl Condition {
    fn text(&self) -> String {
        match self {
            Self::Is(switch) => format!(":{} = 1", SWITCHES[*switch]),
            Self::Not(inside) => format!("not ({})", inside.text()),
            Self::And(left, right) => format!("({}) and ({})", left.text(), right.text()),
            Self::Or(left, right) => format!("({}) or ({})", left.text(), right.text()),
        }
    }

    fn is(&self, switches: [bool; 3]) -> bool {
        match self {
            Self::Is(switch) => switches[*switch],
            Self::Not(inside) => !inside.is(switches),
            Self::And(left, right) => left.is(switches) && right.is(switches),
            Self::Or(left, right) => left.is(switches) || right.is(switches),
        }
    }
}

fn text(commands: &[Command]) -> String {
    commands.iter().map(Command::text).collect()
}

impl Command {
    fn text(&self) -> String {
        match self {
            Self::Begin => "BEGIN;\n".into(),
            Self::Commit => "COMMIT;\n".into(),
            Self::Rollback => "ROLLBACK;\n".into(),
            Self::Set(variable) => format!("\\set {} 1\n", VARIABLES[*variable]),
            Self::Select(variable) => format!("SELECT 1 AS {} \\gset\n", VARIABLES[*variable]),
            Self::Read(variable) => format!("SELECT :{};\n", VARIABLES[*variable]),
            Self::Outcome(outcome) => format!("\\set {} 1\n", OUTCOMES[*outcome]),
            Self::If(arms, otherwise) => {
                let mut words = String::new();
                for (nth, (condition, inside)) in arms.iter().enumerate() {
                    let word = if nth == 0 { "if" } else { "elif" };
                    let condition = condition.text();
                    words.push_str(&format!("\\{word} {condition}\n{}", text(inside)));
                }
                if !otherwise.is_empty() {
                    words.push_str(&format!("\\else\n{}", text(otherwise)));
                }
                words + "\\endif\n"
            }
        }
    }
}

/// One way through a script.
#[derive(Default)]
struct Walk {
    switches: [bool; 3],
    set: [bool; 2],
    outcomes: [bool; 3],
    is_open: bool,
    has_ended_one: bool,
    is_wrong: bool,
}

impl Walk {
    fn goes_wrong(switches: [bool; 3], commands: &[Command]) -> bool {
        let mut walk = Self {
            switches,
            ..Self::default()
        };
        walk.all(commands);
        let said = walk.outcomes.iter().filter(|is| **is).count();
        walk.is_wrong || walk.is_open || said > 1 || said == 0 && !walk.has_ended_one
    }

    fn all(&mut self, commands: &[Command]) {
        commands.iter().for_each(|command| self.one(command));
    }

    fn one(&mut self, command: &Command) {
        match command {
            Command::Begin => {
                self.is_wrong |= self.is_open;
                self.is_open = true;
            }
            Command::Commit | Command::Rollback => {
                self.is_wrong |= !self.is_open;
                self.is_open = false;
                self.has_ended_one = true;
            }
            Command::Set(variable) | Command::Select(variable) => self.set[*variable] = true,
            Command::Read(variable) => self.is_wrong |= !self.set[*variable],
            Command::Outcome(outcome) => self.outcomes[*outcome] = true,
            Command::If(arms, otherwise) => {
                let taken = arms
                    .iter()
                    .find(|(condition, _)| condition.is(self.switches));
                self.all(taken.map_or(otherwise, |(_, inside)| inside));
            }
        }
    }
}

fn condition() -> impl Strategy<Value = Condition> {
    let leaf = (0..SWITCHES.len()).prop_map(Condition::Is);
    leaf.prop_recursive(2, 4, 2, |inside| {
        let pair = (inside.clone(), inside.clone());
        prop_oneof![
            inside.prop_map(|c| Condition::Not(Box::new(c))),
            pair.clone()
                .prop_map(|(a, b)| Condition::And(Box::new(a), Box::new(b))),
            pair.prop_map(|(a, b)| Condition::Or(Box::new(a), Box::new(b))),
        ]
    })
}

fn commands() -> impl Strategy<Value = Vec<Command>> {
    let leaf = prop_oneof![
        3 => Just(Command::Begin),
        3 => Just(Command::Commit),
        1 => Just(Command::Rollback),
        2 => (0..VARIABLES.len()).prop_map(Command::Set),
        1 => (0..VARIABLES.len()).prop_map(Command::Select),
        3 => (0..VARIABLES.len()).prop_map(Command::Read),
        1 => (0..OUTCOMES.len()).prop_map(Command::Outcome),
    ];
    let one = leaf.prop_recursive(3, 16, 4, |inside| {
        let some = prop::collection::vec(inside, 0..4);
        let arms = prop::collection::vec((condition(), some.clone()), 1..3);
        (arms, some).prop_map(|(arms, otherwise)| Command::If(arms, otherwise))
    });
    prop::collection::vec(one, 1..7)
}

/// A condition that has to do with another one: the same in other words, a narrower or a
/// wider one, or its opposite.
fn related(guard: Condition) -> impl Strategy<Value = Condition> {
    let not = |condition| Condition::Not(Box::new(condition));
    let (same, narrower, wider) = (guard.clone(), guard.clone(), guard.clone());
    prop_oneof![
        Just(not(not(same.clone()))),
        Just(not(same)),
        condition().prop_map(move |c| Condition::And(Box::new(c), Box::new(narrower.clone()))),
        condition().prop_map(move |c| Condition::Or(Box::new(wider.clone()), Box::new(c))),
        Just(guard),
    ]
}

/// What a script does under one condition, and then under a related one.
fn section() -> impl Strategy<Value = Vec<Command>> {
    let conditions = condition().prop_flat_map(|guard| (Just(guard.clone()), related(guard)));
    let branch = |condition: Condition, then: &[Command], otherwise: &[Command]| {
        Command::If(vec![(condition, then.to_vec())], otherwise.to_vec())
    };
    (conditions, 0..4_usize).prop_map(move |((first, second), kind)| match kind {
        0 => vec![
            branch(first, &[Command::Set(0)], &[Command::Set(1)]),
            branch(second, &[Command::Read(0)], &[]),
        ],
        1 => vec![
            branch(first, &[Command::Set(0)], &[Command::Select(1)]),
            branch(second, &[Command::Read(1)], &[Command::Read(0)]),
        ],
        2 => vec![
            branch(first, &[Command::Begin], &[]),
            branch(second, &[Command::Commit], &[]),
        ],
        _ => vec![
            branch(first, &[Command::Outcome(0)], &[]),
            branch(second, &[], &[Command::Outcome(1)]),
        ],
    })
}

/// One or two sections, in a transaction of their own or with an outcome, or neither.
fn sections() -> impl Strategy<Value = Vec<Command>> {
    let some = prop::collection::vec(section(), 1..3);
    (some, 0..3_usize).prop_map(|(sections, around)| {
        let inside = sections.concat();
        match around {
            0 => [vec![Command::Begin], inside, vec![Command::Commit]].concat(),
            1 => [inside, vec![Command::Outcome(0)]].concat(),
            _ => inside,
        }
    })
}

/// Whether it is refused, and whether a way of it goes wrong.
fn judged(commands: &[Command]) -> (bool, bool) {
    let text = format!("SELECT 1;\n{}", text(commands));
    let is_refused = Script::parse("t.sql", &text, &SWITCHES).is_err();
    let mut ways = (0..8).map(|bits| [bits & 1 == 1, bits & 2 == 2, bits & 4 == 4]);
    (
        is_refused,
        ways.any(|switches| Walk::goes_wrong(switches, commands)),
    )
}

/// How many of so many scripts are right; each is judged as its ways are.
fn right_of(cases: u32, commands: &impl Strategy<Value = Vec<Command>>) -> u32 {
    let config = ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let right = Cell::new(0);
    let found = TestRunner::new(config).run(commands, |commands| {
        let (is_refused, goes_wrong) = judged(&commands);
        right.set(right.get() + u32::from(!goes_wrong));
        prop_assert_eq!(is_refused, goes_wrong, "{}", text(&commands));
        Ok(())
    });
    found.unwrap_or_else(|error| panic!("{error}"));
    right.get()
}

#[test]
fn a_script_is_refused_if_and_only_if_a_way_goes_wrong() {
    let right = right_of(1000, &sections());
    // Both directions were looked at.
    assert!((150..850).contains(&right), "{right} of 1000 are right");
    right_of(500, &commands());
}
