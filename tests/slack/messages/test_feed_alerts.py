"""Notes on feeds as messages: short, harmless, within Slack's limits."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from bot.briefing.feed_health import health_of_feed
from bot.briefing.feed_week import feed_week
from bot.domain.feed import Feed, FeedFigures, FeedNote, FeedNoteKind
from bot.slack.messages.blocks import Message
from bot.slack.messages.feeds import FEEDS_SHOWN, LINES, feed_notes_message, feed_week_message
from sandbox.slack.blockkit import check_blocks
from tests.slack.hostile import assert_harmless, marked_up, texts, urls

NOW = datetime(2030, 5, 6, tzinfo=UTC)

notes = st.builds(
    FeedNote,
    id=st.integers(1, 99),
    feed_id=st.integers(1, 99),
    title=texts,
    url=urls.map(lambda url: url or "https://e.example/"),
    kind=st.sampled_from(FeedNoteKind),
    text=texts,
    at=st.just(NOW),
)
dead = st.builds(
    FeedFigures,
    feed=st.builds(
        Feed,
        id=st.integers(1, 99),
        url=urls.map(lambda url: url or "https://e.example/"),
        title=texts,
        checked_at=st.just(NOW),
        failures=st.just(5),
        error=texts,
    ),
)


def lines_of(message: Message) -> int:
    """How many lines a message has, after it was found to be sound and harmless."""
    payload = message.payload()
    blocks = payload["blocks"]
    assert isinstance(blocks, list)
    assert not check_blocks(blocks)
    for text in marked_up(payload):
        assert_harmless(text)
    return sum(b["text"]["text"].count("\n") + 1 for b in blocks if b["type"] == "section") + 2


def failing(number: int, why: str) -> FeedNote:
    return FeedNote(
        id=number, feed_id=number, title="Wire", url="https://e.example/", at=NOW,
        kind=FeedNoteKind.FAILING, text=f"3 failures in a row: {why}",
    )  # fmt: skip


def test_an_outage_is_thought_of_where_servers_do_not_answer() -> None:
    silent = [failing(n, "the server cannot be reached in time") for n in range(8)]
    answered = [failing(n, "there is nothing at this address (404)") for n in range(8)]
    assert "reach the internet" in str(feed_notes_message(silent, 9).payload())
    assert "reach the internet" not in str(feed_notes_message(answered, 9).payload())


@given(st.lists(notes, min_size=1, max_size=30), st.integers(0, 50))
def test_notes_are_one_short_harmless_message(some: list[FeedNote], feeds: int) -> None:
    assert lines_of(feed_notes_message(some, feeds)) <= LINES + 6


@given(st.lists(dead, min_size=1, max_size=30))
def test_the_weekly_note_is_one_short_harmless_message(some: list[FeedFigures]) -> None:
    week = feed_week([health_of_feed(one, now=NOW) for one in some], now=NOW)
    message = feed_week_message(week)
    assert lines_of(message) <= FEEDS_SHOWN + 5
    more = f"and {len(some) - FEEDS_SHOWN} more" in str(message.payload())
    assert more == (len(some) > FEEDS_SHOWN)
    assert message.text.startswith("Feeds this week")
