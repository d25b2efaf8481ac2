"""`mlpolicy rule`: what a rule, an obligation or a message means."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import click

from mlpolicy.cli.exits import ExitCode
from mlpolicy.cli.options import as_of_option, config_option, extension_option, policy_option

if TYPE_CHECKING:
    from mlpolicy.core.program import PolicyTest, Program
    from mlpolicy.render.rule import Example
    from mlpolicy.session import PolicyFiles, Session


@click.command(
    "rule",
    epilog="Example: mlpolicy rule above_need",
    short_help="Say what a rule or a message means.",
)
@click.argument("id", metavar="ID")
@policy_option
@extension_option
@as_of_option
@config_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    help="Text for people, JSON, or a page in Markdown.",
)
def command(
    id: str, policy: str, extensions: tuple[str, ...], as_of: str, config: str, form: str
) -> int:
    """Say what a rule, an obligation or a message means: why, how to put it right, how to waive
    it, where it stands, and an example that the policy's own tests bring along.

    ID is what a report names: `above_need`, `MLP0702`. The policy is the one that --policy names,
    else the configuration's, else the built-in one in effect.
    """
    from mlpolicy.cli.judging import Options, chosen
    from mlpolicy.cli.output import complain, emit, has_color, refused, width
    from mlpolicy.diagnostics import CODES, about
    from mlpolicy.render.rule import (
        CHECKS,
        SCHEMA,
        known,
        of_clause,
        page_of,
        rule_json,
        rule_markdown,
        rule_text,
    )
    from mlpolicy.session import STDIN, Session
    from mlpolicy.session.elsewhere import help_for_rule, rules_elsewhere

    session = Session(config=config)
    day = as_of if as_of not in ("", "today") else _today()
    program = example = files = None
    if id not in CODES:
        governing, unread = session.config(STDIN)
        if governing is None:
            return refused(unread, form, SCHEMA)
        options = Options(policy=policy, extensions=extensions)
        files, faults = chosen(options, governing, day, session)
        program, diagnostics = session.program(files) if files else (None, ())
        if program is None and id not in CHECKS:
            return refused((*unread, *faults, *diagnostics), form, SCHEMA)
        complain((*unread, *faults, *diagnostics))
        if program and files and (id in program.rules or id in program.obligations):
            example = _example(id, files, session)
    page = page_of(id, program, example)
    if page is None:
        hint = of_clause(id, program) or help_for_rule(
            id, known(program), rules_elsewhere((files,) if files else ())
        )
        return refused((about("MLP0914", f"no rule `{id}`", help=hint),), form, SCHEMA)
    match form:
        case "json":
            emit(rule_json(page))
        case "markdown":
            emit(rule_markdown(page))
        case _:
            emit(rule_text(page, width=width(), color=has_color()))
    return ExitCode.PASS


def _example(id: str, files: PolicyFiles, session: Session) -> Example | None:
    """The manifest of the test with the fewest facts in which it fires."""
    from mlpolicy.manifest import load
    from mlpolicy.manifest.write import full
    from mlpolicy.render.rule import Example
    from mlpolicy.testing import day_of, manifest_of

    program, _, _ = session.tested(files)
    if program is None:
        return None
    schema, _ = session.schema(program, files.folder)
    fitting = [test for test in program.tests if _fires(id, test, program)]
    if schema is None or not fitting:
        return None
    test = min(fitting, key=lambda each: (len(each.given), each.title))
    data = manifest_of(test, schema).encode()
    documents, _ = load(data, "example", schema)
    text, faults = full(data, "example", schema)
    if not documents or faults:
        return None
    return Example(test.title, day_of(test, documents[0], program).isoformat(), text)


def _fires(id: str, test: PolicyTest, program: Program) -> bool:
    """Does a test expect that just this happens?"""
    from mlpolicy.core.program import ExpectedState
    from mlpolicy.core.terms import DutyState, RuleState

    wanted = (RuleState.FIRED,) if id in program.rules else (DutyState.OVERDUE, DutyState.OWED)
    return not test.bars and any(
        isinstance(each, ExpectedState) and each.name == id and each.state in wanted
        for each in test.expected
    )


def _today() -> str:
    return datetime.datetime.now(datetime.UTC).date().isoformat()
