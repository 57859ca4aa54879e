"""Files: announced, uploaded, completed, shared.

https://docs.slack.dev/messaging/working-with-files#upload
"""

from dataclasses import dataclass, field, replace

from sandbox.slack.errors import RefusalError
from sandbox.slack.ids import Ids


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredFile:
    """A file: first a place to upload to, then content, then shared.

    Attributes:
        id: Starts with "F".
        length: Bytes that were announced.
        content: None until the upload.
        completed: True after `files.completeUploadExternal`.
        shared_in: Ids of the channels that it was shared in.
        owner: Id of the member who uploaded it; None for the app.
    """

    id: str
    name: str
    length: int
    created: int
    title: str = ""
    alt_text: str = ""
    content: bytes | None = field(default=None, repr=False)
    completed: bool = False
    shared_in: tuple[str, ...] = ()
    owner: str | None = None


class FileStore:
    """Every file of the workspace."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self._files: dict[str, StoredFile] = {}
        self._slots: dict[str, str] = {}

    @property
    def files(self) -> list[StoredFile]:
        """Completed files in the order in which they were announced."""
        return [each for each in self._files.values() if each.completed]

    @property
    def ids(self) -> frozenset[str]:
        """Ids of the completed files: those that an image block may name."""
        return frozenset(each.id for each in self.files)

    def announce(self, *, name: str, length: int, alt_text: str, created: int) -> tuple[str, str]:
        """A place for a file that is to come: (file id, word of the upload URL)."""
        file_id = self._ids.next("F")
        self._files[file_id] = StoredFile(
            id=file_id, name=name, length=length, alt_text=alt_text, created=created
        )
        slot = self._ids.word("upload", 24)
        self._slots[slot] = file_id
        return file_id, slot

    def receive(self, slot: str, content: bytes) -> StoredFile:
        """Take the content for an upload URL, which is used up by this.

        Raises:
            RefusalError: `file_not_found` for an unknown URL, `invalid_length` when the
                content has another length than was announced; both with an HTTP error.
        """
        file_id = self._slots.get(slot)
        if file_id is None:
            raise RefusalError("file_not_found", status=404)
        if len(content) != self._files[file_id].length:
            raise RefusalError("invalid_length", status=400)
        del self._slots[slot]
        return self._put(replace(self._files[file_id], content=content))

    def complete(self, file_id: str, *, title: str | None, channels: tuple[str, ...]) -> StoredFile:
        """Make an uploaded file a real one.

        Raises:
            RefusalError: `file_not_found` when nothing was uploaded or it was completed before.
        """
        found = self._files.get(file_id)
        if found is None or found.content is None or found.completed:
            raise RefusalError("file_not_found")
        return self._put(
            replace(found, title=title or found.name, completed=True, shared_in=channels)
        )

    def keep(self, *, name: str, content: bytes, owner: str, created: int) -> StoredFile:
        """A file that a member uploads with Slack's own app: there at once, not yet shared."""
        return self._put(
            StoredFile(
                id=self._ids.next("F"),
                name=name,
                title=name,
                length=len(content),
                content=content,
                created=created,
                completed=True,
                owner=owner,
            )
        )

    def share(self, file: StoredFile, channel: str) -> StoredFile:
        """The file, shared in one more channel."""
        return self._put(replace(file, shared_in=(*file.shared_in, channel)))

    def get(self, file_id: str) -> StoredFile:
        """A completed file.

        Raises:
            RefusalError: `file_not_found`.
        """
        found = self._files.get(file_id)
        if found is None or not found.completed:
            raise RefusalError("file_not_found")
        return found

    def _put(self, file: StoredFile) -> StoredFile:
        self._files[file.id] = file
        return file
