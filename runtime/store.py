"""Every write this program makes to a file that must survive a crash, and capped reading."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import shutil
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, BinaryIO

_SUFFIX = ".saving"
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS)
_REPAIRS = {
    errno.ENOSPC: "Free some space on the disk or save somewhere else",
    errno.EDQUOT: "Free some space within your quota or save somewhere else",
    errno.EACCES: "Save in a folder you may write to, or change the permissions",
    errno.EPERM: "Save in a folder you may write to, or change the permissions",
    errno.EROFS: "Save on a disk that can be written to",
    errno.EIO: "The disk reported a fault: save on another disk",
    errno.ENOENT: "Make the folder first, or save in one that exists",
    errno.ENOTDIR: "Save in a folder that exists",
    errno.EISDIR: "Choose a name that is not a folder's",
    errno.ENAMETOOLONG: "Choose a shorter name",
}


class CannotSave(Exception):
    """A file that was not written: which, why, and what to do about it."""

    def __init__(self, path: Path, cause: Exception, kept: Path | None = None) -> None:
        self.path, self.cause, self.kept = path, cause, kept
        super().__init__(f"Cannot save {path}: {self.reason}. {self.repair}.")

    def __reduce__(self) -> tuple[type[CannotSave], tuple[Path, Exception, Path | None]]:
        return CannotSave, (self.path, self.cause, self.kept)

    @property
    def reason(self) -> str:
        """Why it failed, in the system's words: `No space left on device`."""
        if isinstance(self.cause, OSError) and self.cause.strerror:
            return self.cause.strerror
        return f"{self.cause}".rstrip(".") or type(self.cause).__name__

    @property
    def repair(self) -> str:
        """What the person can do, and where what was there before now lies."""
        if self.kept is not None:
            return f"What was there before is kept in {self.kept}"
        if not isinstance(self.cause, OSError):
            return "What was there before is unchanged; please report this"
        known = _REPAIRS.get(self.cause.errno or 0, "Save under another name")
        return f"{known}; what was there before is unchanged"


class CannotRead(Exception):
    """A file that cannot be used: which, the place in it, and what was expected there."""

    def __init__(self, path: Path, place: str, expected: str) -> None:
        self.path, self.place, self.expected = path, place, expected
        super().__init__(f"Cannot read {path}, {place}: expected {expected}.")

    def __reduce__(self) -> tuple[type[CannotRead], tuple[Path, str, str]]:
        return CannotRead, (self.path, self.place, self.expected)


class Disk:
    """The system calls of a save, gathered so that a test can fail any one of them."""

    def open(self, path: Path, mode: int) -> BinaryIO:
        """Makes a new file; one that exists already, or a link, is an error."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        return os.fdopen(os.open(path, flags, mode), "wb")

    def open_lines(self, path: Path) -> IO[bytes]:
        """Opens a file whose every write lands at its end, unbuffered, and can be read."""
        return open(path, "a+b", buffering=0)

    def write(self, file: IO[bytes], data: bytes) -> int:
        """Writes and says how many bytes went in."""
        return file.write(data)

    def chmod(self, path: Path, mode: int) -> None:
        """Sets the permission bits."""
        os.chmod(path, mode)

    def flush(self, file: IO[bytes]) -> None:
        """Hands what is buffered to the system."""
        file.flush()

    def fsync(self, file: IO[bytes]) -> None:
        """Waits until the bytes are on the medium."""
        os.fsync(file.fileno())

    def link(self, source: Path, target: Path) -> None:
        """Gives the file at `source` a second name."""
        os.link(source, target)

    def replace(self, source: Path, target: Path) -> None:
        """Puts `source` in the place of `target`, all at once."""
        os.replace(source, target)

    def fsync_folder(self, folder: Path) -> None:
        """Waits until the names in a folder are on the medium (Windows has no such call)."""
        if sys.platform == "win32":
            return
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def unlink(self, path: Path) -> None:
        """Removes a name."""
        os.unlink(path)


DISK = Disk()


def save(
    path: Path,
    data: bytes,
    *,
    verify: Callable[[bytes], object] | None = None,
    durable: bool = True,
    disk: Disk = DISK,
) -> None:
    """Replaces the file at `path` by `data`, wholly or not at all, and returns when it is safe.

    `verify` parses the bytes back before anything is touched; whatever it raises refuses the save.
    A link is followed and permission bits are kept. `durable=False` leaves out the waits for the
    medium: still never torn, but a power cut may bring the older file back (for heartbeats).
    Raises CannotSave; then the older file is as it was, and no other file is left behind.
    """
    try:
        if verify is not None:
            verify(data)
        target = Path(os.path.realpath(path))
        mode = _mode_to_keep(target)
        _put(target, data, mode, durable, disk)
    except _Unrestored as lost:
        raise CannotSave(path, lost.cause, lost.kept) from lost.cause
    except Exception as cause:
        raise CannotSave(path, cause) from cause


def _mode_to_keep(target: Path) -> int | None:
    """The permission bits of the file to be replaced, None where there is none yet."""
    try:
        found = os.lstat(target)
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(found.st_mode):
        raise OSError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(target))
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "It is not an ordinary file", os.fspath(target))
    if not os.access(target, os.W_OK):  # a rename would succeed against the owner's wish
        raise OSError(errno.EACCES, os.strerror(errno.EACCES), os.fspath(target))
    return stat.S_IMODE(found.st_mode)


def _put(target: Path, data: bytes, mode: int | None, durable: bool, disk: Disk) -> None:
    fresh = _beside(target)
    try:
        _write(fresh, data, mode, durable, disk)
        if durable:
            _swap(fresh, target, mode is not None, disk)
        else:
            disk.replace(fresh, target)
    except BaseException:
        _discard(fresh, disk)
        raise


def _write(fresh: Path, data: bytes, mode: int | None, durable: bool, disk: Disk) -> None:
    file = disk.open(fresh, 0o666 if mode is None else mode)  # never wider than it will be
    try:
        disk.write(file, data)
        disk.flush(file)
        if mode is not None:
            disk.chmod(fresh, mode)
        if durable:
            disk.fsync(file)
    except BaseException:
        with contextlib.suppress(OSError):  # closing flushes once more, and may fail once more
            file.close()
        raise
    file.close()


def _swap(fresh: Path, target: Path, replacing: bool, disk: Disk) -> None:
    """Replaces and makes the new name durable; where that fails the older file comes back."""
    kept = _second_name(target, disk) if replacing else None
    try:
        disk.replace(fresh, target)
    except BaseException:
        _discard(kept, disk)
        raise
    try:
        disk.fsync_folder(target.parent)
    except BaseException as cause:
        _restore(target, kept, cause, disk)
        raise
    _discard(kept, disk)


def _second_name(target: Path, disk: Disk) -> Path:
    """Holds on to the older file until the newer is safe."""
    kept = _beside(target)
    try:
        disk.link(target, kept)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        shutil.copy2(target, kept)  # FAT and some network disks know no second names
    return kept


def _restore(target: Path, kept: Path | None, cause: BaseException, disk: Disk) -> None:
    if kept is None:
        _discard(target, disk)
        return
    try:
        disk.replace(kept, target)
    except OSError as error:
        raise _Unrestored(error, kept) from cause


class _Unrestored(Exception):
    def __init__(self, cause: Exception, kept: Path) -> None:
        super().__init__(f"{cause}")
        self.cause, self.kept = cause, kept


def _discard(path: Path | None, disk: Disk) -> None:
    if path is not None:
        with contextlib.suppress(OSError):
            disk.unlink(path)


def _beside(target: Path) -> Path:
    return target.with_name(f".{target.name[:40]}-{secrets.token_hex(6)}{_SUFFIX}")


def sweep(folder: Path) -> list[Path]:
    """Removes what a killed save left in a folder and returns it.

    Only for a folder that nobody else is saving into: hold its lock first.
    """
    left = sorted(folder.glob(f".*-????????????{_SUFFIX}"))
    for path in left:
        _discard(path, DISK)
    return left


class Lines:
    """A file that grows by whole lines, each in one write; what is in it is never rewritten.

    A line cut short by a crash or a full disk is ended before the next one, so that it spoils
    itself only. Lines are flushed to the system at once and to the medium by `sync`.
    """

    def __init__(self, path: Path, disk: Disk = DISK) -> None:
        self._path, self._disk = path, disk
        try:
            self._file = disk.open_lines(path)
        except OSError as cause:
            raise CannotSave(path, cause) from cause
        self._torn = not self._ends_whole()

    def _ends_whole(self) -> bool:
        end = self._file.seek(0, os.SEEK_END)
        if end == 0:
            return True
        self._file.seek(end - 1)
        return self._file.read(1) == b"\n"

    def append(self, text: str) -> None:
        """Adds `text` as one line; raises CannotSave, and the lines before stay as they are."""
        if "\n" in text or "\r" in text:
            raise ValueError(f"A line holds no line break: {text!r}")
        data = ("\n" if self._torn else "").encode() + text.encode() + b"\n"
        self._torn = True
        try:
            written = self._disk.write(self._file, data)
        except OSError as cause:
            raise CannotSave(self._path, cause) from cause
        if written != len(data):
            full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            raise CannotSave(self._path, full)
        self._torn = False

    def sync(self) -> None:
        """Waits until every line is on the medium."""
        try:
            self._disk.fsync(self._file)
        except OSError as cause:
            raise CannotSave(self._path, cause) from cause

    def close(self) -> None:
        """Closes the file."""
        self._file.close()

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def append_line(path: Path, text: str, *, disk: Disk = DISK) -> None:
    """Adds one whole line to the end of a file, made where it is missing; raises CannotSave."""
    with Lines(path, disk) as lines:
        lines.append(text)


def read(path: Path, limit: int) -> bytes:
    """The bytes of an ordinary file of at most `limit` bytes; raises CannotRead for any other."""
    try:
        # Without O_NONBLOCK a named pipe would keep us waiting for a writer.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with open(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise CannotRead(path, "its kind", "an ordinary file")
            data = file.read(limit + 1)
    except OSError as error:
        said = (error.strerror or f"{error}").lower()
        raise CannotRead(path, "the file itself", f"one that can be opened ({said})") from error
    if len(data) > limit:
        raise CannotRead(path, "its size", f"at most {limit:,} bytes")
    return data


def sha256(source: bytes | Path) -> str:
    """The SHA-256 of bytes, or of the file at a path, as 64 hexadecimal digits."""
    if isinstance(source, bytes):
        return hashlib.sha256(source).hexdigest()
    with open(source, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
