//! Checks who sent a request: V4 and V1 signatures, in headers and in presigned URLs.

mod v1;
mod v4;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::error::OssError;
use crate::options::Account;
use crate::request::{Request, lookup};

const MAX_SKEW_SECONDS: i64 = 15 * 60;
/// White space around a header's value, as HTTP knows it.
const BLANKS: [char; 2] = [' ', '\t'];

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum SignatureVersion {
    V1,
    V4,
}

/// What a signature is checked against.
pub struct Policy<'a> {
    pub accounts: &'a BTreeMap<String, Account>,
    pub region: &'a str,
    /// The server's idea of the time, in Unix seconds.
    pub now: i64,
}

/// The signed parts of a request. Names of headers are lower case, query values are decoded.
struct Signed<'a> {
    method: &'a str,
    bucket: Option<&'a str>,
    key: Option<&'a str>,
    query: &'a [(String, String)],
    headers: &'a [(String, String)],
}

impl<'a> Signed<'a> {
    fn of(request: &'a Request) -> Signed<'a> {
        Signed {
            method: &request.method,
            bucket: request.bucket.as_deref(),
            key: request.key.as_deref(),
            query: &request.query,
            headers: &request.headers,
        }
    }

    fn header(&self, name: &str) -> Option<&'a str> {
        lookup(self.headers, name)
    }

    /// `/`, `/bucket/` or `/bucket/key`, decoded: the same in every addressing style.
    fn resource(&self) -> String {
        match (self.bucket, self.key) {
            (None, _) => "/".to_owned(),
            (Some(bucket), key) => format!("/{bucket}/{}", key.unwrap_or_default()),
        }
    }

    /// Lower-case names with their trimmed values, sorted; repeated headers are joined.
    fn headers_where(&self, keep: impl Fn(&str) -> bool) -> BTreeMap<&'a str, String> {
        let mut kept: BTreeMap<&str, String> = BTreeMap::new();
        for (name, value) in self.headers.iter().filter(|(name, _)| keep(name)) {
            kept.entry(name)
                .and_modify(|joined| {
                    joined.push(',');
                    joined.push_str(value.trim_matches(BLANKS));
                })
                .or_insert_with(|| value.trim_matches(BLANKS).to_owned());
        }
        kept
    }
}

/// What a request claims, for the log: known before anything is checked.
#[derive(Clone, Debug, Default)]
pub struct Claim {
    pub version: Option<SignatureVersion>,
    pub access_key_id: Option<String>,
    pub security_token: Option<String>,
}

/// Reads the claim of a request without judging it.
pub fn claim(request: &Request) -> Claim {
    let (version, access_key_id) = match request.header("authorization") {
        Some(value) if value.starts_with(v4::ALGORITHM) => (
            Some(SignatureVersion::V4),
            v4::Authorization::parse(value).map(|parsed| parsed.access_key_id),
        ),
        Some(value) => (
            value.starts_with("OSS ").then_some(SignatureVersion::V1),
            v1::parse_authorization(value).map(|(id, _)| id.to_owned()),
        ),
        None => match request.param("x-oss-credential") {
            Some(credential) => (
                Some(SignatureVersion::V4),
                credential.split('/').next().map(str::to_owned),
            ),
            None => (
                request.param("Signature").map(|_| SignatureVersion::V1),
                request.param("OSSAccessKeyId").map(str::to_owned),
            ),
        },
    };
    let security_token = request
        .header("x-oss-security-token")
        .or_else(|| request.param("x-oss-security-token"))
        .or_else(|| request.param("security-token"))
        .map(str::to_owned);
    Claim {
        version,
        access_key_id,
        security_token,
    }
}

/// Checks account, token, time and signature, in the order real OSS reports them.
pub fn verify(request: &Request, claim: &Claim, policy: &Policy<'_>) -> Result<(), OssError> {
    let signed = Signed::of(request);
    match (claim.version, request.header("authorization")) {
        (Some(SignatureVersion::V4), Some(header)) => {
            v4::check_header(&signed, header, claim, policy)
        }
        (Some(SignatureVersion::V4), None) => v4::check_query(&signed, claim, policy),
        (Some(SignatureVersion::V1), Some(header)) => {
            v1::check_header(&signed, header, claim, policy)
        }
        (Some(SignatureVersion::V1), None) => v1::check_query(&signed, claim, policy),
        (None, Some(_)) => Err(OssError::invalid_argument(
            "The authorization header you provided is invalid.",
        )),
        (None, None) => Err(OssError::access_denied(
            "You have no right to access this object because of bucket acl.",
        )),
    }
}

/// Finds the account of a claim, and holds the claim's token against it.
fn account<'a>(claim: &Claim, policy: &Policy<'a>) -> Result<&'a Account, OssError> {
    let id = claim.access_key_id.as_deref().unwrap_or_default();
    let unknown = || {
        OssError::new(
            403,
            "InvalidAccessKeyId",
            "The OSS Access Key Id you provided does not exist in our records.",
        )
        .with("OSSAccessKeyId", id)
    };
    let account = policy.accounts.get(id).ok_or_else(unknown)?;
    match (&account.token, &claim.security_token) {
        (None, None) => {}
        // A temporary key without its token looks to OSS like a key it has never seen.
        (Some(_), None) => return Err(unknown()),
        (Some(expected), Some(given)) if expected == given => {}
        (_, Some(_)) => {
            return Err(OssError::new(
                403,
                "InvalidSecurityToken",
                "The security token you provided is invalid.",
            ));
        }
    }
    if account.expires_at.is_some_and(|at| at <= policy.now) {
        return Err(OssError::new(
            403,
            "SecurityTokenExpired",
            "The security token you provided has expired.",
        ));
    }
    Ok(account)
}

fn check_skew(signed_at: i64, now: i64) -> Result<(), OssError> {
    if (signed_at - now).abs() > MAX_SKEW_SECONDS {
        return Err(OssError::skewed(signed_at, now));
    }
    Ok(())
}

/// The body echoes what was signed, security token included, exactly because real OSS does:
/// a client that prints error bodies must be caught leaking.
fn mismatch(access_key_id: &str, provided: &str, string_to_sign: &str) -> OssError {
    let bytes: Vec<String> = string_to_sign
        .bytes()
        .map(|byte| format!("{byte:02X}"))
        .collect();
    OssError::new(
        403,
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. Check \
         your key and signing method.",
    )
    .with("OSSAccessKeyId", access_key_id)
    .with("SignatureProvided", provided)
    .with("StringToSign", string_to_sign)
    .with("StringToSignBytes", bytes.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    /// The request all V4 vectors of the official SDKs share.
    pub const QUERY: &[(&str, &str)] = &[
        ("param1", "value1"),
        ("+param1", "value3"),
        ("|param1", "value4"),
        ("+param2", ""),
        ("|param2", ""),
        ("param2", ""),
    ];
    pub const HEADERS: &[(&str, &str)] = &[
        ("x-oss-head1", "value"),
        ("abc", "value"),
        ("zabc", "value"),
        ("xyz", "value"),
    ];

    pub fn pairs(parts: &[&[(&str, &str)]]) -> Vec<(String, String)> {
        parts
            .iter()
            .flat_map(|part| part.iter())
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    const NOW: i64 = 1_702_743_657;

    /// Signs with V4 as of `NOW`, in the header or in the URL, and has it checked at `now`.
    fn judge(region: &str, scope_day: &str, presign: bool, now: i64) -> Result<(), String> {
        let date = "20231216T162057Z";
        assert_eq!(clock::parse(date), Some(NOW));
        let credential = format!("ak/{scope_day}/{region}/oss/aliyun_v4_request");
        let target = |signature: &str| {
            let mut target = "/bucket/a%20%2B%7E%E6%96%87?uploads".to_owned();
            if presign {
                target.push_str(&format!(
                    "&x-oss-signature-version=OSS4-HMAC-SHA256&x-oss-credential={credential}\
                     &x-oss-date={date}&x-oss-expires=600&x-oss-signature={signature}"
                ));
            }
            target
        };
        let headers = |signature: &str| {
            let authorization =
                format!("OSS4-HMAC-SHA256 Credential={credential},Signature={signature}");
            let mut headers = pairs(&[&[("host", "127.0.0.1")]]);
            if !presign {
                headers.extend(pairs(&[&[
                    ("x-oss-content-sha256", "UNSIGNED-PAYLOAD"),
                    ("x-oss-date", date),
                    ("authorization", &authorization),
                ]]));
            }
            headers
        };
        let policy = Policy {
            accounts: &BTreeMap::from([("ak".to_owned(), Account::new("ak", "sk", None))]),
            region: "cn-hangzhou",
            now,
        };
        let check = |signature: &str| {
            let (target, headers) = (target(signature), headers(signature));
            let none = BTreeMap::new();
            let request = crate::request::build("POST", &target, 1, headers, &none).unwrap();
            verify(&request, &claim(&request), &policy)
        };
        // The first refusal tells what should have been signed; this test knows the secret.
        let refusal = check("0").unwrap_err();
        let element = |name| lookup_extra(&refusal, name);
        match element("StringToSign") {
            Some(text) => check(&v4::sign_for_test("sk", &credential, text)),
            None => Err(refusal.clone()),
        }
        .map_err(|error| format!("{} {}", error.status, error.code))
    }

    fn lookup_extra<'a>(error: &'a OssError, name: &str) -> Option<&'a str> {
        let found = error.extra.iter().find(|(given, _)| *given == name);
        found.map(|(_, value)| value.as_str())
    }

    #[test]
    fn v4_is_judged_by_region_day_and_time() {
        let refused = |text: &str| Err(text.to_owned());
        for presign in [false, true] {
            let judge = |region, day, now| judge(region, day, presign, now);
            assert_eq!(judge("cn-hangzhou", "20231216", NOW + 599), Ok(()));
            assert_eq!(
                judge("cn-beijing", "20231216", NOW),
                refused("400 InvalidArgument")
            );
            assert_eq!(
                judge("cn-hangzhou", "20231215", NOW),
                refused("400 InvalidArgument")
            );
            assert_eq!(
                judge("cn-hangzhou", "20231216", NOW - 901),
                refused("403 RequestTimeTooSkewed")
            );
        }
        let late = NOW + 901;
        assert_eq!(
            judge("cn-hangzhou", "20231216", true, late),
            refused("403 AccessDenied")
        );
        assert_eq!(
            judge("cn-hangzhou", "20231216", false, late),
            refused("403 RequestTimeTooSkewed")
        );
    }
}
