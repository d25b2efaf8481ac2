"""Works out anew what a page shows of the program: answers of commands, and the tables that are
made from the code. `python -m tests.renew PAGE` writes it."""

from __future__ import annotations

from pathlib import Path

from tests.docs.docs_support import Sitting, blocks, exchanges, said
from tests.docs.docs_tables import TABLES, replaced
from tests.shown import renewed


def rewritten(page: Path, folder: Path, cache: Path) -> str:
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
