"""A policy together with its tests: what is to be said of both before any test is run."""

from __future__ import annotations

from dataclasses import replace

from mlpolicy.core.program import Program
from mlpolicy.diagnostics import Diagnostic, in_order
from mlpolicy.session import Session
from mlpolicy.session.policies import PolicyFiles
from mlpolicy.testing import stated_faults


def checked_with_tests(
    session: Session, files: PolicyFiles, *, every: bool = False
) -> tuple[Program | None, tuple[Diagnostic, ...]]:
    """The program with its tests, with `every` those of all parts, and what is to be said about the
    text of both and about the facts that the tests state. None in its place where one of it is an
    error."""
    whole, unread = session.with_tests(files)
    if whole is None:
        return None, unread
    program, told = session.program(whole)
    if program is not None and not every:
        own = [test for test in program.tests if files.holds(test.origin.source.name)]
        program = replace(program, tests=tuple(own))
    if program is None or not program.tests:
        return program, told
    schema, unread = session.schema(program, files.folder)
    if schema is None:
        return None, (*told, *unread)
    faults = stated_faults(program, schema)
    return (None if faults else program), in_order([*told, *faults])
