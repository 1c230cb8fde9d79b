"""Names are swapped alike in all their forms, and marked words move along."""

import numpy as np

from training.names import NAMES_FILE, swap_names


def test_every_form_names_the_same_number_of_countries() -> None:
    counts: dict[tuple[str, str], set[int]] = {}
    for line in NAMES_FILE.read_text("utf-8").splitlines():
        language, kind, names = line.split("\t")
        counts.setdefault((language, kind), set()).add(len(names.split("|")))
    assert all(len(found) == 1 for found in counts.values())
    assert {("en", "country"), ("en", "outlet"), ("ru", "country"), ("ru", "outlet")} <= counts.keys()


def test_all_forms_of_a_name_become_the_same_other() -> None:
    random = np.random.default_rng(0)
    pairs = {"Russia": "Russian", "Ukraine": "Ukrainian", "Spain": "Spanish", "Cuba": "Cuban", "Iran": "Iranian"}
    for _ in range(60):
        text, _ = swap_names("Russia sent Russian troops.", None, "en", random)
        country, adjective = text.split()[0], text.split()[2]
        assert pairs.get(country, adjective) == adjective


def test_words_move_along() -> None:
    random = np.random.default_rng(3)
    text = "Russian gunmen shot two Ukrainians dead near Kyiv."
    words = ((0, 14, "agent"), (15, 19, "killing"), (20, 34, "victim"), (45, 49, "place"))
    for _ in range(20):
        swapped, moved = swap_names(text, words, "en", random)
        assert moved is not None
        agent, killing, victim, place = (swapped[start:end] for start, end, _ in moved)
        assert agent.endswith(" gunmen")
        assert killing == "shot"
        assert victim.startswith("two ")
        assert swapped.endswith(f"near {place}.")


def test_a_text_without_names_stays() -> None:
    assert swap_names("Совет обсудил дороги.", (), "ru", np.random.default_rng(0)) == ("Совет обсудил дороги.", ())
