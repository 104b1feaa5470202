"""Whole numbers looked up: shapes, the code against torch, and numbers out of range."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from blocks.block import At, Change, Unfit
from blocks.check import check
from blocks.embedding import Embedding, OneHot
from blocks.ends import Input, Output
from blocks.graph import Graph, Node, read_wire
from blocks.recurrent import LSTM
from blocks.repair import fixes
from blocks.shape import SEQUENCE, labels, sequence, shape_of, tokens, vector


def test_words_become_a_sequence_and_a_class_becomes_a_vector() -> None:
    block = Embedding(20, 3)
    assert block.shape(tokens(6, 20)) is sequence(6, 3)
    assert block.shape(labels(20)) is vector(3)


def test_an_embedding_prints_its_padding_only_where_it_has_one() -> None:
    assert str(Embedding(20, 3).module(tokens(6, 20))) == "nn.Embedding(20, 3)"
    module = eval(str(Embedding(20, 3, padding_idx=4).module(tokens(6, 20))), {"nn": nn})
    assert module(torch.tensor([4])).abs().sum() == 0


def test_a_larger_vocabulary_than_the_table_enlarges_the_table() -> None:
    with pytest.raises(Unfit, match="numbers below its num_embeddings of 10, received numbers below 12") as caught:
        Embedding(10).shape(tokens(6, 12))
    assert caught.value.remedies == (Change({"num_embeddings": 12}),)


def test_padding_outside_of_the_table_and_plain_numbers_are_unfit() -> None:
    with pytest.raises(Unfit, match="padding_idx below"):
        Embedding(10, padding_idx=10).shape(tokens(6, 10))
    with pytest.raises(Unfit, match="whole numbers"):
        Embedding(10).shape(shape_of(()))


def test_where_vectors_are_wanted_words_are_looked_up() -> None:
    nodes = {"words": Node(Input.of(tokens(6, 20))), "lstm": Node(LSTM(8)), "out": Node(Output())}
    checked = check(Graph(nodes, tuple(read_wire(wire, nodes) for wire in ("words -> lstm", "lstm -> out"))))
    [problem] = checked.errors
    titles = [fix.title for fix in fixes(problem, checked)]
    assert titles[:2] == ["Insert Embedding 20 · 64", "Insert OneHot"]
    assert Embedding.bridge(tokens(6, 20), sequence(6, 8)) == Embedding(20, 8)
    assert Embedding.bridge(tokens(6, 0), SEQUENCE) is None


def test_one_hot_takes_its_size_from_what_arrives() -> None:
    x = torch.tensor([[1, 0, 2]])
    expression = OneHot().forward(At("", {"x": "x"}, {"x": tokens(3, 4)}))
    assert OneHot().shape(tokens(3, 4)) is sequence(3, 4)
    assert torch.equal(eval(expression, {"F": F, "x": x}), torch.eye(4)[x])
    with pytest.raises(Unfit, match="num_classes"):
        OneHot().shape(tokens(3, 0))
