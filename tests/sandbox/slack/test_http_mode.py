"""Signed HTTP to a request URL, with the real Bolt and with a bare server."""

import asyncio
import json
from urllib.parse import parse_qs

import pytest
from aiohttp import web
from slack_sdk.signature import SignatureVerifier

from sandbox.slack import Forgery, SandboxError, SandboxSlack
from sandbox.slack.http_delivery import signed_headers

from .conftest import HeldClock, http_app, web_server
from .samples import actions, button, input_block, modal, text_input


class Recorder:
    """An app that keeps what it gets and answers as it is told."""

    def __init__(self, *answers: web.Response | float) -> None:
        self.answers = list(answers)
        self.requests: list[tuple[dict[str, str], bytes]] = []

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        if b"url_verification" in body:
            return web.Response(text=json.loads(body)["challenge"])
        self.requests.append((dict(request.headers), body))
        answer = self.answers.pop(0) if self.answers else web.Response()
        if isinstance(answer, float):
            await asyncio.sleep(answer)
            return web.Response()
        return answer


async def test_bolt_passes_the_handshake_and_takes_commands(slack_now, bolt_now) -> None:
    @bolt_now.command("/briefing")
    async def briefing(ack, command):
        await ack(f"got {command['text']}")

    async with http_app(bolt_now) as url:
        await slack_now.use_http(url)
        assert slack_now.delivery == "http"
        delivery = await slack_now.command(
            user="analyst", channel="summit-desk", command="/briefing", text="a=1&b=2 ü"
        )
    assert delivery.ack_payload == "got a=1&b=2 ü"
    assert delivery.attempts[0].status == 200
    assert [each.text for each in slack_now.ephemerals("analyst")] == ["got a=1&b=2 ü"]


async def test_bolt_takes_events_clicks_and_forms_over_http(slack_now, bolt_now) -> None:
    sent: dict = {}

    @bolt_now.event("app_mention")
    async def mentioned(event, client):
        await client.chat_postMessage(
            channel=event["channel"], text="t", blocks=[actions(button("go", value="7"))]
        )

    @bolt_now.action("go")
    async def go(ack, body, client):
        await ack()
        view = modal(input_block(text_input("why"), block_id="reason"), callback_id="form")
        await client.views_open(trigger_id=body["trigger_id"], view=view)

    @bolt_now.view("form")
    async def form(ack, view):
        sent.update(view["state"]["values"])
        await ack(response_action="errors", errors={"reason": "too short"})

    async with http_app(bolt_now) as url:
        await slack_now.use_http(url)
        await slack_now.say(user="analyst", channel="summit-desk", text="@briefing hi")
        message = await slack_now.wait_for(lambda s: s.messages("summit-desk")[1:])
        await slack_now.click(user="analyst", message=message[0], action_id="go")
        await slack_now.wait_for(lambda s: s.views("analyst"))
        result = await slack_now.submit(user="analyst", values={"reason": {"why": "x"}})
    assert sent == {"reason": {"why": {"type": "plain_text_input", "value": "x"}}}
    assert (result.response_action, result.errors) == ("errors", {"reason": "too short"})


@pytest.mark.parametrize("forgery", [each for each in Forgery if each is not Forgery.NONE])
async def test_bolt_refuses_every_forgery(slack_now, bolt_now, forgery: Forgery) -> None:
    reached = []

    @bolt_now.command("/briefing")
    async def briefing(ack):
        reached.append(1)
        await ack()

    async with http_app(bolt_now) as url:
        await slack_now.use_http(url)
        slack_now.forgery = forgery
        delivery = await slack_now.command(
            user="analyst", channel="summit-desk", command="/briefing"
        )
    assert reached == []
    assert delivery.attempts[0].status == 401
    assert delivery.error == "dispatch_failed"


@pytest.mark.parametrize("forgery", list(Forgery))
def test_the_sdk_verifies_just_the_true_signature(forgery: Forgery, clock: HeldClock) -> None:
    seconds = int(clock().timestamp())
    body = b"payload=%7B%7D"
    headers = signed_headers("secret", body, seconds=seconds, forgery=forgery)
    verifier = SignatureVerifier("secret", clock=_Clock(seconds))
    assert verifier.is_valid_request(body, headers) is (forgery is Forgery.NONE)


class _Clock:
    def __init__(self, seconds: int) -> None:
        self.seconds = seconds

    def now(self) -> float:
        return float(self.seconds)


async def test_commands_and_clicks_are_forms_and_events_are_json(slack: SandboxSlack) -> None:
    recorder = Recorder()
    message = (await slack.say(user="analyst", channel="summit-desk", text="a link")).message
    async with web_server(recorder) as url:
        await slack.use_http(url)
        await slack.command(user="analyst", channel="summit-desk", command="/briefing", text="x")
        await slack.shortcut(user="analyst", callback_id="file_it", message=message)
        await slack.say(user="analyst", channel="summit-desk", text="@briefing")
    (command, form), (shortcut, payload), (event, body) = recorder.requests
    assert command["Content-Type"] == "application/x-www-form-urlencoded"
    assert parse_qs(form.decode())["command"] == ["/briefing"]
    assert shortcut["Content-Type"] == "application/x-www-form-urlencoded"
    assert json.loads(parse_qs(payload.decode())["payload"][0])["type"] == "message_action"
    assert event["Content-Type"] == "application/json"
    assert json.loads(body)["event"]["type"] == "app_mention"


async def test_events_are_retried_with_number_and_reason(hasty: SandboxSlack) -> None:
    recorder = Recorder(web.Response(status=500), 0.9, web.Response())
    async with web_server(recorder) as url:
        await hasty.use_http(url)
        said = await hasty.say(user="analyst", channel="summit-desk", text="@briefing")
        await said.deliveries[0].settled.wait()
    told = [
        (headers.get("X-Slack-Retry-Num"), headers.get("X-Slack-Retry-Reason"))
        for headers, _body in recorder.requests
    ]
    assert told == [(None, None), ("1", "http_error"), ("2", "http_timeout")]
    assert len({body for _headers, body in recorder.requests}) == 1
    assert said.deliveries[0].acknowledged


async def test_events_are_given_up_after_three_retries(slack: SandboxSlack) -> None:
    recorder = Recorder(*[web.Response(status=500) for _ in range(4)])
    async with web_server(recorder) as url:
        await slack.use_http(url)
        said = await slack.say(user="analyst", channel="summit-desk", text="@briefing")
        await said.deliveries[0].settled.wait()
    assert len(recorder.requests) == 4
    assert said.deliveries[0].error == "http_error"


async def test_an_app_may_forbid_retries(slack: SandboxSlack) -> None:
    recorder = Recorder(web.Response(status=500, headers={"X-Slack-No-Retry": "1"}))
    async with web_server(recorder) as url:
        await slack.use_http(url)
        said = await slack.say(user="analyst", channel="summit-desk", text="@briefing")
        await said.deliveries[0].settled.wait()
    assert len(recorder.requests) == 1


async def test_commands_are_not_retried(hasty: SandboxSlack) -> None:
    recorder = Recorder(0.9)
    async with web_server(recorder) as url:
        await hasty.use_http(url)
        delivery = await hasty.command(user="analyst", channel="summit-desk", command="/briefing")
    assert delivery.error == "operation_timeout"
    assert len(recorder.requests) == 1


async def test_an_app_that_is_gone_fails_the_command(slack: SandboxSlack) -> None:
    async with web_server(Recorder()) as url:
        await slack.use_http(url)
    delivery = await slack.command(user="analyst", channel="summit-desk", command="/briefing")
    assert delivery.error == "dispatch_failed"
    assert delivery.attempts[0].reason == "connection_failed"
    slack.use_socket()
    assert slack.delivery == "socket"


async def test_a_url_that_does_not_give_the_challenge_back_is_not_used(slack: SandboxSlack) -> None:
    async def deaf(_request: web.Request) -> web.StreamResponse:
        return web.Response(text="hello")

    async with web_server(deaf) as url:
        with pytest.raises(SandboxError, match="challenge"):
            await slack.use_http(url)
    assert slack.delivery == "socket"
