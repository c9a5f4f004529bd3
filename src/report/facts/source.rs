//! Where the things that `seen-in` names can be read.

/// Names of projects as scenarios use them, and their repositories.
const REPOSITORIES: [(&str, &str); 7] = [
    ("django-oscar", "django-oscar/django-oscar"),
    ("magento2", "magento/magento2"),
    ("medusa", "medusajs/medusa"),
    ("nopCommerce", "nopSolutions/nopCommerce"),
    ("saleor", "saleor/saleor"),
    ("woocommerce", "woocommerce/woocommerce"),
    (
        "woocommerce-gateway-stripe",
        "woocommerce/woocommerce-gateway-stripe",
    ),
];

/// The address of `project#12`, `owner/project#12` or `CVE-2024-1`; `None` of any other
/// text, and of a project that is not known.
pub(in crate::report) fn address(source: &str) -> Option<String> {
    let is_word = |text: &str| {
        let is_part = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
        !text.is_empty() && text.chars().all(is_part)
    };
    if source.starts_with("CVE-") && is_word(source) {
        return Some(format!("https://www.cve.org/CVERecord?id={source}"));
    }
    let (project, number) = source.split_once('#')?;
    if number.is_empty() || !number.chars().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let known = REPOSITORIES.iter().find(|(name, _)| *name == project);
    let repository = match (known, project.split_once('/')) {
        (Some((_, repository)), _) => repository,
        (None, Some((owner, name))) if is_word(owner) && is_word(name) => project,
        (None, _) => return None,
    };
    Some(format!("https://github.com/{repository}/issues/{number}"))
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn issues_and_vulnerabilities_have_addresses() {
        let cases = [
            (
                "magento2#25653",
                "https://github.com/magento/magento2/issues/25653",
            ),
            ("me/shop#7", "https://github.com/me/shop/issues/7"),
            (
                "CVE-2024-53476",
                "https://www.cve.org/CVERecord?id=CVE-2024-53476",
            ),
        ];
        for (source, expected) in cases {
            assert_eq!(address(source).as_deref(), Some(expected));
        }
    }

    #[test]
    fn other_texts_have_none() {
        for source in [
            "ACIDRain, SIGMOD 2017",
            "shop#1",
            "magento2#",
            "magento2#1/../..",
            "a/b/c#1",
            "me/\"><b>#1",
            "CVE-2024-1&x=<b>",
        ] {
            assert_eq!(address(source), None, "{source}");
        }
    }
}
