"""Sentences of the keyboard, of the article's page and of the page of comfort, in English and Russian."""

from collections.abc import Mapping

ARTICLE_MESSAGES: Mapping[str, tuple[str, str]] = {
    # --- keyboard
    "keyboard": ("Keyboard", "Клавиатура"),
    "keys.title": ("The keyboard", "Клавиши"),
    "keys.help": (
        (
            "With no entry chosen, u, o and m judge all findings. Keys count by their place under other layouts too. "
            "They can be switched off under Comfort."
        ),
        (
            "Если запись не выбрана, u, o и m относятся ко всем находкам. В русской раскладке действуют те же места "
            "клавиатуры. Клавиши можно отключить на странице «Удобство»."
        ),
    ),
    "keys.close": ("Close", "Закрыть"),
    "keys.group.move": ("Moving", "Переход"),
    "keys.group.judge": ("Judging", "Оценка"),
    "keys.group.read": ("Reading", "Чтение"),
    "keys.group.go": ("Going to a page", "Страницы"),
    "keys.map": ("this map", "эта таблица"),
    "keys.down": ("next entry", "следующая запись"),
    "keys.up": ("previous entry", "предыдущая запись"),
    "keys.digits": ("entry of that number", "запись с этим номером"),
    "keys.leave": ("leave the entry or the field", "выйти из записи или поля"),
    "keys.open": ("open the entry; record the decision", "открыть запись; записать решение"),
    "keys.box": ("tick the entry in the queue", "отметить запись в очереди"),
    "keys.send": ("record from within the note", "записать решение из примечания"),
    "keys.upheld": ("right", "верно"),
    "keys.overturned": ("wrong", "неверно"),
    "keys.unsure": ("unsure", "не уверен(а)"),
    "keys.note": (
        "write a note; in the queue: take the next article",
        "написать примечание; в очереди — взять следующую статью",
    ),
    "keys.claim": ("claim the article", "взять статью"),
    "keys.skip": ("next article, without a decision", "следующая статья без решения"),
    "keys.unveil": ("show or veil graphic passages", "показать или скрыть тяжёлые места"),
    "keys.whole": ("whole text, or passages with evidence", "весь текст или только отмеченные места"),
    "keys.labelled": ("text with labels put in", "текст с вставленными пометками"),
    "keys.all": ("# findings", "Находок: #"),
    # --- deciding
    "keys.missed": ("add what was missed, from the selected words", "добавить пропущенное из выделенных слов"),
    "keys.escalate": ("escalate", "передать выше"),
    "keys.opinion": ("ask for a second opinion", "спросить второе мнение"),
    "keys.undo": ("take the last decision back", "отменить последнее решение"),
    "decide.record_next": ("Record, and next", "Записать и дальше"),
    "decide.record_stay": ("Record, and stay", "Записать и остаться"),
    "decide.recorded_of": ("Your decision on “{title}” is recorded.", "Решение по статье «{title}» записано."),
    "decide.conflict": (
        "This article changed while you were reading. Nothing was recorded; your choices are still here.",
        "Пока вы читали, статья изменилась. Ничего не записано; ваш выбор сохранён на странице.",
    ),
    "decide.conflict_since": ("Since you opened it:", "С тех пор как вы её открыли:"),
    "decide.conflict_again": (
        "Look at what changed, then record again.",
        "Посмотрите, что изменилось, и запишите решение ещё раз.",
    ),
    "decide.conflict_erased": ("The text was erased.", "Текст удалён."),
    "decide.escalated": (
        "This article was escalated: a lead or an admin closes it. You can still judge findings and leave a note.",
        "Статья передана выше: её закроет старший. Вы можете отметить находки и оставить примечание.",
    ),
    "decide.undo": ("Take back", "Отменить"),
    "decide.look_again": ("Look again", "Посмотреть ещё раз"),
    "decide.escalate": ("Escalate", "Передать выше"),
    "decide.opinion": ("Ask for a second opinion", "Спросить второе мнение"),
    "history.taken_back": ("Taken back.", "Отменено."),
    "history.said": ("passages: {count}", "места: {count}"),
    "history.verdict.upheld": ("right", "верно"),
    "history.verdict.overturned": ("wrong", "неверно"),
    "history.verdict.unsure": ("unsure", "не уверен(а)"),
    "history.verdict.relabelled": ("another label", "другая метка"),
    "history.verdict.missed": ("added", "добавлено"),
    "history.pseudonym": ("how others see this reviewer", "под этим именем проверяющего видят другие"),
    "history.appeal": ("Appeal", "Жалоба"),
    "history.appeal_open": ("Open the appeal", "Открыть жалобу"),
    "article.claimed_by_me": ("Yours while it is open.", "Закреплена за вами, пока открыта."),
    "article.unclaimed": (
        "Nobody has claimed this article: reading it keeps nobody off.",
        "Статья никем не взята: пока вы читаете, её могут взять другие.",
    ),
    "article.claimed_by": (
        "{name} is at work on this article: nobody else can decide on it now.",
        "Со статьёй работает {name}: пока никто другой не может принять решение.",
    ),
    "article.claim_lost": (
        "This article is not yours: somebody has claimed it or decided on it.",
        "Статья не закреплена за вами: её взяли или по ней уже приняли решение.",
    ),
    "history.missed": ("passages added: {count}", "добавлено мест: {count}"),
    "finer": ("In detail", "Подробнее"),
    "finer.label": ("Another label", "Другая метка"),
    "missed.title": ("Added by reviewers", "Добавлено проверяющими"),
    "missed.by_reviewer": ("Added by a reviewer.", "Добавлено проверяющим."),
    "missed.add": ("Add what was missed", "Добавить пропущенное"),
    "missed.help": (
        "Select words of the text and press f, or copy them here. It is recorded with your decision.",
        "Выделите слова в тексте и нажмите f или скопируйте их сюда. Запишется вместе с решением.",
    ),
    "missed.quote": ("Words of the text", "Слова из текста"),
    "missed.label": ("Label", "Метка"),
    "mention.no_footnote": ("no footnote", "без примечания"),
    "mention.erased": ("erased", "удалено"),
    # --- similar articles, labelled text
    "similar": ("Earlier articles like this one", "Похожие прежние статьи"),
    "similar.likeness": ("{percent}% alike", "сходство {percent}%"),
    "labelled": ("Text with the labels that are due", "Текст с нужными пометками"),
    "labelled.for": ("Labels for", "Пометки для"),
    "labelled.count": ("Put in: {count}", "Вставлено: {count}"),
    "labelled.none": ("Nothing needs to be put in.", "Ничего вставлять не нужно."),
    "labelled.kind.marker": ("marker", "знак сноски"),
    "labelled.kind.bracket": ("note in brackets", "пометка в скобках"),
    "labelled.kind.footnote": ("footnote", "примечание"),
    # --- comfort
    "care.unveil": ("Show graphic passages", "Показать тяжёлые места"),
    "care.veiled": ("graphic passages, veiled: {count}", "скрытых тяжёлых мест: {count}"),
    "care.unfold": ("Show the whole text", "Показать весь текст"),
    "comfort": ("Comfort", "Удобство"),
    "comfort.help": (
        "How the pages look in this browser. Nobody else sees what you choose.",
        "Как выглядят страницы в этом браузере. Ваш выбор никому не виден.",
    ),
    "comfort.view": ("Show pages", "Показывать страницы"),
    "comfort.save": ("Save", "Сохранить"),
    "comfort.grey": ("Without colours", "Без цвета"),
    "comfort.about.grey": ("Families of evidence keep their patterns.", "Виды отметок различаются узором."),
    "comfort.reduced": ("Reduced text", "Сокращённый текст"),
    "comfort.about.reduced": (
        "Only sentences with evidence; the rest when asked for.",
        "Только предложения с отметками; остальное по запросу.",
    ),
    "comfort.unveiled": ("Graphic passages at once", "Тяжёлые места сразу"),
    "comfort.about.unveiled": (
        "Without it they are veiled until you ask for them.",
        "Иначе они скрыты, пока вы не попросите их показать.",
    ),
    "comfort.no_keys": ("Without keys of one letter", "Без клавиш-команд"),
    "comfort.about.no_keys": (
        "For voice control, and where keys are pressed by accident.",
        "Для голосового управления и от случайных нажатий.",
    ),
    "exposure.title": ("What you read today", "Что вы прочли сегодня"),
    "exposure.today": (
        "Severe articles today: {count}, {minutes} min",
        "Тяжёлых статей сегодня: {count}, {minutes} мин",
    ),
    "exposure.help": (
        (
            "Articles of severity {severity} and more, counted in this browser alone since midnight UTC. Nothing keeps "
            "it, and nobody else sees it."
        ),
        (
            "Статьи тяжестью от {severity}, считая с полуночи по UTC и только в этом браузере. Нигде не хранится, "
            "и никто другой этого не видит."
        ),
    ),
    "exposure.break": (
        "You have read severe articles for {minutes} minutes. Step away for five minutes; the queue waits.",
        "Вы читаете тяжёлые статьи уже {minutes} мин. Отойдите на пять минут: очередь подождёт.",
    ),
}
