//! The first packet of a connection, as a server or a proxy gets it.

use super::fields::Fields;

/// The version of the protocol, 3.0.
pub(super) const VERSION: u32 = 3 << 16;
pub(super) const SSL: u32 = (1234 << 16) + 5679;
const GSS: u32 = (1234 << 16) + 5680;
pub(super) const CANCEL: u32 = (1234 << 16) + 5678;

/// What a packet without a tag asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FirstPacket<'b> {
    /// Encryption by TLS: the answer is one byte, `S` or `N`, and then comes another
    /// packet.
    Tls,
    /// Encryption by GSSAPI: likewise.
    Gss,
    /// The end of what another connection does; no answer comes.
    Cancel {
        /// The server process.
        pid: u32,
        /// What the server gave to that connection: 4 bytes, up to 256 from
        /// protocol 3.2 on.
        secret: &'b [u8],
    },
    /// A session.
    Startup {
        /// The major version in the upper 16 bits, the minor one in the lower ones.
        version: u32,
        /// Names and values.
        parameters: Vec<(&'b [u8], &'b [u8])>,
    },
}

impl<'b> FirstPacket<'b> {
    /// Reads a packet that [`split_untagged`](super::split_untagged) found; `None` if
    /// it is none of these.
    #[must_use]
    pub fn read(packet: &'b [u8]) -> Option<Self> {
        let mut fields = Fields(packet.get(4..)?);
        Some(match fields.u32()? {
            SSL => Self::Tls,
            GSS => Self::Gss,
            CANCEL => Self::Cancel {
                pid: fields.u32()?,
                secret: fields.0,
            },
            version if version >> 16 == VERSION >> 16 => Self::Startup {
                version,
                parameters: parameters(fields)?,
            },
            _ => return None,
        })
    }
}

fn parameters(mut fields: Fields<'_>) -> Option<Vec<(&[u8], &[u8])>> {
    let mut found = Vec::new();
    loop {
        match fields.until_zero()? {
            b"" => return Some(found),
            name => found.push((name, fields.until_zero()?)),
        }
    }
}
