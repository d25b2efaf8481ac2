"""What was made of documents, found by what was asked of each and what came back.

While something is worked out, each question that is put to the document is noted, in order. Which
question comes next follows from the responses to those before it. So what was made for one
document holds for another that gives the same responses, and is found along them; what else the two
state may differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import itemgetter

from mlpolicy.evaluate.env import Groups, Questions

#: Of so many different questions at one place, what was made along others is not kept: they can
#: only differ in order.
MOST_NEXT = 6


class Responses(dict[int, int]):
    """The responses of one document, by their questions: each is asked for when it is first wanted.
    Two are the same number where the document says the same."""

    __slots__ = ("_respond",)

    def __init__(self, respond: Callable[[int], int]) -> None:
        super().__init__()
        self._respond = respond

    def __missing__(self, question: int) -> int:
        found = self[question] = self._respond(question)
        return found


class Asked:
    """A place along the responses: the questions that lead here from the place before, without a
    fork, with their responses; what was made where nothing else was asked (`groups`); and the
    questions that were put next, each with the places that its responses lead to."""

    __slots__ = ("_got", "_questions", "_responses", "groups", "next")

    def __init__(self, questions: Questions = (), responses: Responses | None = None) -> None:
        self.groups: Groups = {}
        self.next: dict[int, dict[int, Asked]] = {}
        self._lead(
            questions, () if responses is None else tuple(map(responses.__getitem__, questions))
        )

    def _lead(self, questions: Questions, responses: tuple[int, ...]) -> None:
        self._questions = questions
        # One is asked twice: of one alone, `itemgetter` gives no tuple.
        self._got = itemgetter(questions[0], *questions) if questions else None
        self._responses = responses[:1] + responses

    def place(self, questions: Questions, responses: Responses) -> Groups:
        """Where to put what was made when just this was asked."""
        here, number = self, 0
        while True:
            number += here._follow(questions, number, responses)
            if number == len(questions):
                return here.groups
            question = questions[number]
            number += 1
            by_response = here.next.get(question)
            if by_response is None:
                if len(here.next) == MOST_NEXT:
                    return {}
                by_response = here.next[question] = {}
            there = by_response.get(responses[question])
            if there is None:
                there = by_response[responses[question]] = Asked(questions[number:], responses)
                return there.groups
            here = there

    def _follow(self, questions: Questions, number: int, responses: Responses) -> int:
        """How many of the questions that lead here are these, from one of them on, and have these
        responses. Where not all are, the way forks there."""
        mine, said = self._questions, self._responses[1:]
        same = 0
        while (
            same < len(mine)
            and number + same < len(questions)
            and mine[same] == questions[number + same]
            and said[same] == responses[mine[same]]
        ):
            same += 1
        if same < len(mine):
            rest = Asked()
            rest._lead(mine[same + 1 :], said[same + 1 :])
            rest.groups, rest.next = self.groups, self.next
            self.groups, self.next = {}, {mine[same]: {said[same]: rest}}
            self._lead(mine[:same], said[:same])
        return same

    def found(self, responses: Responses) -> Iterator[Groups]:
        """What was made where the document gives these responses."""
        waiting = [self]
        while waiting:
            here = waiting.pop()
            if here._got is not None and here._got(responses) != here._responses:
                continue
            if here.groups:
                yield here.groups
            for question, by_response in here.next.items():
                there = by_response.get(responses[question])
                if there is not None:
                    waiting.append(there)
