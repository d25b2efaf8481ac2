"""The shipped policy is a core with three extensions, which change no answer of it."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from mlpolicy.core.terms import Level
from mlpolicy.decide import Context, decide
from mlpolicy.manifest import load
from tests.policy.policy_support import EXTENSIONS, HERE, REPO, WHOLE, program_at

pytestmark = pytest.mark.slow

MANIFESTS = sorted(
    path
    for name in ("cases", "costs", "hybrid", "scenarios")
    for path in (HERE / name).glob("*.yaml")
)


@pytest.mark.slow
@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.name.partition(".")[0])
def test_the_core_alone_decides_the_same(path: Path) -> None:
    """Answers, how firm they are, costs, obligations, and every rule of the core."""
    day = datetime.date(2026, 11, 22)
    context = Context(as_of=day, today=day, explain=False)
    (core, schema), (whole, _) = program_at(WHOLE, alone=True), program_at(WHOLE)
    documents, faults = load(path.read_bytes(), path.name, schema)
    assert documents, faults
    for document in documents:
        alone, with_all = decide(core, document, context), decide(whole, document, context)
        for one, other in zip(alone.workloads, with_all.workloads, strict=True):
            assert one.status is other.status
            assert one.choice == other.choice
            assert one.possible == other.possible
            assert one.costs == other.costs
            assert one.obligations == other.obligations
        states = [{(r.rule, r.workload): r.state for r in d.results} for d in (alone, with_all)]
        assert states[0].items() <= states[1].items()
        more = {rule for rule, _ in states[1].keys() - states[0].keys()}
        assert more <= whole.rules.keys() - core.rules.keys()


def test_the_core_has_the_rules_that_stop_and_few_that_only_advise() -> None:
    core, whole = program_at(WHOLE, alone=True)[0], program_at(WHOLE)[0]
    written = [{r.family or r.name for r in program.rules.values()} for program in (core, whole)]
    assert [len(rules) for rules in written] == [39, 102]
    assert (len(core.rules), len(whole.rules)) == (49, 116)  # with one for each row of a family
    added = [rule for name, rule in whole.rules.items() if name not in core.rules]
    assert {rule.level for rule in added} == {Level.WARN, Level.ADVISE}


@pytest.mark.slow
def test_the_extensions_say_the_rest_of_the_guide(mlpolicy: object) -> None:
    from mlpolicy.coverage import Group, State, cover
    from mlpolicy.session import Session
    from tests.policy.policy_support import files_at

    ledgers, _ = Session().ledgers(files_at(WHOLE))
    accounts = [
        account
        for source in cover(program_at(WHOLE)[0], ledgers)
        for account in source.accounts
        if account.group is not Group.FACTS
    ]
    assert not [a.ref for a in accounts if a.state in (State.MISSING, State.EXTENSION)]
    assert not [a.ref for a in accounts if a.needless]


@pytest.mark.slow
@pytest.mark.parametrize("name", EXTENSIONS)
def test_each_is_sound_by_itself_beside_the_core(name: str, mlpolicy: object) -> None:
    from tests.command_support import in_process

    ran = in_process("sources", "check", str(REPO / "policies" / name))
    assert ran.code == 0, ran
    ran = in_process("test", str(REPO / "policies" / name))
    assert ran.code == 0, ran.out
