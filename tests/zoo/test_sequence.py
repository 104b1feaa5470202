"""Recurrent classifiers, cells and language models: figures of the notes, and whatever settings lie in between."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from blocks.check import check
from blocks.lints import advice
from blocks.setting import BadSetting
from blocks.zoo import Template
from blocks.zoo.language import CharacterModel, WordModel
from blocks.zoo.recurrent import CELLS, EVERY, FINAL, IMAGE, MEAN, ONE, TWO, WORDS, RecurrentCell, RecurrentClassifier
from tests.vocabulary.rows import compiled
from tests.zoo import meta
from tests.zoo.entries_sequence import ENTRIES
from tests.zoo.entry import Key, truth

COUNTED = [key for key in ENTRIES if "params_single_bias" in truth()[key]]


def parameters(template: Template) -> int:
    found = check(meta.drawn(template))
    assert not found.errors
    return found.parameters


@pytest.mark.parametrize("key", COUNTED, ids=": ".join)
def test_with_one_bias_a_gate_it_has_the_count_of_textbooks(key: Key) -> None:
    entry = ENTRIES[key]
    found = check(meta.drawn(entry.template.with_settings(biases=ONE)))
    assert found.parameters == truth()[key]["params_single_bias"]
    assert found.macs == truth()[key]["macs"]


@pytest.mark.parametrize(("cell", "count"), [("RNN", 98_816), ("LSTM", 395_264), ("GRU", 296_448)])
def test_with_two_biases_a_gate_a_cell_has_the_count_of_torch(cell: str, count: int) -> None:
    assert parameters(RecurrentCell(cell, biases=TWO)) == count


def test_N18_recurrent_networks_one_way_both_ways_and_stacked() -> None:
    one, both, two = ({"layers": 1}, {"bidirectional": True}, {"layers": 2})
    counts = {cell: [parameters(RecurrentClassifier(cell, **each)) for each in (one, both, two)] for cell in CELLS}
    assert counts["LSTM"] == [82_186, 164_362, 214_282]
    assert counts["RNN"][:2] == [21_514, 43_018]
    assert (counts["GRU"][0], counts["GRU"][2]) == (61_962, 161_034)


def test_N19_language_models_over_characters_and_words() -> None:
    assert [parameters(CharacterModel(cell)) for cell in CELLS] == [592_899, 1_579_779, 1_250_819]
    assert parameters(WordModel()) == 4_653_200
    assert parameters(WordModel(embedding=1500, hidden=1500)) == 66_034_000


def test_Q08_a_second_layer_reads_what_the_first_remembers() -> None:
    stacked = check(meta.drawn(RecurrentClassifier("LSTM", layers=2)))
    assert stacked.parameters == 214_282
    assert [wire.source for wire in stacked.graph.into("lstm2")] == ["lstm1"]


def test_Q09_a_last_step_read_of_both_ways_is_warned_of_and_a_final_state_is_not() -> None:
    last, final = (check(meta.drawn(RecurrentClassifier(bidirectional=True, readout=r))) for r in ("last step", FINAL))
    assert last.parameters == final.parameters == 164_362
    assert [finding.node for finding, *_ in advice(last)] == ["last_step"]
    assert list(advice(final)) == []


def answers(template: Template) -> tuple[Tensor, Tensor]:
    """What is told at the first step of five words, and of the same but for the last one."""
    network = compiled(meta.drawn(template))
    words = torch.tensor([[3, 1, 4, 1, 5], [3, 1, 4, 1, 2]])
    one, other = network.eval()(words)[:, 0]
    return one, other


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("biases", [ONE, TWO])
def test_N25_only_a_layer_that_reads_both_ways_sees_the_last_word_at_the_first_step(cell: str, biases: str) -> None:
    told = {"biases": biases, "readout": EVERY, "reads": WORDS, "steps": 5, "features": 4, "vocabulary": 9}
    one_way, both_ways = (RecurrentClassifier(cell, 6, 1, both, classes=3, **told) for both in (False, True))
    assert torch.equal(*answers(one_way))
    assert not torch.allclose(*answers(both_ways))


def one_bias_from_torch(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """The weights of a torch layer under the names of one drawn for each way, with one bias; torch's second is 0."""
    found = {}
    for name, tensor in weights.items():
        layer, _, rest = name.partition(".")
        way = "backward" if rest.endswith("_reverse") else "forward"
        bare = rest.removesuffix("_reverse").removesuffix("_l0")
        if layer == "fc":
            found[name] = tensor
        elif bare != "bias_hh":
            found[f"{layer}_{way}.{'bias' if bare == 'bias_ih' else bare}"] = tensor
    return found


@pytest.mark.parametrize("cell", ["RNN", "LSTM"])  # where a GRU resets differs
@pytest.mark.parametrize("readout", [FINAL, MEAN])
def test_two_layers_with_one_bias_read_both_ways_as_torchs_layer_does(cell: str, readout: str) -> None:
    small = RecurrentClassifier(cell, 5, 2, True, readout, steps=4, features=3, classes=2)
    torchs, ours = (compiled(meta.drawn(small.with_settings(biases=biases))) for biases in (TWO, ONE))
    silence(torchs)
    ours.load_state_dict(one_bias_from_torch(torchs.state_dict()))
    x = torch.randn(2, 4, 3)
    torch.testing.assert_close(ours(x), torchs(x))


def silence(module: nn.Module) -> None:
    with torch.no_grad():
        for name, tensor in module.named_parameters():
            if "bias_hh" in name:
                tensor.zero_()


def test_tied_words_are_scored_by_the_vectors_that_look_them_up() -> None:
    template = WordModel(vocabulary=11, embedding=6, hidden=6, layers=1, steps=4, tied=True)
    lstm = 4 * 6 * (6 + 6 + 2)
    assert parameters(template) == 11 * 6 + lstm
    network = compiled(meta.drawn(template))
    words = torch.randint(11, (2, 4))
    table = network.state_dict()["embedding.weight"]
    read, _ = network.get_submodule("lstm")(table[words])
    torch.testing.assert_close(network(words), read @ table.T)


BETWEEN: list[Template] = [
    RecurrentClassifier("GRU", 48, 3, True, MEAN, dropout=0.2, reads=WORDS, steps=6, features=20, classes=2),
    RecurrentClassifier("RNN", 7, 2, True, FINAL, ONE, reads=IMAGE, steps=8, features=8),
    RecurrentClassifier("LSTM", 16, 2, readout=EVERY, dropout=0.5, steps=5, features=9, classes=17),
    RecurrentCell("LSTM", 5, 9, 4, "coupled", True, bidirectional=True),
    RecurrentCell("GRU", 5, 9, 4, reset_after=True),
    CharacterModel("GRU", 27, 33, 3, 6, dropout=0.1),
    WordModel("GRU", 101, 24, 24, 3, 6, tied=True, dropout=0.65),
    WordModel("LSTM", 101, 24, 36, 1, 6, biases=ONE),
]


@pytest.mark.parametrize("template", BETWEEN, ids=repr)
def test_settings_in_between_give_what_torch_counts(template: Template) -> None:
    meta.agree(meta.drawn(template))


@pytest.mark.parametrize(
    ("template", "sentence"),
    [
        (RecurrentCell("GRU", peepholes=True), "peepholes expects no beside cell GRU"),
        (
            RecurrentCell("LSTM", forget="none", biases=TWO),
            "forget expects gate beside cell LSTM and biases 'two a gate'",
        ),
        (RecurrentCell("RNN", reset_after=True), "reset_after expects no beside cell RNN"),
        (WordModel(hidden=300, tied=True), "embedding expects 300, as hidden is"),
    ],
)
def test_settings_that_do_not_go_together_are_refused_in_a_sentence(template: Template, sentence: str) -> None:
    with pytest.raises(BadSetting, match=sentence):
        template.networks()


@pytest.mark.parametrize(
    ("template", "title"),
    [
        (RecurrentClassifier("GRU"), "GRU"),
        (RecurrentClassifier("LSTM", layers=2, bidirectional=True), "Stacked Bi-LSTM"),
        (RecurrentCell("LSTM", bidirectional=True), "Bidirectional LSTM cell"),
        (CharacterModel("RNN"), "Character RNN"),
        (WordModel(), "Stacked LSTM language model"),
    ],
)
def test_it_is_called_as_in_papers(template: Template, title: str) -> None:
    assert template.title() == title


def test_the_printed_classifier_reads_like_torchs_own_examples() -> None:
    text = meta.text(meta.drawn(RecurrentClassifier("LSTM", layers=2)))
    for line in (
        "self.lstm1 = nn.LSTM(28, 128, batch_first=True)",
        "self.lstm2 = nn.LSTM(128, 128, batch_first=True)",
        "self.fc = nn.Linear(128, 10)",
    ):
        assert line in text
    assert len(text.splitlines()) < 40
