//! Which failures are tried again, how often, and after what wait. Pure: time and randomness come in.

use std::time::Duration;

use crate::bug::{self, Bug};
use crate::call::{Failure, FailureKind, SignAgain};
use crate::config::{FIRST_ANSWER_TIMEOUT, Limits};
use crate::reply::is_transient;

const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(20);
/// A second correction of the clock may be right (it was wrong in both directions); a third is a loop.
const MAX_CLOCK_CORRECTIONS: u32 = 2;
const MAX_CREDENTIAL_CHANGES: u32 = 8;

/// A small generator (SplitMix64): the jitter needs to differ between uploads, not to be secret.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Anywhere from nothing to `limit`.
    fn up_to(&mut self, limit: Duration) -> Duration {
        let nanos = u64::try_from(limit.as_nanos()).unwrap_or(u64::MAX);
        Duration::from_nanos(self.next() % nanos.saturating_add(1).max(1))
    }
}

/// The failures of one request so far.
#[derive(Clone, Debug, Default)]
pub struct Attempts {
    pub failed: u32,
    pub stalls: u32,
    first_failure: Option<Duration>,
    clock_corrections: u32,
    credential_changes: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Again, after this long.
    Again(Duration),
    GiveUp,
}

impl Attempts {
    /// `answered`: the server has answered at least once during this upload.
    pub fn judge(
        &mut self,
        failure: &Failure,
        now: Duration,
        limits: &Limits,
        answered: bool,
        random: &mut Random,
    ) -> Verdict {
        let first_failure = *self.first_failure.get_or_insert(now);
        self.failed += 1;
        let asked = match &failure.kind {
            FailureKind::Source(_) | FailureKind::Local => return Verdict::GiveUp,
            FailureKind::Network {
                permanent: true, ..
            }
            | FailureKind::Credentials { permanent: true } => return Verdict::GiveUp,
            FailureKind::Network { stalled, .. } => {
                self.stalls += u32::from(*stalled);
                None
            }
            FailureKind::Unclear | FailureKind::Credentials { .. } => None,
            FailureKind::Service {
                sign_again: SignAgain::Clock,
                ..
            } if self.clock_corrections < MAX_CLOCK_CORRECTIONS => {
                self.clock_corrections += 1;
                return Verdict::Again(Duration::ZERO);
            }
            FailureKind::Service {
                sign_again: SignAgain::Credentials,
                ..
            } if self.credential_changes < MAX_CREDENTIAL_CHANGES => {
                self.credential_changes += 1;
                return Verdict::Again(Duration::ZERO);
            }
            FailureKind::Service { .. }
                if !is_transient(failure.status(), failure.oss_code())
                    && !bug::seeded(Bug::RefusalRetried) =>
            {
                return Verdict::GiveUp;
            }
            FailureKind::Service { retry_after, .. } => *retry_after,
        };
        if limits.max_retries.is_some_and(|most| self.failed > most) {
            return Verdict::GiveUp;
        }
        let doubled = FIRST_WAIT.saturating_mul(1 << (self.failed - 1).min(20));
        let jittered = random.up_to(doubled.min(LONGEST_WAIT));
        let wait = asked.map_or(jittered, |asked| asked + jittered.min(FIRST_WAIT));
        let window = if answered {
            limits.retry_timeout
        } else {
            limits.retry_timeout.min(FIRST_ANSWER_TIMEOUT)
        };
        if now + wait > first_failure + window {
            return Verdict::GiveUp;
        }
        Verdict::Again(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Code, Error};

    fn service(status: u16, code: &str, sign_again: SignAgain) -> Failure {
        let mut error = Error::new(Code::Service, "x");
        error.service.code = Some(code.to_owned());
        Failure {
            kind: FailureKind::Service {
                status,
                retry_after: None,
                sign_again,
            },
            maybe_applied: false,
            error,
        }
    }

    fn judge(attempts: &mut Attempts, failure: &Failure, now: u64) -> Verdict {
        attempts.judge(
            failure,
            Duration::from_secs(now),
            &Limits::default(),
            true,
            &mut Random::new(7),
        )
    }

    #[test]
    fn what_may_pass_is_tried_again_and_what_will_not_is_not() {
        for (status, code, again) in [
            (500, "InternalError", true),
            (502, "", true),
            (503, "ServiceUnavailable", true),
            (429, "", true),
            (408, "", true),
            (400, "RequestTimeout", true),
            (400, "InvalidArgument", false),
            (403, "AccessDenied", false),
            (404, "NoSuchBucket", false),
            (409, "FileAlreadyExists", false),
            (301, "", false),
        ] {
            let verdict = judge(
                &mut Attempts::default(),
                &service(status, code, SignAgain::No),
                0,
            );
            assert_eq!(verdict != Verdict::GiveUp, again, "{status} {code}");
        }
    }

    #[test]
    fn a_request_that_fails_too_long_is_given_up() {
        let mut attempts = Attempts::default();
        let failure = service(503, "", SignAgain::No);
        assert_ne!(judge(&mut attempts, &failure, 0), Verdict::GiveUp);
        assert_ne!(judge(&mut attempts, &failure, 200), Verdict::GiveUp);
        assert_eq!(judge(&mut attempts, &failure, 301), Verdict::GiveUp);
    }

    #[test]
    fn a_wrong_clock_is_corrected_at_most_twice_and_at_once() {
        let mut attempts = Attempts::default();
        let failure = service(403, "RequestTimeTooSkewed", SignAgain::Clock);
        for _ in 0..2 {
            let verdict = judge(&mut attempts, &failure, 0);
            assert_eq!(verdict, Verdict::Again(Duration::ZERO));
        }
        assert_eq!(judge(&mut attempts, &failure, 0), Verdict::GiveUp);
    }

    #[test]
    fn the_servers_wait_is_a_lower_bound() {
        let mut failure = service(503, "", SignAgain::No);
        if let FailureKind::Service { retry_after, .. } = &mut failure.kind {
            *retry_after = Some(Duration::from_secs(7));
        }
        match judge(&mut Attempts::default(), &failure, 0) {
            Verdict::Again(wait) => assert!(wait >= Duration::from_secs(7)),
            Verdict::GiveUp => panic!("given up"),
        }
    }

    #[test]
    fn waits_grow_differ_and_stay_below_the_longest() {
        let limits = Limits::default();
        let failure = service(500, "", SignAgain::No);
        let mut longest = Duration::ZERO;
        for seed in 0..50 {
            let (mut attempts, mut random) = (Attempts::default(), Random::new(seed));
            for _ in 0..12 {
                let now = Duration::ZERO;
                match attempts.judge(&failure, now, &limits, true, &mut random) {
                    Verdict::Again(wait) => longest = longest.max(wait),
                    Verdict::GiveUp => panic!("given up"),
                }
            }
        }
        assert!(longest <= LONGEST_WAIT && longest > LONGEST_WAIT / 2);
    }
}
