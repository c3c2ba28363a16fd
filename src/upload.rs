//! One upload as its owner sees it: started, waited for, looked at, canceled.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use crate::client::Client;
use crate::config::UploadRequest;
use crate::error::{Code, Error, Result, Stage};
use crate::host::Host;
use crate::lock::atomic::{AtomicBool, Ordering};
use crate::lock::{Condvar, Mutex, lock};
use crate::progress::Snapshot;
use crate::runtime;
use crate::transfer::driver::{self, Control, Report};

/// How often a waiting thread looks at the counters for its callback.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(100);

/// Told of progress; returns whether to go on.
pub type OnProgress<'a> = &'a mut dyn FnMut(Snapshot) -> bool;

pub struct Upload {
    client: Arc<Client>,
    watch: Arc<Watch>,
    process: u32,
}

/// Where those who wait for an upload, those who cancel it and the task that does it meet.
#[derive(Default)]
pub struct Watch {
    pub control: Arc<Control>,
    report: Mutex<Option<Arc<Report>>>,
    ended: Condvar,
    waiting: AtomicBool,
    /// Counters as last told, and when; a later `wait` must not go back behind an earlier one.
    told: Mutex<Option<(u64, Instant)>>,
}

impl Upload {
    pub fn start(client: &Arc<Client>, request: UploadRequest) -> Result<Upload> {
        runtime::spare_standard_descriptors();
        let runtime = runtime::handle()?;
        let upload = Upload {
            client: Arc::clone(client),
            watch: Arc::default(),
            process: std::process::id(),
        };
        let (client, watch) = (Arc::clone(client), Arc::clone(&upload.watch));
        runtime.spawn(async move {
            let running = tokio::spawn(driver::run(client, request, Arc::clone(&watch.control)));
            // A panic ends this upload with an error and nothing else.
            let report = running
                .await
                .unwrap_or_else(|panic| watch.control.broken(Error::internal(panic)));
            watch.end(report);
        });
        Ok(upload)
    }

    /// Waits for the end, at most for `timeout`; `None` when it has not come. `on_progress` is called
    /// on this thread only, and not after this has returned.
    pub fn wait(
        &self,
        timeout: Option<Duration>,
        on_progress: Option<OnProgress<'_>>,
    ) -> Result<Option<Arc<Report>>> {
        self.check_process()?;
        self.watch.wait(&self.client.host, timeout, on_progress)
    }

    pub fn progress(&self) -> Result<Snapshot> {
        self.check_process()?;
        Ok(self.watch.control.progress.snapshot())
    }

    /// From any thread, any number of times, at any time.
    pub fn cancel(&self) {
        // In a child made by `fork()` the parent's upload does not run.
        if self.check_process().is_ok() {
            self.watch.control.cancel.raise();
        }
    }

    /// `None` while it runs.
    pub fn report(&self) -> Result<Option<Arc<Report>>> {
        self.check_process()?;
        Ok(self.watch.report())
    }

    fn check_process(&self) -> Result<()> {
        if self.process == std::process::id() {
            return Ok(());
        }
        Err(Error::new(
            Code::State,
            "this upload belongs to the parent process; start a new one after fork()",
        ))
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        self.cancel();
    }
}

impl Watch {
    /// The upload is over. Once.
    pub fn end(&self, report: Report) {
        *lock(&self.report) = Some(Arc::new(report));
        self.ended.notify_all();
    }

    /// As [`Upload::wait`]; callbacks run on this thread meanwhile.
    pub fn wait(
        &self,
        host: &Host,
        timeout: Option<Duration>,
        on_progress: Option<OnProgress<'_>>,
    ) -> Result<Option<Arc<Report>>> {
        if self.waiting.swap(true, Ordering::AcqRel) {
            return Err(Error::new(
                Code::State,
                "another thread is waiting for this upload, or this is its callback",
            ));
        }
        let _waiting = Waiting(&self.waiting);
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut teller = on_progress.map(|callback| Teller {
            callback,
            watch: self,
            stopped: false,
        });
        let slice = match (host.has_callbacks(), teller.is_some()) {
            // Uploads may wait for them.
            (true, _) => runtime::ATTENTION,
            (false, true) => PROGRESS_INTERVAL,
            // Long, only so that the wait is not without an end.
            (false, false) => Duration::from_secs(3600),
        };
        loop {
            host.attend();
            if let Some(report) = self.report_within(deadline, slice) {
                // What was said while it ended.
                host.attend();
                host.flush();
                if let Some(teller) = &mut teller {
                    teller.tell(report.outcome.is_ok());
                }
                return Ok(Some(report));
            }
            if let Some(teller) = &mut teller {
                teller.tell(false);
            }
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return Ok(None);
            }
        }
    }

    fn report_within(&self, deadline: Option<Instant>, slice: Duration) -> Option<Arc<Report>> {
        let report = lock(&self.report);
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let slice = left.map_or(slice, |left| left.min(slice));
        let (report, _) = self
            .ended
            .wait_timeout_while(report, slice, |report| report.is_none())
            .unwrap_or_else(PoisonError::into_inner);
        report.clone()
    }

    /// `None` while it runs.
    pub fn report(&self) -> Option<Arc<Report>> {
        lock(&self.report).clone()
    }
}

struct Waiting<'a>(&'a AtomicBool);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

struct Teller<'a, 'b> {
    callback: OnProgress<'a>,
    watch: &'b Watch,
    stopped: bool,
}

impl Teller<'_, '_> {
    /// Calls back if there is anything new. After a success the last call has all the bytes, even
    /// where there are none.
    fn tell(&mut self, succeeded: bool) {
        if self.stopped {
            return;
        }
        let snapshot = self.watch.control.progress.snapshot();
        {
            let mut told = lock(&self.watch.told);
            // What earlier runs sent is not known before.
            let is_settled = !matches!(snapshot.stage, Stage::Prepare | Stage::Resume);
            let news = match *told {
                None => (snapshot.total_bytes > 0 && is_settled) || succeeded,
                Some((told, when)) => {
                    let is_time = succeeded || when.elapsed() >= PROGRESS_INTERVAL;
                    snapshot.consumed_bytes > told && is_time
                }
            };
            if !news {
                return;
            }
            *told = Some((snapshot.consumed_bytes, Instant::now()));
        }
        if !(self.callback)(snapshot) {
            self.stopped = true;
            self.watch.control.cancel.raise();
        }
    }
}
