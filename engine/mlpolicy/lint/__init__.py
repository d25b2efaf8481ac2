"""A policy that checks in, what its readers would stumble over out.

A rule is one function in `rules`, one section of `docs/lint.md` whose examples are its tests, and a
row of `RULES`. What is wrong, and what cannot be meant, `policies check` says already; nothing of
that is repeated here. Remarks of the form `# lint: ignore RULE reason` and the configuration may
say that something is meant (`ignores`); `fixes` says what can be put right at once.
"""

from __future__ import annotations

from collections.abc import Sequence

from mlpolicy.config import LintConfig
from mlpolicy.lint.findings import Finding, Fix, Shown, Subject
from mlpolicy.lint.ignores import kept
from mlpolicy.lint.rules import RULES

__all__ = ["RULES", "Finding", "Fix", "Shown", "Subject", "lint"]


def lint(subject: Subject, config: LintConfig) -> tuple[Finding, ...]:
    """What is found, in the order of the files, each at the level that the configuration gives
    its rule. What is ignored is left out, and an ignore that nothing needs is found itself."""
    found: list[Finding] = []
    ran: set[str] = set()
    for rule in RULES:
        if rule.tests and subject.tested is None:
            continue
        ran.add(rule.name)
        if config.level(rule.name, rule.level) != "off":
            found.extend(rule.find(subject))
    left = kept(found, subject, config, frozenset(ran))
    return tuple(sorted(_levelled(left, config), key=lambda each: (each.place, each.rule)))


def _levelled(found: Sequence[Finding], config: LintConfig) -> list[Finding]:
    defaults = {rule.name: rule.level for rule in RULES}
    levelled = [(each, config.level(each.rule, defaults[each.rule])) for each in found]
    return [each.at_level(level) for each, level in levelled if level != "off"]
