"""Text as rows of numbers that go on from batch to batch, from any file or from Python's own modules."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runtime.data.split import split, streams
from runtime.data.text import Text, decode, encode, signs_of, vocabulary_of
from runtime.sources import NoData
from tests.sources import alike, loaded, promised

POEM = "Tiger, tiger, burning bright\nIn the forests of the night\n" * 4


def written(folder: Path, content: str | bytes = POEM, **settings: object) -> Text:
    raw = content if isinstance(content, bytes) else content.encode()
    (folder / "poem.txt").write_bytes(raw)
    return Text().with_settings(file=str(folder / "poem.txt"), steps=7, **settings)


@pytest.mark.parametrize("unit", ["characters", "words"])
@pytest.mark.parametrize("predict", ["each", "last"])
def test_what_is_read_is_what_the_fields_promise(tmp_path: Path, unit: str, predict: str) -> None:
    source = written(tmp_path, unit=unit, predict=predict)
    promised(source)
    assert alike(source)


@pytest.mark.parametrize("unit, told", [("characters", POEM), ("words", "Tiger , tiger , burning bright In")])
def test_the_rows_one_after_the_other_are_the_text(tmp_path: Path, unit: str, told: str) -> None:
    source = written(tmp_path, unit=unit)
    data = loaded(source)
    again = decode(data["text"].ravel(), source.signs(), unit)
    assert told.startswith(again) if unit == "characters" else again.startswith(told)
    assert (data["next"].ravel()[:-1] == data["text"].ravel()[1:]).all()


def test_an_n_gram_has_a_row_for_every_sign_and_one_answer(tmp_path: Path) -> None:
    source = written(tmp_path, "a b c d e", unit="words", predict="last").with_settings(steps=2)
    data, signs = loaded(source), source.signs()
    rows = [decode([*row, last], signs, "words") for row, last in zip(data["text"], data["next"], strict=True)]
    assert rows == ["a b c", "b c d", "c d e"]


def test_rare_signs_share_the_number_zero(tmp_path: Path) -> None:
    source = written(tmp_path, "aaaabbbccd" * 5, vocabulary=3)
    assert source.signs() == ["<unk>", "a", "b"]
    assert loaded(source)["text"].max() == 2
    assert decode(encode(list("abcd"), source.signs()), source.signs(), "characters") == "ab<unk><unk>"


def test_words_are_read_without_the_space_between() -> None:
    assert signs_of("if x_1 >= 3:\n  don't", "words") == ["if", "x_1", ">", "=", "3", ":", "don", "'", "t"]


@given(st.text(max_size=80))
def test_any_text_comes_back_from_its_numbers(text: str) -> None:
    signs = vocabulary_of(list(text), 1000)
    assert decode(encode(list(text), signs), signs, "characters") == text


def test_without_a_file_the_modules_of_python_are_read_in_order() -> None:
    source = Text().with_settings(limit=5000)
    data = promised(source)
    told = decode(data["text"].ravel(), source.signs(), "characters")
    assert told.startswith((Path(os.__file__).parent / "__future__.py").read_text()[:1000])
    assert len(told) == 4970  # whole rows of 35


def test_no_more_is_read_than_the_limit(tmp_path: Path) -> None:
    assert loaded(written(tmp_path, POEM, limit=100))["text"].size == 98
    assert written(tmp_path, POEM, limit=100).samples() == 14


def test_a_text_that_grew_is_counted_again(tmp_path: Path) -> None:
    assert written(tmp_path, "x" * 50).samples() == 7
    assert written(tmp_path, "x" * 500).samples() == 71


# --- what is refused ----------------------------------------------------------------------


def test_a_file_that_is_not_there_is_no_data(tmp_path: Path) -> None:
    with pytest.raises(NoData, match=r"expected a text in UTF-8 \(No such file") as caught:
        Text().with_settings(file=str(tmp_path / "none.txt")).fields()
    assert caught.value.repair == "Choose another file."


@pytest.mark.parametrize(
    "content, told",
    [
        ("", "expected more than 7 characters, found 0"),
        ("\ufeff", "expected more than 7 characters, found 0"),
        ("seven !", "expected more than 7 characters, found 7"),
        (b"\xff\xfe" * 20, "expected a text in UTF-8 .*invalid start byte"),
        (b"Tiger, tiger \xe4" * 20, "expected a text in UTF-8 .*invalid continuation byte"),
    ],
)
def test_what_is_no_text_or_too_little_is_told(tmp_path: Path, content: str | bytes, told: str) -> None:
    source = written(tmp_path, content)
    with pytest.raises(NoData, match=told) as caught:
        source.fields()
    assert caught.value.repair.startswith("Choose a")
    with pytest.raises(ValueError, match=told):
        loaded(source)


def test_a_folder_is_no_text(tmp_path: Path) -> None:
    with pytest.raises(NoData, match="expected a text in UTF-8"):
        Text().with_settings(file=str(tmp_path)).fields()


def test_rows_that_would_fill_the_memory_are_refused(tmp_path: Path) -> None:
    source = written(tmp_path, "x" * 200_000, predict="last").with_settings(steps=8000)
    with pytest.raises(NoData, match="expected rows that fit in 8 GB"):
        source.fields()


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=60), st.sampled_from(["characters", "words"]))
def test_any_bytes_are_read_as_text_or_refused(tmp_path: Path, content: bytes, unit: str) -> None:
    source, told = written(tmp_path, content, unit=unit), ": expected "
    try:
        source.fields()
    except NoData as error:
        told = str(error)
    else:
        promised(source)
    assert ": expected " in told


# --- the order ----------------------------------------------------------------------------


def test_row_i_of_a_batch_continues_row_i_of_the_batch_before(tmp_path: Path) -> None:
    text = loaded(written(tmp_path, "".join(map(chr, range(200, 900))), vocabulary=1000))["text"]
    kept, _ = streams(len(text), 0.2, 8)
    first, second = text[kept[:8]], text[kept[8:16]]
    assert (second[:, 0] == first[:, -1] + 1).all()


@given(st.integers(1, 300), st.floats(0, 0.9), st.integers(1, 40))
def test_the_end_is_held_out_and_batches_are_full(count: int, share: float, batch: int) -> None:
    kept, held = streams(count, share, batch)
    whole = split(count, share, 0)
    for found, wanted in zip((kept, held), whole, strict=True):
        size = min(batch, len(wanted)) or 1
        assert len(found) == len(wanted) // size * size
        assert (found.reshape(-1, size)[1:] == found.reshape(-1, size)[:-1] + 1).all()
    assert not len(held) or kept.max() < held.min()
    assert Text.in_order


def test_what_is_left_over_is_less_than_one_batch() -> None:
    kept, held = streams(103, 0.1, 10)
    assert (len(kept), len(held)) == (90, 10)
    assert np.unique(kept).tolist() == list(range(90))
