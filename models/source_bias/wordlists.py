"""Our own lists of hedges, unnamed sources and verbs of saying, in English and Russian.

A word ending in ``*`` stands for every word it begins (Russian is inflected). Modal verbs (may, might, could) are
left out on purpose: they are everywhere in neutral news. What each group means is said in ``HEDGE_REASONS``.
"""

from collections.abc import Mapping

from models.source_bias.phrases import PhraseList, phrase_list, words

HEDGE_REASONS: Mapping[str, str] = {
    "report": "“{words}” passes a claim on without saying who makes it or vouching for it.",
    "doubt": "“{words}” marks what is said as not established.",
    "distance": "“{words}” keeps a distance from the name or claim it introduces.",
}

_HEDGES_EN = {
    "report": """
        allegedly
        reportedly
        purportedly
        rumored
        rumoured
        is said to
        are said to
        was said to
        were said to
        it is said
        it is claimed
        is alleged to
        are alleged to
        according to rumors
        according to rumours
        according to some reports
        according to unconfirmed reports
        unconfirmed reports
        if true
        rumour has it
        rumor has it
    """,
    "doubt": """
        presumably
        supposedly
        apparently
        seemingly
        ostensibly
        probably
        perhaps
        possibly
        conceivably
        in all likelihood
        unconfirmed
        it is believed
        it is widely believed
        is widely believed
        are widely believed
        was widely believed
        it is widely thought
        it is thought
        it is assumed
        is believed to
        are believed to
        was believed to
        were believed to
        is thought to
        are thought to
        was thought to
        were thought to
        appears to be
        appears to have
        appear to be
        appear to have
        appeared to be
        appeared to have
        seems to be
        seems to have
        seem to be
        seem to have
        what appears to be
        what seems to be
    """,
    "distance": """
        alleged
        purported
        so-called
        so called
        self-styled
        self-described
        self-proclaimed
        would-be
    """,
}
_HEDGES_RU = {
    "report": """
        якобы
        по слухам
        как сообщается
        как утверждается
        как говорят
        говорят
        ходят слухи
        по некоторым данным
        по некоторым сведениям
        по некоторым источникам
        по непроверенн* данн*
        по непроверенн* информаци*
        по неподтвержденн* данн*
        по неподтвержденн* информаци*
    """,
    "doubt": """
        предположительно
        по-видимому
        видимо
        вероятно
        возможно
        по всей видимости
        по всей вероятности
        скорее всего
        не исключено
        не исключается
        судя по всему
        похоже
        по предварительной версии
        по одной из версий
        будто
        будто бы
        по предварительн* данн*
        по предварительн* информаци*
        по разным оценкам
        предполагаем*
    """,
    "distance": """
        так называем*
        самопровозглашенн*
        мним*
        пресловут*
    """,
}

PARENTHETICAL = words("возможно видимо вероятно говорят похоже")
"""Hedges only where they stand apart: between commas or at the beginning of a sentence."""

_UNNAMED_EN = words(
    "official officials source sources insider insiders expert experts analyst analysts observer observers critic "
    "critics diplomat diplomats"
)
LIKENESS = words("как")
"""Before «будто»: «как будто уснул» compares, it doubts nothing."""
UNNAMED: Mapping[str, frozenset[str]] = {
    "en": words("officials sources insiders experts analysts observers critics diplomats insider source diplomat"),
    "ru": words("источник источники собеседник собеседники эксперты аналитики специалисты наблюдатели чиновники"),
}
"""Whose words may stand apart from the verb: ``officials in the region said``, «источник в мэрии сообщил»."""
NO_SPEAKERS: Mapping[str, frozenset[str]] = {
    "en": words("like including such named who whose which that of"),
    "ru": words(
        "питания воды тока света энергии тепла шума горах лесу долине скале саду деревне дохода доходов финансирования"
    ),
}
"""Behind an unnamed one: a name follows after all, or a spring of water is meant."""

_UNNAMED_VERBS_EN = words("said say says told claim claimed claims believe believed warn warned argue argued added")
_ANONYMOUS_EN = """
    on condition of anonymity
    on the condition of anonymity
    speaking anonymously
    spoke anonymously
    asked not to be named
    asked not to be identified
    declined to be named
    declined to be identified
    unnamed source*
    unnamed official*
    unnamed diplomat*
    anonymous source*
    anonymous official*
    a source close to
    sources close to
    people familiar with the matter
    a person familiar with the matter
    people familiar with
    person familiar with
    a source in the
    sources in the
    informed sources
    well-placed sources
    diplomatic sources
    security sources
    military sources
    law enforcement sources
    some say
    people briefed on
    person briefed on
    officials briefed on
    sources briefed on
    people with knowledge of
    person with knowledge of
    with direct knowledge of
    people close to
    person close to
    those close to
    police sources
    government sources
    intelligence sources
    industry sources
    it was reported by sources
"""
_ANONYMOUS_RU = """
    на условиях анонимности
    пожелавш* остаться неизвестн*
    пожелавш* сохранить анонимность
    попросивш* не называть
    попросивш* об анонимности
    попросивш* не раскрывать
    знакомые с ситуацией
    знакомых с ситуацией
    знакомые с ходом
    знакомых с ходом
    знакомые с планами
    знакомых с планами
    знающие люди
    высокопоставленн* чиновник*
    источник reuters
    источники reuters
    источник bloomberg
    источники bloomberg
    источник агентства
    источники агентства
    источник издания
    источники издания
    источник тасс
    источник риа
    источник сообщил*
    источник рассказал*
    источник сказал*
    источник заявил*
    источник отметил*
    источник пояснил*
    источник уточнил*
    источники сообщили
    источники сообщают
    источники утверждают
    сообщил источник
    рассказал источник
    сказал источник
    заявил источник
    сообщили источники
    рассказали источники
    по словам источник*
    по данным источник*
    по информации источник*
    по сведениям источник*
    по утверждению источник*
    со ссылкой на источник*
    со ссылкой на неназванн*
    источник в
    источник близкий к
    источники в
    осведомленн* источник*
    информированн* источник*
    неназванн* источник*
    неназванн* чиновник*
    анонимн* источник*
    собеседник агентства
    собеседник издания
    собеседники издания
    по мнению экспертов
    по мнению аналитиков
    по мнению специалистов
    по оценк* экспертов
    по оценк* аналитиков
    по оценк* специалистов
    по словам экспертов
    по словам аналитиков
    по словам специалистов
    эксперты считают
    эксперты полагают
    эксперты уверены
    аналитики считают
    аналитики полагают
"""

_SAYING_EN = words(
    "said say says saying told tells telling added adds noted notes stated states claimed claims claim alleged alleges "
    "argued argues argue insisted insists warned warns announced announces reported reports declared declares "
    "explained explains confirmed confirms denied denies acknowledged acknowledges admitted admits believes believe "
    "believed suggested suggests stressed stresses emphasized emphasised emphasizes reiterated reiterates wrote writes "
    "tweeted tweets replied responded recalled concluded testified asserted asserts maintains maintained complained "
    "predicted predicts vowed vows promised pledged contends contended quipped remarked observed estimated estimates "
    "disclosed revealed reveals"
)
_PAST_STEMS_RU = words(
    "сказа заяви сообщи отмети подчеркну добави поясни рассказа утвержда счита полага говори писа написа переда объяви "
    "уточни напомни призна предупреди пообеща резюмирова констатирова указа заключи завери объясни ответи"
)
_PRESENT_RU = words(
    "сообщает сообщают сообщается утверждает утверждают считает считают полагает полагают говорит говорят говорится "
    "пишет пишут передает передают отмечает отмечают отмечается подчеркивает подчеркивают указывает указывают заявляет "
    "заявляют рассказывает рассказывают уверен уверена уверены напоминает напоминают уточняет уточняют"
)

SAYING: Mapping[str, frozenset[str]] = {
    "en": _SAYING_EN,
    "ru": _PRESENT_RU | {stem + ending for stem in _PAST_STEMS_RU for ending in ("л", "ла", "ло", "ли")},
}
HEDGES: Mapping[str, PhraseList] = {"en": phrase_list(_HEDGES_EN), "ru": phrase_list(_HEDGES_RU)}
ANONYMOUS_SOURCES: Mapping[str, PhraseList] = {
    "en": phrase_list(
        {
            "condition": _ANONYMOUS_EN,
            "unnamed": "\n".join(
                [f"{noun} {verb}" for noun in sorted(_UNNAMED_EN) for verb in sorted(_UNNAMED_VERBS_EN)]
                + [f"said {noun}" for noun in sorted(_UNNAMED_EN)]
                + [f"according to {noun}" for noun in sorted(_UNNAMED_EN)]
            ),
        }
    ),
    "ru": phrase_list({"condition": _ANONYMOUS_RU}),
}
