"""`mlpolicy new`: what it writes passes everything, and nothing is written over."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command_support import in_process


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_new_pack_passes_all_that_has_to_hold() -> None:
    ran = in_process("new", "pack", "travel-requests", "--currency", "CHF")
    assert ran.code == 0
    told = [line.removeprefix("wrote ") for line in ran.out.splitlines() if "wrote" in line]
    assert {path for path in told if Path(path).is_file()} == set(told)
    verified = in_process("verify", "travel-requests", "--coverage", "100")
    assert verified.code == 0, verified.out
    noticed = in_process("mutate", "./travel-requests", "--fail-under", "100")
    assert noticed.code == 0, noticed.out
    checked = in_process("check", "travel-requests/example.yaml", "--policy", "./travel-requests")
    assert checked.code == 2
    assert "1,020.00 CHF are asked for" in checked.out


@pytest.mark.parametrize("kind", ["rule", "table", "test"])
def test_a_skeleton_is_sound_where_it_is_put(kind: str) -> None:
    in_process("new", "pack", "parcels")
    skeleton = in_process("new", kind, "more").out
    file = Path("parcels/1.0.0") / ("tests/first.mlp" if kind == "test" else "policy.mlp")
    file.write_text(f"{file.read_text()}\n{skeleton}")
    assert in_process("policies", "check", "./parcels").code == 0
    assert in_process("test", "./parcels").code == 0
    assert in_process("fmt", "--check", "parcels").code == 0


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("parcels",), "`parcels` is there already"),
        (("Parcels",), "`Parcels` is no name of a policy"),
        (("../out",), "is no name of a policy"),
        (("other", "--currency", "euro"), "`euro` is no currency"),
        (("other", "--into", "file"), "`file` is there already"),
    ],
)
def test_nothing_is_written_over_and_a_name_is_a_name(args: tuple[str, ...], said: str) -> None:
    Path("parcels").mkdir()
    Path("parcels/mine").write_text("mine")
    Path("file").write_text("mine")
    ran = in_process("new", "pack", *args)
    assert (ran.code, said in ran.err) == (3, True), ran.err
    assert sorted(path.name for path in Path().rglob("*")) == ["file", "mine", "parcels"]
