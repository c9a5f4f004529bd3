//! The sources that rules are held against, and how their offences are told.

use std::fs;
use std::path::Path;

use super::scan::{Scan, scan};

/// A source file.
pub struct Source {
    /// From the root of the repository, with `/`.
    pub path: String,
    pub text: String,
    pub lines: usize,
    pub scan: Scan,
}

impl Source {
    pub fn new(path: &str, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
            lines: text.lines().count(),
            scan: scan(text),
        }
    }

    /// The module's name: the file's, or the directory's for `mod.rs`.
    pub fn name(&self) -> &str {
        let path = self
            .path
            .trim_end_matches("/mod.rs")
            .trim_end_matches(".rs");
        path.rsplit('/').next().unwrap_or(path)
    }

    /// The top-level module that it belongs to; the roots belong to none.
    pub fn module(&self) -> Option<String> {
        let below = self.path.strip_prefix("src/")?;
        let first = below.split('/').next()?.trim_end_matches(".rs");
        let is_root = matches!(first, "lib" | "main");
        (!is_root).then(|| first.to_owned())
    }

    /// Where `mod name;` for this file may stand.
    pub fn possible_parents(&self) -> Vec<String> {
        let own = self
            .path
            .trim_end_matches("/mod.rs")
            .trim_end_matches(".rs");
        let Some((parent, _)) = own.rsplit_once('/') else {
            return Vec::new();
        };
        match parent {
            "src" => vec!["src/lib.rs".into(), "src/main.rs".into()],
            dir => vec![
                format!("{dir}/mod.rs"),
                format!("{dir}.rs"),
                format!("{dir}/main.rs"),
            ],
        }
    }

    pub fn at(&self, line: usize, offence: &str) -> String {
        format!("{}:{line}: {offence}", self.path)
    }
}

/// Every source under `src/`.
pub fn sources() -> Vec<Source> {
    sources_in("src")
}

/// Every source under this directory.
pub fn sources_in(directory: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    read(root, &root.join(directory), &mut found);
    // A check of nothing would pass.
    assert!(found.len() > 30, "only {} sources", found.len());
    found
}

fn read(root: &Path, directory: &Path, found: &mut Vec<Source>) {
    for entry in fs::read_dir(directory).expect("readable") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            read(root, &path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("UTF-8");
            let name = path.strip_prefix(root).expect("below the root");
            found.push(Source::new(&name.to_string_lossy(), &text));
        }
    }
}

pub fn below<'s>(sources: &'s [Source], directory: &str) -> Vec<&'s Source> {
    let found: Vec<&Source> = sources
        .iter()
        .filter(|source| source.path.starts_with(directory))
        .collect();
    assert!(!found.is_empty(), "nothing below {directory}");
    found
}

/// Fails with every offence on a line of its own.
#[track_caller]
pub fn assert_none(offences: &[String]) {
    assert!(offences.is_empty(), "\n{}", offences.join("\n"));
}
