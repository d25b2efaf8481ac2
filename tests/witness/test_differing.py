"""Two versions of drawn policies: what they decide otherwise is shown, what is proved to be alike
is, and every manifest that is shown is decided otherwise."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlpolicy.decide import Context, decide
from mlpolicy.render.manifest import skeleton
from mlpolicy.testing import PROJECT
from mlpolicy.versions.impact import effects
from mlpolicy.witness import differing
from mlpolicy.witness.differing import Compared, NotShown, compared
from mlpolicy.witness.ground import Ground, prepared
from tests.profiles import examples
from tests.witness.planted import HEAD, QUEUES, TAIL, Facts, Step, cases, draw_cell, draw_tree
from tests.witness.test_planted import compiled, schema


def ground_of(text: str) -> Ground | None:
    program = compiled(text)
    return None if program is None else prepared(program, schema(), skeleton(schema(), PROJECT))


def text_of(root: Step | str) -> str:
    """A tree that says what it compares, each `if` on lines of its own."""
    lines = ["decision tree choice : way"]

    def write(here: Step | str, indent: str, before: str) -> None:
        if isinstance(here, str):
            lines.append(f'{indent}{before}{here} because "so" ref guide#C1')
            return
        if before:
            lines.append(f"{indent}{before}".rstrip())
            indent += "  "
        lines.append(f"{indent}if {here.cell.text}")
        write(here.yes, f"{indent}  ", "yes: ")
        write(here.no, f"{indent}  ", "no: ")

    if isinstance(root, str):
        lines.append(f'  otherwise : {root} because "so" ref guide#C1')
    else:
        write(root, "  ", "")
    return f"{HEAD}" + "\n".join(lines) + "\n"


def answer(root: Step | str, facts: Facts) -> str:
    here = root
    while isinstance(here, Step):
        here = here.yes if here.cell.holds(facts) else here.no
    return here


def changed(root: Step | str, rng: Random) -> Step | str:
    """Another version of a tree: one leaf or one condition otherwise, or none."""
    if isinstance(root, str):
        return rng.choice(QUEUES)
    where = rng.randrange(4)
    if where == 0:
        return replace(root, yes=changed(root.yes, rng))
    if where == 1:
        return replace(root, no=changed(root.no, rng))
    return replace(root, cell=draw_cell(rng)) if where == 2 else root


def check_shown(old: Ground, new: Ground, found: Compared) -> None:
    """Each manifest that is shown is valid, and decided otherwise."""
    for shown in found.shown:
        given_again = new.loaded(shown.witness.given)
        assert given_again is not None
        day = shown.witness.day
        context = Context(as_of=day, today=day)
        before = decide(old.program, given_again, context)
        after = decide(new.program, given_again, context)
        assert effects(before, after)


@pytest.mark.slow
@examples(24)
@given(st.integers(0, 10**9))
def test_what_two_trees_answer_otherwise_is_shown_or_proved_not_to_be(seed: int) -> None:
    rng = Random(seed)
    tree = draw_tree(rng, 2)
    other = changed(tree, rng)
    old, new = ground_of(text_of(tree)), ground_of(text_of(other))
    if old is None or new is None:
        return
    found = compared(old, new)
    assert found.why_not is None
    if any(answer(tree, facts) != answer(other, facts) for facts in cases()):
        assert found.shown
    check_shown(old, new, found)
    if tree == other:
        assert not found.otherwise


def test_the_law_bites(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a number stands for a part that it does not lie in, a difference is not seen."""
    monkeypatch.setattr(differing, "_turns", lambda program, names: set())
    rule = 'rule r advise\n  when documents >= {} document/month\n  say "so" ref guide#C1\n'
    old, new = (ground_of(f"{HEAD}{TAIL}{rule.format(n)}") for n in (50, 51))
    assert old is not None
    assert new is not None
    assert not compared(old, new).shown


@pytest.mark.slow
def test_a_bar_raised_by_one_is_shown_at_the_bar_and_nowhere_else() -> None:
    rule = 'rule r advise\n  when documents >= {} document/month\n  say "so" ref guide#C1\n'
    old, new = (ground_of(f"{HEAD}{TAIL}{rule.format(n)}") for n in (50, 51))
    assert old is not None
    assert new is not None
    found = compared(old, new)
    assert found.why_not is None
    told = {(each.name, each.before, each.after) for shown in found.shown for each in shown.effects}
    assert ("r", "fired (advise)", "silent") in told
    check_shown(old, new, found)


def test_what_is_reckoned_with_is_not_shown_equal_and_a_difference_is_found_all_the_same() -> None:
    rule = 'rule r advise\n  when documents * 2 >= {} document/month\n  say "so" ref guide#C1\n'
    old, new, same = (ground_of(f"{HEAD}{TAIL}{rule.format(n)}") for n in (100, 102, 100))
    assert old is not None
    assert new is not None
    assert same is not None
    found = compared(old, new)
    assert found.why_not is NotShown.NUMBERS
    assert {each.name for shown in found.shown for each in shown.effects} == {"r"}
    check_shown(old, new, found)


def test_a_rule_that_may_not_be_waived_any_more_is_not_shown_equal() -> None:
    rule = 'rule r advise{}\n  when explain\n  say "so" ref guide#C1\n'
    old, new = (ground_of(f"{HEAD}{TAIL}{rule.format(n)}") for n in ("", " not waivable"))
    assert old is not None
    assert new is not None
    found = compared(old, new)
    assert (found.shown, found.why_not) == ((), NotShown.WAIVERS)
