"""The feed list as OPML in Slack, in and out."""

import pytest

from bot.slack import ids
from tests.app.feed_admin import ADMIN, OPML, admin, double_click, listed, press, text_of
from tests.ingest.serving import reply


async def test_a_double_click_on_import_leaves_what_was_done(house, feeds) -> None:
    plan = await admin(house, f"feeds import {feeds.url('/list.opml')}")
    await double_click(house, plan, ids.FEEDS_IMPORT_CONFIRM)
    await house.slack.wait_for(
        lambda s: any("on the list already" in m.text for m in s.ephemerals(ADMIN))
    )
    (shown,) = [m for m in house.slack.ephemerals(ADMIN) if m.ts == plan.ts]
    assert "1 feed added" in shown.text


async def test_the_list_is_sent_as_a_file(house) -> None:
    answer = await admin(house, "feeds export")
    assert "feeds.opml" in answer.text
    (file,) = house.slack.files()
    assert file.name == "feeds.opml"
    for url in listed(house):
        assert url.replace("&", "&amp;").encode() in file.content
    assert house.slack.dm(ADMIN)


async def test_a_file_in_a_direct_message_is_shown_and_imported(house) -> None:
    file = house.slack.upload(user=ADMIN, name="mine.opml", content=OPML)
    dm = await house.slack.open_dm(ADMIN)
    await house.slack.say(user=ADMIN, channel=dm, text="", files=(file,))
    (_, plan) = await house.slack.wait_for(lambda s: s.dm(ADMIN) if len(s.dm(ADMIN)) > 1 else None)
    assert "1 feed to add and 1 that cannot be listed" in plan.text
    assert "https://x.example/f" not in listed(house)
    done = await press(house, plan, ids.FEEDS_IMPORT_CONFIRM)
    assert "1 feed added" in done.text
    assert listed(house)[-1] == "https://x.example/f"
    again = await admin(house, "feeds x.example")
    assert "<!here>" not in text_of([again])


async def test_a_list_is_imported_by_its_address(house, feeds) -> None:
    plan = await admin(house, f"feeds import {feeds.url('/list.opml')}")
    feeds.routes["/list.opml"] = reply(body=OPML.replace(b"x.example/f", b"y.example/f"))
    changed = await press(house, plan, ids.FEEDS_IMPORT_CONFIRM)
    assert "has changed since" in changed.text
    assert "https://y.example/f" not in listed(house)
    await press(house, changed, ids.FEEDS_IMPORT_CONFIRM)
    assert listed(house)[-1] == "https://y.example/f"


async def test_several_files_of_one_message_are_all_looked_at(house) -> None:
    files = [
        house.slack.upload(user=ADMIN, name=name, content=content)
        for name, content in (("one.opml", OPML), ("two.opml", b"no xml"), ("three.opml", OPML))
    ]
    dm = await house.slack.open_dm(ADMIN)
    await house.slack.say(user=ADMIN, channel=dm, text="", files=files)
    answers = await house.slack.wait_for(lambda s: s.dm(ADMIN) if len(s.dm(ADMIN)) > 3 else None)
    assert [answer.text.partition(":")[0].strip("*") for answer in answers[1:]] == [
        "one.opml",
        "two.opml",
        "three.opml",
    ]


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("{0}/nothing", "no list can be read there: there is nothing at this address (404)"),
        ("http://10.0.0.1/l.opml", "no list can be read there: the address leads to a private"),
        ("{0}/feed", "this is a feed, not a list of feeds"),
        ("nonsense", "https://example.org/feeds.opml"),
    ],
)
async def test_what_is_no_list_is_answered_in_words_for_lists(house, feeds, address, says) -> None:
    message = await admin(house, f"feeds import {address.format(feeds.url(''))}")
    assert says in message.text
    assert "feed's new address" not in message.text


async def test_a_list_is_imported_by_form(house) -> None:
    await house.slack.command(
        user=ADMIN, channel="summit-desk", command="/briefing", text="feeds import"
    )
    await house.slack.wait_for(lambda s: s.views(ADMIN))
    file = house.slack.upload(user=ADMIN, name="mine.opml", content=OPML)
    choice = house.slack.file_choice(file)
    await house.slack.submit(user=ADMIN, values={ids.OPML_FILE_INPUT: {ids.VALUE: [choice]}})
    plan = (await house.slack.wait_for(lambda s: s.ephemerals(ADMIN)))[-1]
    await press(house, plan, ids.FEEDS_IMPORT_CONFIRM)
    assert listed(house)[-1] == "https://x.example/f"


async def test_a_file_that_is_no_list_is_named_as_what_it_is(house) -> None:
    dm = await house.slack.open_dm(ADMIN)
    for content, says in (
        (b"not xml at all", "not an OPML file"),
        (b"<html></html>", "a web page, not OPML"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><opml><body/></opml>', "declares entities"),
        (b"x" * (1024 * 1024 + 1), "larger than"),
    ):
        file = house.slack.upload(user=ADMIN, name="mine.opml", content=content)
        before = len(house.slack.dm(ADMIN))
        await house.slack.say(user=ADMIN, channel=dm, text="feeds import", files=(file,))
        await house.slack.wait_for(lambda s, n=before: len(s.dm(ADMIN)) > n + 1)
        assert says in house.slack.dm(ADMIN)[-1].text


async def test_without_the_scope_the_admin_reads_what_to_do(house) -> None:
    house.slack.world.grants.scopes.discard("files:read")
    file = house.slack.upload(user=ADMIN, name="mine.opml", content=OPML)
    dm = await house.slack.open_dm(ADMIN)
    await house.slack.say(user=ADMIN, channel=dm, text="", files=(file,))
    (_, answer) = await house.slack.wait_for(
        lambda s: s.dm(ADMIN) if len(s.dm(ADMIN)) > 1 else None
    )
    assert "files:read" in answer.text
