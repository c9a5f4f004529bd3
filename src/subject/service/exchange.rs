//! A request with all its values, and a reply.

/// A reply, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceReply {
    /// Its status.
    pub status: u16,
    /// Its body.
    pub body: Vec<u8>,
}

/// A request with all its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingRequest {
    /// Such as `POST`.
    pub method: &'static str,
    /// Whether it asks, and changes nothing.
    pub is_safe: bool,
    /// The path, with a query if it has one.
    pub path: String,
    /// Headers by name, in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}
