//! The calls on the wire: request out, signed for every attempt; reply in, read and classified.

pub mod request;

use std::num::NonZero;
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;

use crate::body::{BodyReport, BufferPool, PartBody};
use crate::bug::{self, Bug};
use crate::call::{Answer, Call, Failure, FailureKind, Outcome, SignAgain, Tries};
use crate::client::{Client, Local};
use crate::credentials::Credentials;
use crate::error::{Code, Error, Reason, Stage};
use crate::headers::ObjectHeaders;
use crate::http::{HttpError, Outgoing, Payload, Reply, patience};
use crate::lock::Notify;
use crate::lock::atomic::{AtomicBool, Ordering};
use crate::log::Level;
use crate::plan::{Part, Plan};
use crate::progress::Progress;
use crate::renewal::{self, NoCredentials};
use crate::reply;
use crate::runtime;
use crate::source::{Source, SourceError};

use request::Prepared;

/// OSS may need long to put 10,000 parts together and sends nothing meanwhile.
const COMPLETE_PATIENCE: u32 = 4;
/// OSS gives each of up to five receivers of an upload callback five seconds, one after the other; asked
/// again, they would be told twice.
const CALLBACK_PATIENCE: Duration = Duration::from_secs(30);

/// The calls for one object.
pub struct Api {
    pub client: Arc<Client>,
    pub local: Arc<Local>,
    /// Tells its requests from those of other uploads.
    pub owner: u64,
    pub bucket: String,
    pub object: String,
    pub headers: ObjectHeaders,
    /// What is uploaded; none for calls that only clean up.
    pub content: Option<Content>,
    /// Breaks PutObject off while its body is not out.
    pub stop_put: Arc<Flag>,
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

impl Api {
    /// For calls that send no file.
    pub fn for_bucket(client: &Arc<Client>, bucket: &str) -> Result<Api, Error> {
        Ok(Api {
            client: Arc::clone(client),
            local: client.local()?,
            owner: client.next_owner(),
            bucket: bucket.to_owned(),
            object: String::new(),
            headers: ObjectHeaders::default(),
            content: None,
            stop_put: Arc::default(),
        })
    }

    /// One attempt.
    pub async fn perform(&self, call: &Call, tries: Tries) -> Outcome {
        let outcome = match call {
            Call::UploadPart { upload_id, number } => {
                self.upload_part(upload_id, *number, tries).await
            }
            Call::Put => self.put(tries).await,
            other => self.small(other, tries).await,
        };
        if let Err(failure) = &outcome {
            self.client.log.line(Level::Warn, || {
                format!("{} {}", self.name(call, tries), failure.error)
            });
        }
        outcome
    }

    async fn small(&self, call: &Call, tries: Tries) -> Outcome {
        let (reply, signer) = self.send(self.prepare(call), call, tries).await?;
        let mut outcome = match call {
            Call::Initiate => reply::initiate(&reply),
            Call::ListParts { marker, .. } => reply::list_parts(&reply, *marker),
            Call::Complete { .. } => reply::complete(reply, self.headers.has_callback()),
            Call::Head => reply::head(reply),
            Call::ListUploads { .. } => reply::list_uploads(&reply),
            _ => reply::aborted(&reply),
        };
        reply::scrub_outcome(&mut outcome, &signer);
        outcome
    }

    async fn upload_part(&self, upload_id: &str, number: u32, tries: Tries) -> Outcome {
        let content = self.content()?;
        let Some(part) = content.plan.part(number) else {
            return Err(local(Error::internal("a part outside the plan")));
        };
        if number == content.plan.parts() {
            assert!(!bug::seeded(Bug::PartPanics), "seeded");
        }
        let call = Call::UploadPart {
            upload_id: upload_id.to_owned(),
            number,
        };
        let (reply, sent_crc64, _) = self.send_part(&call, content, part, tries, None).await?;
        let stored_crc64 = reply::crc64(&reply);
        match reply::etag(&reply) {
            Some(etag) => Ok(Answer::Uploaded {
                etag,
                sent_crc64,
                stored_crc64,
                service: reply::service(&reply),
            }),
            None => Err(reply::unclear(&reply, Stage::Upload, "has no ETag")),
        }
    }

    async fn put(&self, tries: Tries) -> Outcome {
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
        let content_md5 = match self.client.config.endpoint.is_https() {
            // Nothing changes on the way unnoticed.
            true => None,
            false => Some(self.content_md5(content).await?),
        };
        let (reply, sent_crc64, signer) = self
            .send_part(&Call::Put, content, whole, tries, content_md5)
            .await?;
        let mut outcome = reply::committed(reply).map(|committed| Answer::Put {
            sent_crc64,
            committed,
        });
        reply::scrub_outcome(&mut outcome, &signer);
        outcome
    }

    /// What is damaged on its way to PutObject would be visible until it is sent again; OSS refuses it with
    /// this header.
    async fn content_md5(&self, content: &Content) -> Result<HeaderValue, Failure> {
        let (source, stop) = (Arc::clone(&content.source), Arc::clone(&self.stop_put));
        let md5 = runtime::blocking(move || source.md5(&|| stop.is_raised()));
        let md5 = md5.await.map_err(local)?.map_err(source_failure)?;
        HeaderValue::from_str(&STANDARD.encode(md5)).map_err(|error| local(Error::internal(error)))
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
        mut part: Part,
        tries: Tries,
        content_md5: Option<HeaderValue>,
    ) -> Result<(Reply, u64, Arc<Credentials>), Failure> {
        if tries.number > 1 && bug::seeded(Bug::RetryEmpty) {
            part.len = 0;
        }
        if tries.number > 1 && bug::seeded(Bug::RetryMisplaced) {
            part.offset = 0;
        }
        let report = Arc::new(BodyReport::new(Arc::clone(&content.progress)));
        let is_whole_object = *call == Call::Put;
        let body = PartBody::new(
            Arc::clone(&content.source),
            Arc::clone(&content.buffers),
            Arc::clone(&self.local.limiter),
            Arc::clone(&report),
            part,
            is_whole_object,
        );
        let mut prepared = self.prepare(call);
        prepared.content_md5 = content_md5;
        prepared.payload = Payload::Part(body, Arc::clone(&report));
        let sending = self.send(prepared, call, tries);
        let outcome = tokio::select! {
            outcome = sending => outcome,
            () = self.must_stop(&report), if is_whole_object => {
                return Err(source_failure(SourceError::Stopped));
            }
        };
        if let Some(error) = report.take_error() {
            return Err(source_failure(error));
        }
        let (reply, signer) = outcome?;
        if !report.handed_over() {
            return Err(reply::unclear(
                &reply,
                Stage::Upload,
                "came before the body was sent",
            ));
        }
        Ok((reply, report.crc(), signer))
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
        call: &Call,
        tries: Tries,
    ) -> Result<(Reply, Arc<Credentials>), Failure> {
        let stage = stage_of(call);
        // What cleans up does not wait for those that fill the server.
        let _permit = match &self.local.budget {
            Some(budget) if stage != Stage::Abort => budget.take(self.owner).await,
            _ => None,
        };
        let credentials = self
            .client
            .sign_with(&self.local)
            .await
            .map_err(|failure| no_credentials(failure, stage))?;
        let limits = &self.client.config.limits;
        let stall_timeout = patience(limits.stall_timeout, tries.stalls);
        let mut first_byte_timeout = limits
            .first_byte_timeout
            .map_or(stall_timeout, |limit| patience(limit, tries.stalls));
        if stage == Stage::Complete {
            first_byte_timeout = first_byte_timeout.saturating_mul(COMPLETE_PATIENCE);
        }
        let commits = stage == Stage::Complete || *call == Call::Put;
        if commits && self.headers.has_callback() {
            first_byte_timeout = first_byte_timeout.max(CALLBACK_PATIENCE);
        }
        let authority = self.authority(prepared.bucket);
        let outgoing = self.sign(prepared, &credentials, (stall_timeout, first_byte_timeout))?;
        let started = Instant::now();
        self.trace(call, tries, &outgoing);
        let outcome = self.local.http.send(outgoing).await;
        let took = started.elapsed().as_millis();
        let log = &self.client.log;
        let reply = match outcome {
            Ok(mut reply) => {
                reply::drop_echoes(&mut reply, &credentials);
                reply
            }
            Err(error) => {
                log.line(Level::Debug, || {
                    let name = self.name(call, tries);
                    let reason = error.reason.name().to_string_lossy();
                    format!("{name} ms={took} no reply: {reason}")
                });
                return Err(network_failure(&error, &authority, stage));
            }
        };
        log.line(Level::Debug, || {
            let name = self.name(call, tries);
            let id = reply::request_id(&reply).unwrap_or("-");
            format!("{name} ms={took} status={} request_id={id}", reply.status)
        });
        // 203 is for the caller: the object is stored, only the callback failed.
        if (200..300).contains(&reply.status) {
            return Ok((reply, credentials));
        }
        if reply.status < 200 {
            return Err(reply::unclear(&reply, stage, "is none"));
        }
        let mut failure = reply::refusal(&reply, stage, &credentials, &self.client.clock);
        if failure.is_of_wrong_region() {
            let config = &self.client.config;
            let hint = config.endpoint.region_hint(&config.region);
            failure.error.message.push_str(&hint);
        }
        let keeper = &self.client.credentials;
        let may_renew = keeper.generation() != credentials.generation()
            || (renewal::is_expiry(failure.oss_code()) && keeper.refuse(credentials.generation()));
        if let FailureKind::Service { sign_again, .. } = &mut failure.kind
            && *sign_again == SignAgain::No
            && reply.status == 403
            && may_renew
        {
            *sign_again = SignAgain::Credentials;
        }
        Err(failure)
    }

    /// The beginning of a line of the log.
    fn name(&self, call: &Call, tries: Tries) -> String {
        let mut name = format!("upload={} {}", self.owner, call.name());
        if let Call::UploadPart { number, .. } = call {
            name.push_str(&format!(" part={number}"));
        }
        name.push_str(&format!(" attempt={}", tries.number));
        name
    }

    /// The values of headers are shown where they are neither the user's nor signed.
    fn trace(&self, call: &Call, tries: Tries, outgoing: &Outgoing) {
        const SHOWN: [&str; 3] = ["content-length", "content-type", "x-oss-date"];
        self.client.log.line(Level::Trace, || {
            let mut line = format!(
                "{} {} {}",
                self.name(call, tries),
                outgoing.method,
                outgoing.url
            );
            for (name, value) in &outgoing.headers {
                line.push_str(&format!(" {name}"));
                if SHOWN.contains(&name.as_str()) || bug::seeded(Bug::HeaderLogged) {
                    line.push_str(&format!("={}", value.to_str().unwrap_or("?")));
                }
            }
            line
        });
    }
}

fn stage_of(call: &Call) -> Stage {
    match call {
        Call::Initiate => Stage::Initiate,
        Call::ListParts { .. } => Stage::Resume,
        Call::ListUploads { .. } => Stage::Prepare,
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

fn no_credentials(failure: NoCredentials, stage: Stage) -> Failure {
    Failure {
        kind: FailureKind::Credentials {
            permanent: failure.permanent,
        },
        maybe_applied: false,
        error: failure.error.at(stage),
    }
}

fn network_failure(error: &HttpError, authority: &str, stage: Stage) -> Failure {
    let what = match error.reason {
        Reason::Dns => "the endpoint's name cannot be resolved; check endpoint and region",
        Reason::ConnectionRefused => "the connection was refused; check host and port",
        Reason::ConnectTimeout => "no connection in time",
        Reason::Connect => "no connection",
        Reason::ProxyUnreachable => "the proxy cannot be reached; check proxy",
        Reason::ProxyAuthentication => {
            "the proxy wants an account; check proxy_user and proxy_password"
        }
        Reason::ProxyRefused => "the proxy refused to connect to the endpoint",
        Reason::CertificateExpired => {
            "the server's certificate has expired, or the local clock is wrong"
        }
        Reason::CertificateWrongHost => "the server's certificate is for another host name",
        Reason::CertificateUnknownCa => {
            "the server's certificate is signed by an unknown authority; see ca_file"
        }
        Reason::Certificate => "the server's certificate is not accepted",
        Reason::Tls => "the TLS handshake failed",
        Reason::Stalled => "the connection stalled",
        Reason::Broken => "the connection broke",
        Reason::OversizedReply => "the reply is too large",
    };
    let permanent = error.is_permanent();
    let mut told = Error::new(Code::Network, format!("{authority}: {what}: {error}"))
        .at(stage)
        .retryable(!permanent);
    told.reason = Some(error.reason);
    told.os_errno = error.os_errno.and_then(NonZero::new);
    Failure {
        kind: FailureKind::Network {
            permanent,
            stalled: error.reason == Reason::Stalled,
        },
        maybe_applied: error.maybe_received,
        error: told,
    }
}
