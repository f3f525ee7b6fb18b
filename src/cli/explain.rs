//! `khor explain`: what a code means, why it matters, and its mend.

use clap::Args;

use super::{OK, Ui};
use crate::diagnostic::{Code, Severity, codes, nearest};

/// Explain a code of a message: what it means, an example, its mend
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  khor explain K1001              by its id
  khor explain unknown-keyname    by its rule's name
  khor explain                    all codes, one line each")]
pub struct ExplainArgs {
    /// A code (K1001) or a rule's name (unknown-keyname); none for a list of all
    #[arg(value_name = "CODE")]
    code: Option<String>,
}

/// Runs it; gives the exit code.
pub fn run(args: ExplainArgs, ui: Ui) -> u8 {
    let Some(name) = args.code else {
        ui.print(list());
        return OK;
    };
    if let Some(code) = codes::find(&name) {
        ui.print(page(code, ui));
        return OK;
    }
    let names = || codes::all().flat_map(|code| [code.id, code.rule]);
    let help = nearest(&name, names()).map_or_else(
        || "`khor explain` lists all codes".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    ui.fail(format_args!("there is no code `{name}`"), Some(&help))
}

fn list() -> String {
    let lines = codes::all().map(|code| {
        let first = code.doc.trim().split("\n\n").next().unwrap_or_default();
        let first: Vec<&str> = first.split_whitespace().collect();
        format!("{}  {:<26} {}\n", code.id, code.rule, first.join(" "))
    });
    lines.collect()
}

/// The code's doc comment as text for a terminal: paragraphs are wrapped, code blocks indented.
fn page(code: &Code, ui: Ui) -> String {
    let (bold, dim, off) = if ui.color {
        ("\x1b[1m", "\x1b[36m", "\x1b[0m")
    } else {
        ("", "", "")
    };
    let severity = match code.severity {
        Severity::Error => "an error",
        Severity::Warning => "a warning",
        Severity::Info => "a remark",
    };
    let mut out = format!("{bold}{} {}{off}: {severity}\n\n", code.id, code.rule);
    let mut paragraph = String::new();
    let mut in_code = false;
    for line in code
        .doc
        .lines()
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
    {
        if line.starts_with("```") {
            in_code = !in_code;
        } else if in_code {
            out.push_str(
                &format!("    {dim}{line}{off}")
                    .trim_end_matches(' ')
                    .replace("    \n", "\n"),
            );
            out.push('\n');
            continue;
        } else if !line.trim().is_empty() {
            paragraph.push_str(line.trim());
            paragraph.push(' ');
            continue;
        }
        wrap(&mut out, &paragraph, ui.width.min(100));
        if !out.ends_with("\n\n") {
            out.push('\n');
        }
        paragraph.clear();
    }
    wrap(&mut out, &paragraph, ui.width.min(100));
    format!("{}\n", out.trim_end())
}

fn wrap(out: &mut String, paragraph: &str, width: usize) {
    let mut column = 0;
    for word in paragraph.split_whitespace() {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > width {
            out.push('\n');
            column = 0;
        } else if column > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    if column > 0 {
        out.push('\n');
    }
}
