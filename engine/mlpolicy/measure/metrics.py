"""The metrics: what each is computed from, and which side of a bar is the better one."""

from __future__ import annotations

from enum import Enum


class Kind(Enum):
    """A kind of table. The value is what JSON calls it."""

    LABELS = "labels"
    AMOUNTS = "amounts"
    TRANSCRIPTS = "transcripts"
    SCORES = "scores"
    RANKINGS = "rankings"


class Metric(Enum):
    """A metric that is computed. The value is what manifests and options call it."""

    ACCURACY = "accuracy"
    PRECISION = "precision"
    RECALL = "recall"
    F1 = "f1"
    MAE = "mae"
    RMSE = "rmse"
    MAPE = "mape"
    WAPE = "wape"
    WER = "wer"
    CER = "cer"
    AUC = "auc"
    NDCG = "ndcg"
    MAP = "map"

    @property
    def kind(self) -> Kind:
        """The kind of table that it is computed from."""
        return _KINDS[self]

    @property
    def is_percentage(self) -> bool:
        """Is it stated in percent? If not, it is in the unit of the amounts."""
        return self not in (Metric.MAE, Metric.RMSE)

    @property
    def lower_is_better(self) -> bool:
        """Is it an error, of which a requirement says how large it may be?"""
        return self.kind in (Kind.AMOUNTS, Kind.TRANSCRIPTS)

    @property
    def of_a_class(self) -> bool:
        """Is it about one class of a table of labels?"""
        return self in (Metric.PRECISION, Metric.RECALL, Metric.F1)


_KINDS = {
    **dict.fromkeys((Metric.ACCURACY, Metric.PRECISION, Metric.RECALL, Metric.F1), Kind.LABELS),
    **dict.fromkeys((Metric.MAE, Metric.RMSE, Metric.MAPE, Metric.WAPE), Kind.AMOUNTS),
    **dict.fromkeys((Metric.WER, Metric.CER), Kind.TRANSCRIPTS),
    Metric.AUC: Kind.SCORES,
    **dict.fromkeys((Metric.NDCG, Metric.MAP), Kind.RANKINGS),
}
