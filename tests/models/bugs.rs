/// A mistake that a test can switch on.
#[allow(dead_code)] // the build script and the tests each need their own part
pub struct Bug {
    pub name: &'static str,
    /// Below `src`.
    file: &'static str,
    right: &'static str,
    /// What stands there in the models: both, `ON` says which.
    both: &'static str,
}

pub const BUGS: &[Bug] = &[
    Bug {
        name: "the end is told before it is there",
        file: "upload.rs",
        right: "*lock(&self.report) = Some(Arc::new(report));
        self.ended.notify_all();",
        both: "if ON {
            self.ended.notify_all();
            *lock(&self.report) = Some(Arc::new(report));
        } else {
            *lock(&self.report) = Some(Arc::new(report));
            self.ended.notify_all();
        }",
    },
    Bug {
        name: "two threads wait at once",
        file: "upload.rs",
        right: "self.waiting.swap(true, Ordering::AcqRel)",
        both: "(if ON {
            let before = self.waiting.load(Ordering::Acquire);
            self.waiting.store(true, Ordering::Release);
            before
        } else {
            self.waiting.swap(true, Ordering::AcqRel)
        })",
    },
    Bug {
        name: "a cancel is told before it is there",
        file: "multipart/mod.rs",
        right: "self.raised.store(true, Ordering::Release);
        self.notify.notify_one();",
        both: "if ON {
            self.notify.notify_one();
            self.raised.store(true, Ordering::Release);
        } else {
            self.raised.store(true, Ordering::Release);
            self.notify.notify_one();
        }",
    },
    Bug {
        name: "a rate is looked at before anybody listens for the next",
        file: "limiter.rs",
        right: "self.changed.notified();",
        both: "{
            let changed: std::pin::Pin<Box<dyn Future<Output = ()> + Send + Sync>> = if ON {
                Box::pin(async { self.changed.notified().await })
            } else {
                Box::pin(self.changed.notified())
            };
            changed
        };",
    },
    Bug {
        name: "a permit that comes back wakes nobody",
        file: "budget.rs",
        right: "self.budget.hand_out();",
        both: "if !ON { self.budget.hand_out(); }",
    },
    Bug {
        name: "a permit of somebody who left is lost",
        file: "budget.rs",
        right: "let _ = next.1.send(permit);",
        both: "if ON {
            std::mem::forget(next.1.send(permit));
        } else {
            let _ = next.1.send(permit);
        }",
    },
    Bug {
        name: "whoever waited for a renewal renews again",
        file: "renewal.rs",
        right: "if is_newer || (self.is_usable(&held, now) && now < held.renew_at) {",
        both: "if !ON && (is_newer || (self.is_usable(&held, now) && now < held.renew_at)) {",
    },
    Bug {
        name: "a question is taken by one who cannot answer it",
        file: "host.rs",
        right: "let Some(_calling) = try_lock(&asked.calling) else {
            return;
        };
        let question = lock(&asked.question).take();",
        both: "let early = if ON { lock(&asked.question).take() } else { None };
        let Some(_calling) = try_lock(&asked.calling) else {
            return;
        };
        let question = if ON { early } else { lock(&asked.question).take() };",
    },
    Bug {
        name: "two callbacks at once",
        file: "host.rs",
        right: "= try_lock(&asked.calling)",
        both: "= (if ON {
            try_lock(Box::leak(Box::new(Mutex::new(()))))
        } else {
            try_lock(&asked.calling)
        })",
    },
    Bug {
        name: "a line stays behind",
        file: "log.rs",
        right: "while !lock(&queue.lines).waiting.is_empty() {",
        both: "let mut again = true;
        while again && !lock(&queue.lines).waiting.is_empty() {
            again = !ON;",
    },
    Bug {
        name: "each keeps what it made",
        file: "runtime/mod.rs",
        right: "self.slot.compare_and_swap(&current, Some(made.clone()));",
        both: "if ON {
            self.slot.store(Some(made.clone()));
            arc_swap::Guard::from_inner(None)
        } else {
            self.slot.compare_and_swap(&current, Some(made.clone()))
        };",
    },
    Bug {
        name: "what is shown goes back",
        file: "progress.rs",
        right: "self
            .shown_bytes
            .fetch_max(now.min(total), Ordering::Relaxed)",
        both: "(if ON {
            self.shown_bytes.swap(now.min(total), Ordering::Relaxed)
        } else {
            self.shown_bytes.fetch_max(now.min(total), Ordering::Relaxed)
        })",
    },
    Bug {
        name: "a body ends twice",
        file: "body.rs",
        right: "self
            .end
            .compare_exchange(OPEN, end, Ordering::AcqRel, Ordering::Acquire)",
        both: "(if ON {
            match self.end.load(Ordering::Acquire) {
                OPEN => {
                    self.end.store(end, Ordering::Release);
                    Ok(OPEN)
                }
                other => Err(other),
            }
        } else {
            self.end.compare_exchange(OPEN, end, Ordering::AcqRel, Ordering::Acquire)
        })",
    },
];
