//! The door: the addresses and the port on which the preview listens, which are this machine's own unless told otherwise.
//!
//! Who may ask what is the guard's business.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

use anyhow::{Context as _, bail};

/// The port that is tried first: the year of the first printed newspaper.
pub const PORT: u16 = 1605;

/// How many ports above the first are tried when nobody has named one.
const MORE_PORTS: u16 = 30;

/// Where to listen.
#[derive(Clone, Debug, Default)]
pub struct Address {
    /// An address of this machine; both loopback addresses when nobody has named one.
    pub host: Option<IpAddr>,
    /// A port, 0 for any; the first free one from [`PORT`] on when nobody has named one.
    pub port: Option<u16>,
}

/// An open door.
pub(super) struct Door {
    pub(super) listeners: Vec<TcpListener>,
    pub(super) port: u16,
}

/// Begins to listen.
pub(super) fn open(address: &Address) -> anyhow::Result<Door> {
    let hosts = address.host.map_or_else(
        || vec![IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)],
        |host| vec![host],
    );
    if let Some(port) = address.port {
        // A port that is free on one address may be taken on the other: then the system gives another one.
        let attempts = if port == 0 { MORE_PORTS } else { 1 };
        for _ in 0..attempts {
            if let Some(door) = listen(&hosts, port)? {
                return Ok(door);
            }
        }
        bail!("port {port} is taken by another program; name another one with `--port`, or none");
    }
    for port in PORT..=PORT + MORE_PORTS {
        if let Some(door) = listen(&hosts, port)? {
            return Ok(door);
        }
    }
    bail!("the ports from {PORT} to {} are taken; name a free one with `--port`", PORT + MORE_PORTS)
}

/// Listens on one port of all addresses; `None` when somebody else does.
fn listen(hosts: &[IpAddr], port: u16) -> anyhow::Result<Option<Door>> {
    let mut door = Door { listeners: Vec::new(), port };
    for (place, host) in hosts.iter().enumerate() {
        let wanted = SocketAddr::new(*host, door.port);
        match TcpListener::bind(wanted) {
            Ok(listener) => {
                listener.set_nonblocking(true).context("cannot listen without waiting")?;
                door.port = listener.local_addr().context("cannot learn the port")?.port();
                door.listeners.push(listener);
            }
            Err(error) if error.kind() == ErrorKind::AddrInUse => return Ok(None),
            // A machine without IPv6 has one loopback address.
            Err(_) if place > 0 => {}
            Err(error) => return Err(error).with_context(|| format!("cannot listen on `{wanted}`")),
        }
    }
    Ok(Some(door))
}
