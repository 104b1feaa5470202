from __future__ import annotations

import errno
import os
import pickle
import random
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, BinaryIO

import pytest

from runtime.store import (
    CannotRead,
    CannotSave,
    Disk,
    Lines,
    append_line,
    read,
    save,
    sha256,
    sweep,
)

ROOT = Path(__file__).parents[2]
ERRORS = [errno.ENOSPC, errno.EIO, errno.EACCES]
SAVER = """
import sys
import time
from pathlib import Path
from runtime.store import save, sha256
path, version = Path(sys.argv[1]), int(sys.argv[2])
while True:
    version += 1
    body = b"%d\\n" % version * 20_000
    save(path, sha256(body).encode() + b"\\n" + body)
    sys.stdout.write(f"{version}\\n")
    sys.stdout.flush()
"""


class FaultyDisk(Disk):
    """A real disk on which the call numbered `fails` fails; it counts calls from 1."""

    def __init__(self, fails: int, code: int) -> None:
        self.fails, self.code = fails, code
        self.calls: list[str] = []

    def _call(self, name: str) -> None:
        self.calls.append(name)
        if len(self.calls) == self.fails:
            raise OSError(self.code, os.strerror(self.code))

    def open(self, path: Path, mode: int) -> BinaryIO:
        self._call("open")
        return super().open(path, mode)

    def write(self, file: IO[bytes], data: bytes) -> int:
        if len(self.calls) + 1 == self.fails:
            super().write(file, data[: len(data) // 2])
        self._call("write")
        return super().write(file, data)

    def chmod(self, path: Path, mode: int) -> None:
        self._call("chmod")
        super().chmod(path, mode)

    def flush(self, file: IO[bytes]) -> None:
        self._call("flush")
        super().flush(file)

    def fsync(self, file: IO[bytes]) -> None:
        self._call("fsync")
        super().fsync(file)

    def link(self, source: Path, target: Path) -> None:
        self._call("link")
        super().link(source, target)

    def replace(self, source: Path, target: Path) -> None:
        self._call("replace")
        super().replace(source, target)

    def fsync_folder(self, folder: Path) -> None:
        self._call("fsync_folder")
        super().fsync_folder(folder)


def calls_of(path: Path) -> list[str]:
    disk = FaultyDisk(0, 0)
    save(path, b"new", disk=disk)
    assert "fsync_folder" in disk.calls
    return disk.calls


def names(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


@pytest.mark.parametrize("code", ERRORS)
def test_a_fault_at_any_call_leaves_the_older_file_and_nothing_else(tmp_path: Path, code: int) -> None:
    path = tmp_path / "design.json"
    path.write_bytes(b"old")
    calls = calls_of(path)
    path.write_bytes(b"old")
    for number in range(1, len(calls) + 1):
        with pytest.raises(CannotSave) as caught:
            save(path, b"new" * 100_000, disk=FaultyDisk(number, code))
        assert path.read_bytes() == b"old", calls[number - 1]
        assert names(tmp_path) == ["design.json"], calls[number - 1]
        assert str(path) in f"{caught.value}"
        assert os.strerror(code) in f"{caught.value}"
        assert f"{caught.value}".endswith("what was there before is unchanged.")


@pytest.mark.parametrize("code", ERRORS)
def test_a_fault_while_saving_a_new_file_leaves_no_file(tmp_path: Path, code: int) -> None:
    calls = calls_of(tmp_path / "probe")
    (tmp_path / "probe").unlink()
    for number in range(1, len(calls) + 1):
        with pytest.raises(CannotSave):
            save(tmp_path / "design.json", b"new", disk=FaultyDisk(number, code))
        assert names(tmp_path) == [], calls[number - 1]


def test_a_save_waits_for_the_file_before_and_the_folder_after_the_swap(tmp_path: Path) -> None:
    assert calls_of(tmp_path / "a") == [
        "open",
        "write",
        "flush",
        "fsync",
        "replace",
        "fsync_folder",
    ]
    again = ["open", "write", "flush", "chmod", "fsync", "link", "replace", "fsync_folder"]
    assert calls_of(tmp_path / "a") == again


def test_a_disk_that_knows_no_links_still_brings_the_older_file_back(tmp_path: Path) -> None:
    class Plain(FaultyDisk):
        def link(self, source: Path, target: Path) -> None:
            raise OSError(errno.EPERM, "no links here")

    path = tmp_path / "a"
    path.write_bytes(b"old")
    with pytest.raises(CannotSave):
        save(path, b"new", disk=Plain(7, errno.EIO))
    assert (path.read_bytes(), names(tmp_path)) == (b"old", ["a"])
    save(path, b"new", disk=Plain(0, 0))
    assert (path.read_bytes(), names(tmp_path)) == (b"new", ["a"])


def test_where_the_older_file_cannot_come_back_the_sentence_says_where_it_is(
    tmp_path: Path,
) -> None:
    class Broken(FaultyDisk):
        def _call(self, name: str) -> None:
            self.calls.append(name)
            if "fsync_folder" in self.calls:
                raise OSError(errno.EIO, os.strerror(errno.EIO))

    path = tmp_path / "a"
    path.write_bytes(b"old")
    with pytest.raises(CannotSave, match="before is kept in") as caught:
        save(path, b"new", disk=Broken(0, 0))
    assert caught.value.kept is not None
    assert caught.value.kept.read_bytes() == b"old"


def start_saver(path: Path, version: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-S", "-c", SAVER, os.fspath(path), f"{version}"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": os.fspath(ROOT)})


def kill_and_read(path: Path, version: int, wait: float) -> tuple[int, int]:
    """Kills a child that saves version after version: the last it confirmed, the one found."""
    with start_saver(path, version) as child:
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(wait)
        child.send_signal(signal.SIGKILL)
        said = [version + 1, *map(int, child.stdout.read().split(b"\n")[:-1])]
    digest, _, body = path.read_bytes().partition(b"\n")
    assert sha256(body).encode() == digest, "torn"
    return max(said), int(body.split(b"\n", 1)[0])


def kill_many(path: Path, times: int) -> None:
    chance, version = random.Random(1), 0
    for _ in range(times):
        pause = chance.uniform(0, 0.02)
        confirmed, version = kill_and_read(path, version, pause)
        assert version >= confirmed, "lost"


def test_of_100_saves_killed_at_random_none_is_torn_and_none_confirmed_is_lost(
    tmp_path: Path,
) -> None:
    kill_many(tmp_path / "design.json", 100)
    assert "design.json" in names(tmp_path)
    sweep(tmp_path)
    assert names(tmp_path) == ["design.json"]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_of_1000_saves_killed_at_random_none_is_torn_and_none_confirmed_is_lost(
    tmp_path: Path,
) -> None:
    kill_many(tmp_path / "design.json", 1000)


def test_bytes_that_do_not_parse_back_touch_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"7")
    disk = FaultyDisk(0, 0)
    with pytest.raises(CannotSave, match="invalid literal"):
        save(path, b"seven", verify=int, disk=disk)
    assert (path.read_bytes(), disk.calls) == (b"7", [])


def test_a_link_stays_a_link_and_its_target_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "real" / "a")
    for data in (b"first", b"second"):
        save(link, data)
        assert link.is_symlink()
        assert (tmp_path / "real" / "a").read_bytes() == data
    assert names(tmp_path) == ["link", "real"]


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o755])
def test_permission_bits_are_kept(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")
    path.chmod(mode)
    save(path, b"new")
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_a_new_file_gets_the_bits_the_person_asked_for(tmp_path: Path) -> None:
    before = os.umask(0o027)
    save(tmp_path / "a", b"new")
    os.umask(before)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640


def test_a_folder_a_pipe_a_loop_and_a_missing_folder_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "folder").mkdir()
    before = names(tmp_path)
    for name in ("pipe", "loop", "folder", "none/a", "x" * 300):
        with pytest.raises(CannotSave, match="Cannot save"):
            save(tmp_path / name, b"new")
    assert names(tmp_path) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_file_that_may_not_be_written_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")
    path.chmod(0o444)
    with pytest.raises(CannotSave, match="may write"):
        save(path, b"new")


def test_a_save_for_the_moment_only_does_not_wait_for_the_disk(tmp_path: Path) -> None:
    disk = FaultyDisk(0, 0)
    save(tmp_path / "a", b"new", durable=False, disk=disk)
    assert disk.calls == ["open", "write", "flush", "replace"]
    assert names(tmp_path) == ["a"]


def test_lines_come_back_as_they_were_appended(tmp_path: Path) -> None:
    with Lines(tmp_path / "log") as lines:
        lines.append("one")
        lines.append("zwei ü")
        lines.sync()
    append_line(tmp_path / "log", "three")
    assert (tmp_path / "log").read_text("utf-8") == "one\nzwei ü\nthree\n"


def test_a_line_cut_short_by_a_crash_is_ended_before_the_next(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b'{"a": 1}\n{"b"')
    append_line(tmp_path / "log", "{}")
    assert (tmp_path / "log").read_bytes() == b'{"a": 1}\n{"b"\n{}\n'


@pytest.mark.parametrize("code", ERRORS)
def test_a_line_the_disk_refused_spoils_no_other(tmp_path: Path, code: int) -> None:
    with Lines(tmp_path / "log", FaultyDisk(2, code)) as lines:
        lines.append("first")
        with pytest.raises(CannotSave, match="log"):
            lines.append("second")
        lines.append("third")
    kept = (tmp_path / "log").read_text().split("\n")
    assert kept == ["first", "sec", "third", ""]


def test_a_line_holds_no_line_break(tmp_path: Path) -> None:
    with Lines(tmp_path / "log") as lines, pytest.raises(ValueError, match="no line break"):
        lines.append("two\nlines")


def test_reading_stops_at_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"12345")
    assert read(path, 5) == b"12345"
    with pytest.raises(CannotRead, match="its size: expected at most 4 bytes"):
        read(path, 4)


def test_a_missing_file_a_folder_and_a_pipe_are_read_as_typed_errors(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("missing", ".", "pipe"):
        with pytest.raises(CannotRead, match="Cannot read"):
            read(tmp_path / name, 100)


def test_the_digest_of_a_file_is_the_digest_of_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert sha256(tmp_path / "a") == sha256(b"abc") == expected


def test_the_errors_travel_between_processes() -> None:
    for error in (
        CannotSave(Path("a"), OSError(errno.EIO, "broken")),
        CannotRead(Path("a"), "line 3", "a number"),
    ):
        assert f"{pickle.loads(pickle.dumps(error))}" == f"{error}"
