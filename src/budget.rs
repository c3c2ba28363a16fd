//! How many requests of a client may be in flight, shared fairly by its uploads.

use std::collections::HashMap;
use std::sync::Arc;

use crate::lock::{Mutex, MutexGuard, lock, oneshot};

/// One upload, or one caller that is none.
pub type Owner = u64;

/// Whoever has the fewest requests in flight is next; among equals, whoever was served longest ago. So an
/// upload with a thousand parts waiting does not keep one with a single part out, however few requests
/// there may be.
#[derive(Debug)]
pub struct Budget {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    free: u32,
    in_flight: HashMap<Owner, u32>,
    /// When those were served last who wait or have requests in flight, by the number of permits given.
    served: HashMap<Owner, u64>,
    given: u64,
    /// In the order in which they asked.
    waiting: Vec<(Owner, oneshot::Sender<Permit>)>,
}

/// The right to have one request in flight; given back when dropped.
#[derive(Debug)]
pub struct Permit {
    budget: Arc<Budget>,
    owner: Owner,
}

impl Budget {
    pub fn new(requests: u32) -> Arc<Budget> {
        Arc::new(Budget {
            state: Mutex::new(State {
                free: requests.max(1),
                in_flight: HashMap::new(),
                served: HashMap::new(),
                given: 0,
                waiting: Vec::new(),
            }),
        })
    }

    pub async fn take(self: &Arc<Self>, owner: Owner) -> Option<Permit> {
        let (sender, receiver) = oneshot::channel();
        self.lock().waiting.push((owner, sender));
        self.hand_out();
        // Dropping this future drops the receiver, and with it a permit that was on its way.
        receiver.await.ok()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    fn hand_out(self: &Arc<Self>) {
        loop {
            let next = {
                let mut state = self.lock();
                let Some(next) = state.next() else {
                    return;
                };
                next
            };
            let permit = Permit {
                budget: Arc::clone(self),
                owner: next.0,
            };
            // One that nobody waits for any more comes back by being dropped.
            let _ = next.1.send(permit);
        }
    }
}

impl State {
    fn next(&mut self) -> Option<(Owner, oneshot::Sender<Permit>)> {
        self.waiting.retain(|(_, sender)| !sender.is_closed());
        if self.free == 0 {
            return None;
        }
        if self.served.len() > self.in_flight.len() + self.waiting.len() {
            let waits = |owner: &Owner| self.waiting.iter().any(|(waiting, _)| waiting == owner);
            let (in_flight, served) = (&self.in_flight, &mut self.served);
            served.retain(|owner, _| in_flight.contains_key(owner) || waits(owner));
        }
        let busy = |owner: &Owner| self.in_flight.get(owner).copied();
        let served = |owner: &Owner| self.served.get(owner).copied();
        let place = (self.waiting.iter().enumerate())
            .min_by_key(|(place, (owner, _))| (busy(owner), served(owner), *place))
            .map(|(place, _)| place)?;
        let (owner, sender) = self.waiting.remove(place);
        self.free -= 1;
        self.given += 1;
        *self.in_flight.entry(owner).or_default() += 1;
        self.served.insert(owner, self.given);
        Some((owner, sender))
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        {
            let mut state = self.budget.lock();
            state.free += 1;
            if let Some(count) = state.in_flight.get_mut(&self.owner) {
                *count -= 1;
                if *count == 0 {
                    state.in_flight.remove(&self.owner);
                }
            }
        }
        self.budget.hand_out();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap()
            .block_on(future)
    }

    #[test]
    fn the_owner_with_the_fewest_requests_is_next() {
        block_on(async {
            let budget = Budget::new(2);
            let first = budget.take(1).await.unwrap();
            let second = budget.take(1).await.unwrap();
            let (order, mut seen) = tokio::sync::mpsc::unbounded_channel();
            for owner in [1, 1, 1, 2] {
                let (budget, order) = (Arc::clone(&budget), order.clone());
                tokio::spawn(async move {
                    let permit = budget.take(owner).await.unwrap();
                    order.send((owner, permit)).unwrap();
                });
                tokio::task::yield_now().await;
            }
            drop(first);
            assert_eq!(seen.recv().await.unwrap().0, 2);
            drop(second);
            for _ in 0..3 {
                assert_eq!(seen.recv().await.unwrap().0, 1);
            }
        });
    }

    #[test]
    fn with_a_single_request_for_all_the_owners_take_turns() {
        block_on(async {
            let budget = Budget::new(1);
            let held = budget.take(1).await.unwrap();
            let (order, mut seen) = tokio::sync::mpsc::unbounded_channel();
            for owner in [1, 1, 1, 2, 2, 3] {
                let (budget, order) = (Arc::clone(&budget), order.clone());
                tokio::spawn(async move {
                    let permit = budget.take(owner).await.unwrap();
                    order.send((owner, permit)).unwrap();
                });
                tokio::task::yield_now().await;
            }
            drop(held);
            let mut owners = Vec::new();
            for _ in 0..6 {
                owners.push(seen.recv().await.unwrap().0);
            }
            assert_eq!(owners, [2, 3, 1, 2, 1, 1]);
            assert!(budget.lock().served.is_empty());
        });
    }

    #[test]
    fn a_permit_for_somebody_who_left_goes_to_the_next() {
        block_on(async {
            let budget = Budget::new(1);
            let held = budget.take(1).await.unwrap();
            let gone = tokio::spawn({
                let budget = Arc::clone(&budget);
                async move { budget.take(2).await.map(drop) }
            });
            tokio::task::yield_now().await;
            gone.abort();
            let _ = gone.await;
            drop(held);
            assert!(budget.take(3).await.is_some());
            assert_eq!(budget.lock().free, 1);
        });
    }
}
