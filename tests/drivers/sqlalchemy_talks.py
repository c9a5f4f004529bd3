"""SQLAlchemy over psycopg 3 and over psycopg2: its pool, its transactions."""

from sqlalchemy import create_engine, text
from sqlalchemy.exc import IntegrityError

from said import HOST, PASSWORD, PORT, USER, say, topic


def talk(driver):
    url = f"postgresql+{driver}://{USER}:{PASSWORD}@{HOST}:{PORT}/postgres"
    engine = create_engine(url, pool_size=2, pool_pre_ping=True)
    topic(f"savepoints, {driver}")
    with engine.begin() as session:
        say(session.execute(text("UPDATE driven SET v = v - :n RETURNING id"), {"n": 1}).all())
        savepoint = session.begin_nested()
        try:
            session.execute(text("INSERT INTO driven VALUES (1, 1)"))
        except IntegrityError as error:
            savepoint.rollback()
            say("savepoint", type(error.orig).__name__)
    topic(f"autocommit, {driver}")
    with engine.connect() as session:
        level = session.execution_options(isolation_level="AUTOCOMMIT")
        say(level.execute(text("UPDATE driven SET v = 7 WHERE id = 2")).rowcount)
    topic(f"serializable, {driver}")
    with engine.connect() as session:
        session = session.execution_options(isolation_level="SERIALIZABLE")
        say(session.execute(text("SELECT id, v FROM driven ORDER BY id")).all())
        session.rollback()
    engine.dispose()


talk("psycopg")
talk("psycopg2")
