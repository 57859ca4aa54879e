"""The compliance report: everything in it has a source, and nothing a level that no person set."""

import csv
import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.briefing import Briefing
from bot.briefing.report import METHOD, Report, ReportFormat, csv_cell, sources_of, written
from bot.domain.assessment import Objection
from bot.domain.evidence import Direction, Verdict
from tests.briefing.builders import (
    DAY,
    NOW,
    PACK,
    PATIENT,
    SmallLedger,
    W,
    assessment,
    evidence,
    item,
)

HARBOUR = PACK.summit_by_id["harbour"]


async def told(ledger: SmallLedger) -> Report:
    briefing = Briefing(ledger, pack=lambda: PACK, clock=lambda: NOW)
    return await briefing.report(W, HARBOUR)


@pytest.fixture
def ledger() -> SmallLedger:
    """Dredging turned; it is assessed as a whole and for a party, and objected to."""
    small = SmallLedger()
    toward = evidence(item("Dredgers reach the channel", at=NOW - 40 * DAY), story=1)
    away = evidence(
        item("Dredgers | leave *again*", at=NOW - 4 * DAY), story=2, direction=Direction.SETBACK
    )
    aside = evidence(item("Old claim"), story=3, verdict=Verdict.REJECTED)
    small.file(toward, away, aside)
    small.assessments.rows += [
        assessment(toward.id, aside.id, id=7, level=2, final=True, reason="Half\nof it."),
        assessment(away.id, id=8, level=0, party="Northland", reason="=Nothing came."),
    ]
    small.assessments.notes.append(
        Objection(id=1, assessment_id=7, actor="U02ADMIN", at=NOW, reason="A third, rather.")
    )
    return small


class Reader(HTMLParser):
    """What a browser would show, and which elements it would make."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.text += data


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    return reader


@pytest.mark.parametrize("form", [ReportFormat.MD, ReportFormat.HTML])
async def test_it_has_all_that_a_compliance_report_needs(
    ledger: SmallLedger, form: ReportFormat
) -> None:
    text = written(await told(ledger), form)
    said = read(text).text if form is ReportFormat.HTML else text.replace("\\", "")
    for commitment in HARBOUR.commitments:
        assert commitment.title in said
    for part in (
        "Data up to 1 Mar 2019, 08:00 UTC.",
        "2 intermediate, by U01ANALYST on 1 Mar 2019 (A7).",
        "Reason: Half of it. Evidence: [1], [2].",
        "Northland: 0 not initiated (provisional)",
        "U02ADMIN objected on 1 Mar 2019: A third, rather.",
        "toward from 20 Jan 2019, 1 story; it begins with “Dredgers reach the",
        "away from 25 Feb 2019",
        "Nobody has assessed this yet.",
        "set aside by a person since it was cited",
        "By party",
        METHOD,
    ):
        assert part in said, part


async def test_every_number_in_brackets_is_a_source_and_each_source_is_named_once(
    ledger: SmallLedger,
) -> None:
    report = await told(ledger)
    sources = sources_of(report)
    assert len({one.evidence_id for one in sources}) == len(sources) == 3
    text = written(report, ReportFormat.MD).replace("\\", "")
    body, _, listed = text.partition("## Sources")
    named = {int(number) for number in re.findall(r"\[(\d+)\]", body)}
    assert named == set(range(1, 4))
    assert re.findall(r"^(\d+)\. ", listed, flags=re.MULTILINE) == ["1", "2", "3"]


async def test_a_table_in_markdown_keeps_its_columns_whatever_a_title_says(
    ledger: SmallLedger,
) -> None:
    report = await told(ledger)
    part = report.sections[0]
    odd = replace(part.status.commitment, title="A | B <script>")
    changed = replace(part, status=replace(part.status, commitment=odd))
    text = written(replace(report, sections=(changed,)), ReportFormat.MD)
    (row,) = [line for line in text.split("\n") if line.startswith("| A ") and "sessed" not in line
              and "intermediate" in line]  # fmt: skip
    assert len(re.findall(r"(?<!\\)\|", row)) == 6
    assert "\\<script\\>" in row


async def test_csv_has_a_line_for_each_commitment_and_each_party_assessed(
    ledger: SmallLedger,
) -> None:
    rows = list(csv.DictReader(io.StringIO(written(await told(ledger), ReportFormat.CSV))))
    assert [(row["commitment"], row["party"], row["level"]) for row in rows] == [
        ("dredging", "", "2"),
        ("dredging", "Northland", "0"),
        ("pilots", "", ""),
        ("tolls", "", ""),
    ]
    assert rows[1]["reason"] == "'=Nothing came."
    assert (rows[0]["last_turn"], rows[0]["since"]) == ("setback", "2019-02-25")


async def test_json_has_the_whole_of_it(ledger: SmallLedger) -> None:
    found = json.loads(written(await told(ledger), ReportFormat.JSON))
    first, *others = found["commitments"]
    assert [(one["level"], one["party"]) for one in first["assessments"]] == [
        (2, None),
        (0, "Northland"),
    ]
    assert first["assessments"][0]["objections"][0]["reason"] == "A third, rather."
    assert [one["assessments"] for one in others] == [[], []]
    cited = {number for one in first["assessments"] for number in one["evidence"]}
    assert cited <= {source["evidence_id"] for source in found["sources"]}


@pytest.mark.parametrize("form", ReportFormat)
async def test_a_report_on_nothing_says_so(form: ReportFormat) -> None:
    text = written(await told(SmallLedger()), form)
    assert text.endswith("\n")
    assert "intermediate" not in re.sub(r"(?s)(Scale|\"scale\").*?(\n\n|}|</p>)", "", text)


@PATIENT
@given(title=st.text(max_size=60), reason=st.text(max_size=60), url=st.text(max_size=30))
async def test_nothing_foreign_makes_markup(title: str, reason: str, url: str) -> None:
    small = SmallLedger()
    one = evidence(item(f"{title}<script>x</script>", url=f"javascript:{url}", outlet=title))
    small.file(one)
    small.assessments.rows.append(assessment(one.id, reason=f"{reason}<img src=x>", party=title))
    page = read(written(await told(small), ReportFormat.HTML))
    assert set(page.tags) <= {
        "html", "meta", "title", "style", "h1", "h2", "p", "ul", "ol", "li", "table", "tr", "td",
        "th", "a",
    }  # fmt: skip
    assert not page.links
    text = written(await told(small), ReportFormat.MD)
    assert "<script" not in text.replace("\\<script", "")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx"])
def test_a_cell_never_runs(text: str) -> None:
    assert csv_cell(text) == f"'{text}"
    assert csv_cell(-1) == -1
