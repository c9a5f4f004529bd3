"""psycopg 3: binding by the server and by the client, pipelines."""

import threading

import psycopg

from said import HOST, PASSWORD, PORT, USER, say, topic, wrong_password


def connect(password=PASSWORD, **more):
    return psycopg.connect(
        host=HOST, port=PORT, user=USER, password=password, dbname="postgres", **more
    )


def statements(session, kind):
    topic(f"rows, {kind}")
    cursor = session.cursor()
    cursor.execute("SELECT %s, %s::int, NULL, 1.50, repeat('ä', 300000)", ("x'y", 7))
    say(kind, "row", [len(str(value)) for value in cursor.fetchone()])
    for take in range(7):
        cursor.execute(
            "UPDATE driven SET v = v - %s WHERE id = 1 RETURNING v", (take,)
        )
        say("took", cursor.fetchall(), cursor.rowcount, cursor.statusmessage)
    topic(f"errors, {kind}")
    for wrong in ("SELEC", "INSERT INTO driven VALUES (1, %s)", "SELECT %s / 0", "SELECT 1; SELECT %s"):
        try:
            cursor.execute(wrong, (1,) if "%s" in wrong else ())
            say("went", cursor.fetchall())
        except psycopg.Error as error:
            say("refused", error.sqlstate, str(error))
    topic(f"several statements, {kind}")
    cursor.execute("SELECT 1; SELECT 2")
    say("several", cursor.fetchall(), cursor.nextset(), cursor.fetchall())
    cursor.executemany("UPDATE driven SET v = %s WHERE id = %s", [(5, 2), (6, 3)])
    say("many", cursor.rowcount)


def copies(session):
    topic("COPY")
    cursor = session.cursor()
    with cursor.copy("COPY driven FROM STDIN") as copy:
        copy.write_row((70, 7))
        copy.write("71\t7\n")
    say("copied", cursor.rowcount)
    with cursor.copy("COPY (SELECT * FROM driven ORDER BY id) TO STDOUT") as copy:
        say("out", list(copy.rows()))
    try:
        with cursor.copy("COPY driven FROM STDIN") as copy:
            copy.write("72\tx\n")
    except psycopg.Error as error:
        say("not copied", error.sqlstate)


def pipelines(session):
    topic("pipelines")
    with session.pipeline():
        first = session.execute("UPDATE driven SET v = v + 1 RETURNING id", prepare=True)
        second = session.execute("SELECT v FROM driven WHERE id = %s", (2,))
        say("fetched within", first.rowcount, second.fetchone())
    try:
        with session.pipeline():
            session.execute("UPDATE driven SET v = 77 WHERE id = 3")
            session.execute("INSERT INTO driven VALUES (1, 1)")
            session.execute("UPDATE driven SET v = 78 WHERE id = 3")
    except psycopg.Error as error:
        say("pipeline", error.sqlstate)
    with session.pipeline(), session.transaction():
        session.execute("UPDATE driven SET v = 79 WHERE id = 3")
        say("in a block", session.execute("SELECT v FROM driven WHERE id = 3").fetchone())
    say(session.execute("SELECT id, v FROM driven ORDER BY id").fetchall())


def transactions(session):
    topic("savepoints, notices, cursors")
    notices = []
    session.add_notice_handler(lambda notice: notices.append(notice.message_primary))
    with session.transaction():
        session.execute("UPDATE driven SET v = 0 WHERE id = 1")
        try:
            with session.transaction():
                session.execute("INSERT INTO driven VALUES (1, 1)")
        except psycopg.Error as error:
            say("savepoint", error.sqlstate)
        session.execute("DO 'BEGIN RAISE NOTICE ''hear''; END'")
        with session.cursor("named") as named:
            named.itersize = 2
            named.execute("SELECT id FROM driven ORDER BY id")
            say("cursor", list(named))
    say("notices", notices)
    topic("notifications")
    session.execute("LISTEN driven")
    session.execute("NOTIFY driven, 'news'")
    say("news", [news.payload for news in session.notifies(timeout=5, stop_after=1)])
    topic("a cancel")
    cancels(session)


def cancels(session):
    timer = threading.Timer(0.2, session.cancel_safe)
    timer.start()
    try:
        session.execute("SELECT pg_sleep(60)")
    except psycopg.Error as error:
        say("cancelled", error.sqlstate)
    timer.join()


def main():
    wrong_password(psycopg.OperationalError, lambda: connect("wrong"))
    with connect(autocommit=True) as session:
        statements(session, "server binding")
        copies(session)
        pipelines(session)
        transactions(session)
    with connect(autocommit=True, cursor_factory=psycopg.ClientCursor) as session:
        statements(session, "client binding")
    with connect(autocommit=False) as session:
        statements_in_block(session)
    # A server before version 18 says that it speaks an older one, and the session goes on.
    with connect(autocommit=True, max_protocol_version="latest") as session:
        topic("protocol 3.2, and its long keys")
        cancels(session)


def statements_in_block(session):
    topic("serializable")
    session.execute("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
    say(session.execute("SELECT count(*) FROM driven").fetchone())
    session.rollback()


main()
