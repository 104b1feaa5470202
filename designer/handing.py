"""What a hand carries from one part of the window to another: a setting, by the name at which it was taken."""

from __future__ import annotations

from PySide6.QtCore import QMimeData

_SETTING = "application/x-layerwright-setting"


def of_setting(name: str) -> QMimeData:
    """A setting of what is selected, as it is carried."""
    held = QMimeData()
    held.setData(_SETTING, name.encode())
    return held


def setting_in(held: QMimeData) -> str:
    """The name of the setting that is carried; empty where something else is."""
    return bytes(held.data(_SETTING).data()).decode(errors="replace")
