"""Who is at the terminal, for the history of edits."""

import getpass


def login_name() -> str:
    """The login name; `somebody` where the system knows none, as in some containers."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return "somebody"
