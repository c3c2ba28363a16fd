"""What and how to upload, as C wants it."""

import ctypes
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Dict, Mapping, Optional, Union

from . import _native
from ._native import Verify
from ._text import Path, encode, encode_path, pairs
from .config import number

Data = Union[bytes, bytearray, memoryview, BinaryIO]


@dataclass
class Callback:
    """Whom OSS calls back when the object is stored. Plain text: the engine encodes it."""

    url: str
    """One to five addresses, separated by ";", tried in turn."""
    body: str
    """What OSS sends, with variables in it such as ``${object}``, ``${size}`` or ``${x:name}``."""
    host: Optional[str] = None
    """The Host header of OSS's request. ``None``: from the URL."""
    body_type: Optional[str] = None
    """"application/x-www-form-urlencoded" (the default) or "application/json"."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """Your own variables, whose names begin with "x:" and are in lower case."""
    sni: bool = False
    """Name the host in the TLS handshake of OSS's request."""


def to_c(
    part_size: Optional[int],
    parallel_num: Optional[int],
    enable_checkpoint: bool,
    checkpoint_path: Optional[Path],
    headers: Optional[Mapping[str, str]],
    metadata: Optional[Mapping[str, str]],
    callback: Optional[Callback],
    verify_on_resume: Verify,
    resume_by_content: bool,
    data: Optional[Data],
) -> _native.ParamsT:
    """The struct, which keeps alive all that it points to."""
    params = _native.ParamsT(
        struct_size=ctypes.sizeof(_native.ParamsT),
        thread_num=number("thread_num", parallel_num or 0, 32),
        part_size=number("part_size", part_size or 0, 64),
        enable_checkpoint=bool(enable_checkpoint),
        checkpoint_path=encode_path("checkpoint_path", checkpoint_path),
        verify_on_resume=number("verify_on_resume", verify_on_resume, 32),
        resume_by_content=bool(resume_by_content),
    )
    every: Dict[str, str] = dict(headers or {})
    every.update(("x-oss-meta-" + name, value) for name, value in (metadata or {}).items())
    if every:
        params.headers, params.headers_len = pairs("headers", every)
    if callback is not None:
        params.callback = ctypes.pointer(_callback(callback))
    if data is not None:
        params.source = ctypes.pointer(_source(data))
    return params


def _callback(callback: Callback) -> _native.CallbackT:
    variables, count = pairs("callback.variables", callback.variables)
    return _native.CallbackT(
        struct_size=ctypes.sizeof(_native.CallbackT),
        sni=bool(callback.sni),
        url=encode("callback.url", callback.url),
        host=encode("callback.host", callback.host),
        body=encode("callback.body", callback.body),
        body_type=encode("callback.body_type", callback.body_type),
        variables=variables,
        variables_len=count,
    )


def _source(data: Data) -> _native.SourceT:
    source = _native.SourceT(struct_size=ctypes.sizeof(_native.SourceT))
    if isinstance(data, (bytes, bytearray, memoryview)):
        whole = bytes(data)
        source.kind = _native.SOURCE_MEMORY
        source.data = ctypes.cast(ctypes.c_char_p(whole), ctypes.c_void_p)
        source.data_len = len(whole)
        _keep(source, whole)
        return source
    source.kind = _native.SOURCE_FILE
    source.handle = _descriptor(data)
    return source


def _keep(struct: Any, what: Any) -> None:
    """ctypes does not know that a void pointer points to this."""
    struct.kept = what


def _descriptor(file: BinaryIO) -> int:
    try:
        return file.fileno()
    except (AttributeError, OSError) as error:
        raise TypeError("data: expected bytes or an open file, not {!r}".format(file)) from error
