"""Finds the shared library, checks its version, and declares its functions."""

import ctypes
import ctypes.util
import os
import sys
from typing import Any, Callable, List, Optional

from . import _native

_NAMES = {"win32": "oss_resumable.dll", "cygwin": "oss_resumable.dll", "darwin": "liboss_resumable.dylib"}
_NAME = _NAMES.get(sys.platform, "liboss_resumable.so")


class Library:
    """The functions of the C API, without their prefix."""

    def __init__(self, cdll: ctypes.CDLL) -> None:
        for name, (result, arguments) in _native.SIGNATURES.items():
            function = getattr(cdll, "oss_resumable_" + name)
            function.restype = result
            function.argtypes = arguments
            setattr(self, name, function)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        raise AttributeError(name)


def _candidates() -> List[str]:
    chosen = os.environ.get("OSS_RESUMABLE_LIBRARY")
    if chosen:
        return [chosen]
    packed = os.path.join(os.path.dirname(os.path.abspath(__file__)), "_lib", _NAME)
    if os.path.exists(packed):
        return [packed]
    found = ctypes.util.find_library("oss_resumable")
    return [found, _NAME] if found else [_NAME]


def check_version(number: int, path: str) -> None:
    """Refuses a library whose major or minor version is not the one this binding was made for."""
    if number // 100 != _native.VERSION_NUMBER // 100:
        raise ImportError(
            "oss_resumable: {} is version {}, but this package was made for {}.x: install the two "
            "together".format(path, _text(number), _text(_native.VERSION_NUMBER).rpartition(".")[0])
        )


def _text(number: int) -> str:
    return "{}.{}.{}".format(number // 10000, number // 100 % 100, number % 100)


def _open() -> Library:
    error: Optional[OSError] = None
    for path in _candidates():
        try:
            cdll = ctypes.CDLL(path)
        except OSError as failure:
            error = error or failure
            continue
        # Before anything else is looked up: another version may lack functions.
        cdll.oss_resumable_version_number.restype = ctypes.c_int32
        check_version(cdll.oss_resumable_version_number(), path)
        return Library(cdll)
    raise ImportError(
        "oss_resumable: the library cannot be loaded: {}. Set OSS_RESUMABLE_LIBRARY to the path of "
        "{}".format(error, _NAME)
    )


lib = _open()
