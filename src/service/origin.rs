//! Where a service is.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs as _};

use thiserror::Error;

/// Where a service is. Its name was resolved once: each connection leads to that address, whatever
/// the name means later, and a redirect leads nowhere, since none is followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceOrigin {
    pub(super) address: SocketAddr,
    /// What the header `Host` says.
    pub(super) host: String,
    /// What stands before each path, without a slash at its end.
    pub(super) base: String,
}

/// Why requests cannot be sent there.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OriginRefused {
    /// It is no address of a service.
    #[error("{0}")]
    Url(String),
    /// Its name leads nowhere.
    #[error("{host} cannot be resolved: {reason}")]
    Unknown {
        /// The name.
        host: String,
        /// What the system says.
        reason: String,
    },
    /// It is on another machine.
    #[error(
        "{host} is {address}, which is not this machine: load goes elsewhere only with \
         --allow-remote, and only to what is yours"
    )]
    Remote {
        /// The name.
        host: String,
        /// The address that it has.
        address: IpAddr,
    },
}

impl ServiceOrigin {
    /// The service at a port of this machine.
    #[must_use]
    pub fn local(port: u16) -> Self {
        Self {
            address: (Ipv4Addr::LOCALHOST, port).into(),
            host: format!("127.0.0.1:{port}"),
            base: String::new(),
        }
    }

    /// Takes `http://host:port/base` apart and resolves the host. The system may take its time.
    ///
    /// # Errors
    /// [`OriginRefused`], without repeating what stands before an `@`: it may be a password.
    pub fn resolve(url: &str, allows_remote: bool) -> Result<Self, OriginRefused> {
        let (host, port, base) = parts(url).map_err(OriginRefused::Url)?;
        let name = host.trim_matches(['[', ']']);
        let unknown = |reason: String| OriginRefused::Unknown {
            host: host.into(),
            reason,
        };
        let found = (name, port).to_socket_addrs();
        let found: Vec<SocketAddr> = found.map_err(|error| unknown(error.to_string()))?.collect();
        // All of them: a name that has one address of another machine may lead there.
        let remote = found.iter().find(|address| !is_local(address.ip()));
        if let Some(address) = remote.filter(|_| !allows_remote) {
            return Err(OriginRefused::Remote {
                host: host.into(),
                address: address.ip(),
            });
        }
        // A service that is told a port listens on IPv4 more often.
        let address = found.iter().find(|address| address.is_ipv4());
        let address = address.or_else(|| found.first()).copied();
        Ok(Self {
            address: address.ok_or_else(|| unknown("it has no address".into()))?,
            host: match port {
                80 => host.into(),
                _ => format!("{host}:{port}"),
            },
            base: base.trim_end_matches('/').into(),
        })
    }
}

impl fmt::Display for ServiceOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}{}", self.host, self.base)
    }
}

/// Whether an address is of this machine, also where IPv4 is written as IPv6.
fn is_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_loopback(),
        IpAddr::V6(address) => {
            address.is_loopback()
                || address
                    .to_ipv4_mapped()
                    .is_some_and(|address| address.is_loopback())
        }
    }
}

fn parts(url: &str) -> Result<(&str, u16, &str), String> {
    const LIKE: &str = "write one such as http://127.0.0.1:8080";
    if url.starts_with("https://") {
        return Err(format!(
            "https is not spoken: give the address behind what ends TLS; {LIKE}"
        ));
    }
    let rest = url
        .strip_prefix("http://")
        .ok_or_else(|| format!("a service has an address that begins with http://: {LIKE}"))?;
    let (authority, base) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    if authority.contains('@') {
        return Err(
            "a user and a password belong into a header Authorization, and not into the address"
                .into(),
        );
    }
    if !url.chars().all(|c| c.is_ascii_graphic()) || base.contains(['?', '#']) {
        return Err(format!(
            "an address holds a host, a port and the beginning of a path: {LIKE}"
        ));
    }
    let port_at = match authority.rfind(']') {
        Some(end) => authority[end..].find(':').map(|at| end + at),
        None => authority.rfind(':'),
    };
    let (host, port) = match port_at {
        None => (authority, 80),
        Some(at) => {
            let port = authority[at + 1..].parse().ok().filter(|port| *port > 0);
            let port = port.ok_or_else(|| format!("its port is no number up to 65535: {LIKE}"))?;
            (&authority[..at], port)
        }
    };
    match host.is_empty() {
        true => Err(format!("it names no host: {LIKE}")),
        false => Ok((host, port, base)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_this_machine_is_taken() {
        for (url, shown) in [
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://127.9.9.9:80/", "http://127.9.9.9"),
            ("http://[::1]:81/api/v1/", "http://[::1]:81/api/v1"),
            (
                "http://[::ffff:127.0.0.1]:81",
                "http://[::ffff:127.0.0.1]:81",
            ),
            ("http://localhost:8080/a", "http://localhost:8080/a"),
        ] {
            let origin = ServiceOrigin::resolve(url, false).expect(url);
            assert_eq!(origin.to_string(), shown);
        }
        assert_eq!(ServiceOrigin::local(81).to_string(), "http://127.0.0.1:81");
    }

    /// What counts is the address, not the name; a number in another form is resolved too.
    #[test]
    fn another_machine_is_refused_unless_it_is_allowed() {
        for host in [
            "192.0.2.1",
            "0.0.0.0",
            "[2001:db8::1]",
            "[::ffff:192.0.2.1]",
            "128.0.0.1",
            "[::]",
        ] {
            let url = format!("http://{host}:8080");
            let refused = ServiceOrigin::resolve(&url, false);
            assert!(
                matches!(refused, Err(OriginRefused::Remote { .. })),
                "{url}: {refused:?}"
            );
            assert!(ServiceOrigin::resolve(&url, true).is_ok(), "{url}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for url in [
            "",
            "127.0.0.1:80",
            "https://127.0.0.1",
            "ftp://127.0.0.1",
            "http://",
            "http://:80",
            "http://127.0.0.1:0",
            "http://127.0.0.1:65536",
            "http://127.0.0.1:x",
            "http://127.0.0.1/?a",
            "http://127.0.0.1/#a",
            "http://127.0.0.1/a b",
            "http://me:hush@127.0.0.1/",
        ] {
            match ServiceOrigin::resolve(url, true) {
                Err(OriginRefused::Url(why)) => assert!(!why.contains("hush"), "{why}"),
                other => panic!("{url}: {other:?}"),
            }
        }
    }
}
