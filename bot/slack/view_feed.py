"""The modal that asks for a news feed, and reading what comes back from it."""

from collections.abc import Mapping

from slack_sdk.models.blocks import InputBlock, PlainTextInputElement, UrlInputElement
from slack_sdk.models.views import View

from bot.domain.feed import FeedSpec
from bot.slack import ids
from bot.slack.mrkdwn import plain, safe_url
from bot.slack.view_state import ViewValues

LONGEST_TITLE = 100
_LABEL = 200


def feed_add_view(*, url: str = "", private_metadata: str = "") -> View:
    """The modal.

    Args:
        url: An address to start with; empty for none.
        private_metadata: Comes back with the submission; up to 3,000 characters.
    """
    return View(
        type="modal",
        callback_id=ids.FEED_ADD_VIEW,
        title=plain("Add a news feed", limit=24),
        submit=plain("Add", limit=24),
        close=plain("Cancel", limit=24),
        private_metadata=private_metadata,
        blocks=[
            InputBlock(
                block_id=ids.FEED_URL_INPUT,
                label=plain("Address of the feed", limit=_LABEL),
                hint=plain("RSS, Atom or JSON Feed, starting with https://", limit=_LABEL),
                element=UrlInputElement(action_id=ids.VALUE, initial_value=safe_url(url)),
            ),
            InputBlock(
                block_id=ids.FEED_TITLE_INPUT,
                label=plain("What people call it", limit=_LABEL),
                hint=plain("Leave it empty to take the feed's own title.", limit=_LABEL),
                optional=True,
                element=PlainTextInputElement(action_id=ids.VALUE, max_length=LONGEST_TITLE),
            ),
        ],
    )


def read_feed_add(values: ViewValues) -> FeedSpec | Mapping[str, str]:
    """The feed asked for, or for each `block_id` that is wrong a sentence.

    Whether the address may be fetched is for the fetcher to say, not decided here.
    """
    url = values.text(ids.FEED_URL_INPUT)
    if safe_url(url) is None:
        return {ids.FEED_URL_INPUT: "Write a full address that starts with https:// or http://."}
    return FeedSpec(url=url, title=values.text(ids.FEED_TITLE_INPUT)[:LONGEST_TITLE] or None)
