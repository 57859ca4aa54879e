"""News and packs in other languages than English."""

from datetime import UTC, datetime

import pytest

from bot.domain.commitment import Commitment
from bot.domain.evidence import Direction, Feedback
from bot.matching.matcher import Matcher
from bot.matching.process import QueuedItem, unpacked
from bot.matching.relevance.foreign import Encoder, language_of
from bot.matching.worker import MatchServer
from tests.matching.packs import PACK, item, pack_of

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
GERMAN_COAL = Commitment(
    id="kohle",
    title="Ausstieg aus der Kohle",
    text="Deutschland wird seine Kohlekraftwerke bis 2030 schließen und keine neuen bauen.",
    summit_id="s",
)


@pytest.fixture(scope="module")
def matcher(vectors, encoder):
    return Matcher(PACK, vectors=vectors, encoder=encoder)


def filed(matcher, *texts):
    return [match.commitment_id for match in matcher.match(item(*texts))]


NEWS = [
    ("German", "Deutschland schließt das letzte Kohlekraftwerk",
     "Mit dem Ende der Braunkohle steigt das Land aus der Kohle aus.", "coal"),
    ("French", "L'Allemagne ferme sa dernière centrale à charbon",
     "Le pays sort du charbon plus tôt que prévu.", "coal"),
    ("Spanish", "Alemania cierra su última central de carbón",
     "El país abandona el carbón antes de lo previsto.", "coal"),
    ("Portuguese", "Desmatamento na Amazônia cai ao menor nível em dez anos",
     "O Brasil diz que a destruição da floresta diminuiu pela metade.", "forests"),
    ("Italian", "Brasile, la deforestazione in Amazzonia scende ai minimi",
     "La distruzione della foresta è calata della metà.", "forests"),
    ("Dutch", "Ontbossing in de Amazone daalt tot laagste niveau in tien jaar",
     "Brazilië zegt dat de vernietiging van het regenwoud is gehalveerd.", "forests"),
    ("Polish", "Niemcy zamykają ostatnią elektrownię węglową",
     "Kraj odchodzi od węgla wcześniej, niż planowano.", "coal"),
    ("Russian", "Германия закрывает последнюю угольную электростанцию",
     "Страна отказывается от угля раньше срока.", "coal"),
    ("Arabic", "ألمانيا تغلق آخر محطة للفحم",
     "البلاد تتخلى عن الفحم قبل الموعد المقرر.", "coal"),
    ("Turkish", "Almanya son kömür santralini kapattı",
     "Ülke kömürden planlanandan önce çıkıyor.", "coal"),
    ("Chinese", "德国关闭最后一座燃煤电厂", "该国比计划提前退出煤炭。", "coal"),
    ("Japanese", "ドイツ、最後の石炭火力発電所を閉鎖",
     "同国は予定より早く石炭から撤退する。", "coal"),
    ("Korean", "독일, 마지막 석탄 발전소 폐쇄", "독일은 계획보다 일찍 석탄에서 벗어난다.", "coal"),
    ("Thai", "เยอรมนีปิดโรงไฟฟ้าถ่านหินแห่งสุดท้าย", "ประเทศเลิกใช้ถ่านหินก่อนกำหนด", "coal"),
]  # fmt: skip


@pytest.mark.parametrize("news", NEWS, ids=lambda news: news[0])
def test_news_in_another_language_is_found_and_says_how_it_was_read(matcher, vectors, news):
    language, title, summary, expected = news
    found = matcher.match(item(title, summary))
    assert [match.commitment_id for match in found] == [expected]
    assert found[0].reasons == (f"read in {language} by meaning alone",)
    assert found[0].passage == title
    assert not found[0].sure
    assert filed(Matcher(PACK, vectors=vectors), title, summary) in ([], [expected])


@pytest.mark.parametrize(
    "texts",
    [
        ("Deutschland gewinnt das Halbfinale gegen Brasilien", "Nach dem Spiel feierten die Fans."),
        ("El museo abre una nueva sala", "La exposición reúne cuadros de tres siglos."),
        ("Певица отменила концерты из-за болезни", "Билеты можно вернуть до конца месяца."),
    ],
)
def test_news_in_another_language_that_bears_on_nothing_is_left_out(matcher, texts):
    assert filed(matcher, *texts) == []


def test_what_is_good_and_what_is_bad_is_told_in_another_language(matcher):
    good = item("Alemania cierra su última central de carbón", "El país abandona el carbón.")
    bad = item("La deforestación en la Amazonia aumenta otra vez", "Se pierde más bosque.")
    ways = [matches[0].direction for matches in matcher.match_many([good, bad])]
    assert ways == [Direction.PROGRESS, Direction.SETBACK]


def test_english_is_read_the_same_with_and_without_an_encoder_which_is_not_loaded(vectors):
    encoder = Encoder()  # another than the one that the other tests load
    items = [
        item("Germany shuts last lignite power station, ending coal", "The Bundestag agreed."),
        item("Cairo and Khartoum call off war games", "Both say that the border stays quiet."),
        item("Déjà vu in Düsseldorf as Köln café sues El País", "Angela Merkel was not amused."),
        item("", ""),
    ]
    with_it = Matcher(PACK, vectors=vectors, encoder=encoder)
    without = Matcher(PACK, vectors=vectors)
    assert with_it.match_many(items) == without.match_many(items)
    assert "_model" not in vars(encoder)
    assert with_it.version != without.version


def test_an_item_gets_the_same_answer_alone_and_among_others(matcher):
    items = [item(title, summary) for _, title, summary, _ in NEWS]
    items.insert(3, item("Germany shuts last coal plant", "It ends coal."))
    assert matcher.match_many(items) == [matcher.match(each) for each in items]


def test_a_pack_in_another_language_finds_news_in_its_own_and_in_english(vectors, encoder):
    matcher = Matcher(pack_of(GERMAN_COAL), vectors=vectors, encoder=encoder)
    assert filed(matcher, *NEWS[0][1:3]) == ["kohle"]
    assert filed(matcher, "Germany closes its last coal plant", "Coal power ends.") == ["kohle"]
    assert filed(matcher, "Egypt opens new museum beside the pyramids") == []


@pytest.mark.parametrize("text", ["", "\x00\x01", "\ud800 wird geschlossen", "\uffff" * 50, "🙂"])
def test_a_text_that_the_detector_refuses_counts_as_english(text):
    assert language_of(text) is None


def test_items_of_one_event_are_told_in_the_same_words_whatever_the_language(matcher):
    german, english = NEWS[0][1:3], ("Germany shuts last coal plant", "It ends coal.")
    told, same = matcher.in_english([item(*german), item(*english)])
    assert same == item(*english)
    assert told.title.split()[0] == "Germany"
    assert "coal" in told.summary.lower()


def queued(number, texts):
    return QueuedItem(number, *texts, published_at=NOON, seen_at=NOON, feed=str(number))


def test_reports_of_one_event_join_across_languages_and_switched_off_nothing_is_read(
    vectors, encoder
):
    spanish = (
        "Egipto y Sudán suspenden ejercicios militares en Halaib",
        "Abdel Fattah al-Sisi y Abdel Fattah al-Burhan anunciaron la suspensión en Jartum.",
    )
    english = (
        "Egypt and Sudan suspend military exercises in Halaib",
        "Abdel Fattah al-Sisi and Abdel Fattah al-Burhan announced the suspension in Khartoum.",
    )
    other = ("Brazil halts forest loss in the Amazon", "Felling fell to its lowest in ten years.")
    news = [queued(n, texts) for n, texts in enumerate((english, spanish, other), start=1)]
    server = MatchServer(vectors, encoder)
    server.load(PACK, Feedback(), True)
    (one, _), (two, found), (three, _) = server.match_and_group(news)
    assert (one, two, three) == (1, 1, 3)
    assert [unpacked(each).commitment_id for each in found] == ["drills"]
    server.load(PACK, Feedback(), False)
    assert all("meaning" not in str(matches) for _, matches in server.match_and_group(news))
