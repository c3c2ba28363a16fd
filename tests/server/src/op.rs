//! The OSS operations the server tells apart.

use serde::{Deserialize, Serialize};

/// One OSS operation, by its name in the OSS documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Op {
    InitiateMultipartUpload,
    UploadPart,
    ListParts,
    CompleteMultipartUpload,
    AbortMultipartUpload,
    ListMultipartUploads,
    PutObject,
    HeadObject,
    GetObject,
    DeleteObject,
    /// Anything else; answered with `NotImplemented`.
    Other,
}

impl Op {
    /// Tells the operation from the method, the presence of a key and the sub-resources.
    pub(crate) fn classify(method: &str, has_key: bool, has: impl Fn(&str) -> bool) -> Op {
        match (method, has_key) {
            ("POST", true) if has("uploads") => Op::InitiateMultipartUpload,
            ("POST", true) if has("uploadId") => Op::CompleteMultipartUpload,
            ("PUT", true) if has("uploadId") || has("partNumber") => Op::UploadPart,
            ("GET", true) if has("uploadId") => Op::ListParts,
            ("DELETE", true) if has("uploadId") => Op::AbortMultipartUpload,
            ("GET", false) if has("uploads") => Op::ListMultipartUploads,
            (_, true)
                if ["acl", "tagging", "symlink", "append"]
                    .iter()
                    .any(|s| has(s)) =>
            {
                Op::Other
            }
            ("PUT", true) => Op::PutObject,
            ("HEAD", true) => Op::HeadObject,
            ("GET", true) => Op::GetObject,
            ("DELETE", true) => Op::DeleteObject,
            _ => Op::Other,
        }
    }

    /// Whether the request body is object data, which goes to disk and not to memory.
    pub(crate) fn carries_data(self) -> bool {
        matches!(self, Op::UploadPart | Op::PutObject)
    }
}
