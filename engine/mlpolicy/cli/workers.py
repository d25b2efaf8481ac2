"""Work that is shared among processes, and comes back in order.

Where the system forks safely, workers begin with all that has been read before; elsewhere each
prepares itself. A worker leaves an interruption to the process that began it, which ends all of
them; should that one be killed, they end by themselves.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType

from mlpolicy.cli.output import CommandError
from mlpolicy.typed import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

T = TypeVar("T")
R = TypeVar("R")

#: So many pieces of work are given out for each worker, before the first of them has come back.
_AHEAD = 4
#: No piece holds more.
MOST_A_PIECE = 16


def cores() -> int:
    """On how many cores this process may run."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Workers(Generic[T, R]):
    """Processes that do a piece of work each at a time, for as long as the context lasts.

    `work` is what this process has prepared, `prepare` makes the same anew and can be pickled.
    Nothing else may run in this process when they begin: a thread is not there in a worker.
    """

    def __init__(
        self, work: Callable[[T], R], prepare: Callable[[], Callable[[T], R]], number: int
    ) -> None:
        self._forks = sys.platform == "linux"
        self._work = work
        self._prepare = prepare
        self._number = number
        self._processes: dict[Connection, BaseProcess] = {}

    def __enter__(self) -> Workers[T, R]:
        try:
            self._begin()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def _begin(self) -> None:
        from multiprocessing import get_context  # takes as long as a bare start, and is for many

        context: Any = get_context("fork" if self._forks else "spawn")
        gc.freeze()  # a worker that looks for garbage would copy all that it shares
        for _ in range(self._number):
            ours, theirs = context.Pipe()
            # A worker that held an end of ours would never learn that we are gone.
            inherited = [*self._processes, ours] if self._forks else []
            process = context.Process(
                target=_serve,
                args=(theirs, inherited, self._work if self._forks else None, self._prepare),
                daemon=True,
            )
            self._processes[ours] = process
            process.start()
            theirs.close()
        gc.unfreeze()

    def _end(self) -> None:
        for pipe, process in self._processes.items():
            pipe.close()
            if process.pid is not None:
                process.terminate()
        for process in self._processes.values():
            if process.pid is not None:
                process.join()
        self._processes.clear()

    def results(self, items: Sequence[T]) -> Iterator[R]:
        """What comes of each item, in their order. Raises what the work raised, and CommandError
        where a worker has ended before its time."""
        size = max(1, min(MOST_A_PIECE, len(items) // (8 * self._number)))
        pieces = [items[start : start + size] for start in range(0, len(items), size)]
        idle, given, done = list(self._processes), 0, 0
        from multiprocessing.connection import Connection, wait

        busy: set[Connection] = set()
        ready: dict[int, list[R]] = {}
        while done < len(pieces):
            while idle and given < min(len(pieces), done + _AHEAD * self._number):
                pipe = idle.pop()
                self._send(pipe, (given, pieces[given]))
                busy.add(pipe)
                given += 1
            for told in wait(list(busy)):
                assert isinstance(told, Connection)
                number, results, error = self._received(told)
                if error is not None:
                    raise error
                ready[number] = results
                busy.remove(told)
                idle.append(told)
            while done in ready:
                yield from ready.pop(done)
                done += 1

    def _send(self, pipe: Connection, piece: tuple[int, Sequence[T]]) -> None:
        try:
            pipe.send(piece)
        except OSError as error:
            raise self._lost(pipe) from error

    def _received(self, pipe: Connection) -> tuple[int, list[R], Exception | None]:
        try:
            received: tuple[int, list[R], Exception | None] = pipe.recv()
        except (EOFError, OSError) as error:
            raise self._lost(pipe) from error
        return received

    def _lost(self, pipe: Connection) -> CommandError:
        process = self._processes[pipe]
        process.join(timeout=5)
        code = process.exitcode
        how = f"killed by signal {-code}" if code is not None and code < 0 else f"with code {code}"
        return CommandError(
            f"a process that did a part of the work has ended early ({how}); "
            "`--jobs 1` does all of it in one"
        )


def _serve(
    pipe: Connection,
    inherited: Sequence[Connection],
    work: Callable[[T], R] | None,
    prepare: Callable[[], Callable[[T], R]],
) -> None:
    """What a worker does until nobody gives it more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for each in inherited:
        each.close()
    work = prepare() if work is None else work
    told: tuple[int, list[R], Exception | None]
    try:
        while True:
            number, items = pipe.recv()
            try:
                told = (number, [work(item) for item in items], None)
            except Exception as error:
                told = (number, [], _sendable(error))
            pipe.send(told)
            spare_garbage()
    except (EOFError, OSError):
        return


def spare_garbage() -> None:
    """What lives on after a piece of work is what is remembered for the next ones: from now on
    nobody looks for garbage in it, which took a tenth of the time of many manifests. A circle that
    nobody uses is freed now or never: deciding leaves none (`Run.forget`)."""
    gc.collect(1)
    gc.freeze()


def _sendable(error: Exception) -> Exception:
    """The error, or one that says the same and can be sent."""
    import pickle

    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
