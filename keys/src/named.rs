//! How is a word both a number on the wire and a name for people? One macro for all closed lists of words.
//! It must never know which words there are.

/// Makes an enumeration whose values are numbers in CBOR and names in JSON and for people, with the table of both.
#[macro_export]
macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $n:literal $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, ::minicbor::Encode, ::minicbor::Decode,
            ::serde::Serialize, ::serde::Deserialize,
        )]
        #[cbor(index_only)]
        pub enum $name {
            $($(#[$vdoc])* #[n($n)] #[serde(rename = $text)] $variant),+
        }

        impl $name {
            /// All of them, in the order of their numbers.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// Their names, in the same order.
            pub const NAMES: &'static [&'static str] = &[$($text),+];

            /// The name as people and scripts write it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// The one with this name, if there is one.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.name() == name)
            }
        }
    };
}
