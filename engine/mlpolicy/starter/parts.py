"""Declarations to begin with, in the words of the policy that they are for: its inputs, bars and
clauses, and what it calls a thing that is decided."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlpolicy.core.program import Apply, BarRef, Input, InputRef, Program
from mlpolicy.core.show import decimal_text
from mlpolicy.core.types import EnumType, FlagType, Quantity
from mlpolicy.core.visit import walk_whole
from mlpolicy.format import formatted
from mlpolicy.source import Source

_NAME = re.compile(r"[A-Za-z_]\w*(?:-\w+)*")
_COMPARISONS = frozenset({"<", "<=", ">", ">="})


def rule_for(name: str, program: Program) -> str:
    """A rule that can fire: where an input passes a bar that the policy compares it with, or else
    where it is one of its words, or not known. Empty where the policy has no input or no clause."""
    clause, first = _clause(program), _plain_input(program)
    if not clause or first is None:
        return ""
    input, bar = _compared(program) or (first.name, "")
    condition = f"{input} > {bar}" if bar else _condition(program.inputs[input])
    each = program.scopes.each.word
    told = f"this {each} states {{{input}}}" + (f"; the bar is {{{bar}}}" if bar else "")
    return _laid(
        f"rule {name} warn ref {clause}\n"
        f"  when {condition}\n"
        f'  say "{told}"\n'
        f'  fix "say here what those who answer for this {each} can do"\n'
    )


def table_for(name: str, program: Program) -> str:
    """A table of two rows that asks an input for a word, and another for where a bar is, of what
    the policy has. Empty where it has no such input, or no clause."""
    clause, pair = _clause(program), _compared(program)
    found = list(_inputs(program))
    worded = next((each for each in found if isinstance(each.type, _WORDED)), None)
    counted = next((each for each in found if isinstance(each.type, Quantity)), None)
    columns = []
    if worded is not None:
        columns.append((worded.name, _word(worded.type)))
    if pair is not None:
        columns.append((pair[0], f"< {pair[1]}"))
    if counted is not None and not columns:
        columns.append((counted.name, f"> {_amount(counted)}"))
    if not clause or not columns:
        return ""
    heads, asked = zip(*columns, strict=True)
    return _laid(
        f"table {name} : flag first ref {clause}\n"
        f"  | {' | '.join(heads)} |\n"
        f"  | {' | '.join(asked)} | -> yes\n"
        f"  | {' | '.join('-' for _ in columns)} | -> no\n"
    )


_WORDED = (FlagType, EnumType)


def _inputs(program: Program) -> Iterator[Input]:
    """The inputs without a key, those of the things that are decided first."""
    plain = [each for each in program.inputs.values() if each.key is None]
    each_word = program.scopes.each
    own = [one for one in plain if any(p.scope == each_word for s in one.sources for p in s.paths)]
    yield from own
    yield from (one for one in plain if one not in own)


def _plain_input(program: Program) -> Input | None:
    """An input of which a word can be asked, or else any."""
    found = list(_inputs(program))
    return next((each for each in found if isinstance(each.type, _WORDED)), (*found, None)[0])


def _compared(program: Program) -> tuple[str, str] | None:
    """An input and the bar that the policy compares it with: the first of its inputs that has
    one."""
    pairs: dict[str, str] = {}
    for found in walk_whole(program):
        if isinstance(found, Apply) and found.operator in _COMPARISONS:
            for one, other in (found.operands, found.operands[::-1]):
                if isinstance(one, InputRef) and one.key is None and isinstance(other, BarRef):
                    pairs.setdefault(one.name, other.name)
    return next(
        ((each.name, pairs[each.name]) for each in _inputs(program) if each.name in pairs), None
    )


def _condition(input: Input) -> str:
    match input.type:
        case FlagType():
            return input.name
        case EnumType() as kind:
            return f"{input.name} is {_word(kind)}"
        case Quantity():
            return f"{input.name} > {_amount(input)}"
        case _:
            return f"{input.name} is unknown"


def _word(kind: object) -> str:
    """The first word of a type, as a policy has it."""
    if not isinstance(kind, EnumType):
        return "yes"
    word = kind.members[0]
    return word if _NAME.fullmatch(word) else f'"{word}"'


def _amount(input: Input) -> str:
    """An amount that a manifest can state more than: one, or what the range of the input allows."""
    assert isinstance(input.type, Quantity)
    unit = input.type.unit
    low, high = input.low, input.high
    base = unit.scale
    if (low is not None and base < low) or (high is not None and base >= high):
        base = low if low is not None else (high or unit.scale) - unit.scale
    return f"{decimal_text(base / unit.scale, grouped=False)} {unit.text}".rstrip()


def _clause(program: Program) -> str:
    """A clause to cite, until the author names the one that is meant."""
    return next(iter(program.clauses), "")


def _laid(text: str) -> str:
    laid, _ = formatted(Source("", text))
    return text if laid is None else laid
