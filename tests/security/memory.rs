//! The memory of a process that has used the library and let go of it: heap, stacks and everything
//! else that is mapped, read from outside while the process stands still.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use oss_test_server::{HttpProxy, Op, ProxyOptions, Server};
use sha2::Sha256;

use crate::figures;
use crate::support::{self, c_program, make_file, temp_dir};

const PART: u64 = 102_400;
const REGION: &str = "cn-hangzhou";

/// What is looked for, by name.
type Needles = BTreeMap<String, Vec<u8>>;

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// The secret, and everything that is as good as the secret for a day: the keys that signature V4
/// derives from it, and the padded blocks that HMAC makes of a key.
fn needles_of(name: &str, secret: &str, days: &BTreeSet<String>) -> Needles {
    let mut needles = Needles::new();
    needles.insert(name.to_owned(), secret.as_bytes().to_vec());
    let mut keys = vec![(format!("{name}, for V1"), secret.as_bytes().to_vec())];
    for day in days {
        let mut key = format!("aliyun_v4{secret}").into_bytes();
        keys.push((format!("{name}, for V4"), key.clone()));
        for step in [day, REGION, "oss", "aliyun_v4_request"] {
            key = hmac(&key, step);
            needles.insert(format!("{name}, derived with {step}"), key.clone());
            keys.push((format!("{name}, derived with {step}"), key.clone()));
        }
    }
    for (name, key) in keys {
        for (pad, byte) in [("inner", 0x36), ("outer", 0x5c)] {
            let block: Vec<u8> = key.iter().map(|key| key ^ byte).collect();
            needles.insert(format!("{name}, {pad} block"), block);
        }
    }
    needles
}

fn today() -> String {
    let now = std::time::SystemTime::now();
    let now = httpdate::fmt_http_date(now);
    // "Sun, 06 Nov 1994 08:49:37 GMT"
    let months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let month = months.find(&now[8..11]).unwrap() / 3 + 1;
    format!("{}{month:02}{}", &now[12..16], &now[5..7])
}

/// Where a needle was found: its name and the mapping.
type Hits = BTreeMap<String, BTreeSet<String>>;

/// Stops the process, reads everything that is mapped, and lets it go on.
fn scan(pid: u32, needles: &Needles) -> Hits {
    let signal = |number| {
        // SAFETY: touches no memory; the process is our child and has not been waited for.
        assert_eq!(unsafe { libc::kill(pid as libc::pid_t, number) }, 0);
    };
    signal(libc::SIGSTOP);
    while !state(pid).starts_with(['T', 't']) {
        std::thread::sleep(Duration::from_millis(5));
    }
    let maps = std::fs::read_to_string(format!("/proc/{pid}/maps")).unwrap();
    let memory = File::open(format!("/proc/{pid}/mem")).unwrap();
    let mut hits = Hits::new();
    let mut read = 0;
    for line in maps.lines() {
        let mut words = line.split_whitespace();
        let (range, rights) = (words.next().unwrap(), words.next().unwrap());
        let name = words.nth(3).unwrap_or("anonymous");
        // Pages of the kernel's, which cannot be read from here.
        if !rights.starts_with('r') || name == "[vvar]" || name == "[vsyscall]" {
            continue;
        }
        let (start, end) = range.split_once('-').unwrap();
        let number = |text| u64::from_str_radix(text, 16).unwrap();
        let (start, end) = (number(start), number(end));
        let mut bytes = vec![0; (end - start) as usize];
        // What is mapped beyond the end of its file cannot be read, and holds nothing.
        if memory.read_exact_at(&mut bytes, start).is_err() {
            assert!(!rights.starts_with("rw"), "{line} cannot be read");
            continue;
        }
        read += bytes.len();
        for (needle, pattern) in needles {
            if contains(&bytes, pattern) {
                let place = format!("{name} {rights}");
                hits.entry(needle.clone()).or_default().insert(place);
            }
        }
    }
    signal(libc::SIGCONT);
    assert!(read > 1 << 20, "only {read} bytes could be read");
    hits
}

fn state(pid: u32) -> String {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    stat.rsplit_once(") ").unwrap().1.to_owned()
}

fn contains(bytes: &[u8], pattern: &[u8]) -> bool {
    // SAFETY: reads both slices within their lengths. Far faster than what Rust makes of it here.
    let found = unsafe {
        libc::memmem(
            bytes.as_ptr().cast(),
            bytes.len(),
            pattern.as_ptr().cast(),
            pattern.len(),
        )
    };
    !found.is_null()
}

struct Program {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Program {
    fn start(program: &Path, args: &[&str], lines: &[&str]) -> Program {
        let mut command = support::command(program);
        // Another build of the library than the one of these tests.
        if let Some(directory) = std::env::var_os("OSS_RESUMABLE_SCAN_LIBRARY") {
            command.env("LD_LIBRARY_PATH", directory);
        }
        let mut child = command
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        input
            .write_all((lines.join("\n") + "\n").as_bytes())
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Program {
            child,
            input,
            output,
        }
    }

    /// Waits until it says this.
    fn until(&mut self, word: &str) {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        assert_eq!(line.trim(), word);
    }

    fn go_on(&mut self) {
        self.input.write_all(b"\n").unwrap();
    }

    /// Connections and tasks that end after the call that ended them get a while for it.
    fn eventually_without(&self, needles: &Needles) -> Hits {
        for _ in 0..20 {
            if scan(self.child.id(), needles).is_empty() {
                break;
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        scan(self.child.id(), needles)
    }
}

const FIRST: [&str; 3] = [
    "canary-id-1",
    "CANARY-first-secret-8fq2",
    "CANARY-first-token-m3wz",
];
const SECOND: [&str; 3] = [
    "canary-id-2",
    "CANARY-second-secret-k9vt",
    "CANARY-second-token-x7rd",
];
const PROXY: [&str; 2] = ["me", "CANARY-proxy-password-p4hn"];

/// What one stop of the program has to show.
struct Look {
    absent: Needles,
    /// Found, or the scan is blind.
    present: Needles,
}

impl Look {
    #[track_caller]
    fn found(&self, program: &Program) -> u64 {
        let pid = program.child.id();
        let seen = scan(pid, &self.present);
        let missing: Vec<_> = self
            .present
            .keys()
            .filter(|name| !seen.contains_key(*name))
            .collect();
        assert!(missing.is_empty(), "the scan does not find {missing:?}");
        let left = program.eventually_without(&self.absent);
        if !left.is_empty() {
            eprintln!("left in memory: {left:#?}");
        }
        left.len() as u64
    }
}

/// Runs the program, and returns how many patterns were looked for and how many were found.
fn look(version: &str, with_proxy: bool) -> (u64, u64) {
    let Some(program) = c_program("secrets", "tests/c/secrets.c", &["-std=c99"]) else {
        return (0, 0);
    };
    let server = Server::start();
    for [id, secret, token] in [FIRST, SECOND] {
        server.set_account(id, secret, Some(token));
    }
    let proxy = HttpProxy::start(ProxyOptions {
        user_password: Some((PROXY[0].into(), PROXY[1].into())),
        ..ProxyOptions::default()
    });
    let dir = temp_dir("secrets");
    let file = dir.join("file");
    make_file(&file, 5 * PART, 1);
    let (server_url, proxy_url) = (server.url(), proxy.url());
    let mut args = vec![server_url.as_str(), file.to_str().unwrap(), version];
    if with_proxy {
        args.push(&proxy_url);
    }
    let lines: Vec<&str> = FIRST.into_iter().chain(SECOND).chain(PROXY).collect();
    let mut days = BTreeSet::from([today()]);
    let mut program = Program::start(&program, &args, &lines);
    program.until("replaced");
    days.insert(today());
    assert_eq!(server.requests(Op::CompleteMultipartUpload), 2);

    let first = needles_of("first secret", FIRST[1], &days);
    let second = Needles::from([("second secret".into(), SECOND[1].into())]);
    let replaced = Look {
        absent: first.clone(),
        present: second,
    };
    let mut found = replaced.found(&program);

    program.go_on();
    program.until("freed");
    let mut absent = first;
    absent.append(&mut needles_of("second secret", SECOND[1], &days));
    absent.insert("first token".into(), FIRST[2].into());
    absent.insert("second token".into(), SECOND[2].into());
    absent.insert("password".into(), PROXY[1].into());
    let basic = BASE64.encode(PROXY.join(":"));
    absent.insert("password, as it is sent".into(), basic.into());
    for (index, entry) in server.log().iter().enumerate() {
        let authorization = entry.header("authorization").unwrap();
        let signature = authorization
            .rsplit(['=', ':'])
            .find(|text| !text.is_empty());
        absent.insert(format!("signature {index}"), signature.unwrap().into());
    }
    let looked_for = absent.len() as u64;
    let freed = Look {
        absent,
        // The bucket's name is written into the program.
        present: Needles::from([("bucket".into(), b"c-tests".to_vec())]),
    };
    found += freed.found(&program);
    program.go_on();
    assert!(program.child.wait().unwrap().success());
    (looked_for, found)
}

#[test]
fn no_secret_is_left_in_memory_when_keys_are_replaced_and_when_a_client_is_freed() {
    let (mut looked_for, mut found) = (0, 0);
    for (version, with_proxy) in [("4", true), ("4", false), ("1", false)] {
        let (patterns, hits) = look(version, with_proxy);
        looked_for += patterns;
        found += hits;
    }
    let figures = [
        ("patterns looked for in memory", looked_for),
        ("patterns found in memory", found),
    ];
    figures::record("security-memory", &figures);
    assert_eq!(found, 0);
}
