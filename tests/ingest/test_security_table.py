"""docs/security.md names every hostile case that is tried, and no other."""

import pytest

from tests.ingest.security_table import DOCUMENT, MINIMUM, SECTIONS, cases, rendered


def test_the_tables_of_the_document_are_the_cases_of_the_tests():
    text = DOCUMENT.read_text(encoding="utf-8")

    assert text == rendered(text), "run: python -m tests.ingest.security_table"


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_has_its_place_and_enough_cases(section):
    text = DOCUMENT.read_text(encoding="utf-8")

    assert text.count(f"<!-- {section}: begin -->") == text.count(f"<!-- {section}: end -->") == 1
    assert sum(len(tried) for _, _, tried in cases(section)) >= MINIMUM[section]
