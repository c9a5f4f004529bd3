//! What the proxy says to a client whose server cannot be reached.

/// ErrorResponse, as a server refuses a session.
pub(super) fn refusal(reason: &str) -> Vec<u8> {
    let mut body = Vec::new();
    for (field, text) in [
        (b'S', "FATAL"),
        (b'V', "FATAL"),
        (b'C', "08006"),
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
