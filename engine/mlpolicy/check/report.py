"""Where the checker's passes put what they find wrong."""

from __future__ import annotations

from mlpolicy.diagnostics import Diagnostic, Label, Severity, at, in_order
from mlpolicy.source import Source, Span


class Report:
    """The diagnostics of one run. Passes only add; nothing is ever taken back."""

    def __init__(self) -> None:
        self._found: list[Diagnostic] = []
        self._spoiled = False

    def error(
        self,
        code: str,
        message: str,
        source: Source,
        span: Span,
        help: str = "",
        labels: tuple[Label, ...] = (),
    ) -> None:
        """A fault that keeps the policy from being used."""
        self._found.append(at(code, message, source, span, help=help, labels=labels))

    def warning(self, code: str, message: str, source: Source, span: Span, help: str = "") -> None:
        """Something to look at; the policy can be used."""
        self._found.append(at(code, message, source, span, help=help, severity=Severity.WARNING))

    def spoil(self) -> None:
        """Something cannot be used, and the parser has said why."""
        self._spoiled = True

    @property
    def failed(self) -> bool:
        return self._spoiled or any(d.severity is Severity.ERROR for d in self._found)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        return in_order(self._found)
