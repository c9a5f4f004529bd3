//! One form for all ends that differ in nothing but how generated values are called.
//!
//! Labels are coloured by the rows that they stand in, rows by the colours of their
//! labels, until no colour splits. Where labels still look alike, they fall into groups
//! that no row connects; of each group every label of the first colour is tried, and the
//! least form is kept. Colours are ranks and no hashes, so two ends have the same form
//! if one renaming turns them into each other, and only then.

use std::collections::{BTreeMap, HashMap};
use std::fmt::{self, Write as _};

use sha2::Digest as _;

use super::picture::Picture;

/// So many rows are looked at for one end, each once a colouring, beside those that it
/// takes to go through all of them a few times.
const LOOKS_MAX: usize = 20_000;
/// So many times.
const PASSES: usize = 10;

/// A name for all ends that one renaming of generated values makes equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EndDigest([u8; 32]);

impl fmt::Display for EndDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .take(8)
            .try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The form of an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Canon {
    /// Equal of two ends that a renaming makes equal; of others it may be equal as well.
    pub coloured: EndDigest,
    /// Equal of two ends if, and only if, a renaming makes them equal. `None` if too many
    /// generated values look alike to tell.
    pub exact: Option<EndDigest>,
}

/// Whether two ends are equal up to a renaming; `None` if that cannot be told.
pub fn is_equal(one: &Canon, other: &Canon) -> Option<bool> {
    match (one.exact, other.exact) {
        (Some(one), Some(other)) => Some(one == other),
        _ if one.coloured != other.coloured => Some(false),
        _ => None,
    }
}

/// A row: what must be equal, and its labels.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Edge {
    text: String,
    labels: Vec<usize>,
}

/// The form of a picture.
pub fn canon(picture: &Picture<'_>) -> Canon {
    let edges: Vec<Edge> = picture.rows.iter().map(edge).collect();
    let mut texts: Vec<&str> = edges.iter().map(|edge| &*edge.text).collect();
    texts.sort_unstable();
    texts.dedup();
    let rank = |edge: &Edge| texts.partition_point(|text| *text < edge.text.as_str());
    let graph = Graph {
        rows: edges
            .iter()
            .map(|edge| (rank(edge), &*edge.labels))
            .collect(),
        texts: &texts,
    };
    let all: Vec<usize> = (0..edges.len()).collect();
    let mut colours: Colours = (0..picture.labels.len()).map(|label| (label, 0)).collect();
    graph.refine(&all, &mut colours, &HashMap::new());
    let coloured = digest(&graph.coloured_form(&colours));
    let mut left = LOOKS_MAX + PASSES * all.len();
    let form = graph.form(&all, colours, &HashMap::new(), &mut left);
    Canon {
        coloured,
        exact: form.map(|form| digest(&form)),
    }
}

fn edge(row: &super::picture::RowPicture<'_>) -> Edge {
    let mut text = format!("{:?} {:?}", row.part.0, row.part.1);
    if row.is_gone {
        text.push_str(" gone");
    }
    if let Some(actor) = row.actor {
        let _ = write!(text, " {actor}");
    }
    let mut labels = Vec::new();
    for cell in &row.cells {
        let _ = write!(text, " {}:{}", cell.fixed.len(), cell.fixed);
        labels.extend(&cell.labels);
    }
    Edge { text, labels }
}

fn digest(form: &str) -> EndDigest {
    EndDigest(sha2::Sha256::digest(form.as_bytes()).into())
}

/// The colour of each label that is looked at.
type Colours = BTreeMap<usize, usize>;
/// The name of each label that is told apart from all others.
type Names = HashMap<usize, Name>;
/// How many labels had a name before, and the colour.
type Name = (usize, usize);
/// A row as it is coloured: its text, and the colour or the name of each label.
type Signature = (usize, Vec<(Option<usize>, Option<Name>)>);

struct Graph<'p> {
    rows: Vec<(usize, &'p [usize])>,
    texts: &'p [&'p str],
}

impl Graph<'_> {
    /// Splits colours until none splits any more. Colours keep their sequence.
    fn refine(&self, rows: &[usize], colours: &mut Colours, names: &Names) {
        let mut count = ranks(&colours.values().copied().collect::<Vec<usize>>()).1;
        loop {
            let of_row = |&row: &usize| self.signature(row, colours, names);
            let (row_colours, _) = ranks(&rows.iter().map(of_row).collect::<Vec<_>>());
            let mut signatures: BTreeMap<usize, (usize, Vec<(usize, usize)>)> = colours
                .iter()
                .map(|(&label, &colour)| (label, (colour, Vec::new())))
                .collect();
            for (&row, colour) in rows.iter().zip(&row_colours) {
                for (place, label) in self.rows[row].1.iter().enumerate() {
                    if let Some((_, places)) = signatures.get_mut(label) {
                        places.push((*colour, place));
                    }
                }
            }
            let mut signatures: Vec<_> = signatures.into_values().collect();
            signatures
                .iter_mut()
                .for_each(|(_, places)| places.sort_unstable());
            let (new, new_count) = ranks(&signatures);
            for (colour, new) in colours.values_mut().zip(new) {
                *colour = new;
            }
            if new_count == count {
                return;
            }
            count = new_count;
        }
    }

    /// A row by its text and by the colours and names of its labels.
    fn signature(&self, row: usize, colours: &Colours, names: &Names) -> Signature {
        let (text, labels) = self.rows[row];
        let of_label = |label: &usize| (colours.get(label).copied(), names.get(label).copied());
        (text, labels.iter().map(of_label).collect())
    }

    fn coloured_form(&self, colours: &Colours) -> String {
        let line = |row: usize| {
            let (text, labels) = self.rows[row];
            let colours: Vec<usize> = labels.iter().map(|label| colours[label]).collect();
            format!("{}{colours:?}\n", self.texts[text])
        };
        let mut lines: Vec<String> = (0..self.rows.len()).map(line).collect();
        lines.sort_unstable();
        lines.concat()
    }

    /// The least form of these rows. `colours` are refined; `names` has the labels that
    /// are told apart from all others already.
    fn form(
        &self,
        rows: &[usize],
        colours: Colours,
        names: &Names,
        left: &mut usize,
    ) -> Option<String> {
        *left = left.checked_sub(rows.len())?;
        let mut sizes: BTreeMap<usize, usize> = BTreeMap::new();
        for colour in colours.values() {
            *sizes.entry(*colour).or_default() += 1;
        }
        let mut names = names.clone();
        let depth = names.len();
        let (alone, alike): (Colours, Colours) = colours
            .into_iter()
            .partition(|(_, colour)| sizes[colour] == 1);
        for (label, colour) in alone {
            names.insert(label, (depth, colour));
        }
        let (fixed, groups) = self.groups(rows, &alike);
        let mut lines: Vec<String> = fixed.iter().map(|&row| self.line(row, &names)).collect();
        lines.sort_unstable();
        let mut forms = Vec::new();
        for (rows, colours) in groups {
            forms.push(self.least(&rows, &colours, &names, left)?);
        }
        forms.sort_unstable();
        Some(format!("{}{{{}}}", lines.concat(), forms.join("|")))
    }

    fn line(&self, row: usize, names: &Names) -> String {
        let (text, labels) = self.rows[row];
        let names: Vec<Name> = labels.iter().map(|label| names[label]).collect();
        format!("{}{names:?}\n", self.texts[text])
    }

    /// The rows without labels that look alike, and the groups of the others that no
    /// such label connects.
    fn groups(&self, rows: &[usize], alike: &Colours) -> (Vec<usize>, Vec<(Vec<usize>, Colours)>) {
        let mut group_of: BTreeMap<usize, usize> = alike.keys().map(|&l| (l, l)).collect();
        let own = |row: usize| self.rows[row].1.iter().filter(|l| alike.contains_key(l));
        for &row in rows {
            let groups: Vec<usize> = own(row).map(|label| group_of[label]).collect();
            if let Some(&least) = groups.iter().min() {
                for group in group_of.values_mut().filter(|group| groups.contains(group)) {
                    *group = least;
                }
            }
        }
        let mut fixed = Vec::new();
        let mut groups: BTreeMap<usize, (Vec<usize>, Colours)> = BTreeMap::new();
        for &row in rows {
            match own(row).next() {
                Some(label) => groups.entry(group_of[label]).or_default().0.push(row),
                None => fixed.push(row),
            }
        }
        for (label, group) in group_of {
            groups
                .entry(group)
                .or_default()
                .1
                .insert(label, alike[&label]);
        }
        (fixed, groups.into_values().collect())
    }

    /// Tries each label of the first colour that several have.
    fn least(
        &self,
        rows: &[usize],
        colours: &Colours,
        names: &Names,
        left: &mut usize,
    ) -> Option<String> {
        // A colour is had by one label of this group, and by others of other groups.
        let first = first_of_several(colours);
        let candidates = colours.iter().filter(|(_, colour)| Some(**colour) == first);
        let mut least: Option<String> = None;
        for (&label, _) in candidates {
            let mut tried: Colours = colours.iter().map(|(&l, &c)| (l, 2 * c + 1)).collect();
            tried.insert(label, 2 * colours[&label]);
            self.refine(rows, &mut tried, names);
            let form = self.form(rows, tried, names, left)?;
            least = Some(least.map_or(form.clone(), |least| least.min(form)));
        }
        match first {
            Some(_) => least,
            None => self.form(rows, colours.clone(), names, left),
        }
    }
}

fn first_of_several(colours: &Colours) -> Option<usize> {
    let mut sorted: Vec<usize> = colours.values().copied().collect();
    sorted.sort_unstable();
    let pair = sorted.windows(2).find(|pair| pair[0] == pair[1]);
    pair.map(|pair| pair[0])
}

/// The rank of each value among the distinct ones, and how many those are.
fn ranks<T: Ord + Clone>(values: &[T]) -> (Vec<usize>, usize) {
    let mut distinct = values.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let rank = |value: &T| distinct.partition_point(|other| other < value);
    (values.iter().map(rank).collect(), distinct.len())
}
