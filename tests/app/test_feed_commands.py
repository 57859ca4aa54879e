"""The feed list in Slack, end to end: the real bot, a strict Slack, feeds on loopback."""

import asyncio
import json
import os
from datetime import timedelta

from bot.config.feeds_file import read_feeds_file
from bot.slack import ids
from tests.app.feed_admin import (
    ADMIN,
    NEWS,
    admin,
    controls_of,
    double_click,
    listed,
    press,
    text_of,
)
from tests.ingest.serving import Request, reply


async def test_admins_see_the_list_with_health_and_a_menu_for_each_feed(house) -> None:
    message = await admin(house, "feeds")
    count = len(listed(house))
    assert f"{count} feeds" in message.text
    assert controls_of(message).count(ids.FEED_MENU) == min(count, 8)
    assert "never fetched" in text_of([message])


async def test_others_get_a_friendly_no_to_everything(house, feeds) -> None:
    before = house.feeds_file.read_bytes()
    of_one = [f"feeds {verb} 1" for verb in ("remove", "pause", "resume", "test", "history")]
    with_address = [
        f"feeds add {feeds.url('/feed')}",
        f"feeds import {feeds.url('/list.opml')}",
    ]
    for text in ("feeds", "feeds export", "feeds add", "feeds import", *of_one, *with_address):
        answer, _ = await house.ask(text, user="analyst")
        assert "admins" in answer[-1].text, text
        assert not controls_of(answer[-1]), text
    assert not house.slack.views("analyst")
    assert not feeds.requests
    assert not house.slack.files()
    assert house.feeds_file.read_bytes() == before


async def test_an_edit_that_the_file_cannot_take_is_said_to_be_kept(house) -> None:
    house.feeds_file.chmod(0o444)
    paused = await admin(house, "feeds pause 1")
    assert "is paused" in paused.text
    assert "cannot be written" in paused.text
    house.feeds_file.chmod(0o644)
    resumed = await admin(house, "feeds resume 1")
    assert "cannot be written" not in resumed.text


async def test_an_edit_of_a_broken_file_says_that_nothing_was_changed(house) -> None:
    text = house.feeds_file.read_text(encoding="utf-8")
    house.feeds_file.write_text(f"{text}\n  - \turl: x\n", encoding="utf-8")
    os.utime(house.feeds_file, (1, 1))
    message = await admin(house, "feeds pause 1")
    assert "nothing was changed" in message.text
    page = await admin(house, "feeds")
    assert "the last good list stays current" in text_of([page])
    house.feeds_file.write_text(text, encoding="utf-8")
    os.utime(house.feeds_file, (2, 2))
    await admin(house, "feeds pause 1")
    assert "last good list" not in text_of([await admin(house, "feeds")])


async def test_an_address_with_an_absurd_port_is_answered_in_words(house) -> None:
    for verb in ("test", "history", "remove", "pause"):
        message = await admin(house, f"feeds {verb} http://127.0.0.1:99999/x")
        assert "reference" not in message.text, verb


async def test_a_button_in_an_open_thread_works_for_admins_alone(house, feeds) -> None:
    said = await house.slack.say(
        user=ADMIN, channel="summit-desk", text=f"@briefing feeds add {feeds.url('/feed')}?x=1"
    )
    (found,) = await house.slack.wait_for(
        lambda s: [m for m in s.replies("summit-desk", said.message.ts) if m.from_app]
    )
    assert ids.FEED_ADD_CONFIRM in controls_of(found)
    no = await press(house, found, ids.FEED_ADD_CONFIRM, user="analyst")
    assert "admins" in no.text
    no = await press(house, found, ids.FEED_CANCEL, user="analyst")
    assert "admins" in no.text
    (still,) = [m for m in house.slack.replies("summit-desk", said.message.ts) if m.from_app]
    assert ids.FEED_ADD_CONFIRM in controls_of(still)
    assert feeds.url("/feed?x=1") not in listed(house)


async def test_a_feed_is_shown_first_and_added_by_the_button(house, feeds) -> None:
    found = await admin(house, f"feeds add {feeds.url('/feed')} My wire")
    shown = text_of([found])
    assert "1 of its 2 entries" in shown
    assert "→" in shown
    assert "<!here>" not in shown
    assert feeds.url("/feed") not in listed(house)
    done = await press(house, found, ids.FEED_ADD_CONFIRM)
    assert done.ts == found.ts
    assert "My wire" in done.text
    assert not controls_of(done)
    assert listed(house)[-1] == feeds.url("/feed")
    core = house.bot.core
    (entry, *_) = await core.ledger.audit.list(core.workspace, limit=1)
    assert (entry.action, entry.actor) == ("feed.add", house.slack.users[ADMIN])


async def test_a_double_click_adds_once_and_is_harmless(house, feeds) -> None:
    found = await admin(house, f"feeds add {feeds.url('/feed')}")
    await double_click(house, found, ids.FEED_ADD_CONFIRM)
    await house.slack.wait_for(
        lambda s: {"list now", "list already"}
        <= {part for m in s.ephemerals(ADMIN) for part in ("list now", "list already")
            if part in m.text}
    )  # fmt: skip
    assert listed(house).count(feeds.url("/feed")) == 1


async def test_what_is_done_already_is_said_to_be(house) -> None:
    await admin(house, "feeds pause 1")
    assert "paused already" in (await admin(house, "feeds pause #1")).text
    await admin(house, "feeds resume 1")
    assert "is not paused" in (await admin(house, "feeds resume 1")).text
    question = await admin(house, "feeds remove 1")
    other = await admin(house, "feeds remove 1")
    await press(house, question, ids.FEED_REMOVE_CONFIRM)
    late = await press(house, other, ids.FEED_REMOVE_CONFIRM)
    assert "no longer in the list" in late.text


async def test_a_click_that_slack_sends_twice_is_answered_once(house, feeds) -> None:
    found = await admin(house, f"feeds add {feeds.url('/feed')}")
    click = await house.slack.click(user=ADMIN, message=found, action_id=ids.FEED_ADD_CONFIRM)
    await house.slack.wait_for(lambda s: "list now" in s.ephemerals(ADMIN)[-1].text)
    await house.slack.redeliver(click)
    answer = await admin(house, "help")
    assert answer is not None
    assert not any("list already" in m.text for m in house.slack.ephemerals(ADMIN))


async def test_an_old_button_leads_to_a_new_look(house, feeds) -> None:
    found = await admin(house, f"feeds add {feeds.url('/feed')}")
    house.clock.now += timedelta(days=2)
    again = await press(house, found, ids.FEED_ADD_CONFIRM)
    assert "older look" in text_of([again])
    assert feeds.url("/feed") not in listed(house)
    done = await press(house, again, ids.FEED_ADD_CONFIRM)
    assert "on the feed list now" in done.text


async def test_cancelling_changes_nothing(house, feeds) -> None:
    found = await admin(house, f"feeds add {feeds.url('/feed')}")
    done = await press(house, found, ids.FEED_CANCEL)
    assert (done.ts, done.text) == (found.ts, "Nothing was changed.")
    assert feeds.url("/feed") not in listed(house)


async def test_of_several_feeds_one_is_chosen(house, feeds) -> None:
    choice = await admin(house, f"feeds add {feeds.url('/')}")
    assert controls_of(choice) == [ids.FEED_LOOK] * 2
    look = next(
        b for b in choice.blocks if feeds.url("/b.xml") in json.dumps(b.get("accessory") or {})
    )
    found = await press(house, choice, ids.FEED_LOOK, block_id=look["block_id"])
    assert "Other" in found.text
    await press(house, found, ids.FEED_ADD_CONFIRM)
    assert listed(house)[-1] == feeds.url("/b.xml")


async def test_what_cannot_be_added_is_said_in_words(house, feeds) -> None:
    for typed, says in (
        ("notaurl", "/briefing feeds add: “notaurl” is neither an address nor a site"),
        ("http://10.0.0.1/feed", "private network"),
        ("http://169.254.169.254/latest", "metadata service"),
        ("ftp://example.org/feed", "begins with ftp:"),
        (feeds.url("/nothing"), "404"),
    ):
        message = await admin(house, f"feeds add {typed}")
        assert says in message.text
        assert "feeds.yaml" not in message.text
        assert not controls_of(message)


async def test_a_link_with_a_label_of_several_words_is_an_address(house, feeds) -> None:
    found = await admin(house, f"feeds add <{feeds.url('/feed')}|a label> My wire")
    assert "My wire" in found.text
    assert ids.FEED_ADD_CONFIRM in controls_of(found)


async def test_another_address_than_the_given_one_is_said_to_be(house, feeds) -> None:
    found = await admin(house, f"feeds add {feeds.url('/moved')}")
    assert "not the very address that was given" in text_of([found])


async def test_a_feed_that_is_listed_is_not_offered(house) -> None:
    message = await admin(house, f"feeds add {listed(house)[0]}")
    assert "list already" in message.text + text_of([message])
    assert not controls_of(message)


async def test_a_long_search_says_so_at_once(house, feeds, monkeypatch) -> None:
    monkeypatch.setattr("handlers.feeds._SOON", timedelta(milliseconds=50))
    go_on = asyncio.Event()

    async def slowly(request: Request, writer: asyncio.StreamWriter) -> None:
        await go_on.wait()
        await reply(body=NEWS)(request, writer)

    feeds.routes["/slow"] = slowly
    first = await admin(house, f"feeds add {feeds.url('/slow')}")
    assert first.text.startswith("Looking at")
    go_on.set()
    await house.slack.wait_for(
        lambda s: any(ids.FEED_ADD_CONFIRM in controls_of(m) for m in s.ephemerals(ADMIN))
    )


async def test_a_feed_is_added_by_form_over_http(open_house, feeds) -> None:
    async with open_house(http=True) as house:
        page = await admin(house, "feeds")
        await house.slack.click(user=ADMIN, message=page, action_id=ids.FEED_ADD)
        await house.slack.wait_for(lambda s: s.views(ADMIN))
        wrong = await house.slack.submit(
            user=ADMIN, values={ids.FEED_URL_INPUT: {ids.VALUE: "notaurl"}}
        )
        assert "neither an address nor a site" in wrong.errors[ids.FEED_URL_INPUT]
        before = len(house.slack.ephemerals(ADMIN))
        sent = await house.slack.submit(
            user=ADMIN,
            values={
                ids.FEED_URL_INPUT: {ids.VALUE: feeds.url("/feed")},
                ids.FEED_CATEGORY_INPUT: {ids.VALUE: "press"},
            },
        )
        assert sent.delivery.acknowledged
        await house.slack.wait_for(lambda s: len(s.ephemerals(ADMIN)) > before)
        await press(house, house.slack.ephemerals(ADMIN)[-1], ids.FEED_ADD_CONFIRM)
        added = read_feeds_file(house.feeds_file).feeds.feeds[-1]
        assert (added.url, added.category) == (feeds.url("/feed"), "press")


async def test_words_without_an_address_open_the_form(house) -> None:
    await house.slack.command(
        user=ADMIN, channel="summit-desk", command="/briefing", text="feeds add"
    )
    (view,) = await house.slack.wait_for(lambda s: s.views(ADMIN))
    assert view.callback_id == ids.FEED_ADD_VIEW


async def test_pause_resume_and_history_by_menu(house) -> None:
    page = await admin(house, "feeds")
    menu = next(b for b in page.blocks if b.get("accessory"))

    async def choose(word: str):
        value = next(o["value"] for o in menu["accessory"]["options"] if word in o["value"])
        return await press(house, page, ids.FEED_MENU, value=value, block_id=menu["block_id"])

    paused = await choose('"pause"')
    assert "is paused" in paused.text
    assert [feed.enabled for feed in read_feeds_file(house.feeds_file).feeds.feeds].count(
        False
    ) == 1
    history = await choose('"history"')
    assert "paused by" in text_of([history])
    assert house.slack.users[ADMIN] in text_of([history])
    found = await admin(house, "feeds paused")
    assert controls_of(found).count(ids.FEED_MENU) == 1
    resumed = await admin(house, "feeds resume 1")
    assert "fetched again" in resumed.text


async def test_removing_asks_first_and_keeps_the_items(house) -> None:
    url = listed(house)[0]
    question = await admin(house, "feeds remove 1")
    assert url in listed(house)
    done = await press(house, question, ids.FEED_REMOVE_CONFIRM)
    assert "off the feed list" in done.text
    assert done.ts == question.ts
    assert url not in listed(house)
    again = await admin(house, f"feeds history {url}")
    assert "not on the feed list now" in text_of([again])


async def test_a_trial_stores_nothing(house, feeds) -> None:
    core = house.bot.core
    message = await admin(house, f"feeds test {feeds.url('/moved')}")
    shown = text_of([message])
    assert "answers well" in shown
    assert "moved permanently" in shown
    assert "1 of 2 entries is without a date" in shown
    assert feeds.url("/moved") not in {
        feed.url for feed in await core.ledger.feeds.list(core.workspace)
    }
    gone = await admin(house, f"feeds test {feeds.url('/gone')}")
    assert "cannot be read (status 404)" in gone.text


async def test_pages_turn_in_place(house) -> None:
    text = "feeds:\n" + "".join(f"  - url: https://n{n}.example/f\n" for n in range(20))
    house.feeds_file.write_text(text, encoding="utf-8")
    core = house.bot.core
    await core.feeds.accept(core.workspace, actor="U1")
    first = await admin(house, "feeds example")
    assert "20 of 20 feeds" in first.text
    second = await press(house, first, ids.FEEDS_ON)
    third = await press(house, second, ids.FEEDS_ON)
    assert first.ts == second.ts == third.ts
    assert "page 3 of 3" in third.text
    assert controls_of(third).count(ids.FEED_MENU) == 4
    assert ids.FEEDS_ON not in controls_of(third)
    back = await press(house, third, ids.FEEDS_BACK)
    assert "page 2 of 3" in back.text


async def test_the_home_tabs_menu_answers_in_a_direct_message(house) -> None:
    await house.slack.open_home(ADMIN)
    view = await house.slack.wait_for(lambda s: s.home(ADMIN))
    await house.slack.click(user=ADMIN, view=view, action_id=ids.FEEDS)
    (page,) = await house.slack.wait_for(lambda s: s.dm(ADMIN))
    assert ids.FEED_MENU in controls_of(page)


async def test_unknown_words_lead_to_the_nearest_command(house) -> None:
    message = await admin(house, "feeds pasue")
    assert "`/briefing feeds pause`" in text_of([message])


async def test_help_after_feeds_is_help_and_no_filter(house) -> None:
    message = await admin(house, "feeds help")
    assert "/briefing feeds" in message.text or "feeds" in str(message.blocks)
    assert "No feed fits" not in str(message.blocks)
