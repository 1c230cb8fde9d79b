"""The figures of a reading: what they count is what was to be counted."""

from models.text import split_sentences
from quality.speed.product import measure_rate
from quality.speed.reading import SEED, to_table, varied


def test_the_articles_of_a_batch_share_hardly_a_sentence() -> None:
    """Else it would be measured how quickly nothing is read."""
    one, two = ({span.text for span in split_sentences(varied(number))} for number in (1, 2))
    assert len(one) >= len(split_sentences(SEED.read_text("utf-8"))) - 1
    assert len(one & two) <= 2


def test_a_rate_is_that_of_a_processor() -> None:
    """Between a tenth of a billion and a hundred million millions of operations a second."""
    assert 1e8 < measure_rate(16, width=32, inner_width=64, layers=1) < 1e14


def test_the_table_names_every_stage() -> None:
    taken = {"cpu_ms": 1.0, "wall_ms": 2.0}
    table = to_table(
        {
            "stages": {"network": taken, "words": taken},
            "article": {"threads_1": taken, "threads_2": taken},
            "batches": {"8": taken},
            "again": taken,
            "floor": {
                "tokens": 467,
                "gflop": 10.0,
                "int8_gop_per_second": 700,
                "floor_ms": 13.0,
                "times_the_floor": 1.4,
            },
            "worker": {"rss_mb": 1, "peak_mb": 2, "whole_s": 3, "import_s": 1, "load_s": 1, "first_s": 1},
        }
    )
    for part in ("network", "words", "1 thread", "8 in a batch", "467 tokens", "1.40 x", "peak 2"):
        assert part in table
