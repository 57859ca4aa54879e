"""The `briefing` command: one file a group of commands, registered in `bot.cli.main`."""

import sys

# The exit code of a command that Ctrl-C ended, as shells count: 128 and the signal's number.
INTERRUPTED = 130


def start() -> None:
    """Run the command line."""
    try:
        from bot.cli.main import main  # noqa: PLC0415 - Ctrl-C while it loads is no error either
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    main()
