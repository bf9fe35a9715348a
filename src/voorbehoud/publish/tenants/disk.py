"""What was written is brought to the disk: once for many files, and only on the file systems that they are on."""

import ctypes
import os
from collections.abc import Iterable
from pathlib import Path


def to_disk(folders: Iterable[Path]) -> bool:
    """Flush every file system that holds one of `folders`, each once; tell whether this system can.

    Linux has `syncfs`, which Python does not offer; elsewhere all file systems are flushed, which takes longer where much else
    is going on.  Where there is neither (Windows), every file has to be flushed by itself.
    """
    if not CAN:
        return False
    one_each = {folder.stat().st_dev: folder for folder in folders}
    for folder in one_each.values():
        handle = os.open(folder, os.O_RDONLY)
        try:
            if _SYNCFS is None or _SYNCFS(handle) != 0:
                os.sync()
        finally:
            os.close(handle)
    return True


CAN = hasattr(os, "sync")

_SYNCFS = getattr(ctypes.CDLL(None), "syncfs", None) if os.name == "posix" else None
