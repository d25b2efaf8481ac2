"""The configuration of a repository: which policy judges its manifests, and how.

`mlpolicy.toml`, or the table `[tool.mlpolicy]` of `pyproject.toml`. The judged must not choose
the judge: what stands here goes before what a manifest says of itself. Reads text, not files;
`session` finds the file.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from mlpolicy.characters import clean, hidden_in
from mlpolicy.core.facts import Approval, names_nobody
from mlpolicy.core.node import node
from mlpolicy.dataclass import field, replace
from mlpolicy.diagnostics import Diagnostic, Label, at, in_order
from mlpolicy.source import Origin, Source
from mlpolicy.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from mlpolicy.schema.nodes import Mapping, Node


@node
class Approved:
    """An entry `[[approved]]`: what it states, and where its keys stand."""

    approval: Approval
    origins: tuple[tuple[str, Origin], ...] = field(default=(), compare=False, repr=False)

    def origin(self, key: str) -> Origin:
        """Where a key of this entry stands. Raises KeyError where the entry does not have it."""
        return dict(self.origins)[key]


@node
class Asked:
    """What a configuration names in a list, and where: a field that every manifest has to state, or
    an extension of the policy."""

    text: str
    origin: Origin | None = field(default=None, compare=False, repr=False)


@node(kw_only=True)
class LintIgnore:
    """An entry `[[lint.ignore]]`: what a rule finds about a name is meant, and why."""

    rule: str
    name: str
    reason: str
    origin: Origin | None = field(default=None, compare=False, repr=False)


@node
class LintConfig:
    """The table `[lint]`: the levels of rules by their names, and what is ignored."""

    levels: tuple[tuple[str, str], ...] = ()
    ignores: tuple[LintIgnore, ...] = ()

    def level(self, rule: str, absent: str) -> str:
        """The level of a rule; `absent` where the table does not name it."""
        return dict(self.levels).get(rule, absent)


@node(kw_only=True)
class Config:
    """What a configuration file says. Empty texts and None stand for keys it does not have.

    `file` is where it stands (empty: there is none); `policy`, `waivers` and `log` are as
    written, paths in them relative to that file, but for the policy where a configuration below
    has chosen it: then `chosen_in` is that one. `extensions` name those that decide with it, each
    relative to where it stands. `as_of` is "today" or an ISO date.
    `manifest_waivers` says whether waivers of manifests count, `decision_date` whether `check`
    decides for the day that a manifest gives; `require` names what every manifest has to state.
    `approved` are the approvals of policies that it states; `require_approval` refuses a policy
    without one, and `required_at` is where that stands. `lint` is for those who edit policies.
    `origins` says where each key stands,
    `digests` which files all of this was read from, and the sha256 of each.
    """

    file: str = ""
    policy: str = ""
    extensions: tuple[Asked, ...] = ()
    chosen_in: str = ""
    as_of: str = ""
    waivers: str = ""
    manifest_waivers: bool = False
    decision_date: bool = False
    require: tuple[Asked, ...] = ()
    fail_on: tuple[str, ...] = ()
    log: str = ""
    approved: tuple[Approved, ...] = ()
    require_approval: bool = False
    lint: LintConfig = LintConfig()
    required_at: Origin | None = field(default=None, compare=False, repr=False)
    origins: tuple[tuple[str, Origin], ...] = field(default=(), compare=False, repr=False)
    digests: tuple[tuple[str, str], ...] = ()

    @property
    def approvals(self) -> tuple[Approval, ...]:
        """What the entries state, without their places."""
        return tuple(each.approval for each in self.approved)


NO_CONFIG = Config()


def read_config(source: Source, *, table: bool) -> tuple[Config | None, tuple[Diagnostic, ...]]:
    """The configuration in a TOML text; with `table`, in its `[tool.mlpolicy]`.

    None without diagnostics where that table does not exist: the search goes on upward. What a
    configuration may say is in `schemas/configuration.v1.schema.json`.
    """
    from mlpolicy import tomltext
    from mlpolicy.schema.faults import faults_in
    from mlpolicy.schema.fields import own_schema
    from mlpolicy.schema.nodes import Mapping, Notation

    if fault := hidden_in(source):
        return None, (fault,)
    root = tomltext.read(source, "MLP0908")
    if isinstance(root, Diagnostic):
        return None, (root,)
    own = root.get("tool", "mlpolicy") if table else root
    if own is None:
        return None, ()
    if not isinstance(own, Mapping):
        message = "`tool.mlpolicy` is not a table"
        return None, (at("MLP0908", message, source, own.span, help="write `[tool.mlpolicy]`"),)
    schema = own_schema("configuration")
    faults = faults_in(own, schema, source, code=_code, notation=Notation.TOML)
    faults += _no_day(own, source)
    faults += _by_nobody(own, source)
    return (None, in_order(faults)) if faults else (_config(own, source), ())


def _code(_: object, code: str) -> str:
    """The code of a fault in a configuration, from that of the same fault in a manifest."""
    return "MLP0909" if code == "MLP0702" else "MLP0910"


def _no_day(table: Mapping, source: Source) -> Iterator[Diagnostic]:
    """Refuses an `as_of` of the form of a day that no calendar has."""
    text, node = _text(table, "as_of"), table.get("as_of")
    if node is not None and len(text) == 10 and not is_date(text):
        message = f"`as_of` is `{clean(text)}`, which is not a day of the calendar"
        yield at("MLP0910", message, source, node.span, help="write a real date, or `today`")


def _by_nobody(table: Mapping, source: Source) -> Iterator[Diagnostic]:
    """Refuses an approval by a word that stands where nobody knows who."""
    from mlpolicy.schema.nodes import Mapping

    for each in _items(table, "approved"):
        node = each.get("by") if isinstance(each, Mapping) else None
        text = getattr(node, "value", None)
        if node is not None and isinstance(text, str) and text.strip() and names_nobody(text):
            message = f"`by` is `{clean(text)}`, which names nobody"
            yield at("MLP0910", message, source, node.span, help="write who approved the policy")


def _config(table: Mapping, source: Source) -> Config:
    """The configuration of a table. INVARIANT: the table has no fault."""
    origins = _origins(table, source)
    required = _flag(table, "require_approval", False)
    return Config(
        file=source.name,
        policy=_text(table, "policy"),
        extensions=tuple(_asked(each, source) for each in _items(table, "extensions")),
        as_of=_text(table, "as_of"),
        waivers=_text(table, "waivers"),
        manifest_waivers=_flag(table, "manifest_waivers", False),
        decision_date=_flag(table, "decision_date", False),
        require=tuple(_asked(each, source) for each in _items(table, "require")),
        fail_on=tuple(str(getattr(level, "value", "")) for level in _items(table, "fail_on")),
        log=_text(table, "log"),
        approved=tuple(_approved(each, source) for each in _items(table, "approved")),
        require_approval=required,
        lint=_lint(table, source),
        required_at=dict(origins)["require_approval"] if required else None,
        origins=origins,
    )


def _asked(node: Node, source: Source) -> Asked:
    return Asked(str(getattr(node, "value", "")), Origin(source, node.span))


def _approved(table: Node, source: Source) -> Approved:
    from mlpolicy.schema.nodes import Mapping

    assert isinstance(table, Mapping)
    texts = {name: _text(table, name).strip() for name in table.texts()}
    return Approved(Approval(**texts), _origins(table, source))


def _lint(table: Mapping, source: Source) -> LintConfig:
    from mlpolicy.schema.nodes import Mapping

    own = table.get("lint")
    if not isinstance(own, Mapping):
        return LintConfig()
    levels = own.get("levels")
    names = levels.texts() if isinstance(levels, Mapping) else ()
    ignores = [each for each in _items(own, "ignore") if isinstance(each, Mapping)]
    return LintConfig(
        tuple((name, _text(levels, name)) for name in names if isinstance(levels, Mapping)),
        tuple(
            LintIgnore(
                rule=_text(each, "rule"),
                name=_text(each, "name"),
                reason=_text(each, "reason"),
                origin=Origin(source, each.span),
            )
            for each in ignores
        ),
    )


def _origins(table: Mapping, source: Source) -> tuple[tuple[str, Origin], ...]:
    """Where the keys of a table stand."""
    return tuple((each.name, Origin(source, each.key.span)) for each in table.entries)


def _value(table: Mapping, key: str) -> object:
    return getattr(table.get(key), "value", None)


def _text(table: Mapping, key: str) -> str:
    value = _value(table, key)
    return value if isinstance(value, str) else ""


def _flag(table: Mapping, key: str, absent: bool) -> bool:
    value = _value(table, key)
    return value if isinstance(value, bool) else absent


def _items(table: Mapping, key: str) -> tuple[Node, ...]:
    from mlpolicy.schema.nodes import Listing

    listed = table.get(key)
    return listed.items if isinstance(listed, Listing) else ()


# ── A configuration below another one ────────────────────────────────────────────────────


def tightened(outer: Config, inner: Config) -> tuple[Config | None, tuple[Diagnostic, ...]]:
    """The governing configuration with what one below it adds, or why that one may not stand
    there: it may only tighten, since those who are judged can write it."""
    faults = [
        _loosens(key, origin, outer, inner)
        for key, origin in inner.origins
        if not _tightens(key, outer, inner)
    ]
    if faults:
        return None, tuple(faults)
    said = dict(inner.origins)
    return (
        replace(
            outer,
            policy=inner.policy or outer.policy,
            chosen_in=inner.file if inner.policy else outer.chosen_in,
            manifest_waivers=outer.manifest_waivers
            and (inner.manifest_waivers or "manifest_waivers" not in said),
            decision_date=outer.decision_date
            and (inner.decision_date or "decision_date" not in said),
            extensions=(*outer.extensions, *inner.extensions),
            require=tuple(dict.fromkeys((*outer.require, *inner.require))),
            fail_on=tuple(dict.fromkeys((*outer.fail_on, *inner.fail_on))),
            require_approval=outer.require_approval or inner.require_approval,
            required_at=outer.required_at or inner.required_at,
            origins=(*outer.origins, *((k, o) for k, o in inner.origins if k == "policy")),
            digests=(*outer.digests, *inner.digests),
        ),
        (),
    )


def _tightens(key: str, outer: Config, inner: Config) -> bool:
    """Does what a lower configuration says under a key leave out nothing that the governing one
    asks for?"""
    match key:
        case "extensions" | "fail_on" | "require":
            return True
        case "policy":
            return bool(outer.approved)  # it has to be one of these: see `approvals`
        case "manifest_waivers":
            return outer.manifest_waivers or not inner.manifest_waivers
        case "decision_date":
            return outer.decision_date or not inner.decision_date
        case "require_approval":
            return inner.require_approval or not outer.require_approval
        case _:
            return False


def _loosens(key: str, origin: Origin, outer: Config, inner: Config) -> Diagnostic:
    label = next(
        (Label(at, "the governing one") for name, at in outer.origins if name == key), None
    )
    return Diagnostic(
        code="MLP0922",
        message=f"`{key}` in `{inner.file}` is not allowed, because `{outer.file}` above it "
        "governs",
        origin=origin,
        help=f"delete it, or change `{outer.file}`; a configuration below another one may only add "
        "to `extensions`, `fail_on` and `require`, say `manifest_waivers = false`, "
        "`decision_date = false` or `require_approval = true`, or name a policy that the governing "
        "one approves",
        labels=(label,) if label else (),
        file=inner.file,
    )


# ── Values ───────────────────────────────────────────────────────────────────────────────


def is_date(text: str) -> bool:
    """Is it an ISO date, written in full?"""
    if len(text) != 10 or text[4] + text[7] != "--" or not text.isascii():
        return False  # Python takes `2026-W48-6` for a date as well
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True
