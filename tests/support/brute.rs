//! A second judge, which knows nothing of colours: it tries every renaming.

/// A value: the program's own, or one that was generated, of one of several origins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cell {
    Own(i64),
    Made(usize, i64),
}

/// A row of a table.
pub type Row = (usize, Vec<Cell>);

/// Whether some renaming of the generated values, each origin for itself, turns one list
/// of rows into the other one.
pub fn is_equal_by_brute_force(one: &[Row], other: &[Row]) -> bool {
    let (mine, theirs) = (made(one), made(other));
    if mine.len() != theirs.len() || one.len() != other.len() {
        return false;
    }
    let mut goal = other.to_vec();
    goal.sort();
    permutations(&theirs).iter().any(|theirs| {
        let keeps_origins = mine.iter().zip(theirs).all(|(a, b)| a.0 == b.0);
        keeps_origins && {
            let mut renamed: Vec<Row> = one.iter().map(|row| rename(row, &mine, theirs)).collect();
            renamed.sort();
            renamed == goal
        }
    })
}

fn made(rows: &[Row]) -> Vec<(usize, i64)> {
    let cells = rows.iter().flat_map(|(_, cells)| cells);
    let mut made: Vec<(usize, i64)> = cells
        .filter_map(|cell| match cell {
            Cell::Own(_) => None,
            Cell::Made(origin, value) => Some((*origin, *value)),
        })
        .collect();
    made.sort_unstable();
    made.dedup();
    made
}

fn rename((table, cells): &Row, from: &[(usize, i64)], to: &[(usize, i64)]) -> Row {
    let cell = |cell: &Cell| match cell {
        Cell::Own(_) => *cell,
        Cell::Made(origin, value) => {
            let at = from.iter().position(|made| *made == (*origin, *value));
            let (origin, value) = to[at.expect("one of them")];
            Cell::Made(origin, value)
        }
    };
    (*table, cells.iter().map(cell).collect())
}

/// Every sequence of some values.
pub fn permutations<T: Copy>(values: &[T]) -> Vec<Vec<T>> {
    if values.is_empty() {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for at in 0..values.len() {
        let mut rest = values.to_vec();
        let first = rest.remove(at);
        all.extend(permutations(&rest).into_iter().map(|mut tail| {
            tail.insert(0, first);
            tail
        }));
    }
    all
}
