"""What `mlpolicy verify` found, as text and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from mlpolicy.core.node import node
from mlpolicy.diagnostics import Diagnostic
from mlpolicy.render.diagnostics import diagnostics_text
from mlpolicy.render.json import Json, diagnostic_value, value_json
from mlpolicy.render.style import bold, dim, finish, green, pad, red, wrap

#: What the JSON document says it is.
SCHEMA = "mlpolicy/verify/v1"


class State(StrEnum):
    """How a check went; `UNASKED` where it is none of a released version. The values are those of
    the JSON document."""

    PASSED = "passed"
    FAILED = "failed"
    UNREAD = "unread"
    UNASKED = "unasked"


@node(kw_only=True)
class Part:
    """One check of a policy: its name, how it went, what is said of it in a few words, and in
    lines; and the diagnostics that came with it."""

    name: str
    state: State
    said: str
    lines: tuple[str, ...] = ()
    faults: tuple[Diagnostic, ...] = ()


def verified_text(
    told: Sequence[tuple[str, Sequence[Part]]], *, width: int = 100, color: bool = False
) -> str:
    """A block for each policy, a line for each check; what is wrong below it, and last in one line
    what is not asked."""
    lines: list[str] = []
    for name, parts in told:
        lines.append(bold(name))
        for part in (each for each in parts if each.state is not State.UNASKED):
            passed = part.state is State.PASSED
            word = green("ok    ") if passed else red("FAILED")
            lines.append(f"  {word}  {pad(part.name, 8)}  {part.said}".rstrip())
            for line in part.lines:
                lines += wrap(line, width, "          ", "            ")
            if part.faults:
                said = diagnostics_text(part.faults, color=False).rstrip("\n")
                lines += [f"          {line}".rstrip() for line in said.split("\n")]
        unasked = [part for part in parts if part.state is State.UNASKED]
        if unasked:
            names = ", ".join(part.name for part in unasked)
            lines += wrap(f"{names}: {unasked[0].said}", width, "  -       ", "          ")
    states = [part.state for _, parts in told for part in parts if part.state is not State.UNASKED]
    every, wrong = len(states), sum(state is not State.PASSED for state in states)
    lines += ["", f"{every - wrong} of {every} checks hold" if wrong else dim("all of it holds")]
    return finish("\n".join(lines) + "\n", color=color)


def verified_json(told: Sequence[tuple[str, Sequence[Part]]], faults: Sequence[Diagnostic]) -> str:
    """The document `mlpolicy/verify/v1`."""
    return value_json(
        {
            "schema": SCHEMA,
            "policies": [
                {"name": name, "checks": [_value(part) for part in parts]} for name, parts in told
            ],
            "diagnostics": [diagnostic_value(fault) for fault in faults],
        }
    )


def _value(part: Part) -> Json:
    return {
        "name": part.name,
        "state": part.state.value,
        "said": part.said,
        "lines": list(part.lines),
        "diagnostics": [diagnostic_value(fault) for fault in part.faults],
    }
