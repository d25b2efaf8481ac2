"""The identity of a row of a catalogue, or of an entry of a list in the manifest."""

from __future__ import annotations

from mlpolicy.dataclass import dataclass, field


@dataclass(frozen=True, order=True, kw_only=True)
class RowId:
    """A row: of a catalogue (by index; `of_manifest` where the manifest states it in place of the
    policy's), of the manifest's list (an entry), or the entry that records lack (`index` -1, told
    apart by `keys`, its keys with their words, and by `of`, the id of the lookup, where its keys
    are not all known). `ask` is the question for that one."""

    table: str
    index: int
    of_manifest: bool = False
    keys: tuple[tuple[str, str], ...] = ()
    of: int = -1
    ask: str = field(default="", compare=False)

    def __hash__(self) -> int:
        """The index tells most rows apart, and a hash is asked for often."""
        return self.index
