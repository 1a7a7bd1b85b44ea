"""The files of the languages: complete, alike, used, and in proper Persian."""

import ast
import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from fluent.syntax.ast import Junk

from capplan.message import Message, Token, Value
from capplan.words import LANGUAGES, Words
from tests.words.locales import entries, messages, parts, text

SOURCES = Path(__file__).parents[2] / "src" / "capplan"
ENGLISH, PERSIAN = messages("en"), messages("fa")
KEYS = sorted(ENGLISH.keys() | PERSIAN.keys())

PERSIAN_LETTERS = "آابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهیءأؤئ"
JOINED_LETTERS = "بپتثجچحخسشصضطظعغفقکگلمنهی"
MARKS = "\u064b\u064f\u0650\u0654\u200c"
PUNCTUATION = " .،؛:؟()[]«»=/-٪"
LATIN = re.compile(r"127\.0\.0\.1|N = X \(Z \+ R\)|[A-Za-z][A-Za-z0-9_-]*")

# Words that begin with می but are no verbs, and words that end in ها but are no plurals.
NOT_VERBS = ("میان", "میزان", "میزبان", "میکروسرویس", "میلی")
NOT_PLURALS = ("تنها", "بها")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_entry_is_read(language: str) -> None:
    """Nothing in a file of words is skipped because it could not be parsed."""
    assert [] == [entry.content for entry in entries(language) if isinstance(entry, Junk)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_key_twice(language: str) -> None:
    """No key is written twice in one language, so no sentence silently loses to another."""
    keys = [entry.id.name for entry in entries(language) if not isinstance(entry, Junk)]
    assert sorted(set(keys)) == sorted(keys)


def test_same_keys() -> None:
    """Every message exists in every language."""
    assert ENGLISH.keys() == PERSIAN.keys()


def test_same_values() -> None:
    """A message writes the same values in every language; a plural may be missing where there is none."""
    english = {key: parts(message) for key, message in ENGLISH.items()}
    persian = {key: parts(message) for key, message in PERSIAN.items()}
    assert [] == [key for key in KEYS if english[key].written != persian[key].written]
    assert [] == [key for key in KEYS if not persian[key].selecting <= english[key].selecting]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_can_be_said(language: str) -> None:
    """A message given its values is a sentence: nothing in it is missing, and every value stands in it."""
    wrong = []
    for key, found in ((key, parts(message)) for key, message in messages(language).items()):
        names = found.written - found.selecting
        said = _said(language, key, lambda name: f"value-{name}")
        if re.search(r"[{}$\x02\x03]|\?\?\?", said) or any(f"value-{name}" not in said for name in names):
            wrong.append(said)
    assert [] == wrong


def _said(language: str, key: str, value: Callable[[str], str]) -> str:
    found = parts(messages(language)[key])
    values: dict[str, Value] = {name: Token(value(name)) for name in found.written}
    return Words(language).text(Message(key, values | dict.fromkeys(found.selecting, 7)))


# ── use ──────────────────────────────────────────────────────────────────────────────────────────


def _trees() -> Iterator[ast.AST]:
    for path in SOURCES.rglob("*.py"):
        yield from ast.walk(ast.parse(path.read_text("utf-8")))


def _used() -> re.Pattern[str]:
    """Return what matches every key the code can name: a literal, or the pattern of a literal with parts to fill in."""
    patterns = set()
    for node in _trees():
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            patterns.add(re.escape(node.value))
        elif isinstance(node, ast.JoinedStr):
            fixed = "".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))
            if re.fullmatch(r"[a-z-]*-[a-z-]*", fixed):
                patterns.add(
                    "".join(
                        re.escape(str(part.value)) if isinstance(part, ast.Constant) else "[A-Za-z-]+"
                        for part in node.values
                    )
                )
    return re.compile("|".join(patterns))


def test_no_key_unused() -> None:
    """Every message is said somewhere in the code."""
    used = _used()
    assert [] == [key for key in KEYS if not used.fullmatch(key)]


def test_no_key_missing() -> None:
    """Every message that the code says by its full key exists, and gets every value it writes."""
    missing = []
    for node in _trees():
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say"):
            continue
        key = node.args[0]
        if isinstance(key, ast.Constant):
            given = {keyword.arg for keyword in node.keywords}
            wanted = parts(ENGLISH[key.value]) if key.value in ENGLISH else None
            if wanted is None or not wanted.written | wanted.selecting <= given:
                missing.append(key.value)
    assert [] == missing


def test_every_finding_has_words() -> None:
    """Every finding the planner can make has its sentence."""
    codes = {
        keyword.value.value
        for node in _trees()
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"Finding", "Action"}
        for keyword in node.keywords
        if keyword.arg == "code" and isinstance(keyword.value, ast.Constant)
    }
    assert codes, "the code names its findings in another way than this test looks for"
    assert set() == {str(code) for code in codes} - ENGLISH.keys()


# ── Persian ──────────────────────────────────────────────────────────────────────────────────────


def test_persian_letters() -> None:
    """Persian is written in Persian letters, digits and marks: no Arabic ي or ك, no stray script, no Latin digit."""
    allowed = PERSIAN_LETTERS + MARKS + PUNCTUATION + "۰۱۲۳۴۵۶۷۸۹"
    strays = {
        key: [f"U+{ord(letter):04X}" for letter in LATIN.sub("", text(message)) if letter not in allowed]
        for key, message in PERSIAN.items()
    }
    assert {} == {key: found for key, found in strays.items() if found}


def test_persian_spelling() -> None:
    """The prefixes می and نمی and the plural ها stand apart by a ZWNJ, which stands between two letters only."""
    wrong = {key: _misspelled(text(message)) for key, message in PERSIAN.items()}
    assert {} == {key: found for key, found in wrong.items() if found}


def _misspelled(sentence: str) -> list[str]:
    words = re.findall(rf"[{PERSIAN_LETTERS}{MARKS}]+", sentence)
    parts_of_words = [part for word in words for part in word.split("\u200c")]
    return [
        *(word for word in words if re.match("ن?می(?!\u200c)", word) and not word.startswith(NOT_VERBS)),
        *(
            part
            for part in parts_of_words
            if re.search(f"[{JOINED_LETTERS}]ها(ی|یی)?$", part) and not part.startswith(NOT_PLURALS)
        ),
        *re.findall(rf"[{PERSIAN_LETTERS}] (?:ها|های|هایی|تر|ترین)(?![{PERSIAN_LETTERS}])", sentence),
        *(word for word in words if "" in word.split("\u200c")),
    ]


def test_spelling_rules_bite() -> None:
    """The rules above find the mistakes that hand-written reports are full of."""
    mistakes = ["میشود", "نمیکند", "می", "بررسیهای", "ن ها", "گ تر"]
    assert mistakes == _misspelled("میشود نمیکند می شود بررسیهای زبان ها بزرگ تر")
    assert [] == _misspelled("می‌شود نمی‌کند بررسی‌های کانتینرها زبان‌ها بزرگ‌تر میزبان تنها میانگین")


def test_latin_is_isolated() -> None:
    """Every Latin run in a Persian sentence, its own or a value's, stands in an isolate that is closed."""
    loose = {}
    for key in PERSIAN:
        said = _said("fa", key, lambda _: "gunicorn: 4 × 300 MB (web)")
        outside = re.sub("\u2066[^\u2066\u2069]*\u2069", "", said)
        if re.search("[A-Za-z0-9\u2066\u2069]", outside):
            loose[key] = said
    assert {} == loose


def test_persian_dates_are_not_gregorian() -> None:
    """A date inside a Persian sentence is one of the Iranian calendar."""
    said = Words("fa").text(Message("until-date", {"date": date(2028, 2, 14)}))
    assert "۲۵ بهمن ۱۴۰۶" == said
