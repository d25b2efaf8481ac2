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
import shutil
import sys
import tempfile
from pathlib import Path

import run

POLICIES = Path(__file__).resolve().parents[1] / "policies" / "aws-ml-selection"
OLD, NEW = "1.0.0", "1.2.0"

#: What takes minutes.
LONG = ("analyze", "diff")


def main() -> None:
    parser = argparse.ArgumentParser(description="Time the tools of an author.")
    parser.add_argument("--quick", action="store_true", help="few manifests and faults, no search")
    quick = parser.parse_args().quick
    number_of = 4 if quick else 20
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "work"
        shutil.copytree(POLICIES, folder / "policies")
        for number in range(number_of):
            file = folder / "many" / f"p{number}.mlproject.yaml"
            file.parent.mkdir(exist_ok=True)
            file.write_text(run.manifest(number))
        kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        environment = {**kept, "MLPOLICY_CACHE_DIR": f"{name}/cache", "NO_COLOR": "1"}
        mlpolicy = [sys.executable, "-m", "mlpolicy"]
        old, new = f"policies/{OLD}", f"policies/{NEW}"
        for policy in (old, new):
            run.seconds([*mlpolicy, "policies", "check", policy], environment, folder)
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
            f"mutate, {number_of} faults": ("mutate", new, "--most", str(number_of), *one),
            "diff --no-witness": ("diff", old, new, "--no-witness"),
            "diff": ("diff", old, new),
            f"impact on {number_of} manifests": ("impact", old, new, "many", *day, *one),
        }
        print(f"processor time in bare starts ({unit * 1000:.1f} ms), and seconds on the clock")
        for case, words in commands.items():
            if quick and case in LONG:
                continue
            taken, clock = run.processor([*mlpolicy, *words], environment, folder, (0, 1))
            print(f"{case:<32}{taken / unit:>8,.0f}{clock:>10.1f} s", flush=True)


if __name__ == "__main__":
    main()
