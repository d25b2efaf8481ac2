"""What evaluated cases reached of a policy, and what they did not.

It is counted from the steps of decisions, never from the text of a test, so that layout has no
part in it: a leaf is reached when it is shown, an arm when the condition came to that value on the
way there, a side of a bar when a known value was compared with it and lay there, a line of a
definition or a row of a table when it applied, a cell when it held or did not in a row that was
looked at, a row of a catalogue when something came to it and no other, a rule and an obligation in
each state that they can be in.
"""

from mlpolicy.reach.counted import Coverage, counted, coverage
from mlpolicy.reach.met import reached
from mlpolicy.reach.points import KINDS, Kind, Point, Points, points_of
from mlpolicy.reach.why import How, Why, why

__all__ = (
    "KINDS",
    "Coverage",
    "How",
    "Kind",
    "Point",
    "Points",
    "Why",
    "counted",
    "coverage",
    "points_of",
    "reached",
    "why",
)
