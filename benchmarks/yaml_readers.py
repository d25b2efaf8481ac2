"""Which reader of YAML could take the place of ours? Of each that is installed: on how many
cases of the public YAML test suite it agrees (takes what is valid, refuses what is not), for how
many manifests of this repository it gives the same values, whether it says where a value stands,
and how long it takes, in multiples of ours.

    pip install ruamel.yaml py-yaml12 libfyaml
    python -m benchmarks.yaml_readers

Nothing is asserted here. Decision 44 has the result.
"""

from __future__ import annotations

import importlib
import json
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from mlpolicy.manifest.read import LIMITS, reading
from mlpolicy.schema.nodes import Listing, Mapping, Node, Scalar
from mlpolicy.yamltext import compose, parsed
from tests.yamltext.suite import cases

ROOT = Path(__file__).parents[1]
MANIFESTS = (
    "tests/manifest/good/*.yaml",
    "tests/snapshots/manifests/*.yaml",
    "tests/packs/*/*.yaml",
)

Read = Callable[[str], Any]


def readers() -> dict[str, tuple[Read, Read | None, bool]]:
    """Each reader by its name: what reads a text and raises where it is no YAML, what gives its
    values, if it does, and whether it gives places."""
    found: dict[str, tuple[Read, Read | None, bool]] = {
        "ours": (_ours, lambda text: _values(text), True),
        "PyYAML, libyaml, events": (lambda text: list(parsed.events(text)), None, True),
        "PyYAML, Python, events": (
            lambda text: list(yaml.parse(text, Loader=yaml.Loader)),
            None,
            True,
        ),
    }
    if ruamel := _module("ruamel.yaml"):
        found["ruamel.yaml, Python, events"] = (
            lambda text: list(ruamel.YAML(typ="safe", pure=True).parse(text)),
            lambda text: list(ruamel.YAML(typ="safe", pure=True).load_all(text)),
            True,
        )
    if yaml12 := _module("yaml12"):

        def by_yaml12(text: str) -> Any:
            return yaml12.parse_yaml(text, multi=True)

        found["py-yaml12, Rust, values"] = (by_yaml12, by_yaml12, False)
    if libfyaml := _module("libfyaml"):
        found["libfyaml, C, values"] = (
            lambda text: libfyaml.loads_all(text),
            lambda text: [_python(each) for each in libfyaml.loads_all(text)],
            False,
        )
    return found


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def _ours(text: str) -> None:
    if compose(text, LIMITS).stop is not None:
        raise ValueError


def _values(text: str) -> list[object]:
    return [_plain(each.root) for each in reading(text.encode(), "m.yaml").documents]


def _plain(node: Node | None) -> object:
    match node:
        case Mapping():
            return {str(each.key.value): _plain(each.value) for each in node.entries}
        case Listing():
            return [_plain(item) for item in node.items]
        case Scalar():
            return float(node.value) if isinstance(node.value, Decimal) else node.value
        case _:
            return None


def _python(value: Any) -> object:
    return value.to_python() if hasattr(value, "to_python") else value


def _told(value: object) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def _right(read: Read) -> int:
    """On how many cases of the suite it says rightly whether they are YAML."""
    right = 0
    for case in cases():
        try:
            read(case.text)
            right += not case.invalid
        except Exception:
            right += case.invalid
    return right


def _seconds(read: Read, texts: list[str]) -> float:
    best = 9.0
    for _ in range(5):
        begun = time.process_time()
        for text in texts:
            read(text)
        best = min(best, time.process_time() - begun)
    return best


def main() -> None:
    texts = [path.read_text("utf-8") for glob in MANIFESTS for path in sorted(ROOT.glob(glob))]
    wanted = [_told(_values(text)) for text in texts]
    ours = _seconds(_ours, texts)
    print(f"{'':28} {'suite':>9} {'manifests':>9} {'places':>6} {'time':>6}")
    for name, (read, values, places) in readers().items():
        same = "-"
        if values is not None:
            agree = [_same(values, text, told) for text, told in zip(texts, wanted, strict=True)]
            same = f"{sum(agree)}/{len(agree)}"
        taken = _seconds(read, texts) / ours
        suite = f"{_right(read)}/{len(cases())}"
        print(f"{name:28} {suite:>9} {same:>9} {'yes' if places else 'no':>6} {taken:6.2f}")


def _same(values: Read, text: str, told: str) -> bool:
    try:
        return _told(values(text)) == told
    except Exception:
        return False


if __name__ == "__main__":
    main()
