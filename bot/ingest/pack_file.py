"""commitments.yaml, or the short JSON form: read and checked, with every problem named by line.

The YAML form has `scale` and `summits`, each summit with its `commitments` (docs/architecture.md).
The JSON form is a flat list, in which each commitment names its summit:

    {"commitments": [{"id": "methane", "summit": "Glasgow 2021", "title": "...", "text": "..."}]}
"""

from pathlib import Path

from bot.domain.commitment import Pack
from bot.domain.errors import PackError
from bot.ingest.fields import Problems
from bot.ingest.nodes import MappingNode, Node, describe
from bot.ingest.pack_fields import read_flat_pack, read_summit_pack
from bot.ingest.yaml_tree import UnreadableError, parse_tree, read_text


def load_pack(path: Path) -> Pack:
    """The pack in the file at `path`, in either form.

    Raises:
        PackError: With all problems of the file, by line.
    """
    try:
        text = read_text(path)
    except UnreadableError as error:
        raise PackError(error.problem) from error
    return parse_pack(text, str(path))


def parse_pack(text: str, where: str) -> Pack:
    """The pack in `text`; `where` names the file in messages.

    Raises:
        PackError: With all problems of the text, by line.
    """
    try:
        root = parse_tree(text, where)
    except UnreadableError as error:
        raise PackError(error.problem) from error
    problems = Problems(where)
    pack = _read(root, problems)
    if found := problems.in_order():
        raise PackError(*found)
    return pack


def _read(root: Node, problems: Problems) -> Pack:
    if not isinstance(root, MappingNode):
        what = f"commitments begin with summits:, not {describe(root)}"
        problems.add(root.line, what, "write summits: and below it the first summit with its id")
        return Pack()
    keys = {pair.key for pair in root.pairs}
    if "commitments" in keys and "summits" not in keys:
        return read_flat_pack(root, problems)
    return read_summit_pack(root, problems)
