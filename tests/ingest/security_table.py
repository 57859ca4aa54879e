"""The tables of docs/security.md, made from the cases that the tests try.

`python -m tests.ingest.security_table` writes them anew; a test fails while they are out of date.
"""

import importlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

DOCUMENT = Path(__file__).parents[2] / "docs" / "security.md"
SECTIONS = {
    "guard": ("ingest.http.test_ssrf", "ingest.http.test_transport"),
    "bodies": (
        "ingest.http.test_response",
        "ingest.formats.test_document",
        "ingest.http.test_bot_challenge",
        "config.test_opml",
        "config.test_yaml",
    ),
    "identity": ("ingest.formats.test_entries", "ingest.formats.test_dates", "domain.test_text"),
}
IN_SECTION = {"test_links_come_out_absolute_and_closed": "identity"}
MINIMUM = {"guard": 60, "bodies": 40, "identity": 40}
_LONGEST = 70


def cases(section: str) -> Iterator[tuple[str, str, Mapping[str, object]]]:
    """Module, test and cases of a section, in the order of the modules."""
    for name in dict.fromkeys(module for modules in SECTIONS.values() for module in modules):
        module = importlib.import_module(f"tests.{name}")
        home = next(s for s, modules in SECTIONS.items() if name in modules)
        for test, tried in module.SECURITY_TABLE.items():
            if IN_SECTION.get(test, home) == section:
                yield name, test, tried


def table(section: str) -> str:
    """A section's tables as Markdown, one for each test."""
    parts = []
    for module, test, tried in cases(section):
        title = test.removeprefix("test_").replace("_", " ")
        rows = [
            f"| {case.replace('-', ' ')} | {_shown(value)} | `{test}[{case}]` |"
            for case, value in tried.items()
        ]
        path = f"tests/{module.replace('.', '/')}.py"
        head = f"**{title[0].upper()}{title[1:]}** ({path}, {len(tried)} cases)"
        parts.append("\n".join([head, "", "| case | tried | test |", "| --- | --- | --- |", *rows]))
    return "\n\n".join(parts)


def _shown(value: object) -> str:
    """The input in one cell: what was tried, as far as it can be shown."""
    first = value[0] if isinstance(value, tuple) else value
    if isinstance(first, bytes):
        first = first[:200].decode("latin-1")
    if isinstance(first, int):
        first = str(first)
    if isinstance(value, list):
        first = ", ".join(str(part) for part in value)
    if not isinstance(first, str):
        return ""
    if first.startswith("<rss") and "<item" in first:
        first = first[first.index("<item") :]
    visible = first.encode("unicode_escape").decode("ascii")
    short = visible if len(visible) <= _LONGEST else visible[: _LONGEST - 3] + "..."
    short = short.replace("|", "\\|").replace("`", "'").strip()
    return f"`{short}`" if short else ""


def rendered(document: str) -> str:
    """The document with its tables as they should be."""
    for section in SECTIONS:
        between = re.compile(
            rf"(<!-- {section}: begin -->\n).*?(<!-- {section}: end -->)", re.DOTALL
        )
        made = table(section)
        document = between.sub(lambda m, made=made: f"{m[1]}{made}\n{m[2]}", document)
    return document


if __name__ == "__main__":
    DOCUMENT.write_text(rendered(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
