"""Makes `reference.json`: figures of seeded tables, as scikit-learn, SciPy and jiwer compute them.

    pip install scikit-learn jiwer && python tests/measure/reference.py

Neither is needed to run the tests: a hundred megabytes for a handful of divisions do not earn
their weight. The file says with which versions it was made.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from importlib.metadata import version
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


def amounts_cases() -> list[dict[str, Any]]:
    from sklearn.metrics import (
        mean_absolute_error,
        mean_absolute_percentage_error,
        root_mean_squared_error,
    )

    cases = []
    for seed, rows in ((11, 5), (12, 60), (13, 400)):
        draw = random.Random(seed)
        true = [draw.randrange(1, 100_000) / 100 for _ in range(rows)]
        said = [round(one * draw.uniform(0.5, 1.6), 2) for one in true]
        apart = [abs(one - other) for one, other in zip(true, said, strict=True)]
        cases.append(
            {
                "rows": [[str(one), str(other)] for one, other in zip(true, said, strict=True)],
                "mae": float(mean_absolute_error(true, said)),
                "rmse": float(root_mean_squared_error(true, said)),
                "mape": float(mean_absolute_percentage_error(true, said)),
                "wape": sum(apart) / sum(true),
            }
        )
    return cases


def transcripts_cases() -> list[dict[str, Any]]:
    import jiwer

    words = ["the", "a", "cat", "dog", "Müller's", "北京", "ship", "of", "twenty-two", "naïve"]
    cases = []
    for seed, rows in ((21, 4), (22, 40)):
        draw = random.Random(seed)
        true, said = [], []
        for _ in range(rows):
            text = draw.choices(words, k=draw.randrange(1, 30))
            heard = [draw.choice(words) if draw.random() < 0.2 else one for one in text]
            heard = [one[: draw.randrange(1, 9)] for one in heard if draw.random() < 0.9]
            true.append(" ".join(text))
            said.append(" ".join(heard))
        cases.append(
            {
                "rows": [list(pair) for pair in zip(true, said, strict=True)],
                "wer": jiwer.wer(true, said),
                "cer": jiwer.cer(true, said),
            }
        )
    return cases


def scores_cases() -> list[dict[str, Any]]:
    from sklearn.metrics import roc_auc_score

    cases = []
    for seed, rows, places in ((31, 10, 1), (32, 300, 2), (33, 300, 6)):
        draw = random.Random(seed)
        true = [0, 1, *(int(draw.random() < 0.3) for _ in range(rows))]
        said = [round(min(1.0, draw.random() * 0.8 + 0.2 * one), places) for one in true]
        cases.append(
            {
                "rows": [[str(one), str(other)] for one, other in zip(true, said, strict=True)],
                "auc": float(roc_auc_score(true, said)),
            }
        )
    return cases


def rankings_cases() -> list[dict[str, Any]]:
    """MAP of scikit-learn knows no `k`, and takes equal scores for one place: it is compared
    where all count and scores differ."""
    from sklearn.metrics import average_precision_score, ndcg_score

    cases = []
    for seed, queries, places, at in ((41, 3, 6, None), (42, 20, 6, 5), (43, 20, 1, 10)):
        draw = random.Random(seed)
        rows, gains, precisions = [], [], []
        for query in range(queries):
            many = draw.randrange(2, 25)
            true = [3, *(draw.choice((0, 0, 1, 2, 3)) for _ in range(many - 1))]
            said = [round(draw.random(), places) for _ in true]
            rows += [[f"q{query}", str(a), str(b)] for a, b in zip(true, said, strict=True)]
            gains.append(ndcg_score([true], [said], k=at))
            precisions.append(average_precision_score([int(a > 0) for a in true], said))
        case: dict[str, Any] = {"rows": rows, "k": at, "ndcg": float(sum(gains) / queries)}
        if at is None and places == 6:
            case["map"] = float(sum(precisions) / queries)
        cases.append(case)
    return cases


def main() -> None:
    import scipy
    import sklearn
    from scipy.stats import binomtest
    from sklearn.metrics import accuracy_score, precision_recall_fscore_support

    cases = []
    for each in TABLES:
        pairs = table(*each)
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
    made_with = {
        "scikit-learn": sklearn.__version__,
        "scipy": scipy.__version__,
        "jiwer": version("jiwer"),
    }
    made = {
        "made_with": made_with,
        "cases": cases,
        "amounts": amounts_cases(),
        "transcripts": transcripts_cases(),
        "scores": scores_cases(),
        "rankings": rankings_cases(),
    }
    parts = []
    for key, value in made.items():
        lines = [json.dumps(one, ensure_ascii=False) for one in value]  # a line for each case
        several = "[\n" + ",\n".join(lines) + "\n]"
        parts.append(f'"{key}": {several if isinstance(value, list) else json.dumps(value)}')
    text = "{\n" + ",\n".join(parts) + "\n}\n"
    Path(__file__).with_name("reference.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
