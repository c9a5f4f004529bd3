"""asyncpg: statements that are prepared and flushed, values in binary."""

import asyncio
import io

import asyncpg

from said import HOST, PASSWORD, PORT, USER, say, topic


def connect(password=PASSWORD):
    return asyncpg.connect(
        host=HOST, port=PORT, user=USER, password=password, database="postgres", ssl="prefer"
    )


async def statements(session):
    topic("rows")
    row = await session.fetchrow("SELECT $1::text, $2::int, NULL, 1.50, repeat('ä', 300000)", "x'y", 7)
    say("row", [len(str(value)) for value in row])
    for take in range(4):
        took = await session.fetch("UPDATE driven SET v = v - $1 WHERE id = 1 RETURNING v", take)
        say("took", took)
    say(await session.execute("UPDATE driven SET v = 5 WHERE id = 2"))
    topic("several statements")
    say(await session.execute("SELECT 1; SELECT 2; UPDATE driven SET v = 6 WHERE id = 2"))
    await session.executemany("INSERT INTO driven VALUES ($1, $2)", [(n, n) for n in range(20, 60)])
    topic("errors")
    for wrong in ("SELEC", "INSERT INTO driven VALUES (1, 1)", "SELECT 1 / 0"):
        for call in (session.fetch, session.execute):
            try:
                await call(wrong)
            except asyncpg.PostgresError as error:
                say("refused", error.sqlstate, str(error))
    try:
        await session.executemany("INSERT INTO driven VALUES ($1, 1)", [(90,), (1,), (91,)])
    except asyncpg.PostgresError as error:
        say("many", error.sqlstate)


async def copies(session):
    topic("COPY")
    records = [(70, 7), (71, 7)]
    say(await session.copy_records_to_table("driven", records=records))
    say(await session.copy_to_table("driven", source=io.BytesIO(b"72\t7\n")))
    out = io.BytesIO()
    say(await session.copy_from_query("SELECT * FROM driven ORDER BY id", output=out))
    say(out.getvalue())
    try:
        await session.copy_to_table("driven", source=io.BytesIO(b"73\tx\n"))
    except asyncpg.PostgresError as error:
        say("not copied", error.sqlstate)


async def transactions(session):
    topic("savepoints, notices, cursors")
    notices, news = [], asyncio.Queue()
    session.add_log_listener(lambda _, notice: notices.append(notice.message))
    async with session.transaction(isolation="serializable"):
        await session.execute("UPDATE driven SET v = 0 WHERE id = 1")
        try:
            async with session.transaction():
                await session.execute("INSERT INTO driven VALUES (1, 1)")
        except asyncpg.PostgresError as error:
            say("savepoint", error.sqlstate)
        await session.execute("DO 'BEGIN RAISE NOTICE ''hear''; END'")
        rows = [row["id"] async for row in session.cursor("SELECT id FROM driven ORDER BY id", prefetch=2)]
        say("cursor", rows)
    await asyncio.sleep(0)
    say("notices", notices)
    topic("notifications")
    await session.add_listener("driven", lambda *what: news.put_nowait(what[3]))
    await session.execute("NOTIFY driven, 'news'")
    say("news", await asyncio.wait_for(news.get(), 10))
    topic("a cancel")
    try:
        await asyncio.wait_for(session.execute("SELECT pg_sleep(60)"), 0.2)
    except asyncio.TimeoutError:
        say("cancelled")
    say(await session.fetchval("SELECT 1"))


async def main():
    topic("a wrong password")
    try:
        await connect("wrong")
    except asyncpg.PostgresError as error:
        say("wrong password", error.sqlstate)
    session = await connect()
    await statements(session)
    await copies(session)
    await transactions(session)
    await session.close()


asyncio.run(main())
