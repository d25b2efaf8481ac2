"""Which worker takes which tests: a file at a time, or the files whose tests look at the same
decisions. Imported where there are workers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

#: The tests of these folders look at the same decisions, which one worker makes once.
TOGETHER = ("tests/render", "tests/html")


class _Collected(list[str]):
    """The tests that a worker has, each of which is soon found: there are thousands."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(names)
        self._places = {name: place for place, name in enumerate(self)}

    def index(self, name: str, *_: Any) -> int:
        return self._places[name]


class Scheduling(LoadFileScheduling):  # type: ignore[misc]
    """A worker takes a file at a time, or all files of folders that belong together.

    The class it comes from counts all tests that a worker was ever given, once for each message of
    a worker. Here what is done is dropped, so that what is left is soon counted."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::")[0]
        return TOGETHER[0] if file.rpartition("/")[0] in TOGETHER else file

    def add_node_collection(self, node: Any, collection: Sequence[str]) -> None:
        super().add_node_collection(node, collection)
        if node in self.registered_collections:
            self.registered_collections[node] = _Collected(collection)

    def mark_test_complete(self, node: Any, item_index: int, duration: float = 0) -> None:
        nodeid = self.registered_collections[node][item_index]
        scope = self._split_scope(nodeid)
        given = self.assigned_work[node]
        del given[scope][nodeid]
        if not given[scope]:
            del given[scope]
        self._reschedule(node)

    def _pending_of(self, workload: dict[str, dict[str, bool]]) -> int:
        return sum(map(len, workload.values()))


def scheduling(config: pytest.Config, log: Any) -> Any:
    """What hands the tests out."""
    return Scheduling(config, log)
