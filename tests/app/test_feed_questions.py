"""Plain words about the feed list in Slack."""

from bot.config.feeds_file import read_feeds_file
from tests.app.feed_admin import ADMIN, admin, listed, text_of


async def test_a_question_about_the_feeds_tells_others_what_is_read_and_no_more(house) -> None:
    dm = await house.slack.open_dm("analyst")
    await house.slack.say(user="analyst", channel=dm, text="which feeds are you watching?")
    (_, answer) = await house.slack.wait_for(
        lambda s: s.dm("analyst") if len(s.dm("analyst")) > 1 else None
    )
    assert "I read" in answer.text
    assert "checked" not in text_of([answer])


async def said_to_bot(house, text: str, *, answers: int = 1) -> list[str]:
    """What the bot answers to an admin's direct message, so many messages at least."""
    dm = await house.slack.open_dm(ADMIN)
    before = len(house.slack.dm(ADMIN))
    await house.slack.say(user=ADMIN, channel=dm, text=text)
    await house.slack.wait_for(
        lambda s: len(s.dm(ADMIN)) > before + answers and "a page" not in s.dm(ADMIN)[-1].text
    )
    return [m.text for m in house.slack.dm(ADMIN)[before + 1 :]]


async def test_plain_words_show_the_feed_and_the_command_and_change_nothing(house) -> None:
    before = house.feeds_file.read_bytes()
    feeds = read_feeds_file(house.feeds_file).feeds.feeds
    title = feeds[1].title
    texts = await said_to_bot(house, f"please pause the feed {title}", answers=2)
    assert "Nothing was changed" in texts[0]
    assert "/briefing feeds pause 2" in texts[0]
    assert house.feeds_file.read_bytes() == before
    (answer,) = await said_to_bot(house, f"is the feed {title} down?")
    assert title in answer


async def test_a_question_for_some_of_the_feeds_shows_those(house) -> None:
    await admin(house, "feeds pause 3")
    (answer,) = await said_to_bot(house, "which feeds are paused?")
    assert "1 of " in answer
    (answer,) = await said_to_bot(house, "are any feeds down?")
    assert "0 of " in answer
    assert "No feed is failing." in text_of(house.slack.dm(ADMIN)[-1:])
    (answer,) = await said_to_bot(house, "which feeds do you read?")
    assert f"{len(listed(house))} feeds" in answer


async def test_plain_words_name_a_command_that_can_be_copied(house) -> None:
    title = read_feeds_file(house.feeds_file).feeds.feeds[1].title
    (command, *_) = await said_to_bot(house, "pause the feed that nobody knows", answers=2)
    assert "`/briefing feeds pause &lt;number&gt;`" in command
    (command, *_) = await said_to_bot(house, f"pause feed {title[:-2]}", answers=2)
    assert "`/briefing feeds pause 2`" in command
    (command, *_) = await said_to_bot(house, "add the feed https://x.example/f", answers=2)
    assert "`/briefing feeds add https://x.example/f`" in command
