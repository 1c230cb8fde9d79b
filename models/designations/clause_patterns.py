"""The wording of clauses that label (clauses.py), in English and in Russian.

All patterns run on ``Folding.flat`` and begin with a literal word, a place or a verb. Nothing in them repeats without
a limit, or they are only tried on a short piece of the text, so no text makes them run away.
"""

import re

from models.designations.stems import Stems
from models.designations.wording import PLACE

# --- English: who says it ------------------------------------------------------------------------------------------

_ADMINISTRATION = r"(?:trump|biden|obama|bush) administration"
_BODY = (
    r"u\.s|us|usa|united states|america|washington|white house|(?:u\.s\. |us )?(?:state|treasury|justice) department"
    r"|(?:us |u\.s\. )?department of (?:state|the treasury|justice|homeland security)|(?:us |u\.s\. )?treasury"
    r"|eu|european union|european council|brussels|uk|united kingdom|britain|home office|un|united nations"
    r"|un security council|security council|fsb|rosfinmonitoring"
)
_COUNTRY = (
    r"russian federation|russia|moscow|kremlin|supreme court(?! of)|turkey|ankara|israel|canada|ottawa|australia"
    r"|canberra"
    r"|new zealand|germany|berlin|france|paris|spain|netherlands|switzerland|egypt|cairo|jordan|saudi arabia|riyadh"
    r"|united arab emirates|uae|bahrain|kuwait|iran|iraq|syria|pakistan|islamabad|india|new delhi|delhi|bangladesh"
    r"|sri lanka|kazakhstan|uzbekistan|tajikistan|kyrgyzstan|ukraine|philippines|manila|nairobi|china|beijing"
    r"|paraguay|argentina|colombia|honduras|ecuador|peru|kenya|nigeria|japan|nato|arab league"
    r"|t[uü]rkiye|el salvador|guatemala|mexico|brazil|chile|italy|poland|austria|belgium|sweden|denmark|lithuania"
    r"|latvia|estonia|georgia|armenia|azerbaijan|tunisia|algeria|morocco|libya|sudan|somalia|malaysia|indonesia|singapore"
    r"|belarus|afghanistan|venezuela|bolivia|panama|costa rica|norway|finland|ireland|portugal|greece|hungary|romania"
    r"|bulgaria|czech republic|serbia|moldova|qatar|oman|thailand|south korea|south africa|ethiopia|uganda|rwanda|congo"
    r"|mozambique|tanzania|cameroon|burkina faso|nepal|myanmar|turkmenistan|mongolia"
    r"|tehran|damascus|baghdad|dhaka|astana|tashkent|kyiv|minsk|warsaw|tokyo|lebanon|yemen|mali|niger"
)
_OFFICE = (
    r"(?: (?:new |interim |current |military-backed )?(?:government|state department|administration|authorities"
    r"|supreme court|court|parliament|(?:interior|home|justice|foreign) ministry|ministry of (?:home affairs|justice)"
    r"|home minister|interior minister|prosecutor[ -]general(?:'s office)?|general prosecutor(?:'s office)?"
    r"|prosecutors|fsb))?"
)
_STATE = (
    rf"(?:the )?(?:u\.s\.|u\.n\.(?: security council)?|(?:{_ADMINISTRATION}|{_BODY}|{_COUNTRY})\b)(?:'s?)?{_OFFICE}"
)
_COURT = (
    r"(?:an? |the )?(?:russian|turkish|egyptian|german|spanish|israeli|american|british|indian|pakistani|kazakh|iraqi"
    r"|bishkek|dushanbe|astana|tashkent|minsk|kyiv|ankara|istanbul|belgian|danish|swedish|norwegian|polish|italian|swiss"
    r"|jordanian|saudi|emirati|canadian|australian|ukrainian|belarusian|moscow|philippine|filipino|bahraini|kenyan"
    r"|nigerian|uzbek|tajik|kyrgyz|iranian|syrian|french|dutch|bangladeshi|sri lankan|colombian|paraguayan) "
    r"(?:(?:city|district|supreme|high|federal|military) )?"
    r"(?:courts?|government|cabinet|authorities|judges?|state|parliament|officials|prosecutors"
    r"|(?:interior|justice|home|foreign) ministry|ministry of justice|prosecutor[ -]general(?:'s office)?)"
    r"|(?:the )?(?:prosecutor[ -]general(?:'s office)?|supreme court|government|(?:justice|interior) ministry"
    rf"|ministry of justice) of (?:the )?(?:{_COUNTRY})|(?:the )?(?:authorities|courts?|government) in (?:{_COUNTRY})"
    r"|the centre"  # the government of India
)
# Whose place in the world must be told from elsewhere in the text.
_UNPLACED = (
    r"the (?:government|authorities|home secretary|interior minist(?:ry|er)|justice minist(?:ry|er)|supreme court"
    r"|high court|court|prosecutor general's office|(?:[a-z-]{3,14} ){1,3}court)|ministers|parliament"
)
_STATES = rf"(?:{_STATE}|{_COURT})(?:(?:,? and |, |,? as well as |,? or )(?:{_STATE}|{_COURT})){{0,5}}"
_OTHERS = (
    r"(?:,? and (?:(?:many|several|most|some|a number of|other|dozens of|its) ){0,3}(?:[a-z]{3,10} )?"
    r"(?:countries|nations|governments|states|others|allies))?"
)
_WESTERN = r"western (?:governments|countries|states)"
_BY = rf"(?: (?:by|in|from) (?:both )?(?:(?:many|most|several) )?(?:{_STATES}{_OTHERS}|{_WESTERN}))"

# --- English: what is said -----------------------------------------------------------------------------------------

_GROUP = (
    r"(?:organi[sz]ation|group|grouping|entity|movement|outfit|network|gang|militia|cartel|party|formation|sect|cult"
    r"|faction|structure|association)s?"
)
_STATUS = (  # 'an "extremist" organization', "'undesirable'"
    r"[\"']?(?:(?:foreign|specially designated|global|international|proscribed|designated|banned) ){0,3}"
    r"[\"']?(?:terrorist|terror|extremist|undesirable|foreign agents?|unlawful|state sponsors? of terrorism|ftos?)"
    r"(?: (?:and|or) (?:terrorist|extremist))?"
    rf"[\"']?(?: (?:{_GROUP}|entities)\b[\"']?)?(?!\w)"
)
_SAID = (
    r"(?:(?:re-?)?designated|(?:re-?)?listed|declared|classified|label+ed|branded|considered|regarded|deemed|recogni[sz]ed"
    r"|blacklisted|viewed|proscribed|outlawed|banned|sanctioned|prohibited|named|defined|ruled|treated|seen|dubbed|termed|pronounced)"
)
_SAYS = (
    r"(?:considers?|regards?|designates?|lists?|labels?|deems?|classif(?:y|ies)|brands?|recogni[sz]es?|views?|calls?|treats?"
    r"|bans?|outlaws?|proscribes?|blacklists?|defines?|says is|say is)"
)
_BANNED = r"(?:banned|outlawed|proscribed|prohibited|forbidden|sanctioned|blacklisted)"
_SOFT = (
    r"(?:(?:also|both|all|long|already|now|still|each|since|likewise|too|then|later|again|itself"
    r"|(?:(?:inter)?national|global|official|formal|joint|recent|previous|new|wide|similar|legal|current|initial|original"
    r"|final|public|repeated|unanimous|effective|technical|temporari|rightful|wrong|subsequent|immediate|quiet)ly"
    r"|last (?:week|month|year)|this (?:week|month|year)|on (?:mon|tues|wednes|thurs|fri|satur|sun)day"
    r"|in \w{3,9}(?: \d{4})?) ){0,3}"
)
_HAVE = r"(?:(?:has|have|had) )?"
_AS = r"(?: (?:as|to be))?(?: (?:an?|one of (?:its|the)))? "
_WHOSE = rf"(?:the |its |their |{_STATE} )(?:[\w-]{{1,30}} ){{0,2}}?"
_LIST = (
    rf"{_WHOSE}(?:list|register|blacklist) of (?:[\w-]{{1,30}} ){{0,3}}?"
    rf"(?:(?:terror|extremis)\w{{0,8}}(?: (?:{_GROUP}|entities))?(?! (?:attack|act|incident|plot|suspect|offen|case)s?)"
    rf"|(?:[\"']?undesirable[\"']?|banned|proscribed|prohibited|outlawed) (?:{_GROUP}|entities)|foreign agents)"
    rf"|{_WHOSE}(?:terror|terrorist|extremist|terrorism|sanctions) (?:black)?lists?"
)
_WHEN = (
    r"(?: in (?:full|its entirety))?"
    r"(?:,? (?:since|in|last|this) (?:\w{3,9} )?(?:\d{4}|year|month|week|spring|summer|autumn|fall|winter|january"
    r"|february|march|april|may|june|july|august|september|october|november|december))?"
)

# --- English: clauses ----------------------------------------------------------------------------------------------

# A word that every clause has: where none is, no clause is looked for.
CLAIM = Stems(
    (
        "designat", "redesignat", "re-designat", "list", "relist", "re-list",
        "declar", "classif", "label", "brand", "consider", "regard",
        "deem", "recogni", "blacklist", "view", "proscrib", "outlaw", "ban$", "bans$", "banned$", "sanction",
        "prohibit", "forbidden$", "named$", "defin", "calls$", "calling$", "call$", "says is$", "say is$", "register$",
        "ruled$", "seen$", "treat$", "treats$", "treated$", "dubbed$", "termed$", "pronounced$", "in the eyes of",
        "law$", "laws$", "legislation$", "отнес", "причисл", "считают$", "считает$", "считается$", "считаются$",
        "призна", "объяв", "обознач", "назвал", "называ", "рассматрива", "внес", "включ", "верну", "добав", "санкци",
    )
)  # fmt: skip

# What is said of a name that stands before it.
PASSIVE = re.compile(
    r"\b(?:(?:which|that|who|both of which|all of which"
    r"|whose (?:activit(?:y|ies)|work|(?:military|armed|political) (?:wing|arm|branch))) )?"
    r"(?:(?:is|are|was|were|been|has been|have been) )?"
    rf"(?:(?:one of|among) (?:[a-z-]{{2,14}} ){{1,2}}{_GROUP} )?{_SOFT}"
    rf"(?:{_SAID}{_AS}{_STATUS}{_BY}?{_OTHERS}|{_SAID}{_WHEN}{_BY}{_AS}(?:{_STATUS}|terrorists)"
    rf"|{_SAID}{_WHEN}(?: under {_STATE}(?: [a-z-]{{2,14}}){{0,3}})?{_AS}{_STATUS}"
    rf"|(?:an? )?{_STATUS} {_SAID}{_WHEN}{_BY}"
    rf"|{_SAID}{_BY} under (?:the )?(?:terrorism act|[a-z-]{{4,20}} (?:laws?|legislation))"
    r"|(?<=is )proscribed|(?<=are )proscribed|(?<=been )proscribed|(?<=also )proscribed"
    rf"|(?:an? )?{_STATUS},? in the (?:eyes|view) of {_STATES}|{_SAID}(?: as)? [\"']?terrorists[\"']?{_BY}"
    rf"|(?:an? )?{_STATUS} under (?:{_STATE}|american|russian|british|turkish|israeli)"
    r" (?:[a-z-]{4,12} )?(?:laws?|legislation)"
    rf"|{_SAID}{_BY} under (?:the )?(?:terrorism act|[a-z-]{{4,20}} (?:laws?|legislation))"
    rf"|{_BANNED}{_WHEN} under (?:the )?(?:terrorism act|uapa|unlawful activities|criminal code"
    rf"|(?:[a-z-]{{2,20}} ){{1,2}}(?:laws?|legislation))"
    rf"|{_BANNED}{_BY}"
    rf"|{_BANNED} (?:since \d{{4}}|for (?:more than |over |almost |nearly )?(?:\w{{1,12}} ){{0,2}}(?:years|decades))"
    rf"|(?:under|subject to) (?:{_STATE}|international) (?:[a-z-]{{4,15}} )?sanctions|under sanctions{_BY}"
    rf"|(?:(?:re)?added{_WHEN} to|put (?:back )?on|placed on"
    rf"|(?:went|gone|landed) on|included (?:in|on)|entered (?:in|on|into)|kept (?:in|on)"
    rf"|(?:(?:appear|figure|feature|remain|stay|stand|sit)s? )?(?:on|in)) (?:{_LIST})(?: of {_STATE})?)"
    rf"{_WHEN}{_BY}?(?: during (?:the )?\w{{1,20}} (?:administration|presidency))?"
    rf"(?:,? and (?:{_SAID}{_AS}{_STATUS}{_BY}?|{_BANNED}{_BY}|put on (?:{_LIST})){_WHEN})?"
)
RELATIVE = re.compile(
    r"(?:\b(?:(?:(?:both|all|each|two|three) of )?(?:which|that|whom|who)|whose (?:activit(?:y|ies)|work)) "
    # or "a gang the US has …": all these endings are of six characters
    r"|(?<=group |roups | gang |gangs |artel |rtels |utfit |litia |twork |ation |tions |ement |ments |ction |party ))"
    rf"(?:both )?(?:for (?:many|several|some|\w{{3,7}}) (?:years|decades) )?"
    rf"(?:{_STATES}{_OTHERS}|it|they|western (?:governments|countries)) "
    rf"{_SOFT}{_HAVE}{_SOFT}"
    rf"(?:(?:{_SAID}|{_SAYS}){_WHEN}{_AS}(?:{_STATUS}|terrorists\b)|(?:{_BANNED}|bans?|outlaws?)\b"
    r"|(?:listed|(?:re-?)?designated|blacklisted)(?= (?:in|last|this|on)\b|[,.])"
    rf"|(?:added|adds|puts?(?: back)?|placed|places|keeps?|kept|includes?|included|has|entered)"
    rf"(?: it)? (?:to|on|in|into) (?:{_LIST})){_WHEN}"
)
_KIND = r"(?!(?:to|the|of|by|in|on|at|from|for|and|or|with|an?|as|under|since|last|this)\b)[a-z][a-z-]{1,19}"
MODIFIER = re.compile(
    rf"\b{_STATE}-(?:designated|listed|banned|proscribed|sanctioned|outlawed|blacklisted)"
    rf"(?: {_STATUS}| (?:{_KIND} )?{_GROUP}|(?= \"?(?P<bare>.)))"
    rf"|\b(?:designated|listed) {_STATUS}{_BY}?"
    rf"|\b(?:banned|outlawed|proscribed|blacklisted) (?:{_KIND} ){{0,3}}{_GROUP}\b{_BY}?"
)
MODIFIES = re.compile(
    r"-(?:designated|listed|banned|proscribed|sanctioned|outlawed|blacklisted)"
    r"|designated |listed |(?:ban|outlaw|proscrib|blacklist)n?ed "
)
# Said of "it", the name before.
_OBJECT = rf"(?:it|them|both|all (?:two|three|four|five)(?: of them)?|the {_GROUP})"
OBJECT_CALLED = re.compile(rf" {_OBJECT}{_AS}{_STATUS}")
PRONOUN_OBJECT = re.compile(
    rf"\b(?:{_STATES}{_OTHERS}|{_UNPLACED}) {_SOFT}{_HAVE}{_SOFT}(?:{_SAYS}|{_SAID}) {_OBJECT}{_AS}{_STATUS}{_WHEN}"
    r"|\b(?:label+ing|calling|designating|declaring|considering|branding|listing|deeming) "
    rf"{_OBJECT}{_AS}{_STATUS}{_WHEN}"
)
_DOING = (
    r"(?:(?:(?:said|says|announced|confirmed) (?:on \w{6,9} )?(?:that )?"
    r"(?:it|he|she|they) (?:was|were|is|are|had) |(?:is|was|are|were) )"
    r"(?:(?:formally|officially|now) )?"
    r"(?:(?:re-?)?designating|listing|adding|declaring|banning|proscribing|outlawing|blacklisting|sanctioning"
    r"|designated|banned|proscribed|outlawed))"
)
# What a state does to a name in the middle: the words before it and after it.
_ACTED = (
    rf"(?P<verb>{_SAYS}|{_SAID}|{_DOING}|added|put|placed) "
    r"(?P<others>(?:the )?(?:[\w'-]{2,16} ){1,5}(?:and|as well as) )?"
    r"(?:the |an? |so-called |\"|iran's |yemen's |lebanon's ){0,3}$"
)
ACTED = re.compile(rf"\b{_ACTED}")  # without it there is no actor: what it is cheap to look for first
ACTOR = re.compile(rf"(?P<start>{_STATES}{_OTHERS}|\b(?:{_UNPLACED}))(?:,? which)? {_SOFT}{_HAVE}{_SOFT}{_ACTED}")
# "the Brotherhood's Egyptian chapters as terrorist groups": a person's status names no group.
_PART = (
    r"(?:'s?)?(?: (?!financ|lead|command|member|offici|operat|support|fighter|recruit|spokes|chief|head)[a-z-]{3,16}"
    r"(?: and [a-z-]{3,16})?){1,3}?"
)
_STATUS_OF_GROUP = (
    r"(?:(?:foreign|specially designated|global|international) ){0,3}(?:terrorist|extremist|undesirable)"
    rf" (?:{_GROUP}|entities)\b"
)
DONE = re.compile(
    r"[\"')]{0,2}(?: \([^()]{1,30}\))?"
    rf"(?: (?:{_GROUP}|rebels?|fighters?|militants?|regiment|battalion|brigade))?"
    r"(?: and (?:its|the|their) [^,.;:()\n]{2,50}?)?"
    rf"(?:{_AS}{_STATUS}|{_PART} as (?:an? )?{_STATUS_OF_GROUP}|(?: back)? (?:to|on) (?:{_LIST})){_WHEN}"
)
# "Germany banned Hezbollah flags" says nothing of the name itself.
NOT_ITSELF = re.compile(
    r"\"?(?:'s? |'s?$|[ -](?:flags?|symbols?|rall\w{1,3}|march\w{0,3}|protests?|slogans?|songs?|chants?|propaganda"
    r"|videos?"
    r"|content|channels?|accounts?|books?|from\b|supporters?\b|members?\b|leaders?\b|officials?\b|financiers?\b"
    r"|commanders?\b|opponents?\b|fighters?\b|literature|media\b))"
)
# Verbs that say all by themselves: "Germany banned X".
ALONE = frozenset(("banned", "outlawed", "proscribed", "bans", "ban", "outlaws", "prohibited", "sanctioned"))

# --- English: between the name and its clause ----------------------------------------------------------------------

NOUN_BEFORE = re.compile(rf"\b(?:(?:international|foreign) )?(?:terrorist|terror|extremist) {_GROUP},? $")
_FIGHTERS = r"(?:fighters|guerrillas|militants|rebels|gunmen|insurgents|separatists|jihadists)"
_ASIDE = (
    r"(?:, [^,.;:()\n]{2,90},| \([^()\n]{2,60}\)|,? [—–-] [^.;:()\n—–]{2,90} [—–-]"
    r"|, (?:which|who|that) [^,.;:()\n]{3,80} and)?"
)
_WORD_OF_IT = r"(?!said|says|told|was|were|is|are|has|had)\w[\w'’*✱-]*,? "  # of an apposition, which has no verb
GAP = re.compile(
    rf"(?:(?<=inc)\.)?,?[\"')\]*✱]{{0,4}}(?: (?:{_GROUP}|{_FIGHTERS}))?(?: and)?{_ASIDE},?(?: \(?| [—–-] )"
    r"(?:as [^,.;]{3,60} and )?(?:(?:itself|now|also|still) )?"
    rf"(?:(?:all|both|each)(?: of (?:them|which|whom))?(?: (?:two|three|four|five|six))?(?: {_GROUP})? )?"
    rf"(?:(?:an?|the|its|another|one of|like [^,.;]{{2,40}},? an?) (?:{_WORD_OF_IT}){{0,7}}?)?"
    r"(?:(?:[a-z-]{3,20} ){0,3}(?:groups|organi[sz]ations|movements|networks|formations|militias) "
    r"(?:that are |which are )?)?"
    r"|, (?:an?|the) [^.;\n]{3,150} and |[\"')\]]{0,2},? (?:or|and|as well as) (?:any |many )?other "
    r"| (?:became|has become|becomes|remains?|is|are|was|were)(?:, [^,.;:()\n]{2,30},)? (?:now )?an? "
)
# The subject of a sentence or clause that speaks on about the name before it.
OF_IT = re.compile(
    r"(?:(?:^|[.!?;—–-]\"? |\n)(?:(?:but|and|that is because|today|now) )?"
    r"|\b(?:when|since|after|before|because|where|once|though|although) )"
    rf"(?:the {_GROUP}|it|they|both|the latter)(?:,? (?:which|whose|who|with|founded|led|based) [^.;\n]{{2,110}},)? $"
)
IT = re.compile(r"(?:which |that )?(?:it|they) |(?:label+|call|designat|declar|consider|brand|list|deem)ing ")
WHERE = re.compile(r",? where (?:the |\")?$")  # "Russia, where the Taliban are banned"
FRONTED = re.compile(r",? (?:the |\"|iran's )?")
FOLLOWS = re.compile(r"(?:,? (?:such as|including|like|among them|namely)|:)? ?(?:the |\"|called |known as )?\"?")
# "designated eight cartels, including X and Y, as foreign terrorist organizations"
LISTING = re.compile(
    rf"\b{_STATES} {_SOFT}{_HAVE}{_SOFT}(?:{_SAID}|{_DOING}) (?:[\w-]{{2,20}} ){{1,5}}{_GROUP}"
    rf"(?=,? (?:including|such as|among them|namely) [^.;\n]{{2,160}}?,?{_AS}{_STATUS})"
)
# "Washington designated as terrorist groups four militias: X, Y and Z"
NAMING = re.compile(
    rf"\b(?P<claim>{_STATES}{_OTHERS} {_SOFT}{_HAVE}{_SOFT}(?:{_SAID}|{_DOING}|{_SAYS}) as (?:an? )?{_STATUS})"
    rf"(?: on \w{{6,9}})?(?: (?:[\w-]{{2,14}} ){{0,3}}{_GROUP}:)?"
)
NAMED_AS = re.compile(r" as (?:\w{2,13} ){0,3}[\"']?(?:terror|extrem)")
LISTED = re.compile(r"s,? (?:including|such as|among them|namely) ")
AND = re.compile(r"[\"')\]*✱]{0,4} and ")
SUBCLAUSE = re.compile(r"[\"')\]*✱]{0,4},? (?:which|who|that) (?:is|are|was|were) [^.;:\n]{1,90}")
PRONOUN = re.compile(r"(?:both |all )?(?:of )?(?:which|that|whom|who|котор[а-я]{2,3}) ")
DENIED = re.compile(
    r"\b(?:not|never|no longer|n't|nt|should|would|could|might|may|refus\w+|declin\w+|if|whether|wants?|urge[sd]?"
    r"|urging|calls? (?:on|for)|called (?:on|for)|asked|to be(?= (?:[^ ]+ )?$)|to (?:get|see)(?= (?:[^ ]+ ){0,5}$)"
    r"|(?<!ged )(?<!aid )(?<!ved )(?<!own )(?<!und )to have(?= (?:[^ ]+ ){0,5}$)|plans?|planned"
    r"|consider(?:s|ing) (?:whether|list|designat)|removed?|wrong|delist\w+|remov\w+ from|was once|formerly|until"
    r"|seek\w*|propos\w+|push\w*|bill|motion|petition|debate\w*|voted? (?:on|against))\b"
)
# "Marches in support of X were banned": what was banned is not the name's.
OF_ANOTHER = re.compile(
    r"\b(?:march\w{0,3}|rall\w{1,3}|protests?|demonstrations?|flags?|symbols?|slogans?|chants?|songs?|books?|films?|events?"
    r"|exhibitions?|concerts?|posts?|accounts?|channels?|content|travel|loans|trade)\b[^.;:,\n]{0,60}$"
)
# 'designated a terrorist': a person, whatever the name before.
A_PERSON = re.compile(
    r"\ban? (?:(?:specially designated|foreign|global|wanted|known) ){0,3}(?:terrorist|extremist)s?(?!\w)"
    rf"(?!(?: and \w+| or \w+)? (?:{_GROUP}|entit(?:y|ies))\b)"
)
# "A history of X, banned in …": the book was.
WORK_OF = re.compile(
    r"\b(?:history|biography|book|film|documentary|novel|song|play|series|exhibition|study)s? (?:of|about|on)"
    r" \"?(?:[\w'-]{1,20}[ \"]{0,2}){1,4}$"  # to the end of the name
)
IS_DONE = re.compile(r"\"? (?:was|were|is|are|has been|have been|had been) ")
SENTENCE_END = re.compile(r"[.!?…\n](?:(?<=\n)|(?<!u\.s\.)(?<!\binc\.)(?=[\"')]*(?:\s|$)))")

# --- Russian -------------------------------------------------------------------------------------------------------

_RU_STATES = r"(?:[а-я-]{2,22}(?:, | и |, а также )){0,5}[а-я-]{2,22}(?: (?:штаты|союз|нации))?"
_RU_MONTH = r"(?:январ|феврал|март|апрел|ма[яе]|июн|июл|август|сентябр|октябр|ноябр|декабр)\w{0,2}"
_RU_WHEN = (
    r"(?:(?:(?:еще |уже )?в (?:\w{3,9} )?\d{4} год[ау]|(?:еще |уже )?в "
    + _RU_MONTH
    + r"|\d{1,2} "
    + _RU_MONTH
    + r"(?: \d{4} года)?|(?:весной|летом|осенью|зимой)(?: \d{4} года)?|ранее|\w{4,12}о) ){0,2}"
)
# Whoever says it, in as many words: «британское правительство», «Госдепартамент США», «власти Белоруссии».
_RU_WHOEVER = r"[а-я-]{2,22}(?:(?:, | и |, а также | )[а-я-]{2,22}){0,6}"
_RU_SAY = (
    r"(?:считают|считает|признали|признала?|признало|объявили|объявила?|объявило|внесли|внесла|внес|внесло|включили"
    r"|включила?|вернули|вернула?|добавили|добавила?|обозначили|обозначила?|назвали|назвала?|называет|называют"
    r"|отнес|отнесл[аои]|причислила?|причислили|причислило"
    r"|рассматривает|рассматривают)(?: (?:его|ее|их))?(?: как)?"
)
_RU_STATUS = (
    r"(?:(?:иностранн|международн|запрещенн)\w{2} )?(?:террористическ|экстремистск)\w{2}"
    r"(?: (?:организаци|группировк|движени|структур|формировани|сообществ|объединени)\w{1,3})?"
    r"|в (?:\w{1,30} ){0,2}(?:спис|переч|реестр)\w{0,4} (?:\w{1,30} ){0,3}(?:террор|экстрем)\w{2,12}"
    r"(?: (?:организаци|группиров)\w{1,3})?"
    r"|к (?:числу )?(?:\w{4,14} )?(?:террористическ|экстремистск)\w{2,3}(?: (?:организаци|группиров)\w{1,3})?"
)
RU_RELATIVE = re.compile(
    rf"\bкотор\w{{2,3}} (?:в )?{_RU_WHEN}(?P<who>{_RU_WHOEVER}) {_RU_WHEN}{_RU_SAY} {_RU_WHEN}(?:{_RU_STATUS})"
)
# «США внесли в перечень террористических организаций картель „Синалоа“ и …»
RU_NAMING = re.compile(rf"(?P<claim>\b(?P<who>{_RU_STATES}) {_RU_WHEN}{_RU_SAY} (?:{_RU_STATUS}))")
RU_FOLLOWS = re.compile(r" (?:(?:картел|группировк|группу?|организаци|движени)\w{0,3} )?\"?")
_RU_ACTED = rf"{_RU_SAY} (?:[а-я-]{{4,20}} )?\"?$"
RU_ACTED = re.compile(rf"\b{_RU_ACTED}")
RU_ACTOR = re.compile(rf"(?P<start>\b{_RU_STATES}) (?:\w{{4,12}}о |в (?:\w{{3,9}} )?(?:\d{{4}} год[ау] )?)?{_RU_ACTED}")
RU_DONE = re.compile(rf"\"?(?: \([^()]{{1,30}}\))? (?:{_RU_STATUS})")
# Any word may stand where the state does, so one of these must be among them.
RU_WHO = re.compile(PLACE.pattern + r"|(?:верховн|российск|московск)\w{2,3} суд|мосгорсуд|минюст|росфинмониторинг")
RU_PASSIVE = re.compile(
    r"(?:в|на территории) (?P<who>[а-я]{2,14}) (?:он[аои]? |которая |который )?(?:официально )?"
    rf"(?:признан|объявлен|внесен|включен)\w{{0,2}} (?:{_RU_STATUS})"
    rf"|счита[ею]тся (?:в|на территории) [а-я]{{2,14}} (?:{_RU_STATUS})"
    rf"|счита[ею]тся (?:{_RU_STATUS}) (?:в|на территории) [а-я]{{2,14}}"
    rf"|котор(?:ая|ый|ое|ые) (?P<whom>[а-я]{{3,20}}(?:[аиы]ми|ем|ом|ей|ией)(?: штатами| союзом)?)"
    r" (?:была? |было |были )?"
    rf"(?:официально )?(?:признан|объявлен|обозначен|внесен|включен)\w{{0,2}} (?:как )?(?:{_RU_STATUS})"
    r"|(?:соединенные штаты|сша|россия|турция|евросоюз|оон|великобритания|израиль|германия|канада)"
    rf" (?:в (?:\w{{3,9}} )?(?:\d{{4}} году )?)?{_RU_SAY} (?:{_RU_STATUS})"
    r"|(?:против|в отношении) котор\w{2,3} (?:[^,.;]{2,40} )?(?:действуют|введены) санкции (?P<by>оон|сша|ес)"
)
RU_GAP = re.compile(r"[\"')\]*✱]{0,4}(?: \([^()\n]{2,30}\))?(?:, [^,.;:()\n\"]{3,60})?(?:,? | [—–-] )")
