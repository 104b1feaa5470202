"""The transposed convolution by itself: the smallest network that enlarges."""

from __future__ import annotations

from blocks.setting import flag, whole
from blocks.shape import image
from blocks.transposed import ConvTranspose2d
from blocks.zoo.drawing import Drawing
from blocks.zoo.template import Template, template


@template("Classic")
class Deconvolution(Template):
    """A transposed convolution: the shapes of a convolution run backwards (Dumoulin & Visin 2016, chapter 4).

    A 3×3 convolution turns 4 × 4 pixels into 2 × 2; this turns 2 × 2 into 4 × 4. The shape comes back, the values
    do not. It is the same as a convolution with the kernel turned round and zeros around, two on every side here.
    """

    source = "https://arxiv.org/abs/1603.07285"
    keywords = "transposed convolution upsampling fractionally strided enlarge conv2dtranspose"
    resolution: int = whole(2, low=1, unit="px", doc="Height and width of the image.")
    channels: int = whole(1, low=1, doc="Channels of the image.")
    out_channels: int = whole(1, low=1, doc="Channels that come out.")
    kernel_size: int = whole(3, low=1, unit="px", doc="Height and width of a kernel.")
    stride: int = whole(1, low=1, unit="px", doc="Step of the convolution that this one undoes.")
    padding: int = whole(0, low=0, unit="px", doc="Padding of the convolution that this one undoes.")
    output_padding: int = whole(0, low=0, unit="px", doc="Rows added at the far side, fewer than the stride.")
    bias: bool = flag(False, doc="Add a learned number to every channel.")

    def title(self) -> str:
        return "Transposed convolution"

    def draw(self, d: Drawing) -> None:
        x = d.begin("image", image(self.channels, self.resolution, self.resolution))
        layer = ConvTranspose2d(
            self.out_channels, self.kernel_size, self.stride, self.padding, self.output_padding, bias=self.bias
        )
        d.end("output", d.below("enlarge", layer, x))
