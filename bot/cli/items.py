"""`briefing items`: what was stored, so that anyone can see what a feed became."""

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, tzinfo
from typing import Annotated, Final

import typer

from bot.bootstrap import Core, open_core
from bot.briefing import phrases
from bot.briefing.stories import standing_of
from bot.cli.console import JsonFlag, command, err, say, settings
from bot.domain.evidence import Evidence, Verdict
from bot.domain.item import Item
from bot.domain.text import shorten

_SHOWN: Final = 20
_PAGE: Final = 500
_WIDTH: Final = 76  # of 80 columns, behind an indent of 4
_NAME: Final = 40


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(app, "items")
    async def items(
        *,
        feed: Annotated[
            str | None,
            typer.Option(help="Only those of one feed: its title, address or number in the list."),
        ] = None,
        limit: Annotated[
            int | None,
            typer.Option(min=1, help=f"At most so many; {_SHOWN} by default, with --json all."),
        ] = None,
        json_: JsonFlag = False,
    ) -> None:
        """Show stored items, newest first, with the evidence that each became.

        With --json a line each, for programs. What a limit leaves out is counted on standard error.

        Example: briefing items --feed "Example World" --limit 5
        """
        async with open_core(settings()) as core:
            feed_id = None
            if feed is not None:
                feed_id = (await core.feeds.find(core.workspace, feed)).id
            at_most = limit or (None if json_ else _SHOWN)
            shown = 0
            async for item, evidence in _stored(core, feed_id, at_most):
                shown += 1
                if json_:
                    print(json.dumps(_as_json(item, evidence), ensure_ascii=False))
                else:
                    say("\n".join(_lines(item, evidence, core.settings.zone)))
            total = await core.ledger.items.count(core.workspace, feed_id=feed_id)
        if total > shown:
            left_out = phrases.count(total - shown, "older item is", "older items are")
            say(f"{left_out} left out; --limit {total} shows all.", to=err)
        elif not shown and not json_:
            say("No items are stored yet; `briefing poll --once` reads the feeds.", to=err)


async def _stored(
    core: Core, feed_id: int | None, at_most: int | None
) -> AsyncIterator[tuple[Item, Sequence[Evidence]]]:
    """Items with their evidence, a page at a time."""
    last, left = None, at_most
    while left is None or left > 0:
        page = await core.ledger.items.newest(
            core.workspace, feed_id=feed_id, before=last, limit=min(left or _PAGE, _PAGE)
        )
        if not page:
            return
        filed: dict[int, list[Evidence]] = {item.id: [] for item in page}
        for one in await core.ledger.evidence.list(
            core.workspace, item_ids=filed, include_rejected=True
        ):
            filed[one.item.id].append(one)
        for item in page:
            yield item, filed[item.id]
        last = page[-1]
        left = None if left is None else left - len(page)


def _as_json(item: Item, evidence: Sequence[Evidence]) -> dict[str, object]:
    """An item for programs; moments in UTC, null for what the feed does not say."""
    return {
        "feed": item.outlet,
        "title": item.title,
        "url": item.url,
        "published": item.published_at.astimezone(UTC).isoformat(),
        "first_seen": item.first_seen_at.astimezone(UTC).isoformat(),
        "news": not item.backlog,
        "revisions": item.revision,
        "language": item.language,
        "evidence": [
            {
                "id": f"E{one.id}",
                "commitment": one.commitment_id,
                "direction": one.direction.value,
                "standing": _standing(one),
            }
            for one in evidence
        ],
    }


def _standing(evidence: Evidence) -> str:
    return "rejected" if evidence.verdict is Verdict.REJECTED else standing_of([evidence]).value


def _lines(item: Item, evidence: Sequence[Evidence], zone: tzinfo) -> Iterator[str]:
    """An item on its lines; addresses are whole, so that they can be followed."""
    head = [phrases.clock_time(item.published_at, zone=zone), shorten(item.outlet, _NAME)]
    if item.backlog:
        head.append("backlog")
    if item.revision > 1:
        head.append(f"revision {item.revision}")
    yield " · ".join(head)
    yield f"    {shorten(item.title or item.summary, _WIDTH)}"
    if item.url is not None:
        yield f"    {item.url}"
    for one in evidence:
        mark = phrases.DIRECTION_MARK[one.direction]
        yield f"    {mark} E{one.id} {shorten(one.commitment_id, _NAME)}, {_standing(one)}"
