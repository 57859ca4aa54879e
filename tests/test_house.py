"""What `python -m bench.house` counts, on a small house of its own."""

import asyncio
import importlib.util
import subprocess
import sys
import threading

from bench.house_lines import figures
from bench.house_trace import all_entered, begin, end, following_children

CODE = """
from dataclasses import dataclass

@dataclass
class Pair:
    left: int

    def twice(self):
        return [each for each in (self.left, self.left)]

def steps():
    yield plain()
    yield plain()

def plain():
    class Inside:
        pass
    return (lambda: Inside)()

async def awaited():
    return Pair(1).twice()

def late():
    pass

def borrowed():
    pass
"""


def written(root, files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def loaded(path):
    spec = importlib.util.spec_from_file_location(f"house_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_sandbox_is_counted_apart_and_counts_as_an_importer(tmp_path):
    written(
        tmp_path,
        {
            "bot/__init__.py": "",
            "bot/one.py": "def f():\n    def g():\n        pass\n    return g\n",
            "bot/two.py": "from bot import one\nfrom bot.room.three import x\n",
            "bot/room/__init__.py": "from .three import x\n",
            "bot/room/three.py": "from . import four\nx = 1\n",
            "bot/room/four.py": "import bot.room.three\n",
            "bot/sandbox/five.py": "import bot.two\n\n\n",
            "handlers/six.py": "import bot.one\n",
            "tests/test_one.py": "from bot import one\n",
        },
    )
    found = figures(tmp_path)
    assert found["lines, sandbox apart"] == 4 + 2 + 1 + 2 + 1 + 1
    assert found["lines of the sandbox"] == 3
    assert (found["files"], found["modules"]) == (7, 5)
    assert found["modules with a single importer"] == 2  # two by five, four by three
    assert (found["functions"], found["lines of a function, median"]) == (2, 3)


def test_functions_are_noted_once_at_their_first_entry(tmp_path):
    files = [tmp_path / name for name in ("bot/a.py", "bot/sandbox/a.py", "other/a.py")]
    written(tmp_path, dict.fromkeys(files, CODE))
    written(tmp_path, {files[1]: f"{CODE}\ndef lend(borrowed):\n    borrowed()\n"})
    thing, *others = (loaded(path) for path in files)
    recorder = begin(tmp_path, tmp_path)
    try:
        begun = thing.steps()
        next(begun)
        with recorder.recording():
            next(begun)
            next(thing.steps())
            for each in others:
                each.plain()
            others[0].lend(thing.borrowed)
            thing.plain()
            thread = threading.Thread(target=asyncio.run, args=(thing.awaited(),))
            thread.start()
            thread.join()
        thing.late()
    finally:
        end()
    assert [(each.path, each.name) for each in all_entered(tmp_path)] == [
        ("bot/a.py", "plain"),
        ("bot/a.py", "steps"),
        ("bot/a.py", "awaited"),
        ("bot/a.py", "Pair.twice"),
    ]


def test_processes_started_meanwhile_take_notes_whatever_environment_they_get(tmp_path):
    (tmp_path / "flag").write_bytes(b"\0")
    with following_children(tmp_path):
        subprocess.run([sys.executable, "-P", "-c", "pass"], env={}, check=True)
    subprocess.run([sys.executable, "-P", "-c", "pass"], env={}, check=True)
    assert len(list(tmp_path.glob("*.entered"))) == 1
