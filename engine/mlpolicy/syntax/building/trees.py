"""Trees."""

from __future__ import annotations

from itertools import pairwise

from mlpolicy.diagnostics import Label
from mlpolicy.source import Origin, Span
from mlpolicy.syntax import tree as t
from mlpolicy.syntax.building.base import Base
from mlpolicy.syntax.fragments import (
    Children,
    Fragment,
    fragment_of,
    only,
    place_of,
    refs_of,
    span_of,
)


class Trees(Base):
    """The rules of decision trees."""

    # ── Trees ────────────────────────────────────────────────────────────────────────────

    def setting(self, c: Children) -> t.Setting:
        """`service = offer.service` in the `with` of a leaf."""
        return t.Setting(c[0], c[2], span=span_of(c))

    def settings(self, c: Children) -> Fragment:
        """`with service = …, …` of a leaf."""
        return Fragment("settings", tuple(c[1::2]), span_of(c))

    def because(self, c: Children) -> Fragment:
        """`because "…"`: the sentence, which the rule around it reads."""
        return Fragment("because", c[1], span_of(c))

    def owe(self, c: Children) -> Fragment:
        """`owe NAME, …`: the obligations of a path."""
        return Fragment("owe", c[1].value, span_of(c))

    _CLAUSES = {"settings": "with", "because": "because", "owe": "owe"}  # noqa: RUF012

    def _because(self, c: Children) -> t.Text | None:
        sentence = fragment_of(c, "because")
        return None if sentence is None else self._text(sentence)

    def leaf(self, c: Children) -> t.Leaf:
        """An outcome with its clauses, each of them once."""
        self._once(c, self._CLAUSES)
        status = c[1].text if len(c) > 1 and isinstance(c[1], t.Name) else ""
        return t.Leaf(
            outcome=c[0],
            status=status,
            settings=fragment_of(c, "settings") or (),
            because=self._because(c),
            owes=fragment_of(c, "owe") or (),
            refs=refs_of(c),
            span=span_of(c),
        )

    def _unfit(self, c: Children, kinds: tuple[str, ...], what: str) -> None:
        for child in c:
            if type(child) is Fragment and child.kind in kinds:
                word = self._CLAUSES[child.kind]
                self.problem(
                    "MLP0114",
                    f"`{word}` has no meaning after {what}",
                    Span(child.span.start, child.span.start + len(word)),
                    help="remove it",
                )

    def infeasible(self, c: Children) -> t.Leaf:
        """`infeasible "…"`: a leaf without an outcome."""
        self._once(c, self._CLAUSES)
        self._unfit(c, ("settings", "because"), "`infeasible`, which gives its reason itself")
        text = self._text(c[1])
        return t.Leaf(
            outcome=None,
            status="",
            settings=(),
            because=text,
            owes=fragment_of(c, "owe") or (),
            refs=refs_of(c),
            span=span_of(c),
        )

    def hold(self, c: Children) -> t.Hold:
        """`hold "…"`, `undecided "…"`"""
        self._once(c, self._CLAUSES)
        word = str(c[0])
        self._unfit(c, ("settings", "because"), f"`{word}`, which gives its reason itself")
        owes = fragment_of(c, "owe") or ()
        return t.Hold(
            word=word, reason=self._text(c[1]), owes=owes, refs=refs_of(c), span=span_of(c)
        )

    def goto(self, c: Children) -> t.Goto:
        """`goto TREE`"""
        self._once(c, self._CLAUSES)
        self._unfit(c, ("settings",), "`goto`: the other tree chooses")
        owes = fragment_of(c, "owe") or ()
        return t.Goto(
            tree=c[1], because=self._because(c), owes=owes, refs=refs_of(c), span=span_of(c)
        )

    @staticmethod
    def _act(c: Children) -> t.Action:
        action: t.Action = only(c, t.Leaf, t.Hold, t.Goto, t.Body)[-1]
        return action

    def flat(self, c: Children) -> t.FlatLine:
        """`if CONDITION : ACTION`, `unless …`, `otherwise : ACTION`"""
        condition = None if c[0] == "otherwise" else c[1]
        return t.FlatLine(str(c[0]), condition, self._act(c), span=span_of(c))

    def labels(self, c: Children) -> Fragment:
        """`no, unknown`: the labels of an arm, each of them once."""
        words: list[str] = []
        for token in c[::2]:
            if str(token) in words:
                self._twice(str(token), place_of(token), place_of(c[2 * words.index(str(token))]))
            else:
                words.append(str(token))
        return Fragment("labels", tuple(words), span_of(c))

    def arm(self, c: Children) -> t.Arm:
        """`yes: ACTION`"""
        return t.Arm(c[0].value, self._act(c), span=span_of(c))

    def block(self, c: Children) -> t.IfBlock:
        """`if CONDITION` with its arms below it, each label once."""
        arms = tuple(only(c, t.Arm))
        seen: dict[str, Span] = {}
        for arm in arms:
            for label in arm.labels:
                start = arm.span.start
                while self.file.text[start : start + len(label)] != label:
                    start += 1
                here = Span(start, start + len(label))
                if label in seen:
                    self._twice(label, here, seen[label])
                seen[label] = here
        return t.IfBlock(c[1], arms, span=span_of(c))

    def body(self, c: Children) -> t.Body:
        """The lines of a tree. A line that nothing can reach is noted."""
        for line, following in pairwise(c):
            if isinstance(line, t.IfBlock):
                self._unreached("an `if` with its arms below it", line, following)
            elif line.keyword == "otherwise":
                self._unreached("`otherwise`", line, following)
        return t.Body(tuple(c), span=span_of(c))

    def _unreached(self, what: str, line: t.Node, following: t.Node) -> None:
        word = self.file.text[following.span.start : following.span.end].split(maxsplit=1)[0]
        label = Label(Origin(self.file, Span(line.span.start, line.span.start + 2)), "this line")
        self.problem(
            "MLP0114",
            f"nothing may follow {what}",
            Span(following.span.start, following.span.start + len(word)),
            help="move the line before it, or into one of its arms",
            labels=(label,),
        )

    def tree(self, c: Children) -> t.TreeDecl:
        """`decision tree NAME : OUTCOME`, `tree NAME : OUTCOME`"""
        decision = c[0] == "decision"
        at_name = 2 if decision else 1
        body = only(c, t.Body)[0]
        return t.TreeDecl(
            decision=decision,
            name=c[at_name],
            type=c[at_name + 2],
            body=body,
            title=fragment_of(c, "title"),
            span=span_of(c),
        )
