"""The tables of docs/security.md, made from the cases that the tests try.

`python -m tests.ingest.security_table` writes them anew; a test fails while they are out of date.
"""

import importlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

DOCUMENT = Path(__file__).parents[2] / "docs" / "security.md"
SECTIONS = {
    "guard": ("ingest.http.test_ssrf", "ingest.http.test_transport", "cli.test_feeds"),
    "http": (
        "ingest.http.test_response",
        "ingest.http.test_client",
        "ingest.http.test_bot_challenge",
    ),
    "documents": ("ingest.formats.test_document", "config.test_opml", "config.test_yaml"),
    "identity": ("ingest.formats.test_entries", "ingest.formats.test_dates", "domain.test_text"),
}
IN_SECTION = {"test_links_come_out_absolute_and_closed": "identity"}
MINIMUM = {"guard": 60, "http": 60, "documents": 40, "identity": 40}


def cases(section: str) -> Iterator[tuple[str, str, Mapping[str, object]]]:
    """Module, test and cases of a section, in the order of the modules."""
    for name in dict.fromkeys(module for modules in SECTIONS.values() for module in modules):
        module = importlib.import_module(f"tests.{name}")
        home = next(s for s, modules in SECTIONS.items() if name in modules)
        for test, tried in module.SECURITY_TABLE.items():
            if IN_SECTION.get(test, home) == section:
                yield name, test, tried


def table(section: str) -> str:
    """A section's table as Markdown: a row for each test, which names its cases."""
    rows = [
        f"| `tests/{module.replace('.', '/')}.py::{test}` | {len(tried)}: {', '.join(tried)} |"
        for module, test, tried in cases(section)
    ]
    return "\n".join(["| test | cases |", "| --- | --- |", *rows])


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
