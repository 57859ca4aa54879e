"""The feed list as a file: OPML in, shown before it is taken over, and OPML out."""

from typing import Final

from bot.briefing.feed_answers import ImportPlan
from bot.domain.errors import FeedListError, FetchError, NotFoundError, Problem
from bot.services.feeds.opml import LARGEST_LIST
from bot.slack.api.files import SlackFiles
from bot.slack.button_values import ImportValue
from bot.slack.messages.blocks import Message
from bot.slack.messages.feed_edits import (
    exported_message,
    imported_message,
    list_comment,
    plan_message,
)
from handlers.request import Reply, Request
from handlers.services import Services

_NAME: Final = "feeds.opml"
_FIX: Final = "give the address of an OPML file, or send me the file in a direct message"


async def plan_import(
    request: Request, services: Services, *, file: str | None = None, link: str | None = None
) -> Message:
    """What importing a file in Slack, or the list behind a link, would do."""
    plan = await _read(request, services, file=file, link=link)
    return plan_message(plan, now=services.clock(), file=file, link_url=link)


async def run_import(request: Request, services: Services, value: ImportValue) -> Reply:
    """Import what was shown; when the file is another one by now, it is shown again."""
    plan = await _read(request, services, file=value.file, link=value.link)
    if plan.fingerprint != value.fingerprint:
        now = services.clock()
        return (plan_message(plan, now=now, file=value.file, link_url=value.link, again=True),)
    done = await services.opml.run(request.workspace, plan, actor=request.actor)
    if not done.new:
        # As an error, so that a second click leaves the first one's answer where it stands.
        raise NotFoundError("All of these feeds are on the list already; nothing was changed.")
    services.poll()
    kept = bool(await services.feeds.kept(request.workspace))
    return (imported_message(done, kept=kept),)


async def export_list(request: Request, services: Services) -> Reply:
    """`feeds export`: the list as a file; elsewhere than in a direct message, says where it is."""
    text, count = await services.opml.export(request.workspace)
    await SlackFiles(request.client).send(
        request.actor, name=_NAME, content=text, comment=list_comment(count)
    )
    return () if request.is_direct else (exported_message(count, name=_NAME),)


async def _read(
    request: Request, services: Services, *, file: str | None, link: str | None
) -> ImportPlan:
    if file is not None:
        shared = await SlackFiles(request.client).read(file, at_most=LARGEST_LIST)
        return await services.opml.plan(request.workspace, shared.body, name=shared.name)
    url = link or ""
    try:
        body = await services.opml.fetched(url if "://" in url else f"https://{url}")
    except FetchError as error:
        why, *_ = str(error).partition(";")  # what could be fixed is said of feeds
        raise FeedListError(
            Problem(where=url, what=f"no list can be read there: {why}", fix=_FIX)
        ) from error
    return await services.opml.plan(request.workspace, body, name=url)
