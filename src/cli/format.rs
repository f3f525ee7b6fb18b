//! For whom something is written.

use clap::{Args, ValueEnum};

/// How tables, trees and logs are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

/// `--format`, of verbs that print a table or a tree.
#[derive(Clone, Copy, Debug, Args)]
pub struct FormatArgs {
    /// text or json
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "FORMAT",
        hide_possible_values = true
    )]
    pub format: Format,
}
