"""What was worked out once and is used again: checked programs, their compiled forms, read schemas
and the tables of the parser. Some of it comes with the package (`shipped`), the rest lies in a
folder of the user (`cache`).

A convenience that may never be noticed: whatever goes wrong here, the value is made anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mlpolicy import __version__
from mlpolicy.digest import blake2b
from mlpolicy.kept import cache, shipped


def key_of(*parts: bytes) -> str:
    """A key for what is made from these bytes by this version of the engine."""
    digest = blake2b(digest_size=32)
    for part in (__version__.encode(), *parts):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()


def load(kind: str, key: str) -> object | None:
    """The value kept under a key of `key_of`, or None. `kind` is `policy`, `schema`, `code` or
    `grammar`."""
    if _SHIPPED:
        return None
    found = shipped.load(kind, key)
    return found if found is not None else cache.load(kind, cache.key_of(key.encode()))


def store(kind: str, key: str, value: object) -> None:
    """Keeps a value for this user."""
    if _SHIPPED:
        shipped.write(_SHIPPED[-1], kind, key, value)
        return
    cache.store(kind, cache.key_of(key.encode()), value)


#: The folder in which all that is kept is to be shipped, while it is made.
_SHIPPED: list[str] = []


@contextmanager
def shipping(folder: str) -> Iterator[None]:
    """Meanwhile, all that would be kept is written into a folder that will be shipped, and all of
    it is made anew."""
    _SHIPPED.append(folder)
    try:
        yield
    finally:
        _SHIPPED.pop()
