"""Finds policies: which version a name or a path means, and the bytes of its parts."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from mlpolicy.core.node import node
from mlpolicy.dataclass import field, replace
from mlpolicy.diagnostics import Diagnostic, Matter, about
from mlpolicy.pattern import pattern
from mlpolicy.resources import resource_root
from mlpolicy.session.faults import Diagnostics, linked_out, posix, unreadable
from mlpolicy.session.files import DISK, Files, read

#: No file of a policy, ledger or schema may be longer.
MOST_BYTES = 4 << 20

_POLICY_LINE = pattern(
    r"^policy[ \t]+(?P<name>\S+)[ \t]+(?P<version>\S+)[ \t]+effective[ \t]+(?P<date>[0-9-]{10})"
    r"(?:[ \t]+extends[ \t]+(?P<extends>\S+)[ \t]+(?P<since>\S+))?",
    re.M,
)
_MANIFEST = pattern(
    r"^manifest[ \t]+(?P<kind>\S+)[^\n]*(?P<below>(?:\r?\n(?:[ \t]+[^\n]*|(?=\r?\n)))*)", re.M
)
_LINE = pattern(r"^[ \t]+(files|api)[ \t]+(.*)$", re.M)
_QUOTED = pattern(r'"([^"\\]*)"')
_NUMBER = r"[0-9]{1,9}"
_TAIL = r"(?:\+[0-9A-Za-z.-]{1,100})?"
_VERSION = pattern(rf"({_NUMBER})\.({_NUMBER})\.({_NUMBER})(?:-([0-9A-Za-z.-]{{1,100}}))?{_TAIL}")
_WANTED = pattern(rf"{_NUMBER}(?:\.{_NUMBER}){{0,2}}(?:-[0-9A-Za-z.-]{{1,100}})?{_TAIL}")

#: What names a policy, other than a path, is not longer.
_MOST_NAME = 200

Rank = tuple[int, int, int, int, tuple[tuple[int, int, str], ...]]


@node(kw_only=True)
class PolicyFiles:
    """One version of a policy where it stands, its text read but not understood.

    `shown` is how messages call its folder: the same on every machine for built-in packs. Of a
    `hidden` one no text is shown where it has faults. An extension names the core that it
    `extends`, and `since` which version of it it fits. A core that decides together with
    `extensions` has them there; `by` is the one of these that was named, where the core was not.
    """

    name: str
    version: str
    effective: str
    folder: Path
    shown: str
    texts: tuple[tuple[str, bytes], ...] = field(repr=False)
    hidden: bool = False
    extends: str = ""
    since: str = ""
    extensions: tuple[PolicyFiles, ...] = ()
    by: str = ""

    @property
    def parts(self) -> tuple[PolicyFiles, ...]:
        """The core by itself, then each extension."""
        return (replace(self, extensions=(), by=""), *self.extensions)

    @property
    def named(self) -> PolicyFiles:
        """The part that was named: the core, or one of its extensions."""
        return next((each for each in self.extensions if each.name == self.by), self)

    def holds(self, file: str) -> bool:
        """Is a file, by the name that messages give it, one of the part that was named?"""
        own, others = self.named, [each.shown for each in self.parts]
        below = [each for each in others if not each or file.startswith(f"{each}/")]
        return max(below, key=len, default=own.shown) == own.shown


@node
class Declared:
    """What the `manifest` line of a policy says of its manifests, by a look at the text: their
    kind, the names of their files, and their `apiVersion`."""

    kind: str = ""
    files: tuple[str, ...] = ()
    api: str = ""


def declared_in(policy: PolicyFiles) -> Declared:
    """The same of a policy that is not checked yet; checking it comes later."""
    for _, data in policy.texts:
        line = _MANIFEST.search(data.decode("utf-8", "replace"))
        if line:
            below = {
                word: tuple(_QUOTED.findall(rest)) for word, rest in _LINE.findall(line["below"])
            }
            return Declared(line["kind"], below.get("files", ()), (*below.get("api", ()), "")[0])
    return Declared()


def builtin_policies() -> Mapping[str, tuple[PolicyFiles, ...]]:
    """The packs that come with mlpolicy: name -> versions, oldest first."""
    root = resource_root() / "policies"
    packs = {}
    for folder in sorted(root.iterdir()) if root.is_dir() else ():
        if folder.is_dir() and (versions := _versions(DISK, folder, f"policies/{folder.name}")):
            packs[folder.name] = versions
    return packs


def find_policy(
    spec: str,
    *,
    as_of: str,
    base: Path | None = None,
    paths: bool = True,
    fs: Files = DISK,
    core: PolicyFiles | None = None,
) -> tuple[PolicyFiles | None, Diagnostics]:
    """The policy that `NAME`, `NAME@1`, `NAME@1.2.0`, `@1` (of the built-in pack) or a path means.

    A name means the newest stable version that is effective at `as_of` (an ISO date); an
    exact version means just that. Relative paths start from `base`. With `paths` off, only
    names are understood: a manifest may not bring its own judge. Of an extension of a `core`, the
    versions count that fit it.
    """
    is_path = bool(set(spec) & set("/\\")) or spec.endswith(".mlp") or spec in (".", "..")
    if len(spec) > _MOST_NAME and not (paths and is_path):
        shown = f"{spec[:40]}…"
        message = f"`{shown}` is {len(spec):,} characters long, too long for the name of a policy"
        hint = "write NAME or NAME@VERSION; `mlpolicy policies list` shows the built-in policies"
        return None, (about("MLP0904", message, shown, help=hint),)
    name, at, wanted = spec.partition("@")
    if at and not wanted:
        hint = "write 1, 1.2 or 1.2.0 after it, or leave the `@` out"
        message = f"`{spec}` names no version after the `@`"
        return None, (about("MLP0906", message, spec, help=hint),)
    if at and not name:
        return default_policy(as_of, wanted)
    root = resource_root() / "policies" / name
    builtin = bool(name) and name not in (".", "..") and not set(name) & set("/\\")
    if builtin and os.path.isdir(root) and (versions := _versions(DISK, root, f"policies/{name}")):
        return _choose(spec, wanted, fitting(versions, core), as_of)
    path = (base / spec) if base else Path(spec)
    if paths and (is_path or fs.exists(str(path))):
        found, faults = _policy_at(fs, spec, path, as_of, core)
        return (_shielded(fs, found) if found else None), faults
    from mlpolicy.suggest import listing, nearest

    known = list(builtin_policies())
    close = nearest(name, known)
    hint = f"did you mean `{close}`?" if close else f"built-in policies: {listing(known)}"
    if not paths and is_path:
        message = f"`{spec}` is a path; a manifest names its policy as NAME or NAME@VERSION"
        return None, (about("MLP0904", message, spec, help=hint),)
    return None, (about("MLP0904", f"unknown policy `{name}`", spec, help=hint),)


def default_policy(
    as_of: str, wanted: str = "", of: tuple[str, str] = ("", "")
) -> tuple[PolicyFiles | None, Diagnostics]:
    """The built-in pack's newest stable version that is effective at `as_of`; the `wanted` one
    where that is not empty. Of several packs it is the one whose manifests are `of` this kind and
    this `apiVersion`, as far as both are stated."""
    from mlpolicy.suggest import listing

    packs = {name: each for name, each in builtin_policies().items() if not each[-1].extends}
    if len(packs) > 1 and any(of):
        packs = {name: each for name, each in packs.items() if _is_of(declared_in(each[-1]), of)}
    if len(packs) == 1:
        ((name, versions),) = packs.items()
        return _choose(f"{name}@{wanted}" if wanted else name, wanted, versions, as_of)
    message = "several built-in policies and none is named" if packs else "no built-in policy"
    hint = f"give `--policy` one of {listing(packs)}" if packs else "give `--policy` a path"
    return None, (about("MLP0911", message, help=hint),)


def _is_of(declared: Declared, of: tuple[str, str]) -> bool:
    stated = zip((declared.kind, declared.api), of, strict=True)
    return all(mine == theirs for mine, theirs in stated if theirs)


def rank(version: str) -> Rank | None:
    """The order of semantic versions (a pre-release before its release), None for others."""
    found = _VERSION.fullmatch(version)
    if found is None:
        return None
    major, minor, patch, pre = found.groups()
    parts = tuple(
        (0, int(part), "") if part.isdigit() else (1, 0, part)
        for part in (pre.split(".") if pre else ())
    )
    return int(major), int(minor), int(patch), 0 if pre else 1, parts


def _policy_at(
    fs: Files, spec: str, path: Path, as_of: str, core: PolicyFiles | None
) -> tuple[PolicyFiles | None, Diagnostics]:
    """A policy by path: a version's folder, or a file in it; one `.mlp` file by itself; a pack's
    folder."""
    shown = posix(os.path.normpath(spec))
    if fs.is_folder(str(path)):
        try:
            names = [entry.name for entry in fs.entries(str(path))]
        except OSError as error:
            return None, (unreadable(fs, spec, error),)
        if any(name.endswith(".mlp") for name in names):
            return _read_folder(fs, path, shown)
        if faults := _unclear_versions(fs, path, shown):
            return None, faults
        if versions := _versions(fs, path, shown):
            return _choose(spec, "", fitting(versions, core), as_of)
        return None, (
            about(
                "MLP0907",
                f"`{spec}` holds no policy",
                spec,
                help="name a folder with `.mlp` files, or one whose folders are versions",
            ),
        )
    if fs.leads_out(str(path)) and fs.exists(fs.real(str(path))):
        return None, (linked_out(shown),)
    try:
        data = read(fs, str(path), MOST_BYTES)
    except OSError as error:
        diagnostic = unreadable(fs, spec, error)
        if diagnostic.matter is Matter.NOT_FOUND and not diagnostic.help:
            from mlpolicy.suggest import listing

            hint = f"built-in policies: {listing(builtin_policies())}"
            diagnostic = about(diagnostic.code, f"there is no policy at `{spec}`", spec, help=hint)
        return None, (diagnostic,)
    here = posix(os.path.dirname(shown))
    beside, faults = _beside(fs, path, here, data)
    if beside is not None or faults:
        return beside, faults
    return identified(path.parent, here, ((path.name, data),), spec), ()


def _shielded(fs: Files, files: PolicyFiles) -> PolicyFiles:
    """A policy of which no text is shown where a link leads out to its folder."""
    return replace(files, hidden=True) if fs.leads_out(str(files.folder)) else files


def _beside(
    fs: Files, path: Path, shown: str, data: bytes
) -> tuple[PolicyFiles | None, Diagnostics]:
    """The policy of which a file is a part: all files of its folder, where just one of them
    begins a policy. A file that begins one beside others that do is a policy of its own."""
    if path.suffix != ".mlp":
        return None, ()
    files, faults = _read_folder(fs, path.parent, shown)
    if files is None:
        return None, faults
    begin = [name for name, text in files.texts if _begins(text)]
    if len(begin) == 1 and len(files.texts) > 1:
        return files, ()
    if len(begin) > 1 and not _begins(data):
        message = f"`{posix(str(path))}` begins no policy, and several files beside it do"
        names = [f"`{shown}/{name}`" if shown else f"`{name}`" for name in begin]
        hint = f"name one of {', '.join(names)}"
        return None, (about("MLP0907", message, posix(str(path)), help=hint),)
    folder = path.absolute().parent
    if not begin and folder.name == "tests":
        above, _ = _read_folder(fs, folder.parent, "")
        if above is not None and any(_begins(text) for _, text in above.texts):
            message = f"`{posix(str(path))}` holds tests of a policy, and is none"
            hint = f"name its folder, `{posix(os.path.normpath(os.path.join(shown, '..')))}`"
            return None, (about("MLP0907", message, posix(str(path)), help=hint),)
    return None, ()


def _begins(text: bytes) -> bool:
    return _POLICY_LINE.search(text.decode("utf-8", "replace")) is not None


def _folders(fs: Files, pack: Path) -> list[Path]:
    """The folders of a pack, by name; none where it cannot be looked into."""
    try:
        return [pack / entry.name for entry in fs.entries(str(pack)) if entry.is_folder]
    except OSError:
        return []


def _parts(fs: Files, folder: Path) -> list[str]:
    """The names of the parts of a policy in a folder. Raises OSError."""
    return [each.name for each in fs.entries(str(folder)) if each.name.endswith(".mlp")]


def _versions(fs: Files, pack: Path, shown: str) -> tuple[PolicyFiles, ...]:
    """The versions of a pack, oldest first; folders that hold no policy are passed over."""
    found = []
    for folder in _folders(fs, pack):
        files, _ = _read_folder(fs, folder, f"{shown}/{folder.name}")
        if files is not None and files.texts and (order := rank(files.version)) is not None:
            found.append((order, files.shown, files))
    return tuple(files for _, _, files in sorted(found, key=lambda entry: entry[:2]))


def versions_below(folder: str) -> tuple[tuple[PolicyFiles, ...], Diagnostics]:
    """Every version of every policy in a folder: one itself, a pack of versions, or a folder of
    packs; and what hides one of them."""
    shown = posix(os.path.normpath(folder))
    path = Path(folder)
    if not path.is_dir():
        return (), (about("MLP0901", f"there is no folder `{shown}`", shown),)
    try:
        if _parts(DISK, path):
            files, faults = _read_folder(DISK, path, shown)
            return ((_shielded(DISK, files),) if files else ()), faults
    except OSError as error:
        return (), (unreadable(DISK, shown, error),)
    packs = [(path, shown)]
    if not _versions(DISK, path, shown):
        packs = [(each, f"{shown}/{each.name}") for each in _folders(DISK, path)]
    found: list[PolicyFiles] = []
    faults_: list[Diagnostic] = []
    for pack, name in packs:
        faults_.extend(_unclear_versions(DISK, pack, name))
        found.extend(_versions(DISK, pack, name))
    if not found and not faults_:
        help = "name a folder of versions, or one that holds such folders"
        faults_.append(about("MLP0907", f"`{shown}` holds no policy", shown, help=help))
    return tuple(_shielded(DISK, each) for each in found), tuple(faults_)


def _unclear_versions(fs: Files, pack: Path, shown: str) -> Diagnostics:
    """Why the versions of a pack cannot all be told apart. One that cannot be read may be the one
    that applies: the next older one must not judge in its place."""
    faults: list[Diagnostic] = []
    for folder in _folders(fs, pack):
        if folder.name.startswith("."):
            continue
        here = f"{shown}/{folder.name}"
        try:
            if not _parts(fs, folder):
                continue
        except OSError as error:
            faults.append(unreadable(fs, here, error))
            continue
        files, diagnostics = _read_folder(fs, folder, here)
        faults.extend(diagnostics)
        if files is not None and rank(files.version) is None:
            message = f"`{here}` does not say which version it is"
            hint = "correct its line `policy NAME 1.2.0 effective 2026-01-31`, or name one folder"
            faults.append(about("MLP0907", message, here, help=hint))
    return tuple(faults)


def _read_folder(fs: Files, folder: Path, shown: str) -> tuple[PolicyFiles | None, Diagnostics]:
    texts: list[tuple[str, bytes]] = []
    faults: list[Diagnostic] = []
    try:
        names = _parts(fs, folder)
    except OSError as error:
        return None, (unreadable(fs, shown or ".", error),)
    for name in names:
        data = part(fs, folder, name, f"{shown}/{name}" if shown else name)
        if isinstance(data, Diagnostic):
            faults.append(data)
        else:
            texts.append((name, data))
    if faults:
        return None, tuple(faults)
    return identified(folder, shown, tuple(texts), shown), ()


def part(fs: Files, folder: Path, relative: str, shown: str) -> bytes | Diagnostic:
    """The bytes of a file of a policy, which stands in the policy's folder, or why not."""
    path = str(folder / relative)
    try:
        if os.path.isabs(relative) or not fs.is_within(path, str(folder)):
            message = f"`{shown}` does not lie in the policy's folder"
            help = "put the file into the policy's folder and name it from there, without links"
            return about("MLP0925", message, shown, help=help)
        return read(fs, path, MOST_BYTES)
    except (OSError, ValueError) as error:
        return unreadable(fs, shown, error)


def identified(
    folder: Path, shown: str, texts: tuple[tuple[str, bytes], ...], spec: str
) -> PolicyFiles:
    """Name, version and date by a look at the `policy` line; checking comes later.

    A policy whose line is faulty is still handed on, so that the checker can say what is
    wrong with it.
    """
    for _, data in texts:
        line = _POLICY_LINE.search(data.decode("utf-8", "replace"))
        if line:
            return PolicyFiles(
                name=line["name"],
                version=line["version"],
                effective=line["date"],
                folder=folder,
                shown=shown,
                texts=texts,
                extends=line["extends"] or "",
                since=line["since"] or "",
            )
    return PolicyFiles(name=spec, version="", effective="", folder=folder, shown=shown, texts=texts)


def _choose(
    spec: str, wanted: str, versions: Sequence[PolicyFiles], as_of: str
) -> tuple[PolicyFiles | None, Diagnostics]:
    available = ", ".join(f"{v.version} (from {v.effective})" for v in versions)
    hint = f"there are: {available}"
    if wanted and not _WANTED.fullmatch(wanted):
        message = f"`{wanted}` is not a version"
        return None, (about("MLP0906", message, spec, help=f"write 1, 1.2 or 1.2.0; {hint}"),)
    if rank(wanted) is not None:
        exact = [v for v in versions if rank(v.version) == rank(wanted)]
        if exact:
            return exact[-1], ()
        return None, (about("MLP0905", f"there is no `{spec}`", spec, help=hint),)
    prefix = wanted.split(".") if wanted else []
    fitting = [
        v
        for v in versions
        if v.version.split("-")[0].split(".")[: len(prefix)] == prefix and _is_stable(v.version)
    ]
    if not fitting:
        what = f"`{spec}`" if wanted else f"stable version of `{spec}`"
        return None, (about("MLP0905", f"there is no {what}", spec, help=hint),)
    effective = [v for v in fitting if v.effective <= as_of]
    if effective:
        return effective[-1], ()
    message = f"no version of `{spec}` is effective on {as_of}"
    return None, (about("MLP0912", message, spec, help=hint),)


def _is_stable(version: str) -> bool:
    order = rank(version)
    return order is not None and order[3] == 1


# ── Extensions ───────────────────────────────────────────────────────────────────────────


def fits(extension: PolicyFiles, core: PolicyFiles) -> bool:
    """Is a policy the core of an extension, in a version that this fits: the one that it names or
    a later one of the same first number (before 1.0.0, of the same second number)?"""
    since, version = rank(extension.since), rank(core.version)
    if extension.extends != core.name or since is None or version is None or version < since:
        return False
    return since[:1] == version[:1] and (since[0] > 0 or since[1:2] == version[1:2])


def fitting(versions: tuple[PolicyFiles, ...], core: PolicyFiles | None) -> tuple[PolicyFiles, ...]:
    """The versions of an extension that fit a core; all of them where none does, or without one."""
    return tuple(each for each in versions if core and fits(each, core)) or versions


def needed(extension: PolicyFiles) -> str:
    """Which versions of its core an extension fits, in words."""
    found = rank(extension.since)
    first, second = found[:2] if found else (0, 0)
    below = f"{first + 1}.0.0" if first else f"0.{second + 1}.0"
    return f"`{extension.extends}` from {extension.since} on, below {below}"


def find_core(
    fs: Files, extension: PolicyFiles, as_of: str
) -> tuple[PolicyFiles | None, Diagnostics]:
    """The newest core that an extension fits: beside it, in the folder that holds both, or else
    among those that come with mlpolicy."""
    name = extension.extends
    shown = extension.shown
    found: tuple[PolicyFiles, ...] = ()
    for up in ("..", "../.."):
        pack = Path(os.path.normpath(extension.folder / up)) / name
        here = posix(os.path.normpath(os.path.join(shown, up, name)))
        if not found and set(name).isdisjoint("/\\") and fs.is_folder(str(pack)):
            one, _ = _read_folder(fs, pack, here)
            found = (one,) if one and one.texts else _versions(fs, pack, here)
            found = tuple(_shielded(fs, each) for each in found)
    found = found or builtin_policies().get(name, ())
    fit = tuple(each for each in found if each.name == name and fits(extension, each))
    if fit:
        return _choose(name, "", fit, as_of)
    what = f"`{extension.name} {extension.version}` extends {needed(extension)}"
    if not found:
        message = f"{what}, and there is no policy of that name"
        hint = "put it beside the extension, in the folder that holds both, or correct the name"
        return None, (about("MLP0942", message, shown, help=hint),)
    available = ", ".join(each.version for each in found)
    message = f"{what}; there {'is' if len(found) == 1 else 'are'} {available}"
    hint = "use a version of the extension that fits, or state the one that it was tested with"
    return None, (about("MLP0941", message, shown, help=hint),)


def joined(core: PolicyFiles, extension: PolicyFiles) -> tuple[PolicyFiles | None, Diagnostics]:
    """A policy with one extension more, in the order of their names; once, where it has it."""
    shown = extension.shown
    if not extension.extends:
        message = f"`{extension.name} {extension.version}` is no extension: it extends no policy"
        hint = "name an extension; its `policy` line ends in `extends NAME VERSION`"
        return None, (about("MLP0940", message, shown, help=hint),)
    if not fits(extension, core):
        message = (
            f"`{extension.name} {extension.version}` extends {needed(extension)}, and "
            f"`{core.name} {core.version}` decides"
        )
        hint = "name a version of one of the two that fits the other"
        return None, (about("MLP0941", message, shown, help=hint),)
    others = [each for each in core.extensions if each.name != extension.name]
    before = next((each for each in core.extensions if each.name == extension.name), extension)
    if (before.version, before.folder) != (extension.version, extension.folder):
        message = (
            f"the extension `{extension.name}` is named twice: as {before.version} in "
            f"`{before.shown}` and as {extension.version} in `{shown}`"
        )
        return None, (about("MLP0940", message, shown, help="name one of the two"),)
    every = sorted((*others, extension), key=lambda each: each.name)
    return replace(core, extensions=tuple(every)), ()
