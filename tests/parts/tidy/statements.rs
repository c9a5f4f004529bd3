//! Which files find out by matching what a statement does.

use syn::visit::{self, Visit};
use syn::{BinOp, Expr, ExprBinary, ItemMod, Macro, Pat};

use super::circles::is_of_tests;
use super::source::{Source, assert_none, sources};

/// Those that carry statements out, or word them, and the answer itself.
const MAY_MATCH: [&str; 6] = [
    "src/effect.rs",
    "src/database/postgres/sql.rs",
    "src/database/postgres/connection.rs",
    "src/mvcc/admission.rs",
    "src/mvcc/row.rs",
    "src/subject/built_in/rehearsal.rs",
];

/// Outside `allowed`, no pattern and no comparison names a variant of `Statement`:
/// what a statement does is asked of its `effect`.
fn nothing_matches_on_statements(sources: &[Source], allowed: &[&str]) -> Vec<String> {
    let others = sources
        .iter()
        .filter(|s| !allowed.contains(&s.path.as_str()));
    let mut offences = Vec::new();
    for source in others {
        let file = syn::parse_file(&source.text).expect("it compiles");
        let mut matches = Matches(0);
        matches.visit_file(&file);
        if matches.0 > 0 {
            let offence = format!("matches on statements ({} times)", matches.0);
            offences.push(source.at(1, &offence));
        }
    }
    offences
}

struct Matches(usize);

fn is_variant(path: &syn::Path) -> bool {
    let mut names = path.segments.iter().rev().skip(1);
    names.next().is_some_and(|s| s.ident == "Statement")
}

/// Whether an expression is a statement, by reference or not.
fn is_made_here(side: &Expr) -> bool {
    match side {
        Expr::Reference(side) => is_made_here(&side.expr),
        Expr::Paren(side) => is_made_here(&side.expr),
        Expr::Path(side) => is_variant(&side.path),
        Expr::Struct(side) => is_variant(&side.path),
        Expr::Call(side) => is_made_here(&side.func),
        _ => false,
    }
}

impl<'ast> Visit<'ast> for Matches {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if !is_of_tests(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_pat(&mut self, pattern: &'ast Pat) {
        let path = match pattern {
            Pat::Path(pattern) => Some(&pattern.path),
            Pat::Struct(pattern) => Some(&pattern.path),
            Pat::TupleStruct(pattern) => Some(&pattern.path),
            _ => None,
        };
        self.0 += usize::from(path.is_some_and(is_variant));
        visit::visit_pat(self, pattern);
    }

    fn visit_expr_binary(&mut self, expression: &'ast ExprBinary) {
        let compares = matches!(expression.op, BinOp::Eq(_) | BinOp::Ne(_));
        let is = compares && (is_made_here(&expression.left) || is_made_here(&expression.right));
        self.0 += usize::from(is);
        visit::visit_expr_binary(self, expression);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        let asks = ["matches", "assert_matches"];
        let is = asks.iter().any(|name| call.path.is_ident(name))
            && call.tokens.to_string().contains("Statement ::");
        self.0 += usize::from(is);
    }
}

#[test]
fn what_a_statement_does_is_asked_of_its_effect() {
    assert_none(&nothing_matches_on_statements(&sources(), &MAY_MATCH));
}

#[test]
fn a_match_on_statements_is_found() {
    let planted = |body: &str| {
        let text = format!("fn f(s: Statement) -> bool {{ {body} }}");
        let sources = [Source::new("src/load/x.rs", &text)];
        nothing_matches_on_statements(&sources, &[]).len()
    };
    for body in [
        "match s { Statement::Commit => true, _ => false }",
        "match s { crate::statement::Statement::PlaceOrder(_) => true, _ => false }",
        "matches!(s, Statement::Begin(_))",
        "s == Statement::Commit",
        "&s == &Statement::Commit",
        "s != Statement::Begin(level)",
        "(Statement::TakeStock { sku, units }) == s",
        "if let Statement::SwapStock { sku, .. } = s { true } else { false }",
        "let Statement::PlaceOrder(_) = s else { return true }; false",
    ] {
        assert_eq!(planted(body), 1, "{body}");
    }
    for body in [
        "send(Statement::Commit)",
        "s.effect().kind == Kind::Commit",
        "match s.effect().kind { Kind::Begin => true, _ => false }",
        "matches!(s.effect().kind, Kind::Begin)",
    ] {
        assert_eq!(planted(body), 0, "{body}");
    }
}
