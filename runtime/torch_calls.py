"""What torch's layers are here: from the name and arguments of a call to the block with the same meaning."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from blocks.block import Block
from blocks.catalogue import CATALOGUE
from blocks.setting import BadSetting

_CONVOLUTION = "stride=1, padding=0, dilation=1, groups=1, bias=True, padding_mode='zeros'"
_TRANSPOSED = "stride=1, padding=0, output_padding=0, groups=1, bias=True, dilation=1, _padding_mode='zeros'"
_STATE = "num_layers=1, bias=True, _batch_first=False, dropout=0.0, bidirectional=False"
_BIAS = "_device=None, _dtype=None, bias=True"
_NORM = f"_num_features, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True, {_BIAS}"
_INSTANCE = f"_num_features, eps=1e-05, momentum=0.1, affine=False, track_running_stats=False, {_BIAS}"

# Arguments in torch's order with torch's defaults. Those after an underscore are no settings here: a size that follows
# from what arrives, or an option that must keep its default.
_SIGNATURES = {
    r"Conv\dd": f"_in_channels, out_channels, kernel_size, {_CONVOLUTION}",
    r"ConvTranspose\dd": f"_in_channels, out_channels, kernel_size, {_TRANSPOSED}",
    r"MaxPool\dd": "kernel_size, stride=None, padding=0, dilation=1, _return_indices=False, ceil_mode=False",
    r"AvgPool[23]d": "kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, "
    "divisor_override=None",
    r"AvgPool1d": "kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True",
    r"Adaptive(Avg|Max)Pool\dd": "output_size, _return_indices=False",
    r"BatchNorm\dd": _NORM,
    r"InstanceNorm\dd": _INSTANCE,
    r"GroupNorm": f"num_groups, _num_channels, eps=1e-05, affine=True, {_BIAS}",
    r"LayerNorm": "axes, eps=1e-05, elementwise_affine=True, bias=True",
    r"LocalResponseNorm": "size, alpha=0.0001, beta=0.75, k=1.0",
    r"LeakyReLU": "negative_slope=0.01, _inplace=False",
    r"ELU": "alpha=1.0, _inplace=False",
    r"GELU": "approximate='none'",
    r"Softplus": "beta=1.0, threshold=20.0",
    r"PReLU": "per_channel=1, init=0.25",
    r"(Log)?Softmax": "dim=None, _stacklevel=3",
    r"ReLU6?|SELU|SiLU|Mish|Hardswish|Hardsigmoid": "_inplace=False",
    r"Sigmoid|Tanh": "",
    r"Linear": "_in_features, out_features, bias=True",
    r"(Feature)?(Alpha)?Dropout\d?d?": "p=0.5, _training=True, _inplace=False",
    r"RNN": "_input_size, hidden_size, num_layers=1, nonlinearity='tanh', bias=True, _batch_first=False, "
    "dropout=0.0, bidirectional=False",
    r"GRU": f"_input_size, hidden_size, {_STATE}",
    r"LSTM": f"_input_size, hidden_size, {_STATE}, proj_size=0",
    r"Embedding": "num_embeddings, embedding_dim, padding_idx=None",
    r"Flatten": "start=1, _end_dim=-1",
    r"Upsample\dd": "size=None, scale_factor=None, mode='nearest', align_corners=None",
    r"ZeroPad\dd": "padding",
    r"ChannelShuffle": "groups",
    r"PixelShuffle": "upscale_factor",
    r"PixelUnshuffle": "downscale_factor",
    r"Identity": "",
}
_OTHER_NAMES = {
    "normalized_shape": "axes",
    "num_parameters": "per_channel",
    "start_dim": "start",
}
_KINDS = {"Upsample": "Upsample2d", "UpsamplingNearest2d": "Upsample2d", "interpolate": "Upsample2d"}
_KINDS |= {"upsample": "Upsample2d"}
_FREE = {"_inplace", "_training", "_batch_first", "_stacklevel", "_device", "_dtype"}  # no matter what they are
_SIDES = ("left", "right", "top", "bottom", "front", "back")


@dataclass(frozen=True)
class Layer:
    """A torch layer as a block: what `expects` says of the size that arrives, and arguments that found no place."""

    block: Block
    expects: int = 0
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Argument:
    name: str
    required: bool
    default: object


def kind_of(name: str) -> str:
    """The block of a torch name as `Conv2d` or `max_pool2d`; empty where there is none."""
    if name in _KINDS:
        return _KINDS[name]
    kind = _by_plain_name().get(name.replace("_", "").lower(), "")
    exact = name[:1].islower() or name == kind
    return kind if exact and _signature(kind) is not None else ""


def layer(kind: str, given: Sequence[object], named: Mapping[str, object]) -> Layer:
    """The block that a call makes; raises BadSetting where an argument is missing or none that the block can take."""
    known = _signature(kind)
    if known is None:
        raise BadSetting("layer", "a layer of torch", kind)
    values = _bound(kind, known, given, named)
    left_out = [f"{n[1:]}={v!r}" for n, v in values.items() if n.startswith("_") and _matters(known, n, v)]
    expects = next((v for n, v in values.items() if n.startswith("_") and _is_size(known, n)), 0)
    settings = {n: v for n, v in values.items() if not n.startswith("_")}
    adapted = _ADAPTED.get(re.sub(r"\dd$", "", kind), _as_they_are)(kind, settings)
    return Layer(CATALOGUE.make(kind, adapted), expects if isinstance(expects, int) else 0, tuple(left_out))


@cache
def _by_plain_name() -> dict[str, str]:
    return {known.kind().lower(): known.kind() for known in CATALOGUE}


@cache
def _signature(kind: str) -> tuple[_Argument, ...] | None:
    text = next((s for pattern, s in _SIGNATURES.items() if re.fullmatch(pattern, kind)), None)
    if text is None or kind not in CATALOGUE:
        return None
    tree = ast.parse(f"lambda {text}: 0", mode="eval").body
    assert isinstance(tree, ast.Lambda)
    names = [a.arg for a in tree.args.args]
    defaults = [ast.literal_eval(d) for d in tree.args.defaults]
    first = len(names) - len(defaults)
    return tuple(_Argument(n, i < first, None if i < first else defaults[i - first]) for i, n in enumerate(names))


def _bound(
    kind: str, known: Sequence[_Argument], given: Sequence[object], named: Mapping[str, object]
) -> dict[str, object]:
    """Every argument with its value, as Python would bind them."""
    if len(given) > len(known):
        raise BadSetting(kind, f"at most {len(known)} arguments", f"{len(given)} of them")
    values = {a.name: a.default for a in known if not a.required}
    values |= {a.name: value for a, value in zip(known, given, strict=False)}
    for name, value in named.items():
        own = _OTHER_NAMES.get(name, name)
        values[own if any(a.name == own for a in known) else f"_{name}"] = value
    for argument in known:
        if argument.name not in values and not argument.name.startswith("_"):
            raise BadSetting(kind, f"an argument {argument.name}", "none")
    return values


def _matters(known: Sequence[_Argument], name: str, value: object) -> bool:
    """Whether an argument without a setting says something that is lost."""
    own = next((a for a in known if a.name == name), None)
    return name not in _FREE and (own is None or (not own.required and own.default != value))


def _is_size(known: Sequence[_Argument], name: str) -> bool:
    return any(a.name == name and a.required for a in known)


# Settings that torch writes otherwise

_Adapt = Callable[[str, dict[str, Any]], dict[str, Any]]


def _as_they_are(kind: str, values: dict[str, Any]) -> dict[str, Any]:
    return {n: _plain(v) for n, v in values.items()}


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _unbatched(kind: str, values: dict[str, Any]) -> dict[str, Any]:
    """An axis of torch counts the batch; one of a block does not."""
    return {n: v - 1 if isinstance(v, int) and v > 0 else v for n, v in values.items()}


def _normed(kind: str, values: dict[str, Any]) -> dict[str, Any]:
    shape = values["axes"]
    return {**values, "axes": len(shape) if isinstance(shape, list | tuple) else 1}


def _sloped(kind: str, values: dict[str, Any]) -> dict[str, Any]:
    return {**values, "per_channel": values["per_channel"] != 1}


def _padded(kind: str, values: dict[str, Any]) -> dict[str, Any]:
    sides = 2 * int(kind[-2])
    told = values["padding"]
    amounts = tuple(told) if isinstance(told, list | tuple) else (told,) * sides
    if len(amounts) != sides:
        raise BadSetting("padding", f"{sides} numbers", told)
    return dict(zip(_SIDES, amounts, strict=False))


def _scaled(kind: str, values: dict[str, Any]) -> dict[str, Any]:
    kept = {"mode": values["mode"], "align_corners": bool(values["align_corners"]), "size": _plain(values["size"])}
    factor = values["scale_factor"]
    factor = factor[0] if isinstance(factor, list | tuple) and len(set(factor)) == 1 else factor
    return kept | ({} if factor is None else {"scale_factor": float(factor)})


def _pooled(kind: str, values: dict[str, Any]) -> dict[str, Any]:
    """Defaults of torch as those of the block, so that the card stays short."""
    same = values.get("stride") == values.get("kernel_size")
    whole = values.get("padding") == 0
    return _as_they_are(kind, {**values, "stride": None if same else values["stride"]}) | (
        {"padding": "valid"} if whole else {}
    )


_ADAPTED: dict[str, _Adapt] = {
    "MaxPool": _pooled,
    "AvgPool": _pooled,
    "Flatten": _unbatched,
    "Softmax": _unbatched,
    "LogSoftmax": _unbatched,
    "LayerNorm": _normed,
    "PReLU": _sloped,
    "ZeroPad": _padded,
    "Upsample": _scaled,
}
