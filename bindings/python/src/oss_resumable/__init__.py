"""Resumable multipart upload of big files to Alibaba Cloud OSS.

    import oss_resumable as oss

    with oss.Client(oss.Config(region="cn-hangzhou", access_key_id=..., access_key_secret=...)) as client:
        client.upload_file("examplebucket", "dir/big.bin", "big.bin", enable_checkpoint=True)
"""

from . import config, credentials
from ._library import lib as _lib
from ._native import AUTO, Code, EndpointType, LogLevel, Stage, Verify, Warn
from .client import Client, UnfinishedUpload
from .config import Config
from .credentials import Credentials
from .errors import (
    CanceledError,
    CheckpointError,
    CommitUnknownError,
    CredentialsError,
    Error,
    FileChangedError,
    FileError,
    IntegrityError,
    InternalError,
    InvalidArgumentError,
    NetworkError,
    ServiceError,
    StateError,
)
from .params import Callback
from .result import Progress, UploadResult
from .upload import Upload
from .uploader import PutObjectRequest, Uploader

__version__ = "0.1.0"

library_version: str = _lib.version().decode()
"""The version of the library that was loaded."""

__all__ = [
    "AUTO",
    "Callback",
    "CanceledError",
    "CheckpointError",
    "Client",
    "Code",
    "CommitUnknownError",
    "Config",
    "Credentials",
    "CredentialsError",
    "EndpointType",
    "Error",
    "FileChangedError",
    "FileError",
    "IntegrityError",
    "InternalError",
    "InvalidArgumentError",
    "LogLevel",
    "NetworkError",
    "Progress",
    "PutObjectRequest",
    "ServiceError",
    "Stage",
    "StateError",
    "UnfinishedUpload",
    "Upload",
    "UploadResult",
    "Uploader",
    "Verify",
    "Warn",
    "config",
    "credentials",
    "library_version",
]
