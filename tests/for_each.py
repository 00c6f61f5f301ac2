"""One test that tries many values and names each one that fails."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

import pytest


def for_each(
    names: str | tuple[str, ...], values: Iterable[Any]
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Like `parametrize`, with one set of fixtures for all values: for tests that leave nothing behind for the next value."""
    wanted = tuple(name.strip() for name in names.split(",")) if isinstance(names, str) else names
    given_in_turn = list(values)
    assert given_in_turn, "a test that tries nothing shows nothing"

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        takes = inspect.signature(test).parameters

        @wraps(test)
        def try_each(subtests: pytest.Subtests, **fixtures: Any) -> None:
            passed_on = {"subtests": subtests} if "subtests" in takes else {}
            for value in given_in_turn:
                named = dict(zip(wanted, value if len(wanted) > 1 else [value], strict=True))
                with subtests.test(**named):
                    test(**passed_on, **fixtures, **named)

        del try_each.__wrapped__
        kept = [parameter for name, parameter in takes.items() if name not in {*wanted, "subtests"}]
        first = inspect.Parameter("subtests", inspect.Parameter.POSITIONAL_OR_KEYWORD)
        try_each.__signature__ = inspect.Signature([first, *kept])  # type: ignore[attr-defined]
        return try_each

    return decorate
