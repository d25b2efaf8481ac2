"""`mlpolicy ask`: an interview that asks what can still change the result, and writes it down."""

from __future__ import annotations

import contextlib
import datetime
import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import click

from mlpolicy.cli.exits import ExitCode
from mlpolicy.cli.options import (
    as_of_option,
    config_option,
    extension_option,
    format_option,
    policy_option,
    waivers_option,
)

if TYPE_CHECKING:
    from mlpolicy.cli.judging import Options
    from mlpolicy.core.notices import Fault
    from mlpolicy.diagnostics import Diagnostic
    from mlpolicy.interview import InterviewContext, Question, State
    from mlpolicy.interview.answers import AnswerFile, Key
    from mlpolicy.manifest.edit import Path, Plain
    from mlpolicy.schema import Schema


@click.command(
    "ask",
    epilog="Example: mlpolicy ask mlproject.yaml",
    short_help="Ask what can still change the result.",
)
@click.argument("manifest", default="", metavar="[MANIFEST]")
@click.option(
    "--of", "workload", metavar="NAME", default="", help="Ask of this one only, of several."
)
@click.option(
    "--answers",
    metavar="FILE",
    default="",
    help="Take the answers from a YAML or JSON file (`-`: standard input), and ask nobody.",
)
@click.option("--again", is_flag=True, help="Ask again what the manifest says is `unknown`.")
@policy_option
@extension_option
@as_of_option
@waivers_option
@config_option
@format_option
def command(
    manifest: str,
    workload: str,
    answers: str,
    again: bool,
    policy: str,
    extensions: tuple[str, ...],
    as_of: str,
    waivers: str,
    config: str,
    form: str,
) -> int:
    """Ask only what can still change the result, in the order of the decision, and write
    each answer into the manifest. What stands there stays as it is, remarks too.

    MANIFEST is the file that the policy names first, here or in the folder that is given
    (`mlproject.yaml` of the built-in pack); where there is none, one is begun, and written once
    what every manifest states is answered. From then on every answer is saved at once: leave with
    `quit` or Ctrl-C, and go on by running it again. Without a terminal answers are read from
    standard input, one a line.

    Exit codes: 0 no answer can change the result any more; 3 an answer of --answers does not
    fit, or something could not be evaluated; 4 questions are left open; 130 interrupted.
    """
    from mlpolicy.cli.judging import Options
    from mlpolicy.cli.output import complain
    from mlpolicy.diagnostics import about

    options = Options(
        policy=policy, as_of=as_of, waivers=waivers, config=config, extensions=extensions
    )
    file = manifest
    if not manifest or os.path.isdir(manifest):  # noqa: PTH112
        # Joined as a text: a path is shown as it was typed, `./` and all.
        file = os.path.join(manifest, _standard(manifest or ".", options))  # noqa: PTH118
    file = file.replace(os.sep, "/")
    if manifest == "-":
        hint = "name a file; `--answers -` reads the answers from standard input"
        complain((about("MLP1206", "a manifest from standard input cannot be written", help=hint),))
        return ExitCode.NOT_EVALUATED
    prompt = Prompt(form == "json")
    run = _Run(file=file, options=options, workload=workload, again=again, prompt=prompt)
    if answers:
        return _scripted(run, answers, form)
    try:
        code = _interactive(run)
    except (KeyboardInterrupt, click.Abort, EOFError):
        prompt.interrupted()
        run.keep_told()
        code = ExitCode.INTERRUPTED
    if form == "json" and run.state is not None and run.context is not None:
        _report(run, run.state, ())
    return code


def _standard(folder: str, options: Options) -> str:
    """The name of the manifest in a folder, as the policy that applies there declares it."""
    from mlpolicy.cli.judging import seeks

    sought, _ = seeks(options)(folder)
    name = next((each for each in sought.files if "*" not in each), None)
    if name is None:
        raise click.UsageError("name a MANIFEST: the policy names no file that is one")
    return name


class Prompt:
    """The two ends of a conversation: a terminal, or lines of standard input that are shown as
    if they had been typed."""

    def __init__(self, aside: bool) -> None:
        from mlpolicy.cli.output import has_color, width

        self.stream = sys.stderr if aside else sys.stdout
        self.is_terminal = sys.stdin.isatty() and self.stream.isatty()
        self.look: dict[str, int | bool] = {"width": width(), "color": has_color(self.stream)}
        if self.is_terminal and not aside:
            with contextlib.suppress(ImportError):
                import readline  # noqa: F401 - it lets a line be corrected

    def say(self, text: str) -> None:
        """Writes a text to the person. Marks of colour in it are resolved, control characters
        spelled out."""
        from mlpolicy.cli.output import say

        say(self.stream, text)

    def told(self, render: Callable[..., str], *values: object) -> None:
        """Say what a function of `render` makes of these values."""
        self.say(render(*values, **self.look))

    def read_line(self) -> str:
        """A line from the other side. EOFError where there is none any more."""
        if self.is_terminal and self.stream is sys.stdout:
            return input("  > ").strip()
        self.say("  > ")
        line = sys.stdin.buffer.readline()
        if not line:
            self.say("\n")
            raise EOFError
        text = line.decode("utf-8", "replace").strip()
        if not sys.stdin.isatty():
            from mlpolicy.render.style import finish

            self.say(finish(f"{text}\n", color=False))
        return text

    def interrupted(self) -> None:
        """Ends the line at which a person stopped the command; nothing where nobody watches."""
        if self.is_terminal:
            self.say("\n")


@dataclass(kw_only=True)
class _Run:
    """One call of the command: what it was asked to do, and how far it is."""

    file: str
    options: Options
    workload: str
    again: bool
    prompt: Prompt
    saved: bytes | None = None
    context: InterviewContext | None = None
    state: State | None = None
    written: int = 0
    begun: bool = False
    past: list[tuple[State, int]] = field(default_factory=list)

    def keep(self, state: State) -> Diagnostic | None:
        """Save the text of a state; nothing where it is saved already."""
        from mlpolicy.cli.saving import save

        data = _mark(self.saved) + state.text.encode()
        if data != self.saved:
            fault = save(self.file, self.saved, data)
            if fault is not None:
                return fault
            self.saved = data
        self.state = state
        return None

    def keep_told(self) -> None:
        from mlpolicy.render import ask as render

        if self.saved is None:
            said = f"Nothing was written: {self.file} has not been begun."
            if self.begun:
                said += " A manifest is written once what every manifest states is answered."
            self.prompt.told(render.note, said)
        elif self.written:
            many = "1 answer" if self.written == 1 else f"{self.written} answers"
            self.prompt.told(
                render.note, f"{many} kept in {self.file}. Run the command again to go on."
            )
        else:
            self.prompt.told(render.note, f"Nothing was answered; {self.file} is as it was.")


_BOM = b"\xef\xbb\xbf"


def _mark(data: bytes | None) -> bytes:
    return _BOM if data is not None and data.startswith(_BOM) else b""


# -- talking -----------------------------------------------------------------------------------


def _interactive(run: _Run) -> ExitCode:
    from mlpolicy.cli.output import complain
    from mlpolicy.render import ask as render

    if not os.path.lexists(run.file):
        begun = _begin(run)
        if begun is not None:
            return begun
    faults = _open(run)
    if faults:
        complain(faults)
        return ExitCode.NOT_EVALUATED
    assert run.context is not None
    assert run.state is not None
    run.prompt.told(render.greeting, run.state.decisions[0], run.file)
    return _converse(run, run.context, run.state)


def _converse(run: _Run, context: InterviewContext, state: State) -> ExitCode:
    from mlpolicy.interview import completing, settling
    from mlpolicy.render import ask as render

    goes_on: bool | None = None
    turn = ""
    while True:
        question = next(settling(state, context), None)
        if question is None and goes_on is None:
            _tell_end(run, state, context)
            left = list(completing(state, context))
            if not left:
                return _code(state, context)
            goes_on = _agreed(run, len(left))
            turn = ""
        if question is None and goes_on:
            question = next(completing(state, context), None)
        if question is None:
            if goes_on:
                said = "That is all that costs and rules wait for."
                run.prompt.told(render.note, said)
            return _code(state, context)
        decision = state.decisions[question.document]
        subject = next((w for w in decision.workloads if w.name == question.asker), None)
        if subject is not None and (turn != subject.name):
            if len(decision.workloads) > 1 or not turn:
                run.prompt.told(render.standing, subject, decision.titles)
            turn = subject.name
        new = _put(run, context, state, question)
        if new is None:
            run.keep_told()
            return _code(state, context)
        state = new


def _agreed(run: _Run, count: int) -> bool:
    """One yes or no: go on with what the costs miss and the rules wait for?"""
    from mlpolicy.render import ask as render

    many = "1 more question" if count == 1 else f"up to {count} more questions"
    run.prompt.say("\n")
    said = f"Go on with what the costs miss and what rules that block or warn wait for? ({many})"
    while True:
        run.prompt.told(render.note, said)
        word = run.prompt.read_line().casefold()
        if word in ("yes", "y", "true"):
            return True
        if word in ("no", "n", "false", "quit", "q", "exit", "skip", "?"):
            return False
        said = "Yes or no?"


_LEAVE = frozenset(("quit", "exit", "q", ":q"))


def _put(run: _Run, context: InterviewContext, state: State, question: Question) -> State | None:
    """Put one question until it is answered, passed over or gone back from; None to leave."""
    from mlpolicy.interview import UNKNOWN, answered, not_known, passed_over, understood
    from mlpolicy.manifest.edit import shown
    from mlpolicy.manifest.typed import Unread, wanted
    from mlpolicy.render import ask as render
    from mlpolicy.render.settle import possible

    decision = state.decisions[question.document]
    now = next((possible(w) for w in decision.workloads if w.name == question.asker), ())
    prompt = run.prompt
    prompt.told(render.asking, question, now, decision.titles)
    while True:
        text = prompt.read_line()
        word = " ".join(text.casefold().split())
        new: object
        if word in _LEAVE:
            return None
        if not word:
            prompt.told(
                render.refused,
                "nothing was typed",
                f"expected {wanted(question.field)}, or ?, skip, back, why, quit",
            )
            continue
        if word in ("why", "why?", "help"):
            prompt.told(render.reasons, question, decision)
            continue
        if word == "back":
            if not run.past:
                prompt.told(render.refused, "there is nothing to go back to", "")
                continue
            state, run.written = run.past.pop()
            if not _kept(run, state):
                return None
            return state
        if word == "skip":
            run.past.append((state, run.written))
            return passed_over(state, question)
        if word in UNKNOWN:
            new = not_known(state, question, context)
            value: Plain | Unread = "unknown"
            said = "unknown" if new.text != state.text else ""
        else:
            value = understood(question, text, context)
            if isinstance(value, Unread):
                prompt.told(render.refused, value.message, value.help)
                continue
            new = answered(state, question, value, context)
            if isinstance(new, tuple):
                prompt.told(render.refused, *_one_line(new))
                continue
            said = shown(value)
        run.past.append((state, run.written))
        if new.text != state.text:
            run.written += 1
            if not _kept(run, new):
                return None
            prompt.told(render.taken, question, value, said)
        _tell_change(run, state, new, question)
        return new


def _kept(run: _Run, state: State) -> bool:
    from mlpolicy.cli.output import complain

    fault = run.keep(state)
    if fault is not None:
        complain((fault,))
        raise click.exceptions.Exit(ExitCode.NOT_EVALUATED)
    return True


def _one_line(faults: tuple[Diagnostic | Fault, ...]) -> tuple[str, str]:
    """The first fault, as one line for a prompt."""
    from mlpolicy.diagnostics import Diagnostic
    from mlpolicy.render.notices import fault_text

    if not faults:
        return "the manifest could not be read with it", ""
    first = faults[0]
    if not isinstance(first, Diagnostic):
        return fault_text(first), ""
    return _for_prompt(first.message, first.help)


def _for_prompt(message: str, help: str) -> tuple[str, str]:
    """A message about a file, as it reads where somebody has typed: nobody typed quotes, and
    the words that may stand there have just been listed."""
    message = re.sub(r'`"([^`"]*)"`', r"`\1`", message).replace(" or `unknown`", " or `?`")
    message = message.replace("an estimate `{low, high}`", "a range as 10..20")
    return message, "" if help.startswith("the words are ") else help


def _tell_change(run: _Run, before: State, after: State, question: Question) -> None:
    """Where a workload stands now, where an answer has changed that."""
    from mlpolicy.interview import is_firm
    from mlpolicy.render import ask as render
    from mlpolicy.render.settle import possible

    old = {w.name: possible(w) for w in before.decisions[question.document].workloads}
    decision = after.decisions[question.document]
    for workload in decision.workloads:
        own = question.path.is_shared or workload.name in (question.asker, question.workload)
        if own and old.get(workload.name) != possible(workload) and not is_firm(workload):
            run.prompt.told(render.standing, workload, decision.titles)


def _tell_end(run: _Run, state: State, context: InterviewContext) -> None:
    """Where each workload stands once nothing is left to ask."""
    from mlpolicy.interview import workloads
    from mlpolicy.render import ask as render

    run.prompt.say("\n")
    for number, workload in workloads(state, context):
        run.prompt.told(render.standing, workload, state.decisions[number].titles)
    _tell_open(run, state, context)


def _tell_open(run: _Run, state: State, context: InterviewContext) -> None:
    from mlpolicy.interview import is_firm, workloads
    from mlpolicy.render import ask as render

    open_ = _still_open(state, context)
    if open_:
        run.prompt.told(render.note, "Not answered, and can still change the result:")
        run.prompt.told(render.left_open, open_)
    elif not all(is_firm(workload) for _, workload in workloads(state, context)):
        said = "No answer of yours can settle the rest: the policy itself leaves it open."
        run.prompt.told(render.note, said)


def _still_open(state: State, context: InterviewContext) -> list[Question]:
    """Every question that can still change the result, those passed over and those declared
    unknown included."""
    from mlpolicy.interview import settling

    everything = replace(state, passed=frozenset(), details=())
    return list(settling(everything, replace(context, again=True)))


def _code(state: State, context: InterviewContext) -> ExitCode:
    from mlpolicy.interview import is_firm, workloads

    judged = [workload for _, workload in workloads(state, context)]
    if any(workload.error is not None for workload in judged):
        return ExitCode.NOT_EVALUATED
    return ExitCode.PASS if all(map(is_firm, judged)) else ExitCode.INCOMPLETE


# -- opening and beginning -----------------------------------------------------------------------


def _open(run: _Run, text: str | None = None) -> tuple[Diagnostic, ...]:
    """Read and judge the manifest (as `text`, where it is not written yet); what is wrong."""
    from mlpolicy.cli.judging import judge
    from mlpolicy.diagnostics import Severity, about
    from mlpolicy.interview import InterviewContext, State
    from mlpolicy.render.notices import fault_text
    from mlpolicy.session import DISK, Overlay
    from mlpolicy.suggest import listing, nearest

    fs = DISK if text is None else Overlay({run.file: text.encode()})
    judged = judge([run.file], run.options, fs=fs)
    errors = tuple(f for f in judged.diagnostics if f.severity is Severity.ERROR)
    if errors or not judged.judgements:
        return errors or judged.diagnostics
    first = judged.judgements[0]
    if any(each.schema != first.schema for each in judged.judgements):
        message = "the manifests of this file are read by different schemas"
        return (about("MLP1201", message, run.file, help="give each a file of its own"),)
    names = [w.name for each in judged.judgements for w in each.decision.workloads]
    if run.workload and run.workload not in names:
        close = nearest(run.workload, names)
        hint = f"did you mean `{close}`?" if close else f"there are: {listing(names) or 'none'}"
        each = first.program.scopes.each
        return (about("MLP0913", f"no {each} `{run.workload}`", run.file, help=hint),)
    judgements = judged.judgements
    run.context = InterviewContext(
        file=run.file,
        schema=first.schema,
        programs=tuple(each.program for each in judgements),
        decide=lambda number, document: judgements[number].decide(document),
        told=fault_text,
        today=first.context.today,
        workload=run.workload,
        again=run.again,
    )
    run.saved = first.data if text is None else None
    said = first.data.decode("utf-8").removeprefix("\ufeff")
    run.state = State(
        text=said,
        read=first.read,
        documents=tuple(each.document for each in judgements),
        decisions=judged.decisions,
    )
    return ()


def _schema(run: _Run) -> Schema | tuple[Diagnostic, ...]:
    """The schema by which a manifest that is not there yet will be read."""
    from mlpolicy.cli.judging import chosen
    from mlpolicy.session import Session

    session = Session(config=run.options.config)
    config, said = session.config(run.file)
    if config is None:
        return said
    day = datetime.datetime.now(datetime.UTC).date().isoformat()
    for date in (run.options.as_of, config.as_of):
        if date and date != "today":
            day = date
            break
    files, said = chosen(run.options, config, day, session)
    program, more = session.program(files) if files else (None, ())
    if files is None or program is None:
        return (*said, *more)
    schema, more = session.schema(program, files.folder)
    return schema if schema is not None else more


def _begin(run: _Run) -> ExitCode | None:
    """Ask what every manifest states, and write it. None once the file is there."""
    from mlpolicy.cli.output import complain
    from mlpolicy.core.titles import Titles
    from mlpolicy.interview import UNKNOWN, first_questions, fits, given_path
    from mlpolicy.manifest.typed import Unread, value_of, wanted
    from mlpolicy.render import ask as render

    schema = _schema(run)
    if isinstance(schema, tuple):
        complain(schema)
        return ExitCode.NOT_EVALUATED
    prompt = run.prompt
    prompt.told(render.beginning, run.file)
    today = datetime.datetime.now(datetime.UTC).date()
    given: dict[Path, Plain] = {}
    untitled = Titles()  # there is no policy yet
    while (question := first_questions(schema, given)) is not None:
        prompt.told(render.asking, question, (), untitled)
        while True:
            text = prompt.read_line()
            word = " ".join(text.casefold().split())
            if word in _LEAVE:
                run.keep_told()
                return ExitCode.INCOMPLETE
            if word in ("why", "why?", "help"):
                prompt.told(render.reasons, question, None)
                continue
            if word == "back":
                if given:
                    given.popitem()
                    break
                prompt.told(render.refused, "there is nothing to go back to", "")
                continue
            if not word or word == "skip" or word in UNKNOWN:
                message = "every manifest states this"
                prompt.told(render.refused, message, f"expected {wanted(question.field)}")
                continue
            value = value_of(text, question.field, today=today)
            if isinstance(value, Unread):
                prompt.told(render.refused, value.message, value.help)
                continue
            why, help = fits(question, value, schema, given)
            if why:
                prompt.told(render.refused, *_for_prompt(why, help))
                continue
            given[given_path(question, schema.scopes)] = value
            run.begun = True
            break
    return _write_begun(run, schema, given)


def _write_begun(run: _Run, schema: Schema, given: Mapping[Path, Plain]) -> ExitCode | None:
    from mlpolicy.cli.output import complain
    from mlpolicy.cli.saving import save
    from mlpolicy.render import ask as render

    text, faults = _begun_text(run, schema, given)
    if faults:
        complain(faults)
        return ExitCode.NOT_EVALUATED
    fault = save(run.file, None, text.encode())
    if fault is not None:
        complain((fault,))
        return ExitCode.NOT_EVALUATED
    run.saved = text.encode()
    run.written += len(given)
    run.prompt.told(render.note, f"{run.file} written.\n")
    return None


def _begun_text(
    run: _Run, schema: Schema, given: Mapping[Path, Plain]
) -> tuple[str, tuple[Diagnostic, ...]]:
    from mlpolicy.interview import short_form
    from mlpolicy.manifest import load
    from mlpolicy.manifest.edit import begun, begun_json

    value = short_form(schema, given)
    text = begun_json(value) if run.file.endswith(".json") else begun(value)
    return text, load(text.encode(), run.file, schema)[1]


# -- answers from a file ---------------------------------------------------------------------------


def _scripted(run: _Run, answers: str, form: str) -> ExitCode:
    """Take what a file answers, and write once at the end: all of it or nothing."""
    from mlpolicy.cli.output import complain
    from mlpolicy.cli.saving import save
    from mlpolicy.diagnostics import Diagnostic
    from mlpolicy.interview import parse_answers, spread, take, unused
    from mlpolicy.session import DISK, read_manifest, shown_name
    from mlpolicy.session.faults import shielded

    data = read_manifest(answers)
    if isinstance(data, Diagnostic):
        return _refuse((data,), form)
    answer_file = parse_answers(data, shown_name(answers))
    if isinstance(answer_file, tuple):
        return _refuse(shielded(DISK, answer_file, answers), form)
    begins = not os.path.lexists(run.file)
    faults, done = _begin_scripted(run, answer_file) if begins else (_open(run), frozenset())
    if faults:
        return _refuse(shielded(DISK, faults, answers), form)
    assert run.context is not None
    assert run.state is not None
    context = replace(run.context, again=True)
    names = [each.name for document in run.state.documents for each in document.workloads]
    given = spread(answer_file, context.schema, tuple(names))
    if isinstance(given, tuple):
        return _refuse(shielded(DISK, given, answers), form)
    state, used, faults = take(run.state, context, given)
    if faults:
        return _refuse(shielded(DISK, faults, answers), form)
    data = _mark(run.saved) + state.text.encode()
    if data != run.saved:
        fault = save(run.file, run.saved, data)
        if fault is not None:
            return _refuse((fault,), form)
    run.saved = data
    left = unused(given, used | done, state, context)
    if form == "json":
        _report(run, state, tuple(str(key[1]) for key in given.answers if key not in used | done))
    else:
        _tell_scripted(run, state, context)
    complain(left)
    return _code(state, context)


def _begin_scripted(
    run: _Run, answer_file: AnswerFile
) -> tuple[tuple[Diagnostic, ...], frozenset[Key]]:
    """Begin a manifest with answers of the file, in memory only; which ones these were."""
    from mlpolicy.interview import begun_with, spread

    schema = _schema(run)
    none: frozenset[Key] = frozenset()
    if isinstance(schema, tuple):
        return schema, none
    given = spread(answer_file, schema, ())
    if isinstance(given, tuple):
        return given, none
    found, used, faults = begun_with(given, schema, datetime.datetime.now(datetime.UTC).date())
    if faults:
        return faults, none
    text, faults = _begun_text(run, schema, found)
    if faults:
        return faults, none
    faults = _open(run, text)
    first = run.state.documents[0].workloads[0].name if run.state is not None else ""
    done = {("" if path.is_shared else first, path) for _, path in used}
    return faults, frozenset(done)


def _tell_scripted(run: _Run, state: State, context: InterviewContext) -> None:
    from mlpolicy.interview import completing, workloads
    from mlpolicy.manifest.edit import shown
    from mlpolicy.render import ask as render

    for each in state.taken:
        if each.value is not None:
            run.prompt.told(render.taken, each.question, each.value, shown(each.value))
    for number, workload in workloads(state, context):
        run.prompt.told(render.standing, workload, state.decisions[number].titles)
    _tell_open(run, state, context)
    more = list(completing(replace(state, passed=frozenset()), context))
    if more:
        run.prompt.told(render.note, "What the costs miss and what rules wait for:")
        run.prompt.told(render.left_open, more)


def _report(run: _Run, state: State, unused: tuple[str, ...]) -> None:
    from mlpolicy.cli.output import emit
    from mlpolicy.interview import completing
    from mlpolicy.render import ask as render

    assert run.context is not None
    context = replace(run.context, again=True)
    fresh = replace(state, passed=frozenset(), details=())
    open_ = _still_open(state, context)
    keys = {question.key for question in open_}
    optional = [question for question in completing(fresh, context) if question.key not in keys]
    emit(
        render.report(
            run.file,
            state.decisions,
            state.taken,
            open_,
            optional,
            unused,
            workload=context.workload,
        )
    )


def _refuse(faults: tuple[Diagnostic, ...], form: str) -> ExitCode:
    from mlpolicy.cli.output import refused
    from mlpolicy.diagnostics import bounded
    from mlpolicy.render.ask import SCHEMA

    return refused(bounded(list(faults)), form, SCHEMA)
