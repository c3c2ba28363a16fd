"""Owns what the library gave us, and frees it once, whatever threads do meanwhile."""

import ctypes
import weakref
from contextlib import contextmanager
from typing import Any, Callable, Iterator, List

from .errors import StateError


def _free_first(pointers: List[int], free: Callable[[int], Any]) -> None:
    try:
        pointer = pointers.pop()
    except IndexError:
        return  # somebody else was first
    free(pointer)


class Handle:
    """A pointer that is freed when it is closed and nobody is inside a call with it.

    Appending to and popping from a list are atomic, so there is no lock that a fork() could copy
    while another thread holds it.
    """

    def __init__(self, name: str, pointer: int, free: Callable[[int], Any]) -> None:
        self._name = name
        self._pointers = [pointer]
        self._pointer = pointer
        self._free = free
        self._users: List[None] = []
        self._closed = False
        # Neither client_free nor upload_free ever blocks. At exit the process ends anyway.
        weakref.finalize(self, _free_first, self._pointers, free).atexit = False

    @property
    def closed(self) -> bool:
        return self._closed

    @contextmanager
    def use(self) -> Iterator[int]:
        """The pointer, which stays valid inside the block."""
        self._users.append(None)
        try:
            if self._closed:
                raise StateError("this {} is closed".format(self._name))
            yield self._pointer
        finally:
            self._users.pop()
            if self._closed:
                self._free_if_unused()

    def close(self) -> None:
        self._closed = True
        self._free_if_unused()

    def _free_if_unused(self) -> None:
        if not self._users:
            _free_first(self._pointers, self._free)


class Owned:
    """What C makes, freed with this object: after a Ctrl-C the thread that goes on has it last."""

    def __init__(self, free: Callable[[ctypes.c_void_p], Any]) -> None:
        self.pointer = ctypes.c_void_p()
        self._free = free

    def give(self) -> ctypes.c_void_p:
        """To somebody who frees it."""
        pointer, self.pointer = self.pointer, ctypes.c_void_p()
        return pointer

    def __del__(self) -> None:
        self._free(self.pointer)
