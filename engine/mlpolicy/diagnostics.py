"""What is wrong with a file, as a value: code, place, message, help.

A diagnostic is built where the fault is found and turned into text only by `render`.
`CODES` is the one catalogue of codes; `docs/diagnostics.md` is the same table for people,
and a test compares the two.
"""

from __future__ import annotations

from enum import Enum, StrEnum

from mlpolicy.dataclass import dataclass
from mlpolicy.source import Origin, Place, Source, Span


class Severity(StrEnum):
    """How bad it is. Only `ERROR` stops a file from being used; a `NOTE` is only to be known."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Matter(Enum):
    """What a fault is about, where something hangs on it: what else is told, or how a command ends.
    Which code is about what says `_MATTERS`; most are about something `ELSE`."""

    ELSE = "else"
    INDENTATION = "indentation"
    PART = "a part of a declaration"
    ALPHABETS = "a name in two alphabets"
    REFERENCE = "a reference that leads nowhere"
    LEDGER = "a ledger that can be read and is not sound"
    KEY = "a key that cannot be read"
    HIDDEN = "a character that nobody sees"
    CUT_SHORT = "a file of which the rest is not read"
    MISSING = "a key that is missing"
    NOT_FOUND = "a file that is not there"
    UNREADABLE = "a file that cannot be read"
    UNUSED_DAY = "a decision date that is not used"
    NEWER = "a record of a later version"
    ALTERED = "a stored file that was altered"
    DIFFERS = "a replay that comes out otherwise"
    UNMASKING = "salts or an original that do not fit"
    SINCE = "a file that changed since it was recorded"


@dataclass(frozen=True)
class Label:
    """The other half of a story: a second place and what it has to do with the first."""

    origin: Origin
    message: str


@dataclass(frozen=True, kw_only=True)
class Diagnostic:
    """One fault, one message.

    `message` is lower case, has no final stop and puts the user's text in backticks;
    `help` is an instruction, or empty where we know no way out. `origin` is None only where
    there is no text to point at (a missing file, a bad option); then `file` names the thing.
    `instead` is what would stand rightly in place of the text at `origin`, where that is known.
    """

    code: str
    message: str
    origin: Origin | None = None
    help: str = ""
    labels: tuple[Label, ...] = ()
    severity: Severity = Severity.ERROR
    file: str = ""
    instead: str | None = None

    @property
    def matter(self) -> Matter:
        """What it is about."""
        return _MATTERS.get(self.code, Matter.ELSE)

    @property
    def place(self) -> Place | None:
        """The file, line and column at which it starts; None where it is about no place in a
        text."""
        return self.origin.place if self.origin else None


def at(
    code: str,
    message: str,
    source: Source,
    span: Span,
    *,
    help: str = "",
    labels: tuple[Label, ...] = (),
    severity: Severity = Severity.ERROR,
    instead: str | None = None,
) -> Diagnostic:
    """A diagnostic at a span of a source."""
    assert code in CODES, code
    return Diagnostic(
        code=code,
        message=message,
        origin=Origin(source, span),
        help=help,
        labels=labels,
        severity=severity,
        file=source.name,
        instead=instead,
    )


def rewritten(source: Source, span: Span, read: str, word: str) -> str | None:
    """How `word` is written in place of a span that was read as `read`: plain, or in the quotes
    that stand there. None where the text there is written in some other way."""
    text = source.slice(span)
    if text == read:
        return word
    quote = text[:1]
    if quote in ('"', "'") and text == f"{quote}{read}{quote}":
        return f"{quote}{word}{quote}"
    return None


def about(
    code: str, message: str, file: str = "", *, help: str = "", severity: Severity = Severity.ERROR
) -> Diagnostic:
    """A diagnostic about a thing without text: a missing file, an option."""
    assert code in CODES, code
    return Diagnostic(
        code=code, message=message, origin=None, help=help, labels=(), severity=severity, file=file
    )


def in_order(diagnostics: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    """By file and place, then code; exact repeats once."""

    def key(d: Diagnostic) -> tuple[str, int, int, str, str]:
        place = d.place
        file = place.file if place else d.file
        line, column = (place.line, place.column) if place else (0, 0)
        return (file, line, column, d.code, d.message)

    seen = {(*key(d), d.help): d for d in diagnostics}
    return tuple(seen[k] for k in sorted(seen))


#: Messages told of one file; a person corrects these and checks again.
MOST_TOLD = 100


def bounded(diagnostics: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    """What is wrong with one file, in order: the first messages, and one more that counts the
    rest, at the place of the first of these. That one is an error where one of the rest is."""
    told = in_order(diagnostics)
    rest = told[MOST_TOLD:]
    if len(rest) <= 1:
        return told
    bad = next((each for each in rest if each.severity is Severity.ERROR), rest[0])
    more = Diagnostic(
        code="MLP0614",
        message=f"{len(rest):,} more messages on this file, from here on, are not shown",
        origin=rest[0].origin,
        help="correct those above, and check the file again",
        severity=bad.severity,
        file=rest[0].file,
    )
    return (*told[:MOST_TOLD], more)


_MATTERS = {
    "MLP0106": Matter.INDENTATION,
    "MLP0113": Matter.PART,
    "MLP0117": Matter.ALPHABETS,
    "MLP0210": Matter.REFERENCE,
    "MLP0211": Matter.REFERENCE,
    **dict.fromkeys([f"MLP05{number:02}" for number in range(2, 12)], Matter.LEDGER),
    "MLP0607": Matter.KEY,
    "MLP0611": Matter.HIDDEN,
    "MLP0613": Matter.KEY,
    "MLP0614": Matter.CUT_SHORT,
    "MLP0703": Matter.MISSING,
    "MLP0901": Matter.NOT_FOUND,
    "MLP0902": Matter.UNREADABLE,
    "MLP0927": Matter.UNUSED_DAY,
    "MLP1103": Matter.NEWER,
    "MLP1108": Matter.ALTERED,
    "MLP1110": Matter.DIFFERS,
    "MLP1117": Matter.UNMASKING,
    "MLP1119": Matter.SINCE,
}

#: code -> (title, what it means and how to correct it). Ranges: 01 syntax, 02 names and inputs,
#: 03 types and units, 04 structure, 05 sources, 06 manifest text, 07 manifest content,
#: 08 evaluation, 09 finding and loading, 10 measuring, 11 records, 12 asking.
CODES: dict[str, tuple[str, str]] = {
    # -- 01 syntax -------------------------------------------------------------------------
    "MLP0101": (
        "Unexpected text",
        "The line does not go on as the language expects. Compare it with the line's form in "
        "the language reference.",
    ),
    "MLP0102": (
        "Unknown declaration",
        "A line that starts in column 1 begins a declaration; its first word says which. Lines "
        "that belong to the declaration above are indented.",
    ),
    "MLP0103": (
        "Text not closed",
        "A text starts and ends with a double quote on the same line. A quote inside it is "
        'written `\\"`.',
    ),
    "MLP0104": (
        "Bracket without its partner",
        "Every `(`, `[` and `{` is closed in the same declaration, and nothing else is.",
    ),
    "MLP0105": (
        "Tab in the indentation",
        "Lines are indented with spaces only, since tabs are shown with different widths.",
    ),
    "MLP0106": (
        "Wrong indentation",
        "Lines of one block start in one column, deeper than the line that opens the block.",
    ),
    "MLP0107": (
        "Missing reference",
        "This line must say why it exists: `ref`, then a source and a clause, such as "
        "`ref guide#G6.1`.",
    ),
    "MLP0108": (
        "Row of another form",
        "Every row of a table has as many cells as the table has columns. The first row of a "
        "decision table is its heading, which says what each column asks: a value, or "
        "`NAME : VALUE` where it shall be called so. Every other one ends with `->` and a value "
        "for each output; `otherwise` is the last.",
    ),
    "MLP0109": (
        "No such day",
        "A date is a day of the calendar, written year-month-day with all digits.",
    ),
    "MLP0110": (
        "Fault in a text",
        "In a text `{…}` shows a value; a brace meant as text is doubled. The escapes are "
        '`\\"`, `\\\\` and `\\n`.',
    ),
    "MLP0111": (
        "Spelling of another language",
        "The words and signs of other languages have their own form here: `=`, `not`, `and`, "
        "`or`, `yes`, `no`, `otherwise`, `as`.",
    ),
    "MLP0112": (
        "Manifest field outside an input",
        "Only inputs, records and tests name fields of the manifest; everything else uses the "
        "input's name.",
    ),
    "MLP0113": (
        "Part missing or given twice",
        "A declaration has each of its parts once, and the required ones at all.",
    ),
    "MLP0114": (
        "Line that is never reached",
        "An `if` with its arms below it and `otherwise` end their block; some clauses have no "
        "meaning on some lines.",
    ),
    "MLP0115": (
        "Unit on a manifest value",
        "Facts in a test are written as in a manifest: numbers without units.",
    ),
    "MLP0116": (
        "Nested too deeply",
        "A declaration may nest a hundred levels deep. Name the parts with `define`.",
    ),
    "MLP0117": (
        "Name in two alphabets",
        "Letters of two alphabets can look the same: a name with both is another name than the one "
        "that a reader takes it for. Write it in one.",
    ),
    "MLP0118": (
        "Number that is not read",
        "A number of a policy has at most 40 digits. Round it, or write it in a larger unit. And "
        "`1.000` is one thousand to some and one to others: write `1000`, or `1`.",
    ),
    # -- 02 names and inputs ---------------------------------------------------------------
    "MLP0201": (
        "Declared twice",
        "All files of a policy are one namespace, so a name is declared once in all of them. "
        "Give one of the two another name, or take it out. An enum also shares its names with "
        "units and catalogues, since all three can be written as a type.",
    ),
    "MLP0202": (
        "Unknown name",
        "Nothing of this kind is declared under this name. Check its spelling; the help "
        "offers the nearest name that exists.",
    ),
    "MLP0203": (
        "Unknown field",
        "The manifest's schema has no such field. The underlined part of the path is the "
        "first that is wrong; the help names the field that may be meant, or says what to add to "
        "the schema.",
    ),
    "MLP0204": (
        "Unknown type",
        "A type is `flag`, `text`, `date`, an enum, the outcome, a catalogue's or records' "
        "name (a row of it), or a unit. A set is a `set of` an enum or of texts.",
    ),
    "MLP0205": (
        "Field of another kind",
        "The manifest's schema gives this field another type or unit than the policy "
        "declares. Declare what the schema says, or convert with `as`.",
    ),
    "MLP0206": (
        "Range beyond the schema's",
        "The range after `in` must lie inside the one that the manifest's schema allows for "
        "the field. An end that the schema leaves open may be open or closed.",
    ),
    "MLP0207": (
        "Unknown member",
        "This word is no member of the enum or outcome that is wanted here. Check its "
        "spelling, or add it to the enum.",
    ),
    "MLP0208": (
        "Ambiguous name",
        "The word is a member of the enum that is wanted here, and a declared value has the "
        "same name. Nothing is shadowed silently: give the value another name.",
    ),
    "MLP0209": (
        "Reserved name",
        "This word has a meaning of its own in the language and cannot be declared.",
    ),
    "MLP0210": (
        "Unknown source",
        "A `ref` names a source that no `source` line declares. Declare it, or correct the name.",
    ),
    "MLP0211": (
        "Unknown clause",
        "The source's ledger has no clause with this id. Correct the id, or add the clause to "
        "the ledger.",
    ),
    "MLP0212": (
        "Missing reference",
        "Bars, answers of trees, scores, costs, rules, tables, catalogues, "
        "shortlists, conversions, exceptions and assumptions say why they exist: `ref "
        "SOURCE#CLAUSE`.",
    ),
    "MLP0213": (
        "Unknown column or attribute",
        "The catalogue or records have no such column, or the answer no such attribute. "
        "Columns are those of the heading, of the manifest's entries, and the definitions "
        "`of` the catalogue.",
    ),
    "MLP0214": (
        "Members differ from the schema's",
        "The enum and the field's fixed list in the manifest's schema must agree: the policy "
        "knows every word that a manifest may say, and a written enum has no word that none "
        "can say. `enum NAME from PATH` takes the members from the schema.",
    ),
    "MLP0215": (
        "Key without a field",
        "A keyed input reads a field for each member of its key. The schema has such a field "
        "for none of them; at least one is needed.",
    ),
    "MLP0216": (
        "Not used",
        "Nothing in the policy reads this. Use it, or take it out: what stands in a policy "
        "should matter to it.",
    ),
    "MLP0217": (
        "The same title twice",
        "Titles are what readers see in place of identifiers, so two things of one kind cannot "
        "have the same. Say what is different about each.",
    ),
    "MLP0218": (
        "Unknown scope",
        "The path of a field begins with a word that the policy's `manifest` line declares.",
    ),
    "MLP0219": (
        "Manifest line and schema disagree",
        "The schema must have the list that the `manifest` line names, and the same `kind` and "
        "`apiVersion`; the words of the line differ from one another.",
    ),
    # -- 03 types and units ----------------------------------------------------------------
    "MLP0301": (
        "Wrong type",
        "Another type of value is wanted here. The message names both.",
    ),
    "MLP0302": (
        "Units do not fit",
        "Adding, comparing and giving a value to a name need equal dimensions: `EUR` and "
        "`EUR/month` are different things. Multiply or divide by what is missing, or convert "
        "with `as` where a `convert` is declared.",
    ),
    "MLP0303": (
        "No conversion",
        "`as` changes the scale of a unit, or follows declared conversions. None of them "
        "leads to this unit: declare one with `convert`, with its reference.",
    ),
    "MLP0304": (
        "Unknown unit",
        "Units are %, times from ms to year, the one that `currency` names, and the countable "
        "ones declared with `unit`. Check the spelling, or declare it.",
    ),
    "MLP0305": (
        "No order",
        "`<` and its kin compare numbers, dates and members of ordered enums. The members of "
        "this enum have no order: declare it with `<` between them, or use `is`.",
    ),
    "MLP0306": (
        "Different enums",
        "Two enums can be compared where one has all members of the other. These have not: "
        "declare both values with one enum.",
    ),
    "MLP0307": (
        "Wrong number of values",
        "A function or a lookup takes another number of values than are given here.",
    ),
    "MLP0308": (
        "Key missing or too much",
        "A value declared with a key, as `running(tier)`, is read with one: `running(diy)`. A "
        "definition `of` a catalogue is read from a row: `offering.quality`. Other values "
        "take neither.",
    ),
    "MLP0309": (
        "Unlimited value",
        "An input that may be unlimited has no number when it is: it can only be compared. "
        "Every value is within it.",
    ),
    "MLP0310": (
        "No whole number of this unit",
        "`ceil` rounds up and `floor` down to a whole number of countable things. Of money, time "
        "and the like there is none: divide by the step first.",
    ),
    "MLP0311": (
        "Money without a decimal form",
        "An amount of money that divides by other than twos and fives leaves a fraction without "
        "end. Say `round(x, STEP)` where the rounding is meant to happen.",
    ),
    "MLP0312": (
        "Conversion that says nothing",
        "A `convert` joins two single units of different kinds by two numbers above zero, "
        "once for each pair: `convert 1 month = 730 hour`.",
    ),
    "MLP0313": (
        "Operator does not apply",
        "This operator or function does not work on such values. The help says which one "
        "does, or what to write.",
    ),
    "MLP0314": (
        "Value without a type",
        "A literal such as `unknown`, `any` or `{}` takes its type from its surroundings, and "
        "nothing here gives one.",
    ),
    "MLP0315": (
        "Hole in a value",
        "Only texts that are printed have holes: reasons, messages, questions. A text that is "
        "a value is written out. The question for an entry of records names its keys alone, "
        "since nothing else of it is known.",
    ),
    # -- 04 structure ----------------------------------------------------------------------
    "MLP0401": (
        "Line missing",
        "A policy has one `policy` line, one `manifest` line and one `outcome` line, in any "
        "of its files.",
    ),
    "MLP0402": (
        "Line repeated",
        "A policy has one `policy` line, one `manifest` line and one `outcome` line in all "
        "its files together.",
    ),
    "MLP0403": (
        "Not one decision tree",
        "Exactly one tree is the `decision tree`: the decision begins there. Others are "
        "reached with `goto`.",
    ),
    "MLP0404": (
        "Missing arm",
        "An `if` with arms says what to do for `yes:` and for `no:`; an arm may be shared "
        "with `unknown:`.",
    ),
    "MLP0405": (
        "Unknown status",
        "After the outcome may stand `final`, `provisional`, or a status that the line `status` "
        "below the `outcome` declares.",
    ),
    "MLP0406": (
        "No end",
        "Something must be decided whatever holds: lines of a tree end with `otherwise`, or "
        "with an `if` that has arms.",
    ),
    "MLP0407": (
        "Never reached",
        "Nothing gets past the line or arm before, or the two arms are the same. Move it up, "
        "or take it out.",
    ),
    "MLP0408": (
        "Unreachable tree",
        "No `goto` leads from the decision tree to this one.",
    ),
    "MLP0409": (
        "Circle",
        "A value may not rest on itself, a tree not lead back to itself, a test not be like "
        "itself. The message shows the way round.",
    ),
    "MLP0410": (
        "Dates overlap",
        "A bar has one value from each date on, a row begins before it ends, an amount has one "
        "price at a time, and a key that is looked up has one row at a time.",
    ),
    "MLP0411": (
        "Tree of another type",
        "Every tree gives the policy's outcome.",
    ),
    "MLP0412": (
        "Unknown may not be asked here",
        "`is unknown` stands only in rules and obligations, `is known` only in `met when`, "
        "and neither under `not`: leaving out a fact must never let a rule pass.",
    ),
    "MLP0413": (
        "Answer needed to find the answer",
        "The decision tree may not read `answer`, nor anything that reads it. The message "
        "shows the way.",
    ),
    "MLP0414": (
        "Choice outside a rule",
        "`choice` stands for every choice still possible, which only a rule can be judged by. "
        "Elsewhere there is `answer`, the one that is shown.",
    ),
    "MLP0416": (
        "Two columns of one name",
        "The columns of a catalogue have different names.",
    ),
    "MLP0417": (
        "Nothing to except from",
        "An exception replaces a threshold, a param or a definition. There is none to inputs, "
        "scores or other exceptions.",
    ),
    "MLP0418": (
        "Rows where a value is wanted",
        "Catalogues, records and shortlists are lists of rows. Ask `any SHORTLIST`, take "
        "`first SHORTLIST`, or look a row up by its key.",
    ),
    "MLP0419": (
        "Score out of reach",
        "A score's target is a number from 1 to the count of its questions.",
    ),
    "MLP0420": (
        "Too many levels",
        "What a declaration names, what that names, and so on, may be nested 500 levels "
        "deep: each expression, condition of a tree and `goto` within another is one. Let it rest "
        "on fewer definitions or trees, one within the other.",
    ),
    "MLP0421": (
        "A test that expects nothing",
        "A test states facts and what must come of them. One without `expect` tests nothing, and "
        "would pass whatever the policy says.",
    ),
    "MLP0422": (
        "Rows that overlap",
        "Two rows of a `unique` table match one case, which ends in an error where it occurs; or "
        "one row says what another says. Let them match different cases, or take one out.",
    ),
    "MLP0423": (
        "No row matches",
        "A case of a table has no row, which is a fault of the policy where it occurs, or none of "
        "the lines of a definition, which is unknown there. Add what matches it, or a last "
        "`otherwise`, which may say `unknown`.",
    ),
    "MLP0424": (
        "Table not checked",
        "A table has more cases than are looked at: whether rows are missing, overlap or are never "
        "reached is not told. Make two tables of it.",
    ),
    "MLP0425": (
        "Out of range",
        "A number that stands for a value, or is compared with one, lies outside of what the value "
        "can be by the manifest's schema and by what is declared. Correct one of the two.",
    ),
    "MLP0426": (
        "Comparison that cannot turn",
        "A comparison comes out the same for every value that can be stated: nothing reaches the "
        "number, or everything does. Correct the number, or take the comparison out.",
    ),
    "MLP0427": (
        "Share that looks like a fraction",
        "A bar in percent that must be reached is below one percent, so that nearly everything "
        "reaches it. Write 85 for 85 %, not 0.85.",
    ),
    "MLP0428": (
        "No value at first",
        "The policy decides from its `effective` day on, and a value or row begins later: until "
        "then there is none. Say what holds on the first day.",
    ),
    "MLP0429": (
        "Over before the policy begins",
        "A value or row is over before the policy decides for the first time. Take it out, or "
        "correct a date.",
    ),
    "MLP0430": (
        "Never holds, whatever is stated",
        "A condition cannot hold in any case of what it asks for, so that a rule can never fire or "
        "a line is never reached. Correct it, or take it out.",
    ),
    "MLP0431": (
        "Always holds, whatever is stated",
        "A condition holds in every case of what it asks for, so that it makes no difference. "
        "Correct it, or take it out.",
    ),
    "MLP0432": (
        "Whose fact, whose expectation",
        "A test may have several workloads: `given for letters` states facts of one, and `expect … "
        "for letters` says of which something is expected. What is of the whole project, and a "
        "value of the policy, is of none.",
    ),
    "MLP0433": (
        "Look-up without a row",
        "A catalogue is looked up by a word for which it has no row, which is an error where it "
        "occurs. Add a row for the word, or ask first whether there is one: `reach has service and "
        "…`. Where it cannot be told whether a manifest comes to the word, it is said that it was "
        "not checked.",
    ),
    "MLP0440": (
        "Not for an extension",
        "An extension adds rules, obligations and what these read. The manifests, the money, the "
        "outcomes, the trees and the costs are its core's, and so is every name that the core "
        "declares: no exception of an extension changes one.",
    ),
    "MLP0441": (
        "An extension changes its core",
        "Together with the extension, something of the core means another thing than by itself, "
        "by a conversion or a word that both use. Give the extension names of its own.",
    ),
    # -- 05 sources ------------------------------------------------------------------------
    "MLP0501": (
        "ledger not readable",
        "The file of a `source` is not UTF-8 text or not YAML. Correct it at the place shown; text "
        "that contains a colon or a hash sign belongs into quotes.",
    ),
    "MLP0502": (
        "wrong shape in a ledger",
        "A ledger is made of named fields; its sections are lists of entries, and an entry's "
        "values are text, except `settles`, a list of ids. Aliases, deep nesting and several "
        "documents in one file are refused.",
    ),
    "MLP0503": (
        "missing field in a ledger",
        "A field that every ledger, document or entry of this section needs is absent or empty. "
        "Add it.",
    ),
    "MLP0504": (
        "unknown field in a ledger",
        "The name of a field is misspelt or belongs to entries of another section. Correct it or "
        "move the entry.",
    ),
    "MLP0505": (
        "given twice in a ledger",
        "Two entries have the same id, or one entry has the same field twice. References must "
        "lead to one entry: rename or remove one of the two.",
    ),
    "MLP0506": (
        "unknown kind of entry",
        "A clause is a threshold, rule, table, formula, advice, catalog, scenario, tree or fact; "
        "an entry under `resolutions` is a resolution, one under `facts` a fact.",
    ),
    "MLP0507": (
        "bad pin of a document",
        "The `sha256` of a ledger's document must be 64 digits 0-9 and a-f. Compute it again "
        "from the document.",
    ),
    "MLP0508": (
        "resolution of an unknown clause",
        "A resolution says that it settles an entry which the ledger does not hold, or itself. "
        "Correct the id, or add the clause.",
    ),
    "MLP0509": (
        "bad line reference",
        "The lines of a clause are not numbers, run backwards, or lie beyond the end of the "
        "document; or the document's own number of lines is not a number.",
    ),
    "MLP0510": (
        "malformed value in a ledger",
        "A name, id, date or mark of trust is not in the form that the help line shows.",
    ),
    "MLP0511": (
        "clause that cannot be excused",
        "Only clauses of kind fact or advice may have an `excuse`: every other decides, computes "
        "or lists something, and the policy must say it. Cite the clause, or a resolution of it.",
    ),
    "MLP0512": (
        "clause not accounted for",
        "Every clause of a document is cited by a construct, or settled by a resolution that is "
        "cited, or (facts and advice) excused in the ledger; every resolution is cited. With "
        "`--traced` a citation counts where a test's trace shows the construct.",
    ),
    "MLP0513": (
        "excused and cited",
        "The ledger excuses a clause from being cited, and yet a construct cites it. Take the "
        "`excuse` out of the ledger.",
    ),
    "MLP0514": (
        "no such source",
        "`--source` names a source that the policy does not have, or the policy has none at all.",
    ),
    "MLP0515": (
        "no one document to compare with",
        "A document is compared with the pin of one ledger. The source pins none, or several do "
        "and `--source` does not say which.",
    ),
    "MLP0516": (
        "test of no clause",
        "In a policy whose tests are named for clauses, as in `G7.2: …`, a test begins with an id "
        "that no ledger of the policy has.",
    ),
    # -- 06 manifest text ------------------------------------------------------------------
    "MLP0601": ("not UTF-8", "A manifest is UTF-8 text. Save it again as UTF-8."),
    "MLP0602": (
        "too large",
        "A manifest has at most 1 MiB, 100,000 values and 1,000 entries in one place, and the "
        "documents of one file together decide at most 500 things, such as workloads. Split it.",
    ),
    "MLP0603": ("not valid YAML", "The text breaks the rules of YAML at the place shown."),
    "MLP0604": ("nothing in it", "The file is empty or holds comments only. Write a manifest."),
    "MLP0605": ("nested too deep", "At most 20 levels of lists and mappings are read."),
    "MLP0606": (
        "unusable alias",
        "An alias must follow its anchor, outside of it, and all aliases of a file together "
        "may stand for at most 10,000 values. Write the values out.",
    ),
    "MLP0607": ("merge key", "`<<` is not part of YAML 1.2. Write the keys out."),
    "MLP0608": ("tag", "Tags such as `!!str` or `!include` are not read. Delete the tag."),
    "MLP0609": ("key given twice", "Often left by a merge. Keep one of the two."),
    "MLP0610": (
        "no value",
        "An empty value could mean unknown, none or zero. Write `unknown`, or leave the key out.",
    ),
    "MLP0611": (
        "invisible character",
        "Control, direction-changing and unseen characters, and what some programs take for the "
        "end of a line (U+0085, U+2028, U+2029, a carriage return alone), make a text differ from "
        "what a reader sees. No text file may have one, not even in a remark, but where the letter "
        "beside it needs it, as a joiner in Persian. Delete the character named in the message.",
    ),
    "MLP0612": (
        "number out of bounds",
        "Numbers are finite, within 10^15 either way, with at most 12 decimals.",
    ),
    "MLP0613": ("key is not a word", "A list or mapping cannot be a key."),
    "MLP0614": (
        "more is wrong",
        "Of one file the first 100 messages are shown. Correct these, and check it again.",
    ),
    # -- 07 manifest content ---------------------------------------------------------------
    "MLP0701": (
        "not a manifest",
        "The document is of another kind or version, or has none of a manifest's keys.",
    ),
    "MLP0702": ("unknown key", "The schema has no such key there. Look for the nearest name."),
    "MLP0703": ("missing key", "The schema requires this key. Add it."),
    "MLP0704": ("wrong type", "The value is of another type than the schema allows there."),
    "MLP0705": (
        "text instead of a number",
        "Numbers are plain digits: no sign of a currency, no unit, no thousands mark, no quotes.",
    ),
    "MLP0706": ("not one of the words", "The value must be one of the words listed."),
    "MLP0707": ("out of range", "The value, or the number of items, is outside its range."),
    "MLP0708": ("wrong form", "The text does not have the form the schema asks for."),
    "MLP0709": ("not a date", "Dates are days of the calendar, written `YYYY-MM-DD`."),
    "MLP0710": (
        "looks like a fraction",
        "Percentages are 0 to 100. A value up to 1 is never scaled silently: write 87, not 0.87.",
    ),
    "MLP0711": ("estimate upside down", "`low` must not be above `high`."),
    "MLP0712": ("name given twice", "Names in one list must differ. Rename one."),
    "MLP0713": ("unknown name", "The name refers to an item that the manifest does not have."),
    "MLP0714": ("circle", "Items depend on each other in a circle. Take one dependency out."),
    "MLP0715": ("contradiction", "Two answers cannot both be true. Correct one of them."),
    "MLP0716": ("said twice", "A key of the short form and one of the full form give one fact."),
    "MLP0717": ("dates in the wrong order", "The approval must not be after the expiry."),
    "MLP0718": ("item given twice", "The list holds the same item twice. Keep one."),
    "MLP0719": ("text too long", "The text is longer than the schema allows. Shorten it."),
    "MLP0720": (
        "key that does not go with another",
        "What one key says is of another kind than what a second one says here: a percentage is "
        "stated in the key for percentages. Write the key that the help names.",
    ),
    "MLP0721": (
        "stated twice",
        "Two keys state one fact, such as an amount a month and one a day, and no length of a "
        "month makes them agree. Correct or delete one of the two.",
    ),
    # -- 08 evaluation ---------------------------------------------------------------------
    # -- 09 finding and loading ------------------------------------------------------------
    "MLP0901": (
        "no such file or folder",
        "A path on the command line, or a pattern, names nothing. Check the spelling, and from "
        "which folder the command runs.",
    ),
    "MLP0902": (
        "file cannot be read",
        "The file is there but cannot be read: no permission, not a file, or not UTF-8. The "
        "other files are still evaluated.",
    ),
    "MLP0903": (
        "nothing to evaluate",
        "No manifest was found where the command looked. Nothing checked is never a success. "
        "Name a file, or a folder with manifests as the policy's `manifest` line names them.",
    ),
    "MLP0904": (
        "unknown policy",
        "No built-in policy has this name and no file or folder does. `mlpolicy policies list` "
        "shows the built-in ones.",
    ),
    "MLP0905": (
        "no such version",
        "The policy has no version that this asks for. `@1` is the newest 1.x that is effective "
        "at the decision's date, `@1.2.0` exactly that one.",
    ),
    "MLP0906": (
        "version not understood",
        "A version is `1`, `1.2` or `1.2.0`, after the policy's name and `@`; a version written "
        "in a policy has all three numbers.",
    ),
    "MLP0907": (
        "not a policy",
        "The folder holds no `.mlp` file, or none of them begins a policy with a line "
        "`policy NAME VERSION effective DATE`.",
    ),
    "MLP0908": (
        "configuration not readable",
        "`mlpolicy.toml` or `pyproject.toml` is not valid TOML, or `tool.mlpolicy` in it is not "
        "a table.",
    ),
    "MLP0909": (
        "unknown key in the configuration",
        "The keys are `policy`, `extensions`, `as_of`, `waivers`, `log`, `manifest_waivers`, "
        "`decision_date`, `require`, `fail_on`, `require_approval` and `approved`; those of an "
        "entry `[[approved]]` are `policy`, `digest`, `by`, `on` and `ticket`.",
    ),
    "MLP0910": (
        "wrong value in the configuration",
        "The key exists but cannot have this value; the help line says what it takes.",
    ),
    "MLP0911": (
        "which policy?",
        "Several policies could apply and nothing says which. Name one with `--policy`, in "
        "`mlpolicy.toml`, or in the manifest's `policy`.",
    ),
    "MLP0912": (
        "policy not effective yet",
        "No version of the policy is in effect at the decision's date. Choose a later date, or "
        "name the version exactly.",
    ),
    "MLP0913": (
        "nothing of that name",
        "`--of` names something that no manifest here has.",
    ),
    "MLP0914": (
        "no such rule",
        "`--rule` names a rule or an obligation that the policy does not have.",
    ),
    "MLP0915": (
        "schema not found",
        "The policy's `manifest` line names a schema file that is neither in the policy's "
        "`schemas/` folder, nor beside the policy, nor among those that come with mlpolicy.",
    ),
    "MLP0916": (
        "file already exists",
        "The command does not overwrite a file unless you ask for it with `--force`.",
    ),
    "MLP0917": (
        "schema not readable",
        "The manifest schema that the policy names is not valid JSON, or not a schema that "
        "manifests can be read by.",
    ),
    "MLP0918": (
        "no tests",
        "The policy has no tests, so nothing was tested; that is never a success.",
    ),
    "MLP0919": (
        "name not allowed",
        "The name of a manifest has the form that its schema gives it.",
    ),
    "MLP0920": (
        "approval of something else",
        "The configuration states that this version of the policy was approved, but the approval "
        "has another digest, or its digest is that of another version. What was approved is not "
        "what judges: the policy was edited since, or the entry was written wrongly.",
    ),
    "MLP0921": (
        "policy not approved",
        "The configuration says `require_approval = true`, and no entry `[[approved]]` in it "
        "approves this version with just this digest by the day decided for. Have it approved, or "
        "use a version that is. `mlpolicy policies show` prints the entry to fill in.",
    ),
    "MLP0922": (
        "configuration loosened from below",
        "A configuration nearer to the manifest may only tighten the governing one, which is the "
        "one nearest the top of the repository or the one that `--config` or `MLPOLICY_CONFIG` "
        "names: more in `extensions`, `fail_on` and `require`, `manifest_waivers = false`, "
        "`decision_date = false`, `require_approval = true`, and a policy that an entry "
        "`[[approved]]` of the governing one approves. Everything else belongs into the governing "
        "one.",
    ),
    "MLP0923": (
        "two configurations in one folder",
        "A folder holds both `mlpolicy.toml` and a `pyproject.toml` with `[tool.mlpolicy]`, and "
        "nothing says which of them counts. Keep one.",
    ),
    "MLP0924": (
        "configuration of another user",
        "Outside a repository, a configuration in a folder above the manifest's is read only "
        "where it belongs to the user who runs the command, or to the owner of the manifest's "
        "folder. Name it with `--config` where it is to govern.",
    ),
    "MLP0925": (
        "path that leads out",
        "The files of a policy, with its sources and its schema, lie in the policy's folder, and "
        "a folder is searched without following links that lead out of it. Name the file itself, "
        "or put a copy where it belongs.",
    ),
    "MLP0926": (
        "required field unknown",
        "`require` in the configuration names a field that the schema of these manifests does not "
        "have. Fields are named as policies name them: `household.rent`, `person.birth`; the "
        "beginning may be left out where only one of the two has the field.",
    ),
    "MLP0927": (
        "the date of the manifest is not used",
        "`check` and `waivers` decide as of today, so that nobody chooses the judge by a date. The "
        "`decision_date` of a manifest is used by `explain` and `record add`, and by `check` only "
        "where the governing configuration says `decision_date = true`.",
    ),
    "MLP0928": (
        "lock file not understood",
        "`policies.lock` has a line for each released version: `NAME@VERSION`, the digest of its "
        "bytes, the digest of what it means. `mlpolicy policies lock` writes it.",
    ),
    "MLP0929": (
        "released version changed",
        "A version that is locked in `policies.lock` is not what it was when it was released, is "
        "not there, or means something else though its text is as it was: its schema has changed, "
        "or the engine reads it otherwise. Decisions name the version that made them: put the "
        "change into a new version, and bring the released one back.",
    ),
    "MLP0930": (
        "version not locked",
        "`mlpolicy policies lock --check` found a released version that `policies.lock` does not "
        "keep. `mlpolicy policies lock` adds it.",
    ),
    "MLP0931": (
        "nothing to mutate",
        "`mlpolicy mutate` makes faults in numbers, comparisons, conditions, trees and scores, of "
        "a policy whose tests all pass.",
    ),
    "MLP0932": (
        "no manifest to begin with",
        "`mlpolicy analyze` begins with the smallest manifest that the schema allows, made of the "
        "`examples` of its required fields and of their first words. It is not valid as it stands.",
    ),
    "MLP0933": (
        "bar of a test is missing in a version",
        "`mlpolicy impact --tests` decides by the bars that a test states. One of the versions has "
        "no bar of that name with values of that kind, and decides as it is written.",
    ),
    "MLP0934": (
        "no line of a file of survivors",
        "`tests/survivors.txt` keeps the faults that no test of the policy notices: a reason in "
        "column 1, and indented below it the faults, as `mlpolicy mutate` tells them. "
        "`mlpolicy mutate --keep` writes it.",
    ),
    "MLP0935": (
        "fault is kept and does not survive",
        "`tests/survivors.txt` keeps a fault that a test notices, or that can no longer be made. "
        "Take it out, so that the file says what is not tested and nothing else.",
    ),
    "MLP0936": (
        "no test can be written",
        "`new test --from` writes what a manifest states. It cannot where a record is masked, nor "
        "where nothing is stated of one of several workloads.",
    ),
    "MLP0940": (
        "not an extension",
        "What is named as an extension extends no policy, or is named twice in two versions. The "
        "`policy` line of an extension ends in `extends NAME VERSION`.",
    ),
    "MLP0941": (
        "extension of another version",
        "An extension fits the version of its core that it names, and later ones of the same first "
        "number. Use a version of one of the two that fits the other.",
    ),
    "MLP0942": (
        "core not found",
        "The policy that an extension extends is neither beside it, in the folder that holds both, "
        "nor among those that come with mlpolicy.",
    ),
    # -- 10 measuring ----------------------------------------------------------------------
    "MLP1001": (
        "table without rows",
        "The file is empty, or has a line of names and nothing below it. Nothing measured is "
        "never a result.",
    ),
    "MLP1002": (
        "no such column",
        "The first line of the table has no column of this name. The message lists those it has.",
    ),
    "MLP1003": (
        "table not UTF-8",
        "A labelled table is UTF-8 text, with or without a byte order mark. Save it again as "
        "UTF-8.",
    ),
    "MLP1004": (
        "row of another width",
        "Every row has as many cells as the first line. A cell that holds the separator stands "
        "in double quotes.",
    ),
    "MLP1005": (
        "empty cell",
        "A row lacks its truth or its prediction. Fill it in, or take the row out: a missing "
        "answer is neither right nor wrong.",
    ),
    "MLP1006": (
        "not a table",
        "The text breaks the rules of CSV at the place shown: most often a quote that is never "
        "closed, or text after a closing quote.",
    ),
    "MLP1007": (
        "table too large",
        "A line has at most 1 MiB, a table at most 100 million rows and 1,000 classes. More "
        "classes mean that the column holds no labels. For auc, 1 million different scores; for "
        "ndcg and map, 1 million rows, 10,000 of a query; for wer and cer, a billion pairs of "
        "words or characters in a row.",
    ),
    "MLP1008": (
        "column given twice",
        "Two columns have the name that is asked for, or truth and prediction are to be the "
        "same column. Name two different ones.",
    ),
    "MLP1009": (
        "only one class",
        "The truth has one class only. Accuracy says little then, and a figure that divides by "
        "nothing is not defined; it is never taken for 0.",
    ),
    "MLP1010": (
        "class that the truth never has",
        "A class is predicted that no row truly has: a misspelt label, or a class missing from "
        "the sample. Its recall is not defined.",
    ),
    "MLP1011": (
        "labels that look alike",
        "Two labels differ only in case, in spaces around them or in how Unicode composes their "
        "letters, and count as two classes. "
        "Write them alike where they mean the same.",
    ),
    "MLP1012": (
        "no such label",
        "`--positive` names a label that the table does not have.",
    ),
    "MLP1013": (
        "not fit for a manifest",
        "The figures hold, but an entry of a manifest cannot state them.",
    ),
    "MLP1014": (
        "system that is not asked for",
        "The entry is written, but the policy asks for measurements of another system, whose name "
        "is much like this one. An entry under a name that nothing reads changes nothing.",
    ),
    "MLP1015": (
        "label or text that looks like no value",
        "A cell holds `NaN`, `null` or the like. It counts as a class, or as words; where both "
        "columns have it, as right. Fill it in, or take the row out, where it means that there is "
        "no value.",
    ),
    "MLP1016": (
        "amounts or scores where labels are counted",
        "Accuracy counts rows whose labels are equal. Amounts, such as those of a forecast, are "
        "hardly ever equal, and scores never equal a label. Measure them by `--metric`, or name "
        "columns of labels.",
    ),
    "MLP1017": (
        "no number for certain",
        "A cell that has to hold a number holds none, or one that may mean two: `1,234` is 1234 or "
        "1.234. A decimal comma is read where it can be nothing else, and where no number of the "
        "table has a decimal point. A relevance is never below 0.",
    ),
    "MLP1018": (
        "metric that is not defined",
        "The metric would divide by nothing (mape by a true amount of 0, wape by a sum of 0, ndcg "
        "and map by a query without a relevant row, auc by a class without rows), or is about "
        "other data: auc needs two classes, ranks run 1, 2, 3 and so on. What is not defined is "
        "never taken for 0.",
    ),
    "MLP1019": (
        "empty transcript",
        "A transcript is empty. The system heard nothing, and every word of the reference counts "
        "as missed. Take the row out where the system was never asked.",
    ),
    # -- 11 records ------------------------------------------------------------------------
    "MLP1101": (
        "no records",
        "The log is empty. Nothing verified and nothing replayed is never a success.",
    ),
    "MLP1102": (
        "not a record",
        "A line of the log is no record as `record add` writes it: not UTF-8, not JSON, a key "
        "given twice, a part missing, or other spelling than the canonical one.",
    ),
    "MLP1103": (
        "record of another form",
        "The record has a form that this version of mlpolicy does not read. Use the version "
        "that wrote it, or a newer one.",
    ),
    "MLP1104": (
        "record altered",
        "The text of the record and its own hash do not agree: one of them was altered after "
        "the record was written.",
    ),
    "MLP1105": (
        "chain broken",
        "The record does not name the hash and follow the number of the record before it: "
        "records were taken out, put in, put in another order, or altered.",
    ),
    "MLP1106": (
        "last line torn",
        "The last line has no end: a writer was stopped in mid-write. The records before it are "
        "whole. The next `record add` moves the piece aside, into the store.",
    ),
    "MLP1107": (
        "other head",
        "The last record is not the one that `--expect` names: records were taken away from the "
        "end or added to it, or this is another log.",
    ),
    "MLP1108": (
        "stored file altered",
        "A file in the store beside the log is not what the record says: its name and its "
        "content do not agree.",
    ),
    "MLP1109": (
        "stored file missing",
        "The store beside the log lacks a file that a record rests on. Copy the folder `LOG.d` "
        "together with the log.",
    ),
    "MLP1110": (
        "replay differs",
        "What the stored inputs give today is not what was recorded. The message names the "
        "first place, and both values.",
    ),
    "MLP1111": (
        "record cannot be replayed",
        "The stored inputs do not lead to a decision here: this version cannot read them, or "
        "what is masked is needed for it.",
    ),
    "MLP1112": (
        "no such record",
        "`--record` names a record that the log does not have.",
    ),
    "MLP1113": (
        "log cannot be written",
        "The log, or the store beside it, cannot be written, or another process holds it for "
        "too long. Nothing was recorded.",
    ),
    "MLP1114": (
        "nothing recorded",
        "A record is made of decisions. Where no decision was made on one of the manifests, "
        "nothing is recorded at all; correct it first.",
    ),
    "MLP1115": (
        "masked text stands elsewhere",
        "The text of a masked value also stands where nothing is masked. Nothing was recorded. "
        "Mask that field too, or change it.",
    ),
    "MLP1116": (
        "no such field to mask",
        "The manifest's schema has no field of this path. Paths are those of policies: "
        "`household.rent`, `person.birth`, `metadata.title`, `waiver.ticket`.",
    ),
    "MLP1117": (
        "salts or original do not fit",
        "A masked record is replayed in full with the salts that were kept for it and the "
        "original files. One of them is missing or not the one that was recorded.",
    ),
    "MLP1118": (
        "clock set back",
        "The record says that it is older than the one before it. The chain is whole; the "
        "clock of the machine was set back in between.",
    ),
    "MLP1119": (
        "file changed since",
        "The file that stands at the recorded path today is not the one that was recorded. "
        "The record is replayed from what was stored; with `--current` this counts as a "
        "difference, and so does a file that is gone.",
    ),
    # -- 12 asking and writing into manifests ----------------------------------------------
    "MLP1201": (
        "place that cannot be changed",
        "The text is such that a change would touch something else: the place is shared by an "
        "alias, or laid out in a way that cannot be cut. Write the value in by hand.",
    ),
    "MLP1202": (
        "changed meanwhile",
        "The file is not as it was when it was read: somebody else has written it since. "
        "Nothing was overwritten; run the command again.",
    ),
    "MLP1203": (
        "answer that does not fit",
        "The answer is no value of the field: the message says what is expected. Nothing was "
        "written.",
    ),
    "MLP1204": (
        "answer not needed",
        "The file of answers holds one that was not asked for: the manifest states it already, "
        "or it cannot change the result. It was not written.",
    ),
    "MLP1205": (
        "not a map of answers",
        "A file of answers is one mapping, in YAML or JSON, from paths to answers; the answers "
        "for one thing that is decided may stand under its name.",
    ),
    "MLP1206": (
        "nothing to write to",
        "A manifest from standard input can be read but not written. Name a file.",
    ),
    "MLP1207": (
        "no such place for a measurement",
        "The manifest decides several things and none was named, or not the one that was, or its "
        "lists of measurements cannot be distinguished.",
    ),
    # -- 13 changes ------------------------------------------------------------------------
    "MLP1301": (
        "no such field",
        "`--what-if` or `--break-even` names a path that the manifest schema does not have, or "
        "that is no number of the policy. Paths begin with the words of its `manifest` line.",
    ),
    "MLP1302": (
        "not a value for this field",
        "`--what-if` states a value that the manifest could not state there. It is written as in "
        "a manifest: `88`, `10..20`, `true`, `[a, b]`, `unknown`.",
    ),
    "MLP1303": (
        "which one?",
        "The question is about one thing and the manifest decides several. Name one with `--of`.",
    ),
    "MLP1304": (
        "neither an outcome nor a rule",
        "`--why-not` names something that the policy has no outcome, rule or obligation for.",
    ),
    "MLP1305": (
        "one question at a time",
        "`--why-not`, `--what-if` and `--break-even` are three questions, about one manifest, "
        "answered as text or JSON.",
    ),
    "MLP1306": (
        "no such amounts",
        "`--between` and `--and` name two amounts of the policy that have one unit: outcomes, "
        "inputs, bars, params, definitions and costs. One that has a key is written with it: "
        "`tco(diy)`.",
    ),
    # -- 15 layout and lint ----------------------------------------------------------------
    "MLP1501": (
        "layout would change the meaning",
        "A fault of mlpolicy: in its one layout the file would not say the same. It was left as "
        "it is. Please report it with the file.",
    ),
}
