//! The functions of expressions, by name.

/// What an expression calls; operators too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Function {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Eq,
    Ne,
    Lt,
    Le,
    /// `=` with a quoted literal: both sides are text.
    TextEq,
    /// `<>` with a quoted literal.
    TextNe,
    BitAnd,
    BitOr,
    BitXor,
    ShiftLeft,
    ShiftRight,
    Not,
    Is,
    Abs,
    Debug,
    Double,
    Exp,
    Greatest,
    HashFnv1a,
    HashMurmur2,
    Int,
    Least,
    Ln,
    Permute,
    Pi,
    Pow,
    Random,
    RandomExponential,
    RandomGaussian,
    RandomZipfian,
    Sqrt,
}

/// Arguments that a function has at most.
const ARGUMENTS_MAX: usize = 16;

/// Name, function, fewest and most arguments.
type Entry = (&'static str, Function, usize, usize);

const ALL: [Entry; 21] = [
    ("abs", Function::Abs, 1, 1),
    ("debug", Function::Debug, 1, 1),
    ("double", Function::Double, 1, 1),
    ("exp", Function::Exp, 1, 1),
    ("greatest", Function::Greatest, 1, ARGUMENTS_MAX),
    ("hash", Function::HashMurmur2, 1, 2),
    ("hash_fnv1a", Function::HashFnv1a, 1, 2),
    ("hash_murmur2", Function::HashMurmur2, 1, 2),
    ("int", Function::Int, 1, 1),
    ("least", Function::Least, 1, ARGUMENTS_MAX),
    ("ln", Function::Ln, 1, 1),
    ("mod", Function::Mod, 2, 2),
    // The last argument is a seed.
    ("permute", Function::Permute, 2, 3),
    ("pi", Function::Pi, 0, 0),
    ("pow", Function::Pow, 2, 2),
    ("power", Function::Pow, 2, 2),
    ("random", Function::Random, 2, 2),
    ("random_exponential", Function::RandomExponential, 3, 3),
    ("random_gaussian", Function::RandomGaussian, 3, 3),
    ("random_zipfian", Function::RandomZipfian, 3, 3),
    ("sqrt", Function::Sqrt, 1, 1),
];

/// The names of all functions.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|(name, ..)| *name)
}

/// A function by its name in small letters, with its fewest and most arguments.
pub(super) fn named(name: &str) -> Option<(Function, usize, usize)> {
    let (_, function, least, most) = ALL.iter().find(|(known, ..)| *known == name)?;
    Some((*function, *least, *most))
}

impl Function {
    /// Whether its last argument is a seed that may be left out.
    pub(super) const fn is_seeded(self) -> bool {
        matches!(self, Self::HashFnv1a | Self::HashMurmur2 | Self::Permute)
    }

    /// Whether it draws.
    pub(super) const fn is_random(self) -> bool {
        matches!(
            self,
            Self::Random | Self::RandomExponential | Self::RandomGaussian | Self::RandomZipfian
        )
    }
}
