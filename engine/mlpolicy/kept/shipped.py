"""Values that come with the package: the policies in it, checked, so that the first command on a
machine need not check them.

They are made when the package is built, from the very files that it holds, and each lies under the
digest of all that it was made from: where one of these was changed, nothing is found, and the
policy is checked. Each has a digest of its own bytes in front, so that a damaged one is not read.
Anyone who can write them can write the engine beside them. A checkout has none.
"""

from __future__ import annotations

import os

from mlpolicy.digest import blake2b
from mlpolicy.resources import resource_root

FOLDER = "checked"
_DIGEST_BYTES = 32


def load(kind: str, key: str) -> object | None:
    """The value that was shipped under a key of `kept.key_of`, or None."""
    place = os.path.join(resource_root(), FOLDER, f"{kind}-{key}")
    try:
        with open(place, "rb") as file:
            data = file.read()
    except OSError:
        return None
    try:
        body = memoryview(data)[_DIGEST_BYTES:]
        if blake2b(body, digest_size=_DIGEST_BYTES).digest() != data[:_DIGEST_BYTES]:
            return None
        from mlpolicy.kept.packing import unpack

        value: object = unpack(body)
        return value
    except Exception:
        return None


def write(folder: str, kind: str, key: str, value: object) -> None:
    """Writes a value into a folder that is shipped. Raises TypeError for one that cannot be."""
    from mlpolicy.kept.packing import pack

    body = pack(value)
    with open(os.path.join(folder, f"{kind}-{key}"), "wb") as file:
        file.write(blake2b(body, digest_size=_DIGEST_BYTES).digest() + body)
