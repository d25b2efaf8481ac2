"""What the extensions have that come with mlpolicy and are not added: which rules, by a look at
their texts, for messages about a name that a policy does not have; and which fields of a manifest
they read, for what no rule of a policy reads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from mlpolicy.core.decision import Decision, PolicyId
from mlpolicy.core.paths import FieldPath
from mlpolicy.pattern import pattern
from mlpolicy.session.policies import PolicyFiles, builtin_policies, fits, joined
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


class Readers:
    """Tells which extension that is not added reads a field of a manifest. Each is read and checked
    once, and only where a manifest states what no rule reads."""

    def __init__(self) -> None:
        self._reads: dict[str, dict[str, frozenset[tuple[object, tuple[str, ...]]]]] = {}

    def of(self, decision: Decision) -> dict[FieldPath, str]:
        """The fields that no rule reads of what a manifest states, each with the extension that
        would read it; those are left out that none reads."""
        policy = decision.policy
        if not decision.unread:
            return {}
        if policy.key not in self._reads:
            self._reads[policy.key] = _reads_of(policy)
        found: dict[FieldPath, str] = {}
        for each in decision.unread:
            scope, steps = each.path.scope, each.path.steps
            above = [(scope, steps[:length]) for length in range(1, len(steps) + 1)]
            for name, fields in self._reads[policy.key].items():
                if any(part in fields for part in above):
                    found.setdefault(each.path, name)
        return found


def _reads_of(policy: PolicyId) -> dict[str, frozenset[tuple[object, tuple[str, ...]]]]:
    """The fields that each extension reads, with the core that comes along in the version of the
    policy; nothing for a policy that does not come along."""
    from mlpolicy.session import Session

    builtin = builtin_policies()
    cores = [each for each in builtin.get(policy.name, ()) if each.version == policy.version]
    added = {each.name for each in policy.extensions}
    session = Session()
    found: dict[str, frozenset[tuple[object, tuple[str, ...]]]] = {}
    for core in cores:
        for name, versions in builtin.items():
            fitting = [each for each in versions if name not in added and fits(each, core)]
            whole, _ = joined(core, fitting[-1]) if fitting else (None, ())
            program, _ = session.program(whole) if whole is not None else (None, ())
            if program is not None:
                found[name] = frozenset(program.reads.fields)
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
