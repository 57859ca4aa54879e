"""The whole way through: feeds in, answers out, over Socket Mode and over signed HTTP."""

import json
from datetime import UTC, datetime

import pytest

from bot.jobs import JobName
from bot.ledger import StorageError
from bot.ledger.db.database import Access
from bot.slack import ids
from sandbox.slack import Forgery
from tests.ledger.db.test_accidents import fill_disk


def text_of(messages) -> str:
    """All that a reader sees of some messages."""
    return "\n".join(json.dumps(m.body, ensure_ascii=False) for m in messages)


def answers_to(slack, ts):
    """What the bot wrote in the thread of a message."""
    return [m for m in slack.replies("summit-desk", ts) if m.user == slack.bot_user_id]


async def test_a_poll_files_evidence_under_the_right_commitment(house):
    summary = await house.poll()
    assert summary.poll.failed == 0
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


async def test_a_verdict_from_a_storys_menu_is_kept_with_who_said_it(house):
    await house.poll()
    (message, *_), _ = await house.ask("status remains")
    core = house.bot.core
    first = next(b["accessory"] for b in message.blocks if b.get("accessory", {}).get("options"))
    option = next(o for o in first["options"] if "does_not_fit" in o["value"])
    before = len(house.slack.ephemerals("analyst"))
    await house.slack.click(
        user="analyst",
        message=message,
        action_id=first["action_id"],
        value=option["value"],
        block_id=next(b["block_id"] for b in message.blocks if b.get("accessory") == first),
    )
    await house.slack.wait_for(lambda s: len(s.ephemerals("analyst")) > before)
    reviews = await core.ledger.evidence.reviews(core.workspace)
    assert {r.actor for r in reviews} == {house.slack.users["analyst"]}
    assert json.loads(option["value"])["evidence"] in {r.evidence_id for r in reviews}


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
            "The feed list can be read again and is current."
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
