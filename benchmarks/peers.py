"""One small policy in several engines: how many decisions a second of processor time?

    python -m pip install zen-engine cedarpy cel-python regopy
    python -m pip install common-expression-language cel-expr-python
    python benchmarks/peers.py [--quick]

The policy is `benchmarks/parcels`: a tree, a score of six questions and the cost of each of three
ways. What an engine cannot say is left out there and told: Cedar has no arithmetic with fractions,
so it only decides. Every engine gets the same parcels, already in the form that it takes; before
anything is timed, what it says of each of them is compared with plain Python. An engine that is
not installed is said to be missing.

Figures are decisions a second, and how many turns of an empty loop one decision takes (`turns`),
measured in the same run. mlpolicy is measured as its library is used, on facts that are read, with
every fact stated, and again with one left out, which no other engine here can decide.
"""

from __future__ import annotations

import argparse
import datetime
import json
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

HERE = Path(__file__).parent
DAY = datetime.date(2026, 11, 22)
FLAGS = ("fragile", "insured", "cooled", "urgent", "signed", "abroad")
WAYS = ("bike", "van", "freight")

if TYPE_CHECKING:
    from mlpolicy.core.decision import Reported

Parcel = dict[str, Any]
#: The way, and what each of the three costs: none where an engine cannot say.
Answer = tuple[str, tuple[float, ...]]
Decider = Callable[[Parcel], Answer]


def parcels(count: int) -> list[Parcel]:
    """Parcels of all kinds, the same in every run; numbers are whole, so that floats are exact."""
    chosen = random.Random(7)
    return [
        {
            "weight": chosen.choice((1, 8, 20, 21, 120, 300, 304, 900)),
            "distance": chosen.choice((4, 36, 40, 44, 400)),
            **{name: chosen.random() < 0.3 for name in FLAGS},
        }
        for _ in range(count)
    ]


def plain(parcel: Parcel) -> Answer:
    """The policy in Python, against which all are compared."""
    weight, distance = parcel["weight"], parcel["distance"]
    if weight > 300:
        way = "freight"
    elif sum(parcel[name] for name in FLAGS) >= 3:
        way = "van"
    elif distance < 40 and weight <= 20 and not parcel["fragile"]:
        way = "bike"
    else:
        way = "van"
    costs = (
        5 + 0.5 * distance,
        12 + 0.25 * distance + 0.1 * weight,
        80 + 0.125 * distance + 0.02 * weight,
    )
    return way, costs


# ── mlpolicy ─────────────────────────────────────────────────────────────────────────────


def _amount(reported: Reported) -> float:
    """An amount that is known; NaN for one that is open."""
    from mlpolicy.core.values import Num

    assert reported.figure is not None
    value = reported.figure.value
    assert isinstance(value, Num)
    known = value.poly.constant
    return float("nan") if known is None else float(known)


def mlpolicy(*, without: str = "") -> tuple[Callable[[Parcel], Any], Callable[[Any], Answer]]:
    """The library on facts that are read; without a field, on what is then open."""
    from mlpolicy.api import load_policy

    policy = load_policy(HERE / "parcels")

    def prepared(parcel: Parcel) -> Any:
        stated = {key: value for key, value in parcel.items() if key != without}
        manifest = {
            "apiVersion": "example.org/v1",
            "kind": "Parcels",
            "metadata": {"name": "m"},
            "spec": {"workloads": [{"name": "p", **stated}]},
        }
        return policy.read(manifest)

    def decided(document: Any) -> Answer:
        (workload,) = policy.decide(document, as_of=DAY, explain=False).workloads
        way = str(workload.choice.outcome) if workload.choice else ""
        return way, tuple(_amount(each) for each in workload.reports)

    return prepared, decided


# ── Others ───────────────────────────────────────────────────────────────────────────────

_SCORE = " + ".join(f"({name} ? 1 : 0)" for name in FLAGS)
_WAY = (
    f"weight > 300.0 ? 'freight' : ({_SCORE}) >= 3 ? 'van' : "
    "distance < 40.0 && weight <= 20.0 && !fragile ? 'bike' : 'van'"
)
_COSTS = (
    "5.0 + 0.5 * distance",
    "12.0 + 0.25 * distance + 0.1 * weight",
    "80.0 + 0.125 * distance + 0.02 * weight",
)


def _as_floats(parcel: Parcel) -> Parcel:
    return {k: v if isinstance(v, bool) else float(v) for k, v in parcel.items()}


def zen() -> tuple[Callable[[Parcel], Any], Callable[[Any], Answer]]:
    """GoRules Zen: a decision model of one node of expressions."""
    import zen as engine

    score = " + ".join(f"({name} ? 1 : 0)" for name in FLAGS)
    way = (
        f"weight > 300 ? 'freight' : ({score}) >= 3 ? 'van' : "
        "distance < 40 and weight <= 20 and not fragile ? 'bike' : 'van'"
    )
    written = [("way", way), *zip(WAYS, _COSTS, strict=True)]
    expressions = [{"id": key, "key": key, "value": value} for key, value in written]
    model = {
        "nodes": [
            {"id": "in", "type": "inputNode", "name": "in"},
            {
                "id": "e",
                "type": "expressionNode",
                "name": "e",
                "content": {"expressions": expressions},
            },
            {"id": "out", "type": "outputNode", "name": "out"},
        ],
        "edges": [
            {"id": "1", "sourceId": "in", "targetId": "e", "type": "edge"},
            {"id": "2", "sourceId": "e", "targetId": "out", "type": "edge"},
        ],
    }
    decision = engine.ZenEngine().create_decision(json.dumps(model))

    def decided(parcel: Any) -> Answer:
        result = decision.evaluate(parcel)["result"]
        return result["way"], tuple(float(result[each]) for each in WAYS)

    return dict, decided


def cel_google() -> tuple[Callable[[Parcel], Any], Callable[[Any], Answer]]:
    """The C++ implementation of the Common Expression Language."""
    from cel_expr_python import cel

    kinds = {"weight": cel.Type.DOUBLE, "distance": cel.Type.DOUBLE}
    kinds |= dict.fromkeys(FLAGS, cel.Type.BOOL)
    environment = cel.NewEnv(variables=kinds)
    programs = [environment.compile(each) for each in (_WAY, *_COSTS)]

    def decided(parcel: Any) -> Answer:
        way, *costs = (each.eval(data=parcel).value() for each in programs)
        return way, tuple(costs)

    return _as_floats, decided


def cel_rust() -> tuple[Callable[[Parcel], Any], Callable[[Any], Answer]]:
    """The Rust implementation of the Common Expression Language."""
    import cel

    programs = [cel.compile(each) for each in (_WAY, *_COSTS)]

    def decided(parcel: Any) -> Answer:
        way, *costs = (each.execute(parcel) for each in programs)
        return way, tuple(costs)

    return _as_floats, decided


def cel_python() -> tuple[Callable[[Parcel], Any], Callable[[Any], Answer]]:
    """The Common Expression Language in Python."""
    import celpy

    environment = celpy.Environment()
    programs = [environment.program(environment.compile(each)) for each in (_WAY, *_COSTS)]

    def prepared(parcel: Parcel) -> Any:
        return celpy.json_to_cel(_as_floats(parcel))

    def decided(parcel: Any) -> Answer:
        way, *costs = (each.evaluate(parcel) for each in programs)
        return str(way), tuple(float(each) for each in costs)

    return prepared, decided


def cedar() -> tuple[Callable[[Parcel], Any], Callable[[Any], Answer]]:
    """Cedar answers yes or no: one question for each way; it has no costs."""
    import cedarpy

    score = " + ".join(f"(if context.{name} then 1 else 0)" for name in FLAGS)
    rules = {
        "freight": "context.weight > 300",
        "bike": f"context.weight <= 20 && {score} < 3 && context.distance < 40 && !context.fragile",
    }
    policies = "".join(
        f'permit(principal, action == Action::"{way}", resource) when {{ {rule} }};'
        for way, rule in rules.items()
    )

    def prepared(parcel: Parcel) -> Any:
        common = {"principal": 'User::"a"', "resource": 'Parcel::"p"', "context": parcel}
        return [(way, {"action": f'Action::"{way}"', **common}) for way in rules]

    def decided(requests: Any) -> Answer:
        for way, request in requests:
            if cedarpy.is_authorized(request, policies, []).allowed:
                return way, ()
        return "van", ()

    return prepared, decided


def rego() -> tuple[Callable[[Parcel], Any], Callable[[Any], Answer]]:
    """Rego, by the interpreter of regopy."""
    from regopy import Interpreter

    flags = ", ".join(f'"{name}"' for name in FLAGS)
    module = f"""package parcels
flags := [{flags}]
score := count([f | f := flags[_]; input[f] == true])
way := "freight" {{ input.weight > 300 }}
else := "van" {{ score >= 3 }}
else := "bike" {{ input.distance < 40; input.weight <= 20; not input.fragile }}
else := "van" {{ true }}
bike := 5 + (0.5 * input.distance)
van := 12 + ((0.25 * input.distance) + (0.1 * input.weight))
freight := 80 + ((0.125 * input.distance) + (0.02 * input.weight))
"""
    interpreter = Interpreter()
    interpreter.add_module("parcels", module)

    def decided(parcel: Any) -> Answer:
        interpreter.set_input(parcel)
        output = interpreter.query("x = data.parcels")
        found = json.loads(str(output))["bindings"]["x"]
        return found["way"], tuple(float(found[each]) for each in WAYS)

    return dict, decided


ENGINES: dict[str, Callable[[], tuple[Callable[[Parcel], Any], Callable[[Any], Answer]]]] = {
    "plain Python": lambda: (dict, plain),
    "mlpolicy, all stated": mlpolicy,
    "CEL (cel-expr-python, C++)": cel_google,
    "CEL (common-expression-language, Rust)": cel_rust,
    "CEL (cel-python)": cel_python,
    "Zen (zen-engine, Rust)": zen,
    "Cedar (cedarpy, Rust), the way only": cedar,
    "Rego (regopy, C++)": rego,
}


def differs(found: Answer, wanted: Answer) -> bool:
    """Does an engine say something else? What it cannot say is no difference."""
    pairs = zip(found[1], wanted[1], strict=bool(found[1]))
    return found[0] != wanted[0] or any(abs(a - b) > 1e-9 for a, b in pairs)


def rate(decided: Callable[[Any], object], inputs: list[Any], seconds: float) -> float:
    """Decisions a second of processor time, the best of three."""
    best = 0.0
    for _ in range(3):
        done, begin = 0, time.process_time()
        while time.process_time() - begin < seconds / 3:
            for each in inputs:
                decided(each)
            done += len(inputs)
        best = max(best, done / (time.process_time() - begin))
    return best


def turns(seconds: float) -> float:
    """Turns of an empty loop a second: what a decision is compared with."""

    def loop(_: object) -> None:
        for _ in range(1000):
            pass

    return rate(loop, [None], seconds) * 1000


def measured(name: str, seconds: float, some: list[Parcel]) -> str:
    """The line of an engine."""
    try:
        prepared, decided = ENGINES[name]()
    except ImportError as missing:
        return f"{name:<42}  missing: {missing.name}"
    inputs = [prepared(each) for each in some]
    wrong = [p for p, i in zip(some, inputs, strict=True) if differs(decided(i), plain(p))]
    if wrong:
        return f"{name:<42}  says otherwise of {len(wrong)} of {len(some)}, so it is not timed"
    return told(name, rate(decided, inputs, seconds), turns(seconds / 3))


def told(name: str, found: float, loop: float) -> str:
    """`Zen …   16,000   3,000`"""
    return f"{name:<42}  {found:>12,.0f}  {loop / found:>12,.0f}"


def table(seconds: float) -> None:
    """Prints a line for each engine, after so many seconds of it."""
    some = parcels(200)
    print(f"{'one policy, 200 parcels, all equal':<42}  {'decisions/s':>12}  {'loop turns':>12}")
    for name in ENGINES:
        print(measured(name, seconds, some), flush=True)
    prepared, decided = mlpolicy(without="insured")
    inputs = [prepared(each) for each in some]
    print(told("mlpolicy, one fact not stated", rate(decided, inputs, seconds), turns(seconds / 3)))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="half a second for each engine")
    table(0.5 if parser.parse_args().quick else 3.0)


if __name__ == "__main__":
    main()
