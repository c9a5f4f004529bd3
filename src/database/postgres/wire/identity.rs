//! The proof that a session belongs to its role: a password in clear, MD5 or SCRAM.

use std::fmt::Write as _;

use md5::{Digest as _, Md5};

use super::failure::{WireFailure, WireResult};
use super::fields::Fields;
use super::message_out::Outbox;
use super::options::WireOptions;
use super::scram::{MECHANISM, ScramEnd, ScramStart};

/// How far the proofs are.
pub(super) enum Identity {
    /// None is under way.
    Settled,
    /// SCRAM, before the server has spoken.
    Asked(ScramStart),
    /// SCRAM, before the server has proven itself.
    Answered(ScramEnd),
}

impl Identity {
    /// Answers an authentication request, by its number and what goes with it.
    pub(super) fn answer(
        self,
        method: u32,
        more: &[u8],
        options: &WireOptions,
        outbox: &mut Outbox,
    ) -> WireResult<Self> {
        match (method, self) {
            (0, Self::Settled) => {}
            (3, _) => outbox.password(password(options)?),
            (5, _) => outbox.password(&md5_answer(&options.user, password(options)?, more)),
            (10, _) => {
                password(options)?;
                return ask(more, outbox).map(Self::Asked);
            }
            (11, Self::Asked(start)) => {
                let password = password(options)?;
                let (words, end) = text(more)
                    .and_then(|theirs| start.answer(theirs, password))
                    .ok_or_else(|| false_server("its words are not those of SCRAM"))?;
                outbox.sasl_next(&words);
                return Ok(Self::Answered(end));
            }
            (12, Self::Answered(end)) => {
                if !text(more).is_some_and(|theirs| end.is_proven_by(theirs)) {
                    return Err(false_server("it does not know the password"));
                }
            }
            (0 | 11 | 12, _) => return Err(false_server("it left out a proof")),
            (method, _) => return Err(unknown(method)),
        }
        Ok(Self::Settled)
    }
}

fn ask(mechanisms: &[u8], outbox: &mut Outbox) -> WireResult<ScramStart> {
    let mut mechanisms = Fields(mechanisms);
    while let Some(mechanism) = mechanisms.until_zero() {
        if mechanism == MECHANISM.as_bytes() {
            let start = ScramStart::new();
            outbox.sasl_first(MECHANISM, &start.words());
            return Ok(start);
        }
    }
    Err(WireFailure::Unsupported(format!(
        "the server does not offer {MECHANISM}"
    )))
}

fn unknown(method: u32) -> WireFailure {
    let name = match method {
        2 => "Kerberos".to_owned(),
        6 => "SCM credentials".to_owned(),
        7 | 8 => "GSSAPI".to_owned(),
        9 => "SSPI".to_owned(),
        other => format!("method {other}"),
    };
    WireFailure::Unsupported(format!(
        "the server asks for a proof of identity that is not known here: {name}"
    ))
}

fn password(options: &WireOptions) -> WireResult<&str> {
    options.password.as_deref().ok_or_else(|| {
        WireFailure::Unsupported("the server asks for a password, and there is none".into())
    })
}

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

fn false_server(why: &str) -> WireFailure {
    WireFailure::lost(format!("the server is not believed: {why}"))
}

/// What the method `md5` sends: the digest that the server keeps, salted once more.
fn md5_answer(user: &str, password: &str, salt: &[u8]) -> String {
    let kept = md5_hex(&[password.as_bytes(), user.as_bytes()]);
    format!("md5{}", md5_hex(&[kept.as_bytes(), salt]))
}

fn md5_hex(parts: &[&[u8]]) -> String {
    let mut digest = Md5::new();
    parts.iter().for_each(|part| digest.update(part));
    let mut hex = String::new();
    for byte in digest.finalize() {
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

#[cfg(test)]
mod tests {
    use super::super::options::WireAddress;
    use super::*;

    #[test]
    fn md5_is_salted_twice() {
        // Computed with md5sum.
        let kept = md5_hex(&[b"secret", b"buyer"]);
        assert_eq!(kept, "7084935922e4fbc7ca5b34c5784623f1");
        assert_eq!(
            md5_answer("buyer", "secret", &[1, 2, 3, 4]),
            "md569745b13148606b8979f75551cf064d9"
        );
    }

    #[test]
    fn a_server_that_does_not_know_the_password_is_not_believed() {
        let mut options = WireOptions::new(WireAddress::Tcp(String::new(), 0), "a", "b");
        options.password = Some("secret".into());
        let mut outbox = Outbox::default();
        let mut next = |identity: Identity, method, words: &str| {
            let answer = identity.answer(method, words.as_bytes(), &options, &mut outbox);
            (answer, String::from_utf8_lossy(outbox.bytes()).into_owned())
        };
        let (asked, said) = next(Identity::Settled, 10, "SCRAM-SHA-256\0\0");
        let (_, nonce) = said.split_once(",r=").expect("a nonce");
        let theirs = format!("r={nonce}more,s=c2FsdA==,i=1");
        let (answered, _) = next(asked.expect("asked"), 11, &theirs);
        let forged = format!("v={}=", "A".repeat(43));
        let (believed, _) = next(answered.expect("answered"), 12, &forged);
        assert!(believed.is_err_and(|failure| failure.to_string().contains("not believed")));
    }
}
