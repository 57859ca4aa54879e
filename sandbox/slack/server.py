"""The HTTP server: Web API, response URLs, uploads and the WebSocket."""

import asyncio
import json
import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web
from aiohttp.web_request import FileField

from sandbox.slack.api import accounts, chat, conversations, files, views
from sandbox.slack.api.arguments import read_arguments
from sandbox.slack.api.method import Context, Method, Token
from sandbox.slack.errors import RefusalError
from sandbox.slack.faults import Faults, Reply, play, sent_status, works_first
from sandbox.slack.hooks import respond
from sandbox.slack.model import JsonObject
from sandbox.slack.socket_mode import SocketHub
from sandbox.slack.world import World


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One call of the Web API, of a response URL or of an upload URL.

    Attributes:
        method: For example `chat.postMessage`; `response_url`; `upload`.
        args: The arguments without the token, lists and objects parsed.
        answer: The JSON that was, or would have been, the answer; None when a fault kept the
            call from doing anything.
        status: The HTTP status that was sent; None when no answer was sent.
        at: When it came, by the workspace's clock.
        fault: Name of the fault that was in play, or None.
    """

    method: str
    args: dict[str, Any]
    answer: dict[str, Any] | None
    status: int | None
    at: datetime
    fault: str | None = None

    @property
    def ok(self) -> bool:
        """True when the call did what was asked, whether or not the app got the answer."""
        return self.answer is not None and bool(self.answer.get("ok"))

    @property
    def error(self) -> str | None:
        """Slack's error code, or None."""
        return None if self.answer is None else self.answer.get("error")


# Every method that this workspace knows.
METHODS: Final[Mapping[str, Method]] = {
    method.name: method
    for family in (accounts, chat, conversations, files, views)
    for method in family.METHODS
}


def answer(name: str, context: Context, token: str | None) -> JsonObject:
    """The answer to one call, `"ok": true` or refused.

    Raises:
        RefusalError: With the code that Slack documents, in Slack's order: method, token,
            scope, arguments, and what the method itself finds.
    """
    method = METHODS.get(name)
    if method is None:
        raise RefusalError("unknown_method", extra={"req_method": name})
    _check_token(method, context.world, token)
    if method.scope is not None:
        context.need_scope(method.scope)
    context.args.need(*method.needs)
    return {"ok": True, **method.handler(context)}


def _check_token(method: Method, world: World, token: str | None) -> None:
    """https://docs.slack.dev/authentication/tokens/: each sort of token opens its own methods."""
    if not token:
        raise RefusalError("not_authed")
    app = world.app
    if token not in {app.bot_token, app.app_token}:
        raise RefusalError("invalid_auth")
    if world.grants.revoked:
        raise RefusalError("token_revoked")
    if world.grants.disabled:
        raise RefusalError("account_inactive")
    wanted = app.app_token if method.token is Token.APP else app.bot_token
    if token != wanted:
        raise RefusalError("not_allowed_token_type")


logger = logging.getLogger(__name__)

KEPT_CALLS: Final = 20_000
BODY_BYTES: Final = 32 * 1024 * 1024
Work = Callable[[], JsonObject]


@dataclass(slots=True, kw_only=True)
class Server:
    """Routes requests to the workspace, plays faults, and keeps the record.

    Attributes:
        closing: Set when the server stops, so that silent answers end.
    """

    world: World
    hub: SocketHub
    faults: Faults
    socket_root: str
    calls: deque[Call] = field(default_factory=lambda: deque(maxlen=KEPT_CALLS))
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    def application(self) -> web.Application:
        """The aiohttp application."""
        app = web.Application(client_max_size=BODY_BYTES)
        app.router.add_route("*", "/api/{method}", self.api)
        app.router.add_post("/hooks/{word}", self.hook)
        app.router.add_post("/upload/v1/{slot}", self.upload)
        app.router.add_get("/files-pri/{file}/{name}", self.download)
        app.router.add_get("/link", self.hub.handle)
        return app

    async def api(self, request: web.Request) -> web.StreamResponse:
        """One call of the Web API."""
        name = request.match_info["method"]
        try:
            args, token = await read_arguments(request)
        except RefusalError as refusal:
            return _json(refusal.answer(), refusal.status, refusal.headers)

        def work() -> JsonObject:
            context = Context(world=self.world, args=args, socket_url=self._socket_url)
            return answer(name, context, token)

        def reply(body: JsonObject, status: int, headers: dict[str, str]) -> web.Response:
            return _json(body, status, headers | self._scope_headers(name))

        return await self._run(request, name, args.readable(), work, reply)

    async def hook(self, request: web.Request) -> web.StreamResponse:
        """One answer at a response URL."""
        try:
            given = json.loads(await request.text())
        except ValueError:
            given = None
        if not isinstance(given, dict):
            return web.Response(status=400, text="invalid_payload")

        def work() -> JsonObject:
            target = self.world.response_urls.use(request.match_info["word"])
            return respond(self.world, target, given)

        return await self._run(request, "response_url", given, work, _hook_reply)

    async def upload(self, request: web.Request) -> web.StreamResponse:
        """The content of a file, as a raw body or as one part of a form."""
        content = await _uploaded(request)

        def work() -> JsonObject:
            file = self.world.uploads.receive(request.match_info["slot"], content)
            return {"ok": True, "file": file.id}

        def reply(body: JsonObject, status: int, headers: dict[str, str]) -> web.Response:
            text = f"OK - {len(content)}" if body["ok"] else str(body["error"])
            return web.Response(status=status, text=text, headers=headers)

        return await self._run(request, "upload", {"bytes": len(content)}, work, reply)

    async def download(self, request: web.Request) -> web.StreamResponse:
        """The content of a completed file, for the bearer of the bot token."""
        if request.headers.get("Authorization") != f"Bearer {self.world.app.bot_token}":
            return web.Response(status=403, text="not_authed")
        if "files:read" not in self.world.grants.scopes:
            # Slack leads people to its login page there, and programs too.
            raise web.HTTPFound("/")
        try:
            file = self.world.uploads.get(request.match_info["file"])
        except RefusalError as refusal:
            return web.Response(status=404, text=refusal.error)
        return web.Response(body=file.content, content_type="application/octet-stream")

    async def _run(
        self, request: web.Request, name: str, given: dict[str, Any], work: Work, reply: Reply
    ) -> web.StreamResponse:
        """Work and reply, with the fault that waits for this call, if any."""
        fault = self.faults.take(name, given)
        body, status, headers = _outcome(work) if works_first(fault) else (None, 200, {})
        self.calls.append(
            Call(
                method=name,
                args=given,
                answer=body,
                status=sent_status(fault, status),
                at=self.world.now(),
                fault=type(fault).__name__ if fault else None,
            )
        )
        self.world.changes.notify()
        right = reply(body or {"ok": True}, status, headers)
        if fault is None:
            return right
        return await play(request, fault, right=right, reply=reply, closing=self.closing)

    def _socket_url(self) -> str:
        return f"{self.socket_root}/link?ticket={self.hub.ticket()}&app_id={self.world.app.id}"

    def _scope_headers(self, name: str) -> dict[str, str]:
        method = METHODS.get(name)
        return {
            "X-OAuth-Scopes": ",".join(sorted(self.world.grants.scopes)),
            "X-Accepted-OAuth-Scopes": (method.scope or "") if method else "",
            "X-Slack-Req-Id": self.world.ids.word("request", 32),
        }


def _outcome(work: Work) -> tuple[JsonObject, int, dict[str, str]]:
    try:
        return work(), 200, {}
    except RefusalError as refusal:
        return refusal.answer(), refusal.status, refusal.headers


def _json(body: JsonObject, status: int, headers: dict[str, str]) -> web.Response:
    return web.json_response(body, status=status, headers=headers)


def _hook_reply(body: JsonObject, status: int, headers: dict[str, str]) -> web.Response:
    """Slack answers "ok" as text, and refuses with an HTTP error."""
    if body.get("ok"):
        return web.Response(text="ok")
    failed = HTTPStatus.BAD_REQUEST if status == HTTPStatus.OK else status
    return _json(body, failed, headers)


async def _uploaded(request: web.Request) -> bytes:
    if not request.content_type.startswith("multipart/"):
        return await request.read()
    for value in (await request.post()).values():
        if isinstance(value, FileField):
            return value.file.read()
    return b""
