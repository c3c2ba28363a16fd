//! A listener for the services beside OSS: whole requests in, whole replies out, no faults.

use std::future::Future;
use std::io;
use std::net::Ipv4Addr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::time::sleep;

use crate::connection::{BodyEnd, Connection, NoRequest};
use crate::plan::{BodyFaults, Ending, ReplyFaults};
use crate::reply::Reply;
use crate::request::Request;

/// More than any form or callback body needs.
const MAX_BODY: usize = 8 << 20;

/// A loopback listener that belongs to `runtime`, and its port.
pub fn bind(runtime: &Handle, port: u16) -> io::Result<(TcpListener, u16)> {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    listener.set_nonblocking(true)?;
    let port = listener.local_addr()?.port();
    let _context = runtime.enter();
    Ok((TcpListener::from_std(listener)?, port))
}

/// A thread of its own for something that runs until it is dropped.
pub struct Background(Option<Runtime>);

impl Background {
    pub fn new(name: &str) -> io::Result<Background> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name(name)
            .enable_all()
            .build()?;
        Ok(Background(Some(runtime)))
    }

    pub fn handle(&self) -> &Handle {
        self.0.as_ref().expect("only drop takes it").handle()
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            // Not waited for: a test may drop this within another runtime.
            runtime.shutdown_background();
        }
    }
}

/// Accepts for ever; a failure to accept is a lack of descriptors, which passes.
pub async fn accept<F: Future<Output = ()> + Send + 'static>(
    listener: TcpListener,
    serve: impl Fn(TcpStream) -> F,
) {
    loop {
        match listener.accept().await {
            Ok((socket, _)) => {
                let _ = socket.set_nodelay(true);
                tokio::spawn(serve(socket));
            }
            Err(_) => sleep(Duration::from_millis(20)).await,
        }
    }
}

/// Answers every request that comes in with what `answer` makes of it.
pub async fn serve<A, F>(listener: TcpListener, answer: A)
where
    A: Fn(Request, Vec<u8>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Reply> + Send + 'static,
{
    accept(listener, move |socket| connection(socket, answer.clone())).await;
}

async fn connection<A, F>(socket: TcpStream, answer: A)
where
    A: Fn(Request, Vec<u8>) -> F + Send + Sync + 'static,
    F: Future<Output = Reply> + Send + 'static,
{
    let mut connection = Connection::new(socket);
    let none = ReplyFaults::default();
    loop {
        let (mut reply, keep) = match connection.read_head(&Default::default()).await {
            Err(NoRequest::Gone) => return,
            Err(NoRequest::Malformed) => (Reply::empty(400), false),
            Ok(request) => {
                let Some(body) = read_body(&mut connection, &request).await else {
                    return;
                };
                let keep = request.keep_alive;
                (answer(request, body).await, keep)
            }
        };
        let way = if keep { "keep-alive" } else { "close" };
        reply.set_header("connection", Some(way.to_owned()));
        let ending = reply.send(&mut connection, false, &none).await;
        if let Some(ending) = ending.or((!keep).then_some(Ending::Fin)) {
            return connection.finish(ending).await;
        }
    }
}

async fn read_body(connection: &mut Connection, request: &Request) -> Option<Vec<u8>> {
    if request.expects_continue() {
        connection.send(b"HTTP/1.1 100 Continue\r\n\r\n").await.ok();
    }
    let mut body = Vec::new();
    let mut sink = |bytes: &mut [u8]| {
        if body.len() + bytes.len() <= MAX_BODY {
            body.extend_from_slice(bytes);
        }
    };
    let (_, end) = connection
        .read_body(request.framing, &BodyFaults::default(), &mut sink)
        .await;
    (end == BodyEnd::Complete).then_some(body)
}
