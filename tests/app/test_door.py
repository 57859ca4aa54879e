"""Slack's door over HTTP: whatever knocks, an answer of one status and one line in the log."""

import asyncio
import io
import json
import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.signature import SignatureVerifier

from bot.http_server import is_signed
from bot.logs import TextFormatter
from bot.slack import ids
from sandbox.slack import ApiError, NoAnswer
from sandbox.slack.http_delivery import signed_headers

MARK = "SECRET-BODY"
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
MIB = 1024 * 1024
OURS = "<ours>"  # stands for the id of the workspace


@dataclass(frozen=True, kw_only=True)
class Knock:
    """A request, and what it gets: signed, and from anybody who cannot sign."""

    name: str
    body: bytes = MARK.encode()
    signed: int = 400
    unsigned: int = 401
    content_type: str | None = JSON
    method: str = "POST"
    path: str = "/slack/events"
    headers: Mapping[str, str] = field(default_factory=dict)


def payload(name: str, value: Mapping[str, Any], *, signed: int = 400) -> Knock:
    return Knock(name=name, body=json.dumps(value).encode(), signed=signed)


def in_form(name: str, body: str, *, signed: int = 400) -> Knock:
    return Knock(name=name, body=body.encode(), content_type=FORM, signed=signed)


def event(value: object, **more: object) -> dict[str, Any]:
    return {"type": "event_callback", "team_id": OURS, "event": value, "said": MARK, **more}


BODIES = [
    Knock(name="no body", body=b""),
    Knock(name="blanks", body=b"   \n"),
    Knock(name="words", body=f"hello {MARK}".encode()),
    Knock(name="broken json", body=f'{{"said": "{MARK}", "x": tr'.encode()),
    Knock(name="an unfinished text", body=f'{{"said": "{MARK}'.encode()),
    Knock(name="a list", body=f'[1, "{MARK}"]'.encode()),
    Knock(name="null", body=b"null"),
    Knock(name="a number", body=b"5"),
    Knock(name="not a number", body=b"NaN"),
    Knock(name="a text", body=f'"{MARK}"'.encode()),
    Knock(name="a number of 5,000 digits", body=b'{"a": ' + b"1" * 5_000 + b"}"),
    Knock(name="deep lists", body=b"[" * 100_000),
    Knock(name="deep objects", body=b'{"a":' * 100_000),
    Knock(name="a byte order mark", body=b"\xef\xbb\xbf{}"),
    Knock(name="not UTF-8", body=b'{"a": "\xff\xfe"}', signed=401),
    Knock(name="UTF-16", body=f'{{"said": "{MARK}"}}'.encode("utf-16"), signed=401),
    Knock(name="zero bytes", body=b"\x00" * 100),
    Knock(name="a forged line", body=f"x=1\n2026-01-01 ERROR bot {MARK}".encode()),
    Knock(name="half a MiB", body=b"x" * (MIB // 2)),
    payload("nothing in it", {}),
    payload("no team", {"type": "event_callback", "event": {"type": "app_mention"}}),
    payload("the team is a list", {"type": "event_callback", "team": [1]}),
    payload("the authorizations are a number", {"authorizations": 5}),
    payload("no event", {"type": "event_callback", "team_id": OURS}),
    payload("the event is null", event(None)),
    payload("the event is a list", event([1])),
    payload("the event is a text", event(MARK)),
    payload("the files are a number", event({"type": "message", "channel_type": "im",
                                             "user": "U1", "files": 5})),
    payload("the files are texts", event({"type": "app_mention", "user": "U1", "files": [MARK]})),
    payload("another workspace's event", event({"type": "app_mention", "user": "U1"},
                                               team_id="T0FOREIGN"), signed=401),
    payload("a team that is no text", event({"type": "app_mention"}, team_id=7), signed=401),
    payload("an event that nothing answers", event({"type": "pin_added", "user": "U1"}),
            signed=404),
    payload("no kind of payload", {"team_id": OURS, "said": MARK}, signed=404),
    payload("a click without actions", {"type": "block_actions", "team_id": OURS}),
    payload("no action", {"type": "block_actions", "team_id": OURS, "actions": [],
                          "user": {"id": "U1"}}),
    payload("an action that is a number", {"type": "block_actions", "team_id": OURS,
                                           "actions": [5], "user": {"id": "U1"}}),
    payload("an action without a name", {"type": "block_actions", "team_id": OURS,
                                         "actions": [{}], "user": {"id": "U1"}}),
    payload("a click of nobody", {"type": "block_actions", "team_id": OURS,
                                  "actions": [{"action_id": "x"}]}),
    payload("a button that is known no more", {"type": "block_actions", "team_id": OURS,
                                               "user": {"id": "U1"},
                                               "actions": [{"action_id": MARK}]}, signed=404),
    payload("a form without a view", {"type": "view_submission", "team_id": OURS}),
    payload("a form that is null", {"type": "view_submission", "team_id": OURS, "view": None}),
    payload("a form without a state", {"type": "view_submission", "team_id": OURS,
                                       "view": {"id": "V1"}}),
    payload("a form of numbers", {"type": "view_submission", "team_id": OURS,
                                  "view": {"id": "V1", "state": {"values": {"a": {"b": 5}}}}}),
    in_form("payload is broken", f"payload=%7Bx{MARK}"),
    in_form("payload is empty", "payload="),
    in_form("payload is a list", "payload=%5B1%5D"),
    in_form("payload is null", "payload=null"),
    in_form("payload is a number", "payload=5"),
    in_form("payload holds nothing", "payload=%7B%7D"),
    in_form("a payload that is cut off", f"payload=%7B%22said%22%3A%22{MARK}"),
    in_form("a form without payload", f"x=1&y={MARK}"),
    in_form("another workspace's command", "command=/briefing&team_id=T0FOREIGN", signed=401),
]  # fmt: skip
TYPES = [
    Knock(name=f"content type {kind}", content_type=kind)
    for kind in (
        "text/plain", "application/xml", "multipart/form-data", "multipart/form-data; boundary=x",
        "application/json; charset=utf-16", "application/json; charset=nonsense", "nonsense", None,
    )
]  # fmt: skip
ENCODINGS = [
    Knock(name="not gzip at all", headers={"Content-Encoding": "gzip"}),
    Knock(name="not deflate at all", headers={"Content-Encoding": "deflate"}),
    Knock(name="an unknown encoding", headers={"Content-Encoding": MARK}),
]
TOO_LONG = [
    Knock(name="too long", body=b"x" * (MIB + 1), signed=413, unsigned=413),
    Knock(name="far too long", body=b"x" * (8 * MIB), signed=413, unsigned=413),
]
METHODS = [
    Knock(name=f"method {method}", method=method, signed=405, unsigned=405)
    for method in ("GET", "PUT", "PATCH", "DELETE", "OPTIONS")
] + [Knock(name="a method that is none", method="FETCH", signed=400, unsigned=400)]
PATHS = [
    Knock(name=f"path {path}", path=path, signed=404, unsigned=404)
    for path in (
        "/", "/slack", "/slack/events/", "/slack/events/x", "/.env", "/%00", "/%0d%0aforged",
        "/..%2f..%2fetc", "/" + "a" * 4_000,
    )
]  # fmt: skip
KNOCKS = [*BODIES, *TYPES, *ENCODINGS, *TOO_LONG, *METHODS, *PATHS]


@dataclass
class Door:
    house: Any
    caplog: pytest.LogCaptureFixture
    session: aiohttp.ClientSession

    async def knock(self, one: Knock, headers: Mapping[str, str]) -> tuple[int, list[str]]:
        """The status, and the lines in the log."""
        self.caplog.clear()
        types = {} if one.content_type is None else {"Content-Type": one.content_type}
        async with self.session.request(
            one.method,
            f"{self.house.http_url}{one.path}",
            data=io.BytesIO(self.body(one)),
            headers={**types, **one.headers, **headers},
            skip_auto_headers=("Content-Type",),
        ) as answer:
            await answer.read()
        await asyncio.gather(*self.house.bot.requests._answering, return_exceptions=True)
        return answer.status, lines_of(self.caplog)

    def body(self, one: Knock) -> bytes:
        team = json.dumps(self.house.slack.world.workspace.team_id)
        return one.body.replace(b'"<ours>"', team.encode())

    def signature(self, one: Knock) -> dict[str, str]:
        secret = self.house.slack.signing_secret
        return signed_headers(secret, self.body(one), seconds=int(time.time()))


def lines_of(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [TextFormatter().format(record) for record in caplog.records]


@pytest.fixture
async def door(open_house, caplog):
    caplog.set_level(logging.INFO)
    async with open_house(http=True) as house, aiohttp.ClientSession() as session:
        yield Door(house, caplog, session)


def wrong(one: Knock, status: int, lines: list[str], *, expected: int) -> Iterator[str]:
    if status != expected:
        yield f"{one.name}: {status} instead of {expected}"
    if len(lines) != 1:
        yield f"{one.name}: {len(lines)} lines: {lines}"
    for line in lines:
        if not line.isprintable() or MARK in line or len(line) > 400:
            yield f"{one.name}: {line!r}"


@pytest.mark.parametrize("is_slack", [True, False], ids=["signed", "unsigned"])
async def test_whatever_is_malformed_gets_its_status_and_one_line(door, is_slack) -> None:
    assert len(KNOCKS) >= 40
    found = []
    for one in KNOCKS:
        headers = door.signature(one) if is_slack else {}
        status, lines = await door.knock(one, headers)
        found += wrong(one, status, lines, expected=one.signed if is_slack else one.unsigned)
    assert not found, "\n".join(found)
    answer, _ = await door.house.ask("help")  # and the next one in order is answered
    assert answer


NOW = str(int(time.time()))
HEADERS: Mapping[str, Mapping[str, str]] = {
    "no signature": {"X-Slack-Signature": ""},
    "half a signature": {"X-Slack-Signature": "v0="},
    "another signature": {"X-Slack-Signature": "v0=" + "0" * 64},
    "another version": {"X-Slack-Signature": "v1=" + "0" * 64},
    "a signature that is not ASCII": {"X-Slack-Signature": "v0=\u00e4\u00f6"},
    "a signature beyond Latin-1": {"X-Slack-Signature": "v0=\ud55c\uad6d"},
    "a signature of a forged line": {"X-Slack-Signature": f"v0={MARK}"},
    "a very long signature": {"X-Slack-Signature": "v0=" + "a" * 4_000},
    "no time": {"X-Slack-Request-Timestamp": ""},
    "words for a time": {"X-Slack-Request-Timestamp": "abc"},
    "a fraction": {"X-Slack-Request-Timestamp": f"{NOW}.5"},
    "an exponent": {"X-Slack-Request-Timestamp": "1e9"},
    "a hexadecimal time": {"X-Slack-Request-Timestamp": "0x5f5e100"},
    "not a number": {"X-Slack-Request-Timestamp": "nan"},
    "a time before 1970": {"X-Slack-Request-Timestamp": "-5"},
    "a time of 400 digits": {"X-Slack-Request-Timestamp": "9" * 400},
    "a time of 5,000 digits": {"X-Slack-Request-Timestamp": "9" * 5_000},
    "full-width digits": {"X-Slack-Request-Timestamp": "\uff11\uff12"},
    "an old time": {"X-Slack-Request-Timestamp": str(int(NOW) - 360)},
    "a time to come": {"X-Slack-Request-Timestamp": str(int(NOW) + 360)},
}


async def test_headers_that_prove_nothing_are_refused_with_one_line(door) -> None:
    found = []
    command = Knock(name="", body=urlencode({"command": "/briefing", "text": MARK}).encode())
    for name, headers in HEADERS.items():
        status, lines = await door.knock(command, {**door.signature(command), **headers})
        found += [f"{name}: {one}" for one in wrong(command, status, lines, expected=401)]
    for missing in ("X-Slack-Signature", "X-Slack-Request-Timestamp"):
        headers = door.signature(command)
        del headers[missing]
        status, lines = await door.knock(command, headers)
        found += wrong(command, status, lines, expected=401)
    assert found == []


@given(st.binary(max_size=200), st.text(), st.text())
def test_no_headers_and_no_body_break_the_check(body, timestamp, signature) -> None:
    verifier = SignatureVerifier("secret")
    assert not is_signed(verifier, body=body, timestamp=timestamp, signature=signature)
    assert not is_signed(verifier, body=body, timestamp=NOW, signature=signature)


NOT_HTTP = {
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 10,
    "words": b"hello there\r\n\r\n",
    "another version": b"GET /healthz HTTP/9.9\r\nHost: x\r\n\r\n",
    "a header without a colon": b"POST /slack/events HTTP/1.1\r\nHost x\r\n\r\n",
    "a header with a zero byte": b"POST /slack/events HTTP/1.1\r\nHost: x\x00\r\n\r\n",
    "two lengths": b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n"
    b"Content-Length: 2\r\n\r\nab",
    "a length that is no number": b"POST /slack/events HTTP/1.1\r\nHost: x\r\n"
    b"Content-Length: ten\r\n\r\n",
    "a header of 64 KiB": b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 65_536 + b"\r\n\r\n",
    "chunks that are none": b"POST /slack/events HTTP/1.1\r\nHost: x\r\n"
    b"Transfer-Encoding: chunked\r\n\r\nzz\r\nSECRET-BODY\r\n",
    "a chunk, then none": b"POST /slack/events HTTP/1.1\r\nHost: x\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\nSECRET-BODY\r\n",
    "a body that ends early": b"POST /slack/events HTTP/1.1\r\nHost: x\r\n"
    b"Content-Length: 100\r\n\r\nSECRET-BODY",
}  # fmt: skip


@pytest.mark.parametrize("sent", NOT_HTTP.values(), ids=NOT_HTTP)
async def test_what_is_not_even_http_leaves_no_traceback(door, sent) -> None:
    door.caplog.clear()
    port = int(door.house.http_url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    writer.write_eof()
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    async with door.session.get(f"{door.house.http_url}/livez") as alive:  # and it goes on
        assert alive.status == 200
    lines = lines_of(door.caplog)
    assert len(lines) <= 1
    assert all(line.isprintable() and MARK not in line for line in lines)
    assert not answer or b" 400 " in answer.partition(b"\r\n")[0]


async def test_a_look_at_the_certificate_is_answered_though_nobody_signed_it(door) -> None:
    one = in_form("ssl_check", "ssl_check=1&token=x")
    status, lines = await door.knock(one, {})
    assert (status, lines) == (200, [])
    long = in_form("no ssl_check", "ssl_check=1&text=" + "x" * 2_000)
    assert (await door.knock(long, {}))[0] == 401


async def test_an_event_of_another_workspace_is_refused_over_socket_mode_too(house, caplog) -> None:
    world = house.slack.world
    # At the start, and by the job that looks at the token; then nobody asks for a minute.
    await house.slack.wait_for(lambda s: len(s.calls_of("auth.test")) > 1)
    real, world.workspace.team_id = world.workspace.team_id, "T0FOREIGN"
    said = await house.slack.say(user="analyst", channel="summit-desk", text="@briefing help")
    delivery = await house.slack.command(
        user="analyst", channel="summit-desk", command="/briefing", text="help"
    )
    world.workspace.team_id = real
    assert all(sent.acknowledged for sent in (*said.deliveries, delivery))  # else it comes again
    refused = [r for r in caplog.records if "another workspace" in r.getMessage()]
    assert [r.team for r in refused] == ["T0FOREIGN"] * (len(said.deliveries) + 1)
    await house.ask("help")
    assert len(house.slack.ephemerals("analyst")) == 1
    assert not house.slack.replies("summit-desk", said.message.ts)


@pytest.mark.parametrize("http", [True, False], ids=["http", "socket"])
async def test_a_form_whose_trigger_has_expired_is_acknowledged_and_explained(
    open_house, http
) -> None:
    async with open_house(http=http) as house:
        house.slack.faults.add(method="views.open", fault=ApiError(error="expired_trigger_id"))
        (answer,), delivery = await house.ask("subscribe")
        assert delivery.acknowledged
        assert "open it again" in answer.text


@pytest.mark.parametrize("http", [True, False], ids=["http", "socket"])
async def test_a_form_that_cannot_be_read_for_a_fault_of_ours_is_acknowledged(
    open_house, http, monkeypatch
) -> None:
    def broken(_inputs: object) -> None:
        raise RuntimeError("a secret of the inside")

    async with open_house(http=http) as house:
        from handlers.buttons import MODALS

        for modal in MODALS.values():
            monkeypatch.setattr(type(modal), "read", property(lambda _self: broken), raising=False)
        await house.slack.command(
            user="analyst", channel="summit-desk", command="/briefing", text="subscribe"
        )
        await house.slack.wait_for(lambda s: s.views("analyst"))
        submission = await house.slack.submit(user="analyst", values={})
        assert submission.delivery.acknowledged
        await house.slack.wait_for(lambda s: s.ephemerals("analyst") or s.dm("analyst"))
        told = house.slack.ephemerals("analyst") or house.slack.dm("analyst")
        assert "not your fault" in told[-1].text


async def test_an_answer_that_fails_over_http_is_acknowledged_and_excused(
    open_house, monkeypatch
) -> None:
    def broken(*_args: object) -> None:
        raise RuntimeError("a secret of the inside")

    async with open_house(http=True) as house:
        monkeypatch.setattr("handlers.commands.find_subjects", broken)
        (answer,), delivery = await house.ask("status remains")
        assert (delivery.acknowledged, delivery.attempts[0].status) == (True, 200)
        assert "not your fault" in answer.text
        assert "secret" not in answer.text


@pytest.mark.parametrize("http", [True, False], ids=["http", "socket"])
async def test_a_first_request_is_acknowledged_though_slack_answers_nothing(
    open_house, http
) -> None:
    async with open_house(http=http) as house:
        house.slack.faults.add(method="*", fault=NoAnswer(), times=None)
        delivery = await house.slack.command(
            user="analyst", channel="summit-desk", command="/briefing", text="help"
        )
        said = await house.slack.say(user="analyst", channel="summit-desk", text="@briefing help")
        assert delivery.acknowledged
        assert all(each.acknowledged for each in said.deliveries)


NONSENSE: Final = (None, True, 0, -1.5, 10**30, "", MARK, "\x00\ud800", [], [None], {}, {"id": 5})


def valid_payloads(team: str, user: str, channel: str, dm: str) -> list[tuple[str, dict[str, Any]]]:
    """One of each kind that the bot answers, as Slack documents it."""
    said = {
        "type": "app_mention",
        "user": user,
        "channel": channel,
        "text": "<@U2> help",
        "ts": "1.2",
    }
    click = {
        "action_id": ids.STATUS,
        "action_ts": "1.2",
        "type": "button",
        "block_id": "b",
        "value": '{"commitment": "remains"}',
    }
    inputs = {"a": {"b": {"type": "plain_text_input", "value": "x"}}}
    view = {
        "id": "V1",
        "type": "modal",
        "callback_id": ids.SUBSCRIBE_VIEW,
        "private_metadata": channel,
        "state": {"values": inputs},
    }
    of_us = {"team": {"id": team}, "user": {"id": user}}
    return [
        (JSON, {"type": "event_callback", "team_id": team, "event_id": "Ev1", "event": said,
                "authorizations": [{"team_id": team, "user_id": "U2", "is_bot": True}]}),
        (JSON, {"type": "event_callback", "team_id": team, "event_id": "Ev2",
                "event": {**said, "type": "message", "channel": dm, "channel_type": "im"}}),
        (JSON, {"type": "event_callback", "team_id": team, "event_id": "Ev3",
                "event": {"type": "app_home_opened", "user": user, "tab": "home"}}),
        (FORM, {"type": "block_actions", **of_us, "channel": {"id": channel}, "trigger_id": "1.2",
                "actions": [click], "message": {"ts": "1.2"}}),
        (FORM, {"type": "view_submission", **of_us, "view": view}),
    ]  # fmt: skip


def places(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every part of a payload."""
    parts = value.items() if isinstance(value, dict) else enumerate(value)
    for key, part in parts:
        yield (*path, key)
        if isinstance(part, dict | list):
            yield from places(part, (*path, key))


def mutated(value: dict[str, Any], path: tuple[Any, ...], nonsense: object) -> dict[str, Any]:
    """The payload with nonsense in that place; `...` takes the place away."""
    copy = json.loads(json.dumps(value))
    *way, last = path
    inner = copy
    for key in way:
        inner = inner[key]
    if nonsense is ...:
        del inner[last]
    else:
        inner[last] = nonsense
    return copy


@pytest.mark.parametrize("is_slack", [True, False], ids=["signed", "unsigned"])
async def test_payloads_with_nonsense_in_any_place_break_nothing(door, is_slack) -> None:
    found, tried = [], 0
    slack = door.house.slack
    dm = await slack.open_dm("analyst")
    ours = (slack.team_id, slack.users["analyst"], slack.channels["summit-desk"], dm)
    for content_type, good in valid_payloads(*ours):
        for path in places(good):
            for nonsense in (*NONSENSE, ...):
                text = json.dumps(mutated(good, path, nonsense))
                body = text if content_type == JSON else urlencode({"payload": text})
                name, tried = f"{good['type']} {path} {nonsense!a}", tried + 1
                one = Knock(name=name, body=body.encode(), content_type=content_type)
                status, lines = await door.knock(one, door.signature(one) if is_slack else {})
                refused = {400, 401, 404} if is_slack else {401}
                if status in refused:
                    found += wrong(one, status, lines, expected=status)
                elif not is_slack or status != 200:
                    found.append(f"{name}: {status}")
                found += [f"{name}: {line[:1500]}" for line in lines if "Traceback" in line]
    assert not found, "\n".join(found)
    assert tried > 500
