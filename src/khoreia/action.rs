//! Checks and dos: an engine with its arguments.

use crate::diagnostic::{Diagnostic, Sink, codes};
use crate::source::{SourceMap, Span};
use crate::topology::{Action, Artifact, FileAction, FileState, ShellAction};
use crate::yaml::{Kind, NodeId, Tree};

/// An action, and where the argument stands that says what it is about.
pub(super) struct Placed {
    pub(super) action: Action,
    /// The path of a file, else the engine's name.
    pub(super) span: Span,
}

/// Reads the check or do at `node`. None where something is wrong with it, which is then reported (here or by the
/// grammar).
pub(super) fn read(tree: &Tree, sources: &SourceMap, node: NodeId, sink: &mut Sink) -> Option<Placed> {
    let [entry] = tree.entries(node) else { return None };
    let arguments = entry.value;
    let span = tree.span(entry.key);
    match tree.scalar(entry.key)? {
        "nil" => Some(Placed {
            action: Action::Nil,
            span,
        }),
        "file" => {
            let path = tree.get(arguments, "path")?;
            let action = file(tree, arguments, sink)?;
            Some(Placed {
                action: Action::File(action),
                span: tree.span(path),
            })
        }
        "shell" => Some(Placed {
            action: Action::Shell(shell(tree, sources, arguments, sink)?),
            span,
        }),
        _ => None,
    }
}

fn file(tree: &Tree, arguments: NodeId, sink: &mut Sink) -> Option<FileAction> {
    let text = |key| tree.get(arguments, key).and_then(|node| tree.scalar(node));
    let path = filled(tree, tree.get(arguments, "path")?, "path", sink)?;
    let state = match text("state").unwrap_or("file") {
        "file" => FileState::File,
        "directory" => FileState::Directory,
        "absent" => FileState::Absent,
        "symlink" => FileState::Symlink(link_target(tree, arguments, sink)?),
        _ => return None,
    };
    let mut fits = true;
    if !matches!(state, FileState::Symlink(_)) {
        fits &= only_with("symlink", "target", tree, arguments, sink);
    }
    if state != FileState::File {
        fits &= only_with("file", "content", tree, arguments, sink);
    }
    let mode = match tree.get(arguments, "mode") {
        Some(node) => Some(mode(tree, node, sink)?),
        None => None,
    };
    fits.then(|| FileAction {
        path: path.into(),
        state,
        content: text("content").map(str::to_owned),
        mode,
        owner: text("owner").map(str::to_owned),
        group: text("group").map(str::to_owned),
    })
}

fn link_target(tree: &Tree, arguments: NodeId, sink: &mut Sink) -> Option<String> {
    if let Some(target) = tree.get(arguments, "target") {
        return filled(tree, target, "target", sink).map(str::to_owned);
    }
    let state = tree.get(arguments, "state")?;
    let diagnostic = Diagnostic::new(
        &codes::MISSING_KEYNAME,
        tree.span(state),
        "a symbolic link has no `target`",
    );
    sink.push(diagnostic.help("add `target: PATH`, where the link points to"));
    None
}

/// Whether the argument `key`, which has a meaning only in one state, is absent; says so if it is not.
fn only_with(state: &str, key: &str, tree: &Tree, arguments: NodeId, sink: &mut Sink) -> bool {
    let Some(entry) = tree.entry(arguments, key) else {
        return true;
    };
    let message = format!("`{key}` has no meaning here");
    let diagnostic = Diagnostic::new(&codes::INVALID_VALUE, tree.span(entry.key), message)
        .note(format!("it belongs to `state: {state}`"))
        .help(format!("remove `{key}`, or change the state"));
    sink.push(diagnostic);
    false
}

/// Permission bits: octal digits, with or without `0` or `0o` before them, quoted or not.
fn mode(tree: &Tree, node: NodeId, sink: &mut Sink) -> Option<u32> {
    let text = tree.scalar(node)?;
    let digits = text.strip_prefix("0o").unwrap_or(text);
    let octal = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    let mode = u32::from_str_radix(digits, 8).ok();
    let mode = mode.filter(|&mode| octal && mode <= 0o7777);
    if mode.is_none() && !tree.is_null(node) {
        let message = format!("`{text}` is no value of `mode`");
        let diagnostic = Diagnostic::new(&codes::INVALID_VALUE, tree.span(node), message)
            .note("permission bits are written in octal, from `0000` to `7777`")
            .help("write them as in `'0644'`");
        sink.push(diagnostic);
    }
    mode
}

fn shell(tree: &Tree, sources: &SourceMap, arguments: NodeId, sink: &mut Sink) -> Option<ShellAction> {
    let name = filled(tree, tree.get(arguments, "artifact")?, "artifact", sink)?;
    let args = tree
        .get(arguments, "args")
        .map_or(&[][..], |args| tree.items(args));
    let folder = sources.get(tree.source()).name.parent();
    Some(ShellAction {
        artifact: Artifact {
            name: name.to_owned(),
            path: folder.map_or_else(|| name.into(), |folder| folder.join(name)),
            ..Artifact::default()
        },
        dependencies: Vec::new(),
        args: args
            .iter()
            .filter_map(|&arg| tree.scalar(arg))
            .map(str::to_owned)
            .collect(),
        interpreter: None,
    })
}

/// The text of a string that must not be empty; says so if it is.
pub(super) fn filled<'a>(tree: &'a Tree, node: NodeId, key: &str, sink: &mut Sink) -> Option<&'a str> {
    let text = tree
        .scalar(node)
        .filter(|_| tree.kind(node) == Kind::Scalar && !tree.is_null(node))?;
    if text.trim().is_empty() {
        let diagnostic = Diagnostic::new(
            &codes::INVALID_VALUE,
            tree.span(node),
            format!("`{key}` is empty"),
        );
        sink.push(diagnostic.help(format!("write what `{key}` is meant to be")));
        return None;
    }
    Some(text)
}
