"""Text and paths on their way to C and back."""

import os
from typing import Any, List, Mapping, Optional, Tuple, Union

from ._native import HeaderT
from .errors import InvalidArgumentError

Path = Union[str, bytes, "os.PathLike[str]", "os.PathLike[bytes]"]


def encode(field: str, text: Optional[str]) -> Optional[bytes]:
    """UTF-8, refused where C would see less than Python: ctypes cuts text at a NUL."""
    if text is None:
        return None
    if not isinstance(text, str):
        raise TypeError("{}: expected str, not {}".format(field, type(text).__name__))
    try:
        return _whole(field, text.encode("utf-8"))
    except UnicodeEncodeError as error:
        raise InvalidArgumentError("{}: is not valid Unicode text".format(field)) from error


def encode_path(field: str, path: Optional[Path]) -> Optional[bytes]:
    """The bytes of a path as the file system has them, which need not be UTF-8."""
    return None if path is None else _whole(field, os.fsencode(path))


def _whole(field: str, data: bytes) -> bytes:
    if b"\0" in data:
        raise InvalidArgumentError("{}: has a NUL in it".format(field))
    return data


def decode(data: Optional[bytes]) -> Optional[str]:
    return None if data is None else data.decode("utf-8", "replace")


def pairs(field: str, mapping: Mapping[str, str]) -> Tuple[Any, int]:
    """An array of header structs, and its length. ctypes keeps the bytes alive with the array."""
    items: List[HeaderT] = [
        HeaderT(encode(field, name), encode("{} {}".format(field, name), value))
        for name, value in mapping.items()
    ]
    return (HeaderT * len(items))(*items), len(items)
