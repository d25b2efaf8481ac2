"""What a build of the package adds to its files: the policies in it, checked (`kept/shipped`)."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_SHIP = "import sys; from mlpolicy.session.shipping import ship; ship(sys.argv[1])"


class CheckedPolicies(BuildHookInterface[Any]):
    """Checks the policies with the engine that is packed, in a process of its own."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Puts what was checked into the wheel. A checkout that is installed as it stands has
        none: there, policies change."""
        if version == "editable":
            return
        self._made = tempfile.TemporaryDirectory()
        # What stands beside the build is found where this finds it: pip hands it on in the path.
        found = os.pathsep.join([str(Path(self.root, "engine")), *filter(None, sys.path)])
        # What is made is the same each time: sets have one order.
        environment = {**os.environ, "PYTHONPATH": found, "PYTHONHASHSEED": "0"}
        command = [sys.executable, "-c", _SHIP, self._made.name]
        subprocess.run(command, check=True, env=environment, cwd=self.root)
        build_data["force_include"][self._made.name] = "mlpolicy/checked"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Removes what was packed."""
        if version != "editable":
            self._made.cleanup()
