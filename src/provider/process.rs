//! Keys from the output of a command.
//!
//! `std::process`, not tokio's: that would install a handler for SIGCHLD in the host.

use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use serde::Deserialize;
use zeroize::Zeroizing;

use super::FetchError;
use super::keys::{Keys, Secret, unix_seconds};
use crate::runtime;

/// Called on the command before it is started: the engine's threads have every signal blocked, and
/// the child would inherit that. Unblocking takes `unsafe` code, which is at home elsewhere.
pub type PrepareCommand = fn(&mut Command);

const MAX_OUTPUT: usize = 64 * 1024;
/// How often it is looked whether the command has ended or is no longer wanted.
const STEP: Duration = Duration::from_millis(20);

type Output = std::io::Result<Zeroizing<Vec<u8>>>;

/// Ends the command when nobody waits for its keys any more.
struct Wanted(Arc<AtomicBool>);

impl Drop for Wanted {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

pub(super) async fn run(
    command: Secret,
    prepare: PrepareCommand,
    limit: Duration,
) -> Result<Keys, FetchError> {
    let wanted = Arc::new(AtomicBool::new(true));
    let _guard = Wanted(Arc::clone(&wanted));
    runtime::blocking(move || run_now(&command, prepare, limit, &wanted))
        .await
        .unwrap_or_else(|_| Err(FetchError::transient("the thread of the command has died")))
}

fn run_now(
    command: &Secret,
    prepare: PrepareCommand,
    limit: Duration,
    wanted: &AtomicBool,
) -> Result<Keys, FetchError> {
    let mut command = shell(command.as_str());
    // What a command writes there may be secret and must not be mixed with what the host prints.
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    prepare(&mut command);
    let mut child = command.spawn().map_err(|error| {
        FetchError::transient(format!("the command cannot be started: {error}"))
    })?;
    let watch = Watch {
        deadline: Instant::now() + limit,
        limit,
        wanted,
    };
    let outcome = watch.until_end(&mut child);
    if outcome.is_err() {
        kill(&mut child);
    }
    let (output, status) = outcome?;
    if let Some(status) = status.filter(|status| !status.success()) {
        // The words of the system: "exit status: 1", "signal: 9 (SIGKILL)".
        let message = format!("the command has failed: {status}");
        return Err(FetchError::transient(message));
    }
    parse(&output)
}

#[cfg(unix)]
fn shell(line: &str) -> Command {
    use std::os::unix::process::CommandExt;
    let path = match cfg!(target_os = "android") {
        true => "/system/bin/sh",
        false => "/bin/sh",
    };
    let mut command = Command::new(path);
    // Its own group, so that what the shell has started can be ended with it.
    command.arg("-c").arg(line).process_group(0);
    command
}

#[cfg(windows)]
fn shell(line: &str) -> Command {
    use std::os::windows::process::CommandExt;
    const CREATE_NO_WINDOW: u32 = 0x0800_0000;
    let mut command = Command::new("cmd");
    command
        .arg("/C")
        .raw_arg(line)
        .creation_flags(CREATE_NO_WINDOW);
    command
}

/// Only while the child is known to be there: its number might belong to somebody else later.
fn kill(child: &mut Child) {
    if !matches!(child.try_wait(), Ok(None)) {
        return;
    }
    #[cfg(unix)]
    {
        use nix::sys::signal::{Signal, killpg};
        if let Ok(group) = i32::try_from(child.id()) {
            let _ = killpg(nix::unistd::Pid::from_raw(group), Signal::SIGKILL);
        }
    }
    let _ = child.kill();
    let _ = child.wait();
}

struct Watch<'a> {
    deadline: Instant,
    limit: Duration,
    wanted: &'a AtomicBool,
}

impl Watch<'_> {
    fn check(&self) -> Result<(), FetchError> {
        if !self.wanted.load(Ordering::Acquire) {
            return Err(FetchError::transient("no longer wanted"));
        }
        if Instant::now() >= self.deadline {
            let limit = self.limit.as_secs_f32();
            let message = format!("the command has not ended within {limit} s");
            return Err(FetchError::transient(message));
        }
        Ok(())
    }

    /// The status is `None` when the system does not keep it: the host ignores SIGCHLD.
    fn until_end(
        &self,
        child: &mut Child,
    ) -> Result<(Zeroizing<Vec<u8>>, Option<ExitStatus>), FetchError> {
        let reader = read_output(child)?;
        let output = loop {
            match reader.recv_timeout(STEP) {
                Ok(output) => break output,
                Err(RecvTimeoutError::Timeout) => self.check()?,
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(FetchError::transient("the output cannot be read"));
                }
            }
        };
        let output = output.map_err(|error| {
            FetchError::transient(format!("the output cannot be read: {error}"))
        })?;
        if output.len() > MAX_OUTPUT {
            let message = format!("the command prints more than {MAX_OUTPUT} bytes");
            return Err(FetchError::permanent(message));
        }
        loop {
            match child.try_wait() {
                Ok(None) => self.check()?,
                Ok(status) => return Ok((output, status)),
                Err(_) => return Ok((output, None)),
            }
            thread::sleep(STEP / 4);
        }
    }
}

/// On a thread of its own: a read from a pipe cannot be given a time limit.
fn read_output(child: &mut Child) -> Result<Receiver<Output>, FetchError> {
    let (sender, receiver) = mpsc::sync_channel(1);
    let Some(pipe) = child.stdout.take() else {
        return Err(FetchError::transient("the command has no output"));
    };
    let read = move || {
        // Reserved in one piece: growing would leave copies behind.
        let mut output = Zeroizing::new(Vec::with_capacity(MAX_OUTPUT + 1));
        let mut limited = pipe.take(MAX_OUTPUT as u64 + 1);
        let outcome = limited.read_to_end(&mut output).map(|_| output);
        // Nobody listens when the time is over.
        let _ = sender.send(outcome);
    };
    thread::Builder::new()
        .name("oss-resumable".to_owned())
        .spawn(read)
        .map_err(|error| FetchError::transient(format!("cannot start a thread: {error}")))?;
    Ok(receiver)
}

/// In the spelling of the OSS SDKs, or in that of the Alibaba Cloud CLI.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Printed {
    #[serde(alias = "AccessKeyId")]
    access_key_id: Option<String>,
    #[serde(alias = "AccessKeySecret")]
    access_key_secret: Option<Secret>,
    #[serde(alias = "SecurityToken")]
    sts_token: Option<Secret>,
    #[serde(alias = "Expiration")]
    expiration: Option<String>,
    sts_expiration: Option<i64>,
    mode: Option<String>,
}

fn parse(output: &[u8]) -> Result<Keys, FetchError> {
    // Neither the output nor the words of the parser, which repeat it, may be shown.
    let printed: Printed = serde_json::from_slice(output)
        .map_err(|_| FetchError::permanent("the command does not print the JSON of keys"))?;
    let lacks = |what: &str| FetchError::permanent(format!("the command prints no {what}"));
    let token = printed.sts_token.filter(|token| !token.is_empty());
    let token = match printed.mode.as_deref().unwrap_or_default() {
        "" => token,
        mode if mode.eq_ignore_ascii_case("AK") => None,
        mode if mode.eq_ignore_ascii_case("StsToken") => {
            Some(token.ok_or_else(|| lacks("security token"))?)
        }
        _ => {
            let message = "the command prints a mode other than AK and StsToken";
            return Err(FetchError::permanent(message));
        }
    };
    let expires_at = match printed.expiration.filter(|text| !text.is_empty()) {
        Some(text) => Some(unix_seconds(&text).ok_or_else(|| {
            FetchError::permanent("the command prints an Expiration that is not RFC 3339")
        })?),
        None => printed.sts_expiration.filter(|seconds| *seconds > 0),
    };
    let id = printed.access_key_id.filter(|id| !id.is_empty());
    let secret = printed.access_key_secret;
    Ok(Keys {
        id: id.ok_or_else(|| lacks("access key id"))?,
        secret: secret
            .filter(|secret| !secret.is_empty())
            .ok_or_else(|| lacks("access key secret"))?,
        token,
        expires_at,
    })
}
