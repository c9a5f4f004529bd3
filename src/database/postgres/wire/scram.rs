//! SCRAM-SHA-256 (RFC 5802, RFC 7677), the client's side, without channel binding.
//!
//! Both sides prove that they know the password, and neither sends it.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

/// By which a server names it.
pub(super) const MECHANISM: &str = "SCRAM-SHA-256";

/// More rounds than a server asks for in earnest (PostgreSQL: 4,096): a false one
/// shall not keep this program busy.
const ROUNDS_MAX: u32 = 1_000_000;

/// No channel binding, and none is possible.
const GS2_HEADER: &str = "n,,";

type Key = [u8; 32];

/// The exchange until the server has spoken.
#[derive(Debug)]
pub(super) struct ScramStart {
    nonce: String,
}

/// The exchange until the server has proven itself.
pub(super) struct ScramEnd {
    server_key: Key,
    /// What both sides have signed.
    words: String,
}

impl ScramStart {
    pub(super) fn new() -> Self {
        let random: [u8; 18] = rand::random();
        Self {
            nonce: BASE64_STANDARD.encode(random),
        }
    }

    /// The first words. The user stands in the startup packet, and not here.
    pub(super) fn words(&self) -> String {
        format!("{GS2_HEADER}{}", self.bare())
    }

    fn bare(&self) -> String {
        format!("n=,r={}", self.nonce)
    }

    /// The last words, as an answer to the server's first ones. `None` if those are
    /// none: also where the server does not repeat the nonce.
    pub(super) fn answer(self, theirs: &str, password: &str) -> Option<(String, ScramEnd)> {
        let challenge = Challenge::read(theirs)?;
        if !challenge.nonce.starts_with(&self.nonce) || challenge.nonce == self.nonce {
            return None;
        }
        let salted = salted(password, &challenge.salt, challenge.rounds);
        let binding = BASE64_STANDARD.encode(GS2_HEADER);
        let without_proof = format!("c={binding},r={}", challenge.nonce);
        let words = format!("{},{theirs},{without_proof}", self.bare());
        let proof = proof(&salted, &words);
        let answer = format!("{without_proof},p={}", BASE64_STANDARD.encode(proof));
        let server_key = sign(&salted, b"Server Key");
        Some((answer, ScramEnd { server_key, words }))
    }
}

impl ScramEnd {
    /// Whether the server's last words prove that it knows the password too.
    pub(super) fn is_proven_by(&self, theirs: &str) -> bool {
        let signature = theirs.strip_prefix("v=");
        let signature = signature.and_then(|text| BASE64_STANDARD.decode(text).ok());
        let ours = keyed(&self.server_key).chain_update(&self.words);
        signature.is_some_and(|signature| ours.verify_slice(&signature).is_ok())
    }
}

/// The server's first words.
struct Challenge<'w> {
    nonce: &'w str,
    salt: Vec<u8>,
    rounds: u32,
}

impl<'w> Challenge<'w> {
    fn read(words: &'w str) -> Option<Self> {
        let mut parts = words.split(',');
        let read = Self {
            nonce: parts.next()?.strip_prefix("r=")?,
            salt: BASE64_STANDARD
                .decode(parts.next()?.strip_prefix("s=")?)
                .ok()?,
            rounds: parts.next()?.strip_prefix("i=")?.parse().ok()?,
        };
        (1..=ROUNDS_MAX).contains(&read.rounds).then_some(read)
    }
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("a key of any length")
}

fn sign(key: &[u8], words: &[u8]) -> Key {
    keyed(key)
        .chain_update(words)
        .finalize()
        .into_bytes()
        .into()
}

/// PBKDF2, one block. A password that SASLprep refuses goes as it is, as
/// PostgreSQL's own clients do.
fn salted(password: &str, salt: &[u8], rounds: u32) -> Key {
    let prepared = stringprep::saslprep(password);
    let password = prepared.as_ref().map_or(password, |prepared| prepared);
    let keyed = keyed(password.as_bytes());
    let first = keyed.clone().chain_update(salt).chain_update([0, 0, 0, 1]);
    let mut last: Key = first.finalize().into_bytes().into();
    let mut mixed = last;
    for _ in 1..rounds {
        last = keyed
            .clone()
            .chain_update(last)
            .finalize()
            .into_bytes()
            .into();
        mix(&mut mixed, &last);
    }
    mixed
}

fn mix(into: &mut Key, other: &Key) {
    into.iter_mut().zip(other).for_each(|(a, b)| *a ^= b);
}

fn proof(salted: &Key, words: &str) -> Key {
    let client_key = sign(salted, b"Client Key");
    let stored: Key = Sha256::digest(client_key).into();
    let mut proof = sign(&stored, words.as_bytes());
    mix(&mut proof, &client_key);
    proof
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 7677, which names a user.
    const THEIRS: &str = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
                          s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";

    #[test]
    fn the_example_of_the_rfc_comes_out() {
        let challenge = Challenge::read(THEIRS).expect("a challenge");
        let salted = salted("pencil", &challenge.salt, challenge.rounds);
        let without_proof = format!("c=biws,r={}", challenge.nonce);
        let words = format!("n=user,r=rOprNGfwEbeRWgbNEkqO,{THEIRS},{without_proof}");
        assert_eq!(
            BASE64_STANDARD.encode(proof(&salted, &words)),
            "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
        );
        let server_key = sign(&salted, b"Server Key");
        let end = ScramEnd { server_key, words };
        assert!(end.is_proven_by("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
        assert!(!end.is_proven_by("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G5="));
        assert!(!end.is_proven_by("e=other-error"));
    }

    #[test]
    fn a_challenge_that_is_none_is_refused() {
        let start = || ScramStart {
            nonce: "abc".into(),
        };
        let answers = |theirs: &str| start().answer(theirs, "pencil").is_some();
        assert!(answers("r=abcdef,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1"));
        for theirs in [
            // Not ours; nothing of the server's own; no salt; rounds out of bounds.
            "r=xyz,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1",
            "r=abc,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1",
            "r=abcdef,i=1",
            "r=abcdef,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=0",
            "r=abcdef,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4000000000",
            "",
        ] {
            assert!(!answers(theirs), "{theirs}");
        }
    }
}
