"""A whole view: a modal or a Home tab.

https://docs.slack.dev/reference/views
"""

from collections.abc import Container, Iterator

from sandbox.slack.blockkit.blocks import Surface
from sandbox.slack.blockkit.objects import plain_text
from sandbox.slack.blockkit.problems import Problem
from sandbox.slack.blockkit.rules import Flag, Rule, Text, typed
from sandbox.slack.blockkit.surfaces import check_blocks


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


def _submit_missing(
    view: dict[str, object], blocks: list[object], surface: Surface, root: str
) -> Iterator[Problem]:
    """A modal that asks for input needs a button to send it."""
    asks = any(isinstance(block, dict) and block.get("type") == "input" for block in blocks)
    if surface is Surface.MODAL and asks and "submit" not in view:
        yield Problem(message="missing required field: submit", pointer=root)
