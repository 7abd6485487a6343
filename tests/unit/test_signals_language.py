import pytest

from brinkwatch.signals.language import LETTERS, Language, LanguageDetector, judge


@pytest.fixture(scope="module")
def english():
    return LanguageDetector(["en"])


def test_a_sure_foreign_language_is_unsupported():
    assert judge("a" * LETTERS, {"de": 0.95, "en": 0.01}, ["en"]) == Language("de", False)


def test_doubt_is_for_the_language_the_model_reads():
    assert judge("a" * LETTERS, {"de": 0.6, "en": 0.2}, ["en"]) == Language("en", True)


def test_a_short_text_is_never_refused():
    assert judge("a" * (LETTERS - 1), {"de": 0.99}, ["en"]) == Language("en", True)


def test_another_script_needs_no_length():
    assert judge("война", {"ru": 0.9}, ["en"]) == Language("ru", False)


def test_digits_and_signs_are_no_language():
    assert judge("2022 — 24/02 !!!", {"de": 0.99}, ["en"]) == Language("und", True)


def test_the_likeliest_of_several_readable_languages_is_named():
    assert judge("a" * 40, {"fr": 0.5, "en": 0.3}, ["en", "fr"]) == Language("fr", True)


def test_where_any_language_goes_a_guess_is_not_named():
    assert judge("a" * 40, {"fr": 0.9}, ["*"]) == Language("fr", True)
    assert judge("a" * 40, {"fr": 0.4}, ["*"]) == Language("und", True)


@pytest.mark.parametrize(
    "title",
    [
        "Putin",
        "Zelensky visits Kherson",
        "Erdoğan and Mitsotakis meet in Ankara",
        "Xi’an, Guangzhou and Shenzhen see drills",
        "U.S. NAVY TRANSITS TAIWAN STRAIT",
        "Lukashenko Meets Wagner’s Prigozhin",
        "Hezbollah-Israel truce",
        "Opinion | Putin’s Gamble",
        "",
        "🚀🚀🚀",
    ],
)
def test_english_headlines_full_of_names_are_kept(english, title):
    assert english.detect(title).supported


@pytest.mark.parametrize(
    ("code", "title"),
    [
        ("de", "Die Bundesregierung prüft weitere Sanktionen gegen Russland"),
        ("fr", "Le président français s’est entretenu avec son homologue russe"),
        ("es", "El ministro de Exteriores viaja a Kiev para reunirse con el Gobierno"),
        ("ru", "Президенты поговорили по телефону"),
        ("uk", "Президент підписав указ про мобілізацію"),
        ("zh", "外交部发言人在北京举行例行记者会，并回答了记者的问题"),
        ("ar", "وزير الخارجية يلتقي نظيره الروسي"),
    ],
)
def test_other_languages_are_named_and_refused(english, code, title):
    assert english.detect(title) == Language(code, False)


def test_the_summary_helps_a_title_of_names(english):
    assert not english.detect("Macron, Scholz", "Les deux dirigeants se sont retrouvés mardi soir à Paris.").supported


def test_a_feeds_word_is_taken(english):
    assert english.given("en") == Language("en", True)
    assert english.given("fr") == Language("fr", False)
    assert LanguageDetector(["*"]).given("fr") == Language("fr", True)


def test_line_ends_and_length_do_not_matter(english):
    assert english.detect("The ministers\r\nmet", "and they spoke\n" * 20_000).code == "en"
