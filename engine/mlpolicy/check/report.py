"""Where the checker's passes put what they find wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from mlpolicy.diagnostics import Diagnostic, Label, Severity, at, in_order
from mlpolicy.pattern import pattern
from mlpolicy.source import Origin, Source, Span
from mlpolicy.suggest import Guesses

#: Faults of a value that is of another type or unit than is wanted, and of an operand that is of no
#: type of those that are asked for.
_OF_TYPES = frozenset({"MLP0301", "MLP0302"})
_OF_OPERANDS = _OF_TYPES | {"MLP0313"}

#: Faults that one mistake causes wherever a name is used: reported once, with the other places.
_ONCE = frozenset({"MLP0202", "MLP0204", "MLP0207", "MLP0208", "MLP0213", "MLP0304"})

_WORD = pattern(r"[^\W\d]\w*(?:-\w+)*")

#: How many of the other places are shown.
_PLACES = 5


#: Messages found of one policy; what is further wrong is found when these are corrected.
MOST_FOUND = 1_000


class EnoughError(Exception):
    """So much is wrong that the passes go no further; never leaves `check`."""


class Report:
    """The diagnostics of one run. Passes only add to them; none is ever taken back.

    `lost` are names whose declarations the parser could not read: that they are unknown follows
    from a fault that is reported already. So it does of `unlisted`, pairs of an enum and a word
    that the manifest's schema has and the enum has not.
    """

    def __init__(self, lost: Iterable[str] = ()) -> None:
        self.lost = frozenset(lost)
        self.unlisted: set[tuple[str, str]] = set()
        self.guesses = Guesses()
        self._found: list[Diagnostic] = []
        self._causes: dict[Diagnostic, object] = {}
        self._of_types: set[Diagnostic] = set()
        self._of_operands: set[Diagnostic] = set()
        self._mistyped: dict[str, Origin] = {}
        self._invalid = bool(self.lost)

    def lose(self, names: Iterable[str]) -> None:
        """Notes names that are not to be reported as unknown, since why they are is reported."""
        self.lost |= frozenset(names)

    def error(
        self,
        code: str,
        message: str,
        source: Source,
        span: Span,
        help: str = "",
        labels: tuple[Label, ...] = (),
        cause: object = None,
    ) -> None:
        """Reports a fault that keeps the policy from being used. `code` is one of
        `diagnostics.CODES`, `help` an instruction or empty. Of faults that one mistake causes in
        many places, the same is the `cause`; where none is given, the message is. Raises
        EnoughError where too many are reported already."""
        if len(self._found) >= MOST_FOUND:
            raise EnoughError
        found = at(code, message, source, span, help=help, labels=labels)
        self._found.append(found)
        if code in _OF_TYPES:
            self._of_types.add(found)
        if code in _OF_OPERANDS:
            self._of_operands.add(found)
        if code in _ONCE:
            self._causes[found] = (code, message) if cause is None else cause

    def warning(self, code: str, message: str, source: Source, span: Span, help: str = "") -> None:
        """Reports something to look at; the policy can be used."""
        self._found.append(at(code, message, source, span, help=help, severity=Severity.WARNING))

    def mistyped(self, name: str, own: Origin, values: Iterable[Span]) -> None:
        """Notes a name if one of its values, which stand in `own`, was reported to be of another
        type than the name: that it does not fit where it is read may follow from that. Several
        of them are told as one, with the places of the others."""
        spans = set(values)
        here = [
            found
            for found in self._found
            if found in self._of_types
            and found.origin is not None
            and found.origin.source is own.source
            and found.origin.span in spans
        ]
        if here:
            self._mistyped[name] = own
        self._causes |= dict.fromkeys(here, ("mistyped", own))

    def _follows(self, found: Diagnostic) -> bool:
        """May it follow from a wrong type where a name is declared, which its line reads?"""
        if not self._mistyped or found not in self._of_operands or found.origin is None:
            return False
        at = found.origin
        words = set(_WORD.findall(at.source.line(at.place.line) + at.source.slice(at.span)))
        return any(
            name in words
            and not (at.source is own.source and own.span.start <= at.span.start < own.span.end)
            for name, own in self._mistyped.items()
        )

    def mark_invalid(self) -> None:
        """Notes that something cannot be used, where the parser has reported why."""
        self._invalid = True

    @property
    def failed(self) -> bool:
        """Is there an error, or something that cannot be used?"""
        return self._invalid or any(d.severity is Severity.ERROR for d in self._found)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """All diagnostics in order; of those that one mistake has caused in many places, the first
        one, with the other places as labels."""
        kept: list[Diagnostic] = []
        others: dict[object, list[Label]] = {}
        for found in in_order(self._found):
            if self._follows(found):
                continue
            cause = self._causes.get(found)
            if cause is None or found.origin is None:
                kept.append(found)
            elif cause in others:
                others[cause].append(Label(found.origin, "and here"))
            else:
                others[cause] = []
                kept.append(found)
        return tuple(
            replace(found, labels=(*found.labels, *also[:_PLACES]))
            if (also := others.get(self._causes.get(found)))
            else found
            for found in kept
        )
