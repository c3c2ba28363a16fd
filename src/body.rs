//! The body of one attempt at a part: streamed from the file in small chunks, CRC64 on the way.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use bytes::Bytes;
use http_body::{Frame, SizeHint};

use crate::bug::{self, Bug};
use crate::crc;
use crate::limiter::Limiter;
use crate::lock::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use crate::lock::{Mutex, lock};
use crate::plan::Part;
use crate::progress::Progress;
use crate::runtime;
use crate::source::{self, CHUNK, Likeness, Source, SourceError};

/// Handed to the transport at a time: small, so that a slow link still shows progress.
const FRAME: usize = 64 * 1024;

/// Buffers of one upload, used again and again.
#[derive(Debug, Default)]
pub struct BufferPool {
    free: Mutex<Vec<Vec<u8>>>,
}

impl BufferPool {
    fn take(&self) -> std::io::Result<Vec<u8>> {
        let free = lock(&self.free).pop();
        free.map_or_else(source::buffer, Ok)
    }

    fn give_back(&self, buffer: Vec<u8>) {
        let mut free = lock(&self.free);
        free.push(buffer);
    }
}

/// A filled buffer that returns to its pool when the transport has sent it.
struct Chunk {
    buffer: Vec<u8>,
    len: usize,
    pool: Arc<BufferPool>,
}

impl AsRef<[u8]> for Chunk {
    fn as_ref(&self) -> &[u8] {
        self.buffer.get(..self.len).unwrap_or_default()
    }
}

impl Drop for Chunk {
    fn drop(&mut self) {
        self.pool.give_back(std::mem::take(&mut self.buffer));
    }
}

/// When something last moved on an attempt's connection.
#[derive(Debug)]
pub struct Activity {
    started: Instant,
    last_ms: AtomicU64,
    answered: AtomicBool,
    /// Held back by our own bandwidth limit, which is no fault of the connection.
    paused: AtomicBool,
}

impl Activity {
    pub fn new() -> Activity {
        Activity {
            started: Instant::now(),
            last_ms: AtomicU64::new(0),
            answered: AtomicBool::new(false),
            paused: AtomicBool::new(false),
        }
    }

    pub fn note(&self) {
        let now = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last_ms.store(now, Ordering::Relaxed);
    }

    /// The first byte of the reply is there.
    pub fn answered(&self) {
        self.answered.store(true, Ordering::Relaxed);
        self.note();
    }

    pub fn is_answered(&self) -> bool {
        self.answered.load(Ordering::Relaxed)
    }

    fn set_paused(&self, paused: bool) {
        self.paused.store(paused, Ordering::Relaxed);
        self.note();
    }

    pub fn last(&self) -> Instant {
        if self.paused.load(Ordering::Relaxed) {
            return Instant::now();
        }
        self.started + std::time::Duration::from_millis(self.last_ms.load(Ordering::Relaxed))
    }
}

impl Default for Activity {
    fn default() -> Activity {
        Activity::new()
    }
}

const OPEN: u8 = 0;
/// The transport has taken every byte: the server may have the whole request.
const HANDED_OVER: u8 = 1;
/// The last bytes will never be handed over: the server cannot have the whole request.
const STOPPED: u8 = 2;

/// What an attempt tells about its body, during and after it.
#[derive(Debug)]
pub struct BodyReport {
    pub activity: Activity,
    progress: Arc<Progress>,
    moved: AtomicU64,
    /// `OPEN`, then once and for all `HANDED_OVER` or `STOPPED`.
    end: AtomicU8,
    crc: AtomicU64,
    error: Mutex<Option<SourceError>>,
}

impl BodyReport {
    pub fn new(progress: Arc<Progress>) -> BodyReport {
        BodyReport {
            activity: Activity::new(),
            progress,
            moved: AtomicU64::new(0),
            end: AtomicU8::new(OPEN),
            crc: AtomicU64::new(0),
            error: Mutex::new(None),
        }
    }

    pub fn handed_over(&self) -> bool {
        self.end.load(Ordering::Acquire) == HANDED_OVER
    }

    /// False when it is too late: every byte is out.
    pub fn try_stop(&self) -> bool {
        self.end_with(STOPPED)
    }

    fn end_with(&self, end: u8) -> bool {
        let exchanged = self
            .end
            .compare_exchange(OPEN, end, Ordering::AcqRel, Ordering::Acquire);
        exchanged.is_ok()
    }

    /// CRC64 of the bytes that were sent; meaningful once all were handed over.
    pub fn crc(&self) -> u64 {
        self.crc.load(Ordering::Acquire)
    }

    pub fn take_error(&self) -> Option<SourceError> {
        lock(&self.error).take()
    }

    fn fail(&self, error: SourceError) -> SourceError {
        *lock(&self.error) = Some(error.clone());
        error
    }

    fn note_moved(&self, bytes: u64) {
        self.moved.fetch_add(bytes, Ordering::Relaxed);
        self.progress.moved(bytes);
        self.activity.note();
    }
}

impl Drop for BodyReport {
    fn drop(&mut self) {
        self.progress.settled(self.moved.load(Ordering::Relaxed));
    }
}

type Filled = Result<(Vec<u8>, usize), SourceError>;

type Reading = Pin<Box<dyn Future<Output = crate::error::Result<Filled>> + Send + Sync>>;

type Turn = Pin<Box<dyn Future<Output = ()> + Send + Sync>>;

/// One pass over the bytes of a part. A retry makes a new one, which reads again.
pub struct PartBody {
    source: Arc<Source>,
    pool: Arc<BufferPool>,
    report: Arc<BodyReport>,
    offset: u64,
    /// Not yet read.
    unread: u64,
    /// Read, not yet handed over.
    pending: Bytes,
    digest: crc::Digest,
    reading: Option<Reading>,
    limiter: Arc<Limiter>,
    /// Waiting for the limiter, with the bytes that may go out then.
    turn: Option<(usize, Turn)>,
    /// The body is the whole object: its last bytes go out only if the file is still what was read,
    /// because the server makes the object visible as soon as it has them.
    is_whole_object: bool,
}

impl PartBody {
    pub fn new(
        source: Arc<Source>,
        pool: Arc<BufferPool>,
        limiter: Arc<Limiter>,
        report: Arc<BodyReport>,
        part: Part,
        is_whole_object: bool,
    ) -> PartBody {
        if part.len == 0 {
            report.crc.store(crc::crc64(&[]), Ordering::Release);
            report.end_with(HANDED_OVER);
        }
        PartBody {
            source,
            pool,
            report,
            offset: part.offset,
            unread: part.len,
            pending: Bytes::new(),
            digest: crc::Digest::new(),
            reading: None,
            limiter,
            turn: None,
            is_whole_object,
        }
    }

    fn poll_fill(&mut self, context: &mut Context<'_>) -> Poll<Filled> {
        if let Some(reading) = &mut self.reading {
            let joined = ready!(reading.as_mut().poll(context));
            self.reading = None;
            return Poll::Ready(joined.unwrap_or_else(|_| {
                let stopped = std::io::Error::other("the reading thread stopped");
                Err(self.source.unreadable(self.offset, &stopped))
            }));
        }
        let len = usize::try_from(self.unread).map_or(CHUNK, |unread| unread.min(CHUNK));
        let offset = self.offset;
        let mut buffer = match self.pool.take() {
            Ok(buffer) => buffer,
            Err(error) => return Poll::Ready(Err(self.source.unreadable(offset, &error))),
        };
        let source = Arc::clone(&self.source);
        let fill = move || {
            let chunk = buffer.get_mut(..len).unwrap_or_default();
            source.read_exact_at(chunk, offset)?;
            Ok((buffer, len))
        };
        // A read that comes back at once costs less here than the way to another thread and back; one
        // that does not would hold up the other uploads of this thread.
        if !self.source.pace().is_slow() {
            return Poll::Ready(fill());
        }
        self.reading = Some(Box::pin(runtime::blocking_while_wanted(fill)));
        self.poll_fill(context)
    }

    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<Bytes>, SourceError>> {
        if self.pending.is_empty() {
            if self.unread == 0 {
                return Poll::Ready(Ok(None));
            }
            let (buffer, len) = ready!(self.poll_fill(context))?;
            let chunk = Chunk {
                buffer,
                len,
                pool: Arc::clone(&self.pool),
            };
            self.digest.update(chunk.as_ref());
            self.offset += len as u64;
            self.unread -= len as u64;
            self.pending = Bytes::from_owner(chunk);
            if self.unread == 0 {
                self.check_source()?;
            }
        }
        let len = ready!(self.poll_turn(context));
        let frame = self.pending.split_to(len);
        self.report.note_moved(frame.len() as u64);
        if self.unread == 0 && self.pending.is_empty() {
            self.report
                .crc
                .store(self.digest.finish(), Ordering::Release);
            if !self.report.end_with(HANDED_OVER) {
                return Poll::Ready(Err(SourceError::Stopped));
            }
        }
        Poll::Ready(Ok(Some(frame)))
    }

    /// How much may be handed over now.
    fn poll_turn(&mut self, context: &mut Context<'_>) -> Poll<usize> {
        let most = self.pending.len().min(FRAME);
        let (len, turn) = match &mut self.turn {
            Some(waiting) => waiting,
            None => {
                let Some(allowed) = self.limiter.turn() else {
                    return Poll::Ready(most);
                };
                let (len, limiter) = (most.min(allowed), Arc::clone(&self.limiter));
                let turn: Turn = Box::pin(async move { limiter.take(len).await });
                self.turn.insert((len, turn))
            }
        };
        let len = *len;
        if turn.as_mut().poll(context).is_pending() {
            self.report.activity.set_paused(true);
            return Poll::Pending;
        }
        self.turn = None;
        self.report.activity.set_paused(false);
        Poll::Ready(len)
    }

    fn check_source(&self) -> Result<(), SourceError> {
        if !self.is_whole_object || bug::seeded(Bug::SmallChangeUnnoticed) {
            return self.source.check_handle().map(|_| ());
        }
        match self.source.check()? {
            Likeness::Same => Ok(()),
            // Nothing was sent before with which the content could be compared.
            _ => Err(self.source.changed("was modified")),
        }
    }
}

impl http_body::Body for PartBody {
    type Data = Bytes;
    type Error = SourceError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, SourceError>>> {
        match ready!(self.poll_next(context)) {
            Ok(None) => Poll::Ready(None),
            Ok(Some(bytes)) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            Err(error) => Poll::Ready(Some(Err(self.report.fail(error)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.unread == 0 && self.pending.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.unread + self.pending.len() as u64)
    }
}
