"""An interview about a manifest: which question comes next, and what an answer changes.

`questions` holds an interview with a manifest that is there, `beginning` with one that is not
yet, and `answers` takes the answers from a file.
"""

from __future__ import annotations

from mlpolicy.interview.answers import (
    UNKNOWN,
    Given,
    begun_with,
    parse_answers,
    spread,
    take,
    unused,
)
from mlpolicy.interview.beginning import first_questions, fits, given_path, short_form
from mlpolicy.interview.questions import (
    InterviewContext,
    Purpose,
    Question,
    RecordedAnswer,
    State,
    answered,
    begin,
    completing,
    is_firm,
    not_known,
    passed_over,
    settling,
    understood,
    workloads,
)

__all__ = [
    "UNKNOWN",
    "Given",
    "InterviewContext",
    "Purpose",
    "Question",
    "RecordedAnswer",
    "State",
    "answered",
    "begin",
    "begun_with",
    "completing",
    "first_questions",
    "fits",
    "given_path",
    "is_firm",
    "not_known",
    "parse_answers",
    "passed_over",
    "settling",
    "short_form",
    "spread",
    "take",
    "understood",
    "unused",
    "workloads",
]
