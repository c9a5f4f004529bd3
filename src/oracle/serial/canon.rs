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

/// So many colourings are tried for one end.
const COLOURINGS_MAX: usize = 2_000;

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
    let mut left = COLOURINGS_MAX;
    let form = graph.form(&all, colours, &HashMap::new(), &mut left);
    Canon {
        coloured,
        exact: form.map(|form| digest(&form)),
    }
}

fn edge(row: &super::picture::RowPicture<'_>) -> Edge {
    let mut text = format!("{:?} {:?}", row.part.0, row.part.1);
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
type Names = HashMap<usize, String>;

struct Graph<'p> {
    rows: Vec<(usize, &'p [usize])>,
    texts: &'p [&'p str],
}

impl Graph<'_> {
    /// Splits colours until none splits any more. Colours keep their sequence.
    fn refine(&self, rows: &[usize], colours: &mut Colours, names: &Names) {
        let mut count = ranked(colours.values().copied()).len();
        loop {
            let row_colours = ranked(rows.iter().map(|&row| self.signature(row, colours, names)));
            let mut places: BTreeMap<usize, Vec<(usize, usize)>> = BTreeMap::new();
            for &row in rows {
                let colour = row_colours[&self.signature(row, colours, names)];
                for (place, label) in self.rows[row].1.iter().enumerate() {
                    if colours.contains_key(label) {
                        places.entry(*label).or_default().push((colour, place));
                    }
                }
            }
            let signature = |(label, colour): (&usize, &usize)| {
                let mut places = places.get(label).cloned().unwrap_or_default();
                places.sort_unstable();
                (*label, (*colour, places))
            };
            let signatures: BTreeMap<usize, _> = colours.iter().map(signature).collect();
            let ranks = ranked(signatures.values().cloned());
            for (label, signature) in &signatures {
                colours.insert(*label, ranks[signature]);
            }
            if ranks.len() == count {
                return;
            }
            count = ranks.len();
        }
    }

    /// A row by its text and the colours of its labels; labels that have a name already
    /// tell rows apart by it.
    fn signature<'n>(
        &self,
        row: usize,
        colours: &Colours,
        names: &'n Names,
    ) -> (usize, Vec<(Option<usize>, Option<&'n str>)>) {
        let (text, labels) = self.rows[row];
        let name = |label: &usize| names.get(label).map(String::as_str);
        let of_label = |label: &usize| (colours.get(label).copied(), name(label));
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
        *left = left.checked_sub(1)?;
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
            names.insert(label, format!("{depth}.{colour}"));
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
        let names: Vec<&str> = labels.iter().map(|label| &*names[label]).collect();
        format!("{}[{}]\n", self.texts[text], names.join(","))
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

/// Each distinct value with its rank.
fn ranked<T: Ord>(values: impl Iterator<Item = T>) -> BTreeMap<T, usize> {
    let mut values: Vec<T> = values.collect();
    values.sort_unstable();
    values.dedup();
    values
        .into_iter()
        .enumerate()
        .map(|(rank, value)| (value, rank))
        .collect()
}
