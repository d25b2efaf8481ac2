"""`mlpolicy fmt`: bring the text of policies into its one layout."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from mlpolicy.cli.exits import ExitCode
from mlpolicy.cli.options import format_option

if TYPE_CHECKING:
    from mlpolicy.diagnostics import Diagnostic
    from mlpolicy.render.layout import FileState, State


@click.command(
    "fmt",
    epilog="Example: mlpolicy fmt --check policies/my-policy/1.0.0",
    short_help="Bring the text of policies into its one layout.",
)
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--check", is_flag=True, help="Write nothing; name the files that would change.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would change.")
@format_option
def command(paths: tuple[str, ...], check: bool, diff: bool, form: str) -> int:
    """Bring the text of policies into its one layout: spaces, indentation, columns, line ends.
    What it says, and every remark, stays: the new text is read again before it is written, and
    must say the same. A file with a syntax error is left as it is, and so is a version that a file
    `policies.lock` keeps as it was released.

    PATH is a file or a folder, here by default; `-` is standard input, formatted to standard
    output. Ends with 1 where --check or --diff finds a file that would change, with 3 where a
    file cannot be read.
    """
    from mlpolicy.cli.output import complain, emit
    from mlpolicy.render.layout import FileState, State, patch, states_json, states_text
    from mlpolicy.session.texts import find_policy_texts

    if "-" in paths:
        if len(paths) > 1 or check or diff or form == "json":
            raise click.UsageError("`-` stands alone: the text is read, formatted and printed")
        return _filter()
    found = find_policy_texts(paths or (".",))
    faults = list(found.diagnostics)
    states: list[FileState] = []
    patches: list[str] = []
    for file in found.files:
        state, texts, fault = _format(file, writes=not (check or diff))
        faults.extend(fault)
        states.append(FileState(file, state))
        if diff and state is State.WOULD_CHANGE:
            patches.append(patch(file, *texts))
    if form == "json":
        emit(states_json(states, faults))
    else:
        complain(faults)
        emit("".join(patches) if diff else states_text(states))
    if faults:
        return ExitCode.NOT_EVALUATED
    would = any(each.state is State.WOULD_CHANGE for each in states)
    return ExitCode.FINDINGS if would else ExitCode.PASS


def _format(file: str, *, writes: bool) -> tuple[State, tuple[str, str], tuple[Diagnostic, ...]]:
    """What became of a file, its text before and after, and what is wrong with it."""
    from mlpolicy.cli.locking import is_released
    from mlpolicy.cli.saving import save
    from mlpolicy.diagnostics import Diagnostic
    from mlpolicy.format import formatted
    from mlpolicy.render.layout import State
    from mlpolicy.session.faults import shielded
    from mlpolicy.session.files import DISK
    from mlpolicy.session.texts import read_policy_text

    read = read_policy_text(file)
    if isinstance(read, Diagnostic):
        return State.REFUSED, ("", ""), (read,)
    data, source = read
    text, faults = formatted(source)
    if text is None:
        # The file lies in a folder that was named, which may itself be a link.
        return State.REFUSED, ("", ""), shielded(DISK, faults, file)
    mark = b"\xef\xbb\xbf" if data.startswith(b"\xef\xbb\xbf") else b""
    after = mark + text.encode()
    if after == data:
        return State.UNCHANGED, ("", ""), ()
    if is_released(file):
        return State.RELEASED, ("", ""), ()
    if not writes:
        return State.WOULD_CHANGE, (source.text, text), ()
    fault = save(file, data, after)
    return (State.REFUSED, ("", ""), (fault,)) if fault else (State.CHANGED, ("", ""), ())


def _filter() -> ExitCode:
    """Standard input to standard output."""
    from mlpolicy.cli.output import complain, emit
    from mlpolicy.diagnostics import Diagnostic
    from mlpolicy.format import formatted
    from mlpolicy.session.faults import text_of
    from mlpolicy.session.policies import MOST_BYTES
    from mlpolicy.source import Source

    read = text_of(sys.stdin.buffer.read(MOST_BYTES + 1), "<stdin>")
    if isinstance(read, Diagnostic):
        complain((read,))
        return ExitCode.NOT_EVALUATED
    text, faults = formatted(Source("<stdin>", read))
    complain(faults)
    if text is None:
        return ExitCode.NOT_EVALUATED
    emit(text)
    return ExitCode.PASS
