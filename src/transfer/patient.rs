//! One call outside an upload, tried again as often as an upload would.

use std::time::Instant;

use crate::call::{Answer, Call, Failure, Tries};
use crate::multipart::Api;
use crate::retry::{Attempts, Random, Verdict};

pub async fn perform(api: &Api, call: &Call) -> Result<Answer, Failure> {
    let started = Instant::now();
    let mut attempts = Attempts::default();
    let mut random = Random::new(getrandom::u64().unwrap_or(1));
    let limits = api.client.config.limits;
    let mut answered = false;
    loop {
        let tries = Tries {
            number: attempts.failed + 1,
            stalls: attempts.stalls,
        };
        let mut failure = match api.perform(call, tries).await {
            Ok(answer) => return Ok(answer),
            Err(failure) => failure,
        };
        answered |= failure.error.service.http_status != 0;
        let verdict = attempts.judge(&failure, started.elapsed(), &limits, answered, &mut random);
        match verdict {
            Verdict::Again(wait) => tokio::time::sleep(wait).await,
            Verdict::GiveUp => {
                failure.error.attempts = attempts.failed;
                return Err(failure);
            }
        }
    }
}
