"""Under which headings forms show settings; and which of them come after a definition's own."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import Any


def grouped(held: Any, group: str) -> Any:
    """A field that a form shows under a heading."""
    held.metadata = MappingProxyType({"setting": replace(held.metadata["setting"], group=group)})
    return held


def last(held: Any, group: str = "") -> Any:
    """A field of what many definitions share: given by name only, and shown after each one's own."""
    held.kw_only = True
    return grouped(held, group)
