"""Samples of recurrent networks and language models."""

from __future__ import annotations

from blocks.zoo.language import WordModel
from blocks.zoo.recurrent import FINAL, IMAGE, RecurrentClassifier
from runtime.data.digits import Digits
from runtime.optimizer import AdamW
from tests.lesson import Lesson

LESSONS = (
    Lesson(
        file="bigru_digits",
        title="Stacked bidirectional GRU on digits",
        template=RecurrentClassifier(
            "GRU", 64, 2, True, FINAL, dropout=0.2, reads=IMAGE, steps=16, features=16, classes=10
        ),
        note=(
            "# Bidirectional GRU: what comes later counts too\n\n"
            "Schuster and Paliwal, 1997, and Cho and others, 2014. *rows* makes a sequence of the picture: 16 steps of "
            "16 pixels. One half of each layer reads it **from the top, the other from the bottom**; 64 numbers of "
            "each are joined at every step: 16 × 128.\n\n"
            "1. *final_state* reads the port *h* of *gru2*, where each half has seen all rows. At the last step of "
            "*y* the half from the bottom would have seen one row only.\n"
            "2. Turn *bidirectional* off on *gru1*: its 31,488 parameters become 15,744, and *gru2* needs fewer too.\n"
            "3. Select *gru1* and see in *Code* how the line reads in PyTorch.\n"
            "4. Press ▶, then replace both layers by *LSTM* or *RNN* and compare the curves."
        ),
        data=Digits(resolution=16, batch_size=64),
        epochs=15,
        optimizer=AdamW(lr=0.004),
        accuracy=0.96,
    ),
    Lesson(
        file="ptb_lstm",
        title="Word language model",
        template=WordModel(),
        note=(
            "# Language model: which word comes next\n\n"
            "Zaremba, Sutskever and Vinyals, 2014, the small form. 35 words go in; at **every step** all 10,000 words "
            "get a score for being the next one.\n\n"
            "1. *Summary*: 4,010,000 of the 4,653,200 parameters lie in *embedding* and *scores*, which know one word "
            "each a row; both LSTMs together have 643,200.\n"
            "2. *lstm2* reads what *lstm1* remembers after every step.\n"
            "3. Begin it anew from its template with *tied*: *scores* shares the table of *embedding*, and "
            "2,643,200 parameters are left (Press and Wolf, 2017).\n"
            "4. With 1500 in place of 200, and *dropout* 0.65, it is the large form: 66,034,000 parameters."
        ),
    ),
)
