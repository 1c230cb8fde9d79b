"""Numbers in words for people: counts, sizes, spans of time; in the reader's language."""

from flask import g

from service.review.language import translate

_KIBI = 1024
_TENTH = 0.1
_UNITS = ((86_400, "span.days"), (3_600, "span.hours"), (60, "span.minutes"))


def show_number(number: int, most: int | None = None) -> str:
    """With a no-break space between thousands; ``1 000+`` where counting stopped at *most*."""
    text = f"{number:,}".replace(",", "\N{NO-BREAK SPACE}")
    return f"{text}+" if most is not None and number >= most else text


def show_bytes(size: float) -> str:
    """``3.4 MiB``."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < _KIBI:
            return f"{size:.0f} {unit}" if unit == "B" else f"{show_decimal(size)} {unit}"
        size /= _KIBI
    return f"{show_decimal(size)} TiB"


def show_span(seconds: float) -> str:
    """The largest unit that fits, rounded down: ``3 h``; below a second with tenths or hundredths: ``0.05 s``."""
    for size, key in _UNITS:
        if seconds >= size:
            return translate(key, count=show_number(int(seconds // size)) if seconds < float("inf") else "∞")
    return translate(
        "span.seconds",
        count=show_decimal(seconds, 2 if seconds < _TENTH else 1) if 0 < seconds < 1 else f"{max(0, seconds):.0f}",
    )


def show_decimal(value: float, digits: int = 1) -> str:
    """``2.5``, or as the reader's language writes it."""
    return f"{value:.{digits}f}".replace(".", "," if g.language == "ru" else ".")
