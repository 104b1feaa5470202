"""Ways of training: one family a file, each taken into the catalogue by being here."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from runtime.recipe import RECIPES, Recipe

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = ["RECIPES", "Recipe"]
