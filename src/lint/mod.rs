//! What a careful reviewer says beyond validity: rules, one file each; and which findings of any stage are wanted:
//! severities by selection, suppression by comments.

mod select;
mod suppress;

pub use select::{Level, Selection, find_rule, near_rule};
pub use suppress::{Suppressed, suppress};
