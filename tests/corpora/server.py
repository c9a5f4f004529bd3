"""A server, and a database whose tables are put back for each schedule."""

import os
import select

from psycopg import pq

from script import Answer

# How long a session waits before it looks for a circle of waits.
PATIENT = "500ms"
OUTCOMES = """DROP SCHEMA IF EXISTS sim CASCADE; CREATE SCHEMA sim;
CREATE TABLE sim.outcomes (actor int, step int, operation text, buyer bigint,
  checkout_key bigint, outcome text, tries int, variables jsonb);
CREATE TABLE sim.effects (actor int, name text, value text);"""


class Connection:
    def __init__(self, dsn):
        self.pg = pq.PGconn.connect(dsn.encode())
        assert self.pg.status == pq.ConnStatus.OK, self.pg.error_message
        self.pg.nonblocking = 0

    def send(self, sql, values):
        if values is None:
            self.pg.send_query(sql.encode())
        else:
            binds = [None if v is None else v.encode() for v in values]
            self.pg.send_query_params(sql.encode(), binds)

    def answer(self, patience):
        """The answer, or None if there was none within so many seconds."""
        while True:
            self.pg.consume_input()
            if not self.pg.is_busy():
                break
            if not select.select([self.pg.socket], [], [], patience)[0]:
                return None
        last = None
        while (result := self.pg.get_result()) is not None:
            last = result if last is None or last.status != pq.ExecStatus.FATAL_ERROR else last
        if last.status == pq.ExecStatus.FATAL_ERROR:
            return Answer(sqlstate=last.error_field(pq.DiagnosticField.SQLSTATE).decode())
        columns = [last.fname(i).decode() for i in range(last.nfields)]
        text = lambda value: None if value is None else value.decode()
        rows = [[text(last.get_value(r, c)) for c in range(len(columns))] for r in range(last.ntuples)]
        tag = (last.command_status or b"").decode()
        return Answer(None, tag, last.command_tuples or 0, columns, rows)

    def run(self, sql, values=None):
        self.send(sql, values)
        answer = self.answer(None)
        if answer.sqlstate is not None:
            raise RuntimeError(f"{answer.sqlstate}: {self.pg.error_message.decode()}: {sql[:300]}")
        return answer


class Place:
    """A database with the tables of a scenario, which are put back for each schedule."""

    def __init__(self, dsn, folder, tables, actors):
        self.dsn, self.name = dsn, f"enumerated_{os.getpid()}"
        self.drop()
        Connection(dsn + " dbname=postgres").run(f"CREATE DATABASE {self.name}")
        self.keeper = Connection(f"{dsn} dbname={self.name}")
        for file in tables["setup"]:
            self.keeper.run((folder / file).read_text())
        self.keeper.run(OUTCOMES)
        self.sessions = [Connection(f"{dsn} dbname={self.name}") for _ in range(actors)]
        self.pids = [session.pg.backend_pid for session in self.sessions]
        self.read_tables()

    def drop(self):
        Connection(self.dsn + " dbname=postgres").run(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")

    def read_tables(self):
        keeper = self.keeper
        found = keeper.run("""SELECT quote_ident(c.relname),
            (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
             WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '')
            FROM pg_class c WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1""")
        self.tables = [name for name, _ in found.rows]
        keeper.run("CREATE SCHEMA kept")
        back = ["BEGIN", "SET LOCAL session_replication_role = replica",
                "TRUNCATE sim.outcomes, sim.effects, " + ", ".join(self.tables)]
        for name, columns in found.rows:
            keeper.run(f"CREATE TABLE kept.{name} AS SELECT * FROM public.{name}")
            back.append(f"INSERT INTO {name} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM kept.{name}")
        sequences = keeper.run("SELECT quote_ident(sequencename) FROM pg_sequences WHERE schemaname = 'public'")
        for (name,) in sequences.rows:
            value, called = keeper.run(f"SELECT last_value, is_called FROM {name}").rows[0]
            back.append(f"SELECT setval('{name}', {value}, '{called}')")
        self.back = "; ".join(back + ["COMMIT"])
        self.read = " UNION ALL ".join(f"SELECT '{name}', to_jsonb(t)::text FROM {name} t" for name in self.tables)

    def identities(self):
        """Each identity column, with the columns that refer to it."""
        found = self.keeper.run("""SELECT quote_ident(c.relname) || '.' || a.attname,
              concat_ws(',', quote_ident(c.relname) || '.' || a.attname,
                string_agg(quote_ident(fc.relname) || '.' || fa.attname, ','))
            FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
            LEFT JOIN pg_constraint f ON f.contype = 'f' AND f.confrelid = c.oid AND f.confkey = ARRAY[a.attnum]
            LEFT JOIN pg_class fc ON fc.oid = f.conrelid
            LEFT JOIN pg_attribute fa ON fa.attrelid = f.conrelid AND fa.attnum = f.conkey[1]
            WHERE a.attidentity <> '' AND c.relnamespace = 'public'::regnamespace
            GROUP BY c.relname, a.attname""")
        return {name: columns.split(",") for name, columns in found.rows}

    def put_back(self, level):
        """The rows, the sequences, and what a session may have left."""
        self.keeper.run(self.back)
        for session in self.sessions:
            session.run(f"""SET default_transaction_isolation = '{level}';
                SET deadlock_timeout = '{PATIENT}';
                SELECT pg_advisory_unlock_all(); DISCARD SEQUENCES""")

    def waiting(self, actors):
        """Of these actors, those that wait, each with the actors that it waits for."""
        pids = ",".join(str(self.pids[a]) for a in actors)
        found = self.keeper.run(f"SELECT p, pg_blocking_pids(p) FROM unnest('{{{pids}}}'::int[]) p")
        waits = {self.pids.index(int(p)): blockers.strip("{}").split(",") for p, blockers in found.rows}
        return {a: {self.pids.index(int(b)) for b in blockers if int(b) in self.pids}
                for a, blockers in waits.items() if blockers != [""]}
