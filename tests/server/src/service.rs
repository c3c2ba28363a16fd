//! The course of one connection and of each request on it.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

use crate::blob::BlobWriter;
use crate::clock;
use crate::connection::{BodyEnd, Connection, NoRequest};
use crate::control;
use crate::distortion::{distort, fill_in};
use crate::error::OssError;
use crate::fault::Action;
use crate::operations::{self, Content};
use crate::plan::{BodyFaults, Ending, Plan, ReplyFaults};
use crate::reply::Reply;
use crate::request::Request;
use crate::state::{Exchange, Shared};

/// Far more than a Complete body with 10,000 parts needs.
const MAX_DOCUMENT: usize = 8 << 20;
/// More than any planted object a test needs.
const MAX_CONTROL_BODY: usize = 256 << 20;

pub async fn listen(shared: Arc<Shared>, listener: TcpListener) {
    loop {
        // Failing to accept is a lack of descriptors, which passes.
        let Ok((socket, _)) = listener.accept().await else {
            sleep(std::time::Duration::from_millis(20)).await;
            continue;
        };
        let _ = socket.set_nodelay(true);
        let id = shared.next_connection();
        let shared = Arc::clone(&shared);
        shared.open_connections.fetch_add(1, Ordering::Relaxed);
        tokio::spawn(async move {
            serve(Arc::clone(&shared), socket, id).await;
            shared.open_connections.fetch_sub(1, Ordering::Relaxed);
        });
    }
}

async fn serve(shared: Arc<Shared>, socket: TcpStream, id: u64) {
    let peer = socket.peer_addr().map(|peer| peer.to_string());
    let peer = peer.unwrap_or_default();
    let mut connection = Connection::new(socket);
    let ending = loop {
        let next = match connection.read_head(&shared.options.cnames).await {
            Ok(request) if request.is_control() => {
                // Test controls are no client's connection.
                if connection.first_request() {
                    shared.connections.fetch_sub(1, Ordering::Relaxed);
                }
                control_exchange(&shared, &mut connection, &request).await
            }
            Ok(request) => exchange(&shared, &mut connection, &request, (id, &peer)).await,
            Err(NoRequest::Gone) => return,
            Err(NoRequest::Malformed) => {
                let mut reply = Reply::empty(400);
                reply.set_header("connection", Some("close".to_owned()));
                let faults = ReplyFaults::default();
                reply.send(&mut connection, false, &faults).await;
                Some(Ending::Fin)
            }
        };
        if let Some(ending) = next {
            break ending;
        }
    };
    connection.finish(ending).await;
}

/// Where the body of a request goes.
enum Destination {
    Memory(Vec<u8>),
    Storage(Box<BlobWriter>),
    Nowhere,
}

impl Destination {
    fn take(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Destination::Memory(document) => {
                let room = MAX_DOCUMENT.saturating_sub(document.len());
                document.extend_from_slice(&bytes[..bytes.len().min(room)]);
                Ok(())
            }
            Destination::Storage(writer) => writer.write(bytes),
            Destination::Nowhere => Ok(()),
        }
    }

    fn content(self) -> Result<Content, OssError> {
        match self {
            Destination::Memory(document) => Ok(Content::Document(document)),
            Destination::Storage(writer) => {
                let received = writer.finish().map_err(storage_failed)?;
                Ok(Content::Data(received))
            }
            Destination::Nowhere => Ok(Content::Document(Vec::new())),
        }
    }
}

fn storage_failed(error: io::Error) -> OssError {
    OssError::internal(&format!(
        "The test server could not store the body: {error}"
    ))
}

/// Serves one OSS request. `Some` says how the connection has to end now.
async fn exchange(
    shared: &Arc<Shared>,
    connection: &mut Connection,
    request: &Request,
    from: (u64, &str),
) -> Option<Ending> {
    let exchange = Exchange::begin(shared, request, from);
    let plan = &exchange.plan;
    // Even a sleep of no time lasts until the timer's next tick, which is a millisecond.
    if !plan.delay.is_zero() {
        sleep(plan.delay).await;
    }

    let admitted = exchange.admit(request).map_err(Refusal::Error);
    let admitted = admitted.and_then(|()| match &plan.instead {
        Some(action) => Err(Refusal::Scripted(action.clone())),
        None => operations::check_head(shared, request).map_err(Refusal::Error),
    });
    exchange.met(matches!(&admitted, Err(Refusal::Scripted(_))));
    let early = matches!(
        &admitted,
        Err(Refusal::Scripted(Action::Status { early: true, .. }))
    );
    if early || (admitted.is_err() && request.expects_continue()) {
        let reply = refuse(shared, admitted.err()?, request, &exchange.request_id);
        let sent = respond(shared, connection, request, &exchange, reply, false, true).await;
        return Some(sent.unwrap_or(Ending::Fin));
    }
    if request.expects_continue() {
        connection.send(b"HTTP/1.1 100 Continue\r\n\r\n").await.ok();
    }

    let mut destination = match &admitted {
        Ok(()) if request.op.carries_data() => match BlobWriter::new(&shared.storage) {
            Ok(writer) => Destination::Storage(Box::new(writer)),
            Err(_) => Destination::Nowhere,
        },
        Ok(()) => Destination::Memory(Vec::new()),
        Err(_) => Destination::Nowhere,
    };
    // Before it lasts, because nobody may wait for its end.
    exchange.met(plan.body.stall.is_some());
    let (stored, end) = read_body(connection, request, plan, &exchange, &mut destination).await;
    match end {
        BodyEnd::Complete => {}
        BodyEnd::Cut => return Some(Ending::Fin),
        BodyEnd::Tripped(ending) => {
            exchange.met(true);
            return Some(ending);
        }
        BodyEnd::Malformed => return Some(Ending::Fin),
    }
    let barrier = shared.state().gates.take(request.op);
    if let Some(barrier) = barrier {
        barrier.pass().await;
    }

    let result = match admitted {
        Err(refusal) => Err(refusal),
        Ok(()) => match stored
            .map_err(storage_failed)
            .and_then(|()| destination.content())
        {
            Err(error) => Err(Refusal::Error(error)),
            Ok(content) => operations::apply(shared, request, content, &exchange)
                .await
                .map_err(Refusal::Error),
        },
    };
    let (reply, applied) = match result {
        Ok(reply) => {
            operations::aftermath(shared, request, plan);
            let distorted = distort(reply.clone(), request, plan, &exchange.request_id);
            let differs = !distorted.equals(&reply) || plan.etag.is_some();
            exchange.met(differs || plan.put_other_object || plan.delete_object);
            (distorted, operations::changes_state(request.op))
        }
        Err(refusal) => (
            refuse(shared, refusal, request, &exchange.request_id),
            false,
        ),
    };
    respond(
        shared, connection, request, &exchange, reply, applied, false,
    )
    .await
}

async fn read_body(
    connection: &mut Connection,
    request: &Request,
    plan: &Plan,
    exchange: &Exchange,
    destination: &mut Destination,
) -> (io::Result<()>, BodyEnd) {
    let mut stored = Ok(());
    let mut corrupt = plan.corrupt_body;
    let mut sink = |bytes: &mut [u8]| {
        exchange.count_body(bytes.len());
        if corrupt {
            bytes[0] ^= 1;
            corrupt = false;
        }
        if stored.is_ok() {
            stored = destination.take(bytes);
        }
    };
    let (received, end) = connection
        .read_body(request.framing, &plan.body, &mut sink)
        .await;
    exchange.record(|entry| entry.body_bytes = received);
    let slow = plan.body.bytes_per_second.is_some();
    exchange.met(received > 0 && (plan.corrupt_body || slow));
    (stored, end)
}

/// Why a request is not applied.
enum Refusal {
    Error(OssError),
    Scripted(Action),
}

fn refuse(shared: &Shared, refusal: Refusal, request: &Request, request_id: &str) -> Reply {
    match refusal {
        Refusal::Error(error) => error_reply(&error, request, request_id),
        Refusal::Scripted(Action::Status {
            code,
            oss_code,
            message,
            headers,
            body,
            ..
        }) => {
            let mut reply = match (&oss_code, body) {
                (_, Some(body)) => Reply {
                    oss_code: oss_code.clone(),
                    ..Reply::empty(code).body("text/html", fill_in(&body, request).into_bytes())
                },
                (Some(oss_code), None) => {
                    let message = message.as_deref().unwrap_or("Scripted by a test.");
                    let mut error = OssError::new(code, oss_code, message);
                    if oss_code == "RequestTimeTooSkewed" {
                        // As OSS says it: clients set their clock by it.
                        let now = shared.state().now();
                        error = error.with("ServerTime", clock::xml_date(now));
                    }
                    error_reply(&error, request, request_id)
                }
                (None, None) => Reply::empty(code),
            };
            for (name, value) in headers {
                reply.set_header(&name.to_lowercase(), Some(value));
            }
            reply
        }
        Refusal::Scripted(Action::Redirect { code, location }) => {
            let error = OssError::new(code, "TemporaryRedirect", "Redirected by a test.");
            error_reply(&error, request, request_id).header("location", location)
        }
        Refusal::Scripted(_) => Reply::empty(500),
    }
}

/// A reply to HEAD has no body, so its error goes into a header.
pub fn error_reply(error: &OssError, request: &Request, request_id: &str) -> Reply {
    let host = request.header("host").unwrap_or_default();
    let xml = error.to_xml(request_id, host);
    let reply = Reply::empty(error.status).header("x-oss-ec", error.ec());
    let reply = if request.method == "HEAD" {
        reply.header("x-oss-err", BASE64.encode(xml))
    } else {
        reply.body("application/xml", xml.into_bytes())
    };
    Reply {
        oss_code: Some(error.code.clone()),
        ..reply
    }
}

/// Logs and sends a reply; the log comes first, so that a client that has its reply finds it.
async fn respond(
    shared: &Shared,
    connection: &mut Connection,
    request: &Request,
    exchange: &Exchange,
    mut reply: Reply,
    applied: bool,
    close: bool,
) -> Option<Ending> {
    let plan = &exchange.plan;
    let mut met = plan.close_connection || plan.reply.any();
    let close = close || plan.close_connection || !request.keep_alive;
    let now = shared.state().now();
    for (name, value) in [
        ("server", "oss-test-server".to_owned()),
        ("date", clock::http_date(now)),
        (
            "connection",
            if close { "close" } else { "keep-alive" }.to_owned(),
        ),
        ("x-oss-request-id", exchange.request_id.clone()),
        ("x-oss-server-time", exchange.elapsed_ms().to_string()),
    ] {
        if !reply.headers.iter().any(|(given, _)| given == name) {
            reply.set_header(name, Some(value));
        }
    }
    for (name, value) in &plan.reply_headers {
        let before = reply.headers.iter().find(|(given, _)| given == name);
        met |= before.map(|(_, value)| value) != value.as_ref();
        reply.set_header(name, value.clone());
    }
    let silent = plan.reply.stall == Some(None) || matches!(plan.reply.trip, Some((0, _)));
    exchange.record(|entry| {
        entry.fault_met |= met;
        entry.status = if silent { 0 } else { reply.status };
        entry.oss_code = reply.oss_code.clone();
        entry.applied = applied;
        entry.elapsed_ms = Some(exchange.elapsed_ms());
    });
    // One that is held back goes on being served.
    if plan.reply.stall.is_none() {
        exchange.uncount();
    }
    let head_only = request.method == "HEAD";
    let ending = reply.send(connection, head_only, &plan.reply).await;
    ending.or(close.then_some(Ending::Fin))
}

/// Serves a test control: no signature, no log, no faults.
async fn control_exchange(
    shared: &Arc<Shared>,
    connection: &mut Connection,
    request: &Request,
) -> Option<Ending> {
    let mut body = Vec::new();
    let mut sink = |bytes: &mut [u8]| {
        if body.len() + bytes.len() <= MAX_CONTROL_BODY {
            body.extend_from_slice(bytes);
        }
    };
    if request.expects_continue() {
        connection.send(b"HTTP/1.1 100 Continue\r\n\r\n").await.ok();
    }
    let (_, end) = connection
        .read_body(request.framing, &BodyFaults::default(), &mut sink)
        .await;
    if end != BodyEnd::Complete {
        return Some(Ending::Fin);
    }
    let task = {
        let (shared, request) = (Arc::clone(shared), request.clone());
        // Hashing and planting take their time on the disk.
        tokio::task::spawn_blocking(move || control::answer(&shared, &request, &body))
    };
    let reply = task.await.unwrap_or_else(|_| Reply::empty(500));
    let ending = reply
        .send(
            connection,
            request.method == "HEAD",
            &ReplyFaults::default(),
        )
        .await;
    ending.or((!request.keep_alive).then_some(Ending::Fin))
}
