"""The sentences of the pages of API keys; service/review/messages.py holds them with all others."""

from collections.abc import Mapping

KEY_MESSAGES: Mapping[str, tuple[str, str]] = {
    "keys": ("API keys", "Ключи API"),
    "keys.about": (
        "Which programs may send and read articles, and how many. Only a key's first characters are kept to be shown.",
        "Какие программы могут присылать и читать статьи и сколько. Для показа хранятся только первые знаки ключа.",
    ),
    "keys.none": ("There are no keys yet.", "Ключей пока нет."),
    "keys.newest": ("To the newest", "К новым"),
    "keys.older": ("Earlier keys", "Более ранние ключи"),
    "key.add": ("Make a key", "Создать ключ"),
    "key.edit": ("Change", "Изменить"),
    "key.save": ("Save", "Сохранить"),
    "key.name": ("Name", "Название"),
    "key.name_rule": ("Who uses it, for what.", "Кто и для чего его использует."),
    "key.scopes": ("May", "Разрешено"),
    "key.scope.submit": ("send articles", "присылать статьи"),
    "key.scope.read": ("read articles, reports and organisations", "читать статьи, отчёты и организации"),
    "key.scope.review": ("decide on articles", "принимать решения по статьям"),
    "key.scope.admin": ("all of it, keys and endpoints included", "всё, включая ключи и получателей"),
    "key.sees": ("Sees", "Видит"),
    "key.sees.": (
        "its own articles if it sends any, else everybody's",
        "свои статьи, если присылает их, иначе — все",
    ),
    "key.sees.own": ("only the articles it sent", "только присланные им статьи"),
    "key.sees.all": ("every caller's articles", "статьи всех ключей"),
    "key.limits": ("Limits of its own", "Собственные ограничения"),
    "key.limits_rule": (
        "Empty: as the settings say. 0: no limit.",
        "Пусто — как в настройках, 0 — без ограничения.",
    ),
    "key.limit.articles_per_minute": ("Articles a minute", "Статей в минуту"),
    "key.limit.characters_per_minute": ("Characters a minute", "Знаков в минуту"),
    "key.limit.requests_per_minute": ("Requests a minute", "Запросов в минуту"),
    "key.limit.burst_seconds": ("Seconds' worth at once", "Сразу — за столько секунд"),
    "key.quota.requests": ("requests", "запросы"),
    "key.quota.articles": ("articles", "статьи"),
    "key.quota.characters": ("characters", "знаки"),
    "key.quota": (
        "{per_minute} a minute, {size} at once",
        "{per_minute} в минуту, {size} сразу",
    ),
    "key.no_quota": ("no limit", "без ограничения"),
    "key.in_force": ("Limits in force", "Действующие ограничения"),
    "key.expires_on": ("Good until", "Действует до"),
    "key.expires_on_rule": (
        "The beginning of that day, UTC. Empty: it has no end.",
        "До начала этого дня по UTC. Пусто — бессрочно.",
    ),
    "key.state.live": ("in use", "действует"),
    "key.state.expired": ("expired", "истёк"),
    "key.state.revoked": ("revoked", "отозван"),
    "key.created": ("made {time} UTC", "создан {time} UTC"),
    "key.used": ("last used {time} UTC", "использован {time} UTC"),
    "key.never_used": ("never used", "не использовался"),
    "key.rotated": ("new secret {time} UTC", "секрет заменён {time} UTC"),
    "key.revoked": ("revoked {time} UTC", "отозван {time} UTC"),
    "key.expires": ("good until {time} UTC", "действует до {time} UTC"),
    "key.secret_once": (
        "The key. It is shown this once; copy it now.",
        "Ключ. Он показан один раз: скопируйте его сейчас.",
    ),
    "key.old_secret": (
        "Until {time} UTC the key before is good too.",
        "До {time} UTC действует и прежний ключ.",
    ),
    "key.is_bootstrap": (
        (
            "OBELUS_API_KEY holds this key, or held it before a rotation. If what stands there is good no more, put "
            "another key there before the next start: it is refused otherwise."
        ),
        (
            "Этот ключ (или прежний до замены) задан в OBELUS_API_KEY. Если он больше не действует, укажите там другой "
            "до следующего запуска: иначе запуск не состоится."
        ),
    ),
    "key.rotate": ("New secret", "Новый секрет"),
    "key.rotate_help": (
        "Name, scopes and articles stay. The key before is good for 24 hours more.",
        "Название, права и статьи сохранятся. Прежний ключ действует ещё 24 часа.",
    ),
    "key.at_once": ("End the key before at once", "Отключить прежний ключ сразу"),
    "key.revoke": ("Revoke", "Отозвать"),
    "key.revoke_help": (
        "For good, and at once. Articles that it sent stay.",
        "Навсегда и сразу. Присланные им статьи останутся.",
    ),
    "key.last_admin": (
        (
            "Not revoked: this is the last lasting key that is an admin's. Without it keys are made only here and from "
            "the command line."
        ),
        (
            "Не отозван: это последний бессрочный ключ администратора. Без него ключи создаются только здесь и из "
            "командной строки."
        ),
    ),
    "key.revoke_all_the_same": ("Revoke it all the same", "Всё равно отозвать"),
    "key.done.changed": ("Saved. It holds from the next request on.", "Сохранено. Действует со следующего запроса."),
    "key.done.revoked": ("Revoked.", "Отозван."),
    "key.refused": ("Not saved.", "Не сохранено."),
    "key.refused.name": (
        "The name must have 1 to 200 characters, in one line.",
        "В названии должно быть от 1 до 200 символов, в одну строку.",
    ),
    "key.refused.scopes": ("Choose what the key may do.", "Выберите, что разрешено ключу."),
    "key.refused.sees": ("Choose whose articles it sees.", "Выберите, чьи статьи он видит."),
    "key.refused.limits": (
        "A limit is a whole number; the seconds are 1 to 3600.",
        "Ограничение — целое число; секунд — от 1 до 3600.",
    ),
    "key.refused.end": ("The last day must lie in the future.", "Срок должен быть в будущем."),
    "key.refused.last_admin": (
        "This is the last lasting key that is an admin's: make another one first.",
        "Это последний бессрочный ключ администратора: сначала создайте другой.",
    ),
}
