//! A SOCKS5 proxy (RFC 1928), with user and password (RFC 1929) or without.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{
    Entry, NoRoute, ProxyEntry, ProxyFault, ProxyKind, ProxyOptions, Shared, controls, relay,
};
use crate::small_http::{self, Background};

const VERSION: u8 = 5;
const NO_AUTH: u8 = 0;
const USER_PASSWORD: u8 = 2;
const NONE_ACCEPTABLE: u8 = 0xFF;

const GRANTED: u8 = 0;
const NOT_ALLOWED: u8 = 2;
const HOST_UNREACHABLE: u8 = 4;
const REFUSED: u8 = 5;
const UNKNOWN_COMMAND: u8 = 7;
const UNKNOWN_ADDRESS_TYPE: u8 = 8;
/// In the log only.
const NO_REPLY: u16 = 0xFF;

/// A running SOCKS5 proxy on the loopback. Dropping it closes every connection at once.
pub struct Socks5Proxy {
    shared: Arc<Shared>,
    port: u16,
    _background: Background,
}

controls!(Socks5Proxy, "socks5");

impl Socks5Proxy {
    /// # Panics
    ///
    /// If the port cannot be had: no test can go on from there.
    pub fn start(options: ProxyOptions) -> Socks5Proxy {
        Socks5Proxy::try_start(options).expect("the proxy starts")
    }

    pub fn try_start(options: ProxyOptions) -> io::Result<Socks5Proxy> {
        let background = Background::new("socks5-proxy")?;
        let (listener, port) = small_http::bind(background.handle(), options.port)?;
        let shared = Arc::new(Shared::new(options));
        let state = Arc::clone(&shared);
        background
            .handle()
            .spawn(small_http::accept(listener, move |socket| {
                state.state().connections += 1;
                let shared = Arc::clone(&state);
                async move {
                    // A client that breaks off, or speaks something else, is just left.
                    let _ = serve(shared, socket).await;
                }
            }));
        Ok(Socks5Proxy {
            shared,
            port,
            _background: background,
        })
    }
}

async fn serve(shared: Arc<Shared>, mut socket: TcpStream) -> io::Result<()> {
    let entry = match greet(&shared, &mut socket).await? {
        true => shared.begin(ProxyKind::Connect, "", NO_REPLY),
        false => {
            relay::finish(socket).await;
            return Ok(());
        }
    };
    entry.update(|entry| entry.authorized = true);
    let [_, command, _, kind] = read(&mut socket).await?;
    let Some(host) = read_host(&mut socket, kind).await? else {
        return refuse(socket, &entry, UNKNOWN_ADDRESS_TYPE).await;
    };
    let port = socket.read_u16().await?;
    let bracketed = if host.contains(':') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    };
    entry.update(|entry| entry.target = bracketed);
    match shared.fault() {
        Some(ProxyFault::Refuse(code)) => return refuse(socket, &entry, code as u8).await,
        Some(ProxyFault::Reset) => {
            relay::reset(socket);
            return Ok(());
        }
        Some(ProxyFault::Stall) => {
            relay::stall(socket).await;
            return Ok(());
        }
        None => {}
    }
    if command != 1 {
        return refuse(socket, &entry, UNKNOWN_COMMAND).await;
    }
    let server = match shared.dial(&host, port).await {
        Ok(server) => server,
        Err(NoRoute::Forbidden) => return refuse(socket, &entry, NOT_ALLOWED).await,
        Err(NoRoute::Failed(error)) => {
            let code = match error.kind() {
                io::ErrorKind::ConnectionRefused => REFUSED,
                _ => HOST_UNREACHABLE,
            };
            return refuse(socket, &entry, code).await;
        }
    };
    reply(&mut socket, &entry, GRANTED).await?;
    relay::join(socket, &[], server, &entry).await;
    Ok(())
}

async fn read<const N: usize>(socket: &mut TcpStream) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    socket.read_exact(&mut bytes).await?;
    if bytes[0] != VERSION {
        return Err(io::ErrorKind::InvalidData.into());
    }
    Ok(bytes)
}

/// A text behind its length.
async fn read_text(socket: &mut TcpStream) -> io::Result<String> {
    let mut bytes = vec![0; socket.read_u8().await? as usize];
    socket.read_exact(&mut bytes).await?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Agrees on a method and sees it through; false if the client may not go on. The log comes first, so that
/// a client that has its refusal finds it.
async fn greet(shared: &Arc<Shared>, socket: &mut TcpStream) -> io::Result<bool> {
    let [_, count] = read(socket).await?;
    let mut methods = vec![0; count as usize];
    socket.read_exact(&mut methods).await?;
    let method = match shared.options.user_password {
        Some(_) => USER_PASSWORD,
        None => NO_AUTH,
    };
    if !methods.contains(&method) {
        shared.begin(ProxyKind::Connect, "", NO_REPLY);
        socket.write_all(&[VERSION, NONE_ACCEPTABLE]).await?;
        return Ok(false);
    }
    socket.write_all(&[VERSION, method]).await?;
    if method == NO_AUTH {
        return Ok(true);
    }
    let _version = socket.read_u8().await?;
    let user = read_text(socket).await?;
    let password = read_text(socket).await?;
    let known = shared.knows(&user, &password);
    if !known {
        shared.begin(ProxyKind::Connect, "", NO_REPLY);
    }
    socket.write_all(&[1, u8::from(!known)]).await?;
    Ok(known)
}

/// The host of a request; `None` if its kind of address is unknown.
async fn read_host(socket: &mut TcpStream, kind: u8) -> io::Result<Option<String>> {
    Ok(match kind {
        1 => {
            let mut bytes = [0; 4];
            socket.read_exact(&mut bytes).await?;
            Some(Ipv4Addr::from(bytes).to_string())
        }
        3 => Some(read_text(socket).await?),
        4 => {
            let mut bytes = [0; 16];
            socket.read_exact(&mut bytes).await?;
            Some(Ipv6Addr::from(bytes).to_string())
        }
        _ => None,
    })
}

async fn reply(socket: &mut TcpStream, entry: &Entry, code: u8) -> io::Result<()> {
    // The log comes first, so that a client that has its reply finds it.
    entry.update(|entry| entry.status = u16::from(code));
    let bytes = [VERSION, code, 0, 1, 0, 0, 0, 0, 0, 0];
    socket.write_all(&bytes).await
}

async fn refuse(mut socket: TcpStream, entry: &Entry, code: u8) -> io::Result<()> {
    reply(&mut socket, entry, code).await?;
    relay::finish(socket).await;
    Ok(())
}
