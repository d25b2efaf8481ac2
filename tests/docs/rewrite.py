"""Writes anew what the pages show of the program: answers of commands, and the tables that are
made from the code. Run it after a change, then read the difference.

    python tests/docs/rewrite.py [PAGE …]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.docs.docs_support import PAGES, Sitting, blocks, exchanges, renewed, said
from tests.docs.docs_tables import TABLES, replaced


def rewrite(page: Path, folder: Path, cache: Path) -> str:
    text = page.read_text(encoding="utf-8")
    for name in TABLES:
        text = replaced(text, name)
    sitting = Sitting(page, folder, cache)
    pieces: list[str] = []
    end = 0
    printed: list[str] | None = None
    for block in blocks(text):
        fresh = block.text
        if block.file is not None:
            sitting.write(block)
        if block.kind == "console":
            lines: list[str] = []
            for exchange in exchanges(block):
                output = said(sitting.shell(exchange.command))
                lines += [f"$ {exchange.command}", *renewed(exchange.shown, output)]
            fresh = "\n".join(lines) + "\n"
        elif block.kind == "python":
            printed = said(sitting.python(block.text))
        elif block.kind == "text" and printed:
            fresh = "\n".join(renewed(tuple(block.text.splitlines()), printed)) + "\n"
            printed = None
        pieces += [text[end : block.start], fresh]
        end = block.start + len(block.text)
    return "".join([*pieces, text[end:]])


def main() -> None:
    wanted = [Path(name).resolve() for name in sys.argv[1:]] or PAGES
    with tempfile.TemporaryDirectory() as name:
        for number, page in enumerate(wanted):
            before = page.read_text(encoding="utf-8")
            after = rewrite(page, Path(name) / str(number), Path(name) / "cache")
            if after != before:
                page.write_text(after, encoding="utf-8", newline="\n")
                print(f"{page.name} rewritten")


if __name__ == "__main__":
    main()
