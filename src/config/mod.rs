//! Settings as the user gives them → settings that have been checked. All limits and defaults that
//! do not belong to the part plan are here.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::headers::ObjectHeaders;
use crate::plan::{MAX_PART_SIZE, MIN_PART_SIZE, PartSize};
use crate::signer::Version;

/// Parts in flight when the user says nothing; the documented default of OSS's resumable upload.
pub const DEFAULT_THREAD_NUM: u32 = 1;
/// Parts in flight for `AUTO`: enough to hide the round trip of a part on ordinary links.
pub const AUTO_THREAD_NUM: u32 = 4;
pub const MAX_THREAD_NUM: u32 = 1024;
/// `AUTO` for `part_size` and `thread_num`.
pub const AUTO: i64 = -1;

pub const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
pub const DEFAULT_STALL_TIMEOUT: Duration = Duration::from_secs(30);
pub const DEFAULT_RETRY_TIMEOUT: Duration = Duration::from_secs(300);
/// Before the server has answered once, a wrong address is likelier than an outage.
pub const FIRST_ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// How the bucket is named in a request (OSS: "access an object by endpoint").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addressing {
    /// `bucket.endpoint/key`
    VirtualHost,
    /// `endpoint/bucket/key`
    Path,
    /// `custom-domain/key`
    Cname,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    pub https: bool,
    /// Lower-case name, IPv4, or IPv6 in brackets.
    pub host: String,
    pub port: Option<u16>,
    is_ip: bool,
}

impl Endpoint {
    /// `[http://|https://]host[:port][/]`; HTTPS when no scheme is given.
    pub fn parse(text: &str) -> Result<Endpoint> {
        let refuse = |problem: &str| {
            Err(Error::invalid(
                "endpoint",
                format_args!("{problem} in {text:?}; expected [https://]host[:port]"),
            ))
        };
        let lower = text.to_ascii_lowercase();
        let (https, rest) = match lower.split_once("://") {
            Some(("https", rest)) => (true, rest),
            Some(("http", rest)) => (false, rest),
            Some(_) => return refuse("unknown scheme"),
            None => (true, lower.as_str()),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains('@') {
            // What stands before '@' may be a secret, so this message does not repeat the text.
            return Err(Error::invalid("endpoint", "must not hold user information"));
        }
        if rest.contains(['/', '?', '#', '\\']) {
            return refuse("a path, query or fragment");
        }
        let (host, port) = match rest.find(']') {
            Some(end) => match rest.split_at(end + 1) {
                (host, "") => (host, None),
                // Without the colon this is no port, and is refused as one.
                (host, tail) => (host, Some(tail.strip_prefix(':').unwrap_or(tail))),
            },
            None => match rest.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (rest, None),
            },
        };
        let port = match port {
            None => None,
            Some(digits) => match digits.parse::<u16>() {
                Ok(port) if port > 0 && digits.bytes().all(|b| b.is_ascii_digit()) => Some(port),
                _ => return refuse("a port that is not 1 to 65535"),
            },
        };
        let v6 = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'));
        let is_ip = match v6 {
            Some(address) if address.parse::<Ipv6Addr>().is_ok() => true,
            Some(_) => return refuse("a malformed IPv6 address"),
            None => host.parse::<Ipv4Addr>().is_ok(),
        };
        if !is_ip && !is_host_name(host) {
            return refuse("a malformed host name");
        }
        Ok(Endpoint {
            https,
            host: host.to_owned(),
            port,
            is_ip,
        })
    }

    /// The form kept in a checkpoint and compared on resume.
    pub fn identity(&self) -> String {
        let scheme = if self.https { "https" } else { "http" };
        format!("{scheme}://{}", self.authority(None))
    }

    /// `host[:port]`, with the bucket in front where the addressing wants it.
    pub fn authority(&self, bucket: Option<&str>) -> String {
        let mut authority = String::new();
        if let Some(bucket) = bucket {
            authority.push_str(bucket);
            authority.push('.');
        }
        authority.push_str(&self.host);
        if let Some(port) = self.port {
            authority.push_str(&format!(":{port}"));
        }
        authority
    }
}

fn is_host_name(host: &str) -> bool {
    host.len() <= 253
        && !host.is_empty()
        && host.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        })
}

/// How long and how often something is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub connect_timeout: Duration,
    /// No byte moved for this long: the attempt is given up and made again.
    pub stall_timeout: Duration,
    /// A request that keeps failing for this long fails the upload.
    pub retry_timeout: Duration,
    /// `None`: bounded by `retry_timeout` alone.
    pub max_retries: Option<u32>,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connect_timeout: DEFAULT_CONNECT_TIMEOUT,
            stall_timeout: DEFAULT_STALL_TIMEOUT,
            retry_timeout: DEFAULT_RETRY_TIMEOUT,
            max_retries: None,
        }
    }
}

/// What a client needs to know, checked.
#[derive(Clone, Debug)]
pub struct Config {
    pub endpoint: Endpoint,
    pub addressing: Addressing,
    pub signature: Version,
    /// `cn-hangzhou`; empty only with signature V1.
    pub region: String,
    /// PEM file whose certificates are trusted besides the system's.
    pub ca_file: Option<PathBuf>,
    pub limits: Limits,
}

impl Config {
    pub fn new(
        endpoint: &str,
        region: Option<&str>,
        signature_version: i32,
        is_cname: bool,
        is_path_style: bool,
    ) -> Result<Config> {
        let endpoint = Endpoint::parse(endpoint)?;
        let signature = match signature_version {
            0 | 4 => Version::V4,
            1 => Version::V1,
            other => {
                return Err(Error::invalid(
                    "signature_version",
                    format_args!("{other} is not 0 (default, V4), 4 or 1"),
                ));
            }
        };
        // Users write the region both ways; OSS signs the one without the product prefix.
        let region = region.unwrap_or_default();
        let region = region.strip_prefix("oss-").unwrap_or(region);
        if region.is_empty() && signature == Version::V4 {
            return Err(Error::invalid(
                "region",
                "is missing; signature V4 needs it, for example \"cn-hangzhou\"",
            ));
        }
        if !region
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        {
            return Err(Error::invalid(
                "region",
                format_args!("{region:?} may hold only a-z, 0-9 and '-'"),
            ));
        }
        if is_cname && is_path_style {
            return Err(Error::invalid(
                "is_path_style",
                "cannot be combined with is_cname",
            ));
        }
        let addressing = if is_cname {
            Addressing::Cname
        } else if is_path_style || endpoint.is_ip {
            Addressing::Path
        } else {
            Addressing::VirtualHost
        };
        Ok(Config {
            endpoint,
            addressing,
            signature,
            region: region.to_owned(),
            ca_file: None,
            limits: Limits::default(),
        })
    }
}

/// Where the checkpoint is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckpointPlace {
    /// `<file>.ucp` beside the file.
    BesideFile,
    /// A file, or an existing directory in which the name is derived.
    Path(PathBuf),
}

/// One upload, checked.
#[derive(Clone, Debug)]
pub struct UploadRequest {
    pub bucket: String,
    pub object: String,
    /// Absolute, so that a later `chdir` of the host has no effect.
    pub file: PathBuf,
    pub part_size: PartSize,
    pub parts_in_flight: u32,
    pub checkpoint: Option<CheckpointPlace>,
    pub headers: ObjectHeaders,
}

/// OSS: 3 to 63 of a-z, 0-9 and '-', not '-' at either end.
pub fn check_bucket(bucket: &str) -> Result<()> {
    let fits = (3..=63).contains(&bucket.len())
        && bucket
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !bucket.starts_with('-')
        && !bucket.ends_with('-');
    if fits {
        return Ok(());
    }
    Err(Error::invalid(
        "bucket",
        format_args!("{bucket:?} is not 3 to 63 of a-z, 0-9 and '-', without '-' at an end"),
    ))
}

/// OSS: 1 to 1023 bytes of UTF-8, not starting with '/' or '\'. Segments of dots are refused because
/// the URL layer would remove them and the request would go to another key.
pub fn check_object(object: &str) -> Result<()> {
    let problem = if object.is_empty() {
        "is empty"
    } else if object.len() > 1023 {
        "is longer than 1023 bytes"
    } else if object.starts_with(['/', '\\']) {
        "starts with '/' or '\\'"
    } else if object.split('/').any(|part| part == "." || part == "..") {
        "has a '.' or '..' segment, which cannot be sent unchanged"
    } else {
        return Ok(());
    };
    let shown: String = object.chars().take(80).collect();
    Err(Error::invalid(
        "object",
        format_args!("{shown:?} {problem}"),
    ))
}

pub fn part_size(bytes: i64) -> Result<PartSize> {
    match u64::try_from(bytes) {
        Ok(0) => Ok(PartSize::Bytes(MIN_PART_SIZE)),
        Ok(size) if (MIN_PART_SIZE..=MAX_PART_SIZE).contains(&size) => Ok(PartSize::Bytes(size)),
        _ if bytes == AUTO => Ok(PartSize::Auto),
        _ => Err(Error::invalid(
            "part_size",
            format_args!(
                "{bytes} is not 0 (default), -1 (auto) or {MIN_PART_SIZE} to {MAX_PART_SIZE} bytes"
            ),
        )),
    }
}

pub fn parts_in_flight(thread_num: i32) -> Result<u32> {
    match u32::try_from(thread_num) {
        Ok(0) => Ok(DEFAULT_THREAD_NUM),
        Ok(number) if number <= MAX_THREAD_NUM => Ok(number),
        _ if i64::from(thread_num) == AUTO => Ok(AUTO_THREAD_NUM),
        _ => Err(Error::invalid(
            "thread_num",
            format_args!("{thread_num} is not 0 (default), -1 (auto) or 1 to {MAX_THREAD_NUM}"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_without_a_scheme_is_https() {
        let endpoint = Endpoint::parse("oss-cn-hangzhou.aliyuncs.com").unwrap();
        assert!(endpoint.https);
        assert_eq!(endpoint.port, None);
        assert_eq!(
            endpoint.authority(Some("bucket")),
            "bucket.oss-cn-hangzhou.aliyuncs.com"
        );
    }

    #[test]
    fn hosts_outside_the_grammar_are_refused() {
        for text in [
            "",
            "http://",
            "ftp://a.b",
            "http://user@evil.example",
            "a.b/path",
            "a.b#x",
            "a.b?x",
            "a..b",
            "-a.b",
            "a.b:0",
            "a.b:65536",
            "a.b:",
            "[::1]x",
            "[::g]",
            "a b",
            "b@evil",
            "a:+1",
            "ex\u{e4}mple.com",
        ] {
            let error = Endpoint::parse(text).unwrap_err();
            assert!(error.message.starts_with("endpoint"), "{text:?}");
        }
    }

    #[test]
    fn ip_addresses_use_path_style() {
        for text in ["http://127.0.0.1:9000", "http://[::1]:9000"] {
            let config = Config::new(text, Some("cn-hangzhou"), 0, false, false).unwrap();
            assert_eq!(config.addressing, Addressing::Path);
            assert_eq!(config.endpoint.port, Some(9000));
        }
    }

    #[test]
    fn both_spellings_of_a_region_are_one() {
        for region in ["cn-hangzhou", "oss-cn-hangzhou"] {
            let config = Config::new("a.b", Some(region), 4, false, false).unwrap();
            assert_eq!(config.region, "cn-hangzhou");
        }
        assert!(Config::new("a.b", None, 4, false, false).is_err());
        assert!(Config::new("a.b", None, 1, false, false).is_ok());
    }

    #[test]
    fn keys_that_cannot_be_sent_unchanged_are_refused() {
        for key in ["", "/a", "\\a", "a/../b", "a/./b", "..", &"k".repeat(1024)] {
            assert!(check_object(key).is_err(), "{key:?}");
        }
        for key in [
            "a//b",
            "a..b",
            "...",
            "%2e%2e/x",
            "\u{4e2d}\u{6587}",
            &"k".repeat(1023),
        ] {
            assert!(check_object(key).is_ok(), "{key:?}");
        }
    }

    #[test]
    fn numbers_outside_the_range_name_the_field_and_the_value() {
        for bytes in [1, -2, 102_399, 5_368_709_121, i64::MAX, i64::MIN] {
            let error = part_size(bytes).unwrap_err();
            assert!(error.message.starts_with("part_size"));
            assert!(error.message.contains(&bytes.to_string()));
        }
        for number in [-2, 1025, i32::MIN, i32::MAX] {
            assert!(parts_in_flight(number).is_err());
        }
        assert_eq!(part_size(0).unwrap(), PartSize::Bytes(102_400));
        assert_eq!(part_size(-1).unwrap(), PartSize::Auto);
        assert_eq!(parts_in_flight(0).unwrap(), 1);
    }
}
