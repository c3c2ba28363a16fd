//! The OSS calls of an upload as values: what is asked, what may come back. No I/O.

use std::time::Duration;

use http::HeaderMap;

use crate::error::{Error, ServiceReply};
use crate::source::SourceError;
use crate::xml::ListedPart;
use crate::xml::uploads::ListUploads;

/// OSS: "Invalid signing region in Authorization header."
const WRONG_REGION: &str = "0002-00000226";

/// An unfinished multipart upload on the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadRef {
    pub bucket: String,
    pub object: String,
    pub upload_id: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    Initiate,
    ListParts {
        upload_id: String,
        marker: u32,
    },
    UploadPart {
        upload_id: String,
        number: u32,
    },
    Complete {
        upload_id: String,
        parts: Vec<(u32, String)>,
    },
    Abort(UploadRef),
    /// Unfinished uploads of a bucket, from behind the markers.
    ListUploads {
        prefix: String,
        key_marker: String,
        id_marker: String,
    },
    /// Size and CRC64 of what is at the key now.
    Head,
    /// The whole file in one request.
    Put,
}

impl Call {
    /// OSS's name of the operation.
    pub fn name(&self) -> &'static str {
        match self {
            Call::Initiate => "InitiateMultipartUpload",
            Call::ListParts { .. } => "ListParts",
            Call::UploadPart { .. } => "UploadPart",
            Call::Complete { .. } => "CompleteMultipartUpload",
            Call::Abort(_) => "AbortMultipartUpload",
            Call::ListUploads { .. } => "ListMultipartUploads",
            Call::Head => "HeadObject",
            Call::Put => "PutObject",
        }
    }
}

/// Which attempt at a call this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tries {
    /// From 1.
    pub number: u32,
    /// How many of the earlier ones stalled.
    pub stalls: u32,
}

impl Tries {
    pub const FIRST: Tries = Tries {
        number: 1,
        stalls: 0,
    };
}

/// A committed object, as the reply to Complete or PutObject describes it.
#[derive(Clone, Debug, Default)]
pub struct Committed {
    pub status: u16,
    pub etag: Option<String>,
    pub crc64: Option<u64>,
    pub version_id: Option<String>,
    pub request_id: Option<String>,
    pub headers: HeaderMap,
    /// The callback receiver's reply, or OSS's own document.
    pub body: Vec<u8>,
    /// 203: the object is stored, the callback failed.
    pub callback_failed: Option<String>,
}

impl Committed {
    pub fn service(&self) -> ServiceReply {
        ServiceReply {
            http_status: self.status,
            request_id: self.request_id.clone(),
            ..ServiceReply::default()
        }
    }
}

#[derive(Clone, Debug)]
pub enum Answer {
    Initiated {
        upload_id: String,
    },
    Listed {
        parts: Vec<ListedPart>,
        next: Option<u32>,
    },
    Uploaded {
        etag: String,
        sent_crc64: u64,
        stored_crc64: Option<u64>,
        /// Who says so.
        service: ServiceReply,
    },
    Completed(Committed),
    Aborted,
    ListedUploads {
        page: ListUploads,
        /// Unix seconds by OSS's clock, where the reply tells.
        now: Option<i64>,
    },
    Head {
        size: u64,
        found: Committed,
    },
    Put {
        sent_crc64: u64,
        committed: Committed,
    },
}

/// Something that is put right by signing anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignAgain {
    No,
    /// The clock has been corrected by the reply.
    Clock,
    /// There are newer credentials than those of the refused request, or there may be.
    Credentials,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FailureKind {
    Network {
        permanent: bool,
        stalled: bool,
    },
    Service {
        status: u16,
        retry_after: Option<Duration>,
        sign_again: SignAgain,
    },
    /// There is nothing to sign with.
    Credentials {
        permanent: bool,
    },
    /// An answer that is not what OSS says.
    Unclear,
    Source(SourceError),
    /// Not done at all.
    Local,
}

/// One attempt that did not succeed.
#[derive(Clone, Debug)]
pub struct Failure {
    pub kind: FailureKind,
    /// The server may have carried the request out all the same.
    pub maybe_applied: bool,
    pub error: Error,
}

impl Failure {
    pub fn oss_code(&self) -> &str {
        self.error.service.code.as_deref().unwrap_or_default()
    }

    pub fn status(&self) -> u16 {
        match self.kind {
            FailureKind::Service { status, .. } => status,
            _ => 0,
        }
    }

    pub fn is_no_such_upload(&self) -> bool {
        self.status() == 404 && self.oss_code() == "NoSuchUpload"
    }

    /// Refused for what it was signed with, and there is something else now.
    pub fn is_of_signing(&self) -> bool {
        match self.kind {
            FailureKind::Service { sign_again, .. } => sign_again != SignAgain::No,
            _ => false,
        }
    }

    /// The signature is for another region than that of the server; OSS does not say which.
    pub fn is_of_wrong_region(&self) -> bool {
        let service = &self.error.service;
        let message = service.message.as_deref().unwrap_or_default();
        self.status() == 400
            && (service.ec.as_deref() == Some(WRONG_REGION) || message.contains("signing region"))
    }
}

pub type Outcome = std::result::Result<Answer, Failure>;
