"""Decisions as JSON: the documents `mlpolicy/decision/v1` and `mlpolicy/check/v1`.

Their form is fixed by the schemas in `schemas/`. Money is a decimal string, an open end is
null, other numbers are exact JSON numbers (which is why the writer below is our own: json
knows only binary floats). The same values give the same bytes everywhere.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from json import dumps
from json.encoder import encode_basestring

from mlpolicy.characters import printed
from mlpolicy.core import calendar
from mlpolicy.core.decision import (
    Apart,
    Choice,
    Cost,
    CostLine,
    Decision,
    Finding,
    Founded,
    PolicyId,
    Premise,
    Reckoned,
    Reckoning,
    Replaced,
    Reported,
    Settle,
    Split,
    WaiverUse,
    WorkloadDecision,
)
from mlpolicy.core.facts import Said
from mlpolicy.core.numbers import Bound, Infinite, range_of
from mlpolicy.core.paths import Need
from mlpolicy.core.program import Cited
from mlpolicy.core.show import finite_places, show_date
from mlpolicy.core.terms import Level, RuleState
from mlpolicy.core.titles import Titles
from mlpolicy.core.trace import Basis, Step
from mlpolicy.core.types import DateType, Grain, Type
from mlpolicy.core.values import (
    Days,
    Entry,
    Items,
    Members,
    Num,
    Rows,
    Series,
    Truth,
    Unlimited,
    Value,
)
from mlpolicy.diagnostics import Diagnostic
from mlpolicy.explain.known import unit_of
from mlpolicy.render import citations, notices, reckoning, titled, words
from mlpolicy.render.replies import ask_text, given_text, replies_text
from mlpolicy.source import Place


@dataclass(frozen=True, slots=True)
class _Line:
    """A value that is written in one line."""

    value: Json


Json = None | bool | int | str | Fraction | Step | _Line | Sequence["Json"] | Mapping[str, "Json"]


def decision_json(decision: Decision) -> str:
    """One decision as a document of its own."""
    return _written(_decision(decision))


def check_json(
    decisions: Sequence[Decision],
    diagnostics: Sequence[Diagnostic],
    skipped: int = 0,
    broken: int = 0,
    *,
    full: bool = False,
) -> str:
    """Several decisions and what is to be said about the files, as one document. Unless it is
    `full`, advice that waits is only counted, and of the costs of the whole only the sums are told:
    their lines are those of the workloads."""
    return "".join(check_pieces(decisions, lambda: (diagnostics, skipped, broken), full=full))


def check_pieces(
    decisions: Iterable[Decision],
    beside: Callable[[], tuple[Sequence[Diagnostic], int, int]],
    *,
    full: bool = False,
) -> Iterator[str]:
    """The document of `check_json` piece by piece, each decision as soon as it is there; none of
    them is held. `beside` is asked last: what is to be said about the files, how many were passed
    over, and how many manifests were not evaluated, or not all of them."""
    added = Sum()
    yield f'{{\n  "schema": {quoted("mlpolicy/check/v1")},\n  "decisions": ['
    for decision in decisions:
        parts = [",\n    " if added.decisions else "\n    "]
        _write(_in_lines(_decision(decision, cited=False, full=full)), "\n    ", parts)
        added.add(decision)
        yield "".join(parts)
    diagnostics, skipped, broken = beside()
    rest: Mapping[str, Json] = {
        "diagnostics": [diagnostic_value(diagnostic) for diagnostic in diagnostics],
        "counts": _totals_value(added.totals(skipped, broken)),
    }
    yield "\n  ]" if added.decisions else "]"
    parts = []
    _write(rest, "\n", parts)
    yield f",{''.join(parts)[1:]}\n"


def _in_lines(decision: Json) -> Json:
    """A decision with a line for each workload, finding and other part: of many manifests, the
    margins of nested lines would be half of the document."""
    assert isinstance(decision, Mapping)
    return {
        key: value
        if isinstance(value, Step)
        else [_Line(each) for each in value]
        if isinstance(value, list)
        else _Line(value)
        for key, value in decision.items()
    }


def diagnostics_json(diagnostics: Sequence[Diagnostic], schema: str = "") -> str:
    """Diagnostics alone: what `policies check` reports, and what a command with a `schema` says
    that had nothing else to say."""
    said: list[Json] = [diagnostic_value(diagnostic) for diagnostic in diagnostics]
    return _written({**({"schema": schema} if schema else {}), "diagnostics": said})


def value_json(value: Json) -> str:
    """Any plain value in the same hand."""
    return _written(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The numbers of the last line of `check`. Findings are counted by level where they
    fired; `rules` are those of the policies that decided, each policy once; `broken` are the
    manifests that were not evaluated, or not all of them."""

    manifests: int
    broken: int
    workloads: int
    rules: int
    blocked: int
    warned: int
    advised: int
    waiting: int
    waived: int
    skipped: int


class Sum:
    """Adds up decisions one by one, and holds none of them."""

    def __init__(self) -> None:
        self.decisions = 0
        self._findings: Counter[Level | RuleState] = Counter()
        self._manifests = self._workloads = 0
        self._rules: dict[str, int] = {}

    def add(self, decision: Decision) -> None:
        """One more decision."""
        self.decisions += 1
        self._manifests += decision.counts.manifests
        self._workloads += decision.counts.workloads
        self._rules[decision.policy.key] = decision.counts.rules
        for finding in decision.findings:
            self._findings[finding.state] += 1
            if finding.state is RuleState.FIRED:
                self._findings[finding.level] += 1

    def totals(self, skipped: int = 0, broken: int = 0) -> Totals:
        """What has been added. `skipped` and `broken` count the files of which there is none."""
        return Totals(
            manifests=self._manifests,
            broken=broken,
            workloads=self._workloads,
            rules=sum(self._rules.values()),
            blocked=self._findings[Level.BLOCK],
            warned=self._findings[Level.WARN],
            advised=self._findings[Level.ADVISE],
            waiting=self._findings[RuleState.WAITING],
            waived=self._findings[RuleState.WAIVED],
            skipped=skipped,
        )


def totals(decisions: Iterable[Decision], skipped: int = 0, broken: int = 0) -> Totals:
    """Add up decisions. `skipped` and `broken` count the files of which there are none."""
    added = Sum()
    for decision in decisions:
        added.add(decision)
    return added.totals(skipped, broken)


def _totals_value(totals: Totals) -> Json:
    return {
        "manifests": totals.manifests,
        "not_evaluated": totals.broken,
        "workloads": totals.workloads,
        "rules": totals.rules,
        "blocked": totals.blocked,
        "warned": totals.warned,
        "advised": totals.advised,
        "waiting": totals.waiting,
        "waived": totals.waived,
        "skipped": totals.skipped,
    }


def diagnostic_value(diagnostic: Diagnostic) -> Json:
    """A diagnostic for a JSON document; `line` and `column` are null where it has no place."""
    place = diagnostic.place
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity.value,
        "message": diagnostic.message,
        "help": diagnostic.help,
        "file": place.file if place else diagnostic.file,
        "line": place.line if place else None,
        "column": place.column if place else None,
    }


# ── The decision ─────────────────────────────────────────────────────────────────────────


def _decision(decision: Decision, *, cited: bool = True, full: bool = True) -> Json:
    policy, counts = decision.policy, decision.counts
    waits = [each for each in decision.findings if _is_waiting_advice(each)]
    told = [each for each in decision.findings if full or not _is_waiting_advice(each)]
    return {
        "schema": "mlpolicy/decision/v1",
        "policy": {
            "name": policy.name,
            "version": policy.version,
            "digest": policy.digest,
            "meaning": policy.meaning,
            "language": policy.language,
            **approvals_value(policy),
            "extensions": extensions_value(policy),
        },
        "manifest": {
            "path": decision.manifest_path,
            "digest": decision.manifest_digest,
            "name": decision.manifest_name,
        },
        "as_of": decision.as_of,
        "currency": decision.currency or None,
        "scopes": {
            "shared": decision.scopes.shared.word,
            "each": decision.scopes.each.word,
            "list": decision.scopes.items or None,
        },
        "verdict": decision.verdict.value,
        "workloads": [_workload(each, decision.titles, cited=cited) for each in decision.workloads],
        "project": {
            "outcomes": dict(decision.outcomes),
            "costs": _costs(decision.project_costs, cited=cited, lines=full),
        },
        "reports": [_reported(each, decision.titles) for each in decision.reports],
        "findings": [_finding(each, decision.titles) for each in told],
        "waivers": [_waiver(waiver) for waiver in decision.waivers],
        "replaced": [_replaced(each) for each in decision.replaced],
        "unread": [
            {
                "path": str(each.path),
                "workloads": list(each.workloads),
                "at": _place(each.place),
            }
            for each in decision.unread
        ],
        "sources": [source_value(source) for source in decision.sources],
        **({"clauses": _clauses(decision)} if cited else {}),
        "trace": decision.trace,
        "counts": {
            "rules": counts.rules,
            "fired": counts.fired,
            "waiting": counts.waiting,
            "waiting_advice": len(waits),
            "passed": counts.passed,
            "waived": counts.waived,
            "does_not_apply": counts.does_not_apply,
            "workloads": counts.workloads,
            "manifests": counts.manifests,
        },
    }


def source_value(source: Cited) -> Json:
    """What clauses stand in; null where it is not known."""
    return {
        "name": source.name,
        "title": source.title,
        "sha256": source.sha256 or None,
        "address": source.address or None,
        "lines": source.lines or None,
        "as_of": source.as_of or None,
        "published": source.published or None,
    }


def _clauses(decision: Decision) -> Json:
    """The clauses that stand in the document, each with where it comes from."""
    return {
        ref: {
            "kind": clause.kind,
            "text": citations.clause_text(clause),
            "lines": clause.lines or None,
            "at": clause.at or None,
            "because": clause.because or None,
            "trust": clause.trust or None,
            "source": clause.source or None,
            "as_of": clause.as_of or None,
            "since": clause.since or None,
        }
        for ref in sorted(citations.refs_of(decision))
        for clause in [decision.clauses[ref]]
    }


def extensions_value(policy: PolicyId) -> list[Json]:
    """The extensions that decided with it."""
    return [
        {
            "name": each.name,
            "version": each.version,
            "digest": each.digest,
            **approvals_value(each),
        }
        for each in policy.extensions
    ]


def approvals_value(policy: PolicyId) -> dict[str, Json]:
    """Who approved a policy, or else why that is not known."""
    return {
        "approvals": [
            {"by": each.by, "on": each.on, "ticket": each.ticket} for each in policy.approvals
        ],
        "not_approved": policy.not_approved,
    }


def _workload(workload: WorkloadDecision, titles: Titles, *, cited: bool) -> Json:
    return {
        "name": workload.name,
        "status": workload.status.value,
        "hold": workload.hold,
        "error": notices.fault_text(workload.error) if workload.error is not None else None,
        "choice": _choice(workload.choice, titles) if workload.choice else None,
        "possible": [_choice(choice, titles) for choice in workload.possible],
        "settled_by": [_settle(settle) for settle in workload.settled_by],
        "irrelevant": _texts(workload.irrelevant),
        "assumed": [
            {
                "path": str(assumed.path),
                "title": titles.value(assumed.name),
                "value": notices.figure(assumed.stands),
                "founded": (Founded.COMPUTED if assumed.computed else Founded.ASSUMED).value,
                "refs": list(assumed.refs),
            }
            for assumed in workload.assumed
        ],
        "rests_on": [_premise(premise, titles) for premise in workload.rests_on],
        "obligations": [
            {
                "id": duty.id,
                "title": titles.finding(duty.id),
                "level": duty.level.value,
                "text": duty.text,
                "state": duty.state.value,
                "refs": list(duty.refs),
                "needs": _texts(duty.needs),
            }
            for duty in workload.obligations
        ],
        "costs": _costs(
            [(cost.outcome or cost.formula, cost) for cost in workload.costs], cited=cited
        ),
        "reports": [_reported(each, titles) for each in workload.reports],
        "plan": dict(workload.plan) if workload.plan is not None else None,
        **({"untried": True} if workload.untried else {}),
    }


def _reported(each: Reported, titles: Titles) -> Json:
    return {
        "name": each.name,
        "title": titles.value(each.name),
        "value": notices.figure(each.figure) if each.figure is not None else None,
        "typed": _typed_value(each.figure.value, each.figure.of) if each.figure else None,
        "needs": _texts(each.needs),
        "refs": list(each.refs),
        "error": notices.fault_text(each.error) if each.error is not None else None,
    }


def _replaced(each: Replaced) -> Json:
    return {
        "catalog": each.catalog,
        "key": each.key,
        "stated": [
            {
                "values": {name: notices.figure(figure) for name, figure in row.values},
                "because": (row.said or Said()).because or None,
                "by": (row.said or Said()).by or None,
                "at": _place(row.place),
            }
            for row in each.stated
        ],
        "policy": [
            {
                "values": {name: notices.figure(figure) for name, figure in row.values},
                "refs": list(row.refs),
            }
            for row in each.policy
        ],
    }


def _premise(premise: Premise, titles: Titles) -> Json:
    said = premise.said or Said()
    return {
        "path": str(premise.path),
        "title": titles.value(premise.name) if premise.name else str(premise.path),
        "values": {name: notices.figure(figure) for name, figure in premise.values},
        "founded": premise.founded.value,
        "measured_on": said.measured_on or None,
        "because": said.because or None,
        "by": said.by or None,
        "at": _place(premise.place),
    }


def _choice(choice: Choice, titles: Titles) -> Json:
    return {
        "outcome": choice.outcome,
        "title": titled.outcome(choice.outcome, titles),
        **dict(choice.attributes),
        "titles": {
            name: None if word is None else titles.attribute(name, word)
            for name, word in choice.attributes
        },
        "status": choice.status,
        "because": list(choice.because),
        "refs": list(choice.refs),
    }


def _settle(settle: Settle) -> Json:
    value: dict[str, Json] = {
        "path": str(settle.path) if settle.path is not None else None,
        "ask": ask_text(settle.ask),
        "removes": settle.removes,
    }
    value["spread"] = _money(settle.spread)
    if settle.workload is not None:
        value["workload"] = settle.workload
    if settle.given:
        value["given"] = given_text(settle.given)
    value["when"] = [_split(split) for split in settle.when]
    if settle.path is None:
        value["at"] = _place(settle.at)
    return value


def _texts(needs: Iterable[Need]) -> list[str]:
    """Fields and places of the policy, as they are written."""
    return [str(need) for need in needs]


def _split(split: Split) -> Json:
    value: dict[str, Json] = {
        "answer": replies_text(split.answer),
        "possible": list(split.possible),
    }
    if split.range is not None:
        value["range"] = {
            "low": split.range.low,
            "low_open": split.range.low_open,
            "high": split.range.high,
            "high_open": split.range.high_open,
            "unit": split.range.unit,
            "narrow": split.range.narrow,
        }
    return value


def _is_waiting_advice(finding: Finding) -> bool:
    """Is it advice that cannot be judged yet? It changes nothing."""
    return finding.state is RuleState.WAITING and finding.level is Level.ADVISE


def _costs(costs: Sequence[tuple[str, Cost]], *, cited: bool, lines: bool = True) -> Json:
    """By name: the policy's first cost formula, and with it the further ones by theirs."""
    value: dict[str, dict[str, Json]] = {}
    further: dict[str, dict[str, Json]] = {}
    for name, cost in costs:
        if name not in value:
            value[name] = _cost(cost, cited=cited, lines=lines)
        else:
            further.setdefault(name, {})[cost.formula] = _cost(cost, cited=cited, lines=lines)
    for name, formulas in further.items():
        value[name]["formulas"] = formulas
    return value


def _cost(cost: Cost, *, cited: bool, lines: bool) -> dict[str, Json]:
    return {
        "months": cost.months,
        "currency": cost.currency,
        "low": _money(cost.low),
        "high": _money(cost.high),
        **({"lines": [_line(line, cited=cited) for line in cost.lines]} if lines else {}),
        "missing": _texts(cost.missing),
        "formula": cost.formula,
        "over": cost.over,
        "wider": cost.wider,
        "uncertain": [
            {
                "needs": _texts(each.needs),
                "value": words.uncertain_value(each),
                "removes": _money(each.removes),
                "lines": list(each.lines),
            }
            for each in cost.uncertain
        ],
        "widest": cost.widest or None,
        "refs": list(cost.refs),
    }


def _line(line: CostLine, *, cited: bool) -> Json:
    """Of what it is made, and how, where the document tells what it cites."""
    stands = line.place is not None and line.place in line.origin.paths
    place = f" ({line.place})" if line.place and not stands else ""
    return {
        "name": line.name,
        "low": _money(line.low),
        "high": _money(line.high),
        "per": line.per,
        "count": line.count,
        "from": f"{words.line_origin(line.origin)}{place}",
        "sources": [
            {
                "kind": source.kind.value,
                "name": words.source_name(source),
                "value": words.source_value(source),
                "counts": source.counts,
                **({"apart": _apart(source.apart)} if source.apart else {}),
                "at": _place(source.place),
                "refs": list(source.refs),
            }
            for source in (line.sources if cited else ())
        ],
        "reckoned": [_reckoning(each) for each in (line.reckonings if cited else ())],
        "refs": list(line.refs),
    }


def _apart(apart: Apart) -> Json:
    return {"field": apart.field, "holds": list(apart.holds), "stated": list(apart.stated)}


def _reckoning(each: Reckoning) -> Json:
    """A calculation: what comes out, of what it is made, and of a charge its tiers."""
    value: dict[str, Json] = {
        **_reckoned(each.figure),
        "text": each.text,
        "at": _place(each.place),
        "refs": list(each.refs),
    }
    if each.units is not None:
        quantity, price, _ = each.units
        value["quantity_unit"] = quantity.text
        value["price_unit"] = price.text
        value["tiers"] = [
            {
                "above": _decimal(tier.above),
                "up_to": _money(tier.up_to),
                "quantity": {"low": _decimal(tier.low), "high": _money(tier.high)},
                "price": {"low": _money(tier.price_low), "high": _money(tier.price_high)},
                "amount": {"low": _decimal(tier.amount_low), "high": _money(tier.amount_high)},
                "at": _place(tier.place),
                "refs": list(tier.refs),
            }
            for tier in each.tiers
        ]
    return value


def _reckoned(figure: Reckoned) -> dict[str, Json]:
    """A figure within a calculation. An end that is not known is null."""
    assert isinstance(figure.value, Num)
    unit, found = unit_of(figure.of), range_of(figure.value.poly)
    value: dict[str, Json] = {
        "name": reckoning.name_of(figure),
        "how": figure.how.value,
        "low": _end(found.range.lo, unit.scale),
        "high": _end(found.range.hi, unit.scale),
        "unit": unit.text,
    }
    if figure.operator:
        value["operator"] = figure.operator
    if figure.factors:
        value["factors"] = list(figure.factors)
    if figure.parts:
        value["parts"] = [_reckoned(part) for part in figure.parts]
    return value


def _finding(finding: Finding, titles: Titles) -> Json:
    return {
        "rule": finding.rule,
        "title": titles.finding(finding.rule),
        "level": finding.level.value,
        "state": finding.state.value,
        "workload": finding.workload,
        "say": notices.say(finding),
        "fix": notices.fix(finding),
        "refs": list(finding.refs),
        "needs": _texts(finding.needs),
        "waits_for": finding.waits_for.value if finding.waits_for is not None else None,
        "unjudged": finding.unjudged,
        "at": _place(finding.at),
        "rule_at": _place(finding.rule_at),
        "waiver": _waiver(finding.waiver) if finding.waiver else None,
    }


def _waiver(waiver: WaiverUse) -> Json:
    return {
        "id": waiver.id,
        "rule": waiver.rule,
        "workload": waiver.workload,
        "owner": waiver.owner or None,
        "reason": waiver.reason,
        "approved_by": waiver.approved_by,
        "approved_on": waiver.approved_on or None,
        "expires_on": waiver.expires_on,
        "max_amount": _money(waiver.max_amount),
        "ticket": waiver.ticket or None,
        "state": words.waiver_state(waiver.state, waiver.expiring),
        "note": notices.waiver_note(waiver),
        "at": _place(waiver.place),
    }


def _place(place: Place | None) -> Json:
    if place is None:
        return None
    return {"file": place.file, "line": place.line, "column": place.column}


# ── Writing ──────────────────────────────────────────────────────────────────────────────


def _money(amount: Fraction | None) -> str | None:
    return None if amount is None else _decimal(amount)


def _decimal(number: Fraction) -> str:
    """Exact where a decimal of any length is; a third is rounded at the twelfth place."""
    twos = fives = 0
    rest = number.denominator
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    places = max(twos, fives) if rest == 1 else 12
    scaled = abs(number) * 10**places
    digits = str((2 * scaled + 1).__floor__() // 2).rjust(places + 1, "0")
    text = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    if rest != 1:
        text = text.rstrip("0").rstrip(".")
    return f"-{text}" if number < 0 and text.strip("0.") else text


def _written(value: Json) -> str:
    parts: list[str] = []
    _write(value, "\n", parts)
    return "".join(parts) + "\n"


def _write(value: Json, line: str, parts: list[str]) -> None:
    """Two spaces a level, as json.dumps would with indent=2; but a trace has a line a step, and
    what is to stand in one line does."""
    match value:
        case _Line():
            _write_line(value.value, parts)
        case None:
            parts.append("null")
        case bool():
            parts.append("true" if value else "false")
        case str():
            parts.append(quoted(value))
        case int():
            parts.append(str(value))
        case Fraction():
            parts.append(_decimal(value))
        case Step():
            _write_step(value, line, parts)
        case Mapping():
            deeper = f"{line}  "
            for number, (key, item) in enumerate(value.items()):
                parts.append(f"{',' if number else '{'}{deeper}{quoted(key)}: ")
                _write(item, deeper, parts)
            parts.append(f"{line}}}" if value else "{}")
        case tuple() if hasattr(value, "_fields"):
            raise TypeError(f"{value!r} has no form in JSON")  # it would be taken for a list
        case _:
            deeper = f"{line}  "
            for number, item in enumerate(value):
                parts.append(f"{',' if number else '['}{deeper}")
                _write(item, deeper, parts)
            parts.append(f"{line}]" if value else "[]")


def _write_line(value: Json, parts: list[str]) -> None:
    """All of it in one line."""
    match value:
        case Mapping():
            for number, (key, item) in enumerate(value.items()):
                parts.append(f"{',' if number else '{'}{quoted(key)}:")
                _write_line(item, parts)
            parts.append("}" if value else "{}")
        case list() | tuple() if not hasattr(value, "_fields"):
            for number, item in enumerate(value):
                parts.append("," if number else "[")
                _write_line(item, parts)
            parts.append("]" if value else "[]")
        case _:
            _write(value, "", parts)


#: Two signs that could begin a command of a CI system in a line of its log.
_SIGNS = re.compile(r"#(?=#)")


def quoted(text: str) -> str:
    """A text as JSON writes it. What nobody can see, and what a CI system would take for a command
    of its own, stands as an escape: the value is the same, and what is printed is safe."""
    written = encode_basestring(text)
    if printed(written) != written:
        written = "".join(char if printed(char) == char else dumps(char)[1:-1] for char in written)
    return _SIGNS.sub(r"\\u0023", written) if "##" in written else written


def _write_step(step: Step, line: str, parts: list[str]) -> None:
    """A step of the trace on one line, its children below. What is empty is left out, except
    the seven keys that every step has; so is the basis of what is computed."""
    head: dict[str, object] = {
        "kind": step.kind.value,
        "name": step.name,
        "value": words.value(step),
    }
    if step.text:
        head["text"] = step.text
    note = words.note(step)
    if note:
        head["note"] = note
    head["span"] = _place(step.at)
    if step.from_:
        head["from"] = _place(step.from_)
    head["refs"] = step.refs
    head["needs"] = _texts(step.needs)
    if step.value is not None:
        head["typed"] = _typed(step)
    if step.basis is not Basis.COMPUTED:
        head["basis"] = step.basis.value
    parts.append(f'{_on_one_line(head)[:-1]}, "children": [')
    deeper = f"{line}  "
    for number, child in enumerate(step.children):
        parts.append(f"{',' if number else ''}{deeper}")
        _write_step(child, deeper, parts)
    parts.append(f"{line}]}}" if step.children else "]}")


def _on_one_line(value: object) -> str:
    match value:
        case str():
            return quoted(value)
        case dict():
            return f"{{{', '.join(f'{quoted(k)}: {_on_one_line(v)}' for k, v in value.items())}}}"
        case list() | tuple():
            return f"[{', '.join(map(_on_one_line, value))}]"
        case _:
            return dumps(value)


def _typed(step: Step) -> dict[str, Json]:
    """The value of a step as a value: null where nothing bounds it, `is` says what it is."""
    if isinstance(step.value, Rows):
        return {"is": "rows", "rows": [row or None for row in step.rows]}
    return _typed_value(step.value, step.type)


def _typed_value(value: Value | None, of: Type | None) -> dict[str, Json]:
    match value:
        case Truth():
            return {"is": "flag", "flag": value.value}
        case Members(options=options):
            return {"is": "members", "members": None if options is None else sorted(options)}
        case Num(poly=poly):
            unit, found = unit_of(of), range_of(poly)
            ends = (found.range.lo, found.range.hi)
            low, high = (_end(end, unit.scale) for end in ends)
            exact = {"low": low, "high": high, "unit": unit.text, "wider": found.wider}
            return {"is": "number", **exact}
        case Unlimited():
            return {"is": "unlimited"}
        case Days(lo=lo, hi=hi):
            grain = of.grain if isinstance(of, DateType) else Grain.DAY
            low, high = (None if end is None else calendar.write(end, grain) for end in (lo, hi))
            return {"is": _POINTS[grain], "low": low, "high": high}
        case Items(must=must, may=may):
            return {
                "is": "set",
                "must": None if must is None else sorted(must),
                "may": None if may is None else sorted(may),
            }
        case Series(entries=entries):
            return {"is": "list", "entries": None if entries is None else [*map(_entry, entries)]}
        case Rows() | None:  # a row is told by its step, and no report is one
            raise AssertionError(value)


#: What a value that is a point of time is called.
_POINTS = {Grain.DAY: "days", Grain.TIME: "times", Grain.MOMENT: "moments"}


def _entry(one: Entry) -> dict[str, Json]:
    """What may stand in a list."""
    return {"members": None if one.options is None else sorted(one.options), "sure": one.sure}


def _end(bound: Bound, scale: Fraction) -> str | None:
    """The end of a number, exactly: in decimals, or as `1/3` where these would not end."""
    if isinstance(bound, Infinite):
        return None
    number = bound / scale
    return str(number) if finite_places(number) is None else _decimal(number)


def _day(ordinal: int | None) -> str | None:
    return None if ordinal is None else show_date(ordinal)
