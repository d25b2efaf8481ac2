"""What `mlpolicy --help` says: the commands, and the sentences around them."""

from __future__ import annotations

PROGRAM = "mlpolicy"
ABOUT = "Policy as code: decide manifests by rules that people read, and say why."
EXAMPLE = "Example: mlpolicy check mlproject.yaml"

#: In the order of `--help`: name -> what it does, in one line.
COMMANDS = {
    "check": "Judge manifests: what may not pass, the worst first.",
    "explain": "Say why: the path, the values, the costs, what would settle it.",
    "rule": "Say what a rule or a message means, why, and how to put it right.",
    "ask": "Ask only what can still change the result, and write it down.",
    "policies": "List, show and check policies.",
    "schema": "Print the JSON Schema of manifests and of reports.",
    "manifest": "Begin a manifest, or write one out in full.",
    "new": "Begin a policy, or a part of one.",
    "fmt": "Bring the text of policies into its one layout.",
    "lint": "Find what readers of a policy would stumble over.",
    "test": "Run a policy's own tests.",
    "mutate": "Put small faults into a policy: do its tests notice?",
    "analyze": "Find what can never be in a policy, or should not be and can.",
    "verify": "All that has to hold of a policy before it is merged, in one.",
    "diff": "Say what differs in meaning between two versions of a policy.",
    "impact": "Say whose decisions another version changes, and by which change.",
    "sources": "List, check and verify what a policy rests on.",
    "measure": "Compute accuracy, WAPE, WER, AUC and others from a table.",
    "waivers": "List waivers: used, unused, expired, expiring.",
    "record": "Keep decisions in a log, verify it.",
    "replay": "Decide again what a log recorded, and say what differs.",
}
