"""Files in Slack: one that a person shared, read; one for a person, sent.

https://docs.slack.dev/messaging/working-with-files
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import BriefingError, DeliveryError
from bot.slack.api.client import WebApi, open_direct, part, text_field
from bot.slack.api.errors import garbled

_TIMEOUT_S: Final = 20.0
_STEP: Final = 65_536
_REINSTALL: Final = "an admin must install the app again with the scope files:read (manifest.json)"


class FileRefusedError(BriefingError):
    """A file cannot be read; the text says why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SharedFile:
    """A file that a person shared: its name, as they chose it, and what is in it."""

    name: str
    body: bytes


class SlackFiles:
    """Reads and sends files with the bot's token, which is shown to Slack's hosts alone."""

    def __init__(self, client: AsyncWebClient) -> None:
        """Takes token and address from `client`."""
        self._client = client
        self._api = WebApi(client, timeout_s=_TIMEOUT_S)

    async def read(self, file_id: str, *, at_most: int) -> SharedFile:
        """A shared file, of at most `at_most` bytes.

        Raises:
            FileRefusedError: It is too large, lies outside Slack, or may not be read.
            DeliveryError: Slack gave no usable answer.
        """
        answer = await self._api.ask("files.info", self._api.repeated.files_info(file=file_id))
        file = part(answer, "file")
        if not file:
            raise garbled("files.info")
        name = text_field(file, "name") or "file"
        url = text_field(file, "url_private_download") or text_field(file, "url_private")
        if url is None or file.get("is_external") is True or not self._is_slacks(url):
            raise FileRefusedError(f"{name} does not lie in Slack; share the file itself.")
        size = file.get("size")
        if isinstance(size, int) and size > at_most:
            raise FileRefusedError(_too_large(name, at_most))
        return SharedFile(name=name, body=await self._download(url, name, at_most))

    async def send(self, user_id: str, *, name: str, content: str, comment: str) -> None:
        """Send a person a file as a direct message.

        Raises:
            DeliveryError: Slack did not take it.
        """
        target = await open_direct(self._api, user_id)
        await self._api.ask(
            "files.completeUploadExternal",
            self._api.once.files_upload_v2(
                channel=target, filename=name, title=name, content=content, initial_comment=comment
            ),
        )

    def _is_slacks(self, url: str) -> bool:
        """Whether the token may be shown there: Slack's own hosts, or the one of the Web API."""
        try:
            parts, api = urlsplit(url), urlsplit(self._client.base_url)
        except ValueError:
            return False
        host = (parts.hostname or "").casefold()
        if (parts.scheme, parts.netloc) == (api.scheme, api.netloc):
            return True
        return parts.scheme == "https" and (host == "slack.com" or host.endswith(".slack.com"))

    async def _download(self, url: str, name: str, at_most: int) -> bytes:
        """The bytes; a redirect would lead to a page for people, or elsewhere with our token."""
        headers = {"Authorization": f"Bearer {self._client.token}"}
        timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout, trust_env=False) as session,
                session.get(url, headers=headers, allow_redirects=False) as response,
            ):
                if response.status != HTTPStatus.OK:
                    raise FileRefusedError(f"Slack does not let me read {name}; {_REINSTALL}.")
                body = bytearray()
                async for piece in response.content.iter_chunked(_STEP):
                    body += piece
                    if len(body) > at_most:
                        raise FileRefusedError(_too_large(name, at_most))
                return bytes(body)
        except (TimeoutError, aiohttp.ClientError) as error:
            raise DeliveryError(
                f"Slack did not give me {name}; try again.", code="connection"
            ) from error


def _too_large(name: str, at_most: int) -> str:
    return f"{name} is larger than {at_most // 1024:,} kB, which is more than I read."
