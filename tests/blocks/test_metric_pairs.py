"""Metrics of pairs and triplets: worked figures, and what they refuse."""

from __future__ import annotations

import pytest
import torch

from blocks.block import Unfit
from blocks.metric_pairs import PairAccuracy, TripletAccuracy
from blocks.shape import labels, vector
from tests.blocks.oracle import made

HERE, NEAR, FAR = (torch.tensor([[x, 0.0]]) for x in (0.0, 0.4, 3.0))


def test_pairs_within_the_threshold_are_taken_for_alike() -> None:
    judge = made(PairAccuracy(0.5), vector(2), vector(2), labels(2))
    first, second = torch.cat([HERE] * 4), torch.cat([NEAR, NEAR, FAR, FAR])
    assert judge(first, second, torch.tensor([1, 0, 1, 0])).item() == 0.5
    assert judge(first, second, torch.tensor([1, 1, 0, 0])).item() == 1.0


def test_an_anchor_is_served_where_the_positive_is_nearer() -> None:
    judge = made(TripletAccuracy(), vector(2), vector(2), vector(2))
    anchors = torch.cat([HERE] * 4)
    told = judge(anchors, torch.cat([NEAR, NEAR, NEAR, FAR]), torch.cat([FAR, FAR, FAR, NEAR]))
    assert told.item() == 0.75


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(Unfit, match="one shape"):
        PairAccuracy().shape(vector(2), vector(3), labels(2))
    with pytest.raises(Unfit, match="0 or 1"):
        PairAccuracy().shape(vector(2), vector(2), labels(10))
    with pytest.raises(Unfit, match="one shape"):
        TripletAccuracy().shape(vector(2), vector(2), vector(4))
