use khor::{
    diagnostic::Sink,
    source::SourceMap,
    tosca::{self, Version},
    yaml,
};
fn main() {
    for line in std::io::read_to_string(std::io::stdin()).unwrap().lines() {
        let (version, path) = line.split_once(' ').unwrap();
        let Ok(text) = std::fs::read_to_string(path) else {
            println!("SKIP {path}");
            continue;
        };
        let version = match version {
            v if v.contains("1_1") => Version::Simple11,
            v if v.contains("1_2") => Version::Simple12,
            v if v.contains("1_3") => Version::Simple13,
            _ => Version::Simple10,
        };
        let mut sources = SourceMap::new();
        let id = sources.add(path, text);
        let mut sink = Sink::new();
        let tree = yaml::parse(&sources, id, &mut sink);
        let before = sink.diagnostics().len();
        if let Some(root) = tree.root() {
            tosca::grammar::check(&tree, root, version, &mut sink);
        }
        for d in &sink.diagnostics()[before..] {
            let at = sources.start(d.span);
            println!(
                "{} {}:{}:{} {} {} | {} | {}",
                d.code,
                path.replace("/work/shared/corpus/", ""),
                at.line,
                at.column,
                version,
                d.message,
                d.note.as_deref().unwrap_or(""),
                d.help.as_deref().unwrap_or("")
            );
        }
    }
}
