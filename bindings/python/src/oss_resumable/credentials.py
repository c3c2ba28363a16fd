"""Where credentials come from. The names are those of the official SDK."""

import datetime
from dataclasses import dataclass, field
from typing import Callable, Optional, Protocol, Union

from ._text import Path


@dataclass(frozen=True)
class Credentials:
    """An access key, permanent or temporary."""

    access_key_id: str
    access_key_secret: str = field(repr=False)
    security_token: Optional[str] = field(default=None, repr=False)
    """The token of temporary (STS) credentials."""
    expiration: Optional[datetime.datetime] = None
    """When they end; without a time zone it is UTC. ``None``: they do not."""


class CredentialsLike(Protocol):
    """What a provider may return: :class:`Credentials`, or the official SDK's class of that name."""

    @property
    def access_key_id(self) -> str: ...

    @property
    def access_key_secret(self) -> str: ...


class CredentialsProvider(Protocol):
    """A provider of your own, or one of the official SDK.

    Asked when credentials are first needed, for all uploads of the client at once, and again before
    ``expiration``. Runs on the thread that waits for an upload, or on a helper thread of it; must
    not use the client. What it raises ends the upload and reaches the caller.
    """

    def get_credentials(self) -> CredentialsLike: ...


@dataclass(frozen=True)
class StaticCredentialsProvider:
    """These credentials, until ``client.set_credentials()`` replaces them."""

    access_key_id: str
    access_key_secret: str = field(repr=False)
    security_token: Optional[str] = field(default=None, repr=False)


@dataclass(frozen=True)
class DefaultCredentialsProvider:
    """Credentials that the engine finds, and renews before they end.

    What is ``None`` is taken from its environment variable, which is read once, when the client is
    made, then from the default.
    """

    provider: Optional[str] = None
    """One of "environment", "profile", "process", "oidc" and "ecs_ram_role", or several, separated
    by commas: the first that is set up on this machine decides.
    ``None``: "environment,oidc,profile,ecs_ram_role"."""
    profile_file: Optional[Path] = None
    """"profile": the file of the Alibaba Cloud CLI."""
    profile_name: Optional[str] = None
    """"profile": ``None``: the file's current one."""
    process: Optional[str] = None
    """"process": a command line for the shell, which prints JSON. Ended after 60 s."""
    role_name: Optional[str] = None
    """"ecs_ram_role": ``None``: asked from the metadata service."""
    metadata_endpoint: Optional[str] = None
    """"ecs_ram_role": ``None``: ``ALIBABA_CLOUD_ECS_METADATA_SERVICE_ENDPOINT``, else
    ``http://100.100.100.200``. HTTPS when no scheme is given."""
    role_arn: Optional[str] = None
    """"oidc"."""
    oidc_provider_arn: Optional[str] = None
    """"oidc"."""
    oidc_token_file: Optional[Path] = None
    """"oidc": read for every renewal."""
    role_session_name: Optional[str] = None
    """"oidc": ``None``: "oss-resumable"."""
    sts_endpoint: Optional[str] = None
    """"oidc" and roles of a profile: ``None``: that of the profile's ``sts_region``, else
    ``ALIBABA_CLOUD_STS_ENDPOINT``, else ``https://sts.aliyuncs.com``. HTTPS when no scheme is given."""


class EnvironmentVariableCredentialsProvider(DefaultCredentialsProvider):
    """``OSS_ACCESS_KEY_ID``, ``OSS_ACCESS_KEY_SECRET`` and ``OSS_SESSION_TOKEN``, or the same as
    ``ALIBABA_CLOUD_ACCESS_KEY_ID`` and so on; read when the client is made."""

    def __init__(self) -> None:
        super().__init__(provider="environment")


AnyProvider = Union[
    StaticCredentialsProvider,
    DefaultCredentialsProvider,
    CredentialsProvider,
    Callable[[], CredentialsLike],
]
