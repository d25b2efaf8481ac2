"""`mlpolicy new`: begin a policy, or a part of one."""

from __future__ import annotations

import os
from pathlib import Path

import click

from mlpolicy.cli.exits import ExitCode


@click.group(
    "new",
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
@click.option("--currency", metavar="CODE", default="EUR", help="That of all amounts, as `EUR`.")
def pack(name: str, into: str, currency: str) -> int:
    """Write a pack called NAME: a policy with a tree, a bar, a rule and a duty, the JSON Schema of
    its manifests, a ledger of what it rests on, tests, and a manifest. All of it passes; change it
    into yours. Nothing that is there is written over.

    Ends with 3 where the folder is there already, or cannot be written.
    """
    from mlpolicy.cli.output import CommandError, complain, emit
    from mlpolicy.cli.saving import save
    from mlpolicy.starter import CURRENCY, NAME
    from mlpolicy.starter import pack as files_of

    if not NAME.fullmatch(name):
        raise click.BadParameter(
            f"`{name}` is no name of a policy; write it as travel-requests", param_hint="NAME"
        )
    if not CURRENCY.fullmatch(currency):
        raise click.BadParameter(
            f"`{currency}` is no currency; write its code in ISO 4217, as EUR",
            param_hint="--currency",
        )
    folder = Path(into or name)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CommandError(f"`{folder.as_posix()}` is there already; name another with `--into`")
    for path, text in files_of(name, currency).items():
        file = folder / path
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = (error.strerror or "unknown reason").lower()
            raise CommandError(f"cannot write `{folder.as_posix()}`: {reason}") from error
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


def _skeleton(kind: str, name: str, currency: str = "EUR") -> int:
    from mlpolicy.cli.output import emit
    from mlpolicy.starter import SKELETONS

    emit(SKELETONS[kind].format(name=name, currency=currency))
    return ExitCode.PASS


@command.command("rule", epilog="Example: mlpolicy new rule too_dear > more.mlp")
@click.argument("name", metavar="NAME")
def rule(name: str) -> int:
    """Print a rule to begin with."""
    return _skeleton("rule", name)


@command.command("table", epilog="Example: mlpolicy new table hours > more.mlp")
@click.argument("name", metavar="NAME")
def table(name: str) -> int:
    """Print a decision table to begin with."""
    return _skeleton("table", name)


@command.command("test", epilog='Example: mlpolicy new test "small" > more.mlp')
@click.argument("title", metavar="TITLE")
def test(title: str) -> int:
    """Print a test to begin with."""
    return _skeleton("test", title.replace('"', "'"))
