"""Makes `reference.json`: figures of seeded tables, as scikit-learn and SciPy compute them.

    pip install scikit-learn && python tests/measure/reference.py

Neither is needed to run the tests: a hundred megabytes for a handful of divisions do not earn
their weight. The file says with which versions it was made.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

#: Seed, rows, share of right predictions, how often each class is true.
TABLES = (
    (1, 200, 0.87, {"yes": 30, "no": 70}),
    (2, 1000, 0.85, {"billing": 50, "praise": 30, "other": 20}),
    (3, 37, 0.5, {"a": 1, "b": 1, "c": 1, "d": 1, "e": 1}),
    (4, 5000, 0.99, {"fraud": 1, "fine": 99}),
    (5, 60, 1.0, {"left": 1, "right": 1}),
    (6, 25, 0.0, {"left": 1, "right": 1}),
)


def table(seed: int, rows: int, right: float, classes: dict[str, int]) -> list[tuple[str, str]]:
    draw = random.Random(seed)
    names = list(classes)
    pairs = []
    for _ in range(rows):
        (true,) = draw.choices(names, list(classes.values()))
        others = [name for name in names if name != true]
        pairs.append((true, true if draw.random() < right else draw.choice(others)))
    return pairs


def main() -> None:
    import scipy
    import sklearn
    from scipy.stats import binomtest
    from sklearn.metrics import accuracy_score, precision_recall_fscore_support

    cases = []
    for made in TABLES:
        pairs = table(*made)
        true, said = zip(*pairs, strict=True)
        labels = sorted({*true, *said})

        def scores(
            average: str | None, true: Any = true, said: Any = said, labels: Any = labels
        ) -> Any:
            return precision_recall_fscore_support(
                true, said, labels=labels, average=average, zero_division=float("nan")
            )

        precision, recall, f1, support = scores(None)
        hits = sum(a == b for a, b in pairs)
        wilson = binomtest(hits, len(pairs)).proportion_ci(0.95, method="wilson")
        counts = Counter(pairs)
        cases.append(
            {
                "counts": [[a, b, n] for (a, b), n in sorted(counts.items())],
                "accuracy": accuracy_score(true, said),
                "wilson": [float(wilson.low), float(wilson.high)],
                "classes": {
                    label: {
                        "precision": float(precision[i]),
                        "recall": float(recall[i]),
                        "f1": float(f1[i]),
                        "support": int(support[i]),
                    }
                    for i, label in enumerate(labels)
                },
                "macro": [float(figure) for figure in scores("macro")[:3]],
                "weighted": [float(figure) for figure in scores("weighted")[:3]],
            }
        )
    made_with = {"scikit-learn": sklearn.__version__, "scipy": scipy.__version__}
    text = json.dumps({"made_with": made_with, "cases": cases}, indent=1)
    Path(__file__).with_name("reference.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
