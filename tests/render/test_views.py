"""Four views of one decision: what each has to say, and that none says more than a longer one."""

from __future__ import annotations

import re

import pytest

from mlpolicy.core.decision import Decision
from mlpolicy.explain.judged import judged_steps, why_passed
from mlpolicy.explain.margins import margin
from mlpolicy.render.notices import fault_text, fix, say
from mlpolicy.render.replies import ask_text
from mlpolicy.render.style import columns
from mlpolicy.render.text import explain, why_not
from mlpolicy.render.titled import outcome
from tests.render.render_support import (
    EIGHT,
    PROJECTS,
    ROOT,
    VIEWS,
    decided,
    facts,
    flat,
    judged,
    view,
)

#: Whatever the first says, the second says.
PARTS = (
    ("team", None),
    ("team", "author"),
    ("team", "auditor"),
    (None, "author"),
    (None, "auditor"),
)


def sentences(decision: Decision) -> set[str]:
    """All that a view may tell in a sentence of the policy's own."""
    found = {text for f in decision.findings for text in (say(f), fix(f))}
    for workload in decision.workloads:
        found.update(workload.choice.because if workload.choice else ())
        found.update(duty.text for duty in workload.obligations)
        found.update(ask_text(settle.ask) for settle in workload.settled_by)
        found.update((workload.hold,) if workload.hold else ())
        found.update((fault_text(workload.error),) if workload.error else ())
    found.update(clause.text for clause in decision.clauses.values())
    found.update(waiver.reason for waiver in decision.waivers)
    return {flat(text) for text in found if text}


@pytest.mark.parametrize(("short", "long"), PARTS)
@pytest.mark.parametrize("manifest", PROJECTS)
def test_every_fact_of_a_short_view_stands_in_the_longer_ones(
    manifest: str, short: str | None, long: str | None
) -> None:
    brief, whole = view(manifest, short), view(manifest, long)
    # How many checks wait, how a score stands, and on how many facts of a kind an answer rests, are
    # counts of what a longer view lists.
    counts = (
        r"^\d+ checks? waits?.*$|\d+ of \d+ are yes[^;]*; it takes \d+|^ *rests on: .*$"
        r"|^ *and \d+ more questions? on the way.*$"
    )
    brief = re.sub(counts, "", brief, flags=re.M)
    assert len(facts(brief)) > 15
    assert facts(brief) - facts(whole) == set()
    told = {text for text in sentences(decided(manifest)) if text in flat(brief)}
    assert {text for text in told if text not in flat(whole)} == set()


@pytest.mark.slow
def test_a_fact_that_a_longer_view_leaves_out_would_be_seen() -> None:
    brief, whole = view(EIGHT, "team"), view(EIGHT, "auditor")
    for fact in ("68,000.00", "untested_at_risk", "17,600.00"):
        assert fact in facts(brief)
        assert fact in facts(brief) - facts(whole.replace(fact, ""))


@pytest.mark.parametrize("manifest", PROJECTS)
def test_a_view_for_the_team_fits_on_two_screens_and_starts_with_the_answers(manifest: str) -> None:
    lines = view(manifest, "team").splitlines()
    text = flat("\n".join(lines))
    decision = decided(manifest)
    # Two screens hold five workloads. Of each more, the row, what to say, the reasons and what they
    # rest on are never left out, nor of several what is assumed and what no rule reads; by then the
    # actions are cut to one, so that nothing else makes the room for it.
    told = "\n".join(lines).partition("\nrests on\n")[2].partition("\nthe whole path")[0]
    assumed = len(told.splitlines()) if len(decision.workloads) > 1 else 0
    assert len(lines) - assumed <= 2 * 50 + 12 * max(0, len(decision.workloads) - 5)
    assert lines[0].startswith(decision.verdict.value.upper())
    for workload in decision.workloads:
        assert workload.name in text
        assert workload.status.value in text
        if workload.choice is not None:
            assert outcome(workload.choice.outcome, decision.titles) in text
    for finding in decision.findings:
        if (finding.level, finding.state) == ("block", "fired"):
            assert flat(say(finding)) in text
            assert flat(fix(finding)) in text


@pytest.mark.slow
def test_the_team_of_eight_workloads_sees_the_gravest_first_and_each_once() -> None:
    assert len(decided(EIGHT).workloads) == 8
    lines = view(EIGHT, "team").splitlines()[1:]
    levels = [line.split()[0] for line in lines if line[:2] == "  " and line[2:6].isalpha()]
    order = ["BLOCK", "WARN", "to", "waived", "ADVISE"]
    shown = [level for level in levels if level in order]
    assert shown == sorted(shown, key=order.index)
    text = "\n".join(lines)
    for finding in decided(EIGHT).findings:
        if (finding.level, finding.state) == ("block", "fired"):
            assert re.search(rf" {finding.rule}$", text, re.M), finding.rule
    (left,) = [line for line in lines if line.endswith(" more, with --full")]
    assert int(left.split()[1]) > 0
    # The path is as long as the folder of the checkout: wide enough that no line is broken in it.
    command = f"the whole path, all checks and clauses: mlpolicy explain --full {ROOT / EIGHT}"
    assert command in view(EIGHT, "team", 1000).splitlines()


@pytest.mark.slow
@pytest.mark.parametrize("width", [60, 80, 100, 140])
@pytest.mark.parametrize("audience", VIEWS)
def test_no_line_is_wider_than_asked_nor_ends_in_a_space(audience: str | None, width: int) -> None:
    for line in view(EIGHT, audience, width).splitlines():
        assert line == line.rstrip()
        assert columns(line) <= width or unbreakable(line, width), line


def unbreakable(line: str, width: int) -> bool:
    """Is it too long only for one word, with what stands before it?"""
    before, _, word = line.rpartition(" ")
    return not before.strip() or len(word) + len(before) - len(before.lstrip()) > width - 12


@pytest.mark.slow
@pytest.mark.parametrize("audience", VIEWS)
def test_colours_come_only_when_asked_for_and_change_nothing_else(audience: str | None) -> None:
    plain = view(EIGHT, audience)
    coloured = explain(decided(EIGHT), audience=audience, color=True)
    assert "\x1b" not in plain
    assert "\x1b[31;1mBLOCK\x1b[0m" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == plain


@pytest.mark.slow
@pytest.mark.parametrize("audience", VIEWS)
def test_the_same_decision_gives_the_same_words(audience: str | None) -> None:
    assert view(EIGHT, audience) == explain(decided(EIGHT), audience=audience, width=100)


@pytest.mark.slow
def test_one_workload_is_told_without_the_others() -> None:
    for audience in VIEWS:
        text = explain(decided(EIGHT), audience=audience, workload="hotline")
        assert "hotline" in text
        assert "bus-demand" not in text
        # Counts are of this one; everything else stands in the whole as well. The page for a
        # team tells the gravest only, so of that the usual one is the whole.
        alone = {fact for fact in facts(text) if not fact.isdigit()}
        whole = view(EIGHT, None if audience == "team" else audience)
        assert alone - facts(whole) == set()


# What each view is for.


@pytest.mark.slow
def test_the_auditor_reads_digests_clauses_waivers_and_why_rules_passed() -> None:
    text, decision = view(EIGHT, "auditor"), decided(EIGHT)
    assert decision.policy.digest in text
    assert decision.policy.meaning in text
    assert decision.manifest_digest in text
    for waiver in decision.waivers:
        for fact in (waiver.id, waiver.approved_by, waiver.expires_on, waiver.owner, waiver.ticket):
            assert fact in text
        assert f"approved on {waiver.approved_on}" in text
    steps = judged_steps(decision)
    for result in decision.results:
        if result.state == "passed":
            failing = why_passed(steps, result)
            assert result.rule in text
            if any(margin(each) is not None for each in failing):
                assert flat(why_not(failing, decision.titles)) in flat(text)
        if result.state == "does_not_apply":
            assert result.rule in text
    cited = {ref for f in decision.findings if f.state != "waiting" for ref in f.refs}
    cited |= {ref for w in decision.workloads if w.choice for ref in w.choice.refs}
    assert cited
    for ref in cited:
        assert flat(decision.clauses[ref].text) in flat(text)


@pytest.mark.slow
def test_the_author_reads_every_rule_with_its_place_and_what_it_came_to() -> None:
    text, judgement = view(EIGHT, "author"), judged(EIGHT)
    body = text[text.index("\nrules\n") :]
    for rule in judgement.program.rules.values():
        place = rule.origin.place
        assert (
            f"  {rule.name} ({rule.level})  {place.file.rsplit('/', 1)[-1]}:{place.line}:" in body
        )
    for result in judgement.decision.results:
        assert result.state.replace("_", " ") in body
    path = text[: text.index("\nfindings\n")]
    steps = re.findall(r" tree\.mlp:\d+:\d+", path)
    assert len(steps) > 8 * 3


@pytest.mark.slow
def test_a_clause_is_told_once() -> None:
    for audience in (None, "author", "auditor"):
        text = view(EIGHT, audience)
        for ref, clause in decided(EIGHT).clauses.items():
            assert flat(text).count(f"{ref} {flat(clause.text)}") <= 1


@pytest.mark.slow
def test_a_rule_that_says_the_same_of_several_workloads_says_it_once() -> None:
    say = "the plan is Amazon SageMaker; an AI service is the simplest that meets the stated needs"
    for audience in (None, "auditor"):
        found = flat(view(EIGHT, audience).partition("\nfindings\n")[2].partition("\nclauses")[0])
        fired, _, waived = found.partition("waived (block)")
        assert fired.count(say) == 1
        assert f"BLOCK citizen-letters, complaint-mood: {say}" in fired
        assert waived.count(say) <= 1
