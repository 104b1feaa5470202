"""What goes through the clipboard: nodes as readable text between windows, and as PyTorch code out and in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication

from blocks import edits
from designer.canvas import beside, deeds, fragment
from runtime import pasted
from runtime.excerpt import NoCode, excerpt

if TYPE_CHECKING:
    from designer.canvas.view import Canvas

EMPTY = "The clipboard holds neither nodes nor PyTorch code; copy some first."


def why_not_paste(canvas: Canvas) -> str:
    """Why there is nothing to paste; only the beginning of what is held is looked at."""
    text = QGuiApplication.clipboard().text()
    return "" if '"layerwright"' in text[:200] or pasted.looks_like_code(text) else EMPTY


def copy(canvas: Canvas) -> None:
    """Puts the selection on the clipboard as text that any window can paste."""
    names, decor = beside.taken(canvas)
    sheet = canvas.sheet
    part = edits.extract(sheet.graph, names)
    text = fragment.write(part, sheet.places(names), decor, sheet.checked.networks, sheet.laid)
    QGuiApplication.clipboard().setText(text)


def copy_code(canvas: Canvas) -> None:
    """Puts the PyTorch code of the selection on the clipboard, as it would be exported."""
    try:
        code = excerpt(canvas.sheet.checked, canvas.selection())
    except NoCode as why:
        canvas.say(str(why))
    else:
        QGuiApplication.clipboard().setText(code)
        canvas.message.emit(f"{deeds.counted(canvas.selection())} copied as PyTorch code")


def paste(canvas: Canvas) -> None:
    """Puts what the clipboard holds at the hand; what of it was not understood is said."""
    text, remarks = QGuiApplication.clipboard().text(), ""
    try:
        if '"layerwright"' in text[:200]:
            copied = fragment.read(text)
        elif not pasted.looks_like_code(text):
            raise fragment.NotAFragment(EMPTY)
        else:
            read = pasted.read(text)
            copied, remarks = fragment.Fragment(read.graph, {}), read.told()
    except (fragment.NotAFragment, pasted.NotCode) as why:
        canvas.say(str(why))
        return
    at = canvas.at_hand().at
    canvas.submit(deeds.pasted(canvas.sheet, copied, deeds.centred(at.x(), at.y())))
    if remarks:
        canvas.say(remarks)
