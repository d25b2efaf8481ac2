"""A program in, the text of its compiled form out: a Python module of functions."""

from __future__ import annotations

from types import CodeType

from mlpolicy.backends.python.generate import _Module
from mlpolicy.backends.python.judging import take_all
from mlpolicy.core.program import Program

#: The parts of a program whose expressions are compiled.
_PARTS = (
    *("inputs", "bars", "catalogs", "records", "shortlists", "defines", "scores", "trees"),
    *("obligations", "rules", "reports"),
)


def source_of(program: Program) -> str:
    """The text of the module. It is the same for the same program."""
    module = _Module(program)
    for part in _PARTS:
        for name in sorted(getattr(program, part)):
            module.take(getattr(program, part)[name])
    judged = take_all(module)
    module.write_waiting()
    return module.text() + "\n".join(judged) + "\n"


def code_of(program: Program) -> CodeType:
    """The compiled module of a program, which `runtime.Code` loads."""
    name = f"<compiled {program.name} {program.version}>"
    return compile(source_of(program), name, "exec", dont_inherit=True, optimize=2)
