"""The walk over a program finds every construct that cites something, and what each is called."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from mlpolicy.core import program as core
from mlpolicy.coverage import KINDS, constructs
from mlpolicy.session import Session
from mlpolicy.source import Origin

PACK = Path(__file__).parent / "packs" / "parcels"

Read = tuple[core.Program, str]


def read(spec: str) -> Read:
    """A policy, and the text of its files without comments."""
    session = Session()
    files, _ = session.find(spec, "2026-11-22")
    assert files is not None
    program, _ = session.program(files)
    assert program is not None
    text = "\n".join(data.decode() for _, data in files.texts)
    return program, re.sub(r"#(?![A-Z]).*|(?<!\w)# .*", "", text)


@pytest.fixture(scope="module")
def parcels() -> Read:
    return read(str(PACK))


@pytest.fixture(scope="module", params=["parcels", "shipped"])
def policy(request: pytest.FixtureRequest, parcels: Read) -> Read:
    return parcels if request.param == "parcels" else read("aws-ml-selection@1.0.0")


def everything(node: object) -> Iterator[object]:
    """Every node of a program, whatever it is."""
    if isinstance(node, tuple | Mapping):
        for item in node.values() if isinstance(node, Mapping) else node:
            yield from everything(item)
    elif is_dataclass(node) and not isinstance(node, type | Origin):
        yield node
        for field in fields(node):
            yield from everything(getattr(node, field.name))


def test_every_class_with_references_has_a_name() -> None:
    found = {
        kind
        for kind in vars(core).values()
        if isinstance(kind, type)
        and is_dataclass(kind)
        and "refs" in {field.name for field in fields(kind)}
    }
    assert found == set(KINDS)


def test_the_sample_has_every_such_class_with_a_reference(parcels: Read) -> None:
    """So that the tests below speak of all of them."""
    program, _ = parcels
    present = {type(node) for node in everything(program) if getattr(node, "refs", ())}
    assert set(KINDS) == present


def test_each_reference_of_every_node_is_found(policy: Read) -> None:
    program, _ = policy
    expected = {
        (getattr(node, "origin").place, ref)  # noqa: B009 - not every node has one
        for node in everything(program)
        if hasattr(node, "origin")
        for ref in getattr(node, "refs", ())
    }
    assert expected <= {(one.place, ref) for one in constructs(program) for ref in one.refs}


def test_each_reference_of_the_text_is_found(policy: Read) -> None:
    """What the parser and the checker might have dropped on the way is seen here."""
    program, text = policy
    written = set(re.findall(r"\b[a-z]\w*#[A-Z]\w*(?:\.\w+)*", text))
    assert {ref for one in constructs(program) for ref in one.refs} == written
    assert set(program.clauses) == written


def test_constructs_are_told_by_the_words_of_the_policy(parcels: Read) -> None:
    program, _ = parcels
    assert sorted({str(one) for one in constructs(program)}) == [
        "answer sending: courier",
        "answer sending: post",
        "case light",
        "case size",
        "catalog stamp",
        "convert 1 month = 730 hour",
        "cost price",
        "define dues",
        "define unsure",
        "exception on_trial to heavy",
        "goto choice: sending",
        "hold choice",
        "if absent horizon",
        "if absent trial",
        "if absent weighing.confidence_interval.low",
        "if absent weight",
        "line cheap.price",
        "line cheap.task",
        "obligation pack",
        "param rate from 2025-01-01",
        "question careful.fragile",
        "question careful.urgent",
        "row stamp sentiment",
        "row stamp translation",
        "rule dear",
        "rule lift",
        "rule unsure_weight",
        "score careful",
        "shortlist cheap",
        "threshold heavy from 2025-01-01",
    ]


def test_they_come_in_the_order_of_the_files(policy: Read) -> None:
    places = [one.place for one in constructs(policy[0])]
    assert sorted(places) == places
