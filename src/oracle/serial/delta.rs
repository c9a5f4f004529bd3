//! Which rows of a table are gone since the start, and which are new.
//!
//! Most rows of a table are what they were. They say nothing, and an end with ten
//! thousand of them must not cost what ten thousand new ones do.

use std::collections::HashMap;
use std::sync::Arc;

use crate::value::{Table, Value};

/// The rows of a table that are gone since it was `before`, and those that are new.
pub fn changed_rows<'t>(
    before: Option<&'t Arc<Table>>,
    after: &'t Arc<Table>,
) -> [Vec<&'t [Value]>; 2] {
    let Some(before) = before else {
        return [Vec::new(), after.rows().collect()];
    };
    if Arc::ptr_eq(before, after) {
        return Default::default();
    }
    if let Some(known) = after.delta()
        && after
            .start()
            .is_some_and(|start| Arc::ptr_eq(start, before))
    {
        return known;
    }
    let (before, after): (Vec<&[Value]>, Vec<&[Value]>) =
        (before.rows().collect(), after.rows().collect());
    let (gone, new) = delta(&before, &after);
    [
        gone.into_iter().map(|at| before[at]).collect(),
        new.into_iter().map(|at| after[at]).collect(),
    ]
}

/// The numbers of the rows that are gone from `before`, and of those that are new in
/// `after`. Rows in their old place are met first; the others are looked up.
fn delta(before: &[&[Value]], after: &[&[Value]]) -> (Vec<usize>, Vec<usize>) {
    let stays = |at: &usize| before.get(*at).is_some() && before.get(*at) == after.get(*at);
    let moved =
        |rows: &[&[Value]]| -> Vec<usize> { (0..rows.len()).filter(|at| !stays(at)).collect() };
    let (mut gone, mut new) = (moved(before), moved(after));
    let mut places: HashMap<&[Value], Vec<usize>> = HashMap::new();
    for &at in &new {
        places.entry(after[at]).or_default().push(at);
    }
    let mut met = Vec::new();
    gone.retain(|&at| match places.get_mut(before[at]).and_then(Vec::pop) {
        Some(place) => {
            met.push(place);
            false
        }
        None => true,
    });
    met.sort_unstable();
    new.retain(|at| met.binary_search(at).is_err());
    (gone, new)
}
