"""The entries of recurrent networks and language models and the template calls that make them."""

from __future__ import annotations

from blocks.zoo.language import ONE_HOT, CharacterModel, WordModel
from blocks.zoo.recurrent import RecurrentCell, RecurrentClassifier
from tests.zoo.entry import Entry, Key

ROWS = "one layer, 28 steps of 28 features, hidden 128, FC 10 on the last step"
BOTH_WAYS = "one bidirectional layer, hidden 128 each way, FC 256->10"
STACKED = "two layers, hidden 128, FC 10"


def _classifier(cell: str, layers: int = 1, bidirectional: bool = False) -> Entry:
    name = cell.lower()
    stages = {"hidden sequence": name, "last step": "last_step"}
    stages |= {f"hidden sequence {i}": f"{name}{i}" for i in (1, 2)}
    return Entry(RecurrentClassifier(cell, 128, layers, bidirectional), stages)


def _characters(cell: str) -> Entry:
    return Entry(CharacterModel(cell, 1027, 256, reads=ONE_HOT), {"hidden sequence": cell.lower()})


def _words(size: int) -> Entry:
    return Entry(WordModel(embedding=size, hidden=size), {"LSTM 1": "lstm1", "LSTM 2": "lstm2"})


def _cell(cell: str, **settings: object) -> Entry:
    return Entry(RecurrentCell(cell, 128, 256, **settings))


def _lyrics(cell: str) -> str:
    return f"{cell}, one-hot vocabulary 1027, hidden 256, 35 steps (gluonbook lyrics model)"


def _ptb(name: str, size: int) -> str:
    return f"PTB {name}: embedding {size}, two LSTM layers of {size}, vocabulary 10,000, 35 steps"


ENTRIES: dict[Key, Entry] = {
    ("RNN", ROWS): _classifier("RNN"),
    ("LSTM", ROWS): _classifier("LSTM"),
    ("GRU", ROWS): _classifier("GRU"),
    ("Bi-RNN", BOTH_WAYS): _classifier("RNN", bidirectional=True),
    ("Bi-LSTM", BOTH_WAYS): _classifier("LSTM", bidirectional=True),
    ("Stacked LSTM", STACKED): _classifier("LSTM", 2),
    ("Stacked GRU", STACKED): _classifier("GRU", 2),
    **{("Character language model", _lyrics(cell)): _characters(cell) for cell in ("RNN", "LSTM", "GRU")},
    ("Stacked LSTM language model", _ptb("small", 200)): _words(200),
    ("Stacked LSTM language model", _ptb("large", 1500)): _words(1500),
    ("LSTM cell", "peephole (diagonal), x=128, h=256"): _cell("LSTM", peepholes=True),
    ("LSTM cell", "coupled forget and input gates (i = 1 - f), x=128, h=256"): _cell("LSTM", forget="coupled"),
    ("LSTM cell", "no forget gate (f fixed at 1), x=128, h=256"): _cell("LSTM", forget="none"),
    ("LSTM cell", "standard with forget gate, x=128, h=256"): _cell("LSTM"),
    ("LSTM cell", "bidirectional, x=128, h=256"): _cell("LSTM", bidirectional=True),
    ("GRU cell", "reset gate and update gate, one bias, x=128, h=256"): _cell("GRU"),
    ("RNN cell", "Elman, x=128, h=256"): _cell("RNN"),
}
