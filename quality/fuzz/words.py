"""What bad requests are made of."""

from typing import Any

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "QUERY", "BREW")
PATHS = (
    "", ".", "..", "%2e%2e", "%00", "%ff", "%c0%af", "a/b", "{id}", "null", "undefined", "0", "-1", "art_", "ep_0",
    "art_" + "0" * 32, "art_" + "g" * 32, "dlv_" + "0" * 32, "ep_" + "0" * 32, "ART_" + "0" * 32, "ключ", "😀", " ",
    "\t", "'", '"', "' OR 1=1 --", "<script>", "islamic-state", "x" * 300, "\u202e", "a\u0301", "%", "%%", ";", "*",
)  # fmt: skip
QUERIES = (
    "limit=0", "limit=-1", "limit=1e3", "limit=101", "limit=%D9%A3", "limit=", "limit=20&limit=30", "limit[]=1",
    "cursor=x", "cursor=" + "a" * 101, "cursor=%00", "cursor=%ff%fe", "cursor=W10", "state=none", "state=queued",
    "label=violence", "label=x", "action=block", "review_state=open", "created_after=yesterday", "offset_unit=utf8",
    "created_after=2026-13-01", "created_after=9999-12-31T23:59:59-23:59", "created_after=2026-01-01T00:00:00+00:00",
    "offset_unit=utf16", "jurisdiction=ru", "jurisdiction=RU", "jurisdiction=ZZ", "format=pdf", "format=html", "q=",
    "q=%00", "q=" + "q" * 201, "q=%D0%98", "on=2026-02-30", "on=2026-02-28", "endpoint_id=ep_1", "%00=1", "a=1",
    "key=x", "key=%ff", "external_id=a", "=", "&&", "%", "a[b][c]=1", "__proto__=1", "x" * 500 + "=1", "=1", "?",
)  # fmt: skip
HEADERS: dict[str, tuple[str, ...]] = {
    "Authorization": ("", "Bearer", "Bearer ", "Basic eDp5", "bearer x y", "Token x", "Bearer " + "k" * 4000, "\xff"),
    "Content-Encoding": ("gzip", "br", "identity", "gzip, gzip", "", "x"),
    "Content-Type": ("", "application/json", "application/json; charset=utf-16", "text/html", "a/b/c", ";", "json"),
    "Idempotency-Key": ("", "a", "a b", "x" * 256, "\xe9", '"quoted"', "same"),
    "Prefer": ("wait", "wait=", "wait=-1", "wait=x", "wait=0", "respond-async", "wait=0, wait=9", "=", ";;;"),
    "Accept": ("text/html", "*/*;q=0", "", "application/xml", "x"),
    "Accept-Encoding": ("gzip", "br", "*;q=0", "", "gzip;q=x"),
    "X-Request-ID": ("", "a" * 65, "ok-1", "a b", "\xff"),
    "If-None-Match": ("*", '"x"', "x", 'W/"a", "b"', ""),
    "If-Match": ("*", '"x"', ""),
    "Expect": ("100-continue", "200-ok", "", "x"),
    "Range": ("bytes=0-1", "bytes=-", "x"),
    "Origin": ("https://example.org", "null", "", "x"),
    "Sec-Fetch-Site": ("cross-site", "none", "x"),
    "X-Forwarded-For": ("127.0.0.1", "x", "a, b, c"),
    "X-HTTP-Method-Override": ("DELETE", "x"),
    "Cookie": ("obelus_session=x", "=", "a=b; c", "\xff"),
    "Accept-Language": ("ru", "*", "", "x" * 500),
    "X-Padding": ("a" * 8_300,),
    "Host": ("example.org", "localhost:99999", "a b", "[::1"),
}  # fmt: skip
TYPES = (
    "", "application/json", "application/json; charset=utf-8", "application/json; charset=latin-1", "text/plain",
    "application/x-www-form-urlencoded", "multipart/form-data", "multipart/form-data; boundary=x", "application/xml",
    "application/problem+json", "application/*", "*/*", "json", "application/json;charset", "a" * 300, "\xff/\xff",
)  # fmt: skip
_DEEP = b'{"a":' * 600 + b"1" + b"}" * 600
BODIES: tuple[bytes, ...] = (
    b"", b" ", b"null", b"true", b"0", b'""', b"[]", b"{}", b"[[]]", b"[{}]", b'"text"', b"NaN", b"-", b"{", b"}",
    b'{"text"}', b'{"text":}', b'{"text":"a"}{"text":"b"}', b'{"text":"a",}', b"{'text':'a'}", b'{"text":"a"}\0',
    b'\xef\xbb\xbf{"text":"a"}', b'\xff\xfe{\0}\0', b'{"text":"\xff"}', b'{"text":"\\ud800"}', b'{"text":"\\u0000"}',
    b'{"text":"a","text":"b"}', b'{"text":1e999}', b'{"text":-0}', b'{"text":' + b"9" * 400 + b"}", _DEEP,
    b"[" * 100_000, b'{"articles":[]}', b'{"articles":[1,{},null]}', b'{"input":[]}', b'{"input":[[1]]}',
    b'{"comment":{}}', b'{"comment":{"text":1}}', b'{"html":"<p>"}', b'{"html":"<script>"}', b'{"html":"","text":""}',
    b"text=a&html=b", b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n--x--", b"<xml/>", b"\x1f\x8b\x08",
    b'{"text":"' + b"a" * 200_001 + b'"}', b'{"__proto__":{"a":1}}', b'{"\\u0000":1}', b'{"":1}', b"//", b"#",
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 1.5, 1e308, 2**63, 2**64, -(2**63) - 1, "", " ", "a", "\0", "\ud800", "\uffff", "😀",
    "x" * 1_001, "x" * 10_000, "null", "2026-13-45", "0000-00-00", "9999-12-31T23:59:60Z", "2026-01-01T00:00:00+99:99",
    "http://", "https://[", "https://user:pass@example.org/", "https://example.org:99999/", "javascript:alert(1)",
    "ftp://example.org", "//example.org", "https://" + "a" * 300 + ".org", "en", "xx", "RU", "whsec_", [], {}, [None],
    [[]], [{}], {"a": None}, {"": ""}, {"a": {"b": {"c": []}}}, ["a"] * 200, {str(n): n for n in range(200)},
    [1, "a", None, {}, []], {"\0": 1}, {"a": "\0"}, "' OR '1'='1", "<b>", "%s%n", "{{7*7}}", "../../etc/passwd",
)  # fmt: skip
