"""PyTorch code as nodes: nothing of it is ever executed, and what is not understood is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from blocks.check import check
from blocks.graph import wire_text
from runtime import pasted
from runtime.file import open_design
from runtime.pasted import NotCode, Pasted
from runtime.source import print_design

# What they bring along besides torch's layers is read as any other code: not all of it is a block here.
OF_THEIR_OWN = {"deep_belief_net", "faster_rcnn", "hopfield", "lenet5_1998", "nasnet", "shortcuts_digits"}
OF_THEIR_OWN |= {"variational_autoencoder", "character_lstm", "perceptron_and", "trigram_counts", "words_gru"}
ALL = sorted((Path(__file__).parents[2] / "samples").glob("*.json"))
SAMPLES = [path for path in ALL if path.stem not in OF_THEIR_OWN and len(open_design(path).networks) == 1]

CLASS = """
class Net(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 5)
        self.pool = nn.MaxPool2d(2, 2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(16 * 5 * 5, 120)
        self.fc2 = nn.Linear(120, classes)

    def forward(self, x):
        x = self.pool(F.relu(self.conv1(x)))
        x = self.pool(F.relu(self.conv2(x)))
        x = x.view(-1, 16 * 5 * 5)
        return self.fc2(torch.relu(self.fc1(x)))
"""

RESIDUAL = """
def conv3x3(i, o, stride=1):
    return nn.Conv2d(i, o, kernel_size=3, stride=stride, padding=1, bias=False)

class Block(nn.Module):
    expansion = 1
    def __init__(self, i, o, stride=1, downsample=None):
        super(Block, self).__init__()
        self.conv1, self.bn1 = conv3x3(i, o, stride), nn.BatchNorm2d(o)
        self.conv2, self.bn2 = conv3x3(o, o), nn.BatchNorm2d(o)
        self.downsample = downsample
    def forward(self, x):
        identity = x
        out = F.relu(self.bn1(self.conv1(x)), inplace=True)
        out = self.bn2(self.conv2(out))
        if self.downsample is not None:
            identity = self.downsample(x)
        out += identity
        return F.relu(out)

class Net(nn.Module):
    def __init__(self, block, widths):
        super().__init__()
        self.width = 8
        self.stem = conv3x3(3, self.width)
        layers = []
        for i, width in enumerate(widths):
            stride, down = (1 if i == 0 else 2), None
            if stride != 1 or self.width != width * block.expansion:
                down = nn.Sequential(nn.Conv2d(self.width, width, 1, stride, bias=False), nn.BatchNorm2d(width))
            layers.append(block(self.width, width, stride, down))
            self.width = width
        self.layers = nn.Sequential(*layers)
        self.fc = nn.Linear(self.width, 10)
        for m in self.modules():
            nn.init.zeros_(m.weight)
    def forward(self, x):
        x = self.layers(self.stem(x)).mean([2, 3])
        return self.fc(x)

model = Net(Block, [8, 16])
"""


def kinds(read: Pasted) -> list[str]:
    return [type(node.block).kind() for node in read.graph.nodes.values()]


def wires(read: Pasted) -> list[str]:
    return [wire_text(wire, read.graph.nodes) for wire in read.graph.wires]


def test_a_sequential_becomes_a_chain_with_its_settings() -> None:
    read = pasted.read("net = nn.Sequential(nn.Conv2d(3, 64, 3, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(2))")
    assert kinds(read) == ["Conv2d", "ReLU", "MaxPool2d"]
    assert wires(read) == ["conv1 -> relu1", "relu1 -> maxpool1"]
    assert repr(read.graph.block("conv1")) == "Conv2d(out_channels=64, padding=1)"
    assert read.remarks == ()


@pytest.mark.parametrize(
    "text",
    [
        "[nn.Linear(3, 4), nn.Tanh()]",
        "nn.Linear(3, 4)\nnn.Tanh()",
        "    nn.Linear(3, 4),\n    nn.Tanh(),\n",
        ">>> nn.Sequential(nn.Linear(3, 4),\n...               nn.Tanh())",
        "self.a = nn.Linear(3, 4)\nself.b = nn.Tanh()",
        "from torch.nn import Linear\nlayers = [Linear(3, 4)]\nlayers.append(torch.nn.Tanh())",
        'nn.Sequential(OrderedDict([("a", nn.Linear(in_features=3, out_features=4)), ("b", nn.Tanh())]))',
    ],
)
def test_layers_are_read_from_lists_lines_and_parts_of_a_listing(text: str) -> None:
    read = pasted.read(text)
    assert kinds(read) == ["Linear", "Tanh"]
    assert len(read.graph.wires) == 1
    assert read.graph.block(next(iter(read.graph.nodes))).value("out_features") == 4


def test_torchs_defaults_are_taken_where_ours_differ() -> None:
    block = pasted.read("nn.Conv2d(3, 8, 3)").graph.block("conv1")
    assert block.value("padding") == 0  # ours is "same"


def test_a_class_gets_ends_and_the_input_on_which_its_numbers_fit() -> None:
    read = pasted.read(CLASS)
    assert list(read.graph.nodes)[:4] == ["x", "conv1", "relu1", "pool"]
    assert read.graph.block("x").value("shape") == (3, 32, 32)  # 28 would bring 4 × 4 pixels to fc1
    assert check(read.graph).errors == ()
    assert check(read.graph).parameters == 456 + 2416 + 48120 + 1210


def test_blocks_helpers_loops_and_conditions_of_a_residual_network_are_followed() -> None:
    read = pasted.read(RESIDUAL)
    checked = check(read.graph)
    assert (read.remarks, checked.errors) == ((), ())
    assert kinds(read).count("Add") == 2
    assert "layers_1_downsample_0" not in read.graph.nodes
    # stem 216, first block 2 · 576 + 32, second 1152 + 2304 + 64 and its projection 128 + 32, head 170
    assert checked.parameters == 216 + 1184 + 3520 + 160 + 170


def test_what_is_not_understood_is_named_and_the_rest_is_wired_around_it() -> None:
    read = pasted.read("nn.Sequential(\n    nn.Conv2d(3, 8, 3),\n    MyLayer(8, 'a'),\n    nn.ReLU(),\n)")
    assert wires(read) == ["conv1 -> relu1"]
    assert read.told() == "Line 3: MyLayer(8, 'a') is no block here and was left out."


def test_an_operation_that_is_not_known_passes_on_what_it_got() -> None:
    text = "y = nn.Linear(3, 4)(x)\ny = torch.fft.rfft(y)\ny = 2 * y\nz = F.relu(y)"
    read = pasted.read(text)
    assert wires(read) == ["x -> linear1", "linear1 -> relu1", "relu1 -> output"]
    assert [(r.line, r.call) for r in read.remarks] == [(2, "torch.fft.rfft(y)"), (3, "2 * y")]


def test_a_setting_that_no_block_has_is_named() -> None:
    read = pasted.read("nn.MaxPool2d(2, return_indices=True)")
    assert read.told() == "Line 1: nn.MaxPool2d(2, return_indices=True) became MaxPool2d without return_indices=True."


def test_a_value_that_a_block_cannot_take_is_named() -> None:
    read = pasted.read("nn.Linear(3, -4)\nnn.ReLU()")
    assert kinds(read) == ["ReLU"]
    assert "out_features expects a whole number of at least 1, received -4" in read.told()


def test_many_remarks_are_counted() -> None:
    read = pasted.read("\n".join(f"nn.Foo{n}()" for n in range(9)) + "\nnn.ReLU()")
    assert read.told().endswith("And 6 more like this.")


def test_a_layer_used_twice_shares_its_weights() -> None:
    text = "fc = nn.Linear(4, 4)\na = fc(x)\nb = fc(torch.relu(a))"
    nodes = pasted.read(text).graph.nodes
    assert [nodes[n].shares for n in ("fc", "fc2")] == ["", "fc"]


def test_branches_join_with_axes_that_do_not_count_the_batch() -> None:
    read = pasted.read("a = nn.Conv2d(3, 4, 1)(x)\nb = nn.Conv2d(3, 5, 1)(x)\ny = torch.cat([a, b], dim=1)")
    assert read.graph.block("concat1").value("dim") is None
    assert check(read.graph).shape("concat1").sizes[0] == 9  # type: ignore[union-attr]


def test_the_last_state_of_a_recurrent_layer_is_found_in_either_way_of_writing() -> None:
    head = "e = nn.Embedding(50, 8)(x)\n"
    last = pasted.read(head + "o, _ = nn.LSTM(8, 6, batch_first=True)(e)\ny = nn.Linear(6, 2)(o[:, -1])")
    state = pasted.read(head + "_, (h, c) = nn.LSTM(8, 6, batch_first=True)(e)\ny = nn.Linear(6, 2)(h[-1])")
    assert "LastStep" in kinds(last)
    assert "lstm1.h -> linear1" in wires(state)
    assert (check(last.graph).errors, check(state.graph).errors) == ((), ())


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_what_we_print_is_read_back_as_the_same_network(sample: Path) -> None:
    design = open_design(sample)
    (name,) = design.networks
    read = pasted.read(print_design(design).text)
    ours = check(design.networks[name], design.networks)
    ours_in, theirs_in = (graph.inputs()[0] for graph in (ours.graph, read.graph))
    theirs = check(read.graph.with_node(theirs_in, ours.graph.nodes[ours_in]))  # a size may not follow from the code
    assert (read.told(), theirs.errors) == ("", ())
    assert (theirs.parameters, theirs.buffers, theirs.macs) == (ours.parameters, ours.buffers, ours.macs)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "a class act",
        "class Net(nn.Module: pass",
        "nn.Foo()",
        "class A(nn.Module):\n  def __init__(self):\n    self.a = A()\n  def forward(self, x):\n    return self.a(x)",
        "def f(): return f()\nnn.Linear(f(), 2)",
        "nn.ReLU()" + "\0",
        "(" * 3000 + "nn.ReLU()" + ")" * 3000,
        "nn.Linear(3, 9 ** 9 ** 9)",
        "nn." + "a." * 300_000,
    ],
)
def test_text_without_a_network_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(NotCode, match=r"\w{3}.*\.$"):
        pasted.read(text)


def test_code_is_never_executed(tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    text = f"__import__('pathlib').Path({str(trap)!r}).touch()\nopen({str(trap)!r}, 'w')\nnn.ReLU()"
    assert kinds(pasted.read(text)) == ["ReLU"]
    assert not trap.exists()


@pytest.mark.parametrize(
    "text", ["x = [nn.ReLU()] * 10**9\nnn.ReLU()", "nn.Sequential(*[nn.ReLU() for _ in range(10**9)])"]
)
def test_loops_without_end_are_cut_short(text: str) -> None:
    assert 1 <= len(pasted.read(text).graph.nodes) <= 1000
