"""How many questions of `ask` lead from five lines to a decided answer, where a team answers each
as it is: with what it measured, and what it has."""

from __future__ import annotations

from datetime import date

from mlpolicy.explain.decision import decide_document
from mlpolicy.interview import InterviewContext, State, answered, begin, is_firm, settling
from mlpolicy.interview.questions import Question
from mlpolicy.manifest.edit import Plain
from mlpolicy.render.notices import fault_text
from tests.policy.policy_support import WHOLE, program_at
from tests.reviewed.reviewed_support import DAY

#: Tasks of which the policy speaks, each of another service or none.
TASKS = (
    "image-moderation",
    "invoice-extraction",
    "document-ocr",
    "sentiment",
    "entities",
    "pii-detection",
    "translation",
    "speech-to-text",
    "text-to-speech",
    "recommendation",
    "text-classification",
    "churn",
    "fraud-detection",
    "tabular-classification",
    "defect-inspection",
    "medical-image-diagnosis",
)

#: What is asked of a measurement besides what it came to.
OF_A_MEASUREMENT = frozenset({"dataset", "sample_size", "measured_on", "p99_ms"})

FIVE = """project: first
owner: team/a
regions: [us-east-1]
workloads:
  - {{name: it, task: {task}}}
"""

#: What a team of some skill says that measured the service, by the last word of what it is asked.
SAYS: dict[str, Plain] = {
    "complete": True,
    "languages": ["en"],
    "value_pct": 93,
    "error": 9,
    "value": 1,
    "dataset": "own cases",
    "sample_size": 500,
    "measured_on": "2026-11-01",
    "p99_ms": 80,
    "metric": "accuracy",
    "system": "comprehend",
    "required_pct": 85,
    "infra_engineers": 0,
    "ml_level": "data_science",
    "labelled_examples": 5000,
    "requests_per_month": 10000,
    "services_in_use": [],
    "account": "existing",
    "custom_architecture": False,
    "service_monthly_usd": 300,
    "dev_usd": 5000,
    "images_per_month": 100000,
    "chars_per_text": 500,
    "texts_per_month": 10000,
    "documents_per_month": 10000,
    "pages_per_document": 2,
    "chars_per_month": 1000000,
    "minutes_per_month": 1000,
    "ops_monthly_usd": 1000,
    "monthly_usd": 1000,
    "recommendation_requests_per_month": 100000,
    "mode": "batch",
    "interactions": 100000,
}


def asked_of(task: str) -> list[str]:
    """The questions until the answer is firm, in their order, by what they ask for."""
    program, schema = program_at(WHOLE, alone=True)
    day = date.fromisoformat(DAY)
    context = InterviewContext(
        file="mlproject.yaml",
        schema=schema,
        programs=(program,),
        decide=lambda _, document: decide_document(program, document, as_of=day, today=day),
        told=fault_text,
        today=day,
    )
    state = begin(FIVE.format(task=task), context)
    assert isinstance(state, State), state
    told: list[str] = []
    while not is_firm(state.decisions[0].workloads[0]):
        question = next(settling(state, context))
        state = _answered(state, question, context)
        told.append(_asks_for(question))
    return told


def facts(asked: list[str]) -> int:
    """As how many questions these count: what belongs to one measurement is one."""
    return len([each for each in asked if each not in OF_A_MEASUREMENT])


def _asks_for(question: Question) -> str:
    return question.column or str(question.path.steps[-1])


def _answered(state: State, question: Question, context: InterviewContext) -> State:
    entry = dict(question.entry or {})
    name = "error" if entry.get("metric") in ("wer", "cer") else _asks_for(question)
    done = answered(state, question, SAYS[name], context)
    assert isinstance(done, State), done
    return done
