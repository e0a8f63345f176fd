"""The list of error codes sees every place that makes an error."""

from __future__ import annotations

import ast

import error_codes


def test_a_call_with_a_code_is_seen_with_its_words() -> None:
    tree = ast.parse("raise InputError('FSC101', f'Expected {n} names.', 'Give ' 'one.')")

    (call,) = error_codes.calls_with_code(tree)
    site = error_codes.site_of(call, "core/_people.py")

    assert (site.code, site.class_name, site.room) == ("FSC101", "InputError", "core")
    assert (site.problem, site.remedy) == ("Expected {n} names.", "Give one.")


def test_a_code_in_other_words_is_not_taken_for_one() -> None:
    tree = ast.parse("print('FSC101 is a code'); f('FSC10', 'x'); g(2)")

    assert list(error_codes.calls_with_code(tree)) == []
