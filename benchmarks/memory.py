"""How much memory `check` takes, and how long its JSON is: for each workload of one manifest, and
for each manifest of a folder.

    python benchmarks/memory.py [--most N]

Memory is the most that the process had (peak RSS), in multiples of that of a bare interpreter in
the same run, and for each workload or manifest as what it adds to that of the first row. Nothing is
asserted here; `--most` leaves out what is larger.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import manifests as made

WORKLOADS = (1, 10, 100, 500)
FILES = (10, 100, 1_000, 10_000)
ARGUMENTS = ("--as-of", "2026-11-22", "--jobs", "1")


def peak(*command: str, cwd: str = ".") -> tuple[int, int, float]:
    """The peak RSS of a command in bytes, the length of its output, its processor seconds."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(command, cwd=cwd, stdout=out, stderr=err)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        return used.ru_maxrss * 1024, out.tell() or os.fstat(out.fileno()).st_size, used.ru_utime


def workloads(number: int) -> str:
    """A manifest of so many workloads, most of which say nothing but their task."""
    lines = [f"  - {{name: w{n}, task: {made.TASKS[n % len(made.TASKS)]}}}" for n in range(number)]
    head = "project: many\nowner: team/bench\nregions: [us-east-1]\nworkloads:\n"
    return head + "\n".join(lines) + "\n"


def rows(kind: str, numbers: tuple[int, ...], most: int, folder: Path, bare: int) -> None:
    """Prints a row for each number, as text and as JSON."""
    for form in ("text", "json"):
        first: tuple[int, int] | None = None
        for number in numbers:
            if number > most:
                continue
            place = folder / f"{kind}{number}"
            place.mkdir(exist_ok=True)
            if kind == "workloads":
                (place / "m.yaml").write_text(workloads(number), "utf-8")
            else:
                for n in range(number):
                    (place / f"p{n}.mlproject.yaml").write_text(made.manifest(n), "utf-8")
            named = "m.yaml" if kind == "workloads" else "."
            mlpolicy = (sys.executable, "-m", "mlpolicy", "check", named, "--format", form)
            used, length, seconds = peak(*mlpolicy, *ARGUMENTS, cwd=str(place))
            first = first or (number, used)
            added = (used - first[1]) / max(1, number - first[0]) / 1024
            print(
                f"{number:6,} {kind:9} {form:4} {used / bare:6.1f} x bare {added:8.1f} kB more each"
                f" {length / number / 1000:7.1f} kB of output each {seconds / number:6.3f} s each",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=1_000, help="workloads or manifests; 1,000")
    most = parser.parse_args().most
    bare, _, _ = peak(sys.executable, "-c", "pass")
    with tempfile.TemporaryDirectory() as folder:
        rows("workloads", WORKLOADS, most, Path(folder), bare)
        rows("manifests", FILES, most, Path(folder), bare)


if __name__ == "__main__":
    main()
