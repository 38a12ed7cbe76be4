"""Under the CI plugin nothing passes by being skipped."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT

CASES = {
    "a test that skips itself": "import pytest\ndef test_one(): pytest.skip('no cases')\n",
    "a test marked as skipped": "import pytest\n@pytest.mark.skip(reason='no cases')\ndef test_one(): pass\n",
    "a file that skips itself": "import pytest\npytest.skip('no cases', allow_module_level=True)\n",
}


@pytest.mark.parametrize("source", CASES.values(), ids=CASES.keys())
def test_a_skip_fails_and_says_why(tmp_path: Path, source: str) -> None:
    """Whatever way it is skipped, the run fails and names the reason."""
    (tmp_path / "test_skips.py").write_text(source)
    done = _pytest(tmp_path)
    assert done.returncode != 0
    assert "nothing may be skipped in CI" in done.stdout
    assert "no cases" in done.stdout


def test_what_is_expected_to_fail_is_no_skip(tmp_path: Path) -> None:
    """An xfail is a known fault with its test, not a test left out."""
    (tmp_path / "test_skips.py").write_text("import pytest\n@pytest.mark.xfail\ndef test_one(): assert 0\n")
    assert _pytest(tmp_path).returncode == 0


def _pytest(folder: Path) -> subprocess.CompletedProcess[str]:
    config = folder / "none.ini"
    config.write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-p", "tests.ci_plugin", "-c", str(config), str(folder)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
