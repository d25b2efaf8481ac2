"""Texts of a manifest or a policy as they may stand in the Markdown of GitHub and GitLab."""

from __future__ import annotations

import re

from mlpolicy.render.style import plain

_OWN = re.compile(r"[\\`*_\[\]<>|~&$]")
_NAMES = re.compile(r"(`[A-Za-z][\w.{}-]*`)")
_BEGINS = re.compile(r"^(?:[#+=-]|\d+(?=[.)]))")
#: What a host of repositories would make a link or a mention of: people and addresses, issues,
#: pages, commits.
_CALLS = re.compile(
    r"@(?=\w)|#(?=\d)|\bGH(?=-\d)|(?<=\w):(?=//)|\b(?:www|mailto|xmpp)(?=[.:])",
    re.I,
)
_COMMIT = re.compile(r"\b(?=[a-f]*\d)[0-9a-f]{7,}\b")


def as_text(text: str) -> str:
    """Words on one line that mean nothing to Markdown: no tag, no column, nobody called. A
    plain name in backticks stays a name in backticks."""
    words = " ".join(plain(text).split())
    begins = _BEGINS.match(words)
    at = len(begins[0]) - (not begins[0].isdigit()) if begins else None
    told_ = "".join(
        part if number % 2 else _escaped(part) for number, part in enumerate(_NAMES.split(words))
    )
    return told_ if at is None else f"{told_[:at]}\\{told_[at:]}"


def _escaped(text: str) -> str:
    text = text.replace(" -> ", " → ")
    escaped = _OWN.sub(lambda found: "&amp;" if found[0] == "&" else f"\\{found[0]}", text)
    escaped = _COMMIT.sub(lambda found: re.sub(".{6}(?=.)", r"\g<0><!-- -->", found[0]), escaped)
    return _CALLS.sub(lambda found: f"{found[0]}<!-- -->", escaped)


def as_code(text: str) -> str:
    """Words in a code span, a pipe escaped since it may stand in a table."""
    words = " ".join(plain(text).split()).replace("|", "\\|")
    ticks = "`" * (1 + max(map(len, re.findall(r"`+", words)), default=0))
    pad = " " if words[:1] == "`" or words[-1:] == "`" else ""
    return f"{ticks}{pad}{words}{pad}{ticks}"
