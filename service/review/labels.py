"""The labels of the API in words of both languages: (English, Russian)."""

from collections.abc import Mapping

_ARTICLE_LABELS = {
    "violence": ("Violence", "Насилие"),
    "violence.graphic": ("Graphic violence", "Насилие в подробностях"),
    "violence.inciting": ("Incitement", "Подстрекательство"),
    "designation": ("Listed organisation", "Организация из перечня"),
    "designation.unmarked": ("Unmarked mention", "Упоминание без пометки"),
    "designation.orphan_marker": ("Marker without footnote", "Знак без примечания"),
    "designation.unused_footnote": ("Footnote without marker", "Примечание без знака"),
    "designation.wrong_footnote": ("Footnote against the lists", "Примечание не по перечню"),
    "designation.not_listed_at_date": ("Not listed at that date", "На дату статьи не в перечне"),
    "bias": ("Cues of a stance", "Признаки позиции"),
    "bias.state_media": ("State media", "Государственное СМИ"),
    "unsupported_language": ("Language not read", "Язык не читается"),
    "classifier_failed": ("Classifier failed", "Сбой классификатора"),
}
_VIOLENCE_TYPES = {
    "killing": ("Killing", "Убийство"),
    "armed_attack": ("Armed attack", "Вооружённое нападение"),
    "bombing": ("Bombing", "Взрыв, бомбардировка"),
    "execution": ("Execution", "Казнь"),
    "torture": ("Torture", "Пытки"),
    "abduction": ("Abduction", "Похищение"),
    "sexual_violence": ("Sexual violence", "Сексуальное насилие"),
    "siege": ("Siege", "Осада"),
    "human_shields": ("Human shields", "Живой щит"),
    "unlawful_attack": ("Unlawful attack", "Неправомерное нападение"),
    "assault": ("Assault", "Избиение"),
    "threat": ("Threat", "Угроза"),
    "displacement": ("Displacement", "Изгнание, переселение"),
    "casualties": ("Casualties", "Жертвы"),
}
_DESIGNATIONS = {
    "mention": ("Mention", "Упоминание"),
    "unmarked_mention": ("Unmarked mention", "Упоминание без пометки"),
}
_CUES = {
    "dateline": ("Dateline", "Выходные данные"),
    "scare_quotes": ("Scare quotes", "Кавычки отстранения"),
    "hedge": ("Hedge", "Оговорка"),
    "unattributed_claim": ("Claim without source", "Утверждение без источника"),
    "anonymous_source": ("Anonymous source", "Неназванный источник"),
    "one_sided_sourcing": ("One-sided sourcing", "Источники одной стороны"),
    "extraction_residue": ("Words of the web page", "Остатки веб-страницы"),
}
_TECHNIQUES = {
    "name_calling": ("Name calling", "Навешивание ярлыков"),
    "guilt_by_association": ("Guilt by association", "Вина по связи"),
    "casting_doubt": ("Casting doubt", "Сеяние сомнений"),
    "appeal_to_hypocrisy": ("Appeal to hypocrisy", "Упрёк в лицемерии"),
    "questioning_the_reputation": ("Questioning the reputation", "Подрыв репутации"),
    "flag_waving": ("Flag waving", "Размахивание флагом"),
    "appeal_to_authority": ("Appeal to authority", "Ссылка на авторитет"),
    "appeal_to_popularity": ("Appeal to popularity", "Ссылка на большинство"),
    "appeal_to_values": ("Appeal to values", "Ссылка на ценности"),
    "appeal_to_fear": ("Appeal to fear", "Обращение к страху"),
    "straw_man": ("Straw man", "Соломенное чучело"),
    "red_herring": ("Red herring", "Отвлечение внимания"),
    "whataboutism": ("Whataboutism", "«А как же…»"),
    "causal_oversimplification": ("One cause for many", "Упрощение причин"),
    "false_dilemma": ("False dilemma", "Ложная дилемма"),
    "consequential_oversimplification": ("Slippery slope", "Упрощение последствий"),
    "slogans": ("Slogan", "Лозунг"),
    "conversation_killer": ("Conversation killer", "Прекращение спора"),
    "appeal_to_time": ("Appeal to time", "«Время пришло»"),
    "loaded_language": ("Loaded language", "Эмоциональные слова"),
    "obfuscation": ("Vague wording", "Туманность"),
    "exaggeration": ("Exaggeration or minimisation", "Преувеличение или преуменьшение"),
    "repetition": ("Repetition", "Повтор"),
}

LABEL_NAMES: Mapping[str, tuple[str, str]] = {
    **_ARTICLE_LABELS,
    **{f"violence.{name}": names for name, names in _VIOLENCE_TYPES.items()},
    **{f"designation.{name}": names for name, names in _DESIGNATIONS.items()},
    **{f"bias.{name}": names for name, names in _CUES.items()},
    **{f"bias.technique.{name}": names for name, names in _TECHNIQUES.items()},
}
