"""Draws expressions of every type, for generated policies."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from tests.laws.choices import INPUTS, LANGUAGES, MEMBERS, POINTS, POOL, TIERS


@dataclass(frozen=True)
class Where:
    """Where an expression stands: the rows it may speak of, whether `answer`, `choice` and
    `is unknown` are allowed, whether `upstream` is."""

    rows: frozenset[str] = frozenset()
    keyed: bool = False
    rule: bool = False
    choice: bool = False
    asks_known: bool = False
    project: bool = False
    lone: bool = False  # inside an aggregate: no further one


@dataclass
class Names:
    """What has been declared so far, as expressions by type."""

    plain: dict[str, list[str]] = field(default_factory=dict)
    of_offering: dict[str, list[str]] = field(default_factory=dict)
    keyed: dict[str, list[str]] = field(default_factory=dict)
    shortlists: list[str] = field(default_factory=list)
    project: set[str] = field(default_factory=set)

    def add(self, of: str, text: str) -> None:
        self.plain.setdefault(of, []).append(text)


class Drawing:
    """Draws the expressions of one policy, out of what has been declared so far."""

    def __init__(self, rng: Random, size: int = 2) -> None:
        self.rng = rng
        self.size = size
        self.names = Names()
        self.out: list[str] = []
        self.blanks = 0

    # -- drawing ---------------------------------------------------------------------------

    def pick(self, options: Sequence[str]) -> str:
        return options[self.rng.randrange(len(options))]

    def chance(self, percent: int) -> bool:
        return self.rng.randrange(100) < percent

    def one_of(self, *makers: Callable[[], str]) -> str:
        return makers[self.rng.randrange(len(makers))]()

    def some(self, options: Sequence[str], least: int = 0) -> list[str]:
        chosen = [o for o in options if self.chance(50)]
        while len(chosen) < least:
            chosen.append(self.pick([o for o in options if o not in chosen]))
        return chosen

    def ref(self) -> str:
        return f"ref guide#C{self.rng.randrange(1, 6)}"

    # -- literals --------------------------------------------------------------------------

    def amount(self, unit: str) -> str:
        value = self.pick(POOL[unit])
        return value if unit == "number" else f"{value} {unit}"

    def literal(self, of: str) -> str:
        if of in POOL:
            return self.amount(of)
        if of in MEMBERS:
            return self.pick(MEMBERS[of])
        if of == "flag":
            return self.pick(("yes", "no"))
        if of.startswith("set of ") and of.removeprefix("set of ") in MEMBERS:
            return "{" + ", ".join(self.some(MEMBERS[of.removeprefix("set of ")])) + "}"
        if of == "set of text":
            return "{" + ", ".join(self.some(LANGUAGES)) + "}"
        if of in POINTS:
            return self.pick(POINTS[of])
        if of == "text":
            return '"' + self.pick(("north", "south")) + '"'
        raise AssertionError(of)

    # -- numbers ---------------------------------------------------------------------------

    def terms(self, unit: str, at: Where) -> list[str]:
        """The names of that type that may be said here."""
        found = list(self.names.plain.get(unit, ()))
        if "offering" in at.rows:
            found += self.names.of_offering.get(unit, ())
        if at.keyed:
            found += [f"{name}(tier)" for name in self.names.keyed.get(unit, ())]
        elif not at.project:
            for name in self.names.keyed.get(unit, ()):
                found.append(f"{name}({self.pick(TIERS[1:])})")
                keys = [k for k in self.names.plain.get("tier", ()) if k != "tier"]
                if keys and self.chance(40):
                    found.append(f"{name}({self.pick(keys)})")
        if "measurement" in at.rows:
            found += {"%": ["measurement.value_pct"], "ms": ["measurement.p99_ms"]}.get(unit, [])
        if at.rule and not at.lone and not at.keyed:
            found += [f"{name}(answer)" for name in self.names.keyed.get(unit, ())]
        if unit == "ms" and not at.project:
            found.append(f"reach[{self.member('product', at)}].pace")
        if at.project:
            found = [f for f in found if f in self.names.project]
        return found

    def number(self, unit: str, depth: int, at: Where) -> str:
        terms = self.terms(unit, at)
        if depth <= 0 or self.chance(35):
            if terms and self.chance(75):
                return self.pick(terms)
            return self.amount(unit)

        def sub() -> str:
            return self.number(unit, depth - 1, at)

        makers: list[Callable[[], str]] = [
            lambda: f"({sub()} + {sub()})",
            lambda: f"({sub()} - {sub()})",
            lambda: f"({self.number('number', depth - 1, at)} * {sub()})",
            lambda: f"min({sub()}, {sub()})",
            lambda: f"max({sub()}, {sub()})",
            lambda: f"round({sub()}, {self.step(unit)})",
            lambda: f"abs({sub()})",
            *([lambda: f"power({sub()}, {self.pick('23')})"] if unit == "number" else []),
            lambda: f"({sub()} / {self.pick(('2', '4', '10'))})",
        ]
        if self.chance(15):
            makers = [lambda: f"({sub()} / {self.divisor(depth, at)})"]
        if unit == "person":
            makers.append(lambda: f"{self.pick(('ceil', 'floor'))}({sub()})")
        if unit == "number":
            makers.append(lambda: f"{self.pick(('ceil', 'floor'))}({sub()})")
            if not at.project:
                makers.append(self.bent(at))
            if not at.lone:
                makers.append(lambda: self.counted(depth, at))
        if unit == "USD" and not at.project:
            makers.append(
                lambda: (
                    f"({self.number('USD/month', depth - 1, at)} * {self.number('month', 0, at)})"
                )
            )
        if unit == "USD/month":
            if not at.project:
                makers.append(
                    lambda: (
                        f"({self.number('USD/request', 0, at)}"
                        f" * {self.number('request/month', 0, at)})"
                    )
                )
                makers.append(lambda: "(host as USD/month)")
                if "price" in self.names.plain.get("catalog", ()):
                    makers.append(self.charged(at))
            if not at.lone:
                makers.append(lambda: self.summed("USD/month", depth, at))
        if unit == "day" and not at.project:
            makers.append(lambda: "(target - as_of)")
            makers.append(lambda: "(as_of - newest.measured_on)")
        return self.one_of(*makers)

    def divisor(self, depth: int, at: Where) -> str:
        """What is divided by: a number as it is written has a decimal form, as money needs."""
        text = self.number("number", depth - 1, at)
        return "2" if re.fullmatch(r"[\d._()]+", text) else text

    def bent(self, at: Where) -> Callable[[], str]:
        """A formula that bends inside its range: its corners are not its ends."""

        def make() -> str:
            terms = [t for t in self.terms("%", at) if not t.startswith("offering")]
            x = self.pick(terms) if terms else "quality"
            return f"({x} * (100 % - {x}))"

        return make

    def charged(self, at: Where) -> Callable[[], str]:
        def make() -> str:
            quantity = self.number("request/month", 1, at)
            if self.chance(40):
                return f"sum(charge({quantity}, price[i])) over i in items"
            return f"charge({quantity}, price[{self.member('item', at)}])"

        return make

    def step(self, unit: str) -> str:
        step = {"number": "1", "%": "5 %", "ms": "10 ms", "USD": "0.01 USD"}.get(unit)
        return step or f"1 {unit}"

    def counted(self, depth: int, at: Where) -> str:
        inner = self.inside(at)
        where = f" where {self.flag(0, inner)}" if self.chance(40) else ""
        over = "workloads" if at.project or self.chance(70) else "upstream"
        return f"count({self.flag(max(0, depth - 1), inner)}{where}) over {over}"

    def summed(self, unit: str, depth: int, at: Where) -> str:
        inner = self.inside(at)
        where = f" where {self.flag(0, inner)}" if self.chance(50) else ""
        once = " once per group" if self.chance(30) else ""
        over = "workloads" if at.project or self.chance(70) else "upstream"
        return f"sum({self.number(unit, max(0, depth - 1), inner)}{where}{once}) over {over}"

    def inside(self, at: Where) -> Where:
        """Inside an aggregate: about another workload, yet the key is still in sight."""
        return Where(rule=at.rule, lone=True, keyed=at.keyed, rows=at.rows)

    # -- words, sets, dates ----------------------------------------------------------------

    def members(self, of: str, at: Where) -> list[str]:
        """The names of that type that may be said here."""
        terms = list(self.names.plain.get(of, ()))
        if "offering" in at.rows:
            terms += self.names.of_offering.get(of, ())
        if "measurement" in at.rows:
            terms += {"product": ["measurement.system"], "metric": ["measurement.metric"]}.get(
                of, []
            )
        dot = "" if of == "tier" else f".{of}"
        if of in ("tier", "product", "way"):
            terms += [f"answer{dot}"] if at.rule else []
            terms += [f"choice{dot}"] if at.choice else []
        if at.keyed and of == "tier":
            terms.append("tier")
        if at.project:
            terms = [t for t in terms if t in self.names.project]
        return terms

    def member(self, of: str, at: Where) -> str:
        terms = self.members(of, at)
        return self.pick(terms) if terms and self.chance(80) else self.literal(of)

    def set_of(self, of: str, at: Where, named: bool = False) -> str:
        terms = list(self.names.plain.get(of, ()))
        if "offering" in at.rows:
            terms += self.names.of_offering.get(of, ())
        if at.project:
            terms = [t for t in terms if t in self.names.project]
        if not terms or (not named and self.chance(30)):
            return self.literal(of)
        if self.chance(20):
            return f"({self.pick(terms)} {self.pick('+-')} {self.literal(of)})"
        return self.pick(terms)

    def date(self, at: Where) -> str:
        terms = ["as_of"] if at.project else ["as_of", "target"]
        if "measurement" in at.rows:
            terms.append("measurement.measured_on")
        text = self.pick(terms) if self.chance(70) else self.literal("date")
        if self.chance(30):
            return f"({text} {self.pick('+-')} {self.pick(('1 month', '12 month', '30 day'))})"
        return text

    def time(self, at: Where) -> str:
        """A time of day."""
        return self.pick(self.times(at)) if self.chance(70) else self.literal("time")

    def times(self, at: Where) -> list[str]:
        return [t for t in self.names.plain["time"] if t in self.names.project or not at.project]

    def moment(self, at: Where) -> str:
        """A day with its time."""
        terms = [
            t for t in self.names.plain["date-time"] if t in self.names.project or not at.project
        ]
        text = self.pick(terms) if self.chance(70) else self.literal("date-time")
        if self.chance(30):
            return f"({text} {self.pick('+-')} {self.pick(('36 hour', '0.5 s', '1 day'))})"
        return text

    def clocked(self, at: Where) -> str:
        """Two points compared, or how long one is after another."""
        draw = self.time if self.times(at) and self.chance(50) else self.moment
        if self.chance(70):
            return f"({draw(at)} {self.pick(('<', '<=', '>', '>=', '='))} {draw(at)})"
        hours = self.pick(("-1 hour", "0 hour", "9.5 hour", "36 hour", "1 day"))
        return f"({draw(at)} - {draw(at)} {self.pick(('<', '<=', '>', '>='))} {hours})"

    # -- conditions ------------------------------------------------------------------------

    def flag(self, depth: int, at: Where) -> str:
        if depth <= 0:
            return self.atom(at)
        if self.chance(30):
            return self.atom(at)
        under_not = replace(at, asks_known=False)
        return self.one_of(
            lambda: f"({self.flag(depth - 1, at)} and {self.flag(depth - 1, at)})",
            lambda: f"({self.flag(depth - 1, at)} or {self.flag(depth - 1, at)})",
            lambda: f"not ({self.flag(depth - 1, under_not)})",
            lambda: self.compared(depth, at),
        )

    def compared(self, depth: int, at: Where) -> str:
        unit = self.pick(("%", "ms", "request/month", "USD/month", "USD", "number", "person"))
        if at.project:
            unit = self.pick(("USD/month", "number", "person"))
        operator = self.pick(("<", "<=", ">", ">=", "="))
        left = self.number(unit, depth, at)
        right = self.number(unit, max(0, depth - 1), at)
        if unit == "ms" and not at.project and self.chance(50):
            return f"({left} {operator} latency)"
        if unit == "ms" and not at.project and self.chance(30):
            return f"(latency {operator} {right})"
        return f"({left} {operator} {right})"

    def atom(self, at: Where) -> str:
        flags = list(self.names.plain.get("flag", ()))
        if "offering" in at.rows:
            flags += self.names.of_offering.get("flag", ())
        if at.project:
            flags = [f for f in flags if f in self.names.project]
        makers: list[Callable[[], str]] = [
            lambda: self.compared(0, at),
            lambda: self.same(at),
            lambda: self.ordered(at),
            lambda: self.element(at),
            *(() if at.project else (lambda: self.mentioned(at),)),
            lambda: (
                f"({self.set_of('set of region', at, True)}"
                f" within {self.set_of('set of region', at)})"
            ),
            lambda: f"({self.date(at)} {self.pick(('<', '<=', '>', '>='))} {self.date(at)})",
            lambda: self.clocked(at),
        ]
        if flags:
            makers += [lambda: self.pick(flags)] * 5
        if not at.project:
            makers.append(
                lambda: (
                    f"({self.set_of('set of text', at, True)}"
                    f" within {self.set_of('set of text', at)})"
                )
            )
            makers.append(lambda: f"({self.day_count(at)})")
            if "grid" in self.names.plain.get("catalog", ()):
                task = self.member("task", at)
                makers.append(lambda: f"(grid has {task} and grid[{task}].easy)")
                makers.append(lambda: f"(grid has {self.member('task', at)})")
            if self.names.shortlists and not at.rows:
                makers += [lambda: f"any {self.pick(self.names.shortlists)}"] * 3
        if not at.lone and not at.rows:
            kind = self.pick(("any", "all"))
            over = "workloads" if at.project or self.chance(70) else "upstream"
            makers.append(lambda: f"{kind}({self.flag(0, self.inside(at))}) over {over}")
        if at.rule and at.asks_known and not at.project:
            makers += [lambda: f"({self.unknown_term()} is unknown)"] * 2
        if at.rule and not at.project:
            makers.append(
                lambda: (
                    "(answer.status is "
                    + self.pick(("final", "unmet", "provisional", "infeasible"))
                    + ")"
                )
            )
            if at.choice:
                makers.append(lambda: f"(choice.status in {{{self.pick(('final', 'unmet'))}}})")
                makers.append(lambda: f"(choice {self.pick(('<', '>=', '='))} {self.pick(TIERS)})")
        return self.one_of(*makers)

    def day_count(self, at: Where) -> str:
        ages = ["(target - as_of)"]
        if "define newest" in " ".join(o[:13] for o in self.out):
            ages += ["(as_of - newest.measured_on)", "(as_of - newest.measured_on)"]
        if "offering" in at.rows:
            ages += ["(as_of - offering.tested.measured_on)"] * 2
        return (
            f"{self.pick(ages)} {self.pick(('<', '>='))} {self.pick((*ages, self.amount('day')))}"
        )

    def unknown_term(self) -> str:
        return self.pick([n for n in INPUTS if n not in ("complete",)] + ["latency", "volume"])

    def same(self, at: Where) -> str:
        kinds = [
            of
            for of in ("task", "product", "skill", "tier", "way", "metric")
            if self.members(of, at)
        ]
        of = self.pick(kinds)
        return f"({self.pick(self.members(of, at))} is {self.member(of, at)})"

    def ordered(self, at: Where) -> str:
        of = self.pick(("stage", "skill")) if at.project else self.pick(("stage", "skill", "tier"))
        operator = self.pick(("<", "<=", ">", ">="))
        return f"({self.pick(self.members(of, at))} {operator} {self.literal(of)})"

    def mentioned(self, at: Where) -> str:
        """`text mentions {…}`, `text starts with "…"`."""
        if self.chance(50):
            return f"({self.chained(at)} mentions {self.set_of('set of text', at)})"
        operator = self.pick(("starts with", "ends with", "matches"))
        part = self.pick(("n", "no", "h", "[ns]o.*", "south"))
        return f'({self.chained(at)} {operator} "{part}")'

    def chained(self, at: Where) -> str:
        """A text, or one behind another: what is stated, `"no"`, a number in digits."""
        text = self.member("text", at)
        further = self.pick(
            ("", "", ' + "-north"', f" + text({self.pick(self.terms('person', at))})")
        )
        return f"({text}{further})"

    def element(self, at: Where) -> str:
        if at.project or self.chance(40):
            word, of = self.literal("region"), self.set_of("set of region", at, True)
            # What is drawn of the text itself leaves what is drawn after it as it was.
            return f"({word} {Random(f'{word} {of}').choice(('in', 'in', 'not in'))} {of})"
        of = self.pick(("task", "product"))
        options = ", ".join(self.some(MEMBERS[of], 1))
        word = self.pick(self.members(of, at))
        return f"({word} {Random(word + options).choice(('in', 'in', 'not in'))} {{{options}}})"
