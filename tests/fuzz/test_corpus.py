"""Every input of the fuzzers that is worth keeping, once: what a fuzzer found is held here, and no target can rot."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS, opened

CORPUS = Path(__file__).parent / "corpus"


@pytest.mark.parametrize("target", TARGETS)
def test_nothing_in_the_corpus_breaks_what_reads_it(target):
    inputs = sorted((CORPUS / target).iterdir())
    with opened(target) as fuzzed:
        for file in [*inputs, *(file for file in (CORPUS / "any").iterdir())]:
            fuzzed(file.read_bytes())
    assert inputs


def test_every_target_has_a_corpus_and_every_corpus_a_target():
    assert {folder.name for folder in CORPUS.iterdir()} == {*TARGETS, "any"}
