//! What a client tells about its work: lines in a file, or handed to the host on a thread that waits
//! for us. No line ever holds a secret, at any level: what is logged is chosen field by field.

use std::collections::VecDeque;
use std::fmt;
use std::fs::File;
use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::error::{Error, Result};
use crate::lock::atomic::{AtomicBool, Ordering};
use crate::lock::{Mutex, lock, try_lock};
use crate::runtime::{self, PerProcess};

/// Lines that nobody has taken yet; older ones make room.
const MAX_WAITING: usize = 4096;
/// How long the end of an upload waits for a file that is slow.
const FLUSH_TIME: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(i32)]
pub enum Level {
    /// Uploads that failed.
    Error = 1,
    /// Attempts that failed and are made again; whatever ends up in the result's warnings.
    Warn = 2,
    /// Uploads that begin and end, credentials that are renewed.
    Info = 3,
    /// Every request, with its outcome.
    Debug = 4,
    /// Where requests go and which headers they carry, without the values that are the user's.
    Trace = 5,
}

impl Level {
    /// 0 is no log at all.
    pub fn from_number(number: i32) -> Result<Option<Level>> {
        Ok(Some(match number {
            0 => return Ok(None),
            1 => Level::Error,
            2 => Level::Warn,
            3 => Level::Info,
            4 => Level::Debug,
            5 => Level::Trace,
            other => {
                return Err(Error::invalid(
                    "log_level",
                    format_args!("{other} is not 0 (none) to 5 (most)"),
                ));
            }
        }))
    }

    fn name(self) -> &'static str {
        match self {
            Level::Error => "ERROR",
            Level::Warn => "WARN ",
            Level::Info => "INFO ",
            Level::Debug => "DEBUG",
            Level::Trace => "TRACE",
        }
    }
}

pub type OnLine = Box<dyn Fn(Level, &str) + Send + Sync>;

pub enum Sink {
    /// Called on a host's thread that waits, one line at a time.
    Host(OnLine),
    /// Opened for appending, so that processes can share it.
    File(File),
}

/// The log of one client.
pub struct Log {
    to: Option<(Level, Sink)>,
    queue: PerProcess<Arc<Queue>>,
}

#[derive(Default)]
struct Queue {
    lines: Mutex<Lines>,
    /// Lines are handed on by one thread at a time, so that they keep their order.
    draining: Mutex<()>,
    scheduled: AtomicBool,
}

#[derive(Default)]
struct Lines {
    waiting: VecDeque<(Level, String)>,
    lost: u64,
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = self.to.as_ref().map(|(level, _)| level);
        f.debug_struct("Log").field("level", &level).finish()
    }
}

impl Default for Log {
    /// No log.
    fn default() -> Log {
        Log {
            to: None,
            queue: PerProcess::empty(),
        }
    }
}

impl Log {
    pub fn new(level: Level, sink: Sink) -> Log {
        Log {
            to: Some((level, sink)),
            queue: PerProcess::empty(),
        }
    }

    /// Whether lines wait to be called out by a thread of the host.
    pub fn calls_host(&self) -> bool {
        matches!(self.to, Some((_, Sink::Host(_))))
    }

    pub fn takes(&self, level: Level) -> bool {
        self.to.as_ref().is_some_and(|(most, _)| level <= *most)
    }

    /// Never blocks. `text` is only made when somebody wants it.
    pub fn line(self: &Arc<Self>, level: Level, text: impl FnOnce() -> String) {
        if !self.takes(level) {
            return;
        }
        let Ok(queue) = self.queue.get_or_make(|| Ok(Arc::default())) else {
            return;
        };
        // One record, one line, whatever a server put into its words.
        let text = text().replace(char::is_control, " ");
        {
            let mut lines = lock(&queue.lines);
            // Looked at here, so that lines are in the order of their times.
            let now = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.%3fZ");
            let line = format!("{now} {} {text}", level.name());
            if lines.waiting.len() >= MAX_WAITING {
                lines.waiting.pop_front();
                lines.lost += 1;
            }
            lines.waiting.push_back((level, line));
        }
        let is_file = matches!(self.to, Some((_, Sink::File(_))));
        if is_file && !queue.scheduled.swap(true, Ordering::AcqRel) {
            let log = Arc::clone(self);
            // A disk that is slow must not hold up uploads.
            if let Ok(handle) = runtime::handle() {
                // From an engine's thread, whose signal mask the thread that writes inherits.
                handle.spawn(async move {
                    drop(runtime::blocking(move || {
                        queue.scheduled.store(false, Ordering::Release);
                        log.drain();
                    }));
                });
            }
        }
    }

    /// Hands on what waits. For a log that calls the host: only on a thread of the host.
    pub fn drain(&self) {
        let Some((_, sink)) = &self.to else {
            return;
        };
        let Ok(queue) = self.queue.get_or_make(|| Ok(Arc::default())) else {
            return;
        };
        // Looked at again without the lock: who found it held has left a line for us.
        while !lock(&queue.lines).waiting.is_empty() {
            let Some(_draining) = try_lock(&queue.draining) else {
                return;
            };
            queue.hand_on(sink);
        }
    }

    /// For a file, and at most for a second: returns when what was said so far is written. The
    /// process may end next.
    pub fn flush(&self) {
        let Some((_, Sink::File(_))) = &self.to else {
            return;
        };
        let Ok(queue) = self.queue.get_or_make(|| Ok(Arc::default())) else {
            return;
        };
        let deadline = Instant::now() + FLUSH_TIME;
        loop {
            self.drain();
            let is_idle = try_lock(&queue.draining).is_some();
            if is_idle || Instant::now() >= deadline {
                return;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Queue {
    fn hand_on(&self, sink: &Sink) {
        loop {
            let (lines, lost) = {
                let mut lines = lock(&self.lines);
                (
                    std::mem::take(&mut lines.waiting),
                    std::mem::take(&mut lines.lost),
                )
            };
            if lines.is_empty() {
                return;
            }
            if lost > 0 {
                write(
                    sink,
                    Level::Warn,
                    &format!("{lost} lines of the log were lost"),
                );
            }
            for (level, line) in lines {
                write(sink, level, &line);
            }
        }
    }
}

fn write(sink: &Sink, level: Level, line: &str) {
    match sink {
        Sink::Host(call) => call(level, line),
        Sink::File(file) => {
            // One write a line, so that lines of several processes do not mix. A full disk costs the
            // log, not the upload.
            let _ = (&*file).write_all(format!("{line}\n").as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_kept_for_the_host_in_order_up_to_a_limit() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&seen);
        let log = Arc::new(Log::new(
            Level::Info,
            Sink::Host(Box::new(move |level, line| {
                sink.lock().unwrap().push((level, line.to_owned()));
            })),
        ));
        log.line(Level::Debug, || unreachable!("nobody wants it"));
        for number in 0..MAX_WAITING + 5 {
            log.line(Level::Info, || format!("line {number}\r\nforged"));
        }
        assert!(seen.lock().unwrap().is_empty());
        log.drain();
        let seen = seen.lock().unwrap();
        assert_eq!(seen.len(), MAX_WAITING + 1);
        assert!(seen[0].1.contains("5 lines of the log were lost"));
        assert!(seen[1].1.ends_with("INFO  line 5  forged"), "{}", seen[1].1);
    }

    #[test]
    fn a_callback_that_panics_gets_the_next_lines() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&seen);
        let log = Arc::new(Log::new(
            Level::Info,
            Sink::Host(Box::new(move |_, line| {
                assert!(!line.ends_with("first"), "broken");
                sink.lock().unwrap().push(line.to_owned());
            })),
        ));
        log.line(Level::Info, || "first".to_owned());
        let drained = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| log.drain()));
        assert!(drained.is_err());
        log.line(Level::Info, || "second".to_owned());
        log.drain();
        assert!(seen.lock().unwrap()[0].ends_with("second"));
    }

    #[test]
    fn a_file_gets_its_lines_without_anybody_waiting() {
        let path = std::env::temp_dir().join(format!("ossr-log-{}", std::process::id()));
        let log = Arc::new(Log::new(
            Level::Trace,
            Sink::File(File::create(&path).unwrap()),
        ));
        log.line(Level::Error, || "broken".to_owned());
        for _ in 0..200 {
            let text = std::fs::read_to_string(&path).unwrap();
            if text.ends_with("ERROR broken\n") {
                std::fs::remove_file(&path).unwrap();
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        panic!("nothing was written");
    }
}
