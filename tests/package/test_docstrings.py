"""What docstrings say of the language leads to a section of its page."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ENGINE = Path(__file__).resolve().parents[2] / "engine" / "mlpolicy"
PAGE = Path(__file__).resolve().parents[2] / "docs" / "language.md"
CITED = re.compile(r"\(docs/language\.md, ([^)]+)\)")


def docstrings() -> dict[str, str]:
    """The docstring of every module, class and function, by the module's path and its name."""
    found = {}
    for path in sorted(ENGINE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                text = ast.get_docstring(node)
                if text:
                    name = getattr(node, "name", "")
                    found[f"{path.relative_to(ENGINE).as_posix()} {name}"] = text
    return found


def test_a_section_of_the_language_that_is_named_is_there() -> None:
    headings = sorted(re.findall(r"^## (.+)$", PAGE.read_text("utf-8"), re.M), key=len)[::-1]
    wrong, count = {}, 0
    for where, text in docstrings().items():
        for cited in CITED.findall(" ".join(text.split())):
            count += 1
            rest = cited
            for heading in headings:
                rest = rest.replace(heading, "")
            if rest.strip(" ,").replace("and", "").strip():
                wrong[where] = cited
    assert wrong == {}
    assert count > 20


def test_what_gives_an_expression_its_meaning_names_the_section_that_it_follows() -> None:
    """All functions that the match over the kinds of expression calls by name."""
    tree = ast.parse((ENGINE / "evaluate" / "meaning.py").read_text("utf-8"))
    match = next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "meaning")
    rows = {
        f"{call.func.value.id}.py {call.func.attr}"
        for call in ast.walk(match)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id in ("inputs", "rows", "names", "amounts")
    }
    texts = docstrings()
    assert len(rows) > 10
    silent = {row for row in rows if not CITED.search(" ".join(texts[f"evaluate/{row}"].split()))}
    assert silent == set()
