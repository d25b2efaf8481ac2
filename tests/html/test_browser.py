"""The page in a real browser: nothing overflows, nothing fails, axe finds nothing, and what is
printed holds it all. Skipped where there is no Chromium, or no client to drive it."""

from __future__ import annotations

import io
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pytest

from tests.command_support import in_process
from tests.html.html_support import AS_OF, LARGEST, ROOT, SCENARIOS, document, html, manifest

pytestmark = pytest.mark.browser

_CHROMIUM = os.environ.get("CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
_OPTIONS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
#: One workload, all scenarios on one page, two manifests with waivers and without an answer,
#: the largest project, and one with every kind of answer.
PAGES = {
    "one": (SCENARIOS[0],),
    "all": tuple(SCENARIOS),
    "two": ("waived", "infeasible"),
    "large": (LARGEST,),
    "eight": ("eight",),
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if _CHROMIUM is None:
        pytest.skip("no Chromium here (Debian: apt-get install chromium; or set CHROMIUM)")
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="no client here: pip install 'mlpolicy[browser]'"
    )
    with playwright.sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=_CHROMIUM, args=_OPTIONS)
        yield found
        found.close()


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("pages")
    found = {}
    for name, manifests in PAGES.items():
        path = folder / f"{name}.html"
        path.write_text(html(*manifests), encoding="utf-8", newline="\n")
        found[name] = path.as_uri()
    path = folder / "reached.html"
    told = in_process("test", str(ROOT / "tests/policy/second_pack/1.0.0"), "--format", "html")
    path.write_text(told.out, encoding="utf-8", newline="\n")
    return {**found, "reached": path.as_uri()}


@pytest.fixture
def open_page(browser: Any, addresses: dict[str, str]) -> Iterator[Any]:
    """Opens a page at a width in a scheme, and listens to what it complains about."""
    contexts = []

    def opened(name: str, width: int, scheme: str) -> tuple[Any, list[str]]:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        contexts.append(context)
        page, address = context.new_page(), addresses[name]
        page.set_default_timeout(60_000)
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda asked: said.extend({asked.url} - {address}))
        page.goto(address)
        return page, said

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("name", [*PAGES, "reached"])
def test_nothing_overflows_and_nothing_is_complained_about(
    open_page: Any, name: str, width: int
) -> None:
    page, said = open_page(name, width, "light")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    beyond = page.evaluate(_BEYOND)
    assert beyond == []
    assert said == []


def test_no_answer_is_broken_within_its_word(open_page: Any) -> None:
    page, _ = open_page("eight", 1440, "light")
    lines = page.evaluate(
        "[...document.querySelectorAll('.overview td strong')].map(each =>"
        " each.getClientRects().length - each.innerText.split(' ').length)"
    )
    assert max(lines) <= 0
    assert len(lines) > 1


#: Texts that reach past the edge of the window, outside what scrolls by itself.
_BEYOND = """
[...document.querySelectorAll('main *')].filter(each => !each.closest('.scroll, .hidden')
    && !each.closest('svg') && each.getBoundingClientRect().right > innerWidth + 1
    && getComputedStyle(each).clipPath === 'none' && !each.closest('thead'))
  .map(each => each.outerHTML.slice(0, 120))
"""


@pytest.mark.parametrize(
    ("name", "width", "scheme", "unfold"),
    [
        ("one", 1440, "light", True),
        ("one", 360, "dark", True),
        ("two", 1440, "dark", True),
        ("two", 360, "light", True),
        ("large", 1440, "light", False),
        ("reached", 1440, "dark", False),
        ("reached", 360, "light", False),
    ],
)
def test_axe_finds_nothing(
    open_page: Any, name: str, width: int, scheme: str, unfold: bool
) -> None:
    """WCAG 2 to level AA, and what is good practice for landmarks and headings. The library
    comes with its Python package."""
    axe = pytest.importorskip("axe_playwright_python", reason="pip install 'mlpolicy[browser]'")
    page, _ = open_page(name, width, scheme)
    if unfold:
        page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    page.evaluate((Path(axe.__file__).parent / "axe.min.js").read_text(encoding="utf-8"))
    result = page.evaluate(
        """async () => await axe.run(document, {
            resultTypes: ['violations'],
            runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
        })"""
    )
    found = [
        (each["id"], [node["html"][:160] for node in each["nodes"]][:3])
        for each in result["violations"]
    ]
    assert found == []


def test_the_schemes_differ(open_page: Any) -> None:
    colours = []
    for scheme in ("light", "dark"):
        page, _ = open_page("one", 1440, scheme)
        colours.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert colours[0] != colours[1]


def test_it_is_read_with_the_keyboard_alone(open_page: Any) -> None:
    """The first key leads past the contents; the drawing can be reached and scrolled."""
    page, _ = open_page("one", 800, "light")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the report"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.className") == "scroll":
            break
    assert page.evaluate("document.activeElement.className") == "scroll"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"


#: What must be seen without scrolling: where it ends on the page.
_FIRST = """
[...document.querySelectorAll('.first > div')].map(each => each.getBoundingClientRect().bottom)
"""


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_the_first_screen_holds_answer_cost_reason_and_next_step(
    open_page: Any, width: int, height: int
) -> None:
    page, _ = open_page("one", width, "light")
    assert page.evaluate("document.querySelector('.first').innerText").count("\n") >= 3
    assert max(page.evaluate(_FIRST)) <= height


def test_the_way_is_a_list_where_there_is_no_room_to_draw_it(open_page: Any) -> None:
    for width, drawn in ((390, False), (1440, True)):
        page, _ = open_page("one", width, "light")
        assert page.locator(".map svg").first.is_visible() is drawn
        assert page.locator(".trail").first.is_visible() is not drawn


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", SCENARIOS)
def test_one_workload_is_printed_on_six_pages(
    browser: Any, tmp_path: Path, name: str, scheme: str
) -> None:
    """All that stands open on a screen, and what is folded away there by its title."""
    pypdf = pytest.importorskip("pypdf", reason="pip install 'mlpolicy[browser]'")
    path = tmp_path / "page.html"
    path.write_text(html(name), encoding="utf-8", newline="\n")
    page = browser.new_page(color_scheme=scheme)
    page.goto(path.as_uri())
    printed = page.pdf(format="A4", print_background=True)
    page.close()
    pages = pypdf.PdfReader(io.BytesIO(printed)).pages
    # Letters that a font draws as one are taken apart.
    said = _closed(normalize("NFKC", "".join(each.extract_text() for each in pages)))
    whole = document(name)
    (workload,) = whole["workloads"]
    facts = [workload["name"], workload["choice"]["title"], *workload["choice"]["because"]]
    facts += [
        finding[key]
        for finding in whole["findings"]
        for key in ("rule", "say", "fix")
        if finding["state"] == "fired"
    ]
    facts += [whole["policy"]["digest"], whole["manifest"]["digest"], whole["as_of"]]
    facts += ["Therestofthetree", "Allothersthatthepagecites"]
    assert [fact for fact in facts if _closed(fact) not in said] == []
    assert 3 <= len(pages) <= 6


def _closed(text: str) -> str:
    """Without spaces: a printed line may end anywhere. What a sentence tells to type stands in a
    face of its own, without backticks."""
    return re.sub(r"[\s`]+", "", text)


def test_it_is_the_page_that_the_command_writes(mlpolicy: Any, browser: Any) -> None:
    """What a person opens is what `mlpolicy explain --format html` put out."""
    ran = mlpolicy("explain", manifest(SCENARIOS[0]), "--format", "html", "--as-of", AS_OF)
    assert ran.code == 0
    page = browser.new_page()
    page.set_content(ran.out)
    name = document(SCENARIOS[0])["manifest"]["name"]
    assert page.inner_text("h1") == name
    assert page.title().startswith(name)
    page.close()
