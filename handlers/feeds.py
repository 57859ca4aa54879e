"""What may follow `/briefing feeds`, and the feed list as a file: OPML in and out.

Nothing changes at once that cannot be taken back as easily: adding, removing and importing first
show what would happen, with a button (`handlers.buttons`).
"""

import asyncio
import re
from collections.abc import Awaitable, Mapping
from datetime import timedelta
from difflib import get_close_matches
from functools import partial
from typing import Final, TypeVar

from bot.briefing.feed_answers import FeedChoices, ImportPlan
from bot.domain.errors import FeedListError, FetchError, NotFoundError, Problem
from bot.services.feeds.argument import read_address, unwrapped
from bot.services.feeds.opml import LARGEST_LIST
from bot.slack.api.files import SlackFiles
from bot.slack.button_values import LONGEST_TITLE, ImportValue
from bot.slack.messages import feed_edits
from bot.slack.messages.blocks import Message
from bot.slack.messages.feeds import feeds_page_message, readers_message
from bot.slack.messages.notes import error_message
from bot.slack.modals.feeds import FeedForm, ImportForm, feed_add_view, feeds_import_view
from handlers.request import OF_THE_PERSON, Command, Reply, Request, send, wrong
from handlers.services import Services

T = TypeVar("T")
SEE: Final = "see how the feeds fare"
CHANGE: Final = "change the feed list"
# Slack writes `<https://example.org|a label of several words>`; always found, maybe empty.
_ADDRESS: Final = re.compile(r"<[^>]*>|\S*")
# Files of one message, as Slack's own composer allows.
_MOST_FILES: Final = 10
_SOON: Final = timedelta(seconds=2)
_FILE_NAME: Final = "feeds.opml"
_FIX: Final = "give the address of an OPML file, or send me the file in a direct message"


async def show_list(request: Request, services: Services, *, page: int = 1) -> tuple[Message, ...]:
    """A page of the list; others than admins learn what is read, and who may see more."""
    if not (await services.people.member(request.actor)).is_admin:
        feeds = await services.feeds.listed(request.workspace)
        return (readers_message([feed.title for feed in feeds]),)
    found = await services.catalogue.page(request.workspace, request.text, page=page)
    first = request.text.casefold().split()[:1]
    nearest = get_close_matches(first[0], FEED_COMMANDS, n=2, cutoff=0.6) if first else []
    return (feeds_page_message(found, nearest=nearest),)


async def add(request: Request, services: Services) -> Reply:
    """`feeds add <url or site> [title]`: shows what it holds, and a button that adds it."""
    if not request.text and request.trigger:
        return feed_add_view(request.channel)
    typed = _ADDRESS.findall(request.text)[0]
    title = request.text.removeprefix(typed).strip()[:LONGEST_TITLE] or None
    address = read_address(typed, command="/briefing feeds add")
    return await preview(request, services, FeedForm(address=address, title=title))


async def preview(
    request: Request, services: Services, form: FeedForm, *, again: bool = False
) -> Reply:
    """A feed or a site, fetched and matched and shown, but not stored.

    `again` says that it replaces a preview that is too old.
    """
    find = services.previewer.find(request.workspace, form.address)
    try:
        found = await _patiently(find, request, form.address)
    except FetchError as error:
        return (feed_edits.unreadable_message(form.address, error),)
    now = services.clock()
    if isinstance(found, FeedChoices):
        return feed_edits.choices_messages(found, form, now=now)
    return (feed_edits.preview_message(found, form, now=now, zone=request.zone, again=again),)


async def remove(request: Request, services: Services) -> Reply:
    """`feeds remove <feed>`: asks first."""
    name = _named(request, "remove")
    return (feed_edits.remove_question(await services.feeds.find(request.workspace, name)),)


async def switch(request: Request, services: Services, *, on: bool) -> Reply:
    """`feeds pause <feed>` and `feeds resume <feed>`."""
    name = _named(request, "resume" if on else "pause")
    done = await services.feeds.set_enabled(
        request.workspace, name, enabled=on, actor=request.actor
    )
    if on:
        services.poll()
    said = feed_edits.resumed_message if on else feed_edits.paused_message
    return (said(done.feed, kept=done.kept),)


async def test(request: Request, services: Services) -> Reply:
    """`feeds test <feed or address>`: fetched now, nothing stored."""
    typed = _named(request, "test")
    try:
        feed = await services.feeds.find(request.workspace, typed)
    except NotFoundError:
        if "." not in typed:
            raise
        address, name = read_address(typed, command="/briefing feeds test"), None
    else:
        address, name = feed.url, feed.title
    find = services.previewer.trial(request.workspace, address, name=name)
    trial = await _patiently(find, request, name or address)
    return (feed_edits.trial_message(trial, zone=request.zone),)


async def history(request: Request, services: Services) -> Reply:
    """`feeds history <feed>`: who changed what, when, and what stood before."""
    found = await services.catalogue.history(request.workspace, _named(request, "history"))
    return feed_edits.history_messages(found, zone=request.zone)


async def import_(request: Request, services: Services) -> Reply:
    """`feeds import <link>`, or with files in the same message; each file is answered apart."""
    if request.files:
        plans: list[Message] = []
        for file in request.files[:_MOST_FILES]:
            try:
                plans += await plan_import(request, services, ImportForm(file=file))
            except OF_THE_PERSON as error:
                plans.append(error_message(error))
        return tuple(plans)
    if not request.text and request.trigger:
        return feeds_import_view(request.channel)
    if not request.text:
        fix = (
            "write `/briefing feeds import https://example.org/feeds.opml`, or send me the file in "
            "a direct message"
        )
        raise wrong("/briefing feeds import", "it needs an OPML file or its address", fix)
    link = read_address(request.text, command="/briefing feeds import", is_list=True)
    return await _patiently(plan_import(request, services, ImportForm(link=link)), request, link)


async def plan_import(
    request: Request, services: Services, form: ImportForm
) -> tuple[Message, ...]:
    """What importing a file in Slack, or the list behind a link, would do."""
    plan = await _plan(request, services, form)
    return (feed_edits.plan_message(plan, form, now=services.clock()),)


async def run_import(request: Request, services: Services) -> Reply:
    """[Add 12 feeds]: import what was shown; when the file is another by now, it is shown again."""
    value = request.value(ImportValue)
    plan = await _plan(request, services, value)
    if plan.fingerprint != value.fingerprint:
        return (feed_edits.plan_message(plan, value, now=services.clock(), again=True),)
    done = await services.opml.run(request.workspace, plan, actor=request.actor)
    if not done.new:
        # As an error, so that a second click leaves the first one's answer where it stands.
        raise NotFoundError("All of these feeds are on the list already; nothing was changed.")
    services.poll()
    kept = bool(await services.feeds.kept(request.workspace))
    return (feed_edits.imported_message(done, kept=kept),)


async def _plan(
    request: Request, services: Services, source: ImportForm | ImportValue
) -> ImportPlan:
    if source.file is not None:
        shared = await SlackFiles(request.client).read(source.file, at_most=LARGEST_LIST)
        return await services.opml.plan(request.workspace, shared.body, name=shared.name)
    url = source.link or ""
    try:
        body = await services.opml.fetched(url if "://" in url else f"https://{url}")
    except FetchError as error:
        why, *_ = str(error).partition(";")  # what could be fixed is said of feeds
        problem = Problem(where=url, what=f"no list can be read there: {why}", fix=_FIX)
        raise FeedListError(problem) from error
    return await services.opml.plan(request.workspace, body, name=url)


async def export_list(request: Request, services: Services) -> Reply:
    """`feeds export`: the list as a file; elsewhere than in a direct message, says where it is."""
    text, count = await services.opml.export(request.workspace)
    comment = feed_edits.list_comment(count)
    files = SlackFiles(request.client)
    await files.send(request.actor, name=_FILE_NAME, content=text, comment=comment)
    return () if request.is_direct else (feed_edits.exported_message(count, name=_FILE_NAME),)


FEED_COMMANDS: Mapping[str, Command] = {
    "list": Command(
        show_list,
        "feeds failing",
        "some of them: failing, silent, paused, a category, a language, any words",
    ),
    "add": Command(
        add,
        "feeds add <url or site>",
        "see what a feed holds, and add it",
        admin=CHANGE,
        synonyms=("follow", "watch"),
    ),
    "remove": Command(
        remove,
        "feeds remove <feed>",
        "take one off the list; what was gathered stays",
        admin=CHANGE,
        synonyms=("delete", "drop", "unlist"),
    ),
    "pause": Command(
        partial(switch, on=False),
        "feeds pause <feed>",
        "let one rest",
        admin=CHANGE,
        synonyms=("mute", "stop", "disable", "silence"),
    ),
    "resume": Command(
        partial(switch, on=True),
        "feeds resume <feed>",
        "let it go on",
        admin=CHANGE,
        synonyms=("unpause", "unmute", "restart", "enable"),
    ),
    "test": Command(
        test,
        "feeds test <feed or url>",
        "fetch one now and see how it fares",
        admin=CHANGE,
        synonyms=("check", "recheck"),
    ),
    "history": Command(
        history,
        "feeds history <feed>",
        "who changed what, when, and what stood before",
        admin=SEE,
    ),
    "import": Command(
        import_,
        "feeds import <url>",
        "take over an OPML list; or send me the file",
        admin=CHANGE,
    ),
    "export": Command(export_list, "feeds export", "the list as an OPML file", admin=SEE),
}
"""What may follow `feeds`, `help` apart; anything else is a filter."""


def _named(request: Request, command: str) -> str:
    """The feed that was named; Slack's brackets around an address are taken off."""
    if not request.text:
        fix = f"give its number, title or address: `/briefing feeds {command} 3`"
        raise wrong(f"/briefing feeds {command}", "it needs a feed", fix)
    return unwrapped(request.text)


async def _patiently(work: Awaitable[T], request: Request, address: str) -> T:
    """The outcome of work that may take long; after two seconds the actor is asked to wait."""
    task = asyncio.ensure_future(work)
    try:
        done, _ = await asyncio.wait({task}, timeout=_SOON.total_seconds())
        if not done:
            await send(request, (feed_edits.looking_message(address),))
        return await task
    finally:
        task.cancel()
