"""The whole way through: feeds in, answers out, over Socket Mode and over signed HTTP."""

import json
from datetime import UTC, datetime

import pytest

from bot.jobs import JobName
from bot.ledger import StorageError
from bot.ledger.db.database import Access
from bot.slack import ids
from sandbox.slack import Forgery
from tests.ingest.serving import reply, serving
from tests.ledger.db.test_accidents import fill_disk


def text_of(messages) -> str:
    """All that a reader sees of some messages."""
    return "\n".join(json.dumps(m.body, ensure_ascii=False) for m in messages)


def answers_to(slack, ts):
    """What the bot wrote in the thread of a message."""
    return [m for m in slack.replies("summit-desk", ts) if m.user == slack.bot_user_id]


async def test_a_poll_files_evidence_under_the_right_commitment(house):
    summary = await house.poll()
    assert summary.poll.errors == []
    assert summary.poll.items_new > 20
    core = house.bot.core
    filed = await core.ledger.evidence.list(core.workspace, commitments=["remains"])
    assert any("Osan" in f"{e.item.title} {e.item.summary}" for e in filed)


async def test_a_second_poll_adds_nothing(house):
    await house.poll()
    again = await house.poll()
    assert (again.poll.items_new, again.filing.evidence_new, again.filing.stories_new) == (0, 0, 0)
    assert again.poll.not_modified == again.poll.feeds


async def test_status_is_answered_with_sources_over_socket_mode(house):
    await house.poll()
    answer, delivery = await house.ask("status remains")
    assert delivery.acknowledged
    said = text_of(answer)
    assert "remains" in said.lower()
    assert house.newsroom.base_url in said


async def test_status_is_answered_over_signed_http(open_house):
    async with open_house(http=True) as house:
        await house.poll()
        answer, delivery = await house.ask("status remains")
    assert delivery.acknowledged
    assert "remains" in text_of(answer).lower()


@pytest.mark.parametrize(
    "forgery", [Forgery.OTHER_KEY, Forgery.CHANGED_BODY, Forgery.STALE, Forgery.UNSIGNED]
)
async def test_false_and_stale_signatures_are_refused(open_house, forgery):
    async with open_house(http=True) as house:
        house.slack.forgery = forgery
        delivery = await house.slack.command(
            user="analyst", channel="summit-desk", command="/briefing", text="help"
        )
        assert not delivery.acknowledged
        assert not house.slack.ephemerals("analyst")


async def test_a_mention_is_answered_in_its_thread(house):
    await house.poll()
    said = await house.slack.say(
        user="analyst", channel="summit-desk", text="@briefing where are we on the remains?"
    )
    replies = await house.slack.wait_for(lambda s: answers_to(s, said.message.ts))
    assert "remains" in text_of(replies).lower()


async def test_a_question_about_setbacks_gets_setbacks_alone(house):
    await house.poll()
    said = await house.slack.say(
        user="analyst", channel="summit-desk", text="@briefing setbacks since June"
    )
    replies = await house.slack.wait_for(lambda s: answers_to(s, said.message.ts))
    assert "All commitments" not in replies[0].text
    assert all("▲" not in reply.text for reply in replies)


async def test_an_event_that_slack_sends_twice_is_answered_once(house):
    said = await house.slack.say(user="analyst", channel="summit-desk", text="@briefing help")
    ts = said.message.ts
    await house.slack.wait_for(lambda s: answers_to(s, ts))
    await house.slack.redeliver(said.deliveries[0])
    # A later question's answer shows that the repeated one was passed over.
    await house.ask("help")
    assert len(answers_to(house.slack, ts)) == 1


async def test_a_direct_message_is_answered(house):
    await house.poll()
    dm = await house.slack.open_dm("analyst")
    await house.slack.say(user="analyst", channel=dm, text="anything new on the remains?")
    answers = await house.slack.wait_for(
        lambda s: [m for m in s.dm("analyst") if m.user == s.bot_user_id]
    )
    assert "remains" in text_of(answers).lower()


async def test_unknown_words_get_the_nearest_command(house):
    answer, _ = await house.ask("statsu remains")
    assert "status" in text_of(answer)


@pytest.mark.parametrize(
    "text",
    ["", "status", "status all", "evidence remains", "evidence remains since 2018-07-01",
     "timeline remains", "search Osan", "digest now", "subscriptions", "commitments", "feeds",
     "help", "why E1"],
)  # fmt: skip
async def test_every_command_is_answered_in_plain_words(house, text):
    await house.poll()
    answer, delivery = await house.ask(text)
    assert delivery.acknowledged
    said = text_of(answer)
    assert "Traceback" not in said
    assert "Sorry, that did not work" not in said


async def test_a_subscription_gets_its_digest_once_a_day(house):
    answer, _ = await house.ask("subscribe remains daily 08:00 Asia/Seoul")
    assert "08:00" in text_of(answer)
    house.clock.now = datetime(2018, 8, 2, 23, 1, tzinfo=UTC)  # 08:01 on 3 August in Seoul
    await house.poll()
    house.bot.scheduler.nudge(JobName.DIGESTS)
    await house.slack.wait_for(lambda s: s.messages("summit-desk"))
    house.bot.scheduler.nudge(JobName.DIGESTS)
    await house.ask("subscriptions")
    keys = [m.metadata["event_payload"]["key"] for m in house.slack.messages("summit-desk")]
    assert len(keys) == len(set(keys))
    assert keys[0].endswith(":2018-08-03")


async def test_only_admins_change_the_feed_list(house):
    feed = house.newsroom.extra_feed
    refused, _ = await house.ask(f"feeds add {feed.url}", user="analyst")
    assert "admin" in text_of(refused)
    (found,), _ = await house.ask(f"feeds add {feed.url} Imjin Monitor", user="admin")
    assert feed.url not in house.feeds_file.read_text(encoding="utf-8")
    await house.slack.click(user="admin", message=found, action_id=ids.FEED_ADD_CONFIRM)
    await house.slack.wait_for(lambda s: "on the feed list" in s.ephemerals("admin")[-1].text)
    assert feed.url in house.feeds_file.read_text(encoding="utf-8")
    core = house.bot.core
    assert feed.url in {f.url for f in await core.ledger.feeds.list(core.workspace)}


def lines_of(message):
    """The blocks of stories, each with its menu."""
    return [b for b in message.blocks if b.get("accessory", {}).get("action_id") == ids.STORY_MENU]


def number_of(block):
    """The evidence that a line is about."""
    return json.loads(block["accessory"]["options"][0]["value"])["evidence"]


async def choose(house, message, choice, *, user="analyst", number=None):
    """Choose in the menu of a line, the first or that of some evidence."""
    lines = lines_of(message)
    line = next(b for b in lines if number is None or number_of(b) == number)
    option = next(
        o for o in line["accessory"]["options"] if json.loads(o["value"])["choice"] == choice
    )
    await house.slack.click(
        user=user,
        message=message,
        action_id=ids.STORY_MENU,
        value=option["value"],
        block_id=line["block_id"],
    )
    return number_of(line)


async def in_the_channel(house, text="@briefing where are we on the remains?"):
    """Ask openly; the message that everybody reads, and how to see it as it is now."""
    said = await house.slack.say(user="analyst", channel="summit-desk", text=text)
    (message, *_) = await house.slack.wait_for(lambda s: answers_to(s, said.message.ts))
    return message, lambda s: next(m for m in answers_to(s, said.message.ts) if m.ts == message.ts)


async def test_a_verdict_from_a_storys_menu_is_kept_with_who_said_it(house):
    await house.poll()
    (message, *_), _ = await house.ask("status remains")
    core = house.bot.core
    before = len(house.slack.ephemerals("analyst"))
    number = await choose(house, message, "does_not_fit")
    await house.slack.wait_for(lambda s: len(s.ephemerals("analyst")) > before)
    assert "not this commitment" in house.slack.ephemerals("analyst")[-1].text
    reviews = await core.ledger.evidence.reviews(core.workspace)
    assert {r.actor for r in reviews} == {house.slack.users["analyst"]}
    assert number in {r.evidence_id for r in reviews}


async def test_a_verdict_changes_the_line_for_everybody_and_its_undoing_changes_it_back(house):
    await house.poll()
    message, now = await in_the_channel(house)
    whispers = len(house.slack.ephemerals("analyst"))
    number = await choose(house, message, "setback")

    def line(slack):
        return next(b for b in lines_of(now(slack)) if number_of(b) == number)

    set_right = await house.slack.wait_for(
        lambda s: line(s) if "set by" in line(s)["text"]["text"] else None
    )
    text = set_right["text"]["text"]
    assert text.startswith("▼ ✓ ")
    assert f"away from it: set by <@{house.slack.users['analyst']}>" in text
    # What changed before the eyes of everybody needs no word to the one who pressed.
    assert len(house.slack.ephemerals("analyst")) == whispers
    # Another person presses later: told what stood there, and both stay on record.
    await choose(house, now(house.slack), "neutral", user="admin", number=number)
    await house.slack.wait_for(lambda s: "neither: set by" in line(s)["text"]["text"])
    told = await house.slack.wait_for(lambda s: s.ephemerals("admin"))
    assert "had set it to “away from it”" in told[-1].text
    # The analyst may not take the admin's word back, only say something else.
    await choose(house, now(house.slack), "undo", number=number)
    refused = await house.slack.wait_for(
        lambda s: len(s.ephemerals("analyst")) > whispers and s.ephemerals("analyst")[-1]
    )
    assert "Only the person who pressed can undo this" in refused.text
    await choose(house, now(house.slack), "undo", user="admin", number=number)
    await house.slack.wait_for(lambda s: "away from it: set by" in line(s)["text"]["text"])
    core = house.bot.core
    history = await core.ledger.evidence.reviews(core.workspace, evidence_id=number)
    assert [(r.verdict, r.undoes is not None) for r in history] == [
        ("setback", False), ("neutral", False), ("neutral", True)
    ]  # fmt: skip


async def test_a_line_is_moved_to_another_commitment_through_the_modal(house):
    await house.poll()
    message, now = await in_the_channel(house)
    number = await choose(house, message, "move")
    view = await house.slack.wait_for(lambda s: s.views("analyst"))
    (question,) = [b for b in view[-1].blocks if b["type"] == "input"]
    nearest = question["element"]["option_groups"][0]
    assert (nearest["label"]["text"], len(nearest["options"])) == ("Nearest by their words", 3)
    chosen = next(
        o["value"]
        for group in question["element"]["option_groups"]
        for o in group["options"]
        if json.loads(o["value"])["to"] == "relations"
    )
    submission = await house.slack.submit(
        user="analyst", values={ids.COMMITMENT_INPUT: {ids.VALUE: chosen}}
    )
    assert submission.delivery.acknowledged
    await house.slack.wait_for(lambda s: "moved to" in text_of([now(s)]))
    core = house.bot.core
    there = await core.ledger.evidence.list(core.workspace, commitments=["relations"])
    moved = await core.ledger.evidence.get(core.workspace, number)
    assert moved.item.id in {one.item.id for one in there}
    struck = next(b for b in lines_of(now(house.slack)) if number_of(b) == number)
    assert struck["text"]["text"].startswith("✗ ~")
    await choose(house, now(house.slack), "undo", number=number)
    await house.slack.wait_for(lambda s: "moved to" not in text_of([now(s)]))
    there = await core.ledger.evidence.list(core.workspace, commitments=["relations"])
    assert all(one.origin == "machine" for one in there)


async def test_a_verdict_reaches_the_digest_that_was_posted_and_a_second_one_keeps_the_first(
    house,
):
    await house.ask("subscribe daily 08:00 Asia/Seoul")
    await house.poll()
    house.clock.now = datetime(2018, 9, 19, 22, 30, tzinfo=UTC)  # after a summit
    await house.poll()
    house.clock.now = datetime(2018, 9, 19, 23, 1, tzinfo=UTC)
    house.bot.scheduler.nudge(JobName.DIGESTS)
    posted = await house.slack.wait_for(lambda s: s.messages("summit-desk"))
    first, second = [number_of(block) for block in lines_of(posted[0])][:2]

    def line(slack, number):
        lines = lines_of(slack.messages("summit-desk")[0])
        return next(b["text"]["text"] for b in lines if number_of(b) == number)

    # One is set right in the digest itself, the other where "why" is answered.
    await choose(house, posted[0], "neutral", number=first)
    await house.slack.wait_for(lambda s: "neither: set by" in line(s, first))

    def lead(slack):
        blocks = slack.messages("summit-desk")[0].blocks
        return next(b["text"]["text"] for b in blocks if b["block_id"] == ids.lead(first))

    # It leads, too: its words stay, and say below that they were reviewed.
    assert lead(house.slack).endswith(f"reviewed by a person since: see E{first} below.")
    (why, *_), _ = await house.ask(f"why E{second}")
    await house.slack.click(user="analyst", message=why, action_id=ids.REVIEW_SETBACK)
    await house.slack.wait_for(lambda s: "away from it: set by" in line(s, second))
    assert "neither: set by" in line(house.slack, first)


async def test_a_digest_answers_for_each_commitment_and_can_be_stopped_where_it_is_read(house):
    await house.ask("subscribe daily 08:00 Asia/Seoul skip empty")
    await house.poll()
    house.clock.now = datetime(2018, 9, 19, 22, 30, tzinfo=UTC)  # after a summit
    await house.poll()
    house.clock.now = datetime(2018, 9, 19, 23, 1, tzinfo=UTC)
    house.bot.scheduler.nudge(JobName.DIGESTS)
    posted, *_ = await house.slack.wait_for(lambda s: s.messages("summit-desk"))
    value = '{"commitment":"remains"}'
    await house.slack.click(user="analyst", message=posted, action_id=ids.STATUS, value=value)
    await house.slack.wait_for(
        lambda s: "Return of American war dead" in text_of(s.ephemerals("analyst"))
    )
    await house.slack.click(user="analyst", message=posted, action_id=ids.UNSUBSCRIBE)
    await house.slack.wait_for(lambda s: "Stopped:" in text_of(s.ephemerals("analyst")))
    assert await house.bot.core.ledger.subscriptions.list(house.bot.core.workspace) == ()


async def test_cards_are_reviewed_one_by_one_and_no_two_people_get_the_same(house):
    await house.poll()
    (card, *_), _ = await house.ask("review")
    assert " left" in card.text
    (other, *_), _ = await house.ask("review", user="admin")

    def number(message):
        buttons = next(b["elements"] for b in message.blocks if b["type"] == "actions")
        return json.loads(buttons[0]["value"])["evidence"]

    first = number(card)
    assert number(other) != first
    await house.slack.click(user="analyst", message=card, action_id=ids.CARD_SETBACK)
    # The next card takes the place of the first.
    await house.slack.wait_for(
        lambda s: "1 done today by 1 person" in text_of(s.ephemerals("analyst"))
    )
    core = house.bot.core
    assert (await core.ledger.evidence.get(core.workspace, first)).verdict == "setback"
    (quality, *_), _ = await house.ask("quality")
    assert "right 1 of 1 times" in text_of([quality])
    (audit, *_), _ = await house.ask(f"audit E{first}")
    said = text_of([audit])
    assert "verdict: setback" in said
    assert f"<@{house.slack.users['analyst']}>" in said
    (nobody, *_), _ = await house.ask("audit <@U0NOBODY>")
    assert "Nothing was changed" in nobody.text
    (unknown, *_), _ = await house.ask("audit the moon")
    assert "the moon" in unknown.text


ARTICLE = b"""<html lang="en"><head><title>x</title>
<meta property="og:title" content="Generals agree to return remains of &lt;b&gt; soldiers">
<meta property="og:description" content="Remains of US war dead will be returned from North Korea.">
<meta property="og:site_name" content="Strait Gazette">
<meta property="article:published_time" content="2018-07-15T09:00:00Z">
</head><body>text</body></html>"""


async def test_an_article_that_no_feed_brought_is_filed_by_hand_and_taken_back(house):
    await house.poll()
    page = reply(body=ARTICLE, headers={"Content-Type": "text/html"})
    empty = reply(body=b"<html><body>nothing</body></html>")
    async with serving({"/a": page, "/empty": empty}) as site:
        address = site.url("/a")
        (proposed, *_), _ = await house.ask(f"file {address}")
        said = text_of([proposed])
        assert "Strait Gazette" in said
        assert "Generals agree to return remains of" in said
        assert "<b>" not in said
        (filed, *_), _ = await house.ask(f"file {address} remains away")
        (nothing, *_), _ = await house.ask(f"file {site.url('/empty')} remains away")
        (refused, *_), _ = await house.ask("file http://10.0.0.1/a remains away")
    assert "is filed under *Return of American war dead" in filed.text
    assert "says no title" in nothing.text
    assert "10.0.0.1" in refused.text
    core = house.bot.core
    by_hand = [
        e
        for e in await core.ledger.evidence.list(core.workspace, commitments=["remains"])
        if e.origin == "person"
    ]
    (one,) = by_hand
    assert (one.item.outlet, one.shown_direction) == ("Strait Gazette", "setback")
    assert one.item.published_at == datetime(2018, 7, 15, 9, tzinfo=UTC)
    (line, *_), _ = await house.ask("status remains")
    assert f"E{one.id}" in text_of([line])
    # What a search finds can be filed too, through a modal.
    (found, *_), _ = await house.ask("search generals agree remains soldiers")
    button = next(
        b["accessory"]
        for b in found.blocks
        if b.get("accessory", {}).get("action_id") == ids.FILE_CHOOSE
    )
    await house.slack.click(
        user="analyst", message=found, action_id=ids.FILE_CHOOSE, value=button["value"]
    )
    view = (await house.slack.wait_for(lambda s: s.views("analyst")))[-1]
    select = next(b for b in view.blocks if b.get("block_id") == ids.COMMITMENT_INPUT)["element"]
    wanted = next(
        o["value"]
        for g in select["option_groups"]
        for o in g["options"]
        if '"commitment":"remains"' in o["value"]
    )
    submission = await house.slack.submit(
        user="analyst",
        values={
            ids.COMMITMENT_INPUT: {ids.VALUE: wanted},
            ids.DIRECTION_INPUT: {ids.VALUE: "progress"},
        },
    )
    assert submission.delivery.acknowledged


async def test_the_home_tab_shows_where_we_stand(house):
    await house.poll()
    await house.slack.open_home("admin")
    view = await house.slack.wait_for(lambda s: s.home("admin"))
    assert "Where we stand" in json.dumps(view.body)


async def test_subscribing_by_form(house):
    await house.slack.command(
        user="analyst", channel="summit-desk", command="/briefing", text="subscribe"
    )
    await house.slack.wait_for(lambda s: s.views("analyst"))
    submission = await house.slack.submit(user="analyst", values={})
    assert submission.delivery.acknowledged
    core = house.bot.core
    await house.slack.wait_for(lambda s: s.ephemerals("analyst") or s.dm("analyst"))
    assert len(await core.ledger.subscriptions.list(core.workspace)) == 1


async def test_a_broken_feed_list_keeps_the_last_good_one_and_tells_the_admins(house):
    core = house.bot.core
    before = [feed.url for feed in await core.ledger.feeds.list(core.workspace)]
    house.feeds_file.write_text("feeds:\n  - title: no address\n", encoding="utf-8")
    told = await house.slack.wait_for(lambda s: s.dm("admin"))
    # A zero-width space keeps the colon from beginning an emoji's name.
    assert "feeds.yaml:2" in told[0].text.replace("\u200b", "")
    assert [feed.url for feed in await core.ledger.feeds.list(core.workspace)] == before


async def test_a_broken_list_is_told_once_and_so_is_its_mending_also_without_named_admins(
    open_house,
):
    async with open_house(named_admins=False) as house:
        good = house.feeds_file.read_text(encoding="utf-8")
        house.feeds_file.write_text("feeds:\n  - title: no address\n", encoding="utf-8")
        await house.slack.wait_for(lambda s: len(s.dm("admin")) == 1)
        for _ in range(2):
            await house.ask("feeds pause 1", user="admin")
        house.feeds_file.write_text(good, encoding="utf-8")
        told = await house.slack.wait_for(lambda s: s.dm("admin")[1:])
        assert [message.text for message in told] == [
            "The feed list is in order again, and current."
        ]


async def test_a_refused_ephemeral_reaches_the_person_directly(house):
    """Where the bot is no member it can still answer, by the response URL."""
    answer, _ = await house.ask("help", channel="random")
    assert answer


async def test_admins_hear_of_a_full_disk_while_it_is_full(open_house, database_url, caplog):
    async with open_house(database_url=database_url) as house:
        with pytest.raises(StorageError):
            await house.bot.core.ledger._database.run(Access.WRITE, fill_disk)
        house.bot.scheduler.nudge(JobName.LEDGER)
        await house.slack.wait_for(lambda s: s.dm("admin"))
    (said,) = house.slack.dm("admin")
    assert "finds no room on its disk" in said.text
    assert "house.db" not in said.text
    assert "the ledger takes nothing" in [r.message for r in caplog.records]


async def test_a_shortcut_files_the_article_that_a_message_links_to(house):
    await house.poll()
    async with serving({"/a": reply(body=ARTICLE, headers={"Content-Type": "text/html"})}) as site:
        said = await house.slack.say(
            user="analyst", channel="summit-desk", text=f"look: <{site.url('/a')}|here>"
        )
        before = len(house.slack.ephemerals("analyst"))
        await house.slack.shortcut(
            user="analyst", callback_id=ids.FILE_SHORTCUT, message=said.message
        )
        await house.slack.wait_for(lambda s: len(s.ephemerals("analyst")) > before)
    card = house.slack.ephemerals("analyst")[-1]
    assert "Strait Gazette" in text_of([card])
    await house.slack.click(user="analyst", message=card, action_id=ids.FILE_PROGRESS)
    await house.slack.wait_for(lambda s: "is filed under" in text_of(s.ephemerals("analyst")))
    empty = await house.slack.say(user="analyst", channel="summit-desk", text="no link")
    await house.slack.shortcut(user="analyst", callback_id=ids.FILE_SHORTCUT, message=empty.message)
    await house.slack.wait_for(
        lambda s: "there is no link in this message" in text_of(s.ephemerals("analyst"))
    )
