"""A commitment is assessed, told, objected to and assessed anew, in the whole bot."""

from datetime import timedelta

import pytest

from bot.domain.evidence import Verdict
from bot.domain.schedule import WORKDAYS, Schedule
from bot.jobs import JobName
from bot.slack import ids
from bot.slack.button_values import LevelValue
from tests.app.test_whole_way import text_of

ANALYST = "analyst"


async def open_form(house, *, user: str = ANALYST, words: str = "remains"):
    """`/briefing assess`, until its modal stands; gives it."""
    await house.slack.command(
        user=user, channel="summit-desk", command="/briefing", text=f"assess {words}"
    )
    (view, *_) = await house.slack.wait_for(lambda s: s.views(user))
    return view


def options(view, block_id: str) -> list[str]:
    (block,) = [b for b in view.blocks if b["block_id"] == block_id]
    element = block["element"]
    groups = element.get("option_groups") or [{"options": element["options"]}]
    return [option["value"] for group in groups for option in group["options"]]


def filled(view, *, level: int, reason: str, cited: int = 2, party: str = "*", final: bool = False):
    """What the modal is sent with."""
    value = LevelValue(commitment="remains", level=level).model_dump_json()
    return {
        ids.PARTY_INPUT: {ids.VALUE: party},
        ids.LEVEL_INPUT: {ids.VALUE: value},
        ids.REASON_INPUT: {ids.VALUE: reason},
        ids.CITED_INPUT: {ids.VALUE: options(view, ids.CITED_INPUT)[:cited]},
        ids.FINAL_INPUT: {ids.VALUE: "final" if final else "provisional"},
    }


async def assess(house, *, user: str = ANALYST, **judged):
    """The whole of it; gives the answer to the person."""
    view = await open_form(house, user=user)
    before = len(house.slack.ephemerals(user))
    submission = await house.slack.submit(user=user, values=filled(view, **judged))
    assert submission.accepted, submission
    await house.slack.wait_for(lambda s: len(s.ephemerals(user)) > before)
    return house.slack.ephemerals(user)[-1]


async def subscribe(house, channel: str, *commitments: str) -> None:
    core = house.bot.core
    await core.ledger.subscriptions.add(
        core.workspace,
        house.slack.channels[channel],
        commitments,
        Schedule(weekdays=WORKDAYS, at=core.clock().time(), timezone="UTC"),
        actor=house.slack.users["analyst"],
        at=core.clock(),
    )


def told(slack, channel: str = "summit-desk"):
    return [m for m in slack.messages(channel) if "was assessed" in text_of([m])]


async def test_the_life_of_an_assessment(house) -> None:
    await house.poll()
    await subscribe(house, "summit-desk", "singapore-2018")
    answer = await assess(house, level=1, reason="The first boxes came home.")
    assert "A1 is on record" in answer.text
    house.bot.scheduler.nudge(JobName.SEND)
    (message,) = await house.slack.wait_for(told)
    said = text_of([message])
    assert "1 minimal (provisional)" in said
    assert "The first boxes came home." in said
    assert house.newsroom.base_url in said, "what is cited can be read"

    await house.slack.click(user="admin", message=message, action_id=ids.ASSESSMENT_OBJECT)
    await house.slack.wait_for(lambda s: s.views("admin"))
    sent = await house.slack.submit(
        user="admin", values={ids.REASON_INPUT: {ids.VALUE: "Nobody has counted them."}}
    )
    assert sent.accepted
    await house.slack.wait_for(lambda s: any("on record beside A1" in m.text
                                             for m in s.ephemerals("admin")))  # fmt: skip
    house.bot.scheduler.nudge(JobName.SEND)
    await house.slack.wait_for(lambda s: any("objects to your assessment A1" in m.text
                                             for m in s.dm("analyst")))  # fmt: skip

    await assess(house, level=2, reason="They were counted.", final=True, cited=1)
    history, _ = await house.ask("history remains")
    said = text_of(history)
    assert said.index("2 intermediate") < said.index("1 minimal")
    assert "Nobody has counted them." in said
    assert "superseded" in said
    audit, _ = await house.ask("audit remains")
    assert audit[0].text.count("assessment.add") == 2


async def test_it_is_told_once_in_each_channel_that_follows_it_and_nowhere_else(house) -> None:
    await house.poll()
    for commitments in (("remains",), ("singapore-2018", "remains")):
        await subscribe(house, "summit-desk", *commitments)
    await subscribe(house, "random", "peace-regime")
    await assess(house, level=1, reason="The first boxes came home.")
    house.bot.scheduler.nudge(JobName.SEND)
    await house.slack.wait_for(told)
    core = house.bot.core
    sent = [d.target for d in await core.ledger.outbox.list(core.workspace)]
    assert sent == [house.slack.channels["summit-desk"]]


async def test_one_party_is_assessed_beside_the_whole(house) -> None:
    await house.poll()
    await assess(house, level=1, reason="As a whole, a little.")
    view = await open_form(house)
    party = options(view, ids.PARTY_INPUT)[1]
    await house.slack.submit(
        user=ANALYST, values=filled(view, level=3, reason="All that it owed.", party=party)
    )
    core = house.bot.core
    await house.slack.wait_for(lambda s: "A2 is on record" in text_of(s.ephemerals(ANALYST)))
    made = await core.ledger.assessments.list(core.workspace)
    assert [(one.party, one.level, one.supersedes) for one in made] == [
        (None, 1, None),
        (party, 3, None),
    ]


async def test_without_a_reason_or_evidence_nothing_is_kept(house) -> None:
    await house.poll()
    view = await open_form(house)
    values = filled(view, level=1, reason="Because.", cited=0)
    refused = await house.slack.submit(user=ANALYST, values=values)
    assert ids.CITED_INPUT in refused.errors
    refused = await house.slack.submit(user=ANALYST, values=filled(view, level=1, reason="  "))
    assert ids.REASON_INPUT in refused.errors
    core = house.bot.core
    assert await core.ledger.assessments.list(core.workspace) == ()


async def test_words_are_given_back_where_the_evidence_was_set_aside_meanwhile(house) -> None:
    await house.poll()
    view = await open_form(house)
    values = filled(view, level=1, reason="A long thought.", cited=1)
    core, (cited,) = house.bot.core, values[ids.CITED_INPUT][ids.VALUE]
    await core.ledger.evidence.review(
        core.workspace, [int(cited)], Verdict.REJECTED, actor="U02ADMIN", at=core.clock()
    )
    await house.slack.submit(user=ANALYST, values=values)
    said = await house.slack.wait_for(
        lambda s: [m.text for m in s.ephemerals(ANALYST) if "You had written" in m.text]
    )
    assert "A long thought." in said[0]
    assert any(f"E{cited} is no evidence" in m.text for m in house.slack.ephemerals(ANALYST))
    assert await core.ledger.assessments.list(core.workspace) == ()


async def test_only_analysts_and_admins_assess_and_everybody_may_object(house, monkeypatch) -> None:
    await house.poll()
    await assess(house, level=1, reason="The first boxes came home.")
    settings = house.bot.core.settings
    monkeypatch.setattr(settings, "briefing_analysts", frozenset({house.slack.users[ANALYST]}))
    answer, _ = await house.ask("assess remains", user="subscriber")
    assert "Only analysts and admins can assess commitments" in text_of(answer)
    assert not house.slack.views("subscriber")
    history, _ = await house.ask("history remains", user="subscriber")
    await house.slack.click(user="subscriber", message=history[0], action_id=ids.ASSESSMENT_OBJECT)
    await house.slack.wait_for(lambda s: s.views("subscriber"))


@pytest.mark.parametrize("where", ["status remains", "status singapore-2018"])
async def test_every_status_answer_offers_to_assess(house, where: str) -> None:
    await house.poll()
    (answer, *_), _ = await house.ask(where)
    actions = {ids.ASSESS: None, ids.ASSESS_ONE_OF: '{"commitment":"remains"}'}
    (action,) = [a for a in actions if a in str(answer.body)]
    await house.slack.click(user=ANALYST, message=answer, action_id=action, value=actions[action])
    (view,) = await house.slack.wait_for(lambda s: s.views(ANALYST))
    assert view.callback_id == ids.ASSESS_VIEW


async def test_where_no_form_can_be_opened_a_button_does_it(house) -> None:
    await house.poll()
    dm = await house.slack.open_dm(ANALYST)
    await house.slack.say(user=ANALYST, channel=dm, text="assess remains")
    answers = await house.slack.wait_for(
        lambda s: [m for m in s.dm(ANALYST) if m.user == s.bot_user_id]
    )
    await house.slack.click(user=ANALYST, message=answers[-1], action_id=ids.ASSESS)
    await house.slack.wait_for(lambda s: s.views(ANALYST))


async def test_a_status_says_who_set_the_level_and_as_of_a_day_before_that_nobody_had(
    house,
) -> None:
    await house.poll()
    nobody, _ = await house.ask("status remains")
    assert "Nobody has assessed this yet" in text_of(nobody[:1])
    house.clock.now += timedelta(days=2)
    await assess(house, level=1, reason="The first boxes came home.")
    now, _ = await house.ask("status remains")
    assert "Level 1 minimal (provisional), by <@U01ANALYST> on 3 Aug 2018" in now[0].text
    for words in ("1 August 2018", "2018-08-02"):
        then, _ = await house.ask(f"status remains as of {words}")
        assert "Nobody has assessed this yet" in then[0].text
        assert "as of " in then[0].text
    table, _ = await house.ask("status singapore-2018 as of 2 August 2018")
    assert "as of 2 Aug 2018" in text_of(table[:1])
    wrong, _ = await house.ask("status remains as of next year")
    assert "write it like" in text_of(wrong) or "day of the past" in text_of(wrong)


async def test_a_report_comes_as_a_file_in_a_direct_message(house) -> None:
    await house.poll()
    await assess(house, level=1, reason="The first boxes came home.")
    answer, _ = await house.ask("report singapore-2018 html")
    assert "1 assessed" in answer[-1].text
    (sent,) = [m for m in house.slack.dm(ANALYST) if "report-singapore-2018.html" in str(m.body)]
    assert "Compliance report on" in text_of([sent])
    asked, _ = await house.ask("report")
    assert "report singapore-2018" in text_of(asked)
