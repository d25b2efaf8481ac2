"""How many decisions a second from Python, of the built-in policy?

    python benchmarks/library.py [--quick]

Manifests that are read are decided without an explanation (`policy.decide(…, explain=False)`), and
the verdict is asked for. Figures are workloads in a second of processor time, and bare interpreter
starts (`python -c pass`) that one takes, measured in the same run.

stated    a manifest with nothing open (`stated.mlproject.yaml`), with other amounts each time
usual     those of `manifests.py`, one as unlike the next as projects are
five      five lines, of five tasks in turn
hybrid    the projects of `tests/policy/hybrid`, of four to eight workloads
"""

from __future__ import annotations

import argparse
import datetime
import re
import resource
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import manifests as made
import peers

if TYPE_CHECKING:
    from mlpolicy.api import Policy
    from mlpolicy.core.facts import Document

HERE = Path(__file__).parent
DAY = datetime.date(2026, 11, 22)


def bare() -> float:
    """The processor time of a bare interpreter start, the least of several."""
    found = []
    for _ in range(8):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", "pass"], check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        found.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(found)


def stated(number: int) -> bytes:
    """One of many manifests that state everything: other amounts each."""
    text = (HERE / "stated.mlproject.yaml").read_text()
    text = re.sub(r"requests_per_month: \d+", f"requests_per_month: {1000 * (number + 1)}", text)
    text = re.sub(r"training_hours: \d+", f"training_hours: {1 + number % 90}", text)
    return text.encode()


def five(number: int) -> bytes:
    """Five lines, with another name and task each."""
    text = made.FIVE.replace("read-invoices", f"work-{number}")
    return text.replace("invoice-extraction", made.TASKS[number % len(made.TASKS)]).encode()


def manifests(policy: Policy, count: int) -> dict[str, list[Document]]:
    """The manifests of each kind, read."""
    hybrid = sorted((HERE.parent / "tests" / "policy" / "hybrid").glob("*.yaml"))
    return {
        "stated": [policy.read(stated(number)) for number in range(count)],
        "usual": [policy.read(made.manifest(number).encode()) for number in range(count)],
        "five": [policy.read(five(number)) for number in range(count)],
        "hybrid": [policy.read(path) for path in hybrid],
    }


def table(seconds: float, count: int) -> None:
    """Prints a line for each kind of manifest."""
    from mlpolicy.api import load_policy

    policy = load_policy("aws-ml-selection")
    unit = bare()

    def decided(document: object) -> object:
        return policy.decide(document, as_of=DAY, explain=False).verdict  # type: ignore[arg-type]

    print(f"from Python, on manifests that are read (bare start: {unit * 1000:.1f} ms)")
    print(f"{'':<10}{'workloads/s':>14}{'bare starts':>14}")
    for name, documents in manifests(policy, count).items():
        workloads = sum(len(document.workloads) for document in documents)
        for document in documents[:5]:  # what is made once
            decided(document)
        found = peers.rate(decided, documents, seconds) * workloads / len(documents)
        print(f"{name:<10}{found:>14,.0f}{1 / found / unit:>14.3f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few manifests, a second for each")
    quick = parser.parse_args().quick
    table(1.0, 20) if quick else table(9.0, 200)


if __name__ == "__main__":
    main()
