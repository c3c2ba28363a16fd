//! Bytes from one connection to another, with their ends and their breaks.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::Entry;

const PIECE: usize = 64 * 1024;
const LINGER: Duration = Duration::from_secs(2);

/// Which side of a copy broke.
pub enum Broken {
    From,
    To,
}

/// Copies until the end of `from`, and tells how much at every step.
pub async fn copy(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    count: impl Fn(usize),
) -> Result<u64, Broken> {
    let mut buffer = vec![0; PIECE];
    let mut total = 0;
    loop {
        let length = from.read(&mut buffer).await.map_err(|_| Broken::From)?;
        if length == 0 {
            return Ok(total);
        }
        let written = to.write_all(&buffer[..length]).await;
        written.map_err(|_| Broken::To)?;
        total += length as u64;
        count(length);
    }
}

/// Joins two connections until both have ended. Either half may end first; a break of one
/// breaks the other, as it would without a proxy.
pub async fn join(mut client: TcpStream, early: &[u8], mut server: TcpStream, entry: &Entry) {
    let (client_read, mut client_write) = client.split();
    let (mut server_read, mut server_write) = server.split();
    let mut client_read = early.chain(client_read);
    let up = async {
        copy(&mut client_read, &mut server_write, |count| entry.up(count)).await?;
        server_write.shutdown().await.map_err(|_| Broken::To)
    };
    let down = async {
        copy(&mut server_read, &mut client_write, |count| {
            entry.down(count)
        })
        .await?;
        client_write.shutdown().await.map_err(|_| Broken::To)
    };
    if tokio::try_join!(up, down).is_err() {
        reset(client);
        reset(server);
    }
}

/// Ends a connection with a reset.
pub fn reset(socket: TcpStream) {
    let _ = socket.set_zero_linger();
}

/// Ends a connection so that what was sent arrives: unread bytes would make a reset of it.
pub async fn finish(mut socket: TcpStream) {
    let _ = socket.shutdown().await;
    drain(&mut socket, LINGER).await;
}

/// Reads and forgets, until the client ends or for so long.
async fn drain(socket: &mut TcpStream, time: Duration) {
    let mut buffer = vec![0; PIECE];
    let rest = async { while !matches!(socket.read(&mut buffer).await, Ok(0) | Err(_)) {} };
    let _ = timeout(time, rest).await;
}

/// Says nothing until the client gives up.
pub async fn stall(mut socket: TcpStream) {
    drain(&mut socket, Duration::from_secs(3600)).await;
}
