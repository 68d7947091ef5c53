"""A lake that the user may read and not write: reading works, everything else is one message."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from paperlake.lake import Lake
from tests.support.command import paperlake
from tests.support.lakes import SAMPLES, put
from tests.support.ui import command

pytestmark = pytest.mark.slow
# Root may write everywhere, unless it gives up that capability.
AS_USER = ["setpriv", "--bounding-set=-dac_override", "--"] if os.geteuid() == 0 else []


@pytest.fixture(scope="module")
def read_only(tmp_path_factory: pytest.TempPathFactory) -> Path:
    lake = Lake.open(tmp_path_factory.mktemp("read_only") / "lake")
    put(lake, SAMPLES / "listing/saved_page_june.txt")
    done = paperlake("run", "--lake", lake.root, "--until", "raw_dumps")
    assert done.returncode == 0, done.stderr
    for path in [lake.root, *lake.root.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    return lake.root


@pytest.mark.skipif(bool(AS_USER) and shutil.which("setpriv") is None, reason="root needs setpriv")
@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        ("status", 0, ""),
        ("run", 1, "cannot be locked: Permission denied. Ask for permission to write there."),
        ("ui", 1, "cannot be locked: Permission denied. Ask for permission to write there."),
    ],
)
def test_a_user_who_may_not_write_gets_a_message(read_only: Path, name: str, code: int, message: str) -> None:
    line, environment = command(read_only, name)
    done = subprocess.run(
        [*AS_USER, *line], env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == code, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
