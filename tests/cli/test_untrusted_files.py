"""Files of a repository that nobody has looked at: links that lead out, pipes, devices, names
without end. Each is one message; none stops a command for ever, and none shows what is not its."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.cli_support import AS_OF, Run
from tests.command_support import in_process

GOOD = "manifests/good.mlproject.yaml"
SECRET = "token: [1234-not-for-the-log"

pytestmark = pytest.mark.skipif(os.name != "posix", reason="links, pipes and devices")


@pytest.fixture
def secret(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file outside the repository that nobody who reads the messages may see."""
    (project / ".git").mkdir()
    path = tmp_path_factory.mktemp("outside") / "secret.yaml"
    path.write_text(f"{SECRET}\n")
    return path


def make(kind: str, path: Path, secret: Path) -> None:
    """Puts something at a path that is no regular file of the repository."""
    path.unlink(missing_ok=True)
    match kind:
        case "pipe":
            os.mkfifo(path)
        case "device":
            path.symlink_to("/dev/zero")
        case "process":
            path.symlink_to("/proc/self/environ")
        case "dangling link":
            path.symlink_to(secret.parent / "gone")
        case "link out":
            path.symlink_to(secret)
        case "folder":
            path.mkdir()
        case _:
            path.write_bytes(b"#" * (5 << 20))


KINDS = ("pipe", "device", "process", "dangling link", "link out", "folder", "endless")
PLACES = {
    "configuration": ("mlpolicy.toml", ("check", GOOD)),
    "project file": ("manifests/pyproject.toml", ("check", GOOD)),
    "manifest": (GOOD, ("check", GOOD)),
    "waivers": ("w.yaml", ("check", GOOD, "--waivers", "w.yaml")),
    "ledger": ("pack/1.0.0/sources/notes.yaml", ("check", GOOD)),
    "policy": ("pack/1.0.0/more.mlp", ("check", GOOD)),
    "policy by itself": ("x.mlp", ("policies", "check", "x.mlp")),
    "schema": ("pack/1.0.0/mlproject.v1.schema.json", ("check", GOOD)),
    "tests": ("pack/1.0.0/tests/more.mlp", ("test", "pack")),
    "log": ("l.jsonl", ("record", "verify", "l.jsonl")),
    "log to decide again": ("l.jsonl", ("replay", "l.jsonl")),
    "log for an impact": ("l.jsonl", ("impact", "pack", "pack", "--log", "l.jsonl")),
    "table": ("t.csv", ("measure", "t.csv")),
    "text to lay out": ("x.mlp", ("fmt", "x.mlp")),
    "text to compare": ("x.mlp", ("fmt", "--diff", "x.mlp")),
    "policy to lint": ("x.mlp", ("lint", "x.mlp")),
    "answers": ("a.yaml", ("ask", GOOD, "--answers", "a.yaml")),
    "manifest to write out": (GOOD, ("manifest", "full", GOOD)),
    "lock file": ("pack/policies.lock", ("policies", "lock", "pack")),
    "lock file to compare": ("pack/policies.lock", ("policies", "lock", "pack", "--check")),
}


def apart(*command: str) -> tuple[int, str]:
    """The exit code of a command, and what it says, in a process that has a secret of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "mlpolicy", *command],
        capture_output=True,
        timeout=60,
        env={**os.environ, "MARK": SECRET},
    )
    return done.returncode, (done.stdout + done.stderr).decode()


def within_a_minute(*command: str) -> tuple[int, str]:
    """The same in this process. One that waits for ever is interrupted."""

    def waits(signum: int, frame: object) -> None:
        raise TimeoutError(f"{command} does not end")

    before = signal.signal(signal.SIGALRM, waits)
    signal.alarm(60)
    try:
        ran = in_process(*command)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    return ran.code, ran.out + ran.err


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("place", PLACES)
def test_what_is_no_file_of_the_repository_is_told_and_not_shown(
    project: Path, secret: Path, place: str, kind: str
) -> None:
    file, command = PLACES[place]
    Path(file).parent.mkdir(exist_ok=True)
    make(kind, Path(file), secret)
    code, said = (apart if kind == "process" else within_a_minute)(*command)
    if place == "project file" and kind == "link out":
        assert code == 0  # a project file without a table of ours
    else:
        assert code in (1, 3), said
        assert "error[MLP" in said
    assert "1234" not in said
    assert "bug in mlpolicy" not in said


UNSHOWN = "`{}` leads out of its repository or folder: run mlpolicy on the file itself"
REFUSED = "`{}` is a link that leads out of its folder"


@pytest.mark.parametrize(
    ("file", "command", "message"),
    [
        ("l.jsonl", ("record", "verify"), UNSHOWN),
        ("l.jsonl", ("replay",), UNSHOWN),
        ("t.csv", ("measure",), UNSHOWN),
        ("x.mlp", ("fmt",), REFUSED),
        ("x.mlp", ("lint",), REFUSED),
    ],
)
def test_a_link_that_leads_out_is_told_with_its_name(
    run: Run, project: Path, secret: Path, file: str, command: tuple[str, ...], message: str
) -> None:
    """Whoever names the file itself sees its text."""
    for form in ("text", "json"):
        Path(file).symlink_to(secret)
        ran = run(*command, file, "--format", form)
        assert ran.code == 3
        assert message.format(file) in ran.out + ran.err
        assert "1234" not in ran.out + ran.err
        Path(file).unlink()
    Path(file).write_text(secret.read_text())
    ran = run(*command, file)
    assert ran.code == 3
    assert "1234" in ran.out + ran.err


def test_a_folder_behind_a_link_that_leads_out_is_not_quoted(
    run: Run, project: Path, secret: Path
) -> None:
    secret.with_name("x.mlp").write_text(secret.read_text())
    Path("linked").symlink_to(secret.parent)
    ran = run("fmt", "linked")
    assert ran.code == 3
    assert UNSHOWN.format("linked/x.mlp") in ran.err
    assert "1234" not in ran.out + ran.err


OF_A_POLICY = (
    ("policies", "check", "{}"),
    ("policies", "show", "{}"),
    ("policies", "lock", "{}"),
    ("check", GOOD, "--policy", "{}"),
    ("check", GOOD, "--extension", "{}"),
    ("test", "{}"),
    ("lint", "{}"),
    ("fmt", "--check", "{}"),
    ("verify", "{}"),
    ("diff", "{}", "pack"),
    ("diff", "pack", "{}"),
    ("sources", "check", "{}"),
    ("sources", "list", "{}"),
    ("mutate", "{}"),
    ("analyze", "{}"),
    ("new", "rule", "x", "--policy", "{}"),
    ("rule", "x", "--policy", "{}"),
    ("schema", "--policy", "{}"),
)


@pytest.mark.slow
@pytest.mark.parametrize("command", OF_A_POLICY, ids=lambda command: " ".join(command[:2]))
def test_a_policy_behind_a_link_that_leads_out_is_not_quoted(
    run: Run, project: Path, secret: Path, command: tuple[str, ...]
) -> None:
    """Neither its own folder, nor a pack with it, nor a file in it, nor a ledger of it."""
    for name in ("policy.mlp", "1.0.0/policy.mlp"):
        path = secret.parent / "own" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"policy p 1.0.0 effective 2026-01-01\n{SECRET}\n")
    shutil.copytree("pack/1.0.0", secret.parent / "sourced")
    (secret.parent / "sourced/sources/notes.yaml").write_text(SECRET)
    Path("own").symlink_to(secret.parent / "own")
    Path("sourced").symlink_to(secret.parent / "sourced")
    Path("half").mkdir()
    Path("half/1.0.0").symlink_to(secret.parent / "own/1.0.0")
    for named in ("own", "own/1.0.0", "own/policy.mlp", "half", "half/1.0.0", "sourced"):
        ran = run(*(each.format(named) for each in command))
        assert "1234" not in ran.out + ran.err, named
        assert "bug in mlpolicy" not in ran.out + ran.err, named
        laid_out = command[0] == "fmt" and named == "sourced"
        assert ran.code in (1, 3) or laid_out, (named, ran.out, ran.err)


def test_a_lock_file_behind_a_link_that_leads_out_is_not_written(
    run: Run, project: Path, secret: Path
) -> None:
    Path("pack/policies.lock").symlink_to(secret.parent / "gone")
    ran = run("policies", "lock", "pack")
    assert ran.code == 3
    assert REFUSED.format("pack/policies.lock") in ran.out + ran.err
    assert not (secret.parent / "gone").exists()


@pytest.mark.slow
def test_a_sound_file_behind_a_link_that_leads_out_is_read(
    run: Run, project: Path, secret: Path
) -> None:
    table = secret.with_name("t.csv")
    table.write_text("label,prediction\na,a\na,b\n")
    Path("t.csv").symlink_to(table)
    assert run("measure", "t.csv").code == 0
    log = secret.with_name("l.jsonl")
    for _ in range(2):
        assert run("record", "add", GOOD, "--log", log).code == 0
    Path("l.jsonl").symlink_to(log)
    assert run("record", "verify", "l.jsonl").code == 0
    assert run("replay", "l.jsonl").code == 0
    log.write_text(log.read_text().split("\n", 1)[1])
    ran = run("record", "verify", "l.jsonl")
    assert ran.code == 1
    assert "error[MLP1105]: l.jsonl:1: record 2 stands where" in ran.out


@pytest.mark.slow
def test_a_table_is_a_file_or_a_stream(run: Run, project: Path) -> None:
    os.mkfifo("pipe.csv")
    ran = run("measure", "pipe.csv")
    assert ran.code == 3
    assert "cannot read `pipe.csv`: it is a named pipe, not a file" in ran.err
    Path("t.csv").write_text("label,prediction\na,a\n")
    measure = f"{sys.executable} -m mlpolicy measure"
    command = f"{measure} <(cat t.csv) && cat t.csv | {measure} /dev/stdin && {measure} - < t.csv"
    done = subprocess.run(["bash", "-c", command], capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("{secret}", "does not lie in the policy's folder"),
        ("../../secret.yaml", "does not lie in the policy's folder"),
        ("sources/../../../{name}", "does not lie in the policy's folder"),
        ("linked/secret.yaml", "does not lie in the policy's folder"),
        ("/dev/zero", "does not lie in the policy's folder"),
        ("/proc/self/environ", "does not lie in the policy's folder"),
        ("pipe.yaml", "it is a named pipe, not a file"),
        ("sources", "it is a folder, not a file"),
        ("long.yaml", "it is longer than 4 MiB"),
        ("gone.yaml", "there is no `pack/1.0.0/gone.yaml`"),
    ],
)
def test_a_source_stays_in_the_folder_of_its_policy(
    run: Run, project: Path, secret: Path, path: str, message: str
) -> None:
    folder = Path("pack/1.0.0")
    (folder / "linked").symlink_to(secret.parent)
    os.mkfifo(folder / "pipe.yaml")
    (folder / "long.yaml").write_bytes(b"#" * (5 << 20))
    Path("secret.yaml").write_text(SECRET)
    policy = folder / "policy.mlp"
    named = path.format(secret=secret, name="secret.yaml")
    text = policy.read_text()
    policy.write_text(text.replace('"sources/notes.yaml"', f'"{named}"'))
    line = text[: text.index('"sources/notes.yaml"')].count("\n") + 1
    ran = run("policies", "check", "pack")
    assert ran.code in (1, 3)
    assert message in ran.out
    assert f"--> pack/1.0.0/policy.mlp:{line}:" in ran.out
    assert "1234" not in ran.out + ran.err


def test_a_source_may_be_named_by_a_way_round(run: Run, project: Path) -> None:
    policy = Path("pack/1.0.0/policy.mlp")
    policy.write_text(policy.read_text().replace('"sources/', '"../1.0.0/sources/'))
    assert run("policies", "check", "pack").code == 0


@pytest.mark.slow
@pytest.mark.parametrize("key", ["policy", "waivers"])
@pytest.mark.parametrize("way", ["absolute", "relative", "link"])
def test_what_a_configuration_names_outside_is_not_shown(
    run: Run, project: Path, secret: Path, key: str, way: str
) -> None:
    """A repository's own configuration may name any file of the machine. Whoever names that
    configuration, or the file itself, sees the text."""
    value = secret.as_posix()
    if way == "relative":
        value = os.path.relpath(secret, project)
    elif way == "link":
        Path("w.yaml").symlink_to(secret)
        value = "./w.yaml"
    kept = Path("mlpolicy.toml").read_text() if key == "waivers" else ""
    Path("mlpolicy.toml").write_text(f'{kept}{key} = "{value}"\n')
    ran = run("check", GOOD)
    assert ran.code == 3
    assert "the text is not shown" in ran.err or "is a link that leads out" in ran.err
    assert "1234" not in ran.out + ran.err
    ran = run("check", GOOD, f"--{key}", secret)
    assert "1234" in ran.err
    if way != "link":
        assert "1234" in run("check", GOOD, "--config", "mlpolicy.toml").err


def test_a_stream_that_a_user_names_is_read_and_shown(project: Path, secret: Path) -> None:
    """`mlpolicy check <(…)` names an open pipe, which is the user's own."""
    command = f"exec {sys.executable} -m mlpolicy check <(cat {secret}) /dev/stdin < {secret}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, timeout=60)
    assert done.returncode == 3
    said = done.stderr.decode()
    assert "--> /dev/fd/" in said
    assert "--> /dev/stdin:1:" in said
    assert "1234" in said
    assert "the text is not shown" not in said


# A folder that is searched.


def test_a_search_does_not_leave_the_folder(run: Run, project: Path, secret: Path) -> None:
    Path("searched").mkdir()
    Path("searched/mlproject.yaml").write_text(Path(GOOD).read_text())
    Path("searched/within").mkdir()
    Path("searched/again").symlink_to("within")
    Path("searched/out").symlink_to(secret.parent)
    Path("searched/top").symlink_to("/")
    Path("searched/notes.yaml").symlink_to(secret)
    os.mkfifo("searched/pipe.yaml")
    ran = run("check", "searched")
    assert ran.code == 0
    assert "1 manifest" in ran.out
    assert "2 files skipped" in ran.out
    for name in ("out", "top"):
        message = f"the folder `searched/{name}` is a link that leads out of `searched`"
        assert f"warning[MLP0925]: {message}" in ran.err
    assert "1234" not in ran.out + ran.err
    Path("searched/b.mlproject.yaml").symlink_to(secret)
    ran = run("check", "searched")
    assert ran.code == 3
    assert "`searched/b.mlproject.yaml` is a link that leads out of `searched`" in ran.err
    assert "1 manifest" in ran.out, "the rest is judged"


def test_a_link_that_is_searched_itself_is_its_target(run: Run, project: Path) -> None:
    Path("here").symlink_to("manifests")
    assert run("check", "here/good.mlproject.yaml").code == 0
    assert run("check", "here").out.count("here/") == run("check", "manifests").out.count(
        "manifests/"
    )


def test_each_named_folder_holds_a_manifest(run: Run, project: Path) -> None:
    """Nothing checked is never a success, also beside what was checked."""
    Path("empty").mkdir()
    Path("empty/ml-project.yaml").write_text("project: x\n")
    ran = run("check", GOOD, "empty")
    assert ran.code == 3
    assert "no manifest in `empty`; 1 other YAML or JSON file skipped" in ran.err


# Names without end.


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["a" * 300, "a" * 70_000, f"aws-ml-selection@{'9' * 5000}", "b@" + "1." * 4000, "x\0y"]
)
@pytest.mark.parametrize("way", ["option", "configuration", "manifest"])
def test_a_name_of_a_policy_without_end_is_one_message(
    run: Run, project: Path, name: str, way: str
) -> None:
    if way == "option":
        ran = run("check", GOOD, "--policy", name)
    elif way == "configuration":
        if "\0" in name:
            name = name.replace("\0", "\\u0000")
        Path("mlpolicy.toml").write_text(f'policy = "{name}"\n')
        ran = run("check", GOOD)
    else:
        Path("mlpolicy.toml").unlink()
        text = Path(GOOD).read_text().replace("  owner:", f'  policy: "{name}"\n  owner:')
        Path(GOOD).write_text(text)
        ran = run("check", GOOD)
    assert ran.code == 3
    assert ran.err.count("error[") == 1
    assert "bug" not in ran.err
    assert len(ran.err) < 2000


@pytest.mark.slow
@pytest.mark.parametrize("key", ["policy", "waivers", "log"])
@pytest.mark.parametrize(
    "value", ["./a\\u0000b", "a\\u0000b", "./" + "a" * 300, "./" + "a/" * 3000]
)
def test_a_path_that_no_file_can_have_is_one_message(
    run: Run, project: Path, key: str, value: str
) -> None:
    kept = Path("mlpolicy.toml").read_text() if key != "policy" else ""
    Path("mlpolicy.toml").write_text(f'{kept}{key} = "{value}"\n')
    ran = run("record", "add", GOOD) if key == "log" else run("check", GOOD)
    assert ran.code == 3
    assert "bug" not in ran.err


def test_a_deleted_current_folder_is_told(
    run: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = project / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    for command in (("check",), ("explain",), ("check", "-"), ("policies", "show", "x")):
        ran = run(*command)
        assert ran.code == 3, command
        assert "bug" not in ran.err
    monkeypatch.chdir(project)
    assert AS_OF in run("check", GOOD, "-v").out
