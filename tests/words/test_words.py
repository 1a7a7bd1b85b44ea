"""How each language writes values: numbers with units, intervals, dates, lists, names, and what it refuses to write."""

import math
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capplan.assumptions import assumptions
from capplan.message import Measure, Series, Spread, Token, Value, say
from capplan.words import LANGUAGES, Style, Words

EN, FA = Words("en"), Words("fa")

WRITTEN: list[tuple[Value, str, str]] = [
    (Measure(0.684, "ratio"), "68 %", "۶۸٪"),
    (Measure(0.0431, "ratio"), "4.3 %", "۴٫۳٪"),
    (Measure(0.9961, "ratio"), "99.6 %", "۹۹٫۶٪"),
    (Measure(1, "ratio"), "100 %", "۱۰۰٪"),
    (Measure(1.43, "ratio"), "143 %", "۱۴۳٪"),
    (Measure(0.9995, "fine_ratio"), "99.95 %", "۹۹٫۹۵٪"),
    (Measure(0.975, "fine_ratio"), "97.5 %", "۹۷٫۵٪"),
    (Measure(1, "cores"), "1 core", "۱ هسته"),
    (Measure(2, "cores"), "2 cores", "۲ هسته"),
    (Measure(1.5, "cores"), "1.5 cores", "۱٫۵ هسته"),
    (Measure(8, "GiB"), "8 GiB", "۸ گیبی‌بایت"),
    (Measure(0.25, "GiB"), "256 MiB", "۲۵۶ مبی‌بایت"),
    (Measure(160, "GB"), "160 GB", "۱۶۰ گیگابایت"),
    (Measure(1920, "GB"), "1,920 GB", "۱٬۹۲۰ گیگابایت"),
    (Measure(9543429429.4, "B"), "9.54 GB", "۹٫۵۴ گیگابایت"),
    (Measure(350e6, "B"), "350 MB", "۳۵۰ مگابایت"),
    (Measure(12.5e6, "B/s"), "12.5 MB/s", "۱۲٫۵ مگابایت بر ثانیه"),
    (Measure(0.01234, "s"), "12.3 ms", "۱۲٫۳ میلی‌ثانیه"),
    (Measure(1.5, "s"), "1.5 s", "۱٫۵ ثانیه"),
    (Measure(900, "s"), "15 min", "۱۵ دقیقه"),
    (Measure(86400, "s"), "24 h", "۲۴ ساعت"),
    (Measure(2592000, "s"), "30 days", "۳۰ روز"),
    (Measure(2, "1/s"), "2/s", "۲ در ثانیه"),
    (Measure(24, "months"), "24 months", "۲۴ ماه"),
    (Measure(12345, "users"), "12,345 users", "۱۲٬۳۴۵ کاربر"),
    (Measure(6.4, "x"), "6.4×", "۶٫۴ برابر"),
    (Measure(0, "s"), "0 s", "۰ ثانیه"),
    (Measure(0, "B"), "0 bytes", "۰ بایت"),
    (Measure(1e-8, "s"), "<0.001 ms", "کمتر از ۰٫۰۰۱ میلی‌ثانیه"),
    (Measure(math.inf, "s"), "∞", "∞"),
    (Spread(4.2, 6.9, "GiB"), "4.2–6.9 GiB", "۴٫۲ تا ۶٫۹ گیبی‌بایت"),
    (Spread(0.5, 1.2, "s"), "0.5–1.2 s", "۰٫۵ تا ۱٫۲ ثانیه"),
    (Spread(0.0129, math.inf, "s"), "12.9–∞ ms", "۱۲٫۹ تا ∞ میلی‌ثانیه"),
    (Spread(2, 2, "cores"), "2 cores", "۲ هسته"),
    (7, "7", "۷"),
    (0.25, "0.25", "۰٫۲۵"),
    (date(2028, 2, 14), "14 February 2028", "۲۵ بهمن ۱۴۰۶"),
    (date(2026, 3, 21), "21 March 2026", "۱ فروردین ۱۴۰۵"),
    (date(2025, 3, 20), "20 March 2025", "۳۰ اسفند ۱۴۰۳"),
    (date(2026, 11, 23), "23 November 2026", "۲ آذر ۱۴۰۵"),
    (Token("gunicorn"), "gunicorn", "\u2066gunicorn\u2069"),
    (Token(""), "", ""),
    ("", "", ""),
    (Series((Token("a"),)), "a", "\u2066a\u2069"),
    (Series(()), "", ""),
    (
        Series((say("resource-memory"), say("resource-disk"), say("total"))),
        "memory, disk and total",
        "حافظه، دیسک و مجموع",
    ),
]


@pytest.mark.parametrize(("value", "english", "persian"), WRITTEN)
def test_written(value: Value, english: str, persian: str) -> None:
    """Each kind of value is written as people of the language write it."""
    assert (english, persian) == (EN.text(value), FA.text(value))


@pytest.mark.parametrize(
    ("value", "spread", "expected"),
    [
        (Measure(0.98, "s"), Spread(0.9, 1.2, "s"), "0.98 s (0.9–1.2 s; derived)"),
        (Measure(0.1, "s"), Spread(0.05, 1.2, "s"), "0.1 s (0.05–1.2 s; derived)"),
        (Measure(0.1, "s"), Spread(0.005, 1.2, "s"), "100 ms (0.005–1.2 s; derived)"),
        (Measure(0.775, "ratio"), Spread(0.762, 0.779, "ratio"), "77.5 % (76.2–77.9 %; derived)"),
        (Measure(8, "GiB"), Spread(8 + 1e-9, 8.003, "GiB"), "8 GiB (8–8.003 GiB; derived)"),
    ],
)
def test_one_scale_in_a_sentence(value: Measure, spread: Spread, expected: str) -> None:
    """A number and its interval stand in one multiple of their unit where all read well, with digits to differ."""
    assert expected == EN.text(say("figure", value=value, spread=spread, basis=say("basis-derived")))


def test_far_apart_numbers_keep_their_scales() -> None:
    """Numbers of one sentence that are far apart each keep the multiple that reads well."""
    said = EN.text(
        say("recovery-point-before-backup", promised=Measure(30, "s"), interval=Measure(86400, "s"))
    )
    assert "At most 30 s of data may be lost, but backups are 24 h apart and WAL is not archived." == said


def test_different_numbers_read_differently() -> None:
    """A need just above what is there does not read as the same number."""
    said = EN.text(
        say(
            "container-exceeds-limit",
            container=Token("db"),
            need=Measure(8.003e9, "B"),
            limit=Measure(8e9, "B"),
        )
    )
    assert "db needs 8.003 GB but is limited to 8 GB: it will be killed." == said


@pytest.mark.parametrize(
    ("count", "english", "persian"),
    [
        (0, "nothing stands in the way of more servers", "مانعی بر سر راه سرورهای بیشتر نیست"),
        (1, "one obstacle before more servers", "یک مانع پیش از سرورهای بیشتر"),
        (12, "12 obstacles before more servers", "۱۲ مانع پیش از سرورهای بیشتر"),
    ],
)
def test_plurals(count: int, english: str, persian: str) -> None:
    """A count chooses the sentence and is written in the digits of the language."""
    message = say("summary-scaling", obstacles=count)
    assert (f"vertical first; {english}", f"نخست عمودی؛ {persian}") == (EN.text(message), FA.text(message))


def test_nested_messages() -> None:
    """A message may be a value of another, and its names stay isolated."""
    message = say("tier-breaks", what=say("breaks-far", what=say("break-jobs", subject=Token("worker"))))
    assert "اولین گلوگاه: صف کارهای \u2066worker\u2069: تقریباً هیچ‌وقت." == FA.text(message)


def test_persian_names_are_isolated_in_english() -> None:
    """A right-to-left name does not pull the English around it along."""
    assert "Source: \u2068گزارش ۱\u2069" == EN.text(say("explain-source", source=Token("گزارش ۱")))


def test_names_cannot_break_a_line() -> None:
    """Control characters of a user's text, bidi controls among them, become a space."""
    assert "Source: a b c d" == EN.text(
        say("explain-source", source=Token("a\nb\x1b\u202ec\u2069\u2028d\x07"))
    )


def test_long_names() -> None:
    """A name longer than what Fluent takes as a value is still said."""
    name = "x" * 5000
    assert f"Source: {name}" == EN.text(say("explain-source", source=Token(name)))


def test_marks_in_names_stay_text() -> None:
    """Text that looks like a placeholder of ours or of Fluent's is not filled in."""
    assert "Source: { $key } 0" == EN.text(say("explain-source", source=Token("{ $key }\x020\x03")))


def test_style() -> None:
    """A format's escapes reach words, numbers and names once each, and its code only code, inside the isolate."""
    style = Style(plain=lambda text: f"<{text}>" if text else "", code=lambda text: f"`{text}`")
    message = say("alert-disk", threshold=Measure(0.78, "ratio"), key=Token("a.b", code=True))
    assert "<میزان پر بودن فایل‌سیستم: ><۷۸٪>< (>\u2066`a.b`\u2069<).>" == FA.text(message, style)


@pytest.mark.parametrize(
    "value",
    [
        say("no-such-key"),
        say("figure", value=Measure(1, "s"), basis=say("basis-derived")),
        Measure(1, "furlongs"),
    ],
    ids=["key", "value", "unit"],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_missing_words(language: str, value: Value) -> None:
    """A missing key, value or unit is an error, never a question mark in a report."""
    with pytest.raises(KeyError):
        Words(language).text(value)


def test_not_a_number() -> None:
    """A number that is none is an error."""
    with pytest.raises(ValueError, match="not a number"):
        EN.text(Measure(math.nan, "s"))


def test_unknown_language() -> None:
    """A language without words is refused."""
    with pytest.raises(KeyError):
        Words("de")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_unit_has_words(language: str) -> None:
    """Every unit of an assumption can be written, whatever its size."""
    words = Words(language)
    units = {assumption.unit for assumption in assumptions().values()}
    texts = [
        words.text(Measure(amount, unit)) for unit in units for amount in (0, 1e-3, 1, 1e3, 1e7, 1e10, 1e13)
    ]
    assert all(text[0].isdigit() or text.startswith("کمتر") for text in texts)


@given(st.floats(1e-5, 1e15), st.sampled_from(["users", "1/s", "x", "cores"]))
def test_shown_numbers_are_near(amount: float, unit: str) -> None:
    """A number shown differs from the number meant by at most half a percent, unless it is said to be tiny."""
    shown = EN.text(Measure(amount, unit))
    number = float(shown.split()[0].rstrip("/s×").removeprefix("<").replace(",", ""))
    assert (amount < number) if shown.startswith("<") else abs(number - amount) <= 0.005 * amount


@given(st.floats(0, 1e15), st.sampled_from(["B", "GiB", "s", "ratio", "x", "jobs"]))
def test_persian_numbers_equal_english_ones(amount: float, unit: str) -> None:
    """Both languages show the same figures."""
    latin = str.maketrans("۰۱۲۳۴۵۶۷۸۹٫٬", "0123456789.,")
    english, persian = (words.text(Measure(amount, unit)) for words in (EN, FA))
    figures = "".join(letter for letter in english if letter in "0123456789.,")
    assert figures == "".join(letter for letter in persian.translate(latin) if letter in "0123456789.,")


@given(st.text(), st.sampled_from(LANGUAGES))
def test_isolates_are_balanced(name: str, language: str) -> None:
    """Whatever a user's name contains, every isolate is closed before the next begins."""
    said = Words(language).text(say("report-title", service=Token(name)))
    controls = [letter for letter in said if letter in "\u2066\u2067\u2068\u2069"]
    assert controls[1::2] == ["\u2069"] * (len(controls) // 2)
    assert len(controls) <= 2
