"""How fast are the commands? Prints ratios, so that numbers of two machines can be compared.

    python benchmarks/run.py [--quick] [--python PYTHON]

Every figure is the processor time of a whole process divided by that of a bare interpreter start
(`python -c pass`) measured in the same run, in turn with it, so that other work on the machine
counts less: min / median / max of the rounds. What takes long is run once. `--python` names the
interpreter of an environment in which mlpolicy is installed: there, unlike in a checkout, policies
come checked, and the first check on a machine need not check them. A machine that is busy or slow
slows both alike; byte code is kept between runs, as it is where mlpolicy is installed. Nothing is
asserted here.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import library
import manifests
import peers

WHY_NOT = ("explain", "five.yaml", "--as-of", "2026-11-22", "--why-not", "sagemaker")


def processor(
    command: list[str],
    environment: dict[str, str],
    folder: Path,
    codes: tuple[int, ...] = (0, 2),
) -> tuple[float, float]:
    """Seconds of processor time of a command and of the processes it begins, and those on the
    clock. It must end with one of the exit codes."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True)
    taken, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in codes:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr.decode()}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, taken


def row(name: str, ratios: list[float]) -> str:
    low, middle, high = min(ratios), statistics.median(ratios), max(ratios)
    return f"{name:<44}{low:8.1f}{middle:8.1f}{high:8.1f}"


def imports(command: list[str], environment: dict[str, str], folder: Path) -> list[str]:
    """How many modules a command loads, and the costliest of them by their own time."""
    done = subprocess.run(
        [command[0], "-X", "importtime", *command[1:]],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
    )
    own = [
        (int(parts[0].removeprefix("import time:")), parts[2].strip())
        for line in done.stderr.splitlines()
        if line.startswith("import time:") and len(parts := line.split("|")) == 3
        if parts[0].removeprefix("import time:").strip().isdigit()
    ]
    total = sum(time for time, _ in own) or 1
    costliest = sorted(own, reverse=True)[:10]
    lines = [f"{len(own)} modules loaded; the costliest, in parts of all import time:"]
    return lines + [f"  {time / total:6.1%}  {name}" for time, name in costliest]


def main() -> None:
    parser = argparse.ArgumentParser(description="Time the commands against a bare interpreter.")
    parser.add_argument("--quick", action="store_true", help="few rounds, fewer manifests")
    parser.add_argument("--python", default=sys.executable, help="measure what is installed there")
    options = parser.parse_args()
    quick, python = options.quick, options.python
    rounds, many = (3, 50) if quick else (15, 1000)

    with tempfile.TemporaryDirectory() as name:
        # Nothing is kept below the folder that commands run in.
        folder, own = Path(name) / "work", Path(name)
        folder.mkdir()
        (folder / "mlproject.yaml").write_text(manifests.ONE)
        (folder / "five.yaml").write_text(manifests.FIVE)
        (folder / "many").mkdir()
        for number in range(many):
            (folder / "many" / f"p{number}.mlproject.yaml").write_text(manifests.manifest(number))
        # As installed: byte code is kept, whatever the environment says that this runs in.
        kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        places = {"MLPOLICY_CACHE_DIR": str(own / "cache"), "XDG_STATE_HOME": str(own / "state")}
        cached = {**kept, **places, "NO_COLOR": "1"}
        uncached = {**cached, "MLPOLICY_NO_CACHE": "1"}
        bare = [python, "-c", "pass"]
        mlpolicy = [python, "-m", "mlpolicy"]
        check = [*mlpolicy, "check", "mlproject.yaml", "--as-of", "2026-11-22"]
        five = [*mlpolicy, "check", "five.yaml", "--as-of", "2026-11-22"]
        explain = [*mlpolicy, "explain", "mlproject.yaml", "--as-of", "2026-11-22"]
        explain_five = [*mlpolicy, "explain", "five.yaml", "--as-of", "2026-11-22"]
        cases = {
            "import click": ([python, "-c", "import click"], cached),
            "mlpolicy --version": ([*mlpolicy, "--version"], cached),
            "mlpolicy --help": ([*mlpolicy, "--help"], cached),
            "check, five lines, cached policy": (five, cached),
            "check, one manifest, cached policy": (check, cached),
            "check, one manifest, first on a machine": (check, uncached),
            "explain, one manifest, cached policy": (explain, cached),
            "explain, five lines, cached policy": (explain_five, cached),
            "explain, one manifest, first on a machine": (explain, uncached),
        }
        for command, environment in cases.values():  # byte code and caches first
            processor(command, environment, folder)
        bares: list[float] = []
        taken: dict[str, list[float]] = {case: [] for case in cases}
        for _ in range(rounds):
            for case, (command, environment) in cases.items():
                bares.append(processor(bare, cached, folder)[0])
                taken[case].append(processor(command, environment, folder)[0])
        unit = statistics.median(bares)

        print(f"processor time in bare starts (median {unit * 1000:.1f} ms, {rounds} rounds)")
        print(f"{'':<44}{'min':>8}{'median':>8}{'max':>8}")
        print(row("bare interpreter", [one / unit for one in bares]))
        for case, times in taken.items():
            print(row(case, [one / unit for one in times]))

        bare_cpu = min(processor(bare, cached, folder)[0] for _ in range(5))
        first, _ = processor(check, cached, folder)
        every = [*mlpolicy, "check", "many", "--as-of", "2026-11-22"]
        print()
        print(f"processor time in bare starts ({bare_cpu * 1000:.1f} ms), and seconds on the clock")
        long = {
            f"check of {many:,} manifests, --jobs 1": [*every, "--jobs", "1"],
            f"check of {many:,} manifests, on all cores": every,
            "explain --why-not on five lines": [*mlpolicy, *WHY_NOT],
            "mlpolicy test aws-ml-selection": [*mlpolicy, "test", "aws-ml-selection"],
        }
        for case, command in long.items():
            cpu, clock = processor(command, cached, folder)
            print(f"{case:<44}{cpu / bare_cpu:>8,.0f}{clock:>10.1f} s")
            if "--jobs" in command:
                each = max(cpu - first, 0) / (many - 1) / bare_cpu
                print(f"  {each:.2f} for each manifest after the first")
        print()
        print("check, one manifest, cached policy:", *imports(check, cached, folder), sep="\n")
    print()
    library.table(*((0.5, 20) if quick else (9.0, 200)))
    print()
    peers.table(0.3 if quick else 3.0)


if __name__ == "__main__":
    main()
