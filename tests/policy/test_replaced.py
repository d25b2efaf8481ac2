"""A price that a manifest replaces is told with the policy's, with both amounts and their basis."""

from __future__ import annotations

import datetime
import json

import pytest

from mlpolicy.core.decision import Decision
from mlpolicy.core.terms import Status
from mlpolicy.explain.decision import decide_document
from mlpolicy.manifest import load
from mlpolicy.render.html import page
from mlpolicy.render.json import decision_json
from mlpolicy.render.markdown import markdown
from mlpolicy.render.premises import replaced_text
from mlpolicy.render.text import explain
from tests.policy.policy_support import WHOLE, program_at

DAY = datetime.date(2026, 11, 22)
TEXT = """
project: p
owner: team/x
regions: [us-east-1]
workloads:
  - {name: a, task: sentiment}
prices:
  - {item: comprehend, up_to: 1000000, each_usd: 0.00008, because: our contract, by: buying}
  - {item: comprehend, each_usd: 0.00002}
"""
TOLD = (
    "price comprehend: up_to 1,000,000 billed/month each 0.00008 USD/billed, "
    "because “our contract”, says buying [m.yaml:8:5]; "
    "each 0.00002 USD/billed, no reason stated [m.yaml:9:5]; "
    "instead of up_to 10,000,000 billed/month each 0.0001 USD/billed (facts#F5.2); "
    "up_to 50,000,000 billed/month each 0.00005 USD/billed (facts#F5.2); "
    "each 0.000025 USD/billed (facts#F5.2)"
)


def decided(text: str) -> Decision:
    program, schema = program_at(WHOLE)
    (document,), faults = load(text.encode(), "m.yaml", schema)
    assert not faults
    return decide_document(program, document, as_of=DAY, today=DAY, settle=False)


@pytest.mark.slow
def test_every_view_tells_old_and_new() -> None:
    program, _ = program_at(WHOLE)
    decision = decided(TEXT)
    (found,) = decision.replaced
    assert replaced_text(found, "m.yaml") == TOLD
    assert TOLD in explain(decision, width=1000)
    assert TOLD in page([(decision, program)])
    assert "our contract" in markdown([(decision, program)])
    (told,) = json.loads(decision_json(decision))["replaced"]
    assert (told["catalog"], told["key"]) == ("price", "comprehend")
    assert told["stated"][0]["because"] == "our contract"
    assert [row["values"]["each"] for row in told["policy"]] == [
        "0.0001 USD/billed",
        "0.00005 USD/billed",
        "0.000025 USD/billed",
    ]


@pytest.mark.slow
def test_without_prices_of_its_own_nothing_is_told() -> None:
    assert decided(TEXT[: TEXT.index("prices")]).replaced == ()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("item", "status", "instead"),
    [("medical", Status.PROVISIONAL, True), ("no-such-item", Status.ERROR, False)],
)
def test_a_price_of_a_strange_item_stands_for_none(
    item: str, status: Status, instead: bool
) -> None:
    decision = decided(TEXT.replace("item: comprehend", f"item: {item}"))
    (found,) = decision.replaced
    assert decision.workloads[0].status is status
    assert bool(found.policy) is instead
    assert ("of which the policy has none" in replaced_text(found)) is not instead
