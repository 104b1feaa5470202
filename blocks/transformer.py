"""torch's whole transformers: stacks of encoder and decoder layers, and both together."""

from __future__ import annotations

from typing import Any

from blocks.attention import TransformerDecoderLayer, TransformerEncoderLayer, heads_setting
from blocks.block import At, Trials, block, gives, takes
from blocks.call import Argument, Call, call, unless
from blocks.composite import Composite, End, Sketch
from blocks.mask import masked
from blocks.setting import choice, flag, number, whole
from blocks.shape import SEQUENCE, Shape, sequence, tokens

Sizes = dict[str, tuple[int, ...]]


def _layers(default: int = 6) -> Any:
    return whole(default, low=1, high=256, short="{} layers", always=True, doc="Layers, each with weights of its own.")


def _norm() -> Any:
    return flag(False, short="norm", doc="Normalize once more after the last layer, as where norm_first is set.")


class _Stack:
    """What stacks of layers share, beside what one layer has."""

    num_layers: int
    norm: bool
    bias: bool
    layer_norm_eps: float

    def _stacked(self, one: Sizes, features: int) -> Sizes:
        tensors = {f"layers.{i}.{name}": size for i in range(self.num_layers) for name, size in one.items()}
        if self.norm:
            tensors |= {"norm.weight": (features,)} | ({"norm.bias": (features,)} if self.bias else {})
        return tensors

    def _stack(self, name: str, layer: Call | None, features: int) -> Call:
        told: dict[str, Argument] = {}
        if self.norm:
            further = unless(1e-5, eps=self.layer_norm_eps) | unless(True, bias=self.bias)
            told["norm"] = call("nn.LayerNorm", features, **further)
        return call(name, layer, self.num_layers, **told)


@block("Attention")
class TransformerEncoder(_Stack, TransformerEncoderLayer):
    """Encoder layers in a row, in each of which steps look at each other: (T, F) → (T, F)."""

    formula = "y = layer_n(… layer_2(layer_1(x)))"
    keywords = "transformer bert self attention encoder stack"
    num_layers: int = _layers()
    norm: bool = _norm()

    def _layer(self) -> TransformerEncoderLayer:
        return TransformerEncoderLayer(**{name: self.value(name) for name in TransformerEncoderLayer.settings})

    def parameters(self, x: Shape, mask: Shape | None = None) -> Sizes:
        return self._stacked(super().parameters(x), x.features)

    def macs(self, x: Shape, *others: Any) -> int:
        return self.num_layers * super().macs(x, *others)

    def module(self, x: Shape, mask: Shape | None = None) -> Call:
        made = self._stack("nn.TransformerEncoder", self._layer().module(x), x.features)
        return Call(made.name, made.arguments, {**made.keywords, "enable_nested_tensor": False})

    def forward(self, at: At) -> str:
        return super().forward(at).replace("src_mask=", "mask=")

    @classmethod
    def trials(cls) -> Trials:
        small: dict[str, object] = {"nhead": 2, "dim_feedforward": 16, "num_layers": 2}
        return (
            ((sequence(6, 8), tokens(6, 2)), small | {"causal": True, "norm": True}),
            ((sequence(5, 8), None), small),
        )


@block("Attention")
class TransformerDecoder(_Stack, TransformerDecoderLayer):
    """Decoder layers in a row, all of which look at one memory: (T, F), (S, F) → (T, F)."""

    formula = "y = layer_n(… layer_2(layer_1(x, memory), memory) …, memory)"
    keywords = "transformer cross attention decoder translation stack"
    num_layers: int = _layers()
    norm: bool = _norm()

    def _layer(self) -> TransformerDecoderLayer:
        return TransformerDecoderLayer(**{name: self.value(name) for name in TransformerDecoderLayer.settings})

    def parameters(self, x: Shape, memory: Shape, mask: Shape | None = None) -> Sizes:
        return self._stacked(super().parameters(x, memory), x.features)

    def macs(self, x: Shape, memory: Shape, *others: Any) -> int:
        return self.num_layers * super().macs(x, memory, *others)

    def module(self, x: Shape, memory: Shape, mask: Shape | None = None) -> Call:
        return self._stack("nn.TransformerDecoder", self._layer().module(x, memory), x.features)

    @classmethod
    def trials(cls) -> Trials:
        small: dict[str, object] = {"nhead": 2, "dim_feedforward": 16, "num_layers": 2}
        pair = sequence(6, 8), sequence(4, 8)
        return (
            ((*pair, None), small | {"norm": True}),
            ((*pair, tokens(4, 2)), small | {"causal": False, "norm_first": True}),
        )


@block("Attention")
class Transformer(Composite):
    """An encoder that reads and a decoder that writes (Vaswani et al. 2017): (S, F), (T, F) → (T, F).

    Its parts and its weights are named as those of nn.Transformer.
    """

    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.Transformer.html"
    formula = "y = decoder(written, encoder(read))"
    keywords = "attention is all you need seq2seq translation encoder decoder"
    nhead: int = heads_setting()
    num_encoder_layers: int = _layers()
    num_decoder_layers: int = _layers()
    dim_feedforward: int = whole(2048, low=1, short="{}", doc="Features between the two linear layers of each layer.")
    dropout: float = number(0.1, low=0.0, high=1.0, doc="Part of what is zeroed while training.")
    activation: str = choice("relu", ("relu", "gelu"), short="{}", doc="Between the two linear layers.")
    layer_norm_eps: float = number(1e-5, low=1e-12, doc="Added to the variance, so that nothing is divided by zero.")
    norm_first: bool = flag(False, short="norm first", doc="Normalize before attention and linear layers, not after.")
    bias: bool = flag(True, doc="Learn offsets in the linear layers and normalizations.")
    causal: bool = flag(True, short="causal", doc="Let no step that is written look at later ones.")
    source_ = takes(SEQUENCE, doc="What is read: (S, F).")
    target = takes(SEQUENCE, doc="What has been written so far: (T, F).")
    mask = masked()
    y = gives(SEQUENCE)

    def body(self, g: Sketch, *ends: End) -> End:
        read, written, *masks = ends
        mask: dict[str, Any] = {"mask": masks[0]} if masks else {}
        shared = {n: self.value(n) for n in TransformerEncoderLayer.settings if n in self.settings and n != "causal"}
        encoder = TransformerEncoder(num_layers=self.num_encoder_layers, norm=True, **shared)
        decoder = TransformerDecoder(num_layers=self.num_decoder_layers, norm=True, causal=self.causal, **shared)
        end: End = g.add(decoder, written, g.add(encoder, read, name="encoder", **mask), name="decoder", **mask)
        return end

    @classmethod
    def trials(cls) -> Trials:
        small = {"nhead": 2, "dim_feedforward": 16, "num_encoder_layers": 2, "num_decoder_layers": 1}
        pair = sequence(6, 8), sequence(4, 8)
        return (((*pair, None), small), ((*pair, tokens(6, 2)), small))
