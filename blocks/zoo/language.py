"""Language models: what comes next, told at every step by recurrent layers over characters or words."""

from __future__ import annotations

from blocks.composite import End
from blocks.embedding import Embedding, OneHot
from blocks.linear import Linear
from blocks.regularization import Dropout
from blocks.setting import BadSetting, choice, flag, number, whole
from blocks.shape import Shape, sequence, tokens
from blocks.tied import TiedEmbedding
from blocks.zoo.drawing import Drawing
from blocks.zoo.recurrent import BIASES, CELLS, ONE, TWO, Stack
from blocks.zoo.template import Template, template

NUMBERS, ONE_HOT = "whole numbers", "one-hot vectors"
_STATEFUL = "Go on with each batch where the one before ended, as a text in order does; only with torch's biases."


@template("Language")
class CharacterModel(Template):
    """Scores every character as the next one; each arrives as a vector with a single 1 (Mikolov et al. 2010)."""

    source = "https://www.isca-archive.org/interspeech_2010/mikolov10_interspeech.html"
    keywords = "char rnn lstm gru character language model lyrics text generation one-hot"
    cell: str = choice("LSTM", CELLS, doc="What the layers are made of.")
    vocabulary: int = whole(1027, low=1, doc="How many different characters there are.")
    hidden: int = whole(256, low=1, doc="Numbers that each layer remembers.")
    layers: int = whole(1, low=1, high=64, doc="Layers on top of each other.")
    steps: int = whole(35, low=1, doc="Characters read at a time.")
    reads: str = choice(NUMBERS, (NUMBERS, ONE_HOT), doc="Whether the vectors are made here or arrive made.")
    biases: str = choice(TWO, (TWO, ONE), doc=BIASES)
    dropout: float = number(0.0, low=0.0, high=1.0, doc="Part zeroed in training between the layers.")
    stateful: bool = flag(False, doc=_STATEFUL)

    def title(self) -> str:
        return f"Character {self.cell}"

    def draw(self, d: Drawing) -> None:
        stack = Stack(
            self.cell, self.hidden, self.layers, biases=self.biases, dropout=self.dropout, stateful=self.stateful
        )
        y = stack.draw(d, self._characters(d)).states(d)
        d.end("output", d.below("scores", Linear(self.vocabulary), y))

    def _characters(self, d: Drawing) -> End:
        if self.reads == ONE_HOT:
            return d.begin("one_hot", sequence(self.steps, self.vocabulary))
        return d.below("one_hot", OneHot(), d.begin("characters", tokens(self.steps, self.vocabulary)))


@template("Language")
class WordModel(Template):
    """Scores every word as the next one, by recurrent layers over learned vectors (Zaremba et al. 2014).

    Small: 200 numbers, two layers; medium: 650, dropout 0.5; large: 1500, dropout 0.65. Tied: Press & Wolf 2017.
    """

    source = "https://arxiv.org/abs/1409.2329"
    keywords = "word lstm language model ptb penn treebank embedding tied perplexity"
    cell: str = choice("LSTM", CELLS, doc="What the layers are made of.")
    vocabulary: int = whole(10_000, low=1, doc="How many different words there are.")
    embedding: int = whole(200, low=1, doc="Numbers of the vector of a word.")
    hidden: int = whole(200, low=1, doc="Numbers that each layer remembers.")
    layers: int = whole(2, low=1, high=64, doc="Layers on top of each other.")
    steps: int = whole(35, low=1, doc="Words read at a time.")
    tied: bool = flag(False, doc="Score words by the vectors that look them up, without a bias.")
    dropout: float = number(0.0, low=0.0, high=1.0, doc="Part zeroed in training before and after every layer.")
    biases: str = choice(TWO, (TWO, ONE), doc=BIASES)
    stateful: bool = flag(False, doc=_STATEFUL)

    def title(self) -> str:
        return f"{'Stacked ' * (self.layers > 1)}{self.cell} language model"

    def draw(self, d: Drawing) -> None:
        self._refuse_sizes()
        table = TiedEmbedding if self.tied else Embedding
        x = d.below("embedding", table(self.vocabulary, self.embedding), d.begin("words", self._words()))
        x = self._thinned(d, "dropout_in", x)
        stack = Stack(
            self.cell, self.hidden, self.layers, biases=self.biases, dropout=self.dropout, stateful=self.stateful
        )
        x = self._thinned(d, "dropout_out", stack.draw(d, x).states(d))
        scores = table(self.vocabulary, self.embedding) if self.tied else Linear(self.vocabulary)
        x = d.below("scores", scores, x)
        if self.tied:
            d.share("scores", "embedding")
        d.end("output", x)

    def _words(self) -> Shape:
        return tokens(self.steps, self.vocabulary)

    def _thinned(self, d: Drawing, name: str, x: End) -> End:
        return d.below(name, Dropout(self.dropout), x) if self.dropout else x

    def _refuse_sizes(self) -> None:
        if self.tied and self.embedding != self.hidden:
            raise BadSetting(
                "embedding", f"{self.hidden}, as hidden is, where both ends share one table", self.embedding
            )
