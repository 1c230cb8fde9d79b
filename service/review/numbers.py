"""Numbers in words for people: counts, sizes, spans of time; in the reader's language."""

from service.review.language import show_decimal, translate

_KIBI = 1024
_TENTH = 0.1
_SIZES = ("B", "KiB", "MiB", "GiB", "TiB")
_UNITS = ((86_400, "span.days"), (3_600, "span.hours"), (60, "span.minutes"))


def show_number(number: int, most: int | None = None) -> str:
    """With a no-break space between thousands; ``1 000+`` where counting stopped at *most*."""
    text = f"{number:,}".replace(",", "\N{NO-BREAK SPACE}")
    return f"{text}+" if most is not None and number >= most else text


def show_bytes(size: float) -> str:
    """``3.4 MiB``."""
    unit = 0
    while size >= _KIBI and unit < len(_SIZES) - 1:
        size, unit = size / _KIBI, unit + 1
    return translate(f"unit.{_SIZES[unit]}", size=show_decimal(size, 1 if unit else 0))


def show_span(seconds: float) -> str:
    """The largest unit that fits, rounded down: ``3 h``; below a second with tenths or hundredths: ``0.05 s``."""
    for size, key in _UNITS:
        if seconds >= size:
            return translate(key, count=show_number(int(seconds // size)) if seconds < float("inf") else "∞")
    digits = 0 if seconds <= 0 or seconds >= 1 else 2 if seconds < _TENTH else 1
    return translate("span.seconds", count=show_decimal(max(0, seconds), digits))
