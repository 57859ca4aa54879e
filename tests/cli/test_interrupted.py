"""Ctrl-C, at a real terminal: a sentence or nothing, never a stack trace, and nothing is lost."""

import contextlib
import os
import pty
import select
import socket
import subprocess
import sys
from pathlib import Path

LOADING = """
import sys
import bot.cli

class Impatient:
    def find_spec(self, name, path=None, target=None):
        if name == "bot.cli.main":
            raise KeyboardInterrupt

sys.meta_path.insert(0, Impatient())
bot.cli.start()
"""


def test_an_interrupt_while_the_program_loads_is_no_error() -> None:
    done = subprocess.run([sys.executable, "-c", LOADING], capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")


def test_a_command_loads_what_it_needs() -> None:
    program = "import sys, bot.cli.main; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )
    assert not {"slack_bolt", "aiohttp", "numpy", "sandbox"} & set(done.stdout.split())


def test_an_interrupted_poll_says_that_nothing_is_lost(home: Path) -> None:
    """The feed's server takes the connection and says nothing, so the poll waits for it."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(60)
        port = silent.getsockname()[1]
        (home / "feeds.yaml").write_text(f"feeds: [{{url: 'http://127.0.0.1:{port}/f'}}]\n")
        pid, terminal = pty.fork()
        if not pid:
            os.chdir(home)
            program = "import bot.cli; bot.cli.start()"
            os.execv(sys.executable, [sys.executable, "-c", program, "poll", "--once"])
        try:
            connection, _ = silent.accept()  # it has been asked
            os.write(terminal, b"\x03")
            seen = shown_at(terminal)
            connection.close()
        finally:
            os.close(terminal)
        _, status = os.waitpid(pid, 0)
    assert b"What was read so far is kept" in seen
    assert b"Traceback" not in seen
    assert os.waitstatus_to_exitcode(status) == 130


def shown_at(terminal: int) -> bytes:
    """What comes at a terminal up to its end, or half a minute of silence."""
    seen = b""
    with contextlib.suppress(OSError):  # Linux says EIO at the end of a terminal
        while select.select([terminal], [], [], 30)[0] and (more := os.read(terminal, 1024)):
            seen += more
    return seen
