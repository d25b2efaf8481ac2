"""What would end the reader of a configuration is told with its place."""

from __future__ import annotations

import pytest

from mlpolicy.config import read_config
from mlpolicy.source import Source

#: A configuration; the place; the code; part of the message or the help
BAD = {
    "brackets": ("x = " + "[" * 10_000, "1:55", "MLP0908", "nested more than 50"),
    "braces": ("x = " + "{a=" * 10_000, "1:155", "MLP0908", "nested more than 50"),
    "a long number": (f"x = {'9' * 5000}", "1:5", "MLP0908", "a number of 5,000 digits"),
    "a long number in between": (f"[a]\nx = 1{'_9' * 5000}", "2:5", "MLP0908", "digits"),
    "a power of ten without end": (
        f"[a]\nx = {'-1_0.5'}e{'9' * 40}",
        "2:5",
        "MLP0908",
        "a number whose power of ten is too large",
    ),
    "a null": ('waivers = "a\\u0000b"', "1:11", "MLP0910", "the control character U+0000 NULL"),
    "a null in a log": ('log = "a\\u0000b"', "1:7", "MLP0910", "U+0000"),
    "two lines": ('policy = "a\\nb"', "1:10", "MLP0910", "a path, on one line"),
    "text turned round": ('log = "a\\u202eb"', "1:7", "MLP0910", "U+202E"),
    "a key twice": (
        'policy = "a"\npolicy = "b"',
        "2:13",
        "MLP0908",
        "this key has a value already",
    ),
    "a table twice": ("[x]\ny = 1\n[x]\n", "3:3", "MLP0908", "the table `x` stands twice"),
    "not TOML": ("policy = ", "1:10", "MLP0908", "not valid TOML"),
}


@pytest.mark.parametrize(("text", "place", "code", "said"), BAD.values(), ids=BAD.keys())
def test_a_bad_configuration_is_told(text: str, place: str, code: str, said: str) -> None:
    config, [fault] = read_config(Source("mlpolicy.toml", text), table=False)
    assert config is None
    assert (fault.code, str(fault.place)) == (code, f"mlpolicy.toml:{place}")
    assert said in fault.message + fault.help


@pytest.mark.parametrize(
    "text",
    [
        'policy = "[[[[" # ' + "[" * 200,
        "policy = '" + "[" * 200 + "'",
        'policy = "\\"' + "[" * 200 + '"',
        'log = "日本/👩\u200d👧.jsonl"',
    ],
)
def test_brackets_in_texts_and_remarks_are_none(text: str) -> None:
    config, faults = read_config(Source("mlpolicy.toml", text), table=False)
    assert faults == ()
    assert config is not None


def test_brackets_of_other_tools_are_read_as_deep_as_they_go() -> None:
    text = "[tool.other]\nx = " + "[" * 45 + "]" * 45 + "\n" + 'y = """\n' + "[" * 99 + '\n"""\n'
    text += "[tool.mlpolicy]\nfail_on = ['warn']\n" + "[[tool.x.y]]\nz = 1\n" * 100
    config, faults = read_config(Source("pyproject.toml", text), table=True)
    assert faults == ()
    assert config is not None
    assert config.fail_on == ("warn",)
