"""Mistakes that authors make in a small policy, and what is said of each.

A case of `cases.yaml` is an edit of one file of `pack/`, which is sound: `was` is replaced by
`now`. Guillemets in `now` stand around what the message underlines; where that is not within the
edit, `at` has the file and the text. `says` is the code and the message, `help` the help. `then` is
what the help makes of it, with which the policy is sound again; `was` is short for the text that
was there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from mlpolicy.cli.stated import checked_with_tests
from mlpolicy.diagnostics import Diagnostic
from mlpolicy.session import Session
from mlpolicy.session.files import Overlay
from tests.yaml_support import yaml_of

HERE = Path(__file__).parent
PACK = HERE / "pack"
FILE = "policy.mlp"
TODAY = "2026-12-01"


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """One case."""

    was: str
    says: str
    now: str = ""
    help: str = ""
    file: str = FILE
    at: str = ""
    then: str = ""

    @property
    def plain(self) -> str:
        return re.sub("[«»]", "", self.now)

    @property
    def mended(self) -> str:
        return self.was if self.then == "was" else self.then


def cases() -> list[Mistake]:
    read = yaml_of(HERE / "cases.yaml")
    return [Mistake(**case) for case in read]


@cache
def found(file: str, text: str) -> tuple[Diagnostic, ...]:
    """What is said of the pack where one of its files has another text."""
    session = Session(fs=Overlay({str(PACK / file): text.encode()}))
    files, faults = session.find(str(PACK), TODAY)
    return faults if files is None else checked_with_tests(session, files, every=True)[1]


def edited(case: Mistake, put: str) -> tuple[str, int]:
    """The text of the file with `put` in place of what was there, and where that begins."""
    text = (PACK / case.file).read_text("utf-8")
    assert text.count(case.was) == 1, f"{case.was!r} does not stand there once"
    return text.replace(case.was, put), text.index(case.was)


def seen(case: Mistake) -> Mistake:
    """The case with what is said of it today; there must be one message."""
    text, start = edited(case, case.plain)
    said = found(case.file, text)
    assert len(said) == 1, [each.message for each in said]
    (fault,) = said
    now, at, origin = case.plain, "", fault.origin
    span = None if origin is None else origin.span
    own = origin is not None and Path(origin.source.name).name == Path(case.file).name
    if own and span is not None and start <= span.start and span.end <= start + len(now):
        first, last = span.start - start, span.end - start
        now = f"{now[:first]}«{now[first:last]}»{now[last:]}"
    elif origin is not None:
        at = f"{Path(origin.source.name).name}:{origin.place.line} {first_line(origin.text)}"
    else:
        at = "nowhere"
    return Mistake(
        was=case.was,
        now=now,
        says=f"{fault.code} {fault.message}".replace(str(PACK), "pack"),
        help=fault.help.replace(str(PACK), "pack"),
        file=case.file,
        at=at,
        then=case.then,
    )


def first_line(text: str) -> str:
    return text.split("\n", 1)[0]
