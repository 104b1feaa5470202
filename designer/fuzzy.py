"""How well a few typed letters name something: the one measure behind every box that is searched."""

from __future__ import annotations

from collections.abc import Sequence

LEAST = 10.0  # points below which nothing is meant


def named(typed: str, name: str) -> float:
    """0 to 100, both in small letters: the name itself, its beginning, that of a word, a part, or strewn letters."""
    if typed == name:
        return 100.0
    if name.startswith(typed):
        return 90.0 - 0.5 * min(len(name) - len(typed), 60)
    if any(word.startswith(typed) for word in name.split()):
        return 75.0
    if typed in name:
        return 60.0 - 0.5 * min(name.index(typed), 60)
    return _scattered(typed, name)


def _scattered(typed: str, name: str) -> float:
    """Letters in order with others between: `bn` in batchnorm; worth less the wider they are strewn."""
    at, first = -1, name.find(typed[:1])
    for letter in typed:
        at = name.find(letter, at + 1)
        if at < 0:
            return 0.0
    return 40.0 - 2.0 * (at - first + 1 - len(typed)) if first == 0 else 0.0


def initials(typed: str, name: str) -> float:
    """Points where the letters are those with which the words of a name begin: `swi` in show wires inside."""
    first = "".join(word[0] for word in name.split() if word[0].isalnum())
    return 70.0 if len(typed) > 1 and first.startswith(typed) else 0.0


def score(words: Sequence[str], name: str, others: str = "") -> float:
    """How well typed words name something that is called `name` and has to do with `others`; nothing typed fits all."""
    if not words:
        return 100.0
    whole = " ".join(words).lower()
    known = (name.lower(), *others.lower().split())
    parts = (max(max(named(word.lower(), each) for each in known), named(word.lower(), known[0])) for word in words)
    return max(named(whole, known[0]), initials(whole, known[0]), 0.8 * min(parts))
