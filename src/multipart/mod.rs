//! The calls on the wire: request out, signed for every attempt; reply in, read and classified.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use tokio::sync::Notify;

use crate::body::{BodyReport, BufferPool, PartBody};
use crate::call::{Answer, Call, Failure, FailureKind, Outcome};
use crate::client::Client;
use crate::config::Addressing;
use crate::credentials::Credentials;
use crate::error::{Code, Error, Stage};
use crate::headers::{ObjectHeaders, Target};
use crate::http::{Http, HttpError, NetworkFault, Outgoing, Payload, Reply, patience};
use crate::plan::{Part, Plan};
use crate::progress::Progress;
use crate::reply;
use crate::signer::{self, Signer};
use crate::source::{Source, SourceError};
use crate::xml;

const PRODUCT: &str = "oss";
const DEFAULT_CONTENT_TYPE: HeaderValue = HeaderValue::from_static("application/octet-stream");
const LIST_PAGE: u32 = 1000;
/// OSS may need long to put 10,000 parts together and sends nothing meanwhile.
const COMPLETE_PATIENCE: u32 = 4;

/// The calls for one object.
pub struct Api {
    pub client: Arc<Client>,
    pub http: Http,
    pub bucket: String,
    pub object: String,
    pub headers: ObjectHeaders,
    /// What is uploaded; none for calls that only clean up.
    pub content: Option<Content>,
    /// Breaks PutObject off while its body is not out.
    pub stop_put: Flag,
}

pub struct Content {
    pub source: Arc<Source>,
    pub plan: Plan,
    pub progress: Arc<Progress>,
    pub buffers: Arc<BufferPool>,
}

/// Raised once; can be looked at and waited for.
#[derive(Debug, Default)]
pub struct Flag {
    raised: AtomicBool,
    notify: Notify,
}

impl Flag {
    pub fn raise(&self) {
        self.raised.store(true, Ordering::Release);
        self.notify.notify_one();
    }

    pub fn is_raised(&self) -> bool {
        self.raised.load(Ordering::Acquire)
    }

    /// For one waiter.
    pub async fn raised(&self) {
        while !self.is_raised() {
            self.notify.notified().await;
        }
    }
}

type Query<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

struct Prepared<'a> {
    method: Method,
    bucket: &'a str,
    object: &'a str,
    query: Query<'a>,
    target: Target,
    content_type: Option<HeaderValue>,
    payload: Payload,
}

impl Api {
    /// One attempt.
    pub async fn perform(&self, call: &Call, stalls: u32) -> Outcome {
        match call {
            Call::UploadPart { upload_id, number } => {
                self.upload_part(upload_id, *number, stalls).await
            }
            Call::Put => self.put(stalls).await,
            other => self.small(other, stalls).await,
        }
    }

    async fn small(&self, call: &Call, stalls: u32) -> Outcome {
        let reply = self
            .send(self.prepare(call), stage_of(call), stalls)
            .await?;
        match call {
            Call::Initiate => reply::initiate(&reply),
            Call::ListParts { marker, .. } => reply::list_parts(&reply, *marker),
            Call::Complete { .. } => {
                let has_callback = self
                    .headers
                    .for_request(Target::Complete)
                    .any(|(name, _)| name == "x-oss-callback");
                reply::complete(reply, has_callback)
            }
            Call::Head => reply::head(reply),
            _ => Ok(Answer::Aborted),
        }
    }

    fn prepare<'a>(&'a self, call: &'a Call) -> Prepared<'a> {
        let pair = |name: &'static str, value: &'a str| (Cow::from(name), Cow::from(value));
        let mut prepared = Prepared {
            method: Method::POST,
            bucket: &self.bucket,
            object: &self.object,
            query: Vec::new(),
            target: Target::Other,
            content_type: None,
            payload: Payload::Empty,
        };
        match call {
            Call::Initiate => {
                prepared.query.push(pair("uploads", ""));
                prepared.target = Target::Initiate;
                prepared.content_type = Some(DEFAULT_CONTENT_TYPE);
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
                prepared.object = &upload.object;
                prepared.query.push(pair("uploadId", &upload.upload_id));
            }
            Call::Head => prepared.method = Method::HEAD,
            Call::Put => {
                prepared.method = Method::PUT;
                prepared.target = Target::Put;
                prepared.content_type = Some(DEFAULT_CONTENT_TYPE);
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

    async fn upload_part(&self, upload_id: &str, number: u32, stalls: u32) -> Outcome {
        let content = self.content()?;
        let Some(part) = content.plan.part(number) else {
            return Err(local(Error::internal("a part outside the plan")));
        };
        let call = Call::UploadPart {
            upload_id: upload_id.to_owned(),
            number,
        };
        let (reply, sent_crc64) = self.send_part(&call, content, part, stalls).await?;
        let stored_crc64 = reply::crc64(&reply);
        match reply::etag(&reply) {
            Some(etag) => Ok(Answer::Uploaded {
                etag,
                sent_crc64,
                stored_crc64,
            }),
            None => Err(reply::unclear(&reply, Stage::Upload, "has no ETag")),
        }
    }

    async fn put(&self, stalls: u32) -> Outcome {
        let content = self.content()?;
        let whole = Part {
            number: 1,
            offset: 0,
            len: content.source.size(),
        };
        if whole.len == 0 {
            // No byte is read whose reading would look at the file again.
            content.source.check().map_err(source_failure)?;
        }
        let (reply, sent_crc64) = self.send_part(&Call::Put, content, whole, stalls).await?;
        Ok(Answer::Put {
            sent_crc64,
            committed: reply::committed(reply)?,
        })
    }

    fn content(&self) -> Result<&Content, Failure> {
        self.content
            .as_ref()
            .ok_or_else(|| local(Error::internal("nothing to send")))
    }

    async fn send_part(
        &self,
        call: &Call,
        content: &Content,
        part: Part,
        stalls: u32,
    ) -> Result<(Reply, u64), Failure> {
        let report = Arc::new(BodyReport::new(Arc::clone(&content.progress)));
        let is_whole_object = *call == Call::Put;
        let body = PartBody::new(
            Arc::clone(&content.source),
            Arc::clone(&content.buffers),
            Arc::clone(&report),
            part,
            is_whole_object,
        );
        let mut prepared = self.prepare(call);
        prepared.payload = Payload::Part(body, Arc::clone(&report));
        let sending = self.send(prepared, Stage::Upload, stalls);
        let outcome = tokio::select! {
            outcome = sending => outcome,
            () = self.must_stop(&report), if is_whole_object => {
                return Err(source_failure(SourceError::Stopped));
            }
        };
        if let Some(error) = report.take_error() {
            return Err(source_failure(error));
        }
        let reply = outcome?;
        if !report.handed_over() {
            return Err(reply::unclear(
                &reply,
                Stage::Upload,
                "came before the body was sent",
            ));
        }
        Ok((reply, report.crc()))
    }

    /// Ends only when the body can be kept from getting out; its answer is waited for otherwise.
    async fn must_stop(&self, report: &BodyReport) {
        self.stop_put.raised().await;
        if !report.try_stop() {
            std::future::pending::<()>().await;
        }
    }

    async fn send(
        &self,
        prepared: Prepared<'_>,
        stage: Stage,
        stalls: u32,
    ) -> Result<Reply, Failure> {
        let credentials = self.client.credentials.current();
        let limits = &self.client.config.limits;
        let mut stall_timeout = patience(limits, stalls);
        if stage == Stage::Complete {
            stall_timeout = stall_timeout.saturating_mul(COMPLETE_PATIENCE);
        }
        let outgoing = self.sign(prepared, &credentials, stall_timeout)?;
        let reply = match self.http.send(outgoing).await {
            Ok(reply) => reply,
            Err(error) => return Err(network_failure(&error, stage)),
        };
        // 203 is for the caller: the object is stored, only the callback failed.
        if (200..300).contains(&reply.status) {
            return Ok(reply);
        }
        let replaced = self.client.credentials.current().generation() != credentials.generation();
        Err(reply::refusal(
            &reply,
            stage,
            &credentials,
            replaced,
            &self.client.clock,
        ))
    }

    fn sign(
        &self,
        prepared: Prepared<'_>,
        credentials: &Credentials,
        stall_timeout: Duration,
    ) -> Result<Outgoing, Failure> {
        let config = &self.client.config;
        let mut headers = HeaderMap::new();
        if let Some(content_type) = prepared.content_type {
            headers.insert(CONTENT_TYPE, content_type);
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
            key: Some(prepared.object),
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
        })
    }

    fn url(&self, bucket: &str, object: &str, query: &Query<'_>) -> String {
        let config = &self.client.config;
        let scheme = if config.endpoint.https {
            "https"
        } else {
            "http"
        };
        let (authority, bucket_path) = match config.addressing {
            Addressing::VirtualHost => (config.endpoint.authority(Some(bucket)), String::new()),
            Addressing::Path => (config.endpoint.authority(None), format!("/{bucket}")),
            Addressing::Cname => (config.endpoint.authority(None), String::new()),
        };
        let mut url = format!(
            "{scheme}://{authority}{bucket_path}/{}",
            signer::uri_encode_path(object)
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

fn stage_of(call: &Call) -> Stage {
    match call {
        Call::Initiate => Stage::Initiate,
        Call::ListParts { .. } => Stage::Resume,
        Call::UploadPart { .. } | Call::Put => Stage::Upload,
        Call::Complete { .. } => Stage::Complete,
        Call::Head => Stage::Settle,
        Call::Abort(_) => Stage::Abort,
    }
}

fn source_failure(error: SourceError) -> Failure {
    Failure {
        error: error.clone().into_error().at(Stage::Upload),
        kind: FailureKind::Source(error),
        maybe_applied: false,
    }
}

fn local(error: Error) -> Failure {
    Failure {
        kind: FailureKind::Local,
        maybe_applied: false,
        error,
    }
}

fn network_failure(error: &HttpError, stage: Stage) -> Failure {
    let what = match error.fault {
        NetworkFault::Dns => "the endpoint's name cannot be resolved",
        NetworkFault::Refused => "the connection was refused",
        NetworkFault::ConnectTimeout => "no connection in time",
        NetworkFault::Connect => "no connection",
        NetworkFault::Certificate => "the server's certificate is not accepted",
        NetworkFault::Tls => "the TLS handshake failed",
        NetworkFault::Stalled => "the connection stalled",
        NetworkFault::Broken => "the connection broke",
        NetworkFault::OversizedReply => "the reply is too large",
    };
    Failure {
        kind: FailureKind::Network {
            permanent: error.is_permanent(),
            stalled: error.fault == NetworkFault::Stalled,
        },
        maybe_applied: error.maybe_received,
        error: Error::new(Code::Network, format!("{what}: {error}")).at(stage),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn url(endpoint: &str, is_cname: bool, is_path_style: bool, key: &str) -> String {
        let config =
            Config::new(endpoint, Some("cn-hangzhou"), 4, is_cname, is_path_style).unwrap();
        let credentials = Credentials::new("id", "secret", None).unwrap();
        // Plain HTTP, so that no certificates are read.
        let client = Arc::new(Client::new(config, credentials).unwrap());
        let api = Api {
            http: client.http().unwrap(),
            client,
            bucket: "bucket".into(),
            object: key.into(),
            headers: ObjectHeaders::default(),
            content: None,
            stop_put: Flag::default(),
        };
        let query = vec![
            (Cow::from("uploads"), Cow::from("")),
            (Cow::from("a/b"), Cow::from("c d")),
        ];
        api.url("bucket", key, &query)
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
