"""Sources of data: real digits, points by formula, and files that may be broken in every way."""

from __future__ import annotations

import gzip
import inspect
import re
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from runtime.data.digits import Digits
from runtime.data.idx import Idx
from runtime.data.images import Images
from runtime.data.points import Moons, Spirals, Xor
from runtime.data.split import split
from runtime.data.table import Table
from runtime.sources import SOURCES, DataSource, NoData
from runtime.unknown import UnknownSource

GENERATED = (Digits(), Xor(), Moons(), Spirals())
LOAD = re.compile(r"(\w+)\(.*\)", re.DOTALL)


def loaded(source: DataSource) -> dict[str, Any]:
    """What the text of the carried functions reads, where nothing else is known: as in a printed script."""
    names: dict[str, Any] = {"Any": Any, "np": np}
    for function in source.functions:
        exec(inspect.getsource(function), names)
    return eval(str(source.load()), names)  # type: ignore[no-any-return]


def promised(source: DataSource) -> None:
    """What is read has the shapes and kinds of numbers that `fields` says, and as many examples as `samples`."""
    data, fields = loaded(source), source.fields()
    assert list(data) == list(fields)
    for name, shape in fields.items():
        assert data[name].shape[1:] == shape.sizes
        assert data[name].dtype == shape.dtype
        assert source.samples() in (None, len(data[name]))
        if shape.classes:
            assert sorted(set(data[name])) == list(range(shape.classes))


# --- what is always at hand ---------------------------------------------------------------


@pytest.mark.parametrize("source", GENERATED, ids=lambda source: source.kind())
def test_what_is_read_is_what_the_fields_promise(source: DataSource) -> None:
    promised(source)


@pytest.mark.parametrize("source", GENERATED, ids=lambda source: source.kind())
def test_the_same_seed_gives_the_same_examples(source: DataSource) -> None:
    one, two = loaded(source), loaded(source)
    assert all((one[name] == two[name]).all() for name in one)


def test_digits_are_scaled_to_one() -> None:
    images = loaded(Digits())["image"]
    assert (images.min(), images.max()) == (0.0, 1.0)


def test_points_without_noise_lie_where_the_formula_says() -> None:
    data = loaded(Xor().with_settings(samples=8, noise=0.0))
    assert (np.abs(data["point"]) == 1).all()
    assert (data["label"] == (data["point"].prod(axis=1) < 0)).all()


def test_every_source_says_what_it_is() -> None:
    assert {"digits", "idx", "images", "moons", "spirals", "table", "xor"} <= {s.kind() for s in SOURCES}
    assert all(s.summary().endswith(".") and all(f.doc for f in s.settings.values()) for s in SOURCES)


def test_a_source_of_a_newer_program_says_which_are_known() -> None:
    with pytest.raises(NoData, match=r"data webcam: expected one of .*digits"):
        UnknownSource().keeping({"source": "webcam"}).fields()


# --- the split ----------------------------------------------------------------------------


@given(st.integers(1, 300), st.floats(0, 0.9), st.integers(0, 5))
def test_a_split_parts_all_examples(count: int, share: float, seed: int) -> None:
    train, held = split(count, share, seed)
    assert sorted([*train, *held]) == list(range(count))
    assert len(train) >= 1
    assert (len(held) > 0) == (share > 0 and count > 1)


def test_a_split_is_the_same_for_the_same_seed_only() -> None:
    assert (split(100, 0.2, 1)[1] == split(100, 0.2, 1)[1]).all()
    assert (split(100, 0.2, 1)[1] != split(100, 0.2, 2)[1]).any()


# --- IDX ----------------------------------------------------------------------------------


def idx(axes: int, *sizes: int, data: bytes | None = None, magic: bytes = b"\0\0\x08") -> bytes:
    content = bytes(i % 3 for i in range(int(np.prod(sizes)))) if data is None else data
    return magic + bytes([axes]) + struct.pack(f">{len(sizes)}I", *sizes) + content


def idx_folder(folder: Path, pictures: bytes, labels: bytes, *, packed: bool = False) -> Idx:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in (("train-images-idx3-ubyte", pictures), ("train-labels-idx1-ubyte", labels)):
        (folder / (name + ".gz" * packed)).write_bytes(gzip.compress(content) if packed else content)
    return Idx().with_settings(folder=str(folder), classes=3)


@pytest.mark.parametrize("packed", [False, True])
def test_idx_files_are_read_plain_and_packed(tmp_path: Path, packed: bool) -> None:
    source = idx_folder(tmp_path, idx(3, 6, 4, 5), idx(1, 6), packed=packed)
    promised(source)
    assert source.fields()["image"].sizes == (1, 4, 5)


def test_idx_files_are_found_where_torchvision_puts_them(tmp_path: Path) -> None:
    idx_folder(tmp_path / "FashionMNIST" / "raw", idx(3, 6, 4, 5), idx(1, 6))
    promised(Idx().with_settings(folder=str(tmp_path), classes=3))


def test_a_folder_without_idx_files_says_which_are_wanted(tmp_path: Path) -> None:
    with pytest.raises(NoData, match="expected the files train-images-idx3-ubyte") as caught:
        Idx().with_settings(folder=str(tmp_path)).fields()
    assert caught.value.place == str(tmp_path)


@pytest.mark.parametrize(
    "pictures, labels, told",
    [
        (b"", idx(1, 6), "an IDX file of bytes with 3 axes"),
        (idx(3, 6, 4, 5, magic=b"\0\0\x0d"), idx(1, 6), "an IDX file of bytes with 3 axes"),
        (idx(3, 2**31, 2**31, 2**31, data=b""), idx(1, 6), "1 to 2,147,483,648 numbers"),
        (idx(3, 6, 4, 5)[:-1], idx(1, 6), "120 bytes after the header, found 119"),
        (idx(3, 6, 4, 5) + b"x", idx(1, 6), "120 bytes after the header, found more"),
        (idx(3, 6, 4, 5), idx(1, 5), "6 labels, found 5"),
        (idx(3, 6, 4, 5), idx(1, 6, data=b"\x00\x01\x02\x03\x00\x01"), "labels below 3, found 3"),
    ],
)
def test_a_broken_idx_file_is_refused_with_what_was_expected(
    tmp_path: Path, pictures: bytes, labels: bytes, told: str
) -> None:
    source = idx_folder(tmp_path, pictures, labels)
    with pytest.raises(ValueError, match=f"ubyte: expected {told}"):
        loaded(source)


def test_a_packed_file_cut_short_is_refused(tmp_path: Path) -> None:
    source = idx_folder(tmp_path, idx(3, 6, 4, 5), idx(1, 6), packed=True)
    path = tmp_path / "train-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-12])
    with pytest.raises(ValueError, match="expected a file that can be read"):
        loaded(source)


# --- pictures -----------------------------------------------------------------------------


def picture_folder(folder: Path, classes: int = 2, each: int = 3) -> Images:
    for c in range(classes):
        (folder / f"class{c}").mkdir(parents=True)
        for i in range(each):
            ending = ("png", "jpg", "bmp")[i % 3]
            Image.new("RGB", (9, 7), (40 * c, 20 * i, 90)).save(folder / f"class{c}" / f"{i}.{ending}")
    return Images().with_settings(folder=str(folder), height=4, width=6)


@pytest.mark.parametrize("channels", [1, 3])
def test_pictures_are_scaled_and_labelled_by_folder(tmp_path: Path, channels: int) -> None:
    promised(picture_folder(tmp_path).with_settings(channels=channels))


def test_bad_pictures_are_named_and_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = picture_folder(tmp_path)
    (tmp_path / "class0" / "zz.png").write_bytes(b"no picture")
    assert len(loaded(source)["label"]) == 6
    assert "zz.png: expected a picture that can be read" in capsys.readouterr().err


def test_too_many_bad_pictures_are_refused(tmp_path: Path) -> None:
    source = picture_folder(tmp_path).with_settings(most_bad=0)
    (tmp_path / "class0" / "zz.png").write_bytes(b"no picture")
    with pytest.raises(ValueError, match="expected at most 0 bad pictures, found 1"):
        loaded(source)


def test_a_picture_of_a_format_that_was_not_named_is_left_out(tmp_path: Path) -> None:
    source = picture_folder(tmp_path)
    Image.new("RGB", (4, 4)).save(tmp_path / "a.gif")
    (tmp_path / "a.gif").rename(tmp_path / "class0" / "a.png")
    assert len(loaded(source)["label"]) == 6


def test_a_picture_that_would_fill_the_memory_is_left_out(tmp_path: Path) -> None:
    source = picture_folder(tmp_path)
    Image.new("1", (10_000, 5_001)).save(tmp_path / "class0" / "bomb.png")
    assert len(loaded(source)["label"]) == 6


@pytest.mark.parametrize("kind", ["missing", "empty", "file"])
def test_a_folder_that_holds_no_classes_is_no_data(tmp_path: Path, kind: str) -> None:
    place = tmp_path / kind
    if kind == "empty":
        place.mkdir()
    elif kind == "file":
        place.write_text("x")
    with pytest.raises(NoData, match="expected"):
        Images().with_settings(folder=str(place)).fields()


# --- tables -------------------------------------------------------------------------------


def table(tmp_path: Path, text: str, **settings: object) -> Table:
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    return Table().with_settings(file=str(tmp_path / "t.csv"), **settings)


def test_a_table_gives_features_and_classes(tmp_path: Path) -> None:
    source = table(tmp_path, "a,b,kind\n1,2,yes\n\n3,4,no\n5,9,yes\n")
    promised(source)
    assert loaded(source)["target"].tolist() == [1, 0, 1]
    assert abs(loaded(source)["features"].mean(0)).max() < 1e-6


def test_a_table_gives_numbers_to_predict(tmp_path: Path) -> None:
    source = table(tmp_path, "y;a\n0.5;1\n1.5;2\n", target="y", task="number", standardize=False)
    promised(source)
    assert loaded(source)["target"].tolist() == [0.5, 1.5]
    assert loaded(source)["features"].tolist() == [[1], [2]]


def test_classes_that_are_numbers_are_ordered_as_numbers(tmp_path: Path) -> None:
    source = table(tmp_path, "a,c\n1,10\n2,9\n3,10\n")
    assert loaded(source)["target"].tolist() == [1, 0, 1]


@pytest.mark.parametrize(
    "text, told",
    [
        ("", "line 1: expected the names of two or more columns"),
        ("a\n1\n", "line 1: expected the names of two or more columns"),
        ("a,b\n", "expected rows below the header"),
        ("a,b\n1,x\n1\n", "line 3: expected 2 values, found 1"),
        ("a,b\n1,x\n\nq,x\n", "line 4: expected a number in column 'a', found 'q'"),
        ("a,b\nnan,x\n", "line 2: expected a number in column 'a', found 'nan'"),
        ("a,b\n1,x\ninf,y\n", "line 3: expected a number in column 'a', found 'inf'"),
        ("a,b\n,x\n2,y\n", "line 2: expected a number in column 'a', found ''"),
    ],
)
def test_a_broken_table_is_told_by_its_line_before_and_when_it_is_read(tmp_path: Path, text: str, told: str) -> None:
    source = table(tmp_path, text)
    with pytest.raises(NoData, match=f"t.csv(, |: ){told}") as caught:
        source.fields()
    with pytest.raises(ValueError, match=re.escape(str(caught.value))):
        loaded(source)


def test_a_target_that_is_no_number_is_told_before_it_is_read(tmp_path: Path) -> None:
    with pytest.raises(NoData, match="line 3: expected a number in column 'y', found 'oops'"):
        table(tmp_path, "a,y\n1,2\n1,oops\n", task="number").fields()


def test_a_large_table_is_looked_at_in_part_but_all_its_classes_are_counted(tmp_path: Path) -> None:
    source = table(tmp_path, "a,b\n" + "1,x\n2,y\n" * 60_000 + "oops,z\n")
    assert source.fields()["target"].classes == 3
    with pytest.raises(ValueError, match="line 120002: expected a number in column 'a', found 'oops'"):
        loaded(source)


def test_a_table_that_is_repaired_or_appears_is_looked_at_again(tmp_path: Path) -> None:
    source = table(tmp_path, "a,b\n,x\n2,y\n")
    with pytest.raises(NoData, match="line 2: expected a number"):
        source.fields()
    (tmp_path / "t.csv").unlink()
    with pytest.raises(NoData, match="expected a CSV file"):
        source.fields()
    assert table(tmp_path, "a,b\n1,x\n2,y\n").fields() == source.fields()


@pytest.mark.parametrize("cell", ["", "  "])
def test_a_row_that_names_no_class_is_told_by_its_line_and_column(tmp_path: Path, cell: str) -> None:
    source = table(tmp_path, f"a,b,kind\n1,2,yes\n\n3,4,{cell}\n5,9,no\n")
    told = (
        "t.csv, line 4: expected a class in the target column 'kind', found no value. Fill it in or leave the row out."
    )
    with pytest.raises(NoData) as caught:
        source.fields()
    assert str(caught.value).endswith(told)
    with pytest.raises(ValueError, match=re.escape(str(caught.value))):
        loaded(source)


def test_a_table_of_a_single_class_asks_for_another_target(tmp_path: Path) -> None:
    source = table(tmp_path, "a,b,kind\n1,2,yes\n3,4, yes\n")
    told = "t.csv: expected two or more classes in the target column 'kind', found only 'yes'"
    with pytest.raises(NoData, match=told) as caught:
        source.fields()
    assert caught.value.repair == "Choose another target column."
    with pytest.raises(ValueError, match=told):
        loaded(source)


def test_a_column_that_is_not_there_is_no_data(tmp_path: Path) -> None:
    with pytest.raises(NoData, match="expected a column 'z' among a, b") as caught:
        table(tmp_path, "a,b\n1,2\n", target="z").fields()
    assert caught.value.repair == "Set target."


def test_a_changed_table_is_counted_again(tmp_path: Path) -> None:
    source = table(tmp_path, "a,b\n1,x\n2,y\n")
    assert source.fields()["target"].classes == 2
    assert table(tmp_path, "a,b\n1,x\n2,y\n3,zzz\n").fields()["target"].classes == 3


# --- anything at all ----------------------------------------------------------------------


def refused_or_read(source: DataSource) -> None:
    """The one way to fail is a ValueError with a sentence."""
    try:
        source.fields()
        loaded(source)
    except (NoData, ValueError) as error:
        told = str(error)
    else:
        told = ": expected "
    assert ": expected " in told


fuzz = settings(max_examples=150, suppress_health_check=list(HealthCheck))


@fuzz
@given(st.binary(max_size=60), st.binary(max_size=20), st.booleans())
def test_any_bytes_are_read_as_idx_or_refused(tmp_path: Path, pictures: bytes, labels: bytes, packed: bool) -> None:
    refused_or_read(idx_folder(tmp_path, b"\0\0\x08\x03" + pictures, b"\0\0\x08\x01" + labels, packed=packed))


@fuzz
@given(st.binary(max_size=80), st.sampled_from(["classes", "number"]))
def test_any_bytes_are_read_as_a_table_or_refused(tmp_path: Path, content: bytes, task: str) -> None:
    source = table(tmp_path, "", task=task)
    (tmp_path / "t.csv").write_bytes(b"a,b\n" + content)
    refused_or_read(source)


@fuzz
@given(st.integers(0, 200), st.binary(min_size=1, max_size=4))
def test_a_damaged_picture_is_read_or_left_out(tmp_path: Path, place: int, bytes_: bytes) -> None:
    folder = tmp_path / "c"
    folder.mkdir(exist_ok=True)
    Image.new("RGB", (9, 7), (1, 2, 3)).save(folder / "a.png")
    content = (folder / "a.png").read_bytes()
    place %= len(content)
    (folder / "a.png").write_bytes(content[:place] + bytes_ + content[place + len(bytes_) :])
    refused_or_read(Images().with_settings(folder=str(tmp_path), height=4, width=4))
