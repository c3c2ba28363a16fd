//! A TCP forwarder that breaks its first connection after so many bytes, whatever they mean.
#![allow(dead_code)]

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

#[derive(Clone, Copy, Debug)]
pub struct Break {
    /// Of what comes back to the client, or of what it sends.
    pub to_client: bool,
    pub after: i64,
}

/// Gone when dropped, but for connections that are still in use.
pub struct Cutter {
    pub address: SocketAddr,
    has_broken: Arc<AtomicBool>,
    is_over: Arc<AtomicBool>,
}

impl Cutter {
    pub fn start(upstream: SocketAddr, first: Break) -> Cutter {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let (has_broken, is_over) = <(Arc<AtomicBool>, Arc<AtomicBool>)>::default();
        let (broken, over) = (Arc::clone(&has_broken), Arc::clone(&is_over));
        thread::spawn(move || {
            let mut plan = Some(first);
            for client in listener.incoming().map_while(Result::ok) {
                if over.load(Ordering::Relaxed) {
                    break;
                }
                let server = TcpStream::connect(upstream).unwrap();
                let left = |to_client| match plan {
                    Some(plan) if plan.to_client == to_client => plan.after,
                    _ => i64::MAX,
                };
                for (from, to, left) in [
                    (&client, &server, left(false)),
                    (&server, &client, left(true)),
                ] {
                    let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    let broken = Arc::clone(&broken);
                    thread::spawn(move || pass(from, to, left, &broken));
                }
                plan = None;
            }
        });
        Cutter {
            address,
            has_broken,
            is_over,
        }
    }

    pub fn has_broken(&self) -> bool {
        self.has_broken.load(Ordering::Relaxed)
    }
}

impl Drop for Cutter {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.address);
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, mut left: i64, broken: &AtomicBool) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count) = from.read(&mut buffer)
        && count > 0
    {
        let passes = left.min(count as i64) as usize;
        if to.write_all(&buffer[..passes]).is_err() {
            break;
        }
        if passes < count {
            broken.store(true, Ordering::Relaxed);
            break;
        }
        left = left.saturating_sub(passes as i64);
    }
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}
