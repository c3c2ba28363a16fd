//! The way to OSS: proxy, certificates, source address, user agent, connections.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;

use zeroize::Zeroizing;

use crate::error::{Error, Result};

use super::endpoint::{Endpoint, is_host_name};

const MAX_USER_AGENT: usize = 256;
pub const MAX_CONNECTIONS: u32 = 4096;

/// Certificates to trust besides the system's.
#[derive(Clone, Debug, Default)]
pub struct ExtraCertificates {
    /// A PEM file.
    pub file: Option<PathBuf>,
    /// PEM text.
    pub data: Option<Vec<u8>>,
}

#[derive(Clone, Debug, Default)]
pub struct NetworkConfig {
    pub certificates: ExtraCertificates,
    pub proxy: Option<ProxyConfig>,
    /// Where connections come from, on a machine with several addresses.
    pub source_address: Option<IpAddr>,
    /// Put behind the library's own name.
    pub user_agent: Option<String>,
    /// Requests in flight over all uploads of the client; `None`: as many as the uploads want.
    pub max_connections: Option<u32>,
}

#[derive(Clone)]
pub struct ProxyConfig {
    /// `http`, `https`, `socks5` (names are resolved here) or `socks5h` (by the proxy).
    pub scheme: &'static str,
    /// `host:port`
    pub authority: String,
    pub user: Option<String>,
    pub password: Option<Zeroizing<String>>,
    /// Hosts that are reached directly: names (with their subdomains), addresses, CIDR blocks, `*`.
    pub no_proxy: Option<String>,
}

impl fmt::Debug for ProxyConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProxyConfig")
            .field("scheme", &self.scheme)
            .field("authority", &self.authority)
            .field("user", &self.user)
            .field("password", &self.password.as_ref().map(|_| "******"))
            .field("no_proxy", &self.no_proxy)
            .finish()
    }
}

const SCHEMES: [(&str, u16); 4] = [
    ("http", 80),
    ("https", 443),
    ("socks5", 1080),
    ("socks5h", 1080),
];

impl ProxyConfig {
    /// `[scheme://][user:password@]host[:port]`. No error repeats the text: it may hold a password.
    pub fn parse(field: &str, text: &str) -> Result<ProxyConfig> {
        let refuse = |problem: &str| {
            Err(Error::invalid(
                field,
                format_args!("{problem}; expected [http|https|socks5|socks5h://]host[:port]"),
            ))
        };
        let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
        let scheme = scheme.to_ascii_lowercase();
        let Some((scheme, default_port)) = SCHEMES.into_iter().find(|(name, _)| *name == scheme)
        else {
            return refuse("unknown scheme");
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (account, host) = match rest.rsplit_once('@') {
            Some((account, host)) => (Some(account), host),
            None => (None, rest),
        };
        if host.contains(['/', '?', '#', '\\', ' ']) {
            return refuse("a path, query or fragment");
        }
        // The grammar of a host is the endpoint's.
        let Ok(endpoint) = Endpoint::parse_field(field, &format!("http://{host}")) else {
            return refuse("a malformed host or port");
        };
        let (user, password) = match account.map(|text| text.split_once(':').unwrap_or((text, "")))
        {
            None => (None, None),
            Some((user, password)) => {
                let Some((user, password)) = percent_decode(user).zip(percent_decode(password))
                else {
                    return refuse("user information that is not percent-encoded UTF-8");
                };
                (Some(user), Some(Zeroizing::new(password)))
            }
        };
        Ok(ProxyConfig {
            scheme,
            authority: format!(
                "{}:{}",
                endpoint.host,
                endpoint.port.unwrap_or(default_port)
            ),
            user,
            password,
            no_proxy: None,
        })
    }

    /// Credentials given beside the address replace those in it.
    pub fn with_account(mut self, user: Option<&str>, password: Option<&str>) -> Result<Self> {
        if let Some(user) = user {
            if user.contains(':') && !self.is_socks() {
                // Basic authentication splits at the first colon (RFC 7617).
                return Err(Error::invalid("proxy_user", "must not hold a ':'"));
            }
            self.user = Some(user.to_owned());
            self.password = Some(Zeroizing::new(password.unwrap_or_default().to_owned()));
        } else if password.is_some() {
            return Err(Error::invalid(
                "proxy_password",
                "is given without proxy_user",
            ));
        }
        Ok(self)
    }

    /// As `curl` reads them: `https_proxy` or `http_proxy` by the endpoint's scheme, then `all_proxy`;
    /// `no_proxy`. `HTTP_PROXY` in capitals is not read, because in a CGI program a client sets it.
    pub fn from_environment(
        https: bool,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Option<ProxyConfig>> {
        let names: &[&str] = if https {
            &["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
        } else {
            &["http_proxy", "all_proxy", "ALL_PROXY"]
        };
        let given = names
            .iter()
            .filter_map(|name| Some((*name, variable(name)?)))
            .find(|(_, value)| !value.is_empty());
        let Some((name, value)) = given else {
            return Ok(None);
        };
        let mut proxy = ProxyConfig::parse(name, &value)?;
        proxy.no_proxy = variable("no_proxy").or_else(|| variable("NO_PROXY"));
        Ok(Some(proxy))
    }

    pub fn is_socks(&self) -> bool {
        self.scheme.starts_with("socks")
    }

    /// Without the account, so it may be shown.
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.authority)
    }
}

fn percent_decode(text: &str) -> Option<String> {
    let decoded = percent_encoding::percent_decode_str(text).decode_utf8();
    decoded.ok().map(Into::into)
}

fn no_proxy_entries(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ' ']).filter(|entry| !entry.is_empty())
}

/// The form that the HTTP library understands: commas only, `.x.y` for `*.x.y`, and a `*` that does
/// not stand for addresses.
pub fn plain_no_proxy(text: &str) -> String {
    let plain = |entry| match entry {
        "*" => "*,0.0.0.0/0,::/0",
        _ if entry.starts_with("*.") => entry.trim_start_matches('*'),
        _ => entry,
    };
    let entries: Vec<&str> = no_proxy_entries(text).map(plain).collect();
    entries.join(",")
}

/// Names, addresses and CIDR blocks, separated by commas or spaces.
pub fn check_no_proxy(text: &str) -> Result<()> {
    for entry in no_proxy_entries(text) {
        let (address, bits) = entry.split_once('/').unwrap_or((entry, ""));
        let is_block = address.parse::<IpAddr>().is_ok_and(|address| {
            let most = if address.is_ipv4() { 32 } else { 128 };
            bits.is_empty() || bits.parse::<u8>().is_ok_and(|bits| bits <= most)
        });
        let suffix = entry.strip_prefix("*.").or(entry.strip_prefix('.'));
        let name = suffix.unwrap_or(entry);
        if entry != "*" && !is_block && !is_host_name(name) {
            return Err(Error::invalid(
                "no_proxy",
                format_args!("{entry:?} is not a name, an address, a CIDR block or '*'"),
            ));
        }
    }
    Ok(())
}

pub fn source_address(text: &str) -> Result<IpAddr> {
    text.parse().map_err(|_| {
        Error::invalid(
            "source_address",
            format_args!("{text:?} is not an IPv4 or IPv6 address"),
        )
    })
}

pub fn check_user_agent(text: &str) -> Result<()> {
    if text.len() <= MAX_USER_AGENT && text.bytes().all(|b| b == b' ' || b.is_ascii_graphic()) {
        return Ok(());
    }
    Err(Error::invalid(
        "user_agent",
        format_args!("is not at most {MAX_USER_AGENT} bytes of printable ASCII"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_read_with_its_scheme_port_and_account() {
        for (text, url, user) in [
            ("proxy.corp:8080", "http://proxy.corp:8080", None),
            ("http://proxy.corp", "http://proxy.corp:80", None),
            ("SOCKS5H://10.0.0.1", "socks5h://10.0.0.1:1080", None),
            (
                "https://me:p%40ss@proxy.corp/",
                "https://proxy.corp:443",
                Some("me"),
            ),
            ("socks5://[::1]:9", "socks5://[::1]:9", None),
        ] {
            let proxy = ProxyConfig::parse("proxy", text).unwrap();
            assert_eq!(proxy.url(), url);
            assert_eq!(proxy.user.as_deref(), user);
            if user.is_some() {
                assert_eq!(proxy.password.unwrap().as_str(), "p@ss");
            }
        }
    }

    #[test]
    fn no_error_and_no_debug_text_repeats_the_password() {
        for text in [
            "gopher://me:CANARY@host",
            "http://me:CANARY@ho st",
            "http://me:CANARY@",
            "http://me:CANARY%ff@host",
            "http://me:CANARY@host/path",
            "http://me:CANARY@host:99999",
        ] {
            let error = ProxyConfig::parse("proxy", text).unwrap_err();
            assert!(error.message.starts_with("proxy: "), "{error}");
            assert!(!error.message.contains("CANARY"), "{error}");
        }
        let proxy = ProxyConfig::parse("proxy", "http://me:CANARY@host").unwrap();
        assert!(!format!("{proxy:?}").contains("CANARY"));
    }

    #[test]
    fn the_environment_is_read_as_curl_reads_it() {
        let variables = |name: &str| match name {
            "https_proxy" => Some("secure.corp:1".to_owned()),
            "HTTP_PROXY" => Some("evil.example:2".to_owned()),
            "all_proxy" => Some("socks5h://all.corp:3".to_owned()),
            "NO_PROXY" => Some("localhost".to_owned()),
            _ => None,
        };
        let proxy = |https| {
            ProxyConfig::from_environment(https, &variables)
                .unwrap()
                .unwrap()
        };
        assert_eq!(proxy(true).url(), "http://secure.corp:1");
        assert_eq!(proxy(false).url(), "socks5h://all.corp:3");
        assert_eq!(proxy(true).no_proxy.as_deref(), Some("localhost"));
        assert!(
            ProxyConfig::from_environment(true, &|_| None)
                .unwrap()
                .is_none()
        );
    }

    #[test]
    fn exceptions_are_names_addresses_blocks_or_everything() {
        check_no_proxy("localhost, .corp,*.x.y 10.0.0.0/8,fd00::/8,127.0.0.1,*").unwrap();
        for text in ["http://a", "10.0.0.0/33", "a_b c/", "b:80", "*..x"] {
            let error = check_no_proxy(text).unwrap_err();
            assert!(error.message.starts_with("no_proxy: "), "{text}");
        }
    }
}
