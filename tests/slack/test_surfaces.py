"""Every message and view: within Slack's limits and harmless, whatever feeds and people write."""

import html
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.commitment import Commitment, Pack, Summit
from bot.domain.evidence import Direction, Evidence, Verdict
from bot.domain.feed import Feed
from bot.domain.item import Item
from bot.domain.window import Window
from bot.slack.limits import PLANNED_BLOCKS, PLANNED_CHARACTERS, PLANNED_TEXT
from bot.slack.messages.blocks import Message, escape, safe_url
from bot.slack.messages.digest import digest_messages
from sandbox.slack.blockkit import Surface, check_blocks, check_view, counted_characters
from tests.briefing.builders import DAY, NOW, PACK, SmallLedger, W, evidence, feed, item
from tests.slack.hostile import ATTACKS, URLS, assert_harmless, marked_up, texts, urls
from tests.slack.scenes import TARGETS, Scene, messages_of, views_of

LIMITS: dict[str, tuple[Callable[[Message], int], int]] = {
    "blocks": (lambda message: len(message.blocks), PLANNED_BLOCKS),
    "characters as Slack may count them": (
        lambda message: counted_characters(blocks_of(message)),
        PLANNED_CHARACTERS,
    ),
    "characters as JSON": (
        lambda message: len(json.dumps(blocks_of(message), ensure_ascii=False)),
        PLANNED_CHARACTERS + 2_000,  # json.dumps adds spaces
    ),
    "fallback text": (lambda message: len(message.text), PLANNED_TEXT),
}
SLOW = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def blocks_of(message: Message) -> list[object]:
    blocks = message.payload().get("blocks", [])
    assert isinstance(blocks, list)
    return blocks


def check(name: str, message: Message) -> None:
    """The message would be taken by Slack, and says nothing that we did not mean."""
    assert message.text.strip(), name
    for limit, (measure, most) in LIMITS.items():
        assert measure(message) <= most, (name, limit)
    assert not check_blocks(blocks_of(message)), name
    for text in marked_up({"text": message.text, "blocks": blocks_of(message)}):
        assert_harmless(text, targets=TARGETS)


async def check_all(scene: Scene) -> None:
    for name, messages in (await messages_of(scene)).items():
        assert messages, name
        for message in messages:
            check(name, message)
    for name, view in (await views_of(scene)).items():
        surface = Surface.HOME if name.startswith("home") else Surface.MODAL
        payload = view.to_dict()
        assert not check_view(payload, surface=surface), name
        for text in marked_up(payload):
            assert_harmless(text, targets=TARGETS)


def full_ledger(title: str, url: str | None, *, stories: int = 20) -> SmallLedger:
    """News, old stories and troubled feeds, all of them with that title and address."""
    ledger = SmallLedger()
    names = [commitment.id for commitment in PACK.commitments]
    for number in range(stories):
        age = timedelta(hours=number) if number % 2 else 40 * DAY + number * DAY
        told = item(title, url=url, outlet=title, summary=title, at=NOW - age)
        for commitment in names[: 1 + number % 3]:
            ledger.file(_evidence(told, commitment, number))
    ledger.feeds.rows = [
        feed(n, title=title, error=title, failures=n % 4, enabled=n % 7 > 0) for n in range(1, 40)
    ]
    return ledger


def _evidence(told: Item, commitment: str, number: int) -> Evidence:
    return evidence(
        told,
        commitment=commitment,
        story=1 + number,
        direction=list(Direction)[number % 3],
        verdict=[None, Verdict.CONFIRMED][number % 2],
        sure=number % 5 > 0,
        passage=told.title,
        reasons=(told.title,) * 12,
    )


def hostile_pack(text: str) -> Pack:
    """The usual pack with that text wherever an admin may write words."""

    def commitment(one: Commitment) -> Commitment:
        return replace(one, title=text, text=text, paragraph=text, parties=(text,) * 9)

    def summit(one: Summit) -> Summit:
        made = tuple(commitment(each) for each in one.commitments)
        return replace(one, name=text, source=text, parties=(text,), commitments=made)

    return Pack(summits=tuple(summit(one) for one in PACK.summits))


@pytest.mark.parametrize("text", ATTACKS)
async def test_every_surface_withstands_each_known_attack(text: str) -> None:
    ledger = full_ledger(text, URLS[1])
    await check_all(Scene(ledger=ledger, pack=hostile_pack(text or "x"), words=text, late=True))


@pytest.mark.parametrize("url", URLS)
async def test_every_surface_withstands_each_kind_of_address(url: str) -> None:
    await check_all(Scene(ledger=full_ledger("Depth reached", url), pack=PACK, words="depth"))


@pytest.mark.parametrize("pack", [PACK, Pack(), Pack(summits=(Summit(id="s", name="S"),))])
@pytest.mark.parametrize("feeds", [[], [feed(checked_at=None)], [feed()]])
async def test_every_surface_has_words_when_there_is_nothing(pack: Pack, feeds: list[Feed]) -> None:
    ledger = SmallLedger()
    ledger.feeds.rows = feeds
    await check_all(Scene(ledger=ledger, pack=pack, words="anything"))


async def test_a_very_large_pack_and_a_very_busy_day_still_fit() -> None:
    many = tuple(
        Commitment(id=f"c{n}", title=f"Commitment {n} " + "long " * 30, text="t", summit_id="s")
        for n in range(300)
    )
    pack = Pack(summits=(Summit(id="s", name="Summit", commitments=many),))
    ledger = SmallLedger()
    for n in range(300):
        one = item(f"Story {n} " + "word " * 60, url=f"https://e.example/{'x' * 900}{n}")
        ledger.file(
            evidence(one, commitment=f"c{n}", story=n), evidence(one, story=n, commitment="c1")
        )
    await check_all(Scene(ledger=ledger, pack=pack, words="story"))


@SLOW
@given(title=texts, url=urls, words=texts)
async def test_every_surface_withstands_whatever_feeds_and_people_write(
    title: str, url: str | None, words: str
) -> None:
    ledger = full_ledger(title, url, stories=8)
    await check_all(Scene(ledger=ledger, pack=PACK, words=words))


@SLOW
@given(title=st.text(min_size=1, max_size=200))
async def test_every_surface_withstands_whatever_a_pack_says(title: str) -> None:
    ledger = full_ledger("Depth reached", None, stories=6)
    await check_all(Scene(ledger=ledger, pack=hostile_pack(title), words="depth"))


REPORTS = st.tuples(
    st.sampled_from([one.id for one in PACK.commitments]),
    st.integers(1, 30),  # story
    st.integers(1, 12),  # feed
    texts,
    urls,
    st.sampled_from(Direction),
    st.booleans(),
)


@settings(SLOW, max_examples=60)
@given(reports=st.lists(REPORTS, min_size=1, max_size=40))
async def test_a_digest_of_whatever_feeds_write_loses_no_story_and_no_link(
    reports: list[tuple[str, int, int, str, str | None, Direction, bool]],
) -> None:
    ledger = SmallLedger()
    for commitment, story, number, title, url, direction, sure in reports:
        told = item(title, url=url, feed_id=number, outlet=f"{title} {number}")
        ledger.file(
            evidence(told, commitment=commitment, story=story, direction=direction, sure=sure)
        )
    scene = Scene(ledger=ledger, pack=PACK, words="x")
    day = Window(since=NOW - DAY, until=NOW)
    digest = await scene.briefing.digest(W, (), day, timezone="UTC")
    messages = digest_messages(digest, subscription=scene.subscriptions[0])
    for message in messages:
        check("digest", message)
    assert len(digest.stories) + digest.more == len({story for _, story, *_ in reports})
    said = "\n".join(json.dumps(blocks_of(message), ensure_ascii=False) for message in messages)
    menus = [
        json.loads(block["accessory"]["options"][0]["value"])["evidence"]
        for message in messages
        for block in blocks_of(message)
        if isinstance(block, dict) and "accessory" in block
    ]
    assert menus == [one.story.evidence_id for one in digest.stories]
    for one in digest.stories:
        for url in one.story.urls:
            if address := url and safe_url(url):
                shown = json.dumps(html.escape(address, quote=False), ensure_ascii=False)
                assert shown.strip('"') in said
    headline = escape(digest.stories[0].story.headline, limit=40).removesuffix("…")
    assert messages[0].text.startswith(headline)
