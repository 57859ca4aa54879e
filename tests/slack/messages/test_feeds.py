"""The feed list in Slack: what admins read, and that nothing a feed says can do harm there."""

from collections import Counter
from datetime import UTC, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.briefing.feed_answers import (
    FeedChange,
    FeedChoices,
    FeedHistory,
    FeedPreview,
    FeedRow,
    FeedsPage,
    FeedTrial,
    ImportPlan,
    SeenItem,
)
from bot.briefing.feed_health import health_of_feed
from bot.domain.errors import FetchError, Problem
from bot.domain.feed import FeedFigures, FeedSpec
from bot.services.feeds.catalogue import PAGE
from bot.slack import ids
from bot.slack.button_values import LONGEST_URL_IN_VALUE, FeedOfferValue, FeedsPageValue
from bot.slack.messages.blocks import Message
from bot.slack.messages.feed_edits import (
    added_message,
    choices_messages,
    history_messages,
    imported_message,
    looking_message,
    plan_message,
    preview_message,
    remove_question,
    size,
    trial_message,
    unreadable_message,
)
from bot.slack.messages.feeds import feeds_page_message, readers_message, row_line
from bot.slack.modals.feeds import FeedForm, ImportForm
from tests.briefing.builders import DAY, NOW, feed
from tests.slack.hostile import ATTACKS, URLS, texts, urls
from tests.slack.messages.test_answers import controls, said
from tests.slack.test_surfaces import SLOW, check

FORM = FeedForm(address="example.org")
LONG_URL = "https://example.org/" + "x" * 900


def health(number: int = 1, *, items: int = 6, matches: int = 4, rejected: int = 0, **changes):
    figures = FeedFigures(
        feed=feed(number, **changes), items=items, matches=matches, judged=4, rejected=rejected
    )
    return health_of_feed(figures, now=NOW)


def page(*healths, number: int = 1, pages: int = 1, words: str = "", **changes) -> FeedsPage:
    rows = tuple(FeedRow(number=n, health=one) for n, one in enumerate(healths, start=1))
    states = Counter(one.state for one in healths)
    values = {"rows": rows, "found": len(rows), "states": states} | changes
    return FeedsPage(page=number, pages=pages, filter=words, **values)


def preview(title="Wire", url="https://example.org/feed", **changes) -> FeedPreview:
    values = {
        "language": "en",
        "entries": 12,
        "bearing": 2,
        "matched": 12,
        "newest": NOW - DAY,
        "undated": 0,
        "items": (
            SeenItem(
                title="Dredging begins",
                url="https://example.org/1",
                published_at=NOW - DAY,
                commitments=("Dredging the channel",),
            ),
        ),
    } | changes
    return FeedPreview(title=title, url=url, **values)


def text_of(message: Message) -> str:
    return "\n".join(said(message))


def action_ids(message: Message) -> list[object]:
    return [one["action_id"] for one in controls(message)]


def test_a_feed_that_seems_to_be_listed_at_another_address_is_said_to() -> None:
    shown = text_of(preview_message(preview(like="*Wire*"), FORM, now=NOW, zone=UTC))
    assert "nearly all of its newest articles are in *" in shown
    assert "may be the same feed" in shown
    assert "may be the same" not in text_of(preview_message(preview(), FORM, now=NOW, zone=UTC))


def test_a_line_says_how_a_feed_fares_and_what_it_brings() -> None:
    line = row_line(FeedRow(number=3, health=health(rejected=1)))
    assert " 3. *<https://" in line
    assert "checked" in line
    assert "1.5 items a week, 1 matched" in line
    assert "25% of what was reviewed rejected" in line


def test_a_line_of_a_failing_feed_says_why_and_when_it_last_went_well() -> None:
    failing = health(failures=4, error="the site refuses us (403)", succeeded_at=NOW - 3 * DAY)
    line = row_line(FeedRow(number=1, health=failing))
    assert line.startswith("✗ 1.")
    assert "last read 3 days ago: the site refuses us (403)" in line


def test_one_item_a_week_is_one_item() -> None:
    assert "1 item a week, 0 matched" in row_line(
        FeedRow(number=1, health=health(items=4, matches=0))
    )


def test_a_page_in_the_middle_turns_both_ways_and_keeps_the_filter() -> None:
    shown = feeds_page_message(page(health(), number=2, pages=3, words="press"))
    values = {one["action_id"]: one.get("value") for one in controls(shown)}
    back = FeedsPageValue.model_validate_json(str(values[ids.FEEDS_BACK]))
    on = FeedsPageValue.model_validate_json(str(values[ids.FEEDS_ON]))
    assert (back.page, on.page, back.words, on.words) == (1, 3, "press", "press")
    assert "page 2 of 3" in shown.text


def test_a_single_page_turns_nowhere() -> None:
    assert not {ids.FEEDS_BACK, ids.FEEDS_ON} & set(action_ids(feeds_page_message(page(health()))))


def test_states_that_occur_can_be_filtered_by_a_button() -> None:
    shown = feeds_page_message(page(health(), health(2, enabled=False)))
    assert ids.FEEDS_PAUSED in action_ids(shown)
    assert ids.FEEDS_FAILING not in action_ids(shown)


def test_a_filter_that_finds_nothing_offers_the_nearest_command() -> None:
    none = page(health(), words="pasue", rows=(), found=0)
    assert "`/briefing feeds pause`" in text_of(feeds_page_message(none, nearest=["pause"]))


def test_a_list_without_feeds_offers_to_add_one() -> None:
    assert ids.FEED_ADD in action_ids(feeds_page_message(page()))


def test_edits_that_are_not_in_the_file_are_shown_as_such() -> None:
    row = FeedRow(number=1, health=health(), kept=True)
    shown = feeds_page_message(page(health(), rows=(row,), kept=1))
    assert "not in feeds.yaml" in text_of(shown)


def test_readers_learn_what_is_read_and_who_may_see_more() -> None:
    shown = readers_message([f"Outlet {n}" for n in range(30)])
    assert "admins" in shown.text
    assert "Outlet 0" in shown.text
    assert "10 more" in shown.text
    assert not controls(shown)


def test_a_preview_offers_to_add_what_was_seen() -> None:
    shown = preview_message(
        preview(),
        FeedForm(address="example.org", title="My wire", category="press"),
        now=NOW,
        zone=UTC,
    )
    assert action_ids(shown) == [ids.FEED_ADD_CONFIRM, ids.FEED_CANCEL]
    value = FeedOfferValue.model_validate_json(str(controls(shown)[0]["value"]))
    assert value == FeedOfferValue(
        url="https://example.org/feed", title="My wire", category="press", language="en", at=NOW
    )
    assert "Dredging the channel" in text_of(shown)
    assert "2 of its 12 entries" in text_of(shown)


def test_a_feed_that_is_listed_is_not_offered_again() -> None:
    shown = preview_message(preview(listed_as="Old wire"), FORM, now=NOW, zone=UTC)
    assert not controls(shown)
    assert "already, as *Old wire*" in text_of(shown)


def test_an_address_too_long_for_a_button_has_none() -> None:
    url = "https://example.org/" + "x" * LONGEST_URL_IN_VALUE
    shown = preview_message(preview(url=url), FORM, now=NOW, zone=UTC)
    assert not controls(shown)
    assert "by hand" in text_of(shown)


def test_a_failed_trial_says_status_and_reason() -> None:
    trial = FeedTrial(
        name="Wire",
        url="https://example.org/feed",
        took=timedelta(seconds=1.2),
        error="there is nothing at this address (404)",
        status=404,
    )
    shown = text_of(trial_message(trial, zone=UTC))
    assert "cannot be read (status 404), after 1.2 s" in shown


def test_removing_is_asked_back() -> None:
    shown = remove_question(feed(3))
    assert action_ids(shown) == [ids.FEED_REMOVE_CONFIRM, ids.FEED_CANCEL]
    assert controls(shown)[0]["style"] == "danger"


def test_a_history_names_people_files_and_programs() -> None:
    changes = tuple(
        FeedChange(at=NOW, actor=actor, what="changed", details=("title: none → Wire",))
        for actor in ("U01ANALYST", "file", "cli", "cli:dev<", "bot")
    )
    history = FeedHistory(
        name="Wire", url="https://a.example/f", earlier_urls=("https://b.example/f",),
        changes=changes, listed=False,
    )  # fmt: skip
    shown = "\n".join(said(*history_messages(history, zone=UTC)))
    for part in ("<@U01ANALYST>", "in feeds.yaml", "by someone on the command line",
                 "by dev&lt; on the command line", "the bot itself", "b.example",
                 "not on the feed list now", "title: none → Wire"):  # fmt: skip
        assert part in shown


def test_an_import_without_news_offers_nothing() -> None:
    plan = ImportPlan(name="a.opml", fingerprint="f", new=(), listed=(FeedSpec(url="https://a"),))
    shown = plan_message(plan, ImportForm(file="F1"), now=NOW)
    assert not controls(shown)
    assert "nothing to add" in text_of(shown)
    assert "already" in imported_message(plan).text


@pytest.mark.parametrize(
    ("number", "shown"),
    [(1, "1 byte"), (999, "999 bytes"), (14_200, "14 kB"), (2_500_000, "2.5 MB")],
)
def test_sizes_are_said_as_people_read_them(number: int, shown: str) -> None:
    assert size(number) == shown


def surfaces(text: str, url: str) -> list[tuple[str, Message]]:
    """Every message of the feed list with that text and address wherever a feed has a say."""
    row = {"title": text, "url": url, "error": text, "category": text, "language": text[:20]}
    healths = [health(n, failures=n % 4, enabled=n % 5 > 0, **row) for n in range(1, PAGE + 1)]
    items = tuple(
        SeenItem(title=text, url=url, published_at=None, commitments=(text,) * 5) for _ in range(5)
    )
    seen = preview(title=text, url=url, language=text, items=items, like=text)
    problem = Problem(where=text, what=text, fix=text, line=3)
    specs = tuple(FeedSpec(url=url, title=text, category=text) for _ in range(40))
    plan = ImportPlan(
        name=text, fingerprint="f" * 16, new=specs, listed=specs, broken=(problem,) * 9
    )
    trial = FeedTrial(
        name=text, url=url, took=timedelta(1), content_type=text, entries=3, oldest=NOW,
        newest=NOW, problems=(text,) * 6, preview=seen, final_url=url,
    )  # fmt: skip
    change = FeedChange(at=NOW, actor=text, what="changed", details=(text,) * 5)
    history = FeedHistory(
        name=text, url=url, earlier_urls=(url,) * 9, changes=(change,) * 30, listed=False
    )
    broken = FetchError(text, url=url, kind="status")
    candidates = FeedChoices(asked=text, feeds=(seen,) * 12)
    found: dict[str, Message | tuple[Message, ...]] = {
        "page": feeds_page_message(page(*healths, number=2, pages=9, words=text, kept=3)),
        "nothing": feeds_page_message(page(*healths, words=text, rows=()), nearest=[text]),
        "readers": readers_message([text] * 40),
        "looking": looking_message(text),
        "unreadable": unreadable_message(text, broken),
        "preview": preview_message(
            seen, FeedForm(address=url, title=text[:100]), now=NOW, zone=UTC, again=True
        ),
        "choices": choices_messages(candidates, FORM, now=NOW),
        "trial": trial_message(trial, zone=UTC),
        "failed": trial_message(
            FeedTrial(name=text, url=url, took=timedelta(1), error=text, status=500), zone=UTC
        ),
        "added": added_message(text),
        "remove": remove_question(feed(1, title=text, url=url)),
        "history": history_messages(history, zone=UTC),
        "plan": plan_message(plan, ImportForm(link="https://example.org/a"), now=NOW, again=True),
        "imported": imported_message(plan),
    }
    return [
        (name, message)
        for name, one in found.items()
        for message in (one if isinstance(one, tuple) else (one,))
    ]


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_surface_of_the_feed_list_lets_a_feed_do_harm(attack: str) -> None:
    for name, message in surfaces(attack, LONG_URL):
        check(name, message)


@pytest.mark.parametrize("text", ATTACKS)
def test_no_button_is_lost_to_long_texts(text: str) -> None:
    shown = {name: action_ids(message) for name, message in surfaces(text, LONG_URL)}
    assert shown["page"].count(ids.FEED_MENU) == PAGE
    assert {ids.FEEDS_BACK, ids.FEEDS_ON, ids.FEED_ADD} <= set(shown["page"])
    assert shown["plan"] == [ids.FEEDS_IMPORT_CONFIRM, ids.FEED_CANCEL]
    assert shown["preview"] == [ids.FEED_ADD_CONFIRM, ids.FEED_CANCEL]


@pytest.mark.parametrize("url", URLS)
def test_no_address_does_harm(url: str) -> None:
    for name, message in surfaces("Wire", url or "https://a.example"):
        check(name, message)


@SLOW
@given(text=texts, url=urls | st.just(LONG_URL))
def test_every_surface_of_the_feed_list_withstands_whatever_feeds_say(
    text: str, url: str | None
) -> None:
    for name, message in surfaces(text, url or LONG_URL):
        check(name, message)
