"""Findings in, the texts that fix some of them out. A text is read again before it is handed on:
a safe fix leaves its tree as it is, any fix a text without faults."""

from __future__ import annotations

from collections.abc import Sequence

from mlpolicy.lint.findings import Finding, Fix
from mlpolicy.source import Source, Span
from mlpolicy.syntax.parse import parse


def fixes(found: Sequence[Finding], *, unsafe: bool) -> tuple[Fix, ...]:
    """The fixes of findings, in the order of these; with `unsafe`, those too that change what the
    policy says."""
    return tuple(each.fix for each in found if each.fix is not None and (each.fix.safe or unsafe))


def corrected(source: Source, made: Sequence[Fix]) -> str | None:
    """The text of a file after its fixes; None where it could not be read as before."""
    text = source.text
    own = [fix for fix in made if fix.origin.source.name == source.name]
    for fix in sorted(own, key=lambda each: each.origin.span, reverse=True):
        span = _with_space(text, fix.origin.span) if not fix.text else fix.origin.span
        text = text[: span.start] + fix.text + text[span.end :]
    before, _ = parse(source)
    after, faults = parse(Source(source.name, text))
    changed = after.declarations != before.declarations
    return None if faults or (changed and all(fix.safe for fix in own)) else text


def _with_space(text: str, span: Span) -> Span:
    """What is taken out together with a stretch: the spaces before it, and the whole of a line of
    which nothing else would be left."""
    start, end = span
    while start and text[start - 1] in " \t":
        start -= 1
    rest = text.find("\n", end)
    rest = len(text) if rest < 0 else rest
    if (start == 0 or text[start - 1] == "\n") and not text[end:rest].strip():
        end = min(rest + 1, len(text))
    return Span(start, end)
