"""The demo's command where the project is installed without its source."""

import subprocess
import sys

WITHOUT_SANDBOX = """
import sys
import bot.cli

class Installed:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "sandbox":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Installed())
bot.cli.start()
"""


def test_without_the_source_the_demo_says_what_to_do() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_SANDBOX, "demo", "--once"],
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 1
    assert "`make demo`" in done.stderr
    assert "Traceback" not in done.stderr
