"""The grammar as a page for people, made from the file that the parser reads.

What is for the parser alone is left out: the names that it gives to forms of a rule, the marks
that say what becomes a node of its own, how lines are told apart. A rule that only joins others
keeps the mark `_` before its name where another one has the same.
"""

from __future__ import annotations

import re

from mlpolicy.resources import resource_root

#: What a reader needs to know of each part that is no word of the language.
TERMINALS = {
    "ANSWER": "the word `answer`, before `=` in a test",
    "THROUGH": "the word `over`, before a name and `in`",
    "AGGREGATE": "`any`, `all`, `count` or `sum`, before a parenthesis",
    "CELL": "`|`, between the cells of a row",
    "CLAUSE": "a clause of a source, as in `guide#G6.1`",
    "DATE": "a day, as in `2026-11-22`",
    "MOMENT": "a day with its time and offset, as in `2026-11-22T09:30:00Z`",
    "TIME": "a time of day, as in `09:30`",
    "EACH": "the word `each`, before `row of` in a rule",
    "NAME": "a name: letters, digits, `_` and `-`, and none of the reserved words",
    "NUMBER": "a number with its unit, as in `5`, `85 %`, `1_000 USD/month`",
    "PATH": "a field of the manifest, as in `project.owner`",
    "POSSIBLE": "the word `possible`, before `=` in a test",
    "STRING": 'a text in quotes, as in `"a text"`',
    "UNIT": "a unit or the name of a type, as in `USD/month`, `flag`",
    "VERSION": "a version, as in `1.2.0`",
    "WORD": "a name that may be a reserved word too",
}
#: Terminals that stand for a sign: written as the sign.
_SIGNS = {"AT_MOST": "<=", "AT_LEAST": ">=", "ARROW": "->", "BELOW": "..<", "RANGE": ".."}
#: Terminals of which only the parser knows.
_OF_THE_PARSER = {"CONTINUED", "COMMENT", "_GOES_ON", "_NL", "_INDENT", "_DEDENT", "WS_INLINE"}

_SECTION = re.compile(r"// ── (?P<title>.*?) ─")
_RULE = re.compile(r"^\??(?P<name>[a-z_]\w*)(?:\.\d+)?\s*:(?P<body>.*(?:\n[ \t]+.*)*)", re.M)
_TERMINAL = re.compile(r"^(?P<name>[A-Z]\w*)(?:\.\d+)?\s*:", re.M)
_WORD = re.compile(r'"([a-z_]+)"')


def _grammar() -> str:
    return (resource_root() / "grammar" / "mlpolicy.lark").read_text(encoding="utf-8")


def page() -> str:
    """The productions by section, the parts that are no words, and how many there are of each."""
    text = _grammar()
    rules, lines = 0, list[str]()
    names = {match["name"] for match in _RULE.finditer(text)}
    for title, section in _sections(text):
        found = [
            _production(match["name"], match["body"], names) for match in _RULE.finditer(section)
        ]
        rules += len(found)
        if found:
            lines += [f"### {title}", "", "```text", *found, "```", ""]
    known, reserved = words()
    lines += ["### Parts", "", "| Part | What it is |", "|---|---|"]
    lines += [
        f"| {name} | {what.replace('|', chr(92) + '|')} |" for name, what in TERMINALS.items()
    ]
    lines += [
        "",
        f"LALR(1) without a conflict: {rules} productions, {len(known)} words, "
        f"{len(reserved)} of them reserved:",
        ", ".join(f"`{word}`" for word in sorted(reserved)) + ".",
        "The others are words only where the grammar has them, and may be names elsewhere: "
        + ", ".join(f"`{word}`" for word in sorted(known - reserved))
        + ".",
    ]
    return "\n".join(lines)


def words() -> tuple[set[str], set[str]]:
    """The words of the language, and those of them that are reserved."""
    text = _grammar()
    reserved = _reserved(text)
    return set(_WORD.findall(_without_terminals(text))) | reserved, reserved


def terminals() -> set[str]:
    """The terminals of the grammar that a reader meets in its productions."""
    named = {match["name"] for match in _TERMINAL.finditer(_grammar())}
    return named - _OF_THE_PARSER - set(_SIGNS)


def _sections(text: str) -> list[tuple[str, str]]:
    marks = list(_SECTION.finditer(text))
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    first = [("A file", text[: marks[0].start()])]
    parts = [(mark["title"], text[mark.end() : end]) for mark, end in zip(marks, ends, strict=True)]
    return [*first, *(part for part in parts if part[0] != "Terminals")]


def _without_terminals(text: str) -> str:
    return text.split("// ── Terminals")[0]


def _reserved(text: str) -> set[str]:
    """The words that a NAME may not be."""
    match = re.search(r"^NAME: /\(\?!\(\?:([a-z|_]+)\)", text, re.M)
    assert match is not None
    return set(match[1].split("|"))


def _production(name: str, body: str, names: set[str]) -> str:
    """One production, its alternatives on lines of their own: `policy = "policy" name …`."""
    body = re.sub(r"//.*", "", body)
    body = re.sub(r"\s*->\s*[a-z_]+", "", body)

    def called(name: str) -> str:
        bare = name.lstrip("_")
        return name if name != bare and bare in names else bare

    body = re.sub(r"\b_[a-z]\w*", lambda match: called(match[0]), body)
    body = body.replace("_NL", "").replace("_INDENT", "«").replace("_DEDENT", "»")
    for terminal, sign in _SIGNS.items():
        body = re.sub(rf"\b{terminal}\b", f'"{sign}"', body)
    alternatives = [" ".join(each.split()) for each in _alternatives(body)]
    head = called(name)
    margin = "\n" + " " * len(head) + " | "
    return f"{head} = " + margin.join(each for each in alternatives if each)


def _alternatives(body: str) -> list[str]:
    """The body, cut at the bars that stand outside of parentheses and texts."""
    parts, depth, quoted = [""], 0, False
    for sign in body:
        quoted ^= sign == '"'
        depth += 0 if quoted else (sign in "([") - (sign in ")]")
        if sign == "|" and not quoted and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return parts
