"""Samples that learn from what comes one after the other: films, signs to be repeated, words."""

from __future__ import annotations

from blocks.embedding import Embedding
from blocks.ends import Use
from blocks.linear import Linear
from blocks.pooling import MaxPool2d
from blocks.recurrent import GRU, LSTM, LastStep
from blocks.reshape import Flatten
from blocks.shape import image, shape_of, tokens
from blocks.units import ConvUnit, LinearUnit
from runtime.data.films import Films
from runtime.data.tasks import Copying
from runtime.data.text import Text
from runtime.design import Design, Phase
from runtime.optimizer import Adam, AdamW
from runtime.recipe import Classification
from runtime.recipes.language import LanguageModel
from runtime.schedule import Cosine
from tests.taught import Taught, column, design


def film_frames() -> Design:
    frame = column(
        "frame",
        image(1, 12, 12),
        "code",
        ("conv", ConvUnit(8)),
        ("half", MaxPool2d()),
        ("flatten", Flatten()),
        ("narrow", LinearUnit(32)),
    )
    whole = column(
        "film",
        shape_of((6, 1, 12, 12)),
        "logits",
        ("each_frame", Use("Frame", ("frame",), ("code",), over_time=True)),
        ("lstm", LSTM(32)),
        ("last", LastStep()),
        ("ways", Linear(4)),
        networks={"Frame": frame.graph()},
    )
    recipe = Classification(network="Film", epochs=20, optimizer=Adam(lr=0.005), schedule=Cosine())
    return design(
        "CNN that reads a film frame by frame",
        Films(batch_size=32),
        (Phase("watch", recipe),),
        Film=(
            whole,
            "# A convolutional network for every frame\n\n"
            "Up, down, left or right: whither does the square move? **No frame says so by itself.** *each_frame* uses "
            "*Frame* on all six, *lstm* reads the codes in their order, and its last state names the way.\n\n"
            "1. *Summary*: the weights of *Frame* count once, its multiplications six times.\n"
            "2. Double-click *each_frame* to see the network of a frame.\n"
            "3. Set *steps* of the data and of *film* to 2: the least in which anything can move.",
        ),
        Frame=(
            frame,
            "# One frame\n\nIt has to code **where** the square is, or nothing could be told of its way. So there is "
            "no pooling over the whole picture here.",
        ),
    )


def copying_lstm() -> Design:
    d = column(
        "sequence",
        tokens(20, 6),
        "signs",
        ("table", Embedding(6, 16)),
        ("lstm", LSTM(64)),
        ("scores", Linear(5)),
    )
    recipe = Classification(epochs=25, optimizer=Adam(lr=0.01), schedule=Cosine(), gradient_clip_val=1.0)
    return design(
        "LSTM that repeats what it saw",
        Copying(remembered=4, gap=12, classes=4, samples_=4000, batch_size=50),
        (Phase("repeat", recipe),),
        Copier=(
            d,
            "# To repeat after a gap\n\n"
            "Hochreiter and Schmidhuber, 1997; Arjovsky and others, 2016. Four signs, twelve steps of nothing, a call: "
            "then the four are to be said again, **in their order**.\n\n"
            "1. Who forgets them says *nothing* until the call, which is right, and guesses four times after it: an "
            "accuracy of 0.85. Press ▶ and see it rise above that.\n"
            "2. Replace *lstm* by an *RNN* of the same size: it stays at 0.85.\n"
            "3. Double the *gap* of the data, and the length of *sequence* with it.",
        ),
    )


def words_gru() -> Design:
    d = column(
        "text",
        tokens(20, 1000),
        "scores",
        ("vectors", Embedding(1000, 64)),
        ("gru", GRU(128, stateful=True)),
        ("next", Linear(1000)),
    )
    recipe = LanguageModel(epochs=3, optimizer=AdamW(lr=0.004), schedule=Cosine(warmup_epochs=0.1))
    return design(
        "GRU that reads words",
        Text(unit="words", limit=600_000, vocabulary=1000, steps=20, batch_size=32, validation=0.1),
        (Phase("read", recipe),),
        Reader=(
            d,
            "# A language model of words\n\n"
            "A step is a whole word or mark of Python's own modules. The 999 most frequent have a number; **all "
            "others are one**, *<unk>*. *vectors* keeps 64 numbers for each, so that words used alike can become "
            "alike.\n\n"
            "1. Perplexity says among how many **words** it hesitates: 1,000 before it has read anything.\n"
            "2. Replace *gru* by an *RNN* or an *LSTM* of the same size and compare parameters and curves.\n"
            "3. Perplexities of words and of characters do not compare: a word is many characters.\n"
            "4. `layerwright sample RUN --start 'def __init__'` lets it write, with a space between words.",
        ),
    )


TAUGHT = (
    Taught(film_frames, "accuracy", 0.95),
    Taught(copying_lstm, "accuracy", 0.97),
    Taught(words_gru, "perplexity", 50.0, at_most=True),
)
