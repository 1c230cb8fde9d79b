"""Extraction residue: words of the web page around an article that scraping left in its text.

Player menus ("download video copy the link code"), share and embed lines, "read also" links, newsletter boxes, credits
of pictures, notices of rights. What is found is marked and not read as prose. Every pattern begins with fixed words or
a line's start and repeats nothing without a bound, so the time grows with the text only.

The tables below hold one pattern a line (a backslash at the end continues it); a space in them stands for one to
three spaces inside a line of the text.
"""

import re
from collections.abc import Mapping

from models.types import Evidence

_SPACE = r"(?:[^\S\n]{1,3})"
_GLUED = r"[^\S\n]{0,3}"  # the same, or none where scraping glued the words together
_SITE = (
    "(?:facebook|twitter|telegram|whatsapp|linkedin|reddit|pinterest|youtube|instagram|e-?mail|vk|viber|вконтакте"
    "|одноклассники|телеграм|pin|tweet|post|share|print)"
)

# Menus of embedded players and share boxes, wherever they stand; words are often glued ("videocopy the linkcode").
_MENUS = rf"""
\b(?:to )?download (?:(?:a|the) )?video{_GLUED}(?:to )?copy (?:the )?link\
{_GLUED}(?:to )?(?:the )?(?:embed )?code\b(?: to\b)?
\bскачать видео{_GLUED}скопировать ссылку(?:{_GLUED}(?:код(?: для вставки)?|на видео))?
\bкод для (?:вставки|встраивания)(?: (?:видео|плеера))?
\bcopy (?:the )?embed code\b
\bmedia playback is (?:not supported|unsupported) on your device(?: media caption\b)?
\byour browser does not support (?:the )?(?:html5 )?(?:video|audio)
\bваш браузер не поддерживает (?:данный )?(?:формат )?(?:видео|аудио)
\b(?:share|поделиться){_GLUED}:? ?(?:facebook|twitter|telegram|whatsapp|vk|вконтакте|одноклассники)\
(?: ?[,|/]? ?{_SITE}){{0,10}}\b
\b(?:listen to article \d{{1,2}}:\d\d )?share this (?:article|story)(?: {_SITE}\b){{1,10}}
\bget short url(?: \d{{1,4}}){{0,4}}
"""
_IMAGES = r"""
\b(?:enlarge this image )?toggle caption (?P<who>[^\n]{2,80}?) (?P=who)(?!\w)
\benlarge this image(?: toggle caption)?\b
\btoggle caption\b
\b(?:image (?:copyright|source)|(?:image|media) caption)\b(?=[\s,:])
\b(?:prev|next) image \d{1,2} of \d{1,2}\b
\bslideshow \(\d{1,3} images?\)
\((?:(?:reuters|ap|afp|file|getty|courtesy) ?)?(?:photo|image|picture|screenshot|pool)s?\b[^()\n]{0,100}\)
\(pixabay\)
\(фото\b[^()\n]{0,80}\)
\([^\W\d_][^()\n]{2,40}/(?:reuters|ap|afp|getty images|tass|тасс|риа новости|epa|bloomberg)\)
"""
# Lines that are nothing but what the page adds. The key is the reason that is shown.
_LINES: Mapping[str, str] = {
    "A link to other texts of the site": r"""
(?:читайте|смотрите|слушайте) (?:также|ещ[её])\b[^\n]{0,200}
(?:read|see|watch) (?:also|more|next)\b(?: ?[:>|][^\n]{0,200})?
(?:related(?: (?:articles?|stories|news|content))?|(?:more|also) on (?:this (?:story|topic)|politico)) ?:[^\n]{0,200}
more on this(?:\.{3}|…)
(?:по теме|материалы по теме|другие новости) ?:?[^\n]{0,120}
\( ?(?:photos?|also on|related|video|watch|see also)\b[^()\n]{0,160}\)
(?:photos|full coverage|special coverage|also see|see also|go deeper):[^\n]{0,200}
(?:подробнее|подробности|источник|ссылка на статью)[^\w\n]{0,8}(?:\]\(|https?:)[^\n]{0,200}
больше (?:[^\n.]{0,30} )?читайте выше[^\n]{0,40}
читайте нас (?:в|на)\b[^\n]{0,120}
(?:watch|listen to) the latest (?:video|episode)[^\n]{0,200}
click for more[^\n]{0,200}
visit [^\n]{0,60}homepage for more[^\n]{0,200}
""",
    "An advertisement's mark or a break of the page": r"""
(?:(?:advertisement|advertising|sponsored content|реклама|на правах рекламы|#реклама)[.:]? ?){1,3}
(?:advertisement )?(?:story continue[sd]|continue[sd]? reading|article continues) (?:below|after|the main story)\
(?: (?:the )?(?:main story|advertisement))?
ad|close
\[(?:pullquote|break|music|embed[^\]\n]{0,40}|video[^\]\n]{0,40}|youtube[^\]\n]{0,60})\]
<!.{0,3}|//.{0,2}>
""",
    "A button or menu of the page": rf"""
(?:share|tweet|email|print|save|comments?|поделиться|распечатать|комментарии|наверх|скопировать ссылку)\
(?: (?:(?:this )?(?:article|story)|this|статьей|новостью))?[.:]?
(?:(?:share this story|play) )?{_SITE}(?: {_SITE}){{0,8}}
(?:click (?:here )?(?:to|for)|get) (?:[^\n.]{{0,60}} )?(?:app|here|complete[^\n.]{{0,40}}coverage|\S{{1,30}}\.com)
click here to\b[^\n]{{0,120}}
(?:loading|загрузка)(?:\.{{3}}|…)
показать ещ[её]
video|photo|видео|watch:
прислать (?:новость|фото)[^\n]{{0,60}}
""",
    "A newsletter or subscription box": r"""
(?:sign-? ?up|subscribe)(?: here)? (?:for|to) (?:our|the|my|daily|weekly|free|politico)\b[^\n]{0,300}
(?:newsletter sign-? ?up|sign up for \w{1,30} newsletters?|manage newsletters?)[^\n]{0,400}
(?:\*{0,2}want|get (?:our|the|all|breaking|daily|weekly)|daily|start the day|let our news\
|interested in|join|subscribe)\b\
(?=[^\n]{0,300}(?:inbox|newsletters?\b|sign up|sign here|email alert|add interest))[^\n]{0,600}
(?:for \S{1,20} reporting|looking for|mailing list|\S{1,20}(?: \S{1,20}){0,2} newsletters?)\b\
(?=[^\n]{0,300}(?:inbox|newsletters?\b|sign up|email alert))[^\n]{0,600}
by signing up you agree[^\n]{0,300}
(?:подпишитесь|подписывайтесь|подписывайся|подпишись|подписаться)\
(?: (?:на|в)\b[^\n]{0,160}|[^\w\n]{0,8}(?:\]\(|\||https?:)[^\n]{0,200}|[:.!]?)
(?:[^\n]{0,40}\W)?подпи(?:саться|сывайся|сывайтесь)\]\([^\n]{0,200}
остаться с нами в[^\n]{0,40}
ссылка на (?:наш )?канал[^\n]{0,80}
(?:- ?)?follow (?:us|the \w{1,20}|\w{1,20} opinion|@?\w{1,30})\
(?: (?:join us )?on (?:twitter|facebook|instagram|telegram|x)\b[^\n]{0,80})?
""",
    "A credit of the page, of a picture or of help with the report": r"""
(?:[^\n]{0,160} )?(?:has )?contributed to this (?:report|story|article)\b[^\n]{0,100}
contributing:[^\n]{0,120}
\((?:additional )?(?:reporting|writing|editing)(?: and \w+)? by\b[^\n]{0,400}
toggle caption [^\n]{1,60}
(?:фото|видео|иллюстрация|снимок|обложка) ?:(?![^\n]{0,80}[!?])[^\n.]{1,60}
(?:photo|image|video|picture)s?(?: (?:credit|courtesy|by|via))?:? \
(?=[^\n]{0,60}(?:getty|reuters|ap|afp|epa|shutterstock|flickr|wikimedia|youtube|screen)\b)[^\n]{1,100}
this (?:article is based|report contains material)[^\n]{0,120}
""",
    "A notice of rights or views of the publisher": r"""
(?:©|\(c\) |copyright (?:©|\(c\)|\d{4}|by\b))[^\n]{0,240}
[^\n]{0,80}(?:all rights reserved|все права защищены)\b[^\n]{0,200}
(?:the )?(?:opinions|views) expressed\b(?=[^\n]{0,120}(?:own|not|solely))[^\n]{0,240}
(?:мнение|точка зрения) (?:редакции|авторов?|автора)[^\n]{0,40} не (?:совпада|отража)[^\n]{0,120}
content created by[^\n]{0,500}
this is a rush transcript[^\n]{0,200}
npr transcripts are[^\n]{0,500}
данное сообщение \(материал\) создано[^\n]{0,300}
""",
    "A time stamp of the page": r"""
\d{1,2} (?:years?|months?|weeks?|days?|hours?|minutes?) ago
this (?:story|article|post) has been updated\b[^\n]{0,80}
this article is more than[^\n]{0,30}old
\(?(?:last )?(?:updated|published|обновлено|опубликовано)(?: (?:on|at))*:? (?=[^\n]{0,30}\d)[^\n]{1,50}(?<![.!?])\)?
""",
    "An address for letters and tips": r"""
(?:send|email|e-mail|contact|write|have|got|ask)\b[^\n]{0,120}\
(?:\b[\w.+-]{1,40}@[\w-]{1,40}\.\w{2,10}|\[email protected\])[^\n]{0,60}
""",
}


def _alternatives(table: str) -> str:
    lines = table.replace("\\\n", "").strip().splitlines()
    return "|".join(f"(?:{line})" for line in lines).replace(" ", _SPACE)


_MENU = re.compile(_alternatives(_MENUS), re.I)
_IMAGE = re.compile(_alternatives(_IMAGES), re.I)
_LINE = re.compile(
    r"^[^\w\n]{0,16}(?:"  # emoji, bullets and marks of layout before the words
    + "|".join(f"(?P<l{number}>{_alternatives(table)})" for number, table in enumerate(_LINES.values()))
    + r")[^\w\n]{0,8}$",
    re.I | re.M,
)
_LINE_REASONS = tuple(_LINES)
_MENU_REASON = "Words of a video player or share menu that scraping left in the text"
_IMAGE_REASON = "Words around a picture that scraping left in the text"


def find_residue(text: str) -> tuple[Evidence, ...]:
    """Residue in order of place; the pieces never overlap."""
    found = [(*line.span(), _LINE_REASONS[_number(line)]) for line in _LINE.finditer(text)]
    found += [(*menu.span(), _MENU_REASON) for menu in _MENU.finditer(text)]
    found += [(*image.span(), _IMAGE_REASON) for image in _IMAGE.finditer(text)]
    kept: list[Evidence] = []
    for start, end, reason in sorted(found, key=lambda piece: (piece[0], -piece[1])):
        first = start + len(text[start:end]) - len(text[start:end].lstrip())
        last = first + len(text[first:end].rstrip())
        if not kept or first >= kept[-1].end:
            kept.append(Evidence(first, last, text[first:last], reason=f"{reason}; not read as prose."))
    return tuple(kept)


def _number(line: re.Match[str]) -> int:
    return next(number for number in range(len(_LINES)) if line[f"l{number}"] is not None)
