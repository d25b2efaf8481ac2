"""The manifests that the benchmarks decide."""

from __future__ import annotations

ONE = """\
project: invoice-intake
owner: team/finance-ops
regions: [us-east-1]
workloads:
  - name: read-invoices
    task: invoice-extraction
    usage: {documents_per_month: 50000, pages_per_document: 1}
"""

FIVE = """\
project: invoice-intake
owner: team/finance-ops
regions: [us-east-1]
workloads:
  - {name: read-invoices, task: invoice-extraction}
"""

TASKS = ("invoice-extraction", "sentiment", "recommendation", "fraud-detection", "translation")
LEVELS = ("none", "basic", "data_science", "ml_engineering", "unknown")


def manifest(number: int) -> str:
    """One of a thousand manifests: other tasks, teams, measurements and needs each."""
    lines = [
        f"project: project-{number}",
        "owner: team/bench",
        "regions: [us-east-1]",
        f"team: {{ml_level: {LEVELS[number % 5]}, infra_engineers: {number % 7}}}",
        "workloads:",
        f"  - name: work-{number}",
        f"    task: {TASKS[number // 5 % 5]}",
    ]
    if number % 3:
        lines.append(f"    volume: {{requests_per_month: {1000 * number}}}")
    if number % 2:
        lines.append("    needs: {complete: true, languages: [en]}")
    if number % 4 == 0:
        lines += [
            "    measurements:",
            f"      - {{system: comprehend, metric: accuracy, value_pct: {70 + number % 30},",
            "         dataset: own, sample_size: 500, measured_on: 2026-09-30}",
        ]
    return "\n".join(lines) + "\n"
