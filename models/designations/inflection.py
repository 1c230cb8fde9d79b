"""Russian names in every case. The register's own are worked out once and kept in ``forms_ru.json``.

Run ``python -m models.designations.inflection`` after a change to the register; a test fails while the file is old.
Names of a dictionary noun, with the adjectives before it, go through pymorphy3 (OpenCorpora's dictionary); other
names (Хезболла, Аль-Каида, Джебхат ан-Нусра) take the endings of their last word, by the school grammar's tables.
"""

import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pymorphy3 import MorphAnalyzer

FORMS = Path(__file__).parent / "forms_ru.json"
_CASES = ("gent", "datv", "accs", "ablt", "loct")
_WORD = re.compile(r"[А-Яа-яЁё]+")
_PREPOSITIONS = ("в", "во", "на", "за", "из", "по", "от", "с", "для", "им")
_VOWELS = "аеиоуыэюяё"
_ARTICLES = ("аль", "ан", "ат", "ас", "аш", "ар", "ад", "аз", "уль", "ут", "эль")
_HUSHING = "гкхжчшщ"
_ADJECTIVE = ("ого", "ому", "им", "ом", "ая", "ой", "ую", "ое", "ие", "их", "ими")
_A_NAME = 6  # letters of a name in capitals that is a word in -а, no acronym
_LONGEST = 120  # a longer name is an official title, seen only as it is printed


def load_forms() -> dict[str, tuple[str, ...]]:
    """The forms of the register's own Russian names, by name."""
    return {name: tuple(forms) for name, forms in json.loads(FORMS.read_text(encoding="utf-8")).items()}


def inflect(name: str) -> tuple[str, ...]:
    """All spellings of a Russian name in its number, the name itself left out; none for a name of other letters."""
    words = list(_WORD.finditer(name))
    if not words or len(name) > _LONGEST:
        return ()
    if len(words) == 1 and len(name) >= 3 and name.isupper():
        return tuple(_acronym(name))
    head = next((at for at, word in enumerate(words) if at and word.group() in _PREPOSITIONS), len(words))
    changes = _known(name, words)
    if not changes or _are_two_names(words):
        changes += _unknown(words[:head])
    forms = {_replace(name, words, change) for change in changes}
    return tuple(sorted(forms - {name}))


def _are_two_names(words: list[re.Match[str]]) -> bool:
    """Мара Сальватруча: no dictionary has the second, and it takes the endings of the first."""
    if len(words) != 2 or not all(word.group().istitle() and word.group().endswith("а") for word in words):
        return False
    return not any(parse.is_known for parse in _analyser().parse(words[1].group()))


def _acronym(name: str) -> list[str]:
    """ИГИЛ → ИГИЛа: only acronyms read as a word, with a vowel inside and a consonant at the end; and АЛЛАТРА."""
    has_vowel = any(letter in _VOWELS for letter in name[:-1].lower())
    if name[-1] == "А" and has_vowel and len(name) >= _A_NAME:
        return [name[:-1] + ending for ending in ("ы", "е", "у", "ой")]
    is_word = has_vowel and name[-1].isalpha() and name[-1].lower() not in _VOWELS + "йьъ" and len(name) >= 4
    return [name + ending for ending in ("а", "у", "ом", "е")] if is_word else []


def _known(name: str, words: list[re.Match[str]]) -> list[dict[int, str]]:
    """Changes by word index, one dictionary a case; empty where the head is not a dictionary noun."""
    adjectives: list[int] = []
    for index, word in enumerate(words):
        parses = [parse for parse in _analyser().parse(word.group()) if parse.is_known and "nomn" in parse.tag]
        nouns = [parse for parse in parses if parse.tag.POS == "NOUN"]
        is_adjective = bool(parses) and parses[0].tag.POS in ("ADJF", "PRTF") and index + 1 < len(words)
        if _begins_adjective(name, words, index):
            continue
        if nouns and not is_adjective:
            second = _joined_noun(name, words, index)
            return _decline(words, adjectives, [(index, nouns), *second])
        if not any(parse.tag.POS in ("ADJF", "PRTF") for parse in parses):
            return []
        adjectives.append(index)
    if len(words) == 1:  # one adjective by itself: хуситский, in every gender and number
        lexeme = [form for form in _analyser().parse(words[0].group())[0].lexeme if form.tag.POS == "ADJF"]
        return [{0: form.word} for form in lexeme if "Supr" not in form.tag and not form.word.startswith("по")]
    return []


def _begins_adjective(name: str, words: list[re.Match[str]], index: int) -> bool:
    """Национал-большевистская: what stands before the hyphen does not change."""
    if index + 2 >= len(words) or name[words[index].end() : words[index + 1].start()] != "-":
        return False
    parses = _analyser().parse(words[index + 1].group())
    return parses[0].tag.POS == "ADJF" and words[index + 1].group().islower()


def _joined_noun(name: str, words: list[re.Match[str]], index: int) -> list[tuple[int, list[Any]]]:
    """Братья-мусульмане, партия — фронт: both nouns change."""
    between = name[words[index].end() : words[index + 1].start()] if index + 1 < len(words) else ""
    if between not in ("-", " — "):
        return []
    number = "plur" if between == "-" else "sing"
    parses = [
        parse
        for parse in _analyser().parse(words[index + 1].group())
        if parse.is_known and parse.tag.POS == "NOUN" and "nomn" in parse.tag and number in parse.tag
    ]
    return [(index + 1, parses)] if parses else []


def _decline(
    words: list[re.Match[str]], adjectives: list[int], nouns: list[tuple[int, list[Any]]]
) -> list[dict[int, str]]:
    head = nouns[0][1][0]
    changes = []
    for case in _CASES:
        change: dict[int, str] = {}
        for index, parses in nouns:
            form = parses[0].inflect({case})
            if form is None:
                break
            change[index] = form.word
        if len(change) < len(nouns):
            continue
        for index in adjectives:
            form = _adjective(words[index].group(), head, case)
            if form is not None:
                change[index] = form
        changes.append(change)
    return changes


def _adjective(word: str, head: Any, case: str) -> str | None:
    grammemes = {case, head.tag.number} if head.tag.number == "plur" else {case, "sing", head.tag.gender}
    if case == "accs" and head.tag.gender != "femn":
        grammemes.add(head.tag.animacy)
    for parse in _analyser().parse(word):
        if parse.tag.POS in ("ADJF", "PRTF"):
            form = parse.inflect({grammeme for grammeme in grammemes if grammeme})
            if form is not None:
                return str(form.word)
    return None


def _unknown(words: list[re.Match[str]]) -> list[dict[int, str]]:
    """Endings on the last word; where there are two, also on the first alone (Имарата Кавказ)."""
    last = len(words) - 1
    changes = [{last: form} for form in _endings(words[last].group())]
    if last and (last == 1 or words[1].group() in _ARTICLES) and len(words[0].group()) >= 4:
        changes += [{0: form} for form in _endings(words[0].group())]
    if last == 1 and len(words[0].group()) >= 4:
        changes += [
            {0: first, 1: second}
            for first, second in zip(_endings(words[0].group()), _endings(words[1].group()), strict=False)
        ]
    return changes


def _endings(word: str) -> list[str]:
    """The word in the oblique cases, by its last letters."""
    stem, end, before = word[:-1], word[-1].lower(), word[-2:-1].lower()
    endings: tuple[str, ...] = ()
    if word.lower().endswith(("ский", "цкий")):
        stem, endings = word[:-2], _ADJECTIVE
    elif word.lower().endswith("ец") and len(word) >= 5:  # игиловец, алькаидовец
        stem, endings = word[:-2], ("ца", "цу", "цем", "це")
    elif end in "ыи" and len(word) >= 5:  # хуситы, игиловцы
        endings = ("ев" if before == "ц" else "ов", "ам", "ами", "ах")
    elif end == "а":
        endings = ("и" if before in _HUSHING else "ы", "е", "у", "ой", "ою")
    elif end == "я":
        endings = ("и", "и" if before == "и" else "е", "ю", "ей")
    elif end in "йь":
        endings = ("я", "ю", "ем", "е") if end == "й" else ("я", "ю", "ем", "е", "и", "ью")
    elif end not in _VOWELS + "ъ":
        stem, endings = word, ("а", "у", "ем" if end in "жшщчц" else "ом", "е")
    return [stem + ending for ending in endings] if len(word) >= 3 else []


def _replace(name: str, words: list[re.Match[str]], change: dict[int, str]) -> str:
    """The name with some words in another form, each in the capitals of the word it replaces."""
    parts, at = [], 0
    for index, word in enumerate(words):
        if index not in change:
            continue
        form = change[index]
        if word.group().isupper() and len(word.group()) > 1 and form.lower().startswith(word.group().lower()):
            form = word.group() + form[len(word.group()) :]
        elif word.group()[:1].isupper():
            form = form[:1].upper() + form[1:]
        parts += [name[at : word.start()], form]
        at = word.end()
    return "".join([*parts, name[at:]])


@cache
def _analyser() -> "MorphAnalyzer":
    from pymorphy3 import MorphAnalyzer  # 0.2 s to load, needed only for names that have no forms yet

    return MorphAnalyzer(lang="ru")


def make_forms(names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Forms of every name, sorted; empty for a name that does not change, so that it is not asked for again."""
    return {name: inflect(name) for name in sorted(set(names))}


def main() -> None:
    """Write ``forms_ru.json`` anew from the register."""
    from models.designations.register import ORGANISATIONS, read_organisations

    organisations = read_organisations(ORGANISATIONS)
    forms = make_forms(name.text for row in organisations for name in row.names if name.language == "ru")
    FORMS.write_text(json.dumps(forms, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
