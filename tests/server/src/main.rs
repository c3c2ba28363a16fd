//! The server as a program, for tests that are not written in Rust.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use oss_test_server::{Account, Crc, Options, Rule, Server, parse_rules};

const USAGE: &str = "\
usage: oss-test-server [--port N] [--dir DIR] [--bench] [--no-crc] [--versioning]
                       [--region REGION] [--account ID:SECRET[:TOKEN]]... [--rules FILE]
                       [--exit-with-stdin]";

struct Arguments {
    options: Options,
    rules: Vec<Rule>,
    exit_with_stdin: bool,
}

fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let mut options = Options::default();
    let mut accounts = Vec::new();
    let mut rules = Vec::new();
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
    let mut stdout = std::io::stdout();
    writeln!(stdout, "LISTENING {}", server.url())?;
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
