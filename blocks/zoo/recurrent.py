"""Recurrent networks: classifiers of sequences, one way or both ways, stacked; and single layers with their gates."""

from __future__ import annotations

from dataclasses import dataclass

from blocks.block import Block
from blocks.composite import End
from blocks.embedding import Embedding
from blocks.linear import Linear
from blocks.merge import Concat
from blocks.position import Reverse
from blocks.recurrent import GRU, LSTM, RNN, LastStep, MeanOverTime
from blocks.recurrent_kinds import GatedGRU, GatedLSTM, SimpleRNN
from blocks.regularization import Dropout
from blocks.reshape import Flatten, Reshape
from blocks.setting import BadSetting, choice, flag, number, whole
from blocks.shape import image, sequence, tokens, vector
from blocks.zoo.drawing import Drawing
from blocks.zoo.template import Template, template

CELLS = ("RNN", "LSTM", "GRU")
ONE, TWO = "one a gate", "two a gate"
BIASES = "Learned vectors of each gate: one, as textbooks count, or two, as torch and cuDNN do."
_TORCHS: dict[str, type[Block]] = {"RNN": RNN, "LSTM": LSTM, "GRU": GRU}
_TEXTBOOKS: dict[str, type[Block]] = {"RNN": SimpleRNN, "LSTM": GatedLSTM, "GRU": GatedGRU}


@dataclass(frozen=True)
class Layer:
    """A layer that is drawn: of each way the states after every step, and those after the last one."""

    name: str
    ways: tuple[End, ...]
    last: tuple[End, ...]

    def states(self, d: Drawing) -> End:
        """Draws what joins the states of both ways step by step, where they are apart."""
        if len(self.ways) == 1:
            return self.ways[0]
        return d.below(self.name, Concat(), *d.beside([[], [(f"{self.name}_restored", Reverse())]], *self.ways))

    def final(self, d: Drawing) -> End:
        """Draws what makes one vector of the last states, where there are several."""
        if len(self.last) > 1:
            return d.below("final_state", Concat(), *self.last)
        [last] = self.last
        return d.below("final_state", Flatten(), last) if last.shape.rank > 1 else last


def draw_layer(d: Drawing, name: str, x: End, block: Block, bidirectional: bool) -> Layer:
    """Draws a layer; where its block cannot read both ways, one layer for each way."""
    size = block.value("hidden_size")
    if not bidirectional:
        y = d.below(name, block, x)
        return Layer(name, (y,), (End(name, "h", vector(size)),))
    if "bidirectional" in block.settings:
        y = d.below(name, block.with_settings(bidirectional=True), x)
        return Layer(name, (y,), (End(name, "h", sequence(2, size)),))
    there, back = f"{name}_forward", f"{name}_backward"
    ways = d.beside([[(there, block)], [(f"{name}_reversed", Reverse()), (back, block)]], x)
    return Layer(name, tuple(ways), tuple(End(node, "h", vector(size)) for node in (there, back)))


@dataclass(frozen=True)
class Stack:
    """Recurrent layers, each reading the steps of the one below."""

    cell: str
    hidden: int
    layers: int = 1
    bidirectional: bool = False
    biases: str = TWO
    dropout: float = 0.0
    stateful: bool = False

    def draw(self, d: Drawing, x: End) -> Layer:
        """Draws the layers; the last of them."""
        first, *rest = self._names()
        layer = draw_layer(d, first, x, self._block(), self.bidirectional)
        for place, name in enumerate(rest):
            x = layer.states(d)
            if self.dropout:
                x = d.below(f"dropout{place + 1}", Dropout(self.dropout), x)
            layer = draw_layer(d, name, x, self._block(), self.bidirectional)
        return layer

    def _names(self) -> list[str]:
        """What the layers are called: `lstm`, or `lstm1`, `lstm2`, …"""
        stem = self.cell.lower()
        return [stem] if self.layers == 1 else [f"{stem}{place + 1}" for place in range(self.layers)]

    def _block(self) -> Block:
        kept = {"stateful": True} if self.stateful else {}
        return kind_of(self.cell, self.biases)(hidden_size=self.hidden).with_settings(**kept)


def kind_of(cell: str, biases: str) -> type[Block]:
    """The block of that name with so many biases."""
    return (_TORCHS if biases == TWO else _TEXTBOOKS)[cell]


LAST, FINAL, MEAN, EVERY = "last step", "final state", "mean", "every step"
FEATURES, WORDS, IMAGE = "features", "words", "rows of an image"


@template("Recurrent")
class RecurrentClassifier(Template):
    """Names what a sequence is, or each of its steps, from what a recurrent layer remembers (Elman 1990)."""

    source = "https://doi.org/10.1207/s15516709cog1402_1"
    keywords = "rnn lstm gru bidirectional stacked sequence text sentiment tagger many to one"
    cell: str = choice("LSTM", CELLS, doc="What the layers are made of.")
    hidden: int = whole(128, low=1, doc="Numbers that each layer remembers, each way.")
    layers: int = whole(1, low=1, high=64, doc="Layers on top of each other.")
    bidirectional: bool = flag(False, doc="Read the sequence from its end as well.")
    readout: str = choice(LAST, (LAST, FINAL, MEAN, EVERY), doc="What is classified of the states after all steps.")
    biases: str = choice(TWO, (TWO, ONE), doc=BIASES)
    dropout: float = number(0.0, low=0.0, high=1.0, doc="Part zeroed in training between layers and before the end.")
    reads: str = choice(FEATURES, (FEATURES, WORDS, IMAGE), doc="What arrives at a step; a grey image from the top.")
    steps: int = whole(28, low=1, doc="Steps of the sequence, or rows of the image.")
    features: int = whole(28, low=1, doc="Numbers at each step: those given, those of a word, or the image's width.")
    vocabulary: int = whole(10_000, low=1, doc="How many different words there are, if it reads words.")
    classes: int = whole(10, low=1, doc="Classes told apart.")

    def title(self) -> str:
        return f"{'Stacked ' * (self.layers > 1)}{'Bi-' * self.bidirectional}{self.cell}"

    def draw(self, d: Drawing) -> None:
        stack = Stack(self.cell, self.hidden, self.layers, self.bidirectional, self.biases, self.dropout)
        x = self._read(d, stack.draw(d, self._sequence(d)))
        if self.dropout:
            x = d.below("dropout", Dropout(self.dropout), x)
        x = d.below("fc", Linear(self.classes), x)
        d.end("output", x)

    def _sequence(self, d: Drawing) -> End:
        if self.reads == WORDS:
            x = d.begin("words", tokens(self.steps, self.vocabulary))
            return d.below("embedding", Embedding(self.vocabulary, self.features), x)
        if self.reads == IMAGE:
            x = d.begin("image", image(1, self.steps, self.features))
            return d.below("rows", Reshape((self.steps, self.features), "sequence"), x)
        return d.begin("sequence", sequence(self.steps, self.features))

    def _read(self, d: Drawing, layer: Layer) -> End:
        if self.readout == FINAL:
            return layer.final(d)
        y = layer.states(d)
        if self.readout == EVERY:
            return y
        return d.below("last_step", LastStep(), y) if self.readout == LAST else d.below("mean", MeanOverTime(), y)


@template("Recurrent")
class RecurrentCell(Template):
    """A recurrent layer by itself, with the gates that the literature gave it (Greff et al. 2017)."""

    source = "https://arxiv.org/abs/1503.04069"
    keywords = "rnn lstm gru cell peephole coupled forget gate variant bidirectional"
    cell: str = choice("LSTM", CELLS, doc="What is remembered, and how.")
    inputs: int = whole(128, low=1, doc="Numbers that arrive at a step.")
    hidden: int = whole(256, low=1, doc="Numbers that it remembers.")
    steps: int = whole(1, low=1, doc="Steps of the sequence.")
    forget: str = choice("gate", ("gate", "none", "coupled"), doc="How an LSTM forgets; coupled: i = 1 - f.")
    peepholes: bool = flag(False, doc="Let the gates of an LSTM see its cell.")
    reset_after: bool = flag(False, doc="Reset a GRU after the product with its state; torch's own always does.")
    bidirectional: bool = flag(False, doc="Read the sequence from its end as well.")
    biases: str = choice(ONE, (ONE, TWO), doc=BIASES)

    def title(self) -> str:
        return f"{'Bidirectional ' * self.bidirectional}{self.cell} cell"

    def draw(self, d: Drawing) -> None:
        x = d.begin("x", sequence(self.steps, self.inputs))
        layer = draw_layer(d, self.cell.lower(), x, self._block(), self.bidirectional)
        states, hidden = layer.states(d), layer.final(d)
        d.end("states", states)
        d.end("hidden", hidden)

    def _block(self) -> Block:
        kind = kind_of(self.cell, self.biases)
        told = {name: self.value(name) for name in ("forget", "peepholes", "reset_after") if name in self.changed()}
        for name, value in told.items():
            if name not in kind.settings:
                plain = self.settings[name].show(self.settings[name].default)
                raise BadSetting(name, f"{plain} beside cell {self.cell} and biases '{self.biases}'", value)
        return kind(hidden_size=self.hidden, **told)
