"""The words of labels: what says "banned", "recognised", whose list, which kind. Facts in docs/register.md.

All patterns run on ``Folding.flat`` (lower case, е for ё, plain quotes). Each is a bounded window after a literal
beginning, so no text makes them run away.
"""

import re

from models.designations.stems import Stems

# --- what a label is made of ---------------------------------------------------------------------------------------

BAN = re.compile(
    r"\b(?:запрещен|воспрещен|ликвидирован|под запретом|запрет на деятельность"
    r"|banned|outlawed|prohibited|forbidden|proscribed|blacklisted|interdict)"
)
RECOGNISED = re.compile(
    r"\b(?:признан|признал|признав|объявлен|объявил|объявлял|включен|включил|внесен|внесл|входит в|входят в"
    r"|в реестр|в переч|в списк|является|находится|считает|считают"
    r"|designated|recogni[sz]ed|listed|declared|labell?ed|considered|deemed|classified|-designated|included|ruled|branded"
    r"|regarded|dubbed|on the (?:[\w.']{1,12} ){0,3}(?:black)?list)"
)
TERRORIST = re.compile(r"\bтеррор|\bterror|\bftos?\b")
EXTREMIST = re.compile(r"\bэкстремис|\bextremis")
UNDESIRABLE = re.compile(r"\bнежелательн|\bundesirable")
FOREIGN_AGENT = re.compile(r"\bиноагент|\bиногант|\bиностранн\w{2,3}\s{1,3}агент|\bиноагентск|\bforeign[ -]agent")
UNDESIRABLE_OR_AGENT = re.compile(f"{UNDESIRABLE.pattern}|{FOREIGN_AGENT.pattern}")
UN_SANCTIONS = re.compile(r"под санкциями оон|under un sanctions|sanctioned by the un")
# Without one of these no word of BAN or STATUS can stand in a text: the quickest look there is.
_LABEL_WORDS = (
    "запрещен", "воспрещен", "ликвидирован", "под запретом", "запрет на", "banned", "outlawed", "prohibited",
    "forbidden", "proscribed", "blacklisted", "interdict", "террор", "terror", "экстремис", "extremis", "нежелательн",
    "undesirable", "иногант", "агент", "agent", "санкци", "sanction", "unlawful", " fto",
)  # fmt: skip
STATUS = re.compile("|".join(p.pattern for p in (TERRORIST, EXTREMIST, UNDESIRABLE, FOREIGN_AGENT)))

# --- where it holds --------------------------------------------------------------------------------------------------

_PLACES = {
    "RU": r"\bрф\b|(?<!из )\bросси(?!я\b)\w{0,2}\b|\bроссийск\w{2,3} (?:федерац|переч|спис|реестр|власт|минюст|суд"
    r"|законодательств)"
    r"|\brussia\b|\brussian federation|\b(?:in|of) (?:the )?rf\b|росфинмониторинг|\bmoscow\b|\bkremlin\b"
    r"|минюст|верховн\w{2,3} суд|\bфсб\b|\bfsb\b"
    r"|\bby the (?:ministry of justice|justice ministry) in the register\b"
    r"|\brussian (?:(?:supreme )?court|government|authorities|state|law|prosecutor"
    r"|justice ministry|ministry of justice)",
    "KZ": r"\bказахстан|\bрк\b|\bkazakhstan|\bkazakh (?:court|law|authorities)",
    "US": r"\bсша\b|\bвашингтон|\bгосдеп|\bсоединенн\w{2,3} штат|\bu\.s\b|\bunited states\b|\busa\b"
    r"|\bus\b(?=-| (?:government|state|department|list|law|treasury|sanction|authorities|justice|terror))"
    r"|\bthe us\b|\bwashington\b"
    r"|\bwhite house\b|\b(?:state|justice|treasury) department|\bus treasury"
    r"|\bdepartment of (?:state|the treasury|homeland)"
    r"|\bamerican (?:government|authorities|laws?\b|(?:terror\w{0,3} )?list)"
    r"|\b(?:trump|biden|obama|bush|clinton) administration",
    "UN": r"\bоон\b|\bсовбез|\bunited nations|\bu\.n\b|\bun\b(?= security| sanctions| list)|\bby the un\b"
    r"|\bun-(?=designated|listed|sanctioned|proscribed|blacklisted|banned)",
    "GB": r"\bвеликобритан|\bсоединенн\w{2,3} королевств"
    r"|\bлондон(?!ск)|\bбритани|\bunited kingdom|\bbritain\b|\bthe uk\b|\bin uk\b|\buk-"
    r"|\bterrorism act\b|\bbritish (?:government|law|authorities)"
    r"|\buk (?:terrorism )?(?:law|legislation|government|authorities)|\bhome (?:office|secretary)\b",
    "EU": r"\bес\b|\bевросоюз|\bбрюссел(?!ьск)|\bевропейск\w{2,3} союз|\beuropean union|\bthe eu\b|\beu-",
    "KG": r"\bкиргиз|\bкыргыз|\bkyrgyz|\bбишкек|\bbishkek",
    "TJ": r"\bтаджикистан|\btajik|\bдушанбе|\bdushanbe",
    "UZ": r"\bузбекистан|\buzbek|\bташкент|\btashkent",
    "BY": r"\bбеларус|\bбелорус(?!ск)|\bbelarus|\bминск\w?\b|\bminsk",
    "UA": r"\bукраин(?!ск)|\bukraine\b",
    "TR": r"\bтурци|\bанкар(?!ск)|\bturkey\b|\bt[uü]rkiye\b|\bankara\b"
    r"|\bturkish (?:court|government|authorities|state|law)",
    "IL": r"\bизраил(?!ьск)|\bisrael\b",
    "DE": r"\bгермани|\bgermany\b|\bberlin\b|\bgerman (?:court|government|authorities|law|interior)",
    "EG": r"\bегипт|\bкаир|\begypt\b|\bcairo\b|\begyptian (?:court|government|cabinet|authorities)",
    "IN": r"\bинди[ия]\b|\bindia\b|\bdelhi\b|\bindian (?:government|authorities|law)|\bindian home ministry|\buapa\b",
    "CA": r"\bканад(?!ск)|\bcanada\b|\bottawa\b",
    "AU": r"\bавстрали(?!йск)|\baustralia\b|\bcanberra\b",
    "CN": r"\bкнр\b|\bкита[ея]\b|\bchina\b|\bbeijing\b",
    "PH": r"\bфилиппин|\bphilippines\b|\bphilippine (?:government|authorities|court)|\bmanila\b",
    "IR": r"\bиран(?!ск)|\biran\b",
    "PK": r"\bпакистан(?!ск)|\bpakistan\b|\bislamabad\b",
    "SA": r"\bсаудовск|\bsaudi arabia|\briyadh\b",
    "JO": r"\bиордан|\bjordan\b",
    "PY": r"\bпарагва|\bparaguay\b",
    "AR": r"\bаргентин|\bargentina\b",
    "AE": r"\bоаэ\b|\bunited arab emirates|\buae\b",
    "BH": r"\bбахрейн|\bbahrain\b",
    "FR": r"\bфранци|\bfrance\b|\bparis\b",
    "NL": r"\bнидерланд|\bnetherlands\b",
    "NZ": r"\bnew zealand\b",
    "BD": r"\bбангладеш|\bbangladesh\b",
    "LK": r"\bшри-ланк|\bsri lanka\b",
    "KE": r"\bкени[ия]\b|\bkenya\b|\bnairobi\b",
    "SY": r"\bсири[ия]\b|\bsyria\b|\bsyrian government",
    "NO": r"\bнорвеги|\bnorway\b",
    "ES": r"\bиспани|\bspain\b",
    "IT": r"\bитали[ияю]\b|\bitaly\b",
    "PL": r"\bпольш|\bpoland\b",
    "LT": r"\bлитв|\blithuania\b",
    "LV": r"\bлатви[ияю]\b|\blatvia\b",
    "EE": r"\bэстони[ияю]\b|\bestonia\b",
    "JP": r"\bяпони[ияю]\b|\bjapan\b",
    "CO": r"\bколумби[ияю]\b|\bcolombia\b",
    "EC": r"\bэквадор|\becuador\b",
    "HN": r"\bгондурас|\bhonduras\b",
    "MX": r"\bмексик|\bmexico\b",
    "MY": r"\bмалайзи[ияю]\b|\bmalaysia\b",
    "ID": r"\bиндонези[ияю]\b|\bindonesia\b",
    "NG": r"\bнигери[ияю]\b|\bnigeria\b",
    "IQ": r"\bирак|\biraq\b",
    "LB": r"\bливан(?!ск)|\blebanon\b",
    "AZ": r"\bазербайджан(?!ск)|\bazerbaijan\b",
    "AM": r"\bармени[ияю]\b|\barmenia\b",
}
# And the adjective of the place with its court, its government or its law.
_OF_PLACE = {
    "US": "американск", "GB": "британск", "TR": "турецк", "IL": "израильск", "DE": "германск|немецк", "BY": "белорусск",
    "KZ": "казахстанск", "KG": "к[иы]рг[иы]зск", "TJ": "таджикск", "EG": "египетск", "CA": "канадск", "IN": "индийск",
}  # fmt: skip
_AUTHORITY = r"\w{2,3} (?:власт|правительств|суд|минюст|мвд|прокуратур|парламент|закон|спецслужб)"
PLACE = re.compile(
    "|".join(
        f"(?P<{code}>{pattern}" + (rf"|\b(?:{_OF_PLACE[code]}){_AUTHORITY}" if code in _OF_PLACE else "") + ")"
        for code, pattern in _PLACES.items()
    )
)
# A place as it stands in a list ("by Turkey, the EU and US"), where "US" cannot be the pronoun.
PLACE_WORD = re.compile(
    r"(?:u\.s\.|(?:(?:trump|biden|obama|bush|clinton) administration"
    r"|u\.s|us|usa|united states|america|eu|european union|uk|united kingdom|britain|un|united nations"
    r"|russian federation|russia|turkey|t[uü]rkiye|ankara|washington|israel|canada|australia|new zealand|germany|france"
    r"|egypt|india"
    r"|china|iran|iraq|syria|jordan|saudi arabia|united arab emirates|uae|bahrain|kazakhstan|pakistan|japan"
    r"|nato|state department|white house|kremlin|moscow)\b)"
)
HERE = re.compile(
    r"\bв (?:нашей )?стране\b|\bу нас\b"
    r"|на (?:нашей |всей |своей )?территории(?: (?:страны|ряда|стран|рф|росси)|[.,;)]|$)"
    r"|\bряде стран"
    r"|\bin (?:the|our) country"
)

# --- words that stand by a name ------------------------------------------------------------------------------------

# Armed: a neighbour that only a fighting or hunted group has.
ARMED_WORD = re.compile(
    r"\b(?:militants?|fighters?|terrorists?|terror|snipers?|jihadis\w{1,3}|jihadi|gunm[ae]n|insurgents?|rebels?"
    r"|extremists?|islamists?"
    r"|caliphate|suicide|bombers?|guerrillas?|paramilitar\w{1,3}|affiliates?|stronghold\w?|battalion|regiment"
    r"|brigades?|warlords?|mercenar(?:y|ies)"
    r"|боевик\w{0,3}|террорист\w{0,6}|группировк\w{0,3}|группировок|джихадист\w{0,3}|экстремист\w{0,6}"
    r"|главар\w{1,3}|ячейк\w{0,3}"
    r"|батальон\w{0,3}|нацбат\w{0,8}|полк\w{0,3}|бригад\w{0,3}|боец|бойц\w{1,3}|снайпер\w{0,3}|командир\w{0,3}|комбат\w{0,3}|легион\w{0,3}|вербовщик\w{0,3}"
    r"|халифат\w{0,3}"
    r"|карател\w{1,4}|радикал\w{0,3}|повстанц\w{1,3}|смертник\w{0,3}|эмиссар\w{0,3}|бандформировани\w{1,3}|мто|наемник\w{0,4})\b"
)
# Generic: a neighbour that any organisation may have.
GROUP_WORD = re.compile(
    r"\b(?:groups?|movement|organi[sz]ations?|cells?|cartel|gang|sect|cult|hackers?|commanders?|loyalists?"
    r"|propaganda|activists?"
    r"|организаци\w{1,3}|движени\w{1,3}|сторонник\w{0,3}|сообществ\w{1,3}|объединени\w{1,3}|отряд\w{0,3}"
    r"|подразделени\w{1,3}"
    r"|парти\w{1,3}"
    r"|фонд\w{0,2}|секты?|формировани\w{1,3}|активист\w{0,3}|участник\w{0,3}|член\w{0,3})\b"
)
# A noun for the thing itself, as it stands in a label.
GROUP_NOUN = re.compile(
    r"\b(?:groups?|movements?|organi[sz]ations?|network|entit(?:y|ies)|militia|party"
    r"|организаци|группировк|группиров|движени|сообществ|объединени|формировани|бандформировани|нацформировани"
    r"|парти|соцсет"
    r"|компани|корпораци|сект[аыуе]|батальон|полк|структур)"
)
# Weaker: the text is about such groups.
TERROR_CONTEXT = Stems(
    (
        "terror", "jihad", "militan", "insurgen", "extremis", "caliphat", "guerrill", "islamist", "outlawed",
        "banned in", "suicide bomb", "bombing", "behead", "hostage", "ceasefire", "airstrike", "air strike",
        "strikes on", "strikes hit", "strike on", "террор", "боевик", "теракт", "экстремис", "джихад", "запрещен",
        "группировк", "халифат", "вооруженной групп", "вооруженная групп", "вооруженные групп", "вооруженных групп",
        "каратель", "нацбат", "неонацис",
    )
)  # fmt: skip


def may_label(flat: str) -> bool:
    """Whether *flat* holds any word that labels are made of."""
    return any(word in flat for word in _LABEL_WORDS)


def kind_of(label: str) -> str:
    """The gravest status a label names; ``banned`` where it names none."""
    for kind, pattern in (
        ("terrorist", TERRORIST),
        ("extremist", EXTREMIST),
        ("undesirable", UNDESIRABLE),
        ("foreign_agent", FOREIGN_AGENT),
    ):
        if pattern.search(label):
            return kind
    return "banned"


def jurisdiction_of(label: str) -> str | None:
    """The first jurisdiction a label names, as ISO 3166 code or UN/EU; None where it names none."""
    places = list(PLACE.finditer(label))
    # "* The Islamic Renaissance Party of Tajikistan, a terrorist organisation, forbidden in the RF"
    names = [place for place in places if label.startswith(" of ", max(0, place.start() - 4))]
    first = next((place for place in places if place not in names), None) or next(iter(names), None)
    return first.lastgroup if first else None


def is_label(text: str) -> bool:
    """Whether *text*, by itself, says that something is banned or has a listed status."""
    if not may_label(text):
        return False
    if BAN.search(text):
        return bool(PLACE.search(text) or HERE.search(text) or STATUS.search(text))
    if UN_SANCTIONS.search(text):
        return True
    return bool(RECOGNISED.search(text) and STATUS.search(text))
