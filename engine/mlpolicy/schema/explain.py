"""A value that does not fit its field in, diagnostics a person can act on out.

jsonschema only says *where* a file is wrong. Its messages repeat values, speak of
`anyOf` and know neither units nor the nearest name; so each place it names is looked at
again here, against its `Field`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from unicodedata import decimal, normalize

from mlpolicy.characters import clean, code_point
from mlpolicy.core import currencies
from mlpolicy.core.types import Grain
from mlpolicy.dataclass import replace
from mlpolicy.diagnostics import Diagnostic, at, rewritten
from mlpolicy.pattern import pattern
from mlpolicy.schema import Field, Kind
from mlpolicy.schema.accept import LONGEST, matching
from mlpolicy.schema.nodes import FAULTY, Listing, Mapping, Node, Notation, Scalar, exact
from mlpolicy.source import Source, Span
from mlpolicy.suggest import LONGEST as LONGEST_NAME
from mlpolicy.suggest import distance, listing, nearest, of_same_words

#: Of so many words and more an error does not list all.
_MANY = 16


def explain(
    node: Node, field: Field, name: str, source: Source, notation: Notation = Notation.YAML
) -> Iterator[Diagnostic]:
    """Why `node` is not a value of `field`; nothing where it is one, or is told already."""
    if isinstance(node, Scalar) and node.value is FAULTY:
        return
    if field.unknown and isinstance(node, Scalar) and node.value == "unknown":
        return
    match field.kind:
        case Kind.MAPPING:
            if not isinstance(node, Mapping):
                help = _as_mapping(node, field, source) if notation is Notation.YAML else ""
                yield _wrong_kind(node, field, name, source, help)
        case Kind.LIST:
            yield from _list(node, field, name, source, notation)
        case Kind.NUMBER | Kind.INTEGER:
            yield from _number(node, field, name, source)
        case Kind.FLAG:
            yield from _flag(node, field, name, source)
        case Kind.TEXT:
            yield from _text(node, field, name, source)


def explain_item(
    node: Node, field: Field, name: str, source: Source, notation: Notation = Notation.YAML
) -> Iterator[Diagnostic]:
    """`explain` for an item of the list `name`: "`regions` has …" instead of "is"."""
    for fault in explain(node, field, name, source, notation):
        said = fault.message.replace(f"`{clean(name)}` is ", f"`{clean(name)}` has ", 1)
        yield replace(fault, message=said)


def expected(field: Field) -> str:
    """What may stand in a field, as a phrase: "a number of EUR/month or `unknown`"."""
    first: str
    match field.kind:
        case _ if field.members:
            shown = [f"`{member}`" for member in field.members]
            first = shown[0] if len(shown) == 1 else f"one of {listing(shown)}"
        case Kind.NUMBER if field.unit == "%":
            first = "a percentage"
        case Kind.NUMBER | Kind.INTEGER:
            counted = field.unit if field.unit != "number" else None
            first = f"{field.kind} of {counted}" if counted else str(field.kind)
        case Kind.TEXT if field.grain is not None:
            first = point_wanted(field.grain)
        case Kind.TEXT:
            first = field.says or "text"
        case Kind.LIST if field.items:
            first = f"a list, each item {expected(field.items)}"
        case Kind.MAPPING if field.children:
            first = f"a mapping with {listing(field.children)}"
        case _:
            first = str(field.kind)
    more = ["an estimate `{low, high}`"] if field.estimate else []
    more += ["`unknown`"] if field.unknown else []
    if not more:
        return first
    return f"{', '.join([first, *more[:-1]])} or {more[-1]}"


def _found(node: Node) -> str:
    """What stands there, as a phrase."""
    match node:
        case Mapping():
            return "a mapping"
        case Listing():
            return "a list"
        case Scalar(value=str()) if node.quoted and re.fullmatch(r"true|false|[0-9.]+", node.text):
            return f'`"{clean(node.text)}"`'
        case Scalar(value=str()):
            return f"`{clean(node.text)}`"
        case Scalar(value=bool()):
            return f"`{node.text}`"
        case Scalar():
            return f"the number {clean(node.text)}"


def _wrong_kind(
    node: Node,
    field: Field,
    name: str,
    source: Source,
    help: str = "",
    code: str = "MLP0704",
    instead: str | None = None,
) -> Diagnostic:
    message = f"`{clean(name)}` is {_found(node)}; expected {expected(field)}"
    return at(code, message, source, node.span, help=help, instead=instead)


def _as_mapping(node: Node, field: Field, source: Source) -> str:
    """The mapping that a word stands for, where one of its fields has that word; of a list of
    mappings below one another, what makes one of it."""
    if isinstance(node, Listing) and all(isinstance(each, Mapping) for each in node.items):
        return "take the `- ` away" if source.slice(node.span).startswith("-") else ""
    if not isinstance(node, Scalar) or not isinstance(node.value, str) or len(node.text) > 60:
        return ""
    keys = [key for key, child in field.children.items() if node.value in child.members]
    return f"write `{{{keys[0]}: {clean(node.text)}}}`" if len(keys) == 1 else ""


_OTHER_DATES = (
    pattern(r"(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.\s?(?P<year>\d{4})"),
    pattern(r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})(?:[T ].*)?"),
)


def point_wanted(grain: Grain) -> str:
    """How a point of time is written, as a phrase."""
    match grain:
        case Grain.DAY:
            return "a date as `YYYY-MM-DD`"
        case Grain.TIME:
            return "a time of day as `HH:MM`"
        case Grain.MOMENT:
            return "a day and a time as `YYYY-MM-DDTHH:MM:SS`, with the offset from UTC"


_CLOCK = r"(?P<hour>\d{1,2}):(?P<rest>\d{2}(?::\d{2}(?:\.\d{1,9})?)?)"
_OTHER_TIME = pattern(rf"{_CLOCK}\s*(?P<half>[AaPp]\.?[Mm]\.?)?(?P<offset>Z|[+-]\d{{2}}:?\d{{2}})?")
_OTHER_MOMENT = pattern(
    rf"(?P<day>\d{{4}}-\d{{2}}-\d{{2}})[Tt ]{_CLOCK} ?(?P<offset>[Zz]|[+-]\d{{2}}(?::?\d{{2}})?)?"
)


def as_point(text: str, grain: Grain) -> str:
    """What to write for a point of time that is written in another way."""
    match grain:
        case Grain.DAY:
            return _as_date(text)
        case Grain.TIME:
            return _as_time(text)
        case Grain.MOMENT:
            return _as_moment(text)


def _as_time(text: str) -> str:
    found = _OTHER_TIME.fullmatch(text.strip())
    if found is None:
        return "write hours and minutes, such as `09:30`"
    if found["offset"]:
        return f"a time of day has no offset: write `{found['hour']:0>2}:{found['rest']}`"
    hour = int(found["hour"])
    if found["half"]:
        hour = hour % 12 + (12 if found["half"][0] in "pP" else 0)
    return f"write `{hour:02}:{found['rest']}`"


def _as_moment(text: str) -> str:
    found = _OTHER_MOMENT.fullmatch(text.strip())
    if found is None:
        return "write day, time and offset, such as `2026-01-31T09:30:00+01:00`, or `Z` for UTC"
    plain = f"{found['day']}T{found['hour']:0>2}:{found['rest']}"
    offset = (found["offset"] or "").upper()
    if not offset:
        return f"write the offset too: `{plain}Z` for UTC, or as in `{plain}+01:00`"
    if offset != "Z":
        digits = offset[1:].replace(":", "").ljust(4, "0")
        offset = f"{offset[0]}{digits[:2]}:{digits[2:]}"
    return f"write `{plain}{offset}`"


def _as_date(text: str) -> str:
    """What to write for a date in another order. `11/12/2026` can be read in two ways, so it is
    not read."""
    for form in _OTHER_DATES:
        if found := form.fullmatch(text.strip()):
            return f"write `{found['year']}-{found['month']:0>2}-{found['day']:0>2}`"
    return "write year, month and day, such as `2026-01-31`"


def _list(
    node: Node, field: Field, name: str, source: Source, notation: Notation
) -> Iterator[Diagnostic]:
    assert field.items is not None
    if not isinstance(node, Listing):
        help, instead = "", None
        if isinstance(node, Scalar):
            if not list(explain(node, field.items, name, source)):
                help = f"write `[{notation.word(clean(node.text))}]`"
                instead = f"[{source.slice(node.span)}]"
            elif (near := _meant(node.text, field.items)) is not None:
                help = f"write a list, such as `[{notation.word(near)}]`"
        if not help and field.items.kind is Kind.MAPPING:
            help = "put `- ` before each item"
            if notation is Notation.TOML:
                help = f"begin each item with a line `[[{clean(name)}]]`"
        yield _wrong_kind(node, field, name, source, help, instead=instead)
        return
    if len(node.items) < field.fewest_items:
        yield at(
            "MLP0707",
            f"`{name}` is empty; expected at least {field.fewest_items} "
            f"{'item' if field.fewest_items == 1 else 'items'}",
            source,
            node.span,
            help="add an item",
        )
    if field.most_items is not None and len(node.items) > field.most_items:
        yield at(
            "MLP0707",
            f"`{name}` has {len(node.items)} items; at most {field.most_items} are allowed",
            source,
            node.span,
            help="split it",
        )
    seen: set[str] = set()
    for item in node.items:
        yield from explain_item(item, field.items, name, source)
        if field.unique_items and isinstance(item, Scalar) and isinstance(item.value, str):
            word = field.items.aliases.get(item.value, item.value)
            if word in seen:
                yield at(
                    "MLP0718",
                    f"`{clean(item.text)}` stands in `{name}` twice",
                    source,
                    item.span,
                    help="keep one of the two",
                )
            seen.add(word)


def _number(node: Node, field: Field, name: str, source: Source) -> Iterator[Diagnostic]:
    match node:
        case Mapping() if field.estimate:
            yield from _estimate(node, field, name, source)
        case Scalar(value=bool()):
            yield _wrong_kind(node, field, name, source)
        case Scalar(value=int() | Decimal() as value):
            yield from _quantity(node, value, field, name, source)
        case Scalar(value=str()):
            yield _not_a_number(node, field, name, source)
        case _:
            yield _wrong_kind(node, field, name, source)


def _quantity(
    node: Scalar, value: int | Decimal, field: Field, name: str, source: Source
) -> Iterator[Diagnostic]:
    shown = clean(node.text)
    if field.kind is Kind.INTEGER and value != int(value):
        both = two_readings(node.text, field.most)
        help = f"write `{both[0]}` where thousands are meant" if both else ""
        yield _wrong_kind(node, field, name, source, help)
    elif field.members and value not in field.members:
        yield at(
            "MLP0706",
            f"`{name}` is {shown}; expected {expected(field)}",
            source,
            node.span,
        )
    elif value < 0 and (field.least == 0 or field.above == 0):
        yield at(
            "MLP0707",
            f"`{name}` is {shown}; it cannot be negative",
            source,
            node.span,
            help="write it without a sign",
        )
    elif field.above is not None and value <= field.above:
        message = f"`{name}` is {shown}; expected more than {field.above}"
        yield at("MLP0707", message, source, node.span)
    elif (field.least is not None and value < field.least) or (
        field.most is not None and value > field.most
    ):
        low = field.least if field.least is not None else field.above
        unit = f" {field.unit}" if field.unit and field.unit != "number" else ""
        yield at(
            "MLP0707",
            f"`{name}` is {shown}; expected {low} to {field.most}{unit}",
            source,
            node.span,
        )


def _estimate(node: Mapping, field: Field, name: str, source: Source) -> Iterator[Diagnostic]:
    bound = replace(field, estimate=False, unknown=False, members=())
    for entry in node.entries:
        if entry.name in ("low", "high"):
            yield from explain(entry.value, bound, f"{name}.{entry.name}", source)
        else:
            yield at(
                "MLP0702",
                f"unknown key `{clean(entry.name)}` in the estimate of `{name}`",
                source,
                entry.key.span,
                help="an estimate has `low` and `high` only",
            )
    strange = [entry for entry in node.entries if entry.name not in ("low", "high")]
    for key in ("low", "high"):
        if node.entry(key) is None and not strange:
            message = f"the estimate of `{name}` has no `{key}`"
            help = "write both, `{low: 1000, high: 3000}`"
            yield at("MLP0703", message, source, node.span, help=help)


#: Digits with marks between thousands, in any of the ways that people write them.
GROUPED = pattern(
    r"[1-9][0-9]{0,2}(?P<mark>[ _'])[0-9]{3}(?:(?P=mark)[0-9]{3})*(?:[.,][0-9]+)?"
    r"|[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]+)?"
    r"|[1-9][0-9]{0,2}(?:\.[0-9]{3}){2,}(?:,[0-9]+)?"
    r"|[1-9][0-9]{0,2}(?:\.[0-9]{3})+,[0-9]+"
)
_MEANT = pattern(
    r"(?P<before>[^\s\d.,'+-]{1,3}\.?)?\s*(?P<sign>[-+]?)"
    rf"(?P<whole>{GROUPED.pattern}|[0-9]+(?:\.[0-9]+|,[0-9]{{1,2}})?)"
    r"\s*(?P<scale>[kKM](?![a-zA-Z]))?\s*(?P<after>[^\d.,'+-]*)"
)
#: Signs that are written for others, and what they stand for.
_OTHER_SIGNS = {
    **dict.fromkeys(
        "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f", " "
    ),
    **dict.fromkeys("\u2019\u02bc\u00b4\u0060", "'"),
    **dict.fromkeys("\u2212\u2013\ufe63\uff0d", "-"),
}


def plain_signs(text: str) -> str:
    """A text with digits of any script, minus signs, apostrophes and spaces as ASCII has them."""
    signs = (str(decimal(char, _OTHER_SIGNS.get(char, char))) for char in text)
    return text if text.isascii() else "".join(signs)


def ungrouped(digits: str) -> str:
    """Without the marks between thousands; the last point or comma is one for decimals where
    no mark of its kind stands before it, and where it cannot be one between thousands."""
    last = re.search(r"[.,](?=[0-9]+$)", digits)
    is_mark = last and last[0] == "," and re.fullmatch(r"[0-9]{1,3},[0-9]{3}", digits)
    if last and digits.count(last[0]) == 1 and not is_mark:
        whole, part = digits[: last.start()], digits[last.end() :]
        return f"{re.sub(r'[^0-9]', '', whole)}.{part}"
    return re.sub(r"[^0-9]", "", digits)


def two_readings(text: str, most: int | Decimal | None) -> tuple[str, str] | None:
    """The two numbers that `1.500` and `1,500` may be, 1500 and 1.5; None where it is one only,
    or where the first is more than `most`. The second is written so that it can be but itself."""
    if not re.fullmatch(r"[1-9][0-9]{0,2}[.,][0-9]{3}", text):
        return None
    large, small = re.sub("[.,]", "", text), text.replace(",", ".")
    if most is not None and Decimal(large) > most:
        return None
    short = format(Decimal(small).normalize(), "f")
    return large, f"{short}0" if len(short.partition(".")[2]) == 3 else short


_NOT_FINITE = {"nan", "inf", "infinity", "+inf", "-inf", "-infinity", "+infinity"}


def _not_a_number(node: Scalar, field: Field, name: str, source: Source) -> Diagnostic:
    """Text where a number should be; says which number it probably means."""
    text = node.text.strip()
    if text.casefold().lstrip(".") in _NOT_FINITE:
        message = f"`{name}` is `{clean(text)}`, which is not a finite number"
        return at("MLP0612", message, source, node.span, help="write `unknown`")
    if node.quoted and re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text):
        return _wrong_kind(node, field, name, source, "take the quotes away", "MLP0705", text)
    number = meant(text, field.unit)
    help = "write plain digits" if re.search("[0-9]", text) else ""
    if number is not None:
        help = f"write plain digits: `{number}`"
    elif field.estimate and (ends := _between(text, field.unit)) is not None:
        help = f"write `{{low: {ends[0]}, high: {ends[1]}}}`"
    code = "MLP0705" if help else "MLP0704"
    return _wrong_kind(node, field, name, source, help, code, number)


def _between(text: str, unit: str | None) -> tuple[str, str] | None:
    """The two numbers of `1000-2000`, `1000 to 2000` or `1000 .. 2000`, if the second is larger."""
    parts = re.split(r"\s*(?:\.\.+|[\u2010-\u2015\u2026~-]|\bto\b)\s*", text.strip())
    if len(parts) != 2:
        return None
    low, high = (meant(part, unit) for part in parts)
    if low is None or high is None or Decimal(low) >= Decimal(high):
        return None
    return low, high


def meant(text: str, unit: str | None) -> str | None:
    """The plain digits that `$5K`, `5,000` or `0x10` stand for, where there is no doubt."""
    if len(text) > 60:
        return None
    text = plain_signs(text)
    if re.fullmatch(r"0x[0-9a-fA-F]{1,12}|0o[0-7]{1,15}|0b[01]{1,40}", text):
        return str(int(text, 0))
    if re.fullmatch(r"[0-9]+(_[0-9]+)+", text):
        return text.replace("_", "")
    found = _MEANT.fullmatch(text)
    if not found:
        return None
    words = (unit or "").casefold().split("/")
    money = currencies.written((unit or "").partition("/")[0])
    after = found["after"].strip().casefold()
    if found["before"] and found["before"].casefold() not in money:
        return None
    if after:
        tail = [word.strip() for word in after.split("/")]
        said = [words[0] if word in money else word.removesuffix("s") for word in tail]
        own = ["%" if word == "percent" else word for word in said]
        if own != words[: len(own)] and own != [word.removesuffix("s") for word in words]:
            return None
    scale = {"k": 1000, "K": 1000, "M": 1_000_000}.get(found["scale"] or "", 1)
    number = exact(ungrouped(found["whole"]))
    if number is None:
        return None
    value = Decimal(number) * scale
    plain = format(value.normalize(), "f")
    return f"{found['sign'].replace('+', '')}{plain}"


_FLAG_WORDS = {"yes": True, "y": True, "on": True, "true": True, "1": True}
_FLAG_WORDS |= {"no": False, "n": False, "off": False, "false": False, "0": False}


def _flag(node: Node, field: Field, name: str, source: Source) -> Iterator[Diagnostic]:
    if isinstance(node, Scalar) and isinstance(node.value, bool):
        return
    help, instead = "", None
    if isinstance(node, Scalar):
        word = _FLAG_WORDS.get(node.text.casefold())
        if word is not None:
            right = "true" if word else "false"
            quoted = node.quoted and node.text == right
            help, instead = "take the quotes away" if quoted else f"write `{right}`", right
    yield _wrong_kind(node, field, name, source, help, instead=instead)


def _text(node: Node, field: Field, name: str, source: Source) -> Iterator[Diagnostic]:
    if not isinstance(node, Scalar):
        yield _wrong_kind(node, field, name, source)
        return
    if field.members:
        if not isinstance(node.value, str) or (
            node.value not in field.members and node.value not in field.aliases
        ):
            yield _not_a_member(node, field, name, source)
        return
    if not isinstance(node.value, str):
        help = ""
        if matching(field.pattern, node.text) if field.pattern else field.grain is None:
            help = f'put it in quotes: `"{clean(node.text)}"`'
        yield _wrong_kind(node, field, name, source, help)
        return
    length = len(node.value)
    longest = LONGEST if field.longest is None and field.pattern else field.longest
    if field.grain and field.pattern and not matching(field.pattern, node.value):
        help = as_point(node.value, field.grain)
        yield _wrong_kind(node, field, name, source, help, code="MLP0709")
    elif length < (field.shortest or 0):
        message = f"`{name}` is empty; expected {expected(field)}"
        help = "write something" + (", or `unknown`" if field.unknown else "")
        yield at("MLP0708", message, source, node.span, help=help)
    elif longest is not None and length > longest:
        message = f"`{name}` has {length} characters; at most {longest} are allowed"
        yield at("MLP0719", message, source, node.span, help="shorten it")
    elif field.pattern and not matching(field.pattern, node.value):
        small = node.value.lower()
        meant = _meant(node.value, field) or (small if matching(field.pattern, small) else None)
        help = f"did you mean `{clean(meant)}`?" if meant is not None else ""
        yield _wrong_kind(node, field, name, source, help, code="MLP0708")


def _not_a_member(node: Scalar, field: Field, name: str, source: Source) -> Diagnostic:
    """A word that is not in the list: the look-alike, the nearest, or the words of a short list.
    Of a long one the few that are least unlike, and where the sentence on each stands."""
    foreign = next((char for char in node.text if ord(char) > 127), None)
    near = _member(node.text, field)
    message = f"`{clean(name)}` is {_found(node)}; expected {expected(field)}"
    if len(field.members) > _MANY:
        message = (
            f"`{clean(name)}` is {_found(node)}, which is not one of the "
            f"{len(field.members)} words that may stand there"
        )
    if foreign is not None and near is not None and near not in field.hints.values():
        message = (
            f"`{clean(name)}` is {_found(node)}, which looks like `{near}` but contains "
            f"{code_point(foreign)}"
        )
        instead = rewritten(source, node.span, node.text, near)
        help = f"write `{near}` in plain letters"
        return at("MLP0706", message, source, node.span, help=help, instead=instead)
    help, instead = "", None
    if near is not None and len(field.members) > 1:
        said = field.words.get(near)
        help = f"did you mean `{near}`?" + (f" {said}" if said else "")
        instead = rewritten(source, node.span, node.text, near)
    elif len(field.members) > _MANY:
        few = listing([f"`{one}`" for one in _least_unlike(node.text, field)])
        help = f"the nearest are {few}; the schema has all {len(field.members)} words"
        help += ", with a sentence on each" if field.words else ""
    elif len(field.members) > 8:
        help = f"the words are {', '.join(str(member) for member in field.members)}"
    return at("MLP0706", message, source, node.span, help=help, instead=instead)


#: So many letters may differ where somebody only mistyped a name.
_A_SLIP = 2


def _least_unlike(text: str, field: Field) -> list[str]:
    """The three members with the fewest letters that differ from the text's."""
    flat = text[:LONGEST_NAME].casefold()
    members = [member for member in field.members if isinstance(member, str)]
    return sorted(members, key=lambda member: distance(flat, member) / max(len(flat), len(member)))[
        :3
    ]


def _meant(text: str, field: Field) -> str | None:
    """What a text most probably means: a member of a list of words, or what a hint says."""
    if field.members:
        return _member(text, field)
    return field.hints.get(normalize("NFKC", text[:LONGEST_NAME]).casefold().strip())


def _member(text: str, field: Field) -> str | None:
    """The member of a list of words that a text most probably means."""
    members = [member for member in field.members if isinstance(member, str)]
    if not members or len(text) > 200:
        return None
    words = {**field.hints, **field.aliases, **{member: member for member in members}}
    flat = normalize("NFKC", text).casefold().strip()
    for plain in (flat, re.sub(r"[\s_]+", "-", flat), re.sub(r"[\s-]+", "_", flat)):
        if plain in words:
            return words[plain]
    near = nearest(flat, members)
    if near is not None:
        return near
    inside = [word for word in words if re.search(rf"\b{re.escape(word)}\b", flat)]
    longest = max(inside, key=len, default=None)
    return words[longest] if longest is not None else None


def unknown_key(
    name: str,
    span: Span,
    field: Field,
    where: str,
    homes: tuple[tuple[str, ...], ...],
    also: tuple[str, ...],
    source: Source,
) -> Diagnostic:
    """A key the schema does not know there: misspelt, or at home elsewhere."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().replace("-", "_")
    known = [*field.children, *also]
    message = f"unknown key `{clean(name)}`{where}" if name else f"a key{where} has no name"
    foreign = next((char for char in name if ord(char) > 127), None)
    if foreign is not None:
        message += f", with {code_point(foreign)}"
    if snake in known:
        case = "lower case and underscores" if snake != name else "underscores"
        message = f"{message}: keys are written with {case}"
        instead = rewritten(source, span, name, snake)
        return at("MLP0702", message, source, span, help=f"write `{snake}`", instead=instead)
    near = nearest(name, known) if len(name) <= 100 else None
    if near is None or distance(snake, near) > _A_SLIP:
        # A name that is known elsewhere, or is of the same words, is meant rather than one that
        # has many letters in common.
        near = None if homes else of_same_words(snake, known) or near
    instead = None
    if near is not None:
        help = f"did you mean `{near}`?"
        instead = rewritten(source, span, name, near)
    elif homes:
        shortest = min(len(home) for home in homes)
        paths = [".".join(home) for home in homes if len(home) == shortest]
        places = listing([f"`{path}`" for path in dict.fromkeys(paths)], 3)
        top = shortest == 1
        help = f"it belongs at the top of the file, not {where.strip()}" if top else ""
        help = help or f"it belongs at {places}"
    else:
        help = f"keys there: {listing(known, 16)}"
    return at("MLP0702", message, source, span, help=help, instead=instead)


def missing_key(
    key: str, field: Field | None, where: str, span: Span, source: Source, notation: Notation
) -> Diagnostic:
    """A key that must be there and is not."""
    if field is not None and len(field.members) == 1:
        help = f"add `{notation.entry(key, notation.word(str(field.members[0])))}`"
        return at("MLP0703", f"`{key}` is missing{where}", source, span, help=help)
    help = f"add `{notation.entry(key, '…')}`"
    if field is not None and field.description:
        wanted = f"{field.description[0].lower()}{field.description[1:]}".rstrip(".")
        help = f"{help} ({wanted})"
    return at("MLP0703", f"`{key}` is missing{where}", source, span, help=help)
