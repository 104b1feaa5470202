"""The words of Keras for our blocks and settings, so that a line of Keras can be typed where a block is searched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from blocks.block import Block
from blocks.definition import Catalogue
from blocks.setting import Choice, Number, Setting

# Layers that are called otherwise here, in small letters.
LAYERS: Mapping[str, str] = {
    "dense": "Linear",
    "conv1dtranspose": "ConvTranspose1d",
    "conv2dtranspose": "ConvTranspose2d",
    "conv3dtranspose": "ConvTranspose3d",
    "maxpooling1d": "MaxPool1d",
    "maxpooling2d": "MaxPool2d",
    "maxpooling3d": "MaxPool3d",
    "averagepooling1d": "AvgPool1d",
    "averagepooling2d": "AvgPool2d",
    "averagepooling3d": "AvgPool3d",
    "globalaveragepooling2d": "GlobalAvgPool",
    "globalmaxpooling2d": "GlobalMaxPool",
    "batchnormalization": "BatchNorm2d",
    "layernormalization": "LayerNorm",
    "groupnormalization": "GroupNorm",
    "spatialdropout1d": "Dropout1d",
    "spatialdropout2d": "Dropout2d",
    "spatialdropout3d": "Dropout3d",
    "simplernn": "RNN",
    "upsampling1d": "Upsample1d",
    "upsampling2d": "Upsample2d",
    "upsampling3d": "Upsample3d",
    "zeropadding1d": "ZeroPad1d",
    "zeropadding2d": "ZeroPad2d",
    "zeropadding3d": "ZeroPad3d",
    "cropping1d": "Crop1d",
    "cropping2d": "Crop2d",
    "cropping3d": "Crop3d",
    "concatenate": "Concat",
}
# Settings that are called otherwise here; the first that a block has is meant.
SETTINGS: Mapping[str, tuple[str, ...]] = {
    "filters": ("out_channels",),
    "units": ("out_features", "hidden_size"),
    "kernel": ("kernel_size",),
    "strides": ("stride",),
    "pool_size": ("kernel_size",),
    "dilation_rate": ("dilation",),
    "depth_multiplier": ("multiplier",),
    "use_bias": ("bias",),
    "rate": ("p",),
    "stddev": ("std",),
    "epsilon": ("eps",),
    "alpha": ("negative_slope",),
    "input_dim": ("num_embeddings",),
    "output_dim": ("embedding_dim",),
    "size": ("scale_factor", "size"),
    "target_shape": ("sizes",),
}
VALUES: Mapping[str, str] = {"linear": "none", "swish": "silu", "true": "yes", "false": "no"}
# What a layer of Keras has where nothing is said, and ours has otherwise.
DEFAULTS: Mapping[str, str] = {"padding": "valid"}


def layers_of(kind: str) -> tuple[str, ...]:
    """What Keras calls a block, in small letters, where that is another name."""
    return tuple(name for name, ours in LAYERS.items() if ours == kind)


def setting_of(kind: type[Block], word: str) -> Setting | None:
    """The setting that a word names: its own name, else Keras's, else the only one that begins so."""
    known = kind.settings
    for name in (word, *SETTINGS.get(word, ())):
        if name in known:
            return known[name]
    begun = [setting for name, setting in known.items() if name.startswith(word)]
    return begun[0] if len(begun) == 1 else None


def value_of(setting: Setting, text: str, keras: bool = False) -> Any:
    """The value that is typed, in our words or in Keras's; raises BadSetting."""
    text = text.strip().strip("'\"")
    if isinstance(setting, Choice):
        return setting.read(_choice(setting, text) or text)
    value = setting.read(text)
    if keras and setting.name == "momentum" and isinstance(setting, Number):
        return setting.parse(round(1.0 - value, 12))  # Keras says how much of the old mean stays, torch what is new
    return value


def names_choice(setting: Setting, text: str) -> bool:
    """Whether a word is one of those that a setting takes."""
    return isinstance(setting, Choice) and bool(_choice(setting, text.strip("'\"")))


def _choice(setting: Choice, text: str) -> str:
    """The option that is meant by `leaky_relu`, `swish`, `linear`; empty where there is none."""
    options = {_plain(option): option for option in setting.options}
    word = _plain(text)
    return options.get(word) or options.get(VALUES.get(word, word), "")


def _plain(word: str) -> str:
    return word.lower().replace("_", "").replace(" ", "")


def wider(kind: type[Block], words: set[str], catalogue: Catalogue[Block]) -> type[Block]:
    """The block itself where it has all settings named, else the one that extends it and has them."""
    if all(setting_of(kind, word) for word in words):
        return kind
    extending = (other for other in catalogue if other.extends == kind.kind())
    return next((other for other in extending if all(setting_of(other, word) for word in words)), kind)
