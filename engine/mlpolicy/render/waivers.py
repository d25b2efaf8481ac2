"""Waivers as text and JSON: state, what each covers, who approved it and until when."""

from __future__ import annotations

from collections.abc import Sequence

from mlpolicy.core.decision import Finding, WaiverUse
from mlpolicy.core.show import decimal_text, money
from mlpolicy.diagnostics import Diagnostic
from mlpolicy.render import notices, words
from mlpolicy.render.json import Json, diagnostic_value, value_json
from mlpolicy.render.style import bold, columns, dim, finish, green, pad, red, wrap, yellow
from mlpolicy.waivers import STATES, Listed, Use

#: How each state reads, and its colour.
_WORDS = {
    "unknown-rule": ("unknown rule", red),
    "expired": ("expired", red),
    "used": ("used", green),
    "bound": ("bound not met", yellow),
    "refused": ("not waivable", yellow),
    "not-yet": ("not yet", yellow),
    "waiting": ("waiting", yellow),
    "unused": ("unused", dim),
    "not-counted": ("not counted", yellow),
}


def waivers_text(
    waivers: Sequence[Listed],
    manifests: int,
    *,
    width: int = 100,
    color: bool = False,
) -> str:
    """A block for each waiver, then the sum."""
    lines: list[str] = []
    wide = max((columns(_state(one)) for one in waivers), default=0)
    for one in waivers:
        lines += [*_waiver(one, wide, width, manifests), ""]
    lines += wrap(_sum(waivers, manifests), width, "", "  ")
    return finish("\n".join(lines) + "\n", color=color)


def waivers_json(
    waivers: Sequence[Listed], diagnostics: Sequence[Diagnostic], manifests: int
) -> str:
    """The document `mlpolicy/waivers/v1`: every waiver once, diagnostics, and how many are in which
    state in so many manifests."""
    return value_json(
        {
            "schema": "mlpolicy/waivers/v1",
            "waivers": [_value(one) for one in waivers],
            "diagnostics": [diagnostic_value(diagnostic) for diagnostic in diagnostics],
            "counts": {
                "manifests": manifests,
                "waivers": len(waivers),
                **{
                    state.replace("-", "_"): sum(one.state == state for one in waivers)
                    for state in STATES
                },
                "expiring": sum(one.expiring for one in waivers),
            },
        }
    )


def _state(one: Listed) -> str:
    word, paint = _WORDS[one.state]
    return f"{paint(word)}{yellow(', expiring') if one.expiring else ''}"


def _waiver(one: Listed, wide: int, width: int, manifests: int) -> list[str]:
    waiver = one.waiver
    subject = f" for {waiver.workload}" if waiver.workload else ""
    place = f"  {dim(f'{waiver.place.file}:{waiver.place.line}')}" if waiver.place else ""
    head = f"{bold(waiver.id)}  {waiver.rule}{subject}{place}"
    lines = wrap(head, width, f"{pad(_state(one), wide)}  ", "    ")
    lines += wrap(_terms(waiver), width, "  ", "    ")
    lines += wrap(" ".join(waiver.reason.split()), width, "  reason: ", "    ")
    for use in one.uses:
        # A waiver file stands beside many manifests: tell of those that it touches.
        if len(one.uses) > 1 and not (use.covers or use.leaves):
            continue
        where = f" in {use.manifest}" if manifests > 1 or len(one.uses) > 1 else ""
        for finding in use.covers:
            lines += wrap(_finding(finding, where), width, "  covers: ", "    ")
        for finding in use.leaves:
            lines += wrap(_finding(finding, where), width, "  does not cover: ", "    ")
    for note in dict.fromkeys(_notes(one)):
        lines += wrap(note, width, "  note: ", "    ")
    return lines


def _notes(one: Listed) -> list[str]:
    """What the decision says about the waiver, where that is its state in all manifests."""
    return [
        notices.waiver_note(use.said)
        for use in one.uses
        if use.said.note is not None and use.state is one.state
    ]


def _terms(waiver: WaiverUse) -> str:
    approved = f"approved by {waiver.approved_by}"
    if waiver.approved_on:
        approved += f" on {waiver.approved_on}"
    parts = [approved, f"until {waiver.expires_on}"]
    if waiver.owner:
        parts.insert(0, f"owner {waiver.owner}")
    if waiver.max_amount is not None:
        parts.append(f"up to {money(waiver.max_amount, waiver.currency)}")
    if waiver.ticket:
        parts.append(waiver.ticket)
    return ", ".join(parts)


def _finding(finding: Finding, where: str) -> str:
    subject = f" of {finding.workload}" if finding.workload else ""
    return f"{finding.level} {finding.rule}{subject}{where}: {notices.say(finding)}"


def _sum(waivers: Sequence[Listed], manifests: int) -> str:
    noun = "manifest" if manifests == 1 else "manifests"
    head = f"{len(waivers)} {'waiver' if len(waivers) == 1 else 'waivers'} in {manifests} {noun}"
    counts = [(state, sum(one.state == state for one in waivers)) for state in STATES]
    parts = [f"{number} {_WORDS[state][0]}" for state, number in counts if number]
    soon = sum(one.expiring for one in waivers)
    if soon:
        parts.append(f"{soon} expiring within 30 days")
    return f"{head}: {', '.join(parts)}" if parts else head


def _value(one: Listed) -> Json:
    waiver = one.waiver
    place = waiver.place
    return {
        "id": waiver.id,
        "rule": waiver.rule,
        "workload": waiver.workload,
        "owner": waiver.owner or None,
        "reason": waiver.reason,
        "approved_by": waiver.approved_by,
        "approved_on": waiver.approved_on or None,
        "expires_on": waiver.expires_on,
        "max_amount": None if waiver.max_amount is None else _money(waiver),
        "currency": waiver.currency or None,
        "ticket": waiver.ticket or None,
        "at": {"file": place.file, "line": place.line, "column": place.column} if place else None,
        "state": one.state.value,
        "expiring": one.expiring,
        "in": [_use(use) for use in one.uses],
    }


def _money(waiver: WaiverUse) -> str:
    assert waiver.max_amount is not None
    return decimal_text(waiver.max_amount, 2, grouped=False)


def _use(use: Use) -> Json:
    def told(finding: Finding) -> Json:
        return {
            "rule": finding.rule,
            "level": finding.level,
            "workload": finding.workload,
            "say": notices.say(finding),
        }

    return {
        "manifest": use.manifest,
        "project": use.project,
        "as_of": use.as_of,
        "state": words.waiver_state(use.state, use.expiring),
        "note": notices.waiver_note(use.said),
        "covers": [told(finding) for finding in use.covers],
        "does_not_cover": [told(finding) for finding in use.leaves],
    }
