"""The canvas: a view that shows one network and answers the hand with intents. It changes nothing itself.

    canvas = Canvas(theme)
    canvas.set_network("LeNet", graph, check(graph), layout, decor)    # at open and after every edit
    canvas.edited.connect(do)                                          # an Intent: one undo step

    def do(intent):
        try:
            graph, layout = applied(intent, graph, layout)             # every node has a place afterwards
            decor = intent.decor(decor)                                # notes, frames, bend points
        except (Refused, BadSetting) as why:
            canvas.say(str(why))                                       # at the cursor and as `message`
            return
        ...                                                            # keep, recheck
        canvas.set_network(name, graph, checked, layout, decor)
        if intent.select is not None:
            canvas.select(intent.select)

Edits made elsewhere (forms, the problem list, code) use `settled(graph, layout)` to give new nodes a place.
`COMMANDS` lists all keys with titles and reasons, for menus and the command palette: `run(canvas, command)`.
"""

from __future__ import annotations

from designer.canvas.commands import COMMANDS, Command, run
from designer.canvas.gestures.drop import BLOCK_MIME
from designer.canvas.intent import Intent, Repair, applied, settled, unchanged
from designer.canvas.view import Canvas
from designer.decor import Decor, decor_of, decorated

__all__ = [
    "BLOCK_MIME",
    "COMMANDS",
    "Canvas",
    "Command",
    "Decor",
    "Intent",
    "Repair",
    "applied",
    "decor_of",
    "decorated",
    "run",
    "settled",
    "unchanged",
]
