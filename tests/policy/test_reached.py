"""What counts as reached of each kind, and what is said of what is not: a policy in which every
kind stands, of which few tests reach a part that is known beforehand."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.command_support import in_process
from tests.format.noise import items, noisy
from tests.html.html_support import parsed, words
from tests.policy.policy_support import SECOND

POLICY = """\
policy keeping 1.0.0 effective 2025-01-01
manifest ArchivePlan schema "archive.v1.schema.json" of project, workload in workloads
source house = "sources/house.yaml"
currency USD
unit GB, read
outcome class : discard < tape < disk
enum content from workload.content
enum size_of_house from project.house

input content : content from workload.content
input size : GB from workload.size_gb ask "How many gigabytes is it?"
input reads : read/month from workload.reads_per_month ask "How often is it read in a month?"
input keep : year from workload.keep_years ask "For how many years?"
input frozen : flag from workload.legal_hold ask "Is it frozen?"

param most : GB
  2025-01-01 = 100 GB ref house#H4
threshold often : read/month
  2025-01-01 = 10 read/month ref house#H2

catalog shelf by content ref house#H4
  | content : content | room : GB | tapes : flag | ref |
  | registers | 50 GB | yes | house#H4 |
  | films     | 500 GB | yes | house#H4 |
  | logs      | 10 GB | no | house#H4 |

catalog place by name ref house#H4
  | name : text | room : GB | each : USD/GB/month | ref |
  | "cellar" | 50 GB | 1 USD/GB/month | house#H4 |
  | "tower"  | 500 GB | 2 USD/GB/month | house#H4 |

shortlist roomy of place ref house#H4
  large : place.room >= size ref house#H4

decision tree keeping : class
  if frozen: disk because "frozen" ref house#H1
  if size > most: tape because "too much" ref house#H1
  if not shelf has content: discard because "nowhere" ref house#H1
  if shelf[content].room < size: tape because "no room" ref house#H1
  if any roomy: disk because "there is room" ref house#H1
  otherwise: discard because "nothing left" ref house#H1

table grade : number first ref house#H5
  | reads   | keep      |
  | < often | >= 5 year | -> 1 ref house#H5
  | -       | < 2 year  | -> 2 ref house#H5
  | -       | >= 2 year | -> 3 ref house#H5

define kind : number
  when content is films : 1 ref house#H5
  when content is logs : 2 ref house#H5
  otherwise : 3 ref house#H5

rule low_grade advise
  when grade >= 3
  say "low grade" ref house#H5
  fix "read it more"
rule of_films advise
  when kind = 1
  say "films" ref house#H5
  fix "no films"
"""

TESTS = """\
test "much"
  given
    workload.content = registers
    workload.size_gb = 120
    workload.reads_per_month = 3
    workload.keep_years = 6
    workload.legal_hold = no
  expect answer = tape
  expect grade = 1
  expect low_grade passed
test "just as much as there is room for"
  like "much"
  given
    workload.size_gb = 100
    workload.keep_years = 1
  expect answer = tape
  expect grade = 2
"""

MORE = """
test "it fits"
  like "much"
  given
    workload.size_gb = 40
    workload.reads_per_month = 11
  expect answer = disk
  expect low_grade fired
"""


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    folder = tmp_path / "keeping" / "1.0.0"
    for name in ("schemas", "sources"):
        shutil.copytree(SECOND / name, folder / name)
    (folder / "tests").mkdir()
    (folder / "policy.mlp").write_text(POLICY)
    (folder / "tests" / "tests.mlp").write_text(TESTS)
    return folder


def points(folder: Path) -> list[dict[str, Any]]:
    ran = in_process("test", str(folder), "--coverage", "--format", "json")
    assert ran.code == 0, ran.out + ran.err
    found: list[dict[str, Any]] = ran.json["coverage"]["points"]
    return found


def hits(folder: Path, kind: str) -> dict[str, int]:
    """How often each point of a kind was reached, by its name and part."""
    return {
        f"{each['name']}, {each['part']}" if each["part"] else each["name"]: each["hits"]
        for each in points(folder)
        if each["kind"] == kind
    }


@pytest.mark.slow
def test_arms_and_leaves_are_those_that_were_walked(pack: Path) -> None:
    arms = hits(pack, "arm")
    assert {name: number for name, number in arms.items() if number} == {
        "keeping: frozen, no": 2,
        "keeping: size > most, yes": 1,
        "keeping: size > most, no": 1,
        "keeping: not (shelf has content), no": 1,
        "keeping: shelf[content].room < size, yes": 1,
    }
    # The content is required by the schema: whether a shelf has it is never unknown.
    assert "keeping: frozen, unknown" in arms
    assert "keeping: not (shelf has content), unknown" not in arms
    assert sum(hits(pack, "leaf").values()) == 2


def test_a_param_that_is_compared_has_sides_and_one_that_is_not_has_none(pack: Path) -> None:
    assert hits(pack, "param") == {"most, below": 0, "most, at": 1, "most, above": 1}
    assert hits(pack, "threshold")["often, below"] > 0


def test_rows_apply_and_cells_hold_or_fail(pack: Path) -> None:
    assert hits(pack, "row") == {
        "grade: < often | >= 5 year": 1,
        "grade: - | < 2 year": 1,
        "grade: - | >= 2 year": 0,
    }
    assert hits(pack, "cell") == {
        "grade: < often, in < often | >= 5 year, yes": 2,
        "grade: < often, in < often | >= 5 year, no": 0,
        "grade: >= 5 year, in < often | >= 5 year, yes": 1,
        "grade: >= 5 year, in < often | >= 5 year, no": 1,
        "grade: < 2 year, in - | < 2 year, yes": 1,
        "grade: < 2 year, in - | < 2 year, no": 0,
        # All that this one leaves out, the row before it takes: nobody is asked to make it fail.
        "grade: >= 2 year, in - | >= 2 year, yes": 0,
    }


def test_a_cell_is_asked_to_fail_where_it_can(pack: Path) -> None:
    text = POLICY.replace("| >= 2 year | -> 3", "| >= 3 year | -> 3")
    (pack / "policy.mlp").write_text(text)
    assert "grade: >= 3 year, in - | >= 3 year, no" in hits(pack, "cell")


@pytest.mark.slow
def test_rows_of_catalogues_are_reached_where_something_comes_to_them(pack: Path) -> None:
    before = hits(pack, "catalog")
    assert before == {
        "shelf registers": 1,
        "shelf films": 0,
        "shelf logs": 0,
        "place cellar": 0,
        "place tower": 0,
    }
    with (pack / "tests" / "tests.mlp").open("a") as file:
        file.write(MORE)
    # Both places are large enough; the shelf was looked up again.
    assert hits(pack, "catalog") == {**before, "shelf registers": 2, "place cellar": 1} | {
        "place tower": 1
    }


def test_rules_are_told_apart_by_what_became_of_them(pack: Path) -> None:
    rules = hits(pack, "rule")
    assert rules["low_grade, fired"] == 0
    assert rules["low_grade, passed"] == 2
    assert "low_grade, waiting" in rules
    # It reads a field that the schema requires, and literals: it waits for nothing.
    assert "of_films, waiting" not in rules
    assert rules["of_films, passed"] == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "name", "part", "why"),
    [
        ("arm", "frozen", "yes", "tests reach no 2 ×"),
        (
            "arm",
            "any roomy",
            "yes",
            "an earlier step decides: `shelf[content].room < size` in line 39 comes to yes 1 ×",
        ),
        (
            "leaf",
            'discard because "nothing left"',
            None,
            "an earlier step decides: `shelf[content].room < size` in line 39 comes to yes 1 ×",
        ),
        ("leaf", 'disk because "frozen"', None, "an earlier step decides: `frozen`"),
        ("row", "- | >= 2 year", None, "earlier ones apply, such as `< often | >= 5 year`"),
        ("cell", ">= 2 year, in - | >= 2 year", "yes", "earlier ones apply, such as"),
        ("cell", "< often, in < often | >= 5 year", "no", "tests reach yes 2 ×"),
        ("line", "when content is films : 1", None, "its condition comes to no 2 ×"),
        ("catalog", "shelf films", None, "tests come to 1 of the 3 rows"),
        ("catalog", "place tower", None, "no test comes to it"),
        ("rule", "low_grade", "fired", "tests reach passed 2 ×"),
    ],
)
def test_what_is_not_reached_is_told_with_why(
    pack: Path, kind: str, name: str, part: str | None, why: str
) -> None:
    (found,) = (
        each
        for each in points(pack)
        if (each["kind"], each["part"]) == (kind, part)
        and each["name"].partition(": ")[2 * (": " in each["name"])] == name
    )
    assert found["hits"] == 0
    assert found["why"].startswith(why), found["why"]


@pytest.mark.slow
def test_layout_has_no_part_in_it(pack: Path) -> None:
    def told() -> list[tuple[Any, ...]]:
        keys = ("kind", "name", "part", "hits")
        return [tuple(each[key] for key in keys) for each in points(pack)]

    before = told()
    for seed in range(3):
        for file, text in ((pack / "policy.mlp", POLICY), (pack / "tests" / "tests.mlp", TESTS)):
            file.write_bytes(noisy(items(text), Random(seed)).encode())
        assert told() == before


# ── The page ─────────────────────────────────────────────────────────────────────────────


def page(folder: Path, *args: str) -> str:
    return in_process("test", str(folder), "--format", "html", *args).out


@pytest.mark.slow
def test_the_page_tells_all_that_the_text_does(pack: Path) -> None:
    root = parsed(page(pack))
    text = words(root)
    ran = in_process("test", str(pack), "--coverage", "--format", "json").json["coverage"]
    assert f"{ran['reached']} of {ran['of']}" in text
    missing = [each for each in ran["points"] if not each["hits"]]
    assert missing
    for each in missing:
        assert each["name"] in text
        assert each["why"] in text
    ids = {each.get("id") for each in root.iter() if each.get("id")}
    links = [each.get("href", "") for each in root.iter("a")]
    assert {link[1:] for link in links} <= ids
    assert len(ids) == sum(1 for each in root.iter() if each.get("id"))


def test_the_page_shows_every_line_and_marks_those_that_count(pack: Path) -> None:
    root = parsed(page(pack))
    lines = [each for each in root.iter("li") if "-" in each.get("id", "")]
    shown = ["".join(each.itertext()) for line in lines for each in line.iter("code")]
    assert shown == POLICY.splitlines()
    looks = {line.get("class") for line in lines}
    assert looks == {None, "all", "some", "none"}
    at: dict[int, set[bool]] = {}
    for each in points(pack):
        at.setdefault(each["line"], set()).add(each["hits"] > 0)
    look: Callable[[set[bool]], str] = lambda found: (  # noqa: E731
        "some" if len(found) > 1 else "all" if True in found else "none"
    )
    assert {
        int(line.get("id", "").rpartition("-")[2]): line.get("class")
        for line in lines
        if line.get("class")
    } == {number: look(found) for number, found in at.items()}


@pytest.mark.slow
def test_the_page_says_whether_the_gate_is_passed(pack: Path) -> None:
    assert "Wanted 10 %: reached" in words(parsed(page(pack, "--fail-under", "10")))
    text = words(parsed(page(pack, "--fail-under", "99")))
    assert "Wanted 99 %: not reached" in text
    assert "Wanted" not in words(parsed(page(pack)))


def test_what_a_policy_says_cannot_become_markup(pack: Path) -> None:
    text = POLICY.replace('"too much"', '"<img src=x onerror=alert(1)>"')
    (pack / "policy.mlp").write_text(text)
    assert "<img" not in page(pack)
    assert "<img src=x onerror=alert(1)>" in words(parsed(page(pack)))
