"""What a policy can begin with: a whole pack that passes all its checks, and skeletons of single
declarations."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files

from mlpolicy.core.program import Program
from mlpolicy.core.scopes import with_article
from mlpolicy.format import formatted
from mlpolicy.source import Source

#: How a pack may be called: as a policy is, and as a folder can be.
NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
CURRENCY = re.compile(r"[A-Z]{3}")

#: What a pack says of what it decides, where nobody says otherwise.
SCOPES = ("batch", "request", "requests")
_WORD = r"([a-z][a-z0-9_]*)"
_SCOPES = re.compile(rf" *{_WORD} *, *{_WORD} +in +{_WORD} *")

#: The files of a pack below its folder, and what each is made from.
_FILES: Mapping[str, str] = {
    "1.0.0/policy.mlp": "policy.mlp",
    "1.0.0/schemas/{name}.v1.schema.json": "schema.json",
    "1.0.0/sources/handbook.yaml": "handbook.yaml",
    "1.0.0/tests/first.mlp": "tests.mlp",
    "example.yaml": "example.yaml",
}

#: Declarations to begin with, by what they are.
SKELETONS: Mapping[str, str] = {
    "rule": """\
rule {name} warn ref handbook#H1
  when amount > small
  say "{{amount}} are asked for"
  fix "ask for less"
""",
    "table": """\
table {name} : hour first ref handbook#H1
  | risk      | amount    |
  | low       | < 100 {currency} | -> 1 hour
  | low       | -         | -> 2 hour
  | otherwise | -> 4 hour
""",
    "test": """\
test "{name}"
  as_of 2026-06-01
  given
    request.amount = 500
    request.risk = low
    request.verified = yes
  expect answer = automatic decided
""",
}


def kind_of(name: str) -> str:
    """How the manifests of a pack are called: `ParcelRates` of `parcel-rates`."""
    return "".join(word.capitalize() for word in name.split("-"))


def pack(name: str, currency: str, scopes: tuple[str, str, str] = SCOPES) -> dict[str, str]:
    """The files of a pack of this name, by their paths below its folder. `scopes` are what holds
    several things that are decided, one of these, and the list of them."""
    shared, each, listed = scopes
    words = {
        "@NAME@": name,
        "@KIND@": kind_of(name),
        "@CURRENCY@": currency,
        "@SHARED@": shared,
        "@EACH@": each,
        "@AN_EACH@": with_article(each),
        "@LIST@": listed,
    }
    made = {}
    for path, template in _FILES.items():
        text = files("mlpolicy.starter").joinpath(template).read_text("utf-8")
        for mark, word in words.items():
            text = text.replace(mark, word)
        made[path.format(name=name)] = _in_layout(text) if template.endswith(".mlp") else text
    return made


def extension(name: str, since: str, core: Program, day: str) -> tuple[str, str]:
    """The policy text of an extension of a core from a version of it on, effective on a day, with a
    rule in the words of the core, and the name of the rule; empty where the core has no clause or
    no input that a rule could ask."""
    from mlpolicy.starter.parts import rule_for

    begun = name.replace("-", "_")
    taken = {*core.rules, *core.inputs, *core.bars, *core.defines, *core.obligations, *core.trees}
    rule = next(
        each for each in (begun, *(f"{begun}_{n}" for n in range(2, 9))) if each not in taken
    )
    text = rule_for(rule, core)
    head = f"policy {name} 1.0.0 effective {day} extends {core.name} {since}\n"
    return (_in_layout(f"{head}\n{text}") if text else "", rule)


def _in_layout(text: str) -> str:
    """The text of a file of a policy in its one layout, whose columns are as wide as the words."""
    laid, _ = formatted(Source("", text))
    return text if laid is None else laid


def scopes_of(said: str) -> tuple[str, str, str] | None:
    """The words of `household, person in persons`; None where they are not said so."""
    found = _SCOPES.fullmatch(said)
    return (found[1], found[2], found[3]) if found else None
