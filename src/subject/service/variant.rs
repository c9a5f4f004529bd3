//! The names of services: `service`, or `service:VARIANT` where one program has several ways.

use crate::cell::{SERVICE, Subject, variant_in};

/// A service of which a file names no variant.
pub const ONLY_SERVICE: Subject = Subject::of(SERVICE);

/// The subject that a name means, where it is that of a service. Which program stands behind it is
/// said by the scenario file that names it.
pub(in crate::subject) fn named(name: &str) -> Option<Subject> {
    variant_in(name).map(|_| Subject::from_name(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_goes_by_its_name() {
        let variant_of = |name| named(name).and_then(Subject::variant);
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
        assert_eq!(Subject::of("row-lock").variant(), None);
    }
}
