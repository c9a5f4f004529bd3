//! Things that go by a name in files: one, a list, or "all".

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::json;

use super::hint::nearest;
use super::text::from_text;
use crate::cell::Subject;
use crate::oracle::Verdict;
use crate::shop::Isolation;
use crate::subject;

/// Something that goes by a name in files.
pub trait Named: Copy + PartialEq + 'static {
    /// What one of them is called in a message.
    const KIND: &'static str;

    /// All of them.
    fn all() -> &'static [Self];

    /// The name of one.
    fn name(self) -> &'static str;

    /// Every name.
    fn names() -> Vec<&'static str> {
        Self::all().iter().map(|one| one.name()).collect()
    }

    /// Other names for it.
    fn aliases(self) -> &'static [&'static str] {
        &[]
    }

    /// What it is, in one line without a full stop; `None` where the name says it.
    fn about(self) -> Option<&'static str> {
        None
    }

    /// The values of a schema that mean one.
    fn possible() -> serde_json::Value {
        json!({ "enum": Self::names() })
    }

    /// Which one a name, or another name for it, means.
    fn named(name: &str) -> Option<Self> {
        Self::all().iter().copied().find(|one| one.name() == name)
    }

    /// As [`Named::named`].
    ///
    /// # Errors
    /// What the name might have been meant to be.
    fn parse(name: &str) -> Result<Self, String> {
        Self::named(name).ok_or_else(|| {
            let names = Self::names();
            let hint = match nearest(name, &names) {
                Some(name) => format!("did you mean \"{name}\"?"),
                None => format!("one of {}", names.join(", ")),
            };
            format!("there is no {} \"{name}\": {hint}", Self::KIND)
        })
    }
}

impl Named for Subject {
    const KIND: &'static str = "strategy";

    fn all() -> &'static [Self] {
        &subject::ALL
    }

    fn name(self) -> &'static str {
        self.name()
    }

    fn named(name: &str) -> Option<Self> {
        subject::named(name)
    }

    fn aliases(self) -> &'static [&'static str] {
        subject::profile(self).map_or(&[], |profile| profile.aliases)
    }

    fn about(self) -> Option<&'static str> {
        subject::profile(self).map(|profile| profile.idea)
    }

    /// A script goes by its path, and a service by `service` or `service:VARIANT`.
    fn possible() -> serde_json::Value {
        json!({ "anyOf": [{ "enum": Self::names() }, { "pattern": "\\.sql$|/|^service(:|$)" }], "type": "string" })
    }
}

/// Names of an enum that knows them itself.
macro_rules! named {
    ($kind:literal, $type:ty) => {
        impl Named for $type {
            const KIND: &'static str = $kind;

            fn all() -> &'static [Self] {
                &Self::ALL
            }

            fn name(self) -> &'static str {
                self.name()
            }
        }
    };
}

named!("verdict", Verdict);
named!("isolation level", Isolation);

/// One by its name. What is wrong with the name is told where it stands.
pub(super) struct ByName<T>(pub(super) T);

impl<'de, T: Named> Deserialize<'de> for ByName<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_text(deserializer, T::parse).map(Self)
    }
}

/// One of a list. "all" there means no list.
struct InList<T>(T);

impl<'de, T: Named> Deserialize<'de> for InList<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read = |name: &str| match name {
            "all" => Err("write \"all\" without brackets".into()),
            name => T::parse(name),
        };
        from_text(deserializer, read).map(Self)
    }
}

/// One that a file names or leaves out, for `#[serde(deserialize_with = "by_name")]`.
pub(super) fn by_name<'de, D: Deserializer<'de>, T: Named>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let ByName(one) = ByName::deserialize(deserializer)?;
    Ok(Some(one))
}

/// Some of them by name, or all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SomeOrAll<T> {
    /// All there are.
    All,
    /// These, in this order.
    Some(Vec<T>),
}

impl<T: Named> SomeOrAll<T> {
    /// The ones that are meant, each once.
    #[must_use]
    pub fn resolve(&self) -> Vec<T> {
        Self::each_of(std::slice::from_ref(self))
    }

    /// The ones that several of these mean, each once, in the order named.
    #[must_use]
    pub fn each_of(chosen: &[Self]) -> Vec<T> {
        let mut each = Vec::new();
        for some_or_all in chosen {
            let named = match some_or_all {
                Self::All => T::all(),
                Self::Some(some) => some,
            };
            for one in named {
                if !each.contains(one) {
                    each.push(*one);
                }
            }
        }
        each
    }
}

/// None: a file must name some.
impl Default for SomeOrAll<Subject> {
    fn default() -> Self {
        Self::Some(Vec::new())
    }
}

impl Default for SomeOrAll<Isolation> {
    fn default() -> Self {
        Self::Some(vec![Isolation::default()])
    }
}

impl<T: Named> Serialize for SomeOrAll<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::All => serializer.serialize_str("all"),
            Self::Some(some) => serializer.collect_seq(some.iter().map(|one| one.name())),
        }
    }
}

impl<'de, T: Named> Deserialize<'de> for SomeOrAll<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names<T>(PhantomData<T>);
        impl<'de, T: Named> Visitor<'de> for Names<T> {
            type Value = SomeOrAll<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a list of names, or \"all\"")
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
                match name {
                    "all" => Ok(SomeOrAll::All),
                    name => T::parse(name)
                        .map(|one| SomeOrAll::Some(vec![one]))
                        .map_err(E::custom),
                }
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut names: A) -> Result<Self::Value, A::Error> {
                let mut some = Vec::new();
                while let Some(InList(one)) = names.next_element()? {
                    some.push(one);
                }
                match some.is_empty() {
                    true => Err(A::Error::custom(format!(
                        "names no {}: name one, or write \"all\"",
                        T::KIND
                    ))),
                    false => Ok(SomeOrAll::Some(some)),
                }
            }
        }
        deserializer.deserialize_any(Names(PhantomData))
    }
}

impl<T: Named> JsonSchema for ByName<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("one-{}", T::KIND.replace(' ', "-")).into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        Schema::try_from(T::possible()).expect("an object")
    }
}

impl<T: Named> JsonSchema for SomeOrAll<T> {
    fn schema_name() -> Cow<'static, str> {
        T::KIND.replace(' ', "-").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let some = json!({ "type": "array", "minItems": 1, "items": T::possible() });
        json_schema!({ "anyOf": [{ "const": "all" }, T::possible(), some] })
    }
}
