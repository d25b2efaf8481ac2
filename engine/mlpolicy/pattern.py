"""Regular expressions that are compiled when they are first asked for. Compiling all of those
that a command may come to need takes longer than reading a manifest; it needs few."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from typing import AnyStr


class _Pattern:
    """Stands for a pattern; whatever is asked of it, the compiled one answers."""

    def __init__(self, text: str | bytes, flags: int) -> None:
        self._text = text
        self._flags = flags

    def __getattr__(self, name: str) -> object:
        import re

        found: object = getattr(re.compile(self._text, self._flags), name)
        setattr(self, name, found)  # the next time, nothing is looked up here
        return found


def pattern(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """The pattern of a text, as `re.compile` makes it. It is compiled by the first search; a text
    that is no pattern is told then."""
    return _Pattern(text, flags)  # type: ignore[return-value]
