"""One upload: waiting for it, looking at it, canceling it."""

import asyncio
import ctypes
import os
import threading
import time
from typing import Any, Callable, Optional

from . import _native
from ._callbacks import Callbacks, Raised
from ._handle import Handle
from ._library import lib
from ._native import Code, Stage
from .errors import StateError
from .result import Progress, UploadResult, make_progress, take_result

ProgressFn = Callable[[int, int, int], Any]

# How long a wait may keep Python from noticing a Ctrl-C; also ten calls of progress_fn a second.
_SLICE_SECONDS = 0.1


class Upload:
    """An upload that runs. Made by ``client.start_upload()``; any thread may use it.

    It moves on its own, but the callbacks of the client (credentials, log) only run while a thread
    waits in ``result()``.
    """

    def __init__(
        self, pointer: int, callbacks: Callbacks, progress_fn: Optional[ProgressFn]
    ) -> None:
        self._handle = Handle("upload", pointer, lib.upload_free)
        self._callbacks = callbacks
        self._raised = Raised()
        self._progress_fn = progress_fn
        self._told: Optional[int] = None
        self._told_at = -1.0
        self._telling = threading.Lock()
        self._waiter: Optional[_Waiter] = None
        self._pid = os.getpid()

    def __enter__(self) -> "Upload":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def cancel(self) -> None:
        """Asks the upload to end. Never blocks; any thread, any time, any number of times.

        ``result()`` then raises :class:`CanceledError`, unless the upload is over, or the request
        that commits it is out, whose answer decides. With a checkpoint the next call resumes.
        """
        with self._handle.use() as pointer:
            lib.upload_cancel(pointer)

    def progress(self) -> Progress:
        """The newest counters. Never blocks; any thread, any time."""
        struct = _native.ProgressT(struct_size=ctypes.sizeof(_native.ProgressT))
        with self._handle.use() as pointer:
            self._check_process()
            lib.upload_progress(pointer, ctypes.byref(struct))
        return make_progress(struct)

    def done(self) -> bool:
        """Whether it has ended, well or not. Never blocks."""
        code, pointer = self._end()
        lib.result_free(pointer)
        return bool(code != _native.PENDING)

    def result(self, timeout: Optional[float] = None) -> UploadResult:
        """Waits for the end, at most ``timeout`` seconds (``None``: without limit).

        Raises :class:`Error` as the upload ended, and the built-in ``TimeoutError`` when it has not
        ended, which does not change it. ``progress_fn`` runs in here; what it raises cancels the
        upload and comes out. So does a Ctrl-C, between two slices of a tenth of a second; the
        checkpoint is kept. Any thread; may be called again after the end.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        try:
            while not self._step(deadline):
                if deadline is not None and time.monotonic() >= deadline:
                    break
        except BaseException:
            self._give_up()
            raise
        code, pointer = self._end()
        if code == _native.PENDING:
            raise TimeoutError("the upload has not ended yet")
        return take_result(code, pointer)

    async def result_async(self) -> UploadResult:
        """Waits for the end without blocking the event loop, on which ``progress_fn`` runs.

        When the task is canceled, so is the upload; ``asyncio.CancelledError`` goes on when it has
        ended, and the checkpoint is kept.
        """
        ended = asyncio.Event()
        waiter = _Waiter(self, _setter(asyncio.get_running_loop(), ended))
        try:
            while not ended.is_set():
                try:
                    await asyncio.wait_for(ended.wait(), _SLICE_SECONDS)
                except asyncio.TimeoutError:
                    pass
                self._look(waiter.ended)
            self._look(True)
        except BaseException:
            if not self._handle.closed:
                self.cancel()
            await ended.wait()
            raise
        return take_result(*self._end())

    def close(self) -> None:
        """Frees it; a running upload is canceled and cleans up by itself. Harmless when repeated.

        Never blocks. Happens by itself when the object is collected.
        """
        self._handle.close()

    def __reduce__(self) -> Any:
        raise TypeError("an upload belongs to its process and cannot be pickled")

    def _check_process(self) -> None:
        if os.getpid() != self._pid:
            raise StateError("this upload belongs to the parent process")

    def _step(self, deadline: Optional[float]) -> bool:
        """Waits for a slice of time and tells of progress; whether the end has come."""
        seconds = _SLICE_SECONDS
        if deadline is not None:
            seconds = min(seconds, max(0.0, deadline - time.monotonic()))
        if self._callbacks and threading.current_thread() is threading.main_thread():
            # Python raises KeyboardInterrupt in the main thread only, at any line, those of a
            # callback below C included, where it would be lost. So C gets another thread.
            if self._waiter is None:
                self._waiter = _Waiter(self)
            ended = self._waiter.wait(seconds)
        else:
            ended = self._wait(seconds)
        self._look(ended)
        return ended

    def _wait(self, seconds: float) -> bool:
        self._check_process()
        with self._handle.use() as pointer:
            code = self._raised.during(lambda: lib.upload_wait(pointer, int(seconds * 1000)))
        if code == Code.STATE:
            # Another thread waits, and only one can; its wait moves the upload for both.
            time.sleep(seconds)
            return self.done()
        return bool(code != _native.PENDING)

    def _end(self) -> Any:
        out = ctypes.c_void_p()
        with self._handle.use() as pointer:
            self._check_process()
            code = lib.upload_result(pointer, ctypes.byref(out))
        return code, out

    def _look(self, ended: bool) -> None:
        """Raises what a callback raised; tells of progress if there is any."""
        error = self._raised.take()
        if error is not None:
            raise error
        # One thread tells at a time; the others need not wait for it.
        if self._progress_fn is None or not self._telling.acquire(blocking=False):
            return
        try:
            self._tell(self._progress_fn, ended)
        finally:
            self._telling.release()

    def _tell(self, progress_fn: ProgressFn, ended: bool) -> None:
        seconds = time.monotonic()
        if not ended and seconds - self._told_at < _SLICE_SECONDS:
            return
        now = self.progress()
        # The total is 0 until the file has been opened, and for an empty file.
        known = now.total_bytes > 0 or (ended and now.stage == Stage.DONE and self._stored())
        if known and now.consumed_bytes != self._told:
            before, self._told = self._told or 0, now.consumed_bytes
            self._told_at = seconds
            progress_fn(now.consumed_bytes - before, now.consumed_bytes, now.total_bytes)

    def _stored(self) -> bool:
        code, pointer = self._end()
        lib.result_free(pointer)
        return bool(code == _native.OK)

    def _give_up(self) -> None:
        """Cancels, and waits for the clean-up, so that the caller may upload again at once."""
        if self._handle.closed or os.getpid() != self._pid:
            return
        self.cancel()
        waiter = _Waiter(self)
        while not waiter.wait(_SLICE_SECONDS):
            pass
        self._raised.take()


class _Waiter:
    """A thread that stays inside the library until the upload has ended.

    No daemon: Python ends a daemon that comes back from C while the process ends, and in a callback
    that would tear down the library's frames below it. It goes when the main thread has ended.
    """

    def __init__(self, upload: Upload, then: Optional[Callable[[], Any]] = None) -> None:
        self._upload = upload
        self._then = then
        self._thread = threading.Thread(target=self._run, name="oss-resumable-wait", daemon=False)
        self.ended = False
        self._thread.start()

    def wait(self, seconds: float) -> bool:
        self._thread.join(seconds)
        return self.ended

    def _run(self) -> None:
        try:
            main = threading.main_thread()
            while main.is_alive() and not self._upload._wait(_SLICE_SECONDS):
                pass
        except StateError:
            pass  # closed meanwhile: whoever waits for this thread finds out by itself
        finally:
            self.ended = True
            if self._then is not None:
                self._then()


def _setter(loop: asyncio.AbstractEventLoop, event: asyncio.Event) -> Callable[[], None]:
    def set_it() -> None:
        try:
            loop.call_soon_threadsafe(event.set)
        except RuntimeError:
            pass  # the loop was closed, so nobody waits any more

    return set_it
