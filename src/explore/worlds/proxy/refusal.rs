//! What the proxy says to a client that gets no session.

/// The server cannot be reached (`connection_failure`).
pub(super) const NOT_REACHED: &str = "08006";
/// The password is wrong (`invalid_password`).
pub(super) const WRONG_PASSWORD: &str = "28P01";

/// ErrorResponse, as a server refuses a session.
pub(super) fn refusal(code: &str, reason: &str) -> Vec<u8> {
    let mut body = Vec::new();
    for (field, text) in [
        (b'S', "FATAL"),
        (b'V', "FATAL"),
        (b'C', code),
        (b'M', reason),
    ] {
        body.push(field);
        body.extend(text.bytes().filter(|byte| *byte != 0));
        body.push(0);
    }
    body.push(0);
    let length = (body.len() + 4) as u32;
    [&[b'E'][..], &length.to_be_bytes(), &body].concat()
}
