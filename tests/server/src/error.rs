//! OSS errors: status, code, and the extra elements some codes carry.

use crate::clock;
use crate::xml::Xml;

/// An error as OSS answers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OssError {
    pub status: u16,
    pub code: String,
    pub message: String,
    /// Elements beside the usual ones, in order.
    pub extra: Vec<(&'static str, String)>,
    /// The fine-grained code, where several errors share one `code`.
    ec: Option<&'static str>,
}

impl OssError {
    pub fn new(status: u16, code: &str, message: impl Into<String>) -> OssError {
        OssError {
            status,
            code: code.to_owned(),
            message: message.into(),
            extra: Vec::new(),
            ec: None,
        }
    }

    pub fn with_ec(self, ec: &'static str) -> OssError {
        OssError {
            ec: Some(ec),
            ..self
        }
    }

    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> OssError {
        self.extra.push((name, value.into()));
        self
    }

    pub fn invalid_argument(message: &str) -> OssError {
        OssError::new(400, "InvalidArgument", message)
    }

    pub fn access_denied(message: &str) -> OssError {
        OssError::new(403, "AccessDenied", message)
    }

    /// A request for a bucket that lives in another region than the one asked.
    pub fn wrong_endpoint(bucket: &str, endpoint: &str) -> OssError {
        OssError::access_denied(
            "The bucket you are attempting to access must be addressed using the specified \
             endpoint. Please send all future requests to this endpoint.",
        )
        .with("Bucket", bucket)
        .with("Endpoint", endpoint)
        .with_ec("0003-00001403")
    }

    pub fn invalid_value(message: &str, name: &str, value: &str) -> OssError {
        OssError::invalid_argument(message)
            .with("ArgumentName", name)
            .with("ArgumentValue", value)
    }

    pub fn no_such_upload(upload_id: &str) -> OssError {
        OssError::new(
            404,
            "NoSuchUpload",
            "The specified upload does not exist. The upload ID may be invalid, or the upload \
             may have been aborted or completed.",
        )
        .with("UploadId", upload_id)
    }

    pub fn no_such_key(key: &str) -> OssError {
        OssError::new(404, "NoSuchKey", "The specified key does not exist.").with("Key", key)
    }

    pub fn no_such_bucket(bucket: &str) -> OssError {
        OssError::new(404, "NoSuchBucket", "The specified bucket does not exist.")
            .with("BucketName", bucket)
    }

    pub fn file_already_exists() -> OssError {
        OssError::new(
            409,
            "FileAlreadyExists",
            "The object you specified already exists and can not be overwritten.",
        )
    }

    pub fn invalid_digest() -> OssError {
        OssError::new(
            400,
            "InvalidDigest",
            "The Content-MD5 you specified was invalid.",
        )
    }

    pub fn internal(message: &str) -> OssError {
        OssError::new(500, "InternalError", message)
    }

    pub fn skewed(request_time: i64, server_time: i64) -> OssError {
        OssError::new(
            403,
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
        )
        .with("MaxAllowedSkewMilliseconds", "900000")
        .with("RequestTime", clock::xml_date(request_time))
        .with("ServerTime", clock::xml_date(server_time))
    }

    /// The fine-grained error code. OSS documents only a few; the rest get a stand-in, because
    /// clients must carry the value and never branch on it.
    pub fn ec(&self) -> &'static str {
        if let Some(ec) = self.ec {
            return ec;
        }
        match self.code.as_str() {
            "RequestTimeTooSkewed" => "0002-00000504",
            "InvalidAccessKeyId" => "0002-00000902",
            "NoSuchBucket" => "0015-00000101",
            "NoSuchKey" => "0026-00000001",
            _ => "0099-00000000",
        }
    }

    pub fn to_xml(&self, request_id: &str, host: &str) -> String {
        Xml::document("Error", |xml| {
            xml.text("Code", &self.code);
            xml.text("Message", &self.message);
            xml.text("RequestId", request_id);
            xml.text("HostId", host);
            for (name, value) in &self.extra {
                xml.text(name, value);
            }
            xml.text("EC", self.ec());
            xml.text(
                "RecommendDoc",
                &format!("https://api.aliyun.com/troubleshoot?q={}", self.ec()),
            );
        })
    }
}
