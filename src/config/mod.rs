//! Settings as the user gives them → settings that have been checked. All limits and defaults that
//! do not belong to the part plan are here.

pub mod endpoint;
pub mod network;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::error::{Error, Result};
use crate::headers::ObjectHeaders;
use crate::plan::{MAX_PART_SIZE, MIN_PART_SIZE, PartSize};
use crate::signer::Version;

use endpoint::{Endpoint, EndpointType, is_read_as_given, is_region};
use network::NetworkConfig;

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

/// How long and how often something is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub connect_timeout: Duration,
    /// No byte moved for this long: the attempt is given up and made again.
    pub stall_timeout: Duration,
    /// The whole request is out and not a byte has come back. `None`: the stall timeout, four times
    /// as long for Complete, for which OSS may need long.
    pub first_byte_timeout: Option<Duration>,
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
            first_byte_timeout: None,
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
    pub network: NetworkConfig,
    pub limits: Limits,
    /// Credentials come over HTTPS from elsewhere, whatever the endpoint's scheme is.
    pub fetches_credentials: bool,
}

/// Where OSS is and how requests are addressed and signed, as the user says it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Address<'a> {
    pub endpoint: Option<&'a str>,
    pub endpoint_type: EndpointType,
    pub region: Option<&'a str>,
    /// 0 for the default.
    pub signature_version: i32,
    pub is_cname: bool,
    pub is_path_style: bool,
}

impl Config {
    /// At least one of endpoint and region: each is taken from the other where that can be done.
    pub fn new(address: Address<'_>) -> Result<Config> {
        let Address {
            endpoint,
            endpoint_type,
            region,
            signature_version,
            is_cname,
            is_path_style,
        } = address;
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
        check_region(region)?;
        let endpoint = match endpoint {
            Some(_) if endpoint_type != EndpointType::Public => {
                return Err(Error::invalid(
                    "endpoint_type",
                    "is for the endpoint of a region, and endpoint is given as well",
                ));
            }
            Some(text) => Endpoint::parse(text)?,
            None if region.is_empty() => {
                return Err(Error::invalid(
                    "endpoint",
                    "is missing, and there is no region to take it from",
                ));
            }
            None if is_cname => {
                return Err(Error::invalid(
                    "endpoint",
                    "is missing; with is_cname it is the bucket's own domain",
                ));
            }
            None => Endpoint::of_region(region, endpoint_type),
        };
        let region = match region {
            "" => endpoint.region().unwrap_or_default().to_owned(),
            given => given.to_owned(),
        };
        if region.is_empty() && signature == Version::V4 {
            return Err(Error::invalid(
                "region",
                format_args!(
                    "is missing, and {:?} does not tell it; signature V4 needs it, for example \"cn-hangzhou\"",
                    endpoint.host
                ),
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
            region,
            network: NetworkConfig::default(),
            limits: Limits::default(),
            fetches_credentials: false,
        })
    }

    /// Whether requests for the bucket can be addressed.
    pub fn check_bucket(&self, bucket: &str) -> Result<()> {
        check_bucket(bucket)?;
        self.endpoint.check_without_bucket(bucket)?;
        let host = format!("{bucket}.{}", self.endpoint.host);
        if self.addressing == Addressing::VirtualHost && !is_read_as_given(&host) {
            return Err(Error::invalid(
                "bucket",
                format_args!("{bucket:?} cannot stand in a host name; see is_path_style"),
            ));
        }
        Ok(())
    }
}

fn check_region(region: &str) -> Result<()> {
    if is_region(region) {
        return Ok(());
    }
    Err(Error::invalid(
        "region",
        format_args!(
            "{region:?} may hold only a-z, 0-9 and '-', not '-' at an end nor \"xn--\" before"
        ),
    ))
}

/// Where the checkpoint is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckpointPlace {
    /// `<file>.ucp` beside the file.
    BesideFile,
    /// A file, or an existing directory in which the name is derived.
    Path(PathBuf),
}

/// What to upload.
#[derive(Clone, Debug)]
pub enum Input {
    /// Absolute, so that a later `chdir` of the host has no effect.
    Path(PathBuf),
    /// Open for reading; read by offset.
    File(Arc<File>),
    Memory(Bytes),
}

impl Input {
    pub fn path(&self) -> Option<&Path> {
        match self {
            Input::Path(path) => Some(path),
            Input::File(_) | Input::Memory(_) => None,
        }
    }
}

/// Which finished parts are read again before an upload goes on, and kept only if their CRC64 holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verify {
    /// Where size and modification time agree but something else about the file does not.
    #[default]
    WhenInDoubt,
    Always,
    /// A change that shows in neither size nor modification time is not noticed.
    Never,
}

/// What makes a checkpoint one of the upload at hand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ResumeRules {
    pub verify: Verify,
    /// The content decides, not path, times and inode; and the endpoint may be another one of the
    /// same bucket. For checkpoints that travel.
    pub by_content: bool,
}

/// One upload, checked.
#[derive(Clone, Debug)]
pub struct UploadRequest {
    pub bucket: String,
    pub object: String,
    pub input: Input,
    pub resume: ResumeRules,
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

    fn config(endpoint: Option<&str>, region: Option<&str>, signature: i32) -> Result<Config> {
        Config::new(Address {
            endpoint,
            region,
            signature_version: signature,
            ..Address::default()
        })
    }

    #[test]
    fn ip_addresses_use_path_style() {
        for text in ["http://127.0.0.1:9000", "http://[::1]:9000"] {
            let config = config(Some(text), Some("cn-hangzhou"), 0).unwrap();
            assert_eq!(config.addressing, Addressing::Path);
            assert_eq!(config.endpoint.port, Some(9000));
        }
    }

    #[test]
    fn both_spellings_of_a_region_are_one() {
        for region in ["cn-hangzhou", "oss-cn-hangzhou"] {
            let config = config(Some("a.b"), Some(region), 4).unwrap();
            assert_eq!(config.region, "cn-hangzhou");
        }
        assert!(config(Some("a.b"), None, 4).is_err());
        assert!(config(Some("a.b"), None, 1).is_ok());
    }

    #[test]
    fn region_and_endpoint_are_taken_from_each_other() {
        let from_region = config(None, Some("oss-cn-hangzhou"), 4).unwrap();
        assert_eq!(
            from_region.endpoint.identity(),
            "https://oss-cn-hangzhou.aliyuncs.com"
        );
        let from_endpoint = config(Some("http://cn-beijing.oss.aliyuncs.com"), None, 4).unwrap();
        assert_eq!(from_endpoint.region, "cn-beijing");
        // Of the last two, the name of a host can be one and the region cannot.
        for endpoint in [
            None,
            Some("oss-accelerate.aliyuncs.com"),
            Some("oss-cn_hangzhou.aliyuncs.com"),
            Some("oss--a.aliyuncs.com"),
        ] {
            let error = config(endpoint, None, 4).unwrap_err();
            assert!(error.message.contains("is missing"), "{error}");
        }
        for region in ["cn_hangzhou", "evil.example/", "-a", "CN-HANGZHOU", "xn--a"] {
            let error = config(None, Some(region), 4).unwrap_err();
            assert!(error.message.starts_with("region: "), "{error}");
        }
    }

    #[test]
    fn a_bucket_that_cannot_stand_in_the_host_name_is_refused_where_it_would_have_to() {
        let plain = config(Some("a.b"), Some("x"), 4).unwrap();
        plain.check_bucket("bucket").unwrap();
        let error = plain.check_bucket("xn--a").unwrap_err();
        assert!(error.message.starts_with("bucket: "), "{error}");
        let by_path = config(Some("127.0.0.1"), Some("x"), 4).unwrap();
        by_path.check_bucket("xn--a").unwrap();
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
