//! Upload callbacks: the server tells an application that an object arrived.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::error::OssError;
use crate::object::Object;
use crate::request::Request;

/// The largest body OSS takes, and a head.
const MAX_ANSWER: usize = (1 << 20) + (64 << 10);
const JSON: &str = "application/json";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Settings {
    /// One or more, tried in turn, separated by `;`.
    callback_url: String,
    callback_host: Option<String>,
    callback_body: String,
    callback_body_type: Option<String>,
}

/// The callback one request asks for.
pub struct Callback {
    settings: Settings,
    variables: BTreeMap<String, String>,
}

impl Callback {
    /// Reads the callback from the headers, or from the query of a presigned URL.
    pub fn of(request: &Request) -> Result<Option<Callback>, OssError> {
        let given = |header, param| request.header(header).or_else(|| request.param(param));
        let Some(settings) = given("x-oss-callback", "callback") else {
            return Ok(None);
        };
        let variables = given("x-oss-callback-var", "callback-var");
        Ok(Some(Callback {
            settings: decode(settings)?,
            variables: variables.map(decode).transpose()?.unwrap_or_default(),
        }))
    }

    /// The application's answer, if it is a good one, or why there is none. Every address has so long.
    pub async fn post(&self, object: &Object, patience: Duration) -> Result<Answer, String> {
        let mut outcome = Err("There is no callback address.".to_owned());
        for url in self.settings.callback_url.split(';') {
            outcome = timeout(patience, self.post_to(url.trim(), object))
                .await
                .unwrap_or_else(|_| Err("The callback timed out.".to_owned()));
            if outcome.is_ok() {
                break;
            }
        }
        outcome
    }

    async fn post_to(&self, url: &str, object: &Object) -> Result<Answer, String> {
        let rest = url
            .strip_prefix("http://")
            .ok_or("The test server calls back over plain HTTP only.")?;
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (host, port) = authority.rsplit_once(':').unwrap_or((authority, "80"));
        let loopback = host == "localhost"
            || host
                .parse::<IpAddr>()
                .is_ok_and(|address| address.is_loopback());
        if !loopback {
            return Err("The test server calls back on the loopback only.".to_owned());
        }
        let body = self.body(object);
        let content_type = self
            .settings
            .callback_body_type
            .as_deref()
            .unwrap_or("application/x-www-form-urlencoded");
        // HTTP/1.0 keeps the application from answering in chunks.
        let head = format!(
            "POST /{path} HTTP/1.0\r\nhost: {}\r\nuser-agent: aliyun-oss-callback\r\n\
             content-type: {content_type}\r\ncontent-length: {}\r\nconnection: close\r\n\
             x-oss-bucket: {}\r\n\r\n",
            self.settings.callback_host.as_deref().unwrap_or(authority),
            body.len(),
            object.bucket,
        );
        let exchange = async {
            let port = port.parse().unwrap_or(80);
            let mut socket = TcpStream::connect((host, port)).await?;
            socket.write_all(head.as_bytes()).await?;
            socket.write_all(body.as_bytes()).await?;
            let mut answer = Vec::new();
            while missing(&answer)
                && answer.len() < MAX_ANSWER
                && socket.read_buf(&mut answer).await? > 0
            {}
            std::io::Result::Ok(answer)
        };
        let answer = exchange
            .await
            .map_err(|error| format!("The callback could not be sent: {error}."))?;
        read_answer(answer)
    }

    /// The body template with its `${…}` filled in.
    fn body(&self, object: &Object) -> String {
        let mut body = String::new();
        let mut rest = self.settings.callback_body.as_str();
        while let Some((before, after)) = rest.split_once("${") {
            body.push_str(before);
            let Some((name, after)) = after.split_once('}') else {
                break;
            };
            let in_quotes = before.ends_with('"');
            body.push_str(&self.value(name, object, in_quotes));
            rest = after;
        }
        body.push_str(rest);
        body
    }

    fn value(&self, name: &str, object: &Object, in_quotes: bool) -> String {
        let size = object.size.to_string();
        let value = match name {
            "bucket" => &object.bucket,
            "object" => &object.key,
            "etag" => &object.etag,
            "size" => return size,
            "mimeType" => object.header("content-type").unwrap_or_default(),
            "crc64" => return object.crc64.unwrap_or_default().to_string(),
            variable => self.variables.get(variable).map_or("", String::as_str),
        };
        if self.settings.callback_body_type.as_deref() != Some(JSON) {
            return utf8_percent_encode(value, NON_ALPHANUMERIC).to_string();
        }
        // OSS makes JSON strings of the values unless the template already has the quotes.
        let text = serde_json::Value::from(value).to_string();
        if in_quotes {
            text[1..text.len() - 1].to_owned()
        } else {
            text
        }
    }
}

fn decode<T: DeserializeOwned>(value: &str) -> Result<T, OssError> {
    let invalid = || OssError::invalid_argument("The callback configuration is not json format.");
    let bytes = BASE64.decode(value.trim()).map_err(|_| invalid())?;
    serde_json::from_slice(&bytes).map_err(|_| invalid())
}

/// What the application answered with 200, for the client to have as it is.
pub struct Answer {
    pub content_type: Option<String>,
    pub body: Vec<u8>,
}

/// The head of an answer.
struct Head {
    status: u16,
    content_type: Option<String>,
    /// Where the body starts.
    start: usize,
    /// Without a length the body ends with the connection.
    length: Option<usize>,
}

fn parse_head(bytes: &[u8]) -> Option<Head> {
    let mut slots = [httparse::EMPTY_HEADER; 64];
    let mut head = httparse::Response::new(&mut slots);
    let Ok(httparse::Status::Complete(start)) = head.parse(bytes) else {
        return None;
    };
    let header = |name: &str| {
        let mut headers = head.headers.iter();
        let found = headers.find(|header| header.name.eq_ignore_ascii_case(name))?;
        Some(std::str::from_utf8(found.value).ok()?.trim().to_owned())
    };
    Some(Head {
        status: head.code?,
        content_type: header("content-type"),
        start,
        length: header("content-length").and_then(|text| text.parse().ok()),
    })
}

/// Whether more bytes of an answer have to come.
fn missing(bytes: &[u8]) -> bool {
    parse_head(bytes).is_none_or(|head| {
        let here = bytes.len() - head.start;
        head.length.is_none_or(|length| here < length)
    })
}

fn read_answer(mut bytes: Vec<u8>) -> Result<Answer, String> {
    let Some(head) = parse_head(&bytes) else {
        return Err("The callback's answer is not HTTP.".to_owned());
    };
    if head.status != 200 {
        return Err(format!("Error status : {}.", head.status));
    }
    let mut body = bytes.split_off(head.start);
    if head.length.is_some_and(|length| body.len() < length) {
        return Err("The callback's answer is cut short.".to_owned());
    }
    body.truncate(head.length.unwrap_or(usize::MAX));
    Ok(Answer {
        content_type: head.content_type,
        body,
    })
}
