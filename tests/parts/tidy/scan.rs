//! Rust source taken apart just far enough: what is code, what is a comment,
//! what stands in a string.

/// A source file in two layers.
pub struct Scan {
    /// The source with every comment blanked and every string emptied; lines
    /// and columns of the rest are where they were.
    pub code: String,
    /// Every string literal with its line, counted from 1.
    pub strings: Vec<(usize, String)>,
}

/// Takes a source apart.
pub fn scan(source: &str) -> Scan {
    let mut scanner = Scanner {
        rest: source,
        scan: Scan {
            code: String::with_capacity(source.len()),
            strings: Vec::new(),
        },
    };
    while !scanner.rest.is_empty() {
        scanner.step();
    }
    scanner.scan
}

/// The line of a byte of `text`, counted from 1.
pub fn line_at(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

/// The word that a text begins with.
pub fn word(text: &str) -> &str {
    &text[..text.find(|c| !is_of_word(c)).unwrap_or(text.len())]
}

pub fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

struct Scanner<'s> {
    rest: &'s str,
    scan: Scan,
}

impl Scanner<'_> {
    fn step(&mut self) {
        let after_word = self
            .scan
            .code
            .ends_with(|c: char| c.is_alphanumeric() || c == '_');
        if self.rest.starts_with("//") {
            let end = self.rest.find('\n').unwrap_or(self.rest.len());
            self.blank(end);
        } else if self.rest.starts_with("/*") {
            self.blank(block_comment(self.rest));
        } else if self.rest.starts_with('"') {
            self.string(1, "\"", true);
        } else if let Some(hashes) = raw_string(self.rest).filter(|_| !after_word) {
            let end = format!("\"{}", "#".repeat(hashes));
            let open = self.rest.find('"').expect("checked") + 1;
            self.string(open, &end, false);
        } else if let Some(length) = char_literal(self.rest) {
            self.blank(length);
        } else {
            let next = self.rest.chars().next().expect("not empty");
            self.scan.code.push(next);
            self.rest = &self.rest[next.len_utf8()..];
        }
    }

    /// Replaces `length` bytes by blanks; line ends stay.
    fn blank(&mut self, length: usize) {
        let (gone, rest) = self.rest.split_at(length);
        let blanks = gone.chars().map(|c| if c == '\n' { '\n' } else { ' ' });
        self.scan.code.extend(blanks);
        self.rest = rest;
    }

    /// Takes a literal that opens with `open` bytes and closes with `close`.
    fn string(&mut self, open: usize, close: &str, escapes: bool) {
        let mut end = open;
        while end < self.rest.len() && !self.rest[end..].starts_with(close) {
            let next = self.rest[end..].chars().next().expect("not at the end");
            end += next.len_utf8();
            if escapes && next == '\\' {
                let escaped = self.rest[end..].chars().next();
                end += escaped.map_or(0, char::len_utf8);
            }
        }
        let line = line_at(&self.scan.code, self.scan.code.len());
        let text = self.rest[open..end].to_owned();
        self.scan.strings.push((line, text));
        self.blank((end + close.len()).min(self.rest.len()));
    }
}

/// Bytes of a block comment; they nest.
fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        let step = match &text[at..] {
            rest if rest.starts_with("/*") => {
                depth += 1;
                2
            }
            rest if rest.starts_with("*/") => {
                depth -= 1;
                2
            }
            rest => rest.chars().next().map_or(1, char::len_utf8),
        };
        at += step;
        if depth == 0 {
            break;
        }
    }
    at
}

/// The number of hashes of a raw string that begins here: `r"`, `br#"`.
fn raw_string(text: &str) -> Option<usize> {
    let text = text.strip_prefix('b').unwrap_or(text).strip_prefix('r')?;
    let hashes = text.len() - text.trim_start_matches('#').len();
    text[hashes..].starts_with('"').then_some(hashes)
}

/// Bytes of a character literal that begins here; a lifetime is none.
fn char_literal(text: &str) -> Option<usize> {
    let inside = text.strip_prefix('\'')?;
    if let Some(escape) = inside.strip_prefix('\\') {
        let after = escape.chars().next()?.len_utf8();
        return escape[after..]
            .find('\'')
            .map(|end| 1 + 1 + after + end + 1);
    }
    let length = inside.chars().next()?.len_utf8();
    inside[length..].starts_with('\'').then_some(1 + length + 1)
}

#[test]
fn code_comments_and_strings_are_told_apart() {
    let source = r##"a /* x /* y */ "no" */ b // "no"
let s = "one \" // two"; let c = '"'; let r = r#"raw " too"#; fn f<'a>(x: &'a str) {}
let n = '\n'; let q = '\''; bar"three""##;
    let scan = scan(source);
    let strings: Vec<(usize, &str)> = scan.strings.iter().map(|(n, s)| (*n, s.as_str())).collect();
    assert_eq!(
        strings,
        [(2, "one \\\" // two"), (2, "raw \" too"), (3, "three")]
    );
    let first = scan.code.lines().next().expect("a line");
    assert_eq!(first.split_whitespace().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(first.len(), source.lines().next().expect("a line").len());
    assert!(
        scan.code.contains("fn f<'a>(x: &'a str) {}"),
        "{}",
        scan.code
    );
    assert!(
        !scan.code.contains("no") && !scan.code.contains('"'),
        "{}",
        scan.code
    );
    assert_eq!(scan.code.lines().count(), source.lines().count());
}
