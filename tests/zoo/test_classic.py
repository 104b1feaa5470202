"""Classic networks in all that their settings allow: between the forms of the papers, at the bounds, against torch."""

from __future__ import annotations

from contextlib import suppress

import pytest
import torch
from torch import Tensor

from blocks.block import Unfit
from blocks.linear import RadialBasis
from blocks.matrix import GramMatrix
from blocks.setting import BadSetting
from blocks.shape import image, vector
from blocks.vgg import VGGBlock
from blocks.zoo import alexnet, deconvolution, lenet, nin, perceptron, vgg
from blocks.zoo.alexnet import RCNN, AlexNet
from blocks.zoo.deconvolution import Deconvolution
from blocks.zoo.lenet import ConvNet, LeNet, LeNet5, digit_pictures
from blocks.zoo.nin import NiN
from blocks.zoo.perceptron import MLP, Perceptron
from blocks.zoo.template import TEMPLATES, Template
from blocks.zoo.vgg import VGG, StyleTransfer
from runtime.beginning import template_meant
from runtime.torchvision_names import renamed
from tests.vocabulary.rows import chained, compiled, row
from tests.zoo.meta import agree, built, checked, given

MODULES = (alexnet, deconvolution, lenet, nin, perceptron, vgg)
OURS = [kind for kind in TEMPLATES if kind.__module__ in {module.__name__ for module in MODULES}]
BETWEEN = (
    Perceptron(5, 3),
    MLP(7, (), 4),
    MLP(20, (9, 8, 7, 6), 5, "Tanh", "BatchNorm", 0.3, "Sigmoid"),
    LeNet("Tanh", "mean", 2, 7, 3, 40),
    LeNet5(classes=26, channels=3, resolution=48),
    LeNet5("1998", 26, 2, 36),
    ConvNet(1),
    ConvNet(4, 3, 6, False, 5, "mean", "Sigmoid", True, (), 0.0, 3, 3, 48),
    AlexNet(widths=(16, 24, 32, 40, 8), units=30, dropout=0.0, classes=3, channels=1, resolution=131),
    AlexNet("torchvision", units=12, resolution=300),
    AlexNet("as taught", padding=3),
    RCNN(31, True, resolution=300),
    VGG("C", width=3, batch_norm=True, units=10, resolution=64),
    VGG("E", (1, 3), 5, True, "auto", 7, 10, 0.0, 4, 2, 50),
    VGG("A-LRN", width=2, units=10, resolution=32),
    StyleTransfer("max", "features", False, 4, 1, 64),
    StyleTransfer("mean", "Gram matrices", False, 4, 3, 65),
    NiN("as taught", dropout=0.0, classes=3),
    NiN(layers="8 6|7|9 c", classes=5, resolution=40),
    NiN("as taught", layers="8 | 7 7 | 6 | 5 | 4 c", resolution=250),
    Deconvolution(7, 3, 4, 4, 2, 1, 1, True),
)


@pytest.mark.parametrize("template", BETWEEN, ids=repr)
def test_settings_between_the_papers_count_and_run_as_torch_has_them(template: Template) -> None:
    (drawing,) = template.networks().values()
    agree(drawing.graph())


@pytest.mark.parametrize("template", BETWEEN, ids=repr)
def test_every_node_has_a_place_of_its_own_below_what_it_reads(template: Template) -> None:
    (drawing,) = template.networks().values()
    graph, places = drawing.graph(), drawing.layout()
    assert places.keys() == graph.nodes.keys()
    assert len(set(places.values())) == len(places)
    assert all(places[wire.source][1] < places[wire.target][1] for wire in graph.wires)


@pytest.mark.parametrize("kind", OURS, ids=lambda kind: kind.kind())
def test_a_setting_at_its_bound_draws_or_is_refused(kind: type[Template]) -> None:
    for name, setting in kind.settings.items():
        for value in setting.examples():
            with suppress(BadSetting, Unfit):
                kind().with_settings(**{name: value}).networks()


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"widths": (96, 256)}, r"widths expects five numbers of kernels, or none, received \(96, 256\)"),
        ({"widths": (96, 255, 384, 384, 256)}, "255 output channels"),
        ({"resolution": 30}, r"\(inside|window|kernel"),
    ],
)
def test_an_alexnet_that_cannot_be_is_refused(settings: dict[str, object], told: str) -> None:
    with pytest.raises((BadSetting, Unfit), match=told):
        AlexNet().with_settings(**settings).networks()


@pytest.mark.parametrize(
    "layers", ["192 160", "0 c", "c |", "192 x | c", "1 2 3 4 5 6 7 8 9 10 c", " | ".join(["c"] * 33)]
)
def test_channels_of_a_nin_are_rows_that_end_in_one_map_a_class(layers: str) -> None:
    with pytest.raises(BadSetting, match="layers expects at most 32 rows"):
        NiN(layers=layers)


def test_the_smallest_nin_is_one_convolution() -> None:
    assert given(checked(NiN(layers="c")), "mlpconv1") == (10, 32, 32)


@pytest.mark.parametrize(
    "template",
    [VGG(resolution=31), LeNet(resolution=15), LeNet5("1998", resolution=28), ConvNet(6), RCNN(resolution=60)],
)
def test_an_image_too_small_for_a_network_is_unfit(template: Template) -> None:
    with pytest.raises(Unfit, match="expects"):
        template.networks()


@pytest.mark.parametrize(("weights", "bias", "fires"), [((1, 1), -1.5, [3]), ((1, 1), -0.5, [1, 2, 3])])
def test_N01_a_perceptron_has_3_parameters_and_decides_and_and_or(
    weights: tuple[int, int], bias: float, fires: list[int]
) -> None:
    found = checked(Perceptron())
    network = compiled(found.graph)
    assert found.parameters == 3
    network.load_state_dict({"sum.weight": torch.tensor([weights]).float(), "sum.bias": torch.tensor([bias])})
    answers = network(torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]))
    assert answers.flatten().nonzero().flatten().tolist() == fires


def test_N01_the_mlp_for_xor_has_9_parameters() -> None:
    found = checked(MLP(2, (2,), 1, "Sigmoid", output_activation="Sigmoid"))
    assert (found.parameters, found.macs) == (9, 6)


def test_N02_lenet_as_taught_dense_and_of_1998() -> None:
    assert [checked(t).parameters for t in (LeNet(), LeNet5(), LeNet5("1998"))] == [44_426, 61_706, 60_000]
    assert checked(LeNet(padding=2)).parameters == 61_706


def test_N02_each_layer_of_1998_has_the_parameters_of_the_paper() -> None:
    rows = checked(LeNet5("1998")).rows
    counts = {name: rows[name].parameters for name in ("C1", "N2", "C3", "N4", "C5", "F6", "rbf")}
    assert counts == {"C1": 156, "N2": 12, "C3": 1_516, "N4": 32, "C5": 48_120, "F6": 10_164, "rbf": 0}


def test_N02_the_fixed_pictures_are_ten_and_far_from_each_other() -> None:
    pictures = digit_pictures().split(" | ")
    apart = [sum(a != b for a, b in zip(p, q, strict=True)) for p in pictures for q in pictures if p < q]
    assert [len(picture) for picture in pictures] == [84] * 10
    assert len(apart) == 45
    assert min(apart) >= 6


def test_N03_the_two_towers_have_the_counts_of_the_paper() -> None:
    found = checked(AlexNet())
    layers = [found.rows[name].parameters for name in (*(f"conv{i}" for i in range(1, 6)), "fc6", "fc7", "fc8")]
    assert (found.parameters, found.macs) == (60_965_224, 724_406_816)
    assert layers == [34_944, 307_456, 885_120, 663_936, 442_624, 37_752_832, 16_781_312, 4_097_000]


@pytest.mark.parametrize(("padding", "resolution", "size"), [(2, 224, 55), (0, 227, 55), (0, 224, 54)])
def test_N03_conv1_gives_55_with_padding_or_from_227(padding: int, resolution: int, size: int) -> None:
    assert given(checked(AlexNet(padding=padding, resolution=resolution)), "conv1") == (96, size, size)


def test_N03_a_kernel_reads_the_maps_of_its_own_tower_only() -> None:
    shapes = {name: tuple(p.shape) for name, p in built(checked(AlexNet()).graph).named_parameters()}
    depths = [shapes[f"conv{i}.conv.weight"][1] for i in range(1, 6)]
    assert depths == [3, 48, 256, 192, 192]


def test_N04_alexnet_as_taught() -> None:
    assert checked(AlexNet("as taught", channels=1, classes=10)).parameters == 46_764_746


@pytest.mark.parametrize(
    ("configuration", "parameters", "title"),
    [
        ("A", 132_863_336, "VGG-11"),
        ("A-LRN", 132_863_336, "VGG-11 with response normalization"),
        ("B", 133_047_848, "VGG-13"),
        ("C", 133_638_952, "VGG-16 with 1×1 convolutions"),
        ("D", 138_357_544, "VGG-16"),
        ("E", 143_667_240, "VGG-19"),
    ],
)
def test_N05_every_column_of_vggs_table(configuration: str, parameters: int, title: str) -> None:
    template = VGG(configuration)
    assert (checked(template).parameters, template.title()) == (parameters, title)


def test_N05_biases_before_a_normalization_can_be_left_out() -> None:
    counts = [checked(VGG(c, batch_norm=True, bias="auto")).parameters for c in ("A", "D")]
    assert counts == [132_866_088, 138_361_768]


@pytest.mark.parametrize("layers", [1, 2, 3, 4, 7])
def test_N06_a_vgg_block_halves_once_however_many_convolutions_it_has(layers: int) -> None:
    found = row(VGGBlock(8, layers), image(3, 20, 12))
    assert found.outputs[0] == image(8, 10, 6)
    assert found.parameters == (3 * 9 + 1) * 8 + (layers - 1) * (8 * 9 + 1) * 8


def test_N06_the_last_convolution_of_configuration_c_sees_one_pixel() -> None:
    sizes = [row(VGGBlock(4, 3, pointwise=pointwise), image(4, 8, 8)).parameters for pointwise in (False, True)]
    assert sizes[0] - sizes[1] == 4 * 4 * (9 - 1)


def test_N06_response_normalization_stands_before_the_pooling() -> None:
    inside = VGGBlock(4, 1, response_norm=True).opened(image(3, 8, 8))
    assert inside.structure.order == ("x", "conv1", "relu1", "lrn", "pool", "y")


def test_N07_nin_for_cifar_and_as_taught() -> None:
    assert checked(NiN()).parameters == 966_986
    assert checked(NiN("as taught", channels=1)).parameters == 1_992_166


def test_N23_the_weights_are_frozen_and_five_layers_tell_style() -> None:
    found = checked(StyleTransfer(readings="features"))
    styles = [given(found, f"style{i}") for i in range(1, 6)]
    assert (found.parameters, found.buffers) == (0, 20_024_384)
    assert not any(weight.requires_grad for weight in built(found.graph).parameters())
    assert styles == [(64, 512, 512), (128, 256, 256), (256, 128, 128), (512, 64, 64), (512, 32, 32)]
    assert given(found, "content") == (512, 64, 64)
    assert found.graph.outputs() == (*(f"style{i}" for i in range(1, 6)), "content", "output")


def test_N23_gram_matrices_have_the_channels_of_their_layers() -> None:
    found = checked(StyleTransfer(readings="Gram matrices"))
    assert [given(found, f"style{i}") for i in range(1, 6)] == [(c, c) for c in (64, 128, 256, 512, 512)]
    assert {found.graph.into(name)[0].source for name in ("gram1", "content")} == {"conv1_1", "conv4_2"}


@pytest.mark.parametrize("stages", range(1, 6))
def test_N24_the_general_form_has_n_convolutions_and_poolings(stages: int) -> None:
    found = checked(ConvNet(stages, width=4))
    kinds = [node.block.kind() for node in found.graph.nodes.values()]
    assert (kinds.count("ConvUnit"), kinds.count("MaxPool2d")) == (stages, stages)
    assert given(found, f"pool{stages}") == (4 << stages - 1, 32 >> stages, 32 >> stages)


def test_a_gram_matrix_is_the_product_of_every_two_channels() -> None:
    x = torch.randn(2, 3, 4, 5)
    flat = x.flatten(2)
    told = [compiled(chained(image(3, 4, 5), GramMatrix(mean=mean)))(x) for mean in (False, True)]
    torch.testing.assert_close(told, [flat @ flat.mT, flat @ flat.mT / 20])


def test_the_distance_to_a_fixed_point_is_0_at_that_point() -> None:
    network = compiled(chained(vector(3), RadialBasis(2, "++- | -+-")))
    told: Tensor = network(torch.tensor([[1.0, 1.0, -1.0], [0.0, 0.0, 0.0]]))
    assert told.tolist() == [[0.0, 4.0], [3.0, 3.0]]
    assert network.state_dict() == {}


def test_points_that_do_not_fit_are_refused() -> None:
    with pytest.raises(BadSetting, match="points expects as many signs"):
        RadialBasis(points="+- | +")
    assert "expects 2 features, as the points have" in str(row(RadialBasis(2, "++ | --"), vector(3)).problem)
    assert "expects as many points as out_features, 3" in str(row(RadialBasis(3, "++ | --"), vector(2)).problem)


def test_a_toss_of_the_coin_is_the_same_for_one_seed() -> None:
    x = torch.zeros(1, 9)
    x[0, 0] = 1.0
    told = [compiled(chained(vector(9), RadialBasis(12, seed=seed)))(x) for seed in (1, 1, 2)]
    assert torch.equal(told[0], told[1])
    assert not torch.equal(told[0], told[2])


def test_r_cnn_corrects_a_box_for_every_class_but_the_background() -> None:
    found = checked(RCNN(boxes=True))
    assert [given(found, name) for name in found.graph.outputs()] == [(21,), (80,)]
    assert found.graph.into("box_head")[0].source == "flatten"


def test_torchvisions_dropout_stands_before_the_linear_layers() -> None:
    graph = checked(AlexNet("torchvision")).graph
    assert [graph.block(name).value("dropout") for name in ("fc6", "fc7")] == [0.5, 0.0]
    assert graph.into("fc6")[0].source == "dropout"


# Where torchvision keeps its convolutions, counted in its `features`, and how many kernels each has.
_VGG = {
    ("A", False): "0 3 6 8 11 13 16 18",
    ("A", True): "0 4 8 11 15 18 22 25",
    ("B", False): "0 2 5 7 10 12 15 17 20 22",
    ("B", True): "0 3 7 10 14 17 21 24 28 31",
    ("D", False): "0 2 5 7 10 12 14 17 19 21 24 26 28",
    ("D", True): "0 3 7 10 14 17 20 24 27 30 34 37 40",
    ("E", False): "0 2 5 7 10 12 14 16 19 21 23 25 28 30 32 34",
    ("E", True): "0 3 7 10 14 17 20 23 27 30 33 36 40 43 46 49",
}
_KERNELS = {
    "A": "64 128 256 256 512 512 512 512",
    "B": "64 64 128 128 256 256 512 512 512 512",
    "D": "64 64 128 128 256 256 256 512 512 512 512 512 512",
    "E": "64 64 128 128 256 256 256 256 512 512 512 512 512 512 512 512",
}
Shapes = dict[str, tuple[int, ...]]


def dense(places: str, *widths: int) -> Shapes:
    """Linear layers of torchvision's `classifier`."""
    found: Shapes = {}
    for place, width, before in zip(places.split(), widths[1:], widths, strict=False):
        found |= {f"classifier.{place}.weight": (width, before), f"classifier.{place}.bias": (width,)}
    return found


def convolutions(places: str, kernels: str, sizes: str, norm: bool = False) -> Shapes:
    found: Shapes = {}
    before = 3
    told = ([int(number) for number in row.split()] for row in (places, kernels, sizes))
    for place, width, size in zip(*told, strict=True):
        found |= {f"features.{place}.weight": (width, before, size, size), f"features.{place}.bias": (width,)}
        if norm:
            names = ("weight", "bias", "running_mean", "running_var")
            found |= {f"features.{place + 1}.{name}": (width,) for name in names}
            found[f"features.{place + 1}.num_batches_tracked"] = ()
        before = width
    return found


def theirs(template: Template) -> Shapes:
    """Our weights under torchvision's names."""
    state = built(checked(template).graph).state_dict()
    names = renamed(template, state)
    return {names[name]: tuple(tensor.shape) for name, tensor in state.items()}


@pytest.mark.parametrize(("configuration", "norm"), _VGG)
def test_weights_of_vgg_are_called_as_torchvision_calls_them(configuration: str, norm: bool) -> None:
    places, kernels = _VGG[configuration, norm], _KERNELS[configuration]
    wanted = convolutions(places, kernels, "3 " * len(kernels.split()), norm)
    assert theirs(VGG(configuration, batch_norm=norm)) == wanted | dense("0 3 6", 25_088, 4096, 4096, 1000)


def test_weights_of_alexnet_are_called_as_torchvision_calls_them() -> None:
    wanted = convolutions("0 3 6 8 10", "64 192 384 256 256", "11 5 3 3 3")
    assert theirs(AlexNet("torchvision")) == wanted | dense("1 4 6", 9216, 4096, 4096, 1000)


def test_networks_that_torchvision_lacks_have_no_names_of_its() -> None:
    others = (AlexNet(), VGG("C"), VGG("A-LRN"), VGG(batch_norm=True, bias="auto"), NiN(), LeNet())
    assert [template.torchvision() for template in others] == [{}] * 6


@pytest.mark.parametrize(
    ("words", "template"),
    [
        ("vgg19", VGG("E")),
        ("VGG-16", VGG()),
        ("lenet 5 of 1998", LeNet5("1998")),
        ("network in network", NiN()),
        ("AlexNet, as taught", AlexNet("as taught")),
        ("r-cnn", RCNN()),
        ("cnn", ConvNet()),
    ],
)
def test_classic_networks_are_meant_by_the_words_people_use(words: str, template: Template) -> None:
    assert template_meant(words) == template
