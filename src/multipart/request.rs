//! One request as it goes out: method, address, headers, signature.

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

use crate::call::{Call, Failure};
use crate::config::Addressing;
use crate::credentials::Credentials;
use crate::error::Error;
use crate::headers::Target;
use crate::http::{Outgoing, Payload};
use crate::signer::{self, Signer};
use crate::xml;

use super::{Api, local};

const PRODUCT: &str = "oss";
const LIST_PAGE: u32 = 1000;

pub type Query<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

pub struct Prepared<'a> {
    pub method: Method,
    pub bucket: &'a str,
    /// None: the request is about the bucket.
    pub object: Option<&'a str>,
    pub query: Query<'a>,
    pub target: Target,
    pub content_type: Option<HeaderValue>,
    pub content_md5: Option<HeaderValue>,
    pub payload: Payload,
}

impl Api {
    pub fn prepare<'a>(&'a self, call: &'a Call) -> Prepared<'a> {
        let pair = |name: &'static str, value: &'a str| (Cow::from(name), Cow::from(value));
        let mut prepared = Prepared {
            method: Method::POST,
            bucket: &self.bucket,
            object: (!self.object.is_empty()).then_some(self.object.as_str()),
            query: Vec::new(),
            target: Target::Other,
            content_type: None,
            content_md5: None,
            payload: Payload::Empty,
        };
        match call {
            Call::Initiate => {
                prepared.query.push(pair("uploads", ""));
                prepared.target = Target::Initiate;
                prepared.content_type = Some(self.headers.default_content_type());
            }
            Call::ListParts { upload_id, marker } => {
                prepared.method = Method::GET;
                prepared.query = vec![
                    pair("uploadId", upload_id),
                    (Cow::from("max-parts"), Cow::from(LIST_PAGE.to_string())),
                    (
                        Cow::from("part-number-marker"),
                        Cow::from(marker.to_string()),
                    ),
                    pair("encoding-type", "url"),
                ];
            }
            Call::Complete { upload_id, parts } => {
                let parts = parts.iter().map(|(number, etag)| (*number, etag.as_str()));
                prepared.query.push(pair("uploadId", upload_id));
                prepared.target = Target::Complete;
                prepared.content_type = Some(HeaderValue::from_static("application/xml"));
                prepared.payload = Payload::Bytes(Bytes::from(xml::complete_body(parts)));
            }
            Call::Abort(upload) => {
                prepared.method = Method::DELETE;
                prepared.bucket = &upload.bucket;
                prepared.object = Some(&upload.object);
                prepared.query.push(pair("uploadId", &upload.upload_id));
            }
            Call::ListUploads {
                prefix,
                key_marker,
                id_marker,
            } => {
                prepared.method = Method::GET;
                prepared.object = None;
                prepared.query = vec![
                    pair("uploads", ""),
                    (Cow::from("max-uploads"), Cow::from(LIST_PAGE.to_string())),
                    pair("encoding-type", "url"),
                ];
                for (name, value) in [
                    ("prefix", prefix),
                    ("key-marker", key_marker),
                    ("upload-id-marker", id_marker),
                ] {
                    if !value.is_empty() {
                        prepared.query.push(pair(name, value));
                    }
                }
            }
            Call::Head => prepared.method = Method::HEAD,
            Call::Put => {
                prepared.method = Method::PUT;
                prepared.target = Target::Put;
                prepared.content_type = Some(self.headers.default_content_type());
            }
            Call::UploadPart { upload_id, number } => {
                prepared.method = Method::PUT;
                prepared.query = vec![
                    (Cow::from("partNumber"), Cow::from(number.to_string())),
                    pair("uploadId", upload_id),
                ];
                prepared.target = Target::Part;
            }
        }
        prepared
    }

    pub fn sign(
        &self,
        prepared: Prepared<'_>,
        credentials: &Credentials,
        (stall_timeout, first_byte_timeout): (Duration, Duration),
    ) -> Result<Outgoing, Failure> {
        let config = &self.client.config;
        let mut headers = HeaderMap::new();
        if let Some(content_type) = prepared.content_type {
            headers.insert(CONTENT_TYPE, content_type);
        }
        if let Some(content_md5) = prepared.content_md5 {
            headers.insert("content-md5", content_md5);
        }
        if let Some(length) = prepared.payload.content_length(&prepared.method) {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
        }
        for (name, value) in self.headers.for_request(prepared.target) {
            headers.insert(name.clone(), value.clone());
        }
        let signed: Vec<(&str, &str)> = headers
            .iter()
            .filter_map(|(name, value)| {
                Some((name.as_str(), std::str::from_utf8(value.as_bytes()).ok()?))
            })
            .collect();
        let signer = Signer {
            version: config.signature,
            access_key_id: credentials.access_key_id(),
            access_key_secret: credentials.access_key_secret(),
            security_token: credentials.security_token(),
            region: &config.region,
            product: PRODUCT,
        };
        let request = signer::Request {
            method: prepared.method.as_str(),
            bucket: Some(prepared.bucket),
            key: prepared.object,
            query: &prepared.query,
            headers: &signed,
            additional_headers: &[],
        };
        let added = signer.sign(&request, self.client.clock.now());
        for (name, value) in added {
            let mut value = HeaderValue::from_str(&value)
                .map_err(|_| local(Error::internal("a header that cannot be sent")))?;
            value.set_sensitive(true);
            headers.insert(HeaderName::from_static(name), value);
        }
        Ok(Outgoing {
            url: self.url(prepared.bucket, prepared.object, &prepared.query),
            method: prepared.method,
            headers,
            payload: prepared.payload,
            stall_timeout,
            first_byte_timeout,
        })
    }

    /// `host[:port]` that a request for the bucket goes to.
    pub(super) fn authority(&self, bucket: &str) -> String {
        let config = &self.client.config;
        let in_host = config.addressing == Addressing::VirtualHost;
        config.endpoint.authority(in_host.then_some(bucket))
    }

    fn url(&self, bucket: &str, object: Option<&str>, query: &Query<'_>) -> String {
        let config = &self.client.config;
        let scheme = if config.endpoint.https {
            "https"
        } else {
            "http"
        };
        let authority = self.authority(bucket);
        let bucket_path = match config.addressing {
            Addressing::Path => format!("/{bucket}"),
            Addressing::VirtualHost | Addressing::Cname => String::new(),
        };
        let mut url = format!(
            "{scheme}://{authority}{bucket_path}/{}",
            object.map(signer::uri_encode_path).unwrap_or_default()
        );
        for (index, (name, value)) in query.iter().enumerate() {
            url.push(if index == 0 { '?' } else { '&' });
            url.push_str(&signer::uri_encode(name));
            if !value.is_empty() {
                url.push('=');
                url.push_str(&signer::uri_encode(value));
            }
        }
        url
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::client::Client;
    use crate::config::{Address, Config};
    use crate::headers::ObjectHeaders;

    fn url(endpoint: &str, is_cname: bool, is_path_style: bool, key: &str) -> String {
        let config = Config::new(Address {
            endpoint: Some(endpoint),
            region: Some("cn-hangzhou"),
            is_cname,
            is_path_style,
            ..Address::default()
        })
        .unwrap();
        let credentials = Credentials::new("id", "secret", None).unwrap();
        // Plain HTTP, so that no certificates are read.
        let client = Arc::new(Client::new(config, credentials).unwrap());
        let api = Api {
            local: client.local().unwrap(),
            owner: 1,
            client,
            bucket: "bucket".into(),
            object: key.into(),
            headers: ObjectHeaders::default(),
            content: None,
            stop_put: Arc::default(),
        };
        let query = vec![
            (Cow::from("uploads"), Cow::from("")),
            (Cow::from("a/b"), Cow::from("c d")),
        ];
        api.url("bucket", Some(key), &query)
    }

    #[test]
    fn the_bucket_stands_where_the_endpoint_wants_it() {
        let query = "?uploads&a%2Fb=c%20d";
        for (endpoint, is_cname, is_path_style, expected) in [
            (
                "http://oss.example.com",
                false,
                false,
                "http://bucket.oss.example.com/k/x%20y",
            ),
            (
                "http://oss.example.com:80",
                false,
                true,
                "http://oss.example.com:80/bucket/k/x%20y",
            ),
            (
                "http://files.example.com",
                true,
                false,
                "http://files.example.com/k/x%20y",
            ),
            (
                "http://[::1]:9",
                false,
                false,
                "http://[::1]:9/bucket/k/x%20y",
            ),
        ] {
            let url = url(endpoint, is_cname, is_path_style, "k/x y");
            assert_eq!(url, format!("{expected}{query}"));
        }
    }

    #[test]
    fn the_url_layer_leaves_a_key_as_it_was_encoded() {
        for key in [
            "a//b/",
            "%2e%2e/x",
            "...",
            "a|b'c\"d<e>f`g{h}i^j\\k",
            "\u{4e2d}\n\t?#",
        ] {
            let text = url("http://oss.example.com", false, true, key);
            assert_eq!(reqwest::Url::parse(&text).unwrap().as_str(), text);
        }
    }
}
