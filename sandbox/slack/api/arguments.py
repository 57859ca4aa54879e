"""The arguments of a Web API call, however they came.

Slack takes them in the query, as form fields, as multipart, or as one JSON object:
https://docs.slack.dev/apis/web-api/#basics.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from aiohttp.web_request import FileField

from sandbox.slack.errors import RefusalError

_TRUE = frozenset({"1", "true", "True"})
_STRUCTURED = ("blocks", "attachments", "metadata", "view", "files")


@dataclass(frozen=True, kw_only=True, slots=True)
class Arguments:
    """Named values, as text or as parsed JSON."""

    values: Mapping[str, Any]

    def text(self, name: str, default: str = "") -> str:
        """The value as text; `default` when it was not given."""
        value = self.values.get(name)
        return default if value is None else str(value)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """The value as a boolean; Slack takes true, "true" and 1."""
        value = self.values.get(name)
        if value is None or value == "":
            return default
        return str(value) in _TRUE

    def number(self, name: str, default: int) -> int:
        """The value as a whole number.

        Raises:
            RefusalError: `invalid_arguments` when it is none.
        """
        value = self.values.get(name)
        if value is None or value == "":
            return default
        try:
            return int(str(value))
        except ValueError as error:
            raise RefusalError(
                "invalid_arguments", messages=(f"must provide an integer: {name}",)
            ) from error

    def listing(self, name: str) -> list[str]:
        """Comma-separated text, or a list, as a list of words."""
        value = self.values.get(name)
        if isinstance(value, list):
            return [str(each) for each in value]
        return [word.strip() for word in str(value or "").split(",") if word.strip()]

    def json(self, name: str) -> object:
        """The value parsed, whether it came as JSON text or parsed already.

        Raises:
            RefusalError: `invalid_arguments` when it is no JSON.
        """
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        try:
            parsed: object = json.loads(value)
        except ValueError as error:
            raise RefusalError("invalid_arguments", messages=(f"invalid JSON: {name}",)) from error
        return parsed

    def need(self, *names: str) -> None:
        """Refuse the call when one of these was not given.

        Raises:
            RefusalError: `invalid_arguments` that names each missing one.
        """
        missing = [name for name in names if self.values.get(name) in (None, "")]
        if missing:
            lines = [f"missing required field: {name}" for name in missing]
            raise RefusalError("invalid_arguments", messages=lines)

    def readable(self) -> dict[str, Any]:
        """The values for the record of calls: structured ones parsed where they can be."""
        shown = dict(self.values)
        for name in _STRUCTURED:
            if isinstance(shown.get(name), str):
                try:
                    shown[name] = json.loads(shown[name])
                except ValueError:
                    continue
        return shown


async def read_arguments(request: web.Request) -> tuple[Arguments, str | None]:
    """The arguments of a request, and its token.

    The token comes as a Bearer header or as a form field, never in JSON or in the query.

    Raises:
        RefusalError: `invalid_json` or `json_not_object`.
    """
    values: dict[str, Any] = dict(request.query)
    values.pop("token", None)
    token = _bearer(request)
    if request.content_type == "application/json":
        parsed = _parse(await request.text())
        parsed.pop("token", None)
        return Arguments(values=values | parsed), token
    for name, value in (await request.post()).items():
        values[name] = value.file.read() if isinstance(value, FileField) else value
    form_token = values.pop("token", None)
    return Arguments(values=values), token or form_token


def _bearer(request: web.Request) -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme == "Bearer" and token.strip() else None


def _parse(body: str) -> dict[str, Any]:
    try:
        parsed = json.loads(body or "{}")
    except ValueError as error:
        raise RefusalError("invalid_json") from error
    if not isinstance(parsed, dict):
        raise RefusalError("json_not_object")
    return parsed
