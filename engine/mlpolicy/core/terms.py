"""The closed sets of words that a program, its steps and a decision are told in.

Each value is the word as the policy language or a JSON document writes it. Code compares
members, never their text, so that mypy knows every place where a set of them is gone through.
"""

from __future__ import annotations

from enum import StrEnum

# ── What a program says ──────────────────────────────────────────────────────────────────


class Per(StrEnum):
    """What there is a value of: each of the things that are decided, or the manifest as a whole."""

    SHARED = "shared"
    EACH = "each"


class BarKind(StrEnum):
    """As what a bar is declared."""

    THRESHOLD = "threshold"
    PARAM = "param"


class DefineKind(StrEnum):
    """As what a derived value is declared."""

    DEFINE = "define"
    COST = "cost"
    TABLE = "table"


class Strategy(StrEnum):
    """Which of the guarded cases count: the first that holds, the only one, any (which all say
    the same), the one whose word comes first, or all: as a set, as a list in their order or by
    priority, or what their numbers come to."""

    FIRST = "first"
    UNIQUE = "unique"
    ANY = "any"
    PRIORITY = "priority"
    COLLECT = "collect"
    SUM = "collect sum"
    MIN = "collect min"
    MAX = "collect max"
    COUNT = "collect count"
    LIST = "collect list"
    RANKED = "collect list by priority"

    @property
    def in_order(self) -> bool:
        """Does the first case that holds count, of those in the order of the program?"""
        return self in (Strategy.FIRST, Strategy.PRIORITY)

    @property
    def gathers(self) -> bool:
        """Do all cases that hold count?"""
        return self.value.startswith("collect")

    @property
    def takes_none(self) -> bool:
        """Is there a value where no case holds?"""
        return self in (Strategy.COLLECT, Strategy.SUM, Strategy.COUNT) or self.lists

    @property
    def folds(self) -> bool:
        """Is it a number that the numbers of all cases come to that hold?"""
        return self in (Strategy.SUM, Strategy.COUNT, Strategy.MIN, Strategy.MAX)

    @property
    def lists(self) -> bool:
        """Is it a list of what all cases give that hold?"""
        return self in (Strategy.LIST, Strategy.RANKED)

    @property
    def ranks(self) -> bool:
        """Does the order of the words that the cases give tell the order of the cases?"""
        return self in (Strategy.PRIORITY, Strategy.RANKED)


class Fold(StrEnum):
    """What an aggregate makes of the values of its members."""

    ANY = "any"
    ALL = "all"
    COUNT = "count"
    SUM = "sum"


class Over(StrEnum):
    """What an aggregate goes through."""

    ITEMS = "items"
    UPSTREAM = "upstream"
    SET = "set"


class Which(StrEnum):
    """Whose outcome a reference means: of each possible choice, or of the answer shown."""

    CHOICE = "choice"
    ANSWER = "answer"


class Said(StrEnum):
    """What is asked of a choice or an answer, besides the attributes that a policy declares."""

    OUTCOME = ""
    STATUS = "status"
    BECAUSE = "because"


class Form(StrEnum):
    """How a condition of a tree is written."""

    IF = "if"
    UNLESS = "unless"
    BLOCK = "block"


class UnknownArm(StrEnum):
    """What is shown while a condition is unknown: an arm of its own, the arm of `no` or `yes`,
    or nothing."""

    OWN = "own"
    NO = "no"
    YES = "yes"
    NONE = "none"


class DeclaredAs(StrEnum):
    """The kinds of declaration whose bodies are evaluated where they are named."""

    INPUT = "input"
    BAR = "bar"
    DEFINITION = "definition"
    CATALOG = "catalog"
    SHORTLIST = "shortlist"


class Told(StrEnum):
    """What a test of a policy expects of an input."""

    IRRELEVANT = "irrelevant"
    SETTLED_BY = "settled_by"
    ASSUMED = "assumed"


# ── What a decision says ─────────────────────────────────────────────────────────────────


class Status(StrEnum):
    """How firm a workload's answer is. That no outcome will do is an answer of its own; where the
    policy gives no answers, a workload is judged by its rules and that is all."""

    DECIDED = "decided"
    PROVISIONAL = "provisional"
    UNDECIDED = "undecided"
    INFEASIBLE = "infeasible"
    HELD = "held"
    JUDGED = "judged"
    ERROR = "error"


#: The answers that nothing unknown can change any more.
FIRM = frozenset({Status.DECIDED, Status.INFEASIBLE, Status.JUDGED})


class Level(StrEnum):
    """How grave a finding is, or a duty that is not met: the gravest first."""

    BLOCK = "block"
    WARN = "warn"
    ADVISE = "advise"


class ChoiceStatus(StrEnum):
    """What a leaf says of its answer where it names no status of the policy: that the answer is
    final, or that there is none. `judged` is said where the policy has no tree."""

    FINAL = "final"
    INFEASIBLE = "infeasible"
    HELD = "held"
    UNDECIDED = "undecided"
    JUDGED = "judged"


#: The statuses that say nothing beside the outcome.
PLAIN = frozenset({ChoiceStatus.FINAL, ChoiceStatus.INFEASIBLE})


class RuleState(StrEnum):
    """What became of a rule."""

    FIRED = "fired"
    WAITING = "waiting"
    PASSED = "passed"
    WAIVED = "waived"
    DOES_NOT_APPLY = "does_not_apply"


class WaitsFor(StrEnum):
    """Who can tell what a check waits for: the team, or the owner of the policy, where the policy
    itself leaves open all that it waits for."""

    TEAM = "team"
    POLICY = "policy"


class DutyState(StrEnum):
    """Where an obligation stands."""

    OWED = "owed"
    MET = "met"
    OVERDUE = "overdue"
    MAYBE = "maybe"
    NOT_OWED = "not owed"
