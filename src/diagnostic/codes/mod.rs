//! Every code, one file per area. The doc comment of a code is what `khor explain` prints.

use super::Code;

/// Declares codes: the doc comment becomes both the item's documentation and the text of `khor explain`.
macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $id:literal, $rule:literal, $severity:ident;)*) => {
        $(
            $(#[doc = $doc])+
            pub static $name: $crate::diagnostic::Code = $crate::diagnostic::Code {
                id: $id,
                rule: $rule,
                severity: $crate::diagnostic::Severity::$severity,
                doc: concat!($($doc, "\n"),+),
            };
        )*
        /// The codes of this area, in order.
        pub(super) static AREA: &[&$crate::diagnostic::Code] = &[$(&$name),*];
    };
}

mod archives;
mod engines;
mod imports;
mod interfaces;
mod keynames;
mod khoreia;
mod names;
mod reading;
mod requirements;
mod review;
mod score;
mod style;
mod substitution;
mod workflows;

pub use archives::*;
pub use engines::*;
pub use imports::*;
pub use interfaces::*;
pub use keynames::*;
pub use khoreia::*;
pub use names::*;
pub use reading::*;
pub use requirements::*;
pub use review::*;
pub use score::*;
pub use style::*;
pub use substitution::*;
pub use workflows::*;

/// All codes, in the order of their ids.
pub fn all() -> impl Iterator<Item = &'static Code> {
    let areas = [
        reading::AREA,
        archives::AREA,
        engines::AREA,
        imports::AREA,
        interfaces::AREA,
        keynames::AREA,
        khoreia::AREA,
        names::AREA,
        requirements::AREA,
        review::AREA,
        score::AREA,
        style::AREA,
        substitution::AREA,
        workflows::AREA,
    ];
    let mut codes: Vec<_> = areas.into_iter().flatten().copied().collect();
    codes.sort_by_key(|code| code.id);
    codes.into_iter()
}

/// The code of this id (`K1001`, any case) or rule name (`unknown-keyname`).
pub fn find(name: &str) -> Option<&'static Code> {
    all().find(|code| code.id.eq_ignore_ascii_case(name) || code.rule == name)
}
