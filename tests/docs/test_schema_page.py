"""The page on schemas: every word of ours stands on it, and its example is a schema and a manifest
of it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from mlpolicy.core.scopes import scopes_of
from mlpolicy.manifest import load
from mlpolicy.schema import load_schema

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "schema.md").read_text("utf-8")


def words() -> set[str]:
    """The words that the engine reads off a schema: every text in it that is one."""
    tree = ast.parse((ROOT / "engine/mlpolicy/schema/fields.py").read_text("utf-8"))
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    return {text for text in texts if isinstance(text, str) and re.fullmatch(r"x-[a-z-]+", text)}


def block(kind: str) -> str:
    found = re.search(rf"^```{kind}\n(.*?)^```$", PAGE, re.M | re.S)
    assert found is not None
    return found[1]


def test_every_word_of_ours_stands_in_the_table() -> None:
    told = set(re.findall(r"^\| `(x-[a-z-]+)` \|", PAGE, re.M))
    assert len(words()) > 15
    assert told == words()


def test_the_example_is_a_schema_and_its_manifest_fits() -> None:
    schema = load_schema(block("json"), scopes_of("delivery", "parcel", "parcels"))
    (document,), faults = load(block("yaml").encode(), "parcels.yaml", schema)
    assert faults == ()
    assert [each.name for each in document.workloads] == ["books", "vases"]

    _, faults = load(block("yaml").replace("budget", "bugdet").encode(), "m.yaml", schema)
    assert [fault.code for fault in faults] == ["MLP0702"]
