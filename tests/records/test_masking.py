"""What is masked is nowhere in log and store, in no notation; and a masked record still tells
what it can."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import os
import urllib.parse
from pathlib import Path

import pytest

from tests.command_support import Command
from tests.records.records_support import AS_OF, MANIFEST, add, begin, records

pytestmark = pytest.mark.slow

SALTS = ("--salts", "salts.jsonl")
HIDDEN = {
    "/spec/owner": "quincey.morris@example.com",
    "/spec/business/problem": "Parcels for Castle Dracula arrive late — “zu spät”",
    "/spec/workloads/1/costs/ai_service/service_monthly_usd": "734215.25",
}
WAIVERS = ("Renfield agreed to it", "lucy@example.com", "abraham@example.com")
MORE = ("--mask-field", "workload.costs", "--mask-field", "project.business")


def everything(folder: Path) -> bytes:
    """All that an outsider gets: log, store, and what is packed in it."""
    found = [(folder / "log.jsonl").read_bytes()]
    for path in sorted((folder / "log.jsonl.d").iterdir()):
        data = path.read_bytes()
        found += [path.name.encode(), data]
        if path.suffix == ".gz":
            found.append(gzip.decompress(data))
    return b"\n".join(found)


def notations(secret: str) -> list[bytes]:
    """A secret as it may turn up."""
    data = secret.encode()
    quoted = json.dumps(secret)
    return [
        data,
        data.lower(),
        data.upper(),
        data[::-1],
        secret.encode("utf-16-le"),
        secret.encode("latin-1", "xmlcharrefreplace"),
        quoted[1:-1].encode(),
        json.dumps(quoted)[1:-1].encode(),
        data.hex().encode(),
        base64.b64encode(data).rstrip(b"="),
        urllib.parse.quote(secret).encode(),
        *(
            hashlib.new(name, form).hexdigest().encode()
            for form in (data, quoted.encode(), json.dumps(secret, ensure_ascii=False).encode())
            for name in ("sha256", "sha1", "md5")
        ),
    ]


def test_what_is_masked_is_nowhere(project: Path, mlpolicy: Command) -> None:
    done = add(mlpolicy, "log.jsonl", "--mask", *SALTS, *MORE, "--waivers", "waivers.yaml")
    assert set(HIDDEN) <= set(done["records"][0]["masked"])
    shown = everything(project)
    secrets = [*HIDDEN.values(), *WAIVERS, "Quincey Morris", "734,215.25", "734215", "8810583"]
    for secret in secrets:
        for notation in notations(secret):
            assert notation not in shown, (secret, notation)
    # The same search finds all of it where nothing is masked.
    add(mlpolicy, "log.jsonl", "--waivers", "waivers.yaml")
    shown = everything(project)
    for secret in [*HIDDEN.values(), *WAIVERS]:
        assert any(notation in shown for notation in notations(secret)), secret


def test_no_digest_gives_a_guess_away(project: Path, mlpolicy: Command) -> None:
    """Whoever knows all but the owner cannot tell whether a guess at the owner is right."""
    add(mlpolicy, "log.jsonl", "--mask", *SALTS)
    shown = everything(project)
    explained = mlpolicy(
        *("explain", "mlproject.yaml", "--policy", "policy", "--as-of", AS_OF, "--format", "json")
    )
    for data in (MANIFEST.encode(), explained.out.encode(), explained.out.rstrip().encode()):
        assert hashlib.sha256(data).hexdigest().encode() not in shown
    again = add(mlpolicy, "log.jsonl", "--mask", *SALTS)
    assert again["records"][0]["masked"]
    first, second = records(project / "log.jsonl")
    assert first["masked"]["original"] != second["masked"]["original"], "each its own salt"
    assert first["manifest"]["digest"] != second["manifest"]["digest"]


def test_the_record_says_what_was_masked(project: Path, mlpolicy: Command) -> None:
    add(mlpolicy, "log.jsonl", "--mask", *SALTS, "--waivers", "waivers.yaml")
    (record,) = records(project / "log.jsonl")
    assert record["masked"]["manifest"] == ["/spec/owner", "/spec/business/problem"]
    assert record["masked"]["waivers"] == [
        f"/waivers/0/{key}" for key in ("reason", "owner", "approved_by")
    ]
    assert record["decision"]["document"] is None
    assert record["decision"]["verdict"] == "block"
    stored = project / "log.jsonl.d" / record["manifest"]["digest"].removeprefix("sha256:")
    text = stored.read_text("utf-8")
    assert text.count("masked:sha256:") == 2
    assert "service_monthly_usd: 734215.25" in text


def test_salts_are_for_their_owner_alone(project: Path, mlpolicy: Command) -> None:
    add(mlpolicy, "log.jsonl", "--mask", *SALTS)
    assert (project / "salts.jsonl").stat().st_mode & 0o077 == 0
    (kept,) = (json.loads(line) for line in (project / "salts.jsonl").read_text().splitlines())
    (record,) = records(project / "log.jsonl")
    assert kept["record"] == record["hash"]
    salt = bytes.fromhex(kept["salts"]["manifest:/spec/owner"])
    value = json.dumps(HIDDEN["/spec/owner"], ensure_ascii=False).encode()
    token = f"masked:sha256:{hashlib.sha256(salt + value).hexdigest()}"
    stored = project / "log.jsonl.d" / record["manifest"]["digest"].removeprefix("sha256:")
    assert token in stored.read_text("utf-8"), "as the documentation says"


@pytest.mark.skipif(os.name != "posix", reason="modes of files")
@pytest.mark.parametrize("mode", [0o666, 0o644, 0o640, 0o602])
def test_salts_that_others_may_read_are_not_added_to(
    project: Path, mlpolicy: Command, mode: int
) -> None:
    salts = project / "salts.jsonl"
    salts.touch()
    salts.chmod(mode)
    ran = mlpolicy(
        *("record", "add", "mlproject.yaml", "--policy", "policy", "--log", "log.jsonl"),
        *("--mask", *SALTS),
    )
    assert ran.code == 3
    assert "cannot write `salts.jsonl`: others may read it" in ran.err
    assert not (project / "log.jsonl").exists()
    assert salts.read_bytes() == b""


def replayed(mlpolicy: Command, *options: str) -> tuple[int, str, str]:
    ran = mlpolicy("replay", "log.jsonl", "--format", "json", *options)
    (record,) = ran.json["records"]
    said = [*record["notes"], *(fault["message"] for fault in record["diagnostics"])]
    return ran.code, record["result"], " ".join(said)


def test_where_masked_values_do_not_matter_the_rest_is_replayed(
    project: Path, mlpolicy: Command
) -> None:
    add(mlpolicy, "log.jsonl", "--mask", *SALTS)
    code, result, said = replayed(mlpolicy)
    assert (code, result) == (0, "same")
    assert "2 values are masked" in said
    assert "the rest was not compared" in said


def test_where_they_matter_the_record_stays_open(project: Path, mlpolicy: Command) -> None:
    add(mlpolicy, "log.jsonl", *SALTS, *MORE)
    code, result, said = replayed(mlpolicy)
    assert (code, result) == (3, "open")
    assert "the decision depends on what is masked" in said


def test_salts_and_originals_replay_in_full(project: Path, mlpolicy: Command) -> None:
    add(mlpolicy, "log.jsonl", *SALTS, *MORE, "--waivers", "waivers.yaml")
    originals = ("--original", "mlproject.yaml", "--original", "waivers.yaml")
    code, result, said = replayed(mlpolicy, *SALTS, *originals)
    assert (code, result) == (0, "same"), said
    assert "compared in full" in said
    code, result, said = replayed(mlpolicy, *SALTS, "--original", "waivers.yaml")
    assert (code, result) == (3, "open")
    assert "no file given is the manifest of record 1" in said


def test_another_original_is_not_taken(project: Path, mlpolicy: Command) -> None:
    add(mlpolicy, "log.jsonl", "--mask", *SALTS)
    text = MANIFEST.replace("quincey", "arthur")
    (project / "mlproject.yaml").write_text(text, encoding="utf-8")
    code, result, said = replayed(mlpolicy, *SALTS, "--original", "mlproject.yaml")
    assert (code, result) == (3, "open")
    assert "no file given is the manifest" in said


def test_one_document_of_several_is_masked_and_replayed(project: Path, mlpolicy: Command) -> None:
    other = MANIFEST.replace("quincey.morris", "john.seward").replace("parcels ", "letters ")
    (project / "mlproject.yaml").write_text(f"{MANIFEST}---\n{other}", encoding="utf-8")
    add(mlpolicy, "log.jsonl", "--mask", *SALTS)
    ran = mlpolicy("replay", "log.jsonl", *SALTS, "--original", "mlproject.yaml")
    assert (ran.code, ran.out.count("compared in full")) == (0, 2), ran
    assert b"seward" not in everything(project)


@pytest.mark.parametrize(
    ("options", "manifest", "place"),
    [
        (("--by", "Quincey.Morris@example.com"), MANIFEST, "`--by`"),
        ((), MANIFEST.replace("project: parcels ", "project: quincey.morris "), ""),
        (
            (),
            MANIFEST.replace("owner: quincey.morris@example.com", "owner: parcels"),
            "`/metadata/name`",
        ),
        (
            ("--by", 'Mina "M" Harker'),
            MANIFEST.replace("quincey.morris@example.com", '"Mina \\"M\\" Harker"'),
            "`--by`",
        ),
    ],
)
def test_a_masked_text_that_stands_elsewhere_is_not_recorded(
    project: Path, mlpolicy: Command, options: tuple[str, ...], manifest: str, place: str
) -> None:
    (project / "mlproject.yaml").write_text(manifest, encoding="utf-8")
    ran = mlpolicy(
        *("record", "add", "mlproject.yaml", "--policy", "policy", "--log", "log.jsonl"),
        *("--mask", *SALTS, *options),
    )
    if not place:  # only a part of the masked text stands there: that cannot be known
        assert ran.code == 0
        return
    assert (ran.code, ran.out) == (3, "")
    assert place in ran.err
    assert not (project / "log.jsonl").exists()
    assert not (project / "salts.jsonl").exists()


LABELLED = """\
apiVersion: mlpolicy.dev/v1
kind: MLProject
metadata: {name: parcels, labels: LABELS}
spec:
  owner: OWNER
  aws: {regions: [us-east-1]}
  workloads: [{name: a, task: sentiment}]
"""


@pytest.mark.parametrize(
    ("labels", "owner", "masks", "said"),
    [
        # as a key, with the escapes that YAML and JSON know for its letters
        ('{"Mina Harker": x}', "Mina Harker", ("--mask",), "/metadata/labels/Mina Harker"),
        ('{"M\\u0069na Harker": x}', "Mina Harker", ("--mask",), "/metadata/labels/Mina Harker"),
        ('{team: "M\\x69na Harker"}', "Mina Harker", ("--mask",), "/metadata/labels/team"),
        ('{a: "say \\"Mina\\" twice"}', "'say \"Mina\"'", ("--mask",), "/metadata/labels/a"),
        # below a mask
        ("{mina-harker: x}", "team/p", ("--mask-field", "metadata.labels"), "keys are not masked"),
        ("{a/b: x}", "team/p", ("--mask-field", "metadata.labels"), "/metadata/labels/a~1b"),
        ("{team: Seward}", "team/p", ("--mask-field", "metadata.labels.team"), ""),
    ],
)
def test_a_key_never_tells_what_is_masked(
    project: Path, mlpolicy: Command, labels: str, owner: str, masks: tuple[str, ...], said: str
) -> None:
    text = LABELLED.replace("LABELS", labels).replace("OWNER", owner)
    (project / "mlproject.yaml").write_text(text, encoding="utf-8")
    ran = mlpolicy(
        *("record", "add", "mlproject.yaml", "--policy", "policy", "--log", "log.jsonl"),
        *(*masks, *SALTS),
    )
    if said:
        assert (ran.code, ran.out) == (3, ""), ran
        assert said in ran.err
        assert not (project / "log.jsonl").exists()
    else:
        assert ran.code == 0, ran
        assert b"seward" not in everything(project).lower()


def test_names_can_be_masked(project: Path, mlpolicy: Command) -> None:
    text = MANIFEST.replace("name: a,", "name: transylvania-express,")
    (project / "mlproject.yaml").write_text(text, encoding="utf-8")
    add(mlpolicy, "log.jsonl", *SALTS, "--mask-field", "workload.name")
    assert b"transylvania" not in everything(project)
    assert replayed(mlpolicy)[:2] == (3, "open")
    done = replayed(mlpolicy, *SALTS, "--original", "mlproject.yaml")
    assert done[:2] == (0, "same"), done


def test_unknown_stays_unknown(tmp_path: Path, mlpolicy: Command) -> None:
    """The word says nothing that could be hidden, and a token in its place would say more."""
    folder = tmp_path / "u"
    folder.mkdir()
    begin(folder)
    import os

    os.chdir(folder)
    text = MANIFEST.replace('"Parcels for Castle Dracula arrive late — “zu spät”"', "unknown")
    (folder / "mlproject.yaml").write_text(text, encoding="utf-8")
    done = add(mlpolicy, "log.jsonl", "--mask", *SALTS)
    assert done["records"][0]["masked"] == ["/spec/owner"]
