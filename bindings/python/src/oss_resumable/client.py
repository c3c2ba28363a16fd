"""The client: what uploads share."""

import ctypes
import datetime
import threading
from dataclasses import dataclass
from typing import Any, Callable, List, Mapping, Optional

from . import _native, params
from . import config as config_module
from ._callbacks import Raised
from ._handle import Handle, Owned
from ._library import lib
from ._native import Verify
from ._text import Path, decode, encode, encode_path
from .config import Config, number
from .errors import InvalidArgumentError
from .params import Callback, Data
from .result import UploadResult, check
from .upload import ProgressFn, Upload
from .uploader import Uploader


@dataclass(frozen=True)
class UnfinishedUpload:
    """A multipart upload that nobody completed or aborted; its parts are paid for."""

    key: str
    upload_id: str
    initiated: datetime.datetime
    """When it was begun; UTC."""


class Client:
    """Uploads files to OSS. Any thread may use it, any number of uploads at a time.

    After ``fork()`` it works in the child for new uploads. Close it, or use it in a ``with`` block;
    uploads that run go on without it.
    """

    def __init__(self, config: Config) -> None:
        """Checks the settings; sends nothing. Raises :class:`InvalidArgumentError`."""
        struct, self._callbacks = config_module.to_c(config)
        client, out = ctypes.c_void_p(), ctypes.c_void_p()
        code = lib.client_new(ctypes.byref(struct), ctypes.byref(client), ctypes.byref(out))
        check(code, out)
        self._handle = Handle("client", client.value or 0, lib.client_free)

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Frees the client. Harmless when repeated; never blocks. Uploads that run go on."""
        self._handle.close()

    def upload_file(
        self,
        bucket: str,
        key: str,
        filepath: Path,
        *,
        part_size: Optional[int] = None,
        parallel_num: Optional[int] = None,
        enable_checkpoint: bool = False,
        checkpoint_path: Optional[Path] = None,
        headers: Optional[Mapping[str, str]] = None,
        metadata: Optional[Mapping[str, str]] = None,
        callback: Optional[Callback] = None,
        verify_on_resume: Verify = Verify.IN_DOUBT,
        resume_by_content: bool = False,
        progress_fn: Optional[ProgressFn] = None,
    ) -> UploadResult:
        """Uploads a file and waits for the end. Call it again after a failure to resume.

        :param part_size: bytes, 102,400 to 5,368,709,120, or ``AUTO``. Default: 102,400.
        :param parallel_num: parts in flight, 1 to 1,024, or ``AUTO``. Default: 1.
        :param enable_checkpoint: keep a checkpoint, and resume from it.
        :param checkpoint_path: a file, or an existing directory in which a name is derived.
            Default: the file's path with ".ucp" behind it.
        :param headers: of the object, such as ``{"Content-Type": "text/plain"}``.
        :param metadata: of the object, without "x-oss-meta-".
        :param callback: whom OSS calls back when the object is stored.
        :param verify_on_resume: which finished parts are read again before it goes on.
        :param resume_by_content: the checkpoint was begun elsewhere: size and content decide
            whether it belongs to this file.
        :param progress_fn: called with the bytes since the last call, the bytes so far (those of
            earlier runs included) and the total, on this thread, at most ten times a second. What
            it raises cancels the upload and comes out of this method.
        :raises Error: see its subclasses.
        :raises KeyboardInterrupt: after the upload was canceled; the checkpoint is kept.
        """
        options = dict(locals())
        del options["self"]
        with self.start_upload(**options) as upload:
            return upload.result()

    async def upload_file_async(
        self, bucket: str, key: str, filepath: Path, **options: Any
    ) -> UploadResult:
        """Like :meth:`upload_file`, with the same options, without blocking the event loop.

        Canceling the task cancels the upload and keeps the checkpoint. ``progress_fn`` runs on the
        event loop.
        """
        with self.start_upload(bucket, key, filepath, **options) as upload:
            return await upload.result_async()

    def upload_from(self, bucket: str, key: str, data: Data, **options: Any) -> UploadResult:
        """Uploads bytes, which are copied, or an open regular file from its beginning.

        Takes the options of :meth:`upload_file`. Resuming needs ``checkpoint_path``. The file may be
        closed afterwards; its position is neither used nor (but on Windows) moved.
        """
        with self.start_upload(bucket, key, None, data=data, **options) as upload:
            return upload.result()

    async def upload_from_async(
        self, bucket: str, key: str, data: Data, **options: Any
    ) -> UploadResult:
        """Like :meth:`upload_from`, without blocking the event loop."""
        with self.start_upload(bucket, key, None, data=data, **options) as upload:
            return await upload.result_async()

    def start_upload(
        self,
        bucket: str,
        key: str,
        filepath: Optional[Path],
        *,
        data: Optional[Data] = None,
        part_size: Optional[int] = None,
        parallel_num: Optional[int] = None,
        enable_checkpoint: bool = False,
        checkpoint_path: Optional[Path] = None,
        headers: Optional[Mapping[str, str]] = None,
        metadata: Optional[Mapping[str, str]] = None,
        callback: Optional[Callback] = None,
        verify_on_resume: Verify = Verify.IN_DOUBT,
        resume_by_content: bool = False,
        progress_fn: Optional[ProgressFn] = None,
    ) -> Upload:
        """Starts an upload and returns at once; the arguments are those of :meth:`upload_file`.

        Fails only on bad arguments; what is wrong with the file or the server comes with the end.
        """
        struct = params.to_c(
            part_size,
            parallel_num,
            enable_checkpoint,
            checkpoint_path,
            headers,
            metadata,
            callback,
            verify_on_resume,
            resume_by_content,
            data,
        )
        upload, out = ctypes.c_void_p(), ctypes.c_void_p()
        with self._handle.use() as pointer:
            code = lib.upload_start(
                pointer,
                encode("bucket", bucket),
                encode("object", key),
                encode_path("filepath", filepath),
                ctypes.byref(struct),
                ctypes.byref(upload),
                ctypes.byref(out),
            )
        check(code, out)
        return Upload(upload.value or 0, self._callbacks, progress_fn)

    def uploader(self, **options: Any) -> Uploader:
        """An uploader as in the official SDK; ``options`` are for all its uploads."""
        return Uploader(self, options)

    def set_credentials(
        self, access_key_id: str, access_key_secret: str, security_token: Optional[str] = None
    ) -> None:
        """Replaces the credentials, those of uploads that run included. Any thread, any time."""
        with self._handle.use() as pointer:
            code = lib.client_set_credentials(
                pointer,
                encode("access_key_id", access_key_id),
                encode("access_key_secret", access_key_secret),
                encode("sts_token", security_token),
            )
        if code != _native.OK:
            raise InvalidArgumentError(
                "credentials: the id and the secret must not be empty, and all must be visible ASCII"
            )

    def set_bandwidth_limit(self, bytes_per_second: int) -> None:
        """Limits all uploads together, those that run included; 0 lifts the limit. At least 1,024."""
        with self._handle.use() as pointer:
            code = lib.client_set_bandwidth_limit(
                pointer, number("bandwidth_limit", bytes_per_second, 64)
            )
        if code != _native.OK:
            raise InvalidArgumentError(
                "bandwidth_limit: {} is refused".format(bytes_per_second)
            )

    def discard(
        self, bucket: str, key: str, filepath: Path, checkpoint_path: Optional[Path] = None
    ) -> None:
        """Gives an unfinished upload up: aborts it and deletes its checkpoint.

        Nothing to discard is a success. Blocks.
        """
        self._call(
            lambda pointer, out: lib.discard(
                pointer,
                encode("bucket", bucket),
                encode("object", key),
                encode_path("filepath", filepath),
                encode_path("checkpoint_path", checkpoint_path),
                out,
            )
        )

    def list_uploads(
        self, bucket: str, prefix: Optional[str] = None, min_age_seconds: int = 0
    ) -> List[UnfinishedUpload]:
        """The unfinished multipart uploads of a bucket, whoever began them, in the order of keys.

        Only keys that begin with ``prefix``, and only what was begun at least ``min_age_seconds``
        ago. Needs the right oss:ListMultipartUploads. Blocks.
        """
        listing = Owned(lib.upload_list_free)
        age = number("min_age_seconds", min_age_seconds, 64)
        self._call(
            lambda pointer, out: lib.list_uploads(
                pointer,
                encode("bucket", bucket),
                encode("prefix", prefix),
                age,
                ctypes.byref(listing.pointer),
                out,
            )
        )
        count = lib.upload_list_count(listing.pointer)
        return [_entry(listing.pointer, at) for at in range(count)]

    def abort_upload(self, bucket: str, key: str, upload_id: str) -> None:
        """Aborts one unfinished upload. One that is gone already is a success. Blocks."""
        self._call(
            lambda pointer, out: lib.abort_upload(
                pointer,
                encode("bucket", bucket),
                encode("object", key),
                encode("upload_id", upload_id),
                out,
            )
        )

    def abort_uploads(
        self, bucket: str, prefix: Optional[str] = None, min_age_seconds: int = 0
    ) -> int:
        """Aborts what :meth:`list_uploads` would list, and returns how many are gone. Blocks.

        Uploads that are running are aborted too, unless ``min_age_seconds`` keeps them out.
        """
        aborted = ctypes.c_int64()
        age = number("min_age_seconds", min_age_seconds, 64)
        self._call(
            lambda pointer, out: lib.abort_uploads(
                pointer,
                encode("bucket", bucket),
                encode("prefix", prefix),
                age,
                ctypes.byref(aborted),
                out,
            )
        )
        return aborted.value

    def __reduce__(self) -> Any:
        raise TypeError("a client cannot be pickled: make one in each process, or fork()")

    def _call(self, function: Callable[[int, Any], int]) -> None:
        """A call that blocks, in another thread if this one has to hear a Ctrl-C meanwhile.

        What a callback raised comes out of it, also when the call has done its work.
        """
        raised, result = Raised(), Owned(lib.result_free)

        def call() -> int:
            # For itself: after a Ctrl-C the thread goes on alone.
            with self._handle.use() as pointer:
                return raised.during(lambda: function(pointer, ctypes.byref(result.pointer)))

        with self._handle.use():
            if threading.current_thread() is threading.main_thread():
                code = _in_thread(call, daemon=not self._callbacks)
            else:
                code = call()
        error = raised.take()
        if error is not None:
            raise error
        check(code, result.give())


def _in_thread(function: Callable[[], int], daemon: bool) -> int:
    """After a Ctrl-C the thread goes on alone. The end of the process need not wait for it, unless
    Python is called back in it: Python cannot end such a thread without harm to the library."""
    codes: List[int] = []
    errors: List[BaseException] = []

    def run() -> None:
        try:
            codes.append(function())
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run, name="oss-resumable-call", daemon=daemon)
    thread.start()
    while thread.is_alive():
        thread.join(0.1)
    if errors:
        raise errors[0]
    return codes[0]


def _entry(listing: "ctypes.c_void_p", at: int) -> UnfinishedUpload:
    key, upload_id = ctypes.c_char_p(), ctypes.c_char_p()
    initiated = ctypes.c_int64()
    lib.upload_list_at(
        listing, at, ctypes.byref(key), ctypes.byref(upload_id), ctypes.byref(initiated)
    )
    return UnfinishedUpload(
        key=decode(key.value) or "",
        upload_id=decode(upload_id.value) or "",
        initiated=datetime.datetime.fromtimestamp(initiated.value, datetime.timezone.utc),
    )
