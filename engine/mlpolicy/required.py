"""The fields that a configuration requires, as it names them, in; the same found in the schema of
the manifests out.

A field is named as policies name it (`household.rent`, `person.birth`), or without its
beginning where only one of the two has it, or as the short form of a manifest has it (`regions`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from mlpolicy.characters import clean
from mlpolicy.config import Asked
from mlpolicy.core.facts import Required
from mlpolicy.core.paths import FieldPath
from mlpolicy.core.scopes import Scope, Scopes
from mlpolicy.diagnostics import Diagnostic, about, bounded
from mlpolicy.schema.fields import Kind
from mlpolicy.suggest import Guesses, listing

if TYPE_CHECKING:
    from mlpolicy.schema import Field, Schema

#: Of so many words a field may be, all are told.
_FEW = 12


def resolved(
    asked: Iterable[Asked], schema: Schema
) -> tuple[tuple[Required, ...], tuple[Diagnostic, ...]]:
    """The required fields as the schema has them, each once; and an error, at its place, for each
    that the schema does not have."""
    found: dict[FieldPath, Required] = {}
    faults: list[Diagnostic] = []
    guesses = Guesses()
    for each in asked:
        one = _resolved(each.text, schema, guesses)
        if isinstance(one, Required):
            found.setdefault(one.path, one)
        else:
            file = each.origin.source.name if each.origin else ""
            faults.append(replace(one, origin=each.origin, file=file))
    return tuple(found.values()), bounded(faults)


def _resolved(text: str, schema: Schema, guesses: Guesses) -> Required | Diagnostic:
    scopes = schema.scopes
    homes = {scopes.shared: schema.root.at("spec"), scopes.each: schema.root.at(*scopes.home)}
    if not scopes.items:
        del homes[scopes.shared]  # all that a manifest says is of the one thing that it is
    begin, *rest = text.split(".")
    if rest and (scope := scopes.named(begin)) is not None:
        return _below(text, scope, rest, schema, guesses)
    short = schema.short_form.get(begin)
    if short is not None and short[0] == "spec":
        return _below(text, next(iter(homes)), [*short[1:], *rest], schema, guesses)
    having = [scope for scope, home in homes.items() if begin in _known(home, scopes)]
    if len(having) == 1:
        return _below(text, having[0], [begin, *rest], schema, guesses)
    if having:
        help = listing([f"{scope}.{text}" for scope in having])
        message = f"`{clean(text)}` may be of the {scopes.shared} or of {scopes.a()}"
        return about("MLP0926", message, help=f"write one of {help}")
    names = {
        name: f"{scope}.{name}" if scope is not None else name
        for scope, known in (
            (None, schema.short_form),
            *((s, _known(h, scopes)) for s, h in homes.items()),
        )
        for name in known
    }
    return _unknown(text, "", begin, list(names), guesses)


def _known(home: Field | None, scopes: Scopes) -> list[str]:
    """The fields below a scope, without what is stated elsewhere or needs no asking."""
    known = home.children if home is not None else ()
    return [name for name in known if name not in scopes.not_fields]


def _below(
    text: str, scope: Scope, keys: list[str], schema: Schema, guesses: Guesses
) -> Required | Diagnostic:
    scopes = schema.scopes
    here = schema.root.at(*(scopes.home if scope.is_each else ("spec",)))
    for number, key in enumerate(keys):
        while here is not None and here.items is not None:
            here = here.items
        below = here.at(key) if here is not None else None
        if below is None or (number == 0 and key in scopes.not_fields):
            before = ".".join((scope.word, *keys[:number]))
            known = _known(here, scopes) if number == 0 else list(here.children) if here else []
            return _unknown(text, f"{before}.", key, known, guesses)
        here = below
    assert here is not None
    entries = here.items is not None and bool(here.items.children)
    members = [each for each in here.members if isinstance(each, str)]
    return Required(
        path=FieldPath(scope, tuple(keys)),
        sample=_sample(here),
        members=tuple(members) if len(members) <= _FEW else (),
        needed=here.required,
        entries=entries,
        remarks=tuple(k for k, each in here.children.items() if each.is_prose or each.statement),
        free=here.kind is Kind.TEXT and not here.members,
    )


def _sample(field: Field) -> str:
    """How a value of a field is written, with an ellipsis for what is to be filled in."""
    if field.items is not None:
        return f"[{_sample(field.items)}]"
    if field.children or field.other is not None:
        below = field.required or tuple(field.children)[:1]
        inner = ", ".join(f"{key}: …" for key in below)
        return f"{{{inner or '…'}}}"
    return "…"


def _unknown(text: str, before: str, key: str, known: list[str], guesses: Guesses) -> Diagnostic:
    close = guesses.nearest(key, known)
    help = f"did you mean `{before}{close}`?" if close else ""
    if not help and known:
        help = f"there are: {listing([f'{before}{name}' for name in known])}"
    message = f"no schema of these manifests has a field `{clean(text)}`, which is required"
    return about("MLP0926", message, help=help or "name a field of a manifest")
