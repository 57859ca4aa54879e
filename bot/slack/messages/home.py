"""App Home: where everything stands, my subscriptions, and for admins the feeds."""

from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo
from itertools import chain

from slack_sdk.models.blocks import Block, DividerBlock
from slack_sdk.models.views import View

from bot.briefing.answers import FeedsAnswer, StatusTable
from bot.briefing.parts import EmptyReason
from bot.briefing.phrases import failing
from bot.domain.commitment import Pack
from bot.domain.subscription import Subscription
from bot.slack import ids
from bot.slack.button_values import SubscribeValue
from bot.slack.limits import PLANNED_BLOCKS_IN_VIEW
from bot.slack.messages.blocks import actions, context, date_time, header, section
from bot.slack.messages.feeds import troubled_chunks
from bot.slack.messages.parts import EMPTY_TEXT, button
from bot.slack.messages.status import table_chunks
from bot.slack.messages.subscriptions import subscription_chunk

_SUBSCRIPTIONS_SHOWN = 20
_FEED_BLOCKS = 16


def home_view(
    status: StatusTable,
    subscriptions: Sequence[Subscription],
    *,
    pack: Pack,
    zone: tzinfo,
    feeds: FeedsAnswer | None = None,
) -> View:
    """The Home tab of one person; `feeds` is None for those who are no admins."""
    blocks: list[Block] = [header("Where we stand")]
    if status.empty:
        blocks.append(section(EMPTY_TEXT[status.empty]))
    if status.empty is not EmptyReason.NOTHING_TRACKED:
        blocks += chain.from_iterable(table_chunks(status, zone=zone))
    blocks += _subscriptions(subscriptions, pack=pack, now=status.now)
    if feeds is not None:
        blocks += _feeds(feeds)
    as_of = date_time(status.now, zone=zone)
    footer = context(f"As of {as_of}. `/briefing help` says what I can do.")
    kept = blocks[: PLANNED_BLOCKS_IN_VIEW - 1]
    return View(type="home", callback_id=ids.HOME_VIEW, blocks=[*kept, footer])


def _subscriptions(
    subscriptions: Sequence[Subscription], *, pack: Pack, now: datetime
) -> Iterator[Block]:
    yield from (DividerBlock(), header("My subscriptions"))
    for one in subscriptions[:_SUBSCRIPTIONS_SHOWN]:
        yield from subscription_chunk(one, pack=pack, now=now)
    if not subscriptions:
        yield section("None yet. A digest tells what is new, when you want it.")
    if (extra := len(subscriptions) - _SUBSCRIPTIONS_SHOWN) > 0:
        yield context(f"And {extra} more: `/briefing subscriptions`")
    yield actions(button("Subscribe", ids.SUBSCRIBE, SubscribeValue()))


def _feeds(feeds: FeedsAnswer) -> Iterator[Block]:
    """Feed health for admins: those that need attention; the whole list is a command away."""
    yield from (DividerBlock(), header("Feeds"))
    if feeds.empty:
        yield section(EMPTY_TEXT[feeds.empty])
    else:
        lines = list(chain.from_iterable(troubled_chunks(feeds.feeds)))
        yield section(f"{failing(feeds.counts)}.")
        yield from lines[:_FEED_BLOCKS]
        if (extra := len(lines) - _FEED_BLOCKS) > 0:
            yield context(f"And {extra} more: `/briefing feeds`")
    yield actions(button("Add a feed", ids.FEED_ADD), button("All feeds", ids.FEEDS))
