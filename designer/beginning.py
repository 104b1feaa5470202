"""How a person begins with an architecture of the literature: the window's side of it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from designer.template_dialog import TemplateDialog
    from designer.window import MainWindow


def open_templates(window: MainWindow) -> TemplateDialog:
    """Offers the templates, or brings them to the front; what is chosen is opened as a new design."""
    # What draws architectures is not loaded before it is wanted.
    from designer.template_dialog import TemplateDialog

    dialog = window.findChild(TemplateDialog)
    if dialog is None:
        dialog = TemplateDialog(lambda: window.theme, partial(window.files.show, saved=False), window)
    dialog.show()
    dialog.raise_()
    dialog.activateWindow()
    return dialog
