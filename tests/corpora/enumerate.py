"""Runs every schedule of scenarios on tables of their own, and counts what breaks.

A second implementation: it shares no code with the program, so that either can be held
to the other. README.md says how it is run.
"""

import argparse
import itertools
import json
import select
import sys
import time
import tomllib
from collections import Counter
from pathlib import Path

from psycopg import pq

from script import Attempt, Answer, parse

LEVELS = ["read committed", "repeatable read", "serializable"]
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
        keeper = Connection(dsn + " dbname=postgres")
        keeper.run("DROP DATABASE IF EXISTS enumerated WITH (FORCE)")
        keeper.run("CREATE DATABASE enumerated")
        self.keeper = Connection(dsn + " dbname=enumerated")
        for file in tables["setup"]:
            self.keeper.run((folder / file).read_text())
        self.keeper.run(OUTCOMES)
        self.sessions = [Connection(dsn + " dbname=enumerated") for _ in range(actors)]
        self.pids = [session.pg.backend_pid for session in self.sessions]
        self.read_tables()

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
        found = self.keeper.run("""SELECT c.relname || '.' || a.attname,
              concat_ws(',', c.relname || '.' || a.attname, string_agg(fc.relname || '.' || fa.attname, ','))
            FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
            LEFT JOIN pg_constraint f ON f.contype = 'f' AND f.confrelid = c.oid AND f.confkey = ARRAY[a.attnum]
            LEFT JOIN pg_class fc ON fc.oid = f.conrelid
            LEFT JOIN pg_attribute fa ON fa.attrelid = f.conrelid AND fa.attnum = f.conkey[1]
            WHERE a.attidentity <> '' AND c.relnamespace = 'public'::regnamespace
            GROUP BY c.relname, a.attname""")
        return {name: columns.split(",") for name, columns in found.rows}

    def put_back(self):
        self.keeper.run(self.back)

    def waiting(self, actors):
        """Of these actors, those that wait, each with the actors that it waits for."""
        pids = ",".join(str(self.pids[a]) for a in actors)
        found = self.keeper.run(f"SELECT p, pg_blocking_pids(p) FROM unnest('{{{pids}}}'::int[]) p")
        waits = {self.pids.index(int(p)): blockers.strip("{}").split(",") for p, blockers in found.rows}
        return {a: {self.pids.index(int(b)) for b in blockers if int(b) in self.pids}
                for a, blockers in waits.items() if blockers != [""]}


class Diverged(Exception):
    pass


class Schedule:
    """One run: follows the actors that `prefix` names, then always the first that can."""

    def __init__(self, place, attempts, level, prefix):
        self.place, self.prefix = place, prefix
        self.attempts = attempts
        self.running, self.chosen, self.choices, self.effects = set(), [], [], []
        self.known_to_wait = set()
        place.put_back()
        for session in place.sessions[: len(attempts)]:
            session.run(f"SET default_transaction_isolation = '{level}'; SELECT pg_advisory_unlock_all()")
        self.steps = [attempt.steps() for attempt in attempts]
        self.next = [next(steps) for steps in self.steps]
        self.go()

    def go(self):
        while True:
            can = [a for a, step in enumerate(self.next) if step is not None and a not in self.running]
            if not can:
                if not self.running:
                    return
                self.settle()
                continue
            at = len(self.chosen)
            actor = self.prefix[at] if at < len(self.prefix) else can[0]
            if actor not in can:
                raise Diverged
            self.chosen.append(actor)
            self.choices.append(can)
            self.carry_out(actor)
            self.settle()

    def carry_out(self, actor):
        kind, text, value = self.next[actor]
        if kind == "effect":
            self.effects.append((actor, text, None if value is None else str(value)))
            self.advance(actor, None)
            return
        session = self.place.sessions[actor]
        if kind == "begin":
            session.run("BEGIN")
        session.send(text, value)
        self.running.add(actor)

    def advance(self, actor, answer):
        self.running.discard(actor)
        if answer is not None and answer.sqlstate is not None:
            session = self.place.sessions[actor]
            is_open = session.pg.transaction_status == pq.TransactionStatus.INERROR
            if is_open and not self.attempts[actor].is_open:
                session.run("ROLLBACK")
        try:
            self.next[actor] = self.steps[actor].send(answer)
        except StopIteration:
            self.next[actor] = None

    def settle(self):
        """Until each statement that was sent is answered, or waits for an actor that can move."""
        while self.running:
            answered = False
            for actor in sorted(self.running):
                patience = 0 if actor in self.known_to_wait else 0.001
                answer = self.place.sessions[actor].answer(patience)
                if answer is not None:
                    self.known_to_wait.discard(actor)
                    self.advance(actor, answer)
                    answered = True
            if answered or not self.running:
                continue
            waits = self.place.waiting(sorted(self.running))
            self.known_to_wait &= set(waits)
            if set(waits) != self.running:
                continue
            stuck = set(waits)
            while free := {a for a in stuck if waits[a] - stuck}:
                stuck -= free
            if not stuck and self.known_to_wait == self.running:
                return
            if not stuck:
                # Each waiter has looked for a deadlock before the next step, so that the
                # session that closes a circle is its victim.
                time.sleep(0.003)
                self.known_to_wait = set(self.running)

    def end(self):
        place = self.place
        for actor, attempt in enumerate(self.attempts):
            variables = {k: v for k, v in attempt.variables.items()}
            place.keeper.run("INSERT INTO sim.outcomes VALUES ($1, 1, $2, $3, $4, $5, $6, $7)", [
                str(actor + 1), attempt.operation, str(attempt.bound["buyer"]),
                str(attempt.bound["checkout_key"]), attempt.outcome, str(attempt.tries),
                json.dumps(variables)])
        for actor, name, value in self.effects:
            place.keeper.run("INSERT INTO sim.effects VALUES ($1, $2, $3)", [str(actor + 1), name, value])


class Judge:
    """Serial ends with nothing written. Identity columns, with those that refer to them,
    and the classes of `generated` are compared by which rows share a value, not by value;
    columns of `by_value` are not, and columns of `clock` are not compared at all."""

    def __init__(self, truth, place):
        by_value = set(truth.get("by_value", []))
        found = {name: columns for name, columns in place.identities().items() if name not in by_value}
        self.classes = found | truth.get("generated", {})
        self.ignored = set(truth.get("clock", []))
        self.show = truth.get("show", [])

    def rows(self, place):
        rows = []
        for table, row in place.keeper.run(place.read).rows:
            row = json.loads(row)
            kept = {c: v for c, v in row.items() if f"{table}.{c}" not in self.ignored}
            rows.append((table, kept))
        return rows

    def canonical(self, rows):
        """The least of all renamings of the generated values."""
        owner = {column: name for name, columns in self.classes.items() for column in columns}
        values = {name: set() for name in self.classes}
        for table, row in rows:
            for column, value in row.items():
                if (name := owner.get(f"{table}.{column}")) and value is not None:
                    values[name].add(value)
        values = {name: sorted(found, key=str) for name, found in values.items()}
        best = None
        for orders in itertools.product(*(itertools.permutations(range(len(v))) for v in values.values())):
            names = {n: dict(zip(v, order)) for (n, v), order in zip(values.items(), orders)}
            renamed = []
            for table, row in rows:
                cells = [(c, names[owner[f"{table}.{c}"]].get(v) if f"{table}.{c}" in owner else v)
                         for c, v in sorted(row.items())]
                renamed.append(json.dumps([table, cells]))
            renamed = tuple(sorted(renamed))
            best = renamed if best is None or renamed < best else best
        return best

    def end(self, schedule):
        effects = Counter((a, n, v) for a, n, v in schedule.effects)
        told = tuple(a.outcome for a in schedule.attempts)
        shown = tuple(tuple(str(a.variables.get(n)) for n in self.show) for a in schedule.attempts)
        return {"rows": self.canonical(self.rows(schedule.place)), "effects": frozenset(effects.items()),
                "told": told, "shown": shown,
                "wrote": tuple(a.has_committed for a in schedule.attempts),
                "errors": tuple(a.error for a in schedule.attempts)}

    def verdict(self, end, serial):
        """`serial` has (actors that took part, end of a serial order of them)."""
        def fits(actors, other, readers_too):
            for a, told in enumerate(end["told"]):
                if a not in actors:
                    if told not in ("failed", "gave up"):
                        return False
                elif told != other["told"][a] and (readers_too or end["wrote"][a]):
                    return False
            return end["rows"] == other["rows"] and end["effects"] == other["effects"]
        fitting = [(actors, other) for actors, other in serial if fits(actors, other, True)]
        if not fitting:
            if any(fits(actors, other, False) for actors, other in serial):
                return "stale-answer"
            lost = [a for a, told in enumerate(end["told"]) if told in ("failed", "gave up")]
            left = [a for a in lost if end["wrote"][a]
                    or any(actor == a for (actor, _, _), _ in end["effects"])]
            return "not-atomic" if left else "not-serializable"
        same = lambda actors, other: all(end["shown"][a] == other["shown"][a] for a in actors)
        return "safe" if any(same(*one) for one in fitting) else "stale-answer"


class Subject:
    """What meets: the scripts of one group, by actor."""

    def __init__(self, name, operations, keys, settings):
        self.name, self.operations, self.keys, self.settings = name, operations, keys, settings

    def attempts(self, level, splits):
        made = []
        for actor, (operation, commands) in enumerate(self.operations):
            bound = {"buyer": self.keys[actor], "checkout_key": 7000 + self.keys[actor]}
            bound |= self.settings["define"]
            attempt = Attempt(commands, bound, self.settings["max_tries"], splits, level != LEVELS[0])
            attempt.operation = operation
            made.append(attempt)
        return made


def schedules(place, subject, level, splits, actors=None):
    """Every schedule; with `actors`, the one serial order of them."""
    prefix = []
    while True:
        attempts = subject.attempts(level, splits)
        for diverged in range(20):
            try:
                run = Schedule(place, attempts, level, prefix)
                break
            except Diverged:
                for session in place.sessions:
                    session.pg.finish()
                raise SystemExit("the same prefix led elsewhere")
        yield run
        deepest = len(run.chosen) - 1
        while deepest >= 0 and run.chosen[deepest] == run.choices[deepest][-1]:
            deepest -= 1
        if deepest < 0:
            return
        can = run.choices[deepest]
        prefix = run.chosen[:deepest] + [can[can.index(run.chosen[deepest]) + 1]]


def serial_ends(place, subject, level, splits, judge):
    ends = []
    everyone = range(len(subject.operations))
    for size in range(len(everyone) + 1):
        for order in itertools.permutations(everyone, size):
            attempts = subject.attempts(level, splits)
            run = Schedule(place, [], level, [])
            run.attempts = attempts
            run.steps = [attempt.steps() for attempt in attempts]
            run.next = [None] * len(attempts)
            for session in place.sessions:
                session.run(f"SET default_transaction_isolation = '{level}'")
            for actor in order:
                run.next[actor] = next(run.steps[actor])
                while run.next[actor] is not None:
                    run.carry_out(actor)
                    run.settle()
            ends.append((set(order), judge.end(run)))
    return ends


def examine(place, subject, level, splits, invariants, judge, allow):
    """Counts of one subject at one level."""
    serial = serial_ends(place, subject, level, splits, judge)
    usual = {e for _, end in serial for e in end["errors"] if e}
    counts, total = Counter(), 0
    for run in schedules(place, subject, level, splits):
        total += 1
        end = judge.end(run)
        run.end()
        broken = [n for n, sql in invariants.items() if place.keeper.run(sql).rows]
        for name in broken:
            counts[f"invariant {name}"] += 1
        counts["violates"] += bool(broken)
        verdict = judge.verdict(end, serial)
        counts[verdict] += 1
        raised = {e for a, e in zip(run.attempts, end["errors"])
                  if e and a.outcome in ("failed", "gave up") and e not in usual and e not in allow
                  and e not in ("40001", "55P03")}
        for error in raised:
            counts[f"error {error}"] += 1
        counts["raises-errors"] += bool(raised)
        counts["gave up"] += "gave up" in end["told"]
        counts["no progress"] += all(t == "gave up" for t in end["told"])
    counts["schedules"] = total
    return counts


def worst(counts, with_rule):
    order = ["not-serializable", "not-atomic", "raises-errors", "stale-answer"]
    order = ["violates", "raises-errors"] if with_rule else order
    return next((v for v in order if counts[v]), "safe")


def load(path):
    """The scenario, its truth beside it, and what meets in it."""
    scenario = tomllib.loads(path.read_text())
    beside = path.parent / "truth.toml"
    truth = tomllib.loads(beside.read_text()) if beside.exists() else {}
    explore = scenario.get("explore", {})
    settings = {"define": scenario["tables"].get("define", {}), "max_tries": explore.get("max_tries", 1)}
    subjects = []
    for name in scenario["strategies"]:
        file = path.parent / name
        if name.endswith(".sql"):
            buyers = explore.get("buyers", 2)
            script = parse(file.read_text())
            subjects.append(Subject(name, [(name, script)] * buyers, list(range(1, buyers + 1)), settings))
            continue
        scripts = {f.stem: parse(f.read_text()) for f in sorted(file.glob("*.sql"))}
        groups = explore.get("sessions") or itertools.combinations_with_replacement(scripts, 2)
        groups = [groups] if isinstance(groups, list) and isinstance(groups[0], str) else groups
        for group in groups:
            parts = [part.partition("=") for part in group]
            keys = []
            for at, (_, _, again) in enumerate(parts):
                keys.append(keys[ord(again) - ord("A")] if again else at + 1)
            operations = [(part[0], scripts[part[0]]) for part in parts]
            subjects.append(Subject(name.rstrip("/") + "/" + "+".join(group), operations, keys, settings))
    invariants = scenario.get("invariants", {}) | truth.get("invariants", {})
    return scenario, truth, subjects, invariants


def main():
    flags = argparse.ArgumentParser(description=__doc__)
    flags.add_argument("--server", required=True, help="a connection string of a superuser, without dbname")
    flags.add_argument("--only", default="", help="subjects whose names contain this")
    flags.add_argument("--level", default="", help="levels whose names contain this")
    flags.add_argument("scenarios", nargs="+", type=Path)
    flags = flags.parse_args()
    for path in flags.scenarios:
        scenario, truth, subjects, invariants = load(path)
        print(f"{path}")
        place = Place(flags.server, path.parent, scenario["tables"], max(len(s.operations) for s in subjects))
        judge, allow = Judge(truth, place), scenario["tables"].get("allow", [])
        for subject, level, splits in itertools.product(subjects, LEVELS, (False, True)):
            if flags.only not in subject.name or flags.level not in level:
                continue
            counts = examine(place, subject, level, splits, invariants, judge, allow)
            found = {k: v for k, v in sorted(counts.items()) if v and k != "schedules"}
            cut = "apart" if splits else "whole"
            print(f"  {subject.name} | {level} | {cut} | {counts['schedules']} schedules | "
                  f"{worst(counts, True) if invariants else '-'} / {worst(counts, False)} | {json.dumps(found)}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
