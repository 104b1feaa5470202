"""Under which headings forms show settings, which come after a definition's own, and where they have an effect."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import Any

from blocks.where import Where


def grouped(held: Any, group: str) -> Any:
    """A field that a form shows under a heading."""
    return _saying(held, group=group)


def where(held: Any, name: str, *values: object) -> Any:
    """A field that has an effect only where another one has one of these values, or is set at all."""
    return _saying(held, where=Where(name, values))


def last(held: Any, group: str = "") -> Any:
    """A field of what many definitions share: given by name only, and shown after each one's own."""
    held.kw_only = True
    return grouped(held, group)


def _saying(held: Any, **words: Any) -> Any:
    held.metadata = MappingProxyType({"setting": replace(held.metadata["setting"], **words)})
    return held
