//! Where in a document something is.

use std::fmt;

/// A place, seen from the places around it.
#[derive(Clone, Copy)]
pub(super) enum Place<'p> {
    Root,
    Entry(&'p Place<'p>, &'p str),
    Item(&'p Place<'p>, usize),
}

impl fmt::Display for Place<'_> {
    /// As the subject of a sentence: "it", "`ports[1].name`".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => f.write_str("it"),
            _ => write!(f, "`{}`", self.path()),
        }
    }
}

impl Place<'_> {
    fn path(&self) -> String {
        match self {
            Self::Root => String::new(),
            Self::Entry(Self::Root, name) => (*name).to_owned(),
            Self::Entry(around, name) => format!("{}.{name}", around.path()),
            Self::Item(around, at) => format!("{}[{at}]", around.path()),
        }
    }
}
