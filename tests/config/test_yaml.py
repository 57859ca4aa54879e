"""Reading YAML and JSON into nodes with lines; files that are broken or hostile."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from bot.config import yaml
from bot.config.yaml import (
    MAX_BYTES,
    InvalidFileError,
    Node,
    line_of,
    parse_tree,
    read_text,
    value_of,
)

# The text, the line and a part of the sentence.
REFUSED = {
    "tab-indent": ("feeds:\n\t- url: x", 2, "a tab"),
    "colon-in-text": ("a: Peace: a report", 1, "second colon"),
    "merge": ("# list\n<<<<<<< HEAD\nfeeds:\n=======\nfeeds: []\n>>>>>>> b\n", 2, "two versions"),
    "quote-open": ("a: 'x\nb: y\n", None, "not closed"),
    "bracket-open": ("a: [1,\n2", None, "not closed"),
    "wrong-indent": ("a:\n  b: 1\n c: 2", 3, "indentation"),
    "at-sign": ("a: @home", 1, "means something to YAML"),
    "anchor": ("a: &x 1", 1, "anchors"),
    "alias": ("a: 1\nb: *x", 2, "anchors"),
    "alias-bomb": (
        "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]",
        1,
        "anchors",
    ),
    "merge-key": ("a: {b: 1}\nc:\n  <<: *a", 3, "anchors"),
    "tag-python": ("a: !!python/object/apply:os.system [ls]", 1, "type tag"),
    "tag-local": ("a: !thing x", 1, "type tag"),
    "two-documents": ("a: 1\n---\nb: 2", 2, "second document"),
    "deep-brackets": ("a: " + "[" * 100, 1, "nested too deep"),
    "deep-braces": ("a: " + "{a: " * 100, 1, "nested too deep"),
    "many-values": ("[" + "1," * 6000 + "]", 1, "too many values"),
    "too-large": ("a" * (MAX_BYTES + 1), None, "larger than 1 MiB"),
    "control-character": ("a: b\nc: \x07", 2, "U+0007"),
    "null-byte": ("a: \x00", 1, "U+0000"),
    "lone-surrogate": ("a: \ud800", 1, "U+D800"),
    "list-as-key": ("[a, b]: c", 1, "where a key should"),
    "group-as-key": ("{a: b}: c", 1, "where a key should"),
    "unknown-directive": ("%YAML 9.9\n---\na: 1", 1, "YAML"),
    "no-such-character": ('a: "\\UFFFFFFFF"', None, "YAML"),
}
SECURITY_TABLE = {"test_broken_and_hostile_files_are_refused_by_line": REFUSED}


def plain(node: Node) -> object:
    """A tree without its lines."""
    match node:
        case ScalarNode():
            return value_of(node)
        case SequenceNode():
            return [plain(item) for item in node.value]
        case MappingNode():
            return {key.value: plain(value) for key, value in node.value}


@pytest.mark.parametrize("case", REFUSED)
def test_broken_and_hostile_files_are_refused_by_line(case, monkeypatch):
    monkeypatch.setattr(yaml, "MAX_NODES", 5000)
    text, line, words = REFUSED[case]

    with pytest.raises(InvalidFileError, match=r"^file\.yaml") as caught:
        parse_tree(text, "file.yaml")

    problem = caught.value.problems[0]
    assert words in problem.what
    assert problem.fix
    if line is not None:
        assert problem.line == line


def test_plain_values_are_read_by_yaml_1_2():
    text = "[yes, no, on, off, true, False, null, ~, 12, 012, 1.5, -3, 0x1F, 1e3, 2018-06-12, .nan]"

    assert plain(parse_tree(text, "f")) == [
        "yes", "no", "on", "off", True, False, None, None, 12, 12, 1.5, -3, "0x1F", 1000.0,
        "2018-06-12", ".nan",
    ]  # fmt: skip


def test_quoted_values_are_texts():
    assert plain(parse_tree("['1', \"true\", 'null', '']", "f")) == ["1", "true", "null", ""]


def test_every_value_knows_its_line():
    root = parse_tree("\na: 1\nb:\n  - x\n  - {c: 2}\n", "f")

    assert [(key.value, line_of(key)) for key, _ in root.value] == [("a", 2), ("b", 3)]
    assert [line_of(item) for item in root.value[1][1].value] == [4, 5]


def test_nothing_is_an_empty_value():
    for text in ("", "# only a comment\n", "---\n", "\ufeff"):
        assert plain(parse_tree(text, "f")) is None


_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.text(max_size=10), _json, max_size=4), st.sampled_from([None, 2, "\t"]))
def test_json_is_read_as_json(document, indent):
    assert plain(parse_tree(json.dumps(document, indent=indent), "f")) == document


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text):
    with contextlib.suppress(InvalidFileError):
        assert line_of(parse_tree(text, "f")) >= 1


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        (b"a: b\nc: \xff", 2, "not UTF-8"),
        ("a: b".encode("utf-16"), 1, "not UTF-8"),
        (b"a" * (MAX_BYTES + 1), None, "larger than 1 MiB"),
    ],
)
def test_bytes_that_are_no_text_are_refused(tmp_path, data, line, words):
    path = tmp_path / "f.yaml"
    path.write_bytes(data)

    with pytest.raises(InvalidFileError) as caught:
        read_text(path)

    assert words in caught.value.problems[0].what
    assert caught.value.problems[0].line == line
    assert caught.value.problems[0].where == str(path)


def test_a_byte_order_mark_does_no_harm(tmp_path):
    path = tmp_path / "f.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: b")

    assert plain(parse_tree(read_text(path), "f")) == {"a": "b"}


def test_a_file_that_is_not_there_or_a_folder_is_named(tmp_path):
    with pytest.raises(InvalidFileError, match="there is no file"):
        read_text(tmp_path / "nothing.yaml")
    with pytest.raises(InvalidFileError, match="is a folder"):
        read_text(tmp_path)
