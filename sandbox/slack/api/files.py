"""files.*: the two-step upload, and reading what was uploaded.

https://docs.slack.dev/messaging/working-with-files#upload
"""

from sandbox.slack.api.method import Context, Method
from sandbox.slack.drafts import Draft
from sandbox.slack.errors import RefusalError
from sandbox.slack.model import Channel, JsonObject
from sandbox.slack.payloads.events import message_event
from sandbox.slack.uploads import StoredFile


def get_upload_url(context: Context) -> JsonObject:
    """A URL to post the content to."""
    world, args = context.world, context.args
    length = args.number("length", 0)
    if length < 1:
        raise RefusalError("invalid_arguments", messages=("must be more than 0: length",))
    file_id, slot = world.uploads.announce(
        name=args.text("filename"),
        length=length,
        alt_text=args.text("alt_txt"),
        created=world.seconds(),
    )
    return {"upload_url": f"{world.base_url}/upload/v1/{slot}", "file_id": file_id}


def complete_upload(context: Context) -> JsonObject:
    """Finish uploads and share them in channels, each with one message."""
    world, args = context.world, context.args
    wanted = args.json("files")
    if not isinstance(wanted, list) or not wanted:
        raise RefusalError("invalid_arguments", messages=("must provide an array: files",))
    ids = [*args.listing("channels"), *args.listing("channel_id")]
    channels = [_shareable(context, channel_id) for channel_id in dict.fromkeys(ids)]
    files = tuple(_complete(context, each, channels) for each in wanted)
    for channel in channels:
        _share(context, channel, files)
    return {"files": [world.file_json(each) for each in files]}


def info(context: Context) -> JsonObject:
    """One file."""
    file = context.world.uploads.get(context.args.text("file"))
    return {"file": context.world.file_json(file), "comments": [], "content_html": None}


def _shareable(context: Context, channel_id: str) -> Channel:
    channel = context.world.workspace.joined_by_bot(channel_id)
    if channel.is_archived:
        raise RefusalError("is_archived")
    return channel


def _complete(context: Context, wanted: object, channels: list[Channel]) -> StoredFile:
    if not isinstance(wanted, dict) or "id" not in wanted:
        raise RefusalError("invalid_arguments", messages=("missing required field: id",))
    shared_in = tuple(channel.id for channel in channels)
    return context.world.uploads.complete(
        str(wanted["id"]), title=wanted.get("title"), channels=shared_in
    )


def _share(context: Context, channel: Channel, files: tuple[StoredFile, ...]) -> None:
    world, args = context.world, context.args
    thread = {"thread_ts": args.text("thread_ts")} if args.text("thread_ts") else {}
    message = world.post(
        channel,
        Draft(text=args.text("initial_comment")),
        author=world.bot_author(),
        extra={"upload": True, "display_as_bot": False, **thread},
        files=files,
    )
    world.emit(message_event(message, channel))


METHODS = (
    Method(
        name="files.getUploadURLExternal",
        handler=get_upload_url,
        needs=("filename", "length"),
        scope="files:write",
    ),
    Method(
        name="files.completeUploadExternal",
        handler=complete_upload,
        needs=("files",),
        scope="files:write",
    ),
    Method(name="files.info", handler=info, needs=("file",), scope="files:read"),
)
