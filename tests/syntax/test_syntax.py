"""Reading policy files: nodes, places, recovery."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lark import logger

from mlpolicy.diagnostics import CODES
from mlpolicy.resources import resource_root
from mlpolicy.source import Source
from mlpolicy.syntax import tree as t
from mlpolicy.syntax.explain import RESERVED
from mlpolicy.syntax.forms import FORMS
from mlpolicy.syntax.parse import _worked_out, parse
from mlpolicy.syntax.visit import children, walk
from tests.mdcase import Case, Golden, for_each, pages
from tests.profiles import examples
from tests.syntax.syntax_cases import actual, dump

SAMPLE = (Path(__file__).parent / "data" / "sample.mlp").read_text(encoding="utf-8")
CASES = pages(Path(__file__).parent / "cases")


@for_each(CASES)
def test_a_case_reads_as_it_says(case: Case, golden: Golden) -> None:
    golden.holds(case, case.kind, actual(case))


def test_every_node_of_the_tree_is_produced_by_some_case() -> None:
    seen = {
        type(node)
        for case in CASES
        if case.kind == "tree"
        for node in walk(parse(Source("case.mlp", case.one("mlp").text))[0])
    }
    declared = {
        item
        for item in vars(t).values()
        if isinstance(item, type) and issubclass(item, t.Node) and item is not t.Node
    }
    assert declared - seen == set()


def test_every_code_of_the_section_is_shown_by_some_case() -> None:
    shown = set(
        re.findall(
            r"MLP01\d\d", "".join(block.text for case in CASES for block in case.all("errors"))
        )
    )
    shown |= {"MLP0116"}  # a test of its own, below
    assert {code for code in CODES if code.startswith("MLP01")} == shown


@pytest.mark.slow
def test_the_grammar_is_lalr_1_without_a_conflict(caplog: pytest.LogCaptureFixture) -> None:
    """Lark takes a conflict between going on and ending for going on, and says so in its log."""
    grammar = (resource_root() / "grammar" / "mlpolicy.lark").read_text("utf-8")
    logger.propagate = True
    with caplog.at_level(logging.DEBUG, logger.name):
        _worked_out(grammar)
        assert [said for said in caplog.messages if "onflict" in said] == []
        _worked_out(grammar.replace('AGGREGATE "(" disjunction', 'AGGREGATE "(" expression', 1))
    assert [said for said in caplog.messages if "onflict" in said] != []


def test_every_declaration_has_a_form() -> None:
    sample, problems = parse(Source("s", SAMPLE))
    assert problems == ()
    assert len(FORMS) >= len(get_args(t.Decl))
    assert len(sample.declarations) > 150


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda text: text.replace("\n", "\r\n"), id="line ends of two signs"),
        pytest.param(lambda text: text.rstrip("\n"), id="no last line end"),
        pytest.param(lambda text: text + "\n\n   \n", id="blank lines at the end"),
        pytest.param(lambda text: text + "# last", id="a comment as last line"),
        pytest.param(lambda text: "\ufeff" + text, id="a byte order mark"),
        pytest.param(
            lambda text: re.sub(r"(?m)$", "  # remark", text), id="a comment on each line"
        ),
        pytest.param(
            lambda text: re.sub(r"(?m)^", "# one\n    # two\n\n", text), id="between lines"
        ),
        pytest.param(lambda text: re.sub(r"(?m)[ ]+$", "", text), id="no trailing space"),
        pytest.param(lambda text: re.sub(r"(?m)^( +)", r"\1\1", text), id="wider indentation"),
    ],
)
def test_layout_changes_nothing_that_is_said(change: Callable[[str], str]) -> None:
    plain, _ = parse(Source("s", SAMPLE))
    changed, problems = parse(Source("s", change(SAMPLE)))
    assert problems == ()
    assert changed.declarations == plain.declarations


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_name_lies_where_its_text_stands(line_end: str) -> None:
    source = Source("s", SAMPLE.replace("\n", line_end))
    file, _ = parse(source)
    for node in walk(file):
        match node:
            case t.Name() | t.TypeName():
                assert source.slice(node.span) == node.text
            case t.Var():
                assert source.slice(node.span) == node.name
            case t.Number():
                assert source.slice(node.span) == node.text
            case t.Ref() | t.PathLiteral():
                assert source.slice(node.span) == str(node)
            case t.Comment():
                assert source.slice(node.span) == f"#{node.text}"
            case t.Text():
                assert source.slice(node.span)[0] == source.slice(node.span)[-1] == '"'
            case t.Row() | t.TableRow():
                assert source.slice(node.span)[0] == "|"


def test_a_node_lies_within_the_node_above_it() -> None:
    for node in walk(parse(Source("s", SAMPLE))[0]):
        for inner in children(node):
            assert node.span.start <= inner.span.start < inner.span.end <= node.span.end, node


def test_every_comment_is_kept() -> None:
    file, _ = parse(Source("s", SAMPLE))
    whole_lines = [line for line in SAMPLE.splitlines() if line.lstrip().startswith("#")]
    kept = {f"#{comment.text}" for comment in file.comments}
    assert {line.strip() for line in whole_lines} <= kept


@pytest.mark.parametrize("word", sorted(RESERVED))
def test_a_reserved_word_is_refused_as_a_name(word: str) -> None:
    _, problems = parse(Source("s", f"define {word} : flag = yes"))
    assert [problem.code for problem in problems] == ["MLP0101"]


@pytest.mark.parametrize("word", sorted(set(FORMS) | {"say", "fix", "given", "like", "status"}))
def test_words_of_declarations_are_names_elsewhere(word: str) -> None:
    text = f"define {word} : flag = {word} and x.{word} is {word}\noutcome o : {word}, b"
    file, problems = parse(Source("s", text.replace(", b", " < b")))
    assert problems == ()
    assert len(file.declarations) == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "define a : flag = " + "(" * 3000 + "x" + ")" * 3000,
        "define a : flag = " + "not " * 3000 + "x",
        "define a : flag = " + " or ".join(["x"] * 3000),
        "define a : flag = " + "-" * 3000 + "x",
        "define a : flag = x" + ".y" * 3000,
    ],
)
def test_deep_nesting_ends_in_a_message_or_a_shallow_tree(text: str) -> None:
    file, problems = parse(Source("s", text))
    if problems:
        assert [problem.code for problem in problems] == ["MLP0116"]
    else:
        assert dump(file.declarations[0])


@pytest.mark.slow
def test_a_fault_in_one_declaration_leaves_the_others() -> None:
    whole, _ = parse(Source("s", SAMPLE))
    starts = [declaration.span for declaration in whole.declarations]
    for span in starts[:: len(starts) // 20]:
        broken = SAMPLE[: span.start] + "rule \x01\n" + SAMPLE[span.start :]
        file, problems = parse(Source("s", broken))
        assert len(problems) == 1
        assert file.declarations == whole.declarations


def complete_or_told(text: str) -> None:
    source = Source("s", text)
    file, problems = parse(source)
    for problem in problems:
        assert problem.code in CODES
        assert problem.origin is not None
        assert 0 <= problem.origin.span.start <= problem.origin.span.end <= len(text)
        assert "\n" not in problem.message
        assert not problem.message.endswith(".")
        assert "__ANON" not in problem.message.upper()
    if not problems:
        read = sum(
            declaration.span.end - declaration.span.start for declaration in file.declarations
        )
        bare = re.sub(r"\s+", "", text.lstrip("\ufeff"))
        assert bool(read) or not bare or file.comments
    assert parse(source)[0] == file


@given(st.text())
@examples(200)
def test_any_text_is_read_or_told(text: str) -> None:
    complete_or_told(text)


PIECES = sorted(set(re.findall(r'"[^"\n]*"|[\w-]+|[^\w\s]|\n +|\n', SAMPLE)))


@given(st.lists(st.sampled_from(PIECES), max_size=40))
@examples(300)
def test_any_heap_of_words_is_read_or_told(pieces: list[str]) -> None:
    complete_or_told(" ".join(pieces))


@given(
    st.integers(0, len(SAMPLE)),
    st.integers(0, 60),
    st.sampled_from(
        ["", "(", ")", "{", "}", '"', "#", "|", "\n", "\n  ", "\t", "\r", "->", "or", "=="]
    ),
)
@examples(150)
def test_a_mutilated_policy_is_read_or_told(place: int, length: int, put: str) -> None:
    start = max(0, SAMPLE.rfind("\n", 0, max(0, place - 600)) + 1)
    text = SAMPLE[start:place] + put + SAMPLE[place + length : place + length + 600]
    complete_or_told(text)


@pytest.mark.slow
def test_threads_read_files_of_their_own() -> None:
    """Nothing of one file shows in the tree or the messages of another read at the same time."""
    texts = [f"input number{n} : % from project.path{n} nonsense" for n in range(40)]
    texts += [SAMPLE.replace("accuracy_bar", f"bar{n}") for n in range(4)]
    sources = [Source(f"file{n}.mlp", text) for n, text in enumerate(texts)]
    alone = [parse(source) for source in sources]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(parse, sources))
    assert together == alone
    for source, (_, found) in zip(sources, together, strict=True):
        assert all(d.origin and d.origin.source is source for d in found)
