"""What is meant as it is: ignores in remarks and in the configuration.

`# lint: ignore RULE reason` in the first line of a declaration, or on lines of its own above it,
counts within the declaration; anywhere else for its line, or the line below, and of a row of a
table for all of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mlpolicy.config import LintConfig
from mlpolicy.lint.findings import Finding, Fix, Subject, here
from mlpolicy.source import Origin, Source, Span
from mlpolicy.syntax import tree as t
from mlpolicy.syntax.parse import row_around

#: The rule against ignores that nothing needs.
UNNEEDED = "unneeded-ignore"

_REMARK = re.compile(r"\s*lint:\s*ignore\b\s*(?P<rule>[\w-]*)\s*(?P<reason>.*)")


@dataclass(frozen=True, slots=True)
class Ignore:
    """A remark that ignores a rule for a reason; `within` is the part of its file that it is
    about."""

    rule: str
    reason: str
    origin: Origin
    within: Span


def ignores_in(source: Source, file: t.File) -> Iterator[Ignore]:
    """The ignores in the remarks of a file."""
    for comment in file.comments:
        if said := _REMARK.fullmatch(comment.text):
            within = _within(source, file, comment)
            yield Ignore(said["rule"], said["reason"].strip(), here(source, comment.span), within)


def _within(source: Source, file: t.File, comment: t.Comment) -> Span:
    """What a remark is about."""
    text = source.text
    start = text.rfind("\n", 0, comment.span.start) + 1
    if not text[start : comment.span.start].strip(" \t\ufeff"):
        # Alone on its line: it is about the next line that is no remark.
        below = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\r?\n)*").match(text, start)
        start = below.end() if below is not None else start
    stop = text.find("\n", start)
    line = Span(start, stop if stop >= 0 else len(text))
    for decl in file.declarations:
        if line.start <= decl.span.start < line.end:
            return Span(line.start, max(line.end, decl.span.end))
        if decl.span.start <= line.start < decl.span.end:
            return row_around(text, line.start, Span(decl.span.start, max(line.end, decl.span.end)))
    return line


def kept(
    found: Sequence[Finding], subject: Subject, config: LintConfig, ran: frozenset[str]
) -> list[Finding]:
    """The findings that nothing ignores; and a finding for every ignore of a rule that `ran`
    which ignored none."""
    ignores = [each for source, file in subject.files for each in ignores_in(source, file)]
    used: set[int] = set()
    left: list[Finding] = []
    for finding in found:
        where = finding.origin
        matching = [
            number
            for number, each in enumerate(ignores)
            if each.rule == finding.rule
            and each.origin.source.name == where.source.name
            and each.within.start <= where.span.start <= each.within.end
        ]
        stated = [
            len(ignores) + number
            for number, entry in enumerate(config.ignores)
            if entry.rule == finding.rule and entry.name in finding.names
        ]
        used.update(matching, stated)
        if not matching and not stated:
            left.append(finding)
    for number, each in enumerate(ignores):
        if number not in used and each.rule in ran and config.level(each.rule, "") != "off":
            does = f"take out the remark that ignores `{each.rule}`"
            fix = Fix(does, each.origin, "", safe=True)
            left.append(_unneeded(each.rule, each.origin, fix))
    for number, entry in enumerate(config.ignores, len(ignores)):
        if number not in used and entry.rule in ran and entry.origin is not None:
            left.append(_unneeded(entry.rule, entry.origin, None))
    return left


def _unneeded(rule: str, origin: Origin, fix: Fix | None) -> Finding:
    return Finding(
        rule=UNNEEDED,
        message=f"`{rule}` finds nothing here that would have to be ignored",
        origin=origin,
        help="take the ignore out",
        fix=fix,
    )
