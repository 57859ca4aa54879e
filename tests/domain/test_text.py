"""Foreign text made plain."""

import html
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.text import one_line, plain_text, shorten, strip_tags

CLEANED = {
    "tags": ("<p>Talks <b>resume</b></p>", "Talks resume"),
    "tag-inside-word": ("un<b>believ</b>able", "unbelievable"),
    "line-break-separates": ("one<br/>two", "one two"),
    "block-separates": ("<p>one</p><p>two</p>", "one two"),
    "list": ("<ul><li>one</li><li>two</li></ul>", "one two"),
    "entity": ("AT&amp;T", "AT&T"),
    "entity-twice": ("AT&amp;amp;T", "AT&T"),
    "entity-numeric": ("It&#8217;s", "It’s"),
    "entity-hexadecimal": ("It&#x2019;s", "It’s"),
    "entity-escaped-tag-stays-text": ("use &lt;blink&gt; never", "use <blink> never"),
    "escaped-twice-markup-goes": ("&lt;p&gt;Talks&lt;/p&gt; &lt;br&gt; resume", "Talks resume"),
    "slack-mention-stays-text": ("&lt;!channel&gt; hi", "<!channel> hi"),
    "comment": ("a<!-- <b>hidden</b> -->b", "ab"),
    "comment-without-end": ("a<!-- hidden", "a"),
    "script": ("a<script>alert('<b>')</script>b", "a b"),
    "script-capital": ("a<SCRIPT>x</ScRiPt >b", "a b"),
    "script-without-end": ("a<script>alert(1)", "a"),
    "style": ("<style>p{}</style>b", "b"),
    "script-in-script": ("<scr<script>ipt>x</script>y", "ipt>x y"),
    "cdata": ("<![CDATA[Talks]]> resume", "Talks]]> resume"),
    "processing-instruction": ("a<?php evil ?>b", "ab"),
    "greater-in-attribute": ('<a title="a > b" href="#">link</a>', "link"),
    "single-quoted-attribute": ("<a title='>'>x</a>", "x"),
    "quote-without-end": ('<a title="oops>text</a> more', "text more"),
    "less-than": ("2 < 3 and 4 > 3", "2 < 3 and 4 > 3"),
    "less-than-letter": ("if x <y then", "if x <y then"),
    "tag-cut-off": ('Read more <a href="http://exa', "Read more"),
    "tag-cut-off-at-name": ("Read more <br", "Read more"),
    "closing-tag-only": ("Talks</p>", "Talks"),
    "image": ('<img src="x" onerror="alert(1)">Talks', "Talks"),
    "iframe": ("a<iframe>b</iframe>c", "a c"),
    "svg": ("a<svg><text>b</text></svg>c", "a c"),
    "zero-width-space": ("de\u200bnuclear\u200bisation", "denuclearisation"),
    "soft-hyphen": ("denucle\u00adarisation", "denuclearisation"),
    "byte-order-mark": ("\ufeffTalks", "Talks"),
    "right-to-left-override": ("abc\u202etxt.exe", "abctxt.exe"),
    "isolates": ("\u2066abc\u2069\u200f", "abc"),
    "arabic-letter-mark": ("a\u061cb", "ab"),
    "word-joiner": ("a\u2060b", "ab"),
    "hangul-filler": ("a\u3164b\uffa0", "ab"),
    "tag-characters": ("flag\U000e0067\U000e007f", "flag"),
    "private-use": ("a\ue000b", "ab"),
    "noncharacter": ("a\ufffeb\ufdd0", "ab"),
    "lone-surrogate": ("a\ud800b", "ab"),
    "zwnj-kept-in-persian": ("می\u200cخواهم", "می\u200cخواهم"),
    "zwnj-dropped-in-latin": ("a\u200cb", "ab"),
    "zwj-kept-in-emoji": ("👩\u200d💻 x", "👩\u200d💻 x"),
    "control-characters": ("a\x00b\x07c\x1bd", "a b c d"),
    "line-breaks": ("a\r\n\t b\u2028c\u0085d", "a b c d"),
    "odd-blanks": ("a\u00a0\u2003\u3000b", "a b"),
    "towers-of-marks": ("a" + "\u0301" * 50, "á" + "\u0301" * 4),
    "nfc": ("e\u0301te\u0301", "été"),
    "unfinished-entity": ("AT&T; R&D", "AT&T; R&D"),
    "numeric-entity-beyond": ("a&#99999999;b", "a\ufffdb"),
    "numeric-entity-null": ("a&#0;b", "a\ufffdb"),
    "windows-entity": ("&#145;a&#146;", "‘a’"),
}
SECURITY_TABLE = {"test_foreign_text_becomes_plain": CLEANED}


@pytest.mark.parametrize("case", CLEANED)
def test_foreign_text_becomes_plain(case):
    markup, text = CLEANED[case]

    assert plain_text(markup, at_most=500) == text


def test_plain_text_keeps_what_only_looks_like_markup():
    assert plain_text("a <x b> c & d", at_most=100, is_html=False) == "a <x b> c & d"
    assert plain_text("<b>News</b> &amp; more", at_most=100, is_html=False) == "News & more"


def test_long_text_is_cut_at_a_word():
    assert shorten("one two three", 9) == "one two…"
    assert shorten("onetwothree", 9) == "onetwoth…"
    assert shorten("one two", 7) == "one two"


@given(st.text(max_size=300), st.integers(min_value=2, max_value=50))
def test_the_length_is_never_more_than_asked_for(text, at_most):
    assert len(plain_text(text, at_most=at_most)) <= at_most


@given(st.text(max_size=300))
def test_what_comes_out_is_one_line_of_visible_characters(text):
    out = one_line(text)

    assert out == " ".join(out.split())
    assert not any(unicodedata.category(c) in {"Cc", "Cs", "Co", "Zl", "Zp"} for c in out)
    assert not any(c in out for c in "\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u200b\ufeff")


@given(st.text(alphabet="<>/!-ab \"'=&;sctripyle[]CDATA", max_size=200))
def test_no_tag_with_a_known_name_survives(markup):
    out = plain_text(markup, at_most=1000)

    assert "<script>" not in out
    assert "<b>" not in out


@given(st.text(max_size=200))
def test_escaped_text_comes_back_as_it_was(text):
    assert (
        plain_text(html.escape(text), at_most=4000).replace(" ", "")
        == plain_text(text, at_most=4000, is_html=False).replace(" ", "")
        or "&" in text
        or "<" in text
    )


@pytest.mark.parametrize(
    "piece",
    ["<", "<a ", '<a "', "<!--", "<script>", "<b>", "</", "&", "&amp;", "<a title='", "<![CDATA["],
)
def test_broken_markup_without_end_takes_no_longer_than_its_length_allows(piece, benchmark_s):
    """Linear time: 64 KiB of it in well under a second, where quadratic would take minutes."""
    assert benchmark_s(lambda: plain_text(piece * (65_536 // len(piece)), at_most=500)) < 1


def test_strip_tags_leaves_text_without_tags_alone():
    assert strip_tags("no tags > here") == "no tags > here"
