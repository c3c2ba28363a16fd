//! What the uploads of a client share: requests in flight, bandwidth, what a process makes once.

use std::sync::Arc;

use oss_resumable_models::budget::Budget;
use oss_resumable_models::limiter::{Limiter, Rate};
use oss_resumable_models::runtime::PerProcess;
use shuttle::sync::atomic::{AtomicUsize, Ordering};
use shuttle::{future, thread};

use super::explore;

const REQUESTS: u32 = 2;

/// Three uploads, one of which is given up at some moment.
fn requests_in_flight() {
    let budget = Budget::new(REQUESTS);
    let in_flight = Arc::new(AtomicUsize::new(0));
    let task = |owner, times| {
        let (budget, in_flight) = (Arc::clone(&budget), Arc::clone(&in_flight));
        async move {
            for _ in 0..times {
                let permit = budget.take(owner).await.expect("a permit");
                let now = in_flight.fetch_add(1, Ordering::SeqCst) + 1;
                assert!(now <= REQUESTS as usize, "{now} in flight");
                future::yield_now().await;
                in_flight.fetch_sub(1, Ordering::SeqCst);
                drop(permit);
            }
        }
    };
    let tasks: Vec<_> = [(1, 2), (1, 1), (2, 2)]
        .into_iter()
        .map(|(owner, times)| future::spawn(task(owner, times)))
        .collect();
    // One that only waits: it leaves nothing half done when it is given up.
    let leaving = {
        let budget = Arc::clone(&budget);
        future::spawn(async move { drop(budget.take(3).await) })
    };
    let leaver = thread::spawn(move || leaving.abort());
    for task in tasks {
        future::block_on(task).unwrap();
    }
    leaver.join().unwrap();
    // Every permit is back.
    future::block_on(async {
        let first = budget.take(4).await.unwrap();
        let second = budget.take(4).await.unwrap();
        drop((first, second));
    });
}

#[test]
fn every_request_gets_its_turn_and_every_permit_comes_back() {
    explore(
        requests_in_flight,
        &[
            "a permit that comes back wakes nobody",
            "a permit of somebody who left is lost",
        ],
    );
}

/// A limit so low that nobody's turn would come, which is lifted while two wait.
fn a_limit_that_is_lifted() {
    let rate = Arc::new(Rate::default());
    rate.set(1024);
    let limiter = Arc::new(Limiter::new(Arc::clone(&rate)));
    // Paid for in ten days.
    future::block_on(limiter.take(1 << 30));
    let waiting: Vec<_> = (0..2)
        .map(|_| {
            let limiter = Arc::clone(&limiter);
            future::spawn(async move { limiter.take(1000).await })
        })
        .collect();
    let lifter = thread::spawn(move || {
        rate.set(0);
        limiter.wake();
    });
    for task in waiting {
        future::block_on(task).unwrap();
    }
    lifter.join().unwrap();
}

#[test]
fn a_limit_that_is_lifted_frees_everybody_who_waits() {
    explore(
        a_limit_that_is_lifted,
        &["a rate is looked at before anybody listens for the next"],
    );
}

/// Several threads that need what the process has one of.
fn made_once() {
    let slot = Arc::new(PerProcess::<Arc<usize>>::empty());
    let made = Arc::new(AtomicUsize::new(0));
    let threads: Vec<_> = (0..3)
        .map(|_| {
            let (slot, made) = (Arc::clone(&slot), Arc::clone(&made));
            thread::spawn(move || {
                let make = || Ok(Arc::new(made.fetch_add(1, Ordering::SeqCst)));
                slot.get_or_make(make).unwrap()
            })
        })
        .collect();
    let got: Vec<_> = threads
        .into_iter()
        .map(|thread| thread.join().unwrap())
        .collect();
    assert!(
        got.iter().all(|one| Arc::ptr_eq(one, &got[0])),
        "one for all"
    );
    let one = Arc::downgrade(&got[0]);
    drop((got, slot));
    assert!(one.upgrade().is_none(), "nothing is left of it");
}

#[test]
fn all_threads_get_the_same_of_what_is_made_once() {
    explore(made_once, &["each keeps what it made"]);
}
