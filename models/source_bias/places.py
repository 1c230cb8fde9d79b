"""Places as datelines write them: ``ST. LOUIS, Mo.``, ``СУДАК (Крым)``, ``LONDON/PARIS``, and their usual spelling."""

import re
from dataclasses import dataclass
from typing import Literal

from models.source_bias.dates import DATE
from models.source_bias.outlets import OutletRegister
from models.source_bias.phrases import words

Case = Literal["upper", "title", "lower"]

_SHORT = r"(?:ST|FT|MT|St|Ft|Mt|[Гг]|[Сс]|ПОС|[Пп]ос|ДЕР|[Дд]ер|СТ|[Сс]т)"
_WORD = rf"(?:{_SHORT}\.(?=[ \xa0])|(?:[A-Z]\.){{2,3}}|(?:[СS]\.-)?[^\W\d_](?:[^\W\d_]|['’.‑-](?=[^\W\d_]))*)"
_NAME = rf"(?!{DATE}){_WORD}(?:[ \xa0](?!{DATE}){_WORD}){{0,4}}"
_UNIT = re.compile(_NAME)
_REGION = re.compile(
    rf",[ \xa0]?(?!{DATE})((?:[A-Z]\.){{2,3}}|W\.[ ]?Va\.|{_WORD}(?:[ \xa0]{_WORD}){{0,2}}\.?)(?=\s*(?:[,.(/—–:-]|$))"
    r"|\.[ \xa0]((?:[A-Z]\.){2,3})(?=\s)"
    r"|[ \xa0]\(([^\W\d_][^()\n]{1,40})\)(?=\s?[,(]|\.\s)"
)
_INITIALS = re.compile(r"(?:[^\W\d_]\.){1,4}")
_PARTICLE = re.compile(r"(?:Mc|Mac|De|Di|Du|La|Le|Al|El)(?=[A-ZÀ-Þ]{2})")
_SMALL_WORDS = words("and de del di da do du la le of on upon the и на")
_TITLE_ABBREVIATIONS = words("St. Ft. Mt. г. пос. с. дер. ст.")
_ACRONYMS = words("UN UAE UK US USA DC ISS ООН США ОАЭ КНДР КНР ДНР ЛНР ЮАР ФРГ МКС")

# Where papers write ``KABUL: Text`` or ``Kabul — Text``. A list, for elsewhere a speaker stands before such a mark.
KNOWN_PLACES = words(
    "KABUL ISLAMABAD KARACHI LAHORE PESHAWAR QUETTA RAWALPINDI MULTAN FAISALABAD HYDERABAD SUKKUR SIALKOT GILGIT "
    "MUZAFFARABAD NEW-DELHI DELHI MUMBAI CHENNAI KOLKATA BENGALURU BANGALORE LUCKNOW PATNA JAIPUR BHOPAL RANCHI "
    "CHANDIGARH SRINAGAR JAMMU GUWAHATI AHMEDABAD PUNE NAGPUR KOCHI THIRUVANANTHAPURAM BHUBANESWAR RAIPUR SHIMLA "
    "DEHRADUN AMRITSAR INDORE VARANASI PANAJI IMPHAL SHILLONG AGARTALA DHAKA CHITTAGONG CHATTOGRAM COLOMBO KATHMANDU "
    "THIMPHU MALE KANDAHAR HERAT JALALABAD DUBAI ABU-DHABI SHARJAH DOHA RIYADH JEDDAH MAKKAH MADINAH MANAMA MUSCAT "
    "KUWAIT KUWAIT-CITY AMMAN BEIRUT BAGHDAD DAMASCUS TEHRAN ANKARA ISTANBUL CAIRO JERUSALEM RAMALLAH GAZA GAZA-CITY "
    "TRIPOLI TUNIS ALGIERS RABAT KHARTOUM NAIROBI KAMPALA LAGOS ABUJA ACCRA ADDIS-ABABA PRETORIA JOHANNESBURG "
    "SINGAPORE KUALA-LUMPUR JAKARTA MANILA BANGKOK HANOI YANGON NAYPYITAW PHNOM-PENH PUTRAJAYA PENANG KUCHING KOTA- "
    "KINABALU JOHOR-BARU GEORGE-TOWN IPOH BEIJING SHANGHAI HONG-KONG TAIPEI TOKYO SEOUL PYONGYANG SYDNEY MELBOURNE "
    "CANBERRA WELLINGTON LONDON PARIS BERLIN BRUSSELS ROME MADRID VIENNA GENEVA ATHENS MOSCOW KYIV KIEV WARSAW OSLO "
    "STOCKHOLM THE-HAGUE DAVOS WASHINGTON NEW-YORK UNITED-NATIONS LOS-ANGELES CHICAGO OTTAWA TORONTO"
)
# Countries and states of the US: after a comma they tell that a name in title case is a place.
KNOWN_REGIONS = words(
    "Afghanistan Albania Algeria Angola Argentina Armenia Australia Austria Azerbaijan Bahrain Bangladesh Belarus "
    "Belgium Bolivia Bosnia Botswana Brazil Bulgaria Burundi Cambodia Cameroon Canada Chad Chile China Colombia Congo "
    "Croatia Cuba Cyprus Denmark Ecuador Egypt England Eritrea Estonia Ethiopia Finland France Gabon Georgia Germany "
    "Ghana Greece Guatemala Guinea Haiti Honduras Hungary Iceland India Indonesia Iran Iraq Ireland Israel Italy "
    "Jamaica Japan Jordan Kazakhstan Kenya Kosovo Kuwait Kyrgyzstan Laos Latvia Lebanon Liberia Libya Lithuania "
    "Luxembourg Malawi Malaysia Mali Malta Mauritania Mexico Moldova Mongolia Montenegro Morocco Mozambique Myanmar "
    "Namibia Nepal Netherlands Nicaragua Niger Nigeria Norway Oman Pakistan Palestine Panama Paraguay Peru "
    "Philippines Poland Portugal Qatar Romania Russia Rwanda Scotland Senegal Serbia Singapore Slovakia Slovenia "
    "Somalia Spain Sudan Sweden Switzerland Syria Taiwan Tajikistan Tanzania Thailand Togo Tunisia Turkey "
    "Turkmenistan Uganda Ukraine Uruguay Uzbekistan Venezuela Vietnam Wales Yemen Zambia Zimbabwe Saudi-Arabia South- "
    "Africa South-Korea North-Korea South-Sudan Sri-Lanka New-Zealand El-Salvador Costa-Rica Sierra-Leone Burkina- "
    "Faso Ivory-Coast West-Bank Gaza-Strip Northern-Ireland United-Arab-Emirates Alabama Alaska Arizona Arkansas "
    "California Colorado Connecticut Delaware Florida Hawaii Idaho Illinois Indiana Iowa Kansas Kentucky Louisiana "
    "Maine Maryland Massachusetts Michigan Minnesota Mississippi Missouri Montana Nebraska Nevada Ohio Oklahoma "
    "Oregon Pennsylvania Tennessee Texas Utah Vermont Virginia Wisconsin Wyoming New-Hampshire New-Jersey New-Mexico "
    "New-York North-Carolina North-Dakota South-Carolina South-Dakota Rhode-Island West-Virginia Puerto-Rico"
)


@dataclass(frozen=True, slots=True)
class Place:
    """A place that ends at ``end``. ``name``: as it is usually spelt; ``written``: the first place as it stands there,
    without its region."""

    end: int
    name: str
    written: str
    case: Case
    has_region: bool

    @property
    def words(self) -> list[str]:
        return self.written.split()

    @property
    def initials(self) -> str:
        return "".join(word[0] for word in self.words)

    @property
    def is_known(self) -> bool:
        """Whether place or region stands on our short lists; most places do not."""
        region = self.name.rpartition(", ")[2].replace(" ", "-") if self.has_region else ""
        return "-".join(self.words).upper() in KNOWN_PLACES or region in KNOWN_REGIONS


def read_place(window: str, start: int, outlets: OutletRegister) -> Place | None:
    """The place written at *start*, with its regions and with further places after a slash; an agency is none."""
    names: list[str] = []
    written: list[str] = []
    position, has_region = start, False
    while len(names) < 4 and (unit := _UNIT.match(window, position)):
        name, end = usual_spelling(unit[0]), unit.end()
        for _ in range(2):  # "СУДАК (Крым)", "DES MOINES, Iowa", "Bay, Town (Region)"
            region = _REGION.match(window, end)
            if not region or outlets.agency(region[1] or region[3] or ""):
                break
            end, has_region = region.end(), True
            name += f" ({region[3]})" if region[3] else f", {_region(region[1] or region[2])}"
        names.append(name)
        written.append(unit[0])
        position = end + 1
        if window[end : end + 1] != "/":
            break
    if not names:
        return None
    place = "/".join(written)
    return Place(position - 1, "/".join(names), written[0], _case(place), has_region)


def usual_spelling(place: str) -> str:
    """``RIO DE JANEIRO`` → ``Rio de Janeiro``, ``РОСТОВ-НА-ДОНУ`` → ``Ростов-на-Дону``; mixed case stays."""
    if not place.islower() and not any(_is_upper(piece) for piece in place.split()):
        return place.replace("\xa0", " ")
    pieces = re.split(r"([ \xa0/‑'’-])", place)
    return "".join(_piece(piece, is_first=not position) for position, piece in enumerate(pieces)).replace("\xa0", " ")


def _piece(piece: str, *, is_first: bool) -> str:
    if piece in _ACRONYMS or _INITIALS.fullmatch(piece):
        return piece
    if not is_first and (piece.lower() in _SMALL_WORDS or piece == "S"):  # ST. JOHN'S
        return piece.lower()
    if particle := _PARTICLE.match(piece):
        return particle[0] + piece[particle.end() :].capitalize()
    return piece if not (piece.isupper() or piece.islower()) else piece[:1].upper() + piece[1:].lower()


def _is_upper(word: str) -> bool:
    particle = _PARTICLE.match(word)
    return word[particle.end() if particle else 0 :].isupper()


def _case(place: str) -> Case:
    parts = [part for part in re.split(r"[ \xa0/]", place) if part not in _SMALL_WORDS]
    parts = [part for part in parts if part not in _TITLE_ABBREVIATIONS and part not in ("Al", "El")] or parts
    if parts and all(_is_upper(part) for part in parts):
        return "upper"
    return "title" if parts and all(part[0].isupper() for part in parts) else "lower"


def _region(region: str) -> str:
    """A state or country after the place; ``N.H.`` and ``AZ`` are written in capitals anyway."""
    is_initials = "." in region[:-1] or len(region.rstrip(".")) <= 2
    return region if is_initials or not region.isupper() else usual_spelling(region)
