"""Running the command line in a test, for the tests of single capabilities."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from mlpolicy.cli import main
from mlpolicy.session import report_schema


@dataclass(frozen=True)
class Ran:
    """A command that ran."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The document on standard output. One that says what it is must be that."""
        value = json.loads(self.out)
        if isinstance(value, dict) and "schema" in value:
            _, which, version = value["schema"].split("/")
            assert version == "v1"
            validator(which).validate(value)
        return value


@cache
def validator(which: str) -> Draft202012Validator:
    """Tells whether a document is what `mlpolicy schema WHICH` says."""
    schema = json.loads(report_schema(which))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


Command = Callable[..., Ran]


def in_process(*args: str) -> Ran:
    """Runs the command line in this process, without pytest."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(list(args))
        except SystemExit as ended:
            return Ran(int(ended.code or 0), out.getvalue(), err.getvalue())
    raise AssertionError("the command line did not end")


def _sums(cost: dict[str, Any]) -> dict[str, Any]:
    """A cost without its lines, and those of its further formulas."""
    further = {name: _sums(each) for name, each in cost.get("formulas", {}).items()}
    kept = {name: value for name, value in cost.items() if name != "lines"}
    return {**kept, **({"formulas": further} if further else {})}


def as_checked(value: Any) -> Any:
    """A document without what only `explain` tells: steps, clauses, what amounts are of,
    advice that waits, the lines of the costs of the whole."""
    match value:
        case {"findings": [*findings], "project": {"costs": costs} as project, **rest}:
            told = [f for f in findings if (f["state"], f["level"]) != ("waiting", "advise")]
            sums = {name: _sums(cost) for name, cost in costs.items()}
            return {
                "findings": as_checked(told),
                "project": as_checked({**project, "costs": sums}),
                **as_checked(rest),
            }
        case {"children": [*_]}:
            return {**value, "children": []}
        case dict():
            return {
                name: []
                if name == "reckoned" or (name == "sources" and "per" in value)
                else as_checked(each)
                for name, each in value.items()
                if name != "clauses"
            }
        case list():
            return [as_checked(each) for each in value]
    return value
