//! Where OSS is: an endpoint given as text, or made from a region.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::bug::{self, Bug};
use crate::error::{Error, Result};

/// The part of Alibaba Cloud's names that every public cloud endpoint of OSS ends with.
const DOMAIN: &str = ".aliyuncs.com";

/// Which of a region's endpoints (OSS: "regions and endpoints").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EndpointType {
    /// `oss-{region}.aliyuncs.com`
    #[default]
    Public,
    /// `oss-{region}-internal.aliyuncs.com`: from inside the same region, without traffic fees.
    Internal,
    /// `oss-accelerate.aliyuncs.com`: has to be switched on for the bucket.
    Accelerate,
    /// `oss-accelerate-overseas.aliyuncs.com`: for buckets outside mainland China.
    AccelerateOverseas,
    /// `{region}.oss.aliyuncs.com`: IPv4 and IPv6.
    DualStack,
}

impl EndpointType {
    /// By its number in the C API.
    pub fn from_number(number: i32) -> Result<EndpointType> {
        Ok(match number {
            0 => EndpointType::Public,
            1 => EndpointType::Internal,
            2 => EndpointType::Accelerate,
            3 => EndpointType::AccelerateOverseas,
            4 => EndpointType::DualStack,
            other => {
                return Err(Error::invalid(
                    "endpoint_type",
                    format_args!("{other} is not 0 to 4"),
                ));
            }
        })
    }

    fn host(self, region: &str) -> String {
        match self {
            EndpointType::Public => format!("oss-{region}{DOMAIN}"),
            EndpointType::Internal => format!("oss-{region}-internal{DOMAIN}"),
            EndpointType::Accelerate => format!("oss-accelerate{DOMAIN}"),
            EndpointType::AccelerateOverseas => format!("oss-accelerate-overseas{DOMAIN}"),
            EndpointType::DualStack => format!("{region}.oss{DOMAIN}"),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    pub https: bool,
    /// Lower-case name, IPv4, or IPv6 in brackets.
    pub host: String,
    pub port: Option<u16>,
    pub is_ip: bool,
}

impl Endpoint {
    pub fn of_region(region: &str, kind: EndpointType) -> Endpoint {
        Endpoint {
            https: true,
            host: kind.host(region),
            port: None,
            is_ip: false,
        }
    }

    /// `[http://|https://]host[:port][/]`; HTTPS when no scheme is given.
    pub fn parse(text: &str) -> Result<Endpoint> {
        Endpoint::parse_field("endpoint", text)
    }

    /// For any setting that is an address; errors begin with the field's name.
    pub fn parse_field(field: &str, text: &str) -> Result<Endpoint> {
        let refuse = |problem: &str| {
            Err(Error::invalid(
                field,
                format_args!("{problem} in {text:?}; expected [https://]host[:port]"),
            ))
        };
        let lower = text.to_ascii_lowercase();
        if lower.contains('@') && !bug::seeded(Bug::AccountRepeated) {
            // What stands before '@' may be a secret, so this message does not repeat the text.
            return Err(Error::invalid(field, "must not hold user information"));
        }
        let (https, rest) = match lower.split_once("://") {
            Some(("https", rest)) => (true, rest),
            Some(("http", rest)) => (false, rest),
            Some(_) => return refuse("unknown scheme"),
            None => (true, lower.as_str()),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
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
        let is_sound = is_ip || (is_host_name(host) && is_read_as_given(host));
        if !is_sound {
            return refuse("a malformed host name");
        }
        Ok(Endpoint {
            https,
            host: host.to_owned(),
            port,
            is_ip,
        })
    }

    pub fn is_https(&self) -> bool {
        self.https
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

    /// The region that the name tells: `oss-{region}[-internal].aliyuncs.com`,
    /// `{region}.oss.aliyuncs.com`. None for accelerated, own and numeric addresses, and for what can be
    /// in a host name but not in a region.
    pub fn region(&self) -> Option<&str> {
        let name = self.host.strip_suffix(DOMAIN)?;
        let region = match name.strip_suffix(".oss") {
            Some(region) => region,
            None => {
                let region = name.strip_prefix("oss-")?;
                region.strip_suffix("-internal").unwrap_or(region)
            }
        };
        let accelerated = region == "accelerate" || region == "accelerate-overseas";
        (!accelerated && !region.is_empty() && is_region(region)).then_some(region)
    }

    /// For a refusal of a signature's region: what was signed with, and what may be meant.
    pub fn region_hint(&self, signed: &str) -> String {
        match self.region() {
            Some(told) if told != signed => format!(
                "; it was signed for region {signed:?}, but the endpoint is one of {told:?}"
            ),
            _ => format!("; it was signed for region {signed:?}"),
        }
    }

    /// The console shows `bucket.endpoint`, which is not the endpoint: the bucket would stand twice.
    pub fn check_without_bucket(&self, bucket: &str) -> Result<()> {
        let inner = self
            .host
            .strip_prefix(bucket)
            .and_then(|rest| rest.strip_prefix('.'));
        match inner {
            Some(endpoint) if endpoint.starts_with("oss-") && endpoint.ends_with(DOMAIN) => {
                Err(Error::invalid(
                    "endpoint",
                    format_args!(
                        "{:?} already holds the bucket; the endpoint is {endpoint:?}",
                        self.host
                    ),
                ))
            }
            _ => Ok(()),
        }
    }
}

/// URLs know more ways to write an address than are taken here: `127.1` and `0x7f.1` would lead to
/// another host than the one that was checked. And what looks like Punycode has to be.
pub(super) fn is_read_as_given(host: &str) -> bool {
    let url = reqwest::Url::parse(&format!("http://{host}/"));
    url.is_ok_and(|url| url.host_str() == Some(host))
}

/// What a region may be; "" as well.
pub(super) fn is_region(region: &str) -> bool {
    let known = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    region.len() <= 63
        && region.bytes().all(known)
        && !region.starts_with('-')
        && !region.ends_with('-')
        // In the name of a host it would stand for other characters.
        && !region.starts_with("xn--")
}

pub(super) fn is_host_name(host: &str) -> bool {
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
            "ftp://id:CANARY@a.b",
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
            "1",
            "127.1",
            "a.0x7f",
            "1.2.3.256",
            "xn--a",
        ] {
            let error = Endpoint::parse(text).unwrap_err();
            assert!(error.message.starts_with("endpoint"), "{text:?}");
            assert!(!error.message.contains("CANARY"), "{text:?}");
        }
    }

    #[test]
    fn every_kind_of_endpoint_is_made_from_the_region_and_tells_it_where_it_can() {
        for (number, host, region) in [
            (0, "oss-cn-hangzhou.aliyuncs.com", Some("cn-hangzhou")),
            (
                1,
                "oss-cn-hangzhou-internal.aliyuncs.com",
                Some("cn-hangzhou"),
            ),
            (2, "oss-accelerate.aliyuncs.com", None),
            (3, "oss-accelerate-overseas.aliyuncs.com", None),
            (4, "cn-hangzhou.oss.aliyuncs.com", Some("cn-hangzhou")),
        ] {
            let kind = EndpointType::from_number(number).unwrap();
            let endpoint = Endpoint::of_region("cn-hangzhou", kind);
            assert_eq!(endpoint.host, host);
            assert!(endpoint.https);
            assert_eq!(endpoint.region(), region);
            assert_eq!(Endpoint::parse(host).unwrap(), endpoint);
        }
        for number in [-1, 5] {
            assert!(EndpointType::from_number(number).is_err());
        }
        for host in ["files.example.com", "127.0.0.1", "oss-.aliyuncs.com"] {
            let region = Endpoint::parse(host)
                .ok()
                .and_then(|e| e.region().map(str::to_owned));
            assert_eq!(region, None, "{host}");
        }
    }

    #[test]
    fn a_bucket_inside_the_endpoint_is_pointed_out() {
        let given = Endpoint::parse("photos.oss-cn-hangzhou.aliyuncs.com").unwrap();
        let error = given.check_without_bucket("photos").unwrap_err();
        assert!(error.message.contains("\"oss-cn-hangzhou.aliyuncs.com\""));
        given.check_without_bucket("other").unwrap();
        // A bucket may be called like the endpoint's first label.
        let plain = Endpoint::parse("oss-cn-hangzhou.aliyuncs.com").unwrap();
        plain.check_without_bucket("oss-cn-hangzhou").unwrap();
    }
}
