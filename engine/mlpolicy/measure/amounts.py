"""Tables of amounts: how far a forecast lies from what came."""

from __future__ import annotations

from fractions import Fraction

from mlpolicy.measure.exact import Bounds, Sum, exactly, root
from mlpolicy.measure.figures import Figure
from mlpolicy.measure.metrics import Metric
from mlpolicy.measure.numbers import Numbers
from mlpolicy.measure.table import Role, Table

ROLES = (
    Role(
        option="--truth",
        says="the true amount",
        usual=("actual", "actuals", "truth", "y_true", "observed", "true"),
    ),
    Role(
        option="--predicted",
        says="the forecast",
        usual=("forecast", "forecasts", "predicted", "prediction", "y_pred", "yhat", "estimate"),
    ),
)


def measured(
    table: Table, roles: tuple[Role, ...], metrics: tuple[Metric, ...]
) -> tuple[Figure, ...]:
    """The figures of a table of true amounts and forecasts; the table has the faults.

    MAE: the mean distance. RMSE: the root of the mean square of the distances. MAPE: the mean of
    distance / |true amount|. WAPE: the sum of the distances / the sum of the |true amounts|.
    """
    numbers = Numbers(table)
    apart, squares, sizes = Fraction(0), Fraction(0), Fraction(0)
    shares = Sum()
    rows = 0
    for line, cells in table.rows(roles):
        found = [numbers.read(c, n, line) for c, n in zip(cells, table.columns, strict=True)]
        if found[0] is None or found[1] is None:
            continue
        true, said = Fraction(found[0]), Fraction(found[1])
        rows += 1
        distance = abs(true - said)
        apart += distance
        squares += distance * distance
        sizes += abs(true)
        if Metric.MAPE in metrics:
            if not true:
                message = f"mape divides by `{table.columns[0]}`, which is 0 here"
                table.row_fault("MLP1018", message, line, "use wape, or take the row out")
                continue
            shares.add(exactly(distance / abs(true)))
    if table.faults:
        return ()
    numbers.doubts()
    if Metric.WAPE in metrics and not sizes:
        message = f"wape divides by the sum of `{table.columns[0]}`, which is 0"
        table.refuse("MLP1018", message, "use mae or rmse")

    def bounds(metric: Metric) -> Bounds:
        match metric:
            case Metric.MAE:
                return exactly(apart / rows)
            case Metric.RMSE:
                return root(squares / rows)
            case Metric.MAPE:
                return shares.total.over(rows)
            case _:
                assert metric is Metric.WAPE
                return exactly(apart / sizes)

    return tuple(Figure(metric=one, bounds=bounds(one), sample_size=rows) for one in metrics)
