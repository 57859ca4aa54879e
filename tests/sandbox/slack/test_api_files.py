"""The two-step upload, as the SDK does it."""

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import SandboxSlack

from .test_api_auth import refusal

DESK = "C01SUMMIT"


async def test_a_file_is_uploaded_and_shared(slack: SandboxSlack, client: AsyncWebClient) -> None:
    answer = await client.files_upload_v2(
        filename="evidence.csv",
        content="a,b\n1,2\n",
        title="Evidence",
        alt_txt="a table",
        channel=DESK,
        initial_comment="The export",
    )
    [file] = slack.files()
    assert file.content == b"a,b\n1,2\n"
    assert (file.title, file.shared_in) == ("Evidence", (DESK,))
    [message] = slack.messages("summit-desk")
    assert message.text == "The export"
    assert message.body["files"][0]["id"] == answer["file"]["id"] == file.id
    shown = (await client.files_info(file=file.id))["file"]
    assert (shown["name"], shown["filetype"], shown["size"]) == ("evidence.csv", "csv", 8)


async def test_a_shared_file_is_downloaded_with_the_token(
    slack: SandboxSlack, client: AsyncWebClient
) -> None:
    answer = await client.files_upload_v2(filename="a.txt", content="hello")
    url = answer["file"]["url_private"]
    async with aiohttp.ClientSession() as session:
        async with session.get(url) as response:
            assert response.status == 403
        header = {"Authorization": f"Bearer {slack.bot_token}"}
        async with session.get(url, headers=header) as response:
            assert await response.read() == b"hello"


async def test_a_file_without_a_channel_can_stand_in_a_block(
    slack: SandboxSlack, client: AsyncWebClient
) -> None:
    uploaded = await client.files_upload_v2(filename="chart.png", content=b"\x89PNG")
    block = {
        "type": "image",
        "alt_text": "chart",
        "slack_file": {"id": uploaded["file"]["id"]},
    }
    assert (await client.chat_postMessage(channel=DESK, text="t", blocks=[block]))["ok"]
    assert slack.files()[0].shared_in == ()


async def test_a_file_goes_into_a_thread(slack: SandboxSlack, client: AsyncWebClient) -> None:
    parent = (await client.chat_postMessage(channel=DESK, text="x"))["ts"]
    await client.files_upload_v2(filename="a.txt", content="x", channel=DESK, thread_ts=parent)
    assert slack.replies("summit-desk", parent)[0].body["files"][0]["name"] == "a.txt"


async def test_content_of_another_length_is_refused(
    slack: SandboxSlack, client: AsyncWebClient
) -> None:
    slot = await client.files_getUploadURLExternal(filename="a.txt", length=3)
    async with aiohttp.ClientSession() as session:
        async with session.post(slot["upload_url"], data=b"four") as response:
            assert response.status == 400
        async with session.post(slot["upload_url"], data=b"abc") as response:
            assert (response.status, await response.text()) == (200, "OK - 3")
        async with session.post(slot["upload_url"], data=b"abc") as response:
            assert response.status == 404


async def test_a_form_upload_is_taken_too(slack: SandboxSlack, client: AsyncWebClient) -> None:
    slot = await client.files_getUploadURLExternal(filename="a.txt", length=3)
    form = aiohttp.FormData()
    form.add_field("filename", b"abc", filename="a.txt")
    async with (
        aiohttp.ClientSession() as session,
        session.post(slot["upload_url"], data=form) as response,
    ):
        assert response.status == 200
    await client.files_completeUploadExternal(files=[{"id": slot["file_id"]}])
    assert slack.files()[0].content == b"abc"


@pytest.mark.parametrize(
    ("channel", "error"),
    [("C02RANDOM", "not_in_channel"), ("C03CLOSED", "is_archived"), ("C9", "channel_not_found")],
)
async def test_a_file_cannot_be_shared_everywhere(
    slack: SandboxSlack, client: AsyncWebClient, channel: str, error: str
) -> None:
    upload = client.files_upload_v2(filename="a.txt", content="x", channel=channel)
    assert (await refusal(upload))["error"] == error
    assert slack.files() == []


async def test_what_was_never_uploaded_cannot_be_completed(client: AsyncWebClient) -> None:
    slot = await client.files_getUploadURLExternal(filename="a.txt", length=3)
    complete = client.files_completeUploadExternal(files=[{"id": slot["file_id"]}])
    assert (await refusal(complete))["error"] == "file_not_found"
    assert (await refusal(client.files_info(file="F9")))["error"] == "file_not_found"
    empty = client.files_getUploadURLExternal(filename="a.txt", length=0)
    assert (await refusal(empty))["error"] == "invalid_arguments"


async def test_a_members_file_reaches_the_app_in_a_direct_message(
    slack: SandboxSlack, client: AsyncWebClient
) -> None:
    file = slack.upload(user="admin", name="feeds.opml", content=b"<opml/>")
    dm = await slack.open_dm("admin")
    said = await slack.say(user="admin", channel=dm, text="", files=(file,))
    assert said.message.body["subtype"] == "file_share"
    assert said.message.body["files"][0]["id"] == file.id
    shown = (await client.files_info(file=file.id))["file"]
    assert (shown["user"], shown["channels"]) == (slack.users["admin"], [dm])
    assert slack.file_choice(file)["id"] == file.id


async def test_without_the_scope_a_download_leads_to_a_page_for_people(
    slack: SandboxSlack,
) -> None:
    file = slack.upload(user="admin", name="feeds.opml", content=b"<opml/>")
    slack.world.grants.scopes.discard("files:read")
    header = {"Authorization": f"Bearer {slack.bot_token}"}
    async with (
        aiohttp.ClientSession() as session,
        session.get(
            slack.file_choice(file)["url_private"], headers=header, allow_redirects=False
        ) as response,
    ):
        assert response.status == 302
