//! A network that fails: a TCP proxy that knows where requests begin, and cuts, stalls, slows down or
//! corrupts what passes, at any byte.
#![allow(dead_code)]

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

const MAX_HEAD: usize = 64 * 1024;
const PIECE: usize = 128 * 1024;

/// How a connection ends, on both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Fin,
    Reset,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    Cut(End),
    /// Nothing moves for so long; then it goes on.
    Pause(Duration),
    /// Nothing moves any more, and the connection ends only when everybody has long lost patience.
    Silence,
    /// One bit of this byte changes.
    Flip(u8),
}

/// What happens to one exchange, by the offset of a byte that does not pass unharmed any more.
#[derive(Clone, Debug, Default)]
pub struct Fate {
    pub request: Vec<(u64, Trouble)>,
    pub reply: Vec<(u64, Trouble)>,
    pub bytes_per_second: Option<u64>,
}

impl Fate {
    pub fn in_request(offset: u64, trouble: Trouble) -> Fate {
        Fate {
            request: vec![(offset, trouble)],
            ..Fate::default()
        }
    }

    pub fn in_reply(offset: u64, trouble: Trouble) -> Fate {
        Fate {
            reply: vec![(offset, trouble)],
            ..Fate::default()
        }
    }
}

/// The head of a request, as it came.
pub struct Head<'a> {
    pub text: &'a str,
    pub body: u64,
}

impl Head<'_> {
    pub fn method(&self) -> &str {
        self.text.split(' ').next().unwrap_or_default()
    }

    pub fn target(&self) -> &str {
        self.text.split(' ').nth(1).unwrap_or_default()
    }

    /// Bytes of head and body.
    pub fn len(&self) -> u64 {
        self.text.len() as u64 + self.body
    }
}

pub type Decide = dyn FnMut(&Head<'_>) -> Fate + Send;

pub struct Wire {
    pub address: SocketAddr,
    counts: Arc<Counts>,
    _runtime: tokio::runtime::Runtime,
}

#[derive(Default)]
struct Counts {
    bytes: AtomicU64,
    troubles: AtomicU64,
}

struct Shared {
    upstream: u16,
    decide: Mutex<Box<Decide>>,
    counts: Arc<Counts>,
}

impl Wire {
    /// To a port of this machine.
    pub fn start(upstream: u16, decide: impl FnMut(&Head<'_>) -> Fate + Send + 'static) -> Wire {
        Wire::start_at(([127, 0, 0, 1], 0).into(), upstream, decide)
    }

    /// Where clients come in, too.
    pub fn start_at(
        address: SocketAddr,
        upstream: u16,
        decide: impl FnMut(&Head<'_>) -> Fate + Send + 'static,
    ) -> Wire {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let listener = std::net::TcpListener::bind(address).unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let counts = Arc::new(Counts::default());
        let shared = Arc::new(Shared {
            upstream,
            decide: Mutex::new(Box::new(decide)),
            counts: Arc::clone(&counts),
        });
        runtime.spawn(async move {
            let listener = TcpListener::from_std(listener).unwrap();
            loop {
                match listener.accept().await {
                    Ok((client, _)) => {
                        tokio::spawn(serve(Arc::clone(&shared), client));
                    }
                    // A lack of descriptors, which passes.
                    Err(_) => sleep(Duration::from_millis(20)).await,
                }
            }
        });
        Wire {
            address,
            counts,
            _runtime: runtime,
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// That came from clients.
    pub fn bytes(&self) -> u64 {
        self.counts.bytes.load(Ordering::Relaxed)
    }

    /// That have happened, not only been planned.
    pub fn troubles(&self) -> u64 {
        self.counts.troubles.load(Ordering::Relaxed)
    }
}

async fn serve(shared: Arc<Shared>, mut client: TcpStream) {
    let Ok(mut server) = TcpStream::connect(("127.0.0.1", shared.upstream)).await else {
        return;
    };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let reply = Mutex::new(Lane::default());
    let end = {
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = server.split();
        tokio::select! {
            end = requests(&shared, from_client, to_server, &reply) => end,
            end = replies(&shared, from_server, to_client, &reply) => end,
        }
    };
    if end == End::Reset {
        // What was sent before is meant to arrive before the RST does.
        sleep(Duration::from_millis(2)).await;
        let _ = (client.set_zero_linger(), server.set_zero_linger());
    } else {
        let _ = server.shutdown().await;
        let _ = client.shutdown().await;
        // Closing with unread bytes would send an RST after all.
        let drained =
            async { while !matches!(client.read(&mut [0; 4096]).await, Ok(0) | Err(_)) {} };
        let _ = tokio::time::timeout(Duration::from_millis(200), drained).await;
    }
}

/// One direction of one exchange.
#[derive(Clone, Debug, Default)]
struct Lane {
    offset: u64,
    troubles: VecDeque<(u64, Trouble)>,
    bytes_per_second: Option<u64>,
}

impl Lane {
    fn new(mut troubles: Vec<(u64, Trouble)>, bytes_per_second: Option<u64>) -> Lane {
        troubles.sort_by_key(|(offset, _)| *offset);
        Lane {
            offset: 0,
            troubles: troubles.into(),
            bytes_per_second,
        }
    }

    /// Takes bytes from the front: what passes unharmed, and what comes then.
    fn next(&mut self, bytes: &mut [u8]) -> (usize, Option<Trouble>) {
        if let Some((at, trouble)) = self.troubles.front().copied()
            && at < self.offset + bytes.len() as u64
        {
            self.troubles.pop_front();
            let passes = at.saturating_sub(self.offset) as usize;
            if let Trouble::Flip(bit) = trouble {
                bytes[passes] ^= 1 << (bit % 8);
            }
            self.offset += passes as u64;
            return (passes, Some(trouble));
        }
        self.offset += bytes.len() as u64;
        (bytes.len(), None)
    }
}

async fn requests(
    shared: &Shared,
    mut client: ReadHalf<'_>,
    mut server: WriteHalf<'_>,
    reply: &Mutex<Lane>,
) -> End {
    let mut pending = Vec::new();
    let mut buffer = vec![0; PIECE];
    loop {
        let length = loop {
            if let Some(at) = pending.windows(4).position(|end| end == b"\r\n\r\n") {
                break at + 4;
            }
            match client.read(&mut buffer).await {
                Ok(count) if count > 0 && pending.len() < MAX_HEAD => {
                    shared
                        .counts
                        .bytes
                        .fetch_add(count as u64, Ordering::Relaxed);
                    pending.extend_from_slice(&buffer[..count]);
                }
                _ => return End::Fin,
            }
        };
        let text = String::from_utf8_lossy(&pending[..length]).into_owned();
        let body = content_length(&text);
        let head = Head { text: &text, body };
        let fate = (shared.decide.lock().unwrap())(&head);
        *reply.lock().unwrap() = Lane::new(fate.reply, fate.bytes_per_second);
        let lane = Mutex::new(Lane::new(fate.request, fate.bytes_per_second));
        let mut left = length as u64 + body;
        loop {
            let count = (pending.len() as u64).min(left) as usize;
            let mut now: Vec<u8> = pending.drain(..count).collect();
            if let Err(end) = pass(shared, &lane, &mut server, &mut now).await {
                return end;
            }
            left -= count as u64;
            if left == 0 {
                break;
            }
            match client.read(&mut buffer).await {
                Ok(count) if count > 0 => {
                    shared
                        .counts
                        .bytes
                        .fetch_add(count as u64, Ordering::Relaxed);
                    pending.extend_from_slice(&buffer[..count]);
                }
                _ => return End::Fin,
            }
        }
    }
}

async fn replies(
    shared: &Shared,
    mut server: ReadHalf<'_>,
    mut client: WriteHalf<'_>,
    lane: &Mutex<Lane>,
) -> End {
    let mut buffer = vec![0; PIECE / 2];
    loop {
        match server.read(&mut buffer).await {
            Ok(count) if count > 0 => {
                if let Err(end) = pass(shared, lane, &mut client, &mut buffer[..count]).await {
                    return end;
                }
            }
            Ok(_) => return End::Fin,
            Err(_) => return End::Reset,
        }
    }
}

async fn pass(
    shared: &Shared,
    lane: &Mutex<Lane>,
    to: &mut WriteHalf<'_>,
    mut bytes: &mut [u8],
) -> Result<(), End> {
    while !bytes.is_empty() {
        let (count, trouble) = lane.lock().unwrap().next(bytes);
        let (unharmed, rest) = bytes.split_at_mut(count);
        to.write_all(unharmed).await.map_err(|_| End::Fin)?;
        let rate = lane.lock().unwrap().bytes_per_second;
        if let Some(rate) = rate {
            sleep(Duration::from_secs_f64(count as f64 / rate as f64)).await;
        }
        bytes = rest;
        let Some(trouble) = trouble else { continue };
        shared.counts.troubles.fetch_add(1, Ordering::Relaxed);
        match trouble {
            Trouble::Cut(end) => return Err(end),
            Trouble::Pause(time) => sleep(time).await,
            Trouble::Silence => {
                sleep(Duration::from_secs(60)).await;
                return Err(End::Reset);
            }
            Trouble::Flip(_) => {}
        }
    }
    Ok(())
}

fn content_length(head: &str) -> u64 {
    head.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse().ok())
        .unwrap_or(0)
}
