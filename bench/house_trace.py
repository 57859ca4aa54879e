"""Notes which functions are entered while a flag is up, here and in the processes started here.

What is noted goes into files that are mapped into memory: a parser process may write no others, and
is killed without a word. `sys.setprofile` is used because it reaches Python 3.11's worker threads.
"""

import inspect
import mmap
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dis import opmap
from pathlib import Path
from types import CodeType, FrameType
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parents[1]
TOPS: Final = ("bot", "handlers")
SANDBOX: Final = "sandbox"
ROOM: Final = "HOUSE_TRACE_ROOM"
_BYTES: Final = 1024 * 1024
_RESUME: Final = opmap["RESUME"]
_AFTER_WAIT: Final = 3  # these bits of RESUME's argument are 0 at the start of a function alone


class Entered(NamedTuple):
    """A function, and when which process entered it first (nanoseconds of the monotonic clock)."""

    at_ns: int
    pid: int
    path: str
    line: int
    name: str


class Recorder:
    """A profile function that notes each function of `TOPS` at its first entry.

    Args:
        room: The folder that holds the flag and takes the notes.
        root: The checkout.
    """

    def __init__(self, room: Path, root: Path = ROOT) -> None:
        self._root = str(root) + os.sep
        self._flag = _mapped(room / "flag", 1)
        self._notes = _mapped(room / f"{os.getpid()}.entered", _BYTES)
        self._end = 0
        # The objects are kept: the number of a freed one is given to another.
        self._seen: dict[int, CodeType] = {}
        self._lock = threading.Lock()

    def __call__(self, frame: FrameType, event: str, _arg: object) -> None:
        """See `sys.setprofile`."""
        code = frame.f_code
        if event != "call" or not self._flag[0] or id(code) in self._seen:
            return
        path = path_within(code, self._root)
        if path is not None and (_from_sandbox(frame) or not _starts(frame)):
            return
        with self._lock:
            self._seen[id(code)] = code
            if path is not None:
                self._note(path, code)

    def _note(self, path: str, code: CodeType) -> None:
        values = (time.monotonic_ns(), path, code.co_firstlineno, code.co_qualname)
        note = ("\t".join(map(str, values)) + "\n").encode()
        self._notes[self._end : self._end + len(note)] = note
        self._end += len(note)

    @contextmanager
    def recording(self) -> Iterator[None]:
        """The flag is up, for this thread, those begun before, and all processes of the room."""
        self._flag[0] = 1
        sys.setprofile(self)
        try:
            yield
        finally:
            sys.setprofile(None)
            self._flag[0] = 0


def path_within(code: CodeType, root: str) -> str | None:
    """The file of a function of `TOPS`, from the root; None for all other code.

    Lambdas, comprehensions and bodies of modules and classes are no functions of their own; what
    a dataclass generates stands in no file.
    """
    if not code.co_filename.startswith(root):
        return None
    path = Path(code.co_filename.removeprefix(root))
    if path.parts[0] not in TOPS or SANDBOX in path.parts:
        return None
    named = not code.co_name.startswith("<") and code.co_flags & inspect.CO_OPTIMIZED
    return path.as_posix() if named else None


def _starts(frame: FrameType) -> bool:
    """Whether the function starts; a generator or coroutine that goes on was entered before."""
    instruction, argument = frame.f_code.co_code[frame.f_lasti :][:2]
    return instruction != _RESUME or not argument & _AFTER_WAIT


def _from_sandbox(frame: FrameType) -> bool:
    """Whether the sandbox calls, which borrows the clock and the errors of the bot."""
    caller = frame.f_back
    return caller is not None and SANDBOX in Path(caller.f_code.co_filename).parts


def begin(room: Path, root: Path = ROOT) -> Recorder:
    """A recorder that also hears the threads that are started from now on.

    This thread is profiled only while it records, since that makes it several times slower.
    """
    recorder = Recorder(room, root)
    threading.setprofile(recorder)
    return recorder


def end() -> None:
    """New threads are not heard any more."""
    threading.setprofile(None)


def follow() -> None:
    """Begin in a process whose parent records; its `sitecustomize` calls this."""
    if room := os.environ.get(ROOM):
        sys.setprofile(begin(Path(room)))


@contextmanager
def following_children(room: Path) -> Iterator[None]:
    """Processes started meanwhile record too, whichever environment they are given."""
    text = "import bench.house_trace\n\nbench.house_trace.follow()\n"
    (room / "sitecustomize.py").write_text(text, encoding="utf-8")

    class Followed(subprocess.Popen[bytes]):
        def __init__(
            self, *args: object, env: Mapping[str, str] | None = None, **more: object
        ) -> None:
            given = dict(os.environ if env is None else env)
            paths = (str(room), str(ROOT), given.get("PYTHONPATH", ""))
            given |= {"PYTHONPATH": os.pathsep.join(filter(None, paths)), ROOM: str(room)}
            super().__init__(*args, env=given, **more)  # type: ignore[call-overload]

    plain, subprocess.Popen = subprocess.Popen, Followed  # type: ignore[assignment,misc]
    try:
        yield
    finally:
        subprocess.Popen = plain  # type: ignore[misc]


def all_entered(room: Path) -> list[Entered]:
    """What all processes of the room noted, in the order of time."""
    found = []
    for file in room.glob("*.entered"):
        for note in file.read_bytes().rstrip(b"\0").decode().splitlines():
            at_ns, path, line, name = note.split("\t")
            found.append(Entered(int(at_ns), int(file.stem), path, int(line), name))
    return sorted(found)


def _mapped(path: Path, size: int) -> mmap.mmap:
    handle = os.open(path, os.O_RDWR | os.O_CREAT)
    try:
        if os.fstat(handle).st_size < size:
            os.truncate(handle, size)
        return mmap.mmap(handle, size)
    finally:
        os.close(handle)
