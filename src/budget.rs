//! How many requests of a client may be in flight, shared fairly by its uploads.

use std::collections::HashMap;
use std::sync::Arc;

use crate::lock::{Mutex, MutexGuard, lock, oneshot};

/// One upload, or one caller that is none.
pub type Owner = u64;

/// Whoever has the fewest requests in flight is next; among equals, whoever asked first. So an upload
/// with a thousand parts waiting does not keep one with a single part out.
#[derive(Debug)]
pub struct Budget {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    free: u32,
    in_flight: HashMap<Owner, u32>,
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
                let State {
                    free,
                    in_flight,
                    waiting,
                } = &mut *state;
                waiting.retain(|(_, sender)| !sender.is_closed());
                let next = waiting
                    .iter()
                    .enumerate()
                    .min_by_key(|(place, (owner, _))| (in_flight.get(owner).copied(), *place))
                    .map(|(place, _)| place);
                let Some(place) = next.filter(|_| *free > 0) else {
                    return;
                };
                *free -= 1;
                let (owner, sender) = waiting.remove(place);
                *in_flight.entry(owner).or_default() += 1;
                (owner, sender)
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
