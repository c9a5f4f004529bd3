//! Which rows a statement reads, as far as its words tell. What is not understood has read
//! nothing: then a race may have no name, and never a wrong one.

/// A table that a statement reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SeenTable {
    /// As the statement calls it, without its schema.
    pub(super) table: String,
    /// Columns that must have a value, each with it.
    pub(super) where_equal: Vec<(String, String)>,
    /// It is read within the statement, and not by what the statement changes or locks.
    pub(super) is_within: bool,
    /// The statement changes or removes its rows.
    pub(super) is_changed: bool,
    /// What it does with them depends on more than on what names them.
    pub(super) is_read: bool,
}

/// A word of SQL, lower case; a literal in its own words.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Literal(String),
    Mark(char),
}

/// A token with how many parentheses are open around it.
type Placed = (Token, usize);

/// The tables that a statement reads before it changes anything, and the one that it changes.
pub(super) fn seen_tables(sql: &str) -> Vec<SeenTable> {
    let tokens = placed(tokens(sql));
    let word = |at: usize| match tokens.get(at) {
        Some((Token::Word(word), _)) => word.as_str(),
        _ => "",
    };
    let mut seen = Vec::new();
    for at in 0..tokens.len() {
        let name_at = match word(at) {
            "from" | "join" if word(at + 1) == "only" => at + 2,
            "from" | "join" => at + 1,
            "update" if is_of_update(&tokens, at) => at + 1,
            _ => continue,
        };
        // `IS DISTINCT FROM`, and what takes a piece of a text.
        if word(at.wrapping_sub(1)) == "distinct" || word(name_at).is_empty() {
            continue;
        }
        let is_schema = tokens.get(name_at + 1) == Some(&(Token::Mark('.'), tokens[name_at].1));
        let table = word(if is_schema { name_at + 2 } else { name_at }).to_owned();
        let depth = tokens[at].1;
        let where_equal = conditions(&tokens, at, depth);
        let is_update = word(at) == "update";
        let is_delete = word(at.wrapping_sub(1)) == "delete";
        seen.push(SeenTable {
            table,
            is_read: !is_update || depends_on_row(&tokens, at, &where_equal),
            where_equal,
            is_within: depth > 0,
            is_changed: is_update || is_delete,
        });
    }
    seen
}

/// Whether it changes rows that were there, or removes them.
pub(super) fn changes_rows(sql: &str) -> bool {
    let tokens = placed(tokens(sql));
    let is_change = |at: usize| match &tokens[at] {
        (Token::Word(word), 0) => word == "delete" || word == "update" && is_of_update(&tokens, at),
        _ => false,
    };
    (0..tokens.len()).any(is_change)
}

/// Whether a statement reads what it then locks, and so waits until it may.
pub(super) fn locks_rows(sql: &str) -> bool {
    let tokens = placed(tokens(sql));
    tokens.iter().any(|(token, depth)| {
        let is = |word: &str| *token == Token::Word(word.into());
        *depth == 0 && (is("update") || is("delete") || is("share"))
    })
}

/// `UPDATE t`, and not `FOR UPDATE`, `FOR NO KEY UPDATE` or `DO UPDATE`.
fn is_of_update(tokens: &[Placed], at: usize) -> bool {
    let before = at.checked_sub(1).map(|before| &tokens[before].0);
    !matches!(before, Some(Token::Word(word)) if ["for", "key", "do"].contains(&word.as_str()))
}

/// Whether what an UPDATE writes, or whether it writes at all, depends on more of the row than
/// on what names it: `SET stock = stock - 1`.
fn depends_on_row(tokens: &[Placed], at: usize, where_equal: &[(String, String)]) -> bool {
    let depth = tokens[at].1;
    let own: Vec<&Token> = tokens[at..]
        .iter()
        .filter(|(_, at)| *at == depth)
        .map(|(token, _)| token)
        .collect();
    let is = |token: &Token, word: &str| *token == Token::Word(word.into());
    let set = own.iter().position(|token| is(token, "set"));
    let ends = own.iter().position(|token| is(token, "where"));
    let ends = ends.unwrap_or(own.len());
    let set = set.map_or(&[][..], |set| &own[(set + 1).min(ends)..ends]);
    // Columns stand before `=`; every other word is one that is read.
    let reads = set.windows(2).any(|pair| {
        matches!(pair, [Token::Mark(_), Token::Word(word)] if !["true", "false", "null", "default"].contains(&word.as_str()))
            && pair[0] != &Token::Mark(',')
    });
    let conditions = own[ends..].iter().filter(|token| is(token, "and"));
    reads || conditions.count() + 1 > where_equal.len().max(1)
}

/// `column = value`, one behind the other with AND, in the WHERE that follows; none where there
/// is an OR.
fn conditions(tokens: &[Placed], from: usize, depth: usize) -> Vec<(String, String)> {
    let own = tokens[from..].iter().take_while(|(_, at)| *at >= depth);
    let own: Vec<&Token> = own
        .filter(|(_, at)| *at == depth)
        .map(|(token, _)| token)
        .collect();
    let is = |token: &&Token, word: &str| **token == Token::Word(word.into());
    let Some(begins) = own.iter().position(|token| is(token, "where")) else {
        return Vec::new();
    };
    let ends = |token: &&Token| {
        [
            "order",
            "group",
            "limit",
            "for",
            "returning",
            "having",
            "union",
        ]
        .iter()
        .any(|word| is(token, word))
    };
    let own = &own[begins + 1..];
    let own = &own[..own.iter().position(ends).unwrap_or(own.len())];
    if own.iter().any(|token| is(token, "or")) {
        return Vec::new();
    }
    let pair = |clause: &[&Token]| match clause {
        [
            ..,
            Token::Word(column),
            Token::Mark('='),
            Token::Literal(value),
        ] if clause.len() <= 5 => Some((column.clone(), value.clone())),
        [
            Token::Literal(value),
            Token::Mark('='),
            ..,
            Token::Word(column),
        ] if clause.len() <= 5 => Some((column.clone(), value.clone())),
        _ => None,
    };
    own.split(|token| is(token, "and"))
        .filter_map(pair)
        .collect()
}

fn placed(tokens: Vec<Token>) -> Vec<Placed> {
    let mut depth = 0_usize;
    let place = |token: Token| {
        if token == Token::Mark(')') {
            depth = depth.saturating_sub(1);
        }
        let at = depth;
        if token == Token::Mark('(') {
            depth += 1;
        }
        (token, at)
    };
    tokens.into_iter().map(place).collect()
}

fn tokens(sql: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = sql;
    while let Some(c) = rest.chars().next() {
        let length = |holds: fn(char) -> bool| rest.find(|c: char| !holds(c)).unwrap_or(rest.len());
        let taken = if c.is_alphabetic() || c == '_' {
            let taken = length(|c| c.is_alphanumeric() || c == '_');
            tokens.push(Token::Word(rest[..taken].to_lowercase()));
            taken
        } else if c.is_ascii_digit() {
            let taken = length(|c| c.is_ascii_digit() || c == '.');
            tokens.push(Token::Literal(rest[..taken].to_owned()));
            taken
        } else if c == '\'' || c == '"' {
            let end = rest[1..].find(c).map_or(rest.len(), |end| end + 2);
            let inside = rest[1..end].trim_end_matches(c).to_owned();
            tokens.push(match c {
                '"' => Token::Word(inside),
                _ => Token::Literal(inside),
            });
            end
        } else if rest.starts_with("--") {
            rest.find('\n').unwrap_or(rest.len())
        } else {
            if !c.is_whitespace() {
                tokens.push(Token::Mark(c));
            }
            c.len_utf8()
        };
        rest = &rest[taken..];
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(sql: &str) -> Vec<String> {
        let one = |seen: &SeenTable| {
            let within = if seen.is_within { "within " } else { "" };
            let equal = seen.where_equal.iter();
            let equal: Vec<String> = equal
                .map(|(column, value)| format!("{column}={value}"))
                .collect();
            format!("{within}{} {}", seen.table, equal.join(" "))
                .trim()
                .to_owned()
        };
        let seen = seen_tables(sql);
        seen.iter().filter(|seen| seen.is_read).map(one).collect()
    }

    #[test]
    fn a_statement_reads_what_stands_behind_from_and_what_it_changes_by_itself() {
        assert_eq!(
            read("select balance from purse where usr = 1"),
            ["purse usr=1"]
        );
        assert_eq!(read("select 1 from a join b on a.x = b.x"), ["a", "b"]);
        assert_eq!(
            read("select * from only shop.item i where i.id = '7' and n > 2 for update"),
            ["item id=7"]
        );
        assert_eq!(read("select 1 from t where id = 1 or id = 2"), ["t"]);
        // What is set to a value reads nothing of the row; what is counted down does.
        assert_eq!(read("update purse set balance = 50 where usr = 1"), [""; 0]);
        assert_eq!(read("update t set a = 1, b = true where id = 1"), [""; 0]);
        assert_eq!(read("update t set n = n - 1 where id = 1"), ["t id=1"]);
        assert_eq!(
            read("update t set n = 3 where id = 1 and n > 0"),
            ["t id=1"]
        );
        assert_eq!(
            read("update t set n = (select sum(a) from u where b = 2) where id = 1"),
            ["within u b=2"]
        );
        assert_eq!(read("delete from t where id = 3"), ["t id=3"]);
        assert_eq!(read("insert into t (a) values ('x from y')"), [""; 0]);
        assert_eq!(
            read("select 1 -- from t\n from u where a is distinct from b"),
            ["u"]
        );
        assert!(locks_rows("select 1 from t for share") && !locks_rows("select 1 from t"));
    }
}
