"""Samples that learn from text."""

from __future__ import annotations

from blocks.counting import NGram
from blocks.embedding import OneHot
from blocks.linear import Linear
from blocks.recurrent import LSTM, LastStep
from blocks.shape import tokens
from runtime.data.text import Text
from runtime.design import Design, Phase
from runtime.optimizer import AdamW
from runtime.recipes.counting import Counting
from runtime.recipes.language import LanguageModel
from runtime.schedule import Cosine
from tests.taught import Taught, column, design


def character_lstm() -> Design:
    d = column(
        "text",
        tokens(35, 100),
        "scores",
        ("one_hot", OneHot()),
        ("lstm", LSTM(192, stateful=True)),
        ("next", Linear(100)),
    )
    recipe = LanguageModel(epochs=3, optimizer=AdamW(lr=0.004), schedule=Cosine(warmup_epochs=0.1))
    return design(
        "LSTM that writes Python",
        Text(limit=600_000, vocabulary=100, batch_size=32, validation=0.1),
        (Phase("read", recipe),),
        Reader=(
            d,
            "# A language model: what comes next\n\n"
            "It reads the source text of Python's own modules, character by character, and at each one **scores what "
            "may follow**. Perplexity says among how many characters it hesitates: 100 before it has read anything.\n\n"
            "1. *lstm* is **stateful**: each batch goes on where the one before ended, and gradients stop there. Turn "
            "it off: every 35 characters the network forgets what it was reading.\n"
            "2. Press ▶. The perplexity falls below 6.\n"
            "3. `layerwright sample RUN --temperature 0.7` lets it write. Hotter is bolder, 0 always takes the "
            "likeliest.\n"
            "4. Choose a text of your own as *file* of the data.",
        ),
    )


def trigram_counts() -> Design:
    d = column(
        "text",
        tokens(2, 100),
        "scores",
        ("trigram", NGram(100, 3, holds="counts")),
        ("after_both", LastStep()),
    )
    return design(
        "Counting what follows two characters",
        Text(limit=600_000, vocabulary=100, steps=2, predict="last", batch_size=4096, validation=0.1),
        (Phase("count", Counting()),),
        Trigram=(
            d,
            "# n-grams: the baseline of every language model\n\n"
            "What follows two characters? *trigram* knows **by counting** what did so far: one row for each pair, one "
            "column for each character that may follow. Nothing is searched for, so one pass is enough.\n\n"
            "1. *Summary*: the table has 100³ = **1,000,000** numbers. With n = 4 there would be 100 times as many.\n"
            "2. Press ▶: the perplexity says among how many characters it hesitates. *LSTM that writes Python*, the "
            "sample beside this one, reads the same text, has a quarter of the numbers and comes to less.\n"
            "3. Set *added* to 0.0001: what it never saw now surprises it so much that the perplexity rises above 7.\n"
            "4. Set *n* to 2, and *steps* of the data to 1: 10,000 numbers.",
        ),
    )


TAUGHT = (
    Taught(character_lstm, "perplexity", 6.0, at_most=True),
    Taught(trigram_counts, "perplexity", 6.5, at_most=True),
)
