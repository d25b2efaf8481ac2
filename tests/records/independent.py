"""Checks a log of records without mlpolicy: chain, canonical form, and every stored file."""

import hashlib
import json
import pathlib
import sys


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


log = pathlib.Path(sys.argv[1])
previous = None
for number, line in enumerate(log.read_bytes().splitlines(keepends=True), 1):
    record = json.loads(line)
    body = {key: value for key, value in record.items() if key != "hash"}
    assert line == canonical(record) + b"\n", f"line {number}: form"
    assert record["hash"] == "sha256:" + sha256(canonical(body)), number
    assert (record["number"], record["previous"]) == (number, previous), f"line {number}: chain"
    previous = record["hash"]
for file in pathlib.Path(f"{log}.d").iterdir():
    if file.name != "lock":
        assert sha256(file.read_bytes()) == file.name.removeprefix("torn-").removesuffix(".gz")
print(previous)
