"""Named values: thresholds and params with their exceptions, defines and formulas, scores, and
the guarded cases that all choosing of values lowers to.
"""

from __future__ import annotations

from mlpolicy.core import show as shown
from mlpolicy.core.program import (
    BarRef,
    Choose,
    DefRef,
    ExceptionRule,
)
from mlpolicy.core.trace import Asked, Basis, InForce, OfRow, StepKind, Target
from mlpolicy.core.types import (
    FLAG,
)
from mlpolicy.core.values import (
    NO,
    UNKNOWN,
    YES,
    Items,
    Members,
    RowId,
    Rows,
    Truth,
    anything,
    member,
)
from mlpolicy.evaluate.nodes import (
    answer_env,
    fill,
    flag_of,
    joined,
    joined_slot,
    narrowed_to,
    node_of,
    per_key,
    said_here,
    value_of,
)
from mlpolicy.evaluate.rows import considered, row_label
from mlpolicy.evaluate.state import (
    Bindings,
    Env,
    FaultError,
    Node,
)


def bar(expr: BarRef, env: Env, b: Bindings) -> Node:
    key = ("bar", expr.name)
    node = env.recall(key)
    if node is None:
        bar = env.subject.run.program.bars[expr.name]
        as_of = env.subject.run.as_of
        in_force = [line for line in bar.lines if line.since <= as_of]
        later = [line for line in bar.lines if line.since > as_of]
        if in_force:
            line = in_force[-1]
            inner = value_of(line.value, env, b.inner())
            base = Node(
                StepKind(bar.kind),
                bar.name,
                inner.value,
                bar.type,
                line.origin,
                detail=InForce(changes_on=later[0].since) if later else None,
                refs=line.refs,
                own=inner.slots,
            )
        else:
            slot = f"?{bar.name}"
            base = Node(
                StepKind(bar.kind),
                bar.name,
                anything(bar.type, slot),
                bar.type,
                bar.origin,
                detail=InForce(not_before=bar.lines[0].since),
                own=frozenset((slot,)),
            )
        node = _with_exceptions(base, bar.exceptions, bar.name, env, b)
        env.remember(key, node)
    return node


def _with_exceptions(
    base: Node, exceptions: tuple[ExceptionRule, ...], label: str, env: Env, b: Bindings
) -> Node:
    """A value, unless an exception applies. Two that surely apply are an error."""
    if not exceptions:
        return base
    applied: list[tuple[ExceptionRule, Node]] = []
    possible: list[tuple[ExceptionRule, Node]] = []
    nodes = []
    for exception in exceptions:
        guard = value_of(exception.guard, env, b)
        value = base.value
        children: tuple[Node, ...] = (guard,)
        if guard.value is not NO:
            inner = value_of(exception.value, env, b)
            value = inner.value
            children = (guard, inner)
            (applied if guard.value is YES else possible).append((exception, inner))
        nodes.append(
            Node(
                StepKind.EXCEPTION,
                exception.name,
                value if guard.value is not NO else NO,
                base.type if guard.value is not NO else FLAG,
                exception.origin,
                children,
                None,
                exception.refs,
            )
        )
    if len(applied) > 1:
        names = " and ".join(f"`{e.name}`" for e, _ in applied)
        raise FaultError(
            f"{names} both apply to `{label}`, with "
            + " and ".join(shown.show(n.value, base.type) for _, n in applied),
            applied[1][0].origin.place,
        )
    if len(applied) + len(possible) > 1 and env.subject.doubting:
        names = " and ".join(f"`{e.name}`" for e, _ in (*applied, *possible))
        needs = tuple(dict.fromkeys(p for n in nodes for p in n.children[0].needs))
        env.subject.doubts.setdefault(
            f"exceptions:{label}",
            (
                f"{names} may both apply to `{label}`",
                needs,
                base.origin.place if base.origin else None,
            ),
        )
    values = [n.value for _, n in (*applied, *possible)]
    if not applied:
        values.insert(0, base.value)
    value = (
        values[0]
        if len(values) == 1
        else joined(values, f"exceptions:{label}{b.tag}", env, tuple(nodes))
    )
    return Node(
        base.kind,
        base.name,
        value,
        base.type,
        base.origin,
        (*base.children, *nodes),
        base.detail,
        base.refs,
        own=base.own | {joined_slot(f"exceptions:{label}{b.tag}", env)},
        basis=base.basis,
    )


def definition(expr: DefRef, env: Env, b: Bindings) -> Node:
    program = env.subject.run.program
    if expr.name in program.scores:
        return score(expr, env, b)
    define = program.defines[expr.name]
    kind = StepKind(define.kind)
    if expr.row is not None:
        rows = value_of(expr.row, env, b)
        assert isinstance(rows.value, Rows)
        nodes: list[Node] = []
        for row in considered(rows.value, env):
            if row is None:
                slot = f"{env.subject.prefix}={said_here(expr, b)}"
                nodes.append(
                    Node(
                        kind,
                        expr.name,
                        narrowed_to(env, slot, anything(expr.type, slot)),
                        expr.type,
                        expr.origin,
                        own=frozenset((slot,)),
                        basis=Basis.NO_ROW,
                    )
                )
            else:
                nodes.append(_defined(expr, row, "", env, b))
        if len(nodes) == 1:
            return nodes[0]
        label = said_here(expr, b)
        value = joined([n.value for n in nodes], label, env, tuple(nodes))
        slot = joined_slot(label, env)
        return node_of(kind, expr.name, value, expr, (rows, *nodes), slot=slot)
    if expr.key is not None:
        key = value_of(expr.key, env, b)
        where = answer_env(expr.key, env, b)
        return per_key(
            key,
            said_here(expr, b),
            env,
            expr,
            lambda m: _defined(expr, None, m, where, b),
            kind,
            expr.name,
        )
    return _defined(expr, None, "", env, b)


def _defined(expr: DefRef, row: RowId | None, key: str, env: Env, b: Bindings) -> Node:
    define = env.subject.run.program.defines[expr.name]
    answering = ("definition", expr.name) in env.subject.run.program.reads.answering
    remembered = ("define", expr.name, row, key, b.speaker(answering))
    node = env.recall(remembered)
    if node is not None:
        return node
    inner = bindings_of(expr, row, key, env, b)
    body = value_of(define.body, env, inner)
    label = f"{expr.name}{inner.tag}"
    name = f"{expr.name}({key})" if key else expr.name
    kind, refs = StepKind(define.kind), define.refs
    node = Node(kind, name, body.value, define.type, define.origin, (body,), None, refs)
    node = _with_exceptions(node, define.exceptions, label, env, inner)
    if row is not None:
        node.detail = OfRow(row_label(row, env.subject.run.program))
    env.remember(remembered, node)
    return node


def bindings_of(expr: DefRef, row: RowId | None, key: str, env: Env, b: Bindings) -> Bindings:
    """What names stand for inside a definition."""
    define = env.subject.run.program.defines[expr.name]
    inner = b.inner()
    if row is not None:
        inner = inner.with_row(row)
    if define.key is not None:
        inner = inner.with_name(define.parameter, member(key))
    return inner


def score(expr: DefRef, env: Env, b: Bindings) -> Node:
    answering = ("definition", expr.name) in env.subject.run.program.reads.answering
    remembered = ("score", expr.name, b.speaker(answering))
    node = env.recall(remembered)
    if node is not None:
        return node
    score = env.subject.run.program.scores[expr.name]
    questions = []
    for question in score.questions:
        inner = value_of(question.condition, env, b.inner())
        text = fill(question.text.parts, env, b.inner())
        questions.append(
            Node(
                StepKind.QUESTION,
                question.name,
                inner.value,
                FLAG,
                question.origin,
                (inner,),
                Asked(text),
                question.refs,
            )
        )
    sure = sum(q.value is YES for q in questions)
    open_ = sum(q.value is UNKNOWN for q in questions)
    target = score.target
    value = YES if sure >= target else NO if sure + open_ < target else UNKNOWN
    detail = Target(target, tuple((q.name, flag_of(q)) for q in questions))
    nodes = tuple(questions)
    node = Node(StepKind.SCORE, score.name, value, FLAG, score.origin, nodes, detail, score.refs)
    env.remember(remembered, node)
    return node


def choose(expr: Choose, env: Env, b: Bindings) -> Node:
    """Guarded cases: the first that holds, the only one that may, or all that do. The value
    of a case that only may apply is evaluated with its guard assumed."""
    nodes: list[Node] = []
    reached: list[tuple[Truth, Node]] = []
    open_guards: list[Node] = []
    here: Env | None = env
    for case in expr.cases:
        assert here is not None
        guard = value_of(case.guard, here, b)
        verdict = flag_of(guard)
        inside: Env | None = here
        if verdict is UNKNOWN:
            inside = None if env.prefer else env.subject.run.assume(case.guard, True, here, b)
        if verdict is NO or inside is None:
            nodes.append(
                Node(StepKind.CASE, "when", verdict, FLAG, case.origin, (guard,), None, case.refs)
            )
            continue
        value = value_of(case.value, inside, b)
        of = case.value.type
        children = (guard, value)
        nodes.append(
            Node(StepKind.CASE, "when", value.value, of, case.origin, children, None, case.refs)
        )
        reached.append((verdict, value))
        if verdict is UNKNOWN:
            open_guards.append(guard)
        if expr.strategy == "first":
            if verdict is UNKNOWN:
                here = env.subject.run.assume(case.guard, False, here, b)
            if verdict is YES or here is None:
                break
    else:
        here = env if expr.strategy != "first" else here
    if expr.strategy == "collect":
        return node_of(StepKind.CASES, "collect", _collected(reached), expr, tuple(nodes))
    certain = any(v is YES for v, _ in reached) or here is None
    if expr.strategy == "unique":
        reached = _unique(expr, reached, open_guards, env)
    if not certain:
        assert here is not None
        if expr.otherwise is None:
            slot = f"{env.subject.prefix}?{expr.label}{b.tag}"
            value = node_of(
                StepKind.CONSTANT,
                "none",
                anything(expr.type, slot),
                expr,
                basis=Basis.NO_CASE,
                slot=slot,
            )
        else:
            value = value_of(expr.otherwise, here, b)
            nodes.append(
                Node(StepKind.CASE, "otherwise", value.value, expr.type, value.origin, (value,))
            )
        reached.append((UNKNOWN, value))
    if len(reached) == 1:
        return node_of(StepKind.CASES, expr.strategy, reached[0][1].value, expr, tuple(nodes))
    label = f"{expr.label}{b.tag}"
    result = joined([v.value for _, v in reached], label, env, tuple(nodes))
    slot = joined_slot(label, env)
    return node_of(StepKind.CASES, expr.strategy, result, expr, tuple(nodes), slot=slot)


def _unique(
    expr: Choose, reached: list[tuple[Truth, Node]], open_guards: list[Node], env: Env
) -> list[tuple[Truth, Node]]:
    """At most one case may apply: two that surely do are an error, two that may are told."""
    sure = [(v, n) for v, n in reached if v is YES]
    if len(sure) > 1:
        raise FaultError(
            "two rows of a unique table match: "
            + " and ".join(shown.show(n.value, expr.type) for _, n in sure),
            expr.origin.place,
        )
    if len(reached) > 1 and env.subject.doubting:
        needs = tuple(dict.fromkeys(p for g in open_guards for p in g.needs))
        env.subject.doubts.setdefault(
            f"unique:{expr.label}",
            ("two rows of a unique table may match", needs, expr.origin.place),
        )
    return reached


def _collected(reached: list[tuple[Truth, Node]]) -> Items:
    must: set[str] = set()
    may: set[str] = set()
    for verdict, value in reached:
        if isinstance(value.value, Members) and value.value.options is not None:
            may |= value.value.options
            if verdict is YES and len(value.value.options) == 1:
                must |= value.value.options
    return Items(frozenset(must), frozenset(may))
