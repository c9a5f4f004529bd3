//! The names of services: `service`, or `service:VARIANT` where one program has several ways.

use crate::cell::{SERVICE, Subject};

/// A service of which a file names no variant.
pub const ONLY_SERVICE: Subject = Subject::of(SERVICE);

/// The subject that a name means, where it is that of a service. Which program stands behind it is
/// said by the scenario file that names it.
pub(in crate::subject) fn named(name: &str) -> Option<Subject> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let is_one = match name.strip_prefix(SERVICE)?.strip_prefix(':') {
        Some(variant) => !variant.is_empty() && variant.chars().all(is_plain),
        None => name == SERVICE,
    };
    is_one.then(|| Subject::from_name(name))
}

/// Which variant of its program a service is: the name behind the colon, or the name itself.
/// `None` where a subject is no service.
#[must_use]
pub fn variant(subject: Subject) -> Option<&'static str> {
    let name = named(subject.name())?.name();
    Some(name.split_once(':').map_or(name, |(_, variant)| variant))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_goes_by_its_name() {
        let variant_of = |name| named(name).and_then(variant);
        assert_eq!(variant_of("service"), Some("service"));
        assert_eq!(variant_of("service:row-lock"), Some("row-lock"));
        for name in [
            "",
            "services",
            "service:",
            "service:a b",
            "service:a:b",
            "Service:a",
            "naive",
        ] {
            assert_eq!(named(name), None, "{name}");
        }
        assert_eq!(variant(Subject::of("row-lock")), None);
    }
}
