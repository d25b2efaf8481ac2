"""Which rules the extensions have that come with mlpolicy and are not added: by a look at their
texts, for messages about a name that a policy does not have."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from mlpolicy.pattern import pattern
from mlpolicy.session.policies import PolicyFiles, builtin_policies, fits
from mlpolicy.suggest import listing, nearest

_RULE = pattern(r"^(?:rule|obligation)[ \t]+([\w-]+)", re.M)


def rules_elsewhere(files: Iterable[PolicyFiles]) -> dict[str, str]:
    """The rules and obligations that an extension would add to one of some policies (each a core,
    with those that decide with it), and which extension that is. Of an extension, the newest
    version counts that fits."""
    policies = tuple(files)
    found: dict[str, str] = {}
    for name, versions in builtin_policies().items():
        fitting = [
            version
            for version in versions
            for core in policies
            if fits(version, core) and all(each.name != name for each in core.extensions)
        ]
        for _, data in fitting[-1].texts if fitting else ():
            for rule in _RULE.findall(data.decode("utf-8", "replace")):
                found.setdefault(rule, name)
    return found


def help_for_rule(name: str, known: Sequence[str], elsewhere: Mapping[str, str]) -> str:
    """What to do about the name of a rule that is not among the `known` ones: add the extension
    that has it, or write the nearest one. Of a rule for each row, `lacks.frameworks`, it is `lacks`
    that stands in a policy."""
    family = name.partition(".")[0]
    if extension := elsewhere.get(name) or elsewhere.get(family):
        return f"the extension `{extension}` has it; {_add(extension)}"
    close = nearest(name, [*known, *elsewhere])
    if close is None:
        return f"there are: {listing(known) or 'none'}"
    if close in known:
        return f"did you mean `{close}`?"
    extension = elsewhere[close]
    return f"did you mean `{close}` of the extension `{extension}`? Then {_add(extension)}"


def _add(extension: str) -> str:
    return (
        f'add it with `--extension {extension}`, or `extensions = ["{extension}"]` in mlpolicy.toml'
    )
