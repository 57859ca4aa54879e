"""Socket Mode, with the real Bolt and with a bare WebSocket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import SandboxSlack, WaitTimeoutError

from .conftest import socket_mode


class Bare:
    """A WebSocket client that acknowledges when it is told to."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def next(self) -> dict:
        return await asyncio.wait_for(self.socket.receive_json(), timeout=2)

    async def acknowledge(self, envelope: dict, payload: dict | None = None) -> None:
        body = {"envelope_id": envelope["envelope_id"]}
        await self.socket.send_json(body | ({"payload": payload} if payload else {}))


@asynccontextmanager
async def bare(slack: SandboxSlack) -> AsyncIterator[Bare]:
    client = AsyncWebClient(base_url=slack.api_url)
    url = (await client.apps_connections_open(app_token=slack.app_token))["url"]
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        yield Bare(socket)


async def test_the_first_message_is_hello(slack: SandboxSlack) -> None:
    async with bare(slack) as socket:
        hello = await socket.next()
    assert hello["type"] == "hello"
    assert hello["num_connections"] == 1
    assert hello["connection_info"] == {"app_id": "A01BRIEFING"}
    assert hello["debug_info"]["approximate_connection_time"] == 3600


async def test_a_ticket_opens_one_socket(slack: SandboxSlack, client: AsyncWebClient) -> None:
    url = (await client.apps_connections_open(app_token=slack.app_token))["url"]
    assert url.startswith("ws://127.0.0.1:")
    async with aiohttp.ClientSession() as session, session.ws_connect(url):
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(url)


async def test_an_eleventh_socket_is_refused(slack: SandboxSlack, client: AsyncWebClient) -> None:
    async with aiohttp.ClientSession() as session:
        urls = [
            (await client.apps_connections_open(app_token=slack.app_token))["url"]
            for _ in range(11)
        ]
        opened = [await session.ws_connect(url) for url in urls[:10]]
        assert slack.sockets == len(opened)
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(urls[10])


async def test_a_command_reaches_bolt_and_its_answer_comes_back(
    slack: SandboxSlack, app: AsyncApp
) -> None:
    seen: list[dict] = []

    @app.command("/briefing")
    async def briefing(ack, command):
        seen.append(command)
        await ack("Working on it")

    async with socket_mode(app, slack):
        delivery = await slack.command(
            user="analyst", channel="summit-desk", command="/briefing", text="status remains"
        )
    assert delivery.acknowledged
    assert delivery.ack_ms is not None
    assert delivery.ack_ms < 3000
    assert delivery.ack_payload == {"text": "Working on it"}
    assert seen[0]["text"] == "status remains"
    assert seen[0]["trigger_id"] == delivery.trigger_id
    [shown] = slack.ephemerals("analyst", "summit-desk")
    assert shown.text == "Working on it"


async def test_an_acknowledgement_may_speak_to_the_whole_channel(
    slack: SandboxSlack, app: AsyncApp
) -> None:
    @app.command("/briefing")
    async def briefing(ack):
        await ack(text="for all", response_type="in_channel")

    async with socket_mode(app, slack):
        await slack.command(user="analyst", channel="summit-desk", command="/briefing")
    assert [each.text for each in slack.messages("summit-desk")] == ["for all"]


async def test_a_command_without_acknowledgement_times_out_and_is_not_retried(
    hasty: SandboxSlack,
) -> None:
    async with bare(hasty) as socket:
        await socket.next()
        delivery = await hasty.command(user="analyst", channel="summit-desk", command="/briefing")
        envelope = await socket.next()
    assert envelope["type"] == "slash_commands"
    assert envelope["accepts_response_payload"] is True
    assert (delivery.error, delivery.acknowledged) == ("operation_timeout", False)
    assert len(delivery.attempts) == 1


async def test_a_command_without_any_socket_fails_at_once(slack: SandboxSlack) -> None:
    delivery = await slack.command(user="analyst", channel="summit-desk", command="/briefing")
    assert delivery.error == "dispatch_failed"
    assert delivery.attempts == []


async def test_an_event_is_retried_three_times_with_number_and_reason(hasty: SandboxSlack) -> None:
    async with bare(hasty) as socket:
        await socket.next()
        said = asyncio.create_task(
            hasty.say(user="analyst", channel="summit-desk", text="@briefing hello")
        )
        envelopes = [await socket.next() for _ in range(4)]
        [delivery] = (await said).deliveries
        await delivery.settled.wait()
    assert [each["retry_attempt"] for each in envelopes] == [0, 1, 2, 3]
    assert [each["retry_reason"] for each in envelopes] == ["", *["http_timeout"] * 3]
    assert len({each["envelope_id"] for each in envelopes}) == 1
    assert len({each["payload"]["event_id"] for each in envelopes}) == 1
    assert envelopes[0]["accepts_response_payload"] is False
    assert (delivery.acknowledged, delivery.error) == (False, "http_timeout")


async def test_a_late_acknowledgement_stops_the_retries(hasty: SandboxSlack) -> None:
    async with bare(hasty) as socket:
        await socket.next()
        said = asyncio.create_task(
            hasty.say(user="analyst", channel="summit-desk", text="@briefing hello")
        )
        await socket.next()
        second = await socket.next()
        await socket.acknowledge(second)
        [delivery] = (await said).deliveries
        await delivery.settled.wait()
    assert [each.acknowledged for each in delivery.attempts] == [False, True]
    assert delivery.error is None


async def test_an_event_waits_for_a_socket(slack: SandboxSlack) -> None:
    said = await slack.say(user="analyst", channel="summit-desk", text="@briefing hello")
    async with bare(slack) as socket:
        await socket.next()
        envelope = await socket.next()
        await socket.acknowledge(envelope)
        await said.deliveries[0].settled.wait()
    assert envelope["payload"]["event"]["type"] == "app_mention"
    assert said.deliveries[0].acknowledged


async def test_each_envelope_goes_to_exactly_one_of_several_sockets(slack: SandboxSlack) -> None:
    async with bare(slack) as one, bare(slack) as other:
        assert (await one.next())["num_connections"] == 1
        assert (await other.next())["num_connections"] == 2
        counts = {"one": 0, "other": 0}

        async def work(name: str, socket: Bare) -> None:
            async for message in socket.socket:
                counts[name] += 1
                await socket.acknowledge(message.json())

        workers = [
            asyncio.create_task(work("one", one)),
            asyncio.create_task(work("other", other)),
        ]
        for _ in range(6):
            await slack.command(user="analyst", channel="summit-desk", command="/briefing")
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
    assert counts == {"one": 3, "other": 3}


async def test_what_a_dying_socket_did_not_acknowledge_goes_over_another(
    slack: SandboxSlack,
) -> None:
    async with bare(slack) as one:
        await one.next()
        running = asyncio.create_task(
            slack.command(user="analyst", channel="summit-desk", command="/briefing")
        )
        lost = await one.next()
        async with bare(slack) as other:
            await other.next()
            await one.socket.close()
            again = await other.next()
            await other.acknowledge(again)
            delivery = await running
    assert again["envelope_id"] == lost["envelope_id"]
    assert [each.reason for each in delivery.attempts] == ["connection_dropped", None]
    assert delivery.acknowledged


async def test_bolt_comes_back_after_its_socket_was_cut(slack: SandboxSlack, app: AsyncApp) -> None:
    @app.command("/briefing")
    async def briefing(ack):
        await ack("here")

    async with socket_mode(app, slack):
        await slack.drop_sockets()
        assert slack.sockets == 0
        await slack.connected()
        delivery = await slack.command(user="analyst", channel="summit-desk", command="/briefing")
    assert delivery.ack_payload == {"text": "here"}


@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
async def test_bolt_changes_sockets_when_it_is_asked_to(
    slack: SandboxSlack, app: AsyncApp, reason: str
) -> None:
    @app.command("/briefing")
    async def briefing(ack):
        await ack("here")

    async with socket_mode(app, slack):
        await slack.refresh_sockets(reason)
        await slack.connected()
        delivery = await slack.command(user="analyst", channel="summit-desk", command="/briefing")
        assert delivery.ack_payload == {"text": "here"}
        assert len(slack.calls_of("apps.connections.open")) >= 2


async def test_a_refresh_is_announced_before_the_socket_closes(slack: SandboxSlack) -> None:
    async with bare(slack) as socket:
        await socket.next()
        refresh = asyncio.create_task(slack.refresh_sockets("warning"))
        message = await socket.next()
        assert (await socket.socket.receive()).type is aiohttp.WSMsgType.CLOSE
        await refresh
    assert (message["type"], message["reason"]) == ("disconnect", "warning")


async def test_bolt_leaves_a_deaf_socket(slack: SandboxSlack, app: AsyncApp) -> None:
    async with socket_mode(app, slack, ping_interval=0.05):
        before = len(slack.calls_of("apps.connections.open"))
        slack.deafen_sockets()
        await slack.wait_for(lambda s: len(s.calls_of("apps.connections.open")) > before)


async def test_a_ping_is_answered_with_its_words(
    slack: SandboxSlack, client: AsyncWebClient
) -> None:
    url = (await client.apps_connections_open(app_token=slack.app_token))["url"]
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(url, autoping=False) as socket,
    ):
        await socket.receive_json()
        await socket.ping(b"sdk-ping-pong:1.5")
        pong = await socket.receive()
    assert (pong.type, pong.data) == (aiohttp.WSMsgType.PONG, b"sdk-ping-pong:1.5")


async def test_strange_words_from_the_app_are_kept_and_harm_nothing(slack: SandboxSlack) -> None:
    async with bare(slack) as socket:
        await socket.next()
        for text in ("{", "[]", '"x"', '{"envelope_id": "unknown"}'):
            await socket.socket.send_str(text)
        running = asyncio.create_task(
            slack.command(user="analyst", channel="summit-desk", command="/briefing")
        )
        await socket.acknowledge(await socket.next())
        assert (await running).acknowledged
    assert len(slack.strays) == 4


async def test_the_same_payload_can_be_sent_again(slack: SandboxSlack, app: AsyncApp) -> None:
    seen: list[tuple[str, str]] = []

    @app.event("app_mention")
    async def mentioned(body, request):
        seen.append((body["event_id"], request.headers.get("x-slack-retry-num", ["0"])[0]))

    async with socket_mode(app, slack):
        said = await slack.say(user="analyst", channel="summit-desk", text="@briefing hello")
        again = await slack.redeliver(said.deliveries[0])
    assert again.acknowledged
    assert [number for _id, number in seen] == ["0", "1"]
    assert len({event_id for event_id, _number in seen}) == 1


async def test_waiting_in_vain_tells_the_last_calls(
    slack: SandboxSlack, client: AsyncWebClient
) -> None:
    await client.auth_test()
    with pytest.raises(WaitTimeoutError, match=r"auth\.test: ok"):
        await slack.wait_for(lambda s: s.messages("random"), timeout_s=0.01)
    with pytest.raises(WaitTimeoutError):
        await slack.connected(1, timeout_s=0.01)


async def test_nothing_is_sent_after_the_end(slack: SandboxSlack) -> None:
    await slack._sender.close()
    said = await slack.say(user="analyst", channel="summit-desk", text="@briefing hello")
    assert said.deliveries[0].error == "dispatch_failed"
    assert said.deliveries[0].settled.is_set()


async def test_a_command_whose_socket_dies_and_none_comes_back_times_out(
    hasty: SandboxSlack,
) -> None:
    async with bare(hasty) as socket:
        await socket.next()
        running = asyncio.create_task(
            hasty.command(user="analyst", channel="summit-desk", command="/briefing")
        )
        await socket.next()
    delivery = await running
    assert [each.reason for each in delivery.attempts] == ["connection_dropped"]
    assert delivery.error == "operation_timeout"
