"""Figures of the engine's text: `python -m tests.figures` prints them.

A kind, a state, a level and the like are types, and what is written for people is made in `render`
and read nowhere. What is counted here is what would be at odds with that: comparisons of such
fields with words, of codes of messages, and sentences made below `render`.
`tests/package/test_figures.py` holds all of them at zero.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ENGINE = Path(__file__).parent.parent / "engine" / "mlpolicy"

#: Fields that hold one of a closed set, or what is written for people. An operator is what the
#: operator table is for.
FIELDS = frozenset(
    {
        *("kind", "level", "status", "state", "basis", "strategy", "over", "scope", "per", "which"),
        *("form", "purpose", "proof", "take", "span", "verdict", "group", "question", "severity"),
        *("note", "notice", "say", "fix", "error", "answer", "given", "needs", "path"),
        *("arm", "detail", "reached"),
    }
)
#: Where the words of the language are read: a syntax tree holds them as they are written, a layout
#: is made of them, and a file of records, a log or a command line is text.
READS_TEXT = frozenset({"syntax", "format", "schema", "cli", "records"})
#: Rooms below `render`, in which no sentence is made.
MUTE = (
    *("core/decision.py", "core/labels.py", "core/notices.py", "core/replies.py", "core/trace.py"),
    *("evaluate", "judge", "analyze", "explain", "decide.py"),
)
#: What is let through: the names of steps and rows, which are keys and names of the JSON document;
#: the stand-in for a key in the question of a policy's author; and what `approvals` tells in a
#: diagnostic and in the decision alike.
NAMES = frozenset(
    {
        *("is known", "is unknown", "if yes", "if no", "the {}"),
        *("{} {}: none is stated", "{} of the {}, row {}"),
        "nobody states that this version was approved",
    }
)
#: The middle of the engine.
MIDDLE = ("evaluate", "judge", "analyze", "explain")
TEXT_METHODS = frozenset(
    {
        *("startswith", "endswith", "removeprefix", "removesuffix"),
        *("partition", "rpartition", "split", "replace", "find", "strip"),
    }
)


class Spot(NamedTuple):
    """A place in the engine's text, with what stands there."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


def modules(*parts: str) -> Iterator[tuple[str, ast.Module]]:
    """The modules of the engine below some of its parts (all of them: none named)."""
    for path in sorted(ENGINE.rglob("*.py")):
        name = path.relative_to(ENGINE).as_posix()
        if not parts or any(name == part or name.startswith(f"{part}/") for part in parts):
            yield name, _tree(path)


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def kinds_compared() -> list[Spot]:
    """Where a field of `FIELDS` is compared with a word, or taken apart as a text."""
    return [
        spot
        for name, tree in modules()
        if name.split("/")[0] not in READS_TEXT
        for spot in compared_in(name, tree)
    ]


def compared_in(name: str, tree: ast.AST) -> Iterator[Spot]:
    """The same of one module."""
    for node in ast.walk(tree):
        match node:
            case ast.Compare(left=left, comparators=others):
                sides = [left, *others]
                found = any(map(_is_field, sides)) and any(map(_is_word, sides))
            case ast.Match(subject=subject, cases=cases):
                patterns = [p for case in cases for p in ast.walk(case.pattern)]
                words = [p for p in patterns if isinstance(p, ast.MatchValue) and _is_word(p.value)]
                found = _is_field(subject) and bool(words)
            case ast.MatchClass(kwd_attrs=names, kwd_patterns=patterns_):
                found = any(
                    each in FIELDS and isinstance(p, ast.MatchValue) and _is_word(p.value)
                    for each, p in zip(names, patterns_, strict=True)
                )
            case ast.Call(func=ast.Attribute(value=value, attr=method)):
                found = method in TEXT_METHODS and _is_field(value)
            case _:
                continue
        if found:
            yield Spot(name, getattr(node, "lineno", 0), ast.unparse(node).split("\n")[0])


def codes_compared() -> list[Spot]:
    """Where the code of a message is compared: what hangs on it is its `matter`."""
    return [spot for name, tree in modules() for spot in codes_in(name, tree)]


def codes_in(name: str, tree: ast.AST) -> Iterator[Spot]:
    """The same of one module."""
    alike = (ast.Eq, ast.NotEq, ast.In, ast.NotIn)
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and all(isinstance(op, alike) for op in node.ops):
            sides = [node.left, *node.comparators]
            if any(isinstance(each, ast.Attribute) and each.attr == "code" for each in sides):
                yield Spot(name, node.lineno, ast.unparse(node))


def _is_field(node: ast.AST) -> bool:
    """A field of these names; `os.path` is none."""
    return (
        isinstance(node, ast.Attribute)
        and node.attr in FIELDS
        and not (isinstance(node.value, ast.Name) and node.value.id == "os")
    )


def _is_word(node: ast.AST) -> bool:
    """A word, or some in brackets; the empty text is no word."""
    match node:
        case ast.Constant(value=str() as text):
            return bool(text)
        case ast.Tuple(elts=elements) | ast.Set(elts=elements) | ast.List(elts=elements):
            return any(map(_is_word, elements))
        case _:
            return False


def sentences() -> list[Spot]:
    """Texts of two words and more below `render`: what a person would read."""
    return [spot for name, tree in modules(*MUTE) for spot in sentences_in(name, tree)]


def sentences_in(name: str, tree: ast.Module) -> Iterator[Spot]:
    """The same of one module. What is said of a fault of ours, in an assertion, does not count."""
    silent: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            silent.add(id(node.value))  # a docstring
        if isinstance(node, ast.Assert | ast.Raise):
            ours = node.msg if isinstance(node, ast.Assert) else node.exc
            if isinstance(node, ast.Assert) or _is_assertion(ours):
                silent.update(map(id, ast.walk(ours)) if ours is not None else ())
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            silent.update(map(id, node.values))
            parts = [p.value if isinstance(p, ast.Constant) else "{}" for p in node.values]
            text = "".join(map(str, parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        else:
            continue
        if id(node) not in silent and _is_sentence(text) and text not in NAMES:
            yield Spot(name, node.lineno, ast.unparse(node))


def _is_sentence(text: str) -> bool:
    """Two words, one of which may be filled in."""
    several = re.search(r"[A-Za-z`}]\S*\s+\S*[A-Za-z`{]", text) is not None
    return several and re.search(r"[A-Za-z]{2}", text) is not None


def _is_assertion(node: ast.AST | None) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "AssertionError"
    )


def lines(*parts: str) -> int:
    """The lines of some parts of the engine, or of all of it."""
    return sum(len((ENGINE / name).read_text("utf-8").splitlines()) for name, _ in modules(*parts))


def largest_file(*parts: str) -> Spot:
    """The file of most lines."""
    return max((Spot(name, lines(name), "") for name, _ in modules(*parts)), key=lambda s: s.line)


def largest_function(*parts: str) -> Spot:
    """The function of most lines; its `line` is how many it has."""
    return max(
        (
            Spot(name, (node.end_lineno or 0) - node.lineno + 1, node.name)
            for name, tree in modules(*parts)
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef)
        ),
        key=lambda spot: spot.line,
    )


def main() -> None:
    """Prints the figures, and each place that should not be."""
    for title, spots in (
        ("fields of a kind compared with words", kinds_compared()),
        ("codes of messages compared", codes_compared()),
        ("sentences made below render", sentences()),
    ):
        print(f"{len(spots):6}  {title}")
        for spot in spots:
            print(f"        {spot}")
    print(f"{lines(*MIDDLE):6}  lines of {', '.join(MIDDLE)} together")
    for part in MIDDLE:
        print(f"{lines(part):6}    {part}")
    print(f"{lines():6}  lines of the engine")
    for what, parts in (("of these", MIDDLE), ("of the engine", ())):
        file, function = largest_file(*parts), largest_function(*parts)
        print(f"{file.line:6}  lines of the largest file {what}: {file.file}")
        print(f"{function.line:6}  lines of the largest function {what}: {function.text}")


if __name__ == "__main__":
    main()
