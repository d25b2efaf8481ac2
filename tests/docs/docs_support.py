"""Reads the blocks of the documentation's pages, and runs them.

A page is one sitting: its blocks are worked through in order, in one new folder.

    ```console     lines that start with `$ ` are typed into a shell; what follows is what comes
                   back. A line `…` stands for any lines, `…` in a line for any text.
    ```yaml        a manifest, which must be valid;
    ```mlp         declarations, which must parse;
    ```json        a JSON document, which must be one;
    ```python      a program, which must run; a block ```text after it is what it prints.

A page that says `<!-- goes on from: PAGE -->` begins with the files that the blocks of that page
write.

A block whose first line is a comment with a file's name alone (`# team/mlproject.yaml`) is
written to that file, and is not looked at otherwise, unless the file is Python. The clock of
all that runs stands at `TODAY`.
"""

from __future__ import annotations

import contextlib
import datetime
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

ROOT = Path(__file__).resolve().parents[2]
TODAY = "2026-11-22"
PAGES = sorted(
    [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")],
    key=lambda path: path.as_posix(),
)

_BLOCK = re.compile(r"^```(?P<kind>\w*)[ ]*\n(?P<text>.*?)^```[ ]*$", re.M | re.S)
_GOES_ON = re.compile(r"^<!-- goes on from: (?P<page>[\w-]+\.md) -->$", re.M)
_NAME = re.compile(r"# (?P<name>[\w./-]+\.[a-z]+)\n")
_CLOCK = """\
import datetime
class _Day(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls.fromisoformat({today!r} + "T12:00:00").replace(tzinfo=tz)
datetime.datetime = _Day
"""


#: What only a shell understands: pipes, files, several commands, variables, patterns.
_FOR_A_SHELL = re.compile(r"[|;&<>$`*?\\\n]")
_CODE_IS_TOLD = "; echo $?"
#: One of ours of which another program reads what it says, and the program.
_READ_BY = re.compile(r"(?P<ours>mlpolicy [^|]+) \| (?P<reader>[^|].*)", re.S)
#: One of ours that reads what another program says.
_FED_BY = re.compile(r"(?P<feeder>(?:echo|printf) [^|]+) \| (?P<ours>mlpolicy [^|]+)", re.S)


class Stopped(datetime.datetime):
    """The clock of commands that run in this process."""

    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> Stopped:
        return cls.fromisoformat(f"{TODAY}T12:00:00").replace(tzinfo=tz)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, and where the text begins."""

    kind: str
    text: str
    start: int
    line: int

    @property
    def file(self) -> str | None:
        """The file that the block is, where its first line says so."""
        named = _NAME.match(self.text)
        return named["name"] if named and self.kind in ("yaml", "mlp", "python", "toml") else None


def blocks(text: str) -> Iterator[Block]:
    for found in _BLOCK.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        yield Block(found["kind"], found["text"], found.start("text"), line)


class Sitting:
    """A folder to work in, with the commands on the path and the clock stopped."""

    def __init__(self, page: Path, folder: Path, cache: Path) -> None:
        self.folder = folder / "work"
        self.folder.mkdir(parents=True)
        shutil.copytree(ROOT / "policies", self.folder / "policies")
        scenarios = Path("tests/policy/scenarios")
        if page.name == "README.md":  # read at the top of a clone
            shutil.copytree(ROOT / scenarios, self.folder / scenarios)
        bin = folder / "bin"
        bin.mkdir()
        clock = _CLOCK.format(today=TODAY)
        start = f"#!{sys.executable}\n{clock}"
        for name, rest in {
            "mlpolicy": "from mlpolicy.cli import main\nmain()\n",
            "python": "import runpy, sys\nrunpy.run_path(sys.argv[1], run_name='__main__')\n",
            "pre-commit": "import runpy\nrunpy.run_module('pre_commit', run_name='__main__')\n",
        }.items():
            (bin / name).write_text(start + rest)
            (bin / name).chmod(0o755)
        left_out = ("MLPOLICY_", "GIT_")
        kept = {k: v for k, v in os.environ.items() if not k.startswith(left_out)}
        self.environment = {
            **kept,
            "PATH": f"{bin}{os.pathsep}{os.environ.get('PATH', '')}",
            "PYTHONPATH": str(ROOT / "engine"),
            "MLPOLICY_CACHE_DIR": str(cache),
            "PRE_COMMIT_HOME": str(folder / "pre-commit"),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "NO_COLOR": "1",
            "COLUMNS": "96",
            "LC_ALL": "C.UTF-8",
        }
        before = _GOES_ON.search(page.read_text(encoding="utf-8"))
        if before:
            for block in blocks((page.parent / before["page"]).read_text(encoding="utf-8")):
                if block.file is not None:
                    self.write(block)

    def write(self, block: Block) -> None:
        assert block.file is not None
        path = self.folder / block.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, encoding="utf-8")

    def shell(self, command: str) -> str:
        """What a command says, on both streams. One that fails must be seen to fail: the page
        ends it with `; echo $?`. One of ours that needs no shell runs in this process."""
        plain = command.removesuffix(_CODE_IS_TOLD)
        words, given = _without_a_shell(plain), ""
        fed = _FED_BY.fullmatch(plain)
        if fed and (words := _without_a_shell(fed["ours"])):
            given = self.in_a_shell(fed["feeder"])
        if words[:1] == ["mlpolicy"]:
            code, said, _ = self.here(words[1:], beside=False, given=given)
            if plain != command:
                return f"{said}{code}\n"
            assert code == 0, f"$ {command}\nended with {code}\n{said}"
            return said
        read = _READ_BY.fullmatch(command)
        if read and (words := _without_a_shell(read["ours"])):
            _, out, err = self.here(words[1:], beside=True)
            return err + self.in_a_shell(read["reader"], out)
        return self.in_a_shell(command)

    def in_a_shell(self, command: str, given: str = "") -> str:
        """The same with a shell, which is given something to read."""
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.folder,
            env=self.environment,
            input=given.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        said = done.stdout.decode()
        assert done.returncode == 0, f"$ {command}\nended with {done.returncode}\n{said}"
        return said

    def here(self, arguments: list[str], *, beside: bool, given: str = "") -> tuple[int, str, str]:
        """The exit code of a command of ours, run in this process, and what it says: on both
        streams as it comes, or on one `beside` the other. It is given something to read."""
        from mlpolicy.cli import main

        said = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="")
        told = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="") if beside else said
        with ExitStack() as stack:
            stack.enter_context(mock.patch.dict(os.environ, self.environment, clear=True))
            stack.enter_context(mock.patch("datetime.datetime", Stopped))
            stack.enter_context(mock.patch("sys.stdin", _given(given)))
            stack.enter_context(contextlib.chdir(self.folder))
            stack.enter_context(contextlib.redirect_stdout(said))
            stack.enter_context(contextlib.redirect_stderr(told))
            try:
                main(arguments)
            except SystemExit as left:
                code = left.code
        assert isinstance(code, int)
        return code, _text(said), _text(told) if beside else ""

    def python(self, text: str) -> str:
        (self.folder / "example.py").write_text(text, encoding="utf-8")
        return self.shell("python example.py")


def _without_a_shell(command: str) -> list[str]:
    """The words of a command that needs no shell; none of one that does."""
    return shlex.split(command) if not _FOR_A_SHELL.search(command) else []


def _given(text: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(text.encode()), encoding="utf-8")


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    assert isinstance(stream.buffer, io.BytesIO)
    return stream.buffer.getvalue().decode()


@dataclass(frozen=True)
class Exchange:
    """A command, and the lines that the page shows as its answer."""

    command: str
    shown: tuple[str, ...]


def exchanges(block: Block) -> list[Exchange]:
    found: list[tuple[str, list[str]]] = []
    for line in block.text.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif found and found[-1][0].endswith("\\"):
            found[-1] = (found[-1][0] + "\n" + line, [])
        else:
            assert found, f"line {block.line}: an answer without a command"
            found[-1][1].append(line)
    return [Exchange(command, tuple(shown)) for command, shown in found]


def said(output: str) -> list[str]:
    """The lines of an answer as a page can show them."""
    lines = [line.rstrip() for line in output.splitlines()]
    while lines and not lines[-1]:
        lines.pop()
    return lines
