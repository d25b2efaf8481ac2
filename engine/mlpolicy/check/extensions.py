"""What an extension may say, and that it changes nothing of what its core says.

An extension stands beside a core and is checked together with it: it reads the core's names, and
adds rules, obligations, definitions, bars, tables and tests. The core decides as it does alone.
That is proved and not promised: with the extension, every declaration of the core means what it
means without.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlpolicy.check.names import Names
from mlpolicy.check.report import Report
from mlpolicy.core import program as core
from mlpolicy.diagnostics import Label
from mlpolicy.source import Origin


def check_exceptions(names: Names, report: Report) -> None:
    """Reports an exception of an extension to what another part of the policy declares."""
    for declared in names.exceptions.values():
        of = names.extension_of(declared.source)
        target = names.values.get(declared.node.target.text)
        if not of or target is None or names.extension_of(target.source) == of:
            continue
        name = declared.node.target
        message = f"the extension `{of}` makes an exception to `{name.text}`, which is not its own"
        help = "declare a value of its own: an extension changes nothing that others declare"
        label = Label(Origin(target.source, target.node.name.span), "declared here")
        report.error("MLP0440", message, declared.source, name.span, help, (label,))


#: The parts of a program of which an extension may have declarations of its own.
_NAMED = (
    *("inputs", "bars", "catalogs", "records", "shortlists", "defines", "scores"),
    *("obligations", "rules", "reports"),
)

#: The parts that are the core's as a whole.
_WHOLE = ("outcome", "attributes", "statuses", "trees", "decision", "currency")


def check_unchanged(alone: core.Program, whole: core.Program, names: Names, report: Report) -> None:
    """Reports what of a core means something else together with its extensions."""
    changed = [part for part in _WHOLE if getattr(alone, part) != getattr(whole, part)]
    for part in _NAMED:
        was, now = getattr(alone, part), getattr(whole, part)
        changed.extend(name for name in was if not _same(was[name], now.get(name)))
    for name in changed:
        extension = next(iter(names.extensions.values()))
        message = f"with the extension, `{name}` of the core means something else than without"
        help = "give the units, conversions and words of the extension names of their own"
        node, source = extension.node, extension.source
        report.error("MLP0441", message, source, node.name.span, help)


def _same(was: Any, now: Any) -> bool:
    if isinstance(was, core.Records) and isinstance(now, core.Records):
        return _columns(was, was.columns) == _columns(now, was.columns)
    return bool(was == now)


def _columns(records: core.Records, wanted: Mapping[str, object]) -> tuple[object, ...]:
    """What records mean to those who read these columns; an extension may read more of them."""
    columns = {name: each for name, each in records.columns.items() if name in wanted}
    return records.path, records.keys, columns, records.ask, records.asks, records.absent
