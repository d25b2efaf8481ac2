"""Decisions, and what tests reach, as a page for a browser: one file that needs neither network nor
script.

In go decisions with the programs that made them, out comes HTML. What the page says is worked
out as plain values by the modules beside this one; the templates only place it. This is the
one door to jinja2. Whatever comes from a manifest or a policy is escaped by it, and control
characters are spelled out, so that no file can speak to the reader's browser.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import jinja2

from mlpolicy.core.decision import Decision
from mlpolicy.core.program import Program
from mlpolicy.reach import Coverage
from mlpolicy.render.html import reach
from mlpolicy.render.html.view import report
from mlpolicy.render.style import plain
from mlpolicy.testing import TestResult


def page(pairs: Sequence[tuple[Decision, Program]], *, workload: str | None = None) -> str:
    """One page about all these decisions, or about one `workload` of them. The same values
    give the same bytes."""
    template = _environment().get_template("page.html.j2")
    return template.render(report=report(pairs, workload)).strip() + "\n"


def coverage_page(
    program: Program,
    results: Sequence[TestResult],
    coverage: Coverage,
    *,
    wanted: int | None = None,
) -> str:
    """One page about what the tests of a policy reach of it. `wanted` is the percentage that a gate
    asks for. The same values give the same bytes."""
    template = _environment().get_template("coverage.html.j2")
    return template.render(report=reach.view(program, results, coverage, wanted)).strip() + "\n"


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("mlpolicy.render.html"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_safe,
    )


def _safe(value: object) -> object:
    """Plain text without control characters; what the templates made themselves as it is."""
    return plain(value) if type(value) is str else value
