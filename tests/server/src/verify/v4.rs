//! `OSS4-HMAC-SHA256`.

use std::collections::BTreeSet;

use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

use super::{Claim, Policy, Signed, account, check_skew, mismatch};
use crate::clock;
use crate::error::OssError;
use crate::options::Account;
use crate::request::lookup;

pub const ALGORITHM: &str = "OSS4-HMAC-SHA256";
const TERMINATOR: &str = "aliyun_v4_request";
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";
const MAX_PRESIGN_SECONDS: i64 = 7 * 24 * 3600;

const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
const PATH: &AsciiSet = &COMPONENT.remove(b'/');

/// The `Authorization` header, or the query parameters that stand for it, taken apart.
pub struct Authorization {
    pub access_key_id: String,
    date: String,
    region: String,
    product: String,
    additional: BTreeSet<String>,
    signature: String,
}

impl Authorization {
    pub fn parse(value: &str) -> Option<Authorization> {
        let fields = value.strip_prefix(ALGORITHM)?;
        let mut credential = None;
        let mut additional = "";
        let mut signature = "";
        for field in fields.split(',') {
            match field.trim().split_once('=')? {
                ("Credential", value) => credential = Some(value),
                ("AdditionalHeaders", value) => additional = value,
                ("Signature", value) => signature = value,
                _ => return None,
            }
        }
        Authorization::new(credential?, additional, signature)
    }

    fn new(credential: &str, additional: &str, signature: &str) -> Option<Authorization> {
        let [id, date, region, product, TERMINATOR] = credential.split('/').collect::<Vec<_>>()[..]
        else {
            return None;
        };
        Some(Authorization {
            access_key_id: id.to_owned(),
            date: date.to_owned(),
            region: region.to_owned(),
            product: product.to_owned(),
            additional: additional
                .split(';')
                .filter(|name| !name.is_empty())
                .map(|name| name.trim().to_lowercase())
                .collect(),
            signature: signature.to_owned(),
        })
    }

    fn scope(&self) -> String {
        format!(
            "{}/{}/{}/{TERMINATOR}",
            self.date, self.region, self.product
        )
    }
}

pub fn check_header(
    signed: &Signed<'_>,
    header: &str,
    claim: &Claim,
    policy: &Policy<'_>,
) -> Result<(), OssError> {
    let authorization = Authorization::parse(header).ok_or_else(|| {
        OssError::invalid_argument("The authorization header you provided is invalid.")
    })?;
    let account = account(claim, policy)?;
    if signed.header("x-oss-content-sha256") != Some(UNSIGNED) {
        return Err(OssError::invalid_argument(
            "x-oss-content-sha256 is required and must be UNSIGNED-PAYLOAD.",
        ));
    }
    let date = signed
        .header("x-oss-date")
        .or_else(|| signed.header("date"))
        .unwrap_or_default();
    let signed_at = clock::parse(date)
        .ok_or_else(|| OssError::access_denied("Invalid date in the request."))?;
    check_skew(signed_at, policy.now)?;
    // Real OSS echoes the header, signature included, and tells no region.
    check_scope(&authorization, signed_at, policy)
        .map_err(|error| error.with("Authorization", header))?;
    check_signature(signed, &authorization, date, account)
}

pub fn check_query(
    signed: &Signed<'_>,
    claim: &Claim,
    policy: &Policy<'_>,
) -> Result<(), OssError> {
    let param = |name| lookup(signed.query, name).unwrap_or_default();
    let malformed = || OssError::invalid_argument("The presigned URL you provided is invalid.");
    if param("x-oss-signature-version") != ALGORITHM {
        return Err(malformed());
    }
    let authorization = Authorization::new(
        param("x-oss-credential"),
        param("x-oss-additional-headers"),
        param("x-oss-signature"),
    )
    .ok_or_else(malformed)?;
    let account = account(claim, policy)?;
    let date = param("x-oss-date");
    let signed_at = clock::parse(date).ok_or_else(malformed)?;
    let lifetime: i64 = param("x-oss-expires").parse().map_err(|_| malformed())?;
    if !(1..=MAX_PRESIGN_SECONDS).contains(&lifetime) {
        return Err(malformed());
    }
    if policy.now > signed_at + lifetime {
        return Err(OssError::access_denied("Request has expired."));
    }
    // A URL from the future is judged like a header from the future.
    if signed_at > policy.now {
        check_skew(signed_at, policy.now)?;
    }
    check_scope(&authorization, signed_at, policy)?;
    check_signature(signed, &authorization, date, account)
}

fn check_scope(
    authorization: &Authorization,
    signed_at: i64,
    policy: &Policy<'_>,
) -> Result<(), OssError> {
    if authorization.date != clock::scope_date(signed_at) {
        return Err(OssError::invalid_argument(
            "Invalid signing date in Authorization header.",
        ));
    }
    if authorization.region != policy.region {
        return Err(
            OssError::invalid_argument("Invalid signing region in Authorization header.")
                .with_ec("0002-00000226"),
        );
    }
    if authorization.product != "oss" {
        return Err(
            OssError::invalid_argument("Invalid signing product in Authorization header.")
                .with_ec("0002-00000227"),
        );
    }
    Ok(())
}

fn check_signature(
    signed: &Signed<'_>,
    authorization: &Authorization,
    date: &str,
    account: &Account,
) -> Result<(), OssError> {
    let canonical = canonical_request(signed, &authorization.additional);
    let string_to_sign = string_to_sign(&canonical, date, &authorization.scope());
    if sign(&account.secret, authorization, &string_to_sign) == authorization.signature {
        return Ok(());
    }
    Err(
        mismatch(&account.id, &authorization.signature, &string_to_sign)
            .with("CanonicalRequest", canonical),
    )
}

fn canonical_request(signed: &Signed<'_>, additional: &BTreeSet<String>) -> String {
    let uri = utf8_percent_encode(&signed.resource(), PATH).to_string();

    let encode = |text: &str| utf8_percent_encode(text, COMPONENT).to_string();
    let mut query: Vec<(String, String)> = signed
        .query
        .iter()
        .filter(|(name, _)| name != "x-oss-signature")
        .map(|(name, value)| (encode(name), encode(value)))
        .collect();
    query.sort();
    let query: Vec<String> = query
        .into_iter()
        .map(|(name, value)| {
            if value.is_empty() {
                name
            } else {
                format!("{name}={value}")
            }
        })
        .collect();

    let by_default =
        |name: &str| matches!(name, "content-type" | "content-md5") || name.starts_with("x-oss-");
    let headers: String = signed
        .headers_where(|name| by_default(name) || additional.contains(name))
        .into_iter()
        .map(|(name, value)| format!("{name}:{value}\n"))
        .collect();
    let additional: Vec<&str> = additional
        .iter()
        .map(String::as_str)
        .filter(|name| !by_default(name) && signed.header(name).is_some())
        .collect();
    let payload = signed.header("x-oss-content-sha256").unwrap_or(UNSIGNED);
    [
        signed.method,
        &uri,
        &query.join("&"),
        &headers,
        &additional.join(";"),
        payload,
    ]
    .join("\n")
}

fn string_to_sign(canonical: &str, date: &str, scope: &str) -> String {
    let digest = hex::encode(Sha256::digest(canonical));
    format!("{ALGORITHM}\n{date}\n{scope}\n{digest}")
}

fn sign(secret: &str, authorization: &Authorization, string_to_sign: &str) -> String {
    let mut key = format!("aliyun_v4{secret}").into_bytes();
    for step in [
        authorization.date.as_str(),
        &authorization.region,
        &authorization.product,
        TERMINATOR,
    ] {
        key = hmac(&key, step);
    }
    hex::encode(hmac(&key, string_to_sign))
}

#[cfg(test)]
pub fn sign_for_test(secret: &str, credential: &str, string_to_sign: &str) -> String {
    let authorization = Authorization::new(credential, "", "").expect("a credential scope");
    sign(secret, &authorization, string_to_sign)
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{HEADERS, QUERY, pairs};
    use super::*;

    struct Vector<'a> {
        method: &'a str,
        bucket: &'a str,
        key: &'a str,
        query: Vec<(String, String)>,
        headers: Vec<(String, String)>,
        date: &'a str,
        place: (&'a str, &'a str),
        additional: &'a str,
    }

    impl Vector<'_> {
        fn signature(&self) -> String {
            let signed = Signed {
                method: self.method,
                bucket: Some(self.bucket),
                key: Some(self.key),
                query: &self.query,
                headers: &self.headers,
            };
            let day = clock::scope_date(clock::parse(self.date).unwrap());
            let (region, product) = self.place;
            let credential = format!("ak/{day}/{region}/{product}/{TERMINATOR}");
            let authorization = Authorization::new(&credential, self.additional, "").unwrap();
            let canonical = canonical_request(&signed, &authorization.additional);
            let text = string_to_sign(&canonical, self.date, &authorization.scope());
            sign("sk", &authorization, &text)
        }
    }

    const HANGZHOU: (&str, &str) = ("cn-hangzhou", "oss");
    const CLOUD_BOX: (&str, &str) = ("cb-123", "oss-cloudbox");

    fn in_header<'a>(
        date: &'a str,
        place: (&'a str, &'a str),
        additional: &'a str,
        extra: &[(&str, &str)],
    ) -> Vector<'a> {
        let fixed = [
            ("x-oss-content-sha256", UNSIGNED),
            ("x-oss-date", date),
            ("content-type", "text/plain"),
        ];
        Vector {
            method: "PUT",
            bucket: "bucket",
            key: "1234+-/123/1.txt",
            query: pairs(&[QUERY]),
            headers: pairs(&[HEADERS, &fixed, extra]),
            date,
            place,
            additional,
        }
    }

    #[test]
    fn header_vectors() {
        let token = [("x-oss-security-token", "token")];
        let names = "ZAbc;abc;x-oss-head1;x-oss-no-exist";
        for (vector, expected) in [
            (
                in_header("20231216T162057Z", HANGZHOU, "", &[]),
                "e21d18daa82167720f9b1047ae7e7f1ce7cb77a31e8203a7d5f4624fa0284afe",
            ),
            (
                in_header("20231217T034736Z", HANGZHOU, "", &token),
                "b94a3f999cf85bcdc00d332fbd3734ba03e48382c36fa4d5af5df817395bd9ea",
            ),
            (
                in_header("20231216T172512Z", HANGZHOU, names, &[]),
                "4a4183c187c07c8947db7620deb0a6b38d9fbdd34187b6dbaccb316fa251212f",
            ),
            (
                in_header("20231216T172512Z", HANGZHOU, names, &token),
                "203120400fdac93fd2f87640e5071f19de7c4561090e8a5fcffbe7d1ef89e073",
            ),
            (
                in_header("20231216T162057Z", CLOUD_BOX, "", &[]),
                "94ce1f12c17d148ea681030275a94449d3357f5b5b21133996eec80af3e08a43",
            ),
        ] {
            assert_eq!(vector.signature(), expected);
        }
    }

    #[test]
    fn header_vector_of_a_post() {
        let mut vector = in_header("20231216T162057Z", HANGZHOU, "", &[]);
        vector.method = "POST";
        vector.key = "object";
        vector.query = pairs(&[&[("append", ""), ("position", "0")]]);
        vector.headers.retain(|(name, _)| {
            name.starts_with("x-oss-content") || name == "x-oss-date" || name == "content-type"
        });
        assert_eq!(
            vector.signature(),
            "f7a645f23a0434ea90d5e2bb2bca90d0fda9ef4bc54a9c5008b2134e7c9023f2"
        );
    }

    #[test]
    fn header_vectors_of_the_c_sdk() {
        let on = |date, place, bare: bool| {
            let mut vector = in_header(date, place, "", &[]);
            vector.bucket = "oss-bucket-test";
            vector.key = "test-sign-V4/-!@#$%^&*()/abcdefjhijklmnoqprstuvwxyz/123456789";
            for (name, value) in &mut vector.headers {
                if name == "content-type" {
                    *value = "application/octet-stream".to_owned();
                }
            }
            if bare {
                vector.query.clear();
            }
            vector.signature()
        };
        assert_eq!(
            on("20221016T040719Z", HANGZHOU, false),
            "16e58322c5aafb55edd82813b02d6521caab8194882c786bf0e77b7987a63979"
        );
        assert_eq!(
            on("20221016T091431Z", HANGZHOU, true),
            "5028172a0a3806285979896982bee6e36e915cbf428ee7100a809e1f0ff43b64"
        );
        assert_eq!(
            on("20221016T091831Z", ("cloudbox-id", "oss-cloudbox"), false),
            "939eae7d5012d444c8d1dd8c68811275928f780a859e41ddbe52cf10a100adb4"
        );
    }

    #[test]
    fn presign_vectors() {
        for (date, place, additional, token, expected) in [
            (
                "20231217T025437Z",
                HANGZHOU,
                "",
                None,
                "a39966c61718be0d5b14e668088b3fa07601033f6518ac7b523100014269c0fe",
            ),
            (
                "20231217T035628Z",
                HANGZHOU,
                "",
                Some("token"),
                "3817ac9d206cd6dfc90f1c09c00be45005602e55898f26f5ddb06d7892e1f8b5",
            ),
            (
                "20231217T033009Z",
                HANGZHOU,
                "abc;zabc",
                None,
                "6bd984bfe531afb6db1f7550983a741b103a8c58e5e14f83ea474c2322dfa2b7",
            ),
            (
                "20231217T025437Z",
                CLOUD_BOX,
                "abc;zabc",
                None,
                "07284191b9b4978ac3520cd39ee2dea2747eda454089359371ff463a6c7ba20f",
            ),
            (
                "20231217T033009Z",
                CLOUD_BOX,
                "abc;zabc",
                None,
                "16782cc8a7a554523db055eb804b508522e7e370073108ad88ee2f47496701dd",
            ),
        ] {
            let mut vector = in_header(date, place, additional, &[]);
            let content_type = [("content-type", "application/octet-stream")];
            vector.headers = pairs(&[HEADERS, &content_type]);
            let credential = format!("ak/{}/{}/{}/{TERMINATOR}", &date[..8], place.0, place.1);
            let mut query = vec![
                ("x-oss-signature-version", ALGORITHM),
                ("x-oss-credential", credential.as_str()),
                ("x-oss-date", date),
                ("x-oss-expires", "599"),
                ("x-oss-signature", "not part of what is signed"),
            ];
            if !additional.is_empty() {
                query.push(("x-oss-additional-headers", additional));
            }
            if let Some(token) = token {
                query.push(("x-oss-security-token", token));
            }
            vector.query = pairs(&[QUERY, &query]);
            assert_eq!(vector.signature(), expected, "{date} {place:?}");
        }
    }
}
