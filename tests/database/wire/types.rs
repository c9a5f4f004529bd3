//! Every type is text in both directions, the same text that `psql` shows.

use super::server::{connect, one, server, tell};

/// Type, and a value as psql takes it.
const VALUES: &[(&str, &str)] = &[
    ("bool", "t"),
    ("int2", "-32768"),
    ("int8", "9223372036854775807"),
    ("numeric", "12345.6700"),
    ("numeric", "NaN"),
    ("numeric", "-Infinity"),
    ("numeric(10,3)", "1.5"),
    ("float4", "0.1"),
    ("float8", "0.30000000000000004"),
    ("money", "1234.5"),
    ("text", ""),
    ("text", "a\tb\nc 'quoted' \\ \u{1F6D2} é $1 :var"),
    ("varchar(5)", "abc"),
    ("char(5)", "abc"),
    ("name", "abc"),
    ("\"char\"", "x"),
    ("bytea", "\\x00ff27"),
    ("date", "2026-02-28"),
    ("time", "23:59:59.123456"),
    ("timetz", "23:59:59+02"),
    ("timestamp", "2026-02-28 12:00:00.5"),
    ("timestamptz", "2026-02-28 12:00:00+05:30"),
    ("timestamptz", "infinity"),
    ("interval", "1 year 2 days 03:04:05.6"),
    ("uuid", "00000000-0000-0000-0000-0000000000ab"),
    ("json", "{\"b\" : [1,2]}"),
    ("jsonb", "{\"b\" : [1,2], \"a\": null}"),
    ("jsonpath", "$.a[*]"),
    ("xml", "<a>1</a>"),
    ("inet", "10.0.0.1/8"),
    ("cidr", "10.0.0.0/8"),
    ("macaddr", "08:00:2b:01:02:03"),
    ("bit(4)", "1010"),
    ("varbit", "101"),
    ("point", "(1,2)"),
    ("polygon", "((0,0),(1,1),(1,0))"),
    ("int4range", "[1,5]"),
    ("nummultirange", "{[1,2),(3,4]}"),
    ("tsvector", "a:1 b:2"),
    ("tsquery", "a & b"),
    ("oid", "4294967295"),
    ("regclass", "pg_class"),
    ("pg_lsn", "0/16B3748"),
    ("mood", "it's ok"),
    ("mood[]", "{sad,\"x,y\",NULL}"),
    ("pair", "(1,\"x y\")"),
    ("pair", "(,)"),
    ("pair[]", "{\"(1,a)\",\"(2,)\"}"),
    ("quantity", "3"),
    ("int[]", "{1,NULL,3}"),
    ("int[]", "{}"),
    ("int[]", "[0:1]={7,8}"),
    ("int[][]", "{{1,2},{3,4}}"),
    ("text[]", "{a,\"b c\",\"NULL\",NULL,\"\\\"\"}"),
    ("numeric[]", "{1.50,NaN}"),
    ("jsonb[]", "{\"{\\\"a\\\": 1}\"}"),
    ("bytea[]", "{\"\\\\x00\"}"),
    ("timestamptz[]", "{\"2026-01-01 00:00:00+00\"}"),
];

#[tokio::test]
async fn a_value_goes_and_comes_as_the_text_that_psql_shows() {
    let mut client = connect().await;
    for (name, value) in VALUES {
        let quoted = value.replace('\'', "''");
        let shown = server().shown(&format!("SELECT '{quoted}'::{name}"));
        let sql = format!("SELECT $1::{name} AS v");
        let rows = client.run(&sql, &[Some(value)]).await.expect(&sql);
        assert_eq!(rows.get(0, 0), Some(shown.as_str()), "{name}");
        assert_eq!(rows.columns()[0].name, "v");
        assert_eq!((rows.tag(), rows.affected()), ("SELECT 1", Some(1)));
        assert_eq!(one(&mut client, &sql, &[None]).await, None, "{name}");
        // What came is taken back as it is.
        assert_eq!(
            one(&mut client, &sql, &[Some(&shown)]).await,
            Some(shown),
            "{name}"
        );
        // The number of the type is the server's; of a domain that of its base.
        let bare = name.split('(').next().unwrap_or(name);
        let bare = bare.replace("quantity", "int");
        let oid = server().shown(&format!("SELECT '{bare}'::regtype::oid"));
        assert_eq!(rows.columns()[0].type_oid.to_string(), oid, "{name}");
    }
}

#[tokio::test]
async fn types_without_input_come_as_text_too() {
    let mut client = connect().await;
    for sql in [
        "SELECT ROW(1, 'a b', NULL, ARRAY[1.5])",
        "SELECT ARRAY[ROW(1, 'a'), ROW(2, NULL)]",
        "SELECT pg_sleep(0)",
        "SELECT c FROM (VALUES (1, 2)) AS c",
        "VALUES (1)",
    ] {
        let rows = client.run(sql, &[]).await.expect(sql);
        assert_eq!(rows.get(0, 0), Some(server().shown(sql).as_str()), "{sql}");
    }
}

/// Also through a table whose columns say the types, of which the text says nothing.
#[tokio::test]
async fn a_row_of_every_type_is_stored_and_read() {
    let mut client = connect().await;
    let (mut columns, mut places) = (Vec::new(), Vec::new());
    for (at, (name, _)) in VALUES.iter().enumerate() {
        columns.push(format!("c{at} {name}"));
        places.push(format!("${}", at + 1));
    }
    let create = format!("CREATE TABLE every_type ({})", columns.join(", "));
    tell(&mut client, &[&create]).await;
    let insert = format!("INSERT INTO every_type VALUES ({})", places.join(", "));
    let insert = client.prepare(&insert, &[]).await.expect("prepared");
    assert_eq!(insert.parameters().len(), VALUES.len());
    assert!(insert.columns().is_empty());
    let values: Vec<_> = VALUES.iter().map(|(_, value)| Some(*value)).collect();
    let nulls = vec![None; VALUES.len()];
    for row in [&values, &nulls] {
        let done = client.execute(&insert, row).await.expect("stored");
        assert_eq!((done.tag(), done.affected()), ("INSERT 0 1", Some(1)));
        assert!(done.is_empty() && done.columns().is_empty());
    }
    let rows = client.run("TABLE every_type", &[]).await.expect("rows");
    for (at, (name, _)) in VALUES.iter().enumerate() {
        let shown = server().shown(&format!("SELECT c{at} FROM every_type LIMIT 1"));
        assert_eq!(rows.get(0, at), Some(shown.as_str()), "{name}");
        assert_eq!(rows.get(1, at), None, "{name}");
    }
    tell(&mut client, &["DROP TABLE every_type"]).await;
}
