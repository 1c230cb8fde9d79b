"""Articles that say what must be found in them: each names one designated organisation, at a place that we know."""

import hashlib
import random
from dataclasses import dataclass

# Names that lead to one organisation each (tests/quality/test_faults_harness.py reads them with the classifier).
ORGANISATIONS = (
    ("en", "islamic-state", "ISIS"),
    ("en", "al-qaeda", "Al-Qaeda"),
    ("en", "taliban", "Taliban"),
    ("en", "boko-haram", "Boko Haram"),
    ("en", "al-shabaab", "Al-Shabaab"),
    ("en", "hizb-ut-tahrir", "Hizb ut-Tahrir"),
    ("en", "lashkar-e-taiba", "Lashkar-e-Taiba"),
    ("en", "jaish-e-mohammed", "Jaish-e-Mohammed"),
    ("ru", "islamic-state", "ИГИЛ"),
    ("ru", "boko-haram", "Боко Харам"),
)
_SENTENCES = {
    "en": (
        "The council met on Tuesday to discuss the budget of the district.",
        "Two people were hurt when the bridge was shelled at dawn.",
        "The mayor said that the school would open again next week.",
        "Gunmen attacked the market and killed twelve people, officials said.",
        "Residents complained of the price of bread.",
    ),
    "ru": (
        "Совет района обсудил во вторник бюджет на следующий год.",
        "При обстреле моста на рассвете пострадали два человека.",
        "Мэр сообщил, что школа откроется на следующей неделе.",
        "Неизвестные напали на рынок и убили двенадцать человек, сообщили власти.",
    ),
}
_NAMING = {
    "en": "Fighters of {} were seen near the village, the agency reported.",
    "ru": "Боевиков организации «{}» видели у деревни, сообщило агентство.",
}


@dataclass(frozen=True, slots=True)
class Planted:
    """Article *number* of a run, and what is in it: ``text[start:end]`` names *organisation*."""

    number: int
    text: str
    organisation: str
    start: int
    end: int

    @property
    def external_id(self) -> str:
        return f"article-{self.number}"

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


def plant(number: int, *, seed: int = 0) -> Planted:
    """The same article for the same number and seed, and no two texts alike."""
    draw = random.Random(f"{seed}/{number}")
    language, organisation, name = draw.choice(ORGANISATIONS)
    before = draw.choices(_SENTENCES[language], k=draw.randint(1, 3))
    opening = " ".join([f"{number}.", *before, ""])
    head, tail = _NAMING[language].split("{}")
    text = " ".join([opening + head + name + tail, *draw.choices(_SENTENCES[language], k=draw.randint(0, 2))])
    start = len(opening) + len(head)
    return Planted(number, text, organisation, start, start + len(name))
