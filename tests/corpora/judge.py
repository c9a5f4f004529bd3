"""Which ends no serial order gives, with no rule written."""

import itertools
import json


class Judge:
    """Identity columns, with those that refer to them,
    and the classes of `generated` are compared by which rows share a value, not by value;
    columns of `by_value` are not. Of columns of `clock` counts whether there is a value. A
    generated value that an effect carries is `effects.NAME.value`."""

    def __init__(self, truth, place):
        by_value = set(truth.get("by_value", []))
        found = {name: columns for name, columns in place.identities().items() if name not in by_value}
        self.classes = found | truth.get("generated", {})
        self.clock = set(truth.get("clock", []))
        self.show = truth.get("show", [])

    def rows(self, place):
        rows = []
        for table, row in place.keeper.run(place.read).rows:
            row = json.loads(row)
            kept = {c: v if f"{table}.{c}" not in self.clock else v is not None for c, v in row.items()}
            rows.append((table, kept))
        return rows

    def canonical(self, rows):
        """The least of all renamings of the generated values."""
        owner = {column: name for name, columns in self.classes.items() for column in columns}
        values = {name: set() for name in self.classes}
        for table, row in rows:
            for column, value in row.items():
                if (name := owner.get(f"{table}.{column}")) and value is not None:
                    values[name].add(str(value))
        values = {name: sorted(found) for name, found in values.items()}
        best = None
        for orders in itertools.product(*(itertools.permutations(range(len(v))) for v in values.values())):
            names = {n: dict(zip(v, order)) for (n, v), order in zip(values.items(), orders)}
            renamed = []
            for table, row in rows:
                cells = [(c, names[owner[f"{table}.{c}"]].get(str(v)) if f"{table}.{c}" in owner else v)
                         for c, v in sorted(row.items())]
                renamed.append(json.dumps([table, cells]))
            renamed = tuple(sorted(renamed))
            best = renamed if best is None or renamed < best else best
        return best

    def end(self, schedule):
        effects = [(f"effects.{name}", {"actor": a, "value": v}) for a, name, v in schedule.effects]
        told = tuple(a.outcome for a in schedule.attempts)
        shown = tuple(tuple(str(a.variables.get(n)) for n in self.show) for a in schedule.attempts)
        return {"rows": self.canonical(self.rows(schedule.place) + effects),
                "acted": {a for a, _, _ in schedule.effects}, "told": told, "shown": shown,
                "wrote": tuple(a.has_committed for a in schedule.attempts),
                "errors": tuple(a.error for a in schedule.attempts)}

    def verdict(self, end, serial):
        """`serial` has (actors that took part, end of a serial order of them)."""
        quiet = {a for a, wrote in enumerate(end["wrote"]) if not wrote and a not in end["acted"]}

        def fits(actors, other, excused):
            """Whether the rows are those of this order, and what was told too, but for the
            sessions that are excused."""
            for a, told in enumerate(end["told"]):
                if a in excused:
                    continue
                if a not in actors and told not in ("failed", "gave up"):
                    return False
                if a in actors and told != other["told"][a]:
                    return False
            return end["rows"] == other["rows"]

        fitting = [(actors, other) for actors, other in serial if fits(actors, other, set())]
        if not fitting:
            # A session that wrote nothing can cause no more than a wrong answer.
            if any(fits(actors, other, quiet) for actors, other in serial):
                return "stale-answer"
            lost = [a for a, told in enumerate(end["told"]) if told in ("failed", "gave up")]
            left = [a for a in lost if end["wrote"][a] or a in end["acted"]]
            return "not-atomic" if left else "not-serializable"
        same = lambda actors, other: all(end["shown"][a] == other["shown"][a] for a in actors)
        return "safe" if any(same(*one) for one in fitting) else "stale-answer"
