"""Values made from a JSON Schema: each keeps to it, but for a few slips. Records of decisions and
configurations are drawn so."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from random import Random
from typing import Any

from mlpolicy.resources import resource_root
from tests.fuzzing.made import BITS, WORDS

#: Texts, of which one fits each pattern of the schemas.
TEXTS = (
    *WORDS,
    *(
        "today",
        "w.yaml",
        "policies/ours",
        "savings",
        "lifecycle",
        "workload.plan.outcome",
        "GOV-12",
    ),
    *("aws-ml-selection@1.2.0", "2026-11-22T10:00:00Z", f"sha256:{'0' * 64}", "0" * 64, "1.2.0"),
    *("/project/owner", "DecisionRecord", "objects/00", f"sha256-{'0' * 64}", "provisional"),
)
#: What a slip puts in the place of a value.
SLIPS: tuple[Any, ...] = (
    *BITS,
    0,
    -1,
    10**15,
    10**400,
    0.1,
    1e300,
    True,
    None,
    [],
    {},
    [[]],
    {"a": {}},
    "unknown",
)

Schema = Mapping[str, Any]


@cache
def named(name: str) -> Schema:
    """A published schema, by the name of its file."""
    found: Schema = json.loads((resource_root() / "schemas" / name).read_bytes())
    return found


class Maker:
    """Makes values of one schema; `slips` is how often it may not keep to it."""

    def __init__(self, root: Schema, rng: Random, slips: int) -> None:
        self.root = root
        self.rng = rng
        self.slips = slips

    def value(self, schema: Schema, depth: int = 0) -> Any:
        """A value of this schema."""
        rng = self.rng
        if self.slips and rng.random() < 0.05:
            self.slips -= 1
            return rng.choice(SLIPS)
        schema = self.followed(schema)
        if "anyOf" in schema:
            return self.value(rng.choice(schema["anyOf"]), depth)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return rng.choice(schema["enum"])
        match schema.get("type"):
            case "object":
                return self._object(schema, depth)
            case "array":
                number = rng.choice((0, 1, 1, 2)) if depth < 6 else 0
                return [self.value(schema.get("items", {}), depth + 1) for _ in range(number)]
            case "boolean":
                return rng.random() < 0.5
            case "integer" | "number":
                return rng.choice((1, 1, 2, 0, 60, 10**9))
            case "null":
                return None
            case _:
                return self._text(schema)

    def followed(self, schema: Schema) -> Schema:
        """The schema that a reference names."""
        while "$ref" in schema:
            schema = self.root["$defs"][schema["$ref"].rpartition("/")[2]]
        return schema

    def _object(self, schema: Schema, depth: int) -> dict[str, Any]:
        rng, required = self.rng, schema.get("required", ())
        found = {
            name: self.value(child, depth + 1)
            for name, child in schema.get("properties", {}).items()
            if name in required or rng.random() < 0.4
        }
        more = schema.get("additionalProperties")
        if isinstance(more, dict):
            found.update((rng.choice(TEXTS), self.value(more, depth + 1)) for _ in range(2))
        if self.slips and rng.random() < 0.05:
            self.slips -= 1
            if found and rng.random() < 0.5:
                del found[rng.choice(list(found))]
            else:
                found[rng.choice((*BITS, "nonsense"))] = 1
        return found

    def _text(self, schema: Schema) -> str:
        pattern = schema.get("pattern", "")
        fits = [each for each in TEXTS if re.search(pattern, each)]
        return self.rng.choice(fits or TEXTS)


def made(name: str, rng: Random, slips: int | None = None) -> Any:
    """A value of a published schema."""
    few = rng.choice((0, 0, 1, 1, 2, 5)) if slips is None else slips
    schema = named(name)
    return Maker(schema, rng, few).value(schema)


def changed(value: Any, name: str, rng: Random) -> Any:
    """A value of a published schema with a part or two made anew, with slips."""
    schema = named(name)
    maker = Maker(schema, rng, rng.choice((0, 1, 3)))
    for _ in range(rng.choice((1, 1, 2))):
        value = _one_changed(value, schema, maker, rng)
    return value


def _one_changed(value: Any, schema: Schema, maker: Maker, rng: Random) -> Any:
    schema = maker.followed(schema)
    for either in schema.get("anyOf", ()):
        if maker.followed(either).get("type") != "null":
            schema = maker.followed(either)
    if isinstance(value, dict) and value and rng.random() < 0.85:
        key = rng.choice(list(value))
        below = schema.get("properties", {}).get(key, {})
        return {**value, key: _one_changed(value[key], below, maker, rng)}
    if isinstance(value, list) and value and rng.random() < 0.6:
        at = rng.randrange(len(value))
        made_ = _one_changed(value[at], schema.get("items", {}), maker, rng)
        return [*value[:at], made_, *value[at + 1 :]]
    return maker.value(schema)


def toml(value: Mapping[str, Any], rng: Random) -> str:
    """A table as TOML, in lines or within one another; what TOML has no word for is written as it
    is in JSON."""
    lines, below = [], []
    for key, each in value.items():
        name = key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key)
        if isinstance(each, list) and each and all(isinstance(e, dict) for e in each):
            if rng.random() < 0.7:
                below += [f"[[{name}]]\n{toml(entry, rng)}" for entry in each]
                continue
        lines.append(f"{name} = {_written(each, rng)}\n")
    return "".join((*lines, *below))


def _written(value: Any, rng: Random) -> str:
    match value:
        case dict():
            parts = (f"{json.dumps(key)} = {_written(each, rng)}" for key, each in value.items())
            return "{" + ", ".join(parts) + "}"
        case list():
            return f"[{', '.join(_written(each, rng) for each in value)}]"
        case str() if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
            return value if rng.random() < 0.5 else json.dumps(value)
        case _:
            return json.dumps(value, ensure_ascii=False)
