"""The menu beside a feed, wherever feeds are listed for admins."""

from slack_sdk.models.blocks import Option, OverflowMenuElement

from bot.domain.feed import Feed
from bot.slack import ids
from bot.slack.limits import OPTION_TEXT
from bot.slack.mrkdwn import plain
from bot.slack.values import FeedChoice, FeedValue


def feed_menu(feed: Feed) -> OverflowMenuElement:
    """Pause or resume, test, history, remove."""
    choices = (
        (FeedChoice.PAUSE, "Pause") if feed.enabled else (FeedChoice.RESUME, "Resume"),
        (FeedChoice.TEST, "Test now"),
        (FeedChoice.HISTORY, "History"),
        (FeedChoice.REMOVE, "Remove…"),
    )
    return OverflowMenuElement(
        action_id=ids.FEED_MENU,
        options=[
            Option(
                value=FeedValue(feed=feed.id, choice=choice).dump(),
                text=plain(label, limit=OPTION_TEXT),
            )
            for choice, label in choices
        ],
    )
