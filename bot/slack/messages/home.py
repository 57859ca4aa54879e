"""App Home: where everything stands, my subscriptions, and for admins the feeds."""

from collections.abc import Sequence
from datetime import datetime, tzinfo

from slack_sdk.models.blocks import Block, DividerBlock, HeaderBlock
from slack_sdk.models.views import View

from bot.briefing.answers import FeedsAnswer, StatusTable
from bot.briefing.parts import EmptyReason
from bot.briefing.phrases import failing
from bot.domain.commitment import Pack
from bot.domain.subscription import Subscription
from bot.slack import ids
from bot.slack.button_values import SubscribeValue
from bot.slack.limits import HEADER_TEXT, PLANNED_BLOCKS_IN_VIEW
from bot.slack.messages.blocks import Chunk, actions, context, section
from bot.slack.messages.feeds import troubled_chunks
from bot.slack.messages.mrkdwn import date_time, plain
from bot.slack.messages.parts import EMPTY_TEXT, button
from bot.slack.messages.status import table_chunks
from bot.slack.messages.subscriptions import subscription_chunk

SUBSCRIPTIONS_SHOWN = 20
_FEED_BLOCKS = 16


def home_view(
    status: StatusTable,
    subscriptions: Sequence[Subscription],
    *,
    pack: Pack,
    zone: tzinfo,
    feeds: FeedsAnswer | None = None,
) -> View:
    """The Home tab of one person.

    Args:
        status: Of all commitments.
        subscriptions: Theirs.
        pack: For the names in subscriptions.
        zone: Their zone, for dates where Slack cannot tell it.
        feeds: The feed list for an admin; None for others.
    """
    now = status.now
    blocks: list[Block] = [
        *_status(status, zone=zone),
        *_subscriptions(subscriptions, pack=pack, now=now),
    ]
    if feeds is not None:
        blocks += _feeds(feeds)
    footer = context(f"As of {date_time(now, zone=zone)}. `/briefing help` says what I can do.")
    kept = blocks[: PLANNED_BLOCKS_IN_VIEW - 1]
    return View(type="home", callback_id=ids.HOME_VIEW, blocks=[*kept, footer])


def _status(status: StatusTable, *, zone: tzinfo) -> Chunk:
    head = _header("Where we stand")
    if status.empty is EmptyReason.NOTHING_TRACKED:
        return (head, section(EMPTY_TEXT[EmptyReason.NOTHING_TRACKED]))
    note = (section(EMPTY_TEXT[status.empty]),) if status.empty else ()
    return (head, *note, *(b for chunk in table_chunks(status, zone=zone) for b in chunk))


def _subscriptions(subscriptions: Sequence[Subscription], *, pack: Pack, now: datetime) -> Chunk:
    head = (DividerBlock(), _header("My subscriptions"))
    add = actions(button("Subscribe", ids.SUBSCRIBE, SubscribeValue()))
    if not subscriptions:
        return (*head, section("None yet. A digest tells what is new, when you want it."), add)
    shown = subscriptions[:SUBSCRIPTIONS_SHOWN]
    found = (subscription_chunk(one, pack=pack, now=now) for one in shown)
    extra = len(subscriptions) - len(shown)
    more = (context(f"And {extra} more: `/briefing subscriptions`"),) if extra else ()
    return (*head, *(block for chunk in found for block in chunk), *more, add)


def _feeds(feeds: FeedsAnswer) -> Chunk:
    """Feed health for admins: those in need of a look; the whole list is a command away."""
    head = (DividerBlock(), _header("Feeds"))
    add = actions(button("Add a feed", ids.FEED_ADD), button("All feeds", ids.FEEDS))
    if feeds.empty:
        return (*head, section(EMPTY_TEXT[feeds.empty]), add)
    lines = [block for chunk in troubled_chunks(feeds.feeds) for block in chunk]
    extra = len(lines) - _FEED_BLOCKS
    more = (context(f"And {extra} more: `/briefing feeds`"),) if extra > 0 else ()
    return (*head, section(f"{failing(feeds.counts)}."), *lines[:_FEED_BLOCKS], *more, add)


def _header(text: str) -> HeaderBlock:
    return HeaderBlock(text=plain(text, limit=HEADER_TEXT))
