"""What generated policies and manifests choose from: a schema, a ledger, words, amounts, inputs."""

from __future__ import annotations

import json
from pathlib import Path

from mlpolicy.ledger import Entry, Ledger

HERE = Path(__file__).parent
SCHEMA_TEXT = (HERE / "laws.schema.json").read_text("utf-8")
SCHEMA: dict[str, object] = json.loads(SCHEMA_TEXT)
LEDGER = Ledger(
    name="guide",
    title="A guide of nothing",
    sha256="0" * 64,
    entries={
        f"C{i}": Entry(id=f"C{i}", kind="rule", text=f"what clause {i} says") for i in range(1, 6)
    },
)
REF = "ref guide#C1"

# ── What there is to choose from ─────────────────────────────────────────────────────────

TIERS = ("none", "service", "platform", "custom")
MEMBERS: dict[str, tuple[str, ...]] = {
    "tier": TIERS,
    "task": ("ta", "tb", "tc"),
    "stage": ("idea", "poc", "build", "live"),
    "skill": ("nobody", "basic", "expert"),
    "product": ("red", "green", "blue"),
    "way": ("quick", "slow"),
    "metric": ("accuracy", "recall"),
    "region": ("eu", "us", "ap"),
    "item": ("ia", "ib"),
}
ORDERED = frozenset(("tier", "stage", "skill"))
#: Amounts by unit: few, so that equality happens.
POOL: dict[str, tuple[str, ...]] = {
    "%": ("0", "50", "80", "85", "90", "100"),
    "ms": ("1", "10", "100", "250", "1000"),
    "request/month": ("0", "1", "100", "1000", "30000"),
    "USD/month": ("0", "10", "100", "1000"),
    "USD": ("0", "100", "1200", "5000"),
    "USD/request": ("0", "0.01", "0.5", "2"),
    "month": ("1", "3", "12", "24"),
    "person": ("0", "1", "2", "5"),
    "number": ("0", "1", "2", "3"),
    "day": ("0", "7", "30", "365"),
}
#: The inputs by type: those that are one plain field.
INPUTS: dict[str, tuple[str, str]] = {
    "complete": ("flag", "workload.needs.complete"),
    "explain": ("flag", "workload.needs.explain"),
    "audit": ("flag", "workload.needs.audit"),
    "own_data": ("flag", "workload.needs.own_data"),
    "strict": ("flag", "project.strict"),
    "task": ("task", "workload.task"),
    "plan": ("tier", "workload.plan"),
    "wish": ("product", "workload.product"),
    "stage": ("stage", "project.lifecycle"),
    "skill": ("skill", "project.team.skill"),
    "regions": ("set of region", "project.regions"),
    "languages": ("set of text", "workload.needs.languages"),
    "quality": ("%", "workload.quality_pct"),
    "people": ("person", "project.team.people"),
    "budget": ("USD/month", "project.budget.monthly_usd"),
    "horizon": ("month", "project.budget.horizon_months"),
    "group": ("text", "workload.group"),
    "target": ("date", "project.timeline.target"),
    "sent": ("date-time", "project.timeline.sent"),
    "opens": ("time", "workload.opens"),
}
LANGUAGES = ("en", "de", "fr")
TIMES = ("00:00", "06:00", "09:29:59.5", "09:30", "23:59:59")
#: The second and the third are one moment.
MOMENTS = (
    "2026-01-01T00:00:00Z",
    "2026-06-15T12:00:00+02:00",
    "2026-06-15T10:00:00Z",
    "2026-06-16T22:00:00.25-05:00",
)
DATES = ("2025-11-30", "2026-01-01", "2026-06-15", "2027-03-31")
POINTS = {"date": DATES, "time": TIMES, "date-time": MOMENTS}
