"""The rows of a test's examples, each as facts and expectations as if they were written out.

What a column of expectations asks is told by its heading: `answer`, `possible`, a rule or an
obligation, or else a value. (docs/language.md, Tests)
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from mlpolicy.check.report import Report
from mlpolicy.core.terms import Status
from mlpolicy.source import Source, Span
from mlpolicy.syntax import tree
from mlpolicy.syntax.written import written

#: What a workload can be.
STATES = tuple(state.value for state in Status)

#: What an answer may be beside an outcome.
_NO_OUTCOME = ("infeasible", "nothing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row as a test of its own. `title` is that of the test with the cells that are given, and
    `as_of` the day of a column of that name."""

    title: str
    as_of: tree.DateLiteral | None
    given: tuple[tree.Given | tree.GivenBar, ...]
    expected: tuple[tree.Expectation, ...]
    span: Span


def rows(
    node: tree.TestDecl,
    source: Source,
    outcomes: Sequence[str],
    findings: Collection[str],
    report: Report,
) -> Iterator[Row]:
    """The rows of a test with examples. `outcomes` are those of the policy, `findings` its rules
    and obligations. A row that expects nothing, or with a cell that does not fit its column, is
    reported."""
    examples = node.examples
    assert examples is not None
    for row in examples.rows:
        cells = [" ".join(source.slice(cell.span).split()) for cell in row.given]
        expected = [
            found
            for cell, column in zip(row.expected, examples.expected, strict=True)
            if not isinstance(cell, tree.Dash)
            and (found := _expected(cell, column, source, outcomes, findings, report)) is not None
        ]
        if not node.expect and all(isinstance(cell, tree.Dash) for cell in row.expected):
            message = "this row expects nothing, so it would pass whatever comes of it"
            help = "write behind `->` what must come of it"
            report.error("MLP0421", message, source, row.span, help)
        yield Row(
            title=f"{node.title}: {', '.join(cells)}",
            as_of=_day(row, examples.given, source, report),
            given=tuple(
                fact
                for cell, column in zip(row.given, examples.given, strict=True)
                if (fact := _given(cell, column)) is not None
            ),
            expected=tuple(expected),
            span=row.span,
        )


def _day(
    row: tree.Example, columns: Sequence[tree.GivenColumn], source: Source, report: Report
) -> tree.DateLiteral | None:
    """The day that a row states for its test."""
    for cell, column in zip(row.given, columns, strict=True):
        if isinstance(column.target, tree.Name) and column.target.text == "as_of":
            if isinstance(cell, tree.DateLiteral):
                return cell
            if not isinstance(cell, tree.Dash):
                message, help = "a day is wanted here", "write a date such as `2026-01-31`"
                report.error("MLP0301", message, source, cell.span, help)
    return None


def _given(
    cell: tree.PlainValue | tree.Expr | tree.Dash, column: tree.GivenColumn
) -> tree.Given | tree.GivenBar | None:
    """What a cell states; None where it is `-`, or the day of the test."""
    match cell, column.target:
        case (tree.Dash(), _) | (_, tree.Name(text="as_of")):
            return None
        case tree.Plain() | tree.PlainList() | tree.PlainMap(), tree.PathLiteral() as path:
            return tree.Given(path, cell, column.of, span=cell.span)
        case value, tree.Name() as name:
            assert not isinstance(value, tree.Plain | tree.PlainList | tree.PlainMap)
            return tree.GivenBar(name, value, column.of, span=value.span)
        case _:
            raise AssertionError(cell)


def _expected(
    cell: tree.Expr | tree.AnswerCell,
    column: tree.ExpectedColumn,
    source: Source,
    outcomes: Sequence[str],
    findings: Collection[str],
    report: Report,
) -> tree.Expectation | None:
    """What a cell expects; None where it does not fit its column, which is reported."""
    named = written(column.value) if isinstance(column.value, tree.Var | tree.Column) else ""
    of, span = column.of, cell.span
    match cell:
        case tree.AnswerCell(words=(first, *more), because=because) if named == "answer":
            return tree.ExpectAnswer(
                outcome=first, words=tuple(more), settings=(), because=because, of=of, span=span
            )
        case tree.Var(name=word) if named == "answer":
            name = tree.Name(word, span=span)
            if word in STATES and word not in (*outcomes, *_NO_OUTCOME):
                return tree.ExpectStatus(name, of, span=span)
            return tree.ExpectAnswer(
                outcome=name, words=(), settings=(), because=None, of=of, span=span
            )
        case tree.SetLiteral(items=items) if named == "possible":
            names = tuple(
                tree.Name(item.name, span=item.span) for item in items if isinstance(item, tree.Var)
            )
            if len(names) == len(items):
                return tree.ExpectPossible(names, of, span=span)
        case tree.Var(name=word) if named in findings:
            name = tree.Name(named, span=column.value.span)
            state = tree.Name(word, span=span)
            return tree.ExpectState(name=name, state=state, of=of, span=span)
        case tree.As(operand=tree.Var(name=word) as said, unit=tree.TypeName() as level) if (
            named in findings
        ):
            return tree.ExpectState(
                name=tree.Name(named, span=column.value.span),
                state=tree.Name(word, span=said.span),
                of=of,
                level=tree.Name(level.text, span=level.span),
                span=span,
            )
        case tree.AnswerCell():
            pass
        case _ if named not in ("answer", "possible") and named not in findings:
            return tree.ExpectValue(column.value, cell, of, span=span)
        case _:
            pass
    wanted = {
        "answer": "an answer, as `by_hand decided`",
        "possible": "a set of outcomes, as `{a, b}`",
    }.get(named, "the state of a rule or obligation" if named in findings else "one value")
    message = f"below `{source.slice(column.value.span)}` stands {wanted}"
    report.error("MLP0301", message, source, span, "write that, or `-` where nothing is asked")
    return None
