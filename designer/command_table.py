"""Every command of the window in one table, and the menus made from it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from designer.beginning import open_templates
from designer.canvas import commands as canvas_commands
from designer.canvas.heat import GRADIENT, MEASURES
from designer.commands import Command
from designer.helping import open_manual
from designer.layerwise import learn_by_layers, why_not_by_layers
from designer.shortcut_page import ShortcutPage
from designer.step_bar import EDIT_BY_HAND
from designer.steps import edit_by_hand, show_step, why_not_by_hand, why_not_show
from designer.typed import settings_typed

if TYPE_CHECKING:
    from designer.window import MainWindow

STEP_GRAPH = "Show the step graph"
MENUS = ("File", "Edit", "View", "Network", "Training", "Help")
_IN_NETWORK = {
    "add",
    "connect",
    "connect_from",
    "disconnect",
    "open",
    "group",
    "expand",
    "detach",
    "unfold",
    "in_time",
    "fold",
    "rename",
    "mute",
    "freeze",
    "checkpoint",
    "deepen",
    "repeat",
    "share",
    "fixes",
    "arrange",
}
_IN_NETWORK |= {"frame", "note"} | {c.name for c in canvas_commands.COMMANDS if c.within == "Align"}
_CANVAS = "canvas_"  # before the names of its commands, among all shortcuts
_IN_VIEW = {"fit", "fit_selection", "actual_size", "zoom_in", "zoom_out", "previous_view", "next_view", "heat"}
_ICONS = {
    "add": "plus",
    "copy": "copy",
    "cut": "scissors",
    "paste": "clipboard-paste",
    "delete": "trash-2",
    "fit": "maximize",
    "group": "group",
    "expand": "ungroup",
    "arrange": "workflow",
    "mute": "eye-off",
    "freeze": "snowflake",
    "checkpoint": "refresh-cw",
    "repeat": "repeat",
    "share": "link",
}


def fill(window: MainWindow) -> None:
    """Gives a window its commands, menus and toolbar."""
    commands = window.commands
    for part in (_file, _edit, _view, _network, _training, _help):
        commands.add(part(window))
    commands.add(_of_canvas(window))
    window.box.more = partial(settings_typed, window)
    follow = partial(_follow_keys, window)
    commands.shortcuts.changed.connect(follow)
    follow()
    for name in MENUS:
        menu = commands.menu(name, window.main_menu)
        if name == "View":
            menu.addSeparator()
            panels = menu.addMenu("Panels")
            panels.addActions(list(window.bench.toggles()))
        window.main_menu.addMenu(menu)
    file = [commands["New"], commands["Open…"], commands["Save"]]
    history = [commands["Undo"], commands["Redo"]]
    training = [commands["Train"], commands["Pause"], commands["Stop"]]
    window.top.fill(file, history, training, window.theme)


def _file(window: MainWindow) -> Iterator[Command]:
    files, document = window.files, window.document

    def why_not_save() -> str:
        if not window.at_work:
            return "No design is open."
        saved = document.path is not None and not document.modified
        return "Everything is saved already." if saved else ""

    open_ = partial(_needs_work, window)
    yield Command("File", "New", files.new, ("Ctrl+N",), "file-plus", help="An empty network to draw")
    begin, told = partial(open_templates, window), "An architecture of the literature, set as you choose"
    yield Command("File", "New from template…", begin, ("Ctrl+Shift+N",), "layers", help=told)
    yield Command("File", "Open…", files.ask_open, ("Ctrl+O",), "folder-open", help="Open a design file")
    yield Command("File", "Welcome page", window.show_welcome, (), "graduation-cap", help="Lessons and recent files")
    yield Command("File", "Save", files.save, ("Ctrl+S",), "save", why_not_save, help="Save the design", divides=True)
    yield Command("File", "Save as…", files.save_as, ("Ctrl+Shift+S",), "", open_, help="Save under another name")
    code, told = window.export_code, "Readable PyTorch code, the training script, and weights where there are some"
    yield Command("File", "Export code…", code, ("Ctrl+Shift+E",), "code", open_, help=told, divides=True)
    export, kinds = window.export_picture, "The canvas as PNG, SVG or PDF"
    yield Command("File", "Export picture…", export, ("Ctrl+E",), "image", open_, help=kinds)
    yield Command("File", "Quit", window.close, ("Ctrl+Q",), "", help="Close the window", divides=True)


def _edit(window: MainWindow) -> Iterator[Command]:
    document = window.document

    def why_not_undo() -> str:
        return "" if document.history else "There is nothing to undo."

    def why_not_redo() -> str:
        return "" if document.future else "There is nothing to do again."

    undo, again = window.rewind.undo, window.rewind.redo
    yield Command("Edit", "Undo", undo, ("Ctrl+Z",), "undo-2", why_not_undo, help="Take back the last step")
    redo = ("Ctrl+Shift+Z", "Ctrl+Y")
    yield Command("Edit", "Redo", again, redo, "redo-2", why_not_redo, help="Do again what was taken back")
    find = partial(_needs_work, window)
    steps = "Every step in words; a click goes back or on to it"
    yield Command("Edit", "History", window.show_history, ("Ctrl+H",), "history", find, help=steps)
    yield Command("Edit", "Find…", window.finder.open, ("Ctrl+F",), "search", find, help="Find a node", divides=True)


def _view(window: MainWindow) -> Iterator[Command]:
    keys = ("Ctrl+Shift+P",)
    yield Command("View", "Commands…", window.box.open, keys, "command", help="Give any command by its name")
    search = window.palette_panel.focus_search
    yield Command("View", "Search blocks", search, ("Ctrl+B",), "blocks", partial(_needs_work, window))
    for name, words in (("light", "Light theme"), ("dark", "Dark theme"), ("contrast", "High contrast theme")):
        on = partial(_in_theme, window, name)
        yield Command("View", words, partial(window.choose_theme, name), on=on, divides=name == "light")
    system = "The colours of the desktop, also when it changes them"
    yield Command("View", "Theme of the system", partial(window.choose_theme, ""), help=system)
    square, told = lambda: window.stage.canvas.sheet.wires.square, "Wires run level and upright, not in curves"
    yield Command("View", "Square wires", window.stage.turn_wires, on=square, help=told, divides=True)
    guided, told = lambda: window.stage.canvas.guided, "What is dragged comes to rest in line with what stands near"
    yield Command("View", "Snap to guides", window.stage.turn_guides, on=guided, help=told)
    last, told = lambda: window.stage.canvas.sheet.channels_last, "Shapes on wires as height × width × channels"
    yield Command("View", "Channels last", window.stage.turn_channels, on=last, help=told)
    heat = window.stage.canvas.legend
    for name in ("", *MEASURES, GRADIENT.name):
        words, on = f"Heat: {name or 'none'}", partial(_heated, window, name)
        told = "Colour the cards by it" if name else "Colour the cards by their category"
        show = partial(heat.show_measure, name)
        yield Command("View", words, show, on=on, why=partial(_needs_work, window), help=told, divides=not name)
    yield from _areas(window)
    yield Command(
        "View",
        "Move panels",
        lambda: window.bench.set_movable(not window.bench.movable),
        on=lambda: window.bench.movable,
        help="Show title bars by which panels are moved, floated and closed",
        divides=True,
    )
    yield Command("View", "Reset panels", window.bench.settle, help="Put every panel where it stood at first")


def _areas(window: MainWindow) -> Iterator[Command]:
    assert window.walk is not None
    onward, back = partial(window.walk.step, 1), partial(window.walk.step, -1)
    told = "The keyboard goes on to the next part of the window; Esc leads to the canvas"
    yield Command("View", "Next area", onward, ("F6",), help=told, divides=True)
    yield Command("View", "Previous area", back, ("Shift+F6",), help="The keyboard goes back to the part before")
    for number, (name, dock) in enumerate(window.bench.docks.items(), start=1):
        key, why = (f"Alt+{number % 10}",) if number <= 10 else (), partial(_needs_work, window)
        told, go = f"Show {name.lower()}, with the keyboard in it", partial(window.walk.reach, dock)
        yield Command("View", f"Go to {name}", go, key, why=why, help=told, within="Go to")


def _network(window: MainWindow) -> Iterator[Command]:
    open_ = partial(_needs_work, window)

    def why_not_delete() -> str:
        if not window.stage.scene.place.network:
            return "No network is in sight."
        return "" if len(window.document.design.networks) > 1 else "It is the only network of the design."

    def delete() -> None:
        window.remove_network(window.stage.scene.place.network)

    yield Command("Network", "Add network", window.add_network, (), "workflow", open_, help="One more network")
    yield Command("Network", "Delete network", delete, (), "", why_not_delete, help="Delete the network in sight")


def _training(window: MainWindow) -> Iterator[Command]:
    trainer = window.trainer
    train, pause, stop = ("Ctrl+R", "F5"), ("Ctrl+Shift+R",), ("Shift+F5",)
    yield Command("Training", "Train", trainer.train, train, "play", trainer.why_not_train, help="Train the design")
    yield Command(
        "Training",
        "Pause",
        trainer.pause,
        pause,
        "pause",
        trainer.why_not_pause,
        on=lambda: window.training.state == "paused",
        help="Wait after the step under way; again to go on",
    )
    help_ = "Finish the step under way, save and end"
    yield Command("Training", "Stop", trainer.stop, stop, "square", trainer.why_not_stop, help=help_)
    show, why, told = partial(show_step, window), partial(why_not_show, window), "What is done with every batch"
    yield Command("Training", STEP_GRAPH, show, ("Ctrl+Shift+T",), "workflow", why, help=told, divides=True)
    edit, why = partial(edit_by_hand, window), partial(why_not_by_hand, window)
    yield Command("Training", EDIT_BY_HAND, edit, (), "pencil", why, help="Draw what the recipe drew yourself")
    layers, why = partial(learn_by_layers, window), partial(why_not_by_layers, window)
    told = "Cut this network into its layers and let each learn to restore before all are tuned"
    yield Command("Training", "Pre-train layer by layer", layers, (), "layers", why, help=told)


def _help(window: MainWindow) -> Iterator[Command]:
    page, told = partial(open_manual, window), "The page of the selected block in the manual"
    yield Command("Help", "About the block", page, ("F1",), "circle-help", help=told)
    manual = partial(open_manual, window, "")
    yield Command("Help", "Manual", manual, (), "blocks", help="All blocks, to search and read about")
    about = f"Layerwright 0.1.0 on Python {sys.version.split()[0]}; training has a process of its own."
    yield Command("Help", "About Layerwright", lambda: window.say(about), (), "info")
    shortcuts = partial(_choose_keys, window)
    yield Command("Help", "Keyboard shortcuts…", shortcuts, ("Ctrl+K",), help="Choose keys of your own")
    yield Command("Help", "Menu", window.top.menu.showMenu, ("F10",), "menu", help="Open the menu")


def _of_canvas(window: MainWindow) -> Iterator[Command]:
    """The canvas's own commands: their keys work there, here they have a place in the menus."""
    canvas = window.stage.canvas
    group: dict[str, int] = {}
    for command in canvas_commands.COMMANDS:
        name = command.name
        menu = "Network" if name in _IN_NETWORK else "View" if name in _IN_VIEW else "Edit"
        menu = menu if command.listed else "Canvas"  # no menu of the window: they have keys only
        divides = group.setdefault(menu, -1) != command.group
        group[menu] = command.group

        def why(command: canvas_commands.Command = command) -> str:
            return _needs_work(window) or command.why_not(canvas)

        run = partial(canvas_commands.run, canvas, command)
        icon = _ICONS.get(name, "")
        yield Command(
            menu,
            command.title,
            run,
            command.keys,
            icon,
            why,
            divides=divides,
            within=command.within,
            elsewhere=True,
            name=_CANVAS + name,
        )


def _choose_keys(window: MainWindow) -> None:
    """Opens the page of keys, or brings it to the front."""
    page = window.findChild(ShortcutPage) or ShortcutPage(window.commands.shortcuts, window)
    page.show()
    page.raise_()
    page.activateWindow()


def _follow_keys(window: MainWindow) -> None:
    """Lets the canvas obey the keys that its commands have now."""
    keys = window.commands.shortcuts.keys
    names = (command.name for command in canvas_commands.COMMANDS)
    window.stage.canvas.keymap.rebind({name: keys(f"{_CANVAS}{name}") for name in names})


def _in_theme(window: MainWindow, name: str) -> bool:
    return window.theme.name == name


def _heated(window: MainWindow, name: str) -> bool:
    return window.stage.canvas.legend.measure == name


def _needs_work(window: MainWindow) -> str:
    return "" if window.at_work else "No design is open."
