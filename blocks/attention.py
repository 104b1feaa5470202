"""Attention: every step of a sequence looks at others and takes from them what fits."""

from __future__ import annotations

from typing import Any

from blocks.activation import GELU
from blocks.block import At, Block, Bridge, Change, Trials, Unfit, block, gives, takes
from blocks.broadcast import listed
from blocks.call import Call, call, unless
from blocks.composite import Composite, End, Sketch
from blocks.geometry import largest_divisor
from blocks.linear import Linear
from blocks.mask import masked, refuse_mask
from blocks.merge import Add
from blocks.normalization import LayerNorm
from blocks.regularization import Dropout
from blocks.setting import choice, flag, number, whole
from blocks.shape import SEQUENCE, Shape, sequence, tokens

_PAPER = "https://arxiv.org/abs/1706.03762"


def heads_setting() -> Any:
    """The field for the number of heads."""
    return whole(8, low=1, short="{} heads", always=True, doc="Parts of the features that attend each by itself.")


def _dropout(default: float) -> Any:
    return number(default, low=0.0, high=1.0, short="dropout {}", doc="Part of what is zeroed while training.")


def refuse_heads(x: Shape, heads: int, setting: str) -> None:
    """Refuses features that the heads do not divide; raises Unfit."""
    if x.features % heads:
        fitting = largest_divisor(x.features, heads)
        raise Unfit(
            f"{x.features} features",
            f"features that {heads} heads divide",
            setting=setting,
            remedies=(Change({setting: fitting}),),
        )


def _mask(x: str) -> str:
    """The argument that hides what comes later."""
    return f"nn.Transformer.generate_square_subsequent_mask({x}.shape[1], device={x}.device)"


def _padded(argument: str, mask: Any, causal: bool) -> str:
    """The argument that hides what only fills a row; torch wants both masks to hold the same kind of number."""
    told = f"{mask}.float().log()" if causal else f"{mask} == 0"
    return f", {argument}={told}" if mask else ""


def _projections(prefix: str, features: int, bias: bool) -> dict[str, tuple[int, ...]]:
    """The tensors of an nn.MultiheadAttention whose query, key and value have the same features."""
    tensors: dict[str, tuple[int, ...]] = {f"{prefix}in_proj_weight": (3 * features, features)}
    if bias:
        tensors[f"{prefix}in_proj_bias"] = (3 * features,)
    tensors[f"{prefix}out_proj.weight"] = (features, features)
    return tensors | ({f"{prefix}out_proj.bias": (features,)} if bias else {})


@block("Attention")
class MultiheadAttention(Block):
    """Every step takes from other steps what answers it, by several heads at once: (T, F), (S, K) → (T, F)."""

    source = _PAPER
    formula = "y = concat(softmax(Q_i K_i' / √d) V_i) W"
    keywords = "self cross attention transformer query key value heads"
    num_heads: int = heads_setting()
    dropout: float = _dropout(0.0)
    bias: bool = flag(True, doc="Add a learned number to every projection.")
    add_bias_kv: bool = flag(False, doc="Add a learned step to keys and values.")
    add_zero_attn: bool = flag(False, doc="Add a step of zeros to keys and values, so that none need be taken.")
    causal: bool = flag(False, short="causal", doc="Let no step look at later ones.")
    query = takes(SEQUENCE, doc="Who asks: (T, F).")
    key = takes(SEQUENCE, optional=True, doc="Who is asked: (S, K); the query itself where empty.")
    value_ = takes(SEQUENCE, optional=True, doc="What they answer: (S, V); the key where empty.")
    mask = masked()
    y = gives(SEQUENCE)

    def shape(self, query: Shape, key: Shape | None, value: Shape | None, mask: Shape | None = None) -> Shape:
        refuse_heads(query, self.num_heads, "num_heads")
        key, value = self._asked(query, key, value)
        refuse_mask(key, mask)
        if value.sizes[0] != key.sizes[0]:
            raise Unfit(listed((key, value)), "as many values as keys", port="value_")
        if self.causal and key.sizes[0] != query.sizes[0]:
            raise Unfit(
                listed((query, key)),
                "as many keys as queries where no step may look at later ones",
                port="key",
                remedies=(Change({"causal": False}),),
            )
        return query

    @staticmethod
    def _asked(query: Shape, key: Shape | None, value: Shape | None) -> tuple[Shape, Shape]:
        key = query if key is None else key
        return key, key if value is None else value

    def parameters(
        self, query: Shape, key: Shape | None, value: Shape | None, mask: Shape | None = None
    ) -> dict[str, tuple[int, ...]]:
        key, value = self._asked(query, key, value)
        e = query.features
        tensors = _projections("", e, self.bias)
        if (key.features, value.features) != (e, e):
            del tensors["in_proj_weight"]
            each = {"q_proj_weight": e, "k_proj_weight": key.features, "v_proj_weight": value.features}
            tensors |= {name: (e, width) for name, width in each.items()}
        return tensors | ({"bias_k": (1, 1, e), "bias_v": (1, 1, e)} if self.add_bias_kv else {})

    def macs(self, query: Shape, key: Shape | None, value: Shape | None, *others: Any) -> int:
        key, value = self._asked(query, key, value)
        (t, e), s = query.sizes, key.sizes[0]
        looked = s + self.add_bias_kv + self.add_zero_attn
        return 2 * t * e * e + s * e * (key.features + value.features) + 2 * t * looked * e

    def module(self, query: Shape, key: Shape | None, value: Shape | None, mask: Shape | None = None) -> Call:
        key, value = self._asked(query, key, value)
        told = unless(0.0, dropout=self.dropout) | unless(True, bias=self.bias)
        told |= unless(False, add_bias_kv=self.add_bias_kv) | unless(False, add_zero_attn=self.add_zero_attn)
        told |= unless(query.features, kdim=key.features) | unless(query.features, vdim=value.features)
        return call("nn.MultiheadAttention", query.features, self.num_heads, **told, batch_first=True)

    def forward(self, at: At) -> str:
        query = at.x
        key = at.names["key"] or query
        given = f"{query}, {key}, {at.names['value_'] or key}"
        mask = f", attn_mask={_mask(query)}, is_causal=True" if self.causal else ""
        mask += _padded("key_padding_mask", at.names.get("mask"), self.causal)
        return f"{at.module}({given}, need_weights=False{mask})[0]"

    @classmethod
    def trials(cls) -> Trials:
        asked = (sequence(6, 8), sequence(4, 5), sequence(4, 3))
        return (
            ((*asked, None), {"num_heads": 2}),
            ((*asked, tokens(4, 2)), {"num_heads": 2}),
            ((asked[0], sequence(3, 8), None, None), {"num_heads": 4, "add_bias_kv": True, "add_zero_attn": True}),
            ((asked[0], None, None, tokens(6, 2)), {"num_heads": 2, "causal": True, "bias": False}),
        )


@block("Attention")
class ScaledDotProductAttention(Block):
    """Attention without weights of its own: (T, F), (S, F), (S, V) → (T, V)."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.scaled_dot_product_attention.html"
    formula = "y = softmax(Q K' / √F) V"
    keywords = "self cross attention flash query key value sdpa"
    causal: bool = flag(False, short="causal", doc="Let no step look at later ones.")
    query = takes(SEQUENCE)
    key = takes(SEQUENCE)
    value_ = takes(SEQUENCE)
    y = gives(SEQUENCE)

    def shape(self, query: Shape, key: Shape, value: Shape) -> Shape:
        if key.features != query.features:
            want = key.with_features(query.features)
            raise Unfit(listed((query, key)), "queries and keys of one width", port="key", remedies=(Bridge(want),))
        if value.sizes[0] != key.sizes[0]:
            raise Unfit(listed((key, value)), "as many values as keys", port="value_")
        return sequence(query.sizes[0], value.features)

    def macs(self, query: Shape, key: Shape, value: Shape, y: Shape) -> int:
        return query.sizes[0] * key.sizes[0] * (query.features + value.features)

    def forward(self, at: At) -> str:
        names = ", ".join(str(at.names[port]) for port in ("query", "key", "value_"))
        return f"F.scaled_dot_product_attention({names}{', is_causal=True' if self.causal else ''})"


class _Layer(Block):
    """What the encoder and decoder layers of torch share."""

    source = _PAPER
    nhead: int = heads_setting()
    dim_feedforward: int = whole(2048, low=1, short="{}", doc="Features between the two linear layers.")
    dropout: float = _dropout(0.1)
    activation: str = choice("relu", ("relu", "gelu"), short="{}", doc="Between the two linear layers.")
    layer_norm_eps: float = number(1e-5, low=1e-12, doc="Added to the variance, so that nothing is divided by zero.")
    norm_first: bool = flag(False, short="norm first", doc="Normalize before attention and linear layers, not after.")
    bias: bool = flag(True, doc="Learn offsets in the linear layers and normalizations.")

    def _tensors(self, x: Shape, attentions: tuple[str, ...]) -> dict[str, tuple[int, ...]]:
        e, inner = x.features, self.dim_feedforward
        tensors: dict[str, tuple[int, ...]] = {}
        for name in attentions:
            tensors |= _projections(f"{name}.", e, self.bias)
        affine: dict[str, tuple[int, ...]] = {"linear1": (inner, e), "linear2": (e, inner)}
        affine |= {f"norm{i}": (e,) for i in range(1, len(attentions) + 2)}
        for name, size in affine.items():
            tensors |= {f"{name}.weight": size} | ({f"{name}.bias": size[:1]} if self.bias else {})
        return tensors

    def _call(self, x: Shape) -> Call:
        told = unless(2048, dim_feedforward=self.dim_feedforward) | unless(0.1, dropout=self.dropout)
        told |= unless("relu", activation=self.activation) | unless(1e-5, layer_norm_eps=self.layer_norm_eps)
        told |= {"batch_first": True} | unless(False, norm_first=self.norm_first) | unless(True, bias=self.bias)
        return Call(f"nn.{self.kind()}", (x.features, self.nhead), told)


def _attended(t: int, s: int, e: int) -> int:
    """Multiply-accumulates of attention of t steps to s, with its four projections."""
    return 2 * t * e * e + 2 * s * e * e + 2 * t * s * e


@block("Attention")
class TransformerEncoderLayer(_Layer):
    """Attention of a sequence to itself, then two linear layers, each with a shortcut: (T, F) → (T, F)."""

    formula = "h = norm(x + attention(x)),  y = norm(h + W₂ relu(W₁ h))"
    keywords = "transformer bert self attention encoder"
    causal: bool = flag(False, short="causal", doc="Let no step look at later ones.")
    x = takes(SEQUENCE)
    mask = masked()
    y = gives(SEQUENCE)

    def shape(self, x: Shape, mask: Shape | None = None) -> Shape:
        refuse_heads(x, self.nhead, "nhead")
        refuse_mask(x, mask)
        return x

    def parameters(self, x: Shape, mask: Shape | None = None) -> dict[str, tuple[int, ...]]:
        return self._tensors(x, ("self_attn",))

    def macs(self, x: Shape, *others: Any) -> int:
        t, e = x.sizes
        return _attended(t, t, e) + 2 * t * e * self.dim_feedforward

    def module(self, x: Shape, mask: Shape | None = None) -> Call:
        return self._call(x)

    def forward(self, at: At) -> str:
        mask = f", src_mask={_mask(at.x)}, is_causal=True" if self.causal else ""
        mask += _padded("src_key_padding_mask", at.names.get("mask"), self.causal)
        return f"{at.module}({at.x}{mask})"

    @classmethod
    def trials(cls) -> Trials:
        small = {"nhead": 2, "dim_feedforward": 16}
        return (
            ((sequence(6, 8), tokens(6, 2)), small | {"causal": True}),
            ((sequence(5, 8), tokens(5, 2)), small | {"norm_first": True}),
        )


@block("Attention")
class TransformerDecoderLayer(_Layer):
    """Attention of a sequence to itself, then to another, then two linear layers: (T, F), (S, F) → (T, F)."""

    formula = "h = norm(x + attention(x)),  g = norm(h + attention(h, memory)),  y = norm(g + W₂ relu(W₁ g))"
    keywords = "transformer cross attention decoder translation"
    causal: bool = flag(True, short="causal", doc="Let no step look at later ones.")
    x = takes(SEQUENCE, doc="What is being written: (T, F).")
    memory = takes(SEQUENCE, doc="What was read: (S, F).")
    mask = masked()
    y = gives(SEQUENCE)

    def shape(self, x: Shape, memory: Shape, mask: Shape | None = None) -> Shape:
        refuse_heads(x, self.nhead, "nhead")
        refuse_mask(memory, mask)
        if memory.features != x.features:
            want = memory.with_features(x.features)
            raise Unfit(listed((x, memory)), "sequences of one width", port="memory", remedies=(Bridge(want),))
        return x

    def parameters(self, x: Shape, memory: Shape, mask: Shape | None = None) -> dict[str, tuple[int, ...]]:
        return self._tensors(x, ("self_attn", "multihead_attn"))

    def macs(self, x: Shape, memory: Shape, *others: Any) -> int:
        t, e = x.sizes
        return _attended(t, t, e) + _attended(t, memory.sizes[0], e) + 2 * t * e * self.dim_feedforward

    def module(self, x: Shape, memory: Shape, mask: Shape | None = None) -> Call:
        return self._call(x)

    def forward(self, at: At) -> str:
        mask = f", tgt_mask={_mask(at.x)}, tgt_is_causal=True" if self.causal else ""
        mask += _padded("memory_key_padding_mask", at.names.get("mask"), causal=False)
        return f"{at.module}({at.x}, {at.names['memory']}{mask})"

    @classmethod
    def trials(cls) -> Trials:
        small = {"nhead": 2, "dim_feedforward": 16}
        pair = sequence(6, 8), sequence(4, 8)
        return (
            ((*pair, None), small),
            ((*pair, tokens(4, 2)), small),
            ((*pair, tokens(4, 2)), small | {"causal": False}),
        )


@block("Attention")
class TransformerBlock(Composite):
    """The transformer's layer drawn out, to be opened and changed: norm, attention, norm, MLP: (T, F) → (T, F)."""

    source = "https://arxiv.org/abs/2002.04745"
    formula = "h = x + attention(norm(x)),  y = h + W₂ gelu(W₁ norm(h))"
    keywords = "gpt vit pre-norm encoder self attention"
    num_heads: int = heads_setting()
    expansion: float = number(
        4.0, low=0.25, short="MLP ×{}", doc="Features between the two linear layers, by those outside."
    )
    dropout: float = _dropout(0.0)
    causal: bool = flag(False, short="causal", doc="Let no step look at later ones.")
    x = takes(SEQUENCE)
    y = gives(SEQUENCE)

    def body(self, g: Sketch, *ends: End) -> End:
        (x,) = ends
        refuse_heads(x.shape, self.num_heads, "num_heads")
        attention = MultiheadAttention(self.num_heads, causal=self.causal)
        y = self._dropped(g, g.add(attention, g.add(LayerNorm(), x, name="norm1"), name="attention"), "dropout1")
        x = g.add(Add(), x, y, name="add1")
        inner = max(1, round(x.shape.features * self.expansion))
        y = g.add(Linear(inner), g.add(LayerNorm(), x, name="norm2"), name="expand")
        y = g.add(Linear(x.shape.features), g.add(GELU(), y, name="gelu"), name="reduce")
        result: End = g.add(Add(), x, self._dropped(g, y, "dropout2"), name="add2")
        return result

    def _dropped(self, g: Sketch, y: End, name: str) -> Any:
        return g.add(Dropout(self.dropout), y, name=name) if self.dropout else y
