"""The comment for a pull request: in the order of a reader's questions, and never too long."""

from __future__ import annotations

import re

import pytest

from mlpolicy.diagnostics import Diagnostic
from mlpolicy.render import titled
from mlpolicy.render.brief import cost_text
from mlpolicy.render.ledger import ledgers
from mlpolicy.render.markdown import LONGEST, markdown
from mlpolicy.render.reports.comment import comment as reported
from tests.render.render_support import EIGHT, MANIFESTS, PROJECTS, QUICK, judged

Pair = tuple[object, object]
SOME = tuple(path for path in MANIFESTS if path.endswith(QUICK))


def comment(*manifests: str, audience: str | None = None) -> str:
    found = [judged(path) for path in manifests]
    return markdown([(each.decision, each.program) for each in found], audience=audience)


@pytest.mark.slow
@pytest.mark.parametrize("manifest", PROJECTS)
@pytest.mark.parametrize("audience", [None, "team", "auditor", "author"])
def test_it_fits_and_stands_in_the_order_in_which_one_asks(
    manifest: str, audience: str | None
) -> None:
    text = comment(manifest, audience=audience)
    decision = judged(manifest).decision
    assert len(text) <= LONGEST
    assert text.startswith(f"### {decision.verdict.value.upper()}: ")
    marks = ["| workload | answer |", "**What stops it**", "**Warnings**", "**Next**: "]
    marks += ["#### Findings", "#### Owed", "#### What settles it", "#### Costs", "<details>"]
    places = [text.index(mark) for mark in marks if mark in text]
    assert places == sorted(places)
    assert "**Next**: " in text
    plain = text.replace("\\", "")
    for workload in decision.workloads:
        if workload.choice is not None:
            assert titled.answer(workload.choice, decision.titles) in plain
        for cost in ledgers(workload):
            assert cost_text(cost) in plain
    assert decision.policy.digest in text


@pytest.mark.slow
@pytest.mark.parametrize("times", [1, 3, 12, 60, 400])
def test_many_manifests_fit_too_and_what_is_left_out_is_said(times: int) -> None:
    text = comment(*[*SOME, EIGHT] * times)
    assert len(text) <= LONGEST
    heads = len(re.findall("^### ", text, re.M))
    wanted = 3 * times
    if heads < wanted:
        assert f"And {wanted - heads} more manifests" in text
    if times >= 12:
        assert "Left out here, as it is too long: " in text
        assert "`mlpolicy explain " in text
    assert text.count("<details>") == text.count("</details>")
    # What comes first in one is never left out for what comes later in another.
    assert text.count("**Next**: ") == heads


@pytest.mark.slow
def test_what_is_folded_away_gives_way_before_what_is_found() -> None:
    text = comment(*[*SOME, EIGHT] * 12)
    assert "#### Findings" in text
    assert "path and costs" not in "".join(re.findall("<summary>.*?</summary>", text))


@pytest.mark.slow
@pytest.mark.parametrize("faults", [1, 40, 2_000])
def test_messages_about_files_leave_room_for_whole_parts_of_the_rest(faults: int) -> None:
    said = "`ownr` is no field of a project; " * 8
    several = [
        Diagnostic(code="MLP0701", message=f"{said}{n}", help="write `owner`")
        for n in range(faults)
    ]
    pairs = [(judged(path).decision, judged(path).program) for path in [*SOME, EIGHT] * 20]
    text = reported(pairs, several)
    assert len(text) <= LONGEST
    told, _, rest = text.partition("\n---\n\n")
    shown = told.count("(`MLP0701`)")
    assert shown
    assert shown == faults or told.endswith(" more, which `mlpolicy check` tells\n")
    assert rest.count("**Next**: ") == len(re.findall("^### ", rest, re.M)) > 3
    assert rest.endswith(("no room here.\n", "tells it.\n"))
    assert reported([], several[:1]).startswith("### Not evaluated")
    assert reported([], []) == "No manifest was judged.\n"
