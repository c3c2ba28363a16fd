//! A request as it was received, and what it addresses.

use std::collections::BTreeMap;
use std::net::IpAddr;

use percent_encoding::percent_decode_str;

use crate::op::Op;

/// How the body's length is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    None,
    Length(u64),
    Chunked,
}

/// The head of a request. Header names are lower case, in the order received.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    /// Percent-encoded, as received, without the query.
    pub path: String,
    /// Decoded names and values, in the order received.
    pub query: Vec<(String, String)>,
    /// The query as received.
    pub query_text: String,
    pub headers: Vec<(String, String)>,
    pub framing: Framing,
    pub keep_alive: bool,
    pub bucket: Option<String>,
    pub key: Option<String>,
    pub op: Op,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        lookup(&self.headers, name)
    }

    pub fn param(&self, name: &str) -> Option<&str> {
        lookup(&self.query, name)
    }

    pub fn upload_id(&self) -> Option<&str> {
        self.param("uploadId")
    }

    pub fn part_number(&self) -> Option<u32> {
        self.param("partNumber").and_then(|text| text.parse().ok())
    }

    pub fn bucket(&self) -> &str {
        self.bucket.as_deref().unwrap_or_default()
    }

    pub fn key(&self) -> &str {
        self.key.as_deref().unwrap_or_default()
    }

    pub fn content_length(&self) -> Option<u64> {
        match self.framing {
            Framing::Length(length) => Some(length),
            _ => None,
        }
    }

    pub fn expects_continue(&self) -> bool {
        self.header("expect")
            .is_some_and(|value| value.eq_ignore_ascii_case("100-continue"))
    }

    /// Whether the request is for the test controls and not for OSS.
    pub fn is_control(&self) -> bool {
        self.path.starts_with("/-/")
    }
}

pub fn lookup<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs
        .iter()
        .find(|(candidate, _)| candidate == name)
        .map(|(_, value)| value.as_str())
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// Builds a request from the parts of its head; `None` if the framing is not acceptable.
pub fn build(
    method: &str,
    target: &str,
    minor_version: u8,
    headers: Vec<(String, String)>,
    cnames: &BTreeMap<String, String>,
) -> Option<Request> {
    // A client behind a forward proxy sends the absolute form.
    let target = match target.find("://") {
        Some(scheme) if !target.starts_with('/') => {
            let rest = &target[scheme + 3..];
            rest.find('/').map_or("/", |slash| &rest[slash..])
        }
        _ => target,
    };
    let (path, query_text) = target.split_once('?').unwrap_or((target, ""));
    let query: Vec<(String, String)> = query_text
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
        .collect();

    let host = lookup(&headers, "host").unwrap_or_default();
    let (bucket, key) = address(host, path, cnames);
    let op = Op::classify(method, key.is_some(), |name| lookup(&query, name).is_some());

    let connection = lookup(&headers, "connection").unwrap_or_default();
    let keep_alive = if minor_version == 0 {
        connection.eq_ignore_ascii_case("keep-alive")
    } else {
        !connection.eq_ignore_ascii_case("close")
    };
    Some(Request {
        method: method.to_owned(),
        path: path.to_owned(),
        framing: framing(&headers)?,
        keep_alive,
        query,
        query_text: query_text.to_owned(),
        headers,
        bucket,
        key,
        op,
    })
}

fn framing(headers: &[(String, String)]) -> Option<Framing> {
    if let Some(coding) = lookup(headers, "transfer-encoding") {
        return coding
            .eq_ignore_ascii_case("chunked")
            .then_some(Framing::Chunked);
    }
    match lookup(headers, "content-length") {
        None => Some(Framing::None),
        Some(text) => text.trim().parse().ok().map(Framing::Length),
    }
}

/// Bucket and key, both decoded, from the host (virtual-host style) or the path (path style).
fn address(
    host: &str,
    path: &str,
    cnames: &BTreeMap<String, String>,
) -> (Option<String>, Option<String>) {
    let rest = path.strip_prefix('/').unwrap_or(path);
    let non_empty = |text: &str| (!text.is_empty()).then(|| decode(text));
    match bucket_of_host(host, cnames) {
        Some(bucket) => (Some(bucket), non_empty(rest)),
        None => {
            let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
            (non_empty(bucket), non_empty(key))
        }
    }
}

fn bucket_of_host(host: &str, cnames: &BTreeMap<String, String>) -> Option<String> {
    let name = match host.strip_prefix('[') {
        Some(_) => return None, // an IPv6 literal
        None => host.split_once(':').map_or(host, |(name, _)| name),
    };
    if let Some(bucket) = cnames.get(name) {
        return Some(bucket.clone());
    }
    if name.parse::<IpAddr>().is_ok() {
        return None;
    }
    let (first, _) = name.split_once('.')?;
    // `oss-cn-hangzhou.aliyuncs.com` is the service, `bucket.oss-cn-hangzhou…` is a bucket.
    (!first.starts_with("oss-")).then(|| first.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(host: &str, method: &str, target: &str) -> Request {
        let headers = vec![("host".to_owned(), host.to_owned())];
        build(method, target, 1, headers, &BTreeMap::new()).unwrap()
    }

    #[test]
    fn addresses_in_both_styles() {
        for (host, target, bucket, key) in [
            ("127.0.0.1:80", "/b/k/1", Some("b"), Some("k/1")),
            ("127.0.0.1", "/b/", Some("b"), None),
            ("[::1]:80", "/b/k", Some("b"), Some("k")),
            ("localhost:80", "/b//k", Some("b"), Some("/k")),
            ("b.localhost:80", "/k%2B%20x", Some("b"), Some("k+ x")),
            ("oss-cn-hangzhou.aliyuncs.com", "/b/k", Some("b"), Some("k")),
            ("b.oss-cn-hangzhou.aliyuncs.com", "/", Some("b"), None),
            ("127.0.0.1", "http://127.0.0.1/b/k?x", Some("b"), Some("k")),
        ] {
            let request = parse(host, "GET", target);
            assert_eq!(request.bucket.as_deref(), bucket, "{host} {target}");
            assert_eq!(request.key.as_deref(), key, "{host} {target}");
        }
    }

    #[test]
    fn a_custom_domain_names_its_bucket() {
        let cnames = BTreeMap::from([("files.example.com".to_owned(), "b".to_owned())]);
        let headers = vec![("host".to_owned(), "files.example.com:8080".to_owned())];
        let request = build("GET", "/a/b", 1, headers, &cnames).unwrap();
        assert_eq!((request.bucket(), request.key()), ("b", "a/b"));
    }

    #[test]
    fn operations() {
        for (method, target, op) in [
            ("POST", "/b/k?uploads", Op::InitiateMultipartUpload),
            ("PUT", "/b/k?partNumber=1&uploadId=u", Op::UploadPart),
            ("GET", "/b/k?uploadId=u&max-parts=2", Op::ListParts),
            ("POST", "/b/k?uploadId=u", Op::CompleteMultipartUpload),
            ("DELETE", "/b/k?uploadId=u", Op::AbortMultipartUpload),
            ("GET", "/b/?uploads&prefix=x", Op::ListMultipartUploads),
            ("PUT", "/b/k", Op::PutObject),
            ("PUT", "/b/k?acl", Op::Other),
            ("HEAD", "/b/k", Op::HeadObject),
            ("GET", "/b/k", Op::GetObject),
            ("DELETE", "/b/k", Op::DeleteObject),
            ("GET", "/b", Op::Other),
        ] {
            assert_eq!(
                parse("127.0.0.1", method, target).op,
                op,
                "{method} {target}"
            );
        }
    }
}
