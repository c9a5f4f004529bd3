//! Which file uses which, and the circles in it.
//!
//! A name counts for the file that defines it: what a `mod.rs` only passes on
//! (`pub use`) leads to the file behind it, and declaring a module is no use of it.

use std::collections::{BTreeMap, BTreeSet};

use syn::visit::{self, Visit};
use syn::{Attribute, File, Item, ItemMod, ItemUse, Macro, Meta, UseTree};

use super::scan::scan;
use super::source::{Source, assert_none, sources};

/// A path from the root of the crate.
type Path = Vec<String>;

/// What one file says: its imports by the name that they have here, and every path
/// that it names.
struct Said {
    module: Path,
    imports: BTreeMap<String, Path>,
    named: BTreeSet<Path>,
    /// Types that it defines.
    types: BTreeSet<String>,
}

/// The files of a crate, by module.
struct Uses {
    said: BTreeMap<Path, Said>,
    files: BTreeMap<Path, String>,
}

impl Uses {
    /// Reads sources; those of tests within them are left out.
    pub fn of(sources: &[Source]) -> Self {
        let (mut said, mut files) = (BTreeMap::new(), BTreeMap::new());
        for source in sources {
            let module = module(&source.path);
            let file = syn::parse_file(&source.text).expect("it compiles");
            files.insert(module.clone(), source.path.clone());
            said.insert(module.clone(), Said::of(&file, module));
        }
        Self { said, files }
    }

    /// The file behind a path, with the item of it that is named.
    fn behind(&self, path: &[String]) -> Option<(&Path, Option<String>)> {
        let known = |n: usize| self.said.get_key_value(&path[..n]);
        let (module, said) = (0..=path.len()).rev().find_map(known)?;
        let Some(item) = path.get(module.len()) else {
            return Some((module, None));
        };
        match said.imports.get(item) {
            Some(other) if other.as_slice() != path => {
                let rest = &path[module.len() + 1..];
                let onward = [other.as_slice(), rest].concat();
                self.behind(&onward)
            }
            _ => Some((module, Some(item.clone()))),
        }
    }

    /// Every use of an item of another file: the user, the used one, the item.
    fn all(&self) -> BTreeSet<(&Path, &Path, String)> {
        let mut uses = BTreeSet::new();
        for (module, said) in &self.said {
            for path in &said.named {
                if let Some((other, Some(item))) = self.behind(path)
                    && other != module
                {
                    uses.insert((module, other, item));
                }
            }
        }
        uses
    }

    fn edges(&self) -> BTreeMap<&Path, BTreeSet<&Path>> {
        let mut edges: BTreeMap<&Path, BTreeSet<&Path>> = BTreeMap::new();
        for (from, to, _) in self.all() {
            edges.entry(from).or_default().insert(to);
        }
        edges
    }

    /// Every group of files of which each leads to each.
    pub fn circles(&self) -> Vec<String> {
        let edges = self.edges();
        let reached: BTreeMap<&Path, BTreeSet<&Path>> = self
            .said
            .keys()
            .map(|from| (from, reached(from, &edges)))
            .collect();
        let mut groups = BTreeSet::new();
        for (from, others) in &reached {
            let group: Vec<&str> = others
                .iter()
                .filter(|other| reached[**other].contains(from))
                .map(|module| self.files[*module].as_str())
                .collect();
            if group.len() > 1 {
                groups.insert(group.join(", "));
            }
        }
        groups.into_iter().collect()
    }

    /// Every child that uses a type that its parent's `mod.rs` defines.
    pub fn children_that_look_up(&self) -> Vec<String> {
        let uses = self.all().into_iter();
        let up = uses.filter(|(from, to, item)| {
            from.starts_with(to) && !to.is_empty() && self.said[*to].types.contains(item)
        });
        up.map(|(from, to, item)| format!("{} uses {item} of {}", self.files[from], self.files[to]))
            .collect()
    }
}

fn reached<'p>(
    from: &'p Path,
    edges: &BTreeMap<&'p Path, BTreeSet<&'p Path>>,
) -> BTreeSet<&'p Path> {
    let mut found = BTreeSet::new();
    let mut left = vec![from];
    while let Some(next) = left.pop() {
        for other in edges.get(next).into_iter().flatten() {
            if found.insert(*other) {
                left.push(other);
            }
        }
    }
    found
}

/// `src/a/b/mod.rs` and `src/a/b.rs` are the module `a::b`.
fn module(path: &str) -> Path {
    let below = path.trim_start_matches("src/").trim_end_matches(".rs");
    let below = below.trim_end_matches("/mod");
    let names = below
        .split('/')
        .filter(|name| !matches!(*name, "lib" | "main"));
    names.map(str::to_owned).collect()
}

impl Said {
    fn of(file: &File, module: Path) -> Self {
        let mut said = Self {
            module,
            imports: BTreeMap::new(),
            named: BTreeSet::new(),
            types: BTreeSet::new(),
        };
        for item in &file.items {
            match item {
                Item::Use(item) => {
                    for (name, path) in said.imported(&item.tree) {
                        said.imports.insert(name, path);
                    }
                }
                Item::Mod(item) if item.content.is_none() => {
                    let path = said.below(&item.ident.to_string());
                    said.imports.insert(item.ident.to_string(), path);
                }
                Item::Struct(item) => said.define(&item.ident),
                Item::Enum(item) => said.define(&item.ident),
                Item::Trait(item) => said.define(&item.ident),
                Item::Type(item) => said.define(&item.ident),
                _ => {}
            }
        }
        said.visit_file(file);
        said
    }

    /// A private type too: a child sees what its parent has.
    fn define(&mut self, name: &syn::Ident) {
        self.types.insert(name.to_string());
    }

    fn below(&self, name: &str) -> Path {
        [self.module.as_slice(), &[name.to_owned()]].concat()
    }

    /// Each name that a tree of imports brings, with its path from the root.
    fn imported(&self, tree: &UseTree) -> Vec<(String, Path)> {
        let mut found = Vec::new();
        spread(tree, &mut Vec::new(), &mut found);
        let absolute = |(name, path): (String, Path)| Some((name, self.absolute(&path)?));
        found.into_iter().filter_map(absolute).collect()
    }

    /// From the root; `None` for what is of another crate, or of the language.
    fn absolute(&self, path: &[String]) -> Option<Path> {
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => Some(rest.to_vec()),
            "self" => Some([self.module.as_slice(), rest].concat()),
            "super" => {
                let ups = path.iter().take_while(|name| *name == "super").count();
                let kept = self.module.len().checked_sub(ups)?;
                Some([&self.module[..kept], &path[ups..]].concat())
            }
            name => {
                let import = self.imports.get(name)?;
                Some([import.as_slice(), rest].concat())
            }
        }
    }
}

/// Every leaf of a tree of imports, as it is written.
fn spread(tree: &UseTree, before: &mut Path, found: &mut Vec<(String, Path)>) {
    let with = |before: &Path, name: String| {
        let mut path = before.clone();
        if name != "self" || before.is_empty() {
            path.push(name);
        }
        path
    };
    match tree {
        UseTree::Path(tree) => {
            before.push(tree.ident.to_string());
            spread(&tree.tree, before, found);
            before.pop();
        }
        UseTree::Name(tree) => {
            let path = with(before, tree.ident.to_string());
            let name = path.last().cloned().unwrap_or_default();
            found.push((name, path));
        }
        UseTree::Rename(tree) => {
            let path = with(before, tree.ident.to_string());
            found.push((tree.rename.to_string(), path));
        }
        UseTree::Group(tree) => tree.items.iter().for_each(|t| spread(t, before, found)),
        UseTree::Glob(_) => {}
    }
}

pub fn is_of_tests(attributes: &[Attribute]) -> bool {
    let is = |attribute: &Attribute| match &attribute.meta {
        Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string() == "test",
        _ => false,
    };
    attributes.iter().any(is)
}

impl<'ast> Visit<'ast> for Said {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        // What a module within a file says is said by the file; `super` in it is
        // the file itself, which leads nowhere else.
        if !is_of_tests(&item.attrs) && item.content.is_none() {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        // Passing a name on is no use of it.
        if matches!(item.vis, syn::Visibility::Inherited) {
            let paths = self.imported(&item.tree);
            self.named.extend(paths.into_iter().map(|(_, path)| path));
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names = path.segments.iter().map(|s| s.ident.to_string());
        let names: Vec<String> = names.collect();
        if let Some(path) = self.absolute(&names) {
            self.named.insert(path);
        }
        visit::visit_path(self, path);
    }

    /// What a macro is called with is no syntax yet: there every path counts that
    /// its words spell.
    fn visit_macro(&mut self, call: &'ast Macro) {
        let text = scan(&call.tokens.to_string()).code.replace(" :: ", "::");
        let is_of_path = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':');
        for path in text.split(|c| !is_of_path(c)) {
            let names: Vec<String> = path.split("::").map(str::to_owned).collect();
            if let Some(path) = self.absolute(&names) {
                self.named.insert(path);
            }
        }
        visit::visit_macro(self, call);
    }
}

#[test]
fn no_file_leads_back_to_itself() {
    assert_none(&Uses::of(&sources()).circles());
}

#[test]
fn no_child_looks_up() {
    assert_none(&Uses::of(&sources()).children_that_look_up());
}

/// Passed on by a `mod.rs`, a name counts for the file behind it.
#[test]
fn a_circle_is_found() {
    let planted = |texts: &[(&str, &str)]| {
        let sources: Vec<Source> = texts.iter().map(|(p, t)| Source::new(p, t)).collect();
        Uses::of(&sources).circles()
    };
    let facade = (
        "src/a/mod.rs",
        "mod one; mod two; pub use one::One; pub use two::Two;",
    );
    let one = ("src/a/one.rs", "use super::two::Two; pub struct One(Two);");
    let two = |text| ("src/a/two.rs", text);
    assert_none(&planted(&[facade, one, two("pub struct Two;")]));
    let circle = ["src/a/one.rs, src/a/two.rs"];
    for text in [
        "use super::One; pub struct Two(One);",
        "use crate::a::One; pub struct Two;",
        "use super::one::{self}; pub struct Two; fn f() { one::One; }",
        "pub struct Two; fn f(_: &crate::a::one::One) {}",
        "use super::one; pub struct Two; fn f() { html! { (one::draw(\"x\")) } }",
        "pub struct Two; fn f() { m!(a, super::one::draw); }",
        "use super::{one as first}; pub struct Two; impl Two { fn f(_: first::One) {} }",
    ] {
        assert_eq!(planted(&[facade, one, two(text)]), circle, "{text}");
    }
    // Prose, strings and tests lead nowhere.
    for text in [
        "// super::One\npub struct Two;",
        "pub struct Two; #[cfg(test)] mod tests { use super::super::One; }",
        "pub struct Two; const S: &str = \"super::One\";",
        "pub struct Two; fn f() { m!(\"super::one::draw\"); }",
    ] {
        assert_none(&planted(&[facade, one, two(text)]));
    }
}

#[test]
fn a_child_that_looks_up_is_found() {
    let parent = "mod child; pub struct Up; pub fn up() {}";
    let planted = |child: &str| {
        let sources = [
            Source::new("src/a/mod.rs", parent),
            Source::new("src/a/child.rs", child),
        ];
        Uses::of(&sources).children_that_look_up()
    };
    let offence = ["src/a/child.rs uses Up of src/a/mod.rs"];
    assert_eq!(planted("use super::Up;"), offence);
    assert_eq!(planted("fn f() -> crate::a::Up { todo() }"), offence);
    assert_none(&planted("use super::up; pub struct Up;"));
    let private = [
        Source::new("src/a/mod.rs", "mod child; struct Up; type Also = u8;"),
        Source::new("src/a/child.rs", "use super::Up; fn f(_: super::Also) {}"),
    ];
    assert_eq!(Uses::of(&private).children_that_look_up().len(), 2);
}
