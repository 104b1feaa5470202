"""The sample of fine-tuning: a body that has learned one task is given another head, and then let go slowly."""

from __future__ import annotations

from dataclasses import replace

from blocks.composite import End
from blocks.embedding import OneHot
from blocks.ends import Use
from blocks.indexing import Slice
from blocks.linear import Linear
from blocks.loss import BinaryCrossEntropy
from blocks.metric import BinaryAccuracy
from blocks.pooling import MaxPool2d
from blocks.reduction import Sum
from blocks.reshape import Flatten
from blocks.shape import labels, vector
from blocks.units import ConvUnit, LinearUnit
from blocks.zoo.drawing import COLUMN, Drawing
from runtime.beginning import NOTE
from runtime.data.digits import Digits
from runtime.design import Design, Drawn, Note, Objective, Phase, canvas_of
from runtime.optimizer import Adam
from runtime.recipes.probe import FineTuning
from runtime.schedule import Constant, Cosine
from tests.taught import DIGIT, Taught, column, design

_BODY = {
    "conv1": ConvUnit(16),
    "conv2": ConvUnit(32),
    "half": MaxPool2d(),
    "flatten": Flatten(),
    "code": LinearUnit(32),
}
_FIRST = "small or large"


def finetuning_digits() -> Design:
    body = column("image", DIGIT, "features", *_BODY.items())
    first = column("features", vector(32), "large", ("decide", Linear(1)))
    head = column("features", vector(32), "logits", ("classes", Linear(10)))
    step = _small_or_large(body, first)
    objective = Objective("loss", ("Body", "OldHead"), Adam(lr=0.003), Constant())
    before = Drawn(epochs=5, step=step.graph(), objectives=(objective,))
    frozen = FineTuning(network="Head", encoders=("Body",), frozen=("Body",), epochs=10, optimizer=Adam(lr=0.01))
    slower = tuple((name, 0.1) for name in ("conv1", "conv2", "code"))
    released = FineTuning(
        network="Head", encoders=("Body",), rates=slower, epochs=12, optimizer=Adam(lr=0.006), schedule=Cosine()
    )
    phases = Phase(_FIRST, before), Phase("new head", frozen), Phase("release", released)
    made = design("Fine-tuning with a new head", Digits(), phases, **_noted(body, first, head))
    canvas = canvas_of(_FIRST)
    at = (1.5 * COLUMN + 40, 0.0)
    return replace(
        made,
        layout={**made.layout, canvas: step.layout()},
        notes={**made.notes, canvas: (Note(_STEP, at, NOTE),)},
    )


def _small_or_large(body: Drawing, head: Drawing) -> Drawing:
    """The step of the first task: whether a digit is five or more, which is made of its label."""
    d = Drawing({"Body": body.graph(), "OldHead": head.graph()})
    image, label = d.begin_beside(image=DIGIT, label=labels(10))
    uses = ("body", Use("Body", ("image",), ("features",))), ("old_head", Use("OldHead", ("features",), ("large",)))
    wanted = ("one_hot", OneHot()), ("from_five", Slice(start=5)), ("five_or_more", Sum())
    answer, target = d.beside([uses, wanted], image, label)
    _judged(d, answer, target)
    return d


def _judged(d: Drawing, answer: End, target: End) -> None:
    judges = {"loss": (BinaryCrossEntropy(), (answer, target)), "accuracy": (BinaryAccuracy(), (answer, target))}
    d.row(judges)


def _noted(body: Drawing, first: Drawing, head: Drawing) -> dict[str, tuple[Drawing, str]]:
    """The networks, each with the note beside it."""
    told = (
        "# Fine-tuning: what was learned for one task serves another\n\n"
        "*small or large* teaches this body, with *OldHead*, whether a digit is five or more. Then the head is thrown "
        "away: *Head* tells **all ten** apart.\n\n"
        "1. In *new head* the body is **frozen**: only the 330 numbers of *Head* learn.\n"
        "2. In *release* the body learns too, at a **tenth of the rate**, so that it does not forget at once what it "
        "knew.\n"
        "3. Delete *small or large*: now the frozen body is one of chance, and the loss of *new head* ends at twice as "
        "much."
    )
    return {
        "Body": (body, told),
        "OldHead": (first, "# The old head\n\nOne number: five or more? After its phase nothing reads it any more."),
        "Head": (head, "# The new head\n\nTen scores, from the features of a body that was taught something else."),
    }


_STEP = (
    "# A step drawn by hand\n\n"
    "The data says which digit it is, and the task asks something else. So the answer is **made here**: *one_hot* "
    "gives ten numbers, and the sum of the last five is 1 for 5 to 9."
)

TAUGHT = (Taught(finetuning_digits, "accuracy", 0.96),)
