"""A value with many fields is made by their names: two of one kind cannot be exchanged unseen."""

from __future__ import annotations

import inspect
import pkgutil
from dataclasses import fields, is_dataclass
from importlib import import_module

import pytest

import mlpolicy

#: So many fields may be given by their order.
MOST = 4


def values() -> dict[str, type]:
    """All dataclasses of the engine, by module and name."""
    names = [each.name for each in pkgutil.walk_packages(mlpolicy.__path__, "mlpolicy.")]
    modules = [import_module(name) for name in names if not name.endswith("__main__")]
    return {
        f"{module.__name__}.{name}": kind
        for module in modules
        for name, kind in inspect.getmembers(module, inspect.isclass)
        if kind.__module__ == module.__name__ and is_dataclass(kind)
    }


@pytest.mark.slow
def test_a_value_with_more_than_four_fields_takes_them_by_name() -> None:
    found = values()
    assert len(found) > 300
    wrong = {
        name: [each.name for each in fields(kind) if each.init and not each.kw_only]
        for name, kind in found.items()
        if sum(each.init for each in fields(kind)) > MOST
    }
    assert {name: plain for name, plain in wrong.items() if plain} == {}
    assert len(wrong) > 100
