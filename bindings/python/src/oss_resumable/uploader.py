"""The official SDK's way to say it: a request and an uploader. Same engine, same results."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Dict, Mapping, Optional

from ._text import Path
from .params import Callback, Data
from .result import UploadResult
from .upload import ProgressFn

if TYPE_CHECKING:
    from .client import Client


@dataclass
class PutObjectRequest:
    """What to store, and how, with the official SDK's names."""

    bucket: str
    key: str
    acl: Optional[str] = None
    storage_class: Optional[str] = None
    metadata: Optional[Mapping[str, str]] = None
    """Without "x-oss-meta-"."""
    cache_control: Optional[str] = None
    content_disposition: Optional[str] = None
    content_encoding: Optional[str] = None
    content_type: Optional[str] = None
    expires: Optional[str] = None
    server_side_encryption: Optional[str] = None
    server_side_data_encryption: Optional[str] = None
    server_side_encryption_key_id: Optional[str] = None
    tagging: Optional[str] = None
    forbid_overwrite: Optional[bool] = None
    traffic_limit: Optional[int] = None
    """Of each request, in bit/s."""
    request_payer: Optional[str] = None
    callback: Optional[Callback] = None
    progress_fn: Optional[ProgressFn] = None
    headers: Optional[Mapping[str, str]] = None

    def all_headers(self) -> Dict[str, str]:
        named = {header: getattr(self, name) for name, header in _HEADERS.items()}
        found = {header: _text(value) for header, value in named.items() if value is not None}
        found.update(self.headers or {})
        return found


_HEADERS = {
    "acl": "x-oss-object-acl",
    "storage_class": "x-oss-storage-class",
    "cache_control": "Cache-Control",
    "content_disposition": "Content-Disposition",
    "content_encoding": "Content-Encoding",
    "content_type": "Content-Type",
    "expires": "Expires",
    "server_side_encryption": "x-oss-server-side-encryption",
    "server_side_data_encryption": "x-oss-server-side-data-encryption",
    "server_side_encryption_key_id": "x-oss-server-side-encryption-key-id",
    "tagging": "x-oss-tagging",
    "forbid_overwrite": "x-oss-forbid-overwrite",
    "traffic_limit": "x-oss-traffic-limit",
    "request_payer": "x-oss-request-payer",
}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


class Uploader:
    """Made by ``client.uploader(**options)``. Options are those of ``client.upload_file``, and the
    official SDK's ``checkpoint_dir``: a directory, which must exist."""

    def __init__(self, client: "Client", options: Mapping[str, Any]) -> None:
        self._client = client
        self._options = dict(options)

    def upload_file(
        self, request: PutObjectRequest, filepath: Path, **options: Any
    ) -> UploadResult:
        """Uploads a file; ``options`` go before those of the uploader."""
        return self._client.upload_file(
            request.bucket, request.key, filepath, **self._merge(request, options)
        )

    def upload_from(self, request: PutObjectRequest, data: Data, **options: Any) -> UploadResult:
        """Uploads bytes or an open regular file."""
        return self._client.upload_from(
            request.bucket, request.key, data, **self._merge(request, options)
        )

    def _merge(self, request: PutObjectRequest, options: Mapping[str, Any]) -> Dict[str, Any]:
        merged: Dict[str, Any] = {
            "headers": request.all_headers(),
            "metadata": request.metadata,
            "callback": request.callback,
            "progress_fn": request.progress_fn,
        }
        merged.update(self._options)
        merged.update(options)
        if "checkpoint_dir" in merged:
            merged["checkpoint_path"] = merged.pop("checkpoint_dir")
        return merged
