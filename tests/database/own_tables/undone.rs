//! What was undone leaves dead rows, which take the room of the next ones: tables in which there may
//! be some are put back, and no others.

use checkout_sim::shop::Isolation;

use super::asked::{send, session_at};
use super::dump::{lines, look_into, rows};
use super::shop::{ground, playground};

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
    // The next row of each comes to lie where it does on a fresh copy.
    for table in ["a", "b"] {
        let next = format!("INSERT INTO {table} VALUES (9) RETURNING ctid::text");
        let there = lines(&mut look_at_fresh, &next).await;
        assert_eq!(lines(&mut look, &next).await, there, "{table}");
    }
}
