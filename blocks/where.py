"""On which other setting of a definition the effect of one depends."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Where:
    """Where a setting has an effect: where the one of that name has one of `values`, or without any where it is set."""

    name: str
    values: tuple[object, ...] = ()

    def holds(self, value: object) -> bool:
        """Whether it has an effect beside this value of the other setting."""
        return value in self.values if self.values else bool(value) and value != "none"
