"""Tables of the documentation that are made from the code, and where they stand on a page.

`<!-- table: NAME -->` begins one and `<!-- end -->` ends it; `python -m tests.renew PAGE` writes
what is between.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from mlpolicy.diagnostics import CODES
from mlpolicy.explain.unread import ENGINE
from mlpolicy.mutate.survivors import read_survivors
from mlpolicy.schema import Field, Kind, load_schema
from mlpolicy.schema.fields import own_schema
from tests.docs import grammar_page
from tests.docs.docs_support import ROOT
from tests.policy import dmn_suite
from tests.policy.policy_support import WHOLE, policy_at
from tests.scopes import SCOPES
from tests.yamltext import suite as yaml_suite

_RANGES = {
    "01": "Syntax of a policy",
    "02": "Names and inputs",
    "03": "Types and units",
    "04": "Structure",
    "05": "Sources",
    "06": "Text of a manifest",
    "07": "Content of a manifest",
    "08": "Evaluation",
    "09": "Finding and loading",
    "10": "Measuring",
    "11": "Records",
    "12": "Asking",
    "13": "Changes",
    "15": "Layout and lint",
}


def diagnostics() -> str:
    lines = ["| Code | Title | What it means, and how to correct it |", "|---|---|---|"]
    for code, (title, text) in sorted(CODES.items()):
        lines.append(f"| {code} | {_cell(title)} | {_cell(text)} |")
    return "\n".join(lines)


def ranges() -> str:
    present = {code[3:5] for code in CODES}
    return "\n".join(f"- `MLP{key}…` {name}" for key, name in _RANGES.items() if key in present)


def fields() -> str:
    """Every field of the manifest's schema, a table for each group."""
    schema = load_schema((ROOT / "schemas" / "mlproject.v1.schema.json").read_text(), SCOPES)
    spec = schema.root.children["spec"]
    workload = spec.children["workloads"].items
    assert workload is not None
    groups = [
        ("The envelope", "", {k: v for k, v in schema.root.children.items() if k != "spec"}),
        ("The project: `spec`", "", {k: v for k, v in spec.children.items() if k != "workloads"}),
        ("A workload: `spec.workloads[]`", "", dict(workload.children)),
    ]
    pieces = []
    for title, prefix, children in groups:
        required = {"spec": spec.required, "workload": workload.required}
        names = {
            *schema.root.required,
            *(required["spec"] if "spec`" in title else ()),
            *(required["workload"] if "workload" in title else ()),
        }
        pieces.append(f"### {title.replace('`', '')}\n")
        pieces.append("| Field | Takes | What it says |\n|---|---|---|")
        for key, field in children.items():
            pieces += list(_rows(f"{prefix}{key}", field, required=key in names))
        pieces[-1] += "\n"
    return "\n".join(pieces).rstrip()


def ledger() -> str:
    """Every field of a ledger. What only some ledgers must have is not said to be required."""
    schema = own_schema("ledger")
    raw = json.loads((ROOT / "schemas" / "ledger.v1.schema.json").read_text("utf-8"))
    lines = ["| Field | Takes | What it says |", "|---|---|---|"]
    for key, field in schema.root.children.items():
        for row in _rows(key, field, required=key in schema.root.required):
            path = row.split("`")[1]
            must = path.rpartition(".")[2].removesuffix("[]") in _required(raw, path)
            lines.append(row if must else row.replace(" **required**", ""))
    return "\n".join(lines)


def _required(raw: Any, path: str) -> list[str]:
    """What a schema requires without a condition, beside the field at a path."""
    for part in path.split(".")[:-1]:
        raw = raw["properties"][part.removesuffix("[]")]
        raw = raw.get("items", raw)
    found = raw.get("required", [])
    assert isinstance(found, list)
    return found


def _rows(path: str, field: Field, *, required: bool) -> Iterator[str]:
    inner = field.items if field.kind is Kind.LIST and field.items else field
    mark = "[]" if inner is not field and inner.children else ""
    must = " **required**" if required else ""
    yield f"| `{path}{mark}`{must} | {_takes(field)} | {_cell(field.description)} |"
    for key, child in inner.children.items():
        yield from _rows(f"{path}{mark}.{key}", child, required=key in inner.required)


def _takes(field: Field) -> str:
    if field.kind is Kind.LIST and field.items is not None:
        return "list" if field.items.children else f"list of: {_takes(field.items)}"
    if field.kind is Kind.MAPPING:
        return "group" if field.children else "your own keys"
    if field.members:
        words = [f"`{member}`" for member in field.members]
        if len(words) > 16:
            return f"one of {len(words)} words, see below"
        return ", ".join(words)
    if field.unit:
        return "number" if field.unit == "number" else field.unit
    if field.grain is not None:
        return field.grain.value
    return {Kind.FLAG: "`true`, `false`", Kind.INTEGER: "whole number"}.get(
        field.kind, str(field.kind.value)
    )


def words() -> str:
    """The long lists of words: tasks and regions."""
    schema = load_schema((ROOT / "schemas" / "mlproject.v1.schema.json").read_text(), SCOPES)
    spec = schema.root.children["spec"]
    tasks = spec.at("workloads", 0, "task")
    regions = spec.at("aws", "regions", 0)
    assert tasks is not None
    assert regions is not None
    aliases = ", ".join(f"`{a}` ({m})" for a, m in sorted(tasks.aliases.items()))
    return "\n\n".join(
        [
            "**Tasks** (`task`): " + ", ".join(f"`{member}`" for member in tasks.members) + ".",
            f"Also read, as the word in brackets: {aliases}.",
            "**Regions** (`aws.regions` and `residency.regions`): "
            + ", ".join(f"`{member}`" for member in regions.members)
            + ".",
        ]
    )


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def unread() -> str:
    """The fields that the schema offers and no part of the released policy reads."""
    program, schema = policy_at(WHOLE)
    homes = {SCOPES.shared: ("spec",), SCOPES.each: SCOPES.home}
    lines = ["| Field | What it says |", "|---|---|"]
    for scope, home in homes.items():
        root = schema.root.at(*home)
        assert root is not None
        for steps, field in _leaves(root, ()):
            above = {(scope, steps[:i]) for i in range(1, len(steps) + 1)}
            if not above & program.reads.fields and (scope.is_each, steps) not in ENGINE:
                lines.append(f"| `{'.'.join((scope.word, *steps))}` | {_cell(field.description)} |")
    assert len(lines) > 2
    return "\n".join(lines)


def _leaves(field: Field, steps: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Field]]:
    """The fields below one that hold a value, without what is only said about others."""
    inner = field.items if field.items is not None and field.items.children else field
    if not inner.children:
        yield steps, field
    for key, child in inner.children.items():
        if not child.statement and (steps or key not in ("workloads", "waivers")):
            yield from _leaves(child, (*steps, key))


def dmn() -> str:
    """The decision tables of the conformance suite of DMN that are not written, and why."""
    suite = dmn_suite.tables()
    missing = [each for each in suite if each.why]
    lines = [f"{len(suite) - len(missing)} of the {len(suite)} are written. These are not:", ""]
    lines += ["| Case | Table | Why it is not written |", "|---|---|---|"]
    lines += [
        f"| `{each.case}` | {each.decision or 'its only one'} | {_cell(each.why)} |"
        for each in missing
    ]
    return "\n".join(lines)


def mutation() -> str:
    """What the tests of the policies that come along notice, as their files of survivors say."""
    lines = [
        "| Policy | Faults | Noticed | Kept with a reason |",
        "|---|---|---|---|",
    ]
    for file in sorted((ROOT / "policies").glob("*/*/tests/survivors.txt")):
        kept, _ = read_survivors(file.read_text(), file.name)
        share = 100 * kept.noticed // kept.made
        name = f"{file.parts[-4]} {file.parts[-3]}"
        why = sum(1 for each in kept.faults.values() if each.reason)
        assert kept.noticed + why == kept.made, f"{name}: a fault is neither noticed nor kept"
        lines.append(f"| {name} | {kept.made} | {kept.noticed} ({share} %) | {why} |")
    assert len(lines) > 2
    return "\n".join(lines)


TABLES: dict[str, Callable[[], str]] = {
    "diagnostics": diagnostics,
    "dmn": dmn,
    "ranges": ranges,
    "fields": fields,
    "grammar": grammar_page.page,
    "ledger": ledger,
    "mutation": mutation,
    "unread": unread,
    "words": words,
    "yaml": yaml_suite.table,
}


def replaced(text: str, name: str) -> str:
    """The page with the table as the code has it."""
    pattern = re.compile(rf"(<!-- table: {name} -->\n).*?(<!-- end -->)", re.S)
    table = TABLES[name]
    return pattern.sub(lambda m: f"{m[1]}\n{table()}\n\n{m[2]}", text)
