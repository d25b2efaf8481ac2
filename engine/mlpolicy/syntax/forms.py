"""How each declaration, and each line within one, is written: the forms that messages offer."""

from __future__ import annotations

from collections.abc import Mapping

#: The words that start a declaration, and the form of its first line.
FORMS = {
    "policy": "policy NAME 1.0.0 effective 2026-01-31",
    "manifest": 'manifest KIND schema "FILE" of SHARED, EACH in LIST',
    "source": 'source NAME = "FILE"',
    "unit": "unit NAME, NAME",
    "currency": "currency CODE",
    "convert": "convert 1 UNIT = NUMBER UNIT ref SOURCE#CLAUSE",
    "outcome": "outcome NAME : SIMPLEST < NEXT with ATTRIBUTE : TYPE",
    "enum": "enum NAME : MEMBER, MEMBER",
    "input": "input NAME : TYPE from SCOPE.FIELD",
    "records": "records NAME from SCOPE.FIELD by COLUMN, COLUMN",
    "threshold": "threshold NAME : TYPE",
    "param": "param NAME : TYPE",
    "catalog": "catalog NAME by COLUMN, COLUMN",
    "shortlist": "shortlist NAME of NAME ref SOURCE#CLAUSE",
    "define": "define NAME : TYPE = VALUE",
    "cost": "cost NAME(OPTION) : TYPE over SPAN = VALUE",
    "score": "score NAME at least 2 of",
    "decision": "decision tree NAME : TYPE",
    "tree": "tree NAME : TYPE",
    "table": "table NAME : TYPE first",
    "exception": "exception NAME to NAME when CONDITION -> VALUE ref SOURCE#CLAUSE",
    "obligation": 'obligation NAME warn "TEXT"',
    "rule": "rule NAME warn",
    "report": "report NAME, NAME",
    "test": 'test "TITLE"',
}

_CLAUSES = 'because "REASON" ref SOURCE#CLAUSE'
_ARM = f"yes: ANSWER {_CLAUSES}"
_DATED = "2026-01-31 = VALUE ref SOURCE#CLAUSE"
_CASE: Mapping[str, str] = {
    "when": "when CONDITION : VALUE",
    "otherwise": "otherwise : VALUE",
}
_TREE: Mapping[str, str] = {
    "if": f"if CONDITION : ANSWER {_CLAUSES}",
    "unless": f"unless CONDITION : ANSWER {_CLAUSES}",
    "otherwise": f"otherwise : ANSWER {_CLAUSES}",
    **dict.fromkeys(("yes", "no", "unknown"), _ARM),
    "": f"if CONDITION : ANSWER {_CLAUSES}",
}

#: The forms of the lines within a declaration, by the word that the line begins with; under "" that
#: of a line which begins with a name.
LINES: Mapping[str, Mapping[str, str]] = {
    "outcome": {"status": "status NAME, NAME", "": 'NAME "TITLE"'},
    "enum": {"": 'NAME "TITLE"'},
    "manifest": {"files": 'files "NAME.yaml", "*.NAME.yaml"', "api": 'api "example.org/v1"'},
    "input": {
        "if": "if absent VALUE ref SOURCE#CLAUSE",
        "ask": 'ask "QUESTION"',
        "title": 'title "TITLE"',
    },
    "records": {"": "COLUMN if absent VALUE ref SOURCE#CLAUSE"},
    "threshold": {"": _DATED},
    "param": {"": _DATED},
    "catalog": {"|": "| VALUE | VALUE |", "": "| VALUE | VALUE |"},
    "shortlist": {"": "NAME : CONDITION ref SOURCE#CLAUSE"},
    "define": _CASE,
    "cost": _CASE,
    "score": {"": 'NAME "QUESTION" : CONDITION'},
    "decision": _TREE,
    "tree": _TREE,
    "table": {"|": "| CELL | CELL | -> VALUE", "": "| CELL | CELL | -> VALUE"},
    "obligation": {
        "met": "met when CONDITION",
        "due": "due when CONDITION",
        "when": "when CONDITION",
        "": "when CONDITION",
    },
    "rule": {
        "for": "for CONDITION",
        "when": "when CONDITION",
        "say": 'say "TEXT" ref SOURCE#CLAUSE',
        "fix": 'fix "TEXT"',
        "bounds": "bounds VALUE",
        "if": "if unknown warn when CONDITION",
        "": "when CONDITION",
    },
    "test": {
        "like": 'like "TITLE"',
        "as_of": "as_of 2026-01-31",
        "expect": "expect answer = ANSWER STATUS",
        "|": "| VALUE | -> EXPECTED |",
        "": "SCOPE.FIELD = VALUE",
    },
}


def form_of(head: str, first: str, *, inner: bool) -> str:
    """How a line of a declaration is written that begins with `head`; `first` is the word that the
    line begins with, and `inner` says that it stands below the first line. Empty where no form is
    known."""
    if not inner:
        return FORMS.get(head, "")
    lines = LINES.get(head, {})
    return lines.get(
        first, lines.get("", FORMS.get(head, "") if head in ("define", "cost") else "")
    )
