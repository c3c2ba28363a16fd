"""How to reach OSS. Where the official SDK has a word for something, it is the same here."""

import ctypes
from dataclasses import dataclass, field
from typing import Any, Callable, Optional, Tuple, Union

from . import _native
from ._callbacks import Callbacks, on_credentials, on_log
from ._native import EndpointType, LogLevel
from ._text import Path, encode, encode_path
from .credentials import AnyProvider, DefaultCredentialsProvider, StaticCredentialsProvider
from .errors import InvalidArgumentError


@dataclass
class Config:
    """The settings of a client. ``None`` and 0 mean the engine's default. Times are in seconds."""

    region: Optional[str] = None
    """"cn-hangzhou". ``None``: taken from the endpoint, where it tells. V4 needs one."""
    endpoint: Optional[str] = None
    """``[http://|https://]host[:port]``; HTTPS when no scheme is given. ``None``: made from
    ``region`` and ``endpoint_type``."""
    credentials_provider: Optional[AnyProvider] = None
    """Where credentials come from; required, unless the three fields that follow are given."""
    access_key_id: Optional[str] = None
    access_key_secret: Optional[str] = field(default=None, repr=False)
    security_token: Optional[str] = field(default=None, repr=False)
    """The token of temporary (STS) credentials."""
    signature_version: Union[str, int, None] = None
    """"v4" or "v1". ``None``: "v4"."""
    endpoint_type: EndpointType = EndpointType.PUBLIC
    """Without an endpoint: which one of the region."""
    use_cname: bool = False
    """The endpoint is the bucket's own domain."""
    use_path_style: bool = False
    """The bucket goes into the path. Always so for IP addresses."""
    connect_timeout: Optional[float] = None
    """For one connection, name resolution and TLS included. Default: 10."""
    stall_timeout: Optional[float] = None
    """An attempt during which nothing moves for this long is made again. Default: 30."""
    first_byte_timeout: Optional[float] = None
    """From when a request is out until the first byte of its answer. Default: the stall time. Four
    times that for CompleteMultipartUpload, and longer with an upload callback, so that its receivers
    have their time."""
    retry_timeout: Optional[float] = None
    """A request that keeps failing for this long fails the upload. Default: 300."""
    max_retries: int = 0
    """Retries of one request. 0: bounded by the retry time alone; -1: none."""
    max_connections: int = 0
    """Requests in flight over all uploads of the client, 1 to 4,096. 0: no limit but theirs."""
    bandwidth_limit: int = 0
    """Bytes per second over all uploads of the client, at least 1,024. 0: no limit."""
    proxy: Optional[str] = field(default=None, repr=False)
    """``[http|https|socks5|socks5h://][user:password@]host[:port]``."""
    proxy_user: Optional[str] = None
    """Instead of one in the proxy's address, and not percent-encoded."""
    proxy_password: Optional[str] = field(default=None, repr=False)
    no_proxy: Optional[str] = None
    """Hosts that are reached directly, separated by commas: names with their subdomains,
    addresses, CIDR blocks, "*"."""
    proxy_from_environment: bool = False
    """The proxy that ``https_proxy`` (``http_proxy`` for an ``http://`` endpoint), ``all_proxy`` and
    ``no_proxy`` name; read once."""
    ca_file: Optional[Path] = None
    """A PEM file of certificates to trust besides the system's."""
    ca_data: Optional[bytes] = field(default=None, repr=False)
    """PEM text of more such certificates."""
    source_address: Optional[str] = None
    """The IPv4 or IPv6 address that connections come from."""
    user_agent: Optional[str] = None
    """Put behind "oss-resumable/VERSION" in the User-Agent header."""
    log_file: Optional[Path] = None
    """A file to which the log is appended."""
    log_callback: Optional[Callable[[int, str], Any]] = None
    """Called with level and text of every line, instead of a file. Runs on a thread that waits for
    an upload, or on a helper thread of it. What it raises ends the upload and reaches the caller."""
    log_level: LogLevel = LogLevel.NONE
    """How much; nothing by default, even if a file or a callback is given."""


def load_default() -> Config:
    """All defaults, as in the official SDK."""
    return Config()


def to_c(config: Config) -> Tuple[_native.ConfigT, Callbacks]:
    """The struct, whose text lives as long as it, and what C is to call back."""
    credentials, get_credentials = _credentials(config.credentials_provider)
    callbacks = Callbacks(get_credentials, config.log_callback)
    provider = config.credentials_provider
    keys: Any = provider if isinstance(provider, StaticCredentialsProvider) else config
    struct = _native.ConfigT(
        struct_size=ctypes.sizeof(_native.ConfigT),
        signature_version=_signature_version(config.signature_version),
        endpoint=encode("endpoint", config.endpoint),
        region=encode("region", config.region),
        access_key_id=encode("access_key_id", keys.access_key_id),
        access_key_secret=encode("access_key_secret", keys.access_key_secret),
        sts_token=encode("sts_token", keys.security_token),
        ca_file=encode_path("ca_file", config.ca_file),
        is_cname=bool(config.use_cname),
        is_path_style=bool(config.use_path_style),
        connect_timeout_ms=_milliseconds("connect_timeout", config.connect_timeout),
        stall_timeout_ms=_milliseconds("stall_timeout", config.stall_timeout),
        retry_timeout_ms=_milliseconds("retry_timeout", config.retry_timeout),
        max_retries=number("max_retries", config.max_retries, 32),
        endpoint_type=number("endpoint_type", config.endpoint_type, 32),
        first_byte_timeout_ms=_milliseconds("first_byte_timeout", config.first_byte_timeout),
        max_connections=number("max_connections", config.max_connections, 32),
        proxy_from_environment=bool(config.proxy_from_environment),
        bandwidth_limit=number("bandwidth_limit", config.bandwidth_limit, 64),
        proxy=encode("proxy", config.proxy),
        proxy_user=encode("proxy_user", config.proxy_user),
        proxy_password=encode("proxy_password", config.proxy_password),
        no_proxy=encode("no_proxy", config.no_proxy),
        ca_data=config.ca_data,
        ca_data_len=len(config.ca_data or b""),
        source_address=encode("source_address", config.source_address),
        user_agent=encode("user_agent", config.user_agent),
        log_file=encode_path("log_file", config.log_file),
        log_level=number("log_level", config.log_level, 32),
    )
    if credentials is not None:
        if get_credentials is not None:
            credentials.callback = on_credentials
            credentials.userdata = callbacks.number
        struct.credentials = ctypes.pointer(credentials)
    if config.log_callback is not None:
        struct.log_callback = on_log
        struct.log_userdata = callbacks.number
    return struct, callbacks


def _credentials(
    provider: Optional[AnyProvider],
) -> Tuple[Optional[_native.CredentialsT], Optional[Callable[[], Any]]]:
    if provider is None or isinstance(provider, StaticCredentialsProvider):
        return None, None
    size = ctypes.sizeof(_native.CredentialsT)
    if isinstance(provider, DefaultCredentialsProvider):
        texts = {
            name: encode(name, getattr(provider, name))
            for name in (
                "provider profile_name process role_name metadata_endpoint role_arn "
                "oidc_provider_arn role_session_name sts_endpoint"
            ).split()
        }
        paths = {
            name: encode_path(name, getattr(provider, name))
            for name in ("profile_file", "oidc_token_file")
        }
        return _native.CredentialsT(struct_size=size, **texts, **paths), None
    get: Any = getattr(provider, "get_credentials", provider)
    if not callable(get):
        raise TypeError("credentials_provider: has no get_credentials() and cannot be called")
    return _native.CredentialsT(struct_size=size, provider=b"callback"), get


def _signature_version(version: Union[str, int, None]) -> int:
    named = {None: 0, "v1": 1, "v4": 4}
    if version in named:
        return named[version]  # type: ignore[index]
    return number("signature_version", version, 32)


def _milliseconds(field_name: str, seconds: Optional[float]) -> int:
    if not seconds:
        return 0
    whole = round(seconds * 1000)
    # A time too short to be a millisecond must not become 0, which means the default.
    return number(field_name, whole or 1, 32)


def number(field_name: str, value: Any, bits: int) -> int:
    """An integer that fits: ctypes would silently cut off the rest."""
    if not isinstance(value, int):
        raise TypeError("{}: expected int, not {}".format(field_name, type(value).__name__))
    if not -(1 << bits - 1) <= value < 1 << bits - 1:
        raise InvalidArgumentError("{}: {} is out of range".format(field_name, value))
    return int(value)
