"""Writes what is said today into the cases: `python -m tests.mistakes.renew`."""

from __future__ import annotations

from dataclasses import asdict

import yaml

from tests.mistakes.mistakes_support import FILE, HERE, Mistake, cases, seen


def _entry(case: Mistake) -> dict[str, str]:
    kept = {key: value for key, value in asdict(case).items() if value}
    if case.file == FILE:
        del kept["file"]
    return kept


def main() -> None:
    text = yaml.safe_dump(
        [_entry(seen(case)) for case in cases()],
        sort_keys=False,
        allow_unicode=True,
        width=10**6,
    )
    (HERE / "cases.yaml").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
