"""What do the tools of an author cost, on the policy that comes along? Prints ratios.

    python benchmarks/authors.py [--quick]

Every figure is the processor time of a whole command, with the processes that it begins, divided by
that of a bare interpreter start (`python -c pass`) measured in the same run; beside it the seconds
on the clock. Each is run once, with the policy in the cache; the quick form leaves out what takes
minutes. That something is found, which a tool tells by ending with 1, is no failure. Nothing is
asserted here.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

import manifests
import run

POLICIES = Path(__file__).resolve().parents[1] / "policies" / "aws-ml-selection"
OLD, NEW = "1.0.0", "1.2.0"

#: What takes minutes.
LONG = ("analyze", "diff", "mutate")

#: A policy whose table has a thousand rows.
TABLE = """\
policy sizes 1.0.0 effective 2026-01-01
manifest MLProject schema "mlproject.v1.schema.json" of project, workload in workloads
source rules = "sources/rules.yaml"
unit document
enum mode from workload.mode
enum queue : direct, nightly
input mode      : mode           from workload.mode
input documents : document/month from workload.usage.documents_per_month
table size : queue unique ref rules#R1
  | mode | documents |
"""
LEDGER = """\
name: rules
title: "Rules of a benchmark"
document: {as_of: "2026-01-01"}
facts:
  - {id: R1, kind: fact, text: "So it is.", trust: C, source: "made up", as_of: "2026-01-01"}
"""
RULE = """\
rule large advise
  when size is nightly
  say "large" ref rules#R1
  fix "send less"
"""


def raised(old: Path, new: Path) -> None:
    """Writes a policy anew with one bar of its tree three percent higher."""
    shutil.copytree(old, new)
    for file in new.glob("*.mlp"):
        text = file.read_text()
        file.write_text(
            re.sub(r"(?s)(threshold accuracy_bar .*?) = 85 %", r"\1 = 88 %", text, count=1)
        )


def sizes(folder: Path) -> None:
    """Writes a policy whose table has a thousand rows."""
    per = "document/month"
    rows = "".join(
        f"  | {mode} | >= {10 * n} {per} and < {10 * (n + 1)} {per} | -> nightly\n"
        for mode in ("real-time", "batch", "async", "streaming")
        for n in range(250)
    )
    (folder / "sources").mkdir(parents=True)
    (folder / "sources" / "rules.yaml").write_text(LEDGER)
    (folder / "policy.mlp").write_text(TABLE + rows + RULE)


def main() -> None:
    parser = argparse.ArgumentParser(description="Time the tools of an author.")
    parser.add_argument("--quick", action="store_true", help="few manifests and faults, no search")
    quick = parser.parse_args().quick
    number_of = 8 if quick else 200
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "work"
        shutil.copytree(POLICIES, folder / "policies")
        for number in range(number_of):
            file = folder / "many" / f"p{number}.mlproject.yaml"
            file.parent.mkdir(exist_ok=True)
            file.write_text(manifests.manifest(number))
        kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        environment = {**kept, "MLPOLICY_CACHE_DIR": f"{name}/cache", "NO_COLOR": "1"}
        mlpolicy = [sys.executable, "-m", "mlpolicy"]
        old, new = f"policies/{OLD}", f"policies/{NEW}"
        raised(folder / new, folder / "raised")
        sizes(folder / "sizes")
        for policy in (old, new, "raised", "sizes"):
            run.processor([*mlpolicy, "policies", "check", policy], environment, folder)
        bare = [sys.executable, "-c", "pass"]
        unit = min(run.processor(bare, environment, folder)[0] for _ in range(5))
        day = ("--as-of", "2026-11-22")
        one = ("--jobs", "1")
        commands = {
            "policies check": ("policies", "check", new),
            "fmt --check": ("fmt", "--check", new),
            "lint": ("lint", new),
            "analyze --quick": ("analyze", "--quick", new),
            "analyze": ("analyze", new),
            "analyze, a table of 1,000 rows": ("analyze", "sizes"),
            "mutate": ("mutate", new, "--most", "20", *one),
            "diff --no-witness": ("diff", old, new, "--no-witness"),
            "diff": ("diff", old, new),
            f"impact on {number_of} manifests": ("impact", old, new, "many", *day, *one),
            f"impact of a bar on {number_of}": ("impact", new, "raised", "many", *day, *one),
        }
        print(f"processor time in bare starts ({unit * 1000:.1f} ms), and seconds on the clock")
        for case, words in commands.items():
            if quick and case in LONG:
                continue
            taken, clock = run.processor([*mlpolicy, *words], environment, folder, (0, 1))
            print(f"{case:<32}{taken / unit:>8,.0f}{clock:>10.1f} s", flush=True)


if __name__ == "__main__":
    main()
