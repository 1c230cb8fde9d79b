"""Outside, a person is one and the same nobody; a program goes by its key's id."""

from store import clock
from store.pseudonyms import pseudonym


def test_a_person_has_one_pseudonym_that_does_not_hold_their_id() -> None:
    one, other = clock.new_id("usr"), clock.new_id("usr")

    assert pseudonym(one) == pseudonym(one) != pseudonym(other)
    assert pseudonym(one).startswith("rev_")
    assert len(pseudonym(one)) == 36
    assert one.removeprefix("usr_") not in pseudonym(one)


def test_an_api_key_is_named_by_its_id() -> None:
    assert pseudonym("key_1") == "key_1"
