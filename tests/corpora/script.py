"""A small interpreter of scripts, written apart from the program's own.

A script is read into commands; `run` is a generator that yields each step and is sent
its answer. It knows what the shipped scripts and the corpora use, and no more.
"""

import re
from dataclasses import dataclass, field

TOKEN = re.compile(
    r"""--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|"[^"]*"|(\$\w*\$).*?\1|::|:[A-Za-z_]\w*|;|\\|.""",
    re.S,
)
SPLIT = ("INSERT", "UPDATE", "DELETE", "MERGE", "WITH")
LOST_RACE = ("40001", "40P01", "55P03")
OUTCOMES = {"outcome_done": "done", "outcome_refused": "refused", "outcome_again": "again"}


@dataclass
class Command:
    kind: str
    line: int
    text: str = ""
    names: list = field(default_factory=list)
    prefix: str = ""

    @property
    def verb(self):
        return self.text.split(None, 1)[0].upper() if self.text else ""


@dataclass
class Answer:
    """What the server said: `sqlstate` is None where the statement succeeded."""

    sqlstate: str | None = None
    tag: str = ""
    affected: int = 0
    columns: list = field(default_factory=list)
    rows: list = field(default_factory=list)


class ScriptError(Exception):
    """An error that ends the try, as the caller hears of it."""


def parse(text):
    """The commands of a script."""
    commands, sql, names, line = [], "", [], 1
    at = 0

    def end(kind, prefix=""):
        nonlocal sql, names
        if sql.strip():
            commands.append(Command(kind, start, sql.strip(), names, prefix))
        elif kind in ("gset", "aset"):
            commands[-1].kind, commands[-1].prefix = kind, prefix
        sql, names = "", []

    start = 1
    while at < len(text):
        match = TOKEN.match(text, at)
        piece, at = match.group(), match.end()
        if not sql.strip():
            start = line
        if piece == "\\":
            newline = text.find("\n", at)
            rest = text[at : len(text) if newline < 0 else newline]
            at += len(rest)
            word, _, rest = rest.strip().partition(" ")
            if word in ("gset", "aset"):
                end(word, rest.strip())
            else:
                commands.append(Command(word, line, rest.strip()))
        elif piece == ";":
            end("sql")
        elif piece.startswith(("--", "/*")):
            sql += " "
        elif piece[0] == ":" and piece != "::" and len(piece) > 1:
            names.append(piece[1:])
            sql += f"${len(names)}"
        else:
            sql += piece
        line += piece.count("\n")
    if sql.strip():
        raise ValueError(f"line {start}: a statement without ;")
    return commands


# --- expressions -----------------------------------------------------------------------

LEXEME = re.compile(r"\s*(:\w+|\d+\.\d+|\d+|'(?:[^']|'')*'|\w+|<=|>=|<>|!=|[-+*/%<>=(),])")
BINARY = [
    ({"or"}, None),
    ({"and"}, None),
    ({"=", "<>", "!=", "<", "<=", ">", ">="}, None),
    ({"+", "-"}, None),
    ({"*", "/", "%"}, None),
]


class Literal(str):
    """A quoted text: what is compared with it is compared as text."""


def value_of(text):
    """A variable as an expression reads it."""
    if not isinstance(text, str):
        return text
    lower = text.lower()
    if lower == "null":
        return None
    if lower and ("true".startswith(lower) or "yes".startswith(lower) or lower == "on"):
        return True
    if lower and ("false".startswith(lower) or "no".startswith(lower) or lower in ("of", "off")):
        return False
    try:
        return float(text) if re.search(r"[.eE]", text) else int(text)
    except ValueError:
        raise ScriptError(f"the value {text!r} is no number") from None


class Expression:
    def __init__(self, text, variables):
        self.words, self.variables, self.at = LEXEME.findall(text), variables, 0

    def peek(self):
        return self.words[self.at].lower() if self.at < len(self.words) else ""

    def take(self, expected=None):
        word = self.words[self.at]
        assert expected is None or word.lower() == expected, (expected, self.words)
        self.at += 1
        return word

    def evaluate(self):
        value = self.binary(0)
        assert self.at == len(self.words), f"not understood: {self.words[self.at:]}"
        return value

    def binary(self, level):
        if level == 2 and self.peek() == "not":
            self.take()
            value = self.binary(2)
            return None if value is None else not truth(value)
        if level == len(BINARY):
            return self.unary()
        left = self.binary(level + 1)
        while self.peek() in BINARY[level][0] or (level == 2 and self.peek() == "is"):
            operator = self.take().lower()
            if operator == "is":
                negated = self.peek() == "not" and bool(self.take())
                word = self.take().lower()
                found = left is None if word == "null" else left is (word == "true")
                left = found != negated
                continue
            left = apply(operator, left, self.binary(level + 1))
        return left

    def unary(self):
        word = self.take()
        lower = word.lower()
        if word == "-":
            value = value_of(self.unary())
            return None if value is None else -value
        if word == "(":
            value = self.binary(0)
            self.take(")")
            return value
        if word[0] == ":":
            return self.variables[word[1:]]
        if word[0] == "'":
            return Literal(word[1:-1].replace("''", "'"))
        if word[0].isdigit():
            return value_of(word)
        if lower in ("null", "true", "false"):
            return {"null": None, "true": True, "false": False}[lower]
        if lower == "case":
            return self.case()
        arguments = []
        self.take("(")
        while self.peek() != ")":
            arguments.append(self.binary(0))
            if self.peek() == ",":
                self.take()
        self.take(")")
        arguments = [value_of(argument) for argument in arguments]
        if None in arguments:
            return None
        return {"greatest": max, "least": min, "abs": abs, "int": int}[lower](*arguments)

    def case(self):
        result, found = None, False
        while self.peek() == "when":
            self.take()
            condition = self.binary(0)
            self.take("then")
            value = self.binary(0)
            if truth(condition) and not found:
                result, found = value, True
        if self.peek() == "else":
            self.take()
            value = self.binary(0)
            result = result if found else value
        self.take("end")
        return result


def apply(operator, left, right):
    if operator == "and":
        if truth(left) and truth(right):
            return True
        known_false = (left is not None and not truth(left)) or (
            right is not None and not truth(right)
        )
        return False if known_false else None
    if operator == "or":
        if truth(left) or truth(right):
            return True
        return None if left is None or right is None else False
    if left is None or right is None:
        return None
    if isinstance(left, Literal) or isinstance(right, Literal):
        left, right = str(left), str(right)
    else:
        left, right = value_of(left), value_of(right)
    if operator in ("/", "%"):
        if right == 0:
            raise ScriptError("division by zero")
        quotient = left / right if float in (type(left), type(right)) else int(left / right)
        return quotient if operator == "/" else left - right * int(left / right)
    return {
        "=": lambda: left == right,
        "<>": lambda: left != right,
        "!=": lambda: left != right,
        "<": lambda: left < right,
        "<=": lambda: left <= right,
        ">": lambda: left > right,
        ">=": lambda: left >= right,
        "+": lambda: left + right,
        "-": lambda: left - right,
        "*": lambda: left * right,
    }[operator]()


def truth(value):
    value = value_of(value)
    return value is not None and value is not False and value != 0


# --- one attempt -----------------------------------------------------------------------


class Attempt:
    """All tries of one actor. `steps()` yields ("sql", text, values), ("effect", name,
    value), ("begin" / "end", ..) and is sent an Answer; afterwards `outcome` is set."""

    def __init__(self, commands, bound, max_tries, splits, takes_snapshots):
        self.commands, self.bound, self.max_tries = commands, bound, max_tries
        self.splits, self.takes_snapshots = splits, takes_snapshots
        self.kept, self.variables = {}, {}
        self.outcome, self.error, self.tries = None, None, 0
        self.has_committed = False

    def steps(self):
        for self.tries in range(1, self.max_tries + 1):
            outcome = yield from self.one_try()
            if outcome != "again":
                self.outcome = outcome
                return
        self.outcome = "gave up"

    def one_try(self):
        self.variables = dict(self.bound)
        self.is_open = self.has_failed = self.has_written = False
        self.last_end, self.unresolved, self.error = None, None, None
        at = 0
        try:
            while at < len(self.commands):
                command = self.commands[at]
                at += 1
                if command.kind in ("sql", "gset", "aset"):
                    yield from self.statement(command, at)
                elif command.kind in ("if", "elif", "else", "endif"):
                    at = self.branch(command, at)
                elif command.kind in ("set", "keep"):
                    self.assign(command)
                elif command.kind == "effect":
                    name, _, expression = command.text.partition(" ")
                    value = Expression(expression, self.variables).evaluate()
                    yield ("effect", name, value)
                elif command.kind != "sleep":
                    raise ValueError(f"\\{command.kind} is not known")
            return self.said()
        except ScriptError as error:
            if self.is_open:
                yield ("sql", "ROLLBACK", [])
                self.is_open = False
            if str(error) in LOST_RACE and not self.has_committed:
                self.error = str(error)
                return "again"
            self.error = str(error)
            return "failed"

    def assign(self, command):
        name, _, expression = command.text.partition(" ")
        if command.kind == "keep" and name in self.kept:
            self.variables[name] = self.kept[name]
        else:
            self.variables[name] = Expression(expression, self.variables).evaluate()
        if command.kind == "keep" or name in self.kept:
            self.kept[name] = self.variables[name]

    def branch(self, command, at):
        """Where a branch leads: `\\if` and `\\elif` that are reached are asked; an
        `\\elif` or `\\else` that ends a branch that ran is skipped to its `\\endif`."""
        if command.kind == "endif":
            return at
        if command.kind in ("elif", "else"):
            return self.skip(at, to_endif=True)
        while not truth(Expression(command.text, self.variables).evaluate()):
            at = self.skip(at, to_endif=False)
            command = self.commands[at - 1]
            if command.kind != "elif":
                break
        return at

    def skip(self, at, to_endif):
        depth = 0
        while True:
            kind = self.commands[at].kind
            at += 1
            if kind == "if":
                depth += 1
            elif kind == "endif":
                if depth == 0:
                    return at
                depth -= 1
            elif kind in ("elif", "else") and depth == 0 and not to_endif:
                return at

    def handles_errors(self, at):
        """Whether the next command that runs reads the error."""
        while at < len(self.commands) and self.commands[at].kind in ("else", "elif", "endif"):
            at = at if self.commands[at].kind == "endif" else self.skip(at + 1, True) - 1
            at += 1
        if at == len(self.commands):
            return False
        command = self.commands[at]
        read = command.names if command.kind in ("sql", "gset", "aset") else re.findall(r":(\w+)", command.text)
        return bool({"ERROR", "SQLSTATE"} & set(read))

    def statement(self, command, at):
        values = [self.variables[name] for name in command.names]
        values = [None if v is None else str(v).lower() if isinstance(v, bool) else str(v) for v in values]
        answer = yield from self.sent(command, values)
        told = {
            "ROW_COUNT": answer.affected,
            "ERROR": answer.sqlstate is not None,
            "SQLSTATE": answer.sqlstate or "00000",
        }
        self.variables.update(told)
        if answer.sqlstate is not None:
            first = self.unresolved if answer.sqlstate == "25P02" else None
            self.unresolved = first or answer.sqlstate
            if command.verb in ("COMMIT", "END") and self.is_open:
                self.is_open, self.last_end = False, "not committed"
            if not self.handles_errors(at):
                raise ScriptError(self.unresolved)
            return
        self.books(command, answer)
        if self.last_end != "not committed":
            self.unresolved = None
        self.save(command, answer)

    def sent(self, command, values):
        """One statement, in as many steps as the cut asks for."""
        is_alone = not self.is_open and (
            command.verb in SPLIT or " FOR UPDATE" in command.text.upper()
        )
        if self.splits and is_alone:
            if self.takes_snapshots:
                yield ("sql", "BEGIN; SELECT 1", None)
                answer = yield ("sql", command.text, values)
            else:
                answer = yield ("begin", command.text, values)
            if answer.sqlstate is not None:
                return answer
            end = yield ("sql", "COMMIT", [])
            return answer if end.sqlstate is None else end
        text = command.text
        if self.splits and self.takes_snapshots and command.verb in ("BEGIN", "START"):
            return (yield ("sql", text + "; SELECT 1", None))
        return (yield ("sql", text, values))

    def books(self, command, answer):
        verb = command.verb
        if verb in ("BEGIN", "START"):
            self.is_open, self.has_written = True, False
        elif verb in ("COMMIT", "END"):
            committed = answer.tag != "ROLLBACK"
            self.has_committed |= committed and self.has_written
            self.is_open, self.last_end = False, "committed" if committed else "not committed"
        elif verb == "ROLLBACK" and " TO " not in f" {command.text.upper()} ":
            self.is_open, self.last_end = False, "rolled back"
        elif verb in SPLIT and (answer.affected or answer.tag.startswith("SELECT")):
            self.has_written |= self.is_open
            self.has_committed |= not self.is_open

    def save(self, command, answer):
        if command.kind == "sql":
            return
        if command.kind == "gset" and len(answer.rows) != 1:
            raise ScriptError(f"\\gset takes one row, and {len(answer.rows)} came")
        row = answer.rows[-1] if answer.rows else [None] * len(answer.columns)
        for column, value in zip(answer.columns, row):
            name = command.prefix + column
            self.variables[name] = value
            if name in self.kept:
                self.kept[name] = value

    def said(self):
        said = [w for n, w in OUTCOMES.items() if truth(self.variables.get(n))]
        if len(said) > 1:
            raise ScriptError("several outcomes were said")
        if said and said[0] != "done":
            return said[0]
        if self.last_end == "not committed" or (not said and self.last_end is None):
            raise ScriptError(self.unresolved or "not committed")
        return "refused" if not said and self.last_end == "rolled back" else "done"
