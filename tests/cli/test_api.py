"""mlpolicy from Python."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from pathlib import Path

import pytest

import mlpolicy
from tests.cli.cli_support import AS_OF, HERE, PACK

GOOD = HERE / "manifests" / "good.mlproject.yaml"


@pytest.fixture(scope="module")
def policy() -> mlpolicy.Policy:
    return mlpolicy.load_policy(PACK)


def test_a_policy_decides_a_path_bytes_or_plain_values(policy: mlpolicy.Policy) -> None:
    plain = {
        "project": "support-calls",
        "owner": "team/cx",
        "regions": ["eu-west-1"],
        "workloads": [
            {
                "name": "mood",
                "task": "sentiment",
                "quality": {"positive_rate_pct": Decimal("90.0")},
                "needs": {
                    "strict_compliance": False,
                    "domain_features": False,
                    "proprietary_data": False,
                    "interpretability": True,
                },
            }
        ],
    }
    for manifest in (GOOD, str(GOOD), GOOD.read_bytes(), plain):
        decision = policy.decide(manifest, as_of=AS_OF)
        assert isinstance(decision, mlpolicy.Decision)
        (workload,) = decision.workloads
        assert workload.choice is not None
        assert workload.choice.outcome == "ai_service"
        assert decision.policy.version == policy.version == "1.0.0"


def test_dates_are_dates_or_texts(policy: mlpolicy.Policy) -> None:
    assert policy.decide(GOOD, as_of=datetime.date(2026, 11, 1)) == policy.decide(GOOD, as_of=AS_OF)
    with pytest.raises(ValueError, match="is no date"):
        policy.decide(GOOD, as_of="tomorrow")
    with pytest.raises(TypeError):
        policy.decide(GOOD, as_of=datetime.datetime(2026, 11, 1))


def test_the_documents_are_those_of_the_commands(policy: mlpolicy.Policy) -> None:
    decision = policy.decide(GOOD, as_of=AS_OF)
    assert json.loads(mlpolicy.to_json(decision))["schema"] == "mlpolicy/decision/v1"
    assert mlpolicy.to_text(decision, width=80).startswith("INCOMPLETE  support-calls")


def test_faults_come_as_diagnostics(policy: mlpolicy.Policy, tmp_path: Path) -> None:
    with pytest.raises(mlpolicy.ManifestError) as caught:
        policy.decide(HERE / "manifests" / "broken.mlproject.yaml")
    assert caught.value.diagnostics[0].code.startswith("MLP")
    assert "error[MLP" in str(caught.value)
    with pytest.raises(mlpolicy.ManifestError):
        policy.decide(tmp_path / "gone.yaml")
    with pytest.raises(mlpolicy.PolicyError) as refused:
        mlpolicy.load_policy("no-such-policy")
    assert refused.value.diagnostics[0].code == "MLP0904"


def test_a_policy_is_a_value(policy: mlpolicy.Policy) -> None:
    assert policy == mlpolicy.load_policy(PACK)
    assert "sentiment-choice" in repr(policy)


def test_all_names_are_there_and_no_others() -> None:
    for name in mlpolicy.__all__:
        assert getattr(mlpolicy, name) is not None
    with pytest.raises(AttributeError):
        mlpolicy.nothing  # noqa: B018
    assert set(dir(mlpolicy)) == set(mlpolicy.__all__)
