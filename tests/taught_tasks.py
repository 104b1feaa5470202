"""Samples of other ways of learning: pixels, several answers, teachers, pairs, gaps in time, and one unit."""

from __future__ import annotations

from blocks.activation import Step
from blocks.convolution import Conv2d
from blocks.linear import Linear
from blocks.merge import Concat
from blocks.pooling import MaxPool2d
from blocks.recurrent import LSTM, LastStep
from blocks.reshape import Flatten
from blocks.resize import Upsample2d
from blocks.shape import image, sequence, vector
from blocks.units import ConvUnit, LinearUnit
from blocks.zoo.drawing import Drawing
from runtime.data.bits import Bits
from runtime.data.digits import Digits
from runtime.data.friedman import Friedman
from runtime.data.pairs import Pairs, Triplets
from runtime.data.shapes import Shapes
from runtime.data.tasks import Adding
from runtime.design import Design, Phase
from runtime.optimizer import Adam, AdamW
from runtime.recipe import Classification, Regression
from runtime.recipes.alike import Siamese, Triplet
from runtime.recipes.distillation import Distillation
from runtime.recipes.masks import MultiLabel, Segmentation
from runtime.recipes.perceptron import Perceptron
from runtime.schedule import Cosine
from tests.taught import DIGIT, Taught, column, design

# --- pictures -------------------------------------------------------------------------------


def unet_shapes() -> Design:
    d = Drawing()
    first = d.below("encode1", ConvUnit(16), d.begin("image", image(3, 32, 32)))
    second = d.below("encode2", ConvUnit(32), d.below("half1", MaxPool2d(), first))
    x = d.below("middle", ConvUnit(64), d.below("half2", MaxPool2d(), second))
    x = d.below("join2", Concat(), second, d.below("double2", Upsample2d(), x))
    x = d.below("decode2", ConvUnit(32), x)
    x = d.below("join1", Concat(), first, d.below("double1", Upsample2d(), x))
    x = d.below("decode1", ConvUnit(16), x)
    d.end("logits", d.below("kinds", Conv2d(4, 1), x))
    recipe = Segmentation(epochs=12, optimizer=Adam(lr=0.005), schedule=Cosine())
    return design(
        "U-Net on drawn shapes",
        Shapes(batch_size=32),
        (Phase("segment", recipe),),
        UNet=(
            d,
            "# U-Net: a class for every pixel\n\n"
            "Ronneberger, Fischer and Brox, 2015, small. The picture is halved twice, so that *middle* sees what a "
            "shape **is**, and doubled twice; the wires to *join2* and *join1* pass on **where** its edges are.\n\n"
            "1. *logits* has 4 scores at each of 32 × 32 pixels: ground, circle, square, triangle.\n"
            "2. *iou* is the overlap of what was found and what is there, over all that either holds.\n"
            "3. Cut the wire from *encode1* to *join1*: *iou* falls a little, from 0.93 to 0.92. And without both?",
        ),
    )


def multilabel_shapes() -> Design:
    layers = ("conv1", ConvUnit(16)), ("half1", MaxPool2d()), ("conv2", ConvUnit(32)), ("half2", MaxPool2d())
    more = ("conv3", ConvUnit(64)), ("half3", MaxPool2d()), ("conv4", ConvUnit(64)), ("flatten", Flatten())
    recipe = MultiLabel(epochs=15, optimizer=Adam(lr=0.003), schedule=Cosine())
    return design(
        "Several answers on drawn shapes",
        Shapes(answer="present", samples_=2000),
        (Phase("tell", recipe),),
        Teller=(
            column("image", image(3, 32, 32), "logits", *layers, *more, ("answers", Linear(3))),
            "# Several answers at once\n\n"
            "Which shapes can be seen: circle, square, triangle? There may be two, so the three answers are **yes or "
            "no each**, and not one class: a sigmoid for every score in place of one softmax.\n\n"
            "1. The recipe is *multilabel*: binary cross-entropy, the mean of the three answers.\n"
            "2. *accuracy* counts each answer by itself; *f1* counts only yeses, given and wanted.\n"
            "3. Set *most* of the data to 4: shapes hide each other.",
        ),
    )


# --- from others ----------------------------------------------------------------------------


def distillation_digits() -> Design:
    teacher = column(
        "image",
        DIGIT,
        "logits",
        ("conv1", ConvUnit(32)),
        ("conv2", ConvUnit(32)),
        ("pool", MaxPool2d()),
        ("conv3", ConvUnit(64)),
        ("flatten", Flatten()),
        ("classes", Linear(10)),
    )
    student = column(
        "image", DIGIT, "logits", ("flatten", Flatten()), ("hidden", LinearUnit(16)), ("classes", Linear(10))
    )
    teach = Classification(network="Teacher", epochs=10, optimizer=AdamW(lr=0.003), schedule=Cosine())
    learn = Distillation(teacher="Teacher", network="Student", epochs=40, optimizer=AdamW(lr=0.01), schedule=Cosine())
    return design(
        "Knowledge distillation on digits",
        Digits(),
        (Phase("teach", teach), Phase("distil", learn)),
        Teacher=(
            teacher,
            "# Distillation: a large network teaches a small one\n\n"
            "Hinton, Vinyals and Dean, 2015. *teach* trains this network. *distil* keeps it as it is and trains "
            "*Student* on **how sure** the teacher is of each class, softened by a temperature of 4: that a 7 looks a "
            "little like a 1 is more than the label says.\n\n"
            "1. *Summary*: the student has 1,210 parameters, a 32nd of the teacher.\n"
            "2. Set *soft* of the recipe to 0: then the student has the labels alone. Compare the curves.",
        ),
        Student=(
            student,
            "# The student\n\nTwo layers. Nine tenths of its loss are the teacher, one tenth the labels.",
        ),
    )


_EMBED = (
    ("conv1", ConvUnit(16)),
    ("conv2", ConvUnit(32)),
    ("pool", MaxPool2d()),
    ("flatten", Flatten()),
    ("hidden", LinearUnit(64)),
)


def siamese_digits() -> Design:
    recipe = Siamese(epochs=15, optimizer=Adam(lr=0.002), schedule=Cosine())
    return design(
        "Siamese network on pairs of digits",
        Pairs(samples_=6000),
        (Phase("compare", recipe),),
        Embedding=(
            column("image", DIGIT, "place", *_EMBED, ("code", Linear(8))),
            "# Siamese: the same, or not the same?\n\n"
            "Bromley and others, 1993. The network stands **twice** in the training step, with the same weights: once "
            "for *left*, once for *right*. Pairs of the same digit are drawn to one place, others pushed apart.\n\n"
            "1. It never hears which digit it is, only whether two are alike.\n"
            "2. Held-out pairs are made of digits that it has never seen.\n"
            "3. *accuracy*: how often half the margin tells alike from different.",
        ),
    )


def triplet_digits() -> Design:
    recipe = Triplet(epochs=15, optimizer=Adam(lr=0.002), schedule=Cosine())
    return design(
        "Triplets of digits",
        Triplets(samples_=6000),
        (Phase("order", recipe),),
        Embedding=(
            column("image", DIGIT, "place", *_EMBED, ("code", Linear(8))),
            "# Triplets: nearer to this than to that\n\n"
            "Schroff, Kalenichenko and Philbin, 2015. One network places three digits: the *anchor* shall be nearer to "
            "a *positive* of the same number than to a *negative*, by a margin.\n\n"
            "1. *accuracy* says how often it is nearer at all.\n"
            "2. Most triplets are soon easy and teach nothing more: watch the loss level off.",
        ),
    )


# --- over time, and one unit ----------------------------------------------------------------


def adding_lstm() -> Design:
    d = column("sequence", sequence(50, 2), "sum_out", ("lstm", LSTM(32)), ("last", LastStep()), ("sum", Linear(1)))
    recipe = Regression(epochs=20, optimizer=Adam(lr=0.01), schedule=Cosine(), gradient_clip_val=1.0)
    return design(
        "LSTM that adds over a gap",
        Adding(length=50, samples_=5000, batch_size=50),
        (Phase("add", recipe),),
        Adder=(
            d,
            "# A gap that only a memory crosses\n\n"
            "Hochreiter and Schmidhuber, 1997. 50 numbers come in, two of them **marked**; after the last one their "
            "sum is asked for. Who always answers 1 is wrong by 0.167 in the mean square.\n\n"
            "1. Press ▶: for some epochs nothing seems to happen, then the loss falls far below 0.167.\n"
            "2. Replace *lstm* by an *RNN* of the same size: it stays at 0.167, for what is 25 steps back does not "
            "reach its gradients.\n"
            "3. Make the rows longer with *length* of the data. When does the LSTM lose the thread?",
        ),
    )


def friedman_mlp() -> Design:
    layers = ("hidden1", LinearUnit(64)), ("hidden2", LinearUnit(64)), ("number", Linear(1))
    recipe = Regression(epochs=60, optimizer=AdamW(lr=0.01), schedule=Cosine())
    return design(
        "A number from ten others",
        Friedman(samples_=4000),
        (Phase("fit", recipe),),
        MLP=(
            column("features", vector(10), "target_out", *layers),
            "# Regression: a number is to be met\n\n"
            "Friedman, 1991. Ten numbers come in; the answer follows from the first five by a formula with a sine and "
            "a square, and **the other five mean nothing**. Noise of deviation 1 is in every answer, so no error "
            "below 1 can be kept up.\n\n"
            "1. The loss is the mean squared error, *mae* the mean distance.\n"
            "2. Delete *hidden1* and *hidden2*: a plane through the data is wrong by 6.7.\n"
            "3. Set *samples* of the data to 200: the network learns the noise by heart, and the curves part.",
        ),
    )


def perceptron_and() -> Design:
    d = column("bits", vector(2), "answer", ("sum", Linear(1)), ("threshold", Step(gradient="straight through")))
    return design(
        "Perceptron that learns AND",
        Bits(gate="AND"),
        (Phase("learn", Perceptron(epochs=20)),),
        Unit=(
            d,
            "# The perceptron: where it began\n\n"
            "Rosenblatt, 1958. One unit adds up its inputs and says 1 above a threshold. The rule: where the answer is "
            "wrong, **move the weights by the inputs**, w += 0.1 (t − o) x.\n\n"
            "1. Press ▶: the loss is 0 after a few epochs, and stays so: what is right changes nothing.\n"
            "2. Choose *OR* as the gate of the data, then *XOR*: no line parts its answers, so it never ends.\n"
            "3. XOR needs a hidden layer: open the sample of that name.",
        ),
    )


TAUGHT = (
    Taught(unet_shapes, "iou", 0.9),
    Taught(multilabel_shapes, "f1", 0.9),
    Taught(distillation_digits, "accuracy", 0.96),
    Taught(siamese_digits, "accuracy", 0.94),
    Taught(triplet_digits, "accuracy", 0.96),
    Taught(adding_lstm, "loss", 0.01, at_most=True),
    Taught(friedman_mlp, "loss", 1.6, at_most=True),
    Taught(perceptron_and, "loss", 0.0, at_most=True),
)
