//! Archives through the real binary: honest ones, and hostile ones.

mod support;

use std::fs::File;
use std::io::Write;
use std::path::Path;

use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, ZipWriter};

const META: &str =
    "TOSCA-Meta-File-Version: 1.1\nCSAR-Version: 1.1\nCreated-By: me\nEntry-Definitions: D/app.yaml\n";
const APP: &str = "tosca_definitions_version: tosca_simple_yaml_1_3
topology_template:
  node_templates:
    web:
      type: tosca.nodes.SoftwareComponent
      metadata: { khor.host: h }
      interfaces:
        Standard:
          create: ../S/create.sh
";

fn pack(path: &Path, files: &[(&str, &[u8])]) {
    let mut zip = ZipWriter::new(File::create(path).unwrap());
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, bytes) in files {
        zip.start_file(*name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
}

fn honest<'a>() -> Vec<(&'a str, &'a [u8])> {
    vec![
        ("TOSCA-Metadata/TOSCA.meta", META.as_bytes()),
        ("D/app.yaml", APP.as_bytes()),
        ("S/create.sh", b"echo hello\n"),
    ]
}

fn lint(path: &Path) -> (i32, String) {
    let output = support::khor::run(&["lint", "--format", "short", path.to_str().unwrap()]);
    let text = String::from_utf8(output.stdout).unwrap();
    (output.status.code().unwrap(), text)
}

#[test]
fn a_script_travels_from_an_archive_as_from_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("app.csar");
    pack(&archive, &honest());
    let laid_out = folder.path().join("laid/app");
    for (name, bytes) in honest() {
        let path = laid_out.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    let roles = |from: &Path, out: &str| {
        let out = folder.path().join(out);
        std::fs::create_dir(&out).unwrap();
        let said = support::khor::ok(&[
            "compile",
            "--dry-run",
            "--out",
            out.to_str().unwrap(),
            from.to_str().unwrap(),
        ]);
        assert!(said.contains("app"), "{said}");
        std::fs::read_to_string(out.join("h.json")).unwrap()
    };
    let (packed, laid) = (roles(&archive, "one"), roles(&laid_out, "two"));
    assert!(packed.contains("create.sh"), "{packed}");
    assert_eq!(packed, laid);
}

#[test]
fn an_archive_in_a_directory_is_linted_with_it() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("below")).unwrap();
    pack(&folder.path().join("below/app.csar"), &honest()[..2]);
    let (code, said) = lint(folder.path());
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("app.csar!/D/app.yaml:9:19: error[K2016"), "{said}");
}

#[test]
fn what_leads_out_of_an_archive_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.csar");
    for (name, why) in [
        ("../evil.sh", "leads out of the archive"),
        ("S/../../evil.sh", "leads out of the archive"),
        ("S\\..\\..\\evil.sh", "leads out of the archive"),
        ("/etc/evil", "has an absolute path"),
        ("C:\\evil.sh", "has an absolute path"),
        ("./S/create.sh", "is there twice"),
    ] {
        let mut files = honest();
        files.push((name, b""));
        pack(&path, &files);
        let (code, said) = lint(&path);
        assert_eq!(code, 1, "{name}: {said}");
        assert!(said.contains("K0030") && said.contains(why), "{name}: {said}");
    }
    let mut zip = ZipWriter::new(File::create(&path).unwrap());
    zip.add_symlink("passwd", "/etc/passwd", SimpleFileOptions::default())
        .unwrap();
    zip.finish().unwrap();
    assert!(lint(&path).1.contains("its entry `passwd` is a link"));
}

#[test]
fn bombs_are_refused_before_they_go_off() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.csar");
    let zeros = vec![0; 80 << 20];
    let mut files = honest();
    files.push(("zeros", &zeros));
    pack(&path, &files);
    let (code, said) = lint(&path);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("this is no archive but a bomb"), "{said}");

    let names: Vec<String> = (0..65_600).map(|at| format!("e{at}")).collect();
    let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
    pack(&path, &many);
    let (code, said) = lint(&path);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("more than 65534 entries"), "{said}");
}

#[test]
fn a_size_that_is_a_lie_is_found_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.csar");
    pack(&path, &honest());
    let mut bytes = std::fs::read(&path).unwrap();
    // The central directory's records give the size 24 bytes from their beginning.
    let records: Vec<usize> = (0..bytes.len())
        .filter(|&at| bytes[at..].starts_with(b"PK\x01\x02"))
        .collect();
    assert_eq!(records.len(), 3);
    bytes[records[1] + 24] -= 1;
    std::fs::write(&path, bytes).unwrap();
    let (code, said) = lint(&path);
    assert!(code != 0 && said.contains("it cannot be unpacked"), "{said}");
}

#[test]
fn no_damage_is_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.csar");
    pack(&path, &honest());
    let bytes = std::fs::read(&path).unwrap();
    let name = camino::Utf8Path::new("app.csar");
    let look = |bytes: &[u8]| {
        use khor::source::Loader;
        let Ok(archive) = khor::source::Archive::new(name, bytes, 1 << 20) else {
            return;
        };
        for file in ["TOSCA-Metadata/TOSCA.meta", "D/app.yaml", "S/create.sh"] {
            let _ = archive.load(&camino::Utf8PathBuf::from(format!("app.csar!/{file}")));
        }
    };
    for cut in 0..bytes.len() {
        look(&bytes[..cut]);
    }
    for at in 0..bytes.len() {
        for flip in [0x01, 0x80, 0xFF] {
            let mut bad = bytes.clone();
            bad[at] ^= flip;
            look(&bad);
        }
    }
}
