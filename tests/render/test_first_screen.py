"""What a person meets first: a page that fits a screen, in everyday words, which tells once what is
assumed, what no rule reads and what the manifest replaces."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mlpolicy.core.decision import Decision, Founded
from mlpolicy.core.titles import Titles
from mlpolicy.render import reasons
from mlpolicy.render.text import explain
from tests.command_support import in_process
from tests.render.render_support import MANIFESTS, QUICK, ROOT, decided, flat, view

SCENARIOS = ROOT / "tests/policy/scenarios"
#: Two screens are what a team is ready to read; about one is what somebody new does.
SCREEN = 55

PAGE = """\
project: letters
owner: team/x
lifecycle: build
regions: [us-east-1]
business: {problem: letters lie unread, risk_rating: low}
team: {skills: {mlops: some}}
workloads:
  - name: mood
    task: sentiment
    needs: {complete: true, languages: [en]}
    traffic: {pattern: steady}
    usage: {texts_per_month: 1000000, chars_per_text: 500}
    measurements:
      - {system: comprehend, metric: accuracy, value_pct: 91, dataset: own letters,
         sample_size: 900, measured_on: 2026-10-01}
prices:
  - {item: comprehend, each_usd: 0.00007, because: our contract}
"""


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    Path("mlproject.yaml").write_text(PAGE)
    return "mlproject.yaml"


@pytest.mark.slow
@pytest.mark.parametrize("command", [("explain",), ("check", "-v")])
def test_what_is_assumed_unread_and_replaced_is_told_once(
    command: tuple[str, ...], page: str
) -> None:
    ran = in_process(*command, "--as-of", "2026-11-22", page)
    told = flat(ran.out)
    assert told.count("assumed Does it take machine learning? yes;") == 1
    assert told.count("Longest time for an answer: unlimited") == 1
    assert told.count("computed ") >= 1
    assert told.count("replaced by the manifest: price comprehend: each 0.00007 USD") == 1
    assert "because “our contract”" in told
    assert "instead of " in told
    assert told.count("stated, and read by no rule: project.business.problem") == 1
    assert "project.team.skills.mlops (the extension team reads it)" in told
    assert "workload.traffic.pattern (the extension savings reads it)" in told


@pytest.mark.slow
def test_with_the_extension_that_reads_a_field_it_is_read(page: str) -> None:
    told = flat(in_process("explain", "--extension", "savings", page).out)
    assert "workload.traffic.pattern" not in told
    assert "project.team.skills.mlops (the extension team reads it)" in told


def test_usual_lines_of_check_say_nothing_of_it(page: str) -> None:
    told = in_process("check", "--as-of", "2026-11-22", page).out
    assert "assumed" not in told
    assert "read by no rule" not in told


@pytest.mark.slow
def test_what_was_computed_is_not_listed_as_assumed() -> None:
    decision = decided("tests/policy/scenarios/call-sentiment.mlproject.yaml")
    (workload,) = decision.workloads
    computed = {str(each.path) for each in workload.assumed if each.computed}
    assert "workload.costs.ai_service.service_monthly_usd" in computed
    assert {
        str(each.path) for each in workload.rests_on if each.founded is Founded.COMPUTED
    } <= computed
    text = flat(view("tests/policy/scenarios/call-sentiment.mlproject.yaml", None))
    assumed, _, rest = text.partition("computed from what is stated: ")
    assumed = assumed.partition("assumed, as nothing is stated: ")[2]
    rest = rest.partition(" findings ")[0]
    for path in computed:
        assert path in rest
        assert path not in assumed


# The page of one manifest, and of several.


@pytest.mark.slow
@pytest.mark.parametrize("path", sorted(SCENARIOS.glob("*.yaml")), ids=lambda path: path.name)
def test_the_page_of_one_project_fits_a_screen_with_the_answer_on_top(path: Path) -> None:
    lines = view(path.relative_to(ROOT).as_posix(), "team").splitlines()
    assert len(lines) <= SCREEN
    assert any(
        word in line for line in lines[:5] for word in ("decided", "provisional", "undecided")
    )


@pytest.mark.slow
def test_several_manifests_have_a_few_lines_each_and_all_say_their_answer() -> None:
    names = sorted(SCENARIOS.glob("*.yaml"))
    ran = in_process("explain", str(SCENARIOS))
    lines = ran.out.splitlines()
    assert len(names) == 5
    assert len(lines) <= SCREEN
    blocks = ran.out.split("\n\n")
    assert len(blocks) == len(names) + 1
    for block, name in zip(blocks, names, strict=False):
        decision = decided(name.relative_to(ROOT).as_posix())
        (workload,) = decision.workloads
        assert workload.choice is not None
        said = flat(block)
        assert decision.titles.answer(workload.choice.outcome or "") in said
        assert all(reason in said for reason in workload.choice.because)
        assert len(block.splitlines()) <= 10
    assert "mlpolicy explain MANIFEST" in blocks[-1]


@pytest.mark.slow
def test_pages_of_several_manifests_are_there_for_who_asks() -> None:
    told = in_process("explain", "--for", "team", str(SCENARIOS)).out
    assert told.count("\nthe whole path, all checks and clauses: ") == 5


# Everyday words.

#: Two names of a policy with a point between them; what begins with a word for what a manifest
#: holds is its field, which is what a person writes.
NAMES = re.compile(r"(?<![\w/@.-])[a-z_]\w*(?:\[[^\]]*\])?(?:\.[a-z_]\w*)+(?![\w/@-])")
FILES = (".mlp", ".yaml", ".toml", ".json")


def names_of_the_policy(text: str, decision: Decision) -> set[str]:
    """The dotted names in a text that are no field of the manifest, no file, and no rule of a row:
    by its name a finding is waived."""
    fields = tuple(f"{each.word}." for each in (decision.scopes.shared, decision.scopes.each))
    # In backticks the policy says what to write; and a manifest states names of machines.
    text = re.sub(r"`[^`]*`", "", text)
    found = {name for name in NAMES.findall(text) if not name.startswith((*fields, "ml."))}
    rules = {result.rule for result in decision.results}
    return {name for name in found - rules if not name.endswith(FILES)}


@pytest.mark.parametrize("audience", ["team", None, "auditor"])
@pytest.mark.parametrize(
    "manifest",
    [
        pytest.param(path, marks=() if path.endswith(QUICK) else pytest.mark.slow)
        for path in MANIFESTS
    ],
)
def test_no_view_for_people_speaks_in_names_of_the_policy(
    manifest: str, audience: str | None
) -> None:
    assert names_of_the_policy(view(manifest, audience), decided(manifest)) == set()


def test_a_name_of_the_policy_would_be_seen() -> None:
    manifest = "tests/policy/scenarios/call-sentiment.mlproject.yaml"
    decision = decided(manifest)
    found = names_of_the_policy(view(manifest, "author"), decision)
    assert {"offering.timed.p99_ms", "measurement.value_pct"} <= found
    bare = re.sub(r"(?<=  )p99 ms", "offering.timed.p99_ms", view(manifest, "auditor"))
    assert names_of_the_policy(bare, decision) == {"offering.timed.p99_ms"}


def test_a_wording_is_told_in_words() -> None:
    titles = Titles(values={"latency_limit": "Longest time"})
    assert reasons.in_words("offering.timed.p99_ms <= most", titles) == "p99 ms <= most"
    assert reasons.in_words("reach[offering.service].regions", titles) == "regions"
    assert reasons.in_words("latency_limit", titles) == "Longest time"
    assert reasons.called_of("usual_cost(diy)", titles) == "usual cost(diy)"


# The auditor's clauses.


def test_the_auditor_reads_the_clauses_that_speak_for_the_decision() -> None:
    """Each clause that the page cites is told, or named as cited besides; what is told is a part
    of it, in which those of the answer and the bar stand."""
    manifest = "tests/policy/scenarios/call-sentiment.mlproject.yaml"
    decision = decided(manifest)
    text = explain(decision, audience="auditor")
    page, _, clauses = text.partition("\nclauses that speak for this decision\n")
    told = set(re.findall(r"^  (\w+#[\w.]+)  ", clauses, re.M))
    besides = set(re.findall(r"\w+#[\w.]+", clauses.partition("cited besides")[2]))
    (workload,) = decision.workloads
    assert workload.choice is not None
    assert set(workload.choice.refs) | {"guide#G22.8", "guide#C1", "facts#F5.2"} <= told
    assert len(told) < 20
    assert not told & besides
    cited = set(re.findall(r"\w+#[A-Z][\w.]*\w", page)) & set(decision.clauses)
    assert cited <= told | besides
    for ref in ("guide#C20", "guide#G15.2", "facts#F5.70"):  # other services, other steps
        assert ref in besides
