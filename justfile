# The loop of daily work. `just` alone lists what there is.

bin := if path_exists(".venv/bin") == "true" { ".venv/bin/" } else { "" }

[private]
default:
    @just --list --unsorted

# what is wrong with the layout is put right
fmt:
    {{bin}}ruff format .
    {{bin}}ruff check --fix-only --quiet .

# layout and lint, without a change
lint:
    {{bin}}ruff format --check .
    {{bin}}ruff check .

# mypy, over the engine, the tests and the benchmarks
types:
    {{bin}}mypy

# the tests of a minute: without those marked slow, with a twentieth of the examples
fast *args:
    HYPOTHESIS_PROFILE=fast {{bin}}python -m pytest -q -n2 -m "not slow and not packaging and not browser" --durations=5 --durations-min=1 {{args}}

# all tests, on all cores; or those of some folders
test *args:
    {{bin}}python -m pytest -q {{args}}

# the properties with all examples that they state, where the plain run tries an eighth or less
deep *args="tests/laws tests/changes tests/backends":
    HYPOTHESIS_PROFILE=deep {{bin}}python -m pytest -q {{args}}

# what the plain run tries a share of, whole: rows that go one way, and every build of the package
sweeps *args:
    HYPOTHESIS_PROFILE=deep {{bin}}python -m pytest -q -m "deep or sweep" {{args}}

# the properties with twenty times as many examples, new ones every time
thorough *args="tests/laws tests/changes":
    HYPOTHESIS_PROFILE=thorough {{bin}}python -m pytest -q {{args}}

# made inputs thrown at the engine; what goes wrong is told
fuzz *args="--minutes 10":
    {{bin}}python -m tests.fuzz {{args}}

# every kept text anew, or those of some folders and pages: read the difference
update *paths:
    {{bin}}python -m tests.renew {{paths}}

# the benchmark in its quick form
bench *args="--quick":
    {{bin}}python benchmarks/run.py {{args}}

# all that a change must pass, in an environment of its own
ci:
    bash .ci/run
