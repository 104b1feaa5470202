"""How a design begins from a template: which one words mean, what typed settings make of it, and the design itself."""

from __future__ import annotations

import pytest

from blocks.zoo import TEMPLATES, Template
from blocks.zoo.alexnet import AlexNet
from blocks.zoo.drawing import COLUMN
from blocks.zoo.inception_v3 import InceptionV3
from blocks.zoo.residual import ResNet
from blocks.zoo.squeezenet import SqueezeNet
from blocks.zoo.ssd import TinySSD
from runtime.beginning import CannotBegin, begun, template_meant, template_named, with_typed
from runtime.verdict import judge


@pytest.mark.parametrize("words", ["ResNet", "resnet", "res net", "ResNet-50", "resnet50", "RESNET 50", "shortcut"])
def test_a_template_is_meant_by_its_name_its_title_and_its_keywords(words: str) -> None:
    assert template_named(words) is ResNet


def test_a_title_names_settings_too() -> None:
    assert template_meant("ResNet-18") == template_meant("resnet18") == ResNet("18")


def test_a_name_that_is_not_known_gets_the_nearest() -> None:
    with pytest.raises(CannotBegin, match=r"There is no template 'resent50'\. Is .*resnet.* meant\?"):
        template_named("resent50")


def test_a_name_like_no_other_gets_all_there_are() -> None:
    with pytest.raises(CannotBegin, match=r"Known are .*ResNet"):
        template_named("q")


def test_settings_are_read_as_they_are_typed() -> None:
    typed = {"depth": "101", "Classes": "2*5", "stride-at": "1×1", "layers": "2, 3"}
    assert with_typed(ResNet, typed) == ResNet("101", (2, 3), stride_at="1×1", classes=10)
    assert with_typed(ResNet("18"), {"classes": "10"}) == ResNet("18", classes=10)


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("dept", "50", r"ResNet has no setting 'dept'\. Is depth meant\?"),
        ("q", "50", r"Its settings are depth, layers"),
        ("depth", "51", r"depth expects one of 18, 34, 50, 101, 152, received '51'\."),
        ("stride_at", "1x1", r"stride_at expects one of 3×3, 1×1, received '1x1'\. Is 1×1 meant\?"),
        ("classes", "0", r"classes expects a whole number of at least 1, received 0\."),
    ],
)
def test_what_a_setting_cannot_be_is_said_with_what_it_can(name: str, text: str, told: str) -> None:
    with pytest.raises(CannotBegin, match=told):
        with_typed(ResNet, {name: text})


def test_settings_that_do_not_go_together_are_said_where_they_do_not() -> None:
    with pytest.raises(CannotBegin, match=r"^\w+ expects .*, received .*\."):
        begun(ResNet(layers=(1,) * 8, width=2**28))


@pytest.mark.parametrize(("template", "least"), [(SqueezeNet(resolution=20), 21), (InceptionV3(resolution=33), 75)])
def test_an_image_too_small_is_told_the_least_that_will_do(template: Template, least: int) -> None:
    with pytest.raises(CannotBegin, match=rf"received .*\. A resolution of {least} is enough\.") as told:
        begun(template)
    assert told.value.setting == "resolution"
    assert begun(template.with_settings(resolution=least)).networks
    with pytest.raises(CannotBegin):
        begun(template.with_settings(resolution=least - 1))


def test_what_no_image_would_mend_is_not_blamed_on_it() -> None:
    with pytest.raises(CannotBegin, match="2 groups divide") as told:
        begun(AlexNet(widths=(1, 2, 2, 2, 2)))
    assert told.value.setting == ""


def test_no_depth_is_drawn_without_end() -> None:
    with pytest.raises(CannotBegin, match=r"conv2_x expects to be repeated at most 1,000 times, received 99999\."):
        begun(ResNet(layers=(100000,)))
    with pytest.raises(CannotBegin, match=r"the network expects at most 500 blocks, received 501\."):
        begun(SqueezeNet(fires=10**9))


@pytest.mark.parametrize("kind", TEMPLATES, ids=lambda kind: kind.kind())
def test_every_template_begins_a_sound_design_with_a_place_for_every_node(kind: type[ResNet]) -> None:
    design = begun(kind())
    assert not judge(design).errors
    for name, graph in design.networks.items():
        assert design.layout[name].keys() == graph.nodes.keys()
    first = next(iter(design.networks))
    (note,) = design.notes[first]
    assert note.text.startswith(f"# {design.title}\n")
    assert kind.summary() in note.text
    places = [x for x, _ in design.layout[first].values()]
    assert not min(places) <= note.at[0] <= max(places)


@pytest.mark.parametrize(("template", "side"), [(ResNet(), 1), (InceptionV3(), 1), (TinySSD(), -1)])
def test_the_note_stands_beside_where_data_enters(template: Template, side: int) -> None:
    design = begun(template)
    (name,) = design.networks
    (note,) = design.notes[name]
    places = [x for x, _ in design.layout[name].values()]
    assert note.at[0] >= max(places) + COLUMN if side > 0 else note.at[0] + note.width < min(places)
