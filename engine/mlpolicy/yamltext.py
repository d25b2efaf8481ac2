"""The events of a YAML text: the one place that asks PyYAML.

libyaml's parser takes a twentieth of the time of the one in Python and gives the same events.
But it looks ahead: it may meet a limit of its own (nesting, in some versions) before it hands
on the events in which a limit of ours would be met. Its message would then be about a limit
that nobody set here. So where it stops for a limit, the parser in Python, which has none, goes
on from the same event, and the reader of the events says what is too much.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

import yaml

#: The parser that reads first.
LOADER: Any = getattr(yaml, "CLoader", yaml.Loader)

#: How libyaml names a limit of its own: "exceeded maximum nesting depth".
_LIMIT = re.compile(r"exceed|maximum|nest|limit|too (?:deep|many|long|large)")


def events(text: str) -> Iterator[Any]:
    """PyYAML's events of a text, one by one, with places counted in characters.

    Raises `yaml.YAMLError` where the text is not YAML, never for a limit of the parser.
    """
    given = 0
    try:
        for event in yaml.parse(text, Loader=LOADER):
            yield event
            given += 1
    except yaml.MarkedYAMLError as error:
        if not _LIMIT.search(f"{error.context} {error.problem}"):
            raise
    else:
        return
    try:
        yield from islice(yaml.parse(text, Loader=yaml.Loader), given, None)
    except (ValueError, OverflowError) as error:  # an escape beyond the last code point
        raise yaml.YAMLError(str(error)) from None
