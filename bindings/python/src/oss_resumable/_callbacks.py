"""The callbacks that C calls: for credentials and for lines of the log.

C gets a number, not an address: a client that is gone has none, so nothing can dangle. The two
functions that C calls are made once and live as long as the process.
"""

import datetime
import itertools
import threading
import weakref
from typing import Any, Callable, Optional

from . import _native
from ._library import lib
from ._text import encode

_numbers = itertools.count(1)
_living: "weakref.WeakValueDictionary[int, Callbacks]" = weakref.WeakValueDictionary()
_thread = threading.local()


class Raised:
    """What callbacks raised inside one upload or one call.

    Exceptions cannot pass through C, so they are kept here. C calls back in the thread that is inside
    a call, and that thread tells whose call it is: other uploads of the client have nothing to do
    with it.
    """

    def __init__(self) -> None:
        self._error: Optional[BaseException] = None

    def during(self, function: Callable[[], int]) -> int:
        """Makes a call in this thread. A callback may make one in its turn."""
        before: Optional[Raised] = getattr(_thread, "inside", None)
        _thread.inside = self
        try:
            return function()
        finally:
            _thread.inside = before

    def keep(self, error: BaseException) -> None:
        if self._error is None:
            self._error = error

    def take(self) -> Optional[BaseException]:
        error, self._error = self._error, None
        return error


def _keep(error: BaseException) -> None:
    inside: Optional[Raised] = getattr(_thread, "inside", None)
    if inside is not None:
        inside.keep(error)


class Callbacks:
    """What one client calls back. Its uploads keep it alive."""

    def __init__(
        self,
        get_credentials: Optional[Callable[[], Any]],
        log: Optional[Callable[[int, str], Any]],
    ) -> None:
        self.get_credentials = get_credentials
        self.log = log
        self.number = next(_numbers)
        _living[self.number] = self

    def __bool__(self) -> bool:
        return self.get_credentials is not None or self.log is not None


def _seconds(expiration: Optional[datetime.datetime]) -> int:
    if expiration is None:
        return 0
    if expiration.tzinfo is None:
        expiration = expiration.replace(tzinfo=datetime.timezone.utc)
    return int(expiration.timestamp())


def _answer(answer: int, callbacks: Callbacks) -> int:
    if callbacks.get_credentials is None:
        return 1
    found = callbacks.get_credentials()
    code: int = lib.credentials_answer(
        answer,
        encode("access_key_id", found.access_key_id),
        encode("access_key_secret", found.access_key_secret),
        encode("security_token", getattr(found, "security_token", None)),
        _seconds(getattr(found, "expiration", None)),
    )
    if code != _native.OK:
        raise ValueError("the credentials provider returned credentials that cannot be used")
    return 0


def _on_credentials(answer: int, number: int) -> int:
    callbacks = _living.get(number)
    if callbacks is None:
        return 1
    try:
        return _answer(answer, callbacks)
    except BaseException as error:
        _keep(error)
        return 1


def _on_log(level: int, line: bytes, number: int) -> None:
    callbacks = _living.get(number)
    if callbacks is None or callbacks.log is None:
        return
    try:
        callbacks.log(level, line.decode("utf-8", "replace"))
    except BaseException as error:
        _keep(error)


on_credentials = _native.CREDENTIALS_CALLBACK(_on_credentials)
on_log = _native.LOG_CALLBACK(_on_log)
