//! What was undone leaves dead rows, which take the room of the next ones: tables in which there may
//! be some are put back, and no others.

use checkout_sim::shop::Isolation;

use super::asked::{send, session_at};
use super::dump::{lines, look_into, rows, run};
use super::shop::{ground, playground};

/// Tables of one page, and two whose rows go back to where they lay each time: one page is not
/// filled, and an index of another kind than a B-tree grows with dead rows.
const PAGES: &str = "\
    CREATE TABLE plain (n integer PRIMARY KEY, label text);\n\
    CREATE TABLE half (n integer, label text) WITH (fillfactor = 50);\n\
    CREATE TABLE listed (n integer, label text, all_of integer[]);\n\
    CREATE INDEX ON listed USING gin (all_of);\n\
    INSERT INTO plain SELECT n, 'label' FROM generate_series(1, 3) AS n;\n\
    INSERT INTO half SELECT * FROM plain; INSERT INTO listed SELECT * FROM plain;";

const TABLES: &str = "\
    CREATE TABLE a (n integer); INSERT INTO a SELECT generate_series(1, 5);\n\
    CREATE TABLE b (n integer PRIMARY KEY); INSERT INTO b SELECT generate_series(1, 5);\n\
    CREATE FUNCTION fails() RETURNS void LANGUAGE plpgsql AS $$ BEGIN\n\
    INSERT INTO b VALUES (6); PERFORM 1 / 0; END $$;";

#[tokio::test]
async fn only_tables_that_were_written_to_are_put_back_after_a_rollback() {
    let (mut playground, name) = playground(&[TABLES]).await;
    let mut changed = ground(&mut playground).await;
    let _fresh = ground(&mut playground).await;
    let mut look = look_into(&format!("{name}_1")).await;
    let mut look_at_fresh = look_into(&format!("{name}_2")).await;
    let before = rows(&mut look).await;
    let mut session = session_at(&changed, Isolation::ReadCommitted).await;
    // From the first time on the server is asked.
    for sql in ["BEGIN", "ROLLBACK"] {
        send(&mut session, sql).await.expect("done");
    }
    changed.reset().await.expect("reset");
    // What is undone, whether the session is put back before the tables, and which tables are.
    for (undone, is_told, expected) in [
        (
            &["BEGIN", "INSERT INTO b VALUES (6)", "ROLLBACK"][..],
            true,
            "b",
        ),
        (&["SELECT fails()"], true, "b"),
        (
            &["BEGIN", "SELECT n FROM a FOR UPDATE", "ROLLBACK"],
            true,
            "",
        ),
        (
            &["BEGIN", "UPDATE a SET n = 7", "DELETE FROM b", "ROLLBACK"],
            true,
            "ab",
        ),
        (
            &["BEGIN", "INSERT INTO b VALUES (6)", "ROLLBACK"],
            false,
            "ab",
        ),
        // The server hears only now of what the session before it had undone.
        (&["BEGIN", "DELETE FROM a", "ROLLBACK"], true, "ab"),
        (&["BEGIN", "DELETE FROM a", "ROLLBACK"], true, "a"),
    ] {
        let put_back = "SELECT tableoid::regclass || ' ' || min(xmin::text::bigint) \
                        FROM (SELECT tableoid, xmin FROM a UNION ALL SELECT tableoid, xmin FROM b) \
                        AS rows GROUP BY tableoid ORDER BY tableoid";
        let xmins = lines(&mut look, put_back).await;
        for sql in undone {
            // One of them fails.
            let _ = send(&mut session, sql).await;
        }
        if is_told {
            session.reset_session(false).await.expect("reset");
        }
        changed.reset().await.expect("reset");
        assert_eq!(rows(&mut look).await, before, "{undone:?}");
        let after = lines(&mut look, put_back).await;
        let anew = xmins.iter().zip(&after).filter(|(one, other)| one != other);
        let anew: String = anew.map(|(table, _)| &table[..1]).collect();
        assert_eq!(anew, expected, "{undone:?}");
    }
    // The next row of each comes to lie behind all others, as it does on a fresh copy.
    for table in ["a", "b"] {
        for look in [&mut look, &mut look_at_fresh] {
            run(look, &format!("INSERT INTO {table} VALUES (9)")).await;
        }
    }
    assert_eq!(rows(&mut look).await, rows(&mut look_at_fresh).await);
}

/// A scan meets the rows as at the start, whatever lies dead between them; and the planner knows of
/// them what it knew.
#[tokio::test]
async fn dead_rows_stay_while_the_page_has_room() {
    let (mut playground, name) = playground(&[PAGES]).await;
    let mut ground = ground(&mut playground).await;
    let mut look = look_into(&format!("{name}_1")).await;
    let before = rows(&mut look).await;
    let mut session = session_at(&ground, Isolation::ReadCommitted).await;
    const TABLES: [&str; 3] = ["half", "listed", "plain"];
    let first = TABLES
        .map(|table| format!("SELECT min(ctid)::text FROM {table}"))
        .join(" UNION ALL ");
    let statistics = "SELECT relname || ' ' || relpages || ' ' || reltuples || ' ' || relallvisible \
                      FROM pg_class WHERE oid >= 16384 AND relkind IN ('r', 'i') \
                      AND relnamespace = 'public'::regnamespace ORDER BY 1";
    let known = lines(&mut look, statistics).await;
    let mut went_back = [0; TABLES.len()];
    const RESETS: usize = 80;
    for reset in 0..RESETS {
        for table in TABLES {
            let written = [
                format!(
                    "UPDATE {table} SET label = label || '!' WHERE n = {}",
                    reset % 3 + 1
                ),
                format!("INSERT INTO {table} (n) VALUES (4)"),
            ];
            for sql in written {
                send(&mut session, &sql).await.expect("done");
            }
            let behind = lines(&mut look, &format!("SELECT n::text FROM {table}")).await;
            // An UPDATE puts the row behind the others, and the new one comes behind that.
            assert_eq!(
                behind.last().map(String::as_str),
                Some("4"),
                "{reset} {table}"
            );
            assert_eq!(behind[2], (reset % 3 + 1).to_string(), "{reset} {table}");
        }
        if reset % 8 == 5 {
            send(&mut session, "ANALYZE").await.expect("done");
        }
        ground.reset().await.expect("reset");
        assert_eq!(rows(&mut look).await, before, "{reset}");
        assert_eq!(lines(&mut look, statistics).await, known, "{reset}");
        let firsts = lines(&mut look, &first).await;
        for (count, first) in went_back.iter_mut().zip(firsts) {
            *count += usize::from(first == "(0,1)");
        }
        let pages = "SELECT pg_relation_size('plain')::text";
        assert_eq!(lines(&mut look, pages).await, ["8192"], "{reset}");
    }
    let [half, listed, plain] = went_back;
    assert_eq!((half, listed), (RESETS, RESETS));
    assert!((1..RESETS / 10).contains(&plain), "{plain}");
    // More than a page takes, all of a sudden.
    let many = "INSERT INTO plain SELECT n, 'label' FROM generate_series(10, 300) AS n";
    send(&mut session, many).await.expect("done");
    ground.reset().await.expect("reset");
    assert_eq!(rows(&mut look).await, before);
    assert_eq!(lines(&mut look, &first).await[2], "(0,1)");
}

/// A session that vacuums gives the room of dead rows to the next new one. Where those are of earlier
/// schedules, that is noticed, and it comes out as on fresh tables when it is run again; so it does on
/// a ground that is opened again.
#[tokio::test]
async fn a_row_in_the_room_of_a_dead_one_is_noticed() {
    let (mut playground, name) = playground(&[PAGES]).await;
    let copy = playground.copy().await.expect("a copy");
    let mut misplaced = Vec::new();
    for opened in 0..2 {
        let mut ground = copy.open().await.expect("a ground");
        ground.reset().await.expect("reset");
        let mut look = look_into(&format!("{name}_1")).await;
        let mut session = session_at(&ground, Isolation::ReadCommitted).await;
        for run in 0..12 {
            for sql in ["VACUUM plain", "INSERT INTO plain VALUES (4)"] {
                send(&mut session, sql).await.expect("done");
            }
            for _ in 0..2 {
                ground.state().await.expect("a state");
            }
            let scanned = lines(&mut look, "SELECT n::text FROM plain").await;
            let is_behind = scanned == ["1", "2", "3", "4"];
            assert_eq!(ground.is_misplaced(), !is_behind, "{opened} {run}");
            if !is_behind {
                misplaced.push(opened);
            }
            session.reset_session(false).await.expect("reset");
            ground.reset().await.expect("reset");
        }
    }
    // Once on each ground: then the table has its dead rows removed each time.
    assert_eq!(misplaced, [0, 1]);
}
