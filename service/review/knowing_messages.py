"""The sentences of the pages of figures, system and people; messages.py holds them with all others."""

from collections.abc import Mapping

from service.review.figure_messages import FIGURE_MESSAGES

_PEOPLE: Mapping[str, tuple[str, str]] = {
    "people": ("People", "Люди"),
    "people.about": (
        "Who may sign in, and what each may do.",
        "Кто может входить и что кому разрешено.",
    ),
    "person.add": ("Add a person", "Добавить человека"),
    "person.added": ("added", "добавлен"),
    "person.role": ("Role", "Роль"),
    "person.role_help": (
        (
            "A moderator reads and decides; a lead also sees deliveries and figures; an admin does everything; "
            "an auditor reads everything and changes nothing."
        ),
        (
            "Модератор читает и решает; старший — также видит доставки и показатели; администратор может всё; аудитор "
            "всё читает и ничего не меняет."
        ),
    ),
    "person.set_role": ("Give this role", "Назначить роль"),
    "person.on": ("may sign in", "может входить"),
    "person.off": ("switched off", "отключён"),
    "person.one_time": ("one-time password", "одноразовый пароль"),
    "person.has_factor": ("second factor", "второй фактор есть"),
    "person.no_factor": ("password only", "только пароль"),
    "person.password_once": (
        "The one-time password. It is shown this once; at the first sign-in the person chooses another.",
        "Одноразовый пароль. Он показан один раз; при первом входе человек задаст свой.",
    ),
    "person.own": (
        "This is you. Somebody else changes your role: so an admin always remains.",
        "Это вы. Вашу роль меняет кто-то другой: так всегда остаётся администратор.",
    ),
    "person.new_password": ("One-time password", "Одноразовый пароль"),
    "person.new_password_help": (
        "For who forgot theirs. Ends every sign-in of this person.",
        "Для того, кто забыл свой. Завершает все сеансы этого человека.",
    ),
    "person.reset_factor": ("Take off the second factor", "Снять второй фактор"),
    "person.reset_factor_help": (
        "For who lost phone and recovery codes. Make sure first that it is they who ask.",
        "Для того, кто потерял телефон и коды. Сначала убедитесь, что просит именно он.",
    ),
    "person.switch_off": ("Switch off", "Отключить"),
    "person.switch_on": ("Let in again", "Снова впустить"),
    "person.switch_help": (
        "Holds at once, in every browser. What the person did keeps its name.",
        "Действует сразу, во всех браузерах. Сделанное останется под этим именем.",
    ),
    "person.done.role": ("The role holds from the next page on.", "Роль действует со следующей страницы."),
    "person.done.disabled": ("Switched off.", "Отключён."),
    "person.done.enabled": ("May sign in again.", "Снова может входить."),
    "person.done.second_factor": ("The second factor is off.", "Второй фактор снят."),
    "person.refused.name": (
        "A name has 1 to 200 characters, in one line.",
        "В имени от 1 до 200 символов, в одну строку.",
    ),
    "person.refused.role": ("There is no such role.", "Такой роли нет."),
    "person.refused.taken": ("There is already somebody of this name.", "Такое имя уже есть."),
}
_SYSTEM: Mapping[str, tuple[str, str]] = {
    "system": ("System", "Система"),
    "system.about": ("As of {time} UTC.", "На {time} UTC."),
    "system.workers": ("Workers", "Рабочие процессы"),
    "system.program.classify": ("classify: reads articles", "classify: читает статьи"),
    "system.program.deliver": ("deliver: sends webhooks", "deliver: шлёт вебхуки"),
    "system.program.relay": ("relay: carries what waits", "relay: передаёт ждущее"),
    "system.alive": ("{count} alive", "работает: {count}"),
    "system.none_alive": ("none is alive", "ни одного"),
    "system.processes": ("Processes", "Процессы"),
    "system.silent": ("sign of life {span} ago", "отклик {span} назад"),
    "system.waiting": ("What waits", "Что ждёт"),
    "system.articles": ("Articles to be read", "Статьи на чтение"),
    "system.reviews": ("Articles to be reviewed", "Статьи на проверку"),
    "system.deliveries": ("Deliveries due", "Доставки к отправке"),
    "system.failed": ("Deliveries that nobody tries any more", "Доставки, которые больше не пробуют"),
    "system.oldest": ("the oldest since", "старейшее ждёт"),
    "system.nothing": ("nothing waits", "ничего не ждёт"),
    "system.database": ("Database", "База данных"),
    "system.database_away": ("The database does not answer in time.", "База данных не отвечает вовремя."),
    "system.redis_away": ("Redis does not answer in time.", "Redis не отвечает вовремя."),
    "system.redis_unsafe": (
        "Redis drops what it was given when it is full: set its maxmemory-policy to noeviction.",
        "Переполнившись, Redis теряет принятое: задайте maxmemory-policy noeviction.",
    ),
    "system.kind": ("Kind", "Вид"),
    "system.answers_in": ("Answers in", "Отвечает за"),
    "system.ms": ("{ms} ms", "{ms} мс"),
    "system.size": ("Size", "Размер"),
    "system.memory": ("Memory", "Память"),
    "system.clients": ("Connections", "Подключения"),
    "system.schema": ("Schema", "Схема"),
    "system.schema_wanted": ("this program wants {schema}", "программе нужна {schema}"),
    "system.versions": ("Versions", "Версии"),
    "system.weights": ("Weights", "Веса"),
    "system.policy": ("Policy", "Политика"),
    "system.never_verified": ("Never verified here.", "Здесь ещё не проверялся."),
    "system.whole": ("Whole when it was verified, {time} UTC:", "При проверке {time} UTC цел:"),
    "system.broken": (
        "Broken at entry {seq} when it was verified, {time} UTC: it was changed, taken out or put in.",
        "При проверке {time} UTC нарушен на записи {seq}: она изменена, удалена или вставлена.",
    ),
    "system.verify": ("Verify now", "Проверить сейчас"),
    "system.verifying": (
        "The audit log is being verified already: wait for it.",
        "Журнал уже проверяется: подождите.",
    ),
    "system.register": ("Register", "Реестр"),
    "system.register_help": (
        "Each list as it was copied. An old copy says of newer dates only that nobody looked.",
        "Каждый перечень — на день снимка. О более поздних датах старый снимок ничего не говорит.",
    ),
    "system.jurisdiction": ("Whose", "Чей"),
    "system.list": ("List", "Перечень"),
    "system.copied": ("Copied as of", "Снимок на"),
    "system.state": ("State", "Состояние"),
    "system.fresh": ("fresh", "свежий"),
    "system.old": ("old", "старый"),
    "system.incomplete": ("in part", "частично"),
    "unit.B": ("{size} B", "{size} Б"),
    "unit.KiB": ("{size} KiB", "{size} КиБ"),
    "unit.MiB": ("{size} MiB", "{size} МиБ"),
    "unit.GiB": ("{size} GiB", "{size} ГиБ"),
    "unit.TiB": ("{size} TiB", "{size} ТиБ"),
    "span.days": ("{count} d", "{count} дн."),
    "span.hours": ("{count} h", "{count} ч"),
    "span.minutes": ("{count} min", "{count} мин"),
    "span.seconds": ("{count} s", "{count} с"),
    "error.title.409": ("Not now", "Не сейчас"),
}
_NEWS: Mapping[str, tuple[str, str]] = {
    "news.articles": ("new: {count}", "новых: {count}"),
    "news.decisions": ("decided by others: {count}", "решено другими: {count}"),
}
KNOWING_MESSAGES: Mapping[str, tuple[str, str]] = {**_NEWS, **_PEOPLE, **_SYSTEM, **FIGURE_MESSAGES}
