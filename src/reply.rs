//! Reading replies: what OSS says, what a person is told of it, and what may be tried again. Pure but
//! for the correction of the clock.

use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::bug::{self, Bug};
use crate::call::{Answer, Committed, Failure, FailureKind, Outcome, SignAgain};
use crate::client::Clock;
use crate::credentials::Credentials;
use crate::error::{Code, Error, ServiceReply, Stage};
use crate::http::Reply;
use crate::xml;

/// Longer waits than this are not believed.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(60);
const MAX_ETAG: usize = 256;
const MAX_REQUEST_ID: usize = 64;

/// CRC64 of what the server has, as it says.
pub fn crc64(reply: &Reply) -> Option<u64> {
    reply.header("x-oss-hash-crc64ecma")?.trim().parse().ok()
}

/// Without quotes; proxies change their form, so the form is not relied on.
pub fn etag(reply: &Reply) -> Option<String> {
    let etag = reply.header("etag")?.trim();
    let etag = etag.strip_prefix("W/").unwrap_or(etag).trim_matches('"');
    let usable = !etag.is_empty() && etag.len() <= MAX_ETAG;
    usable.then(|| etag.to_owned())
}

/// The server's clock, in unix seconds.
fn date(reply: &Reply) -> Option<i64> {
    let date = httpdate::parse_http_date(reply.header("date")?.trim()).ok()?;
    let since = date.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_secs()).ok()
}

pub fn initiate(reply: &Reply) -> Outcome {
    match xml::initiate(&reply.body) {
        Ok(initiated) => Ok(Answer::Initiated {
            upload_id: initiated.upload_id,
        }),
        Err(error) => Err(unclear(reply, Stage::Initiate, &error.to_string())),
    }
}

/// OSS has nothing to say about it; whoever sends a page has not asked OSS.
pub fn aborted(reply: &Reply) -> Outcome {
    if reply.body.is_empty() {
        return Ok(Answer::Aborted);
    }
    Err(unclear(reply, Stage::Abort, "is not empty"))
}

pub fn list_parts(reply: &Reply, marker: u32) -> Outcome {
    let page = xml::list_parts(&reply.body)
        .map_err(|error| unclear(reply, Stage::Resume, &error.to_string()))?;
    // A list that does not move on would never end.
    let next = page
        .next_marker(marker)
        .map_err(|error| unclear(reply, Stage::Resume, &error.to_string()))?;
    Ok(Answer::Listed {
        parts: page.parts,
        next,
    })
}

pub fn list_uploads(reply: &Reply) -> Outcome {
    match xml::uploads::list_uploads(&reply.body) {
        Ok(page) => Ok(Answer::ListedUploads {
            page,
            now: date(reply),
        }),
        Err(error) => Err(unclear(reply, Stage::Prepare, &error.to_string())),
    }
}

pub fn head(reply: Reply) -> Outcome {
    let size = reply
        .header("content-length")
        .and_then(|length| length.parse().ok());
    match size {
        Some(size) => Ok(Answer::Head {
            size,
            found: reply.into(),
        }),
        None => Err(unclear(&reply, Stage::Settle, "has no Content-Length")),
    }
}

/// 200 alone proves nothing: OSS may have had to answer before it knew how it would end.
pub fn complete(reply: Reply, has_callback: bool) -> Outcome {
    if reply.status != 200 {
        return committed(reply).map(Answer::Completed);
    }
    if has_callback && crc64(&reply).is_some() {
        // The body is the callback receiver's and may be anything.
        return Ok(Answer::Completed(reply.into()));
    }
    if bug::seeded(Bug::ErrorIn200Ignored) {
        return Ok(Answer::Completed(reply.into()));
    }
    if let Ok(error) = xml::error(&reply.body) {
        return Err(error_in_success(&reply, error));
    }
    match xml::complete(&reply.body) {
        Ok(result) => {
            let mut committed = Committed::from(reply);
            let named = result.etag.trim_matches('"').to_owned();
            committed.etag = committed
                .etag
                .or(Some(named))
                .filter(|etag| !etag.is_empty());
            Ok(Answer::Completed(committed))
        }
        Err(_) if has_callback => Ok(Answer::Completed(reply.into())),
        Err(error) => Err(unclear(&reply, Stage::Complete, &error.to_string())),
    }
}

/// An object that is stored; 203 says that only its callback failed. No other success is OSS's.
pub fn committed(reply: Reply) -> Result<Committed, Failure> {
    if !matches!(reply.status, 200 | 203) {
        return Err(unclear(&reply, Stage::Complete, "is neither 200 nor 203"));
    }
    let callback_failed = (reply.status == 203).then(|| {
        let error = xml::error(&reply.body).ok();
        let text = error.map(|error| error.message);
        text.unwrap_or_else(|| "the callback failed".to_owned())
    });
    let mut committed = Committed::from(reply);
    committed.callback_failed = callback_failed;
    Ok(committed)
}

/// What a committed object says about itself; shared by Complete, PutObject and HEAD.
impl From<Reply> for Committed {
    fn from(reply: Reply) -> Committed {
        Committed {
            status: reply.status,
            etag: etag(&reply),
            crc64: crc64(&reply),
            version_id: reply.header("x-oss-version-id").map(str::to_owned),
            request_id: request_id(&reply).map(str::to_owned),
            headers: reply.headers,
            body: reply.body.to_vec(),
            callback_failed: None,
        }
    }
}

fn error_in_success(reply: &Reply, mut error: xml::ErrorReply) -> Failure {
    scrub_signature(&mut error.message);
    let transient = matches!(
        error.code.as_str(),
        "InternalError" | "ServiceUnavailable" | "RequestTimeout" | "SlowDown" | ""
    );
    let (error_code, text) = (error.code.clone(), error.message.clone());
    let service = service_reply(reply, Some(error));
    Failure {
        kind: FailureKind::Service {
            status: match error_code.as_str() {
                _ if transient => 500,
                "NoSuchUpload" => 404,
                "FileAlreadyExists" => 409,
                _ => 400,
            },
            retry_after: None,
            sign_again: SignAgain::No,
        },
        maybe_applied: transient,
        error: Error::new(
            Code::Service,
            format!("OSS answered 200 with the error {error_code}: {text}"),
        )
        .at(Stage::Complete)
        .retryable(transient)
        .with_service(service),
    }
}

/// An answer that is neither a success nor an error of OSS.
pub fn unclear(reply: &Reply, stage: Stage, problem: &str) -> Failure {
    Failure {
        kind: FailureKind::Unclear,
        maybe_applied: true,
        error: Error::new(
            Code::Service,
            format!("the answer (HTTP {}) is not OSS's: {problem}", reply.status),
        )
        .at(stage)
        .retryable(true)
        .with_service(service_reply(reply, None)),
    }
}

/// Reads an error reply. Corrects the clock when OSS says that it is wrong.
pub fn refusal(reply: &Reply, stage: Stage, credentials: &Credentials, clock: &Clock) -> Failure {
    let document = match reply.header("x-oss-err") {
        // The reply to HEAD has no body.
        Some(encoded) if reply.body.is_empty() => STANDARD.decode(encoded).unwrap_or_default(),
        _ => reply.body.to_vec(),
    };
    let mut error = xml::error(&document).ok();
    if let Some(error) = &mut error {
        for text in [&mut error.code, &mut error.message, &mut error.request_id]
            .into_iter()
            .chain([&mut error.host_id, &mut error.ec])
            .chain(&mut error.endpoint)
            .chain(&mut error.region)
        {
            scrub(text, credentials);
        }
    }
    let code = error
        .as_ref()
        .map(|error| error.code.clone())
        .unwrap_or_default();
    let sign_again = match (code.as_str(), &error) {
        ("RequestTimeTooSkewed", Some(error)) => {
            match error.server_time.as_deref().and_then(parse_time) {
                Some(seconds) => {
                    clock.correct(seconds);
                    SignAgain::Clock
                }
                None => SignAgain::No,
            }
        }
        _ => SignAgain::No,
    };
    let message = message(reply, error.as_ref());
    Failure {
        kind: FailureKind::Service {
            status: reply.status,
            retry_after: retry_after(reply),
            sign_again,
        },
        // A gateway's 5xx says nothing about what happened behind it.
        maybe_applied: reply.status >= 500,
        error: Error::new(Code::Service, message)
            .at(stage)
            .retryable(is_transient(reply.status, &code))
            .with_service(service_reply(reply, error)),
    }
}

fn message(reply: &Reply, error: Option<&xml::ErrorReply>) -> String {
    let status = reply.status;
    if (300..400).contains(&status) {
        let target = reply
            .header("location")
            .and_then(|location| location.parse::<http::Uri>().ok())
            .and_then(|uri| uri.host().map(str::to_owned));
        let endpoint = error.and_then(|error| error.endpoint.clone());
        let hint = endpoint.or(target).map_or_else(String::new, |host| {
            format!("; it names {host}, which is the endpoint to use if you trust it")
        });
        return format!("OSS redirects (HTTP {status}), which is never followed{hint}");
    }
    match error {
        Some(error) => {
            let hint = match (&error.endpoint, &error.region) {
                (Some(endpoint), _) => format!("; the right endpoint is {endpoint:?}"),
                (None, Some(region)) => format!("; the right region is {region:?}"),
                (None, None) => String::new(),
            };
            format!(
                "OSS answered {status} {}: {}{hint}",
                error.code, error.message
            )
        }
        None => format!("HTTP {status} without an error document of OSS"),
    }
}

/// Who answered, for what is found wrong with a success later.
pub fn service(reply: &Reply) -> ServiceReply {
    service_reply(reply, None)
}

fn service_reply(reply: &Reply, error: Option<xml::ErrorReply>) -> ServiceReply {
    let header = |name: &str| plain(reply, name).map(str::to_owned);
    let given = |text: String| (!text.is_empty()).then_some(text);
    let mut service = ServiceReply {
        http_status: reply.status,
        ..ServiceReply::default()
    };
    if let Some(error) = error {
        service.code = given(error.code);
        service.message = given(error.message);
        service.request_id = given(error.request_id);
        service.host_id = given(error.host_id);
        service.ec = given(error.ec);
    }
    let [request_id, ec] = TOLD;
    service.request_id = service.request_id.or_else(|| header(request_id));
    service.ec = service.ec.or_else(|| header(ec));
    service
}

/// OSS: 408 and 429, everything from 500 up, and those 400s that are no fault of the request.
pub fn is_transient(status: u16, oss_code: &str) -> bool {
    match status {
        408 | 429 | 500.. => true,
        // Damaged on its way.
        400 => matches!(oss_code, "RequestTimeout" | "InvalidDigest"),
        _ => false,
    }
}

/// A server, or what stands in its place, may echo what it was sent.
fn scrub(text: &mut String, credentials: &Credentials) {
    if bug::seeded(Bug::SecretInError) {
        return;
    }
    scrub_signature(text);
    let v1 = format!("OSS {}:", credentials.access_key_id());
    hide_from(text, &v1);
    let secrets = [
        Some(credentials.access_key_secret()),
        credentials.security_token(),
    ];
    for secret in secrets.into_iter().flatten() {
        if text.contains(secret) {
            *text = text.replace(secret, "******");
        }
    }
}

/// For what was said in a success. `credentials`: those that signed the request.
pub fn scrub_outcome(outcome: &mut Outcome, credentials: &Credentials) {
    let texts = match outcome {
        Err(failure) => {
            let service = &mut failure.error.service;
            [&mut service.message, &mut service.code]
                .into_iter()
                .chain([&mut service.request_id, &mut service.host_id])
                .chain([&mut service.ec])
                .flatten()
                .chain([&mut failure.error.message])
                .collect::<Vec<_>>()
        }
        Ok(Answer::Completed(committed) | Answer::Put { committed, .. }) => {
            committed.callback_failed.iter_mut().collect()
        }
        Ok(_) => return,
    };
    for text in texts {
        scrub(text, credentials);
    }
}

fn scrub_signature(text: &mut String) {
    for start in ["OSS4-HMAC-SHA256", "Signature="] {
        hide_from(text, start);
    }
}

fn hide_from(text: &mut String, start: &str) {
    if let Some(at) = text.find(start) {
        text.truncate(at);
        text.push_str("******");
    }
}

/// The headers that are told to the user. They are short and plain; anything else is not believed to be one.
const TOLD: [&str; 2] = ["x-oss-request-id", "x-oss-ec"];

pub fn request_id(reply: &Reply) -> Option<&str> {
    plain(reply, TOLD[0])
}

fn plain<'a>(reply: &'a Reply, name: &str) -> Option<&'a str> {
    let id = reply.header(name)?;
    let is_plain = id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    (is_plain && (1..=MAX_REQUEST_ID).contains(&id.len())).then_some(id)
}

/// Takes away what would be told and echoes a secret.
pub fn drop_echoes(reply: &mut Reply, credentials: &Credentials) {
    for name in TOLD {
        let told = reply.header(name).unwrap_or_default();
        let mut hidden = told.to_owned();
        scrub(&mut hidden, credentials);
        if hidden != told {
            reply.headers.remove(name);
        }
    }
}

/// Seconds or an HTTP date; nothing negative, nothing absurd.
fn retry_after(reply: &Reply) -> Option<Duration> {
    if bug::seeded(Bug::PauseIgnored) {
        return None;
    }
    let value = reply.header("retry-after")?.trim();
    let wait = match value.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => httpdate::parse_http_date(value)
            .ok()?
            .duration_since(SystemTime::now())
            .ok()?,
    };
    Some(wait.min(MAX_RETRY_AFTER))
}

/// `2014-05-14T13:38:05.000Z`, as in `ServerTime`, to unix seconds.
fn parse_time(text: &str) -> Option<i64> {
    let time: jiff::Timestamp = text.trim().parse().ok()?;
    Some(time.as_second())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderMap;

    fn reply(status: u16, headers: &[(&'static str, &str)], body: &str) -> Reply {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        Reply {
            status,
            headers: map,
            body: body.as_bytes().to_vec().into(),
        }
    }

    fn refused(reply: &Reply) -> Failure {
        let credentials = Credentials::new("id", "s3cr3t", Some("t0k3n")).unwrap();
        refusal(reply, Stage::Upload, &credentials, &Clock::default())
    }

    #[test]
    fn etags_are_taken_in_any_form_but_not_absent_or_absurd() {
        for text in ["\"AB\"", "AB", "W/\"AB\"", " \"AB\" "] {
            assert_eq!(
                etag(&reply(200, &[("etag", text)], "")).as_deref(),
                Some("AB")
            );
        }
        let long = "A".repeat(10_240);
        for headers in [&[][..], &[("etag", "\"\"")], &[("etag", long.as_str())]] {
            assert_eq!(etag(&reply(200, headers, "")), None);
        }
    }

    #[test]
    fn retry_after_is_believed_up_to_a_minute() {
        let wait = |value: &str| retry_after(&reply(503, &[("retry-after", value)], ""));
        assert_eq!(wait("3"), Some(Duration::from_secs(3)));
        assert_eq!(wait("99999999"), Some(MAX_RETRY_AFTER));
        assert_eq!(wait("-5"), None);
        assert_eq!(wait("soon"), None);
        assert_eq!(wait("Wed, 28 Dec 2022 10:27:41 GMT"), None);
        let future = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(20));
        assert!(wait(&future).unwrap() <= Duration::from_secs(20));
    }

    #[test]
    fn the_servers_time_is_read_from_the_error_document() {
        assert_eq!(parse_time("1970-01-02T00:00:01.000Z"), Some(86_401));
        assert_eq!(parse_time("2023-12-16T16:20:57Z"), Some(1_702_743_657));
        assert_eq!(parse_time("2024-02-29T00:00:00Z"), Some(1_709_164_800));
        assert_eq!(parse_time("2024-03-01T00:00:00Z"), Some(1_709_251_200));
        for text in [
            "",
            "Z",
            "2023-13-16T16:20:57Z",
            "2023-12-16 16:20:57",
            "99999999999999999999",
            "xTyZ",
        ] {
            assert_eq!(parse_time(text), None, "{text}");
        }
    }

    #[test]
    fn secrets_echoed_by_a_server_do_not_reach_the_message() {
        let failure = refused(&reply(
            403,
            &[],
            "<Error><Code>AccessDenied</Code><Message>bad s3cr3t and t0k3n</Message></Error>",
        ));
        let shown = format!("{:?}", failure);
        assert!(shown.contains("AccessDenied"));
        assert!(
            !shown.contains("s3cr3t") && !shown.contains("t0k3n"),
            "{shown}"
        );
    }

    #[test]
    fn a_header_that_echoes_a_secret_is_not_told() {
        let credentials = Credentials::new("id", "the-secret", Some("the-token")).unwrap();
        for echo in ["the-secret", "xthe-tokenx"] {
            let headers = [("x-oss-request-id", echo), ("x-oss-ec", echo)];
            let mut reply = reply(502, &headers, "");
            drop_echoes(&mut reply, &credentials);
            assert_eq!(request_id(&reply), None);
            let failure = refusal(&reply, Stage::Upload, &credentials, &Clock::default());
            assert!(!format!("{failure:?}").contains("the-"), "{failure:?}");
        }
        let mut plain = reply(
            502,
            &[("x-oss-request-id", "R1"), ("x-oss-ec", "0001-2")],
            "",
        );
        drop_echoes(&mut plain, &credentials);
        let failure = refusal(&plain, Stage::Upload, &credentials, &Clock::default());
        assert_eq!(failure.error.service.request_id.as_deref(), Some("R1"));
        assert_eq!(failure.error.service.ec.as_deref(), Some("0001-2"));
    }

    #[test]
    fn an_error_without_a_document_keeps_status_and_request_id() {
        let failure = refused(&reply(502, &[("x-oss-request-id", "R1")], "<html>"));
        assert_eq!(failure.error.service.http_status, 502);
        assert_eq!(failure.error.service.request_id.as_deref(), Some("R1"));
        assert!(failure.maybe_applied);
    }

    #[test]
    fn no_other_success_than_those_of_oss_commits() {
        let body = "<CompleteMultipartUploadResult><Bucket>b</Bucket><Key>k</Key><ETag>e</ETag>\
                    </CompleteMultipartUploadResult>";
        assert!(complete(reply(200, &[], body), false).is_ok());
        for status in [201, 202, 204, 206] {
            let failure = complete(reply(status, &[], body), false).unwrap_err();
            assert_eq!(failure.kind, FailureKind::Unclear);
            assert!(committed(reply(status, &[], "")).is_err());
        }
    }

    #[test]
    fn a_success_with_an_error_document_is_that_error() {
        let body = "<Error><Code>InternalError</Code><Message>m</Message></Error>";
        let failure = complete(reply(200, &[], body), false).unwrap_err();
        assert_eq!(failure.status(), 500);
        let failure = complete(reply(200, &[], ""), false).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Unclear);
    }
}
