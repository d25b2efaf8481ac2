"""What was made of documents, found by what was asked of each and what came back.

While something is worked out, each question that is put to the document is noted, in order. Which
question comes next follows from the answers to those before it. So what was made for one document
holds for another that gives the same answers, and is found along them; what else the two state may
differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import itemgetter

from mlpolicy.evaluate.env import Groups, Questions

#: Of so many different questions at one place, what was made along others is not kept: they can
#: only differ in order.
MOST_NEXT = 6


class Answers(dict[int, int]):
    """The answers of one document, by their questions: each is asked for when it is first wanted.
    Two are the same number where the document says the same."""

    __slots__ = ("_answer",)

    def __init__(self, answer: Callable[[int], int]) -> None:
        super().__init__()
        self._answer = answer

    def __missing__(self, question: int) -> int:
        found = self[question] = self._answer(question)
        return found


class Asked:
    """A place along the answers: the questions that lead here from the place before, without a
    fork, with their answers; what was made where nothing else was asked (`groups`); and the
    questions that were put next, each with the places that its answers lead to."""

    __slots__ = ("_answers", "_got", "_questions", "groups", "next")

    def __init__(self, questions: Questions = (), answers: Answers | None = None) -> None:
        self.groups: Groups = {}
        self.next: dict[int, dict[int, Asked]] = {}
        self._lead(questions, () if answers is None else tuple(map(answers.__getitem__, questions)))

    def _lead(self, questions: Questions, answers: tuple[int, ...]) -> None:
        self._questions, self._answers = questions, answers
        # One is asked twice: of one alone, `itemgetter` gives no tuple.
        self._got = itemgetter(questions[0], *questions) if questions else None
        self._answers = answers[:1] + answers

    def place(self, questions: Questions, answers: Answers) -> Groups:
        """Where to put what was made when just this was asked."""
        here, number = self, 0
        while True:
            number += here._follow(questions, number, answers)
            if number == len(questions):
                return here.groups
            question = questions[number]
            number += 1
            by_answer = here.next.get(question)
            if by_answer is None:
                if len(here.next) == MOST_NEXT:
                    return {}
                by_answer = here.next[question] = {}
            there = by_answer.get(answers[question])
            if there is None:
                there = by_answer[answers[question]] = Asked(questions[number:], answers)
                return there.groups
            here = there

    def _follow(self, questions: Questions, number: int, answers: Answers) -> int:
        """How many of the questions that lead here are these, from one of them on, and have these
        answers. Where not all are, the way forks there."""
        mine, said = self._questions, self._answers[1:]
        same = 0
        while (
            same < len(mine)
            and number + same < len(questions)
            and mine[same] == questions[number + same]
            and said[same] == answers[mine[same]]
        ):
            same += 1
        if same < len(mine):
            rest = Asked()
            rest._lead(mine[same + 1 :], said[same + 1 :])
            rest.groups, rest.next = self.groups, self.next
            self.groups, self.next = {}, {mine[same]: {said[same]: rest}}
            self._lead(mine[:same], said[:same])
        return same

    def found(self, answers: Answers) -> Iterator[Groups]:
        """What was made where the document gives these answers."""
        waiting = [self]
        while waiting:
            here = waiting.pop()
            if here._got is not None and here._got(answers) != here._answers:
                continue
            if here.groups:
                yield here.groups
            for question, by_answer in here.next.items():
                there = by_answer.get(answers[question])
                if there is not None:
                    waiting.append(there)
