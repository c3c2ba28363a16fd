//! A program whose calls to the file system are looked at one by one, in one order over all of its
//! threads: each can be let through, fail, or be the last thing the program wanted to do.
//!
//! The kernel asks us about each call before it does it (seccomp's user notification), so this sees
//! what the program does by itself as well as what libc does for it.
#![allow(dead_code, reason = "each test program uses its own part of this")]

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::mem::{size_of, zeroed};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::FileExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Longer than any of these small programs takes on a busy machine.
const TIME_LIMIT: Duration = Duration::from_secs(120);

/// Where a call says which file it is about.
#[derive(Clone, Copy)]
enum About {
    /// The first argument is a descriptor.
    Handle,
    /// The argument of this number is a path. An empty one means the descriptor before it.
    Name(usize),
}

use About::{Handle, Name};

/// Not `sendmsg`, with which we are sent the means to answer.
const CALLS: &[(libc::c_long, &str, About)] = &[
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_open, "open", Name(0)),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_rename, "rename", Name(0)),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_unlink, "unlink", Name(0)),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_stat, "stat", Name(0)),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_lstat, "stat", Name(0)),
    (libc::SYS_openat, "open", Name(1)),
    (libc::SYS_renameat, "rename", Name(1)),
    (libc::SYS_renameat2, "rename", Name(1)),
    (libc::SYS_unlinkat, "unlink", Name(1)),
    (libc::SYS_statx, "stat", Name(1)),
    (libc::SYS_newfstatat, "stat", Name(1)),
    (libc::SYS_fstat, "stat", Handle),
    (libc::SYS_read, "read", Handle),
    (libc::SYS_pread64, "pread", Handle),
    (libc::SYS_write, "write", Handle),
    (libc::SYS_pwrite64, "write", Handle),
    (libc::SYS_fsync, "fsync", Handle),
    (libc::SYS_fdatasync, "fdatasync", Handle),
    (libc::SYS_ftruncate, "ftruncate", Handle),
    (libc::SYS_flock, "flock", Handle),
    (libc::SYS_fcntl, "fcntl", Handle),
    (libc::SYS_lseek, "lseek", Handle),
    (libc::SYS_close, "close", Handle),
    (libc::SYS_connect, "connect", Handle),
    (libc::SYS_sendto, "send", Handle),
    (libc::SYS_writev, "send", Handle),
    (libc::SYS_recvfrom, "receive", Handle),
    (libc::SYS_recvmsg, "receive", Handle),
];

/// A call that the program is about to make.
#[derive(Clone, Debug)]
pub struct Call {
    /// The same for all calls of a kind: `open` for `openat` as well.
    pub name: &'static str,
    pub path: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Happens,
    /// Does not happen, and says so with this error number.
    Fails(i32),
    /// SIGKILL instead of the call.
    Kills,
}

/// Whether this machine lets us be asked; has said so if not.
#[track_caller]
pub fn available() -> bool {
    let probe = run(&mut Command::new("true"), Path::new("/"), |_| Fate::Happens);
    let available = probe.is_ok_and(|output| output.status.success());
    if !available {
        crate::support::skipped("calls one by one", "a kernel with seccomp's notifications");
    }
    available
}

/// Runs a program to its end; `decide` is asked about each of its calls that concern a file in `under`.
pub fn run(
    command: &mut Command,
    under: &Path,
    mut decide: impl FnMut(&Call) -> Fate,
) -> io::Result<Output> {
    run_with_network(command, under, |call| match call.name {
        "connect" | "send" | "receive" => Fate::Happens,
        _ => decide(call),
    })
}

/// As before; `decide` is asked about connections, and what moves on them, as well.
pub fn run_with_network(
    command: &mut Command,
    under: &Path,
    mut decide: impl FnMut(&Call) -> Fate,
) -> io::Result<Output> {
    let under = under.canonicalize()?;
    let (ours, theirs) = UnixStream::pair()?;
    let theirs_raw = theirs.as_raw_fd();
    // SAFETY: system calls only, on values that were made before the fork.
    unsafe {
        command.pre_exec(move || {
            let listener = install_filter()?;
            send_handle(theirs_raw, listener)
        });
    }
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    drop(theirs);
    let pid = libc::pid_t::try_from(child.id()).unwrap();
    let listener = receive_handle(&ours)?;
    let ended = answer(&listener, pid, &under, &mut decide);
    if ended.is_err() {
        kill(pid);
    }
    drop(listener);
    let output = child.wait_with_output()?;
    ended.map(|()| output)
}

/// Until the program has ended.
fn answer(
    listener: &OwnedFd,
    pid: libc::pid_t,
    under: &Path,
    decide: &mut dyn FnMut(&Call) -> Fate,
) -> io::Result<()> {
    let deadline = Instant::now() + TIME_LIMIT;
    loop {
        let mut poll = libc::pollfd {
            fd: listener.as_raw_fd(),
            events: libc::POLLIN,
            revents: 0,
        };
        // SAFETY: one valid entry.
        let ready = unsafe { libc::poll(&mut poll, 1, 1000) };
        if Instant::now() > deadline {
            return Err(io::Error::other("the program did not end in time"));
        }
        if ready <= 0 {
            continue;
        }
        if poll.revents & libc::POLLIN == 0 {
            return Ok(());
        }
        // SAFETY: integers only, and the kernel wants it zeroed.
        let mut asked: libc::seccomp_notif = unsafe { zeroed() };
        // SAFETY: the structure is the one that the request wants.
        if unsafe {
            libc::ioctl(
                listener.as_raw_fd(),
                request::<libc::seccomp_notif>(3, 0),
                &mut asked,
            )
        } < 0
        {
            // The thread that asked has gone meanwhile.
            continue;
        }
        let fate = match call(&asked).filter(|call| {
            call.path.starts_with(under) || matches!(call.name, "connect" | "send" | "receive")
        }) {
            Some(call) => decide(&call),
            None => Fate::Happens,
        };
        // SAFETY: integers only.
        let mut reply: libc::seccomp_notif_resp = unsafe { zeroed() };
        reply.id = asked.id;
        match fate {
            Fate::Happens => reply.flags = libc::SECCOMP_USER_NOTIF_FLAG_CONTINUE as u32,
            Fate::Fails(errno) => reply.error = -errno,
            Fate::Kills => {
                kill(pid);
                // Unanswered: what was asked for does not happen.
                continue;
            }
        }
        // SAFETY: as above. It fails only if the thread has gone meanwhile.
        unsafe {
            libc::ioctl(
                listener.as_raw_fd(),
                request::<libc::seccomp_notif_resp>(3, 1),
                &mut reply,
            )
        };
    }
}

fn call(asked: &libc::seccomp_notif) -> Option<Call> {
    let number = libc::c_long::from(asked.data.nr);
    let (_, name, about) = CALLS.iter().find(|(known, ..)| *known == number)?;
    let handle = |argument: usize| {
        let link = format!(
            "/proc/{}/fd/{}",
            asked.pid, asked.data.args[argument] as i32
        );
        std::fs::read_link(link).ok()
    };
    let path = match *about {
        Handle => handle(0)?,
        Name(argument) => {
            let path = text(asked.pid, asked.data.args[argument])?;
            if path.as_os_str().is_empty() {
                handle(argument.checked_sub(1)?)?
            } else {
                path
            }
        }
    };
    // What an open file without a name is called there.
    let path = match path
        .to_str()
        .and_then(|path| path.strip_suffix(" (deleted)"))
    {
        Some(path) => PathBuf::from(path),
        None => path,
    };
    Some(Call { name, path })
}

/// A string in the program's memory.
fn text(pid: u32, address: u64) -> Option<PathBuf> {
    let memory = File::open(format!("/proc/{pid}/mem")).ok()?;
    let mut text = Vec::new();
    let mut block = [0; 256];
    while text.len() < 4096 {
        // Not over the end of a page: the next one may not be there.
        let at = address + text.len() as u64;
        let most = block.len().min(4096 - (at % 4096) as usize);
        let count = memory.read_at(&mut block[..most], at).ok()?;
        let block = &block[..count];
        if let Some(end) = block.iter().position(|byte| *byte == 0) {
            text.extend(&block[..end]);
            return Some(PathBuf::from(OsString::from_vec(text)));
        }
        text.extend(block);
    }
    None
}

fn kill(pid: libc::pid_t) {
    // SAFETY: touches no memory; the process is our child and has not been waited for.
    unsafe { libc::kill(pid, libc::SIGKILL) };
}

/// The number of an ioctl of seccomp, as the kernel's headers make it.
fn request<T>(direction: u64, number: u64) -> libc::Ioctl {
    ((direction << 30) | ((size_of::<T>() as u64) << 16) | (u64::from(b'!') << 8) | number) as _
}

/// In the child: from here on the kernel asks about [`CALLS`].
fn install_filter() -> io::Result<RawFd> {
    const MOST: usize = CALLS.len() + 3;
    // On the stack: nothing may be allocated after a fork.
    // SAFETY: integers only.
    let mut filter: [libc::sock_filter; MOST] = unsafe { zeroed() };
    let load = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
    let equal = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
    let give = (libc::BPF_RET | libc::BPF_K) as u16;
    filter[0].code = load; // the number of the call, which comes first
    for (index, (number, ..)) in CALLS.iter().enumerate() {
        filter[index + 1] = libc::sock_filter {
            code: equal,
            // To the last line; the one before it lets through.
            jt: (CALLS.len() - index) as u8,
            jf: 0,
            k: *number as u32,
        };
    }
    filter[MOST - 2].code = give;
    filter[MOST - 2].k = libc::SECCOMP_RET_ALLOW;
    filter[MOST - 1].code = give;
    filter[MOST - 1].k = libc::SECCOMP_RET_USER_NOTIF;
    let program = libc::sock_fprog {
        len: MOST as u16,
        filter: filter.as_mut_ptr(),
    };
    // SAFETY: the program is valid during the calls.
    let listener = unsafe {
        if libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 {
            return Err(io::Error::last_os_error());
        }
        libc::syscall(
            libc::SYS_seccomp,
            libc::SECCOMP_SET_MODE_FILTER,
            libc::SECCOMP_FILTER_FLAG_NEW_LISTENER,
            &program,
        )
    };
    if listener < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(listener as RawFd)
}

/// Room for one descriptor in a message.
#[repr(align(8))]
struct Control([u8; 64]);

fn message<T>(use_it: impl FnOnce(&mut libc::msghdr) -> T) -> T {
    let mut byte = [0_u8; 1];
    let mut control = Control([0; 64]);
    let mut part = libc::iovec {
        iov_base: byte.as_mut_ptr().cast(),
        iov_len: 1,
    };
    // SAFETY: integers and pointers, for which zero is valid.
    let mut message: libc::msghdr = unsafe { zeroed() };
    message.msg_iov = &mut part;
    message.msg_iovlen = 1;
    message.msg_control = control.0.as_mut_ptr().cast();
    // SAFETY: arithmetic.
    message.msg_controllen = unsafe { libc::CMSG_SPACE(size_of::<RawFd>() as u32) } as _;
    use_it(&mut message)
}

fn send_handle(socket: RawFd, handle: RawFd) -> io::Result<()> {
    message(|message| {
        // SAFETY: the message has room for one header with one descriptor.
        let sent = unsafe {
            let header = libc::CMSG_FIRSTHDR(message);
            (*header).cmsg_level = libc::SOL_SOCKET;
            (*header).cmsg_type = libc::SCM_RIGHTS;
            (*header).cmsg_len = libc::CMSG_LEN(size_of::<RawFd>() as u32) as _;
            libc::CMSG_DATA(header)
                .cast::<RawFd>()
                .write_unaligned(handle);
            libc::sendmsg(socket, message, 0)
        };
        match sent {
            1 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    })
}

fn receive_handle(socket: &UnixStream) -> io::Result<OwnedFd> {
    message(|message| {
        // SAFETY: the kernel fills what the message points to; the descriptor is ours alone then.
        unsafe {
            let received = libc::recvmsg(socket.as_raw_fd(), message, libc::MSG_CMSG_CLOEXEC);
            let header = libc::CMSG_FIRSTHDR(message);
            if received != 1 || header.is_null() {
                return Err(io::Error::other("no filter was installed"));
            }
            let handle = libc::CMSG_DATA(header).cast::<RawFd>().read_unaligned();
            Ok(OwnedFd::from_raw_fd(handle))
        }
    })
}
