"""Rows of a table, read as a stream: its lines, their digest, and what is wrong with it."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import NoReturn

from mlpolicy.characters import clean, hidden, hidden_in
from mlpolicy.diagnostics import Diagnostic, Severity, about, at
from mlpolicy.source import Source, Span
from mlpolicy.suggest import listing, nearest

#: Bytes of a line and rows of a table at most.
MOST_LINE = 1 << 20
MOST_ROWS = 100_000_000
#: What other programs write where they have no value. It may be a label all the same.
NO_VALUE = frozenset(
    (
        "nan",
        "-nan",
        "null",
        "none",
        "nil",
        "na",
        "n/a",
        "n.a.",
        "-",
        "--",
        "?",
        ".",
        "(null)",
        "undefined",
        "unknown",
        "missing",
        "#n/a",
        "#na",
        "#null!",
        "<na>",
        "\\n",
        "nat",
        "(blank)",
        "(empty)",
        "(missing)",
        "(none)",
        "not available",
        "no value",
        "[]",
        "{}",
    )
)
#: What a spreadsheet writes where it cannot work a value out.
_SHEET_FAULT = re.compile(r"#(?:N/A|NA|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!)", re.I)


def is_no_value(cell: str) -> bool:
    """Does a cell say that there is no value, in the words of some program? It may be a label all
    the same."""
    text = cell.strip()
    return text.casefold() in NO_VALUE or _SHEET_FAULT.fullmatch(text) is not None


#: The number of faulty rows that are reported one by one.
MOST_FAULTS = 5

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}

_Row = tuple[int, int, list[str]]  # first line, last line, cells


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What a column is wanted for: the option that names it, its name, and what it holds.

    Where no name is given it is the column with one of the `usual` names; or, where there is none,
    that of another role, `otherwise`.
    """

    option: str
    says: str
    usual: tuple[str, ...]
    column: str = ""
    may_be_empty: bool = False
    otherwise: Role | None = None

    def found(self, names: Sequence[str]) -> list[tuple[Role, str]]:
        """The names that may be meant, each with the role that it plays then."""
        if self.column:
            return [(self, self.column)] if self.column in names else []
        found = [(self, name) for name in dict.fromkeys(names) if name.casefold() in self.usual]
        return found + (self.otherwise.found(names) if self.otherwise else [])


class RefusedError(Exception):
    """The table cannot be read on; never leaves this package."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


class NoColumnError(RefusedError):
    """A column that is needed is not there; never leaves this package."""


class Table:
    """A table while it is read: the lines, their digest, what is wrong so far."""

    def __init__(self, stream: Iterable[bytes], file: str) -> None:
        self.file = file
        self._hash = hashlib.sha256()
        self.lines = self._lines(stream)
        self.number = 0  # the line handed on last
        self.recent: list[str] = []  # the lines of the row being read
        self.faults: list[Diagnostic] = []
        self.doubts: list[Diagnostic] = []
        self.unreported = 0
        self.strange: Diagnostic | None = None  # a character that no text file may hold
        self.strange_rows = 0
        self.separator = ""
        self.number_of_rows = 0
        self.columns: tuple[str, ...] = ()  # the wanted ones, by name
        self.roles: tuple[Role, ...] = ()  # what they are
        self.names: tuple[str, ...] = ()  # those of all columns

    def rows(self, roles: Sequence[Role]) -> Iterator[tuple[int, tuple[str, ...]]]:
        """The first line of each row and its cells in the columns that are wanted, in their order.

        A row of another width or without a value is a fault of the table, and not handed on.
        """
        self.separator, rows = self._opened(roles)
        _, last, names = next(rows)
        if (strange := self._strange()) is not None:
            raise RefusedError(strange)
        places = self._columns(names, roles, last)
        for first, _, cells in rows:
            self.number_of_rows += 1
            if self.number_of_rows > MOST_ROWS:
                self.refuse("MLP1007", f"more than {MOST_ROWS:,} rows", "measure a sample of them")
            if len(cells) != len(names):
                many = "1 cell" if len(cells) == 1 else f"{len(cells)} cells"
                message = f"{many} where the first line has {len(names)}"
                mark = SEPARATORS[self.separator]
                help = f"put a cell that holds a {mark} into double quotes"
                if len(cells) < len(names):
                    help = f"write a {mark} between the cells of each row"
                self.row_fault("MLP1004", message, first, help)
                continue
            wanted = tuple(cells[place] for place in places)
            if (strange := self._strange()) is not None:
                if any(hidden(cell) is not None for cell in wanted):
                    self._note(strange)
                    continue
                self.strange = self.strange or strange
                self.strange_rows += 1
            empty = [
                name
                for name, role, cell in zip(self.columns, self.roles, wanted, strict=True)
                if not cell.strip() and not role.may_be_empty
            ]
            if empty:
                named = " and ".join(f"`{name}`" for name in empty)
                message = f"no value in {named}"
                self.row_fault("MLP1005", message, first, "fill it in, or take the row out")
                continue
            yield first, wanted
        if not self.number_of_rows:
            self.refuse("MLP1001", f"`{self.file}` has names of columns and no rows", "add rows")

    @property
    def digest(self) -> str:
        """That of the bytes read so far."""
        return f"sha256:{self._hash.hexdigest()}"

    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """The diagnostics on rows; the last one says how many more there are."""
        if not self.unreported:
            return tuple(self.faults)
        noun = "row has a fault" if self.unreported == 1 else "rows have faults"
        message = f"{self.unreported:,} more {noun}"
        return (*self.faults, about("MLP1004", message, self.file, help="correct these first"))

    # Lines.

    def _lines(self, stream: Iterable[bytes]) -> Iterator[str]:
        """The lines as text; the digest is over every byte."""
        rest = b""
        for piece in stream:
            self._hash.update(piece)
            *whole, rest = (rest + piece).split(b"\n")
            for line in whole:
                yield self._text(line + b"\n")
            if len(rest) > MOST_LINE:
                yield self._text(rest)
        if rest:
            yield self._text(rest)

    def _text(self, line: bytes) -> str:
        self.number += 1
        if len(line) > MOST_LINE:
            message = f"line {self.number} has more than {MOST_LINE:,} bytes"
            self.refuse("MLP1007", message, "is this a table of labels?")
        if self.number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if self.number == 1 and line.startswith(b"PK\x03\x04"):
            message = f"line 1 of `{self.file}` is not text: it is a ZIP file, as a workbook is"
            self.refuse("MLP1003", message, "save the table as CSV in UTF-8")
        if b"\0" in line or line.startswith((b"\xff\xfe", b"\xfe\xff")):
            message = f"line {self.number} of `{self.file}` is not text"
            self.refuse("MLP1003", message, "save the file as UTF-8; UTF-16 is not read")
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            message = f"line {self.number} of `{self.file}` is not UTF-8"
            self.refuse("MLP1003", message, "save the file as UTF-8")
        self.recent.append(text)
        return text

    # Rows.

    def _told_separator(self, head: list[str]) -> str | None:
        """The separator that a first line `sep=;` tells a spreadsheet, which is no row."""
        found = re.fullmatch(r"\"?sep=([,;|\t])\"?\r?\n?", head[0], re.I) if head else None
        return found[1] if found else None

    def _opened(self, roles: Sequence[Role]) -> tuple[str, Iterator[_Row]]:
        """The separator, and the rows from the first on.

        The separator is the one by which the first row has the columns; where there is none,
        the one by which it has the most cells.
        """
        head = list(islice(self.lines, 20))
        if not any(line.strip() for line in head):
            self.refuse("MLP1001", f"`{self.file}` is empty", "a table begins with column names")
        self.number, self.recent = 0, []
        if (told := self._told_separator(head)) is not None:
            del head[0]
            self.number = 1
            return told, self._rows(chain(self._again(head), self.lines), told)
        best: tuple[bool, int] = (False, 0)
        separator = ","
        for candidate in SEPARATORS:
            try:
                row: list[str] = next(filter(None, csv.reader(head, delimiter=candidate)), [])
            except csv.Error:
                continue
            names = [name.strip() for name in row]
            rank = (all(role.found(names) for role in roles), len(names))
            if rank > best:
                best, separator = rank, candidate
        return separator, self._rows(chain(self._again(head), self.lines), separator)

    def _again(self, head: list[str]) -> Iterator[str]:
        """The lines that were looked at to find the separator."""
        for line in head:
            self.number += 1
            self.recent.append(line)
            yield line

    def _rows(self, lines: Iterable[str], separator: str) -> Iterator[_Row]:
        reader = csv.reader(lines, delimiter=separator, strict=True)
        while True:
            first = self.number + 1
            self.recent = []
            try:
                cells = next(reader, None)
            except csv.Error as error:
                self._torn(first, error)
            if cells is None:
                return
            if cells:  # an empty line is no row
                yield first, self.number, cells

    def _torn(self, first: int, error: csv.Error) -> None:
        said = str(error)
        if "field larger" in said or "unexpected end" in said:
            message, help = "a quote is opened and never closed", "close it, or double it"
        elif "expected after" in said:
            message = "text follows a closing quote"
            help = 'double a quote that stands inside a cell: `""`'
        elif "new-line" in said:
            message = "a line ends with a carriage return alone"
            help = "save the file with line ends LF or CRLF"
        else:
            message, help = f"this is not CSV: {said}", "save the table as CSV again"
        raise RefusedError(self._at("MLP1006", message, first, help))

    def _columns(self, names: list[str], roles: Sequence[Role], line: int) -> list[int]:
        """Where the columns stand."""
        stripped = [name.strip() for name in names]
        self.names = tuple(stripped)
        all_of_them = listing(f"`{clean(column)}`" for column in stripped)
        faults: list[Diagnostic] = []
        lacking: list[Diagnostic] = []
        chosen: list[tuple[Role, str]] = []
        for role in roles:
            found = role.found(stripped)
            if not found and role.column:
                close = nearest(role.column, stripped)
                help = f"did you mean `{close}`?" if close else f"the columns are {all_of_them}"
                fault = self._at("MLP1002", f"no column `{role.column}`", line, help)
                if fault not in faults:
                    faults.append(fault)
                    lacking.append(fault)
            elif not found:
                both = (role, role.otherwise) if role.otherwise else (role,)
                options = " or ".join(f"`{one.option}`" for one in both)
                help = f"name it with {options}; the columns are {all_of_them}"
                message = (
                    f"which column is {role.says}? none is called `{role.usual[0]}` or the like"
                )
                lacking.append(self._at("MLP1002", message, line, help))
                faults.append(lacking[-1])
            elif len(found) > 1:
                named = listing(f"`{name}`" for _, name in found)
                options = " or ".join(dict.fromkeys(f"`{one.option}`" for one, _ in found))
                message = f"{named} may each be {role.says}"
                faults.append(self._at("MLP1008", message, line, f"name one with {options}"))
            elif (number := stripped.count(found[0][1])) > 1:
                message = f"{number} columns are called `{found[0][1]}`"
                fault = self._at("MLP1008", message, line, "give each its own name")
                if fault not in faults:
                    faults.append(fault)
            else:
                chosen += found
        if not faults:
            for place, (role, name) in enumerate(chosen):
                same = next((one for one, other in chosen[:place] if other == name), None)
                if same is not None:
                    message = f"`{name}` cannot be both {same.says} and {role.says}"
                    help = f"give `{same.option}` and `{role.option}` different columns"
                    faults.append(self._at("MLP1008", message, line, help))
        if faults:
            self.faults += faults[:-1]
            refused = NoColumnError if faults[-1] in lacking else RefusedError
            raise refused(faults[-1])
        self.roles = tuple(role for role, _ in chosen)
        self.columns = tuple(name for _, name in chosen)
        return [stripped.index(name) for name in self.columns]

    # Faults.

    def row_fault(self, code: str, message: str, line: int, help: str) -> None:
        """Notes what is wrong with the row being read; of many, only the first are told."""
        self._note(self._at(code, message, line, help))

    def doubt(self, code: str, message: str, help: str) -> None:
        """Notes a warning on the table as a whole."""
        self.doubts.append(about(code, message, self.file, help=help, severity=Severity.WARNING))

    def _note(self, fault: Diagnostic) -> None:
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(fault)
        else:
            self.unreported += 1

    def _strange(self) -> Diagnostic | None:
        """The fault of the first character in the row being read that no text file may hold."""
        for number, text in enumerate(self.recent, self.number - len(self.recent) + 1):
            if hidden(text) is not None:
                line = text[:-1].removesuffix("\r") if text.endswith("\n") else text
                return hidden_in(Source(self.file, line, number))
        return None

    def passed_over(self) -> tuple[Diagnostic, ...]:
        """What is doubtful: such characters in cells that are not used, and what was noted."""
        if self.strange is None:
            return tuple(self.doubts)
        many = "1 row has" if self.strange_rows == 1 else f"{self.strange_rows:,} rows have"
        message = f"{many} such a character in a cell that is not used: {self.strange.message}"
        return (replace(self.strange, message=message, severity=Severity.WARNING), *self.doubts)

    def _at(self, code: str, message: str, line: int, help: str) -> Diagnostic:
        """A fault of the row being read, which begins on `line`."""
        text = (self.recent[0] if self.recent else "").rstrip("\r\n")
        source = Source(self.file, text, line)
        return at(code, message, source, Span(0, len(text)), help=help)

    def refuse(self, code: str, message: str, help: str) -> NoReturn:
        """Ends the reading: the table as a whole is not what is wanted."""
        raise RefusedError(about(code, message, self.file, help=help))
