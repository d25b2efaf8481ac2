"""What the documentation shows is true: every block of every page is run or checked."""

from __future__ import annotations

import json
import os
import re
from functools import cache
from pathlib import Path

import pytest

from mlpolicy.config import read_config
from mlpolicy.manifest import load
from mlpolicy.schema import load_schema
from mlpolicy.source import Source
from mlpolicy.syntax.parse import parse
from tests.docs.docs_support import PAGES, ROOT, Sitting, blocks, exchanges, said
from tests.rows import each
from tests.scopes import SCOPES
from tests.shown import agrees

SCHEMA = ROOT / "schemas" / "mlproject.v1.schema.json"


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_the_blocks_of_a_page_hold(page: Path, tmp_path: Path) -> None:
    found = list(blocks(page.read_text(encoding="utf-8")))
    sitting = Sitting(page, tmp_path, Path(os.environ["MLPOLICY_CACHE_DIR"])) if found else None
    printed: list[str] = []
    for block in found:
        assert sitting is not None
        where = f"{page.name}:{block.line}"
        if block.file is not None:
            sitting.write(block)
        match block.kind:
            case "console":
                for exchange in exchanges(block):
                    output = said(sitting.shell(exchange.command))
                    assert agrees(exchange.shown, output), (
                        f"{where}: $ {exchange.command}\n" + "\n".join(output)
                    )
            case "python":
                printed = said(sitting.python(block.text))
            case "text" if printed:
                assert agrees(tuple(block.text.splitlines()), printed), "\n".join(printed)
                printed = []
            case "mlp" if block.file is None:
                _, faults = parse(Source(where, block.text))
                assert not faults, faults
            case "yaml" if block.file is None:
                _, faults = load(
                    block.text.encode(), where, load_schema(SCHEMA.read_text(), SCOPES)
                )
                assert not faults, faults
            case "toml":
                config, faults = read_config(Source(where, block.text), table=False)
                assert config is not None, faults
            case "json":
                json.loads(block.text)
            case "mlp" | "yaml" | "sh" | "text":
                pass
            case other:
                pytest.fail(f"{where}: nobody checks a block `{other}`")


@cache
def _anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    heads = re.findall(r"^#+ (.+)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


def test_links_lead_somewhere() -> None:
    each(PAGES, lambda page: page.relative_to(ROOT), links_lead_somewhere)


def links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```|`[^`]*`", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("http:", "https:", "mailto:")):
            continue
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        assert path.exists(), f"{page.name}: {target}"
        if anchor:
            assert anchor in _anchors(path), f"{page.name}: {target}"


def test_every_page_is_reached_from_the_index() -> None:
    docs = ROOT / "docs"
    seen: set[Path] = set()
    waiting = [docs / "index.md"]
    while waiting:
        page = waiting.pop()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        for target in re.findall(r"\]\(([^)#\s:]+)", page.read_text(encoding="utf-8")):
            path = (page.parent / target).resolve()
            waiting += [path] if path.is_file() else []
    assert set(docs.rglob("*.md")) - seen == set()
