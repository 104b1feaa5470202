"""Where examples come from: one source a file, each taken into the catalogue by being here."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from runtime.sources import SOURCES, DataSource, NoData

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = ["SOURCES", "DataSource", "NoData"]
