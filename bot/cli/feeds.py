"""`briefing feeds`: the feed list from the command line."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli import feeds_edit, feeds_show
from bot.cli.console import JsonFlag, run

_Feed = Annotated[str, typer.Argument(help="Address, title, or number in the list.")]
_Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    feeds = typer.Typer(help="The feed list.", no_args_is_help=True)
    app.add_typer(feeds, name="feeds")
    _show(feeds)
    _edit(feeds)
    _files(feeds)


def _show(feeds: typer.Typer) -> None:
    @feeds.command("list")
    def list_(
        words: Annotated[
            list[str] | None,
            typer.Argument(
                help="Only feeds that fit: failing, silent, paused, new, well, a category, a "
                "language, or part of a title or address."
            ),
        ] = None,
        *,
        json_: JsonFlag = False,
    ) -> None:
        """Show the feeds with their health, those that need a look first.

        Example: briefing feeds list failing
        """
        run(feeds_show.list_feeds(" ".join(words or ()), json_=json_))

    @feeds.command("test")
    def test(feed: _Feed, *, json_: JsonFlag = False) -> None:
        """Fetch a feed now and say how it fares; nothing is stored. Exit status 1 if it fails.

        Any address can be given, listed or not.

        Example: briefing feeds test https://example.org/feed.xml
        """
        run(feeds_show.test(feed, json_=json_))

    @feeds.command("history")
    def history(feed: _Feed, *, json_: JsonFlag = False) -> None:
        """Show who changed a feed's line, when, and what stood before.

        Example: briefing feeds history "Example World"
        """
        run(feeds_show.history(feed, json_=json_))


def _edit(feeds: typer.Typer) -> None:
    @feeds.command("add")
    def add(
        address: Annotated[str, typer.Argument(help="Address of the feed, or a site.")],
        title: Annotated[str | None, typer.Option(help="What people call it.")] = None,
        category: Annotated[str | None, typer.Option(help="A word for grouping.")] = None,
        *,
        yes: _Yes = False,
        unchecked: Annotated[
            bool,
            typer.Option("--unchecked", help="List the address as it is, without looking at it."),
        ] = False,
    ) -> None:
        """Look at a feed, show what it holds, and put it at the end of feeds.yaml.

        Example: briefing feeds add example.org --category press
        """
        wish = feeds_edit.Wish(address=address, title=title, category=category)
        run(feeds_edit.add_unchecked(wish) if unchecked else feeds_edit.add(wish, yes=yes))

    @feeds.command("remove")
    def remove(feed: _Feed, *, yes: _Yes = False) -> None:
        """Take a feed off feeds.yaml, after asking; its items and evidence stay.

        Example: briefing feeds remove "Example World"
        """
        run(feeds_edit.remove(feed, yes=yes))

    @feeds.command("pause")
    def pause(feed: _Feed) -> None:
        """Let a feed rest: it stays in the list and is not fetched.

        Example: briefing feeds pause 3
        """
        run(feeds_edit.set_enabled(feed, enabled=False))

    @feeds.command("resume")
    def resume(feed: _Feed) -> None:
        """Fetch a paused feed again.

        Example: briefing feeds resume 3
        """
        run(feeds_edit.set_enabled(feed, enabled=True))


def _files(feeds: typer.Typer) -> None:
    @feeds.command("import")
    def import_(
        source: Annotated[str, typer.Argument(help="An OPML file, or its address.")],
        *,
        dry_run: Annotated[
            bool, typer.Option("--dry-run", help="Only show what would be done.")
        ] = False,
        yes: _Yes = False,
        json_: JsonFlag = False,
    ) -> None:
        """Add the feeds of an OPML file to feeds.yaml; shows first what would be added.

        Feeds that are listed already stay as they are.

        Example: briefing feeds import feeds.opml --dry-run
        """
        run(feeds_edit.import_list(source, dry_run=dry_run, yes=yes, json_=json_))

    @feeds.command("export")
    def export(
        path: Annotated[
            Path | None, typer.Argument(help="Where to write it; standard output without.")
        ] = None,
    ) -> None:
        """Write the feed list as OPML, for other feed readers.

        Example: briefing feeds export feeds.opml
        """
        run(feeds_show.export(path))
