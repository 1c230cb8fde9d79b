"""The sentences of the page of figures."""

from collections.abc import Mapping

FIGURE_MESSAGES: Mapping[str, tuple[str, str]] = {
    "figures": ("Figures", "Показатели"),
    "figures.about": (
        "Counted every minute, in UTC. A number leads to its articles.",
        "Считаются раз в минуту, по UTC. Число ведёт к своим статьям.",
    ),
    "figures.part": ("Part", "Раздел"),
    "figures.part.flow": ("What came, and became of it", "Что поступило и чем стало"),
    "figures.part.sources": ("Sources", "Источники"),
    "figures.part.trust": ("How far to trust it", "Насколько этому верить"),
    "figures.part.scores": ("Scores", "Оценки модели"),
    "figures.span": ("Time", "Период"),
    "figures.span.24h": ("24 hours", "24 часа"),
    "figures.span.7d": ("7 days", "7 дней"),
    "figures.span.30d": ("30 days", "30 дней"),
    "figures.take": ("All numbers as a file:", "Все числа файлом:"),
    "figures.volume": ("Articles received", "Поступило статей"),
    "figures.volume_help": (
        "Articles by the time they came, and what became of them.",
        "Статьи по времени поступления и что с ними стало.",
    ),
    "figures.classified": ("read", "прочитано"),
    "figures.queued": ("waiting", "ждут"),
    "figures.failed": ("failed", "сбой"),
    "figures.latency": ("From received to read", "От поступления до прочтения"),
    "figures.latency_help": (
        "Half, and 95 of 100, were read within this time; to within a fifth of it.",
        "За это время прочитана половина и 95 из 100; с точностью до пятой части.",
    ),
    "figures.p50": ("half within", "половина за"),
    "figures.p95": ("95 % within", "95 % за"),
    "figures.age": ("How long reviews wait", "Сколько ждут проверки"),
    "figures.age_help": ("Open articles now, by age.", "Открытые статьи сейчас, по возрасту."),
    "figures.up_to": ("≤ {span}", "≤ {span}"),
    "figures.longer": ("longer", "дольше"),
    "figures.actions": ("Actions in force", "Действующие меры"),
    "figures.actions_help": (
        "The action in force for the articles that came then.",
        "Мера, действующая для статей, поступивших тогда.",
    ),
    "figures.decisions": ("Decisions of reviewers", "Решения модераторов"),
    "figures.decisions_help": (
        "Decisions by the time they were made, and their action.",
        "Решения по времени и принятой мере.",
    ),
    "figures.labels": ("Labels", "Метки"),
    "figures.labels_help": (
        "Articles with a label of each family, by the time they came.",
        "Статьи с меткой каждого вида по времени поступления.",
    ),
    "figures.over_time": ("Over time", "По времени"),
    "figures.when": ("From", "С"),
    "figures.sources": ("Labels by source", "Метки по источникам"),
    "figures.sources_help": (
        "Of each hour the 20 largest sources are counted; shown are the 5 largest of all.",
        "В каждом часе учтены 20 крупнейших источников; показаны 5 крупнейших всего.",
    ),
    "figures.articles": ("Articles", "Статьи"),
    "figures.nothing": ("Nothing was counted in this time.", "За это время ничего не учтено."),
    "figures.precision": ("How often a finding is right", "Как часто находка верна"),
    "figures.precision_help": (
        (
            "Of the findings that reviewers judged; the latest judgement counts, and “unsure” is left out of it. "
            "In brackets: the interval holding the true share with 95 % (Wilson). Reviewers see what the policy sends"
            " them: it is the precision there, not of all articles."
        ),
        (
            "По оценённым находкам; считается последняя оценка, «не уверен» в долю не входит. В скобках — интервал, где"
            " истинная доля лежит с 95 % (Уилсон). Модераторы видят то, что прислала политика: это точность там, а не "
            "для всех статей."
        ),
    ),
    "figures.none_judged": ("No finding was judged in this time.", "За это время находки не оценивались."),
    "figures.label": ("Label", "Метка"),
    "figures.share": ("Right, %", "Верно, %"),
    "figures.interval": ("The interval as a picture", "Интервал на рисунке"),
    "figures.agreement": ("How far reviewers agree", "Насколько модераторы согласны"),
    "figures.agreement_help": (
        (
            "Krippendorff's alpha over findings that two or more judged: 1 is full agreement, 0 is chance. Below 0.67 "
            "it is too low to draw conclusions from."
        ),
        (
            "Альфа Криппендорфа по находкам, оценённым двумя и более: 1 — полное согласие, 0 — случайность. Ниже 0,67 "
            "выводы делать рано."
        ),
    ),
    "figures.no_agreement": (
        "Not enough findings were judged by two people to tell.",
        "Пока слишком мало находок оценено двумя людьми.",
    ),
    "figures.compared": ("judgements compared: {count}", "сравнено оценок: {count}"),
    "figures.drift": ("Scores by model version", "Оценки по версиям модели"),
    "figures.drift_help": (
        "How many scores lie in each tenth, of the newest 500 articles of each hour.",
        "Сколько оценок в каждой десятой доле, по 500 новейшим статьям каждого часа.",
    ),
    "figures.sampled": ("Articles in the sample", "Статей в выборке"),
    "figures.mean": ("Mean", "Среднее"),
    "figures.at_half": ("0.5 and above", "0,5 и выше"),
    "figures.tenths": ("Tenths", "Десятые доли"),
}
