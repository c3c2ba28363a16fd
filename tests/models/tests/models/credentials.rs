//! Renewal: one at a time, on a thread of the host, for all uploads.

use std::sync::{Arc, OnceLock};

use oss_resumable_models::credentials::Credentials;
use oss_resumable_models::error::{Code, Error};
use oss_resumable_models::host::{Given, Host};
use oss_resumable_models::log::Log;
use oss_resumable_models::provider::Network;
use oss_resumable_models::renewal::{Keeper, Origin, Renewing};
use oss_resumable_models::transfer::driver::Report;
use oss_resumable_models::upload::Watch;
use shuttle::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use shuttle::{future, thread};

use super::explore;

/// Never used: the keys come from a callback.
fn network() -> &'static Network {
    static NETWORK: OnceLock<Network> = OnceLock::new();
    NETWORK.get_or_init(|| {
        let client = Network::metadata_client().unwrap();
        Network {
            sts: client.clone(),
            metadata: client,
        }
    })
}

/// When the first keys end; renewed up to five minutes earlier.
const ENDS: i64 = 10_000;

struct Stage {
    keeper: Keeper,
    renewing: Renewing,
    host: Host,
    log: Arc<Log>,
    asked: Arc<AtomicUsize>,
    done: AtomicUsize,
}

impl Stage {
    /// Each answer of the callback is a new set of keys.
    fn new() -> Arc<Stage> {
        let asked = Arc::new(AtomicUsize::new(0));
        let (count, inside) = (Arc::clone(&asked), AtomicBool::new(false));
        let log = Arc::<Log>::default();
        let ask = move || {
            assert!(
                !inside.swap(true, Ordering::SeqCst),
                "two callbacks at once"
            );
            let number = count.fetch_add(1, Ordering::SeqCst);
            thread::yield_now();
            inside.store(false, Ordering::SeqCst);
            let credentials = Credentials::new(&format!("id{number}"), "secret", None);
            Ok(Given {
                credentials: credentials.unwrap(),
                expires_at: Some(ENDS + number as i64 * 1_000),
            })
        };
        Arc::new(Stage {
            keeper: Keeper::new(Origin::Host),
            renewing: Renewing::default(),
            host: Host::new(Arc::clone(&log), Some(Box::new(ask))),
            log,
            asked,
            done: AtomicUsize::new(0),
        })
    }

    async fn keys(&self) -> Arc<Credentials> {
        self.keys_at(1_000).await
    }

    async fn keys_at(&self, now: i64) -> Arc<Credentials> {
        let got = self
            .keeper
            .get(now, &self.renewing, network(), &self.host, &self.log)
            .await;
        got.unwrap_or_else(|failure| panic!("{failure:?}"))
    }

    /// A thread of the host that waits, until `tasks` are done.
    fn attend(self: &Arc<Self>, tasks: usize) -> thread::JoinHandle<()> {
        let stage = Arc::clone(self);
        thread::spawn(move || {
            while stage.done.load(Ordering::SeqCst) < tasks {
                stage.host.attend();
                thread::yield_now();
            }
        })
    }
}

/// Two uploads begin, are refused as expired, and go on.
fn renewal() {
    let stage = Stage::new();
    let tasks: Vec<_> = (0..2)
        .map(|_| {
            let stage = Arc::clone(&stage);
            future::spawn(async move {
                let first = stage.keys().await;
                // As every upload that signed with it is told.
                assert!(first.generation() > 1 || stage.keeper.refuse(first.generation()));
                let second = stage.keys().await;
                assert_eq!(second.generation(), 2);
                stage.done.fetch_add(1, Ordering::SeqCst);
            })
        })
        .collect();
    let waiter = stage.attend(2);
    for task in tasks {
        future::block_on(task).unwrap();
    }
    waiter.join().unwrap();
    assert_eq!(stage.asked.load(Ordering::SeqCst), 2, "once each for all");
}

#[test]
fn keys_are_renewed_once_for_all_who_need_them() {
    explore(renewal, &["whoever waited for a renewal renews again"]);
}

/// Two uploads that go on while their keys come close to their end.
fn renewal_ahead() {
    let stage = Stage::new();
    let waiter = stage.attend(2);
    future::block_on(stage.keys());
    let tasks: Vec<_> = (0..2)
        .map(|_| {
            let stage = Arc::clone(&stage);
            future::spawn(async move {
                stage.keys_at(ENDS - 100).await;
                stage.done.fetch_add(1, Ordering::SeqCst);
            })
        })
        .collect();
    for task in tasks {
        future::block_on(task).unwrap();
    }
    waiter.join().unwrap();
    assert_eq!(stage.asked.load(Ordering::SeqCst), 2, "once each for all");
    assert_eq!(stage.keeper.generation(), 2);
}

#[test]
fn keys_that_end_soon_are_renewed_once_for_all_who_use_them() {
    explore(
        renewal_ahead,
        &["whoever waited for a renewal renews again"],
    );
}

/// An upload that asks is given up, and another needs keys.
fn an_asker_that_leaves() {
    let stage = Stage::new();
    let task = || {
        let stage = Arc::clone(&stage);
        future::spawn(async move {
            stage.keys().await;
            stage.done.fetch_add(1, Ordering::SeqCst);
        })
    };
    let (leaving, staying) = (task(), task());
    let waiters = [stage.attend(1), stage.attend(1)];
    let leaver = thread::spawn(move || leaving.abort());
    future::block_on(staying).unwrap();
    leaver.join().unwrap();
    // Whoever is left may be done before the other is given up.
    for waiter in waiters {
        waiter.join().unwrap();
    }
    assert!((1..=2).contains(&stage.asked.load(Ordering::SeqCst)));
}

#[test]
fn an_upload_that_is_given_up_while_it_asks_leaves_the_others_their_keys() {
    explore(
        an_asker_that_leaves,
        &[
            "a question is taken by one who cannot answer it",
            "two callbacks at once",
        ],
    );
}

/// Two uploads need keys, and the host waits for each on a thread of its own.
fn whoever_waits_answers() {
    let stage = Stage::new();
    let watches = [Arc::new(Watch::default()), Arc::new(Watch::default())];
    let mut threads = Vec::new();
    for watch in &watches {
        let (stage_of_task, watch_of_task) = (Arc::clone(&stage), Arc::clone(watch));
        future::spawn(async move {
            stage_of_task.keys().await;
            watch_of_task.end(Report::failed(Error::new(Code::Canceled, "done")));
        });
        let (stage, watch) = (Arc::clone(&stage), Arc::clone(watch));
        threads.push(thread::spawn(move || {
            watch
                .wait(&stage.host, None, None)
                .unwrap()
                .expect("an end");
        }));
    }
    for thread in threads {
        thread.join().unwrap();
    }
    assert_eq!(stage.asked.load(Ordering::SeqCst), 1, "once for both");
}

#[test]
fn whoever_waits_for_one_upload_answers_for_all() {
    explore(
        whoever_waits_answers,
        &[
            "a question is taken by one who cannot answer it",
            "whoever waited for a renewal renews again",
        ],
    );
}
