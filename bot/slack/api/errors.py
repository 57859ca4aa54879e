"""Slack's error codes and broken answers, as errors of ours.

The class of the error says what is known of a message, which is all that delivery needs to go on:

* `WorkspaceGoneError`: the token is worth nothing any more;
* `TargetGoneError`: this channel or person cannot be written to;
* `DeliveryRefusedError`: not this message, as it is;
* `DeliveryUnknownError`: it may have been posted;
* `DeliveryError` itself: certainly not posted, and worth another try.

Codes are those of chat.postMessage, conversations.open, conversations.history and users.info
(https://docs.slack.dev/reference/methods). A code that Slack adds later counts as unknown: then a
message is looked up before it is sent again, which is right whatever the code means.
"""

from collections.abc import Mapping
from datetime import timedelta

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.domain.errors import (
    DeliveryError,
    DeliveryRefusedError,
    DeliveryUnknownError,
    TargetGoneError,
    WorkspaceGoneError,
)

CALL_FAULTS: tuple[type[Exception], ...] = (
    SlackClientError,
    aiohttp.ClientError,
    TimeoutError,
    OSError,
    # What slack_sdk raises on an answer that is JSON, but not the object that it expects.
    AttributeError,
    TypeError,
    ValueError,
)
"""All that a call by slack_sdk may raise when Slack, or what stands in its place, misbehaves."""

_WORKSPACE_GONE = {
    "account_inactive": "the token's user or workspace was deleted",
    "app_uninstalled": "the app was removed from the workspace",
    "invalid_auth": "the token is not valid; see SLACK_BOT_TOKEN",
    "missing_scope": "the app lacks a permission; update it from manifest.json and reinstall it",
    "not_allowed_token_type": "the token is of the wrong kind; SLACK_BOT_TOKEN begins with xoxb-",
    "not_authed": "no token was sent; see SLACK_BOT_TOKEN",
    "team_access_not_granted": "the token may not act in this workspace",
    "token_expired": "the token has expired",
    "token_revoked": "the token was revoked or the app removed",
}
_TARGET_GONE = {
    "access_denied": "the app may not use this conversation",
    "cannot_dm_bot": "it is a bot, which cannot get direct messages",
    "channel_is_limited_access": "only some people may write in this channel",
    "channel_not_found": "there is no such channel, or the app was not invited to it",
    "invalid_user_combination": "these people share no channel with the app",
    "is_archived": "the channel is archived",
    "is_inactive": "the channel is frozen or deleted",
    "messages_tab_disabled": "the app's Messages tab is switched off",
    "method_not_supported_for_channel_type": "this kind of conversation takes no messages",
    "no_permission": "the app is not a member of the conversation",
    "not_in_channel": "the app is not in the channel; invite it there",
    "posting_to_general_channel_denied": "apps may not write in the general channel",
    "restricted_action": "a workspace setting keeps the app from writing there",
    "restricted_action_read_only_channel": "the channel is read-only",
    "restricted_action_thread_only_channel": "the channel takes replies only",
    "user_disabled": "the person's account is deactivated",
    "user_not_found": "there is no such person",
    "user_not_visible": "the app may not see this person",
    "users_not_found": "there is no such person",
}
_REFUSED = {
    "as_user_not_supported": "an argument is not for this kind of app",
    "cannot_reply_to_message": "the message it answers takes no replies",
    "invalid_arguments": "an argument is not what Slack takes",
    "invalid_array_arg": "an argument is not what Slack takes",
    "invalid_attachments": "the message is not laid out as Slack wants it",
    "invalid_blocks": "the message is not laid out as Slack wants it",
    "invalid_blocks_format": "the message is not laid out as Slack wants it",
    "invalid_metadata_format": "the message's marks are not what Slack takes",
    "invalid_metadata_schema": "the message's marks are not what Slack takes",
    "message_not_found": "the message it answers is gone",
    "metadata_must_be_sent_from_app": "only an app's token may mark messages",
    "metadata_too_large": "the message's marks are too long",
    "msg_blocks_too_long": "the message is too long",
    "msg_too_long": "the message is too long",
    "no_text": "the message is empty",
    "restricted_action_non_threadable_channel": "the channel takes no replies",
    "restricted_action_thread_locked": "the thread is locked",
    "thread_not_found": "the message it answers is gone",
    "too_many_attachments": "the message has too many parts",
}
_NOT_NOW = {
    "accesslimited": "this network may not use the method at the moment",
    "ekm_access_denied": "the workspace's admins have suspended writing",
    "message_limit_exceeded": "the workspace sends too many messages",
    "org_login_required": "the workspace is being migrated",
    "rate_limited": "too many messages",
    "ratelimited": "too many requests",
    "request_timeout": "the request did not arrive whole",
    "team_added_to_org": "the workspace is being migrated",
}
_TABLE: tuple[tuple[Mapping[str, str], type[DeliveryError]], ...] = (
    (_WORKSPACE_GONE, WorkspaceGoneError),
    (_TARGET_GONE, TargetGoneError),
    (_REFUSED, DeliveryRefusedError),
    (_NOT_NOW, DeliveryError),
)
_TOO_MANY_REQUESTS = 429
_SERVER_ERROR = 500
_LONGEST_WAIT_S = 24 * 3600
_LONGEST_CODE = 100


def translate(error: Exception, *, method: str) -> DeliveryError:
    """The error of ours that one of `CALL_FAULTS` amounts to; chain it with `raise ... from`."""
    if isinstance(error, SlackApiError):
        return _of_answer(error.response, method)
    if isinstance(error, aiohttp.ClientConnectorError):
        sentence = f"Slack could not be reached for {method}; check the network."
        return DeliveryError(sentence, code="connection")
    if isinstance(error, TimeoutError):
        return DeliveryUnknownError(f"Slack did not answer {method} in time.", code="timeout")
    if isinstance(error, aiohttp.ClientError | OSError):
        sentence = f"The connection broke before Slack answered {method}."
        return DeliveryUnknownError(sentence, code="connection")
    return garbled(method)


def garbled(method: str) -> DeliveryUnknownError:
    """For an answer that is not what Slack documents; whether it acted is unknown."""
    sentence = f"Slack's answer to {method} could not be understood."
    return DeliveryUnknownError(sentence, code="garbled")


def _of_answer(response: object, method: str) -> DeliveryError:
    """By HTTP status and `error` code. slack_sdk gives its own response, or aiohttp's raw one."""
    status = getattr(response, "status_code", None) or getattr(response, "status", None)
    data = getattr(response, "data", None)
    said = data if isinstance(data, Mapping) else {}
    code = said.get("error")
    code = code[:_LONGEST_CODE] if isinstance(code, str) else None
    if status == _TOO_MANY_REQUESTS or code in {"ratelimited", "rate_limited"}:
        return DeliveryError(
            f"Slack asks to wait before {method}.",
            code="ratelimited",
            retry_after=_retry_after(getattr(response, "headers", None)),
        )
    if isinstance(status, int) and status >= _SERVER_ERROR:
        sentence = f"Slack failed on {method} (HTTP {status})."
        return DeliveryUnknownError(sentence, code=f"http_{status}")
    return garbled(method) if code is None else _of_code(code, method, needed=said.get("needed"))


def _of_code(code: str, method: str, *, needed: object) -> DeliveryError:
    """By Slack's code, with a sentence that says what to do."""
    for table, kind in _TABLE:
        if code in table:
            named = isinstance(needed, str) and needed
            scope = f" (it needs {str(needed)[:_LONGEST_CODE]})" if named else ""
            return kind(f"Slack refused {method} with {code}: {table[code]}{scope}.", code=code)
    return DeliveryUnknownError(f"Slack refused {method} with {code}.", code=code)


def _retry_after(headers: object) -> timedelta | None:
    """Retry-After in whole seconds (RFC 9110, 10.2.3), at most a day; None without a usable one."""
    if not isinstance(headers, Mapping):
        return None
    value = next((v for k, v in headers.items() if str(k).lower() == "retry-after"), None)
    if isinstance(value, list | tuple):  # slack_sdk's own types hold lists of values
        value = value[0] if value else None
    text = str(value).strip()
    if not (text.isascii() and text.isdigit()):
        return None
    return timedelta(seconds=min(int(text[:9]), _LONGEST_WAIT_S))
