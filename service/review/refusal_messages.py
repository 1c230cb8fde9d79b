"""What the store and the workers say in English of what they did not do, and names of invisible characters, in Russian.

The API gives these sentences as they are; they are found as those of ``reason_messages.py`` are.
"""

REFUSALS = {
    "The article has not been read yet.": "Статья ещё не прочитана.",
    "There is no such kind of decision.": "Такого вида решения нет.",
    "A decision names an action, or decides on at least one finding.": (
        "Решение указывает действие или оценивает хотя бы одну находку."
    ),
    "Who hands the article on leaves the action to others.": "Кто передаёт статью, оставляет действие другим.",
    "There is no such action; there are {actions}.": "Такого действия нет; есть: {actions}.",
    "You asked for another's opinion: somebody else closes this review.": (
        "Вы спросили мнение другого: эту проверку закрывает кто-то другой."
    ),
    "The article was escalated: somebody senior closes this review.": (
        "Статья передана выше: эту проверку закрывает старший."
    ),
    "The article was escalated: only somebody senior takes back what others decided.": (
        "Статья передана выше: отменить чужое решение может только старший."
    ),
    "Somebody else has claimed the article.": "Статью уже кто-то взял.",
    "The article has no such decision that could be taken back.": "У статьи нет решения, которое можно так отменить.",
    "A later decision stands: take that back first.": "Есть более позднее решение: сначала отмените его.",
    "A ruling on an appeal is not taken back: whoever appealed was told of it.": (
        "Решение по жалобе не отменяется: о нём уже сообщено тому, кто её подал."
    ),
    "What was before this decision was not kept: decide anew instead.": (
        "Что было до этого решения, не сохранено: примите новое."
    ),
    "A note cannot hold the character NUL.": "В примечании не может быть символа NUL.",
    "The article's words were erased: a decision on it holds no note.": (
        "Текст статьи удалён: примечания к решению по ней быть не может."
    ),
    "A note has at most {number} characters.": "Самая большая длина примечания в символах: {number}.",
    "A finding is {decisions}, nothing else.": "Находку можно оценить только так: {decisions}.",
    "The article has no such finding.": "Такой находки у статьи нет.",
    "There is no such label of this classifier.": "У этого классификатора такой метки нет.",
    "The article's words were erased: nothing can be found in it.": "Текст статьи удалён: находить в нём нечего.",
    "A decision adds at most {number} spans.": "Больше отрывков одним решением не добавить; самое большее: {number}.",
    "A span does not lie in the text.": "Отрывок не лежит в тексте.",
    "There is no such label of a finding.": "Такой метки находки нет.",
    "What was missed needs the words and a label.": "Для пропущенного нужны и слова из текста, и метка.",
    "These words do not stand in the text.": "Таких слов в тексте нет.",
    "These words stand in the text more than once: select them there, or copy more of them.": (
        "Эти слова встречаются в тексте не раз: выделите их в тексте или скопируйте больше слов."
    ),
    "The article's words were erased: nobody can look at it again.": (
        "Текст статьи удалён: рассмотреть её снова никто не может."
    ),
    "An appeal is open already.": "Жалоба уже подана и ждёт решения.",
    "An appeal has a reason of at most {number} characters.": "Самая большая длина обоснования в символах: {number}.",
    "The name of who appeals has at most {number} characters.": (
        "Самая большая длина имени подавшего жалобу в символах: {number}."
    ),
    "The appeal was ruled on already.": "По жалобе уже принято решение.",
    "A ruling is {rulings}.": "Решение по жалобе может быть таким: {rulings}.",
    "A decision that is upheld keeps its action.": "Если решение оставлено в силе, действие не меняется.",
    "A decision that is overturned needs another action.": "Если решение отменено, нужно другое действие.",
}
FAILURES = {
    "reading it raised {error}": "при чтении возникла ошибка {error}",
    "storing its report raised {error}": "при записи отчёта возникла ошибка {error}",
    "{number} workers died while reading it": "при чтении завершились аварийно рабочие процессы (число: {number})",
}
HIDDEN = {  # names of Unicode
    "ZERO WIDTH SPACE": "пробел нулевой ширины",
    "ZERO WIDTH NON-JOINER": "разъединитель нулевой ширины",
    "ZERO WIDTH JOINER": "соединитель нулевой ширины",
    "ZERO WIDTH NO-BREAK SPACE": "неразрывный пробел нулевой ширины",
    "WORD JOINER": "соединитель слов",
    "SOFT HYPHEN": "мягкий перенос",
    "LEFT-TO-RIGHT MARK": "знак письма слева направо",
    "RIGHT-TO-LEFT MARK": "знак письма справа налево",
    "ARABIC LETTER MARK": "знак арабского письма",
    "LEFT-TO-RIGHT EMBEDDING": "вставка слева направо",
    "RIGHT-TO-LEFT EMBEDDING": "вставка справа налево",
    "LEFT-TO-RIGHT OVERRIDE": "принудительное письмо слева направо",
    "RIGHT-TO-LEFT OVERRIDE": "принудительное письмо справа налево",
    "POP DIRECTIONAL FORMATTING": "конец направления письма",
    "LEFT-TO-RIGHT ISOLATE": "обособление слева направо",
    "RIGHT-TO-LEFT ISOLATE": "обособление справа налево",
    "FIRST STRONG ISOLATE": "обособление по первой букве",
    "POP DIRECTIONAL ISOLATE": "конец обособления",
    "LINE SEPARATOR": "разделитель строк",
    "PARAGRAPH SEPARATOR": "разделитель абзацев",
    "COMBINING GRAPHEME JOINER": "соединитель графем",
    "HANGUL FILLER": "заполнитель хангыля",
    "CONTROL CHARACTER": "управляющий символ",
    "VARIATION SELECTOR-{number}": "выбор начертания {number}",
    "TAG {words}": "символ метки {words}",
    "{words}": "{words}",
}
