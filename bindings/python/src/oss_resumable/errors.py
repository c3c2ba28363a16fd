"""What can go wrong: one exception type, with a subclass for each code."""

from typing import Any, Dict, Optional, Type

from ._native import Code, Warn


class Error(Exception):
    """A call failed. ``str(error)`` is a sentence for a person, without secrets.

    Attributes that have nothing to say are ``None``.
    """

    code: Code = Code.INTERNAL
    """Why, as a number that never changes its meaning. An unknown one (of a newer library) is
    ``Code.INTERNAL``."""

    def __init__(
        self,
        message: str,
        *,
        stage: Optional[str] = None,
        part_number: Optional[int] = None,
        offset: Optional[int] = None,
        status_code: Optional[int] = None,
        error_code: Optional[str] = None,
        request_id: Optional[str] = None,
        host_id: Optional[str] = None,
        ec: Optional[str] = None,
        errno: Optional[int] = None,
        reason: Optional[str] = None,
        attempts: Optional[int] = None,
        retryable: bool = False,
        upload_id: Optional[str] = None,
        warnings: Warn = Warn(0),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.stage = stage
        """What the upload was busy with: "prepare", "resume", "initiate", "upload", "complete",
        "settle", "abort" or "done"."""
        self.part_number = part_number
        """The part that failed, from 1."""
        self.offset = offset
        """Where in the file, in bytes from 0."""
        self.status_code = status_code
        """The HTTP status of the answer that decided."""
        self.error_code = error_code
        """OSS's error code, such as "NoSuchBucket"."""
        self.request_id = request_id
        """OSS's id of the deciding request, for its support."""
        self.host_id = host_id
        """The host that refused, as OSS names it."""
        self.ec = ec
        """OSS's finer error code, such as "0002-00000504"."""
        self.errno = errno
        """The operating system's error number."""
        self.reason = reason
        """Why there was no usable answer: "dns", "connection_refused", "stalled" ..."""
        self.attempts = attempts
        """How often the request that failed in the end was tried."""
        self.retryable = retryable
        """Whether the same call, unchanged, may succeed later."""
        self.upload_id = upload_id
        """The multipart upload id, where there was one."""
        self.warnings = warnings
        """For instance that an unfinished upload may be left on the server."""


class InvalidArgumentError(Error, ValueError):
    """An argument cannot be used. The message begins with its name in the C API. Nothing was sent."""

    code = Code.INVALID_ARGUMENT


class FileError(Error):
    """The local file cannot be opened or read, or is not a regular file."""

    code = Code.FILE


class FileChangedError(Error):
    """The local file changed while it was being uploaded. Everything has to be sent again."""

    code = Code.FILE_CHANGED


class CheckpointError(Error):
    """The checkpoint is in use, cannot be written, or is not a checkpoint."""

    code = Code.CHECKPOINT


class NetworkError(Error):
    """No usable answer within the retry time. Call again to resume."""

    code = Code.NETWORK


class ServiceError(Error):
    """OSS refused: see ``status_code``, ``error_code``, ``request_id`` and ``ec``."""

    code = Code.SERVICE


class IntegrityError(Error):
    """What OSS stored is not what was sent: a part, or, as the message then says, the object."""

    code = Code.INTEGRITY


class CanceledError(Error):
    """The upload was canceled. With a checkpoint, the next call resumes it."""

    code = Code.CANCELED


class StateError(Error):
    """The wrong moment: something closed is used, or an upload of the parent of a fork()."""

    code = Code.STATE


class CommitUnknownError(Error):
    """The commit was sent, and no answer told what became of it. Calling again settles it."""

    code = Code.COMMIT_UNKNOWN


class CredentialsError(Error):
    """No credentials could be had from where they were to come from."""

    code = Code.CREDENTIALS


class InternalError(Error):
    """A bug in the library, caught; or no thread could be started."""

    code = Code.INTERNAL


_BY_CODE: Dict[int, Type[Error]] = {
    int(kind.code): kind
    for kind in (
        InvalidArgumentError,
        FileError,
        FileChangedError,
        CheckpointError,
        NetworkError,
        ServiceError,
        IntegrityError,
        CanceledError,
        StateError,
        CommitUnknownError,
        CredentialsError,
        InternalError,
    )
}


def make_error(code: int, message: str, **details: Any) -> Error:
    return _BY_CODE.get(code, InternalError)(message, **details)
