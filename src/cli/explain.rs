//! `khor explain`: what a code means, why it matters, and its mend.

use std::fmt::Write;

use clap::Args;

use super::{OK, Ui};
use crate::diagnostic::{Code, Severity, codes, nearest};

/// Explain a code of a message: what it means, an example, its mend
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  khor explain K1001              by its id
  khor explain unknown-keyname    by its rule's name
  khor explain                    all codes, one line each
  khor explain --markdown         all codes in full, as a page")]
pub struct ExplainArgs {
    /// A code (K1001) or a rule's name (unknown-keyname); none for a list of all
    #[arg(value_name = "CODE")]
    code: Option<String>,

    /// All codes as one page of Markdown (docs/rules.md)
    #[arg(long, conflicts_with = "code")]
    markdown: bool,
}

/// Runs it; gives the exit code.
pub fn run(args: ExplainArgs, ui: Ui) -> u8 {
    if args.markdown {
        ui.print(markdown());
        return OK;
    }
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

fn severity(code: &Code) -> &'static str {
    match code.severity {
        Severity::Error => "an error",
        Severity::Warning => "a warning",
        Severity::Info => "a remark",
    }
}

/// The areas of the codes, by their first two characters.
const AREAS: [(&str, &str); 6] = [
    ("K0", "Reading"),
    ("K1", "Keynames and values"),
    ("K2", "Names and types"),
    ("K3", "Requirements, capabilities and relationships"),
    ("K4", "Score and hosts"),
    ("K9", "Style"),
];

/// The page of all codes.
fn markdown() -> String {
    let mut page = String::from(
        "# Rules\n\nEverything khor finds fault with. This page is made from the source by `make rules`; `khor explain CODE` prints \
         one entry.\n\nA rule is named by its name or its code. `# khor: allow(RULE)` keeps khor from reporting it on the same line \
         or, from a line of\nits own, on the next; `[lint]` in `khor.toml` and `khor lint --deny RULE --warn RULE --allow RULE` \
         choose severities.\n",
    );
    for (area, title) in AREAS {
        let _ = write!(page, "\n## {title}\n");
        for code in codes::all().filter(|code| code.id.starts_with(area)) {
            let _ = write!(page, "\n### {} {}\n\n", code.id, code.rule);
            let kind = severity(code);
            let _ = write!(page, "*{}{}*\n\n", kind[..1].to_uppercase(), &kind[1..]);
            for line in code.doc.trim_end().lines() {
                page.push_str(line.strip_prefix(' ').unwrap_or(line));
                page.push('\n');
            }
        }
    }
    page
}

/// The code's doc comment as text for a terminal: paragraphs are wrapped, code blocks indented.
fn page(code: &Code, ui: Ui) -> String {
    let (bold, dim, off) = if ui.color {
        ("\x1b[1m", "\x1b[36m", "\x1b[0m")
    } else {
        ("", "", "")
    };
    let severity = severity(code);
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
