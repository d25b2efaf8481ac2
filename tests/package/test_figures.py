"""What the engine may not do with kinds and with words: see `tests/figures.py`."""

from __future__ import annotations

import ast

import pytest

from mlpolicy.diagnostics import _MATTERS, CODES
from tests.figures import (
    NAMES,
    codes_compared,
    codes_in,
    compared_in,
    kinds_compared,
    modules,
    sentences,
    sentences_in,
)

pytestmark = pytest.mark.slow


def test_no_field_of_a_kind_is_compared_with_a_word() -> None:
    assert [str(spot) for spot in kinds_compared()] == []


def test_no_code_of_a_message_is_compared() -> None:
    assert [str(spot) for spot in codes_compared()] == []
    assert _MATTERS.keys() <= CODES.keys()


@pytest.mark.parametrize("written", ['fault.code == "MLP0902"', "each.code not in _UNREAD"])
def test_a_comparison_of_a_code_would_be_seen(written: str) -> None:
    assert list(codes_in("m.py", ast.parse(written)))


def test_no_sentence_is_made_below_render() -> None:
    assert [str(spot) for spot in sentences()] == []


def test_each_name_that_is_let_through_is_there() -> None:
    texts = "\n".join(ast.unparse(tree) for _, tree in modules())
    for name in NAMES:
        assert all(part in texts for part in name.split("{}")), name


@pytest.mark.parametrize(
    "written",
    [
        'step.kind == "if"',
        '"assumed" != step.note',
        'each.status in ("decided", "held")',
        'each.level not in {"block"}',
        'step.note.startswith("assumed")',
        'step.note.rpartition(" ")[2]',
        'match rule.state:\n    case "fired":\n        pass',
        'match rule:\n    case Rule(state="fired"):\n        pass',
    ],
)
def test_a_comparison_with_a_word_would_be_seen(written: str) -> None:
    assert list(compared_in("m.py", ast.parse(written)))


@pytest.mark.parametrize(
    "written",
    ["step.kind is StepKind.IF", 'step.name == "x"', 'name == "block"', 'os.path.split("a")'],
)
def test_nothing_else_is_taken_for_one(written: str) -> None:
    assert not list(compared_in("m.py", ast.parse(written)))


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ('raise FaultError(f"`{name}` divides by zero")', True),
        ('note = "not stated"', True),
        ('said = f"assumed {value}"', True),
        ('key = ("zero", name)', False),
        ('text = f"{table}.{name}"', False),
        ('assert found, "nothing was found"', False),
        ('def f():\n    """Says it in a docstring."""', False),
    ],
)
def test_a_sentence_would_be_seen(written: str, seen: bool) -> None:
    assert bool(list(sentences_in("m.py", ast.parse(written)))) is seen
