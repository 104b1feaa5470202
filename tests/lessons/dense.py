"""Samples of dense networks."""

from __future__ import annotations

from blocks.zoo.densenet import DenseNetCifar
from runtime.data.digits import Digits
from runtime.optimizer import AdamW
from tests.lesson import Lesson

LESSONS = (
    Lesson(
        file="compression_digits",
        title="Plain DenseNet on handwritten digits",
        template=DenseNetCifar(13, 8, bottleneck=0, compression=1.0, channels=1, resolution=16),
        note=(
            "# DenseNet: what may be forgotten?\n\n"
            "Huang, Liu, van der Maaten and Weinberger, 2016, section 3. A layer reads **all** that the layers before "
            "it made and adds 8 channels; here nothing is dropped on the way.\n\n"
            "1. *denseblock1* is one layer, repeated 3 times: 16 channels come in, 16 + 3 · 8 = 40 go out.\n"
            "2. Press Enter on it: *join* puts the new channels beside the old ones, where ResNet would add them.\n"
            "3. Press ▶: 39,082 parameters read at least 97 of 100 digits that they have not seen.\n"
            "4. Set *compression* of both transitions to 0.5, so that each keeps half of the channels: 20,846 "
            "parameters are left. Train again: was the other half needed? The runs list compares."
        ),
        data=Digits(resolution=16, batch_size=64),
        epochs=10,
        optimizer=AdamW(lr=0.01),
    ),
)
