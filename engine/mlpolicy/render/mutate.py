"""Which faults in a policy its tests do not notice, as text and JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mlpolicy.core.program import Program
from mlpolicy.diagnostics import Diagnostic
from mlpolicy.mutate.mutants import Fault, Mutant
from mlpolicy.mutate.survivors import Survivors
from mlpolicy.mutate.trial import End, Trial
from mlpolicy.render import titled
from mlpolicy.render.compared import shown_test
from mlpolicy.render.json import Json, diagnostic_value, value_json
from mlpolicy.render.style import bold, dim, finish, green, red, wrap
from mlpolicy.witness.differing import Shown

#: What the JSON document says it is.
SCHEMA = "mlpolicy/mutate/v1"


def share(trials: Sequence[Trial]) -> int:
    """How many of a hundred faults are noticed, rounded down."""
    noticed = sum(trial.end is End.NOTICED for trial in trials)
    return 100 * noticed // len(trials)


def missing_test(mutant: Mutant, shown: Shown) -> str:
    """The test that is missing where a fault survives, as text of the policy language."""
    return shown_test(shown, _title(mutant))


@dataclass(frozen=True, kw_only=True)
class Mutated:
    """A run: its trials, how many faults can be made, those that are kept with a reason, and by the
    number of a trial the test that is missing, where one was found."""

    program: Program
    trials: Sequence[Trial]
    every: int
    kept: Survivors
    missing: Mapping[int, str]


def mutated_text(
    run: Mutated,
    *,
    width: int,
    color: bool,
) -> str:
    """How many faults are noticed; those that are not and that are kept for no reason, each with
    the test that is missing, or with one to begin with."""
    trials, every, kept = run.trials, run.every, run.kept
    noticed = sum(trial.end is End.NOTICED for trial in trials)
    of = f" of {every:,} that can be made" if every > len(trials) else ""
    left = [
        (n, t)
        for n, t in enumerate(trials)
        if t.end is not End.NOTICED and not kept.reason(t.mutant)
    ]
    paint = red if left else green
    head = f"{noticed} of {len(trials)} faults{of} are noticed, {share(trials)} %"
    lines = [f"{titled.policy(run.program)}: {paint(head)}"]
    explained = len(trials) - noticed - len(left)
    if explained:
        is_ = "1 more is" if explained == 1 else f"{explained} more are"
        lines += wrap(f"{is_} kept with a reason in {kept.source.name}", width, "", "  ")
    for number, trial in left:
        lines += ["", *_trial(trial, run.missing.get(number, ""), width)]
    return finish("\n".join(lines) + "\n", color=color)


def _trial(trial: Trial, missing: str, width: int) -> Iterator[str]:
    mutant = trial.mutant
    where = f"{mutant.at.file}:{mutant.at.line}"
    what = f"{mutant.kind} {mutant.name}"
    text = f"{bold(what)}  {mutant.before} -> {mutant.after}  {dim(where)}"
    yield from wrap(text, width, "", "  ")
    if trial.end is End.UNREACHED:
        yield from wrap("no test comes to it", width, "  ", "    ")
        return
    tests = "1 test comes" if trial.come == 1 else f"{trial.come} tests come"
    told = "in none of them does it come to anything else"
    if trial.tried:
        told = f"in {trial.tried} of them it may come to something else, and none notices"
    if missing:
        yield from wrap(f"{tests} to it; {told}; this would", width, "  ", "    ")
        yield from (f"    {line}" for line in missing.splitlines())
        return
    yield from wrap(f"{tests} to it; {told}; begin with", width, "  ", "    ")
    yield f'    test "{_title(mutant)}"'
    yield f'      like "{trial.near}"'
    yield from wrap(f"# {_hint(mutant)}", width, "      ", "      # ")


def _title(mutant: Mutant) -> str:
    after = mutant.after.replace("`", "")
    return f"{mutant.name}, not {after}".replace('"', "'")


def _hint(mutant: Mutant) -> str:
    match mutant.fault:
        case Fault.NUMBER | Fault.UNIT:
            return f"give what turns between {mutant.before} and {mutant.after}"
        case Fault.BORDER:
            return f"give just the value at which `{mutant.before}` turns"
        case Fault.CONNECTIVE:
            return f"give what makes one part of `{mutant.before}` hold and the other not"
        case Fault.CLAUSE:
            return f"give what makes all of `{mutant.before}` hold, but for the one left out"
        case Fault.NEGATION | Fault.ARMS | Fault.OPERATOR:
            return f"expect what depends on `{mutant.before}`"
        case Fault.COUNT:
            return f"give just as many yes as `{mutant.before}` asks for, and one less"


def mutated_json(run: Mutated, old: Sequence[Diagnostic]) -> str:
    """The document `mlpolicy/mutate/v1`."""
    program, trials = run.program, run.trials
    return value_json(
        {
            "schema": SCHEMA,
            "policy": {"name": program.name, "version": program.version},
            "counts": {
                "possible": run.every,
                "made": len(trials),
                **{end.value: sum(t.end is end for t in trials) for end in End},
            },
            "faults": [
                _value(trial, run.kept, run.missing.get(n)) for n, trial in enumerate(trials)
            ],
            "diagnostics": [diagnostic_value(each) for each in old],
        }
    )


def _value(trial: Trial, kept: Survivors, missing: str | None) -> Json:
    mutant = trial.mutant
    return {
        "kind": mutant.kind,
        "name": mutant.name,
        "fault": mutant.fault.value,
        "before": mutant.before,
        "after": mutant.after,
        "file": mutant.at.file,
        "line": mutant.at.line,
        "end": trial.end.value,
        "by": trial.by or None,
        "come": trial.come,
        "tried": trial.tried,
        "reason": None if trial.end is End.NOTICED else kept.reason(trial.mutant) or None,
        "test": missing,
    }
