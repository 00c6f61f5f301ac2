"""Ids say when a row was made, so that the newest stand at the end of every index (RFC 9562 §5.7)."""

from models.database.base import new_id


def test_ids_sort_by_the_moment_they_were_made_at_even_within_a_millisecond():
    made = [new_id() for _ in range(10_000)]
    assert made == sorted(set(made))
    assert {(one.version, one.variant) for one in made} == {(7, "specified in RFC 4122")}
