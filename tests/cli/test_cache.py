"""The cache: used where it may be, never noticed."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from mlpolicy.core.program import Program
from mlpolicy.diagnostics import Diagnostic
from mlpolicy.kept import cache, packing
from mlpolicy.session import Session
from tests.cli.cli_support import AS_OF, PACK, Run

pytestmark = pytest.mark.usefixtures("own_cache")

KEY = "ab" * 32


def program_of(path: Path | str) -> tuple[Program | None, tuple[Diagnostic, ...]]:
    session = Session()
    files, _ = session.find(str(path), AS_OF)
    assert files is not None
    return session.program(files)


def entries() -> list[Path]:
    return sorted(Path(os.environ["MLPOLICY_CACHE_DIR"]).glob("policy-*"))


def test_a_program_comes_back_from_the_cache_as_it_went_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = program_of(PACK)
    assert len(entries()) == 1

    def refuse(*_: object) -> None:
        raise AssertionError("checked again")

    monkeypatch.setattr("mlpolicy.session.load.check_program", refuse)
    assert program_of(PACK) == first


@pytest.mark.parametrize(
    "change",
    [
        ("pack/1.0.0/policy.mlp", "\n# more\n"),
        ("pack/1.0.0/sources/notes.yaml", "\n# more\n"),
    ],
)
def test_any_change_of_a_part_makes_a_new_program(project: Path, change: tuple[str, str]) -> None:
    before, _ = program_of("pack")
    path, more = change
    Path(path).write_text(Path(path).read_text() + more)
    after, _ = program_of("pack")
    assert before is not None
    assert after is not None
    assert before.digest != after.digest


def test_a_schema_beside_the_policy_is_part_of_it(project: Path) -> None:
    program_of("pack")
    Path("pack/1.0.0/mlproject.v1.schema.json").write_text("{}")
    program, faults = program_of("pack")
    assert program is None
    assert faults


def seal(secret: bytes, name: str, body: bytes) -> bytes:
    """An entry as the cache writes it, written here anew."""
    tag = hashlib.blake2b(name.encode() + b"\n" + body, digest_size=32, key=secret).digest()
    return b"mlpolicy cache 3\n" + tag + body


@pytest.fixture
def unpacked(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What the cache takes for a value, as bytes."""
    found: list[bytes] = []

    def unpack(data: bytes | memoryview) -> object:
        found.append(bytes(data))
        return packing_unpack(data)

    packing_unpack = packing.unpack
    monkeypatch.setattr(packing, "unpack", unpack)
    return found


def secret_file() -> Path:
    return Path(os.environ["XDG_STATE_HOME"]) / "mlpolicy" / "cache-secret"


@pytest.fixture(autouse=True)
def _own_secret(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"nonsense",
        b"mlpolicy cache 3\n",
        b"mlpolicy cache 3\n\x80",
        b"mlpolicy cache 1\n" + packing.pack(1),
    ],
)
def test_a_damaged_entry_is_made_anew(data: bytes) -> None:
    first = program_of(PACK)
    (entry,) = entries()
    entry.write_bytes(data)
    assert program_of(PACK) == first
    assert entry.read_bytes() != data


def test_a_flipped_bit_is_seen_wherever_it_is() -> None:
    """A flipped bit in a number would otherwise be another bar."""
    cache.store("policy", KEY, {"bar": 85})
    (entry,) = entries()
    whole = entry.read_bytes()
    for place in range(len(whole)):
        entry.write_bytes(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :])
        assert cache.load("policy", KEY) is None, place
    for length in range(len(whole)):
        entry.write_bytes(whole[:length])
        assert cache.load("policy", KEY) is None, length
    entry.write_bytes(whole)
    assert cache.load("policy", KEY) == {"bar": 85}


@pytest.mark.slow
@pytest.mark.parametrize("secret", [b"", b"\0" * 32, b"s" * 32])
def test_a_forged_entry_is_not_read(unpacked: list[bytes], secret: bytes) -> None:
    """What a repository brings along cannot have been sealed with this user's secret."""
    program_of(PACK)
    (entry,) = entries()
    body = packing.pack("forged")
    for data in (seal(secret, entry.name, body), b"mlpolicy cache 1\n" + body, body):
        entry.write_bytes(data)
        assert program_of(PACK) is not None
        assert body not in unpacked
    entry.write_bytes(seal(secret_file().read_bytes(), entry.name, body))
    program_of(PACK)
    assert body in unpacked, "the entry of this test is not what the cache reads"


def test_an_entry_is_not_believed_under_another_name() -> None:
    cache.store("policy", KEY, "one")
    folder = Path(os.environ["MLPOLICY_CACHE_DIR"])
    (folder / f"policy-{KEY}").rename(folder / f"schema-{KEY}")
    assert cache.load("schema", KEY) is None


def test_a_value_of_another_kind_is_not_believed() -> None:
    first = program_of(PACK)
    (entry,) = entries()
    cache.store("policy", entry.name.partition("-")[2], {"program": None})
    assert program_of(PACK) == first


@pytest.mark.skipif(os.name != "posix", reason="modes")
def test_what_others_could_have_written_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    cache.store("policy", KEY, "value")
    assert cache.load("policy", KEY) == "value"
    folder = Path(os.environ["MLPOLICY_CACHE_DIR"])
    (folder / f"policy-{KEY}").chmod(0o666)
    assert cache.load("policy", KEY) is None
    (folder / f"policy-{KEY}").chmod(0o600)
    folder.chmod(0o777)
    assert cache.load("policy", KEY) is None
    folder.chmod(0o700)
    assert cache.load("policy", KEY) == "value"
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert cache.load("policy", KEY) is None


@pytest.mark.skipif(os.name != "posix", reason="links")
def test_a_link_is_not_followed(tmp_path: Path) -> None:
    cache.store("policy", KEY, "value")
    (entry,) = entries()
    entry.rename(tmp_path / "elsewhere")
    entry.symlink_to(tmp_path / "elsewhere")
    assert cache.load("policy", KEY) is None


# The secret.


@pytest.mark.skipif(os.name != "posix", reason="modes")
def test_the_secret_is_this_users_alone() -> None:
    cache.store("policy", KEY, "value")
    assert stat.S_IMODE(secret_file().stat().st_mode) == 0o600
    assert stat.S_IMODE(secret_file().parent.stat().st_mode) == 0o700
    assert len(secret_file().read_bytes()) == 32
    assert list(secret_file().parent.iterdir()) == [secret_file()]


@pytest.mark.skipif(os.name != "posix", reason="modes and links")
@pytest.mark.parametrize("fault", ["short", "readable by others", "link"])
def test_a_secret_that_is_not_sound_is_replaced(tmp_path: Path, fault: str) -> None:
    cache.store("policy", KEY, "value")
    before = secret_file().read_bytes()
    match fault:
        case "short":
            secret_file().write_bytes(before[:31])
        case "link":
            secret_file().rename(tmp_path / "secret")
            secret_file().symlink_to(tmp_path / "secret")
        case _:
            secret_file().chmod(0o644)
    assert cache.load("policy", KEY) is None
    assert secret_file().read_bytes() not in (before, before[:31])
    assert not secret_file().is_symlink()
    cache.store("policy", KEY, "again")
    assert cache.load("policy", KEY) == "again"


@pytest.mark.slow
def test_where_no_secret_can_be_kept_nothing_is_kept(
    run: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(project.parent / "file" / "below"))
    (project.parent / "file").write_text("")
    ran = run("check", "manifests/good.mlproject.yaml")
    assert (ran.code, ran.err) == (0, "")
    assert entries() == []


@pytest.mark.slow
def test_writers_at_one_time_do_not_disturb_each_other(tmp_path: Path) -> None:
    """All begin without a secret, in one folder; each finds at the end what was stored."""
    code = (
        "import sys\n"
        "from mlpolicy.kept import cache\n"
        "key = 'ab' * 32\n"
        "for _ in range(40):\n"
        "    cache.store('policy', key, list(range(5000)))\n"
        "    found = cache.load('policy', key)\n"
        "    assert found == list(range(5000)), found and len(found)\n"
    )
    environment = {**os.environ, "MLPOLICY_CACHE_DIR": str(tmp_path / "cache")}
    started = [
        subprocess.Popen([sys.executable, "-c", code], env=environment, cwd="/") for _ in range(6)
    ]
    assert [one.wait(120) for one in started] == [0] * 6
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [f"policy-{'ab' * 32}"]


# Where nothing is kept.


@pytest.mark.parametrize(
    "places",
    [
        {"HOME": "{here}"},
        {"XDG_CACHE_HOME": "{here}/.cache", "XDG_STATE_HOME": "{apart}"},
        {"XDG_CACHE_HOME": "{apart}", "XDG_STATE_HOME": "{here}/.state"},
        {"MLPOLICY_CACHE_DIR": ".cache", "XDG_STATE_HOME": "{apart}"},
        {"MLPOLICY_CACHE_DIR": "{here}/.cache", "XDG_STATE_HOME": "{apart}"},
        {"MLPOLICY_CACHE_DIR": "{here}/../work/.cache", "XDG_STATE_HOME": "{apart}"},
        {"MLPOLICY_CACHE_DIR": "{clone}/.cache", "XDG_STATE_HOME": "{apart}"},
        {"MLPOLICY_CACHE_DIR": "{apart}", "XDG_STATE_HOME": "{clone}/.state"},
        {"MLPOLICY_CACHE_DIR": "{link}/.cache", "XDG_STATE_HOME": "{apart}"},
    ],
    ids=lambda places: ",".join(f"{name}={value}" for name, value in places.items()),
)
def test_nothing_is_kept_where_a_checkout_may_have_put_it(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    unpacked: list[bytes],
    places: dict[str, str],
) -> None:
    """Below the current folder or in a repository, entry and secret may both have been brought
    along. Both are written here as a repository would bring them."""
    names = {name: tmp_path / name for name in ("work", "apart", "clone", "link")}
    for name in ("work", "apart", "clone"):
        names[name].mkdir()
    (names["clone"] / ".git").mkdir()
    names["link"].symlink_to(names["work"])
    paths = {"here": names["work"], **names}
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "MLPOLICY_CACHE_DIR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in places.items():
        monkeypatch.setenv(name, value.format(**paths))
    monkeypatch.chdir(names["work"])
    secret, body = b"s" * 32, packing.pack("forged")
    for top in (names["work"], names["clone"], names["apart"]):
        for folder in (top, top / ".cache", top / ".state", top / ".local" / "state"):
            for here in (folder, folder / "mlpolicy"):
                here.mkdir(parents=True, exist_ok=True)
                (here / "cache-secret").write_bytes(secret)
                (here / "cache-secret").chmod(0o600)
                (here / f"policy-{KEY}").write_bytes(seal(secret, f"policy-{KEY}", body))
    before = sorted(path for path in tmp_path.rglob("*"))
    assert cache.load("policy", KEY) is None
    cache.store("policy", "cd" * 32, "value")
    assert unpacked == []
    assert sorted(path for path in tmp_path.rglob("*")) == before


def test_it_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLPOLICY_NO_CACHE", "1")
    program_of(PACK)
    assert entries() == []


def test_a_place_that_cannot_be_written_is_no_fault(
    run: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("file").write_text("")
    monkeypatch.setenv("MLPOLICY_CACHE_DIR", str(project / "file" / "below"))
    ran = run("check", "manifests/good.mlproject.yaml")
    assert ran.code == 0
    assert ran.err == ""


def test_what_cannot_be_packed_is_not_kept() -> None:
    cache.store("policy", KEY, lambda: None)
    assert cache.load("policy", KEY) is None
    assert list(Path(os.environ["MLPOLICY_CACHE_DIR"]).iterdir()) == []


def test_old_entries_are_forgotten_and_nothing_else_is() -> None:
    """The folder may be one in which a user keeps files of their own."""
    folder = Path(os.environ["MLPOLICY_CACHE_DIR"])
    own = [folder / f"chapter{number}.txt" for number in range(100)]
    own += [folder / "policy-notes.txt", folder / f"policy-{KEY}.txt", folder / ".new-year"]
    for path in own:
        path.write_text("kept")
        os.utime(path, (0, 0))
    left = folder / ".mlpolicy-new-left"
    left.write_text("half")
    os.utime(left, (0, 0))
    for number in range(70):
        cache.store("policy", f"{number:064x}", number)
        os.utime(folder / f"policy-{number:064x}", (number, number))
    cache.store("policy", KEY, "last")
    assert {path for path in own if not path.exists()} == set()
    assert len(entries()) == 64 + 2
    assert not left.exists()
    assert cache.load("policy", f"{0:064x}") is None
    assert cache.load("policy", KEY) == "last"
