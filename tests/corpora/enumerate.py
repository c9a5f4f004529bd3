"""Runs every schedule of scenarios on tables of their own, and counts what breaks.

A second implementation: it shares no code with the program, so that either can be held
to the other. README.md says how it is run.
"""

import argparse
import itertools
import json
import sys
import tomllib
from collections import Counter
from pathlib import Path

from psycopg import pq

from judge import Judge
from script import Attempt, parse
from server import PATIENT, Place

LEVELS = ["read committed", "repeatable read", "serializable"]
EAGER = "1ms"
MARK = "# Broken schedules of all, as tests/corpora/enumerate.py counts them:"


class Diverged(Exception):
    """The same prefix led elsewhere."""


class Schedule:
    """One run: follows the actors that `prefix` names, then always the first that can."""

    def __init__(self, place, attempts, level, prefix):
        self.place, self.prefix = place, prefix
        self.attempts = attempts
        self.running, self.chosen, self.choices, self.effects = set(), [], [], []
        self.known_to_wait, self.eager = set(), {}
        place.put_back(level)
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
        if not text.upper().startswith("BEGIN"):
            self.choose_victim(actor)
        session.send(text, value)
        self.running.add(actor)

    def choose_victim(self, actor):
        """A session that may close a circle of waits looks for one at once; the others do
        not look, so that it is the victim."""
        session = self.place.sessions[actor]
        status = session.pg.transaction_status
        if status == pq.TransactionStatus.INERROR:
            return
        scope = "LOCAL" if status == pq.TransactionStatus.INTRANS else "SESSION"
        if self.running:
            session.run(f"SET {scope} deadlock_timeout = '{EAGER}'")
            self.eager.setdefault(actor, scope)
        elif actor in self.eager:
            session.run(f"SET {scope} deadlock_timeout = '{PATIENT}'")
            if scope == "SESSION" or self.eager[actor] == "LOCAL":
                del self.eager[actor]

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
            self.known_to_wait = set(waits)
            if not stuck:
                return

    def end(self):
        place = self.place
        for actor, attempt in enumerate(self.attempts):
            place.keeper.run("INSERT INTO sim.outcomes VALUES ($1, 1, $2, $3, $4, $5, $6, $7)", [
                str(actor + 1), attempt.operation, str(attempt.bound["buyer"]),
                str(attempt.bound["checkout_key"]), attempt.outcome, str(attempt.tries),
                json.dumps(attempt.variables)])
        for actor, name, value in self.effects:
            place.keeper.run("INSERT INTO sim.effects VALUES ($1, $2, $3)", [str(actor + 1), name, value])


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


def schedules(place, subject, level, splits):
    """Every schedule, by its first run."""
    prefix = []
    while True:
        attempts = subject.attempts(level, splits)
        run = Schedule(place, attempts, level, prefix)
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
    settings = {"define": scenario["tables"].get("define", {}), "max_tries": explore.get("max-tries", 1)}
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
    asked = scenario.get("isolation", "all")
    levels = LEVELS if asked == "all" else [level for level in LEVELS if level.replace(" ", "-") in asked]
    return scenario, truth, subjects, levels, invariants


def expected(scenario, truth, subject, level):
    """The verdict that the files name, if they do, and whether it is that of a rule."""
    if truth:
        said, with_rule = truth["verdict"], False
    else:
        cells = scenario.get("expect", {}).get("explore", {})
        said, with_rule = cells.get(subject, cells.get(subject.split("/")[0] + "/")), True
    return (said.get(level.replace(" ", "-")) if isinstance(said, dict) else said), with_rule


def cell(counts, with_rule):
    """As the table of a file shows it: `60/70`, or with the verdict where it is no rule's."""
    verdict = worst(counts, with_rule)
    broken = 0 if verdict == "safe" else counts[verdict]
    word = "" if verdict in ("safe", "violates") else " " + verdict
    return f"{broken}/{counts['schedules']}{word}"


def rows_of(table, cells):
    """A table of comments: a line for each subject, a column for each level."""
    levels = list(next(iter(table.values())))
    rows = [["", *levels]]
    for subject, found in table.items():
        rows.append([subject] + [" · ".join(dict.fromkeys(cells(found[level]))) for level in levels])
    widths = [max(len(row[at]) for row in rows) for at in range(len(levels) + 1)]
    return ["# " + "  ".join(c.ljust(w) for c, w in zip(row, widths)).rstrip() for row in rows]


def write_counts(path, table, with_rule):
    """Puts what was counted, of the whole cut and the other one, at the end of a file."""
    text = path.read_text().split(MARK)[0].rstrip()
    lines = [MARK, "# a statement as one step; then, where that differs, with execute and commit apart."]
    lines += rows_of(table, lambda cuts: [cell(counts, with_rule) for counts in cuts])
    if with_rule:
        lines += ["#", "# With no rule, as serial orders alone tell:"]
        lines += rows_of(table, lambda cuts: [worst(cuts[-1], False)])
    path.write_text(text + "\n\n" + "\n".join(lines) + "\n")


def examine_file(path, flags):
    """Prints what was found; how many cells are not as the files say."""
    scenario, truth, subjects, levels, invariants = load(path)
    print(path, flush=True)
    actors = max(len(subject.operations) for subject in subjects)
    place = Place(flags.server, path.parent, scenario["tables"], actors)
    judge, allow = Judge(truth, place), scenario["tables"].get("allow", [])
    table, wrong = {}, 0
    for subject, level, splits in itertools.product(subjects, levels, (False, True)):
        if flags.only not in subject.name or flags.level not in level:
            continue
        counts = examine(place, subject, level, splits, invariants, judge, allow)
        said, with_rule = expected(scenario, truth, subject.name, level)
        is_wrong = splits and said is not None and said != worst(counts, with_rule)
        finds = truth.get("invariant_finds")
        is_wrong |= splits and finds is not None and (level.replace(" ", "-") in finds) != bool(counts["violates"])
        wrong += is_wrong
        table.setdefault(subject.name, {}).setdefault(level, []).append(counts)
        found = {k: v for k, v in sorted(counts.items()) if v and k != "schedules"}
        rule = worst(counts, True) if invariants else "-"
        print(f"  {subject.name} | {level} | {'apart' if splits else 'whole'} | {counts['schedules']} schedules | "
              f"{rule} / {worst(counts, False)} | {json.dumps(found)}{f' | NOT AS EXPECTED: {said}' if is_wrong else ''}", flush=True)
    place.drop()
    if flags.write:
        beside = path.parent / "truth.toml"
        write_counts(beside if truth else path, table, not truth)
    return wrong


def main():
    flags = argparse.ArgumentParser(description=__doc__)
    flags.add_argument("--server", required=True, help="a connection string of a superuser, without dbname")
    flags.add_argument("--only", default="", help="subjects whose names contain this")
    flags.add_argument("--level", default="", help="levels whose names contain this")
    flags.add_argument("--write", action="store_true", help="write the counts into the files")
    flags.add_argument("scenarios", nargs="+", type=Path)
    given = flags.parse_args()
    if given.write and (given.only or given.level):
        flags.error("--write takes every subject at every level")
    wrong = sum(examine_file(path, given) for path in given.scenarios)
    if wrong:
        sys.exit(f"{wrong} verdicts are not as the files say")


if __name__ == "__main__":
    main()
