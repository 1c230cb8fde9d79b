"""English verb forms by rule: enough for a list of lemmas, not for reading any text."""

from collections.abc import Iterator

from models.source_bias.phrases import words

BASE, THIRD, PAST, PARTICIPLE, GERUND = "b", "s", "d", "n", "g"

_IRREGULAR = {  # past and participle
    line.split()[0]: line.split()[1:]
    for line in """
        say said said
        tell told told
        write wrote written
        speak spoke spoken
        think thought thought
        know knew known
        see saw seen
        find found found
        show showed shown
        make made made
        take took taken
        give gave given
        get got gotten
        go went gone
        come came come
        hold held held
        lay laid laid
        put put put
        read read read
        hear heard heard
        feel felt felt
        mean meant meant
        understand understood understood
        foresee foresaw foreseen
        forecast forecast forecast
        seek sought sought
        swear swore sworn
        sing sang sung
        bring brought brought
        draw drew drawn
        throw threw thrown
        choose chose chosen
        forget forgot forgotten
        let let let
        set set set
        hit hit hit
        cast cast cast
        rebut rebutted rebutted
        retell retold retold
        rethink rethought rethought
        teach taught taught
        fight fought fought
        stand stood stood
        run ran run
        keep kept kept
        have had had
        do did done
        weave wove woven
        strike struck struck
        shoot shot shot
        rewrite rewrote rewritten
        withdraw withdrew withdrawn
        foretell foretold foretold
        misunderstand misunderstood misunderstood
    """.strip().splitlines()
}
_DOUBLED = words(
    "admit refer prefer concur infer regret dispel rebut compel plan slam ban brag rip shrug flag dub tap nod chat "
    "blog rap bar drop quip cut pan knot grab pin plot map permit commit submit omit defer deter snub stop beg opt jab "
    "scan"
)
_VOWELS = frozenset("aeiou")


def verb_forms(lemma: str) -> Iterator[tuple[str, str]]:
    """``(form, kinds)`` of one verb, kinds being letters of ``BASE THIRD PAST PARTICIPLE GERUND``."""
    stem = lemma + lemma[-1] if lemma in _DOUBLED else lemma
    past, participle = _IRREGULAR.get(lemma) or [_past(stem)] * 2
    yield lemma, BASE
    yield _third(lemma), THIRD
    yield past, PAST
    yield participle, PARTICIPLE
    yield _gerund(stem), GERUND


def plural(noun: str) -> str:
    """The regular plural of a noun."""
    return _third(noun)


def _third(lemma: str) -> str:
    if lemma.endswith(("s", "x", "z", "ch", "sh", "go", "do")):
        return lemma + "es"
    if lemma.endswith("y") and lemma[-2] not in _VOWELS:
        return lemma[:-1] + "ies"
    return {"have": "has"}.get(lemma, lemma + "s")


def _past(stem: str) -> str:
    if stem.endswith("e"):
        return stem + "d"
    if stem.endswith("y") and stem[-2] not in _VOWELS:
        return stem[:-1] + "ied"
    return stem + "ed"


def _gerund(stem: str) -> str:
    if stem.endswith("ie"):
        return stem[:-2] + "ying"
    if stem.endswith("e") and not stem.endswith(("ee", "oe", "ye")):
        return stem[:-1] + "ing"
    return stem + "ing"
