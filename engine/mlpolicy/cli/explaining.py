"""What `mlpolicy explain` does with its options. Nothing here needs click: see `quick`."""

from __future__ import annotations

import os
from collections.abc import Sequence

from mlpolicy.cli.exits import ExitCode
from mlpolicy.cli.judging import Judged, Options, judge
from mlpolicy.cli.output import CommandError, complain, emit, has_color, width
from mlpolicy.core.decision import Decision
from mlpolicy.diagnostics import Diagnostic


def explain(
    *,
    manifests: tuple[str, ...],
    workload: str | None,
    rule: str | None,
    audience: str | None,
    full: bool,
    why_not: str | None,
    what_if: tuple[str, ...],
    break_even: str | None,
    between: str | None,
    and_: str | None,
    policy: str,
    extensions: tuple[str, ...],
    as_of: str,
    waivers: str,
    config: str,
    form: str,
) -> int:
    """Explains the decisions on the manifests, on standard output in `form`, and gives the exit
    code. The parameters are the options of the command. Raises CommandError where an option has
    taken the value of another place."""
    _in_their_places(why_not, what_if, manifests)
    manifests = manifests or (".",)
    judged = judge(
        manifests,
        Options(policy=policy, as_of=as_of, waivers=waivers, config=config, extensions=extensions),
    )
    decisions = judged.decisions
    faults = list(judged.diagnostics)
    unknown = _unknown_names(judged, workload, rule)
    if unknown:
        if form == "json":
            from mlpolicy.render.json import check_json

            emit(check_json((), (*faults, *unknown), judged.skipped))
        complain((*faults, *unknown))
        return ExitCode.NOT_EVALUATED
    if why_not or what_if or break_even or between or and_:
        from mlpolicy.cli.changing import changed

        return changed(judged, workload, why_not, what_if, break_even, (between, and_), form, full)
    if form in ("html", "markdown", "mermaid", "dot"):
        emit(_drawn(judged, form, workload, audience))
    elif form == "json":
        from mlpolicy.render.json import check_json, decision_json

        if len(decisions) == 1 and len(manifests) == 1:
            emit(decision_json(decisions[0]))
        else:
            emit(check_json(decisions, faults, judged.skipped, full=True))
    else:
        shown = [
            decision
            for decision in decisions
            if workload is None or any(w.name == workload for w in decision.workloads)
        ]
        files = {decision.manifest_path for decision in shown}
        if len(files) > 1 and not (audience or full or rule):
            from mlpolicy.render.text import in_brief

            emit(in_brief(shown, width=width(), color=has_color(), workload=workload))
        else:
            emit(_pages(shown, workload, rule, audience or (None if full else "team")))
    complain(faults)
    return ExitCode.NOT_EVALUATED if judged.incomplete else ExitCode.PASS


def _pages(
    decisions: Sequence[Decision], workload: str | None, rule: str | None, audience: str | None
) -> str:
    """A page for each decision."""
    from mlpolicy.render.text import explain as explained
    from mlpolicy.session.elsewhere import Readers

    readers = Readers()
    return "\n".join(
        explained(
            decision,
            width=width(),
            color=has_color(),
            workload=workload,
            rule=rule,
            audience=audience,
            extensions=readers.of(decision),
        )
        for decision in decisions
    )


def _drawn(judged: Judged, form: str, workload: str | None, audience: str | None) -> str:
    """The decisions in one of the forms that are made for other programs to show."""
    pairs = [
        (judgement.decision, judgement.program)
        for judgement in judged.judgements
        if workload is None or any(w.name == workload for w in judgement.decision.workloads)
    ]
    match form:
        case "html":
            from mlpolicy.render.html import page

            return page(pairs, workload=workload)
        case "markdown":
            from mlpolicy.render.markdown import markdown

            return markdown(pairs, workload=workload, audience=audience)
        case "mermaid":
            from mlpolicy.render.graph import mermaid

            return mermaid(pairs, workload=workload)
        case _:
            from mlpolicy.render.graph import dot

            return dot(pairs, workload=workload)


def _in_their_places(
    why_not: str | None, what_if: tuple[str, ...], manifests: tuple[str, ...]
) -> None:
    """Raises CommandError where an option was given no value and took what stands behind it, or
    left it to stand alone."""
    from mlpolicy.disk import is_regular

    if why_not and not manifests and is_regular(why_not):
        raise CommandError(
            f"`--why-not` takes an outcome or a rule, and `{why_not}` is a file; "
            f"write `--why-not OUTCOME {why_not}`"
        )
    for text in what_if:
        behind = next((each for each in manifests if not os.path.lexists(each)), None)
        if "=" not in text and behind is not None:
            raise CommandError(f"`--what-if` takes PATH=VALUE; write `--what-if {text}={behind}`")


def _unknown_names(judged: Judged, workload: str | None, rule: str | None) -> list[Diagnostic]:
    """A workload or rule that nothing here has is a slip, and never silence."""
    from mlpolicy.diagnostics import about
    from mlpolicy.session.elsewhere import help_for_rule, rules_elsewhere
    from mlpolicy.suggest import listing, nearest

    faults = []
    if not judged.judgements:
        return []
    if workload is not None:
        names = {w.name: None for d in judged.decisions for w in d.workloads}
        each = judged.decisions[0].scopes.each.word
        if workload not in names:
            close = nearest(workload, names)
            hint = f"did you mean `{close}`?" if close else f"there are: {listing(names) or 'none'}"
            faults.append(about("MLP0913", f"no {each} `{workload}`", help=hint))
    if rule is not None:
        rules = {
            name: None
            for judgement in judged.judgements
            for name in (
                *judgement.program.rules,
                *(each.family for each in judgement.program.rules.values() if each.family),
                *judgement.program.obligations,
            )
        }
        told = {finding.rule for d in judged.decisions for finding in d.findings}
        if rule not in rules and rule not in told:
            files = [each.files for each in judged.judgements]
            hint = help_for_rule(rule, list(rules), rules_elsewhere(files))
            faults.append(about("MLP0914", f"no rule `{rule}`", help=hint))
    return faults
