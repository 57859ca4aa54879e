"""Whatever is asked, by the command or in a mention, is read alike, and says how it was read."""

import json
import re

import pytest

from bot.slack import ids
from tests.app.feed_admin import text_of


def everything(messages) -> str:
    """The blocks of some messages, as one text without the ids that Slack gives them."""
    blocks = [block for one in messages for block in one.body.get("blocks", ())]
    bare = [{key: value for key, value in one.items() if key != "block_id"} for one in blocks]
    return json.dumps(bare, ensure_ascii=False)


@pytest.fixture
async def asked(house):
    """Asks in both ways, and gives what the command showed."""
    await house.poll()

    async def ask(text: str) -> str:
        by_command, _ = await house.ask(text)
        said = await house.slack.say(
            user="analyst", channel="summit-desk", text=f"@briefing {text}"
        )
        await house.slack.wait_for(lambda s: s.replies("summit-desk", said.message.ts))
        in_thread = house.slack.replies("summit-desk", said.message.ts)
        assert everything(in_thread) == everything(by_command)
        return everything(by_command)

    return ask


async def test_a_command_takes_what_a_question_takes_and_ignores_nothing(asked) -> None:
    both_ends = await asked("evidence remains since 2018-07-01 until 2018-07-20")
    assert "1 Jul 2018 to 20 Jul 2018" in both_ends
    assert "toward fulfilment · Jul 2018" not in both_ends
    assert "away from it" in await asked("evidence remains setbacks")
    assert "page 2" in await asked("evidence remains page 2")
    assert "not read: zeppelin" in await asked("evidence remains zeppelin")
    for typed in ("remains", "stauts remains", "what is new on the remains?"):
        assert "Return of American war dead" in await asked(typed)


async def test_news_of_many_commitments_is_one_message_that_counts_them_all(asked, house) -> None:
    before = len(house.slack.ephemerals("analyst"))
    table = await asked("what changed since June 2018?")
    assert len(house.slack.ephemerals("analyst")) == before + 1
    assert "of 16 commitments" in table
    nothing = await asked("what changed since yesterday according to KCNA?")
    assert "0 stories under 0 of 16 commitments" in nothing
    assert "Nothing was found" in nothing


async def test_the_number_of_an_item_is_read_however_it_is_asked(asked, house) -> None:
    (status, *_), _ = await house.ask("status remains")
    (number, *_) = re.findall(r"\bE(\d+)", text_of([status]))
    for typed in (f"why E{number}", f"why is E{number} there?", f"E{number}?"):
        answer = await asked(typed)
        assert "not read" not in answer
        assert f"E{number}" in answer
        assert "score 0." in answer


async def test_what_is_meant_is_chosen_by_a_button_and_the_answer_takes_its_place(house) -> None:
    await house.poll()
    (question,), _ = await house.ask("timeline")
    assert question.text.startswith("Of which commitment?")
    choices = question.body["blocks"][1:]
    assert len(choices) == 16
    chosen = next(b for b in choices if b["accessory"]["value"].endswith('remains"}'))
    await house.slack.click(
        user="analyst",
        message=question,
        action_id=ids.ASKED,
        value=chosen["accessory"]["value"],
        block_id=chosen["block_id"],
    )
    await house.slack.wait_for(
        lambda s: (
            "Return of American war dead" in everything(s.ephemerals("analyst")[-1:])
            and "Of which" not in everything(s.ephemerals("analyst")[-1:])
        )
    )
