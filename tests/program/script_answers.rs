//! What a script's statement was answered, as traces show it.

use std::fs;

use crate::fixture::{Server, sim};

const LISTS: &str = "\
BEGIN;
SELECT id, stock, NULL AS note, '' AS memo, 'NULL' AS word, 'LONG' AS remark, 1 AS last
FROM products ORDER BY id;
SELECT stock, NULL AS note, '' AS memo FROM products WHERE id = :product;
SELECT id FROM products WHERE id < 0;
UPDATE products SET stock = stock - :units WHERE id = :product;
COMMIT;
";

/// Rows stand below each other with the names of their columns, the first ones of many; one
/// row, and none, is a line. NULL is neither the empty text nor the word.
#[test]
fn several_rows_are_a_small_table() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lists.sql");
    fs::write(&file, LISTS.replace("LONG", &"a long text ".repeat(5))).unwrap();
    let html = folder.path().join("page.html");
    let args = "--products 7 --max-switches 1";
    let explore = |columns: &str| {
        let run = format!(
            "explore --strategy {} {args} --export-html {}",
            file.display(),
            html.display()
        );
        sim(&run)
            .env("COLUMNS", columns)
            .on(&Server::shared())
            .run()
    };
    let wide = explore("150");
    wide.says(
        "     -> 7 rows
        id  stock  note  memo  word    remark
        1   1      NULL  ''    'NULL'  a long text a long text a long text a lo…
        2   1      NULL  ''    'NULL'  a long text a long text a long text a lo…
        3   1      NULL  ''    'NULL'  a long text a long text a long text a lo…
        4   1      NULL  ''    'NULL'  a long text a long text a long text a lo…
        5   1      NULL  ''    'NULL'  a long text a long text a long text a lo…
        and 2 more, and 1 column
",
    );
    wide.says("-> stock 1, note NULL, memo ''")
        .says("-> 0 rows");
    let narrow = explore("80");
    narrow.says("        id  stock  ").says("and 2 more, and ");
    narrow.is_narrow();
    let page = fs::read_to_string(html).unwrap();
    for shown in [
        "7 rows<table class=\"answer\">",
        "<th scope=\"col\">stock</th>",
        "<td class=\"null\">NULL</td><td>''</td><td>'NULL'</td>",
        "and 2 more, and 1 column",
        "0 rows</span>",
        "stock 1, note NULL, memo ''",
    ] {
        assert!(page.contains(shown), "{shown}");
    }
    assert_eq!(page.matches("<th scope=\"col\">last</th>").count(), 0);
}
