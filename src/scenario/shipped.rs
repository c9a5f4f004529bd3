//! The scenarios that come with `sim`: the files of `scenarios/`, in the program itself.

/// A scenario that comes with `sim`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shipped {
    /// Its name: that of its file, without `.toml`.
    pub name: &'static str,
    /// Its text, as a file has it.
    pub text: &'static str,
}

macro_rules! shipped {
    ($($name:literal)+) => {
        /// All of them, by name.
        pub const SHIPPED: &[Shipped] = &[$(Shipped {
            name: $name,
            text: include_str!(concat!("../../scenarios/", $name, ".toml")),
        }),+];
    };
}

shipped! {
    "duplicate-lines"
    "exact-demand"
    "flash-sale"
    "half-a-checkout"
    "impatient-buyers"
    "many-products"
    "opposite-carts"
    "scope-bug"
    "slow-checkout"
    "small-pool"
}

/// The one of that name.
#[must_use]
pub fn shipped(name: &str) -> Option<Shipped> {
    SHIPPED.iter().copied().find(|one| one.name == name)
}
