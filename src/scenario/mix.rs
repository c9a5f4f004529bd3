//! Which operations the buyers of a load carry out, by weight.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::hint::nearest;

/// The operations of a directory of scripts, each with its weight: with
/// `checkout=9,cancel=1` one buyer of ten cancels. An operation that is not named has no
/// buyer; where none is named, all have as many.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Mix(BTreeMap<String, u32>);

impl Mix {
    /// Whether no operation is named.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The weight of each of these operations, by their names.
    ///
    /// # Errors
    /// It names another one, or gives none a weight; or there is only one.
    pub fn weights(&self, operations: &[Arc<str>]) -> Result<Vec<u32>, String> {
        if self.is_empty() {
            return Ok(vec![1; operations.len()]);
        }
        if operations.len() < 2 {
            return Err(
                "there is one operation alone: leave the mix out, or name several, such as a \
                 directory of scripts"
                    .into(),
            );
        }
        let known: Vec<&str> = operations.iter().map(|name| &**name).collect();
        if let Some(name) = self.0.keys().find(|name| !known.contains(&name.as_str())) {
            let hint = nearest(name, &known);
            let hint = hint.map_or_else(String::new, |near| format!("; did you mean {near:?}?"));
            return Err(format!(
                "there is no operation {name:?}: there are {}{hint}",
                known.join(", ")
            ));
        }
        let weight = |name: &&str| self.0.get(*name).copied().unwrap_or(0);
        let weights: Vec<u32> = known.iter().map(weight).collect();
        match weights.iter().any(|weight| *weight > 0) {
            true => Ok(weights),
            false => Err("every weight is 0: no buyer would do anything".into()),
        }
    }
}

impl FromStr for Mix {
    type Err = String;

    /// `checkout=9,cancel=1`.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut weights = BTreeMap::new();
        for part in text.split(',') {
            let named = part
                .split_once('=')
                .map(|(name, weight)| (name.trim(), weight.trim().parse::<u32>()));
            let Some((name, Ok(weight))) = named.filter(|(name, _)| !name.is_empty()) else {
                return Err("a mix is written NAME=WEIGHT,..., such as checkout=9,cancel=1".into());
            };
            if weights.insert(name.to_owned(), weight).is_some() {
                return Err(format!("{name} has two weights"));
            }
        }
        Ok(Self(weights))
    }
}

impl fmt::Display for Mix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = self
            .0
            .iter()
            .map(|(name, weight)| format!("{name}={weight}"));
        f.write_str(&parts.collect::<Vec<_>>().join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Settings;

    fn operations(names: &[&str]) -> Vec<Arc<str>> {
        names.iter().map(|name| Arc::from(*name)).collect()
    }

    /// Each operation has the weight of its own name; without a mix all weigh the same.
    #[test]
    fn weights_go_by_name() {
        let mix: Mix = "see=0, buy=9,back=1".parse().unwrap();
        assert_eq!(mix.to_string(), "back=1,buy=9,see=0");
        let known = operations(&["buy", "idle", "back", "see"]);
        assert_eq!(mix.weights(&known), Ok(vec![9, 0, 1, 0]));
        assert_eq!(Mix::default().weights(&known), Ok(vec![1; 4]));
        assert_eq!(Mix::default().weights(&known[..1]), Ok(vec![1]));
        assert!(mix.weights(&known[..1]).is_err());
        assert!(mix.weights(&known[..2]).unwrap_err().contains("\"back\""));
        let none: Mix = "buy=0".parse().unwrap();
        assert!(none.weights(&known).is_err());
    }

    /// In the shares of the weights, by the seed, and never one without weight; the same
    /// for every subject, and keys are those of carts.
    #[test]
    fn actors_are_drawn_by_weight() {
        let mut settings = Settings::default();
        (settings.load.buyers, settings.load.seed) = (Some(4_000), Some(7));
        let scenario = settings.scenario().unwrap();
        let drawn = |run| scenario.actors(run, &[1, 0, 3]);
        let of = |operation| drawn(1).iter().filter(|a| a.operation == operation).count();
        assert_eq!(of(1), 0);
        // A quarter of 4,000, within ten standard deviations of 27.
        assert!((730..1_270).contains(&of(0)), "{}", of(0));
        assert_eq!(drawn(1), drawn(1));
        assert_ne!(drawn(1), drawn(2));
        let carts = scenario.carts(1);
        assert!(
            drawn(1)
                .iter()
                .zip(&carts)
                .all(|(a, cart)| a.key == cart.key)
        );
    }
}
