from datetime import UTC, datetime

import pytest

from bot.domain.evidence import Direction
from bot.matching.evaluation.metrics import BadLine, read_lines


def read(*lines):
    return list(read_lines(line.encode() for line in lines))


def test_a_full_line_is_read():
    (found,) = read(
        '{"id": 7, "title": "T", "summary": null, "url": "u", "source": "s",'
        ' "published": "2018-06-12", "story": "x",'
        ' "labels": [{"commitment": "a", "direction": "setback"}]}\n'
    )
    assert found.item.id == "7"
    assert found.item.summary == ""
    assert found.item.published_at == datetime(2018, 6, 12, tzinfo=UTC)
    assert found.labels == {"a": Direction.SETBACK}
    assert found.story == "x"


def test_an_offset_is_brought_to_utc():
    (found,) = read('{"id": "1", "title": "T", "published": "2018-06-12T09:00:00+09:00"}')
    assert found.item.published_at == datetime(2018, 6, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        '{"id": "1"}',
        '{"id": "1", "title": "T", "published": "yesterday"}',
        '{"id": "1", "title": "T", "labels": [{"commitment": "a", "direction": "up"}]}',
        '{"id": "1", "title": "' + "x" * 1_000_001 + '"}',
    ],
)
def test_a_bad_line_is_named_and_the_rest_is_read(line):
    first, second = read(line, '{"id": "2", "title": "T"}')
    assert isinstance(first, BadLine)
    assert first.number == 1
    assert first.what
    assert second.item.id == "2"


def test_empty_lines_count_but_say_nothing():
    (found,) = read("", "  ", "{")
    assert found.number == 3


def test_bytes_that_are_no_text_are_a_bad_line():
    (found,) = read_lines([b'{"id": "1", "title": "\xff"}'])
    assert isinstance(found, BadLine)


def test_where_labels_are_wanted_a_line_without_any_is_bad_and_an_empty_list_is_not():
    lines = [b'{"id": "1", "title": "T"}', b'{"id": "2", "title": "T", "labels": []}']
    bad, good = read_lines(lines, labelled=True)
    assert isinstance(bad, BadLine)
    assert "labels" in bad.what
    assert good.labels == {}
