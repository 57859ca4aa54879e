"""The modals about feeds: one asks for a feed or a site, one for a list of feeds.

What comes back is read here too; whether an address may be fetched is for the fetcher to say.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from slack_sdk.models.blocks import InputBlock, PlainTextInputElement
from slack_sdk.models.blocks.block_elements import FileInputElement
from slack_sdk.models.views import View

from bot.slack import ids
from bot.slack.button_values import LONGEST_CATEGORY, LONGEST_TITLE
from bot.slack.messages.blocks import safe_url
from bot.slack.modals.inputs import ViewValues, labelled, modal

_LONGEST_ADDRESS = 1_500
_OPML_ENDINGS = ["opml", "xml", "txt"]


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedForm:
    """A feed that was asked for: an address or a site, and what to call it."""

    address: str
    title: str | None = None
    category: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportForm:
    """A list that was given: the id of a file in Slack, or a link; exactly one of them."""

    file: str | None = None
    link: str | None = None


def feed_add_view(channel: str | None) -> View:
    """The modal that asks for a feed, opened in that channel; None outside any."""
    address = PlainTextInputElement(action_id=ids.VALUE, max_length=_LONGEST_ADDRESS)
    hint = (
        "An address such as https://example.org/feed.xml, or just example.org. You see what it "
        "holds before anything is added."
    )
    own = "Leave it empty to take the feed's own title."
    free = "A free word for grouping, such as agency or press."
    blocks = [
        labelled(ids.FEED_URL_INPUT, "Feed or site", address, hint=hint),
        _optional(ids.FEED_TITLE_INPUT, "What people call it", own, LONGEST_TITLE),
        _optional(ids.FEED_CATEGORY_INPUT, "Category", free, LONGEST_CATEGORY),
    ]
    title = "Add a news feed"
    return modal(ids.FEED_ADD_VIEW, title, blocks, submit="Look at it", channel=channel)


def feeds_import_view(channel: str | None) -> View:
    """The modal that asks for a list of feeds, as a file or by its address."""
    file = FileInputElement(action_id=ids.VALUE, filetypes=_OPML_ENDINGS, max_files=1)
    hint = "As other feed readers export it, or a text with one address on each line."
    example = "https://example.org/feeds.opml"
    blocks = [
        labelled(ids.OPML_FILE_INPUT, "OPML file", file, hint=hint, optional=True),
        _optional(ids.OPML_LINK_INPUT, "Or its address", example, _LONGEST_ADDRESS),
    ]
    title = "Import feeds"
    return modal(ids.FEEDS_IMPORT_VIEW, title, blocks, submit="Look at it", channel=channel)


def read_feed_add(values: ViewValues) -> FeedForm | Mapping[str, str]:
    """The feed asked for, or for each `block_id` that is wrong a sentence."""
    address = values[ids.FEED_URL_INPUT].text
    if not address:
        return {ids.FEED_URL_INPUT: "Write the address of a feed, or a site."}
    return FeedForm(
        address=address,
        title=values[ids.FEED_TITLE_INPUT].text[:LONGEST_TITLE] or None,
        category=values[ids.FEED_CATEGORY_INPUT].text[:LONGEST_CATEGORY] or None,
    )


def read_feeds_import(values: ViewValues) -> ImportForm | Mapping[str, str]:
    """The list that was given, or for each `block_id` that is wrong a sentence."""
    files, link = values[ids.OPML_FILE_INPUT].files, values[ids.OPML_LINK_INPUT].text
    if files and link:
        return {ids.OPML_LINK_INPUT: "Give a file or an address, not both."}
    if files:
        return ImportForm(file=files[0].id)
    if safe_url(link) is None:
        return {ids.OPML_LINK_INPUT: "Choose a file, or write an address with https://."}
    return ImportForm(link=link)


def _optional(block_id: str, label: str, hint: str, at_most: int) -> InputBlock:
    element = PlainTextInputElement(action_id=ids.VALUE, max_length=at_most)
    return labelled(block_id, label, element, hint=hint, optional=True)
