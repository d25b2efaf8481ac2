"""Who approved the policy that judged, in a sentence for each approval."""

from __future__ import annotations

from mlpolicy.core.decision import PolicyId


def approved(policy: PolicyId) -> tuple[str, ...]:
    """Each approval that holds; or the one sentence that says why none does."""
    if policy.not_approved is not None:
        return (policy.not_approved,)
    return tuple(
        f"approved by {each.by} on {each.on}{f' ({each.ticket})' if each.ticket else ''}, "
        "for this digest"
        for each in policy.approvals
    )
