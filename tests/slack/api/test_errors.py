"""Slack's codes and broken answers as errors of ours."""

from dataclasses import dataclass, field
from datetime import timedelta

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.errors import SlackApiError

from bot.delivery.decisions import FIXED_BY_PLAIN_TEXT
from bot.domain.errors import (
    DeliveryError,
    DeliveryRefusedError,
    DeliveryUnknownError,
    TargetGoneError,
    WorkspaceGoneError,
)
from bot.slack.api.errors import translate


@dataclass
class Answer:
    """As much of slack_sdk's response as errors are read from."""

    status_code: int = 200
    data: object = None
    headers: dict[str, object] = field(default_factory=dict)


def refused(code: str, **more: object) -> DeliveryError:
    answer = Answer(data={"ok": False, "error": code, **more})
    return translate(SlackApiError("", answer), method="chat.postMessage")


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        (
            WorkspaceGoneError,
            (
                "invalid_auth not_authed account_inactive token_revoked token_expired "
                "missing_scope not_allowed_token_type team_access_not_granted"
            ),
        ),
        (
            TargetGoneError,
            (
                "channel_not_found is_archived not_in_channel restricted_action no_permission "
                "restricted_action_read_only_channel restricted_action_thread_only_channel "
                "cannot_dm_bot user_disabled user_not_found user_not_visible messages_tab_disabled"
            ),
        ),
        (
            DeliveryRefusedError,
            (
                "invalid_blocks invalid_blocks_format msg_too_long msg_blocks_too_long no_text "
                "too_many_attachments invalid_arguments invalid_metadata_format metadata_too_large "
                "restricted_action_thread_locked restricted_action_non_threadable_channel"
            ),
        ),
        (
            DeliveryError,
            (
                "rate_limited ratelimited request_timeout ekm_access_denied org_login_required "
                "team_added_to_org message_limit_exceeded"
            ),
        ),
        (DeliveryUnknownError, "fatal_error internal_error service_unavailable brand_new_code"),
    ],
)
def test_what_each_code_says_of_the_message(kind, codes):
    for code in codes.split():
        error = refused(code)
        assert type(error) is kind, code
        assert str(error).startswith("Slack ")


@pytest.mark.parametrize("code", sorted(FIXED_BY_PLAIN_TEXT))
def test_what_plain_text_mends_counts_as_refused(code):
    assert type(refused(code)) is DeliveryRefusedError


def test_a_missing_scope_is_named():
    assert "(it needs chat:write)" in str(refused("missing_scope", needed="chat:write"))


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("30", 30),
        (["30"], 30),
        (" 7 ", 7),
        ("0", 0),
        ("99999999999999", 24 * 3600),
        ("-1", None),
        ("soon", None),
        ("1.5", None),
        ("٣", None),
        ("", None),
        ([], None),
    ],
)
def test_retry_after_is_read_with_care(value, seconds):
    for name in ("Retry-After", "retry-after"):
        answer = Answer(status_code=429, headers={name: value})
        error = translate(SlackApiError("", answer), method="chat.postMessage")
        assert type(error) is DeliveryError
        assert error.retry_after == (None if seconds is None else timedelta(seconds=seconds))


@pytest.mark.parametrize(
    "error",
    [
        TimeoutError(),
        aiohttp.ServerDisconnectedError(),
        aiohttp.ClientPayloadError(),
        ConnectionResetError(),
        ValueError("no JSON"),
        AttributeError("'list' object has no attribute 'get'"),
        SlackApiError("", Answer(status_code=500)),
        SlackApiError("", Answer(status_code=502, data={"ok": False, "error": "invalid_auth"})),
        SlackApiError("", Answer(data={})),
        SlackApiError("", Answer(data=[])),
        SlackApiError("", Answer(data={"ok": False, "error": 7})),
        SlackApiError("", None),
        SlackApiError("", {"ok": False}),
    ],
    ids=repr,
)
def test_when_in_doubt_the_fate_is_unknown(error):
    assert type(translate(error, method="chat.postMessage")) is DeliveryUnknownError


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)


@given(
    status=st.none() | st.integers(100, 599),
    data=JSON | st.fixed_dictionaries({"error": JSON, "needed": JSON}),
    headers=st.none() | st.dictionaries(st.sampled_from(["Retry-After", "X"]), JSON),
)
def test_no_answer_whatsoever_breaks_the_translation(status, data, headers):
    answer = Answer(status_code=status, data=data, headers=headers)  # type: ignore[arg-type]
    error = translate(SlackApiError("", answer), method="chat.postMessage")
    assert isinstance(error, DeliveryError)
    assert len(str(error)) < 400
