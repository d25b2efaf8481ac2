"""The configuration of a repository: which policy judges its manifests, and how.

`mlpolicy.toml`, or the table `[tool.mlpolicy]` of `pyproject.toml`. The judged must not choose
the judge: what stands here goes before what a manifest says of itself. Reads text, not files;
`session` finds the file.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from mlpolicy.characters import hidden, hidden_in
from mlpolicy.core.facts import Approval
from mlpolicy.diagnostics import Diagnostic, Label, about, at
from mlpolicy.source import Origin, Source, Span

LEVELS = ("block", "warn", "advise", "pending")


@dataclass(frozen=True, slots=True)
class Approved:
    """An entry `[[approved]]`: what it states, and where its keys stand."""

    approval: Approval
    origins: tuple[tuple[str, Origin], ...] = field(default=(), compare=False, repr=False)

    def origin(self, key: str) -> Origin:
        return dict(self.origins)[key]


@dataclass(frozen=True, slots=True)
class Config:
    """What a configuration file says. Empty texts and None stand for keys it does not have.

    `file` is where it stands (empty: there is none); `policy`, `waivers` and `log` are as
    written, paths in them relative to that file. `as_of` is "today" or an ISO date. `approved`
    are the approvals of policies that it states; `require_approval` refuses a policy without
    one, and `required_at` is where that stands. `origins` says where each key stands.
    """

    file: str = ""
    policy: str = ""
    as_of: str = ""
    waivers: str = ""
    manifest_waivers: bool = True
    fail_on: tuple[str, ...] = ()
    log: str = ""
    approved: tuple[Approved, ...] = ()
    require_approval: bool = False
    required_at: Origin | None = field(default=None, compare=False, repr=False)
    origins: tuple[tuple[str, Origin], ...] = field(default=(), compare=False, repr=False)

    @property
    def approvals(self) -> tuple[Approval, ...]:
        return tuple(each.approval for each in self.approved)


NO_CONFIG = Config()


def read_config(source: Source, *, table: bool) -> tuple[Config | None, tuple[Diagnostic, ...]]:
    """The configuration in a TOML text; with `table`, in its `[tool.mlpolicy]`.

    None without diagnostics where that table does not exist: the search goes on upward.
    """
    import tomllib

    if fault := hidden_in(source):
        return None, (fault,)
    if fault := _beyond_limits(source):
        return None, (fault,)
    try:
        values = tomllib.loads(source.text)
    except tomllib.TOMLDecodeError as error:
        return None, (_not_toml(source, str(error)),)
    if table:
        tools = values.get("tool")
        own = tools.get("mlpolicy") if isinstance(tools, dict) else None
        if own is None:
            return None, ()
        if not isinstance(own, dict):
            return None, (
                about(
                    "MLP0908",
                    "`tool.mlpolicy` is not a table",
                    source.name,
                    help="write `[tool.mlpolicy]`",
                ),
            )
        values = own
    known: dict[str, tuple[Callable[[object], bool], str]] = {
        "policy": (_is_text, 'a text: `policy = "NAME@1"`, or a path'),
        "as_of": (_is_as_of, '"today" or a date such as 2026-11-22'),
        "waivers": (_is_text, 'a file: `waivers = "waivers.yaml"`'),
        "log": (_is_text, 'a file: `log = "decisions.jsonl"`'),
        "manifest_waivers": (lambda v: isinstance(v, bool), "true or false"),
        "fail_on": (_is_levels, f"a list of {', '.join(LEVELS)}"),
        "require_approval": (lambda v: isinstance(v, bool), "true or false"),
        "approved": (_is_tables, "entries that begin with a line `[[approved]]`"),
    }
    faults: list[Diagnostic] = []
    good: dict[str, object] = {}
    for key, value in values.items():
        span = _span_of(source, key)
        if key not in known:
            from mlpolicy.suggest import nearest

            close = nearest(key, known)
            hint = f"did you mean `{close}`?" if close else f"keys are {', '.join(known)}"
            faults.append(at("MLP0909", f"unknown key `{key}`", source, span, help=hint))
        elif not known[key][0](value):
            wanted = known[key][1]
            faults.append(
                at(
                    "MLP0910",
                    f"`{key}` has a value it cannot take",
                    source,
                    span,
                    help=f"give {wanted}",
                )
            )
        else:
            good[key] = value
    tables = good.get("approved", [])
    assert isinstance(tables, list)
    read = [_approved(source, number, each) for number, each in enumerate(tables)]
    faults += [fault for _, said in read for fault in said]
    if faults:
        return None, tuple(faults)
    required = good.get("require_approval") is True
    fail_on = good.get("fail_on", ())
    return (
        Config(
            file=source.name,
            policy=str(good.get("policy", "")),
            as_of=str(good.get("as_of", "")),
            waivers=str(good.get("waivers", "")),
            manifest_waivers=good.get("manifest_waivers", True) is True,
            fail_on=tuple(str(level) for level in fail_on) if isinstance(fail_on, list) else (),
            log=str(good.get("log", "")),
            approved=tuple(approved for approved, _ in read if approved is not None),
            require_approval=required,
            required_at=Origin(source, _span_of(source, "require_approval")) if required else None,
            origins=tuple((key, Origin(source, _span_of(source, key))) for key in values),
        ),
        (),
    )


# ── A configuration below another one ────────────────────────────────────────────────────


def tightened(outer: Config, inner: Config) -> tuple[Config | None, tuple[Diagnostic, ...]]:
    """The governing configuration with what one below it adds, or why that one may not stand
    there: it may only tighten, since whoever is judged can write it."""
    faults = [
        _loosens(key, origin, outer, inner)
        for key, origin in inner.origins
        if not _tightens(key, outer, inner)
    ]
    if faults:
        return None, tuple(faults)
    requires = outer.require_approval or inner.require_approval
    return (
        replace(
            outer,
            manifest_waivers=outer.manifest_waivers and inner.manifest_waivers,
            fail_on=tuple(dict.fromkeys((*outer.fail_on, *inner.fail_on))),
            require_approval=requires,
            required_at=outer.required_at or inner.required_at,
        ),
        (),
    )


def _tightens(key: str, outer: Config, inner: Config) -> bool:
    """Does what a lower configuration says under a key leave out nothing that the governing one
    asks for?"""
    match key:
        case "fail_on":
            return True
        case "manifest_waivers":
            return outer.manifest_waivers or not inner.manifest_waivers
        case "require_approval":
            return inner.require_approval or not outer.require_approval
        case _:
            return False


def _loosens(key: str, origin: Origin, outer: Config, inner: Config) -> Diagnostic:
    label = next(
        (Label(at, "the governing one") for name, at in outer.origins if name == key), None
    )
    return Diagnostic(
        "MLP0922",
        f"`{key}` in `{inner.file}` is not allowed, because `{outer.file}` above it governs",
        origin,
        f"delete it, or change `{outer.file}`; a configuration below another one may only add to "
        "`fail_on`, or say `manifest_waivers = false` or `require_approval = true`",
        (label,) if label else (),
        file=inner.file,
    )


# ── Approvals ────────────────────────────────────────────────────────────────────────────

_APPROVAL = {
    "policy": 'the policy\'s name and whole version: `policy = "NAME@1.2.0"`',
    "digest": "the digest that `mlpolicy policies show` prints: `sha256:` and 64 digits and "
    "letters a to f",
    "by": "who approved it, on one line",
    "on": "the day of the approval, such as 2026-11-22",
    "ticket": "a text on one line, or leave it out",
}


def _approved(
    source: Source, number: int, table: dict[str, object]
) -> tuple[Approved | None, list[Diagnostic]]:
    """One entry `[[approved]]`, or all that is wrong with it."""
    span = _entry_span(source, number, table)
    faults: list[Diagnostic] = []

    def fault(code: str, message: str, key: str, help: str) -> None:
        faults.append(at(code, message, source, _within(source, span, key), help=help))

    for key in table:
        if key not in _APPROVAL:
            from mlpolicy.suggest import nearest

            close = nearest(key, _APPROVAL)
            hint = f"did you mean `{close}`?" if close else f"keys are {', '.join(_APPROVAL)}"
            fault("MLP0909", f"unknown key `{key}` in an approval", key, hint)
    good: dict[str, str] = {}
    for key, wanted in _APPROVAL.items():
        if key not in table:
            if key != "ticket":
                fault("MLP0910", f"this approval has no `{key}`", "", f"give {wanted}")
            continue
        value = _approval_value(key, table[key])
        if value is None:
            fault("MLP0910", f"`{key}` has a value it cannot take", key, f"give {wanted}")
        else:
            good[key] = value
    if faults:
        return None, faults
    origins = tuple((key, Origin(source, _within(source, span, key))) for key in good)
    return Approved(Approval(**good), origins), []


def _approval_value(key: str, value: object) -> str | None:
    """What a key of an approval says, None where it cannot say that."""
    import re

    if key == "on":
        return str(value) if _is_as_of(value) and value != "today" else None
    if not isinstance(value, str):
        return None
    forms = {
        "policy": r"[^\s@]+@\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?",
        "digest": r"sha256:[0-9a-f]{64}",
    }
    if key in forms:
        return value if re.fullmatch(forms[key], value) else None
    return value.strip() if value.isprintable() and value.strip() else None


def _entry_span(source: Source, number: int, table: dict[str, object]) -> Span:
    """Where the entry `number` (from 0) of `approved` stands: from its heading to the next one.
    Written on one line in brackets, it is found by its digest."""
    import re

    heads = list(re.finditer(r"^[ \t]*\[\[?[^\]\n]*\]\]?", source.text, re.M))
    own = [
        (head, heads[place + 1].start() if place + 1 < len(heads) else len(source.text))
        for place, head in enumerate(heads)
        if re.fullmatch(r"\[\[(tool\.mlpolicy\.)?approved\]\]", re.sub(r"[\s\"']", "", head[0]))
    ]
    if number < len(own):
        head, end = own[number]
        start = head.start() + len(head[0]) - len(head[0].lstrip())
        return Span(start, end)
    begin = _span_of(source, "approved").start
    digest = table.get("digest")
    found = source.text.find(digest, begin) if isinstance(digest, str) and digest else -1
    if found < 0:
        return Span(begin, len(source.text))
    return Span(max(source.text.rfind("{", 0, found), begin), len(source.text))


def _within(source: Source, span: Span, key: str) -> Span:
    """Where `key` is written in an entry; without a key, or where it is not seen, its heading."""
    import re

    if key:
        text = source.text[span.start : span.end]
        found = re.search(rf"(?:^|[{{,\s])[\"']?({re.escape(key)})[\"']?[ \t]*=", text)
        if found is not None:
            return Span(span.start + found.start(1), span.start + found.end(1))
    line = source.text[span.start : span.end].split("\n", 1)[0].split("#")[0].rstrip()
    return Span(span.start, span.start + max(len(line), 1))


# ── Values ───────────────────────────────────────────────────────────────────────────────


def is_date(text: str) -> bool:
    """Is it an ISO date, written in full?"""
    if len(text) != 10:
        return False
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_text(value: object) -> bool:
    """On one line, without what no text file may hold: all of them name files or policies."""
    if not isinstance(value, str) or not value.strip():
        return False
    return hidden(value) is None and len(value.splitlines()) == 1


def _is_as_of(value: object) -> bool:
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return True
    return isinstance(value, str) and (value == "today" or is_date(value))


def _is_levels(value: object) -> bool:
    return isinstance(value, list) and all(level in LEVELS for level in value)


def _is_tables(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)


#: Levels of brackets, and digits of a number: more is an attack or a slip.
_DEPTH = 50
_DIGITS = 1_000


def _beyond_limits(source: Source) -> Diagnostic | None:
    """What would end the reader of TOML: brackets without end, or digits."""
    import re

    pieces = re.compile(
        r'"""(?:\\.|[^\\])*?"""|' + r"'''.*?'''" + r'|"(?:\\[^\n]|[^"\\\n])*"'
        rf"|'[^'\n]*'|#[^\n]*|(?P<open>[\[{{])|(?P<close>[\]}}])|(?P<long>[0-9_]{{{_DIGITS},}})",
        re.DOTALL,
    )
    depth = 0
    for piece in pieces.finditer(source.text):
        span = Span(piece.start(), piece.end())
        if piece["open"]:
            depth += 1
            if depth > _DEPTH:
                message = f"nested more than {_DEPTH} levels deep"
                return at("MLP0908", message, source, span, help="close the brackets before")
        elif piece["close"]:
            depth = max(depth - 1, 0)
        elif piece["long"]:
            message = f"a number of {len(piece[0]):,} digits"
            return at("MLP0908", message, source, span, help="put it in quotes if it is text")
    return None


def _not_toml(source: Source, text: str) -> Diagnostic:
    """tomllib names the place only in its sentence: `… (at line 3, column 5)`."""
    import re

    found = re.search(r" \(at line (\d+), column (\d+)\)", text)
    message = f"not valid TOML: {text[: found.start()] if found else text.split(' (at ')[0]}"
    message = message[0].lower() + message[1:]
    offset = len(source.text.rstrip("\n"))  # "at end of document"
    if found is not None:
        offset = _offset(source, int(found[1]), int(found[2]))
    return at("MLP0908", message, source, Span(offset, offset + 1))


def _offset(source: Source, line: int, column: int) -> int:
    lines = source.text.splitlines(keepends=True)
    return sum(len(text) for text in lines[: line - 1]) + column - 1


def _span_of(source: Source, key: str) -> Span:
    """Where `key` is written. tomllib keeps no places, so the line is looked for again."""
    import re

    found = re.search(rf"^[ \t]*(?:[\"']?){re.escape(key)}(?=[\"']?[ \t]*[=.])", source.text, re.M)
    if found is None:
        found = re.search(re.escape(key), source.text)
    return Span(found.end() - len(key), found.end()) if found else Span(0, 0)
