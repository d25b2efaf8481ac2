"""Who approved the policy that judges: what is stated in, what holds for a decision out.

An approval is bound to bytes: it holds for the version that it names, with the digest that it
names, from its day on. It is stated by who runs the check, in the configuration; neither a
policy nor a manifest can approve anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum, auto

from mlpolicy.config import Config
from mlpolicy.core.decision import NOBODY, Decision, PolicyId
from mlpolicy.core.facts import Approval
from mlpolicy.dataclass import replace
from mlpolicy.diagnostics import Diagnostic, Severity


def concerning(stated: Iterable[Approval], policy: PolicyId) -> tuple[Approval, ...]:
    """The approvals that name this version of a policy, or have its digest; or of one of its
    extensions."""
    every = (policy, *policy.extensions)
    return tuple(a for a in stated if any(_concerns(a, each) for each in every))


def _concerns(approval: Approval, policy: PolicyId) -> bool:
    return approval.policy == _name(policy) or approval.digest == policy.digest


def with_approvals(decision: Decision, stated: Iterable[Approval]) -> Decision:
    """The decision, saying which of the stated approvals hold for its policy on its day."""
    return replace(decision, policy=settled(decision.policy, stated, decision.as_of))


def settled(policy: PolicyId, stated: Iterable[Approval], as_of: str) -> PolicyId:
    """The policy with the approvals that hold on a day, or with why none does; and so each of its
    extensions, of which the bytes are others."""
    stated = tuple(stated)
    extensions = tuple(settled(each, stated, as_of) for each in policy.extensions)
    policy = replace(policy, extensions=extensions)
    known = [each for each in stated if _concerns(each, policy)]
    hold = tuple(a for a in known if _state(a, policy, as_of) is _Standing.HOLDS)
    if hold:
        return replace(policy, approvals=hold, not_approved=None)
    found = _nearest(known, policy, as_of)
    why = NOBODY if found is None else _why(found, policy, as_of)
    return replace(policy, approvals=(), not_approved=why)


def faults(config: Config, policy: PolicyId, as_of: str) -> tuple[Diagnostic, ...]:
    """What is to be said about a policy that a configuration does not approve, or an extension of
    it: an error where it requires that, else a warning where an approval was meant for it and
    misses it."""
    now = settled(policy, config.approvals, as_of)
    said = [_faults(config, each, as_of, each is now) for each in (now, *now.extensions)]
    return tuple(fault for each in said for fault in each)


def _faults(config: Config, now: PolicyId, as_of: str, is_core: bool) -> tuple[Diagnostic, ...]:
    if now.not_approved is None:
        return ()
    policy = now
    known = [each for each in config.approvals if _concerns(each, policy)]
    found = _nearest(known, policy, as_of)
    written = next((each for each in config.approved if each.approval == found), None)
    state = _state(found, policy, as_of) if found else _Standing.NONE
    chosen = is_core and config.chosen_in
    required = config.require_approval or bool(chosen)
    if not required and state in (_Standing.NONE, _Standing.EARLY):
        return ()
    code = "MLP0921" if required else "MLP0920"
    message = _message(policy, now.not_approved, state, as_of)
    help = _help(policy, state)
    if chosen:
        return (_not_on_the_list(config, policy, now.not_approved),)
    origin = written.origin(_KEYS[state]) if written else config.required_at
    severity = Severity.ERROR if required else Severity.WARNING
    return (
        Diagnostic(
            code=code,
            message=message,
            origin=origin,
            help=help,
            labels=(),
            severity=severity,
            file=config.file,
        ),
    )


def _not_on_the_list(config: Config, policy: PolicyId, why: str) -> Diagnostic:
    """That a configuration below the governing one chooses a policy which that does not approve."""
    chosen = [origin for key, origin in config.origins if key == "policy"]
    return Diagnostic(
        code="MLP0922",
        message=f"`policy` in `{config.chosen_in}` is not allowed, because `{config.file}` above "
        f"it governs and does not approve `{_name(policy)}`: {why}",
        origin=chosen[-1] if chosen else None,
        help=f"delete it, or name a policy that `[[approved]]` in `{config.file}` approves",
        file=config.chosen_in,
    )


def entry(policy: PolicyId, file: str) -> tuple[str, ...]:
    """The lines of a configuration file that approve a policy, once a person has filled in who
    did and when."""
    table = "tool.mlpolicy." if file.endswith("pyproject.toml") else ""
    return (
        f"[[{table}approved]]",
        f'policy = "{_name(policy)}"',
        f'digest = "{policy.digest}"',
        'by = ""  # who approved it',
        'on = ""  # the day, such as 2026-11-22',
    )


class _Standing(Enum):
    """How an approval stands to a policy."""

    NONE = auto()  # there is none
    HOLDS = auto()
    EARLY = auto()  # it holds only from a later day
    ALTERED = auto()  # it is of other bytes
    MISNAMED = auto()  # it is of these bytes, and calls them another version


#: The key of an approval at which it misses the policy.
_KEYS = {_Standing.ALTERED: "digest", _Standing.MISNAMED: "policy", _Standing.EARLY: "on"}


def _state(approval: Approval, policy: PolicyId, as_of: str) -> _Standing:
    if approval.digest != policy.digest:
        return _Standing.ALTERED
    if approval.policy != _name(policy):
        return _Standing.MISNAMED
    return _Standing.HOLDS if approval.on <= as_of else _Standing.EARLY


def _nearest(known: Iterable[Approval], policy: PolicyId, as_of: str) -> Approval | None:
    """Of approvals that do not hold, the one that comes closest; the latest of its kind."""
    order = (_Standing.ALTERED, _Standing.MISNAMED, _Standing.EARLY)
    ranked = sorted(known, key=lambda a: (order.index(_state(a, policy, as_of)), a.on))
    return ranked[-1] if ranked else None


def _why(approval: Approval, policy: PolicyId, as_of: str) -> str:
    match _state(approval, policy, as_of):
        case _Standing.EARLY:
            return f"{approval.by} approved this version only on {approval.on}"
        case _Standing.MISNAMED:
            return (
                f"the approval by {approval.by} on {approval.on} has this digest, and calls it "
                f"`{approval.policy}`"
            )
        case _:
            return (
                f"what {approval.by} approved as this version on {approval.on} has another digest: "
                f"{approval.digest}"
            )


def _message(policy: PolicyId, why: str, state: _Standing, as_of: str) -> str:
    match state:
        case _Standing.NONE:
            return f"nobody states that `{_name(policy)}` was approved, which is required here"
        case _Standing.ALTERED:
            return f"`{_name(policy)}` is not approved: {why}; the policy's own is {policy.digest}"
        case _Standing.EARLY:
            return f"`{_name(policy)}` is not approved as of {as_of}: {why}"
        case _:
            return f"`{_name(policy)}` is not approved: {why}"


def _help(policy: PolicyId, state: _Standing) -> str:
    match state:
        case _Standing.ALTERED:
            return (
                "if those who approve policies have seen what was changed, put the policy's own "
                "digest and the new day here; else bring back the policy that was approved"
            )
        case _Standing.MISNAMED:
            return f'write `policy = "{_name(policy)}"` if that is what was approved'
        case _Standing.EARLY:
            return "decide as of that day or later, or use a version that was approved by then"
        case _:
            return (
                "have it approved by an entry `[[approved]]` with "
                f'`policy = "{_name(policy)}"`, `digest = "{policy.digest}"`, `by` and `on`'
            )


def _name(policy: PolicyId) -> str:
    return f"{policy.name}@{policy.version}"
