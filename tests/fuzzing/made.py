"""Inputs for the fuzzer: made from the schema, or by mutation of good ones. All of it is drawn from
a `Random`, so that a number makes an input again."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from random import Random

from mlpolicy.resources import resource_root
from mlpolicy.schema import Field, Kind, Schema, load_schema
from tests.scopes import SCOPES

ROOT = Path(__file__).parents[2]

#: What breaks readers: numbers without end, characters that hide, commands, brackets, aliases.
BITS = (
    *("1e99999", "-0", "0x10", "010", "1_000", "50,000", "50.000", "9" * 400, "1e-400", ".inf"),
    *("~", "null", "yes", "unknown", "2026-02-30", "2026-W48-6", "0000-00-00", "9999-12-31"),
    *("\u2028", "\u202e", "\x00", "\x85", "\r", "\t", "\ufeff", "\u200b", "é", "e\u0301", "\u3000"),
    *("::error::x", "##[error]", "\x1b[2J", "&a", "*a", "&a [*a, *a]", "<<: *a", "!!python/none"),
    *("{", "}", "[", "]", "[" * 60, "{a: " * 60, "'", '"', "|", ">-", "#", "---\n", "...\n", "? "),
    *("%YAML 1.1\n", "- ", ": ", ",", "\n", "\n\n  ", "x" * 300, "a." * 50, "\\", '\\"', "\\u0000"),
)

#: Texts, of which one fits nearly every field.
WORDS: tuple[str, ...] = (
    *(
        "a",
        "b",
        "w",
        "textract",
        "comprehend",
        "above_need",
        "us-east-1",
        "eu-west-1",
        "2026-11-22",
    ),
    *(
        "https://example.com/x",
        "candidate:xgb",
        "team/x",
        "ml.m5.xlarge",
        "aws-ml-selection@1",
        "en",
    ),
)


@cache
def schema() -> Schema:
    return load_schema(
        (resource_root() / "schemas" / "mlproject.v1.schema.json").read_bytes(), SCOPES
    )


@cache
def seeds(*globs: str) -> tuple[bytes, ...]:
    """The good files to begin with."""
    found = [path.read_bytes() for glob in globs for path in sorted(ROOT.glob(glob))]
    assert found, globs
    return tuple(found)


# ── Mutation ─────────────────────────────────────────────────────────────────────────────


def bytes_changed(data: bytes, rng: Random) -> bytes:
    """A few bytes, pieces or lines of it changed."""
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
        at = rng.randrange(len(data) + 1)
        to = min(len(data), at + rng.choice((0, 1, 1, 2, 5, 20, 200)))
        piece = rng.choice(BITS).encode("utf-8", "replace")
        match rng.randrange(6):
            case 0:
                data = data[:at] + bytes((rng.randrange(256),)) + data[to:]
            case 1:
                data = data[:at] + data[to:]
            case 2:
                data = data[:at] + data[at:to] * rng.choice((2, 3, 50)) + data[to:]
            case 3:
                data = data[:at] + piece + data[to:]
            case 4:
                other = rng.randrange(len(data) + 1)
                data = data[:at] + data[other : other + to - at] + data[at:]
            case _:
                data = b"\n".join(_lines_changed(data.split(b"\n"), rng))
    return data[:200_000]


def _lines_changed(lines: list[bytes], rng: Random) -> list[bytes]:
    at, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    match rng.randrange(4):
        case 0:
            lines[at], lines[other] = lines[other], lines[at]
        case 1:
            lines.insert(at, lines[other])
        case 2:
            lines[at] = b"  " * rng.randrange(4) + lines[at].strip()
        case _:
            del lines[at]
    return lines or [b""]


_TOKEN = re.compile(r"\s+|\w+|\"[^\"\n]*\"|[^\w\s]")


def tokens_changed(text: str, rng: Random) -> str:
    """A few words of a text swapped, doubled, left out, or put in from elsewhere."""
    words = _TOKEN.findall(text)
    for _ in range(rng.choice((1, 1, 2, 4))):
        at, other = rng.randrange(len(words)), rng.randrange(len(words))
        match rng.randrange(5):
            case 0:
                words[at] = words[other]
            case 1:
                words.insert(at, words[other])
            case 2:
                words[at] = ""
            case 3:
                words[at] = rng.choice((*BITS, "not", "and", "unknown", "0", "-1", "?", "%", "USD"))
            case _:
                words[at], words[other] = words[other], words[at]
    return "".join(words)


# ── From the schema ──────────────────────────────────────────────────────────────────────


def manifest(
    rng: Random,
    by: Schema | None = None,
    *,
    api: str = "mlpolicy.dev/v1",
    kind: str = "MLProject",
    slips: int | None = None,
) -> bytes:
    """A manifest that keeps to a schema (by default that of the first pack) but for a few slips, in
    JSON or in blocks of YAML."""
    root = (by or schema()).root
    if slips is None:
        slips = rng.choice((0, 0, 1, 1, 2, 5))
    made = _Maker(rng, slips).value(root, 0)
    if isinstance(made, dict):
        made.setdefault("apiVersion", api)
        made.setdefault("kind", kind)
    text = json.dumps(made, ensure_ascii=rng.random() < 0.5, indent=rng.choice((None, 1)))
    if rng.random() < 0.5:
        text = re.sub(r'"([a-z][a-z0-9-]*)"', r"\1", text)
    return text.encode("utf-8", "replace")


class _Maker:
    def __init__(self, rng: Random, slips: int) -> None:
        self.rng = rng
        self.slips = slips

    def value(self, field: Field | None, depth: int) -> object:
        rng = self.rng
        if field is None or (self.slips and rng.random() < 0.03):
            self.slips -= 1
            return rng.choice((*BITS, 0, -1, 10**15, 0.1, True, None, [], {}, [[]], {"a": {}}))
        if field.unknown and rng.random() < 0.1:
            return "unknown"
        match field.kind:
            case Kind.MAPPING:
                return self.mapping(field, depth)
            case Kind.LIST:
                return self.listing(field, depth)
            case Kind.FLAG:
                return rng.random() < 0.5
            case Kind.NUMBER | Kind.INTEGER:
                return self.number(field)
            case Kind.TEXT:
                return self.text(field)

    def mapping(self, field: Field, depth: int) -> dict[str, object]:
        rng, found = self.rng, {}
        share = rng.choice((0.05, 0.2, 0.5)) if depth > 1 else 0.4
        for name, child in field.children.items():
            refers = child.refers_to or (child.items is not None and child.items.refers_to)
            if name in field.required or rng.random() < (share / 10 if refers else share):
                found[name] = self.value(child, depth + 1)
        if self.slips and found and rng.random() < 0.05:
            self.slips -= 1
            found.pop(rng.choice(list(found)))
        return found

    def listing(self, field: Field, depth: int) -> list[object]:
        number = self.rng.choice((1, 1, 2, 3))
        number = max(number, field.fewest_items)
        items = [self.value(field.items, depth + 1) for _ in range(number)]
        for place, item in enumerate(items):
            if field.unique_by and isinstance(item, dict) and self.rng.random() < 0.95:
                item[field.unique_by] = "abcd"[place % 4]
        if field.unique_items:
            items = list({json.dumps(item): item for item in items}.values())
        return items

    def number(self, field: Field) -> object:
        rng = self.rng
        if field.members:
            return rng.choice(
                [int(str(m)) if str(m).isdigit() else float(str(m)) for m in field.members]
            )
        if field.fraction_guard:
            return rng.choice((2, 50, 85, 99, 100))
        low = int(field.least if field.least is not None else field.above or 0)
        high = int(field.most if field.most is not None and field.most < 10**9 else 10**6)
        number: object = rng.choice((low + 1, high, rng.randint(low, max(low, high)), 1, 20, 90))
        if field.estimate and rng.random() < 0.15:
            return {"low": low + 1, "high": max(high, low + 1)}
        return number

    def text(self, field: Field) -> object:
        rng = self.rng
        if field.members:
            return rng.choice([*map(str, field.members), *field.aliases])
        if field.grain is not None:
            return rng.choice(("2026-11-02", "2026-11-22", "2027-01-31", "2025-02-28"))
        if field.refers_to:
            return "a"
        fitting = [word for word in WORDS if re.search(field.pattern or "", word)]
        return rng.choice(fitting if fitting and rng.random() < 0.98 else WORDS)


# ── Policies ─────────────────────────────────────────────────────────────────────────────


@cache
def pack(folder: str) -> dict[str, str]:
    """The files of a policy by name."""
    top = ROOT / folder
    return {
        path.relative_to(top).as_posix(): path.read_text("utf-8")
        for path in sorted(top.rglob("*"))
        if path.suffix in (".mlp", ".yaml")
    }


def policy(rng: Random, folder: str) -> dict[str, bytes]:
    """A policy of which one file is changed, by words, lines or bytes; sometimes grown."""
    files = {name: text.encode() for name, text in pack(folder).items()}
    name = rng.choice([each for each in files if rng.random() < 0.3 or each.endswith(".mlp")])
    text = files[name].decode()
    changed: Sequence[Callable[[], bytes]] = (
        lambda: tokens_changed(text, rng).encode("utf-8", "replace"),
        lambda: tokens_changed(text, rng).encode("utf-8", "replace"),
        lambda: bytes_changed(text.encode(), rng),
        lambda: "\n".join(_text_lines(text, rng)).encode(),
        lambda: (text + grown(rng)).encode(),
    )
    files[name] = rng.choice(changed)()
    return files


def _text_lines(text: str, rng: Random) -> list[str]:
    lines = [line.encode() for line in text.split("\n")]
    return [line.decode() for line in _lines_changed(lines, rng)]


def grown(rng: Random) -> str:
    """Definitions that hang on one another, many and in ways that grow."""
    steps = rng.choice((3, 12, 40, 150))
    form = rng.choice(
        (
            *("{b} * {b}", "{b} + {b}", "{b} * {a}", "max({b}, {a})", "{b} - 1", "{b} / 3"),
            *(
                "max({b} * 2, {b} + 3) - {b} / 3",
                "({b} + 1) * ({b} + 3) - {b}",
                "ceil({b} / 3) + {b}",
            ),
            *("abs({b} - 7) - {a}", "min({b}, {a} * 2)", "{b} / ({b} + 1)"),
        )
    )
    begin = rng.choice(("3", "documents / 1 document/month", "documents / 1 document/month"))
    lines = ["", f"define f0 : number = {begin}"]
    for number in range(1, steps + 1):
        said = form.format(a=f"f{max(0, number - 2)}", b=f"f{number - 1}")
        lines.append(f"define f{number} : number = {said}")
    return "\n".join(
        [*lines, "rule grown advise", f"  when f{steps} > 5", '  say "x" ref s#S3', ""]
    )


#: Amounts as people and programs write them, most of them not as they should.
AMOUNTS: tuple[str, ...] = (
    *(
        "0",
        "1",
        "-1",
        "0.5",
        "1e3",
        "1e25",
        "1e-25",
        "50,000",
        '"50,000"',
        "50.000",
        "1_000",
        "010",
    ),
    *("NaN", "inf", "", " ", "1 000", "\u00a01", "1\u20132", "9" * 30, "0." + "3" * 30, "None"),
)

#: Words as transcripts have them.
SPOKEN: tuple[str, ...] = (
    "a",
    "b",
    "the",
    "cafe\u0301",
    "caf\u00e9",
    "",
    "\u200d",
    "\u2028",
    "A",
    "a" * 50,
    "\U0001f600",
)


def cell(column: str, rng: Random) -> str:
    """A cell of a table that is measured: mostly one that is right."""
    match column:
        case "amount":
            odd = rng.random() < 0.02
            return rng.choice(AMOUNTS) if odd else f"{rng.randrange(1, 9)}.{rng.randrange(10)}"
        case "words":
            return " ".join(rng.choice(SPOKEN) for _ in range(rng.randrange(1, 6)))
        case "label":
            return rng.choice(("yes", "no"))
        case "query":
            return rng.choice("pqr")
        case _:
            return rng.choice(AMOUNTS) if rng.random() < 0.02 else str(rng.randrange(4))
