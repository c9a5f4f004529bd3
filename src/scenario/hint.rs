//! What was probably meant.

/// The name among `names` that `text` is most like, if it is like one at all.
#[must_use]
pub fn nearest<'n>(text: &str, names: &[&'n str]) -> Option<&'n str> {
    let similarity = |name: &&&str| (strsim::jaro(text, name) * 1000.0) as u32;
    let name = names.iter().max_by_key(similarity)?;
    (similarity(&name) > 700).then_some(*name)
}
