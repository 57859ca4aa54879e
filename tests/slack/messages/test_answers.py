"""What the messages say: short, dated, sourced, plain."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, timedelta

import pytest

from bot.briefing import Briefing
from bot.briefing.phrases import day
from bot.briefing.terminal import as_text
from bot.domain.commitment import Commitment, Pack, Summit
from bot.domain.errors import NotFoundError, Problem
from bot.domain.evidence import Direction, Reviewed, Verdict
from bot.domain.item import DateSource
from bot.domain.window import Window
from bot.slack import ids
from bot.slack.button_values import EvidencePage, StoryValue
from bot.slack.messages.blocks import Message
from bot.slack.messages.digest import digest_messages
from bot.slack.messages.evidence import evidence_messages, why_messages
from bot.slack.messages.feeds import feeds_messages
from bot.slack.messages.home import home_view
from bot.slack.messages.notes import (
    error_message,
    problems_message,
    reviewed_message,
    unknown_message,
    which_message,
)
from bot.slack.messages.status import commitment_messages, table_messages
from tests.briefing.builders import DAY, NOW, PACK, SmallLedger, W, evidence, feed, item

DREDGING = PACK.by_id["dredging"]
LAST_DAY = Window(since=NOW - DAY, until=NOW)


@pytest.fixture
def ledger() -> SmallLedger:
    return SmallLedger()


@pytest.fixture
def briefing(ledger: SmallLedger) -> Briefing:
    return Briefing(ledger, pack=lambda: PACK, clock=lambda: NOW)


def said(*messages: Message) -> list[str]:
    """Every text that a reader sees, in order."""
    return [text for message in messages for text in _texts(message.payload().get("blocks"))]


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if value.get("type") in {"mrkdwn", "plain_text"}:
            yield value["text"]
        for name in ("text", "elements", "accessory"):
            yield from _texts(value.get(name))
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)


def controls(*messages: Message) -> list[dict[str, object]]:
    """Every button and menu, in order."""
    found: list[dict[str, object]] = []
    for message in messages:
        for block in message.blocks:
            payload = block.to_dict()
            found += [one for one in payload.get("elements", []) if "action_id" in one]
            found += [payload["accessory"]] if "accessory" in payload else []
    return found


async def test_a_digest_tells_a_story_on_one_line_with_its_sources(
    briefing: Briefing, ledger: SmallLedger
) -> None:
    one = item("Dredgers reach nine metres", at=NOW - timedelta(hours=5), url="https://e.example/1")
    ledger.file(
        evidence(one), evidence(item("Depth", feed_id=2)), evidence(item("Depth", feed_id=3))
    )
    number = ledger.evidence.rows[0].id
    digest = await briefing.digest(W, (), LAST_DAY, timezone="Asia/Seoul")
    (message,) = digest_messages(digest)
    lines = said(message)
    assert lines[:3] == [
        "Briefing for 1 Mar 2019",
        "1 new story · 28 Feb 2019, 17:00 to 1 Mar 2019, 17:00 (Asia/Seoul)",
        "*Dredging the channel* · Harbour summit",
    ]
    assert lines[3] == (
        "▲ <https://e.example/1|Dredgers reach nine metres> · Outlet 1 and 2 others · "
        f"<!date^1551409200^{{date_short}}|1 Mar 2019> · E{number}"
    )
    assert lines[-1] == "▲ toward fulfilment   all proposed by the machine"
    assert message.text == "\n".join([lines[0], *lines[2:4]])


async def test_confirmed_and_unsure_evidence_is_marked_and_the_legend_says_so(
    briefing: Briefing, ledger: SmallLedger
) -> None:
    ledger.file(
        evidence(story=1, verdict=Verdict.CONFIRMED),
        evidence(story=2),
        evidence(story=3, sure=False, direction=Direction.SETBACK),
    )
    lines = said(*digest_messages(await briefing.digest(W, (), LAST_DAY, timezone="UTC")))
    marked = [line for line in lines if line.startswith(("▲ ✓ ", "▲ <", "? <"))]
    assert [line[:3] for line in marked] == ["▲ ✓", "▲ <", "? <"]
    assert marked[2].endswith(" · unsure whether it belongs here")
    assert lines[-1] == (
        "▲ toward fulfilment   ? which way is unsure   ✓ confirmed by a person   "
        "unmarked: proposed by the machine"
    )


async def test_what_does_not_fit_into_the_message_goes_into_the_thread_and_the_rest_is_counted(
    briefing: Briefing, ledger: SmallLedger
) -> None:
    ledger.file(*(evidence(item(f"Report {n}"), story=n) for n in range(1, 41)))
    parent, *replies = digest_messages(await briefing.digest(W, (), LAST_DAY, timezone="UTC"))
    stories = [sum("Report" in text for text in said(message)) for message in (parent, *replies)]
    assert (stories[0], sum(stories)) == (8, 25)
    assert "And 15 more: `/briefing evidence dredging`" in said(parent)
    assert "More in the thread." in said(parent)
    assert all(reply.text.startswith("Briefing for 1 Mar 2019 (continued)\n") for reply in replies)


async def test_the_footer_tells_what_is_quiet_and_which_feeds_fail(
    briefing: Briefing, ledger: SmallLedger
) -> None:
    ledger.file(evidence(), evidence(item(at=NOW - 60 * DAY), commitment="bridge", story=2))
    ledger.feeds.rows = [feed(1), feed(2, failures=3)]
    lines = said(*digest_messages(await briefing.digest(W, (), LAST_DAY, timezone="UTC")))
    assert "Quiet for longer than usual: A bridge at the ford for 60 days." in lines
    assert "1 of 2 feeds failing: `/briefing feeds`" in lines


async def test_a_late_digest_says_so(briefing: Briefing, ledger: SmallLedger) -> None:
    ledger.file(evidence())
    (message,) = digest_messages(await briefing.digest(W, (), LAST_DAY, timezone="UTC", late=True))
    assert message.text.startswith("Briefing for 1 Mar 2019 (late)")


async def test_an_empty_digest_is_one_sentence(briefing: Briefing, ledger: SmallLedger) -> None:
    ledger.file(evidence(item(at=NOW - 3 * DAY)))
    digest = await briefing.digest(W, ("delta",), LAST_DAY, timezone="UTC")
    (message,) = digest_messages(replace(digest, empty=None))
    (sentence,) = said(message)
    assert sentence == (
        "Nothing new from 28 Feb 2019, 08:00 to 1 Mar 2019, 08:00: 1 commitment watched, "
        "no new evidence on it."
    )


async def test_a_status_says_that_it_is_counted_and_offers_the_next_steps(
    briefing: Briefing, ledger: SmallLedger
) -> None:
    ledger.file(*(evidence(item(at=NOW - n * DAY), story=n) for n in range(1, 5)))
    messages = commitment_messages(await briefing.commitment_status(W, DREDGING), zone=UTC)
    promise, standing = said(*messages)[:2]
    assert promise == (
        "*Dredging the channel* · dredging\n"
        "“The parties shall dredge the shared channel to nine metres.”\n"
        "<https://example.org/harbour|Harbour summit> · paragraph 2 · 12 Jun 2018 · "
        "Northland and Southland"
    )
    assert standing == (
        "*Last 30 days:* 4 toward\n"
        "*Last 90 days:* 4 toward\n"
        "*Silence:* newest evidence 1 day ago; usually about one a day\n"
        "*Momentum:* +0.79, from -1 (all setback) to +1 (all progress), newer stories counting "
        "more, fading to 0 without news\n"
        "*Due:* 13 Mar 2019, due in 12 days"
    )
    assert "Counted from stories by the machine, not a judgement." in said(*messages)
    buttons = [one["action_id"] for one in controls(*messages) if one["type"] == "button"]
    assert buttons == [ids.EVIDENCE, ids.TIMELINE, ids.SUBSCRIBE]


async def test_a_table_has_a_line_for_each_commitment_under_its_summit(
    briefing: Briefing, ledger: SmallLedger
) -> None:
    ledger.file(evidence(item(at=NOW - 60 * DAY), commitment="bridge"))
    lines = "\n".join(said(*table_messages(await briefing.status_table(W), zone=UTC))).split("\n")
    assert lines[0] == "*All commitments*"
    assert "• Dredging the channel (`dredging`) · no evidence yet · due in 12 days" in lines
    assert "• A bridge at the ford (`bridge`) · ▲1 · *no evidence for 60 days*" in lines


async def test_more_evidence_is_a_button_that_carries_what_was_asked(
    briefing: Briefing, ledger: SmallLedger
) -> None:
    ledger.file(*(evidence(item(at=NOW - n * DAY), story=n) for n in range(1, 12)))
    since = NOW - 30 * DAY
    answer = await briefing.evidence(W, DREDGING, since=since)
    more = controls(*evidence_messages(answer, zone=UTC))[-1]
    assert more["action_id"] == ids.EVIDENCE_MORE
    page = EvidencePage.model_validate_json(str(more["value"]))
    assert page == EvidencePage(commitment="dredging", since=since, offset=8)
    last = await briefing.evidence(W, DREDGING, since=page.since, offset=page.offset)
    assert ids.EVIDENCE_MORE not in {
        one["action_id"] for one in controls(*evidence_messages(last, zone=UTC))
    }


async def test_each_story_has_a_menu_that_names_its_evidence(
    briefing: Briefing, ledger: SmallLedger
) -> None:
    ledger.file(evidence())
    answer = await briefing.evidence(W, DREDGING)
    (menu,) = controls(*evidence_messages(answer, zone=UTC))
    options = menu["options"]
    assert isinstance(options, list)
    values = [StoryValue.model_validate_json(option["value"]) for option in options]
    assert {value.evidence for value in values} == {ledger.evidence.rows[0].id}


@pytest.mark.parametrize(
    ("verdict", "offered"),
    [
        (None, ["progress", "setback", "neutral", "does_not_fit", "move"]),
        (Verdict.CONFIRMED, ["progress", "setback", "neutral", "does_not_fit", "move", "undo"]),
        (Verdict.SETBACK, ["progress", "neutral", "does_not_fit", "move", "undo"]),
        (Verdict.REJECTED, ["progress", "setback", "neutral", "move", "undo"]),
    ],
)
async def test_why_offers_the_verdicts_that_would_change_something(
    briefing: Briefing, ledger: SmallLedger, verdict: Verdict | None, offered: list[str]
) -> None:
    row = evidence(verdict=verdict, passage="to nine metres")
    ledger.file(row)
    messages = why_messages(await briefing.why(W, row.id), zone=UTC)
    actions = [one["action_id"] for one in controls(*messages)]
    assert actions == [f"evidence.review.{name}" for name in offered]
    assert "“to nine metres”\n• names the channel\n• both parties" in said(*messages)


async def test_an_answer_on_the_feeds_has_nothing_to_click(
    briefing: Briefing, ledger: SmallLedger
) -> None:
    assert not controls(*feeds_messages(await briefing.feeds(W)))


def test_words_that_are_no_command_get_the_nearest_ones() -> None:
    message = unknown_message("statsu", nearest=["status", "search"])
    assert message.text == (
        "I do not know “statsu”. Did you mean `/briefing status` or `/briefing search`? "
        "`/briefing help` shows all that I can do."
    )


def test_a_name_that_may_be_several_is_asked_back() -> None:
    message = which_message("peace", candidates=[("a", "A peace"), ("b", "B peace")], verb="status")
    assert message.text.split("\n") == [
        "Which one is “peace”?",
        "• A peace: `/briefing status a`",
        "• B peace: `/briefing status b`",
    ]


def test_a_verdict_is_acknowledged_with_all_that_it_was_said_of() -> None:
    untouched, by_another = evidence(), evidence(verdict=Verdict.PROGRESS, verdict_by="U02OTHER")
    done = Reviewed(
        act=1,
        before=(untouched, by_another),
        after=(replace(untouched, verdict=Verdict.SETBACK, verdict_by="U01ME"), by_another),
    )
    number = untouched.id
    assert reviewed_message(done, actor="U01ME").text == (
        f"E{number} and 1 more of the same story: away from it."
    )
    after = replace(by_another, verdict=Verdict.REJECTED, verdict_by="U01ME")
    done = Reviewed(act=1, before=(by_another,), after=(after,))
    assert reviewed_message(done, actor="U01ME").text == (
        f"E{by_another.id}: not this commitment, so it is shown here no more. "
        "<@U02OTHER> had set it to “toward fulfilment”; both stay on record."
    )
    undone = Reviewed(act=1, before=(after,), after=(replace(after, verdict=None),))
    assert "no verdict any more" in reviewed_message(undone, actor="U01ME").text


def test_an_error_of_ours_is_told_in_its_own_words() -> None:
    assert error_message(NotFoundError("There is no evidence E9.")).text == (
        "There is no evidence E9."
    )


async def test_why_names_the_outlets_that_report_the_same(
    briefing: Briefing, ledger: SmallLedger
) -> None:
    ledger.file(*(evidence(item(feed_id=n)) for n in (1, 2)))
    answer = await briefing.why(W, ledger.evidence.rows[0].id)
    assert "proposed by the machine · score 0.90 of 1 · reported by Outlet 1 and Outlet 2" in said(
        *why_messages(answer, zone=UTC)
    )


async def test_a_date_that_is_no_publishers_is_said_to_be_when_it_was_seen(
    briefing: Briefing, ledger: SmallLedger
) -> None:
    ledger.file(evidence(item(date_source=DateSource.FIRST_SEEN)))
    answer = await briefing.evidence(W, DREDGING)
    assert " · seen <!date^" in said(*evidence_messages(answer, zone=UTC))[2]


async def test_an_edited_item_says_how_often(briefing: Briefing, ledger: SmallLedger) -> None:
    ledger.file(evidence(item(revision=3)))
    answer = await briefing.why(W, ledger.evidence.rows[0].id)
    assert " · edited 2 times since" in said(*why_messages(answer, zone=UTC))[0]


async def test_an_item_that_tells_other_news_now_says_since_when(
    briefing: Briefing, ledger: SmallLedger
) -> None:
    changed = item("Dredging is called off", revision=2, changed_at=NOW)
    ledger.file(evidence(changed))
    ledger.items.first_titles[changed.id] = "Dredging <!here> begins"
    answer = await briefing.why(W, ledger.evidence.rows[0].id)
    (top, *_) = said(*why_messages(answer, zone=UTC))
    assert " · changed <!date^" in top
    assert "It first said: “Dredging &lt;!here&gt; begins”" in top
    listed = await briefing.evidence(W, DREDGING)
    assert " · changed <!date^" in said(*evidence_messages(listed, zone=UTC))[2]
    assert f", changed {day(NOW, zone=UTC)})" in as_text(listed)
    assert "it first said: Dredging <!here> begins" in as_text(answer)


async def test_many_silences_and_many_commitments_left_out_are_summed_up() -> None:
    many = tuple(
        Commitment(id=f"c{n}", title=f"C{n}", text="t", summit_id="s", priority=n)
        for n in range(40)
    )
    pack = Pack(summits=(Summit(id="s", name="S", commitments=many),))
    ledger = SmallLedger()
    ledger.file(*(evidence(commitment=f"c{n}", story=n + 1) for n in range(32)))
    old = NOW - 60 * DAY
    ledger.file(*(evidence(item(at=old), commitment=f"c{n}", story=n + 1) for n in range(32, 40)))
    busy = Briefing(ledger, pack=lambda: pack, clock=lambda: NOW)
    (parent, *_) = digest_messages(await busy.digest(W, (), LAST_DAY, timezone="UTC"))
    lines = "\n".join(said(parent))
    assert "C36 for 60 days and 3 others." in lines
    assert "`/briefing evidence c29` and 2 other commitments" in lines


async def test_the_home_tab_of_someone_without_subscriptions_offers_one(
    briefing: Briefing,
) -> None:
    table = await briefing.status_table(W)
    view = home_view(table, [], pack=PACK, zone=UTC).to_dict()
    assert "None yet. A digest tells what is new, when you want it." in list(_texts(view["blocks"]))
    offered = [
        e["action_id"] for b in view["blocks"] for e in b.get("elements", []) if "value" in e
    ]
    assert offered == [ids.SUBSCRIBE]


async def test_the_home_tab_of_an_admin_has_the_feeds_that_need_a_look(
    briefing: Briefing, ledger: SmallLedger
) -> None:
    ledger.feeds.rows = [feed(1), feed(2, newest_at=None), feed(3, failures=3), feed(4, failures=1)]
    table = await briefing.status_table(W)
    feeds = await briefing.feeds(W)
    view = home_view(table, [], pack=PACK, zone=UTC, feeds=feeds).to_dict()
    texts = "\n".join(_texts(view["blocks"]))
    assert "1 of 4 feeds failing." in texts
    menus = [b for b in view["blocks"] if b.get("accessory", {}).get("action_id") == ids.FEED_MENU]
    first, second = (block["text"]["text"] for block in menus)
    assert first.startswith("✗ ")
    assert "3 failures in a row" in first
    assert second.startswith("⚠ ")
    assert "has never had an item" in second


def test_a_command_in_an_error_can_be_copied_and_what_is_foreign_formats_nothing() -> None:
    error = NotFoundError("No feed is called “`*x*`”; `/briefing feeds` shows them.")
    (shown,) = said(error_message(error))
    assert "'/briefing feeds' shows them" in shown
    assert "`" not in shown
    assert "*x*" not in shown


def test_many_problems_of_a_file_are_a_list_with_an_end() -> None:
    problems = [Problem(where="feeds.yaml", line=n, what="broken", fix="mend it") for n in range(9)]
    (shown,) = said(problems_message(problems, head="It could not be read."))
    lines = shown.splitlines()
    assert lines[0] == "It could not be read."
    assert len(lines) == 7
    assert lines[-1] == "• and 4 more"
