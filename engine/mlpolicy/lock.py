"""What released versions of policies were, kept in a file of text: a line for each, with its name
and version, the digest of its bytes and that of what it means, which engine read it so, and of an
extension its core.

    # Released versions. Written by `mlpolicy policies lock`; none of them may change.
    mail-reading@1.0.0 sha256:… sha256:… by mlpolicy@0.1.0
    busy@1.0.0 sha256:… sha256:… by mlpolicy@0.1.0 with mail-reading@1.0.0

A version that decided something must not change: what was decided by it could not be explained any
more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from mlpolicy.core.node import node
from mlpolicy.diagnostics import Diagnostic, about, at, bounded
from mlpolicy.source import Source, Span

#: The name of the file, in the folder that holds the policies.
LOCK_FILE = "policies.lock"
_HEAD = "# Released versions. Written by `mlpolicy policies lock`; none of them may change.\n"
_DIGEST = r"sha256:[0-9a-f]{64}"
_NAMED = r"[^\s@#]+@[^\s@]+"
_LINE = re.compile(
    rf"(?P<policy>{_NAMED}) (?P<digest>{_DIGEST}) (?P<meaning>{_DIGEST})"
    rf"(?: by mlpolicy@(?P<engine>[^\s@]+))?(?: with (?P<core>{_NAMED}))?"
)


@node(kw_only=True)
class Locked:
    """A released version: `NAME@VERSION`, the digest of its bytes, and that of its meaning; the
    version of the engine that reads it so, and of an extension the `NAME@VERSION` of its core, both
    empty where that is not known."""

    policy: str
    digest: str
    meaning: str
    engine: str = ""
    core: str = ""


def read_lock(source: Source) -> tuple[Mapping[str, Locked], tuple[Diagnostic, ...]]:
    """The versions that a lock file keeps, by their names, and what is wrong with it."""
    found: dict[str, Locked] = {}
    faults: list[Diagnostic] = []
    start = 0
    for line in source.text.splitlines(keepends=True):
        words = line.strip()
        span = Span(start, start + len(line.rstrip()))
        start += len(line)
        if not words or words.startswith("#"):
            continue
        match = _LINE.fullmatch(words)
        if match is None:
            message = "this is no line of a lock file"
            hint = "write `NAME@VERSION sha256:… sha256:…`, or take the line out and lock again"
            faults.append(at("MLP0928", message, source, span, help=hint))
        elif match["policy"] in found:
            message = f"`{match['policy']}` is locked twice"
            hint = "keep the line with which it was released"
            faults.append(at("MLP0928", message, source, span, help=hint))
        else:
            found[match["policy"]] = Locked(**match.groupdict(""))
    return found, bounded(faults)


def lock_text(locked: Iterable[Locked]) -> str:
    """The file that keeps these versions, in order of their names."""
    lines = (
        f"{each.policy} {each.digest} {each.meaning}"
        + (f" by mlpolicy@{each.engine}" if each.engine else "")
        + (f" with {each.core}" if each.core else "")
        + "\n"
        for each in sorted(locked, key=lambda each: each.policy)
    )
    return _HEAD + "".join(lines)


def is_draft(version: str) -> bool:
    """Has a version a suffix, as `2.0.0-draft.1`? It is not released, and may change."""
    return "-" in version.partition("+")[0]


def differing(
    kept: Mapping[str, Locked], found: Sequence[Locked], file: str
) -> tuple[tuple[Diagnostic, ...], tuple[Locked, ...]]:
    """What is not as it was released, and the versions that are not kept yet."""
    faults: list[Diagnostic] = []
    now = {each.policy: each for each in found}
    for name, was in kept.items():
        one = now.get(name)
        if one is None:
            message = f"`{name}` is locked in `{file}`, and is not there any more"
            hint = "bring it back: what it decided could not be explained without it"
            faults.append(about("MLP0929", message, file, help=hint))
        elif one.digest != was.digest:
            same = one.meaning == was.meaning
            what = "its text has changed, though not what it means" if same else "it has changed"
            message = f"`{name}` is locked in `{file}`, and {what}"
            hint = "bring back what was released, and make the change in a version of its own"
            faults.append(about("MLP0929", message, file, help=hint))
        elif one.meaning != was.meaning and one.core == was.core:
            # An extension means something else with another core, which is no change of it.
            faults.append(_read_otherwise(was, one, file))
    new = tuple(each for name, each in now.items() if name not in kept)
    return tuple(faults), new


def _read_otherwise(was: Locked, now: Locked, file: str) -> Diagnostic:
    """That the bytes of a version are as they were, and mean something else."""
    by = f", by mlpolicy {was.engine}" if was.engine else ""
    message = f"`{was.policy}` is locked in `{file}`, and its text is as it was, but mlpolicy "
    message += f"{now.engine} reads another meaning in it: {_short(now.meaning)}, and "
    message += f"{_short(was.meaning)} when it was locked{by}"
    hint = "if its schema or its line in the lock file has changed, bring back what was released"
    if was.engine != now.engine:
        before = f"mlpolicy {was.engine}" if was.engine else "the mlpolicy that locked it"
        hint += f"; else decide by it with {before}: to this one its text means something else"
    return about("MLP0929", message, file, help=hint)


def _short(digest: str) -> str:
    return f"{digest[:19]}…"
