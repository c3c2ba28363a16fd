//! The upload callback: whom OSS tells that an object is stored, as the two headers in which OSS takes
//! it (OSS: "Callback").

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::error::{Error, Result};

/// OSS: addresses that are tried one after another.
const MAX_URLS: usize = 5;
const BODY_TYPES: [&str; 2] = ["application/x-www-form-urlencoded", "application/json"];

#[derive(Clone, Debug, Default)]
pub struct UploadCallback<'a> {
    /// One to five, separated by `;`.
    pub url: &'a str,
    /// The Host header of OSS's request; `None`: from the URL.
    pub host: Option<&'a str>,
    /// With OSS's variables in it, such as `${object}` and `${x:name}`.
    pub body: &'a str,
    /// `None`: `application/x-www-form-urlencoded`.
    pub body_type: Option<&'a str>,
    /// Names begin with `x:`.
    pub variables: Vec<(&'a str, &'a str)>,
    /// Send the host's name in the TLS handshake.
    pub sni: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    callback_url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    callback_host: Option<&'a str>,
    callback_body: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    callback_body_type: Option<&'a str>,
    #[serde(rename = "callbackSNI", skip_serializing_if = "std::ops::Not::not")]
    callback_sni: bool,
}

impl UploadCallback<'_> {
    /// Names and values of `x-oss-callback` and, if there are variables, `x-oss-callback-var`.
    pub fn headers(&self) -> Result<Vec<(&'static str, String)>> {
        let refuse = |field: &str, problem: &str| Err(Error::invalid(field, problem));
        let urls: Vec<&str> = self.url.split(';').collect();
        let malformed = |url: &&str| url.is_empty() || url.contains(|c: char| c <= ' ');
        if urls.len() > MAX_URLS {
            return refuse("callback.url", "holds more than 5 addresses");
        }
        if urls.iter().any(malformed) {
            return refuse(
                "callback.url",
                "holds an empty address, or one with a space",
            );
        }
        if self.body.is_empty() {
            return refuse("callback.body", "is empty");
        }
        if let Some(given) = self.body_type
            && !BODY_TYPES.contains(&given)
        {
            return Err(Error::invalid(
                "callback.body_type",
                format_args!("{given:?} is not {} or {}", BODY_TYPES[0], BODY_TYPES[1]),
            ));
        }
        let mut variables = Map::new();
        for (index, (name, value)) in self.variables.iter().enumerate() {
            let known = name.strip_prefix("x:").is_some_and(|rest| {
                !rest.is_empty() && !rest.contains(|c: char| c.is_uppercase() || c.is_whitespace())
            });
            if !known {
                return Err(Error::invalid(
                    &format!("callback.variables[{index}].name"),
                    format_args!("{name:?} is not \"x:\" and a lower-case name, as OSS wants it"),
                ));
            }
            variables.insert((*name).to_owned(), Value::from(*value));
        }
        let document = Document {
            callback_url: self.url,
            callback_host: self.host,
            callback_body: self.body,
            callback_body_type: self.body_type,
            callback_sni: self.sni,
        };
        let mut headers = vec![("x-oss-callback", encode(&document)?)];
        if !variables.is_empty() {
            headers.push(("x-oss-callback-var", encode(&variables)?));
        }
        Ok(headers)
    }
}

fn encode(document: &impl Serialize) -> Result<String> {
    let text = serde_json::to_vec(document).map_err(Error::internal)?;
    Ok(STANDARD.encode(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(text: &str) -> Value {
        serde_json::from_slice(&STANDARD.decode(text).unwrap()).unwrap()
    }

    #[test]
    fn the_headers_hold_json_in_base64() {
        let callback = UploadCallback {
            url: "http://a.example/x;http://b.example",
            body: "key=${object}&who=${x:who}",
            variables: vec![("x:who", "\u{4e2d}\"\n")],
            ..UploadCallback::default()
        };
        let headers = callback.headers().unwrap();
        assert_eq!(
            decoded(&headers[0].1),
            serde_json::json!({
                "callbackUrl": "http://a.example/x;http://b.example",
                "callbackBody": "key=${object}&who=${x:who}",
            })
        );
        assert_eq!(headers[1].0, "x-oss-callback-var");
        assert_eq!(decoded(&headers[1].1)["x:who"], "\u{4e2d}\"\n");
    }

    #[test]
    fn everything_that_is_given_is_said() {
        let callback = UploadCallback {
            url: "https://a.example",
            host: Some("b.example"),
            body: "{\"k\":${object}}",
            body_type: Some("application/json"),
            sni: true,
            ..UploadCallback::default()
        };
        let headers = callback.headers().unwrap();
        assert_eq!(headers.len(), 1);
        let document = decoded(&headers[0].1);
        assert_eq!(document["callbackHost"], "b.example");
        assert_eq!(document["callbackBodyType"], "application/json");
        assert_eq!(document["callbackSNI"], true);
    }

    #[test]
    fn what_oss_would_refuse_names_the_field() {
        let good = UploadCallback {
            url: "http://a",
            body: "x",
            ..UploadCallback::default()
        };
        let cases = [
            (
                UploadCallback {
                    url: "",
                    ..good.clone()
                },
                "callback.url",
            ),
            (
                UploadCallback {
                    url: "a;b;c;d;e;f",
                    ..good.clone()
                },
                "callback.url",
            ),
            (
                UploadCallback {
                    url: "http://a b",
                    ..good.clone()
                },
                "callback.url",
            ),
            (
                UploadCallback {
                    body: "",
                    ..good.clone()
                },
                "callback.body",
            ),
            (
                UploadCallback {
                    body_type: Some("text/plain"),
                    ..good.clone()
                },
                "callback.body_type",
            ),
            (
                UploadCallback {
                    variables: vec![("who", "me")],
                    ..good.clone()
                },
                "callback.variables[0].name",
            ),
            (
                UploadCallback {
                    variables: vec![("x:Who", "me")],
                    ..good
                },
                "callback.variables[0].name",
            ),
        ];
        for (callback, field) in cases {
            let error = callback.headers().unwrap_err();
            assert!(error.message.starts_with(&format!("{field}: ")), "{error}");
        }
    }
}
