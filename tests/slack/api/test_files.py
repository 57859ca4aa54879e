"""Files in Slack: read within bounds, the token shown to Slack's hosts alone."""

from collections.abc import AsyncIterator

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import DeliveryError
from bot.slack.api.files import FileRefusedError, SlackFiles
from sandbox.slack import SandboxSlack
from tests.ingest.serving import reply, serving


@pytest.fixture
async def slack() -> AsyncIterator[SandboxSlack]:
    async with SandboxSlack.start() as running:
        yield running


@pytest.fixture
def files(slack: SandboxSlack) -> SlackFiles:
    return SlackFiles(AsyncWebClient(token=slack.bot_token, base_url=slack.api_url))


async def test_a_shared_file_is_read(slack: SandboxSlack, files: SlackFiles) -> None:
    shared = slack.upload(user="admin", name="feeds.opml", content=b"<opml/>")
    found = await files.read(shared.id, at_most=100)
    assert (found.name, found.body) == ("feeds.opml", b"<opml/>")


async def test_a_file_that_is_too_large_is_not_fetched(
    slack: SandboxSlack, files: SlackFiles
) -> None:
    shared = slack.upload(user="admin", name="feeds.opml", content=b"x" * 5000)
    with pytest.raises(FileRefusedError, match="larger than 4 kB"):
        await files.read(shared.id, at_most=4096)


async def test_a_size_that_is_not_true_does_not_help(
    slack: SandboxSlack, files: SlackFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = slack.upload(user="admin", name="feeds.opml", content=b"x" * 500_000)
    shown = {"ok": True, "file": slack.file_choice(shared) | {"size": 1}}
    monkeypatch.setattr(slack.world, "file_json", lambda *_: shown["file"])
    with pytest.raises(FileRefusedError, match="larger than"):
        await files.read(shared.id, at_most=4096)


async def test_the_token_is_shown_to_no_other_host(
    slack: SandboxSlack, files: SlackFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = slack.upload(user="admin", name="feeds.opml", content=b"<opml/>")
    async with serving({"/x": reply(body=b"<opml/>")}) as elsewhere:
        for url in (elsewhere.url("/x"), "https://slack.com.evil.example/x", "http://slack.com/x",
                    "https://[::1", "file:///etc/passwd"):  # fmt: skip
            shown = slack.file_choice(shared) | {"url_private_download": url, "url_private": url}
            monkeypatch.setattr(slack.world, "file_json", lambda *_, s=shown: s)
            with pytest.raises(FileRefusedError, match="does not lie in Slack"):
                await files.read(shared.id, at_most=100)
        assert not elsewhere.requests


async def test_an_unknown_file_is_slacks_word(files: SlackFiles) -> None:
    with pytest.raises(DeliveryError):
        await files.read("F404", at_most=100)


async def test_a_file_is_sent_as_a_direct_message(slack: SandboxSlack, files: SlackFiles) -> None:
    await files.send(slack.users["admin"], name="a.opml", content="<opml/>", comment="The list")
    (message,) = slack.dm("admin")
    assert message.text == "The list"
    assert slack.files()[0].content == b"<opml/>"
