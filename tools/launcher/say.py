"""What the launcher tells the person at the keyboard: short Chinese sentences, one at a time."""

import errno
import os
import sys


class Stop(Exception):
    """The launcher cannot go on; the text is one Chinese sentence that says what to do."""


def say(text: str = "") -> None:
    """Print one line. A closed terminal or pipe must not keep the launcher from tidying up."""
    _write(sys.stdout, text)


def complain(text: str) -> None:
    """Print one line on the error stream."""
    _write(sys.stderr, text)


def _write(stream, text: str) -> None:
    try:
        stream.write(text + "\n")
        stream.flush()
    except (OSError, ValueError):
        # The terminal is gone (hang-up): later writes go nowhere instead of failing at exit.
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)


def sentence_for(error: OSError, place: str) -> str:
    """The sentence for an operating-system error met while writing to `place`."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return disk_full(place)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return (
            f"没有权限写入 {error.filename or place}：请换一个有权限的账号，或修改该文件夹的权限后重新运行。"
        )
    return f"读写 {error.filename or place} 时出错（{error.strerror}）：请检查磁盘后重新运行。"


def disk_full(place: str) -> str:
    """The sentence for a full disk."""
    return f"磁盘空间不足：请在 {place} 所在的磁盘上腾出至少500 MB空间，再重新运行。"
