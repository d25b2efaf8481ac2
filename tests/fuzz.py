"""`python -m tests.fuzz --minutes 10`: throws made inputs at the engine and says what goes wrong.

Inputs come from a number, `--seed`; `--again KIND:SEED-NUMBER` tries one of them again. What goes
wrong is kept in the folder `--keep`. Ends with 1 where anything was found."""

from __future__ import annotations

import argparse
import sys
import traceback
from pathlib import Path
from random import Random

from tests.fuzzing.run import KINDS, Tally, fuzz, one, own_folder


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0, help="of computing; 1 unless given")
    parser.add_argument("--cases", type=int, default=0, help="so many inputs instead of a time")
    parser.add_argument("--seed", default="", help="a number or a word; a new one unless given")
    parser.add_argument("--only", action="append", choices=list(KINDS), default=[])
    parser.add_argument("--again", metavar="KIND:NUMBER", default="")
    parser.add_argument("--keep", metavar="FOLDER", default="", help="keeps what goes wrong here")
    given = parser.parse_args()
    if given.again:
        kind, _, number = given.again.partition(":")
        tally = Tally()
        with own_folder():
            one(kind, number, tally)
    else:
        seed = given.seed or str(Random().randrange(10**9))
        print(f"seed {seed}", flush=True)
        seconds = 0 if given.cases else given.minutes * 60
        tally = fuzz(seed, seconds=seconds, number=given.cases, only=tuple(given.only))
    for kind, number in sorted(tally.tried.items()):
        slowest = tally.slowest[kind]
        print(f"{kind:15} {number:9,} tried, {tally.sound[kind]:,} sound, slowest {slowest:.2f} s")
    for found in tally.found:
        print(f"\n{found.kind}:{found.seed}\n{found.what}\n{found.data[:300]!r}")
        if given.keep:
            folder = Path(given.keep)
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{found.kind}-{found.seed}").write_bytes(found.data)
    print(f"{sum(tally.tried.values()):,} tried, {len(tally.found)} wrong")
    return 1 if tally.found else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        traceback.print_exc(limit=1)
        sys.exit(130)
