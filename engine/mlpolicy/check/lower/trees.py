"""Trees: flat lines become nested `if`s, each with what follows as its other arm."""

from __future__ import annotations

from collections.abc import Iterable

from mlpolicy.check.lower.draft import Draft, here_in, once
from mlpolicy.check.names import Declared, unknown_name
from mlpolicy.check.typecheck.context import Here
from mlpolicy.check.typecheck.fit import expect, template, unknown_member
from mlpolicy.core import program as core
from mlpolicy.core.terms import ChoiceStatus, Form, UnknownArm
from mlpolicy.core.types import FLAG, EnumType
from mlpolicy.diagnostics import Label
from mlpolicy.source import Origin, Source, Span
from mlpolicy.syntax import tree


def one_decision(draft: Draft) -> None:
    """Reports that there is no decision tree, or more than one."""
    decisions = [d for _, d in sorted(draft.names.trees.items()) if d.node.decision]
    if not decisions and "decision" in draft.report.lost:
        return
    if not draft.names.trees and draft.names.outcome is None:
        return
    if not decisions:
        first = min(
            (d for d in draft.names.trees.values()),
            key=lambda d: (d.source.name, d.node.span),
            default=None,
        )
        anchor: Declared[tree.Node] | None = first or draft.names.policy
        if anchor is not None:
            message = "no tree is the decision tree"
            help = "write `decision tree NAME : OUTCOME` for the one to start with"
            draft.report.error("MLP0403", message, anchor.source, anchor.node.span, help)
        return
    decisions.sort(key=lambda d: (d.source.name, d.node.span))
    for other in decisions[1:]:
        spot = Origin(decisions[0].source, decisions[0].node.name.span)
        message = f"`{other.node.name.text}` is a second decision tree"
        help = "write `tree` without `decision`, and go there with `goto`"
        label = (Label(spot, "the first one"),)
        span = other.node.name.span
        draft.report.error("MLP0403", message, other.source, span, help, label)


def lower_tree(draft: Draft, name: str, node: tree.TreeDecl, source: Source) -> None:
    """Adds a tree as nested nodes, from its last line up. (docs/language.md, Trees)"""
    outcome = draft.signatures.outcome
    if outcome is not None and node.type.text != outcome.name:
        message = f"a tree gives `{outcome}`, and this says `{node.type.text}`"
        help = f"write `tree {name} : {outcome}`"
        draft.report.error("MLP0411", message, source, node.type.span, help)
    root = _body(draft, node.body, here_in(source, f"tree {name}"))
    if root is not None:
        draft.parts.trees[name] = core.Tree(name, node.decision, root, Origin(source, node.span))


def _body(draft: Draft, body: tree.Body, here: Here) -> core.TreeNode | None:
    """The lines from the last to the first: each has what follows as its other arm."""
    lines = list(body.lines)
    ends = [i for i, line in enumerate(lines) if _ends(line)]
    if ends and ends[0] < len(lines) - 1:
        draft.report.mark_invalid()
        lines = lines[: ends[0] + 1]
    good = True
    node: core.TreeNode | None = None
    if not ends:
        message = "this does not say what to do otherwise"
        help = "add a line `otherwise : …` at the end"
        span = _head(lines[-1]) if lines else body.span
        draft.report.error("MLP0406", message, here.source, span, help)
        good = False
    for number in range(len(lines), 0, -1):
        line = lines[number - 1]
        made = _line(draft, line, node, here.at(str(number)))
        if made is None:
            good = False
        if made is not None or _ends(line):
            node = made
    return node if good else None


def _line(
    draft: Draft, line: tree.FlatLine | tree.IfBlock, rest: core.TreeNode | None, here: Here
) -> core.TreeNode | None:
    if isinstance(line, tree.IfBlock):
        return _block(draft, line, here)
    action = _action(draft, line.action, here)
    if line.condition is None:
        return action
    condition = expect(draft.expressions, line.condition, FLAG, here.at("if"))
    if action is None or condition is None or rest is None:
        return None
    yes, no = (action, rest) if line.keyword == "if" else (rest, action)
    origin = Origin(here.source, line.span)
    return core.IfNode(
        condition=condition,
        yes=yes,
        no=no,
        unknown=UnknownArm.NO,
        unknown_arm=None,
        form=Form(line.keyword),
        origin=origin,
    )


def _block(draft: Draft, block: tree.IfBlock, here: Here) -> core.TreeNode | None:
    condition = expect(draft.expressions, block.condition, FLAG, here.at("if"))
    arms: dict[str, core.TreeNode | None] = {}
    shared: dict[str, tuple[str, ...]] = {}
    for arm in block.arms:
        action = _action(draft, arm.action, here.at("_".join(arm.labels)))
        for label in arm.labels:
            if label in arms:  # which the parser has reported
                draft.report.mark_invalid()
            arms[label], shared[label] = action, arm.labels
    missing = [label for label in ("yes", "no") if label not in arms]
    for label in missing if len(arms) == sum(len(arm.labels) for arm in block.arms) else ():
        message = f"this `if` has no arm `{label}:`"
        help = f"add `{label}: …`: both answers lead somewhere"
        span = block.condition.span
        draft.report.error("MLP0404", message, here.source, span, help)
    if "yes" in shared.get("no", ()):
        message = "`yes` and `no` lead to the same"
        help = "take the condition out, or give each its own arm"
        draft.report.error("MLP0407", message, here.source, block.condition.span, help)
        return None
    if missing or condition is None or any(action is None for action in arms.values()):
        return None
    yes, no, own = arms["yes"], arms["no"], None
    assert yes is not None
    assert no is not None
    unknown = UnknownArm.NONE
    if "unknown" in arms:
        with_ = shared["unknown"]
        shares = (arm for arm in (UnknownArm.YES, UnknownArm.NO) if arm.value in with_)
        unknown = next(shares, UnknownArm.OWN)
        own = arms["unknown"] if unknown is UnknownArm.OWN else None
    origin = Origin(here.source, block.span)
    return core.IfNode(
        condition=condition,
        yes=yes,
        no=no,
        unknown=unknown,
        unknown_arm=own,
        form=Form.BLOCK,
        origin=origin,
    )


def _action(draft: Draft, action: tree.Action, here: Here) -> core.TreeNode | None:
    source = here.source
    match action:
        case tree.Body():
            return _body(draft, action, here)
        case tree.Leaf():
            return _leaf(draft, action, here)
        case tree.Hold():
            word = action.word
            reason = template(draft.expressions, action.reason, here.at(word))
            owes = _owes(draft, action.owes, source)
            refs = draft.references.check(action.refs, source)
            if reason is None:
                return None
            says = ChoiceStatus.HELD if word == "hold" else ChoiceStatus.UNDECIDED
            origin = Origin(source, action.span)
            return core.HoldNode(says=says, reason=reason, owes=owes, refs=refs, origin=origin)
        case tree.Goto():
            good = action.tree.text in draft.names.trees
            if not good:
                known = draft.names.trees
                name = action.tree
                unknown_name(draft.report, "tree", name.text, known, source, name.span)
            because = _because(draft, action.because, here)
            owes = _owes(draft, action.owes, source)
            refs = draft.references.check(action.refs, source)
            if not good or (action.because is not None and because is None):
                return None
            origin = Origin(source, action.span)
            return core.GotoNode(
                tree=action.tree.text, because=because, owes=owes, refs=refs, origin=origin
            )


def _because(draft: Draft, text: tree.Text | None, here: Here) -> core.Template | None:
    return None if text is None else template(draft.expressions, text, here.at("because"))


def _owes(draft: Draft, names: Iterable[tree.Name], source: Source) -> tuple[str, ...]:
    known = [
        name
        for name, declared in draft.names.findings.items()
        if isinstance(declared.node, tree.ObligationDecl)
    ]
    for name in names:
        if name.text not in known:
            unknown_name(draft.report, "obligation", name.text, known, source, name.span)
    return tuple(dict.fromkeys(name.text for name in names))


def _leaf(draft: Draft, leaf: tree.Leaf, here: Here) -> core.TreeNode | None:
    source = here.source
    outcome, status = "", leaf.status or "final"
    good = True
    if leaf.outcome is None:
        status = "infeasible"
    else:
        outcome = leaf.outcome.text
        kind = draft.signatures.outcome
        if kind is None:
            good = False
        elif outcome not in kind.members:
            _no_answer(draft, leaf, kind, here)
            return None
        known = (*draft.signatures.own_statuses, "provisional")
        if status not in known and "outcome" in draft.report.lost:
            good = False
        elif status not in known:
            span = _status_span(leaf, source)
            unknown_name(draft.report, "status", status, known, source, span, "MLP0405")
            good = False
    refs = draft.references.need(leaf.refs, "an answer of a tree", source, _leaf_span(leaf))
    seen: dict[str, tree.Name] = {}
    settings: list[tuple[str, core.Expr]] = []
    for setting in leaf.settings:
        name = setting.name.text
        once(draft, setting.name, seen, source)
        if draft.signatures.outcome is None:
            continue
        if name not in draft.signatures.attributes:
            known_ = draft.signatures.attributes
            span = setting.name.span
            unknown_name(draft.report, "attribute", name, known_, source, span, "MLP0213")
            good = False
            continue
        wanted = draft.signatures.attributes[name]
        value = expect(draft.expressions, setting.value, wanted, here.at(name))
        if value is None:
            good = False
        else:
            settings.append((name, value))
    because = _because(draft, leaf.because, here)
    owes = _owes(draft, leaf.owes, source)
    if not good or (leaf.because is not None and because is None):
        return None
    provisional = status == "provisional"
    return core.LeafNode(
        outcome=outcome,
        status=ChoiceStatus.FINAL.value if provisional else status,
        provisional=provisional,
        settings=tuple(sorted(settings, key=lambda pair: pair[0])),
        because=because,
        owes=owes,
        refs=refs,
        origin=Origin(source, leaf.span),
    )


def _no_answer(draft: Draft, leaf: tree.Leaf, kind: EnumType, here: Here) -> None:
    """Reports an answer that the policy does not have: it may be a tree, or a word before the
    answer."""
    assert leaf.outcome is not None
    outcome = leaf.outcome
    message = f"`{outcome.text}` is no member of `{kind}`"
    if outcome.text in draft.names.trees:
        help = f"write `goto {outcome.text}`"
    elif leaf.status in kind.members:
        help = f"take it out: an answer is written alone, as `{leaf.status}`"
    else:
        unknown_member(draft.expressions, outcome.text, kind, outcome.span, here)
        return
    draft.report.error("MLP0207", message, here.source, outcome.span, help)


def _ends(line: tree.FlatLine | tree.IfBlock) -> bool:
    """Does nothing get past this line?"""
    return isinstance(line, tree.IfBlock) or line.condition is None


def _head(line: tree.FlatLine | tree.IfBlock) -> Span:
    """What to underline of a line: its condition, or all of it."""
    return line.span if line.condition is None else line.condition.span


def _leaf_span(leaf: tree.Leaf) -> Span:
    return leaf.span if leaf.outcome is None else leaf.outcome.span


def _status_span(leaf: tree.Leaf, source: Source) -> Span:
    """The word after the outcome."""
    start = source.text.find(leaf.status, _leaf_span(leaf).end, leaf.span.end)
    return Span(start, start + len(leaf.status)) if start >= 0 else leaf.span
