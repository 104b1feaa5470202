"""What can be written in torch.nn can be drawn: every module that is no loss has a block."""

from __future__ import annotations

import inspect
import re

import pytest
from torch import nn

from blocks.catalogue import CATALOGUE
from blocks.keras import setting_of

CONTAINERS = {"Module", "Container", "Sequential", "ModuleList", "ModuleDict", "ParameterList", "ParameterDict"}
CONTAINERS |= {"DataParallel", "RNNBase", "RNNCellBase"}
OTHERWISE = {  # by another name here, or as a setting
    "Unflatten": "Reshape",
    "Softmax2d": "Softmax",
    "CrossMapLRN2d": "LocalResponseNorm",
    "SyncBatchNorm": "BatchNorm2d",
    "Upsample": "Upsample2d",
    "UpsamplingNearest2d": "Upsample2d",
    "UpsamplingBilinear2d": "Upsample2d",
}


def modules() -> list[str]:
    """The names of what torch.nn has that maps tensors to tensors and is no loss."""
    kinds = inspect.getmembers(nn, lambda each: inspect.isclass(each) and issubclass(each, nn.Module))
    return [name for name, _ in kinds if name not in CONTAINERS and "Loss" not in name]


@pytest.mark.parametrize("name", modules())
def test_every_module_of_torch_nn_that_is_no_loss_can_be_drawn(name: str) -> None:
    plain = name.removeprefix("Lazy")  # here what comes in is always read from the wire
    assert CATALOGUE.get(OTHERWISE.get(plain, plain)) is not None


# What torch is told and what the wires, the sizes or the printer know here by themselves.
KNOWN = {"in_channels", "in_features", "num_features", "input_size", "normalized_shape", "num_channels"}
KNOWN |= {"embed_dim", "d_model", "in1_features", "in2_features", "kdim", "vdim", "num_parameters", "args", "kwargs"}
KNOWN |= {"device", "dtype", "inplace", "batch_first", "encoder_layer", "decoder_layer", "custom_encoder"}
KNOWN |= {"custom_decoder", "enable_nested_tensor", "mask_check", "keepdim", "_weight", "_freeze", "_random_samples"}
# Said otherwise: padding as one number a side; places of the largest by a block of their own; value bounds of a kind.
OTHER_WORDS = {"padding": "Pad", "return_indices": "MaxPool", "min_value": "Hardtanh", "max_value": "Hardtanh"}
# What torch.nn's modules take and no setting here says.
NOT_OFFERED = {
    "bias": {"BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "GroupNorm"}
    | {"InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d"},
    "sparse": {"Embedding", "EmbeddingBag"},
    "include_last_offset": {"EmbeddingBag"},
    "start_dim": {"Flatten"},
    "end_dim": {"Flatten"},
    "output_ratio": {"FractionalMaxPool2d", "FractionalMaxPool3d"},
    "padding": {"MaxUnpool1d", "MaxUnpool2d", "MaxUnpool3d"},
    "stride": {"MaxUnpool1d", "MaxUnpool2d", "MaxUnpool3d"},
    "padding_mode": {"ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"},  # of which torch takes zeros only
}


def told(name: str) -> set[str]:
    """What a module of torch.nn is told that no wire could say."""
    words = set(list(inspect.signature(getattr(nn, name).__init__).parameters)[1:])
    return {word for word in words - KNOWN if OTHER_WORDS.get(word, "no such") not in name}


def test_a_module_of_torch_is_drawn_with_its_settings_by_their_names() -> None:
    kinds = {name: kind for name in modules() if (kind := CATALOGUE.get(name)) is not None}
    lacking: dict[str, set[str]] = {}
    for name, kind in kinds.items():
        for word in told(name):
            if setting_of(kind, word) is None:
                lacking.setdefault(word, set()).add(name)
    assert lacking == NOT_OFFERED


def test_there_are_150_kinds_of_block_with_those_of_1_2_and_3_axes_as_one() -> None:
    kinds = {re.sub(r"[123]d$", "", kind.kind()) for kind in CATALOGUE}
    assert len(kinds) >= 150
    ends = {kind.kind() for kind in CATALOGUE if kind.role}  # input, output, losses, metrics
    assert len(kinds - ends) >= 150
