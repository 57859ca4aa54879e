"""All blocks of one message, modal or Home tab, checked together.

https://docs.slack.dev/reference/views
"""

from collections.abc import Container, Iterator, Mapping
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from sandbox.slack.blockkit.blocks import BLOCKS, SURFACE_BLOCKS, Surface
from sandbox.slack.blockkit.limits import LIMITS
from sandbox.slack.blockkit.objects import plain_text
from sandbox.slack.blockkit.rules import ByType, Flag, Problem, Rule, Text, count_problems, typed

_UNCOUNTED: Final = frozenset({"type", "block_id", "action_id"})
_SURFACE_RULES: Final = {
    surface: ByType({kind: BLOCKS[kind] for kind in sorted(kinds)})
    for surface, kinds in SURFACE_BLOCKS.items()
}


class _Unchecked:
    """Blocks have their own check, with better pointers."""

    def problems(self, _value: object, _at: str) -> Iterator[Problem]:
        """Nothing."""
        return iter(())


_COMMON: dict[str, Rule] = {
    "blocks": _Unchecked(),
    "private_metadata": Text("view.private_metadata"),
    "callback_id": Text("view.callback_id"),
    "external_id": Text("view.external_id"),
}
_VIEWS = {
    Surface.MODAL: typed(
        "modal",
        {
            **_COMMON,
            "title": plain_text("view.title"),
            "submit": plain_text("view.submit"),
            "close": plain_text("view.close"),
            "clear_on_close": Flag(),
            "notify_on_close": Flag(),
            "submit_disabled": Flag(),
        },
        required=("title", "blocks"),
    ),
    Surface.HOME: typed("home", _COMMON, required=("blocks",)),
}


def check_blocks(
    blocks: list[object],
    *,
    surface: Surface = Surface.MESSAGE,
    files: Container[str] = frozenset(),
    root: str = "/blocks",
) -> list[Problem]:
    """The faults for which Slack would refuse these blocks, in the order of the blocks.

    Args:
        blocks: The JSON list as it came.
        surface: Where the blocks are to be shown.
        files: Ids of the uploaded files that an image may name as its `slack_file`.
        root: JSON pointer to the list.
    """
    limit = "message.blocks" if surface is Surface.MESSAGE else "view.blocks"
    found = list(count_problems(len(blocks), LIMITS[limit], root))
    for index, block in enumerate(blocks):
        found.extend(_SURFACE_RULES[surface].problems(block, f"{root}/{index}"))
    found.extend(_repeated_block_ids(blocks, root))
    found.extend(_repeated_action_ids(blocks, root))
    found.extend(_image_problems(blocks, root, files))
    found.extend(_totals(blocks, root))
    return found


def check_view(
    view: object,
    *,
    surface: Surface,
    files: Container[str] = frozenset(),
    root: str = "/view",
) -> list[Problem]:
    """The faults for which Slack would refuse this view with `invalid_arguments`.

    Args:
        view: The JSON object as it came.
        surface: `MODAL` or `HOME`; a view of the other type is a fault.
        files: Ids of the uploaded files that an image may name.
        root: JSON pointer to the view.
    """
    found = list(_VIEWS[surface].problems(view, root))
    if not isinstance(view, dict):
        return found
    blocks = view.get("blocks")
    if isinstance(blocks, list):
        found += check_blocks(blocks, surface=surface, files=files, root=f"{root}/blocks")
        found += _submit_missing(view, blocks, surface, root)
    elif blocks is not None:
        found.append(Problem(message="must provide an array", pointer=f"{root}/blocks"))
    return found


def counted_characters(blocks: list[object]) -> int:
    """The characters that Slack counts against the limit of a whole message.

    Every string counts but type words and ids. Slack has not published how it counts; people
    measured refusals (`msg_blocks_too_long`) from about 13,200 on, see
    https://github.com/slackapi/bolt-js/issues/2509.
    """
    return sum(_characters(block) for block in blocks)


def objects_in(value: object, at: str) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Every JSON object inside `value`, outer ones first, each with its JSON pointer."""
    if isinstance(value, dict):
        yield at, value
        for name, part in value.items():
            yield from objects_in(part, f"{at}/{name}")
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from objects_in(part, f"{at}/{index}")


def _characters(value: object) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(_characters(part) for name, part in value.items() if name not in _UNCOUNTED)
    if isinstance(value, list):
        return sum(_characters(part) for part in value)
    return 0


def _repeated_block_ids(blocks: list[object], root: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        block_id = block.get("block_id") if isinstance(block, dict) else None
        if not isinstance(block_id, str):
            continue
        if block_id in seen:
            where = f"{root}/{index}/block_id"
            yield Problem(message=f'`block_id` "{block_id}" already exists', pointer=where)
        seen.add(block_id)


def _repeated_action_ids(blocks: list[object], root: str) -> Iterator[Problem]:
    """An action id may come back in another block, never twice in one."""
    for index, block in enumerate(blocks):
        seen: set[str] = set()
        for where, part in objects_in(block, f"{root}/{index}"):
            action_id = part.get("action_id")
            if not isinstance(action_id, str):
                continue
            if action_id in seen:
                message = f'`action_id` "{action_id}" already exists'
                yield Problem(message=message, pointer=f"{where}/action_id")
            seen.add(action_id)


def _image_problems(blocks: list[object], root: str, files: Container[str]) -> Iterator[Problem]:
    """Slack fetches pictures itself and knows its own files; it refuses what it cannot get."""
    for where, part in objects_in(blocks, root):
        url = part.get("image_url")
        if isinstance(url, str) and not _reachable_for_slack(url):
            yield Problem(message="downloading image failed", pointer=f"{where}/image_url")
        source = part.get("slack_file")
        file_id = source.get("id") if isinstance(source, dict) else None
        if isinstance(file_id, str) and file_id not in files:
            yield Problem(message="invalid slack file", pointer=f"{where}/slack_file")


def _reachable_for_slack(url: str) -> bool:
    try:
        host = urlsplit(url).hostname
    except ValueError:
        return False
    if not host:
        return False
    try:
        return ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith((".local", ".internal", ".localhost"))


def _totals(blocks: list[object], root: str) -> Iterator[Problem]:
    """Limits on all blocks of one kind together."""
    of_kind = {
        kind: [block for block in blocks if isinstance(block, dict) and block.get("type") == kind]
        for kind in ("data_visualization", "data_table")
    }
    yield from count_problems(len(of_kind["data_visualization"]), LIMITS["message.charts"], root)
    most = LIMITS["message.data_table_characters"].most
    if sum(_characters(block) for block in of_kind["data_table"]) > most:
        message = f"all data_table blocks together must be less than {most + 1} characters"
        yield Problem(message=message, pointer=root)


def _submit_missing(
    view: dict[str, object], blocks: list[object], surface: Surface, root: str
) -> Iterator[Problem]:
    """A modal that asks for input needs a button to send it."""
    asks = any(isinstance(block, dict) and block.get("type") == "input" for block in blocks)
    if surface is Surface.MODAL and asks and "submit" not in view:
        yield Problem(message="missing required field: submit", pointer=root)
