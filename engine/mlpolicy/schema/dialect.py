"""The text of a manifest's JSON Schema in, its value out, or what is wrong with it and where.

A schema comes with a policy, and so from others. What is read here is what all later readers
may rely on: JSON of bounded depth with finite numbers; keywords of the right shape; `$ref`s that
lead to a place in the same file and never in a circle, so that they can be written out; and
regular expressions that are quick. Nothing is fetched, and nothing outside the file is named.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

from mlpolicy.characters import clean, decoded
from mlpolicy.diagnostics import Diagnostic, at
from mlpolicy.pattern import pattern
from mlpolicy.schema.keywords import NAMED, ONE, RANKS, SEVERAL, STATEMENTS
from mlpolicy.schema.patterns import refusal
from mlpolicy.source import Source, Span
from mlpolicy.suggest import nearest

Path: TypeAlias = "tuple[str | int, ...]"

#: Levels of brackets; a schema of many parts has about fifteen.
MOST_DEPTH = 100
#: Schemas in schemas, with every `$ref` written out.
MOST_PARTS = 50_000
#: Parts within parts, with every `$ref` written out.
MOST_CHAIN = 200
#: Digits of a number, and the power of ten it may have.
MOST_DIGITS = 40
MOST_POWER = 30


def read(data: bytes, file: str) -> tuple[Mapping[str, Any] | None, tuple[Diagnostic, ...]]:
    """The schema in a file, its numbers exact; or None and everything that is wrong with it."""
    source, fault = decoded(data, file, "MLP0917")
    if fault is not None:
        return None, (fault,)
    fault = _unreadable(source)
    if fault is not None:
        return None, (fault,)
    try:
        value = json.loads(source.text, parse_float=Decimal)
    except json.JSONDecodeError as error:
        said = f"{error.msg[:1].lower()}{error.msg[1:]}"
        offset = min(error.pos, max(len(source.text) - 1, 0))
        help = _JSON_HELP.get(error.msg, "")
        return None, (_fault(source, f"not valid JSON: {said}", Span(offset, offset + 1), help),)
    if not isinstance(value, dict):
        return None, (_fault(source, "a schema is a JSON object", Span(0, 1)),)
    twice = tuple(_keys_twice(source))
    if twice:
        return None, twice
    faults = tuple(_Reader(source, value).faults())
    return (None, faults) if faults else (value, ())


_JSON_HELP = {
    "Expecting ',' delimiter": "write a comma between two entries",
    "Expecting property name enclosed in double quotes": (
        "write a key in double quotes; behind the last entry stands no comma"
    ),
    "Expecting ':' delimiter": "write `:` between a key and its value",
    "Expecting value": "write a value; behind the last one stands no comma",
    "Extra data": "take out what stands behind the last `}`",
}


def place_of(source: Source, path: Path) -> Span:
    """Where the value at a path of a JSON text stands; for a key of an object, its key."""
    text, here = source.text, _skip(source.text, 0)
    span = Span(here, here + 1)
    decoder = json.JSONDecoder(parse_float=Decimal)
    for step in path:
        opens, found = text[here : here + 1], False
        here = _skip(text, here + 1)
        index = 0
        while text[here : here + 1] not in ("]", "}", ""):
            key: str | int = index
            start, end = here, here + 1
            if opens == "{":
                key, end = decoder.raw_decode(text, here)
                here = _skip(text, _skip(text, end) + 1)
            if key == step:
                span, found = Span(start, end), True
                break
            _, here = decoder.raw_decode(text, here)
            here = _skip(text, here)
            if text[here : here + 1] == ",":
                here = _skip(text, here + 1)
            index += 1
        if not found:
            return span
    return span


def _skip(text: str, offset: int) -> int:
    while text[offset : offset + 1] in (" ", "\t", "\r", "\n"):
        offset += 1
    return offset


_TOKEN = pattern(
    r'"(?:\\.|[^"\\])*"?|(?P<open>[\[{])|(?P<close>[\]}])'
    r"|(?P<number>-?[0-9][0-9.eE+-]*)|(?P<word>-?(?:NaN|Infinity))",
    re.DOTALL,
)


def _unreadable(source: Source) -> Diagnostic | None:
    """What a reader of JSON would end at, or read as something else than is written."""
    depth = 0
    for token in _TOKEN.finditer(source.text):
        span = Span(token.start(), token.end())
        match token.lastgroup:
            case "open":
                depth += 1
                if depth > MOST_DEPTH:
                    message = f"nested more than {MOST_DEPTH} levels deep"
                    return _fault(source, message, span, "give the parts names in `$defs`")
            case "close":
                depth -= 1
            case "number":
                digits, _, power = token[0].lower().partition("e")
                if len(digits) > MOST_DIGITS or len(power) > 3 or _power(power) > MOST_POWER:
                    message = f"the number `{clean(token[0], 40)}` is too long"
                    return _fault(source, message, span, "leave the bound out where there is none")
            case "word":
                return _fault(source, f"`{token[0]}` is no number of JSON", span)
    return None


def _keys_twice(source: Source) -> Iterator[Diagnostic]:
    """The keys that stand twice in one object of a valid JSON text: a reader of JSON takes the last
    one, and says nothing of the others."""
    text = source.text
    objects: list[dict[str, Span] | None] = []
    for token in _TOKEN.finditer(text):
        match token.lastgroup:
            case "open":
                objects.append({} if token[0] == "{" else None)
            case "close":
                objects.pop()
            case None if objects[-1] is not None and text[_skip(text, token.end())] == ":":
                keys, key = objects[-1], json.loads(token[0])
                span = Span(token.start(), token.end())
                if key in keys:
                    message = f"the key `{clean(key, 40)}` stands twice in one object"
                    yield _fault(source, message, span, "keep one of the two")
                keys[key] = span
            case _:
                pass


def _power(text: str) -> int:
    return abs(int(text)) if re.fullmatch("[-+]?[0-9]+", text) else 0


def _fault(source: Source, message: str, span: Span, help: str = "") -> Diagnostic:
    return at("MLP0917", message, source, span, help=help)


# -- keywords ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Shape:
    """What the value of a keyword must be, and how that is called."""

    fits: Callable[[Any], bool]
    called: str


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _list_of(one: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(map(one, value))


def _map_to(one: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, dict) and all(map(one, value.values()))


_texts = _list_of(_text)


def _keys(value: Any) -> bool:
    return _texts(value) and len(set(value)) == len(value)


def _schema(value: Any) -> bool:
    return isinstance(value, dict | bool)


_schemas = _list_of(_schema)


def _atom(value: Any) -> bool:
    """A path, and the words or flags of which one stands there."""
    if not (isinstance(value, dict) and _text(value.get("path"))):
        return False
    members = value.get("in")
    return _texts(members) or (isinstance(members, list) and all(map(_flag, members)))


def _contradiction(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and _atom(value.get("if"))
        and _atom(value.get("then_not"))
        and _text(value.get("message"))
    )


def _guard(value: Any) -> bool:
    if isinstance(value, dict):
        return (
            value.keys() == {"not_with", "in"} and _text(value["not_with"]) and _keys(value["in"])
        )
    return _flag(value)


def _companion(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and all(_text(value.get(name)) for name in ("key", "with", "write", "message"))
        and _texts(value.get("in"))
        and _flag(value.get("or_absent"))
    )


_TYPES = ("object", "array", "string", "number", "integer", "boolean", "null")
_A_TEXT, _A_FLAG = _Shape(_text, "a text"), _Shape(_flag, "`true` or `false`")
_A_NUMBER, _A_COUNT = _Shape(_number, "a number"), _Shape(_count, "a whole number, 0 or more")
_WORDS = _Shape(_map_to(_text), "a mapping from words to texts")

_SHAPES: Mapping[str, _Shape] = {
    **dict.fromkeys(("$schema", "$id", "$comment", "title", "description", "format"), _A_TEXT),
    **dict.fromkeys(("patternErrorMessage", "pattern", "$ref", "$anchor"), _A_TEXT),
    **dict.fromkeys(("x-unit", "x-unique-by", "x-refers-to", "x-measured-on"), _A_TEXT),
    **dict.fromkeys(("x-acyclic", "x-sensitive", "x-free-text"), _A_FLAG),
    "x-fraction-guard": _Shape(_guard, "true, false, or `not_with` with `in`"),
    "uniqueItems": _A_FLAG,
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _A_NUMBER),
    "multipleOf": _Shape(lambda value: _number(value) and value > 0, "a number above 0"),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "x-decimals"), _A_COUNT),
    **dict.fromkeys(("minProperties", "maxProperties", "minContains", "maxContains"), _A_COUNT),
    "required": _Shape(_keys, "a list of keys, each once"),
    "dependentRequired": _Shape(_map_to(_keys), "a mapping from keys to lists of keys"),
    "enum": _Shape(lambda value: isinstance(value, list) and bool(value), "a list of values"),
    "type": _Shape(
        lambda value: value in _TYPES or bool(value and _keys(value) and set(value) <= {*_TYPES}),
        f"one of {', '.join(_TYPES)}, or a list of them",
    ),
    **dict.fromkeys(ONE, _Shape(_schema, "a schema")),
    **dict.fromkeys(
        SEVERAL, _Shape(lambda value: bool(value) and _schemas(value), "a list of schemas")
    ),
    **dict.fromkeys(NAMED, _Shape(_map_to(_schema), "a mapping from names to schemas")),
    **dict.fromkeys(("x-aliases", "x-hints", "x-words"), _WORDS),
    "x-usual": _Shape(lambda value: bool(value) and _texts(value), "a list of texts"),
    "x-short-form": _Shape(_map_to(_text), "a mapping from keys to paths"),
    **dict.fromkeys(
        ("x-order", "x-same"),
        _Shape(_list_of(lambda pair: _texts(pair) and len(pair) == 2), "a list of pairs of keys"),
    ),
    "x-editable": _Shape(
        lambda value: value is True or value in RANKS, f"one of {', '.join(RANKS)}, or `true`"
    ),
    "x-intended": _Shape(lambda value: isinstance(value, bool), "`true` or `false`"),
    "x-statement": _Shape(lambda value: value in STATEMENTS, f"one of {', '.join(STATEMENTS)}"),
    "x-contradictions": _Shape(
        _list_of(_contradiction),
        "a list of `if`, `then_not` (each a `path` and `in`) and `message`",
    ),
    "x-stands-with": _Shape(
        _list_of(_companion),
        "a list of `key`, `with`, `in`, `or_absent`, `write` and `message`",
    ),
}
#: The words that are not those of JSON Schema.
_OWN = tuple(key for key in _SHAPES if key.startswith("x-"))
#: Keywords that lead elsewhere.
_ELSEWHERE = frozenset(("$dynamicRef", "$recursiveRef", "$dynamicAnchor", "$recursiveAnchor"))


class _Reader:
    """Goes through a schema; every part of it once."""

    def __init__(self, source: Source, raw: Mapping[str, Any]) -> None:
        self.source, self.raw = source, raw
        self.refs: dict[Path, Path] = {}
        self.below: dict[Path, list[Path]] = {}

    def faults(self) -> Iterator[Diagnostic]:
        """All that is wrong with single parts; else, what is wrong with how they refer."""
        found = [*self._part(self.raw, ())]
        while further := [path for path in self.refs.values() if path not in self.below]:
            for path in dict.fromkeys(further):
                target: Any = self.raw
                for step in path:
                    target = target[step]
                found += self._part(target, path)
        yield from found
        if not found:
            yield from self._circles()

    def _at(self, message: str, path: Path, help: str = "") -> Diagnostic:
        return _fault(self.source, message, place_of(self.source, path), help)

    def _part(self, part: Any, path: Path) -> Iterator[Diagnostic]:
        self.below[path] = []
        if not isinstance(part, dict):
            return
        for key, value in part.items():
            here = (*path, key)
            shape = _SHAPES.get(key)
            if key in _ELSEWHERE:
                message = f"`{key}` is not read: a schema refers to its own parts with `$ref`"
                yield self._at(message, here, 'write `"$ref": "#/$defs/NAME"`')
            elif shape is not None and not shape.fits(value):
                message = f"`{clean(key)}` is {_shown(value)}; expected {shape.called}"
                yield self._at(message, here)
            elif key.startswith("x-") and shape is None and (near := nearest(key, _OWN)):
                message = f"`{clean(key)}` is no word of a schema"
                yield self._at(message, here, f"did you mean `{near}`?")
            elif key == "$ref":
                yield from self._ref(value, here, path)
            elif key == "pattern":
                yield from self._pattern(value, here)
            elif key in ONE:
                yield from self._below(value, here, path)
            elif key in SEVERAL:
                for number, each in enumerate(value):
                    yield from self._below(each, (*here, number), path)
            elif key in NAMED:
                for name, each in value.items():
                    if key == "patternProperties":
                        yield from self._pattern(name, (*here, name))
                    yield from self._below(each, (*here, name), path)

    def _below(self, part: Any, path: Path, above: Path) -> Iterator[Diagnostic]:
        if not (len(path) > 1 and path[-2] in ("$defs", "definitions")):
            self.below[above].append(path)
        yield from self._part(part, path)

    def _pattern(self, pattern: str, path: Path) -> Iterator[Diagnostic]:
        if said := refusal(pattern):
            message = f"the pattern `{clean(pattern)}` cannot be used: {said}"
            yield self._at(message, path, "write one that begins with `^` and repeats less")

    def _ref(self, ref: str, here: Path, owner: Path) -> Iterator[Diagnostic]:
        target: Any = self.raw
        path: list[str | int] = []
        if ref != "#" and not ref.startswith("#/"):
            message = f"`$ref` leads out of the file, to `{clean(ref)}`"
            yield self._at(message, here, 'write `"$ref": "#/$defs/NAME"`; nothing is fetched')
            return
        for step in ref.removeprefix("#").split("/")[1:]:
            name = step.replace("~1", "/").replace("~0", "~")
            if isinstance(target, list) and re.fullmatch("[0-9]{1,6}", name):
                path.append(int(name))
                target = target[int(name)] if int(name) < len(target) else None
            else:
                known = list(target) if isinstance(target, dict) else []
                target = target.get(name) if isinstance(target, dict) else None
                path.append(name)
            if target is None:
                near = nearest(name, known)
                help = f"did you mean `{near}`?" if near else ""
                yield self._at(f"`$ref` leads to `{clean(ref)}`, which is not there", here, help)
                return
        if not isinstance(target, dict):
            yield self._at(f"`$ref` leads to `{clean(ref)}`, which is no schema", here)
            return
        self.refs[owner] = tuple(path)

    def _circles(self) -> Iterator[Diagnostic]:
        """A `$ref` by which a part comes to hold itself, or more parts than can be written out."""
        sizes: dict[Path, int] = {}
        open_parts: list[Path] = []

        def size(path: Path) -> int | Diagnostic:
            if path in sizes:
                return sizes[path]
            if len(open_parts) > MOST_CHAIN:
                message = f"its `$ref`s lead through more than {MOST_CHAIN} parts, one in another"
                return self._at(message, open_parts[0], "refer to fewer parts")
            if path in open_parts:
                owner = next((p for p in reversed(open_parts) if p in self.refs), ())
                message = f"`$ref` goes round in a circle, to `{_pointer(path)}`"
                return self._at(message, (*owner, "$ref"), "write the part out as deep as it goes")
            open_parts.append(path)
            total = 1
            targets = [*self.below.get(path, ())]
            if path in self.refs:
                targets.append(self.refs[path])
            for target in targets:
                more = size(target)
                if isinstance(more, Diagnostic):
                    return more
                total += more
            open_parts.pop()
            if total > MOST_PARTS:
                message = f"its `$ref`s stand for more than {MOST_PARTS:,} parts"
                return self._at(message, path, "refer to fewer parts")
            sizes[path] = total
            return total

        found = size(())
        if isinstance(found, Diagnostic):
            yield found


def _pointer(path: Path) -> str:
    return clean("#" + "".join(f"/{step}" for step in path))


def _shown(value: Any) -> str:
    match value:
        case dict():
            return "an object"
        case list():
            return "a list"
        case bool():
            return "`true`" if value else "`false`"
        case str():
            return f"the text `{clean(value)}`"
        case None:
            return "`null`"
        case _:
            return f"the number {value}"
