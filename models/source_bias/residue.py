"""Extraction residue: words of the web page around an article that scraping left in its text.

Player menus ("download video copy the link code"), share and embed lines, "read also" links, newsletter boxes. What is
found is marked and not read as prose. Every pattern begins with fixed words and repeats nothing without a bound, so the
time grows with the text only.
"""

import re

from models.types import Evidence

_S = r"[^\S\n]{1,3}"  # space inside a line
_O = r"[^\S\n]{0,3}"  # the same, or none where scraping glued the words together

# Menus of embedded players and share boxes, wherever they stand; words are often glued ("videocopy the linkcode").
_MENUS = re.compile(
    rf"\b(?:to{_S})?download{_S}(?:(?:a|the){_S})?video{_O}(?:to{_S})?copy{_S}(?:the{_S})?link"
    rf"{_O}(?:to{_S})?(?:the{_S})?(?:embed{_S})?code\b(?:{_S}to\b)?"
    rf"|\bскачать{_S}видео{_O}скопировать{_S}ссылку(?:{_O}(?:код(?:{_S}для{_S}вставки)?|на{_S}видео))?"
    rf"|\bкод{_S}для{_S}(?:вставки|встраивания)(?:{_S}(?:видео|плеера))?"
    rf"|\bcopy{_S}(?:the{_S})?embed{_S}code\b"
    rf"|\bmedia{_S}playback{_S}is{_S}(?:not{_S}supported|unsupported){_S}on{_S}your{_S}device"
    rf"|\b(?:your{_S}browser{_S}does{_S}not{_S}support{_S}(?:the{_S})?(?:html5{_S})?(?:video|audio)"
    rf"|ваш{_S}браузер{_S}не{_S}поддерживает{_S}(?:данный{_S})?(?:формат{_S})?(?:видео|аудио))"
    rf"|\b(?:share|поделиться){_O}:?{_S}(?:facebook|twitter|telegram|whatsapp|vk|вконтакте|одноклассники)"
    rf"(?:[^\S\n,|/]{{0,3}}[,|/]?{_O}(?:facebook|twitter|telegram|whatsapp|linkedin|reddit|email|vk|viber|вконтакте|одноклассники)){{0,10}}",
    re.I,
)
# Lines that are nothing but a link, a button or a caption's credit.
_LINES = re.compile(
    rf"^{_O}(?:"
    r"(?:читайте|смотрите|слушайте)[^\S\n](?:также|ещ[её])\b[^\n]{0,200}"
    r"|(?:read|see|watch)[^\S\n](?:also|more|next)\b(?:[^\S\n]?[:>|][^\n]{0,200})?"
    r"|(?:related(?:[^\S\n](?:articles?|stories|news|content))?|more[^\S\n]on[^\S\n]this[^\S\n](?:story|topic))[^\S\n]?:[^\n]{0,200}"
    r"|(?:по[^\S\n]теме|материалы[^\S\n]по[^\S\n]теме|другие[^\S\n]новости)[^\S\n]?:?[^\n]{0,120}"
    r"|(?:advertisement|advertising|sponsored[^\S\n]content|story[^\S\n]continues[^\S\n]below(?:[^\S\n]advertisement)?"
    r"|реклама|на[^\S\n]правах[^\S\n]рекламы)[.:]?"
    r"|(?:share|tweet|email|print|save|comments?|поделиться|распечатать|комментарии|наверх|скопировать[^\S\n]ссылку)"
    r"(?:[^\S\n](?:this|article|story|this[^\S\n](?:article|story)|статьей|новостью))?[.:]?"
    r"|(?:sign[^\S\n]up|subscribe)[^\S\n](?:for|to)[^\S\n](?:our|the|my)\b[^\n]{0,160}"
    r"|(?:подпишитесь|подписывайтесь)[^\S\n]на\b[^\n]{0,160}"
    r"|follow[^\S\n](?:us|@?\w{1,30})[^\S\n]on[^\S\n](?:twitter|facebook|instagram|telegram|x)\b[^\n]{0,80}"
    r"|click[^\S\n]here[^\S\n]to\b[^\n]{0,120}"
    r"|(?:loading|загрузка)(?:\.{3}|…)"
    rf"){_O}$",
    re.I | re.M,
)
_MENU_REASON = "Words of a video player or share menu that scraping left in the text; not read as prose."
_LINE_REASON = "A link, button or notice of the web page that scraping left in the text; not read as prose."


def find_residue(text: str) -> tuple[Evidence, ...]:
    """Residue in order of place; the pieces never overlap."""
    found = [(m.start(), m.end(), _LINE_REASON) for m in _LINES.finditer(text)]
    found += [(m.start(), m.end(), _MENU_REASON) for m in _MENUS.finditer(text)]
    kept: list[Evidence] = []
    for start, end, reason in sorted(found, key=lambda piece: (piece[0], -piece[1])):
        first = start + len(text[start:end]) - len(text[start:end].lstrip())
        last = first + len(text[first:end].rstrip())
        if not kept or first >= kept[-1].end:
            kept.append(Evidence(first, last, text[first:last], reason=reason))
    return tuple(kept)
