"""What was made of documents, found by what was asked of each and what came back.

While something is worked out, each question that is put to the document is noted, in order. Which
question comes next follows from the answers to those before it. So what was made for one document
holds for another that gives the same answers, and is found along them; what else the two state may
differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from mlpolicy.evaluate.env import Groups

#: What a document answers to a question, as a value that is equal where the answer is the same.
Answering = Callable[[int], object]

#: Of so many different questions at one place, what was made along others is not kept: they can
#: only differ in order.
MOST_NEXT = 6


class Asked:
    """A place along the answers: what was made where nothing else was asked (`groups`), and the
    questions that were put next, each with the places that its answers lead to."""

    __slots__ = ("groups", "next")

    def __init__(self) -> None:
        self.groups: Groups = {}
        self.next: dict[int, dict[object, Asked | _Rest]] = {}

    def place(self, questions: tuple[int, ...], answer: Answering) -> Groups:
        """Where to put what was made when just this was asked."""
        here = self
        for number, question in enumerate(questions, 1):
            by_answer = here.next.get(question)
            if by_answer is None:
                if len(here.next) == MOST_NEXT:
                    return {}
                by_answer = here.next[question] = {}
            said, rest = answer(question), questions[number:]
            there = by_answer.get(said)
            if there is None:
                there = by_answer[said] = _Rest(rest, tuple(map(answer, rest)), {})
                return there.groups
            if isinstance(there, _Rest):
                if there.questions == rest and there.answers == tuple(map(answer, rest)):
                    return there.groups
                there = by_answer[said] = there.opened()
            here = there
        return here.groups

    def found(self, answers: Mapping[int, object], answer: Answering) -> Iterator[Groups]:
        """What was made where the document gives these answers; `answers` are those that it has
        given already."""
        waiting: list[Asked | _Rest] = [self]
        while waiting:
            here = waiting.pop()
            if here.__class__ is _Rest:
                for question, said in zip(here.questions, here.answers, strict=True):
                    found = answers.get(question, _NOT_ASKED)
                    if found is _NOT_ASKED:
                        found = answer(question)
                    if found is not said and found != said:
                        break
                else:
                    yield here.groups
                continue
            assert here.__class__ is Asked
            if here.groups:
                yield here.groups
            for question, by_answer in here.next.items():
                found = answers.get(question, _NOT_ASKED)
                there = by_answer.get(answer(question) if found is _NOT_ASKED else found)
                if there is not None:
                    waiting.append(there)


#: Stands for an answer that was not given yet.
_NOT_ASKED = object()


class _Rest:
    """The rest of a way that only one document has gone so far."""

    __slots__ = ("answers", "groups", "questions")

    def __init__(
        self, questions: tuple[int, ...], answers: tuple[object, ...], groups: Groups
    ) -> None:
        self.questions = questions
        self.answers = answers
        self.groups = groups

    def opened(self) -> Asked:
        """The same as a place, for other ways to part from it."""
        made = Asked()
        if not self.questions:
            made.groups = self.groups
        else:
            rest = _Rest(self.questions[1:], self.answers[1:], self.groups)
            made.next[self.questions[0]] = {self.answers[0]: rest}
        return made
