//! `OSS access-key-id:signature`, HMAC-SHA1.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use super::{Claim, Policy, Signed, account, check_skew, mismatch};
use crate::clock;
use crate::error::OssError;
use crate::request::lookup;

/// Query parameters that are part of the signed resource; so is every `x-oss-*`.
const SUB_RESOURCES: &[&str] = &[
    "acl",
    "append",
    "bucketInfo",
    "callback",
    "callback-var",
    "cloudboxes",
    "continuation-token",
    "cors",
    "delete",
    "encryption",
    "lifecycle",
    "location",
    "logging",
    "objectMeta",
    "partNumber",
    "policy",
    "position",
    "referer",
    "regionList",
    "resourceGroup",
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
    "restore",
    "security-token",
    "sequential",
    "stat",
    "symlink",
    "tagging",
    "uploadId",
    "uploads",
    "versionId",
    "versioning",
    "versions",
    "website",
];

pub fn parse_authorization(value: &str) -> Option<(&str, &str)> {
    value.strip_prefix("OSS ")?.trim().split_once(':')
}

pub fn check_header(
    signed: &Signed<'_>,
    header: &str,
    claim: &Claim,
    policy: &Policy<'_>,
) -> Result<(), OssError> {
    let (_, provided) = parse_authorization(header).ok_or_else(|| {
        OssError::invalid_argument("The authorization header you provided is invalid.")
    })?;
    let account = account(claim, policy)?;
    let date = signed
        .header("x-oss-date")
        .or_else(|| signed.header("date"))
        .unwrap_or_default();
    let signed_at = clock::parse(date)
        .ok_or_else(|| OssError::access_denied("OSS authentication requires a valid Date."))?;
    check_skew(signed_at, policy.now)?;
    let text = string_to_sign(signed, date);
    if sign(&account.secret, &text) != provided {
        return Err(mismatch(&account.id, provided, &text));
    }
    Ok(())
}

pub fn check_query(
    signed: &Signed<'_>,
    claim: &Claim,
    policy: &Policy<'_>,
) -> Result<(), OssError> {
    let param = |name| lookup(signed.query, name).unwrap_or_default();
    let account = account(claim, policy)?;
    let expires: i64 = param("Expires")
        .parse()
        .map_err(|_| OssError::access_denied("Invalid expires in the presigned URL."))?;
    if policy.now > expires {
        return Err(OssError::access_denied("Request has expired."));
    }
    let text = string_to_sign(signed, param("Expires"));
    if sign(&account.secret, &text) != param("Signature") {
        return Err(mismatch(&account.id, param("Signature"), &text));
    }
    Ok(())
}

/// `date` is the `Expires` value for a presigned URL.
fn string_to_sign(signed: &Signed<'_>, date: &str) -> String {
    let header = |name| signed.header(name).unwrap_or_default();
    let oss_headers: String = signed
        .headers_where(|name| name.starts_with("x-oss-"))
        .into_iter()
        .map(|(name, value)| format!("{name}:{value}\n"))
        .collect();
    format!(
        "{}\n{}\n{}\n{date}\n{oss_headers}{}",
        signed.method,
        header("content-md5"),
        header("content-type"),
        canonical_resource(signed)
    )
}

fn canonical_resource(signed: &Signed<'_>) -> String {
    let mut parts: Vec<(&str, &str)> = signed
        .query
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .filter(|(name, _)| SUB_RESOURCES.contains(name) || name.starts_with("x-oss-"))
        .collect();
    parts.sort_unstable();
    let mut resource = signed.resource();
    for (index, (name, value)) in parts.into_iter().enumerate() {
        resource.push(if index == 0 { '?' } else { '&' });
        resource.push_str(name);
        if !value.is_empty() {
            resource.push('=');
            resource.push_str(value);
        }
    }
    resource
}

fn sign(secret: &str, text: &str) -> String {
    let mut mac =
        Hmac::<Sha1>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(text.as_bytes());
    BASE64.encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::super::tests::pairs;
    use super::*;

    fn signature(
        method: &str,
        resource: (&str, &str),
        query: &[(&str, &str)],
        headers: &[(&str, &str)],
        date: &str,
    ) -> (String, String) {
        let query = pairs(&[query]);
        let headers = pairs(&[headers]);
        let signed = Signed {
            method,
            bucket: Some(resource.0),
            key: (!resource.1.is_empty()).then_some(resource.1),
            query: &query,
            headers: &headers,
        };
        let text = string_to_sign(&signed, date);
        (sign("sk", &text), text)
    }

    const DATE: &str = "Wed, 28 Dec 2022 10:27:41 GMT";

    #[test]
    fn header_vectors() {
        let headers = [
            ("content-md5", "eB5eJF1ptWaXm4bijSPyxw=="),
            ("content-type", "text/html"),
            ("x-oss-meta-author", "alice"),
            ("x-oss-meta-magic", "abracadabra"),
            ("x-oss-date", DATE),
        ];
        let object = ("examplebucket", "nelson");
        let (first, text) = signature("PUT", object, &[], &headers, DATE);
        assert_eq!(
            text,
            "PUT\neB5eJF1ptWaXm4bijSPyxw==\ntext/html\nWed, 28 Dec 2022 10:27:41 GMT\n\
             x-oss-date:Wed, 28 Dec 2022 10:27:41 GMT\nx-oss-meta-author:alice\n\
             x-oss-meta-magic:abracadabra\n/examplebucket/nelson"
        );
        assert_eq!(first, "kSHKmLxlyEAKtZPkJhG9bZb5k7M=");
        let (second, _) = signature("PUT", object, &[("acl", "")], &headers, DATE);
        assert_eq!(second, "/afkugFbmWDQ967j1vr6zygBLQk=");

        let bucket = ("examplebucket", "");
        let date = [("x-oss-date", DATE)];
        let (third, _) = signature("GET", bucket, &[("resourceGroup", "")], &date, DATE);
        assert_eq!(third, "vkQmfuUDyi1uDi3bKt67oemssIs=");
        let query = [("acl", ""), ("resourceGroup", "")];
        let (fourth, _) = signature("GET", bucket, &query, &date, DATE);
        assert_eq!(fourth, "x3E5TgOvl/i7PN618s5mEvpJDYk=");
    }

    #[test]
    fn presign_vectors() {
        let version = ("versionId", "versionId");
        for (key, query, expires, expected) in [
            (
                "key",
                vec![version],
                "1699807420",
                "dcLTea+Yh9ApirQ8o8dOPqtvJXQ=",
            ),
            (
                "key+123",
                vec![version, ("security-token", "token")],
                "1699808204",
                "jzKYRrM5y6Br0dRFPaTGOsbrDhY=",
            ),
            ("key", vec![], "1699807420", "tYKe4BGVXY/MIl5F0qSoNfAnpkk="),
            (
                "key 123",
                vec![],
                "1699807420",
                "atmtmAvDoqfp/WmvKqTvJCgu7jM=",
            ),
        ] {
            let (actual, text) = signature("GET", ("bucket", key), &query, &[], expires);
            assert_eq!(actual, expected, "{text}");
        }
    }
}
