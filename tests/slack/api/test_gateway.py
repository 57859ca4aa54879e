"""The gateway against a workspace on loopback that answers, refuses, fails and falls silent."""

import logging
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.delivery.ports import Posted
from bot.domain.clock import system_clock
from bot.domain.errors import (
    DeliveryError,
    DeliveryRefusedError,
    DeliveryUnknownError,
    TargetGoneError,
    WorkspaceGoneError,
)
from bot.slack.api import gateway as history
from bot.slack.api.gateway import SlackGateway
from sandbox.slack import (
    ApiError,
    Malformed,
    NoAnswer,
    RateLimited,
    SandboxSlack,
    ServerError,
    SlowAnswer,
)
from tests.delivery.fakes import FakeClock

CHANNEL = "C01SUMMIT"
TEXT = {"text": "Three stories"}


@pytest.fixture
async def slack() -> AsyncIterator[SandboxSlack]:
    async with SandboxSlack.start() as workspace:
        yield workspace


@pytest.fixture
def gateway(slack: SandboxSlack) -> SlackGateway:
    return gateway_of(slack)


def gateway_of(slack: SandboxSlack, *, call_timeout_s: float = 5.0) -> SlackGateway:
    client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)
    return SlackGateway(client, clock=FakeClock(), call_timeout=timedelta(seconds=call_timeout_s))


async def say(
    gateway: SlackGateway,
    target: str = CHANNEL,
    *,
    key: str = "digest:17:2026-03-02",
    position: int = 0,
    thread_ts: str | None = None,
) -> Posted:
    return await gateway.post(target, TEXT, thread_ts=thread_ts, key=key, position=position)


async def look(
    gateway: SlackGateway,
    target: str = CHANNEL,
    *,
    key: str = "digest:17:2026-03-02",
    position: int = 0,
    thread_ts: str | None = None,
    ago: timedelta = timedelta(hours=1),
) -> Posted | None:
    since = system_clock() - ago
    return await gateway.find(target, key, position, thread_ts=thread_ts, since=since)


async def test_a_message_is_posted_with_its_mark_and_unfurls_nothing(slack, gateway):
    posted = await say(gateway)
    (message,) = slack.messages("summit-desk")
    assert posted == Posted(channel=CHANNEL, ts=message.ts)
    assert message.metadata == {
        "event_type": "briefing_delivery",
        "event_payload": {"key": "digest:17:2026-03-02", "position": 0},
    }
    (call,) = slack.calls_of("chat.postMessage")
    assert call.args["unfurl_links"] is False
    assert call.args["unfurl_media"] is False


async def test_neither_token_nor_text_is_ever_logged(slack, gateway, caplog):
    slack.faults.add(method="chat.postMessage", fault=ServerError())
    with caplog.at_level(logging.DEBUG):
        with pytest.raises(DeliveryUnknownError):
            await say(gateway)
        await say(gateway)
        await look(gateway)
    logged = " ".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)
    assert TEXT["text"] not in logged
    assert slack.bot_token not in logged


async def test_a_reply_goes_into_the_thread(slack, gateway):
    parent = await say(gateway)
    await say(gateway, position=1, thread_ts=parent.ts)
    assert [m.text for m in slack.replies("summit-desk", parent.ts)] == ["Three stories"]


async def test_a_person_is_written_to_in_one_direct_message(slack, gateway):
    first = await say(gateway, "U01ANALYST")
    second = await say(gateway, "U01ANALYST", key="another")
    assert first.channel == second.channel
    assert first.channel.startswith("D")
    assert [m.ts for m in slack.dm("analyst")] == [first.ts, second.ts]
    assert len(slack.calls_of("conversations.open")) == 1


async def test_the_workspaces_admins_are_looked_up_once(slack, gateway):
    assert await gateway.admins() == (slack.users["admin"],)
    slack.deactivate("admin")
    assert await gateway.admins() == (slack.users["admin"],)
    assert len(slack.calls_of("users.list")) == 1


@pytest.mark.parametrize("target", [CHANNEL, "U01ANALYST"])
async def test_what_was_posted_is_found_by_its_mark(gateway, target):
    await say(gateway, target, key="another")
    parent = await say(gateway, target)
    reply = await say(gateway, target, position=1, thread_ts=parent.ts)
    assert await look(gateway, target) == parent
    assert await look(gateway, target, position=1, thread_ts=parent.ts) == reply
    assert await look(gateway, target, position=2, thread_ts=parent.ts) is None
    assert await look(gateway, target, key="never sent") is None


async def test_only_what_is_not_older_than_asked_for_is_looked_through(gateway):
    await say(gateway)
    assert await look(gateway, ago=timedelta(seconds=-60)) is None


async def test_the_whole_history_is_paged_through(slack, gateway, monkeypatch):
    posted = await say(gateway)
    for n in range(9):
        await say(gateway, key=f"other {n}")
    monkeypatch.setattr(history, "_HISTORY_PAGE", 3)
    assert await look(gateway) == posted
    assert len(slack.calls_of("conversations.history")) == 4


async def test_a_history_too_long_to_look_through_gives_no_answer_rather_than_a_wrong_one(
    gateway, monkeypatch
):
    await say(gateway)
    for n in range(9):
        await say(gateway, key=f"other {n}")
    monkeypatch.setattr(history, "_HISTORY_PAGE", 3)
    monkeypatch.setattr(history, "_MAX_PAGES", 2)
    with pytest.raises(DeliveryUnknownError, match="too long"):
        await look(gateway)


async def test_another_app_cannot_make_us_believe_that_we_posted(slack, gateway):
    ours = await gateway.identity()
    await say(gateway)
    (message,) = slack.messages("summit-desk")
    mark = history.Mark(key="digest:17:2026-03-02", position=0)
    assert mark.is_on(message.body, bot_id=ours.bot_id)
    assert not mark.is_on({**message.body, "bot_id": "B99OTHER"}, bot_id=ours.bot_id)


@pytest.mark.parametrize(
    "metadata",
    [
        None,
        "text",
        {},
        {"event_type": "briefing_delivery"},
        {"event_type": "briefing_delivery", "event_payload": "text"},
        {"event_type": "another", "event_payload": {"key": "k", "position": 0}},
        {"event_type": "briefing_delivery", "event_payload": {"key": "k", "position": 1}},
        {"event_type": "briefing_delivery", "event_payload": {"key": "l", "position": 0}},
    ],
)
def test_other_metadata_is_no_mark(metadata):
    mark = history.Mark(key="k", position=0)
    assert not mark.is_on({"metadata": metadata}, bot_id=None)


async def test_without_the_history_scope_a_lookup_says_so(slack, gateway):
    slack.grants.scopes -= {"channels:history"}
    with pytest.raises(DeliveryError) as caught:
        await look(gateway)
    assert type(caught.value) is DeliveryError
    assert caught.value.code == "missing_scope"


async def test_without_the_post_scope_everything_stops(slack, gateway):
    slack.grants.scopes -= {"chat:write"}
    with pytest.raises(WorkspaceGoneError, match=r"manifest\.json.*chat:write"):
        await say(gateway)


async def test_without_the_scope_for_direct_messages_only_the_person_is_out_of_reach(
    slack, gateway
):
    slack.grants.scopes -= {"im:write"}
    with pytest.raises(TargetGoneError, match="im:write"):
        await say(gateway, "U01ANALYST")
    await say(gateway)


@pytest.mark.parametrize(
    ("happens", "target"),
    [
        (lambda s: s.archive("summit-desk"), CHANNEL),
        (lambda s: s.kick_bot("summit-desk"), CHANNEL),
        (lambda _s: None, "C99NOWHERE"),
        (lambda s: s.deactivate("analyst"), "U01ANALYST"),
        (lambda _s: None, "U99NOBODY"),
        (lambda _s: None, "U00BRIEFING"),
    ],
)
async def test_a_target_that_cannot_be_written_to_is_gone(
    slack: SandboxSlack, gateway: SlackGateway, happens: Callable[[SandboxSlack], None], target: str
):
    happens(slack)
    with pytest.raises(TargetGoneError):
        await say(gateway, target)


async def test_a_revoked_token_is_the_end(slack, gateway):
    slack.revoke_tokens()
    for call in (say(gateway), look(gateway), gateway.identity(), gateway.person("U01ANALYST")):
        with pytest.raises(WorkspaceGoneError, match="revoked"):
            await call


async def test_account_inactive_is_about_the_person_while_the_token_works(slack, gateway):
    slack.faults.add(method="conversations.open", fault=ApiError(error="account_inactive"))
    with pytest.raises(TargetGoneError, match="deactivated"):
        await say(gateway, "U01ANALYST")


async def test_account_inactive_is_about_the_token_when_it_does_not(slack, gateway):
    slack.disable_app()
    for target in (CHANNEL, "U01ANALYST"):
        with pytest.raises(WorkspaceGoneError):
            await say(gateway, target)


@pytest.mark.parametrize(
    "fault",
    [
        ServerError(status=500),
        ServerError(status=503, after_processing=True),
        NoAnswer(),
        NoAnswer(after_processing=True),
        Malformed(),
        Malformed(body="[1]", after_processing=True),
        Malformed(body='"text"'),
        Malformed(body="null"),
        Malformed(body=""),
        ApiError(error="fatal_error"),
        ApiError(error="internal_error"),
        ApiError(error="a_code_of_next_year"),
    ],
    ids=str,
)
async def test_an_answer_that_does_not_say_whether_it_posted_leaves_the_fate_unknown(
    slack, gateway, fault
):
    slack.faults.add(method="chat.postMessage", fault=fault)
    with pytest.raises(DeliveryUnknownError):
        await say(gateway)
    assert len(slack.calls_of("chat.postMessage")) == 1, "a post is never repeated on its own"


async def test_an_answer_that_is_too_slow_leaves_the_fate_unknown_and_the_message_findable(slack):
    impatient = gateway_of(slack, call_timeout_s=0.2)
    slack.faults.add(method="chat.postMessage", fault=SlowAnswer(delay_s=5))
    with pytest.raises(DeliveryUnknownError) as caught:
        await say(impatient)
    assert caught.value.code == "timeout"
    found = await slack.wait_for(lambda s: s.messages("summit-desk"))
    assert await look(impatient) == Posted(channel=CHANNEL, ts=found[0].ts)


async def test_a_rate_limit_says_how_long_to_wait_and_is_not_waited_out(slack, gateway):
    slack.faults.add(method="chat.postMessage", fault=RateLimited(retry_after_s=17))
    with pytest.raises(DeliveryError) as caught:
        await say(gateway)
    assert type(caught.value) is DeliveryError
    assert caught.value.retry_after == timedelta(seconds=17)
    assert len(slack.calls_of("chat.postMessage")) == 1


@pytest.mark.parametrize("fault", [NoAnswer(), ServerError(), Malformed(body="{}")], ids=str)
async def test_when_the_direct_message_cannot_be_opened_nothing_was_posted(slack, gateway, fault):
    slack.faults.add(method="conversations.open", fault=fault)
    with pytest.raises(DeliveryError) as caught:
        await say(gateway, "U01ANALYST")
    assert type(caught.value) is DeliveryError


async def test_without_a_connection_nothing_was_posted():
    client = AsyncWebClient(token="xoxb-of-nobody", base_url="http://127.0.0.1:1/api/")
    with pytest.raises(DeliveryError) as caught:
        await say(SlackGateway(client, clock=FakeClock()))
    assert type(caught.value) is DeliveryError
    assert caught.value.code == "connection"


@pytest.mark.parametrize(
    "body",
    [
        '{"ok": true}',
        '{"ok": true, "messages": "none"}',
        '{"ok": true, "messages": [], "has_more": true}',
    ],
)
async def test_a_history_that_makes_no_sense_is_not_taken_for_an_empty_one(slack, gateway, body):
    slack.faults.add(method="conversations.history", fault=Malformed(body=body))
    with pytest.raises(DeliveryUnknownError):
        await look(gateway)


async def test_ok_without_a_timestamp_leaves_the_fate_unknown(slack, gateway):
    slack.faults.add(method="chat.postMessage", fault=Malformed(body='{"ok": true}'))
    with pytest.raises(DeliveryUnknownError):
        await say(gateway)


async def test_blocks_that_slack_refuses_are_told_apart(gateway):
    payload = {"text": "x", "blocks": [{"type": "section"}]}
    with pytest.raises(DeliveryRefusedError) as caught:
        await gateway.post(CHANNEL, payload, thread_ts=None, key="k", position=0)
    assert caught.value.code == "invalid_blocks"


async def test_who_the_token_is(gateway):
    identity = await gateway.identity()
    assert (identity.team_id, identity.team) == ("T01SUMMIT", "Summit Desk")
    assert identity.bot_id == "B01BRIEFING"


async def test_a_person_is_remembered_for_an_hour(slack):
    clock = FakeClock()
    client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)
    gateway = SlackGateway(client, clock=clock)
    subscriber = await gateway.person("U03SUBSCRIBER")
    assert (subscriber.timezone, subscriber.is_admin) == ("Asia/Seoul", False)
    slack.move_user("subscriber", "Europe/Paris")
    clock.advance(timedelta(minutes=59))
    assert (await gateway.person("U03SUBSCRIBER")).timezone == "Asia/Seoul"
    clock.advance(timedelta(minutes=1))
    assert (await gateway.person("U03SUBSCRIBER")).timezone == "Europe/Paris"
    assert (await gateway.person("U02ADMIN")).is_admin


async def test_a_person_without_details_is_still_a_person(slack, gateway):
    body = '{"ok": true, "user": {"id": "U01ANALYST"}}'
    slack.faults.add(method="users.info", fault=Malformed(body=body))
    person = await gateway.person("U01ANALYST")
    assert (person.timezone, person.is_admin) == (None, False)


@pytest.mark.parametrize(
    ("method", "body"),
    [("users.info", '{"ok": true}'), ("auth.test", '{"ok": true}'), ("auth.test", "[]")],
)
async def test_people_and_identity_need_an_answer_that_makes_sense(slack, gateway, method, body):
    slack.faults.add(method=method, fault=Malformed(body=body))
    with pytest.raises(DeliveryUnknownError):
        await (gateway.identity() if method == "auth.test" else gateway.person("U01ANALYST"))


async def test_reading_is_repeated_once_after_a_broken_connection(slack, gateway):
    slack.faults.add(method="users.info", fault=NoAnswer())
    assert (await gateway.person("U02ADMIN")).is_admin


async def test_someone_unknown_is_named_as_such(gateway):
    with pytest.raises(TargetGoneError, match="no such person"):
        await gateway.person("U99NOBODY")
