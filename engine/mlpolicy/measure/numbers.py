"""Amounts as people and programs write them into tables, where they can mean one thing only."""

from __future__ import annotations

import re
from decimal import Decimal
from enum import Enum

from mlpolicy.characters import clean
from mlpolicy.measure.table import Table, is_no_value

#: Characters of a number, and its power of ten, at most.
_MOST_CHARACTERS = 60
_MOST_POWER = 30

_PLAIN = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE]([-+]?[0-9]{1,3}))?")
#: One group of three behind a comma: a thousand, or three decimals.
_EITHER = re.compile(r"[-+]?[1-9][0-9]{0,2},[0-9]{3}")
#: The same behind a point, which is read as a decimal point.
_THOUSANDS = re.compile(r"[-+]?[1-9][0-9]{0,2}\.[0-9]{3}")
_COMMA = re.compile(
    r"[-+]?[0-9]+,[0-9]+|[-+]?[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+|[-+]?[0-9]{1,3}(?:\.[0-9]{3}){2,}"
)
_GROUPED = re.compile(r"[-+]?[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]+|[-+]?[0-9]{1,3}(?:,[0-9]{3}){2,}")


class _Mark(Enum):
    POINT = "point"
    COMMA = "comma"


class Numbers:
    """The numbers of one table, all with the same decimal mark."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._mark: _Mark | None = None
        self._doubtful = ""  # the first number with a point that may stand between thousands
        self._is_decimal = False  # has a number shown that the point is a decimal one?

    def doubts(self) -> None:
        """Warns where every number with a point may have it between thousands."""
        if self._doubtful and not self._is_decimal:
            text = self._doubtful
            message = (
                f"`{text}` counts as {Decimal(text).normalize():f}, and every number of the table "
                "with a point could be one of thousands"
            )
            help = f"where `{text.replace('.', '')}` is meant, write it without the point"
            self._table.doubt("MLP1017", message, help)

    def read(self, cell: str, column: str, line: int) -> Decimal | None:
        """The number in a cell; None where it is none for certain, which is a fault of the row."""
        text = cell.strip()
        shown = f"`{clean(text if len(text) <= 40 else text[:39] + '…')}` in `{column}`"
        if is_no_value(text):
            help = "fill it in, or take the row out"
            return self._fault(f"{shown} says that there is no number", line, help)
        if len(text) > _MOST_CHARACTERS:
            return self._fault(f"{shown} is too long for a number", line, "write fewer digits")
        mark: _Mark | None = None
        if found := _PLAIN.fullmatch(text):
            if found[1] and abs(int(found[1])) > _MOST_POWER:
                help = f"powers of ten up to {_MOST_POWER} are read"
                return self._fault(f"{shown} is too large or too small", line, help)
            mark = _Mark.POINT if "." in text else None
            plain = text
            if _THOUSANDS.fullmatch(text):
                self._doubtful = self._doubtful or text
            elif mark is not None or len(text.lstrip("-+")) > 3:  # 1234 has no mark of thousands
                self._is_decimal = True
        elif _EITHER.fullmatch(text):
            joined, pointed = text.replace(",", ""), text.replace(",", ".")
            message = f"{shown} may be {joined} or {pointed}"
            return self._fault(message, line, f"write `{joined}` or `{pointed}`")
        elif _GROUPED.fullmatch(text):
            mark, plain = _Mark.POINT, text.replace(",", "")
        elif _COMMA.fullmatch(text):
            mark, plain = _Mark.COMMA, text.replace(".", "").replace(",", ".")
        else:
            help = (
                "write digits with a decimal point, such as `12.5`, without unit or sign of money"
            )
            return self._fault(f"{shown} is no number", line, help)
        if mark is not None and self._mark not in (None, mark):
            message = f"{shown} has a decimal {mark.value}, and a row above a decimal "
            message += "comma" if mark is _Mark.POINT else "point"
            return self._fault(message, line, "write all numbers with a decimal point")
        self._mark = mark or self._mark
        return Decimal(plain)

    def _fault(self, message: str, line: int, help: str) -> Decimal | None:
        self._table.row_fault("MLP1017", message, line, help)
        return None
