"""Going through a tree of nodes, whatever kind of tree it is.

Two trees use this: the program (`core/visit`) and the syntax (`syntax/visit`). Each of them
has one function `parts` that names, for every class of node, the fields that hold further
nodes; this module turns such parts into children, and children into a walk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from mlpolicy.dataclass import dataclass
from mlpolicy.typed import Generic, TypeAlias, TypeVar

N = TypeVar("N")

#: The value of a field that holds nodes: a node, none, or several; texts among them are kept.
Part: TypeAlias = "N | str | tuple[Part[N], ...] | Mapping[str, Part[N]] | None"

#: The fields of a node that hold nodes, by name, in the order of their declaration.
Parts: TypeAlias = "Mapping[str, Part[N]]"

#: The classes that were met, each with whether it is one of nodes. (To ask of a value whether it is
#: a mapping takes longer than all else.)
_IS_NODE: dict[type, bool] = {}


@dataclass(frozen=True)
class Traversal(Generic[N]):
    """The traversal of a tree whose nodes are of type `N`. `parts` gives a node's fields that
    hold nodes."""

    parts: Callable[[N], Parts[N]]

    def children(self, node: N) -> list[N]:
        """The nodes directly below `node`, in the order of its fields."""
        found: list[N] = []
        for part in self.parts(node).values():
            self._gather(part, found)
        return found

    def _gather(self, part: Part[N], found: list[N]) -> None:
        kind = part.__class__
        if kind not in _IS_NODE:
            _IS_NODE[kind] = not isinstance(part, tuple | Mapping | str | None)
        if _IS_NODE[kind]:
            found.append(part)  # type: ignore[arg-type] # it is none of the others
        elif isinstance(part, tuple):
            for item in part:
                self._gather(item, found)
        elif isinstance(part, Mapping):
            for item in part.values():
                self._gather(item, found)

    def changed(self, node: N, f: Callable[[N], N]) -> dict[str, Part[N]]:
        """The fields of `node` in which `f` changes a child, by name, with their new values."""
        found: dict[str, Part[N]] = {}
        for name, part in self.parts(node).items():
            made = self._mapped(part, f)
            if made is not part:
                found[name] = made
        return found

    def _mapped(self, part: Part[N], f: Callable[[N], N]) -> Part[N]:
        """The part with `f` of each node; the very same object where `f` changes none."""
        if part is None or isinstance(part, str):
            return part
        if isinstance(part, tuple):
            items = tuple(self._mapped(item, f) for item in part)
            return part if all(a is b for a, b in zip(items, part, strict=True)) else items
        if isinstance(part, Mapping):
            values = {key: self._mapped(item, f) for key, item in part.items()}
            return part if all(values[key] is part[key] for key in part) else values
        return f(part)

    def walk(self, roots: Iterable[N], inside: Callable[[N], bool] | None = None) -> Iterator[N]:
        """Every node at and below the roots, each before what is below it, in written order.

        Where `inside` is given and false of a node, that node comes and nothing below it. The
        walk keeps a stack of its own, so that a deep tree does not exhaust that of Python.
        """
        stack = [*roots]
        stack.reverse()
        while stack:
            node = stack.pop()
            yield node
            if inside is None or inside(node):
                stack.extend(reversed(self.children(node)))
