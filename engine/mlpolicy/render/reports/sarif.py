"""A report in SARIF 2.1.0, for code scanning and editors.

A result is a problem; what waits is `open`, what is waived is suppressed with who approved it. The
rules that results name come along with their pages. A fix is given only where a fault's own text
has one that would stand there rightly, or an edit of the manifest is proved to silence a rule.
Lines and columns count characters, from 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote

from mlpolicy.core.program import Program
from mlpolicy.core.terms import Level
from mlpolicy.render.json import Json, value_json
from mlpolicy.render.reports.problems import GRADES, Grade, Kind, Problem, in_repository
from mlpolicy.render.rule import Page, page_of, rule_markdown, rule_plain
from mlpolicy.source import Origin
from mlpolicy.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from mlpolicy.changes.edits import ProvedEdit

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
#: The part of a result's identity that stays while lines move.
FINGERPRINT = "mlpolicyProblem/v1"
_LEVELS = {Grade.ERROR: "error", Grade.WARNING: "warning", Grade.NOTE: "note"}
HOME = "https://github.com/mlpolicy/mlpolicy"


def sarif(
    problems: Sequence[Problem],
    programs: Mapping[str, Program],
    version: str,
    *,
    whole: bool,
    code: int,
) -> str:
    """The report as a document. `programs` are those that judged, by their keys; `whole` says
    that everything could be evaluated, `code` is the exit code."""
    rules: dict[tuple[str, str], Page] = {}
    for each in problems:
        page = page_of(each.id, programs.get(each.key))
        if page is not None:
            rules.setdefault((each.id, page.policy), page)
    index = {key: number for number, key in enumerate(rules)}
    found = []
    for each in problems:
        of_policy = (each.id, each.policy)
        key = of_policy if of_policy in index else (each.id, "")
        found.append(_result(each, index.get(key)))
    driver: dict[str, Json] = {
        "name": "mlpolicy",
        "version": version,
        "semanticVersion": version,
        "informationUri": HOME,
        "rules": [_rule(page) for page in rules.values()],
    }
    run: dict[str, Json] = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": whole, "exitCode": code}],
        "results": found,
    }
    if programs:
        policies: list[Json] = [
            {
                "name": each.name,
                "version": each.version,
                "digest": each.digest,
                "extensions": [
                    {"name": one.name, "version": one.version, "digest": one.digest}
                    for one in each.extensions
                ],
            }
            for each in programs.values()
        ]
        run["properties"] = {"policies": policies}
    return value_json({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(page: Page) -> Json:
    grade = Grade.ERROR if not page.levels else GRADES[page.levels[0]]
    return {
        "id": page.id,
        "shortDescription": {"text": _ended(page.title)},
        "fullDescription": {"text": _ended(page.means)},
        "help": {"text": rule_plain(page), "markdown": rule_markdown(page, example=False)},
        "defaultConfiguration": {"level": _LEVELS[grade]},
        "properties": {"tags": [page.kind.value, *([page.policy] if page.policy else [])]},
    }


def _result(each: Problem, rule: int | None) -> Json:
    text = _ended(each.message)
    if each.fix:
        text += f" Fix: {_ended(each.fix)}"
    if each.workload:
        text = f"{each.workload}: {text}"
    text += f" More: mlpolicy rule {each.id}."
    value: dict[str, Json] = {"ruleId": each.id}
    if rule is not None:
        value["ruleIndex"] = rule
    value |= {**_grade(each), "message": {"text": text}}
    place = _location(each)
    if place:
        value["locations"] = [place]
    value["partialFingerprints"] = {FINGERPRINT: each.fingerprint}
    if each.kind is Kind.WAIVED and each.waiver is not None:
        waiver = each.waiver
        because = f"{waiver.id}, approved by {waiver.approved_by}, until {waiver.expires_on}"
        said = f"{because}: {waiver.reason}"
        value["suppressions"] = [{"kind": "external", "status": "accepted", "justification": said}]
    fixes = [*_fix(each), *(_proved(each, edit) for edit in each.edits)]
    if fixes:
        value["fixes"] = fixes
    about = (("project", each.project), ("workload", each.workload), ("policy", each.policy))
    bag: dict[str, Json] = {name: text for name, text in about if text}
    if each.level is not None:
        bag["level"] = each.level.value
    if each.facts:
        bag["waitsFor"] = list(each.facts)
    if bag:
        value["properties"] = bag
    return value


def _grade(each: Problem) -> dict[str, Json]:
    """What is judged fails at a level; what is not judged has none."""
    if each.kind is Kind.WAITING:
        return {"kind": "open", "level": "none"}
    return {"level": _LEVELS[each.grade]}


def _location(each: Problem) -> dict[str, Json]:
    value: dict[str, Json] = {}
    file = _artifact(each)
    if file is not None:
        physical: dict[str, Json] = {"artifactLocation": file}
        region = _region(each)
        if region is not None:
            physical["region"] = region
        value["physicalLocation"] = physical
    if each.workload:
        name = f"{each.project}/{each.workload}"
        value["logicalLocations"] = [
            {"name": each.workload, "fullyQualifiedName": name, "kind": "object"}
        ]
    return value


def _artifact(each: Problem) -> Json:
    """The file as a URI reference, relative where the file was named so."""
    path = in_repository(each.file)
    if not path:
        return None
    uri = quote(path.encode("utf-8", "surrogateescape"), safe="/")
    return {"uri": f"file://{uri}" if path.startswith("/") else uri}


def _region(each: Problem) -> Json:
    if each.place is None:
        return None
    value: dict[str, Json] = {"startLine": each.place.line, "startColumn": each.place.column}
    return _covered(each.origin) if each.origin is not None else value


def _covered(origin: Origin) -> dict[str, Json]:
    """From where a stretch of a text begins to where it ends."""
    span = origin.span
    start, end = origin.source.position(span.start), origin.source.position(max(span))
    return {
        "startLine": start[0],
        "startColumn": start[1],
        "endLine": end[0],
        "endColumn": end[1],
    }


def _fix(each: Problem) -> Iterator[Json]:
    region = _region(each)
    if each.instead is not None and region is not None and _artifact(each) is not None:
        yield _edit(each, f"Write {each.instead}.", region, each.instead)


def _proved(each: Problem, edit: ProvedEdit) -> Json:
    """What the rule's author says, and the edit with what is proved of it."""
    name = ".".join(edit.steps)
    then = [f"{each.id} is silent", *(f"{_named(come)} comes" for come in edit.comes)]
    then += [f"{_named(wait)} waits" for wait in edit.waits]
    if len(then) == 1:
        then += ["nothing else comes"]
    proved = f"Write {name}: {edit.text}. Then {', '.join(then[:-1])} and {then[-1]}."
    said = f"{_ended(each.fix)} {proved}" if each.fix else proved
    return _edit(each, said, _covered(edit.origin), edit.text)


def _named(rule: tuple[str, Level]) -> str:
    return f"{rule[0]} ({rule[1].value})"


def _edit(each: Problem, said: str, region: Json, text: str) -> Json:
    change: dict[str, Json] = {"deletedRegion": region, "insertedContent": {"text": text}}
    return {
        "description": {"text": said},
        "artifactChanges": [{"artifactLocation": _artifact(each), "replacements": [change]}],
    }


def _ended(text: str) -> str:
    """A text as a sentence: its first letter large, a stop behind it."""
    said = " ".join(text.split())
    if not said:
        return ""
    return f"{said[:1].upper()}{said[1:]}{'' if said.endswith(('.', '?', '!')) else '.'}"
