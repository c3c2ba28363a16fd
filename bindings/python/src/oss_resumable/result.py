"""The details of an outcome, copied out of the library's result at once."""

import ctypes
from dataclasses import dataclass
from typing import Any, Callable, Dict, Iterator, Mapping, Optional

from . import _native
from ._library import lib
from ._native import Stage, Warn
from ._text import decode
from .errors import Error, make_error


@dataclass(frozen=True)
class UploadResult:
    """What became of an upload that succeeded: the object is stored, and its CRC64 is the file's."""

    etag: Optional[str]
    """Without quotes; not an MD5 after a multipart upload."""
    version_id: Optional[str]
    """``None`` without versioning."""
    hash_crc64: int
    """CRC-64 (ECMA-182) of the file and of the object."""
    request_id: Optional[str]
    """OSS's id of the request that committed the object."""
    status_code: int
    """The HTTP status of its answer."""
    upload_id: Optional[str]
    """``None`` when one PutObject was enough."""
    resumed_bytes: int
    """Taken over from an earlier run and not sent again."""
    part_size: int
    """In bytes, as used."""
    parts: int
    """1 for one PutObject."""
    retries: int
    """Attempts that had to be made again."""
    warnings: Warn
    """Things worth knowing that do not change the outcome."""
    callback_error: Optional[str]
    """Why the upload callback failed although the object is stored, in OSS's words."""
    headers: Mapping[str, str]
    """Of OSS's answer, with names in lower case."""
    body: bytes
    """Of OSS's answer: with an upload callback, what its receiver answered."""


@dataclass(frozen=True)
class Progress:
    """A look at a running upload. Sizes are in bytes."""

    stage: Stage
    consumed_bytes: int
    """Sent so far, those of earlier runs included; never goes back."""
    total_bytes: int
    """0 until the file has been opened."""
    resumed_bytes: int
    parts_done: int
    parts_total: int
    retries: int


def make_progress(struct: _native.ProgressT) -> Progress:
    known = struct.stage in Stage.__members__.values()
    return Progress(
        # A stage of a newer library is some kind of work.
        stage=Stage(struct.stage) if known else Stage.UPLOAD,
        consumed_bytes=struct.consumed_bytes,
        total_bytes=struct.total_bytes,
        resumed_bytes=struct.resumed_bytes,
        parts_done=struct.parts_done,
        parts_total=struct.parts_total,
        retries=struct.retries,
    )


def take_result(code: int, pointer: "ctypes.c_void_p") -> UploadResult:
    """Reads and frees a result; raises what it says unless ``code`` is OK."""
    try:
        if code != _native.OK:
            raise _error(code, pointer)
        return _success(pointer)
    finally:
        lib.result_free(pointer)


def check(code: int, pointer: "ctypes.c_void_p") -> None:
    """For calls that only have a result when they fail."""
    try:
        if code != _native.OK:
            raise _error(code, pointer)
    finally:
        lib.result_free(pointer)


def _text(function: Callable[..., Any], pointer: "ctypes.c_void_p") -> Optional[str]:
    return decode(function(pointer))


def _error(code: int, pointer: "ctypes.c_void_p") -> Error:
    if not pointer:
        return make_error(code, "the library gave the code {} and no details".format(code))
    offset: int = lib.result_offset(pointer)
    return make_error(
        code,
        _text(lib.result_message, pointer) or "",
        stage=_text(lib.result_stage, pointer),
        part_number=lib.result_part_number(pointer) or None,
        offset=None if offset < 0 else offset,
        status_code=lib.result_http_status(pointer) or None,
        error_code=_text(lib.result_error_code, pointer),
        request_id=_text(lib.result_request_id, pointer),
        host_id=_text(lib.result_host_id, pointer),
        ec=_text(lib.result_ec, pointer),
        errno=lib.result_os_errno(pointer) or None,
        reason=_text(lib.result_reason, pointer),
        attempts=lib.result_attempts(pointer) or None,
        retryable=bool(lib.result_retryable(pointer)),
        upload_id=_text(lib.result_upload_id, pointer),
        warnings=Warn(lib.result_warnings(pointer)),
    )


def _success(pointer: "ctypes.c_void_p") -> UploadResult:
    return UploadResult(
        etag=_text(lib.result_etag, pointer),
        version_id=_text(lib.result_version_id, pointer),
        hash_crc64=lib.result_crc64(pointer),
        request_id=_text(lib.result_request_id, pointer),
        status_code=lib.result_http_status(pointer),
        upload_id=_text(lib.result_upload_id, pointer),
        resumed_bytes=lib.result_resumed_bytes(pointer),
        part_size=lib.result_part_size(pointer),
        parts=lib.result_parts(pointer),
        retries=lib.result_retries(pointer),
        warnings=Warn(lib.result_warnings(pointer)),
        callback_error=_text(lib.result_callback_error, pointer),
        headers=_headers(pointer),
        body=_body(pointer),
    )


def _headers(pointer: "ctypes.c_void_p") -> Dict[str, str]:
    def each() -> Iterator[Any]:
        for index in range(lib.result_header_count(pointer)):
            name, value = ctypes.c_char_p(), ctypes.c_char_p()
            lib.result_header_at(pointer, index, ctypes.byref(name), ctypes.byref(value))
            yield decode(name.value), decode(value.value)

    return dict(each())


def _body(pointer: "ctypes.c_void_p") -> bytes:
    length = ctypes.c_size_t()
    address = lib.result_body(pointer, ctypes.byref(length))
    return ctypes.string_at(address, length.value)
