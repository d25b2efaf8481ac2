"""A changed manifest is the old text with one place changed, in every layout, or it is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mlpolicy.diagnostics import Diagnostic
from mlpolicy.manifest import load
from mlpolicy.manifest.edit import Change, Plain, begun, begun_json, edited, key_order
from mlpolicy.schema import load_schema
from tests.mdcase import Case, Golden, for_each, read
from tests.profiles import examples
from tests.scopes import SCOPES

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = load_schema((ROOT / "schemas" / "mlproject.v1.schema.json").read_text(), SCOPES)
MANIFESTS = sorted(
    [
        *(ROOT / "tests").rglob("*.mlproject.yaml"),
        *(ROOT / "tests" / "manifest" / "good").glob("*.yaml"),
    ]
)


CASES = read(Path(__file__).parent / "cases" / "edits.md")


def parsed(change: str) -> Change:
    """`a.b[1] = VALUE`, the value in YAML."""
    path, _, value = change.partition(" = ")
    document, _, path = path.rpartition("@")
    steps = re.findall(r"\[(\d+)\]|([^.\[\]]+)", path)
    return Change(
        tuple(int(number) if number else name for number, name in steps),
        yaml.safe_load(value),
        int(document or 0),
    )


def changed(case: Case) -> str:
    found = edited(case.one("yaml", "json").text, [parsed(case.one("change").text.strip())], "f")
    return f"{found.message}\n{found.help}\n" if isinstance(found, Diagnostic) else found


@for_each(CASES)
def test_a_change_is_written_so(case: Case, golden: Golden) -> None:
    golden.holds(case, case.after or "text", changed(case))


def test_the_pure_python_parser_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    from mlpolicy.yamltext import parsed as yamltext

    kept = [case for case in CASES if "\t" not in case.one("yaml", "json").text]
    assert len(kept) > 20  # it does not read tabs between key and value at all
    quick = [changed(case) for case in kept]
    monkeypatch.setattr(yamltext, "LOADER", yaml.Loader)
    assert quick == [changed(case) for case in kept]


@pytest.mark.parametrize("line_end", ["\r\n", "\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("last", [True, False])
def test_line_ends_mark_and_last_line_stay(line_end: str, mark: str, last: bool) -> None:
    text = mark + line_end.join(["a: 1", "b:", "  c: 2"]) + (line_end if last else "")
    found = edited(text, [Change(("b", "d"), 3)], "f")
    assert found == mark + line_end.join(["a: 1", "b:", "  c: 2", "  d: 3"]) + (
        line_end if last else ""
    )


# -- every layout ------------------------------------------------------------------------------

KEYS = st.sampled_from(["a", "b", "c", "name", "x y", "on", "12"])
TEXTS = st.sampled_from(
    ["word", "two words", "it's: so", "# no", "yes", "12", "- x", "é", "", "a,b"]
)
SCALARS = st.one_of(st.booleans(), st.integers(0, 10**6), st.decimals(0, 100, places=2), TEXTS)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)
DOCUMENTS = st.dictionaries(KEYS, VALUES, min_size=1, max_size=4)


def normal(value: object) -> Any:
    """Numbers as the reader has them, so that a written `1.50` is 1.5."""
    match value:
        case Decimal():
            return int(value) if value == int(value) else value.normalize()
        case Mapping():
            return {key: normal(item) for key, item in value.items()}
        case list():
            return [normal(item) for item in value]
    return value


class Scribe:
    """Writes a value as people do: in blocks or brackets, with any indentation, remarks and
    empty lines, decided by `draw`."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.remarks = 0

    def maybe(self) -> bool:
        return self.draw(st.integers(0, 3)) == 0

    def scalar(self, value: object) -> str:
        match value:
            case bool():
                return "true" if value else "false"
            case int() | Decimal():
                return str(value)
        text = str(value)
        if re.fullmatch(r"[a-z]+( [a-z]+)*", text) and text not in ("yes", "on"):
            if self.maybe():
                return text
        return self.draw(st.sampled_from([f"'{text.replace(chr(39), chr(39) * 2)}'", f'"{text}"']))

    def remark(self) -> str:
        if not self.maybe():
            return ""
        self.remarks += 1
        return f"  # remark {self.remarks}"

    def between(self, indent: str) -> list[str]:
        if not self.maybe():
            return []
        self.remarks += 1
        return self.draw(st.sampled_from([[""], [f"{indent}# remark {self.remarks}"]]))

    def flow(self, value: object) -> str:
        space = self.draw(st.sampled_from(["", " "]))
        match value:
            case Mapping():
                inside = ", ".join(f"{self.scalar(k)}: {self.flow(v)}" for k, v in value.items())
                return f"{{{space}{inside}{space}}}"
            case list():
                return f"[{space}{', '.join(map(self.flow, value))}{space}]"
        return self.scalar(value)

    def inline(self, value: object) -> bool:
        return not isinstance(value, (Mapping, list)) or not value or self.maybe()

    def block(self, value: object, indent: str) -> list[str]:
        lines: list[str] = []
        deeper = indent + " " * self.draw(st.integers(1, 4))
        if isinstance(value, Mapping):
            for key, item in value.items():
                lines += self.between(indent)
                head = f"{indent}{self.scalar(key)}:"
                if self.inline(item):
                    lines.append(f"{head} {self.flow(item)}{self.remark()}")
                    continue
                lines.append(f"{head}{self.remark()}")
                own = isinstance(item, list) and self.maybe()
                lines += self.block(item, indent if own else deeper)
        elif isinstance(value, list):
            for item in value:
                lines += self.between(indent)
                if self.inline(item):
                    lines.append(f"{indent}- {self.flow(item)}{self.remark()}")
                    continue
                gap = " " * self.draw(st.integers(1, 3))
                below = self.block(item, indent + " " + gap)
                while (below and not below[0].strip(" ")) or below[0].strip().startswith("#"):
                    lines.append(below.pop(0))
                lines.append(f"{indent}-{gap}{below[0].lstrip(' ')}")
                lines += below[1:]
        return lines


@st.composite
def edits(draw: st.DrawFn) -> tuple[str, dict[str, Any], tuple[str | int, ...], Any]:
    """A document in some layout, its value, and a change to a place of it or to a new one."""
    document = draw(DOCUMENTS)
    scribe = Scribe(draw)
    lines = scribe.block(document, "")
    text = "\n".join(lines) + draw(st.sampled_from(["\n", "", "\n\n"]))
    if draw(st.booleans()):
        text = text.replace("\n", "\r\n")
    path: list[str | int] = []
    here: Any = document
    while True:
        if isinstance(here, Mapping):
            path.append(draw(st.sampled_from([*here, "new"])))
            here = here.get(path[-1])
        elif isinstance(here, list):
            step = draw(st.integers(0, len(here)))
            path.append(step)
            here = here[step] if step < len(here) else None
        if not isinstance(here, (Mapping, list)) or draw(st.booleans()):
            break
    if here is None and draw(st.booleans()):
        path += ["deep", "deeper"]
    value = draw(SCALARS | st.lists(TEXTS, max_size=2) | st.just({"low": 1, "high": 2}))
    return text, document, tuple(path), value


def put(value: Any, path: Sequence[str | int], new: object) -> object:
    if not path:
        return new
    step, *rest = path
    if isinstance(step, int):
        items = list(value or [])
        below = items[step] if step < len(items) else None
        return [*items[:step], put(below, rest, new), *items[step + 1 :]]
    return {**(value or {}), step: put((value or {}).get(step), rest, new)}


class _Exact(yaml.SafeLoader):
    """Scalars as YAML 1.2 has them: an oracle that shares no code with the reader."""


_Exact.yaml_implicit_resolvers = {}
_Exact.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("true|false"), list("tf"))
_Exact.add_implicit_resolver("!number", re.compile(r"[-+]?[0-9.]+"), list("-+.0123456789"))
_Exact.add_constructor("!number", lambda loader, node: normal(Decimal(node.value)))


@pytest.mark.slow
@examples(150)
@given(edits())
def test_the_new_text_is_the_old_with_the_change(
    edit: tuple[str, dict[str, Any], tuple[str | int, ...], Any],
) -> None:
    text, document, path, value = edit
    assert normal(document) == yaml.load(text, _Exact)  # the layout says what it is to say
    found = edited(text, [Change(path, normal(value))], "f")
    if isinstance(found, Diagnostic):
        # Only what spans several lines of a list may be left to the author.
        assert "spans several lines" in found.message, (text, path, found)
        return
    assert normal(put(document, path, value)) == yaml.load(found, _Exact)
    before, after = text.splitlines(keepends=True), found.splitlines(keepends=True)
    old: Any = document
    for step in path:
        if isinstance(old, Mapping):
            old = old.get(step)
        else:
            old = (
                old[step]
                if isinstance(old, list) and isinstance(step, int) and step < len(old)
                else None
            )
    if old is None or not isinstance(old, (Mapping, list)):
        # All lines but one stay, and all remarks do.
        changed = [
            tag
            for tag, start, end, _, _ in SequenceMatcher(None, before, after, False).get_opcodes()
            if tag in ("delete", "replace")
            for _ in range(start, end)
        ]
        assert len(changed) <= 1, (text, found)
        assert re.findall(r"# remark \d+", text) == re.findall(r"# remark \d+", found)


# -- the repository's own manifests ---------------------------------------------------------

ADDED: tuple[tuple[tuple[str | int, ...], Any], ...] = (
    (("lifecycle",), "build"),
    (("team", "infra_engineers"), 3),
    (("workloads", 0, "quality", "required_pct"), {"low": 80, "high": 90}),
    (("workloads", 0, "needs", "languages"), ["de", "en"]),
    (("workloads", 0, "measurements"), None),
)


@pytest.mark.slow
@pytest.mark.parametrize("file", MANIFESTS, ids=lambda file: file.name)
def test_each_manifest_of_this_repository_takes_answers(file: Path) -> None:
    """Fields in the middle of a file, groups and entries of lists: valid, and lines only added
    or changed one for one."""
    text = file.read_bytes().decode()
    documents, faults = load(text.encode(), "f", SCHEMA)
    if faults:
        pytest.skip("made to be broken")
    is_short = not re.search("^apiVersion", text, re.M)
    order = key_order(SCHEMA, is_short=is_short)
    entry: dict[str, Plain] = {
        "system": "current",
        "metric": "accuracy",
        "value_pct": Decimal("87.5"),
    }
    for path, value in ADDED:
        if path[-1] == "measurements":
            held = documents[0].workloads[0].fact.get("measurements")
            entries = held.value if held else ()
            assert isinstance(entries, tuple)
            path, value = (*path, len(entries)), entry
        here = path if is_short else ("spec", *path)
        found = edited(text, [Change(here, value)], "f", order=order)
        assert isinstance(found, str), (here, found)
        _, faults = load(found.encode(), "f", SCHEMA)
        assert not faults, (here, faults)
        lost = [line for line in text.splitlines() if line not in found.splitlines()]
        assert len(lost) <= 1, lost
        again = edited(found, [Change(here, value)], "f", order=order)
        assert again == found


def test_keys_are_added_in_the_order_of_the_schema() -> None:
    text = (
        "project: p\nowner: o\nregions: [us-east-1]\n# the work\nworkloads:\n"
        "  - name: w\n    task: churn\n    plan: {outcome: diy}\n"
    )
    changes = [
        Change(("lifecycle",), "build"),
        Change(("team", "infra_engineers"), 2),
        Change(("workloads", 0, "mode"), "batch"),
        Change(("waivers",), []),
    ]
    found = edited(text, changes, "f", order=key_order(SCHEMA, is_short=True))
    assert found == (
        "project: p\nowner: o\nlifecycle: build\nregions: [us-east-1]\n"
        "team:\n  infra_engineers: 2\n"
        "# the work\nworkloads:\n  - name: w\n    task: churn\n    mode: batch\n"
        "    plan: {outcome: diy}\nwaivers: []\n"
    )


def test_a_new_manifest_is_valid_in_yaml_and_json() -> None:
    value: dict[str, Plain] = {
        "project": "p",
        "owner": "team/x",
        "regions": ["us-east-1"],
        "workloads": [{"name": "w", "task": "sentiment"}],
    }
    for text in (begun(value), begun_json(value)):
        documents, faults = load(text.encode(), "f", SCHEMA)
        assert not faults
        assert documents[0].workloads[0].name == "w"
