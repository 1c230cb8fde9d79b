"""Lists of verbs with what they govern: lines of ``frames: lemmas``, a lemma may stand in several."""


def frames_by_lemma(listing: str) -> dict[str, frozenset[str]]:
    """All frames of each lemma, in the order of the listing."""
    frames: dict[str, frozenset[str]] = {}
    for line in listing.strip().splitlines():
        allowed, lemmas = line.split(":")
        for lemma in lemmas.split():
            frames[lemma] = frames.get(lemma, frozenset()) | frozenset(allowed.split())
    return frames
