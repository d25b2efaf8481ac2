"""Where in the manifest the findings of a run point, worked out when somebody reads it."""

from __future__ import annotations

from _thread import allocate_lock
from _weakref import ref  # without `weakref`, which takes longer to load than all of this
from collections import deque
from collections.abc import Callable

from mlpolicy.evaluate.env import Env, Run
from mlpolicy.judge.rules import Duty, Judged
from mlpolicy.source import Place

#: Of so many decisions at most, what was evaluated is kept until somebody reads where they point.
MOST_OPEN = 4


class Places:
    """Where in the manifest the findings of one run point. All of it is worked out when the first
    one is read, since most readers never ask. Until then the run is kept: it is let go when its
    decision is, and of more than `MOST_OPEN` decisions the oldest one is worked out at once."""

    __slots__ = ("__weakref__", "_found", "_lock", "_open", "_run", "_waiting")

    def __init__(self, run: Run) -> None:
        self._run = run
        self._open = True
        self._waiting: list[tuple[Callable[[], Judged | Duty], Env]] = []
        self._found: list[Place | None] = []
        self._lock = allocate_lock()  # findings may be read in several threads

    def later(self, found: Callable[[], Judged | Duty], env: Env) -> Callable[[str], Place | None]:
        """What gives the place of what was found of the subject of `env`, when it is asked for."""
        index = len(self._found) + len(self._waiting)
        self._waiting.append((found, env))

        def made(_: str) -> Place | None:
            self.settle(last=True)
            return self._found[index]

        return made

    def settle(self, *, last: bool = False) -> None:
        """Works out what was not worked out yet. After the `last` time the run is let go."""
        with self._lock:
            if not self._open:
                return
            if self._waiting:
                from mlpolicy.explain.pointing import place_of
                from mlpolicy.explain.tracer import Tracer

                self._run.allow()
                tracer = Tracer(self._run.program, brief=True)
                self._found += [place_of(each(), env, tracer) for each, env in self._waiting]
                self._waiting.clear()
            if last:
                self._let_go()

    def leave(self) -> None:
        """The decision is made, and nothing else will be asked of the run."""
        if not self._waiting:
            self._let_go()
            return
        _OPEN.append(ref(self))
        if len(_OPEN) > MOST_OPEN:
            oldest = _OPEN.popleft()()
            if oldest is not None:
                oldest.settle(last=True)

    def _let_go(self) -> None:
        self._open = False
        self._run.forget()

    def __del__(self) -> None:
        if self._open:
            self._run.forget()


#: The decisions whose places were not asked for yet, the oldest first.
_OPEN: deque[ref[Places]] = deque()
