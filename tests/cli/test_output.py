"""Where the output of a command goes: a full disk, a reader who has gone, a file that is there."""

import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-c", "import bot.cli; bot.cli.start()"]
FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="no /dev/full on this system")
@pytest.mark.parametrize("command", [["--help"], ["feeds", "list"], ["export", "evidence"]])
def test_a_full_disk_is_one_sentence(home: Path, command: list[str]) -> None:
    with FULL.open("wb") as full:
        done = subprocess.run(
            [*COMMAND, *command], stdout=full, stderr=subprocess.PIPE, check=False, text=True,
            cwd=home,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.strip() == "error: the output cannot be written (No space left on device)"


def test_a_reader_who_has_gone_is_no_error(home: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, "export", "evidence"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=home
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
