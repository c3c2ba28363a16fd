//! The uploading process, as the test sees it.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use crate::{Job, SLOTS, URL};

pub struct Uploader {
    process: Child,
    stdin: Mutex<ChildStdin>,
    dropped: Mutex<Receiver<String>>,
    /// Of each slot.
    done: Vec<Mutex<Receiver<String>>>,
}

impl Uploader {
    pub fn start(url: &str) -> Uploader {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "the_uploading_process",
                "--ignored",
                "--nocapture",
            ])
            .env(URL, url)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (drop_sender, dropped) = channel();
        let (senders, done): (Vec<Sender<String>>, Vec<_>) = (0..SLOTS)
            .map(|_| {
                let (sender, receiver) = channel();
                (sender, Mutex::new(receiver))
            })
            .unzip();
        let stdout = BufReader::new(process.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                let mut words = line.splitn(3, ' ');
                match (words.next(), words.next(), words.next()) {
                    (Some("done"), Some(slot), Some(outcome)) => {
                        let slot: usize = slot.parse().unwrap();
                        senders[slot].send(outcome.to_owned()).unwrap();
                    }
                    (Some("dropped"), ..) => drop_sender.send(line).unwrap(),
                    // What the test harness has to say.
                    _ => {}
                }
            }
        });
        Uploader {
            stdin: Mutex::new(process.stdin.take().unwrap()),
            process,
            dropped: Mutex::new(dropped),
            done,
        }
    }

    pub fn upload(&self, slot: usize, job: &Job) -> Told {
        let line = format!(
            "{slot} {} {} {} {}",
            job.file.display(),
            job.number,
            job.part_size,
            job.in_flight
        );
        writeln!(self.stdin.lock().unwrap(), "{line}").unwrap();
        let receiver = self.done[slot].lock().unwrap();
        let line = receiver.recv_timeout(Duration::from_secs(150));
        let line = line.unwrap_or_else(|_| "0 0 no answer".to_owned());
        let mut words = line.splitn(3, ' ');
        let mut number = || words.next().unwrap().parse().unwrap();
        Told {
            warnings: number(),
            retries: u64::from(number()),
            outcome: words.next().unwrap().to_owned(),
        }
    }

    /// What the process has when it has nothing to do and no client. Connections close a little later,
    /// and idle threads for file work after ten seconds: waited for until there is no more than
    /// `wanted`, or for so long.
    pub fn at_rest(&self, wanted: Option<Usage>, most: Duration) -> Usage {
        writeln!(self.stdin.lock().unwrap(), "drop").unwrap();
        let dropped = self.dropped.lock().unwrap();
        dropped
            .recv_timeout(Duration::from_secs(150))
            .expect("the process ends what it is at");
        let started = Instant::now();
        loop {
            std::thread::sleep(Duration::from_millis(100));
            let now = self.usage();
            let back = wanted.is_some_and(|wanted| {
                now.threads <= wanted.threads && now.descriptors <= wanted.descriptors
            });
            if back || started.elapsed() >= most {
                return now;
            }
        }
    }

    fn usage(&self) -> Usage {
        let proc = PathBuf::from(format!("/proc/{}", self.process.id()));
        let count = |name: &str| fs::read_dir(proc.join(name)).unwrap().count() as u64;
        let status = fs::read_to_string(proc.join("status")).unwrap();
        let memory = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .and_then(|value| value.split_whitespace().next()?.parse().ok())
            .expect("the kernel tells the memory of a process");
        Usage {
            descriptors: count("fd"),
            threads: count("task"),
            memory,
        }
    }
}

impl Drop for Uploader {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// How one run ended.
pub struct Told {
    pub warnings: u32,
    pub retries: u64,
    pub outcome: String,
}

#[derive(Clone, Copy, Debug)]
pub struct Usage {
    pub descriptors: u64,
    pub threads: u64,
    /// KiB
    pub memory: u64,
}
