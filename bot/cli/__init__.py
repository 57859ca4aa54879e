"""The `briefing` command."""


def main() -> None:
    """Run the command line."""
