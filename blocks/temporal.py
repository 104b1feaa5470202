"""Units over signals that read only the past: causal convolutions, WaveNet's layer, temporal convolution blocks."""

from __future__ import annotations

from blocks.activation import ReLU, Sigmoid, Tanh
from blocks.block import block, gives, takes
from blocks.composite import Composite, End, Sketch
from blocks.convolution import Conv1d
from blocks.merge import Add, Multiply
from blocks.regularization import Dropout1d
from blocks.resize import ZeroPad1d
from blocks.setting import flag, number, whole
from blocks.shape import SIGNAL

_KERNEL = "Steps that a kernel sees."
_DILATION = "Distance between the steps that it sees."


def causal(g: Sketch, x: End, name: str, conv: tuple[int, int, int], parametrization: str = "none") -> End:
    """A convolution of (channels, kernel, dilation) with all its zeros before the first step."""
    channels, kernel, dilation = conv
    padded = g.add(ZeroPad1d(dilation * (kernel - 1), 0), x, name=f"{name}_pad") if kernel > 1 else x
    end: End = g.add(Conv1d(channels, kernel, 1, 0, dilation, parametrization=parametrization), padded, name=name)
    return end


@block("Context")
class CausalConv1d(Composite):
    """A convolution that sees no later step: (C, L) → (out_channels, L)."""

    source = "https://arxiv.org/abs/1609.03499"
    formula = "y_t = Σ w_i · x_(t - i · dilation) + b"
    keywords = "masked convolution wavenet tcn autoregressive time series"
    widens = "out_channels"
    out_channels: int = whole(32, low=1, short="{}", always=True, doc="Channels that come out.")
    kernel_size: int = whole(2, low=1, short="{}", always=True, doc=_KERNEL)
    dilation: int = whole(1, low=1, short="dilation {}", doc=_DILATION)
    x = takes(SIGNAL)
    y = gives(SIGNAL)

    def body(self, g: Sketch, *ends: End) -> End:
        return causal(g, ends[0], "conv", (self.out_channels, self.kernel_size, self.dilation))


@block("Context")
class WaveNetLayer(Composite):
    """A gated causal convolution with a shortcut and a way out (van den Oord et al. 2016): (C, L) → (C, L), (S, L)."""

    source = "https://arxiv.org/abs/1609.03499"
    formula = "z = tanh(w * x) · σ(v * x), y = x + 1×1(z), skip = 1×1(z)"
    keywords = "wavenet gated dilated causal audio speech residual skip"
    channels: int = whole(32, low=1, short="{}", always=True, doc="Channels of the gated convolutions.")
    skip_channels: int = whole(64, low=1, short="skip {}", doc="Channels of the way out.")
    kernel_size: int = whole(2, low=1, short="{}", doc=_KERNEL)
    dilation: int = whole(1, low=1, short="dilation {}", always=True, doc=_DILATION)
    x = takes(SIGNAL)
    y = gives(SIGNAL, doc="For the next layer.")
    skip = gives(SIGNAL, doc="For the sum over all layers.")

    def body(self, g: Sketch, *ends: End) -> tuple[End, ...]:
        x, conv = ends[0], (self.channels, self.kernel_size, self.dilation)
        told = g.add(Tanh(), causal(g, x, "filter", conv), name="tanh")
        gate = g.add(Sigmoid(), causal(g, x, "gate", conv), name="sigmoid")
        z = g.add(Multiply(), told, gate, name="gated")
        kept = g.add(Conv1d(x.shape.channels, 1), z, name="residual")
        return g.add(Add(), x, kept, name="add"), g.add(Conv1d(self.skip_channels, 1), z, name="skip_conv")


@block("Context")
class TemporalBlock(Composite):
    """Two dilated causal convolutions with a shortcut (Bai et al. 2018, fig. 1): (C, L) → (out_channels, L)."""

    source = "https://arxiv.org/abs/1803.01271"
    formula = "y = relu(shortcut(x) + F(x))"
    keywords = "tcn causal dilated residual time series sequence"
    widens = "out_channels"
    out_channels: int = whole(32, low=1, short="{}", always=True, doc="Channels of both convolutions.")
    kernel_size: int = whole(3, low=1, short="{}", always=True, doc=_KERNEL)
    dilation: int = whole(1, low=1, short="dilation {}", doc=_DILATION)
    dropout: float = number(0.0, low=0.0, high=1.0, short="dropout {}", doc="Channels zeroed while training.")
    weight_norm: bool = flag(True, doc="Learn length and direction of each kernel apart, as the paper does.")
    x = takes(SIGNAL)
    y = gives(SIGNAL)

    def body(self, g: Sketch, *ends: End) -> End:
        x = y = ends[0]
        norm = "weight_norm" if self.weight_norm else "none"
        for i in (1, 2):
            y = causal(g, y, f"conv{i}", (self.out_channels, self.kernel_size, self.dilation), norm)
            y = g.add(ReLU(), y, name=f"relu{i}")
            if self.dropout:
                y = g.add(Dropout1d(self.dropout), y, name=f"dropout{i}")
        if x.shape is not y.shape:
            x = g.add(Conv1d(self.out_channels, 1), x, name="project")
        end: End = g.add(ReLU(), g.add(Add(), y, x, name="add"), name="relu")
        return end
