"""The list of mutants fits the tree; `make mutants` says whether each is found."""

from __future__ import annotations

from .mutants import load, problems


def test_each_mutant_fits_the_tree_and_its_tests_are_there() -> None:
    assert problems(load()) == []
