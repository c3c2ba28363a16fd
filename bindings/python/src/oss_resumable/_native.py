"""The C API as ctypes sees it: constants, structs and signatures, compared with tests/abi.json."""

import ctypes
from ctypes import POINTER, c_char_p, c_int32, c_int64, c_size_t, c_uint32, c_uint64, c_void_p
from enum import IntEnum, IntFlag
from typing import Any, Dict, Tuple

VERSION_NUMBER = 100
"""The version of the C API that this binding was made for: MAJOR * 10000 + MINOR * 100 + PATCH."""

AUTO = -1
"""Lets the engine choose, for ``part_size`` and ``parallel_num``.

Part size: a thousandth of the file, rounded up to a whole MiB, at least 4 MiB, at most 5 GiB.
Parts in flight: 4 in this release.
"""

PENDING = 1
OK = 0
SOURCE_FILE = 1
SOURCE_MEMORY = 2


class Code(IntEnum):
    """Why a call failed: ``Error.code``."""

    INVALID_ARGUMENT = -1
    FILE = -2
    FILE_CHANGED = -3
    CHECKPOINT = -4
    NETWORK = -5
    SERVICE = -6
    INTEGRITY = -7
    CANCELED = -8
    STATE = -9
    COMMIT_UNKNOWN = -10
    CREDENTIALS = -11
    INTERNAL = -99


class Stage(IntEnum):
    """What an upload is busy with: ``Progress.stage``."""

    PREPARE = 0
    RESUME = 1
    INITIATE = 2
    UPLOAD = 3
    COMPLETE = 4
    SETTLE = 5
    ABORT = 6
    DONE = 7


class Warn(IntFlag):
    """Things worth knowing about an upload that do not change its outcome: ``warnings``."""

    RESUMABILITY_LOST = 1
    """The checkpoint could not be written; the upload went on, but could not have been resumed."""
    CALLBACK_FAILED = 2
    """The object is stored, but the upload callback of OSS failed (HTTP 203)."""
    RESTARTED = 4
    """The upload id was gone on the server; everything was sent again under a new one."""
    PART_SIZE_RAISED = 8
    """The part size was raised so that the file fits into 10,000 parts."""
    CHECKPOINT_LEFT = 16
    """The checkpoint could not be deleted; it was emptied."""
    UPLOAD_LEFT = 32
    """An unfinished multipart upload may be left on the server."""
    CALLBACK_REPLY_LOST = 64
    """The object is stored, but what the callback's receiver answered was lost."""


class EndpointType(IntEnum):
    """Which endpoint is made from the region: ``Config.endpoint_type``."""

    PUBLIC = 0
    INTERNAL = 1
    ACCELERATE = 2
    ACCELERATE_OVERSEAS = 3
    DUAL_STACK = 4


class Verify(IntEnum):
    """Which finished parts are read again before an upload goes on: ``verify_on_resume``."""

    IN_DOUBT = 0
    ALWAYS = 1
    NEVER = 2


class LogLevel(IntEnum):
    """How much is logged: ``Config.log_level``."""

    NONE = 0
    ERROR = 1
    """Uploads that failed."""
    WARN = 2
    """Attempts that failed and may be made again."""
    INFO = 3
    """Uploads that begin and end, credentials that are renewed."""
    DEBUG = 4
    """Every request, with part, attempt, time, status and request id."""
    TRACE = 5
    """URLs and the names of headers."""


CREDENTIALS_CALLBACK = ctypes.CFUNCTYPE(c_int32, c_void_p, c_void_p)
LOG_CALLBACK = ctypes.CFUNCTYPE(None, c_int32, c_char_p, c_void_p)
PROGRESS_CALLBACK = ctypes.CFUNCTYPE(c_int32, c_int64, c_int64, c_void_p)


class HeaderT(ctypes.Structure):
    _fields_ = [("name", c_char_p), ("value", c_char_p)]


class CredentialsT(ctypes.Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("reserved", c_uint32),
        ("provider", c_char_p),
        ("profile_file", c_char_p),
        ("profile_name", c_char_p),
        ("process", c_char_p),
        ("role_name", c_char_p),
        ("metadata_endpoint", c_char_p),
        ("role_arn", c_char_p),
        ("oidc_provider_arn", c_char_p),
        ("oidc_token_file", c_char_p),
        ("role_session_name", c_char_p),
        ("sts_endpoint", c_char_p),
        ("callback", CREDENTIALS_CALLBACK),
        ("userdata", c_void_p),
    ]


class ConfigT(ctypes.Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("signature_version", c_int32),
        ("endpoint", c_char_p),
        ("region", c_char_p),
        ("access_key_id", c_char_p),
        ("access_key_secret", c_char_p),
        ("sts_token", c_char_p),
        ("ca_file", c_char_p),
        ("is_cname", c_int32),
        ("is_path_style", c_int32),
        ("connect_timeout_ms", c_int32),
        ("stall_timeout_ms", c_int32),
        ("retry_timeout_ms", c_int32),
        ("max_retries", c_int32),
        ("credentials", POINTER(CredentialsT)),
        ("endpoint_type", c_int32),
        ("first_byte_timeout_ms", c_int32),
        ("max_connections", c_int32),
        ("proxy_from_environment", c_int32),
        ("bandwidth_limit", c_int64),
        ("proxy", c_char_p),
        ("proxy_user", c_char_p),
        ("proxy_password", c_char_p),
        ("no_proxy", c_char_p),
        ("ca_data", c_char_p),
        ("ca_data_len", c_size_t),
        ("source_address", c_char_p),
        ("user_agent", c_char_p),
        ("log_file", c_char_p),
        ("log_callback", LOG_CALLBACK),
        ("log_userdata", c_void_p),
        ("log_level", c_int32),
        ("reserved", c_int32),
    ]


class SourceT(ctypes.Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("kind", c_int32),
        ("handle", c_int64),
        ("data", c_void_p),
        ("data_len", c_size_t),
    ]


class CallbackT(ctypes.Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("sni", c_int32),
        ("url", c_char_p),
        ("host", c_char_p),
        ("body", c_char_p),
        ("body_type", c_char_p),
        ("variables", POINTER(HeaderT)),
        ("variables_len", c_size_t),
    ]


class ParamsT(ctypes.Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("thread_num", c_int32),
        ("part_size", c_int64),
        ("enable_checkpoint", c_int32),
        ("flags", c_uint32),
        ("checkpoint_path", c_char_p),
        ("progress_callback", PROGRESS_CALLBACK),
        ("userdata", c_void_p),
        ("headers", POINTER(HeaderT)),
        ("headers_len", c_size_t),
        ("source", POINTER(SourceT)),
        ("callback", POINTER(CallbackT)),
        ("verify_on_resume", c_int32),
        ("resume_by_content", c_int32),
    ]


class ProgressT(ctypes.Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("stage", c_int32),
        ("consumed_bytes", c_int64),
        ("total_bytes", c_int64),
        ("resumed_bytes", c_int64),
        ("parts_done", c_int32),
        ("parts_total", c_int32),
        ("retries", c_int32),
        ("reserved", c_int32),
    ]


_RESULT = POINTER(c_void_p)

# Name without "oss_resumable_" -> what it returns, and what it takes.
SIGNATURES: Dict[str, Tuple[Any, Tuple[Any, ...]]] = {
    "version": (c_char_p, ()),
    "version_number": (c_int32, ()),
    "client_new": (c_int32, (POINTER(ConfigT), POINTER(c_void_p), _RESULT)),
    "client_set_bandwidth_limit": (c_int32, (c_void_p, c_int64)),
    "client_set_credentials": (c_int32, (c_void_p, c_char_p, c_char_p, c_char_p)),
    "client_free": (None, (c_void_p,)),
    "credentials_answer": (c_int32, (c_void_p, c_char_p, c_char_p, c_char_p, c_int64)),
    "upload_start": (
        c_int32,
        (c_void_p, c_char_p, c_char_p, c_char_p, POINTER(ParamsT), POINTER(c_void_p), _RESULT),
    ),
    "upload_wait": (c_int32, (c_void_p, c_int64)),
    "upload_progress": (c_int32, (c_void_p, POINTER(ProgressT))),
    "upload_cancel": (None, (c_void_p,)),
    "upload_result": (c_int32, (c_void_p, _RESULT)),
    "upload_free": (None, (c_void_p,)),
    "discard": (c_int32, (c_void_p, c_char_p, c_char_p, c_char_p, c_char_p, _RESULT)),
    "list_uploads": (
        c_int32,
        (c_void_p, c_char_p, c_char_p, c_int64, POINTER(c_void_p), _RESULT),
    ),
    "upload_list_count": (c_size_t, (c_void_p,)),
    "upload_list_at": (
        c_int32,
        (c_void_p, c_size_t, POINTER(c_char_p), POINTER(c_char_p), POINTER(c_int64)),
    ),
    "upload_list_free": (None, (c_void_p,)),
    "abort_upload": (c_int32, (c_void_p, c_char_p, c_char_p, c_char_p, _RESULT)),
    "abort_uploads": (c_int32, (c_void_p, c_char_p, c_char_p, c_int64, POINTER(c_int64), _RESULT)),
    "result_code": (c_int32, (c_void_p,)),
    "result_message": (c_char_p, (c_void_p,)),
    "result_stage": (c_char_p, (c_void_p,)),
    "result_part_number": (c_int32, (c_void_p,)),
    "result_offset": (c_int64, (c_void_p,)),
    "result_os_errno": (c_int32, (c_void_p,)),
    "result_reason": (c_char_p, (c_void_p,)),
    "result_attempts": (c_int32, (c_void_p,)),
    "result_retryable": (c_int32, (c_void_p,)),
    "result_callback_error": (c_char_p, (c_void_p,)),
    "result_http_status": (c_int32, (c_void_p,)),
    "result_error_code": (c_char_p, (c_void_p,)),
    "result_request_id": (c_char_p, (c_void_p,)),
    "result_host_id": (c_char_p, (c_void_p,)),
    "result_ec": (c_char_p, (c_void_p,)),
    "result_etag": (c_char_p, (c_void_p,)),
    "result_version_id": (c_char_p, (c_void_p,)),
    "result_upload_id": (c_char_p, (c_void_p,)),
    "result_crc64": (c_uint64, (c_void_p,)),
    "result_resumed_bytes": (c_int64, (c_void_p,)),
    "result_part_size": (c_int64, (c_void_p,)),
    "result_parts": (c_int32, (c_void_p,)),
    "result_retries": (c_int32, (c_void_p,)),
    "result_warnings": (c_uint32, (c_void_p,)),
    "result_header_count": (c_size_t, (c_void_p,)),
    "result_header_at": (
        c_int32,
        (c_void_p, c_size_t, POINTER(c_char_p), POINTER(c_char_p)),
    ),
    "result_body": (c_void_p, (c_void_p, POINTER(c_size_t))),
    "result_free": (None, (c_void_p,)),
}
