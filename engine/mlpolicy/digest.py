"""Digests, without the library for all kinds of cryptography that `hashlib` loads first.

Python brings its own code for those used here, under names that differ by version; where it has
none, `hashlib` gives the same.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hashlib import blake2b, sha256
    from hmac import compare_digest
else:
    try:
        from _blake2 import blake2b
        from _operator import _compare_digest as compare_digest
    except ImportError:
        from hashlib import blake2b
        from hmac import compare_digest
    try:
        from _sha2 import sha256
    except ImportError:
        try:
            from _sha256 import sha256
        except ImportError:
            from hashlib import sha256

__all__ = ["blake2b", "compare_digest", "sha256"]
