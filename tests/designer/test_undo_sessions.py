"""Undo one can trust: sessions at random in which every undo and redo leads to the bytes recorded before and after."""

from __future__ import annotations

from pathlib import Path

import pytest

from blocks.edits import Refused
from blocks.setting import BadSetting
from designer.document import OpenDesign
from runtime.file import open_design
from tests.designer.hand_at_random import EDITS, Deed, Hand
from tests.designer.sessions import Broken, Witness, session

SAMPLES = Path(__file__).parents[2] / "samples"
STARTS = ("lenet_digits", "resnet_digits", "inception_digits", "xor_mlp")


def start(seed: int) -> OpenDesign:
    """One of a few designs, opened."""
    return OpenDesign(open_design(SAMPLES / f"{STARTS[seed % len(STARTS)]}.json"))


@pytest.mark.parametrize("seed", range(4))
def test_every_undo_and_redo_of_a_short_session_leads_to_the_very_bytes(seed: int, tmp_path: Path) -> None:
    session(start(seed).design, seed, 120, tmp_path / "mine.json")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 120))
def test_every_undo_and_redo_of_a_thousand_edits_leads_to_the_very_bytes(seed: int, tmp_path: Path) -> None:
    done = session(start(seed).design, seed, 1000, tmp_path / "mine.json")
    assert len(done) > len(EDITS) - 5, f"hardly ever done: {EDITS.keys() - done}"


def test_the_hand_does_every_kind_of_edit() -> None:
    left = set(EDITS)
    for seed in range(200, 230):
        hand = Hand(start(seed), seed)
        for _ in range(200 if left else 0):
            left -= {deed.kind for deed in hand.deeds() if done(hand.document, deed)}
    assert not left


def done(document: OpenDesign, deed: Deed) -> bool:
    try:
        return document.apply(deed.edit, deed.label, deed.merge)
    except (Refused, BadSetting):
        return False


def test_a_witness_notices_a_byte_that_changed() -> None:
    document = start(0)
    witness = Witness(document)
    document.design.layout["LeNet"]["conv1"] = (1.0, 2.0)  # type: ignore[index]
    with pytest.raises(Broken, match="other bytes"):
        witness.check("now")
