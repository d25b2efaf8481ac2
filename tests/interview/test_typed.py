"""What people type at a prompt is read where it can mean one thing only."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlpolicy.manifest.typed import Unread, value_of
from mlpolicy.schema import load_schema
from tests.profiles import examples
from tests.scopes import SCOPES

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = load_schema((ROOT / "schemas" / "mlproject.v1.schema.json").read_text(), SCOPES)
COUNT = "workloads.0.volume.requests_per_month"
MONEY = "budget.monthly_usd"
PERCENT = "workloads.0.quality.required_pct"
LANGUAGES = "workloads.0.needs.languages"
CONTENTS = "data_policy.contains"
TASK = "workloads.0.task"
FLAG = "workloads.0.needs.complete"
DAY = "workloads.0.measurements.0.measured_on"


def read(path: str, text: str) -> object:
    steps = [int(step) if step.isdigit() else step for step in path.split(".")]
    field = SCHEMA.root.at("spec", *steps)
    assert field is not None
    return value_of(text, field, today=date(2026, 11, 22))


READ = [
    (COUNT, "10000", 10000),
    (COUNT, "10,000", 10000),
    (COUNT, "1,000,000", 1000000),
    (COUNT, "1.000.000", 1000000),
    (COUNT, "1 000 000", 1000000),
    (COUNT, "1'000", 1000),
    (COUNT, "1_000", 1000),
    (COUNT, "1e6", 1000000),
    (COUNT, "500 requests", 500),
    (COUNT, "500 requests a month", 500),
    (COUNT, "500 request/month", 500),
    (COUNT, "10..20", {"low": 10, "high": 20}),
    (COUNT, "10 to 20 requests", {"low": 10, "high": 20}),
    (COUNT, "{low: 10, high: 20}", {"low": 10, "high": 20}),
    (COUNT, "1.5", Decimal("1.5")),  # for the schema to refuse
    (COUNT, "-5", -5),
    (MONEY, "$500", 500),
    (MONEY, "US$ 500.50", Decimal("500.5")),
    (MONEY, "500 USD", 500),
    (MONEY, "1,500.25", Decimal("1500.25")),
    (MONEY, "1.500,25", Decimal("1500.25")),
    (MONEY, "0,125", Decimal("0.125")),
    (PERCENT, "85 %", 85),
    (PERCENT, "85%", 85),
    (PERCENT, "85 percent", 85),
    (PERCENT, "87,5", Decimal("87.5")),
    (PERCENT, "87.125", Decimal("87.125")),  # 87125 % there is not
    (PERCENT, "80..90 %", {"low": 80, "high": 90}),
    (LANGUAGES, "de, en", ["de", "en"]),
    (LANGUAGES, "none", []),
    (LANGUAGES, "[]", []),
    (CONTENTS, "none", ["none"]),
    (CONTENTS, "PII phi", ["pii", "phi"]),
    (TASK, "Time Series Forecast", "time-series-forecast"),
    (TASK, "ner", "entities"),
    (TASK, '"skip"', "skip"),
    (FLAG, "Yes", True),
    (FLAG, "n", False),
    (DAY, "today", "2026-11-22"),
]


@pytest.mark.parametrize(("path", "text", "value"), READ)
def test_it_is_read(path: str, text: str, value: object) -> None:
    found = read(path, text)
    assert value == found
    assert type(value) is type(found)


REFUSED = [
    (COUNT, "10k", "write plain digits: `10000`"),
    (COUNT, "2M", "write plain digits: `2000000`"),
    (COUNT, "10.000", "write `10000` or `10`"),
    (COUNT, "about 5", ""),
    (COUNT, "5 USD", ""),
    (COUNT, "10-20", "write `10..20`"),
    (COUNT, "20..10", "write `10..20`"),
    (COUNT, "1e30", "keep within 10^15 and 12 decimals"),
    (COUNT, "", ""),
    (MONEY, "$5K", "write plain digits: `5000`"),
    (MONEY, "1,500", "write `1500` or `1.5`"),
    (MONEY, "1.500", "write `1500` or `1.5`"),
    (MONEY, "5 EUR", ""),
    (PERCENT, "85 ms", ""),
    (LANGUAGES, "de,,en", "write words and commas: `a, b`"),
    (FLAG, "maybe", ""),
]


@pytest.mark.parametrize(("path", "text", "help"), REFUSED)
def test_it_is_not_guessed(path: str, text: str, help: str) -> None:
    found = read(path, text)
    assert isinstance(found, Unread)
    assert help == found.help
    assert found.message


@given(st.integers(0, 10**15), st.sampled_from([",", ".", " ", "'", "_"]))
def test_marks_between_thousands_never_change_a_count(number: int, mark: str) -> None:
    found = read(COUNT, f"{number:,}".replace(",", mark))
    assert isinstance(found, Unread) or found == number
    assert isinstance(found, Unread) == (mark == "." and 1000 <= number < 1_000_000)


@given(st.decimals(0, 10**9, places=2))
def test_plain_decimals_are_read_as_they_are(number: Decimal) -> None:
    assert read(MONEY, str(number)) == number


@pytest.mark.slow
@examples(40)
@given(st.text(max_size=12))
def test_no_text_breaks_it(text: str) -> None:
    for path in (COUNT, MONEY, PERCENT, LANGUAGES, CONTENTS, TASK, FLAG, DAY):
        read(path, text)
