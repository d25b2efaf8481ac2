"""The decision tree as a graph: all of it, each tree once, and the path as it was taken."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mlpolicy.cli.judging import Judgement, Options, judge
from mlpolicy.core.decision import Choice, Decision, WorkloadDecision
from mlpolicy.core.notices import RowsMatch
from mlpolicy.core.program import GotoNode, IfNode, Program, TreeNode
from mlpolicy.core.terms import Status
from mlpolicy.render.graph import Graph, GraphNode, dot, graph, mermaid
from mlpolicy.render.markdown import markdown
from tests.render.render_support import EIGHT, PROJECTS, ROOT, judged

GATE = ROOT / "tests/snapshots/gate"


def gate() -> Judgement:
    """Three workloads under a policy without arms for unknown: one held, one open, one plain."""
    manifest = ROOT / "tests/snapshots/manifests/undecided.mlproject.yaml"
    return judge([str(manifest)], Options(policy=str(GATE), as_of="2026-11-22")).judgements[0]


def all_graphs(manifest: str) -> list[tuple[Decision, Graph]]:
    found = judged(manifest)
    return [(found.decision, graph(found.program, each)) for each in found.decision.workloads]


def steps(program: Program) -> list[TreeNode]:
    """Every node that the decision can come to, counted from the program alone."""
    seen: list[TreeNode] = []
    trees: set[str] = set()

    def visit(node: TreeNode) -> None:
        seen.append(node)
        if isinstance(node, GotoNode):
            enter(node.tree)
        if isinstance(node, IfNode):
            for arm in (node.yes, node.no, node.unknown_arm):
                if arm is not None:
                    visit(arm)

    def enter(tree: str) -> None:
        if tree not in trees:
            trees.add(tree)
            visit(program.trees[tree].root)

    enter(program.decision)
    return seen


@pytest.mark.slow
@pytest.mark.parametrize("manifest", PROJECTS)
def test_the_whole_tree_is_there_each_part_once_and_hangs_together(manifest: str) -> None:
    inside = [s for s in steps(judged(manifest).program) if not isinstance(s, GotoNode)]
    for _, drawn in all_graphs(manifest):
        ids = [node.id for node in drawn.nodes]
        assert len(ids) == len(set(ids))
        places = [(n.at, n.kind == "if") for n in drawn.nodes if n.kind != "tree"]
        assert sorted(map(str, places)) == sorted(
            str((s.origin.place, isinstance(s, IfNode))) for s in inside
        )
        targets = {edge.target for edge in drawn.edges}
        assert set(ids) - targets == {ids[0]}
        assert targets | {edge.source for edge in drawn.edges} <= set(ids)
        for node in drawn.nodes:
            arms = [edge.arm for edge in drawn.edges if edge.source == node.id]
            if node.kind == "if":
                words = sorted(word for arm in arms for word in arm)
                assert words in (["no", "unknown", "yes"], ["no", "yes"])
            else:
                assert arms == ([()] if node.kind == "tree" else [])


@pytest.mark.parametrize("manifest", PROJECTS)
def test_the_path_leads_from_the_head_to_the_answer_and_possible_is_what_is_possible(
    manifest: str,
) -> None:
    for (_, drawn), workload in zip(
        all_graphs(manifest), judged(manifest).decision.workloads, strict=True
    ):
        end = list(path(drawn))[-1]
        shown = answer(workload, workload.choice)
        assert end.text == shown
        assert (end.kind == "hold") == (workload.choice is None)
        if workload.choice is None:
            assert workload.hold
            assert end.detail == (workload.hold,)
        elif workload.choice.because:
            assert end.detail[0] == workload.choice.because[-1]
        ends = {n.text for n in drawn.nodes if n.kind not in ("if", "tree")
                and n.state == "possible"}  # fmt: skip
        possible = {answer(workload, choice) for choice in workload.possible}
        assert ends | {shown} == possible | {shown}
        for node in drawn.nodes:
            if node.kind == "if":
                assert bool(node.detail) == (node.state == "taken")
        for edge in drawn.edges:
            (source,) = [node for node in drawn.nodes if node.id == edge.source]
            if edge.state != "not taken":
                assert source.state != "not taken"


def answer(workload: WorkloadDecision, choice: Choice | None) -> str:
    """The word at the end of a path: where the policy gives no answer, how it says so."""
    if choice is not None and choice.outcome:
        return choice.outcome
    return workload.status.value if workload.choice is None else "infeasible"


def path(drawn: Graph) -> Iterator[GraphNode]:
    """The nodes taken, one edge after the other."""
    nodes = {node.id: node for node in drawn.nodes}
    here = drawn.nodes[0]
    yield here
    while True:
        ways = [e for e in drawn.edges if e.source == here.id and e.state == "taken"]
        if not ways:
            break
        (way,) = ways
        here = nodes[way.target]
        assert here.state == "taken"
        yield here


def test_a_hold_and_an_open_answer_end_where_they_end() -> None:
    found = gate()
    drawn = {w.name: graph(found.program, w) for w in found.decision.workloads}
    waits, open_, plain = (list(path(drawn[name])) for name in ("waits", "open", "plain"))
    assert [(n.kind, n.text) for n in waits] == [
        ("tree", "choice"), ("if", "own"), ("hold", "held"),
    ]  # fmt: skip
    assert [(n.kind, n.text) for n in open_][1:] == [("if", "own"), ("if", "required > bar")]
    assert open_[-1].detail == ("required (90 .. 97 %) > bar (95 %): unknown",)
    assert plain[-1].text == "ai_service"
    ends = [n for n in drawn["open"].nodes if n.kind == "outcome"]
    assert [(n.text, n.state) for n in ends] == [
        ("sagemaker", "not taken"), ("sagemaker", "possible"), ("ai_service", "possible"),
    ]  # fmt: skip


def test_of_a_workload_in_error_no_path_is_known() -> None:
    found = gate()
    broken = replace(
        found.decision.workloads[0],
        status=Status.ERROR,
        error=RowsMatch((), sure=True),
        trace=replace(found.decision.workloads[0].trace, children=()),
    )
    assert {n.state for n in graph(found.program, broken).nodes} == {"possible"}


# The two languages.

NASTY = 'a "quoted" \\ name; <b>&amp;</b> | [x] {y} `z` #quot; %%{init} \x1b[2J ü—日本\nend'


def nasty(tmp_path: Path) -> Judgement:
    """A policy and a manifest whose words would mean something to Mermaid, DOT or Markdown."""
    pack = tmp_path / "gate"
    shutil.copytree(GATE, pack)
    words = "say <script>alert(1)</script> & a | b, #35; \\\\ `x` @team"
    text = (pack / "gate.mlp").read_text()
    text = text.replace("say whether the model must be your own", words)
    (pack / "gate.mlp").write_text(text.replace("a service is good enough", words))
    manifest = ROOT / "tests/snapshots/manifests/undecided.mlproject.yaml"
    found = judge([str(manifest)], Options(policy=str(pack), as_of="2026-11-22")).judgements[0]
    decision = replace(
        found.decision,
        manifest_name=NASTY,
        workloads=tuple(replace(w, name=f"{w.name} {NASTY}") for w in found.decision.workloads),
    )
    return replace(found, decision=decision)


def pairs_of(found: Judgement) -> list[tuple[Decision, Program]]:
    return [(found.decision, found.program)]


LABEL = r'"[^"<>\\`\n]*(?:<br>[^"<>\\`\n]*)*"'
MERMAID = re.compile(
    rf"""flowchart[ ]TD
    |[ ]+%%[ ][^%{{}}]+
    |[ ]+classDef[ ]\w+[ ][\w:#,\- ]+
    |[ ]+subgraph[ ]w\d+\[{LABEL}\]
    |[ ]+end
    |[ ]+w\d+_\w+(?:\[\[{LABEL}\]\]|\(\[{LABEL}\]\)|\({LABEL}\)|\[/{LABEL}/\]):::\w+
    |[ ]+w\d+_\w+[ ](?:==>|-\.->|-->)(?:\|{LABEL}\|)?[ ]w\d+_\w+""",
    re.X,
)
TOKEN = re.compile(r'\s+|//[^\n]*\n|"(?:[^"\\\n]|\\.)*"|->|[{}\[\]=,;]|[A-Za-z_]\w*|[\d.]+')


def tokens(text: str) -> list[str]:
    """A DOT text cut into its tokens; nothing may be left over."""
    found, at = [], 0
    while at < len(text):
        token = TOKEN.match(text, at)
        assert token, text[at : at + 40]
        found.append(token[0])
        at = token.end()
    return [token for token in found if token.strip() and not token.startswith("//")]


def check_mermaid(text: str) -> None:
    for line in text.splitlines():
        assert MERMAID.fullmatch(line), line
        # Every `#` is the beginning of a character by its number.
        for label in re.findall(r'"([^"]*)"', line):
            assert not re.search(r"#(?!\d+;)", label), line


def check_dot(text: str) -> None:
    found = tokens(text)
    for opened, closed in ("{}", "[]"):
        assert found.count(opened) == found.count(closed)
    assert found[:3] == ["digraph", "decision", "{"]
    drawn = {found[n - 1] for n, token in enumerate(found) if token == "[" and found[n - 2] != "->"}
    for n, token in enumerate(found):
        if token == "->":
            assert {found[n - 1], found[n + 1]} <= drawn


@pytest.mark.parametrize("manifest", PROJECTS)
def test_mermaid_and_dot_are_well_formed_and_draw_every_edge(manifest: str) -> None:
    found = judged(manifest)
    drawn = all_graphs(manifest)
    for each, (_, whole) in zip(found.decision.workloads, drawn, strict=True):
        flow = mermaid(pairs_of(found), workload=each.name)
        digraph = dot(pairs_of(found), workload=each.name)
        check_mermaid(flow)
        check_dot(digraph)
        arrows = re.findall(r" (==>|-\.->|-->)", flow)
        assert len(arrows) == tokens(digraph).count("->") == len(whole.edges)
        assert arrows.count("==>") == sum(edge.state == "taken" for edge in whole.edges)
        assert flow == mermaid(pairs_of(found), workload=each.name)


@pytest.mark.slow
def test_of_several_workloads_only_what_was_met_is_drawn() -> None:
    found = judged(EIGHT)
    text = mermaid(pairs_of(found))
    check_mermaid(text)
    check_dot(dot(pairs_of(found)))
    assert text.count("  subgraph ") == 8
    assert " --> " not in text
    # The limits of Mermaid where it is used without settings.
    assert len(text) < 50_000
    assert len(re.findall(r"==>|-\.->", text)) < 500


def test_no_words_of_a_manifest_or_policy_leave_their_quotes(tmp_path: Path) -> None:
    found = nasty(tmp_path)
    pairs = pairs_of(found)
    check_mermaid(mermaid(pairs))
    check_dot(dot(pairs))
    for text in (mermaid(pairs), dot(pairs)):
        assert "\x1b" not in text
        assert "日本" in text
    assert "#60;script#62;" in mermaid(pairs)
    assert "&amp;amp;" in dot(pairs)


# Markdown.

TAGS = re.compile(r"</?(?:details|summary|sub|br)>|<!-- -->")


def outside_fences(text: str) -> str:
    return re.sub(r"^(`{3,})text\n.*?\n\1$", "", text, flags=re.S | re.M)


def check_markdown(text: str) -> None:
    body = outside_fences(text)
    assert body.count("<details>") == body.count("</details>")
    assert len(re.findall(r"^`{3,}", body, flags=re.M)) == 0
    # Code spans are what they are; elsewhere only our own tags.
    words = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", body)
    assert "<" not in re.sub(r"\\<", "", TAGS.sub("", words)), words
    assert not re.search(r"(?<![\w/`])@(?=\w)", words)
    tables = re.findall(r"(?:^\|.*\n)+", body, flags=re.M)
    assert tables
    for table in tables:
        rows = table.splitlines()
        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in rows}) == 1, table


@pytest.mark.slow
@pytest.mark.parametrize("audience", [None, "team", "author", "auditor"])
def test_a_comment_is_well_formed_and_says_the_gravest_first(audience: str | None) -> None:
    found = judged(EIGHT)
    text = markdown(pairs_of(found), audience=audience)
    check_markdown(text)
    assert text.startswith("### BLOCK: city-services\n\nThis may not pass as it is. ")
    assert text.splitlines()[4] == "| workload | answer | status | cost |"
    for workload in found.decision.workloads:
        assert f"| **{workload.name}** |" in text
    (grave,) = re.findall(r"^- \*\*block\*\* .*\n(?:  - .*\n)*?  - `above_need` .*", text, re.M)
    assert "(citizen-letters, complaint-mood)" in grave
    reasons = text[text.index("#### Findings") :]
    assert grave in reasons[: reasons.index("- **warn** ")]
    assert found.decision.policy.digest in text
    assert found.decision.manifest_digest in text
    # What is folded away for this reader is there, or is said to be left out.
    folded = {None: ": path and costs", "team": ""}.get(audience, f"all of it, for the {audience}")
    wanted = {None: len(found.decision.workloads), "team": 0}.get(audience, 1)
    there = len(re.findall(f"<summary>.*{folded}</summary>", text)) if folded else 0
    assert (there < wanted) == ("\nLeft out here, as it is too long: " in text)
    assert (": path and costs</summary>" in text) == (audience is None)
    assert all(line == line.rstrip() for line in outside_fences(text).splitlines())


@pytest.mark.parametrize("manifest", PROJECTS)
def test_every_project_has_a_comment(manifest: str) -> None:
    text = markdown(pairs_of(judged(manifest)))
    assert len(text) < 65_000
    check_markdown(text)


def test_nothing_in_a_comment_speaks_to_its_reader_but_we(tmp_path: Path) -> None:
    text = markdown(pairs_of(nasty(tmp_path)))
    check_markdown(text)
    assert "\\<script\\>" in text
    assert "@<!-- -->team" in text
    assert "\x1b" not in text
