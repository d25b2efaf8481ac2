"""A number as people write it is what they mean, or is refused with what to write: never a
thousandth of it. The same in a manifest, in a waiver, and typed at a prompt."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlpolicy.manifest import load, load_waivers
from mlpolicy.manifest.typed import Unread, value_of
from mlpolicy.resources import resource_root
from mlpolicy.schema import load_schema
from tests.profiles import examples
from tests.scopes import SCOPES

SCHEMA = load_schema(
    (resource_root() / "schemas" / "mlproject.v1.schema.json").read_bytes(), SCOPES
)
FIELD = SCHEMA.root.at("spec", "workloads", 0, "usage", "documents_per_month")
MONEY = SCHEMA.root.at("spec", "budget", "monthly_usd")

MARKS = (",", ".", "_", " ", "\u00a0", "\u202f", "\u2009", "'", "\u2019", "")
ZEROS = ("", "0", "00")
numbers = st.one_of(st.integers(1, 10**12), st.integers(1, 999).map(lambda n: n * 1000))


def grouped(number: int, mark: str) -> str:
    return f"{number:,}".replace(",", mark)


def help_numbers(text: str) -> list[Decimal]:
    return [Decimal(found) for found in re.findall(r"`(-?[0-9]+(?:\.[0-9]+)?)`", text)]


@examples(400)
@given(numbers, st.sampled_from(MARKS), st.sampled_from(ZEROS), st.booleans())
def test_a_manifest_holds_what_is_meant_or_says_what_to_write(
    number: int, mark: str, zeros: str, braces: bool
) -> None:
    written = zeros + grouped(number, mark)
    usage = (
        f"{{documents_per_month: {written}}}"
        if braces
        else f"\n      documents_per_month: {written}"
    )
    text = "project: p\nowner: team/x\nregions: [eu-west-1]\nworkloads:\n"
    text += "  - name: w\n    task: sentiment\n"
    documents, faults = load(f"{text}    usage: {usage}\n".encode(), "m", SCHEMA)
    if not faults:
        fact = documents[0].workloads[0].fact.get("usage", "documents_per_month")
        assert fact is not None
        assert fact.value == number
        assert not zeros
        return
    assert documents == ()
    told = [each for fault in faults for each in help_numbers(fault.help)]
    assert number in told or (zeros and mark), (written, faults)


@examples(200)
@given(numbers, st.sampled_from(MARKS), st.sampled_from(ZEROS))
def test_a_waiver_holds_what_is_meant_or_says_what_to_write(
    number: int, mark: str, zeros: str
) -> None:
    written = zeros + grouped(number, mark)
    text = (
        "apiVersion: mlpolicy.dev/v1\nkind: Waivers\nwaivers:\n"
        "  - id: W-1\n    rule: above_need\n    reason: a pilot\n    approved_by: b@example.com\n"
        f"    expires_on: 2027-01-31\n    max_amount: {written}\n"
    )
    waivers, faults = load_waivers(text.encode(), "w", SCHEMA)
    if not faults:
        assert [each.max_amount for each in waivers] == [number]
        return
    assert waivers == ()
    assert number in [n for fault in faults for n in help_numbers(fault.help)] or (zeros and mark)


@examples(400)
@given(numbers, st.sampled_from(MARKS), st.booleans())
def test_what_is_typed_is_what_is_meant_or_it_is_said_what_to_write(
    number: int, mark: str, money: bool
) -> None:
    field = MONEY if money else FIELD
    assert field is not None
    found = value_of(grouped(number, mark), field, today=date(2026, 11, 22))
    if isinstance(found, Unread):
        assert number in help_numbers(found.help)
    else:
        assert found == number


@pytest.mark.parametrize("power", ["1e15", "1e16", "1e25", "1e99999999999999999999", "9" * 5000])
def test_a_number_without_end_is_refused(power: str) -> None:
    assert FIELD is not None
    found = value_of(power, FIELD, today=date(2026, 11, 22))
    assert found == 10**15 if power == "1e15" else isinstance(found, Unread)
