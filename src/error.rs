//! What can go wrong, in one type: a stable code, a sentence for a person, and what OSS said.

use std::ffi::CStr;
use std::fmt;
use std::io;
use std::num::NonZero;

/// The stable outcome codes of the C API. Numbers never change; new ones are appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i32)]
pub enum Code {
    InvalidArgument = -1,
    File = -2,
    FileChanged = -3,
    Checkpoint = -4,
    Network = -5,
    Service = -6,
    Integrity = -7,
    Canceled = -8,
    State = -9,
    CommitUnknown = -10,
    Credentials = -11,
    Internal = -99,
}

/// Where in the upload something happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i32)]
pub enum Stage {
    Prepare = 0,
    Resume = 1,
    Initiate = 2,
    Upload = 3,
    Complete = 4,
    Settle = 5,
    Abort = 6,
    Done = 7,
}

impl Stage {
    pub const ALL: [Stage; 8] = [
        Stage::Prepare,
        Stage::Resume,
        Stage::Initiate,
        Stage::Upload,
        Stage::Complete,
        Stage::Settle,
        Stage::Abort,
        Stage::Done,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Stage::Prepare => "prepare",
            Stage::Resume => "resume",
            Stage::Initiate => "initiate",
            Stage::Upload => "upload",
            Stage::Complete => "complete",
            Stage::Settle => "settle",
            Stage::Abort => "abort",
            Stage::Done => "done",
        }
    }

    /// The inverse of `as i32`; unknown numbers are taken for the first stage.
    pub fn from_number(number: i32) -> Stage {
        Stage::ALL
            .into_iter()
            .find(|stage| *stage as i32 == number)
            .unwrap_or(Stage::Prepare)
    }
}

/// Why there was no usable answer, finer than [`Code::Network`]: for programs, where the message is
/// for persons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    Dns,
    ConnectionRefused,
    ConnectTimeout,
    Connect,
    ProxyUnreachable,
    ProxyAuthentication,
    ProxyRefused,
    CertificateExpired,
    CertificateWrongHost,
    CertificateUnknownCa,
    Certificate,
    Tls,
    Stalled,
    Broken,
    OversizedReply,
}

impl Reason {
    pub const ALL: [Reason; 15] = [
        Reason::Dns,
        Reason::ConnectionRefused,
        Reason::ConnectTimeout,
        Reason::Connect,
        Reason::ProxyUnreachable,
        Reason::ProxyAuthentication,
        Reason::ProxyRefused,
        Reason::CertificateExpired,
        Reason::CertificateWrongHost,
        Reason::CertificateUnknownCa,
        Reason::Certificate,
        Reason::Tls,
        Reason::Stalled,
        Reason::Broken,
        Reason::OversizedReply,
    ];

    /// The server could not prove who it is, which waiting does not mend.
    pub fn is_of_certificate(self) -> bool {
        matches!(
            self,
            Reason::Certificate
                | Reason::CertificateExpired
                | Reason::CertificateUnknownCa
                | Reason::CertificateWrongHost
        )
    }

    /// The stable name in the C API.
    pub fn name(self) -> &'static CStr {
        match self {
            Reason::Dns => c"dns",
            Reason::ConnectionRefused => c"connection_refused",
            Reason::ConnectTimeout => c"connect_timeout",
            Reason::Connect => c"connect",
            Reason::ProxyUnreachable => c"proxy_unreachable",
            Reason::ProxyAuthentication => c"proxy_authentication",
            Reason::ProxyRefused => c"proxy_refused",
            Reason::CertificateExpired => c"certificate_expired",
            Reason::CertificateWrongHost => c"certificate_wrong_host",
            Reason::CertificateUnknownCa => c"certificate_unknown_ca",
            Reason::Certificate => c"certificate",
            Reason::Tls => c"tls",
            Reason::Stalled => c"stalled",
            Reason::Broken => c"broken",
            Reason::OversizedReply => c"oversized_reply",
        }
    }
}

/// What OSS itself reported about a refused request. Holds none of the elements of the error
/// document in which OSS echoes parts of the signed request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceReply {
    /// HTTP status; 0 when no answer was received.
    pub http_status: u16,
    pub code: Option<String>,
    pub message: Option<String>,
    pub request_id: Option<String>,
    pub host_id: Option<String>,
    pub ec: Option<String>,
}

/// An upload that did not end well, or a call that was refused.
#[derive(Clone, PartialEq, Eq)]
pub struct Error {
    pub code: Code,
    pub message: String,
    pub stage: Stage,
    /// 1-based; 0 when no single part is concerned.
    pub part_number: u32,
    /// Where in the file, in bytes: the beginning of the part, or where reading failed.
    pub offset: Option<u64>,
    /// The operating system's error number (Windows: its error code).
    pub os_errno: Option<NonZero<i32>>,
    pub reason: Option<Reason>,
    /// Attempts at the request that failed in the end; 0 when no request is concerned.
    pub attempts: u32,
    /// The cause may pass: the same call made again, unchanged, may succeed.
    pub retryable: bool,
    pub service: Box<ServiceReply>,
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    pub fn new(code: Code, message: impl Into<String>) -> Error {
        Error {
            code,
            message: message.into(),
            stage: Stage::Prepare,
            part_number: 0,
            offset: None,
            os_errno: None,
            reason: None,
            attempts: 0,
            retryable: matches!(
                code,
                Code::FileChanged
                    | Code::Network
                    | Code::Integrity
                    | Code::Canceled
                    | Code::CommitUnknown
            ),
            service: Box::default(),
        }
    }

    pub fn invalid(field: &str, problem: impl fmt::Display) -> Error {
        Error::new(Code::InvalidArgument, format!("{field}: {problem}"))
    }

    /// A bug of ours, caught.
    pub fn internal(what: impl fmt::Display) -> Error {
        Error::new(Code::Internal, format!("internal error: {what}"))
    }

    /// From the payload of a caught panic.
    pub fn panicked(payload: &(dyn std::any::Any + Send)) -> Error {
        let text = payload
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("panic without a message");
        Error::internal(text)
    }

    #[must_use]
    pub fn at(mut self, stage: Stage) -> Error {
        self.stage = stage;
        self
    }

    #[must_use]
    pub fn part(mut self, number: u32) -> Error {
        self.part_number = number;
        self
    }

    #[must_use]
    pub fn caused_by(mut self, error: &io::Error) -> Error {
        self.os_errno = error.raw_os_error().and_then(NonZero::new);
        self
    }

    #[must_use]
    pub fn retryable(mut self, retryable: bool) -> Error {
        self.retryable = retryable;
        self
    }

    #[must_use]
    pub fn with_service(mut self, service: ServiceReply) -> Error {
        *self.service = service;
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("code", &self.code)
            .field("message", &self.message)
            .field("stage", &self.stage)
            .field("part_number", &self.part_number)
            .field("offset", &self.offset)
            .field("os_errno", &self.os_errno)
            .field("reason", &self.reason)
            .field("attempts", &self.attempts)
            .field("retryable", &self.retryable)
            .field("service", &self.service)
            .finish()
    }
}

impl std::error::Error for Error {}
