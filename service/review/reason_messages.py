"""Why a classifier found what it found, in Russian: {rule: {what it writes in English: the same in Russian}}.

The classifiers write English sentences into the report, and the API gives them as they are; ``reasons.py`` finds each
sentence here, as it does what ``refusal_messages.py`` has. A ``{field}`` named after a rule is put into Russian by that
rule, one of ``SERIES`` piece by piece; any other is shown as it stands: names, words of the article, dates. The Russian
asks for no agreement with what a field holds. A first sentence is looked for under its rule, what may follow it under
``…_after``.
"""

from collections.abc import Mapping

from service.review.labels import LABEL_NAMES
from service.review.messages import MESSAGES
from service.review.refusal_messages import FAILURES, HIDDEN, REFUSALS

_VIOLENCE = {
    "The sentence says that {event}; reported.": "В предложении сказано: {event}; текст об этом сообщает.",
    "The sentence says that {event}; in the text's own voice.": (
        "В предложении сказано: {event}; текст говорит это от себя."
    ),
    "The sentence says that {event}; reported, attributed in the sentence (“{words}”).": (
        "В предложении сказано: {event}; текст об этом сообщает, источник указан тут же: «{words}»."
    ),
    "The sentence says that {event}; in the text's own voice, attributed in the sentence (“{words}”).": (
        "В предложении сказано: {event}; текст говорит это от себя, источник указан тут же: «{words}»."
    ),
    "The sentence describes violence or injury in disturbing detail.": (
        "Насилие или увечья описаны в предложении с тягостными подробностями."
    ),
    "The sentence threatens with violence, calls for it, praises or celebrates it.": (
        "Предложение угрожает насилием, призывает к нему, одобряет или прославляет его."
    ),
}
_EVENTS = {
    "people were killed or a killing was planned or judged": "людей убили, убийство готовили или за него судили",
    "there was an armed attack or fighting": "произошло вооружённое нападение или бой",
    "explosives were used": "применена взрывчатка",
    "captives or prisoners were put to death": "пленных или заключённых предали смерти",
    "people were tortured or cruelly treated": "людей пытали или с ними жестоко обращались",
    "people were abducted or held": "людей похитили или удерживали",
    "there was sexual violence": "произошло сексуальное насилие",
    "a place was besieged": "место было в осаде",
    "people were used as human shields": "людьми прикрывались как живым щитом",
    "an attack or act against the laws of war took place": "нападение или действие нарушило законы войны",
    "people were beaten or a crowd was violent": "людей избили или толпа учинила насилие",
    "violence was threatened, called for or praised": "насилием угрожали, к нему призывали или его одобряли",
    "people were driven from their homes": "людей изгнали из их домов",
    "people died or were wounded through violence": "от насилия есть погибшие или раненые",
}
_ROLES = {
    "to whom: {words}": "кто пострадал — {words}",
    "by whom: {words}": "кто действовал — {words}",
    "with what: {words}": "чем — {words}",
    "{words}": "{words}",
}

_READ_AS = {  # why a name that may mean something else is read as this organisation's
    "because the text itself labels it": "текст сам ставит при названии пометку",
    "which the text itself labels elsewhere": "в другом месте текст сам ставит при её названии пометку",
    "its usual meaning, and nothing near it speaks against it": (
        "таково обычное значение названия, и рядом ничто ему не противоречит"
    ),
    'because it carries the mark "{mark}"': "при названии стоит знак «{mark}»",
    "because it is written as a tag": "название написано как хештег",
    "which the text also names without doubt": "текст называет её и однозначно",
    'because the text around it speaks of "{words}"': "на неё указывают слова рядом — «{words}»",
    'because the text around it speaks of "{words}" and names other such organisations': (
        "на неё указывают слова рядом — «{words}» — и названия других таких организаций"
    ),
    'because it stands in quotes and has "{words}"': "название стоит в кавычках, перед ним — «{words}»",
    "because the whole name stands in quotes": "название стоит в кавычках целиком",
    'because "{words}" stands beside it': "при названии стоит «{words}»",
    "because another such organisation is joined to it": "в одном ряду с ней названа другая такая организация",
    "because another such organisation stands in the same sentence": (
        "в том же предложении названа другая такая организация"
    ),
    'because it stands in quotes and "{words}" makes it somebody who speaks': (
        "название стоит в кавычках, а «{words}» показывает, что это тот, кто говорит"
    ),
    'because the words around it ("{words}") speak of such groups': (
        "слова рядом («{words}») говорят о подобных организациях"
    ),
    'because it stands in quotes near "{words}"': "название стоит в кавычках, а рядом — «{words}»",
    "because it stands in quotes and the text names other such organisations": (
        "название стоит в кавычках, и текст называет другие такие организации"
    ),
    'because the text speaks of "{words}" and names other such organisations': (
        "в тексте есть слова о ней — «{words}» — и названия других таких организаций"
    ),
    "because it stands in quotes": "название стоит в кавычках",
    "because a word for an organisation stands beside it": "рядом стоит слово, которое обозначает организацию",
}
_DESIGNATIONS = {
    "Names {organisation} (without its capitals).": "Организация: {organisation} (название без заглавных букв).",
    "A word made from the name of {organisation}.": "Слово образовано от названия организации: {organisation}.",
    "An unambiguous name of {organisation}.": "Однозначное название организации: {organisation}.",
    **{
        f"Read as {{organisation}}, {english}.": f"Организация: {{organisation}}; основание: {russian}."
        for english, russian in _READ_AS.items()
    },
    'Machine translation wrote "is" for the acronym IS: no verb can stand here, and a mark follows.': (
        "Машинный перевод написал «is» вместо сокращения IS: глагол здесь невозможен, и дальше стоит знак."
    ),
    'Machine translation wrote "is" for the acronym IS: no verb can stand here, and the text names it.': (
        "Машинный перевод написал «is» вместо сокращения IS: глагол здесь невозможен, и организация названа в тексте."
    ),
    "The text itself introduces {short} as a short form of {organisation}.": (
        "Текст сам вводит сокращение {short}; организация: {organisation}."
    ),
    "Only the text itself labels this name ({kind}); the register does not know it.": (
        "Пометка есть только в самом тексте ({kind}); в реестре этого названия нет."
    ),
    'The mark "{mark}" stands with a name of {organisation}, and no footnote in the text explains it.': (
        "При названии стоит знак «{mark}», а примечания к нему в тексте нет; организация: {organisation}."
    ),
    'This footnote explains the mark "{mark}", which stands nowhere else in the text.': (
        "Примечание объясняет знак «{mark}», которого больше нигде в тексте нет."
    ),
    "This footnote has no mark, and names no organisation that the register knows.": (
        "У примечания нет знака, и ни одна организация из реестра в нём не названа."
    ),
    "This footnote has no mark, and the text speaks nowhere else of the organisation that it names.": (
        "У примечания нет знака, и об организации, которую оно называет, больше нигде в тексте речи нет."
    ),
    "{organisation} was not listed on {date}: {listing}.": (
        "Организация: {organisation}; на {date} в перечне не значится ({listing})."
    ),
    (
        'The label says "{kind}" for {jurisdiction}; the register (as of {version}) knows no {jurisdiction} listing of '
        "{organisation}."
    ): (
        "В пометке указано: {kind}, {jurisdiction}; в реестре (на {version}) такой записи нет; "
        "организация: {organisation}."
    ),
    "The label claims a listing that was not in force on {date}: {listing}.": (
        "Пометка говорит о включении в перечень, которое на {date} не действует ({listing})."
    ),
    'The label says "{said_kind}"; on {date} {listing}, as {kind}.': (
        "В пометке указано: {said_kind}; на {date} — {listing}, основание: {kind}."
    ),
}
_DESIGNATIONS_AFTER = {
    "None of {jurisdictions} listed it on {date}.": "На {date} в перечнях не значится ({jurisdictions}).",
    "Listed by {listings}.": "В перечнях: {listings}.",
    "No label stands with it; {listing}.": "Пометки при названии нет; {listing}.",
    "A label was required by law on this date.": "На эту дату пометка обязательна по закону.",
    "A label was the practice on this date, not a duty in law.": (
        "На эту дату пометка — принятая практика, а не обязанность по закону."
    ),
    "It stands in the headline.": "Название стоит в заголовке.",
    "It stands in a direct quotation.": "Название стоит в прямой речи.",
}
_KINDS = {
    "terrorist": "терроризм",
    "extremist": "экстремизм",
    "sanctions": "санкции",
    "banned": "запрет",
    "foreign agent": "иностранный агент",
    "undesirable": "нежелательная организация",
}
_LIST_PARTS = {
    "since {date}": "с {date}",
    "date not seen": "дата не найдена",
    "in force {date}": "в силе с {date}",
    "suspended {date}": "приостановлено с {date}",
    "removed {date}": "исключение с {date}",
    "delisted": "исключение из перечня",
    "suspended": "действие приостановлено",
    "listed-as-seen-2013": "по состоянию на 2013 год",
    "unverified-current": "актуальность не подтверждена",
    "{words}": "{words}",
}

_SOURCE_BIAS = {
    "“{words}” passes a claim on without saying who makes it or vouching for it.": (
        "«{words}»: утверждение передано, но не сказано, чьё оно, и никто за него не ручается."
    ),
    "“{words}” marks what is said as not established.": "«{words}»: сказанное подано как неустановленное.",
    "“{words}” keeps a distance from the name or claim it introduces.": (
        "«{words}»: текст отстраняется от названия или утверждения, которое за этим следует."
    ),
    "“{words}”: what is said here has a source, but no named one.": (
        "«{words}»: у сказанного есть источник, но он не назван."
    ),
    "“{words}” stands in quotation marks without a speaker: the text keeps its distance from the wording.": (
        "«{words}» стоит в кавычках, но ничьи слова не передаёт: текст отстраняется от этого выражения."
    ),
    "“{words}” {claim}; no source is named in this sentence or carried over from the one before.": (
        "«{words}»: {claim}; источник не назван ни в этом предложении, ни в предыдущем."
    ),
    "All {number} attributions whose source is named or typed come from one side, {side}.": (
        "Все высказывания, источник которых назван или понятен (число: {number}), принадлежат одной стороне: {side}."
    ),
    (
        "All {number} attributions whose source is named or typed come from one side, {side}; {more} more take it up "
        "again."
    ): (
        "Все высказывания, источник которых назван или понятен (число: {number}), принадлежат одной стороне: {side}; "
        "ещё высказываний, которые её продолжают: {more}."
    ),
    "The text opens with a dateline: {dateline}.": "Текст открывают выходные данные: {dateline}.",
    "{outlet} ({country}) is recognised {found_by}.": "Издание: {outlet} ({country}); установлено {found_by}.",
    "{residue}; not read as prose.": "{residue}; как текст статьи не читается.",
    "Reads like {technique} ({whole}.{hundredths}).": "Похоже на приём «{technique}» ({whole},{hundredths}).",
}
_SOURCE_BIAS_AFTER = {
    "No other side is quoted or cited.": "Ни прямой речи другой стороны, ни ссылок на неё нет.",
    "Owner in the outlet register: {owner} (by general knowledge, not checked against a source).": (
        "Владелец по реестру изданий: {owner} (общеизвестные сведения, с источником не сверены)."
    ),
    "Owner in the outlet register: {owner}.": "Владелец по реестру изданий: {owner}.",
    "State Media Matrix class: {typology}.": "Класс по State Media Matrix: {typology}.",
    "No word of the text says so; its opening is shown.": "В самом тексте об этом не сказано; показано его начало.",
    "A cue about the source, not about the content.": "Это признак источника, а не содержания.",
    # what the techniques mean
    "A person or group is given a label that praises or insults instead of an argument.": (
        "Вместо довода человеку или группе даётся хвалебный или бранный ярлык."
    ),
    "Somebody is judged by a group or idea that the readers dislike.": (
        "О ком-то судят по группе или идее, которая неприятна читателям."
    ),
    "Somebody's character or ability is questioned instead of what they say.": (
        "Под сомнение ставят не слова человека, а его характер или способности."
    ),
    "A charge is answered by saying that the accuser does the same.": (
        "На обвинение отвечают, что обвинитель поступает так же."
    ),
    "Somebody's good name is attacked instead of what they say.": "Нападают не на слова человека, а на его доброе имя.",
    "A claim is backed by love of one's nation or group.": (
        "Утверждение подкрепляют любовью к своему народу или своей группе."
    ),
    "A claim is held true because somebody of standing says so.": (
        "Утверждение считают верным потому, что так говорит кто-то авторитетный."
    ),
    "A claim is held true because many people hold it.": "Утверждение считают верным потому, что так думают многие.",
    "A claim is tied to values that the readers share, without more support.": (
        "Утверждение связывают с ценностями читателей и ничем больше не подкрепляют."
    ),
    "A claim is backed by fear of what would happen otherwise.": (
        "Утверждение подкрепляют страхом перед тем, что случится иначе."
    ),
    "An easier claim that nobody made is answered in place of the real one.": (
        "Отвечают не на настоящее утверждение, а на более слабое, которого никто не делал."
    ),
    "Attention is led to something that has no bearing on the matter.": (
        "Внимание уводят к тому, что к делу не относится."
    ),
    "A charge is met with another charge against somebody else.": (
        "На обвинение отвечают обвинением против кого-то другого."
    ),
    "One cause is named for what has several.": "Названа одна причина там, где их несколько.",
    "Two ways are offered as if there were no others.": "Предложены два пути, словно других нет.",
    "One step is said to lead to a chain of results without showing why.": (
        "Сказано, что один шаг повлечёт цепь последствий, но не показано почему."
    ),
    "A short, striking phrase stands in place of an argument.": "Вместо довода стоит короткая яркая фраза.",
    "A phrase that ends the discussion instead of answering.": "Фраза обрывает спор, вместо того чтобы ответить.",
    "A claim is backed by saying that the moment has come.": "Утверждение подкрепляют тем, что пришло время.",
    "Words with strong feeling are used where plain ones would do.": (
        "Эмоционально окрашенные слова стоят там, где хватило бы обычных."
    ),
    "Words are kept so unclear that readers must guess what is meant.": (
        "Слова так неясны, что о смысле приходится гадать."
    ),
    "Something is made larger or smaller than what is told supports.": (
        "Что-то преувеличено или преуменьшено по сравнению с тем, что сказано."
    ),
    "The same words or idea come again and again.": "Одни и те же слова или мысль повторяются снова и снова.",
}
_CLAIMS = {
    "presents what follows as known or beyond doubt": "дальнейшее подано как известное или несомненное",
    "passes a report on in the passive, so that nobody reports it": "сообщение передано безлично, автора у него нет",
    "says what somebody secretly or really intends, which no reporter can see": (
        "речь о тайных или истинных намерениях, которых репортёр видеть не может"
    ),
    "charges somebody with wrongdoing as a fact": "обвинение в дурном поступке подано как факт",
    "gives a figure of people killed or hurt in fighting": "приведено число убитых или пострадавших в боях",
    "judges somebody's work as a fact": "оценка чьей-то работы подана как факт",
}
_SIDES = {
    "the government and army of one country ({country})": "власти и армия одной страны ({country})",
    "the government and army of one country": "власти и армия одной страны",
    "one company": "одна компания",
    "one party": "одна партия",
    "one person or body": "одно лицо или учреждение",
}
_DATELINE_PARTS = {
    "filed from {place}": "место — {place}",
    "dated (month-day) {day}": "дата (месяц-день) — {day}",
    "credited to {agency}": "агентство — {agency}",
    "{words}": "{words}",
}
_FOUND_BY = {
    "by the address the text was published at": "по адресу, где опубликован текст",
    "as the source the request names": "по источнику, который указан в запросе",
    "by the agency in the dateline": "по агентству в выходных данных",
    "by a credit in the text": "по ссылке на него в тексте",
}
_RESIDUE = {
    "A link to other texts of the site": "Ссылка на другие тексты сайта",
    "An advertisement's mark or a break of the page": "Пометка рекламы или разрыв страницы",
    "A button or menu of the page": "Кнопка или меню страницы",
    "A newsletter or subscription box": "Приглашение на рассылку или подписку",
    "A credit of the page, of a picture or of help with the report": (
        "Сведения об авторах страницы, снимка или о тех, кто помогал с материалом"
    ),
    "A notice of rights or views of the publisher": "Сведения о правах или позиции издателя",
    "A time stamp of the page": "Отметка времени на странице",
    "An address for letters and tips": "Адрес для писем и сообщений",
    "Words of a video player or share menu that scraping left in the text": (
        "Слова видеоплеера или меню «поделиться», которые остались в тексте при сборе страницы"
    ),
    "Words around a picture that scraping left in the text": (
        "Слова вокруг снимка, которые остались в тексте при сборе страницы"
    ),
}
_JURISDICTIONS = {
    key.removeprefix("jurisdiction."): russian
    for key, (_, russian) in MESSAGES.items()
    if key.startswith("jurisdiction.")
} | {"{code}": "{code}"}
_TECHNIQUES = {
    label.removeprefix("bias.technique.").replace("_", " "): russian
    for label, (_, russian) in LABEL_NAMES.items()
    if label.startswith("bias.technique.")
}

RULES: Mapping[str, Mapping[str, str]] = {
    "violence": _VIOLENCE,
    "event": {"{what} ({roles})": "{what} ({roles})", "{what}": "{what}"},
    "what": _EVENTS,
    "role": _ROLES,
    "designations": _DESIGNATIONS,
    "designations_after": _DESIGNATIONS_AFTER,
    "kind": _KINDS,
    "said_kind": _KINDS,
    "jurisdiction": _JURISDICTIONS,
    "listing": {"{jurisdiction} list: {list}": "{jurisdiction}: {list}"},
    "listed": {"{jurisdiction} ({list})": "{jurisdiction} ({list})"},
    "list_part": _LIST_PARTS,
    "source_bias": _SOURCE_BIAS,
    "source_bias_after": _SOURCE_BIAS_AFTER,
    "claim": _CLAIMS,
    "side": _SIDES,
    "country": {"country unknown": "страна не указана", "{jurisdiction}": "{jurisdiction}"},
    "dateline_part": _DATELINE_PARTS,
    "found_by": _FOUND_BY,
    "residue": _RESIDUE,
    "technique": _TECHNIQUES,
    "refusal": REFUSALS,
    "failure": FAILURES,
    "invisible": {"{hidden_names}": "{hidden_names}"},
    "hidden": HIDDEN,
}
SERIES: Mapping[str, tuple[str, str]] = {  # what stands between the pieces, and their rule
    "roles": ("; ", "role"),
    "jurisdictions": (", ", "jurisdiction"),
    "listings": ("; ", "listed"),
    "list": (", ", "list_part"),
    "dateline": (", ", "dateline_part"),
    "hidden_names": (", ", "hidden"),
}
