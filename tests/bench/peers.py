"""The same LeNet on the same digits through Lightning, Keras 3 and fastai, in turn with ours, in one run.

They are no dependencies: the first call puts them into .venv/peers. Each trains as its documentation shows, on the CPU
and without its progress bar, and keeps its losses in its own way.
"""

from __future__ import annotations

import logging
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from blocks.check import check
from runtime.model import compiled
from tests.bench.checking import median_ms, resnet50, row
from tests.bench.training import a_step, lenet, logged
from tests.by_hand import LeNet

Row = dict[str, Any]
Data = tuple[Tensor, Tensor]  # images of 1 × 8 × 8, digits
ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".venv" / "peers"
WANTED = Path(__file__).with_name("peers.txt")
BATCH = 64
EPOCHS = 15  # of one piece, which is one call of fit
ROUNDS = 7


def rows() -> list[Row]:
    """Every line of the table; none where the peers cannot be had."""
    if not _installed():
        return []
    sys.path.append(str(FOLDER))
    os.environ["KERAS_BACKEND"] = "torch"
    os.environ["TQDM_DISABLE"] = "1"
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # theirs, not ours
            return [*_trainings(), _construction()]
    finally:
        torch.set_num_threads(threads)


def fetched() -> bool:
    """Whether the peers are in their folder, in the versions that are wanted."""
    mark = FOLDER / WANTED.name
    return mark.is_file() and mark.read_text() == WANTED.read_text()


def _installed() -> bool:
    """Whether the peers are in their folder, after trying to put them there."""
    if fetched():
        return True
    words = ["install", "-qq", "--no-deps", "--upgrade", "--target", str(FOLDER), "-r", str(WANTED)]
    words += ["-c", str(ROOT / "constraints.txt")]
    if subprocess.run([sys.executable, "-m", "pip", *words], check=False).returncode:
        print("peers are not measured: pip could not fetch them", file=sys.stderr)
        return False
    (FOLDER / WANTED.name).write_text(WANTED.read_text())
    return True


def _trainings() -> list[Row]:
    """Our training with every value logged against each peer: steps a second, ours ÷ theirs."""
    design = lenet()
    program = compiled(design)
    data, _ = program.script.load(torch.device("cpu"))
    x, y = data.values()
    steps = -(-len(x) // BATCH)
    peers: dict[str, tuple[Callable[[Data], Iterator[int]], float]] = {
        "Lightning": (_lightning, 1.5),
        "Keras 3": (_keras, 2.0),
        "fastai": (_fastai, 1.3),
    }
    found = []
    for name, (begin, line) in peers.items():
        with tempfile.TemporaryDirectory() as folder:
            ours, theirs = logged(design, program, Path(folder), EPOCHS * steps), begin((x, y))
            pairs = [(a_step(ours, time.perf_counter), a_step(theirs, time.perf_counter)) for _ in range(ROUNDS + 1)]
        value = statistics.median(theirs / ours for ours, theirs in pairs[1:])
        told = f"steps a second, ours ÷ {name}, LeNet on digits"
        found.append(row(told, value, "×", line, least=True, against=f"{name}, one thread, no progress bar"))
    return found


def _lightning(data: Data) -> Iterator[int]:
    """Trains piece by piece; its module, loader and logger are those of its first tutorial."""
    lightning = import_module("pytorch_lightning")
    loggers = import_module("pytorch_lightning.loggers")
    callbacks = import_module("pytorch_lightning.callbacks")
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    logging.getLogger("lightning_fabric").setLevel(logging.ERROR)

    class Lit(lightning.LightningModule):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.network = LeNet()

        def training_step(self, batch: Data, index: int) -> Tensor:
            x, y = batch
            logits = self.network(x)
            loss = F.cross_entropy(logits, y)
            self.log("loss", loss)
            self.log("accuracy", (logits.argmax(dim=1) == y).float().mean())
            return loss

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.SGD(self.parameters(), lr=0.05, momentum=0.9)

    steps: list[int] = []

    class Ends(callbacks.Callback):  # type: ignore[misc, name-defined]
        def on_train_epoch_end(self, trainer: Any, module: Any) -> None:
            steps.append(trainer.global_step)

    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(*data), batch_size=BATCH, shuffle=True)
    module = Lit()
    with tempfile.TemporaryDirectory() as folder:
        quiet = {"enable_progress_bar": False, "enable_model_summary": False, "enable_checkpointing": False}
        while True:
            logger = loggers.CSVLogger(folder)
            settings = {"max_epochs": EPOCHS, "accelerator": "cpu", "log_every_n_steps": 1, "logger": logger}
            lightning.Trainer(callbacks=[Ends()], **settings, **quiet).fit(module, loader)
            yield steps[-1]


def _keras(data: Data) -> Iterator[int]:
    """Trains piece by piece with the torch behind Keras, from arrays in memory."""
    keras = import_module("keras")
    layers = keras.layers
    convolution = {"padding": "same", "activation": "relu", "data_format": "channels_first"}
    model = keras.Sequential(
        [
            keras.Input((1, 8, 8)),
            layers.Conv2D(6, 5, **convolution),
            layers.MaxPooling2D(2, data_format="channels_first"),
            layers.Conv2D(16, 5, **convolution),
            layers.MaxPooling2D(2, data_format="channels_first"),
            layers.Flatten(),
            layers.Dense(120, activation="relu"),
            layers.Dense(84, activation="relu"),
            layers.Dense(10),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=keras.optimizers.SGD(0.05, momentum=0.9), loss=loss, metrics=["accuracy"])
    x, y = (field.numpy() for field in data)
    while True:
        model.fit(x, y, batch_size=BATCH, epochs=EPOCHS, verbose=0)
        yield EPOCHS * -(-len(x) // BATCH)


def _fastai(data: Data) -> Iterator[int]:
    """Trains piece by piece; its recorder keeps the losses."""
    import_module("fastai.callback.progress")  # adds no_bar to learners
    learner = import_module("fastai.learner")
    loading = import_module("fastai.data.load")
    core = import_module("fastai.data.core")
    optimizer = import_module("fastai.optimizer")
    metrics = import_module("fastai.metrics")
    examples = torch.utils.data.TensorDataset(*data)
    loader = loading.DataLoader(examples, bs=BATCH, shuffle=True)
    validation = loading.DataLoader(torch.utils.data.TensorDataset(*(field[:1] for field in data)), bs=1)
    loaders = core.DataLoaders(loader, validation, device=torch.device("cpu"))
    made = learner.Learner(
        loaders, LeNet(), F.cross_entropy, opt_func=optimizer.SGD, lr=0.05, moms=(0.9,) * 3, metrics=metrics.accuracy
    )
    while True:
        with made.no_bar(), made.no_logging():
            made.fit(EPOCHS)
        yield EPOCHS * -(-len(examples) // BATCH)


def _construction() -> Row:
    """Keras 3 checks shapes while it constructs; ours is a full check of the same ResNet-50."""
    graph = resnet50()
    check(graph)
    ours = median_ms(lambda: check(graph), 50)
    keras = import_module("keras")
    theirs = median_ms(lambda: keras.applications.ResNet50(weights=None), 1)
    name = "full check, faster than Keras 3 construction, ResNet-50"
    return row(name, theirs / ours, "×", 500, least=True, against="keras")
