"""Which faults in a policy its tests do not notice, as text and JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mlpolicy.core.program import Program
from mlpolicy.mutate.mutants import Fault, Mutant
from mlpolicy.mutate.trial import End, Trial
from mlpolicy.render import titled
from mlpolicy.render.json import Json, value_json
from mlpolicy.render.style import bold, dim, finish, green, red, wrap

#: What the JSON document says it is.
SCHEMA = "mlpolicy/mutate/v1"


def share(trials: Sequence[Trial]) -> int:
    """How many of a hundred faults are noticed, rounded down."""
    noticed = sum(trial.end is End.NOTICED for trial in trials)
    return 100 * noticed // len(trials)


def mutated_text(
    program: Program, trials: Sequence[Trial], every: int, *, width: int, color: bool
) -> str:
    """How many faults are noticed; those that are not, each with a test to begin with."""
    noticed = sum(trial.end is End.NOTICED for trial in trials)
    of = f" of {every:,} that can be made" if every > len(trials) else ""
    paint = green if noticed == len(trials) else red
    head = f"{noticed} of {len(trials)} faults{of} are noticed, {share(trials)} %"
    lines = [f"{titled.policy(program)}: {paint(head)}"]
    for trial in trials:
        if trial.end is not End.NOTICED:
            lines += ["", *_trial(trial, width)]
    return finish("\n".join(lines) + "\n", color=color)


def _trial(trial: Trial, width: int) -> Iterator[str]:
    mutant = trial.mutant
    where = f"{mutant.at.file}:{mutant.at.line}"
    what = f"{mutant.kind} {mutant.name}"
    text = f"{bold(what)}  {mutant.before} -> {mutant.after}  {dim(where)}"
    yield from wrap(text, width, "", "  ")
    if trial.end is End.UNREACHED:
        yield from wrap("no test comes to it", width, "  ", "    ")
        return
    tests = "1 test comes" if trial.tried == 1 else f"{trial.tried} tests come"
    yield from wrap(f"{tests} to it, and none of them notices; begin with", width, "  ", "    ")
    yield f'    test "{_title(mutant)}"'
    yield f'      like "{trial.near}"'
    yield from wrap(f"# {_hint(mutant)}", width, "      ", "      # ")


def _title(mutant: Mutant) -> str:
    after = mutant.after.replace("`", "")
    return f"{mutant.name}, not {after}".replace('"', "'")


def _hint(mutant: Mutant) -> str:
    match mutant.fault:
        case Fault.NUMBER:
            return f"give what turns between {mutant.before} and {mutant.after}"
        case Fault.BORDER:
            return f"give just the value at which `{mutant.before}` turns"
        case Fault.CONNECTIVE:
            return f"give what makes one part of `{mutant.before}` hold and the other not"
        case Fault.CLAUSE:
            return f"give what makes all of `{mutant.before}` hold, but for the one left out"
        case Fault.NEGATION | Fault.ARMS:
            return f"expect what depends on `{mutant.before}`"
        case Fault.COUNT:
            return f"give just as many yes as `{mutant.before}` asks for, and one less"


def mutated_json(program: Program, trials: Sequence[Trial], every: int) -> str:
    """The document `mlpolicy/mutate/v1`."""
    return value_json(
        {
            "schema": SCHEMA,
            "policy": {"name": program.name, "version": program.version},
            "counts": {
                "possible": every,
                "made": len(trials),
                **{end.value: sum(t.end is end for t in trials) for end in End},
            },
            "faults": [_value(trial) for trial in trials],
        }
    )


def _value(trial: Trial) -> Json:
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
        "tried": trial.tried,
    }
