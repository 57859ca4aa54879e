"""Answers in the terminal: the same content, and nothing that could drive it."""

import unicodedata
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.briefing import Briefing
from bot.briefing.answers import Answer
from bot.briefing.terminal import as_text
from bot.domain.commitment import Pack
from bot.domain.evidence import Direction, Verdict
from bot.domain.window import Window
from tests.briefing.builders import DAY, NOW, PACK, SmallLedger, W, evidence, feed, item

HOSTILE = "Channel \x1b[2Jcleared\x07\r\nPS1=$ \u202egnp.exe \x9b31m"


async def every_answer(ledger: SmallLedger, pack: Pack = PACK) -> list[Answer]:
    briefing = Briefing(ledger, pack=lambda: pack, clock=lambda: NOW)
    day = Window(since=NOW - DAY, until=NOW)
    first = ledger.evidence.rows[:1]
    return [
        await briefing.status_table(W),
        await briefing.overview(W),
        await briefing.feeds(W),
        await briefing.search(W, HOSTILE[:7]),
        await briefing.digest(W, (), day, timezone="Asia/Seoul", late=True),
        *[await briefing.status_table(W, summit) for summit in pack.summits],
        *[await briefing.commitment_status(W, one) for one in pack.commitments],
        *[await briefing.evidence(W, one) for one in pack.commitments],
        *[await briefing.timeline(W, one) for one in pack.commitments],
        *[await briefing.why(W, row.id) for row in first],
    ]


async def test_no_control_character_of_a_feed_reaches_the_terminal() -> None:
    ledger = SmallLedger()
    bad = item(HOSTILE, outlet=HOSTILE, summary=HOSTILE, url="https://x.example/\x1b[2J")
    ledger.file(evidence(bad, passage=HOSTILE, reasons=(HOSTILE,)))
    ledger.feeds.rows = [feed(title=HOSTILE, error=HOSTILE, failures=3)]
    for answer in await every_answer(ledger):
        for line in as_text(answer).split("\n"):
            found = {char for char in line if unicodedata.category(char) in {"Cc", "Cs"}}
            assert not found | ({"\u202e"} & set(line)), (type(answer), line)


@pytest.mark.parametrize("pack", [PACK, Pack()])
async def test_every_answer_has_words_even_when_there_is_nothing(pack: Pack) -> None:
    for answer in await every_answer(SmallLedger(), pack):
        assert as_text(answer).strip()


async def test_an_empty_digest_is_one_honest_sentence() -> None:
    ledger = SmallLedger()
    ledger.file(evidence(item(at=NOW - 50 * DAY)))
    ledger.feeds.rows = [feed(1), feed(2, failures=3)]
    briefing = Briefing(ledger, pack=lambda: PACK, clock=lambda: NOW)
    day = Window(since=NOW - DAY, until=NOW)
    text = as_text(await briefing.digest(W, (), day, timezone="UTC"))
    assert text.endswith(
        "Nothing new from 28 Feb 2019, 08:00 to 1 Mar 2019, 08:00: 4 commitments watched, "
        "no new evidence on any of them; 1 of 2 feeds failing, so something may be missing. "
        "Due soon: Dredging the channel (13 Mar 2019)."
    )


async def test_a_table_gives_each_commitment_its_whole_title_and_its_id() -> None:
    title = "A promise whose title is far longer than any column of a terminal would be"
    long = replace(PACK.commitments[0], title=title)
    summit = replace(PACK.summits[0], commitments=(long, *PACK.summits[0].commitments[1:]))
    pack = Pack(summits=(summit, *PACK.summits[1:]))
    ledger = SmallLedger()
    ledger.file(evidence())
    briefing = Briefing(ledger, pack=lambda: pack, clock=lambda: NOW)
    lines = as_text(await briefing.status_table(W)).split("\n")
    place = lines.index(f"  {title} (dredging)")
    assert lines[place + 1].strip() == (
        "not assessed; ▲ toward, no turn within a year; Harbour summit"
    )
    said = " ".join(lines[place + 2].split())
    assert said == "▲1 evidence within the last day, due in 12 days"
    for commitment in pack.commitments:
        assert any(line.endswith(f"({commitment.id})") for line in lines)


async def test_a_digest_reads_as_a_colleague_would_write_it() -> None:
    ledger = SmallLedger()
    at = NOW - timedelta(hours=5)
    dredgers = item("Dredgers reach nine metres in the shared channel", at=at)
    depth, pilots = item("Depth", feed_id=2), item("Pilots stay home until autumn", feed_id=3)
    ledger.file(
        evidence(dredgers, story=1),
        evidence(depth, story=1),
        evidence(dredgers, commitment="tolls", story=1, direction=Direction.NEUTRAL),
        evidence(
            pilots,
            commitment="pilots",
            story=2,
            direction=Direction.SETBACK,
            verdict=Verdict.SETBACK,
        ),
    )
    briefing = Briefing(ledger, pack=lambda: PACK, clock=lambda: NOW)
    digest = await briefing.digest(
        W, (), Window(since=NOW - DAY, until=NOW), timezone="Asia/Seoul", late=True
    )
    numbers = [told.story.evidence_id for told in digest.stories]
    assert as_text(digest) == (
        "Dredgers reach nine metres in the shared channel (2 outlets): "
        "toward fulfilment of Dredging the channel.\n"
        "Briefing for 28 Feb 2019, 17:00 to 1 Mar 2019, 17:00 (Asia/Seoul)\n"
        "Late: it should have been sent earlier.\n"
        "\n"
        "Dredging the channel · Harbour summit\n"
        "  ▲ Dredgers reach nine metres in the shared channel "
        "(Outlet 1 and Outlet 2, 1 Mar 2019; also bears on Ending the tolls) "
        f"E{numbers[0]}\n"
        f"      {dredgers.url}\n"
        f"      Outlet 2: {depth.url}\n"
        "\n"
        "Exchange of pilots · Harbour summit\n"
        f"  ▼ ✓ Pilots stay home until autumn (Outlet 3, 1 Mar 2019) E{numbers[1]}\n"
        f"      {pilots.url}\n"
        "\n"
        "Due soon: Dredging the channel (13 Mar 2019)\n"
        "▲ toward fulfilment  ▼ away from it  ◇ neither  ? unsure;  "
        "✓ confirmed by a person; the rest is proposed by the machine"
    )


async def test_a_digest_of_more_than_is_known_says_from_when_on() -> None:
    ledger = SmallLedger()
    ledger.file(evidence())
    ledger.feeds.first = NOW - 3 * DAY
    briefing = Briefing(ledger, pack=lambda: PACK, clock=lambda: NOW)
    for days, said in ((2, False), (30, True)):
        window = Window(since=NOW - days * DAY, until=NOW)
        text = as_text(await briefing.digest(W, (), window, timezone="UTC"))
        assert ("Nothing is known before 26 Feb 2019, 08:00." in text.split("\n")) is said


async def test_a_narrowed_list_says_what_it_was_narrowed_to() -> None:
    ledger = SmallLedger()
    ledger.file(evidence(direction=Direction.SETBACK))
    briefing = Briefing(ledger, pack=lambda: PACK, clock=lambda: NOW)
    answer = await briefing.evidence(
        W,
        PACK.by_id["dredging"],
        since=NOW - 7 * DAY,
        until=NOW,
        direction=Direction.SETBACK,
    )
    heading, page, *_ = as_text(answer).split("\n")
    assert heading == (
        "Evidence: Dredging the channel (dredging), since 22 Feb 2019, before 1 Mar 2019, "
        "away from it"
    )
    assert page == "1 to 1 of 1, newest first"


async def test_what_a_digest_leaves_out_is_counted_with_the_command_that_shows_it() -> None:
    ledger = SmallLedger()
    ledger.file(*(evidence(item(f"Report {n}"), story=n) for n in range(1, 31)))
    ledger.file(evidence(item(at=NOW - 51.5 * DAY), commitment="bridge", story=99))
    ledger.feeds.rows = [feed(1), feed(2, failures=3)]
    briefing = Briefing(ledger, pack=lambda: PACK, clock=lambda: NOW)
    day = Window(since=NOW - DAY, until=NOW)
    lines = as_text(await briefing.digest(W, ("harbour", "bridge"), day, timezone="UTC")).split(
        "\n"
    )
    assert lines[2] == "On Harbour summit and A bridge at the ford"
    assert "Further stories" in lines
    assert "And 5 more stories: evidence dredging" in lines
    assert lines[-4:-1] == [
        "Still silent: A bridge at the ford (last on 8 Jan 2019)",
        "Due soon: Dredging the channel (13 Mar 2019)",
        "1 of 2 feeds failing",
    ]
    assert sum(line.startswith("  ▲ Report") for line in lines) == 25


async def test_the_feeds_are_counted_by_state_and_each_has_a_line() -> None:
    ledger = SmallLedger()
    ledger.feeds.rows = [feed(1), feed(2, failures=3, error="HTTP 503"), feed(3, enabled=False)]
    briefing = Briefing(ledger, pack=lambda: PACK, clock=lambda: NOW)
    lines = as_text(await briefing.feeds(W)).split("\n")
    assert lines[0] == "3 feeds, 1 failing, 1 paused"
    assert [line.split()[0] for line in lines[1::2]] == ["well", "FAILING", "paused"]
    ledger.feeds.rows = [feed(1)]
    assert as_text(await briefing.feeds(W)).startswith("1 feed, none failing\n")
