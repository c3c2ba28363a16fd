//! The server as a program, for tests that are not written in Rust.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;

use oss_test_server::{
    Account, Crc, HttpProxy, Issuing, Options, ProxyOptions, Rule, Server, Socks5Proxy, parse_rules,
};

const USAGE: &str = "\
usage: oss-test-server [--port N] [--dir DIR] [--bench] [--no-crc] [--versioning]
                       [--region REGION] [--account ID:SECRET[:TOKEN]]... [--rules FILE]
                       [--metadata] [--sts] [--token-lifetime SECONDS]
                       [--http-proxy] [--socks-proxy] [--proxy-account USER:PASSWORD]
                       [--proxy-host NAME]... [--exit-with-stdin]";

struct Arguments {
    options: Options,
    rules: Vec<Rule>,
    sisters: Sisters,
    exit_with_stdin: bool,
}

/// What runs beside the server.
#[derive(Default)]
struct Sisters {
    metadata: bool,
    sts: bool,
    token_lifetime: Option<i64>,
    http_proxy: bool,
    socks_proxy: bool,
    proxy_account: Option<(String, String)>,
    /// Names that lead to the server, for clients of a proxy only.
    proxy_hosts: Vec<String>,
}

fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let mut options = Options::default();
    let mut accounts = Vec::new();
    let mut rules = Vec::new();
    let mut sisters = Sisters::default();
    let mut exit_with_stdin = false;
    while let Some(name) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{name} needs a value"));
        match name.as_str() {
            "--port" => options.port = value()?.parse().map_err(|_| "--port needs a number")?,
            "--dir" => options.dir = Some(PathBuf::from(value()?)),
            "--region" => options.region = value()?,
            "--bench" => options.bench = true,
            "--no-crc" => options.crc = Crc::Off,
            "--versioning" => options.versioning = true,
            "--account" => accounts.push(parse_account(&value()?)?),
            "--rules" => {
                let path = value()?;
                let text = std::fs::read(&path).map_err(|error| format!("{path}: {error}"))?;
                rules = parse_rules(&text).map_err(|error| format!("{path}: {error}"))?;
            }
            "--metadata" => sisters.metadata = true,
            "--sts" => sisters.sts = true,
            "--token-lifetime" => {
                let seconds = value()?
                    .parse()
                    .map_err(|_| "--token-lifetime needs a number")?;
                sisters.token_lifetime = Some(seconds);
            }
            "--http-proxy" => sisters.http_proxy = true,
            "--socks-proxy" => sisters.socks_proxy = true,
            "--proxy-account" => {
                let account = value()?;
                let (user, password) = account
                    .split_once(':')
                    .ok_or("--proxy-account needs USER:PASSWORD")?;
                sisters.proxy_account = Some((user.to_owned(), password.to_owned()));
            }
            "--proxy-host" => sisters.proxy_hosts.push(value()?),
            "--exit-with-stdin" => exit_with_stdin = true,
            other => return Err(format!("unknown argument {other}")),
        }
    }
    if !accounts.is_empty() {
        options.accounts = accounts;
    }
    Ok(Arguments {
        options,
        rules,
        sisters,
        exit_with_stdin,
    })
}

fn parse_account(text: &str) -> Result<Account, String> {
    let mut fields = text.splitn(3, ':');
    match (fields.next(), fields.next(), fields.next()) {
        (Some(id), Some(secret), token) => Ok(Account::new(id, secret, token)),
        _ => Err("--account needs ID:SECRET or ID:SECRET:TOKEN".to_owned()),
    }
}

fn run(arguments: Arguments) -> std::io::Result<()> {
    let server = Server::try_start(arguments.options)?;
    for rule in arguments.rules {
        server.rule(rule);
    }
    let sisters = arguments.sisters;
    if let Some(lifetime_seconds) = sisters.token_lifetime {
        server.temporary_credentials(Issuing {
            lifetime_seconds,
            ..Issuing::default()
        });
    }
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, server.port()));
    let hosts = sisters.proxy_hosts.into_iter().map(|name| (name, address));
    let proxy = ProxyOptions {
        user_password: sisters.proxy_account,
        hosts: hosts.collect(),
        ..ProxyOptions::default()
    };
    // Both stay until the program ends.
    let http_proxy = sisters
        .http_proxy
        .then(|| HttpProxy::try_start(proxy.clone()));
    let http_proxy = http_proxy.transpose()?;
    let socks_proxy = sisters.socks_proxy.then(|| Socks5Proxy::try_start(proxy));
    let socks_proxy = socks_proxy.transpose()?;

    let mut stdout = std::io::stdout();
    writeln!(stdout, "LISTENING {}", server.url())?;
    for (name, url) in [
        ("METADATA", sisters.metadata.then(|| server.metadata_url())),
        ("STS", sisters.sts.then(|| server.sts_url())),
        ("PROXY", http_proxy.as_ref().map(HttpProxy::url)),
        ("SOCKS", socks_proxy.as_ref().map(Socks5Proxy::url)),
    ] {
        if let Some(url) = url {
            writeln!(stdout, "{name} {url}")?;
        }
    }
    stdout.flush()?;
    if arguments.exit_with_stdin {
        std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink())?;
        return Ok(());
    }
    loop {
        std::thread::park();
    }
}

fn main() -> ExitCode {
    let arguments = match parse(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(message) => {
            eprintln!("oss-test-server: {message}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("oss-test-server: {error}");
            ExitCode::FAILURE
        }
    }
}
