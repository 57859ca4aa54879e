"""What the messages say: short, dated, sourced, plain."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, time, timedelta

import pytest

from bot.briefing import Briefing
from bot.briefing.phrases import day
from bot.briefing.questions import Intent
from bot.briefing.terminal import as_text
from bot.domain.commitment import Commitment, Pack, Summit
from bot.domain.errors import NotFoundError, Problem
from bot.domain.evidence import Direction, Reviewed, Verdict
from bot.domain.item import DateSource
from bot.domain.schedule import WORKDAYS, Schedule
from bot.domain.subscription import Json, Subscription
from bot.domain.window import Window
from bot.slack import ids
from bot.slack.button_values import EvidencePage, StoryValue
from bot.slack.messages.blocks import Message
from bot.slack.messages.digest import digest_messages
from bot.slack.messages.evidence import evidence_messages, why_messages, with_line
from bot.slack.messages.feeds import feeds_messages
from bot.slack.messages.home import home_view
from bot.slack.messages.notes import (
    error_message,
    problems_message,
    read_as,
    reviewed_message,
    unknown_message,
    unsure_message,
    which_message,
)
from bot.slack.messages.parts import story_section
from bot.slack.messages.status import commitment_messages, table_messages
from tests.briefing.builders import (
    DAY,
    NOW,
    PACK,
    SmallLedger,
    W,
    assessment,
    evidence,
    feed,
    item,
)

DREDGING = PACK.by_id["dredging"]
S = Direction.SETBACK
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
    message, reports = digest_messages(digest)
    lines = said(message)
    lead = "Dredgers reach nine metres (3 outlets): toward fulfilment of Dredging the channel."
    headline = "<https://e.example/1|Dredgers reach nine metres> · Outlet 1 and 2 others · "
    assert lines[:5] == [
        "Briefing for 1 Mar 2019",
        lead,
        f"{headline}E{number}",
        "1 story, 1 toward · 28 Feb 2019, 17:00 to 1 Mar 2019, 17:00 (Asia/Seoul)",
        "*Dredging the channel* · Harbour summit",
    ]
    assert lines[5] == (f"▲ {headline}<!date^1551409200^{{date_short}}|1 Mar 2019> · E{number}")
    assert "▲ toward fulfilment   all proposed by the machine" in lines
    # A notification shows the beginning: it is the news.
    assert message.text == "\n".join([lead, *lines[4:6]])
    _, links = said(reports)[0].split(f"E{number}: ")
    urls = [row.item.url for row in ledger.evidence.rows]
    assert [f"<{url}|Outlet {n}>" for n, url in enumerate(urls, 1)] == (
        links.replace("\n  ", " · ").split(" · ")
    )


async def test_a_digest_offers_the_status_of_each_commitment_and_to_change_and_stop_it(
    briefing: Briefing, ledger: SmallLedger
) -> None:
    ledger.file(evidence(commitment="bridge"))
    digest = await briefing.digest(W, (), LAST_DAY, timezone="UTC")
    one = Subscription(
        id=7,
        target="C012345",
        commitments=("bridge",),
        schedule=Schedule(weekdays=WORKDAYS, at=time(8), timezone="UTC"),
        created_by="U01ANALYST",
        created_at=NOW,
    )
    story, menu, change, stop = controls(*digest_messages(digest, subscription=one))
    assert story["action_id"] == ids.STORY_MENU
    assert menu["action_id"] == ids.STATUS
    options = [json.loads(option["value"])["commitment"] for option in menu["options"]]  # type: ignore[attr-defined]
    assert options == ["bridge", "pilots", "dredging", "tolls"]
    assert (change["action_id"], change["value"]) == (ids.SUBSCRIBE, '{"commitment":"bridge"}')
    assert (stop["action_id"], stop["value"]) == (ids.UNSUBSCRIBE, '{"subscription":7}')
    assert "confirm" in stop
    assert controls(*digest_messages(digest))[1:] == [menu]


async def test_a_verdict_is_said_below_the_lead_and_its_undoing_takes_that_back(
    briefing: Briefing, ledger: SmallLedger
) -> None:
    ledger.file(evidence(), evidence(commitment="tolls", story=2))
    digest = await briefing.digest(W, (), LAST_DAY, timezone="UTC")
    (message,) = digest_messages(digest)
    first, second = (one.story.evidence_id for one in digest.stories)
    sent, line = message.payload(), story_section(digest.stories[0].story, "✗ ~It was~")

    def lead(payload: Json | None) -> str:
        assert payload is not None
        return str(payload["blocks"][1]["text"]["text"])  # type: ignore[index]

    rejected = with_line(sent, [first], line, verdict=Verdict.REJECTED)
    assert lead(rejected) == f"{lead(sent)}\n↳ set aside by a person since: see E{first} below."
    assert rejected is not None
    assert lead(with_line(rejected, [first], line, verdict=None)) == lead(sent)
    other = with_line(sent, [second], line, verdict=Verdict.REJECTED)
    assert lead(other) == lead(sent)


async def test_what_an_outlet_adds_is_on_the_storys_line(
    briefing: Briefing, ledger: SmallLedger
) -> None:
    one = item()
    ledger.file(evidence(one, score=0.9), evidence(one, commitment="tolls", score=0.8))
    told = frozenset({("tolls", 1)})
    digest = await briefing.digest(W, (), LAST_DAY, timezone="UTC", already_mentioned=told)
    assert any(
        line.endswith("also bears on Ending the tolls · since yesterday: now sure to belong here")
        for line in said(*digest_messages(digest))
    )


async def test_confirmed_and_unsure_evidence_is_marked_and_the_legend_says_so(
    briefing: Briefing, ledger: SmallLedger
) -> None:
    ledger.file(
        evidence(story=1, verdict=Verdict.PROGRESS),
        evidence(story=2),
        evidence(story=3, sure=False, direction=Direction.SETBACK),
    )
    lines = said(*digest_messages(await briefing.digest(W, (), LAST_DAY, timezone="UTC")))
    marked = [line for line in lines if line.startswith(("▲ ✓ ", "▲ <", "? <"))]
    assert [line[:3] for line in marked] == ["▲ ✓", "▲ <", "? <"]
    assert marked[2].endswith(" · unsure whether it belongs here")
    assert (
        "▲ toward fulfilment   ? which way is unsure   ✓ confirmed by a person   "
        "unmarked: proposed by the machine"
    ) in lines


async def test_what_does_not_fit_into_the_message_goes_into_the_thread_and_the_rest_is_counted(
    briefing: Briefing, ledger: SmallLedger
) -> None:
    ledger.file(*(evidence(item(f"Report {n}"), story=n) for n in range(1, 41)))
    parent, *replies = digest_messages(await briefing.digest(W, (), LAST_DAY, timezone="UTC"))
    stories = [
        sum(text.startswith("▲ <") for text in said(message)) for message in (parent, *replies)
    ]
    assert (stories[0], sum(stories)) == (8, 25)
    assert "And 15 more: `/briefing evidence dredging`" in said(parent)
    assert "More, and the links of all outlets, below." in said(parent)
    assert all(reply.text.startswith("Briefing for 1 Mar 2019 (continued)\n") for reply in replies)


async def test_the_footer_tells_what_is_quiet_and_which_feeds_fail(
    briefing: Briefing, ledger: SmallLedger
) -> None:
    # Bridges bring no rhythm: silence begins after 30 days, and is told again after 37 and so on.
    silent = item("Piers are poured at the ford", at=NOW - 30.5 * DAY)
    ledger.file(evidence(), evidence(silent, commitment="bridge", story=2))
    ledger.feeds.rows = [feed(1), feed(2, failures=3)]
    lines = said(*digest_messages(await briefing.digest(W, (), LAST_DAY, timezone="UTC")))
    assert lines[1].endswith("Fallen silent: A bridge at the ford (last on 29 Jan 2019).")
    assert lines[3].startswith(f"A bridge at the ford, the last: <{silent.url}|{silent.title}>")
    assert "Due soon: Dredging the channel (13 Mar 2019)." in lines
    assert "1 of 2 feeds failing: `/briefing feeds`" in lines
    ledger.evidence.rows[1] = evidence(item(at=NOW - 37.5 * DAY), commitment="bridge", story=2)
    lines = said(*digest_messages(await briefing.digest(W, (), LAST_DAY, timezone="UTC")))
    assert "Still silent: A bridge at the ford (last on 22 Jan 2019)." in lines


async def test_a_late_digest_says_so(briefing: Briefing, ledger: SmallLedger) -> None:
    ledger.file(evidence())
    (message,) = digest_messages(await briefing.digest(W, (), LAST_DAY, timezone="UTC", late=True))
    assert said(message)[0] == "Briefing for 1 Mar 2019 (late)"


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
    lines = said(*messages)
    assert lines[1] == (
        "“The parties shall dredge the shared channel to nine metres.”\n"
        "<https://example.org/harbour|Harbour summit> · paragraph 2 · 12 Jun 2018 · "
        "Northland and Southland"
    )
    assert next(line for line in lines if line.startswith("*Last 30")) == (
        "*Last 30 days:* 4 toward\n"
        "*Last 90 days:* 4 toward\n"
        "*Silence:* newest evidence 1 day ago; usually about one a day\n"
        "*Momentum:* +0.79, from -1 (all setback) to +1 (all progress), newer stories counting "
        "more, fading to 0 without news\n"
        "*Due:* 13 Mar 2019, due in 12 days"
    )
    assert "Counted from stories by the machine, not a judgement." in said(*messages)
    buttons = [one["action_id"] for one in controls(*messages) if one["type"] == "button"]
    assert buttons == [
        ids.EVIDENCE,
        ids.TIMELINE,
        ids.ASSESS,
        ids.ASSESSMENT_HISTORY,
        ids.SUBSCRIBE,
    ]


async def test_a_status_begins_with_a_sentence_that_answers_every_part_of_it_cited(
    briefing: Briefing, ledger: SmallLedger
) -> None:
    old, new = item("Tolls fall", at=NOW - 90 * DAY), item("Tolls rise", at=NOW - 4 * DAY)
    other = evidence(item("Up again", feed_id=2, at=NOW - 3 * DAY), story=2, direction=S)
    filed = evidence(old, story=1), evidence(new, story=2, direction=S), other
    ledger.file(*filed)
    answer = await briefing.commitment_status(W, DREDGING)
    (first, *_) = said(*commitment_messages(answer, zone=UTC))
    head, sentence = first.split("\n")
    assert head == "*Dredging the channel* · dredging"
    assert sentence == (
        "Nobody has assessed this yet; "
        f"toward from 1 Dec 2018 (<{old.url}|Tolls fall>, 1 outlet, E{filed[0].id}); "
        f"away since 25 Feb 2019 (<{new.url}|Tolls rise>, 2 outlets, E{filed[1].id})."
    )
    whole = assessment(filed[0].id, at=NOW - 12 * DAY)
    party = assessment(other.id, party="*Northland", level=3, final=True, at=NOW - DAY)
    ledger.assessments.rows += [whole, party]
    answer = await briefing.commitment_status(W, DREDGING)
    (first, *_) = said(*commitment_messages(answer, zone=UTC))
    assert first.split("\n")[1].startswith(
        "Level 1 minimal (provisional), by <@U01ANALYST> on 17 Feb 2019, 12 days ago "
        f"(A{whole.id}, on E{filed[0].id}); ∗Northland: level 3 full, by <@U01ANALYST> on "
        f"28 Feb 2019, 1 day ago (A{party.id}, on E{other.id}); toward from 1 Dec 2018"
    )
    assert (
        as_text(answer)
        .split("\n")[1]
        .startswith("Level 1 minimal (provisional), by U01ANALYST on 17 Feb 2019, 12 days ago")
    )


async def test_what_speaks_for_it_and_against_is_told_once_the_strongest_first(
    briefing: Briefing, ledger: SmallLedger
) -> None:
    for number in range(1, 9):
        way = Direction.PROGRESS if number % 2 else S
        ledger.file(
            *(
                evidence(item(f"Report {number}", feed_id=outlet), story=number, direction=way)
                for outlet in range(1, 1 + number)
            )
        )
    answer = await briefing.commitment_status(W, DREDGING)
    lines = said(*commitment_messages(answer, zone=UTC))
    shown = [line for line in lines if "Report" in line and line[0] in "▲▼"]
    assert [line.split("|")[1].split(">")[0] for line in shown[:4]] == [
        "Report 7",
        "Report 5",
        "Report 8",
        "Report 6",
    ]
    assert lines.index("*Speaks for it*") < lines.index("*Speaks against it*")
    assert len(shown) == len(set(shown))
    text = as_text(answer)
    assert all(text.count(f"Report {number} (") == 1 for number in (5, 6, 7, 8))


async def test_an_answer_as_of_a_day_says_so(briefing: Briefing, ledger: SmallLedger) -> None:
    ledger.file(evidence(item(first_seen_at=NOW + 9 * DAY)))
    answer = await briefing.commitment_status(W, DREDGING)
    late = replace(answer.newest[0], late=1)
    past = replace(answer, as_of=NOW, newest=(late,), toward=(), unsure=())
    lines = said(*commitment_messages(past, zone=UTC))
    assert lines[0].startswith("*Dredging the channel* · dredging · as of 1 Mar 2019\n")
    assert any(line.endswith("· fetched later") for line in lines)
    table = replace(await briefing.status_table(W), as_of=NOW)
    assert said(*table_messages(table, zone=UTC))[0] == "*All commitments* · as of 1 Mar 2019"
    assert as_text(past).split("\n")[0] == "Dredging the channel (dredging), as of 1 Mar 2019"


async def test_a_table_has_a_line_for_each_commitment_with_level_turn_and_silence(
    briefing: Briefing, ledger: SmallLedger
) -> None:
    ledger.file(evidence(item(at=NOW - 60 * DAY), commitment="bridge"))
    ledger.assessments.rows.append(assessment(1, commitment="tolls", level=2, final=True))
    lines = "\n".join(said(*table_messages(await briefing.status_table(W), zone=UTC))).split("\n")
    assert lines[0] == "*All commitments*"
    assert lines[1:5] == [
        (
            "• Ending the tolls (`tolls`, Harbour summit) · *2 intermediate, 1 minute ago* · "
            "no evidence yet"
        ),
        (
            "• Dredging the channel (`dredging`, Harbour summit) · *not assessed* · "
            "no evidence yet · due in 12 days"
        ),
        "• Exchange of pilots (`pilots`, Harbour summit) · *not assessed* · no evidence yet",
        (
            "• A bridge at the ford (`bridge`, Delta meeting) · *not assessed* · "
            "▲ toward, no turn within a year · ▲1 · *no evidence for 60 days*"
        ),
    ]


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


@pytest.mark.parametrize(
    ("verb", "carried"),
    [
        ("evidence", [{"text": "evidence a"}, {"text": "evidence b"}]),
        (
            None,
            [{"text": "peace", "commitment": "a"}, {"text": "peace", "commitment": "b"}],
        ),
    ],
)
def test_a_name_that_may_be_several_is_asked_back_with_buttons(
    verb: str | None, carried: list[dict[str, str]]
) -> None:
    pairs = [("a", "A peace"), ("b", "B peace")]
    message = which_message("peace", candidates=pairs, verb=verb)
    question, *choices = message.payload()["blocks"]
    assert question["text"]["text"] == "Which one do you mean by “peace”?"
    assert [choice["text"]["text"] for choice in choices] == ["A peace", "B peace"]
    assert [json.loads(choice["accessory"]["value"]) for choice in choices] == carried


def test_a_question_back_offers_all_that_can_be_meant_or_says_how_many_more() -> None:
    pairs = [(f"c{n}", f"Promise {n}") for n in range(60)]
    message = which_message("", candidates=pairs, verb="timeline")
    assert message.text.startswith("Of which commitment? There are 20 more")
    assert len(message.blocks) == 41


def test_words_that_may_ask_two_things_offer_both() -> None:
    message = unsure_message("a karaoke", instead=(Intent.SEARCH, Intent.STATUS))
    values = [json.loads(b["accessory"]["value"]) for b in message.payload()["blocks"][1:]]
    assert [value["intent"] for value in values] == ["search", "status"]


def test_a_grey_line_says_how_a_question_was_read_with_what_is_foreign_escaped() -> None:
    (message,) = read_as([which_message("x", candidates=[])], ["evidence", "<!channel>"])
    assert message.payload()["blocks"][-1]["elements"][0]["text"] == "evidence · &lt;!channel&gt;"


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
    old = NOW - 58.5 * DAY
    ledger.file(*(evidence(item(at=old), commitment=f"c{n}", story=n + 1) for n in range(32, 40)))
    busy = Briefing(ledger, pack=lambda: pack, clock=lambda: NOW)
    (parent, *_) = digest_messages(await busy.digest(W, (), LAST_DAY, timezone="UTC"))
    lines = "\n".join(said(parent))
    assert "C36 (last on 1 Jan 2019) and 3 more." in lines
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
