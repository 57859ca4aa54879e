"""`briefing feeds`: the feed list from the command line."""

from typing import Annotated

import typer

from bot.app import open_core
from bot.briefing.text import as_text
from bot.cli.console import JsonFlag, out, print_json, run, settings
from bot.domain.feed import FeedSpec

_ACTOR = "cli"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    feeds = typer.Typer(help="The feed list.", no_args_is_help=True)
    app.add_typer(feeds, name="feeds")

    @feeds.command("list")
    def list_(*, json_: JsonFlag = False) -> None:
        """Show the feeds with their health.

        Example: briefing feeds list
        """
        run(_list(json_))

    @feeds.command("add")
    def add(
        url: Annotated[str, typer.Argument(help="Address of the feed, http or https.")],
        title: Annotated[str | None, typer.Option(help="What people call it.")] = None,
        category: Annotated[str | None, typer.Option(help="A word for grouping.")] = None,
    ) -> None:
        """Put a feed at the end of feeds.yaml.

        Example: briefing feeds add https://example.org/feed.xml --title "Example World"
        """
        run(_add(FeedSpec(url=url, title=title, category=category)))

    @feeds.command("remove")
    def remove(
        feed: Annotated[str, typer.Argument(help="Address, title, or number in the list.")],
    ) -> None:
        """Take a feed off feeds.yaml; its items stay.

        Example: briefing feeds remove "Example World"
        """
        run(_remove(feed))


async def _list(json_: bool) -> None:
    async with open_core(settings()) as core:
        if json_:
            found = await core.ledger.feeds.list(core.workspace)
            print_json(
                [
                    {
                        "url": f.url,
                        "title": f.title,
                        "category": f.category,
                        "enabled": f.enabled,
                        "checked_at": f.checked_at,
                        "succeeded_at": f.succeeded_at,
                        "failures": f.failures,
                        "error": f.error,
                    }
                    for f in found
                ]
            )
        else:
            answer = await core.briefing.feeds(core.workspace)
            out.print(as_text(answer), markup=False, highlight=False, soft_wrap=True)


async def _add(spec: FeedSpec) -> None:
    async with open_core(settings()) as core:
        await core.feeds.add(core.workspace, spec, actor=_ACTOR)
    out.print(f"{spec.url} is on the feed list now.", markup=False, highlight=False)


async def _remove(name: str) -> None:
    async with open_core(settings()) as core:
        feed = await core.feeds.remove(core.workspace, name, actor=_ACTOR)
    out.print(f"{feed.title} is off the feed list.", markup=False, highlight=False)
