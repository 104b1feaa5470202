"""Draws the sample designs anew: `python3 dev.py samples`. Each is a lesson with a note on its canvas."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from blocks.activation import ReLU, Sigmoid, Tanh
from blocks.block import Block
from blocks.convolution import Conv2d
from blocks.dense import DenseBlock, Transition
from blocks.inception import Inception
from blocks.linear import Linear
from blocks.loss import CrossEntropy
from blocks.merge import Add, Concat, Multiply
from blocks.normalization import BatchNorm2d
from blocks.pooling import MaxPool2d
from blocks.pooling_global import GlobalAvgPool
from blocks.recurrent import LSTM, LastStep
from blocks.regularization import Dropout
from blocks.reshape import Flatten, Reshape
from blocks.residual import Residual
from blocks.shape import image, vector
from blocks.units import ConvUnit
from blocks.zoo.drawing import COLUMN, Drawing
from runtime.beginning import NOTE
from runtime.data.digits import Digits
from runtime.data.points import Xor
from runtime.design import Design, Note, Phase
from runtime.file import dumps
from runtime.optimizer import AdamW, Optimizer
from runtime.recipe import Classification
from runtime.schedule import Cosine
from runtime.sources import DataSource
from tests import taught_codes, taught_sequences, taught_tasks, taught_text, taught_transfer
from tests.lesson import Lesson
from tests.taught import Taught

FOLDER = Path(__file__).resolve().parent.parent / "samples"


def design(
    title: str, network: str, drawing: Drawing, note: str, data: DataSource, epochs: int, optimizer: Optimizer
) -> Design:
    """A design of one network, trained to classify with a warm-up and a cosine."""
    layout = drawing.layout()
    right = max(x for x, _ in layout.values()) + COLUMN + 40
    recipe = Classification(
        epochs=epochs,
        optimizer=optimizer,
        schedule=Cosine(warmup_epochs=1.0),
        loss=CrossEntropy(label_smoothing=0.1 if isinstance(data, Digits) else 0.0),
    )
    return Design(
        title=title,
        networks={network: drawing.graph()},
        data=data,
        training=(Phase("fit", recipe),),
        layout={network: layout},
        notes={network: (Note(note, (right, 0.0), NOTE),)},
    )


def xor_mlp() -> Design:
    d = Drawing()
    x = d.begin("point", vector(2))
    x = d.below("hidden", Linear(8), x)
    x = d.below("tanh", Tanh(), x)
    x = d.below("classes", Linear(2), x)
    d.end("logits", x)
    note = (
        "# XOR: the smallest problem that needs a hidden layer\n\n"
        "Opposite corners of a square belong together, so **no straight line** parts the two classes.\n\n"
        "1. Press ▶: after a few epochs the accuracy is 100 %.\n"
        "2. Delete *tanh* (its wires heal) and train again: two linear layers in a row can do no more than one, "
        "and accuracy stays far below. The problem list says so before you press ▶.\n"
        "3. Give *hidden* only 2 outputs. Sometimes it still works, sometimes not: try other seeds."
    )
    data = Xor().with_settings(samples=400, noise=0.2, batch_size=32)
    return design("XOR with a hidden layer", "MLP", d, note, data, 20, AdamW(lr=0.05))


def lenet_digits() -> Design:
    d = Drawing()
    x = d.begin("image", image(1, 8, 8))
    x = d.below("conv1", Conv2d(32, 3), x)
    x = d.below("relu1", ReLU(), x)
    x = d.below("pool1", MaxPool2d(), x)
    x = d.below("conv2", Conv2d(64, 3), x)
    x = d.below("relu2", ReLU(), x)
    x = d.below("pool2", MaxPool2d(), x)
    x = d.below("flatten", Flatten(), x)
    x = d.below("fc1", Linear(120), x)
    x = d.below("relu3", ReLU(), x)
    x = d.below("fc2", Linear(84), x)
    x = d.below("relu4", ReLU(), x)
    x = d.below("fc3", Linear(10), x)
    d.end("logits", x)
    note = (
        "# LeNet: where convolutional networks began\n\n"
        "LeCun, Bottou, Bengio and Haffner, 1998, here for digits of 8 × 8 pixels.\n\n"
        "1. Read the shapes on the wires: each pooling **halves the picture**, each convolution adds channels.\n"
        "2. Open *Summary*: most parameters sit in *fc1*, most multiplications in *conv2*.\n"
        "3. Set *kernel_size* of *conv2* to 5: nothing downstream changes, because the padding is *same*. "
        "Set the padding to *valid* too: the kernel no longer fits, and the problem list offers repairs.\n"
        "4. Press ▶, then open *Code*: what you read there is what was trained."
    )
    data = Digits(batch_size=64)
    return design("LeNet on handwritten digits", "LeNet", d, note, data, 25, AdamW(lr=0.003))


def resnet_digits() -> Design:
    d = Drawing()
    x = d.begin("image", image(1, 8, 8))
    x = d.below("stem", ConvUnit(24), x)
    branch, skip = d.beside(
        [
            [
                ("conv1", Conv2d(24, 3, bias=False)),
                ("norm1", BatchNorm2d()),
                ("relu1", ReLU()),
                ("conv2", Conv2d(24, 3, bias=False)),
                ("norm2", BatchNorm2d()),
            ],
            [],
        ],
        x,
    )
    x = d.below("add", Add(), branch, skip)
    x = d.below("relu2", ReLU(), x)
    x = d.below("stage1", Residual(24), x)
    x = d.below("stage2", Residual(48, stride=2), x)
    x = d.below("stage3", Residual(48), x)
    x = d.below("pool", GlobalAvgPool(), x)
    x = d.below("classes", Linear(10), x)
    d.end("logits", x)
    note = (
        "# ResNet: learn what to add\n\n"
        "He, Zhang, Ren and Sun, 2015. The first residual block is **drawn in the open**: a branch of two "
        "convolutions, and a wire that passes by it to *add*. *stage1* is the same in one block: select it and press "
        "Enter to look inside.\n\n"
        "1. *stage2* halves the picture and doubles the channels, so the passing wire gets a 1 × 1 convolution. "
        "Look inside and find it.\n"
        "2. Repeat *stage1* eight times: the network is three times as deep and still learns at once. That is what "
        "the passing wires are for.\n"
        "3. Cut the wire from *stem* to *add*: this block now has to learn everything anew, not only what to add."
    )
    return design("ResNet on handwritten digits", "ResNet", d, note, Digits(batch_size=64), 12, AdamW(lr=0.004))


def inception_digits() -> Design:
    d = Drawing()
    x = d.begin("image", image(1, 8, 8))
    x = d.below("stem", ConvUnit(24), x)
    ends = d.beside(
        [
            [("one", ConvUnit(16, 1))],
            [("three_reduce", ConvUnit(16, 1)), ("three", ConvUnit(24, 3))],
            [("five_reduce", ConvUnit(8, 1)), ("five", ConvUnit(12, 5))],
            [("pool", MaxPool2d(3, 1, 1)), ("pool_project", ConvUnit(12, 1))],
        ],
        x,
    )
    x = d.below("join", Concat(), *ends)
    x = d.below("half", MaxPool2d(), x)
    x = d.below("inception2", Inception(24, 24, 32, 8, 16, 16, normalization="BatchNorm"), x)
    x = d.below("average", GlobalAvgPool(), x)
    x = d.below("dropout", Dropout(0.2), x)
    x = d.below("classes", Linear(10), x)
    d.end("logits", x)
    note = (
        "# Inception: several scales at once\n\n"
        "Szegedy and others, 2014. Four branches read the same picture with windows of 1, 3 and 5 pixels and a "
        "pooling; *join* lays their channels one after the other: 16 + 24 + 12 + 12 = **64**.\n\n"
        "1. The 1 × 1 convolutions in front make the picture thinner first. Delete *five_reduce* and see in *Summary* "
        "what *five* costs without it.\n"
        "2. *inception2* is the same module in one block: select it and press Enter to look inside.\n"
        "3. Give *five* a stride of 2: *join* says which sizes do not meet, and offers what to do."
    )
    title = "Inception on handwritten digits"
    return design(title, "Inception", d, note, Digits(batch_size=64), 15, AdamW(lr=0.005))


def densenet_digits() -> Design:
    d = Drawing()
    x = d.begin("image", image(1, 8, 8))
    x = d.below("stem", ConvUnit(24), x)
    x = d.below("dense1", DenseBlock(growth=12, layers=3, bottleneck=2), x)
    x = d.below("transition", Transition(), x)
    x = d.below("dense2", DenseBlock(growth=12, layers=3, bottleneck=2), x)
    x = d.below("norm", BatchNorm2d(), x)
    x = d.below("relu", ReLU(), x)
    x = d.below("pool", GlobalAvgPool(), x)
    x = d.below("classes", Linear(10), x)
    d.end("logits", x)
    note = (
        "# DenseNet: keep everything\n\n"
        "Huang, Liu, van der Maaten and Weinberger, 2016. In a dense block every layer sees **all** that came before "
        "it and adds 12 channels of its own: 24 → 36 → 48 → 60.\n\n"
        "1. Select *dense1* and press Enter: count the wires that end at each *join*.\n"
        "2. *transition* halves channels and picture, so that things stay affordable.\n"
        "3. Double *growth* in both blocks: parameters about quadruple. Is it worth it? The runs list compares."
    )
    title = "DenseNet on handwritten digits"
    return design(title, "DenseNet", d, note, Digits(batch_size=64), 9, AdamW(lr=0.005))


def senet_digits() -> Design:
    d = Drawing()
    x = d.begin("image", image(1, 8, 8))
    x = d.below("stem", ConvUnit(32), x)
    x = d.below("conv1", ConvUnit(32), x)
    gate_layers: list[tuple[str, Block]] = [
        ("squeeze", GlobalAvgPool()),
        ("reduce", Linear(8)),
        ("relu", ReLU()),
        ("expand", Linear(32)),
        ("sigmoid", Sigmoid()),
    ]
    picture, gate = d.beside([[], gate_layers], x)
    x = d.below("scale", Multiply(), picture, gate)
    x = d.below("half", MaxPool2d(), x)
    x = d.below("stage2", Residual(48, squeeze_excite=8), x)
    x = d.below("pool", GlobalAvgPool(), x)
    x = d.below("classes", Linear(10), x)
    d.end("logits", x)
    note = (
        "# SENet: channels that matter\n\n"
        "Hu, Shen and Sun, 2017. *squeeze* takes the mean of each channel, two small layers weigh the channels "
        "against each other, and *scale* multiplies every channel by its **gate** between 0 and 1.\n\n"
        "1. The shapes tell the story: 32 × 8 × 8 → 32 → 8 → 32, and back onto the picture.\n"
        "2. In *Summary*, compare what the gate costs with what the convolutions cost.\n"
        "3. *stage2* holds the same gate inside a residual block: select it and press Enter."
    )
    return design("SENet on handwritten digits", "SENet", d, note, Digits(batch_size=64), 12, AdamW(lr=0.004))


def lstm_digits() -> Design:
    d = Drawing()
    x = d.begin("image", image(1, 8, 8))
    x = d.below("rows", Reshape((8, 8), "sequence"), x)
    x = d.below("lstm", LSTM().with_settings(hidden_size=128), x)
    x = d.below("last", LastStep(), x)
    x = d.below("dropout", Dropout(0.2), x)
    x = d.below("classes", Linear(10), x)
    d.end("logits", x)
    note = (
        "# LSTM: reading a picture line by line\n\n"
        "Hochreiter and Schmidhuber, 1997. *rows* makes a **sequence** of the picture: 8 steps of 8 pixels, read from "
        "the top. What the LSTM remembers after the last row names the digit.\n\n"
        "1. The wire changes its colour where the picture becomes a sequence.\n"
        "2. Replace *LSTM* by *RNN* or *GRU* and compare parameters and curves.\n"
        "3. Turn *bidirectional* on: the features double, *classes* follows by itself, and *Problems* advises why the "
        "last step is then the wrong one to read."
    )
    return design("LSTM on the rows of digits", "RowReader", d, note, Digits(batch_size=64), 30, AdamW(lr=0.006))


SAMPLES = (xor_mlp, lenet_digits, resnet_digits, inception_digits, densenet_digits, senet_digits, lstm_digits)
LESSONS: tuple[Lesson, ...] = tuple(
    lesson
    for file in sorted((Path(__file__).parent / "lessons").glob("*.py"))
    for lesson in import_module(f"tests.lessons.{file.stem}").LESSONS
)
_TAUGHT = (taught_codes, taught_tasks, taught_transfer, taught_sequences, taught_text)
TAUGHT: tuple[Taught, ...] = tuple(taught for module in _TAUGHT for taught in module.TAUGHT)


def texts() -> dict[str, str]:
    """The text of every sample by the name of its file."""
    drawn = {sample.__name__: sample() for sample in SAMPLES} | {each.file: each.design() for each in LESSONS}
    drawn |= {each.file: each.draw() for each in TAUGHT}
    return {f"{name}.json": dumps(design) for name, design in drawn.items()}


def main() -> None:
    """Writes the files and says which."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in texts().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
        print(f"samples/{name}")


if __name__ == "__main__":
    main()
