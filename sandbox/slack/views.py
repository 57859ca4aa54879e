"""Open modals, stacked for each user, and Home tabs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from bot.domain.clock import Clock
from sandbox.slack.errors import RefusalError, SandboxError
from sandbox.slack.form_state import initial_state, kept_state, new_ids
from sandbox.slack.ids import Ids
from sandbox.slack.model import JsonObject
from sandbox.slack.workspace import Workspace

# A modal and two more on top of it: https://docs.slack.dev/surfaces/modals.
STACK_LIMIT: Final = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """An open modal or a published Home tab.

    Attributes:
        id: Starts with "V".
        user: Who sees it.
        body: The view as JSON, as `views.open` gives it.
    """

    id: str
    user: str
    body: Mapping[str, Any]

    @property
    def blocks(self) -> list[JsonObject]:
        """The blocks, each with its `block_id`."""
        return list(self.body["blocks"])

    @property
    def title(self) -> str:
        """The title of a modal; empty for a Home tab."""
        return str((self.body.get("title") or {}).get("text", ""))

    @property
    def callback_id(self) -> str:
        """The name that the app gave it, or an empty string."""
        return str(self.body["callback_id"])

    @property
    def private_metadata(self) -> str:
        """What the app stored with it, or an empty string."""
        return str(self.body["private_metadata"])

    @property
    def state(self) -> JsonObject:
        """What stands in its fields: block id, then action id, then the value."""
        values: JsonObject = self.body["state"]["values"]
        return values

    @property
    def hash(self) -> str:
        """Changes with every update, against races."""
        return str(self.body["hash"])


class ViewStore:
    """Every view that is open or published."""

    def __init__(self, *, workspace: Workspace, ids: Ids, now: Clock) -> None:
        self._workspace = workspace
        self._ids = ids
        self._now = now
        self._views: dict[str, View] = {}
        self._stacks: dict[str, list[str]] = {}
        self._homes: dict[str, str] = {}

    def open(self, user: str, definition: JsonObject) -> View:
        """A new modal for the user, in place of all that were open."""
        self._refuse_taken_external_id(definition)
        self.clear(user)
        view = self._new(user, definition, root=None, previous=None)
        self._stacks[user] = [view.id]
        return view

    def push(self, user: str, definition: JsonObject) -> View:
        """A new modal on top of the open ones.

        Raises:
            RefusalError: `not_found` when none is open, `push_limit_reached` when three are.
        """
        self._refuse_taken_external_id(definition)
        stack = self._stacks.get(user) or []
        if not stack:
            raise RefusalError("not_found")
        if len(stack) >= STACK_LIMIT:
            raise RefusalError("push_limit_reached")
        view = self._new(user, definition, root=stack[0], previous=stack[-1])
        stack.append(view.id)
        return view

    def publish(self, user: str, definition: JsonObject, given_hash: str | None) -> View:
        """The user's Home tab, new or changed.

        Raises:
            RefusalError: `hash_conflict` when the hash is of an older state.
        """
        home = self._homes.get(user)
        if home is not None:
            return self.update(self._views[home], definition, given_hash)
        view = self._new(user, definition, root=None, previous=None)
        self._homes[user] = view.id
        return view

    def update(self, view: View, definition: JsonObject, given_hash: str | None) -> View:
        """The view with other contents; what was typed stays where ids stay the same.

        Raises:
            RefusalError: `hash_conflict` when the hash is of an older state.
        """
        if given_hash is not None and given_hash != view.hash:
            raise RefusalError("hash_conflict")
        self._refuse_taken_external_id(definition, besides=view.id)
        body = self._body(
            view.id,
            definition,
            root=view.body["root_view_id"],
            previous=view.body["previous_view_id"],
        )
        body["state"] = {"values": kept_state(body["blocks"], view.state)}
        return self._put(replace(view, body=body))

    def set_state(self, view: View, values: JsonObject) -> View:
        """The view with other values in its fields."""
        body = {**view.body, "state": {"values": values}}
        return self._put(replace(view, body=body))

    def find(self, *, view_id: str | None = None, external_id: str | None = None) -> View | None:
        """The view with this id, or the name that the app gave it, or None."""
        if view_id is not None:
            return self._views.get(view_id)
        return next(
            (each for each in self._views.values() if each.body["external_id"] == external_id),
            None,
        )

    def get(self, view_id: str) -> View:
        """The view with this id.

        Raises:
            SandboxError: When it is not open (any more).
        """
        found = self._views.get(view_id)
        if found is None:
            msg = f"no view {view_id} is open; it may have been closed"
            raise SandboxError(msg)
        return found

    def stack(self, user: str) -> list[View]:
        """The user's open modals, the topmost last."""
        return [self._views[view_id] for view_id in self._stacks.get(user, [])]

    def home(self, user: str) -> View | None:
        """The user's Home tab, or None when the app never published one."""
        view_id = self._homes.get(user)
        return None if view_id is None else self._views[view_id]

    def close(self, view: View) -> None:
        """Take one modal off its stack."""
        stack = self._stacks.get(view.user, [])
        if view.id in stack:
            stack.remove(view.id)
            del self._views[view.id]

    def clear(self, user: str) -> None:
        """Close all modals of the user."""
        for view in self.stack(user):
            self.close(view)

    def _new(
        self, user: str, definition: JsonObject, *, root: str | None, previous: str | None
    ) -> View:
        view_id = self._ids.next("V")
        body = self._body(view_id, definition, root=root or view_id, previous=previous)
        body["state"] = {"values": initial_state(body["blocks"])}
        return self._put(View(id=view_id, user=user, body=body))

    def _body(
        self, view_id: str, definition: JsonObject, *, root: str, previous: str | None
    ) -> JsonObject:
        """All fields of a view as https://docs.slack.dev/reference/views lists them."""
        body: JsonObject = {
            "id": view_id,
            "team_id": self._workspace.team_id,
            "app_id": self._workspace.app.id,
            "app_installed_team_id": self._workspace.team_id,
            "bot_id": self._workspace.app.bot_id,
            "root_view_id": root,
            "previous_view_id": previous,
            "title": None,
            "submit": None,
            "close": None,
            "private_metadata": "",
            "callback_id": "",
            "external_id": "",
            "clear_on_close": False,
            "notify_on_close": False,
            **definition,
            "blocks": new_ids(definition["blocks"], self._ids.block_words()),
        }
        body["hash"] = f"{int(self._now().timestamp())}.{self._ids.word('hash', 8)}"
        return body

    def _put(self, view: View) -> View:
        self._views[view.id] = view
        return view

    def _refuse_taken_external_id(
        self, definition: Mapping[str, Any], besides: str | None = None
    ) -> None:
        external_id = definition.get("external_id")
        found = self.find(external_id=external_id) if external_id else None
        if found is not None and found.id != besides:
            raise RefusalError("duplicate_external_id")
