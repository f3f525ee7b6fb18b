//! Regular expressions of `pattern` constraints.
//!
//! The standard names no dialect. Those that are not regular (look-around, back references) and escapes that only one
//! dialect has are not judged; everything else is matched in linear time.

use std::cell::RefCell;
use std::collections::HashMap;

use regex::{Regex, RegexBuilder};
use regex_syntax::ast::ErrorKind;
use regex_syntax::ast::parse::ParserBuilder;

use super::super::view::View;
use crate::source::SourceId;
use crate::yaml::NodeId;

/// The most memory one compiled expression may take, in bytes.
const MOST_BYTES: usize = 4 << 20;
/// How deep expressions may be nested.
const DEEPEST: u32 = 100;

/// Expressions by their place, so that each is compiled once. None stands for one that is not judged.
#[derive(Debug, Default)]
pub(in crate::tosca) struct Patterns(RefCell<HashMap<(SourceId, NodeId), Option<Regex>>>);

impl Patterns {
    /// Whether the whole of `text` matches the expression; none where that cannot be said.
    ///
    /// Simple Profile 1.x does not say whether a part would do; its readers ask for the whole, so this does too.
    pub(super) fn matches(&self, expression: View<'_>, text: &str) -> Option<bool> {
        let mut known = self.0.borrow_mut();
        let regex = known
            .entry(expression.id())
            .or_insert_with(|| compile(expression.text()?));
        regex.as_ref().map(|regex| regex.is_match(text))
    }
}

fn compile(expression: &str) -> Option<Regex> {
    // Line ends around it are those of block scalars.
    let whole = format!("^(?:{})$", expression.trim_end_matches('\n'));
    RegexBuilder::new(&whole)
        .size_limit(MOST_BYTES)
        .nest_limit(DEEPEST)
        .build()
        .ok()
}

/// What is wrong with an expression in every dialect: words for a note.
pub(super) fn fault(expression: &str) -> Option<String> {
    let mut parser = ParserBuilder::new().nest_limit(DEEPEST).build();
    let error = parser.parse(expression).err()?;
    let at = error.span().start.offset;
    let place = expression.get(at..).filter(|rest| !rest.is_empty());
    let place = place.map(|rest| format!(" at `{}`", rest.chars().take(12).collect::<String>()));
    let what = match error.kind() {
        ErrorKind::ClassUnclosed => "a `[` is not closed",
        ErrorKind::ClassRangeInvalid => "the end of a range of characters is before its begin",
        ErrorKind::GroupUnclosed => "a `(` is not closed",
        ErrorKind::GroupUnopened => "a `)` closes nothing",
        ErrorKind::RepetitionCountInvalid => "the most repetitions are fewer than the least",
        ErrorKind::EscapeUnexpectedEof => "nothing stands behind the last `\\`",
        ErrorKind::RepetitionMissing if !place.as_deref().is_some_and(|at| at.starts_with(" at `{")) => {
            "nothing is there to repeat"
        }
        _ => return None,
    };
    Some(format!("{what}{}", place.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{compile, fault};

    #[test]
    fn only_what_no_dialect_takes_is_a_fault() {
        for good in [
            "[a-z]+",
            "^(a|b)$",
            "(?=x)y",
            "(a)\\1",
            "\\w+@\\w+\\.com",
            "a{2,3}",
            "\\Z",
            "^{a}$",
            "",
        ] {
            assert_eq!(fault(good), None, "{good}");
        }
        for bad in ["[a-z", "(a", "a)", "*a", "[z-a]", "a{3,2}", "a\\"] {
            assert!(fault(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn the_whole_text_is_matched() {
        let regex = compile("[a-z]+|x1").unwrap();
        assert!(regex.is_match("abc") && regex.is_match("x1") && !regex.is_match("abc1"));
    }

    proptest! {
        #[test]
        fn any_expression_is_judged(text in ".{0,60}") {
            let _ = (fault(&text), compile(&text));
        }
    }
}
