"""Where what is found about a program is put."""

from __future__ import annotations

from mlpolicy.core.program import Expr, Typed
from mlpolicy.core.visit import walk
from mlpolicy.diagnostics import Diagnostic, Label, Severity, at, in_order
from mlpolicy.source import Origin


class Findings:
    """What was found about one program, and the places of which something was said: what follows
    from the same fault is not reported again."""

    def __init__(self) -> None:
        self.told: set[Origin] = set()
        self._found: list[Diagnostic] = []

    def tell(
        self,
        severity: Severity,
        code: str,
        message: str,
        place: Origin,
        help: str,
        labels: tuple[Label, ...] = (),
    ) -> None:
        """Reports something at a place of the program. `code` is one of `diagnostics.CODES`, `help`
        an instruction."""
        source, span = place.source, place.span
        found = at(code, message, source, span, help=help, labels=labels, severity=severity)
        self._found.append(found)

    def error(
        self, code: str, message: str, place: Origin, help: str, labels: tuple[Label, ...] = ()
    ) -> None:
        """Reports what must be wrong: the policy is not used."""
        self.tell(Severity.ERROR, code, message, place, help, labels)

    def warning(
        self, code: str, message: str, place: Origin, help: str, labels: tuple[Label, ...] = ()
    ) -> None:
        """Reports what is of no use, or most likely not meant."""
        self.tell(Severity.WARNING, code, message, place, help, labels)

    def follows(self, expr: Expr) -> bool:
        """Stands something in an expression of which a fault is reported already?"""
        return any(isinstance(part, Typed) and part.origin in self.told for part in walk(expr))

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """All that was found, in order."""
        return in_order(self._found)
