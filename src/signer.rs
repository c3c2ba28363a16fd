//! OSS signatures V4 and V1: a pure function, request in → headers (or query pairs) out.
//!
//! The rules are those of the OSS documentation, "Include a V4 (V1) signature in the
//! Authorization header" and "in a URL"; `tests/signer.rs` holds the vectors.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write};
use std::time::{Duration, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::digest::{Digest, Key, KeyInit, Mac, Output};
use hmac::{EagerHash, Hmac};
use sha1::Sha1;
use sha2::Sha256;
use zeroize::{Zeroize, Zeroizing};

use crate::bug::{self, Bug};

const ALGORITHM: &str = "OSS4-HMAC-SHA256";
const REQUEST: &str = "aliyun_v4_request";
const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";

/// 9999-12-31T23:59:59Z, the last second both date formats can write.
const LAST_SECOND: u64 = 253_402_300_799;

/// The query names V1 signs, besides all that begin with `x-oss-`, in byte order.
///
/// The union of what the official SDKs sign. Notably absent: `encoding-type`, `max-parts`,
/// `part-number-marker` and the other paging parameters.
#[rustfmt::skip]
const SUB_RESOURCES: [&str; 52] = [
    "acl", "append", "bucketInfo", "callback", "callback-var", "cloudboxes", "comp",
    "continuation-token", "cors", "delete", "encryption", "endTime", "inventory", "inventoryId",
    "lifecycle", "live", "location", "logging", "objectMeta", "partNumber", "policy",
    "position", "qos", "qosInfo", "referer", "regionList", "requestPayment", "resourceGroup",
    "response-cache-control", "response-content-disposition", "response-content-encoding",
    "response-content-language", "response-content-type", "response-expires", "restore",
    "security-token", "sequential", "startTime", "stat", "status", "symlink", "tagging",
    "uploadId", "uploads", "versionId", "versioning", "versions", "vod", "website", "worm",
    "wormExtend", "wormId",
];

/// What HTTP does not count at the ends of a header's value.
const BLANKS: [char; 4] = [' ', '\t', '\r', '\n'];

/// The signature version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Version {
    /// HMAC-SHA256, bound to a day, a region and a product; the default.
    #[default]
    V4,
    /// HMAC-SHA1, for services that do not know V4.
    V1,
}

/// What is signed of a request.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The HTTP verb, in capitals.
    pub method: &'a str,
    /// The bucket, also when the host name implies it; `None` for the service itself.
    pub bucket: Option<&'a str>,
    /// The object key, not encoded; `None` for the bucket itself.
    pub key: Option<&'a str>,
    /// The query, decoded; a parameter without `=` has an empty value.
    pub query: &'a [(Cow<'a, str>, Cow<'a, str>)],
    /// The headers that will be sent, names in any case.
    ///
    /// Those the signer makes itself (see [`Signer::sign`]) are left out of account, except
    /// `date` and `x-oss-date` for V1 and `x-oss-content-sha256`, which are taken as given.
    pub headers: &'a [(&'a str, &'a str)],
    /// Names of further headers to sign with V4, in any case. Names that are signed anyway
    /// and names that are not among `headers` are left out.
    pub additional_headers: &'a [&'a str],
}

/// Signs requests with one access key.
#[derive(Clone, Copy)]
pub struct Signer<'a> {
    /// The signature version.
    pub version: Version,
    /// The access key id.
    pub access_key_id: &'a str,
    /// The access key secret.
    pub access_key_secret: &'a str,
    /// The token of temporary (STS) credentials.
    pub security_token: Option<&'a str>,
    /// The region without `oss-`, such as `cn-hangzhou`, or the CloudBox id; V4 only.
    pub region: &'a str,
    /// `oss`, or `oss-cloudbox`; V4 only.
    pub product: &'a str,
}

impl fmt::Debug for Signer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("version", &self.version)
            .field("access_key_id", &self.access_key_id)
            .field("access_key_secret", &"***")
            .field("security_token", &self.security_token.map(|_| "***"))
            .field("region", &self.region)
            .field("product", &self.product)
            .finish()
    }
}

impl Signer<'_> {
    /// The headers to add to `request`, names in lower case, when it is sent at `now` (unix
    /// seconds, by the server's clock): `authorization`, `x-oss-security-token` with a token,
    /// and those of the following that `request` does not bring along where it may.
    ///
    /// V4: `x-oss-date`, `x-oss-content-sha256`. V1: `date`, unless there is an `x-oss-date`.
    pub fn sign(&self, request: &Request<'_>, now: u64) -> Vec<(&'static str, String)> {
        let now = now.min(LAST_SECOND);
        let mut headers = self.collect_headers(request);
        let mut added = Vec::with_capacity(4);
        let token = self.security_token.map(str::to_owned);
        added.extend(token.map(|token| ("x-oss-security-token", token)));
        match self.version {
            Version::V4 => {
                added.push(("x-oss-date", timestamp(now)));
                if !headers.contains_key("x-oss-content-sha256") {
                    added.push(("x-oss-content-sha256", UNSIGNED_PAYLOAD.to_owned()));
                }
            }
            Version::V1 if headers.contains_key("x-oss-date") || headers.contains_key("date") => {}
            Version::V1 => {
                let time = UNIX_EPOCH + Duration::from_secs(now);
                added.push(("date", httpdate::fmt_http_date(time)));
            }
        }
        headers.extend(added.iter().cloned().map(|(n, v)| (n.to_owned(), v)));
        let authorization = match self.version {
            Version::V4 => {
                let (id, scope) = (self.access_key_id, self.scope(now));
                let mut additional = additional_headers(request, &headers);
                let canonical = canonical_request(request, &[], &headers, &additional);
                let signature = self.signature_v4(now, &canonical);
                if !additional.is_empty() {
                    additional.insert_str(0, ",AdditionalHeaders=");
                }
                format!("{ALGORITHM} Credential={id}/{scope}{additional},Signature={signature}")
            }
            Version::V1 => {
                let date = headers.get("x-oss-date").or(headers.get("date"));
                let date = date.map_or("", String::as_str);
                let to_sign = string_to_sign_v1(request, &[], &headers, date);
                format!("OSS {}:{}", self.access_key_id, self.signature_v1(&to_sign))
            }
        };
        added.push(("authorization", authorization));
        added
    }

    /// The query pairs, decoded, to append to the URL of `request` so that anyone may send it
    /// from `now` (unix seconds) until `expires` seconds later; OSS allows V4 seven days.
    ///
    /// The headers of `request` that are signed have to be sent exactly as given.
    pub fn presign(
        &self,
        request: &Request<'_>,
        now: u64,
        expires: u64,
    ) -> Vec<(&'static str, String)> {
        let now = now.min(LAST_SECOND);
        let headers = self.collect_headers(request);
        let token = self.security_token.map(str::to_owned);
        match self.version {
            Version::V4 => {
                let credential = format!("{}/{}", self.access_key_id, self.scope(now));
                let additional = additional_headers(request, &headers);
                let mut added = vec![
                    ("x-oss-signature-version", ALGORITHM.to_owned()),
                    ("x-oss-credential", credential),
                    ("x-oss-date", timestamp(now)),
                    ("x-oss-expires", expires.to_string()),
                ];
                if !additional.is_empty() {
                    added.push(("x-oss-additional-headers", additional.clone()));
                }
                added.extend(token.map(|token| ("x-oss-security-token", token)));
                let canonical = canonical_request(request, &added, &headers, &additional);
                let signature = self.signature_v4(now, &canonical);
                added.push(("x-oss-signature", signature));
                added
            }
            Version::V1 => {
                let expires = now.saturating_add(expires).to_string();
                let mut added: Vec<_> = token.map(|t| ("security-token", t)).into_iter().collect();
                let to_sign = string_to_sign_v1(request, &added, &headers, &expires);
                added.push(("OSSAccessKeyId", self.access_key_id.to_owned()));
                added.push(("Expires", expires));
                added.push(("Signature", self.signature_v1(&to_sign)));
                added
            }
        }
    }

    /// The headers of `request`: names in lower case, values trimmed, values of the same name
    /// joined; without those that only the signer may set.
    fn collect_headers(&self, request: &Request<'_>) -> BTreeMap<String, String> {
        let mut headers = BTreeMap::<String, String>::new();
        for (name, value) in request.headers {
            let name = name.to_ascii_lowercase();
            let value = value.trim_matches(BLANKS);
            match (name.as_str(), self.version) {
                ("authorization" | "x-oss-security-token", _) | ("x-oss-date", Version::V4) => {}
                _ => {
                    let joined = headers.entry(name).and_modify(|v| *v += ",").or_default();
                    *joined += value;
                }
            }
        }
        headers
    }

    fn scope(&self, now: u64) -> String {
        format!("{}/{}/{}/{REQUEST}", date(now), self.region, self.product)
    }

    fn signature_v4(&self, now: u64, canonical_request: &str) -> String {
        let (time, scope) = (timestamp(now), self.scope(now));
        let hash = hex(&Sha256::digest(canonical_request));
        let to_sign = format!("{ALGORITHM}\n{time}\n{scope}\n{hash}");
        let mut key = Zeroizing::new(Vec::with_capacity(9 + self.access_key_secret.len()));
        key.extend_from_slice(b"aliyun_v4");
        key.extend_from_slice(self.access_key_secret.as_bytes());
        // Four rounds take a few microseconds, so the derived key is not worth keeping around.
        for step in [&date(now), self.region, self.product, REQUEST] {
            key = Zeroizing::new(hmac::<Sha256>(&key, step).to_vec());
        }
        hex(&hmac::<Sha256>(&key, &to_sign))
    }

    fn signature_v1(&self, to_sign: &str) -> String {
        STANDARD.encode(hmac::<Sha1>(self.access_key_secret.as_bytes(), to_sign))
    }
}

/// Percent-encodes everything but the unreserved characters of RFC 3986: what a query name or
/// value is signed as, and has to be sent as.
pub fn uri_encode(text: &str) -> String {
    percent_encode(text, b"-_.~")
}

/// As [`uri_encode`], but keeps `/`: what an object key is signed as, and has to be sent as.
pub fn uri_encode_path(text: &str) -> String {
    percent_encode(text, b"-_.~/")
}

fn percent_encode(text: &str, keep: &[u8]) -> String {
    let mut encoded = String::with_capacity(text.len());
    let kept = |byte| keep.contains(&byte) || (byte == b'+' && bug::seeded(Bug::PlusUnescaped));
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || kept(byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing into a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// Whether V4 signs the header of this lower-case name without being asked to.
fn is_signed_header(name: &str) -> bool {
    name.starts_with("x-oss-") || matches!(name, "content-type" | "content-md5")
}

/// The additional headers to sign: lower case, sorted, each once, joined by `;`.
fn additional_headers(request: &Request<'_>, headers: &BTreeMap<String, String>) -> String {
    let names: BTreeSet<_> = (request.additional_headers.iter())
        .map(|name| name.to_ascii_lowercase())
        .filter(|name| !is_signed_header(name) && headers.contains_key(name))
        .collect();
    names.into_iter().collect::<Vec<_>>().join(";")
}

fn canonical_request(
    request: &Request<'_>,
    more_query: &[(&str, String)],
    headers: &BTreeMap<String, String>,
    additional: &str,
) -> String {
    let query = all_pairs(request, more_query);
    let signed: String = headers
        .iter()
        .filter(|(name, _)| is_signed_header(name) || additional.split(';').any(|n| n == *name))
        .map(|(name, value)| format!("{name}:{value}\n"))
        .collect();

    let payload = headers.get("x-oss-content-sha256");
    [
        request.method,
        &uri_encode_path(&resource(request)),
        &join_sorted(query.map(|(name, value)| (uri_encode(name), uri_encode(value)))),
        &signed,
        additional,
        payload.map_or(UNSIGNED_PAYLOAD, String::as_str),
    ]
    .join("\n")
}

fn string_to_sign_v1(
    request: &Request<'_>,
    more_query: &[(&str, String)],
    headers: &BTreeMap<String, String>,
    date: &str,
) -> String {
    let header = |name| headers.get(name).map_or("", String::as_str);
    let oss_headers: String = headers
        .iter()
        .filter(|(name, _)| name.starts_with("x-oss-"))
        .map(|(name, value)| format!("{name}:{value}\n"))
        .collect();

    let query = join_sorted(all_pairs(request, more_query).filter(|(name, _)| {
        name.starts_with("x-oss-") || SUB_RESOURCES.binary_search(name).is_ok()
    }));
    let mark = if query.is_empty() { "" } else { "?" };

    format!(
        "{}\n{}\n{}\n{date}\n{oss_headers}{}{mark}{}",
        request.method,
        header("content-md5"),
        header("content-type"),
        resource(request),
        query,
    )
}

/// `/`, `/bucket/` or `/bucket/key`, whichever way the URL addresses the bucket.
fn resource(request: &Request<'_>) -> String {
    request.bucket.map_or_else(
        || "/".to_owned(),
        |bucket| format!("/{bucket}/{}", request.key.unwrap_or_default()),
    )
}

fn all_pairs<'a>(
    request: &'a Request<'_>,
    more: &'a [(&str, String)],
) -> impl Iterator<Item = (&'a str, &'a str)> {
    let given = request.query.iter().map(|(n, v)| (n.as_ref(), v.as_ref()));
    given.chain(more.iter().map(|(n, v)| (*n, v.as_str())))
}

/// `name=value`, or `name` alone when there is no value, in byte order.
fn join_sorted<T: AsRef<str> + Ord>(pairs: impl Iterator<Item = (T, T)>) -> String {
    let mut pairs: Vec<_> = pairs.collect();
    pairs.sort_unstable();
    let pairs: Vec<_> = pairs
        .iter()
        .map(|(name, value)| (name.as_ref(), value.as_ref()))
        .map(|(name, value)| [name, if value.is_empty() { "" } else { "=" }, value].concat())
        .collect();
    pairs.join("&")
}

fn hmac<D>(key: &[u8], message: &str) -> Output<Hmac<D>>
where
    D: EagerHash + Digest,
    Hmac<D>: KeyInit + Mac,
{
    // A key of exactly one block is the only one that needs no error path. Shorter ones are
    // padded with zeros, longer ones hashed first (RFC 2104).
    let mut block = Key::<Hmac<D>>::default();
    if key.len() <= block.len() {
        block[..key.len()].copy_from_slice(key);
    } else {
        let hash = D::digest(key);
        block[..hash.len()].copy_from_slice(&hash);
    }
    let mac = <Hmac<D> as KeyInit>::new(&block).chain_update(message);
    block.as_mut_slice().zeroize();
    mac.finalize().into_bytes()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `yyyyMMdd`
fn date(now: u64) -> String {
    timestamp(now).chars().take(8).collect()
}

/// `yyyyMMdd'T'HHmmss'Z'`
fn timestamp(now: u64) -> String {
    let (year, month, day) = civil_date(now / 86_400);
    let (hour, minute, second) = (now / 3600 % 24, now / 60 % 60, now % 60);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

/// Year, month and day, `days` after 1970-01-01.
fn civil_date(days: u64) -> (u64, u64, u64) {
    // Counted from 0000-03-01: with February last, a leap day never shifts a month.
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    // From March on, the months have 31, 30, 31, 30, 31 days, over and over.
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let year = 400 * era + year;
    if month < 10 {
        (year, month + 3, day)
    } else {
        (year + 1, month - 9, day)
    }
}
