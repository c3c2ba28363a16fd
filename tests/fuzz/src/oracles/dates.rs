//! Retry-After and dates, as they come in replies: bounded, and what other readers make of them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, HeaderValue};

use oss_resumable::call::{Answer, FailureKind, SignAgain};
use oss_resumable::client::Clock;
use oss_resumable::credentials::Credentials;
use oss_resumable::error::Stage;
use oss_resumable::http::Reply;
use oss_resumable::reply;

use super::input::Input;

const LONGEST: u64 = 60;
/// The years 1 to 9999, as far as a clock may be corrected.
const TIMES: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

pub fn check(data: &[u8]) {
    let mut input = Input::new(data);
    match input.below(6) {
        0 => retry_after(input.rest()),
        1 => date(input.rest()),
        2 => server_time(&String::from_utf8_lossy(input.rest())),
        // Well-formed, so that every number is tried.
        3 => retry_after(input.u64().to_string().as_bytes()),
        4 => {
            let written = http_date(&mut input);
            date(written.as_bytes());
            retry_after(written.as_bytes());
        }
        _ => server_time(&iso_date(&mut input)),
    }
}

fn replied(status: u16, name: &'static str, value: HeaderValue, body: String) -> Reply {
    Reply {
        status,
        headers: HeaderMap::from_iter([(http::HeaderName::from_static(name), value)]),
        body: body.into(),
    }
}

fn unix(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_secs()).unwrap(),
        Err(error) => -i64::try_from(error.duration().as_secs()).unwrap(),
    }
}

fn credentials() -> Credentials {
    Credentials::new("id", "secret", None).unwrap()
}

fn retry_after(value: &[u8]) {
    let Ok(header) = HeaderValue::from_bytes(value) else {
        return;
    };
    let reply = replied(503, "retry-after", header, String::new());
    let before = unix(SystemTime::now());
    let failure = reply::refusal(&reply, Stage::Upload, &credentials(), &Clock::default());
    let FailureKind::Service { retry_after, .. } = failure.kind else {
        panic!("a refusal of another kind");
    };
    assert!(retry_after.is_none_or(|wait| wait <= Duration::from_secs(LONGEST)));
    let text = std::str::from_utf8(value).unwrap_or_default();
    let text = if text.is_ascii() { text.trim() } else { "" };
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if let (true, Ok(seconds)) = (is_number, text.parse::<u64>()) {
        assert_eq!(retry_after, Some(Duration::from_secs(seconds.min(LONGEST))));
    } else if let Some(time) = second_http_date(text) {
        // The clock goes on between the two looks at it, and this machine may pause.
        let most = u64::try_from(time - before).unwrap_or(0).min(LONGEST);
        let wait = retry_after.unwrap_or_default();
        assert!(wait <= Duration::from_secs(most), "{wait:?} for {text}");
        let far = time - unix(SystemTime::now()) > 2 * LONGEST.cast_signed();
        assert!(!far || wait.as_secs() == LONGEST, "{wait:?} for {text}");
    } else if !text.starts_with('+') && httpdate::parse_http_date(text).is_err() {
        assert_eq!(retry_after, None, "{text:?}");
    }
}

/// The preferred form of an HTTP date by another reader than the library's.
fn second_http_date(text: &str) -> Option<i64> {
    if text.len() != "Sun, 06 Nov 1994 08:49:37 GMT".len() {
        return None;
    }
    let written = text.strip_suffix(" GMT")?;
    let time = jiff::civil::DateTime::strptime("%a, %d %b %Y %H:%M:%S", written).ok()?;
    // HTTP knows one spelling.
    if time.strftime("%a, %d %b %Y %H:%M:%S").to_string() != written {
        return None;
    }
    let seconds = time
        .to_zoned(jiff::tz::TimeZone::UTC)
        .ok()?
        .timestamp()
        .as_second();
    (0..=*TIMES.end()).contains(&seconds).then_some(seconds)
}

/// The `Date` of a reply tells how old unfinished uploads are.
fn date(value: &[u8]) {
    const PAGE: &str = "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated>\
        </ListMultipartUploadsResult>";
    let Ok(header) = HeaderValue::from_bytes(value) else {
        return;
    };
    let reply = replied(200, "date", header, PAGE.to_owned());
    let Ok(Answer::ListedUploads { now, .. }) = reply::list_uploads(&reply) else {
        panic!("a page that can be read");
    };
    assert!(now.is_none_or(|now| (0..=*TIMES.end()).contains(&now)));
    let text = std::str::from_utf8(value).unwrap_or_default();
    if let (true, Some(time)) = (text.is_ascii(), second_http_date(text.trim())) {
        // Neither reader has to know that the day of the week is wrong.
        assert!(now.is_none() || now == Some(time), "{text:?}: {now:?}");
        if text.trim() == httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(time as u64)) {
            assert_eq!(now, Some(time));
        }
    }
}

/// The clock is corrected by what a refusal says, and by nothing else.
fn server_time(text: &str) {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;");
    let body = format!(
        "<Error><Code>RequestTimeTooSkewed</Code><ServerTime>{escaped}</ServerTime></Error>"
    );
    let reply = replied(403, "date", HeaderValue::from_static("x"), body);
    let clock = Clock::default();
    let failure = reply::refusal(&reply, Stage::Upload, &credentials(), &clock);
    let FailureKind::Service { sign_again, .. } = failure.kind else {
        panic!("a refusal of another kind");
    };
    let corrected = sign_again == SignAgain::Clock;
    let off = i64::try_from(clock.now()).unwrap() - unix(SystemTime::now());
    if !corrected {
        assert!(off.abs() <= 5, "the clock was changed for {text:?}");
    }
    if let Some(seconds) = second_iso_date(text) {
        assert!(corrected, "{text:?}");
        let shown = i64::try_from(clock.now()).unwrap();
        assert!((shown - seconds.max(0)).abs() <= 5, "{text:?}: {shown}");
    }
}

/// `yyyy-MM-ddTHH:mm:ss[.fff]Z` alone, days counted one by one.
fn second_iso_date(text: &str) -> Option<i64> {
    let plain = text.strip_suffix(".000Z").or(text.strip_suffix('Z'))?;
    let bytes: &[u8; 19] = plain.as_bytes().try_into().ok()?;
    let shape = b"dddd-dd-ddTdd:dd:dd";
    let fits = bytes.iter().zip(shape).all(|(byte, shape)| match shape {
        b'd' => byte.is_ascii_digit(),
        mark => byte == mark,
    });
    let field = |at: usize, len: usize| plain.get(at..at + len)?.parse::<i64>().ok();
    if !fits {
        return None;
    }
    let (year, month, day) = (field(0, 4)?, field(5, 2)?, field(8, 2)?);
    let (hour, minute, second) = (field(11, 2)?, field(14, 2)?, field(17, 2)?);
    let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let months = [
        31,
        28 + i64::from(leap(year)),
        31,
        30,
        31,
        30,
        31,
        31,
        30,
        31,
        30,
        31,
    ];
    let of_month = months.get(usize::try_from(month - 1).ok()?)?;
    if !(1..=*of_month).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let years = |from: i64, to: i64| (from..to).map(|it| 365 + i64::from(leap(it))).sum::<i64>();
    let days = match year {
        1970.. => years(1970, year),
        _ => -years(year, 1970),
    };
    let days = days
        + months
            .iter()
            .take(usize::try_from(month - 1).ok()?)
            .sum::<i64>()
        + day
        - 1;
    Some(days * 86_400 + hour * 3600 + minute * 60 + second)
}

fn http_date(input: &mut Input<'_>) -> String {
    let now = unix(SystemTime::now());
    let seconds = match input.flag() {
        true => now + i64::from(input.u16().cast_signed()),
        false => i64::try_from(input.u64() % 253_402_300_800).unwrap(),
    };
    httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds.cast_unsigned()))
}

fn iso_date(input: &mut Input<'_>) -> String {
    let (year, month, day) = (input.u16() % 10_000, input.below(13), input.below(32));
    let (hour, minute, second) = (input.below(25), input.below(61), input.below(61));
    let ending = input.pick(&["Z", ".000Z", ".999Z", "", "+01:00"]);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{ending}")
}
