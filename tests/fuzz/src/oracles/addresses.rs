//! Endpoints, buckets and proxies: what is accepted leads where it says and nowhere else, and what is
//! refused names the field and keeps what may be a secret to itself.

use std::net::IpAddr;

use reqwest::Url;

use oss_resumable::config::endpoint::{Endpoint, EndpointType};
use oss_resumable::config::network::{
    self, ProxyConfig, check_no_proxy, check_user_agent, plain_no_proxy,
};
use oss_resumable::config::{Address, Addressing, Config, check_object};
use oss_resumable::error::{Code, Error};

use super::input::Input;

pub fn check(data: &[u8]) {
    let mut input = Input::new(data);
    match input.below(6) {
        0 => endpoint(&input.line()),
        1 => addressed(&mut input),
        2 => proxy(&input.line()),
        3 => exceptions(&input.line()),
        4 => small(&input.line()),
        _ => environment(&mut input),
    }
}

#[track_caller]
fn names(error: &Error, field: &str) {
    assert_eq!(error.code, Code::InvalidArgument, "{error}");
    assert!(error.message.starts_with(field), "{error}");
}

/// A URL that leads to the host and to nothing else on it.
#[track_caller]
fn leads_to(text: &str, scheme: &str, host: &str, port: Option<u16>) {
    let url = Url::parse(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
    assert_eq!(url.scheme(), scheme);
    assert_eq!((url.username(), url.password()), ("", None));
    assert!(matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none());
    let default = Url::parse(&format!("{scheme}://a"))
        .unwrap()
        .port_or_known_default();
    assert_eq!(url.port_or_known_default(), port.or(default), "{text:?}");
    let found = url.host_str().unwrap_or_default();
    let bare = |host: &str| host.trim_matches(['[', ']']).parse::<IpAddr>().ok();
    // Addresses have several forms.
    match bare(host) {
        Some(address) => assert_eq!(bare(found), Some(address), "{text:?}"),
        None => assert_eq!(found, host, "{text:?}"),
    }
    // The layer below reads it as well.
    let uri: http::Uri = url.as_str().parse().expect("one URL for both readers");
    assert_eq!(uri.host(), url.host_str());
}

fn endpoint(text: &str) {
    match Endpoint::parse(text) {
        Err(error) => {
            names(&error, "endpoint: ");
            if let Some((before, _)) = text.split_once('@') {
                let secret = before.rsplit('/').next().unwrap_or_default();
                assert!(
                    secret.len() < 12 || !error.message.contains(secret),
                    "{error}"
                );
            }
        }
        Ok(endpoint) => {
            let scheme = if endpoint.https { "https" } else { "http" };
            leads_to(&endpoint.identity(), scheme, &endpoint.host, endpoint.port);
            assert_eq!(
                Endpoint::parse(&endpoint.identity()).as_ref(),
                Ok(&endpoint)
            );
            let lower = text.to_ascii_lowercase();
            assert!(lower.contains(&endpoint.host) && !text.contains(['@', ' ', '\r', '\n', '\0']));
            assert_eq!(endpoint.https, !lower.starts_with("http://"));
            assert_eq!(
                endpoint.is_ip,
                endpoint
                    .host
                    .trim_matches(['[', ']'])
                    .parse::<IpAddr>()
                    .is_ok()
            );
            if let Some(region) = endpoint.region() {
                assert!(endpoint.host.contains(region) && !region.contains('.'));
            }
        }
    }
}

/// Endpoint, region and bucket together, as a client is given them.
fn addressed(input: &mut Input<'_>) {
    let flags = input.byte();
    let kind = i32::from(input.byte() % 7) - 1;
    let [endpoint, region, bucket, object] = [(); 4].map(|()| input.line());
    let Ok(endpoint_type) = EndpointType::from_number(kind) else {
        assert!(!(0..=4).contains(&kind));
        return;
    };
    let address = Address {
        endpoint: (flags & 1 == 0).then_some(endpoint.as_str()),
        endpoint_type,
        region: (flags & 2 == 0).then_some(region.as_str()),
        signature_version: i32::from(flags >> 4 & 7),
        is_cname: flags & 4 != 0,
        is_path_style: flags & 8 != 0,
    };
    let fields = [
        "endpoint",
        "endpoint_type",
        "region",
        "signature_version",
        "is_path_style",
    ];
    let config = match Config::new(address) {
        Ok(config) => config,
        Err(error) => {
            assert!(
                fields
                    .iter()
                    .any(|field| error.message.starts_with(&format!("{field}: ")))
            );
            return names(&error, "");
        }
    };
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    assert!(config.region.len() <= 63 && config.region.bytes().all(plain));
    if let Err(error) = config.check_bucket(&bucket) {
        let twice = config.endpoint.host.starts_with(&format!("{bucket}."));
        let at_endpoint = error.message.starts_with("endpoint: ") && twice;
        return names(
            &error,
            if at_endpoint {
                "endpoint: "
            } else {
                "bucket: "
            },
        );
    }
    assert!((3..=63).contains(&bucket.len()) && bucket.bytes().all(plain));
    let scheme = if config.endpoint.https {
        "https"
    } else {
        "http"
    };
    let in_host = config.addressing == Addressing::VirtualHost;
    assert!(!in_host || !config.endpoint.is_ip);
    let authority = config
        .endpoint
        .authority(in_host.then_some(bucket.as_str()));
    let host = match in_host {
        true => format!("{bucket}.{}", config.endpoint.host),
        false => config.endpoint.host.clone(),
    };
    leads_to(
        &format!("{scheme}://{authority}/"),
        scheme,
        &host,
        config.endpoint.port,
    );
    match check_object(&object) {
        Err(error) => names(&error, "object: "),
        Ok(()) => assert!((1..=1023).contains(&object.len()) && !object.starts_with(['/', '\\'])),
    }
}

fn proxy(text: &str) {
    let (_, rest) = text.split_once("://").unwrap_or(("", text));
    let account = rest.rsplit_once('@').map(|(account, _)| account);
    match ProxyConfig::parse("proxy", text) {
        Err(error) => {
            names(&error, "proxy: ");
            let secret = account.unwrap_or_default();
            assert!(
                secret.len() < 12 || !error.message.contains(secret),
                "{error}"
            );
        }
        Ok(proxy) => {
            accepted(&proxy);
            let expected = account.map(|text| text.split_once(':').unwrap_or((text, "")));
            let decode = |text| {
                percent_encoding::percent_decode_str(text)
                    .decode_utf8()
                    .unwrap()
            };
            assert_eq!(
                proxy.user.as_deref(),
                expected.map(|(user, _)| decode(user)).as_deref()
            );
            let password = proxy.password.as_ref().map(|it| it.as_str().to_owned());
            assert_eq!(
                password.as_deref(),
                expected.map(|(_, it)| decode(it)).as_deref()
            );
            if let Some(password) = password.filter(|it| it.len() >= 12) {
                let beside = format!("{}{:?}", proxy.url(), proxy.user);
                let shown = format!("{proxy:?}{}", proxy.url());
                assert!(!shown.contains(&password) || beside.contains(&password));
            }
        }
    }
}

fn accepted(proxy: &ProxyConfig) {
    let (host, port) = proxy.authority.rsplit_once(':').unwrap();
    leads_to(
        &proxy.url(),
        proxy.scheme,
        host,
        Some(port.parse().unwrap()),
    );
    reqwest::Proxy::all(proxy.url()).expect("a proxy that can be used");
    assert_eq!(proxy.is_socks(), proxy.scheme.starts_with("socks"));
    let again = ProxyConfig::parse("proxy", &proxy.url()).unwrap();
    assert_eq!(again.url(), proxy.url());
}

/// `no_proxy`
fn exceptions(text: &str) {
    let address = |entry: &str| {
        let (address, bits) = entry.split_once('/').unwrap_or((entry, "0"));
        let most = match address.parse() {
            Ok(IpAddr::V4(_)) => 32,
            Ok(IpAddr::V6(_)) => 128,
            Err(_) => return false,
        };
        bits.is_empty() || bits.parse::<u32>().is_ok_and(|bits| bits <= most)
    };
    let name = |entry: &str| {
        let suffix = entry.strip_prefix("*.").or(entry.strip_prefix('.'));
        let name = suffix.unwrap_or(entry);
        let label = |it: &str| {
            let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
            (1..=63).contains(&it.len()) && it.bytes().all(plain)
        };
        name.len() <= 253 && name.split('.').all(label)
    };
    match check_no_proxy(text) {
        Err(error) => names(&error, "no_proxy: "),
        Ok(()) => {
            let entries = text.split([',', ' ']).filter(|entry| !entry.is_empty());
            for entry in entries {
                assert!(entry == "*" || address(entry) || name(entry), "{entry:?}");
            }
            let plain = plain_no_proxy(text);
            assert!(!plain.contains(' '));
            check_no_proxy(&plain).unwrap();
            reqwest::NoProxy::from_string(&plain);
        }
    }
}

fn small(text: &str) {
    match network::source_address(text) {
        Ok(address) => assert_eq!(text.parse(), Ok(address)),
        Err(error) => names(&error, "source_address: "),
    }
    match check_user_agent(text) {
        Ok(()) => assert!(text.len() <= 256 && http::HeaderValue::from_str(text).is_ok()),
        Err(error) => names(&error, "user_agent"),
    }
}

/// What the environment says never reaches anything but the proxy's own fields.
fn environment(input: &mut Input<'_>) {
    let known = [
        "https_proxy",
        "HTTPS_PROXY",
        "http_proxy",
        "HTTP_PROXY",
        "all_proxy",
        "ALL_PROXY",
    ];
    let set = input.byte();
    let https = input.flag();
    let values: Vec<String> = known.iter().map(|_| input.line()).collect();
    let variable = |name: &str| {
        let place = known.iter().position(|it| *it == name)?;
        (set >> place & 1 == 1).then(|| values[place].clone())
    };
    let order: &[&str] = match https {
        true => &["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"],
        false => &["http_proxy", "all_proxy", "ALL_PROXY"],
    };
    let first = order
        .iter()
        .find(|name| variable(name).is_some_and(|value| !value.is_empty()));
    match (ProxyConfig::from_environment(https, &variable), first) {
        (Ok(None), None) => {}
        (Ok(Some(proxy)), Some(name)) => {
            accepted(&proxy);
            let direct = ProxyConfig::parse(name, &variable(name).unwrap()).unwrap();
            assert_eq!(direct.url(), proxy.url());
        }
        (Err(error), Some(name)) => names(&error, name),
        (found, first) => panic!("{found:?} from {first:?}"),
    }
}
