//! The time formats of the OSS protocol, and the one of its sister services.

use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

const HTTP: &[BorrowedFormatItem<'_>] = format_description!(
    "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
);
const BASIC: &[BorrowedFormatItem<'_>] =
    format_description!("[year][month][day]T[hour][minute][second]Z");
const XML: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].000Z");

const ISO: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");

/// Seconds since the Unix epoch by this machine's clock.
pub fn unix_now() -> i64 {
    OffsetDateTime::now_utc().unix_timestamp()
}

fn format(seconds: i64, layout: &[BorrowedFormatItem<'_>]) -> String {
    OffsetDateTime::from_unix_timestamp(seconds)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
        .format(layout)
        .unwrap_or_default()
}

/// `Wed, 28 Dec 2022 10:27:41 GMT`, as in `Date` and `Last-Modified`.
pub fn http_date(seconds: i64) -> String {
    format(seconds, HTTP)
}

/// `2022-12-28T10:27:41.000Z`, as in XML bodies.
pub fn xml_date(seconds: i64) -> String {
    format(seconds, XML)
}

/// `2022-12-28T10:27:41Z`, as in the replies of STS and of the metadata service.
pub fn iso_date(seconds: i64) -> String {
    format(seconds, ISO)
}

/// Reads what [`iso_date`] writes.
pub fn parse_iso(text: &str) -> Option<i64> {
    let parsed = PrimitiveDateTime::parse(text, ISO).ok()?;
    Some(parsed.assume_utc().unix_timestamp())
}

/// Reads a signing time: `20221228T102741Z` (V4) or the HTTP form (V1, and old C clients in V4).
pub fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    PrimitiveDateTime::parse(text, BASIC)
        .or_else(|_| PrimitiveDateTime::parse(text, HTTP))
        .ok()
        .map(|parsed| parsed.assume_utc().unix_timestamp())
}

/// `20221228`, the first element of a V4 credential scope.
pub fn scope_date(seconds: i64) -> String {
    format(seconds, format_description!("[year][month][day]"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_agree_on_one_instant() {
        let instant = 1_672_223_261;
        assert_eq!(http_date(instant), "Wed, 28 Dec 2022 10:27:41 GMT");
        assert_eq!(xml_date(instant), "2022-12-28T10:27:41.000Z");
        assert_eq!(scope_date(instant), "20221228");
        assert_eq!(iso_date(instant), "2022-12-28T10:27:41Z");
        assert_eq!(parse_iso("2022-12-28T10:27:41Z"), Some(instant));
        assert_eq!(parse("20221228T102741Z"), Some(instant));
        assert_eq!(parse("Wed, 28 Dec 2022 10:27:41 GMT"), Some(instant));
        assert_eq!(parse("yesterday"), None);
    }
}
