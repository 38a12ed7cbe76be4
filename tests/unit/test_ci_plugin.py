"""Under the CI plugin nothing passes by being skipped."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT

SKIPS = {
    "itself": "import pytest\ndef test_one(): pytest.skip('no cases for itself')\n",
    "marked": "import pytest\n@pytest.mark.skip(reason='no cases for marked')\ndef test_one(): pass\n",
    "whole_file": "import pytest\npytest.skip('no cases for whole_file', allow_module_level=True)\n",
}


@pytest.mark.parametrize("processes", ["0", "2"], ids=["one process", "side by side"])
@pytest.mark.parametrize("name", SKIPS)
def test_a_skip_fails_and_says_why(tmp_path: Path, name: str, processes: str) -> None:
    """Whatever way it is skipped, the run fails and names the reason, also where other processes run the tests."""
    (tmp_path / "test_skips.py").write_text(SKIPS[name])
    done = _pytest(tmp_path, "-n", processes)
    assert done.returncode != 0
    assert "nothing may be skipped in CI" in done.stdout
    assert f"no cases for {name}" in done.stdout


def test_what_is_expected_to_fail_is_no_skip(tmp_path: Path) -> None:
    """An xfail is a known fault with its test, not a test left out."""
    (tmp_path / "test_skips.py").write_text("import pytest\n@pytest.mark.xfail\ndef test_one(): assert 0\n")
    assert _pytest(tmp_path).returncode == 0


def _pytest(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """A run over the folder with the plugin and xdist, and with no other, which only cost time here."""
    config = folder / "none.ini"
    config.write_text("[pytest]\n")
    plugins = ["-p", "tests.ci_plugin", "-p", "xdist.plugin"]
    command = [sys.executable, "-m", "pytest", *plugins, "-c", str(config), *options, str(folder)]
    environ = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False, timeout=60)
