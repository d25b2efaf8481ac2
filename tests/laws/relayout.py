"""The same policy, typed by somebody else: other spaces, other indentation, remarks, blank lines,
another order of the declarations, other files, other names for what an aggregate goes through.
Nothing of it is meant to mean anything.

All other words, numbers, units and texts stay as they are. The rows of tables, the sentences and
the lists of a declaration go on with another line here and there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

#: A text, a clause, a number with its unit (one space stands between them, always), a path or
#: word or date or number, a sign of two letters, a sign.
_TOKEN = re.compile(
    r"""  "(?:\\.|[^"\\])*"
        | [\w-]+\#[\w.-]+
        | (?<![\w.-])\d+(?:\.\d+)?[ ](?:%|[A-Za-z_][\w/]*)
        | \w+(?:[-.](?:\w+|\{\w+\}))*
        | -> | \.\. | <= | >=
        | \S
    """,
    re.X,
)
_OPENING, _CLOSING = "([{", ")]}"
#: The words behind which a sentence stands.
_SAYS = frozenset({"say", "fix", "ask", "because", "hold", "infeasible", "undecided", "advise"})


@dataclass(frozen=True)
class Habits:
    """How somebody types."""

    step: int
    breaks: float
    inside: int
    between: int
    remarks: bool
    line_end: str

    @classmethod
    def of(cls, rng: Random) -> Habits:
        """Habits at random: spaces for a step of indentation, how often a line goes on with another
        one, spaces within brackets, spaces between words at most, remarks or none, the end of a
        line."""
        return cls(
            step=rng.choice((1, 2, 3, 4, 8)),
            breaks=rng.choice((0, 0.1, 0.5)),
            inside=rng.choice((0, 0, 1, 2)),
            between=rng.choice((1, 1, 2, 4)),
            remarks=rng.random() < 0.3,
            line_end=rng.choice(("\n", "\n", "\r\n")),
        )


def spaced(line: str, habits: Habits, rng: Random) -> str:
    """One line, its indentation in steps of two spaces, with other spaces."""
    indent = (len(line) - len(line.lstrip(" "))) // 2 * habits.step
    tokens = list(_TOKEN.finditer(line))
    pieces = [" " * indent]
    row = bool(tokens) and tokens[0][0] == "|"
    for before, token in zip([None, *tokens], tokens, strict=False):
        if before is not None:
            goes_on = (row and token.start() > before.end()) or before[0] == ","
            if goes_on and rng.random() < habits.breaks:
                pieces.append(further(indent, habits, rng))
            else:
                pieces.append(" " * gap(before, token, habits, rng))
        said = (
            before is not None and before[0] in _SAYS and len(token[0]) > 2 and token[0][0] == '"'
        )
        pieces.append(in_lines(token[0], indent, habits, rng) if said else token[0])
    if habits.remarks and rng.random() < 0.3:
        pieces.append("  # a remark")
    elif rng.random() < 0.1:
        pieces.append(" " * rng.randint(1, 3))
    return "".join(pieces)


def further(indent: int, habits: Habits, rng: Random) -> str:
    """The end of a line and the beginning of one that goes on with it, further in; with a remark
    between them at times."""
    remark = "  # it goes on" if habits.remarks and rng.random() < 0.3 else ""
    return remark + habits.line_end + " " * (indent + rng.randint(1, 9))


def in_lines(text: str, indent: int, habits: Habits, rng: Random) -> str:
    """A sentence in quotes, parted between two of its words here and there."""
    made: list[str] = []
    for word in re.findall(r"(?:\{[^}]*\}|\\.|[^\s{])+", text[1:-1]):
        if made and rng.random() >= habits.breaks:
            made[-1] += f" {word}"
        else:
            made.append(word)
    if " ".join(made) != text[1:-1]:
        return text
    lines = [f'"{line}"' for line in made]
    return "".join([lines[0], *(further(indent, habits, rng) + line for line in lines[1:])])


def gap(before: re.Match[str], after: re.Match[str], habits: Habits, rng: Random) -> int:
    """How many spaces stand between two tokens now. Where there is one, one stays; where there
    is none, some come only inside of brackets and around commas."""
    if after.start() > before.end():
        return rng.randint(1, habits.between)
    if before[0] in _OPENING or after[0] in _CLOSING:
        return rng.randint(0, habits.inside)
    if "," in (before[0], after[0]):
        return rng.randint(0, habits.inside)
    return 0


def retyped(declaration: str, habits: Habits, rng: Random) -> str:
    """A declaration with other spaces and with remarks between its lines."""
    lines: list[str] = []
    for number, line in enumerate(declaration.split("\n")):
        if number and habits.remarks and rng.random() < 0.2:
            lines.append(" " * rng.randint(0, 6) + "# between two lines")
        lines.append(spaced(line, habits, rng))
    return habits.line_end.join(lines) + habits.line_end


#: The names that generated policies give to the members of a set, and those put in their place,
#: which are written nowhere else.
_LOCAL = re.compile(r"\bover (\w+) in\b")
RENAMED = re.compile(r"\blocal-(\w+)-\d+\b")


def renamed(declaration: str, rng: Random) -> str:
    """A declaration with another name for each variable; `RENAMED` gives back the one it had."""
    for name in dict.fromkeys(_LOCAL.findall(declaration)):
        other = f"local-{name}-{rng.randrange(1000)}"
        declaration = re.sub(rf"(?<![\w.-]){name}(?![\w-])", other, declaration)
    return declaration


def relaid(declarations: Sequence[str], rng: Random) -> tuple[str, ...]:
    """The texts of one to three files that hold the declarations in another order, with other
    local names."""
    shuffled = [renamed(declaration, rng) for declaration in declarations]
    rng.shuffle(shuffled)
    cuts = sorted(rng.sample(range(1, len(shuffled)), rng.randint(0, 2)))
    files = []
    for start, end in zip([0, *cuts], [*cuts, len(shuffled)], strict=True):
        habits = Habits.of(rng)
        blank = habits.line_end * rng.randint(0, 2)
        files.append(blank.join(retyped(text, habits, rng) for text in shuffled[start:end]))
    return tuple(files)
