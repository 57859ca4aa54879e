"""`briefing poll`: fetch the feeds now."""

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.table import Table

from bot.bootstrap import open_core
from bot.cli.console import JsonFlag, err, out, print_json, progress, run, say, settings
from bot.cli.feeds import say_waiting
from bot.domain.feed import FeedNoteKind
from bot.gc_tuning import tune_gc
from bot.services.polling import PollProgress, PollSummary

_ERRORS_SHOWN = 10


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("poll")
    def poll(
        *,
        once: Annotated[
            bool, typer.Option("--once", help="Poll every feed once and stop.")
        ] = False,
        json_: JsonFlag = False,
    ) -> None:
        """Poll every feed now, match what is new and file it as evidence.

        Failing feeds are named; the others are polled all the same. `briefing run` polls on
        schedule.

        Example: briefing poll --once --json
        """
        if not once:
            err.print("Add --once to poll now; `briefing run` polls on schedule.")
            raise typer.Exit(2)
        try:
            run(_poll(json_))
        except KeyboardInterrupt:
            err.print("Stopped. What was read so far is kept; the next poll goes on from there.")
            raise


async def _poll(json_: bool) -> None:
    async with open_core(settings()) as core:
        await say_waiting(core)
        tune_gc()
        with progress() as bar:
            feeds = bar.add_task("Fetching feeds", total=None)
            items = bar.add_task("Matching items", total=None)
            summary = await core.poller.run(
                core.workspace,
                everything=True,
                progress=PollProgress(
                    feeds=lambda done, total: bar.update(feeds, completed=done, total=total),
                    items=lambda done: bar.update(items, completed=done),
                ),
            )
    if json_:
        print_json(summary.as_json())
    else:
        _show(summary)


def _show(summary: PollSummary) -> None:
    poll, filing = summary.poll, summary.filing
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, value in (
        ("feeds", poll.feeds),
        ("fetched", poll.fetched),
        ("not modified", poll.not_modified),
        ("failed", len(poll.errors)),
        ("left alone", len(poll.left_alone)),
        ("new items", poll.items_new),
        ("revised items", poll.items_revised),
        ("new stories", filing.stories_new),
        ("new evidence", filing.evidence_new),
    ):
        table.add_row(name, f"{value:,}")
    out.print(table)
    _name("failed", poll.errors)
    _name("left alone", poll.left_alone)
    _name("read in part", poll.in_part)
    for event in poll.events:
        if event.kind is FeedNoteKind.GONE:
            say(f"paused: {event.feed.title}: {event.text}", to=err)


def _name(what: str, feeds: Sequence[tuple[str, str]]) -> None:
    for feed, why in feeds[:_ERRORS_SHOWN]:
        say(f"{what}: {feed}: {why}", to=err)
    if (more := len(feeds) - _ERRORS_SHOWN) > 0:
        say(f"{what}: and {more:,} more", to=err)
