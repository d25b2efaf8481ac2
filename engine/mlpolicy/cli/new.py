"""`mlpolicy new`: begin a policy, or a part of one."""

from __future__ import annotations

import datetime
import os
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlpolicy.cli.exits import ExitCode
from mlpolicy.cli.groups import Group
from mlpolicy.cli.options import policy_option

if TYPE_CHECKING:
    from mlpolicy.core.decision import Decision
    from mlpolicy.core.facts import Document
    from mlpolicy.core.program import Program
    from mlpolicy.diagnostics import Diagnostic
    from mlpolicy.session import Diagnostics, PolicyFiles

#: A test to begin with states so many facts, besides those that every manifest has.
MOST_FACTS = 8


@click.group(
    "new",
    cls=Group,
    epilog="Example: mlpolicy new pack travel-requests",
    short_help="Begin a policy, or a part of one.",
)
def command() -> None:
    """Begin a policy, or a part of one."""


@command.command(
    "pack",
    epilog="Example: mlpolicy new pack travel-requests --currency CHF",
    short_help="Write a policy that passes all its checks, to change.",
)
@click.argument("name", metavar="NAME")
@click.option("--into", metavar="FOLDER", default="", help="Where; without it, the folder NAME.")
@click.option("--currency", metavar="CODE", help="That of all amounts; without it, EUR.")
@click.option(
    "--of",
    "scopes",
    metavar="WORDS",
    help="Your words: what holds several, what is decided, and their list; without them, "
    "`batch, request in requests`.",
)
@click.option(
    "--extends",
    nargs=2,
    metavar="POLICY VERSION",
    help="Write an extension of this policy, by name or folder, from this version on.",
)
def pack(
    name: str,
    into: str,
    currency: str | None,
    scopes: str | None,
    extends: tuple[str, str] | None,
) -> int:
    """Write a pack called NAME: a policy with a tree, a bar, a rule and a duty, the JSON Schema of
    its manifests, a ledger of what it rests on, tests, and a manifest. All of it passes; change it
    into yours. Nothing that is there is written over.

    With --extends it is an extension of a policy that is there, and in its words: a rule that adds
    a finding, a test in which it fires and one in which it does not, and the manifest of the first.

    Ends with 3 where the folder is there already, or cannot be written.
    """
    from mlpolicy.starter import NAME

    if not NAME.fullmatch(name):
        raise click.BadParameter(
            f"`{name}` is no name of a policy; write it as travel-requests", param_hint="NAME"
        )
    if extends is None:
        return _whole(name, into, currency or "EUR", scopes or "batch, request in requests")
    if currency or scopes:
        given = "--currency" if currency else "--of"
        raise click.UsageError(f"`{given}` goes without `--extends`: its core says it")
    return _extension(name, into, *extends)


def _whole(name: str, into: str, currency: str, scopes: str) -> int:
    """Writes a policy of its own."""
    from mlpolicy.starter import CURRENCY, scopes_of
    from mlpolicy.starter import pack as files_of

    if not CURRENCY.fullmatch(currency):
        raise click.BadParameter(
            f"`{currency}` is no currency; write its code in ISO 4217, as EUR",
            param_hint="--currency",
        )
    words = scopes_of(scopes)
    if words is None:
        raise click.BadParameter(
            f"`{scopes}` are not three words; write them as `household, person in persons`",
            param_hint="--of",
        )
    files = files_of(name, currency, words)
    if wrong := _unsound(name, files):
        raise click.BadParameter(
            f"with `{scopes}` the policy would not be sound: {wrong}; choose other words",
            param_hint="--of",
        )
    return _save(Path(into or name), files)


def _extension(name: str, into: str, base: str, version: str) -> int:
    """Writes an extension of the policy that `base` names, beside it where that is a folder."""
    from mlpolicy.cli.output import complain
    from mlpolicy.starter import extension

    at = Path(base)
    within = (at / version).is_dir()
    spec = (
        f"{base.rstrip('/')}/{version}" if within else base if at.is_dir() else f"{base}@{version}"
    )
    found, faults = _meant(spec)
    if found is None:
        complain(faults)
        return ExitCode.NOT_EVALUATED
    core, program = found
    wrong = ""
    if core.by:
        wrong = f"`{core.by}` is an extension itself; name `{core.name}`, which decides"
    elif program.version != version:
        wrong = f"`{base}` is `{program.name} {program.version}`"
    if wrong:
        raise click.BadParameter(wrong, param_hint="--extends")
    text, rule = extension(name, version, program, _today().isoformat())
    files, faults = _with_tests(name, text, rule, core)
    if not files:
        complain(faults)
        message = f"no rule of `{program.name}` could be begun with that a manifest lets fire"
        raise click.BadParameter(message, param_hint="--extends")
    beside = at.parent if at.is_dir() else Path()
    return _save(Path(into) if into else beside / name, files)


def _with_tests(
    name: str, text: str, rule: str, core: PolicyFiles
) -> tuple[dict[str, str], Diagnostics]:
    """The files of an extension: its text, tests in which its rule fires and does not, and the
    manifest of the first; nothing where there is no such manifest, with what is wrong."""
    from mlpolicy.cli.analyze import ground_of
    from mlpolicy.format import formatted
    from mlpolicy.manifest import full
    from mlpolicy.render.written import written_test
    from mlpolicy.session import Session, identified
    from mlpolicy.session.policies import joined
    from mlpolicy.source import Source
    from mlpolicy.witness.goals import Fires
    from mlpolicy.witness.search import Search

    own = identified(Path(name), name, ((f"{name}.mlp", text.encode()),), name)
    whole, faults = joined(core, own) if text else (None, ())
    ground, said = ground_of(Session(), whole) if whole is not None else (None, ())
    if ground is None:
        return {}, (*faults, *said)
    search, day = Search(ground=ground), _today()
    tests: list[str] = []
    manifest = ""
    for fires, state in ((True, "fired"), (False, "passed")):
        found = search.found(Fires(ground.program.rules[rule], fires), day)
        if found is None:
            return {}, ()
        if fires:
            begun = ground.manifest(found.given).encode()
            manifest, _ = full(begun, "example.yaml", ground.schema)
        title = f"{rule} {'fires' if fires else 'passes'}"
        head, facts = written_test(title, found.document, None, brief=True).split("\n", 1)
        tests.append(f"{head}\n  as_of {day}\n{facts}  expect {rule} {state}\n")
    laid, _ = formatted(Source("first.mlp", "\n".join(tests)))
    return {
        f"1.0.0/{name}.mlp": text,
        "1.0.0/tests/first.mlp": laid or "",
        "example.yaml": manifest,
    }, ()


def _save(folder: Path, files: Mapping[str, str]) -> int:
    """Writes the files of a pack into a folder that is not there yet, and says how to try it."""
    from mlpolicy.cli.output import complain, emit
    from mlpolicy.cli.saving import fresh, made, save

    fresh(folder, "name another with `--into`")
    for path, text in files.items():
        file = folder / path
        made(file.parent, folder)
        fault = save(file.as_posix(), None, text.encode())
        if fault is not None:
            complain((fault,))
            return ExitCode.NOT_EVALUATED
        emit(f"wrote {file.as_posix()}\n")
    here = os.path.relpath(folder).replace(os.sep, "/")
    shown = here if "/" in here or here in (".", "..") else f"./{here}"
    emit(
        f"\ntry it:\n  mlpolicy verify {shown}\n"
        f"  mlpolicy explain {here}/example.yaml --policy {shown}\n"
    )
    return ExitCode.PASS


def _unsound(name: str, files: Mapping[str, str]) -> str:
    """The first fault of a pack that is not written yet; empty where it has none."""
    from mlpolicy.session import Session, Stored, identified

    version = "1.0.0/"
    below = {path.removeprefix(version): text for path, text in files.items() if version in path}
    texts = tuple((path, text.encode()) for path, text in below.items() if "/" not in path)
    stored = Stored({f"/{name}/{path}": text.encode() for path, text in below.items()})
    program, faults = Session(stored).program(
        identified(Path("/", name), "", texts, name), anew=True
    )
    return faults[0].message if program is None else ""


_for_policy = partial(policy_option, help="The policy that it is for; else the configuration's.")


def _skeleton(kind: str, name: str, policy: str) -> int:
    """Prints a declaration in the words of the policy that it is for; in those of a pack that
    `new pack` writes, where no policy is named."""
    from mlpolicy.cli.output import complain, emit
    from mlpolicy.starter import SKELETONS
    from mlpolicy.starter.parts import rule_for, table_for

    found, faults = _meant(policy)
    if faults:
        complain(faults)
        return ExitCode.NOT_EVALUATED
    if found is None:
        emit(SKELETONS[kind].format(name=name, currency="EUR"))
        return ExitCode.PASS
    if kind == "test":
        text, faults = _begun(name, *found)
        complain(faults)
    else:
        text = (rule_for if kind == "rule" else table_for)(name, found[1])
        if not text:
            message = f"policy {found[1].name} has no clause, or no input that a {kind} could ask"
            raise click.BadParameter(message, param_hint="--policy")
    emit(text)
    return ExitCode.PASS if text else ExitCode.NOT_EVALUATED


def _meant(policy: str) -> tuple[tuple[PolicyFiles, Program] | None, Diagnostics]:
    """The policy that an option names, or else the configuration; nothing where neither does."""
    from mlpolicy.cli.judging import Options, chosen
    from mlpolicy.session import STDIN, Session

    session = Session()
    config, faults = session.config(STDIN)
    if config is None:
        return None, faults
    if not policy and not config.policy:
        return None, ()
    files, faults = chosen(Options(policy=policy), config, _today().isoformat(), session)
    program, said = session.program(files) if files is not None else (None, ())
    if files is None or program is None:
        return None, (*faults, *said)
    return (files, program), ()


def _begun(title: str, files: PolicyFiles, program: Program) -> tuple[str, Diagnostics]:
    """A test of the smallest manifest, with what is asked first stated until the answer is decided,
    as far as a few facts go; or why there can be none."""
    from mlpolicy.changes.editable import state
    from mlpolicy.cli.analyze import ground_of
    from mlpolicy.decide import Context, decide
    from mlpolicy.session import Session

    ground, faults = ground_of(Session(), files)
    if ground is None:
        return "", faults
    document, day = ground.document, _today()
    context = Context(as_of=day, today=day)
    decision = decide(program, document, context)
    slots = [each for each in ground.slots if each.values]
    for number in range(MOST_FACTS):
        asked = [each.path for each in decision.workloads[0].settled_by]
        own = [each for each in slots if each.field.workload is not None]
        first = own[:1] if number == 0 else []
        slot = next((each for each in slots if each.field.path in asked), (*first, None)[0])
        if slot is None:
            break
        stated = ground.loaded(ground.given(state(document, slot.field, slot.values[0])))
        if stated is None:
            break
        document = stated
        decision = decide(program, document, context)
    text = _written(title, document, decision, brief=True)
    return (text, ()) if isinstance(text, str) else ("", (text,))


def _today() -> datetime.date:
    return datetime.datetime.now(datetime.UTC).date()


@command.command("rule", epilog="Example: mlpolicy new rule too_dear > more.mlp")
@click.argument("name", metavar="NAME")
@_for_policy
def rule(name: str, policy: str) -> int:
    """Print a rule to begin with, in the words of the policy that --policy or the configuration
    names; without one, in those of a policy that `new pack` writes."""
    return _skeleton("rule", name, policy)


@command.command("table", epilog="Example: mlpolicy new table hours > more.mlp")
@click.argument("name", metavar="NAME")
@_for_policy
def table(name: str, policy: str) -> int:
    """Print a decision table to begin with, in the words of the policy that --policy or the
    configuration names; without one, in those of a policy that `new pack` writes."""
    return _skeleton("table", name, policy)


@command.command(
    "test", epilog='Example: mlpolicy new test "small" --from mlproject.yaml > more.mlp'
)
@click.argument("title", metavar="TITLE")
@click.option(
    "--from", "given", metavar="FILE", default="", help="A manifest, or a log of records."
)
@click.option("--record", metavar="N|HASH", default="", help="Of a log: which; else the last one.")
@policy_option
def test(title: str, given: str, record: str, policy: str) -> int:
    """Print a test to begin with, of the policy that --policy or the configuration names: the few
    facts that it asks for first, and what it decides then; without a policy, a test of one that
    `new pack` writes. With --from it states what a manifest states, and expects what the policy
    decides for it; or what a record of a log has stored, and what was decided then. Cut it down to
    what it is to show.

    Ends with 3 where the manifest or the log cannot be read.
    """
    from mlpolicy.cli.output import complain, emit

    if not given:
        if record:
            raise click.UsageError("`--record` goes with `--from`")
        return _skeleton("test", title.replace('"', "'"), policy)
    texts, faults = (
        _from_log(title, given, record)
        if record or _is_log(given)
        else (_from_manifest(title, given, policy))
    )
    complain(faults)
    emit("\n".join(texts))
    return ExitCode.PASS if texts else ExitCode.NOT_EVALUATED


def _is_log(file: str) -> bool:
    return Path(file).suffix in (".jsonl", ".ndjson")


def _from_manifest(title: str, file: str, policy: str) -> tuple[list[str], Diagnostics]:
    """A test for each document of a manifest, as the policy decides it without waivers."""
    from mlpolicy.cli.judging import Options, judge

    judged = judge([file], Options(policy=policy), explain=False)
    many = len(judged.judgements) > 1
    texts: list[str] = []
    faults = list(judged.diagnostics)
    for each in judged.judgements:
        document = replace(each.document, waivers=())
        own = f"{title}: {document.name}" if many else title
        decision = each.decide(document, explain=False)
        text = _written(own, document, decision)
        if isinstance(text, str):
            texts.append(text)
        else:
            faults.append(text)
    return texts, tuple(faults)


def _from_log(title: str, log: str, wanted: str) -> tuple[list[str], Diagnostics]:
    """A test of what a record has stored, and of what was decided then."""
    from mlpolicy.cli.logbook import lines_of, store_of, stored
    from mlpolicy.diagnostics import Diagnostic, about
    from mlpolicy.manifest import load
    from mlpolicy.records import no_records, selected
    from mlpolicy.records.decide import decided, schema_of
    from mlpolicy.records.replay import inputs_of

    lines = lines_of(log)
    if isinstance(lines, Diagnostic):
        return [], (lines,)
    sound = [line for line in lines if line.record]
    known = [(line.record["number"], line.record["hash"]) for line in sound if line.record]
    position = selected(known, wanted) if wanted else len(known) - 1
    if not known or position is None:
        help = f"give a number (1 to {len(known)}), or the beginning of one record's hash"
        message = f"`{log}` has no record `{wanted}`"
        return [], (
            about("MLP1112", message, log, help=help) if known else no_records(log, empty=True),
        )
    line = sound[position]
    assert line.record is not None
    if line.record["masked"]:
        message = f"record {line.record['number']} is masked: what its manifest states is not there"
        help = "write the test from the manifest itself"
        return [], (about("MLP0936", message, log, help=help),)
    store = store_of(log)
    inputs, faults = inputs_of(
        line, store, Path(store).is_dir(), lambda name, most: stored(log, name, most)
    )
    if inputs is None:
        return [], tuple(faults)
    inputs = replace(inputs, waivers=None, manifest_waivers=False)
    made, said = decided(inputs, anew=False)
    schema = schema_of(inputs, anew=False)
    if made is None or schema is None:
        return [], (*faults, *said)
    path, data = inputs.manifest
    documents, _ = load(data, path, schema)
    text = _written(title, documents[inputs.document - 1], made[0])
    if not isinstance(text, str):
        return [], (text,)
    return [text], (*faults, *said)


def _written(
    title: str, document: Document, decision: Decision, *, brief: bool = False
) -> str | Diagnostic:
    """The text of a test in its one layout, or why there can be none."""
    from mlpolicy.diagnostics import about
    from mlpolicy.format import formatted
    from mlpolicy.render.written import silent, written_test
    from mlpolicy.source import Source

    if unstated := silent(document):
        whose = f"{document.scopes.each} `{unstated}`"
        message = f"nothing is stated of the {whose}, so that no test can have it"
        help = "state something of it beside its name"
        return about("MLP0936", message, document.file, help=help)
    text = written_test(title, document, decision, brief=brief)
    made, faults = formatted(Source("test", text))
    assert made is not None, faults
    return made
