"""Any text of a YAML file in, its nodes as they are written out; the one place that asks PyYAML.

Why not `yaml.safe_load`, or PyYAML's composer: the composer of libyaml recurses, so that a
file of open brackets ends the process; the loader speaks YAML 1.1, where `no` is false and
`1_000` a number; and both lose places, repeated keys and how a text was quoted. So the events of
the parser are read here one by one, with a stack of our own and limits on depth and size. What
a scalar means, and whether aliases, tags and repeated keys are allowed, is for the reader to say.

libyaml's parser takes a twentieth of the time of the one in Python and gives the same events.
But it looks ahead: it may meet a limit of its own (nesting, in some versions) before it hands
on the events in which a limit of ours would be met. Its message would then be about a limit
that nobody set here. So where it stops for a limit, the parser in Python, which has none, goes
on from the same event, and the reader of the events says what is too much.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

import yaml

from mlpolicy.pattern import pattern
from mlpolicy.source import Span
from mlpolicy.yamltext.written import Composed, Limits, Stop, Why, Written

#: The parser that reads first.
LOADER: Any = getattr(yaml, "CLoader", yaml.Loader)

#: How libyaml names a limit of its own: "exceeded maximum nesting depth".
_LIMIT = pattern(r"exceed|maximum|nest|limit|too (?:deep|many|long|large)")


def events(text: str) -> Iterator[Any]:
    """PyYAML's events of a text, one by one, with places counted in characters.

    Raises `yaml.YAMLError` where the text is not YAML, never for a limit of the parser.
    """
    given = 0
    try:
        for event in yaml.parse(text, Loader=LOADER):
            yield event
            given += 1
    except yaml.MarkedYAMLError as error:
        if not _LIMIT.search(f"{error.context} {error.problem}"):
            raise
    else:
        return
    try:
        yield from islice(yaml.parse(text, Loader=yaml.Loader), given, None)
    except (ValueError, OverflowError) as error:  # an escape beyond the last code point
        raise yaml.YAMLError(str(error)) from None


def compose(text: str, limits: Limits) -> Composed:
    """The documents of a text. INVARIANT: no node lies deeper than the limit."""
    composer = _Composer(limits)
    try:
        for event in events(text):
            stop = composer.take(event)
            if stop is not None:
                return composer.composed(stop)
    except yaml.MarkedYAMLError as error:
        return composer.composed(_not_yaml(error, text))
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        return composer.composed(
            Stop(why=Why.NOT_YAML, span=Span(0, 1), problem=_plain(str(error)))
        )
    return composer.composed(None)


class _Composer:
    """Takes events one by one; keeps what is open."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.documents: list[Written | None] = []
        self.root: Written | None = None
        self.open: list[Written] = []
        self.keys: list[Written | None] = []  # for each open node, the key that waits for a value
        self.values = 0

    def composed(self, stop: Stop | None) -> Composed:
        root = self.open[0] if self.open else self.root
        return Composed(tuple(self.documents), root if stop else None, stop)

    def take(self, event: Any) -> Stop | None:
        """Why reading stops with this event, if it does."""
        given: Any = event
        match event:
            case yaml.ScalarEvent():
                start, stop = given.start_mark.index, given.end_mark.index
                text, style, tag = given.value, given.style or "", given.tag or ""
                node = Written(
                    start=start,
                    end=stop,
                    stop=stop,
                    text=text,
                    style=style,
                    flow=True,
                    tag=tag,
                    anchor=given.anchor or "",
                )
                return self._add(node)
            case yaml.CollectionStartEvent():
                start, stop = given.start_mark.index, given.end_mark.index
                flow, tag = bool(given.flow_style), given.tag or ""
                node = Written(
                    start=start,
                    end=stop,
                    stop=stop,
                    text="",
                    style="",
                    flow=flow,
                    tag=tag,
                    anchor=given.anchor or "",
                )
                if isinstance(event, yaml.MappingStartEvent):
                    node.entries = []
                else:
                    node.items = []
                return self._begin(node)
            case yaml.CollectionEndEvent():
                done = self.open.pop()
                self.keys.pop()
                done.stop = given.end_mark.index
                done.end = done.stop if done.flow else done.last.end
            case yaml.AliasEvent():
                start, stop = given.start_mark.index, given.end_mark.index
                return self._add(Written(start=start, end=stop, stop=stop, alias=given.anchor))
            case yaml.DocumentStartEvent():
                self.root = None
            case yaml.DocumentEndEvent():
                self.documents.append(self.root)
                self.root = None
        return None

    def _begin(self, node: Written) -> Stop | None:
        if len(self.open) >= self.limits.depth:
            return Stop(why=Why.TOO_DEEP, span=Span(node.start, node.start + 1))
        stop = self._add(node)
        self.open.append(node)
        self.keys.append(None)
        return stop

    def _add(self, node: Written) -> Stop | None:
        self.values += 1
        if not self.open:
            self.root = node
        elif (parent := self.open[-1]).items is not None:
            parent.items.append(node)
            if len(parent.items) > self.limits.entries:
                return Stop(why=Why.TOO_MANY_ENTRIES, span=node.span)
        elif (key := self.keys[-1]) is None:
            self.keys[-1] = node
        else:
            assert parent.entries is not None
            parent.entries.append((key, node))
            self.keys[-1] = None
            if len(parent.entries) > self.limits.entries:
                return Stop(why=Why.TOO_MANY_ENTRIES, span=node.span)
        if self.values > self.limits.values:
            return Stop(why=Why.TOO_MANY_VALUES, span=node.span)
        return None


# -- what is not YAML ----------------------------------------------------------------------

_PROBLEMS = (
    (
        "mapping values are not allowed",
        "a `: ` stands where no key can be; quote text that has one",
    ),
    ("cannot start any token", "use spaces, not tabs; quote text that begins with a sign"),
    ("tab character", "indent with spaces, not tabs"),
    ("could not find expected ':'", "write `key: value`, with a space after the colon"),
    ("did not find expected ',' or", "close the bracket, or put a comma between the items"),
    ("expected ',' or", "close the bracket, or put a comma between the items"),
    ("did not find expected key", "let keys of one mapping begin in the same column"),
    ("did not find expected '-'", "let the `-` of one list stand in the same column"),
    ("expected node content", "close the bracket, or write a value"),
    ("unexpected end of stream", "close the quotes"),
)


def _not_yaml(error: yaml.MarkedYAMLError, text: str) -> Stop:
    problem = _plain(str(error.problem or "cannot be read"))
    mark = error.problem_mark or error.context_mark
    offset = min(int(getattr(mark, "index", 0) or 0), max(len(text) - 1, 0))
    if "cannot start any token" in problem and text[offset : offset + 1] == "\t":
        problem = "a tab character indents this line"
    begun: tuple[Span, str] | None = None
    context: Any = error.context_mark
    if error.context and context is not None and context.line != getattr(mark, "line", -1):
        start = min(int(context.index), len(text))
        begun = Span(start, start + 1), _plain(str(error.context))
    help = next((said for part, said in _PROBLEMS if part in problem), "")
    help = _slip(problem, text, offset) or help
    return Stop(
        why=Why.NOT_YAML, span=Span(offset, offset + 1), problem=problem, help=help, begun=begun
    )


#: A line that begins with a key: what is before the key, the key, what follows its colon.
_KEY = pattern(r"(?P<before>[ ]*(?:- +)*)(?P<key>[A-Za-z_][\w.-]{0,63}):(?P<value>.*)")


def _slip(problem: str, text: str, offset: int) -> str:
    """What to write where the line above shows what went wrong: no space after its colon, or a key
    that does not stand below the key it belongs with. Empty where it does not show."""
    start = text.rfind("\n", 0, offset) + 1
    here = _KEY.fullmatch(text[start:].split("\n", 1)[0].rstrip("\r"))
    if here is None:
        return ""
    above = [line.rstrip() for line in text[:start].split("\n")]
    above = [line for line in above if line and not line.lstrip().startswith("#")]
    last = _KEY.fullmatch(above[-1]) if above else None
    key = here["key"]
    if "mapping values are not allowed" in problem and offset == start + here.end("key"):
        if last is None or last["value"].startswith("//"):
            return ""
        if last["value"][:1] not in ("", " ") and ": " not in last["value"]:
            return f"put a space after `{last['key']}:` in the line above"
        if last["value"].strip() and len(here["before"]) > len(last["before"]):
            return f"begin `{key}` in the same column as `{last['key']}`"
    if "did not find expected '-'" in problem and "-" not in here["before"]:
        items = (each for each in map(_KEY.fullmatch, reversed(above)) if each is not None)
        first = next((each for each in items if "-" in each["before"]), None)
        if first and first["before"].index("-") <= len(here["before"]) < len(first["before"]):
            return f"begin `{key}` in the same column as `{first['key']}`"
    return ""


def _plain(text: str) -> str:
    """A message of PyYAML on one line, without its own places."""
    return " ".join(re.sub(r"[^\x20-\x7e]", " ", text.split(' in "<')[0]).split()).rstrip(".")
