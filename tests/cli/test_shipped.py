"""What comes with the package is used where it fits, and never noticed."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlpolicy import kept
from mlpolicy.kept import shipped
from mlpolicy.session import Session
from mlpolicy.session.shipping import ship
from tests.cli.cli_support import AS_OF

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("own_cache")]

PACK = "aws-ml-selection@1.0.0"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a package with what `hatch_build.py` puts there."""
    root = tmp_path_factory.mktemp("package")
    (root / shipped.FOLDER).mkdir()
    ship(str(root / shipped.FOLDER))
    return root


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch, made: Path) -> list[str]:
    """Which policies were checked, where what was made is shipped."""
    from mlpolicy.session import load

    found: list[str] = []
    check_program = load.check_program

    def note(*args: object) -> object:
        found.append("checked")
        return check_program(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(load, "check_program", note)
    monkeypatch.setattr(shipped, "resource_root", lambda: made)
    monkeypatch.setenv("MLPOLICY_NO_CACHE", "1")
    return found


def program() -> object:
    session = Session()
    files, _ = session.find(PACK, AS_OF)
    assert files is not None
    found, faults = session.program(files)
    assert found is not None
    assert faults == ()
    schema, _ = session.schema(found, files.folder)
    assert schema is not None
    return found, schema.root


def test_a_shipped_policy_is_the_one_that_is_checked(
    checks: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = program()
    assert checks == []
    monkeypatch.setattr(shipped, "FOLDER", "no-such-folder")
    assert program() == taken
    assert checks == ["checked"]


def test_it_holds_all_policies_and_their_schemas(made: Path) -> None:
    kinds = [path.name.partition("-")[0] for path in (made / shipped.FOLDER).iterdir()]
    policies = sum(len(each) for each in policies_of_the_package().values())
    assert kinds.count("policy") == policies >= 2
    assert kinds.count("schema") >= 1


def policies_of_the_package() -> dict[str, tuple[object, ...]]:
    from mlpolicy.session.policies import builtin_policies

    return {name: tuple(versions) for name, versions in builtin_policies().items()}


@pytest.mark.parametrize("version", ["0.0.9", "0.1.0"])
def test_another_engine_finds_nothing(
    checks: list[str], monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    monkeypatch.setattr(kept, "__version__", version)
    program()
    assert checks == ([] if version == "0.1.0" else ["checked"])


@pytest.mark.parametrize("damage", ["short", "flipped", "empty", "a folder"])
def test_a_damaged_one_is_made_anew(
    checks: list[str], made: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, damage: str
) -> None:
    (tmp_path / shipped.FOLDER).mkdir()
    for path in (made / shipped.FOLDER).iterdir():
        data = path.read_bytes()
        place = tmp_path / shipped.FOLDER / path.name
        match damage:
            case "short":
                place.write_bytes(data[:-1])
            case "flipped":
                at = len(data) // 2
                place.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
            case "empty":
                place.write_bytes(b"")
            case _:
                place.mkdir()
    monkeypatch.setattr(shipped, "resource_root", lambda: tmp_path)
    program()
    assert checks == ["checked"]
