//! The names of the columns that a statement answers, as far as its text tells.

use super::lexer::{SqlToken, TokenKind};

/// The columns of a statement's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AnswerColumns {
    /// The names that are known.
    pub(super) names: Vec<String>,
    /// Whether there are no others.
    pub(super) is_whole: bool,
}

impl AnswerColumns {
    /// Of the words of a statement, comments left out.
    pub(super) fn of(text: &str, tokens: &[SqlToken]) -> Self {
        let Some(list) = list(text, tokens) else {
            return Self {
                names: Vec::new(),
                is_whole: false,
            };
        };
        let names: Vec<Option<String>> = items(list).map(|item| name(text, item)).collect();
        Self {
            is_whole: names.iter().all(Option::is_some),
            names: names.into_iter().flatten().collect(),
        }
    }
}

/// The tokens of the list behind RETURNING, or behind the first SELECT that stands in no
/// parentheses.
fn list<'t>(text: &str, tokens: &'t [SqlToken]) -> Option<&'t [SqlToken]> {
    let depths = depths(tokens);
    let outer = |word: &str| {
        let at = |(nth, token): (usize, &SqlToken)| {
            let is_name = nth > 0 && tokens[nth - 1].is_symbol('.');
            depths[nth] == 0 && token.is_word(text, word) && !is_name
        };
        tokens.iter().enumerate().position(at)
    };
    let start = outer("returning").or_else(|| outer("select"))? + 1;
    let ends = [
        "from",
        "where",
        "group",
        "having",
        "window",
        "union",
        "intersect",
        "except",
        "order",
        "limit",
        "offset",
        "fetch",
        "for",
        "into",
    ];
    let is_end = |nth: &usize| {
        let token = &tokens[*nth];
        // `IS DISTINCT FROM` and a name behind a point end no list.
        let before = &tokens[nth - 1];
        let goes_on = before.is_symbol('.') || before.is_word(text, "distinct");
        depths[*nth] == 0 && !goes_on && ends.iter().any(|end| token.is_word(text, end))
    };
    let end = (start..tokens.len()).find(is_end).unwrap_or(tokens.len());
    let list = &tokens[start..end];
    match list.first() {
        Some(first) if first.is_word(text, "all") => Some(&list[1..]),
        Some(first) if first.is_word(text, "distinct") => {
            let has_on = list.get(1).is_some_and(|token| token.is_word(text, "on"));
            (!has_on).then(|| &list[1..])
        }
        first => first.map(|_| list),
    }
}

/// How many parentheses are open around each token.
fn depths(tokens: &[SqlToken]) -> Vec<i32> {
    let mut depth = 0;
    let mut around = |token: &SqlToken| match token.kind {
        TokenKind::Symbol('(' | '[') => {
            depth += 1;
            depth
        }
        TokenKind::Symbol(')' | ']') => {
            depth -= 1;
            depth + 1
        }
        _ => depth,
    };
    tokens.iter().map(&mut around).collect()
}

fn items(list: &[SqlToken]) -> impl Iterator<Item = &[SqlToken]> {
    let depths = depths(list);
    let mut nth = 0;
    list.split(move |token| {
        let splits = token.is_symbol(',') && depths[nth] == 0;
        nth += 1;
        splits
    })
}

/// The name of one item: behind AS, of a column, or of a function that is all of it.
fn name(text: &str, item: &[SqlToken]) -> Option<String> {
    if let [.., before, last] = item
        && before.is_word(text, "as")
    {
        return identifier(text, last);
    }
    let casts = item.iter().position(|token| token.kind == TokenKind::Cast);
    let is_simple_cast = |casts: usize| item.len() == casts + 2;
    let item = match casts {
        Some(casts) if is_simple_cast(casts) => &item[..casts],
        Some(_) => return None,
        None => item,
    };
    let path = item
        .iter()
        .take_while(|token| {
            matches!(token.kind, TokenKind::Word | TokenKind::QuotedName) || token.is_symbol('.')
        })
        .count();
    let (path, rest) = item.split_at(path);
    let alternates = path.iter().enumerate();
    let is_path = path.len() % 2 == 1
        && alternates
            .into_iter()
            .all(|(nth, token)| token.is_symbol('.') == (nth % 2 == 1));
    (is_path && (rest.is_empty() && !is_keyword(text, path) || is_call(rest)))
        .then(|| identifier(text, path.last()?))
        .flatten()
}

/// A word that is no column although it stands alone.
fn is_keyword(text: &str, path: &[SqlToken]) -> bool {
    let words = [
        "null", "true", "false", "case", "exists", "array", "row", "not",
    ];
    path.len() == 1 && words.iter().any(|word| path[0].is_word(text, word))
}

/// Whether it is the parentheses of one call.
fn is_call(rest: &[SqlToken]) -> bool {
    let depths = depths(rest);
    let closes = |(token, depth): (&SqlToken, &i32)| token.is_symbol(')') && *depth == 1;
    rest.first().is_some_and(|first| first.is_symbol('('))
        && rest.iter().zip(&depths).position(closes) == Some(rest.len() - 1)
}

/// As the server names the column: in small letters, unless it is quoted.
fn identifier(text: &str, token: &SqlToken) -> Option<String> {
    let written = token.text(text);
    match token.kind {
        TokenKind::Word => Some(written.to_ascii_lowercase()),
        TokenKind::QuotedName if written.starts_with('"') => {
            Some(written[1..written.len() - 1].replace("\"\"", "\""))
        }
        _ => None,
    }
}
