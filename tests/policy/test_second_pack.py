"""A policy of another field: an archive that chooses where to keep its collections. It has an
outcome, a schema and a ledger of its own, and the engine knows as little of it as of the first."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.policy.policy_support import HERE, PACK, REPO, SECOND, decide, policy_at

#: What belongs to the field of the first pack.
FOREIGN = re.compile(
    r"comprehend|textract|rekognition|sagemaker|personalize|transcribe|\bpolly\b"
    r"|\btranslate\b|ai_service|\baws\b",
    re.I,
)

#: Words of its guide, which another policy may use as well.
OF_THE_GUIDE = re.compile(r"\busd\b|\bunmet\b|\bretain\b|^conditional$|^consider$", re.I)


def words(path: Path) -> Iterator[tuple[int, str]]:
    """Every name and every text of a module that takes part in running it: not comments, not
    what a docstring gives as an example, not the `Example:` line of a command's help."""
    module = ast.parse(path.read_text("utf-8"))
    docs = {id(node.value) for node in ast.walk(module) if isinstance(node, ast.Expr)}
    for node in ast.walk(module):
        for _, value in ast.iter_fields(node):
            if isinstance(node, ast.Attribute) and value == "translate":  # a method of texts
                continue
            if isinstance(value, str) and id(node) not in docs:
                if not value.startswith("Example: "):
                    yield getattr(node, "lineno", 0), value


@pytest.mark.slow
def test_the_engine_knows_no_field() -> None:
    sources = sorted((REPO / "engine" / "mlpolicy").rglob("*.py"))
    sources.remove(REPO / "engine" / "mlpolicy" / "core" / "currencies.py")
    assert len(sources) > 50
    found = [
        f"{path.relative_to(REPO).as_posix()}:{line}: {word}"
        for path in sources
        for line, word in words(path)
        if FOREIGN.search(word) or OF_THE_GUIDE.search(word)
    ]
    assert found == []


def test_the_search_for_foreign_words_finds_them(tmp_path: Path) -> None:
    module = tmp_path / "m.py"
    module.write_text('"""`ai_service`"""\ndef use_textract(x="polly"):\n    return {"a": x.aws}\n')
    found = [word for _, word in words(module) if FOREIGN.search(word)]
    assert sorted(found) == ["aws", "polly", "use_textract"]


@pytest.mark.slow
def test_nothing_of_the_first_pack_is_in_the_second() -> None:
    first, _ = policy_at(PACK)
    second, _ = policy_at(SECOND)
    assert second.schema_name != first.schema_name
    assert second.manifest_kind != first.manifest_kind
    assert not set(second.outcome.members) & set(first.outcome.members)
    assert not FOREIGN.search((SECOND / "policy.mlp").read_text("utf-8"))


@pytest.mark.parametrize(
    "construct",
    [
        r"^exception \w+ to ",
        r"\bhold \"",
        r"^table .* unique ref ",
        r"^table .* collect ref ",
        r"\bround\(",
        r"^ +unknown: (?!hold)",
        r"^define .*\) over workloads",
        r"^cost .* over ",
    ],
)
def test_the_second_pack_says_what_the_first_does_not(construct: str) -> None:
    texts = [path.read_text("utf-8") for path in SECOND.glob("*.mlp")]
    assert any(re.search(construct, text, re.M) for text in texts)


def test_a_whole_archive_is_decided() -> None:
    """Several collections: what is kept is added up, and three towns share it to the cent."""
    program, schema = policy_at(SECOND)
    text = (HERE / "second_pack" / "archive.yaml").read_text("utf-8")
    decision = decide(program, schema, "archive.yaml", text)
    answers = {
        w.name: (w.choice.outcome if w.choice else w.status.value) for w in decision.workloads
    }
    assert answers == {"registers": "disk", "films": "tape", "old-logs": "discard"}
    assert dict(decision.outcomes) == {"discard": 1, "tape": 1, "disk": 1}
    said = {f.rule: f.say for f in decision.findings if f.state == "fired"}
    # 100 GB x 0.02 + 5000 GB x 0.0011 = 7.50 USD a month; a third is 2.50 USD
    assert said["over_budget"] == (
        "keeping costs each town 2.50 USD/month, the budget is 2.49 USD/month"
    )
    assert said["to_do"] == "chores: checksum, migrate, transcode"
    assert "nothing_free" not in said
