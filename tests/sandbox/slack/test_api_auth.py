"""Tokens, scopes, content types and unknown methods."""

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import SandboxSlack


async def refusal(call) -> dict:
    with pytest.raises(SlackApiError) as refused:
        await call
    return refused.value.response.data


async def test_auth_test_says_who_the_bot_is(slack: SandboxSlack, client: AsyncWebClient) -> None:
    answer = await client.auth_test()
    assert answer["user_id"] == slack.bot_user_id
    assert answer["team_id"] == slack.team_id
    assert answer["bot_id"].startswith("B")
    assert "chat:write" in answer.headers["x-oauth-scopes"].split(",")


@pytest.mark.parametrize(("token", "error"), [("", "not_authed"), ("xoxb-else", "invalid_auth")])
async def test_a_missing_or_unknown_token_is_refused(
    slack: SandboxSlack, token: str, error: str
) -> None:
    stranger = AsyncWebClient(token=token, base_url=slack.api_url)
    assert await refusal(stranger.auth_test()) == {"ok": False, "error": error}


async def test_each_sort_of_token_opens_its_own_methods(
    slack: SandboxSlack, client: AsyncWebClient
) -> None:
    by_app = AsyncWebClient(token=slack.app_token, base_url=slack.api_url)
    assert (await refusal(by_app.auth_test()))["error"] == "not_allowed_token_type"
    opened = client.apps_connections_open(app_token=slack.bot_token)
    assert (await refusal(opened))["error"] == "not_allowed_token_type"


async def test_a_revoked_or_disabled_app_is_told_so(
    slack: SandboxSlack, client: AsyncWebClient
) -> None:
    slack.disable_app()
    assert (await refusal(client.auth_test()))["error"] == "account_inactive"
    slack.revoke_tokens()
    assert (await refusal(client.auth_test()))["error"] == "token_revoked"


async def test_a_missing_scope_is_named_with_those_that_are_there(
    slack: SandboxSlack, client: AsyncWebClient
) -> None:
    slack.grants.scopes.clear()
    slack.grants.scopes.update({"commands", "users:read"})
    answer = await refusal(client.chat_postMessage(channel="C01SUMMIT", text="hi"))
    assert answer["error"] == "missing_scope"
    assert answer["needed"] == "chat:write"
    assert answer["provided"] == "commands,users:read"


async def test_unknown_methods_are_refused(client: AsyncWebClient) -> None:
    answer = await refusal(client.api_call("chat.postPostcard"))
    assert answer["error"] == "unknown_method"


async def test_a_missing_argument_is_named(client: AsyncWebClient) -> None:
    answer = await refusal(client.api_call("chat.postMessage", json={"text": "hi"}))
    assert answer["error"] == "invalid_arguments"
    assert answer["response_metadata"]["messages"] == ["[ERROR] missing required field: channel"]


@pytest.mark.parametrize("how", ["header and JSON", "header and form", "form field", "multipart"])
async def test_token_and_arguments_come_in_any_documented_way(
    slack: SandboxSlack, how: str
) -> None:
    header = {"Authorization": f"Bearer {slack.bot_token}"}
    fields = {"channel": "C01SUMMIT", "text": how}
    ways = {
        "header and JSON": {"headers": header, "json": fields},
        "header and form": {"headers": header, "data": fields},
        "form field": {"data": {"token": slack.bot_token, **fields}},
        "multipart": {"headers": header, "data": _multipart(fields)},
    }
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{slack.api_url}chat.postMessage", **ways[how]) as response,
    ):
        assert (await response.json())["ok"] is True
    assert slack.messages("summit-desk")[-1].text == how
    assert "token" not in slack.calls[-1].args


@pytest.mark.parametrize(("body", "error"), [("{", "invalid_json"), ("[]", "json_not_object")])
async def test_broken_json_is_refused(slack: SandboxSlack, body: str, error: str) -> None:
    headers = {
        "Authorization": f"Bearer {slack.bot_token}",
        "Content-Type": "application/json; charset=utf-8",
    }
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{slack.api_url}auth.test", data=body, headers=headers) as response,
    ):
        assert (await response.json())["error"] == error


async def test_a_token_in_json_or_in_the_query_is_no_token(slack: SandboxSlack) -> None:
    url = f"{slack.api_url}auth.test"
    async with aiohttp.ClientSession() as session:
        async with session.post(url, json={"token": slack.bot_token}) as response:
            assert (await response.json())["error"] == "not_authed"
        async with session.post(url, params={"token": slack.bot_token}) as response:
            assert (await response.json())["error"] == "not_authed"


def _multipart(fields: dict[str, str]) -> aiohttp.FormData:
    form = aiohttp.FormData(default_to_multipart=True)
    for name, value in fields.items():
        form.add_field(name, value)
    return form
