"""What JSON Schema cannot say of a file: each constraint reads its `x-` keyword off the field.

In: a tree of nodes and its field. Out: diagnostics. Nothing here names a key of the
manifest; a value of the wrong kind is passed over, since the schema has told of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from mlpolicy.characters import clean, code_point, hidden, unseen
from mlpolicy.core import calendar
from mlpolicy.core.facts import says_nothing
from mlpolicy.core.node import node
from mlpolicy.core.types import Grain
from mlpolicy.dataclass import replace
from mlpolicy.diagnostics import Diagnostic, Label, at, rewritten
from mlpolicy.pattern import pattern
from mlpolicy.schema import Atom, Field, Kind
from mlpolicy.schema.nodes import Entry, Listing, Mapping, Node, Scalar
from mlpolicy.source import Origin, Source
from mlpolicy.suggest import Guesses, listing, nearest

#: What a file may hold in some places only, or not at all, and prose may as an escape: there
#: everybody sees it.
_ESCAPED = pattern("[\r\u200b\u200c\u200d\u2028\u2029]")


#: The days of the shortest month and of the longest.
_SHORTEST, _LONGEST = 28, 31


@node
class _Names:
    """The names of the items of every list whose items have names, by the list's key; and the
    guesses that may still be made at them."""

    lists: dict[str, dict[str, None]]
    guesses: Guesses


def broken_constraints(
    root: Mapping, field: Field, source: Source, guesses: Guesses | None = None
) -> Iterator[Diagnostic]:
    """Every constraint of the schema's `x-` keywords that the tree breaks."""
    names = _Names({}, guesses or Guesses())
    _collect(root, field, "", names.lists)
    yield from _broken(root, field, "", names, source)


def _collect(node: Node, field: Field | None, name: str, names: dict[str, dict[str, None]]) -> None:
    """The names of the items of every list whose items have names, by the list's key."""
    match node:
        case Mapping() if field:
            for entry in node.entries:
                _collect(entry.value, field.at(entry.name), entry.name, names)
        case Listing() if field and field.unique_by:
            found = names.setdefault(name, {})
            for item in node.items:
                own = item.get(field.unique_by) if isinstance(item, Mapping) else None
                if isinstance(own, Scalar) and isinstance(own.value, str):
                    found[own.value] = None


def _broken(
    node: Node, field: Field | None, name: str, names: _Names, source: Source
) -> Iterator[Diagnostic]:
    if isinstance(node, Mapping):
        for entry in node.entries:
            yield from _letters(entry.key, entry.key.text, "the key", False, source)
    if field is None:
        return
    match node:
        case Mapping() if field.estimate:
            yield from _order(node, (("low", "high"),), source)
            for entry in node.entries:
                yield from _broken(entry.value, field, name, names, source)
        case Mapping():
            yield from _order(node, field.order, source)
            yield from _same(node, field, source)
            yield from _contradictions(node, field, source)
            yield from _companions(node, field, source)
            for entry in node.entries:
                child = _beside(field, entry.name, node)
                yield from _broken(entry.value, child, entry.name, names, source)
        case Listing() if field.items:
            yield from _unique(node, field, name, source)
            for item in node.items:
                yield from _broken(item, field.items, name, names, source)
            yield from _circles(node, field, source)
        case Scalar():
            yield from _scalar(node, field, name, names, source)
        case _:
            pass


def _beside(of: Field, name: str, node: Mapping) -> Field | None:
    """What holds of a field of a mapping beside what else that states."""
    field = of.at(name)
    if field is None or field.small_beside is None:
        return field
    key, words = field.small_beside
    other = node.get(key)
    if not isinstance(other, Scalar):
        return field
    return replace(field, fraction_guard=_read(other, of.at(key)) not in words, small_beside=None)


def _read(node: Scalar, field: Field | None) -> object:
    """What a field says: the member that another word is read as."""
    value = node.value
    return field.aliases.get(value, value) if field and isinstance(value, str) else value


def _scalar(
    node: Scalar, field: Field, name: str, names: _Names, source: Source
) -> Iterator[Diagnostic]:
    match node.value:
        case bool():
            return
        case str() if field.unknown and node.value == "unknown":
            return
        case str() if field.kind is Kind.TEXT:
            bad = list(_letters(node, node.value, f"`{name}`", field.is_prose, source))
            yield from bad
            if bad:
                return
            if says := _says_nothing(node.value, field) or _misspelt(node.value, field):
                message, help = says
                message = f"`{name}` is `{clean(node.value)}`{message}"
                yield at("MLP0708", message, source, node.span, help=help)
            if field.grain is not None:
                yield from _point(node, field, field.grain, name, source)
            if field.refers_to and field.refers_to in names.lists:
                yield from _reference(node, field, names, source)
        case int() | Decimal() if field.kind in (Kind.NUMBER, Kind.INTEGER):
            yield from _fraction(node, node.value, field, name, source)
            doubts = list(_thousands(node, field, name, source))
            yield from doubts or _decimals(node, node.value, field, name, source)


def _says_nothing(text: str, field: Field) -> tuple[str, str] | None:
    """What is wrong with `TBD`, `n/a` or `?` where the text may be `unknown`: no policy would see
    that nobody knows it."""
    if not field.unknown or field.members or field.grain is not None or not says_nothing(text):
        return None
    return ", which says that nobody knows", "write `unknown`, or what it is"


def _misspelt(text: str, field: Field) -> tuple[str, str] | None:
    """What is wrong with a text that is another word for one that is meant, or nearly one that
    usually stands there."""
    expected = f"; expected {field.says or 'a name that is known, or another one'}"
    if text in field.hints and not field.members:
        return expected, f"write `{field.hints[text]}`"
    if text in field.usual or not field.usual or (field.unknown and text == "unknown"):
        return None
    close = nearest(text, field.usual)
    if close is None:
        return None
    return expected, f"did you mean `{close}`? Else write a name that is less like it"


def _thousands(node: Scalar, field: Field, name: str, source: Source) -> Iterator[Diagnostic]:
    """`50.000` is fifty thousand to half of the world, and fifty to the other half."""
    if node.quoted or (field.unit in (None, "number") and field.kind is Kind.NUMBER):
        return
    if "." not in node.text and "," not in node.text:
        return
    from mlpolicy.schema.explain import two_readings

    both = two_readings(node.text, field.most)
    if both is not None:
        message = f"`{name}` is {clean(node.text)}, which can be read in two ways"
        small = both[1]
        is_fine = field.decimals is None or len(small.partition(".")[2]) <= field.decimals
        help = f"write `{both[0]}`{f' or `{small}`' if is_fine else ', or round it'}"
        yield at("MLP0705", message, source, node.span, help=help)


def _letters(
    node: Scalar, text: str, what: str, is_prose: bool, source: Source
) -> Iterator[Diagnostic]:
    """No character that a reader cannot see; prose may have what a text file may, and joiners."""
    if is_prose:
        offset = hidden(_ESCAPED.sub(" ", text))
    else:
        offset = next((place for place, _ in unseen(text)), None)
    if offset is not None:
        message = f"{what} contains {code_point(text[offset])}"
        yield at("MLP0611", message, source, node.span, help="delete this character")


def _point(
    node: Scalar, field: Field, grain: Grain, name: str, source: Source
) -> Iterator[Diagnostic]:
    try:
        calendar.read(node.text, grain)
    except calendar.NoPointError as error:
        if not error.formed:
            from mlpolicy.schema.explain import as_point, expected

            message = f"`{name}` is `{clean(node.text)}`; expected {expected(field)}"
            help = as_point(node.text, grain)
        else:
            message = f"`{name}` is `{node.text}`, which is {_NO_POINT[grain]}"
            help = f"write a real {grain}"
        yield at("MLP0709", message, source, node.span, help=help)


_NO_POINT = {
    Grain.DAY: "not a day of the calendar",
    Grain.TIME: "not a time of the clock",
    Grain.MOMENT: "not a day and time of the calendar",
}


def _reference(node: Scalar, field: Field, names: _Names, source: Source) -> Iterator[Diagnostic]:
    known = names.lists[field.refers_to or ""]
    if node.value in known:
        return
    near = names.guesses.nearest(node.text, known)
    help = f"did you mean `{near}`?" if near else f"there are {listing(map(clean, known))}"
    yield at(
        "MLP0713",
        f"there is no `{clean(node.text)}` under `{field.refers_to}`",
        source,
        node.span,
        help=help,
        instead=rewritten(source, node.span, node.text, near) if near else None,
    )


def _fraction(
    node: Scalar, value: int | Decimal, field: Field, name: str, source: Source
) -> Iterator[Diagnostic]:
    if field.fraction_guard and 0 < value <= 1:
        hundred = format((Decimal(value) * 100).normalize(), "f")
        help = f"write `{hundred}` for {hundred} %"
        if field.small_beside is not None:
            key, words = field.small_beside
            more = f" ({listing(words[1:])})" if words[1:] else ""
            help += f"; beside `{key}: {words[0]}`{more} it may be {clean(node.text)} %"
        yield at(
            "MLP0710",
            f"`{name}` is {clean(node.text)}, which looks like a fraction; expected a percentage",
            source,
            node.span,
            help=help,
            instead=hundred if field.small_beside is None else None,
        )


def _decimals(
    node: Scalar, value: int | Decimal, field: Field, name: str, source: Source
) -> Iterator[Diagnostic]:
    if field.decimals is None or not isinstance(value, Decimal):
        return
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > field.decimals:
        yield at(
            "MLP0707",
            f"`{name}` is {clean(node.text)}; it has at most {field.decimals} decimals",
            source,
            node.span,
            help="round it",
        )


def _is_later(one: str, other: str) -> bool:
    """Is a point of time after another one of its grain?"""
    for grain in Grain:
        try:
            return calendar.read(one, grain) > calendar.read(other, grain)
        except calendar.NoPointError:
            continue
    return False


def _order(
    node: Mapping, pairs: tuple[tuple[str, str], ...], source: Source
) -> Iterator[Diagnostic]:
    """The second of two keys must not be below the first: bounds, points of time. A key may be a
    path into a group: `confidence_interval.low`."""
    for first, second in pairs:
        low, high = node.get(*first.split(".")), node.get(*second.split("."))
        if not isinstance(low, Scalar) or not isinstance(high, Scalar):
            continue
        match low.value, high.value:
            case (bool(), _) | (_, bool()):
                continue
            case (int() | Decimal() as a, int() | Decimal() as b):
                falls, code, relation = a > b, "MLP0711", "above"
            case (str() as a, str() as b):
                falls, code, relation = _is_later(a, b), "MLP0717", "after"
            case _:
                continue
        if falls:
            yield at(
                code,
                f"`{first}` is {clean(low.text)}, {relation} `{second}`, {clean(high.text)}",
                source,
                low.span,
                help="correct one of them" if "." in first + second else "exchange or correct them",
                labels=(Label(Origin(source, high.span), f"`{second}` stands here"),),
            )


def _same(node: Mapping, field: Field, source: Source) -> Iterator[Diagnostic]:
    """An amount a month and one a day that state one fact must agree for some length of a month,
    and, where they are estimates, for some number within each."""
    for monthly, daily in field.same:
        month, day = node.get(monthly), node.get(daily)
        if month is None or day is None:
            continue
        a, b = _ends(month), _ends(day)
        if a is None or b is None:
            continue
        if b[0] * _SHORTEST > a[1] or b[1] * _LONGEST < a[0]:
            yield at(
                "MLP0721",
                f"`{monthly}` is {_amount(month)} and `{daily}` is {_amount(day)}: they "
                "state one fact, and differ",
                source,
                day.span,
                help="correct or delete one of the two",
                labels=(Label(Origin(source, month.span), f"`{monthly}` stands here"),),
            )


def _ends(node: Node) -> tuple[int | Decimal, int | Decimal] | None:
    """The least and the greatest number that a number or an estimate may be; None of anything
    else."""
    low, high = (node.get("low"), node.get("high")) if isinstance(node, Mapping) else (node, node)
    ends = [
        each.value
        for each in (low, high)
        if isinstance(each, Scalar) and not isinstance(each.value, bool)
    ]
    if len(ends) != 2:
        return None
    least, most = ends
    if isinstance(least, int | Decimal) and isinstance(most, int | Decimal):
        return (least, most)
    return None


def _amount(node: Node) -> str:
    """A number or an estimate, as a person reads it."""
    if isinstance(node, Mapping):
        low, high = node.get("low"), node.get("high")
        assert isinstance(low, Scalar)
        assert isinstance(high, Scalar)
        return f"{clean(low.text)} to {clean(high.text)}"
    assert isinstance(node, Scalar)
    return clean(node.text)


def _holding(node: Mapping, atom: Atom, field: Field) -> Iterator[Entry]:
    """The entries at an atom's path whose value, or one of whose items, is a member."""
    *above, last = atom.path
    of = field.at(*above)
    below = node.get(*above) if above else node
    if not isinstance(below, Mapping):
        return
    for entry in below.entries:
        if last not in ("*", entry.name):
            continue
        child = of.at(entry.name) if of is not None else None
        values: Sequence[Node] = (entry.value,)
        if isinstance(entry.value, Listing):
            values, child = entry.value.items, child.items if child is not None else None
        for value in values:
            if not isinstance(value, Scalar):
                continue
            said = _read(value, child)
            if any(_is(said, one) for one in atom.members):
                yield Entry(entry.key, value)


def _is(value: object, member: str | bool) -> bool:
    """Is it this word or flag? (A flag equals a number.)"""
    return value is member if isinstance(member, bool) else value == member


def _contradictions(node: Mapping, field: Field, source: Source) -> Iterator[Diagnostic]:
    for law in field.contradictions:
        for first in _holding(node, law.when, field):
            for second in _holding(node, law.excluded, field):
                said = f"`{first.name}: {clean(_said(first))}`"
                yield at(
                    "MLP0715",
                    f"{said} contradicts `{second.name}: {clean(_said(second))}`: {law.message}",
                    source,
                    second.value.span,
                    help="correct one of the two, or write `unknown`",
                    labels=(Label(Origin(source, first.value.span), f"{said} stands here"),),
                )


def _companions(node: Mapping, field: Field, source: Source) -> Iterator[Diagnostic]:
    """A key beside a word that it does not go with, or without one that it needs."""
    for law in field.companions:
        own, other = node.get(law.key), node.get(law.beside)
        if not isinstance(own, Scalar) or own.value == "unknown":
            continue
        meant = own.text
        target = field.at(law.write)
        if target and target.fraction_guard and _is_share(own.value):
            meant = format((Decimal(str(own.value)) * 100).normalize(), "f")
        help = f"write `{law.write}: {clean(meant)}`"
        if other is None and not law.or_absent:
            message = f"`{law.key}` stands without `{law.beside}`: {law.message}"
            help += f", or state `{law.beside}`: {listing(law.members)}"
            yield at("MLP0720", message, source, own.span, help=help)
        if not isinstance(other, Scalar):
            continue
        if _read(other, field.at(law.beside)) in (*law.members, "unknown"):
            continue
        yield at(
            "MLP0720",
            f"`{law.key}` does not go with `{law.beside}: {clean(other.text)}`: {law.message}",
            source,
            own.span,
            help=help,
            labels=(Label(Origin(source, other.span), f"`{law.beside}` stands here"),),
        )


def _is_share(value: object) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool) and 0 < value <= 1


def _said(entry: Entry) -> str:
    return entry.value.text if isinstance(entry.value, Scalar) else ""


def _unique(node: Listing, field: Field, name: str, source: Source) -> Iterator[Diagnostic]:
    if not field.unique_by:
        return
    seen: dict[str, Scalar] = {}
    for item in node.items:
        own = item.get(field.unique_by) if isinstance(item, Mapping) else None
        if not isinstance(own, Scalar) or not isinstance(own.value, str):
            continue
        if before := seen.get(own.value):
            yield at(
                "MLP0712",
                f"two of `{name}` have the {field.unique_by} `{clean(own.text)}`",
                source,
                own.span,
                help="rename one of the two",
                labels=(Label(Origin(source, before.span), "first given here"),),
            )
        seen.setdefault(own.value, own)


def _circles(node: Listing, field: Field, source: Source) -> Iterator[Diagnostic]:
    """Items that, by the names in an `x-acyclic` key, come round to themselves."""
    if not field.unique_by or field.items is None:
        return
    for key, child in field.items.children.items():
        if not child.acyclic:
            continue
        graph: dict[str, list[str]] = {}
        places: dict[str, Scalar] = {}
        for item in node.items:
            own = item.get(field.unique_by) if isinstance(item, Mapping) else None
            named = item.get(key) if isinstance(item, Mapping) else None
            if not isinstance(own, Scalar) or not isinstance(named, Listing):
                continue
            targets = [each for each in named.items if isinstance(each, Scalar)]
            graph.setdefault(own.text, []).extend(each.text for each in targets)
            for each in targets:
                places.setdefault(f"{own.text}\n{each.text}", each)
        if not any(graph.values()):
            continue
        from graphlib import CycleError, TopologicalSorter

        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            # graphlib lists each name before the one that needs it; read it backwards.
            circle = [str(name) for name in error.args[1]][::-1]
            start = circle.index(min(circle[:-1]))
            circle = [*circle[start:-1], *circle[:start], circle[start]]
            way = " -> ".join(f"`{clean(name)}`" for name in circle)
            place = places[f"{circle[0]}\n{circle[1]}"]
            yield at(
                "MLP0714",
                f"`{key}` goes round in a circle: {way}",
                source,
                place.span,
                help="take one of these out",
            )
