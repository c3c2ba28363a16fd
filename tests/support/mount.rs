//! File systems of a test's own, which go with it whatever happens to it.
#![allow(dead_code, reason = "each test program uses its own part of this")]

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support;

/// Runs a test on a thread with mounts that nobody else sees: they and their loop devices are gone when
/// the thread and what it started are, even if the test is killed. Says so where that is not allowed.
#[track_caller]
pub fn alone(test: impl FnOnce() + Send) {
    let ran = std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            let owned = unshare();
            if owned.is_ok() {
                test();
            }
            owned
        });
        thread.join()
    });
    match ran {
        Ok(Ok(())) => {}
        Ok(Err(error)) => support::skipped(&format!("own mounts: {error}"), "run as root"),
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

fn unshare() -> io::Result<()> {
    // SAFETY: affects this thread alone; the strings are constants.
    let failed = unsafe {
        libc::unshare(libc::CLONE_NEWNS) != 0
            || libc::mount(
                c"none".as_ptr(),
                c"/".as_ptr(),
                std::ptr::null(),
                libc::MS_REC | libc::MS_PRIVATE,
                std::ptr::null(),
            ) != 0
    };
    if failed {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// An ext4 file system in a file.
pub struct Image {
    pub file: PathBuf,
}

impl Image {
    /// `None` where there is nothing to make it with, which has been said then.
    #[track_caller]
    pub fn make(file: PathBuf) -> Option<Image> {
        let made = fs::File::create(&file).and_then(|image| {
            image.set_len(8 << 20)?;
            let mut make = Command::new("mkfs.ext4");
            make.args(["-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0"]);
            make.arg(&file).output()
        });
        match made {
            Ok(output) if output.status.success() => Some(Image { file }),
            Ok(output) => panic!("{}", support::said(&output)),
            Err(_) => {
                support::skipped("a file system in a file", "install e2fsprogs");
                None
            }
        }
    }

    pub fn copy(&self, to: PathBuf) -> Image {
        fs::copy(&self.file, &to).unwrap();
        Image { file: to }
    }

    pub fn mount(&self, at: &Path, options: &str) -> Result<Mounted, String> {
        fs::create_dir_all(at).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "ext4", "-o", &format!("loop,{options}")]);
        let output = mount.arg(&self.file).arg(at).output().unwrap();
        if !output.status.success() {
            return Err(support::said(&output));
        }
        let mounts = fs::read_to_string("/proc/thread-self/mounts").unwrap();
        let line = mounts.lines().rfind(|line| {
            let mut words = line.split(' ').skip(1);
            words.next().map(Path::new) == Some(at)
        });
        let device = line.and_then(|line| line.split(' ').next()).unwrap();
        Ok(Mounted {
            at: at.to_owned(),
            device: device.trim_start_matches("/dev/").to_owned(),
        })
    }

    pub fn repair(&self) -> Output {
        let mut repair = Command::new("e2fsck");
        repair.arg("-fy").arg(&self.file).output().unwrap()
    }
}

pub struct Mounted {
    pub at: PathBuf,
    device: String,
}

impl Mounted {
    /// What the disk has done so far and is doing.
    fn activity(&self) -> (String, bool) {
        let stat = fs::read_to_string(format!("/sys/block/{}/stat", self.device)).unwrap();
        let fields: Vec<&str> = stat.split_whitespace().collect();
        (fields[4..7].join(" "), fields[8] != "0")
    }

    /// Copies the disk as it is at one moment. False if it never stood still for as long as that takes.
    pub fn snapshot(&self, image: &Image, to: PathBuf) -> Option<Image> {
        for _ in 0..200 {
            let before = self.activity();
            let copy = image.copy(to.clone());
            if !before.1 && self.activity() == before {
                return Some(copy);
            }
        }
        None
    }

    /// As after an error of the disk: nothing can be read or written any more.
    pub fn shut_down(&self) {
        const EXT4_IOC_SHUTDOWN: u64 = 0x8004_587d;
        use std::os::fd::AsRawFd;
        let root = fs::File::open(&self.at).unwrap();
        let at_once = 2_u32;
        // SAFETY: the argument is a number that is read.
        let done = unsafe { libc::ioctl(root.as_raw_fd(), EXT4_IOC_SHUTDOWN as _, &at_once) };
        assert_eq!(done, 0, "{}", io::Error::last_os_error());
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.at).status();
    }
}
