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
        let depth = tokens[at].1;
        let where_equal = conditions(&tokens, at, depth);
        let is_update = word(at) == "update";
        let is_delete = word(at.wrapping_sub(1)) == "delete";
        seen.push(SeenTable {
            table: table(&tokens, name_at).0,
            is_read: !is_update || depends_on_row(&tokens, at, &where_equal),
            where_equal,
            is_within: depth > 0,
            is_changed: is_update || is_delete,
        });
    }
    seen.extend(upserted(&tokens));
    seen
}

/// The name of a table without its schema, and the place behind it.
fn table(tokens: &[Placed], at: usize) -> (String, usize) {
    let is_schema =
        matches!(tokens.get(at + 1), Some((Token::Mark('.'), depth)) if *depth == tokens[at].1);
    let at = if is_schema { at + 2 } else { at };
    let name = match tokens.get(at) {
        Some((Token::Word(name), _)) => name.clone(),
        _ => String::new(),
    };
    (name, at + 1)
}

/// The row that `INSERT INTO t (a, b) VALUES (1, 2) ON CONFLICT (a) DO UPDATE` changes where it
/// is there. Which row that is is known where each column of the conflict has a literal.
fn upserted(tokens: &[Placed]) -> Option<SeenTable> {
    let is = |at: usize, word: &str| matches!(tokens.get(at), Some((Token::Word(known), 0)) if known == word);
    let place = |word: &str, from: usize| (from..tokens.len()).find(|&at| is(at, word));
    let into = place("into", 0)?;
    let conflict = place("conflict", into)?;
    let update = place("update", conflict).filter(|&at| is(at - 1, "do"))?;
    let (table, behind) = table(tokens, into + 1);
    let values = place("values", behind).filter(|&at| at < conflict);
    let where_equal = values.and_then(|values| {
        let (columns, _) = list(tokens, behind)?;
        let (row, behind) = list(tokens, values + 1)?;
        let (keys, _) = list(tokens, conflict + 1)?;
        // Of several rows it is not known which one was there.
        let is_one = is(behind, "on");
        let pair = |key: &&[Placed]| {
            let at = columns.iter().position(|column| column == key)?;
            match (*key, *row.get(at)?) {
                ([(Token::Word(key), _)], [(Token::Literal(value), _)]) => {
                    Some((key.clone(), value.clone()))
                }
                _ => None,
            }
        };
        keys.iter().filter(|_| is_one).map(pair).collect()
    });
    let where_equal: Vec<(String, String)> = where_equal.unwrap_or_default();
    let set: Vec<Placed> = without_excluded(&tokens[update..]);
    let has_condition = set.contains(&(Token::Word("where".into()), 0));
    Some(SeenTable {
        table,
        is_read: has_condition || depends_on_row(&set, 0, &where_equal),
        where_equal,
        is_within: false,
        is_changed: true,
    })
}

/// What stands in parentheses at a place, piece by piece, and the place behind them.
fn list(tokens: &[Placed], at: usize) -> Option<(Vec<&[Placed]>, usize)> {
    let (Token::Mark('('), depth) = tokens.get(at)? else {
        return None;
    };
    let is_end = |token: &Placed| *token == (Token::Mark(')'), *depth);
    let end = at + tokens[at..].iter().position(is_end)?;
    let is_comma = |token: &Placed| *token == (Token::Mark(','), depth + 1);
    Some((tokens[at + 1..end].split(is_comma).collect(), end + 1))
}

/// Without `EXCLUDED.column`, which is a value that the statement brings itself.
fn without_excluded(tokens: &[Placed]) -> Vec<Placed> {
    let is = |at: Option<usize>, token: &Token| {
        at.and_then(|at| tokens.get(at))
            .is_some_and(|(known, _)| known == token)
    };
    let excluded = Token::Word("excluded".into());
    let belongs = |at: usize| {
        let begins = [Some(at), at.checked_sub(1), at.checked_sub(2)];
        begins.into_iter().any(|begin| is(begin, &excluded))
    };
    let kept = (0..tokens.len()).filter(|&at| !belongs(at));
    kept.map(|at| tokens[at].clone()).collect()
}

/// Whether it changes rows that were there, or removes them.
pub(super) fn changes_rows(sql: &str) -> bool {
    let tokens = placed(tokens(sql));
    let is_change = |at: usize| match &tokens[at] {
        (Token::Word(word), 0) => word == "delete" || word == "update" && is_of_update(&tokens, at),
        _ => false,
    };
    (0..tokens.len()).any(is_change) || upserted(&tokens).is_some()
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

    /// What an upsert changes where its row is there already, and whether it asks what is in it.
    #[test]
    fn an_upsert_changes_the_row_that_it_names() {
        let upsert = |set: &str| {
            format!(
                "insert into shop.purse (usr, balance) values (1, 50) \
                 on conflict (usr) do update set {set}"
            )
        };
        let changed = |sql: &str| {
            let seen = seen_tables(sql).into_iter().filter(|seen| seen.is_changed);
            seen.map(|seen| (seen.table, seen.where_equal, seen.is_read))
                .collect::<Vec<_>>()
        };
        let row = |is_read| {
            let equal = vec![("usr".to_owned(), "1".to_owned())];
            vec![("purse".to_owned(), equal, is_read)]
        };
        let set = |set| changed(&upsert(set));
        assert_eq!(set("balance = excluded.balance"), row(false));
        assert_eq!(set("balance = purse.balance + excluded.balance"), row(true));
        assert_eq!(set("balance = 7 where purse.balance < 7"), row(true));
        assert!(changes_rows(&upsert("balance = 7")));
        // Which row it is does not show in several rows, or in what is computed.
        for values in ["(1, 50), (2, 50)", "(1 + 1, 50)"] {
            let sql = upsert("balance = 7").replace("(1, 50)", values);
            let unknown = vec![("purse".to_owned(), Vec::new(), false)];
            assert_eq!(changed(&sql), unknown, "{values}");
        }
        let nothing = "insert into purse (usr) values (1) on conflict (usr) do nothing";
        assert!(changed(nothing).is_empty() && !changes_rows(nothing));
    }
}
