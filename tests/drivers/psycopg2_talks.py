"""psycopg2: simple queries alone."""

import contextlib
import io
import threading

import psycopg2
import psycopg2.extras

from said import HOST, PASSWORD, PORT, USER, say, topic, wrong_password


def connect(password=PASSWORD):
    return psycopg2.connect(
        host=HOST, port=PORT, user=USER, password=password, dbname="postgres"
    )


def main():
    wrong_password(psycopg2.OperationalError, lambda: connect("wrong"))
    with contextlib.closing(connect()) as session:
        session.autocommit = True
        topic("rows")
        cursor = session.cursor()
        cursor.execute("SELECT %s, %s::int, NULL, 1.50, repeat('ä', 300000)", ("x'y", 7))
        say("row", [len(str(value)) for value in cursor.fetchone()])
        for take in range(7):
            cursor.execute("UPDATE driven SET v = v - %s WHERE id = 1 RETURNING v", (take,))
            say("took", cursor.fetchall(), cursor.rowcount, cursor.statusmessage)
        topic("several statements")
        cursor.execute("SELECT 1; SELECT 2; UPDATE driven SET v = 5 WHERE id = 2")
        say("several", cursor.rowcount)
        cursor.executemany("INSERT INTO driven VALUES (%s, %s)", [(10, 1), (11, 2)])
        psycopg2.extras.execute_values(
            cursor, "INSERT INTO driven VALUES %s", [(n, n) for n in range(20, 60)]
        )
        say("inserted", cursor.rowcount)
        topic("errors")
        for wrong in ("SELEC", "INSERT INTO driven VALUES (1, 1)", "SELECT 1 / 0", ""):
            try:
                cursor.execute(wrong)
            except psycopg2.Error as error:
                say("refused", error.pgcode, str(error))
        topic("COPY")
        data = io.StringIO("70\t7\n71\t7\n")
        cursor.copy_expert("COPY driven FROM STDIN", data)
        out = io.StringIO()
        cursor.copy_expert("COPY (SELECT * FROM driven ORDER BY id) TO STDOUT", out)
        say("copied", cursor.rowcount, out.getvalue())
        try:
            cursor.copy_expert("COPY driven FROM STDIN", io.StringIO("72\tx\n"))
        except psycopg2.Error as error:
            say("not copied", error.pgcode)
        topic("notices and notifications")
        cursor.execute("DO 'BEGIN RAISE NOTICE ''hear''; END'")
        say("notices", session.notices)
        cursor.execute("LISTEN driven; NOTIFY driven, 'news'")
        session.poll()
        say("news", [(news.channel, news.payload) for news in session.notifies])
    with contextlib.closing(connect()) as session:
        topic("savepoints")
        cursor = session.cursor()
        cursor.execute("UPDATE driven SET v = 0 WHERE id = 1")
        cursor.execute("SAVEPOINT a")
        try:
            cursor.execute("INSERT INTO driven VALUES (1, 1)")
        except psycopg2.Error as error:
            say("in a transaction", error.pgcode)
        cursor.execute("ROLLBACK TO SAVEPOINT a")
        topic("cursors")
        named = session.cursor("named")
        named.itersize = 2
        named.execute("SELECT id FROM driven ORDER BY id")
        say("cursor", [row for row in named])
        session.commit()
        topic("a cancel")
        timer = threading.Timer(0.2, session.cancel)
        timer.start()
        try:
            cursor.execute("SELECT pg_sleep(60)")
        except psycopg2.Error as error:
            say("cancelled", error.pgcode)
        timer.join()


main()
