"""Points of the calendar and of the clock: as numbers, and as they are written."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlpolicy.core.calendar import (
    DAY,
    LAST_MOMENT,
    SECOND,
    NoPointError,
    has_offset,
    is_point,
    read,
    write,
)
from mlpolicy.core.types import Grain

OFFSETS = st.integers(-23 * 60 - 59, 23 * 60 + 59)
POINTS = {
    Grain.DAY: st.integers(1, date.max.toordinal()),
    Grain.TIME: st.integers(0, DAY - 1),
    Grain.MOMENT: st.integers(0, LAST_MOMENT),
}


@pytest.mark.slow
@given(st.data(), st.sampled_from(Grain))
def test_what_is_written_is_read_back(data: st.DataObject, grain: Grain) -> None:
    point = data.draw(POINTS[grain])
    assert read(write(point, grain), grain) == point
    assert is_point(write(point, grain))


@given(st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1)), OFFSETS)
def test_a_moment_is_that_of_the_library_of_python(there: datetime, minutes: int) -> None:
    told = there.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    since = told - datetime(1, 1, 1, tzinfo=UTC)
    wanted = (since.days * 86_400 + since.seconds) * SECOND + since.microseconds * 1000
    sign = "-" if minutes < 0 else "+"
    offset = f"{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
    assert read(f"{there.isoformat()}{offset}", Grain.MOMENT) == wanted


def test_a_moment_is_the_same_however_it_is_written() -> None:
    same = ("2026-06-15T12:00:00+02:00", "2026-06-15T10:00Z", "2026-06-14T22:30:00.000-11:30")
    assert {write(read(each, Grain.MOMENT), Grain.MOMENT) for each in same} == {
        "2026-06-15T10:00:00Z"
    }
    assert has_offset(same[0])
    assert not has_offset("2026-06-15T12:00:00")


@pytest.mark.parametrize(
    ("text", "grain", "formed"),
    [
        ("2026-02-30", Grain.DAY, True),
        ("2026-2-3", Grain.DAY, False),
        ("20260203", Grain.DAY, False),
        ("24:00", Grain.TIME, True),
        ("09:60", Grain.TIME, True),
        ("09:59:60", Grain.TIME, True),
        ("9:30", Grain.TIME, False),
        ("09:30Z", Grain.TIME, False),
        ("09:30:00.0000000001", Grain.TIME, False),
        ("٠٩:٣٠", Grain.TIME, False),
        ("2026-02-30T09:30:00Z", Grain.MOMENT, True),
        ("2026-02-03T09:30:00", Grain.MOMENT, False),
        ("2026-02-03 09:30:00Z", Grain.MOMENT, False),
        ("2026-02-03T09:30:00+24:00", Grain.MOMENT, True),
        ("0001-01-01T00:00:00+00:01", Grain.MOMENT, True),
        ("9999-12-31T23:59:59-00:01", Grain.MOMENT, True),
    ],
)
def test_what_is_no_point_is_refused(text: str, grain: Grain, formed: bool) -> None:
    with pytest.raises(NoPointError) as error:
        read(text, grain)
    assert error.value.formed is formed


@given(st.integers(-(10**20), 10**20), st.sampled_from(Grain))
def test_what_lies_beyond_the_years_is_written_too(point: int, grain: Grain) -> None:
    read(write(point, grain), grain)
