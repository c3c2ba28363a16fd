//! What `reqsign` is given instead of a network and files, and what may be told of their failures.
//!
//! Its own error texts repeat whole replies, in which a service may echo what it was sent. They are
//! dropped; what is told instead is noted here.

use std::collections::HashSet;
use std::fmt;
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{Method, Request, Response};
use reqsign_core::{FileRead, HttpSend};
use serde::Deserialize;

use super::keys::Secret;
use super::{FetchError, file};
use crate::error::{Error, Reason, Result};
use crate::http::{Resolver, classify, describe, without_certificates};
use crate::lock::{Mutex, MutexGuard, lock};

const MAX_REPLY: usize = 1024 * 1024;
const MAX_TOKEN_FILE: usize = 64 * 1024;
const METADATA_CONNECT: Duration = Duration::from_secs(2);
const METADATA_TOKEN: &str = "X-aliyun-ecs-metadata-token";
const SECRET_PARAMETERS: [&str; 3] = ["OIDCToken", "SecurityToken", "Signature"];
/// What stays in the URL when a request becomes a form, as in the SDKs of Alibaba Cloud.
const URL_PARAMETERS: [&str; 4] = ["Action", "Format", "Version", "Timestamp"];

pub(super) fn metadata_client() -> Result<reqwest::Client> {
    reqwest::Client::builder()
        // Plain HTTP needs no TLS, but with none given here the HTTP library would panic.
        .tls_backend_preconfigured(without_certificates()?)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_proxy()
        .dns_resolver(Arc::new(Resolver))
        .http1_only()
        .connect_timeout(METADATA_CONNECT)
        .pool_max_idle_per_host(0)
        .build()
        .map_err(|error| Error::internal(describe(&error.without_url())))
}

/// The connection of one fetch to one service.
#[derive(Clone)]
pub(super) struct Wire {
    client: reqwest::Client,
    limit: Duration,
    notes: Arc<Mutex<Notes>>,
}

#[derive(Default)]
struct Notes {
    secrets: Vec<Secret>,
    answered: bool,
    last: Option<Last>,
}

enum Last {
    Answer(Answer),
    Broken(Reason, String),
    File(String),
}

/// All that is told of a reply.
struct Answer {
    status: u16,
    code: Option<String>,
    message: Option<String>,
    request_id: Option<String>,
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").finish_non_exhaustive()
    }
}

/// `reqsign` only passes it on.
fn noted() -> reqsign_core::Error {
    reqsign_core::Error::unexpected("noted")
}

impl Wire {
    pub(super) fn new(client: &reqwest::Client, limit: Duration) -> Wire {
        Wire {
            client: client.clone(),
            limit,
            notes: Arc::default(),
        }
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        // No panic leaves the notes half written.
        lock(&self.notes)
    }

    /// Something that must not appear in any message.
    pub(super) fn hide(&self, secret: Secret) {
        self.notes().secrets.push(secret);
    }

    /// Nothing that answers HTTP is at the other end.
    pub(super) fn is_unreachable(&self) -> bool {
        let notes = self.notes();
        let no_connection = matches!(
            notes.last,
            Some(Last::Broken(
                Reason::Dns
                    | Reason::ConnectionRefused
                    | Reason::ConnectTimeout
                    | Reason::Connect
                    | Reason::Stalled,
                _
            ))
        );
        no_connection && !notes.answered
    }

    pub(super) fn last_status(&self) -> Option<u16> {
        match &self.notes().last {
            Some(Last::Answer(answer)) => Some(answer.status),
            _ => None,
        }
    }

    /// Why there are no keys.
    pub(super) fn failure(&self, service: &str) -> FetchError {
        match &self.notes().last {
            Some(Last::Answer(answer)) => answer.failure(service),
            Some(Last::Broken(fault, text)) => FetchError {
                message: format!("{service} cannot be reached: {text}"),
                permanent: fault.is_of_certificate() || *fault == Reason::OversizedReply,
            },
            Some(Last::File(text)) => FetchError::permanent(text.as_str()),
            None => FetchError::permanent(format!("no request to {service} can be made of this")),
        }
    }

    async fn send(&self, request: Request<Bytes>) -> reqsign_core::Result<Response<Bytes>> {
        if self.is_unreachable() {
            // Another try, for the older version of the service, would wait as long in vain.
            return Err(noted());
        }
        let request = self.prepare(request).ok_or_else(noted)?;
        let outcome = tokio::time::timeout(self.limit, self.exchange(request)).await;
        let (fault, text) = match outcome {
            Ok(Ok(response)) => {
                self.note_answer(&response);
                return Ok(response);
            }
            Ok(Err(broken)) => broken,
            Err(_) => {
                let text = format!("no whole answer within {} s", self.limit.as_secs_f32());
                (Reason::Stalled, text)
            }
        };
        let mut notes = self.notes();
        let text = tidy(&text, &notes.secrets, 300);
        notes.last = Some(Last::Broken(fault, text));
        Err(noted())
    }

    /// Notes what is secret in the request, and moves an OIDC token out of the URL into a form: URLs
    /// are written to the logs of whatever is on the way. STS takes both.
    fn prepare(&self, request: Request<Bytes>) -> Option<reqwest::Request> {
        let (mut head, mut body) = request.into_parts();
        let mut url = reqwest::Url::parse(&head.uri.to_string()).ok()?;
        let parameters: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        for (name, value) in &parameters {
            if SECRET_PARAMETERS.contains(&name.as_str()) {
                self.hide(Secret::from(value.clone()));
            }
        }
        if let Some(token) = head.headers.get(METADATA_TOKEN) {
            self.hide(Secret::from(token.to_str().ok()?.to_owned()));
        }
        if parameters.iter().any(|(name, _)| name == "OIDCToken") {
            let (common, form): (Vec<_>, Vec<_>) = parameters
                .into_iter()
                .partition(|(name, _)| URL_PARAMETERS.contains(&name.as_str()));
            let mut encoded = url.clone();
            encoded.query_pairs_mut().clear().extend_pairs(form);
            body = Bytes::from(encoded.query()?.to_owned());
            url.query_pairs_mut().clear().extend_pairs(common);
            // The type of content is set already.
            head.method = Method::POST;
        }
        let mut request = reqwest::Request::new(head.method, url);
        *request.headers_mut() = head.headers;
        *request.body_mut() = Some(body.into());
        Some(request)
    }

    async fn exchange(
        &self,
        request: reqwest::Request,
    ) -> std::result::Result<Response<Bytes>, (Reason, String)> {
        let broken = |error: reqwest::Error| {
            let error = error.without_url();
            (classify(&error, false).reason, describe(&error))
        };
        let mut reply = self.client.execute(request).await.map_err(broken)?;
        let mut body = BytesMut::new();
        while let Some(chunk) = reply.chunk().await.map_err(broken)? {
            if body.len() + chunk.len() > MAX_REPLY {
                let text = format!("the reply is larger than {MAX_REPLY} bytes");
                return Err((Reason::OversizedReply, text));
            }
            body.extend_from_slice(&chunk);
        }
        let mut response = Response::new(body.freeze());
        *response.status_mut() = reply.status();
        Ok(response)
    }

    fn note_answer(&self, response: &Response<Bytes>) {
        #[derive(Default, Deserialize)]
        #[serde(default, rename_all = "PascalCase")]
        struct Told {
            code: Option<String>,
            message: Option<String>,
            request_id: Option<String>,
        }
        let told: Told = serde_json::from_slice(response.body()).unwrap_or_default();
        let mut notes = self.notes();
        let secrets = &notes.secrets;
        let answer = Answer {
            status: response.status().as_u16(),
            code: told.code.map(|text| tidy(&text, secrets, 100)),
            message: told.message.map(|text| tidy(&text, secrets, 300)),
            request_id: told.request_id.map(|text| tidy(&text, secrets, 100)),
        };
        notes.answered = true;
        notes.last = Some(Last::Answer(answer));
    }
}

impl HttpSend for Wire {
    fn http_send(
        &self,
        request: Request<Bytes>,
    ) -> impl Future<Output = reqsign_core::Result<Response<Bytes>>> + Send {
        self.send(request)
    }
}

impl Answer {
    fn failure(&self, service: &str) -> FetchError {
        let Answer { status, code, .. } = self;
        let mut message = match status {
            200 => format!("the answer of {service} holds no valid keys"),
            _ => format!("{service} refused: HTTP {status}"),
        };
        let code = code.as_deref().filter(|code| *code != "Success");
        for text in [code, self.message.as_deref()].into_iter().flatten() {
            message.push_str(": ");
            message.push_str(text);
        }
        if let Some(id) = &self.request_id {
            message.push_str(&format!(" (request id {id})"));
        }
        let busy = code.is_some_and(|code| code.starts_with("Throttling"));
        FetchError {
            message,
            permanent: (300..500).contains(status) && ![408, 429].contains(status) && !busy,
        }
    }
}

/// The file with the OIDC token, for `reqsign` to read. What it calls the file does not matter.
pub(super) struct TokenFile {
    pub(super) path: PathBuf,
    pub(super) wire: Wire,
}

impl fmt::Debug for TokenFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TokenFile").field(&self.path).finish()
    }
}

impl FileRead for TokenFile {
    async fn file_read(&self, _: &str) -> reqsign_core::Result<Vec<u8>> {
        let problem = match file::read(self.path.clone(), MAX_TOKEN_FILE).await {
            Ok(content) => {
                let token = content.trim_ascii();
                if !token.is_empty() && token.iter().all(u8::is_ascii_graphic) {
                    return Ok(token.to_vec());
                }
                "holds no token".to_owned()
            }
            Err(error) => format!("cannot be read: {error}"),
        };
        let text = format!("the OIDC token file {} {problem}", self.path.display());
        self.wire.notes().last = Some(Last::File(text));
        Err(noted())
    }
}

/// A stretch of a secret this long is hidden wherever it appears; shorter ones tell little.
const TELLING: usize = 8;

/// One line of at most `most` characters without any of the secrets, nor parts of them: services cut
/// what they echo.
fn tidy(text: &str, secrets: &[Secret], most: usize) -> String {
    // What STS has signed holds all of the request, encoded twice.
    let text = text.split("string to sign").next().unwrap_or_default();
    let mut hidden = vec![false; text.len()];
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        let secret = secret.as_str().as_bytes();
        let size = secret.len().min(TELLING);
        let pieces: HashSet<&[u8]> = secret.windows(size).collect();
        for (start, piece) in text.as_bytes().windows(size).enumerate() {
            if pieces.contains(piece) {
                hidden[start..start + size].fill(true);
            }
        }
    }
    let mut shown = String::new();
    let mut hiding = false;
    for (at, letter) in text.char_indices().take(most) {
        if !hidden[at] {
            shown.push(if letter.is_control() { ' ' } else { letter });
        } else if !hiding {
            shown.push_str("***");
        }
        hiding = hidden[at];
    }
    shown.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets(texts: &[&str]) -> Vec<Secret> {
        texts
            .iter()
            .map(|text| Secret::from((*text).to_owned()))
            .collect()
    }

    #[test]
    fn secrets_are_hidden_whole_cut_and_more_than_once() {
        let secrets = secrets(&["CANARY-0123456789", "k3y"]);
        let tidied = |text| tidy(text, &secrets, 300);
        assert_eq!(tidied("a CANARY-0123456789 b"), "a *** b");
        assert_eq!(tidied("CANARY-0... of NARY-0123456"), "***... of ***");
        assert_eq!(tidied("the k3y, k3y"), "the ***, ***");
        assert_eq!(tidied("nothing\nof that"), "nothing of that");
        assert_eq!(tidied("no match: string to sign is GET"), "no match:");
        assert_eq!(tidy("é".repeat(400).as_str(), &secrets, 300).len(), 600);
        assert_eq!(tidied(""), "");
    }
}
