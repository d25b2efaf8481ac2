"""What the tests of the policies share: where things stand, and the policy at work."""

from __future__ import annotations

import datetime
from functools import cache
from pathlib import Path
from typing import Any

from mlpolicy.core.decision import Decision
from mlpolicy.core.program import Program
from mlpolicy.explain.decision import decide_document
from mlpolicy.schema import Schema
from mlpolicy.session import PolicyFiles, Session
from tests.yaml_support import yaml_of

HERE = Path(__file__).parent
REPO = HERE.parents[1]
PACK = REPO / "policies" / "aws-ml-selection" / "1.0.0"
#: The core, and all that is asked of it together with its extensions.
WHOLE = PACK.with_name("1.2.0")
EXTENSIONS = ("moving", "savings", "team")
SECOND = HERE / "second_pack" / "1.0.0"


def data(name: str) -> Any:
    """A data file of this folder."""
    return yaml_of(HERE / name)


@cache
def policy_at(folder: Path, *, alone: bool = False) -> tuple[Program, Schema]:
    """A policy with its tests, and the schema of its manifests. The shipped one has all of its
    extensions with it, and their tests, unless it stands `alone`."""
    return read(files_at(folder, alone=alone))


@cache
def program_at(folder: Path, *, alone: bool = False) -> tuple[Program, Schema]:
    """The same without its tests, as commands read it: it is checked once for all that ask."""
    session = Session()
    files = files_at(folder, alone=alone)
    program, faults = session.program(files)
    assert program is not None, [fault.message for fault in faults]
    schema, faults = session.schema(program, files.folder)
    assert schema is not None, faults
    return program, schema


def files_at(folder: Path, *, alone: bool = False) -> PolicyFiles:
    """The files of the same."""
    session = Session()
    files, faults = session.find(str(folder), "2026-11-22")
    assert files is not None, faults
    if folder == WHOLE and not alone:
        named = [str(REPO / "policies" / name) for name in EXTENSIONS]
        files, faults = session.with_extensions(files, None, named, "2026-11-22")
        assert files is not None, faults
    return files


def read(files: PolicyFiles) -> tuple[Program, Schema]:
    """The same for a policy whose text may differ from what lies on the disk."""
    session = Session()
    program, _, faults = session.tested(files, every=True)
    assert program is not None, [fault.message for fault in faults]
    schema, faults = session.schema(program, files.folder)
    assert schema is not None, faults
    return program, schema


def decide(
    program: Program, schema: Schema, name: str, text: str, *, settle: bool = False
) -> Decision:
    """One manifest decided as of the date it states; with `settle`, with what would settle an open
    answer and what is irrelevant to it, which takes longest."""
    from mlpolicy.manifest import load

    documents, faults = load(text.encode(), name, schema)
    assert len(documents) == 1, [fault.message for fault in faults]
    assert documents[0].decision_date is not None, "a case states its date"
    day = datetime.date.fromisoformat(documents[0].decision_date)
    return decide_document(program, documents[0], as_of=day, today=day, settle=settle)
