//! The end of an upload, of its body, of its log; and its counters.

use std::sync::Arc;

use oss_resumable_models::body::{BodyReport, BufferPool, PartBody};
use oss_resumable_models::config::Input;
use oss_resumable_models::error::{Code, Error};
use oss_resumable_models::host::Host;
use oss_resumable_models::limiter::Limiter;
use oss_resumable_models::log::{Level, Log, Sink};
use oss_resumable_models::plan::Part;
use oss_resumable_models::progress::Progress;
use oss_resumable_models::source::Source;
use oss_resumable_models::transfer::driver::Report;
use oss_resumable_models::upload::Watch;
use shuttle::sync::Mutex;
use shuttle::sync::atomic::{AtomicBool, Ordering};
use shuttle::{future, thread};

use super::explore;

fn canceled() -> Report {
    Report::failed(Error::new(Code::Canceled, "canceled"))
}

fn no_callbacks() -> Host {
    Host::new(Arc::default(), None)
}

/// One that waits, one that looks, one that cancels, and the upload, which ends when it is canceled.
fn a_wait_and_a_cancel() {
    let (watch, host) = (Arc::new(Watch::default()), Arc::new(no_callbacks()));
    let upload = {
        let watch = Arc::clone(&watch);
        future::spawn(async move {
            watch.control.cancel.raised().await;
            watch.end(canceled());
        })
    };
    let waiter = {
        let (watch, host) = (Arc::clone(&watch), Arc::clone(&host));
        thread::spawn(move || watch.wait(&host, None, None).unwrap().unwrap())
    };
    let cancelers: Vec<_> = (0..2)
        .map(|_| {
            let watch = Arc::clone(&watch);
            thread::spawn(move || watch.control.cancel.raise())
        })
        .collect();
    let before = watch.report();
    let waited = waiter.join().unwrap();
    let after = watch.report().expect("it has ended");
    assert!(Arc::ptr_eq(&waited, &after), "one end");
    assert!(before.is_none_or(|before| Arc::ptr_eq(&before, &after)));
    for canceler in cancelers {
        canceler.join().unwrap();
    }
    future::block_on(upload).unwrap();
}

#[test]
fn whoever_waits_is_woken_by_the_end_and_a_cancel_always_arrives() {
    explore(
        a_wait_and_a_cancel,
        &[
            "the end is told before it is there",
            "a cancel is told before it is there",
        ],
    );
}

/// Two that wait, each with a callback for progress.
fn two_waits() {
    let (watch, host) = (Arc::new(Watch::default()), Arc::new(no_callbacks()));
    watch.control.progress.set_total(100, 1);
    let inside = Arc::new(AtomicBool::new(false));
    let waiters: Vec<_> = (0..2)
        .map(|_| {
            let (watch, host) = (Arc::clone(&watch), Arc::clone(&host));
            let inside = Arc::clone(&inside);
            thread::spawn(move || {
                let returned = Arc::new(AtomicBool::new(false));
                let mut on_progress = |_| {
                    assert!(!inside.swap(true, Ordering::SeqCst), "two at once");
                    assert!(!returned.load(Ordering::SeqCst), "after the return");
                    thread::yield_now();
                    inside.store(false, Ordering::SeqCst);
                    true
                };
                let waited = watch.wait(&host, None, Some(&mut on_progress));
                returned.store(true, Ordering::SeqCst);
                match waited {
                    Ok(report) => report.expect("waits without a limit"),
                    Err(error) => {
                        assert_eq!(error.code, Code::State);
                        // Refused, and may come back.
                        loop {
                            thread::yield_now();
                            match watch.wait(&host, None, None) {
                                Ok(report) => return report.expect("waits without a limit"),
                                Err(error) => assert_eq!(error.code, Code::State),
                            }
                        }
                    }
                }
            })
        })
        .collect();
    watch
        .control
        .progress
        .set_stage(oss_resumable_models::error::Stage::Upload);
    watch.control.progress.moved(60);
    thread::yield_now();
    watch.control.progress.moved(40);
    watch.end(canceled());
    let reports: Vec<_> = waiters
        .into_iter()
        .map(|waiter| waiter.join().unwrap())
        .collect();
    assert!(Arc::ptr_eq(&reports[0], &reports[1]), "one end");
}

#[test]
fn one_thread_at_a_time_waits_and_is_called_back() {
    explore(two_waits, &["two threads wait at once"]);
}

/// A body of no bytes, which is handed over when it is made, and a cancel that wants to stop it.
fn a_body_and_a_cancel() {
    let progress = Arc::new(Progress::default());
    let report = Arc::new(BodyReport::new(progress));
    let stopper = {
        let report = Arc::clone(&report);
        thread::spawn(move || report.try_stop())
    };
    let source = Source::of(&Input::Memory(bytes::Bytes::new())).unwrap();
    let part = Part {
        number: 1,
        offset: 0,
        len: 0,
    };
    let limiter = Arc::new(Limiter::new(Arc::default()));
    let (pool, report2) = (Arc::<BufferPool>::default(), Arc::clone(&report));
    let body = PartBody::new(Arc::new(source), pool, limiter, report2, part, true);
    let stopped = stopper.join().unwrap();
    assert_ne!(stopped, report.handed_over(), "stopped or handed over");
    assert!(!report.try_stop(), "an end is for good");
    drop(body);
}

#[test]
fn a_body_is_either_stopped_or_handed_over() {
    explore(a_body_and_a_cancel, &["a body ends twice"]);
}

/// Two that say something and then hand on what was said.
fn a_log() {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&lines);
    let inside = AtomicBool::new(false);
    let log = Arc::new(Log::new(
        Level::Info,
        Sink::Host(Box::new(move |_, line| {
            assert!(!inside.swap(true, Ordering::SeqCst), "two at once");
            sink.lock().unwrap().push(line.chars().next_back().unwrap());
            inside.store(false, Ordering::SeqCst);
        })),
    ));
    let speakers: Vec<_> = ["ab", "cd"]
        .into_iter()
        .map(|names| {
            let log = Arc::clone(&log);
            thread::spawn(move || {
                for name in names.chars() {
                    log.line(Level::Info, || name.to_string());
                    log.drain();
                }
            })
        })
        .collect();
    for speaker in speakers {
        speaker.join().unwrap();
    }
    let lines: String = lines.lock().unwrap().iter().collect();
    let place = |name| lines.find(name).expect("every line is handed on");
    assert!(
        lines.len() == 4 && place('a') < place('b') && place('c') < place('d'),
        "{lines}"
    );
}

#[test]
fn every_line_of_the_log_is_handed_on_once_and_in_order() {
    explore(a_log, &["a line stays behind"]);
}

/// An attempt that fails, one that succeeds, and two that look.
fn counters() {
    let progress = Arc::new(Progress::default());
    progress.set_total(100, 1);
    let lookers: Vec<_> = (0..2)
        .map(|_| {
            let progress = Arc::clone(&progress);
            thread::spawn(move || {
                let mut before = 0;
                for _ in 0..4 {
                    let shown = progress.snapshot().consumed_bytes;
                    assert!(before <= shown && shown <= 100, "{before}, then {shown}");
                    before = shown;
                }
            })
        })
        .collect();
    progress.moved(70);
    progress.settled(70);
    progress.moved(100);
    progress.set_done(100, 1);
    progress.settled(100);
    for looker in lookers {
        looker.join().unwrap();
    }
    assert_eq!(progress.snapshot().consumed_bytes, 100);
}

#[test]
fn what_is_shown_never_goes_back() {
    explore(counters, &["what is shown goes back"]);
}
