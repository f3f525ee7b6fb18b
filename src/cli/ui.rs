//! What every verb needs to know of the terminal it speaks to, and how it says that it cannot go on.

use std::fmt::Display;
use std::io::{IsTerminal, Write};

use clap::{Args, ValueEnum};

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Even into a pipe.
    Always,
    /// Never.
    Never,
}

/// Options that every verb has.
#[derive(Clone, Debug, Args)]
pub struct UiArgs {
    /// When to colour: on a terminal without NO_COLOR (auto), always, never
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "WHEN",
        hide_possible_values = true
    )]
    color: ColorChoice,
}

/// What a verb may do with its two outputs.
#[derive(Clone, Copy, Debug)]
pub struct Ui {
    /// Whether standard output is coloured.
    pub color: bool,
    /// Whether standard error is coloured.
    pub color_err: bool,
    /// Whether standard output is a terminal, so that lines may be redrawn.
    pub terminal: bool,
    /// Columns of the terminal; 100 elsewhere.
    pub width: usize,
}

impl Ui {
    /// Looks at the outputs and the environment (`NO_COLOR`, `TERM=dumb`).
    pub fn new(args: &UiArgs) -> Self {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
            || std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let decide = |terminal: bool| match args.color {
            ColorChoice::Auto => terminal && !plain,
            ColorChoice::Always => true,
            ColorChoice::Never => false,
        };
        let terminal = std::io::stdout().is_terminal();
        let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok();
        let width = size
            .map(|size| usize::from(size.ws_col))
            .filter(|&width| terminal && width >= 40);
        Self {
            color: decide(terminal),
            color_err: decide(std::io::stderr().is_terminal()),
            terminal,
            width: width.unwrap_or(100),
        }
    }

    /// Says why the verb cannot go on, on standard error, and gives the exit code for it: 2.
    pub fn fail(self, message: impl Display, help: Option<&str>) -> u8 {
        let (red, cyan, plain) = if self.color_err {
            ("\x1b[1;31m", "\x1b[36m", "\x1b[0m")
        } else {
            ("", "", "")
        };
        eprintln!("{red}error{plain}: {message}");
        if let Some(help) = help {
            eprintln!("  {cyan}help{plain}: {help}");
        }
        super::USAGE
    }

    /// Prints to standard output. A reader that went away (`khor … | head`) ends the process quietly.
    pub fn print(self, text: impl AsRef<str>) {
        let mut out = std::io::stdout().lock();
        if out
            .write_all(text.as_ref().as_bytes())
            .and_then(|()| out.flush())
            .is_err()
        {
            std::process::exit(super::OK.into());
        }
    }
}
