"""The text of a policy file in, the same in its one layout out. No files.

A file is read with every token in the rule of the grammar that read it (`syntax/concrete`), and
cut into logical lines (`lines`): the lines that the grammar tells apart, however they were typed.
Neighbours of a kind get columns (`columns`), each line is broken where it is too long (`layout`),
and all of it is written out. What comes out is read again: its syntax tree, and its remarks with
what they are attached to, must be what they were. So a layout can be ugly, never wrong.

A construct that is new to the grammar needs nothing here. It may name its columns in
`columns.COLUMNS`.
"""

from __future__ import annotations

from mlpolicy.diagnostics import Diagnostic, about
from mlpolicy.format.columns import aligned
from mlpolicy.format.layout import LIMIT, lines_of
from mlpolicy.format.lines import Items, Line, attachments, items_of
from mlpolicy.source import Source
from mlpolicy.syntax.parse import parse_lossless

__all__ = ["LIMIT", "formatted"]


def formatted(source: Source) -> tuple[str | None, tuple[Diagnostic, ...]]:
    """The text of a policy file in its one layout; None, and what is wrong with it, where it
    cannot be read. Line ends are those of its first line; a byte order mark is left out."""
    file, trees, problems = parse_lossless(source)
    if problems:
        return None, problems
    plain = _written(items_of(source, trees, file.comments))
    if plain == source.text:
        return plain, ()  # read again it is what was read
    again = Source(source.name, plain)
    reread, trees_again, faults = parse_lossless(again)
    told = attachments(source, trees, file.comments)
    if (
        faults
        or reread.declarations != file.declarations
        or attachments(again, trees_again, reread.comments) != told
    ):
        message = f"in another layout `{source.name}` would say something else; it stays as it is"
        help = "a fault of mlpolicy: report it with the file"
        return None, (about("MLP1501", message, source.name, help=help),)
    first, _, _ = source.text.partition("\n")
    return plain.replace("\n", "\r\n") if first.endswith("\r") else plain, ()


def _written(items: Items) -> str:
    """The text, with `\\n` at the end of every line."""
    out: list[str] = []
    for item in aligned(items):
        if item.blank and out:
            out.append("")
        if isinstance(item, Line):
            out.extend(lines_of(item))
        else:
            out.append("  " * item.depth + item.text)
    return "".join(line + "\n" for line in out)
