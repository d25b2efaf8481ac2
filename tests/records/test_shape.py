"""A line of a log is a record where the shipped schema says so, and else is told what is wrong."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from mlpolicy.records.form import canonical
from mlpolicy.records.shape import NotARecordError, record_in
from mlpolicy.schema import Schema
from mlpolicy.session import report_schema

SCHEMA = json.loads(report_schema("record"))
TEXTS = {
    "^sha256:[0-9a-f]{64}$(?!\\n)": f"sha256:{'0' * 64}",
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}$(?!\\n)": "2026-11-22",
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$(?!\\n)": "2026-11-22T00:00:00Z",
}


def example(schema: dict[str, Any]) -> Any:
    """A value of everything that the schema describes."""
    if "$ref" in schema:
        return example(SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]])
    if "anyOf" in schema:
        return example(schema["anyOf"][0])
    if "const" in schema:
        return schema["const"]
    match schema["type"]:
        case "object":
            return {key: example(below) for key, below in schema["properties"].items()}
        case "array":
            return [example(schema["items"])]
        case "integer":
            return 1
        case "boolean":
            return True
        case _:
            return TEXTS.get(schema.get("pattern", ""), "0" * 64)


RECORD = example(SCHEMA)


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield path
    if isinstance(value, dict | list):
        entries = value.items() if isinstance(value, dict) else enumerate(value)
        for key, below in entries:
            yield from places(below, (*path, key))


def told(path: tuple[str | int, ...], change: Any) -> str | None:
    record = copy.deepcopy(RECORD)
    here: Any = record
    for step in path:
        here = here[step]
    change(here)
    try:
        record_in(canonical(record))
    except NotARecordError as error:
        assert not jsonschema.Draft202012Validator(SCHEMA).is_valid(record)
        return str(error)
    return None


def shown(path: tuple[str | int, ...]) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


def at(path: tuple[str | int, ...]) -> Any:
    here: Any = RECORD
    for step in path:
        here = here[step]
    return here


def test_the_example_is_a_record(monkeypatch: pytest.MonkeyPatch) -> None:
    """And jsonschema is not asked for it."""
    monkeypatch.setattr(Schema, "_validator", property(lambda _: pytest.fail("was asked")))
    assert record_in(canonical(RECORD)) == RECORD
    assert len(list(places(RECORD))) > 90


@pytest.mark.parametrize(
    "path", [p for p in places(RECORD) if isinstance(at(p), dict)], ids=lambda path: shown(path)
)
def test_every_key_is_needed_and_no_other_is_known(path: tuple[str | int, ...]) -> None:
    for key in at(path):
        if (*path, key) == ("schema",):
            continue
        assert told(path, lambda here, key=key: here.pop(key)) == (
            f"`{shown((*path, key))}` is missing"
        )
    strange = shown((*path, "strange"))
    assert told(path, lambda here: here.update(strange=1)) == (
        f"it has a key `{strange}` that no record has"
    )


@pytest.mark.parametrize("path", [p for p in places(RECORD) if p and p != ("schema",)], ids=shown)
def test_every_value_is_of_its_kind(path: tuple[str | int, ...]) -> None:
    wrong: Any = 5 if not isinstance(at(path), int) or isinstance(at(path), bool) else "5"
    said = told(path[:-1], lambda here: here.__setitem__(path[-1], wrong))
    kinds = {str: "a text", bool: "true or false", int: "a whole number", list: "a list"}
    kind = kinds.get(type(at(path)), "a JSON object")
    assert said == f"`{shown(path)}` is not {kind}"


@pytest.mark.parametrize("end", ["\n", "x", ""])
def test_a_text_of_a_form_has_it_to_its_end(end: str) -> None:
    digest = RECORD["hash"][: None if end else -1] + end
    said = told((), lambda here: here.update(hash=digest))
    assert said is not None
    assert said.startswith("`hash` is `sha256:000")
