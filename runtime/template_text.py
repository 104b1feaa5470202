"""The templates as the command line lists them: for people as lines, for machines as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.text import Text

from blocks.zoo import TEMPLATES, Template
from runtime.manual_text import setting_facts


def listed() -> Iterator[Text]:
    """Every template under its family: what it is, and its settings with what they take."""
    families = list(dict.fromkeys(kind.family for kind in TEMPLATES))
    family = ""
    for kind in sorted(TEMPLATES, key=lambda kind: families.index(kind.family)):
        if kind.family != family:
            family = kind.family
            yield Text(f"\n{family}", "bold")
        yield Text.assemble("  ", (kind.kind(), "bold"), f"  {kind.summary()}")
        for setting in kind.settings.values():
            default = setting.show(setting.default)
            yield Text.assemble(f"    {setting.name:20} ", (f"{setting.expected}; {default or 'empty'}", "dim"))


def facts() -> list[dict[str, Any]]:
    """The same as JSON values."""
    return [_facts(kind) for kind in TEMPLATES]


def _facts(kind: type[Template]) -> dict[str, Any]:
    return {
        "template": kind.kind(),
        "family": kind.family,
        "summary": kind.summary(),
        "source": kind.source,
        "keywords": kind.keywords.split(),
        "settings": [setting_facts(setting) for setting in kind.settings.values()],
    }
