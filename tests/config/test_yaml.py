"""Reading YAML and JSON into nodes with lines; files that are broken or hostile."""

import contextlib
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from bot.config import yaml
from bot.config.yaml import (
    MAX_BYTES,
    Node,
    Reading,
    line_of,
    parse_tree,
    read_text,
    value_of,
)
from bot.domain.errors import PackError

# The text, the line and a part of the sentence.
REFUSED = {
    "tab-indent": ("feeds:\n\t- url: x", 2, "a tab"),
    "colon-in-text": ("a: Peace: a report", 1, "second colon"),
    "merge": ("# list\n<<<<<<< HEAD\nfeeds:\n=======\nfeeds: []\n>>>>>>> b\n", 2, "two versions"),
    "quote-open": ("a: 'x\nb: y\n", 1, "never closed"),
    "bracket-open": ("a: [1,\n2", 1, "not closed"),
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
# As people write it: the text, the line of the fault, and the whole sentence about it.
SLIPS = {
    "apostrophe": (
        "- title: 'People's Daily'\n  weight: 2\n",
        1,
        "an apostrophe inside this text ends it too soon",
        """double it: 'People''s Daily', or write "People's Daily\"""",
    ),
    "apostrophe-in-a-list": (
        "parties:\n  - Ghana\n  - 'Côte d'Ivoire'\n",
        3,
        "an apostrophe inside this text ends it too soon",
        """double it: 'Côte d''Ivoire', or write "Côte d'Ivoire\"""",
    ),
    "apostrophe-in-brackets": (
        "parties: ['Côte d'Ivoire', Ghana]\n",
        1,
        "an apostrophe inside this text ends it too soon",
        """double it: 'Côte d''Ivoire', or write "Côte d'Ivoire\"""",
    ),
    "apostrophe-at-the-end-and-a-colon": (
        "title: 'L'Orient: le jour'  # Beirut\n",
        1,
        "an apostrophe inside this text ends it too soon",
        """double it: 'L''Orient: le jour', or write "L'Orient: le jour\"""",
    ),
    "quotes-in-quotes": (
        'title: "The "Times" of X"\n',
        1,
        "a quote inside this text ends it too soon",
        """put the text between single quotes: 'The "Times" of X'""",
    ),
    "quote-never-closed": (
        "feeds:\n  - title: 'People\n    weight: 2\n    every: 1h\n",
        2,
        "a quote opens in this line and is never closed",
        "close it at the end of its text, and double a quote that belongs to the text",
    ),
    "quote-never-closed-in-brackets": (
        'a: 1\nb: [x, "y, z]\nc: 2\n',
        2,
        "a quote opens in this line and is never closed",
        "close it at the end of its text, and double a quote that belongs to the text",
    ),
    "quote-closed-by-a-curly-one": (
        'a: 1\nurl: "https://example.org/”\nc: 2\n',
        2,
        "a quote opens in this line and is never closed, since a curly quote closes nothing",
        "close it at the end of its text, and double a quote that belongs to the text",
    ),
    "quote-closed-by-the-next-one": (
        "- title: 'People\n- title: 'Other'\n",
        1,
        "the quote that opens in this line is closed only in line 2, inside a text",
        "close it at the end of its text, and double a quote that belongs to the text",
    ),
    "quote-closed-by-an-apostrophe": (
        '- title: "People\n  weight: 2\n- title: The "Other"\n  weight: 1\n',
        1,
        "the quote that opens in this line is closed only in line 3, inside a text",
        "close it at the end of its text, and double a quote that belongs to the text",
    ),
    "no-blank-after-the-colon": (
        "feeds:\n  - url:https://example.org/a\n    title: A\n",
        2,
        "a blank is missing after `url:`, so that this is one text",
        "write url: https://example.org/a",
    ),
    "no-blank-after-a-later-colon": (
        "- url: https://example.org/a\n  title:Foo\n  weight: 2\n",
        2,
        "a blank is missing after `title:`, so that this is one text",
        "write title: Foo",
    ),
    "no-blank-after-the-last-colon": (
        "- id: a\n  text:Some words\n",
        2,
        "a blank is missing after `text:`, so that this is one text",
        "write text: Some words",
    ),
    "no-blank-after-the-dash": (
        "feeds:\n  -url: https://example.org/a\n    title: A\n",
        2,
        "a blank is missing after the dash",
        "write - url: https://example.org/a",
    ),
    "deeper-than-its-group": (
        "- url: https://example.org/a\n    title: A\n",
        2,
        "this line is indented deeper than the key above it, and so continues its text",
        "line the key up with the other keys of the same group",
    ),
    "a-second-colon": (
        "title: Peace: a report\n",
        1,
        "a second colon stands in this line",
        'put the text in quotes: title: "Peace: a report"',
    ),
    "a-second-colon-in-curly-quotes": (
        "title: “Peace: a report”\n",
        1,
        "a second colon stands in this line, and curly quotes are no quotes to YAML",
        'put the text in quotes: title: "Peace: a report"',
    ),
    "a-blank-in-the-address": (
        "- url: https: //example.org/a\n",
        1,
        "a blank stands inside the address",
        "write url: https://example.org/a",
    ),
    "tab-after-the-colon": (
        "feeds:\n  - url:\thttps://example.org/a\n",
        2,
        "a tab stands after `url:`, where YAML wants a space",
        "write url: https://example.org/a",
    ),
    "tab-after-a-key-alone": (
        "feeds:\t\n  - url: https://example.org/a\n",
        1,
        "a tab stands after `feeds:`, where YAML wants a space",
        "delete it",
    ),
    "tab-after-the-dash": (
        "feeds:\n  -\turl: https://example.org/a\n",
        2,
        "a tab stands after the dash, where YAML wants spaces",
        "write spaces in its place",
    ),
    "tab-in-the-indentation": (
        "- id: a\n \ttitle: A\n",
        2,
        "a tab stands in the indentation, where YAML wants spaces",
        "write spaces in its place",
    ),
    "tab-behind-a-text": (
        "a: 1\nb: x\t\nc: 2\n",
        2,
        "a tab stands behind a text, where YAML wants spaces",
        "delete it, or write a space",
    ),
    "no-break-spaces-as-indent": (
        "- url: https://example.org/a\n \u00a0title: A\n",
        2,
        "the character U+00A0, no-break space, stands where YAML wants a plain space",
        "write a plain space; text copied from a page or a word processor brings such blanks",
    ),
    "no-break-space-after-the-colon": (
        "- id: a\n  title:\u00a0A\n  text: X\n",
        2,
        "the character U+00A0, no-break space, stands where YAML wants a plain space",
        "write a plain space; text copied from a page or a word processor brings such blanks",
    ),
    "wide-spaces-in-three-lines": (
        "a:\n - x: 1\n \u3000y: 2\n \u3000z: 3\n \u3000w: 4\n",
        3,
        (
            "the character U+3000, ideographic space, stands where YAML wants a plain space"
            " (and in 2 more lines)"
        ),
        "write a plain space; text copied from a page or a word processor brings such blanks",
    ),
    "bracket-never-closed": (
        "a: 1\nparties: [Alpha, Beta\ntheme: x\n",
        2,
        "a bracket opens in this line and is not closed, or a comma is missing behind it",
        "add the missing ] or }, or the comma between two entries",
    ),
    "a-list-behind-its-key": (
        "parties: - Alpha\n",
        1,
        "a dash stands behind other text in its line",
        "begin each entry of a list in a line of its own",
    ),
    "a-backslash": (
        'title: "C:\\people"\n',
        1,
        "a backslash between double quotes begins a code such as \\n, and this is none",
        "put the text between single quotes, or double the backslash",
    ),
}
SECURITY_TABLE = {"test_broken_and_hostile_files_are_refused_by_line": REFUSED}


def tree(text: str) -> Node:
    return parse_tree(text, Reading(where="file.yaml", error=PackError))


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

    with pytest.raises(PackError, match=r"^file\.yaml") as caught:
        tree(text)

    problem = caught.value.problems[0]
    assert words in problem.what
    assert problem.fix
    if line is not None:
        assert problem.line == line


@pytest.mark.parametrize("case", SLIPS)
def test_the_fault_is_named_where_it_is_and_not_where_the_parser_stops(case):
    text, line, what, fix = SLIPS[case]

    with pytest.raises(PackError) as caught:
        tree(text)

    (problem,) = caught.value.problems
    assert (problem.line, problem.what, problem.fix) == (line, what, fix)


@pytest.mark.parametrize(
    "text",
    [
        "title: 'People''s Daily'\n",
        'title: "People\'s Daily"\n',
        "text: |\n  \u00a0an indented\n  \u3000quotation\n",
        "text: >\n  'an open quote\n\n  url:https://example.org/\n",
        "title: a\u00a0b\n",
        "# it's a\ttab\ntitle: A\n",
    ],
)
def test_what_only_looks_like_a_slip_is_read(text):
    assert isinstance(tree(text), MappingNode)


@given(st.text(alphabet="'\"\t\u00a0:-[] a\n\r\x85\u2028", max_size=40))
def test_every_broken_text_gets_one_line_of_its_own_and_a_fix(text):
    try:
        tree(text)
    except PackError as error:
        (problem,) = error.problems
        breaks = re.findall("\r\n|[\n\r\x85\u2028]", text)
        assert 1 <= problem.line <= len(breaks) + 1
        assert problem.what
        assert problem.fix


def test_plain_values_are_read_by_yaml_1_2():
    text = "[yes, no, on, off, true, False, null, ~, 12, 012, 1.5, -3, 0x1F, 1e3, 2018-06-12, .nan]"

    assert plain(tree(text)) == [
        "yes", "no", "on", "off", True, False, None, None, 12, 12, 1.5, -3, "0x1F", 1000.0,
        "2018-06-12", ".nan",
    ]  # fmt: skip


def test_quoted_values_are_texts():
    assert plain(tree("['1', \"true\", 'null', '']")) == ["1", "true", "null", ""]


def test_every_value_knows_its_line():
    root = tree("\na: 1\nb:\n  - x\n  - {c: 2}\n")

    assert [(key.value, line_of(key)) for key, _ in root.value] == [("a", 2), ("b", 3)]
    assert [line_of(item) for item in root.value[1][1].value] == [4, 5]


def test_nothing_is_an_empty_value():
    for text in ("", "# only a comment\n", "---\n", "\ufeff"):
        assert plain(tree(text)) is None


_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.text(max_size=10), _json, max_size=4), st.sampled_from([None, 2, "\t"]))
def test_json_is_read_as_json(document, indent):
    assert plain(tree(json.dumps(document, indent=indent))) == document


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text):
    with contextlib.suppress(PackError):
        assert line_of(tree(text)) >= 1


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

    with pytest.raises(PackError) as caught:
        read_text(path, PackError)

    assert words in caught.value.problems[0].what
    assert caught.value.problems[0].line == line
    assert caught.value.problems[0].where == str(path)


def test_a_byte_order_mark_does_no_harm(tmp_path):
    path = tmp_path / "f.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: b")

    assert plain(tree(read_text(path, PackError))) == {"a": "b"}


def test_a_file_that_is_not_there_or_a_folder_is_named(tmp_path):
    with pytest.raises(PackError, match="there is no file"):
        read_text(tmp_path / "nothing.yaml", PackError)
    with pytest.raises(PackError, match="is a folder"):
        read_text(tmp_path, PackError)
