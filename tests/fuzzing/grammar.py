"""Texts of the policy language, made from its grammar: whole declarations, and parts of good ones
put in the place of others by the same rule. What is drawn keeps to the grammar; names, numbers and
fields come from a policy, so that much of it can be checked, and some of it is sound."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from random import Random

from lark import Lark
from lark.lexer import PatternStr

from mlpolicy.resources import resource_root
from mlpolicy.source import Source
from mlpolicy.syntax.concrete import Branch, Leaf
from mlpolicy.syntax.parse import parse_lossless

#: Deeper than this, what is drawn ends by the shortest way.
DEEP = 14
#: Of each kind of part, what stands for it where a policy has none.
PARTS: dict[str, tuple[str, ...]] = {
    "NAME": ("a", "answer", "choice", "as_of", "f", "yes_or_no", "answer-x", "total"),
    "WORD": ("name", "rent", "status", "all", "first"),
    "CLAUSE": ("s#S1", "rules#T1", "x#Y"),
    "PATH": ("workload.task", "project.owner", "workload.name", "answer.status"),
    "ANSWER": ("answer",),
    "EACH": ("each",),
    "THROUGH": ("over",),
    "POSSIBLE": ("possible",),
    "AGGREGATE": ("any", "all", "count", "sum"),
    "NUMBER": ("0", "1", "2", "3", "0.5", "85 %", "1_000", "1e9", "999999999999999", "12 month"),
    "UNIT": ("number", "%", "flag", "text", "date", "month", "day", "USD/month", "a"),
    "DATE": ("2026-01-01", "2026-11-22", "2030-02-28", "0001-01-01", "9999-12-31"),
    "TIME": ("00:00", "09:30", "23:59:59.5", "24:00", "12:60"),
    "MOMENT": ("2026-11-22T09:30Z", "2026-02-30T00:00+01:00", "2026-11-22T23:59:60-0500"),
    "VERSION": ("1.0.0", "2.0.0-rc.1"),
    "STRING": ('"a text"', '"{a}"', '"{a} of {b[c].d}"', '""', '"{"', '"x.*"', '"{1 + 1}"'),
    "CELL": ("|",),
}


@dataclass(frozen=True)
class Grammar:
    """The rules of the grammar by name, each with its ways to be written, in parts (some of them
    rules); the text of each terminal that is always the same; how deep the shortest text of a rule
    is; which rules a name is given by; the names of all expressions."""

    rules: dict[str, list[tuple[tuple[str, bool], ...]]]
    written: dict[str, str]
    least: dict[str, int]
    called: dict[str, list[str]]
    expressions: frozenset[str]


@cache
def grammar() -> Grammar:
    """The grammar, read anew from its file."""
    text = (resource_root() / "grammar" / "mlpolicy.lark").read_text("utf-8")
    lark = Lark(text, start=["start", "hole"], keep_all_tokens=True, maybe_placeholders=False)
    rules: dict[str, list[tuple[tuple[str, bool], ...]]] = defaultdict(list)
    called: dict[str, list[str]] = defaultdict(list)
    for rule in lark.rules:
        parts = tuple((part.name, not part.is_term) for part in rule.expansion)
        rules[rule.origin.name].append(parts)
        called[rule.alias or rule.origin.name].append(rule.origin.name)
    least = dict.fromkeys(rules, 10**6)
    changed = True
    while changed:
        changed = False
        for name, ways in rules.items():
            depth = min(1 + max(least[n] if deeper else 0 for n, deeper in way) for way in ways)
            changed |= depth < least[name]
            least[name] = min(least[name], depth)
    written = {
        terminal.name: terminal.pattern.value
        for terminal in lark.terminals
        if isinstance(terminal.pattern, PatternStr)
    }
    return Grammar(dict(rules), written, least, dict(called), _forms(lark, "expression"))


def _forms(lark: Lark, rule: str) -> frozenset[str]:
    """The names of all that a rule may lead to by itself."""
    found, waiting = set[str](), [rule]
    seen = set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        for each in lark.rules:
            if each.origin.name == name:
                found |= {each.alias} if each.alias else set()
                waiting += [e.name for e in each.expansion if len(each.expansion) == 1]
    return frozenset(found)


@dataclass
class Pool:
    """What a policy is written with: its tokens by kind, and its parts by the rule they are of."""

    tokens: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    parts: dict[str, list[Branch]] = field(default_factory=lambda: defaultdict(list))

    def add(self, declarations: Iterable[Branch]) -> None:
        for declaration in declarations:
            for node in nodes(declaration):
                if isinstance(node, Leaf):
                    self.tokens[node.kind].append(node.text)
                else:
                    self.parts[node.rule].append(node)
                    if node.rule in grammar().expressions:
                        self.parts["expression"].append(node)


def nodes(branch: Branch) -> Iterator[Branch | Leaf]:
    """A branch and all below it."""
    waiting: list[Branch | Leaf] = [branch]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, Branch):
            waiting.extend(node.parts)


def declarations_of(text: str) -> tuple[Branch, ...]:
    """The declarations of a policy file that has no faults."""
    _, branches, faults = parse_lossless(Source("p.mlp", text))
    assert not faults, faults
    return branches


def text_of(branch: Branch) -> str:
    """A branch as text, on lines of its own."""
    depth, line, lines = 0, list[str](), list[str]()
    waiting: list[Branch | Leaf] = [branch]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Branch):
            waiting.extend(reversed(node.parts))
            continue
        match node.kind:
            case "_GOES_ON":
                line.append("\n    ")
            case "_NL":
                lines.append(" ".join(line))
                line = []
            case "_INDENT":
                depth += 1
            case "_DEDENT":
                depth -= 1
            case _:
                if not line:
                    line.append("  " * max(0, depth) if depth else "")
                line.append(node.text)
    lines.append(" ".join(line))
    return "\n".join(each[1:] if each.startswith(" ") else each for each in lines if each) + "\n"


class Drawer:
    """Draws parts by the grammar, with the tokens of a pool."""

    def __init__(self, rng: Random, pool: Pool) -> None:
        self.rng = rng
        self.pool = pool
        self.cells = 0
        #: How often a part is one of the policy's.
        self.share = rng.choice((0.1, 0.4, 0.8))

    def part(self, rule: str, depth: int = 0) -> Branch:
        """A part by a rule, or by the name that the grammar gives to one of its forms."""
        origins = grammar().called.get(rule) or [rule]
        return Branch(rule, tuple(self._written(self.rng.choice(origins), depth)))

    def _written(self, rule: str, depth: int) -> Iterator[Branch | Leaf]:
        known, rng = grammar(), self.rng
        ways = known.rules[rule]
        if rule in ("catalog", "table", "examples"):
            self.cells = rng.choice((1, 2, 2, 3))
        repeated = [way for way in ways if (rule, True) not in way]
        if rule.startswith("__") and len(repeated) < len(ways):
            has_cells = any(name == "CELL" for way in ways for name, _ in way)
            number = self.cells if has_cells and rng.random() < 0.97 else rng.choice((1, 1, 2, 3))
            if depth > DEEP and not has_cells:
                number = 1
            for _ in range(max(1, number)):
                yield from self._way(rng.choice(repeated), depth)
            return
        if depth > DEEP:
            shortest = min(self._least(way) for way in ways)
            ways = [way for way in ways if self._least(way) == shortest]
        elif rng.random() < 0.4:
            # Half of the rules of an expression only lead on to the next tighter one.
            ways = sorted(ways, key=len)[: max(1, len(ways) // 2)]
        yield from self._way(rng.choice(ways), depth)

    def _least(self, way: Sequence[tuple[str, bool]]) -> int:
        return max(grammar().least[name] if deeper else 0 for name, deeper in way)

    def _way(self, way: Sequence[tuple[str, bool]], depth: int) -> Iterator[Branch | Leaf]:
        for name, deeper in way:
            if not deeper:
                yield Leaf(name, self.token(name))
            elif self.pool.parts.get(name) and self.rng.random() < self.share:
                yield self.rng.choice(self.pool.parts[name])
            else:
                yield Branch(name, tuple(self._written(name, depth + 1)))

    def token(self, kind: str) -> str:
        """A token of a kind: one of the policy, or any that fits."""
        rng = self.rng
        if kind in grammar().written:
            return grammar().written[kind]
        if kind.startswith("_"):
            return ""
        own = self.pool.tokens.get(kind)
        if own and (kind not in PARTS or rng.random() < 0.93):
            return rng.choice(own)
        return rng.choice(PARTS[kind])

    def named(self, declaration: Branch, name: str) -> Branch:
        """A declaration by another name, where it has one."""
        for at, part in enumerate(declaration.parts):
            if isinstance(part, Branch) and part.rule == "name":
                other = Branch("name", (Leaf("NAME", name),))
                return Branch(
                    declaration.rule, (*declaration.parts[:at], other, *declaration.parts[at + 1 :])
                )
            if isinstance(part, Branch) and part.rule.startswith("_"):
                return Branch(
                    declaration.rule,
                    (*declaration.parts[:at], self.named(part, name), *declaration.parts[at + 1 :]),
                )
        return declaration

    def changed(self, declaration: Branch) -> Branch:
        """A declaration in which a few parts are others by the same rule, left out or doubled."""
        for _ in range(self.rng.choice((1, 1, 1, 2, 4))):
            places = list(_places(declaration))
            declaration = self._replaced(declaration, self.rng.choice(places))
        return declaration

    def _replaced(self, branch: Branch, place: tuple[int, ...]) -> Branch:
        rng = self.rng
        first, *rest = place
        part = branch.parts[first]
        before, after = branch.parts[:first], branch.parts[first + 1 :]
        if rest:
            assert isinstance(part, Branch)
            return Branch(branch.rule, (*before, self._replaced(part, tuple(rest)), *after))
        if rng.random() < 0.06:
            return Branch(branch.rule, (*before, *after) or branch.parts)
        if rng.random() < 0.06:
            return Branch(branch.rule, (*before, part, part, *after))
        return Branch(branch.rule, (*before, self._other(part), *after))

    def _other(self, node: Branch | Leaf) -> Branch | Leaf:
        if isinstance(node, Leaf):
            return Leaf(node.kind, self.token(node.kind))
        others = self.pool.parts.get(node.rule)
        if others and self.rng.random() < 0.5:
            return self.rng.choice(others)
        return self.part(node.rule, self.rng.choice((0, 4, 8)))


def _places(branch: Branch) -> Iterator[tuple[int, ...]]:
    """The places of all parts below a branch, as numbers from its top."""
    waiting: list[tuple[tuple[int, ...], Branch]] = [((), branch)]
    while waiting:
        place, node = waiting.pop()
        for number, part in enumerate(node.parts):
            if isinstance(part, Branch):
                yield (*place, number)
                waiting.append(((*place, number), part))
            elif not part.kind.startswith("_"):
                yield (*place, number)
