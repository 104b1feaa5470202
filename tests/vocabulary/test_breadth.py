"""What can be written in torch.nn can be drawn: every module that is no loss has a block."""

from __future__ import annotations

import inspect
import re

import pytest
import torch
from torch import nn

from blocks.catalogue import CATALOGUE
from blocks.keras import setting_of
from blocks.pooling_kinds import MaxPoolPlaces2d, MaxUnpool2d
from blocks.shape import Meaning, image, shape_of
from tests.blocks.oracle import made
from tests.vocabulary.rows import row

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
    "include_last_offset": {"EmbeddingBag"},
    "start_dim": {"Flatten"},
    "end_dim": {"Flatten"},
    "output_ratio": {"FractionalMaxPool2d", "FractionalMaxPool3d"},
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


@pytest.mark.parametrize(
    "settings", [{}, {"kernel_size": (2, 3)}, {"kernel_size": 3, "stride": 2, "padding": 1}], ids=str
)
def test_unpooling_puts_every_number_back_where_the_pooling_took_it(settings: dict[str, object]) -> None:
    x = torch.rand(2, 3, 12, 12) + 1.0
    y, places = made(MaxPoolPlaces2d(**settings), image(3, 12, 12))(x)
    shapes = image(*y.shape[1:]), shape_of(tuple(places.shape[1:]), Meaning.TENSOR, "int64", 144)
    back = made(MaxUnpool2d(**settings, output_size=(12, 12)), *shapes)(y, places)
    kept = back != 0
    assert torch.equal(back[kept], x[kept])
    again, _ = made(MaxPoolPlaces2d(**settings), image(3, 12, 12))(back)
    assert torch.equal(again, y)


@pytest.mark.parametrize("size", [9, 10, 11, 12, 13, 14])
def test_a_size_that_torch_could_not_unpool_to_is_unfit(size: int) -> None:
    x = image(1, 6, 6)
    places = shape_of((1, 6, 6), Meaning.TENSOR, "int64", 64)
    problem = row(MaxUnpool2d(output_size=size), x, places).problem
    torchs = nn.MaxUnpool2d(2)
    try:
        torchs(torch.ones(1, 1, 6, 6), torch.zeros(1, 1, 6, 6, dtype=torch.long), output_size=(size, size))
    except ValueError:
        assert problem is not None
        assert "less than a step of 2 from 12" in problem.expected
    else:
        assert problem is None


def test_there_are_150_kinds_of_block_with_those_of_1_2_and_3_axes_as_one() -> None:
    kinds = {re.sub(r"[123]d$", "", kind.kind()) for kind in CATALOGUE}
    assert len(kinds) >= 150
    ends = {kind.kind() for kind in CATALOGUE if kind.role}  # input, output, losses, metrics
    assert len(kinds - ends) >= 150
