"""Generates small policies that check, and manifests for them.

Everything is drawn from a `random.Random`: Hypothesis hands one in that it can shrink, the
fixed corpora use seeds. A policy is a list of declarations in any order; every name a
declaration uses was generated before it, so that nothing is circular. Numbers come from small
pools, so that values meet their bars often.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from mlpolicy.check.passes import check
from mlpolicy.core.program import Program
from mlpolicy.diagnostics import Diagnostic, Severity
from mlpolicy.source import Source
from mlpolicy.syntax.parse import parse
from tests.laws.choices import DATES, INPUTS, LEDGER, MEMBERS, POOL, REF, SCHEMA, TIERS
from tests.laws.drawing import Drawing, Where


class Maker(Drawing):
    """Draws the declarations of one policy."""

    # -- declarations ----------------------------------------------------------------------

    def policy(self) -> list[str]:
        self.head()
        self.inputs()
        self.bars()
        self.catalogs()
        self.values()
        self.trees()
        self.duties()
        self.rules()
        self.reports()
        return self.out

    def head(self) -> None:
        self.out += [
            "policy laws 1.0.0 effective 2026-01-01",
            'manifest MLProject schema "laws.schema.json" of project, workload in workloads',
            'source guide = "sources/guide.yaml"',
            "unit request, person",
            "currency USD",
            f"convert 1 month = 730 hour {self.ref()}",
            "outcome tier : none < service < platform < custom with product : product, way : way\n"
            "  status unmet, conditional, consider",
            "enum task : ta, tb, tc",
            "enum stage : idea < poc < build < live",
            "enum skill : nobody < basic < expert",
            "enum product : red, green, blue",
            "enum way : quick, slow",
            "enum metric : accuracy, recall",
            "enum region from project.regions",
            'enum item : ia, "ib"',
        ]

    def inputs(self) -> None:
        for name, (of, path) in INPUTS.items():
            within = ""
            if of == "%" and self.chance(40):
                within = " in 0 % .. 100 %"
            absent = ""
            if name not in ("complete", "explain", "strict", "skill", "stage", "group"):
                draw = self.rng.randrange(100)
                if draw < 20:
                    absent = f"\n  if absent {self.literal(of)} {self.ref()}"
                elif draw < 40 and name in ("audit", "own_data", "wish", "quality"):
                    absent = f"\n  if absent {self.literal(of)} when complete {self.ref()}"
            self.out.append(
                f'input {name} : {of}{within} from {path}{absent}\n  ask "What is {name}?"'
            )
            self.names.add(of, name)
            if path.startswith("project"):
                self.names.project.add(name)
        absent = self.pick(("", f" if absent unlimited {self.ref()}"))
        self.out.append(f"input latency : ms from workload.latency_ms{absent}")
        self.out.append(
            "input volume : request/month from workload.per_month"
            " or workload.per_day as request/month"
        )
        self.names.add("request/month", "volume")
        absent = self.pick(("", f"\n  if absent 4 week {self.ref()}"))
        self.out.append(
            "input weeks : week from project.timeline.weeks"
            f" or project.timeline.target - as_of{absent}"
        )
        self.names.add("day", "weeks")
        self.names.project.add("weeks")
        self.out.append("input dev(tier) : USD from workload.costs.{tier}.dev_usd")
        absent = self.pick(("", f" if absent 0 USD/month {self.ref()}"))
        self.out.append(
            f"input monthly(tier) : USD/month from workload.costs.{{tier}}.monthly_usd{absent}"
        )
        self.names.keyed = {"USD": ["dev"], "USD/month": ["monthly"]}
        self.out.append("records measurement from workload.measurements by system, metric")

    def dated(self, of: str) -> str:
        dates = [d for d in DATES[:3] if self.chance(50)] or [DATES[0]]
        return "".join(f"\n  {d} = {self.cell(of, in_bar=True)} {self.ref()}" for d in dates)

    def cell(self, of: str, in_bar: bool = False) -> str:
        """A value the policy states: known, a range, or `?`."""
        draw = self.rng.randrange(100)
        if draw < 10:
            return "?"
        if of in POOL and draw < 25:
            i = self.rng.randrange(len(POOL[of]) - 1)
            suffix = "" if of == "number" else f" {of}"
            return f"{POOL[of][i]}{suffix} .. {POOL[of][i + 1]}{suffix}"
        if of == "set of region" and not in_bar and draw < 20:
            return "{eu, ?}"
        if of == "set of region" and not in_bar and draw < 30:
            return "any"
        return self.literal(of)

    def bars(self) -> None:
        for keyword, name, of in (
            ("threshold", "good", "%"),
            ("threshold", "busy", "request/month"),
            ("threshold", "brisk", "ms"),
            ("param", "rate", "USD/request"),
            ("param", "factor", "number"),
            ("param", "host", "USD/hour"),
        ):
            if of == "USD/hour":
                self.out.append(
                    "param host : USD/hour\n"
                    f"  2025-01-01 = {self.pick(('0', '1', '0.5'))} USD/hour {REF}"
                )
                continue
            self.out.append(f"{keyword} {name} : {of}{self.dated(of)}")
            self.names.add(of, name)
        base = ("explain", "strict", "(skill is basic)", "(stage < build)")
        for i in range(self.rng.randrange(3)):
            name, of = self.pick(("good", "busy")), ""
            of = "%" if name == "good" else "request/month"
            guard = self.pick(base)
            if self.chance(40):
                guard = f"({guard} {self.pick(('and', 'or'))} {self.pick(base)})"
            self.out.append(
                f"exception relief{i} to {name} when {guard} -> {self.literal(of)} {self.ref()}"
            )

    def catalogs(self) -> None:
        rows = []
        for _ in range(self.rng.randrange(1, 4)):
            since = self.pick(("-", "-", "2025-06-01", "2026-03-01"))
            until = self.pick(("-", "-", "-", "2027-01-01"))
            cells = [
                self.pick(MEMBERS["task"]) if self.chance(90) else "?",
                self.cell("product"),
                self.cell("set of region"),
                self.cell("USD/request"),
                self.cell("flag"),
                self.cell("ms") if self.chance(85) else "-",
                since,
                until,
                "guide#C2",
            ]
            rows.append("  | " + " | ".join(cells) + " |")
        self.out.append(
            f"catalog offering by task {self.ref()}\n"
            "  | task : task | product : product | regions : set of region | each : USD/request"
            " | ready : flag | speed : ms | from | until | ref |\n" + "\n".join(rows)
        )
        self.names.of_offering = {
            "task": ["offering.task"],
            "product": ["offering.product"],
            "set of region": ["offering.regions"],
            "USD/request": ["offering.each"],
            "flag": ["offering.ready"],
            "ms": ["offering.speed"],
        }
        tasks = self.some(MEMBERS["task"], 1)
        lines = "\n".join(
            f"  | {t} | {self.cell('flag')} | {self.cell('%')} | {self.cell('way')} |"
            for t in tasks
        )
        self.out.append(
            f"catalog grid by task {self.ref()}\n"
            f"  | task : task | easy : flag | bonus : % | how : way |\n{lines}"
        )
        lines = "\n".join(
            f"  | {p} | {self.cell('set of region')} | {self.cell('ms')} |"
            for p in MEMBERS["product"]
        )
        self.out.append(
            f"catalog reach by product {self.ref()}\n"
            f"  | product : product | places : set of region | pace : ms |\n{lines}"
        )
        override = self.pick(("", " or project.prices"))
        lines = (
            f"  | ia | 100 request/month | {self.cell('USD/request')} |\n"
            f"  | ia | 1000 request/month | {self.cell('USD/request')} |\n"
            f"  | ia | - | {self.cell('USD/request')} |\n"
            f"  | ib | - | {self.cell('USD/request')} |"
        )
        self.out.append(
            f"catalog price by item, up_to{override} {self.ref()}\n"
            f"  | item : item | up_to : request/month | each : USD/request |\n{lines}"
        )
        self.names.plain["catalog"] = ["grid", "price"]
        self.names.add("set of region", f"reach[{self.pick(('wish', 'red', 'blue'))}].places")

    def cases(self, of: str, make: Callable[[int, Where], str], at: Where, close: str = "") -> str:
        lines: list[str] = []
        for _ in range(self.rng.randrange(1, 3)):
            condition = f"\n  when {self.flag(1, at)} : "
            line = f"{condition}{make(1, at)}"
            days = Random(line).choice(("", "", "", " from 2026-05-01", " until 2027-01-01"))
            # Two that ask the same and begin on one day would be a fault.
            days = "" if any(each.startswith(condition) for each in lines) else days
            lines.append(f"{line}{days}{self.maybe_ref()}")
        last = "unknown" if self.chance(25) else make(1, at)
        lines.append(f"\n  otherwise : {last}{self.maybe_ref()}")
        rng = Random(lines[-1])
        if rng.random() < 0.3:
            days = rng.choice((" from 2026-06-01", " from 2026-06-01 until 2026-09-01"))
            lines.append(f"\n  otherwise : {make(0, at)}{days}")
        if rng.random() < 0.3:
            condition = lines[0].partition(" : ")[0]
            lines.insert(1, f"{condition} : {make(0, at)} from 2026-08-01")
        return "".join(lines)

    def maybe_ref(self) -> str:
        return f" {self.ref()}" if self.chance(20) else ""

    def value(self, of: str, at: Where) -> str:
        """` = expression` or cases, for a define of that type."""

        def make(depth: int, where: Where) -> str:
            if of in POOL:
                return self.number(of, depth, where)
            if of == "flag":
                return self.flag(depth, where)
            if of.startswith("set of"):
                return self.set_of(of, where)
            if of == "date":
                return self.date(where)
            return self.member(of, where)

        if self.chance(40):
            return f" {self.ref()}" + self.cases(of, make, at)
        made = make(self.size, at)
        if Random(made).random() < 0.2:
            return f" {self.ref()}\n  2025-01-01 = {made}\n  2026-06-01 = {make(1, at)}"
        return f" = {made} {self.ref()}"

    def order(self) -> str:
        """What the best entry states, and by what it is chosen."""
        stating = self.pick(("", "", "with value_pct ", "with p99_ms, value_pct "))
        columns = ("measured_on", "p99_ms, measured_on", "value_pct, measured_on")
        return f"{stating}by {self.pick(columns)}"

    def values(self) -> None:
        names = self.names
        items = self.pick(("{ia}", "{ib}", "{ia, ib}", "{ia, ?}"))
        self.out.append(f"define items : set of item = {items} {REF}")
        metric = self.pick(MEMBERS["metric"])
        self.out.append(
            f"define tested of offering : measurement = best measurement {self.order()}\n"
            "  where measurement.system is offering.product"
            f" and measurement.metric is {metric} {REF}"
        )
        self.out.append(
            f"define newest : measurement = best measurement {self.order()}"
            + self.pick(("", f" where measurement.system is {self.member('product', Where())}"))
            + f" {REF}"
        )
        names.of_offering.setdefault("%", []).append("offering.tested.value_pct")
        names.of_offering["ms"].append("offering.tested.p99_ms")
        names.add("%", "newest.value_pct")
        names.add("ms", "newest.p99_ms")
        row = Where(rows=frozenset(("offering",)))
        self.out.append(f"define worth of offering : %{self.value('%', row)}")
        names.of_offering["%"].append("offering.worth")
        self.out.append(f"define fit of offering : flag{self.value('flag', row)}")
        names.of_offering["flag"].append("offering.fit")

        before = "offering"
        for i in range(self.rng.randrange(1, 4)):
            lines = "".join(
                f"\n  line{j} : {self.flag(1, row)} {self.ref()}"
                for j in range(self.rng.randrange(1, 3))
            )
            if i == 0 and self.chance(60):
                lines = f"\n  task : offering.task is task {self.ref()}" + lines
            self.out.append(f"shortlist s{i} of {before} {self.ref()}{lines}")
            before = f"s{i}"
            names.shortlists.append(before)
        kind = self.rng.randrange(3)
        last, first = names.shortlists[-1], names.shortlists[0]
        if kind == 0:
            self.out.append(f"define offer : offering = first {last} {REF}")
        elif kind == 1:
            self.out.append(
                f"define offer : offering {REF}\n  when any {last} : first {last}\n"
                f"  otherwise : first {first}"
            )
        else:
            self.out.append(
                f"define offer : offering = first offering where {self.flag(1, row)} {REF}"
            )
        for of, column in (
            ("product", "product"),
            ("set of region", "regions"),
            ("USD/request", "each"),
            ("flag", "ready"),
            ("ms", "speed"),
            ("%", "worth"),
            ("%", "tested.value_pct"),
            ("flag", "fit"),
        ):
            names.add(of, f"offer.{column}")

        here = Where()
        kinds = ("flag", "%", "product", "way", "flag", "USD/month", "number", "tier", "item")
        for i, of in enumerate(kinds):
            if self.chance(70):
                name = f"d{i}"
                self.out.append(f"define {name} : {of}{self.value(of, here)}")
                names.add(of, name)
        if self.chance(60):
            self.out.append(
                f"exception widened to {self.pick(('d0', 'd4', 'tall'))} when"
                f" {self.pick(('strict', 'explain'))} -> {self.pick(('yes', 'no'))}"
                f"{self.pick(('', ' from 2026-05-01', ' until 2026-05-01'))} {REF}"
            )
            target = self.out[-1].split()[3]
            if not any(o.startswith(f"define {target} ") for o in self.out):
                self.out.append(f"define {target} : flag{self.value('flag', here)}")
                names.add("flag", target)
        self.table()
        self.score()
        self.costs()

    def table(self) -> None:
        folds = ("collect sum", "collect min", "collect max")
        lists = ("collect list", "collect list by priority")
        kinds = ("unique", "any", "priority", "first", "collect", "collect count", *folds, *lists)
        kind = self.pick(kinds)
        texts = kind in ("collect", "collect list") and self.chance(50)
        number = kind in folds
        of = {"collect": "set of way", "collect count": "USD"}.get(kind, "USD" if number else "way")
        of = "set of text" if texts else of
        if kind in lists:
            of = "list of text" if texts else "list of way"
        two = not kind.startswith("collect") and self.chance(40)

        def given() -> str:
            value = self.chained(Where()) if texts else self.pick(MEMBERS["way"])
            if number:
                value = self.pick(
                    ("5 USD", "20 USD", "(2 USD - 5 USD)", self.number("USD", 1, Where()))
                )
            return f"{value}, {self.pick(('yes', 'no'))}" if two else value

        lines: list[str] = []
        tasks = MEMBERS["task"]
        for i in range(self.rng.randrange(1, 4)):
            task = tasks[i] if kind == "unique" and self.chance(80) else self.pick(("-", *tasks))
            flag = self.pick(("-", "yes", "no"))
            either = ("< 1 person or >= 2 person", "> 0 person and < 2 person or 5 person ..")
            people = self.pick(("-", ">= 2 person", "0 person ..< 1 person", *either))
            if people == either[0] and i % 2 == 0:
                people = "<= 1 person or >= 2 person"
            counted = self.pick(("yes", "1 USD")) if kind == "collect count" else given()
            cells = f"  | {task} | {flag} | {people} |"
            days = Random(counted + people).choice(("", "", " from 2026-06-01"))
            # Two that ask the same and begin on one day would be a fault.
            days = "" if any(cells in line for line in lines) else days
            lines.append(f"{cells} -> {counted}{days} {self.ref()}")
        if kind not in ("collect", "collect sum", "collect count") and self.chance(50):
            lines.append(f"  | otherwise | -> {given()} {self.ref()}")
            if Random(lines[-1]).random() < 0.3:
                lines.append(f"  | otherwise | -> {given()} from 2026-06-01 {self.ref()}")
        outputs = f"(mode : {of}, tight : flag)" if two else of
        self.out.append(
            f"table hosting : {outputs} {kind} {self.ref()}\n"
            f"  | task | {self.pick(('explain', 'clear : not explain'))} | people |\n"
            + "\n".join(lines)
        )
        if kind == "collect" or kind in lists:
            word = self.pick(('"north"', "group") if texts else MEMBERS["way"])
            self.names.add("flag", f"({word} in hosting)")
            if kind in lists:
                some = ", ".join([word, *(given() for _ in range(self.rng.randrange(3)))])
                self.names.add("flag", f"(hosting is [{some}])")
                self.names.add("flag", self.pick(("(hosting is empty)", "(hosting is not [])")))
        elif two:
            self.names.add("way", "hosting.mode")
            self.names.add("flag", "hosting.tight")
        else:
            self.names.add(of, "hosting")

    def score(self) -> None:
        at = Where()
        count = self.rng.randrange(2, 5)
        lines = "".join(
            f'\n  q{i} "Question {i}, with {{good}}?" : {self.flag(1, at)} {self.ref()}'
            for i in range(count)
        )
        self.out.append(f"score needs at least {self.rng.randrange(1, count + 1)} of {REF}{lines}")
        self.names.add("flag", "needs")

    def costs(self) -> None:
        keyed = Where(keyed=True)
        self.out.append(
            f"define running(tier) : USD/month = monthly(tier)"
            f"{self.pick(('', ' + (host as USD/month)', ' - 5 USD/month'))} {REF}"
        )
        self.names.keyed["USD/month"].append("running")
        extra = self.pick(
            ("", " + 2 * 100 USD", " + (volume * rate) * 3 month", " - dev(tier) / 2")
        )
        self.out.append(
            f"cost tco(tier) : USD over horizon = dev(tier) + running(tier) * horizon{extra} {REF}"
        )
        self.names.keyed["USD"].append("tco")
        if self.chance(60):
            self.out.append(f"define guess(tier) : USD/month{self.value('USD/month', keyed)}")
            self.names.keyed["USD/month"].append("guess")
        if self.chance(60):
            self.out.append(
                "cost spend : USD over 12 month ="
                f" round({self.number('USD/month', 1, Where())} * 12 month, 0.01 USD) {REF}"
            )
        self.out.append(
            "define total : USD/month = sum(running(answer) where answer > none"
            f"{self.pick(('', ' once per group'))}) over workloads {REF}"
        )

    # -- trees -----------------------------------------------------------------------------

    def settings(self) -> str:
        at = Where()
        parts = []
        if self.chance(60):
            parts.append(f"product = {self.member('product', at)}")
        if self.chance(40):
            parts.append(f"way = {self.member('way', at)}")
        return f" with {', '.join(parts)}" if parts else ""

    def owe(self) -> str:
        return f" owe {self.pick(('pilot', 'report'))}" if self.chance(25) else ""

    def leaf(self, goto: str) -> str:
        draw = self.rng.randrange(100)
        because = f' because "reason {self.rng.randrange(9)}, {{good}}"' if self.chance(50) else ""
        if goto and draw < 30:
            self.blanks += 1
            return f"goto {goto}{self.owe()}{because} {self.ref()}"
        if draw < 42:
            word = self.pick(("hold", "infeasible", "undecided"))
            return f'{word} "nobody knows {self.rng.randrange(9)}"{self.owe()} {self.ref()}'
        status = self.pick(("", "", "", "", " provisional", " unmet", " conditional", " consider"))
        return f"{self.pick(TIERS)}{status}{self.settings()}{self.owe()}{because} {self.ref()}"

    def body(self, depth: int, indent: str, goto: str) -> str:
        lines = []
        for _ in range(self.rng.randrange(0, 3)):
            word = self.pick(("if", "if", "unless"))
            lines.append(f"{indent}{word} {self.flag(2, Where())} : {self.leaf(goto)}")
        if depth > 0 and self.chance(70):
            lines.append(self.block(depth, indent, goto))
        elif depth > 0 and lines and self.chance(25):
            lines.append(f"{indent}otherwise :\n{self.body(depth - 1, indent + '  ', goto)}")
        else:
            lines.append(f"{indent}otherwise : {self.leaf(goto)}")
        return "\n".join(lines)

    def block(self, depth: int, indent: str, goto: str) -> str:
        lines = [f"{indent}if {self.flag(2, Where())}"]
        labels = [
            ["yes", "no"],
            ["yes", "no, unknown"],
            ["yes, unknown", "no"],
            ["yes", "no", "unknown"],
            ["yes", "no", "unknown"],
        ][self.rng.randrange(5)]
        for label in labels:
            if depth > 1 and self.chance(35):
                inner = self.body(depth - 1, indent + "    ", goto)
                lines.append(f"{indent}  {label}:\n{inner}")
            else:
                lines.append(f"{indent}  {label}: {self.leaf(goto)}")
        return "\n".join(lines)

    def trees(self) -> None:
        count = self.rng.randrange(1, 4)
        for i in range(count):
            head = "decision tree choose" if i == 0 else f"tree t{i}"
            goto = f"t{i + 1}" if i + 1 < count else ""
            before = self.blanks
            text = self.body(2, "  ", goto)
            if goto and self.blanks == before:
                text = f"  if {self.flag(1, Where())} : goto {goto} {self.ref()}\n" + text
            self.out.append(f"{head} : tier\n{text}")

    # -- duties and rules ------------------------------------------------------------------

    def duties(self) -> None:
        rule = Where(rule=True, asks_known=True)
        due = f"\n  due when {self.flag(1, rule)} {REF}" if self.chance(60) else ""
        met = f"\n  met when {self.pick(('quality', 'newest.value_pct'))} is known {REF}"
        self.out.append(f'obligation pilot warn "measure {{answer.product}}" {REF}{met}{due}')
        self.out.append(
            f"obligation report {self.pick(('block', 'warn', 'advise'))}"
            f"{days_of_level(self.out, 'report')}"
            ' "report to {group}"'
            f" {REF}\n  when {self.flag(1, rule)} {REF}"
        )

    def guard(self, at: Where) -> str:
        """A guard of a rule, now and then."""
        return f"  for {self.flag(1, at)}\n" if self.chance(25) else ""

    def if_unknown(self, at: Where) -> str:
        """What it means that a rule cannot be judged, now and then."""
        if not self.chance(40):
            return ""
        level = self.pick(("block", "warn", "advise"))
        when = f" when {self.flag(1, at)}" if self.chance(50) else ""
        say = '\n    say "not known"\n    fix "ask {good}"' if self.chance(30) else ""
        return f"  if unknown {level}{when}{say}\n"

    def reports(self) -> None:
        """What is reported: of two units the first name that there is."""
        kinds = ("USD", "flag")
        names = [name for of in kinds for name in self._bare(of)[:1]]
        if names:
            self.out.append(f"report {', '.join(names)}\n")

    def _bare(self, of: str) -> list[str]:
        """The values of a unit that are named without a key."""
        return sorted(name for name in self.names.plain.get(of, ()) if name.isidentifier())

    def rules(self) -> None:
        at = Where(rule=True, choice=True, asks_known=True)
        for i in range(self.rng.randrange(3, 6)):
            level = self.pick(("block", "warn", "advise"))
            level += days_of_level(self.out, f"r{i}")
            if self.chance(20):
                level += " not waivable"
            bounds = f"\n  bounds {self.pick(('dev(answer)', 'total', 'budget'))}"
            self.out.append(
                f"rule r{i} {level} {self.ref()}\n{self.guard(at)}"
                f"  when {self.flag(2, at)}\n{self.if_unknown(at)}"
                f'  say "found at {{quality}}, {{answer}}" {REF}\n  fix "do {{good}}"'
                + (bounds if self.chance(30) else "")
            )
        project = Where(project=True, rule=True)
        self.out.append(
            f"rule whole warn {REF}\n  when {self.flag(2, project)}\n"
            '  say "the project, with {people}"\n  fix "ask"'
        )
        self.out.append(
            f"rule count_answers block {REF}\n"
            f"  when count(answer {self.pick(('is', '>='))} {self.pick(TIERS)}) over workloads"
            f' {self.pick((">=", "<"))} {self.rng.randrange(3)}\n  say "many"\n  fix "fewer"'
        )
        self.out.append(
            f'rule over_budget warn {REF}\n  when total > budget\n  say "{{total}}"\n'
            '  fix "less"\n  bounds total'
        )
        self.out += rule_of_rows(self.out)


def rule_of_rows(before: Sequence[str]) -> list[str]:
    """A catalogue and a rule for each of its rows, now and then: drawn apart as `days_of_level`."""
    rng = Random("rows" + "".join(before))
    if rng.random() < 0.4:
        return []
    rows = [
        f"  | {way} | {rng.choice(('5 USD/month', '20 USD/month', '?', 'budget'))}"
        f" | {rng.choice(('yes', 'no', 'explain', '?'))}"
        f" | {rng.choice(('advise', 'warn', 'block'))} |"
        f"{rng.choice(('', '', ' from 2026-05-01', ' until 2026-06-01'))}"
        for way in MEMBERS["way"]
        if rng.random() < 0.8
    ] or [f"  | {MEMBERS['way'][0]} | 5 USD/month | yes | block |"]
    guard = rng.choice(("", "  for load.fits\n", f"  for answer is not {TIERS[0]}\n"))
    condition = rng.choice(
        (
            "total > load.most",
            "load.fits",
            "explain and load.most < 10 USD/month",
            f"load.way is {MEMBERS['way'][0]} and load.fits or explain and not (load.way is"
            f" {MEMBERS['way'][0]})",
        )
    )
    unknown = rng.choice(
        ("", "", "  if unknown warn when load.fits\n", "  if unknown load.weight\n")
    )
    level = rng.choice(("warn", "load.weight", "load.weight not waivable"))
    return [
        "enum weight : advise < warn < block",
        f"catalog load by way {REF}\n"
        "  | way : way | most : USD/month | fits : flag | weight : weight |\n" + "\n".join(rows),
        f"rule of_way {level} {REF}\n  for each row of load\n{guard}  when {condition}\n{unknown}"
        '  say "{load.way} takes {load.most}"\n  fix "less"',
    ]


def days_of_level(before: Sequence[str], name: str) -> str:
    """The days on which a rule or an obligation holds, and its level from a later one on, now and
    then: drawn apart, so that the rest of a seed's policy is what it was."""
    rng = Random(name + "".join(before))
    since = rng.choice(("", "", "", "", " from 2026-05-01"))
    later = rng.choice(("", "", "", ", block from 2026-06-01", ", advise from 2026-09-01"))
    return since + later + rng.choice(("", "", "", "", " until 2027-01-01"))


def make_policy(rng: Random, size: int = 2) -> list[str]:
    """The declarations of one policy."""
    return Maker(rng, size).policy()


@dataclass(frozen=True)
class Gap:
    """A `?` of a generated policy: the type of the cell, or of the member of a set."""

    of: str
    in_set: bool


def make_gapped_policy(rng: Random) -> tuple[list[str], list[Gap]]:
    """Shortlists over a catalogue that leaves much open, sets and words and dates too; a tree
    that asks for them in turn, and rules that ask the same. Each `?` is written as `?0?`,
    `?1?`, …: what it is, `filled` says."""
    maker = Maker(rng)
    gaps: list[Gap] = []

    def gap(of: str, in_set: bool = False) -> str:
        gaps.append(Gap(of, in_set))
        return f"?{len(gaps) - 1}?"

    def cell(of: str, percent: int = 60) -> str:
        if of.startswith("set of ") and maker.chance(percent):
            member = of.removeprefix("set of ")
            known = maker.some(MEMBERS[member])[:2]
            return "{" + ", ".join((*known, gap(member, True))) + "}"
        return gap(of) if maker.chance(percent) else maker.literal(of)

    maker.head()
    maker.out += [
        "input wish : product from workload.product",
        "input task : task from workload.task",
        "input explain : flag from workload.needs.explain",
        "input complete : flag from workload.needs.complete",
        "input regions : set of region from project.regions",
    ]
    rows = [
        f"  | {product} | {cell('set of region')} | {cell('set of task')} | {cell('flag')}"
        f" | {cell('way')} |"
        for product in MEMBERS["product"][: 1 if maker.chance(60) else 2]
    ]
    maker.out.append(
        f"catalog offering by product {REF}\n"
        "  | product : product | places : set of region | can : set of task | ready : flag"
        " | how : way |\n" + "\n".join(rows)
    )
    stage = maker.pick(MEMBERS["stage"]) if maker.chance(60) else gap("stage")
    maker.out.append(f"param since : stage\n  2025-01-01 = {stage} {REF}")
    lines = (
        "task in offering.can",
        "regions within offering.places",
        "offering.product is wish",
        "offering.ready",
        "offering.how is quick",
        "explain",
        "explain or complete",
        "since >= build",
    )
    before = "offering"
    names = []
    for i in range(maker.rng.randrange(2, 4)):
        # What the first list leaves open is mostly the policy's own, what the next asks is not.
        among = lines if maker.chance(40) else lines[:2] if i == 0 else lines[2:]
        chosen = dict.fromkeys(maker.pick(among) for _ in range(1 if maker.chance(60) else 2))
        tests = "".join(f"\n  line{j} : {line} {REF}" for j, line in enumerate(chosen))
        maker.out.append(f"shortlist s{i} of {before} {REF}{tests}")
        before = f"s{i}"
        names.append(before)

    def condition() -> str:
        word = f"any {maker.pick(names)}"
        return maker.one_of(
            lambda: word,
            lambda: word,
            lambda: f"not {word}",
            lambda: f"{word} {maker.pick(('and', 'or'))} {maker.pick(('explain', 'complete'))}",
            lambda: "since < build",
        )

    first = f"any {names[0]}" if maker.chance(50) else condition()
    maker.out.append(
        f"decision tree choose : tier\n  if {first} : goto inner {REF}\n"
        f"  otherwise : {maker.pick(TIERS)} {REF}"
    )
    maker.out.append(
        f"tree inner : tier\n  if {condition()} : {maker.pick(TIERS)} {REF}\n"
        f"  if {condition()} : {maker.pick(TIERS)} {REF}\n"
        f"  otherwise : {maker.pick(TIERS)} {REF}"
    )
    for i in range(3):
        maker.out.append(
            f'rule r{i} warn {REF}\n  when {condition()}\n  say "found" {REF}\n  fix "do"'
        )
    return maker.out, gaps


def blank(declarations: Sequence[str], gaps: Sequence[Gap]) -> list[str]:
    """The policy with every `?` open."""
    return filled(declarations, ["?"] * len(gaps))


def fillings(gaps: Sequence[Gap], rng: Random) -> list[str]:
    """One way to look everything up that the policy leaves open."""
    found = []
    for gap in gaps:
        options = MEMBERS.get(gap.of, ("yes", "no"))
        if gap.of.startswith("set of "):
            chosen = [m for m in MEMBERS[gap.of.removeprefix("set of ")] if rng.randrange(2)]
            found.append("{" + ", ".join(chosen) + "}")
        else:
            found.append(options[rng.randrange(len(options))])
    return found


def filled(declarations: Sequence[str], values: Sequence[str]) -> list[str]:
    """The policy with these values in place of what it leaves open, in order."""
    found = []
    for text in declarations:
        for i, value in enumerate(values):
            text = text.replace(f"?{i}?", value)
        found.append(text)
    return found


def compile_policy(
    *texts: str,
) -> tuple[Program | None, tuple[Diagnostic, ...], list[object]]:
    """The program of these files, what is wrong with them, and their syntax trees."""
    files = []
    faults: list[Diagnostic] = []
    for number, text in enumerate(texts, 1):
        source = Source(f"file{number}.mlp", text)
        parsed, wrong = parse(source)
        files.append((source, parsed))
        faults += wrong
    program, found = check(files, schema=SCHEMA, ledgers={"guide": LEDGER}, digest="sha256:0")
    errors = [d for d in (*faults, *found) if d.severity is Severity.ERROR]
    return (None if errors else program), tuple(errors), [f for _, f in files]


def make_nested_policy(rng: Random) -> list[str]:
    """A deep tree of a few conditions over two numbers and a flag, each asked again and again,
    and further trees that several of its arms come to: what assuming must get right, and what is
    remembered of it."""
    maker = Maker(rng)
    maker.head()
    maker.out += [
        "input quality : % in 0 % .. 100 % from workload.quality_pct",
        "input people : person from project.team.people",
        "input explain : flag from workload.needs.explain",
        f"define weight : person {REF}\n  when explain : people\n  otherwise : people + 1 person",
        f"define high : flag = quality {maker.pick(('>=', '>'))} {maker.amount('%')} {REF}",
        f"define big : flag = weight {maker.pick(('<', '<='))} {maker.amount('person')} {REF}",
        f"define both : flag = high {maker.pick(('and', 'or'))} big {REF}",
    ]

    def condition() -> str:
        operator = maker.pick(("<", "<=", ">", ">="))
        return maker.one_of(
            lambda: maker.pick(("high", "big", "both", "explain", "not both", "not high")),
            lambda: maker.pick(("high or explain", "big and explain", "both", "not both")),
            lambda: f"quality {operator} {maker.amount('%')}",
            lambda: f"weight {operator} {maker.amount('person')}",
            lambda: f"2 * people {operator} {maker.amount('person')} + weight",
        )

    # Few conditions, each asked in several arms; half of the time all of one number.
    if maker.chance(50):
        pool = [condition() for _ in range(maker.rng.randrange(4, 9))]
    else:
        ends = [f"quality {op} {maker.amount('%')}" for op in ("<", "<=", ">", ">=")]
        pool = ["high", "explain", "high or explain", *ends]

    def arms(depth: int, indent: str, further: int) -> str:
        if depth == 0 or maker.chance(15):
            if further and maker.chance(40):
                return f" goto shared{maker.rng.randrange(further)} {REF}"
            return f" {maker.pick(TIERS)} {REF}"
        lines = [f"\n{indent}if {maker.pick(pool)}"]
        for label in maker.pick(("yes|no", "yes|no, unknown")).split("|"):
            lines.append(f"\n{indent}  {label}:{arms(depth - 1, indent + '    ', further)}")
        return "".join(lines)

    def tree(name: str, depth: int, further: int) -> str:
        body = arms(depth, "  ", further)
        while not body.startswith("\n"):
            body = arms(depth, "  ", further)
        return f"{name} : tier{body}"

    # Further trees, which several arms come to under different assumptions.
    further = maker.rng.randrange(3)
    trees = [tree("decision tree choose", 4, further)]
    for i in reversed(range(further)):
        if any(f"goto shared{i} " in text for text in trees):
            trees.append(tree(f"tree shared{i}", 2, i))
    maker.out += trees
    return maker.out
