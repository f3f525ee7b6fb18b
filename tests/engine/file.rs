//! The file engine: what it sees, what it does, what it refuses.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use khor::engine::Observed;
use khor::topology::{FileAction, FileState};

use crate::kit::{Host, a_file, content, file_step};

fn not(reason: &str) -> Observed {
    Observed::NotReached(reason.to_owned())
}

#[tokio::test]
async fn an_empty_file_is_made_with_its_parents_and_kept() {
    let host = Host::new();
    let path = host.folder.join("a/b/c");
    let step = file_step(a_file(&path, FileState::File));
    assert_eq!(host.look(&step).await, not("its directory does not exist"));
    host.reach(&step).await;
    fs::write(&path, "somebody's").unwrap();
    host.reach(&step).await;
    assert_eq!(fs::read_to_string(&path).unwrap(), "somebody's");
    fs::remove_file(&path).unwrap();
    assert_eq!(host.look(&step).await, not("no such file"));
}

#[tokio::test]
async fn content_is_replaced_whole_and_the_rest_is_kept() {
    let host = Host::new();
    let path = host.folder.join("conf");
    fs::write(&path, "old text").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let step = file_step(content(&path, "new"));
    assert_eq!(
        host.look(&step).await,
        not("its content differs (8 bytes, not 3)")
    );
    let before = fs::metadata(&path).unwrap().ino();
    // What a crash in the middle leaves behind is used up.
    fs::write(host.folder.join(".conf.khor"), "half").unwrap();
    host.reach(&step).await;
    let meta = fs::metadata(&path).unwrap();
    assert_eq!((meta.mode() & 0o7777, meta.ino() == before), (0o640, false));
    fs::write(&path, "NEW").unwrap();
    assert_eq!(host.look(&step).await, not("its content differs"));
    let after = host.reach(&step);
    after.await;
    assert_eq!(
        fs::read_dir(&host.folder).unwrap().count(),
        2,
        "conf and state, nothing else"
    );
}

#[tokio::test]
async fn mode_and_owner_are_told_apart_and_set() {
    let host = Host::new();
    let path = host.folder.join("secret");
    fs::write(&path, "x").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let me = fs::metadata(&path).unwrap();
    let step = file_step(FileAction {
        mode: Some(0o600),
        owner: Some(me.uid().to_string()),
        group: Some(me.gid().to_string()),
        ..content(&path, "x")
    });
    assert_eq!(host.look(&step).await, not("mode is 644, not 600"));
    host.reach(&step).await;
    assert_eq!(
        fs::metadata(&path).unwrap().ino(),
        me.ino(),
        "only the mode was changed"
    );
    let stranger = file_step(FileAction {
        owner: Some("nobody-of-that-name".to_owned()),
        ..content(&path, "x")
    });
    let seen = host.look(&stranger).await;
    assert!(
        matches!(&seen, Observed::Failed(why) if why.contains("no user `nobody-of-that-name`")),
        "{seen:?}"
    );
    host.refuse(&stranger, "no user `nobody-of-that-name`").await;
    let new = file_step(FileAction {
        mode: Some(0o751),
        ..a_file(host.folder.join("dir"), FileState::Directory)
    });
    host.reach(&new).await;
}

#[tokio::test]
async fn what_is_in_the_way_is_never_destroyed() {
    let host = Host::new();
    let path = host.folder.join("x");
    let as_file = file_step(a_file(&path, FileState::File));
    let as_directory = file_step(a_file(&path, FileState::Directory));
    let as_link = file_step(a_file(&path, FileState::Symlink("t".into())));
    let absent = file_step(a_file(&path, FileState::Absent));

    host.reach(&as_directory).await;
    assert_eq!(host.look(&as_file).await, not("it is a directory, not a file"));
    host.refuse(&as_file, "a directory is in the way").await;
    host.refuse(&as_link, "a directory is in the way").await;
    fs::write(path.join("inner"), "").unwrap();
    host.refuse(&absent, "is not empty").await;
    fs::remove_file(path.join("inner")).unwrap();
    host.reach(&absent).await;
    host.reach(&absent).await;

    fs::write(&path, "data").unwrap();
    host.refuse(&as_directory, "a file is in the way").await;
    host.refuse(&as_link, "a file is in the way").await;
    let below = file_step(a_file(path.join("y"), FileState::File));
    host.refuse(&below, "not a directory").await;
    let below = file_step(a_file(path.join("y"), FileState::Absent));
    host.reach(&below).await;
    assert_eq!(fs::read_to_string(&path).unwrap(), "data");
}

#[tokio::test]
async fn a_link_in_the_way_is_replaced_not_followed() {
    let host = Host::new();
    let (path, other) = (host.folder.join("x"), host.folder.join("other"));
    fs::write(&other, "precious").unwrap();
    let link = |target: &str| file_step(a_file(&path, FileState::Symlink(target.to_owned())));
    host.reach(&link(other.as_str())).await;
    assert_eq!(
        host.look(&link("elsewhere")).await,
        not(&format!("it links to `{other}`, not `elsewhere`"))
    );
    host.reach(&link("elsewhere")).await;
    host.reach(&link(other.as_str())).await;
    let file = file_step(content(&path, "mine"));
    assert_eq!(host.look(&file).await, not("it is a symbolic link, not a file"));
    host.reach(&file).await;
    assert_eq!(fs::read_to_string(&other).unwrap(), "precious");
    fs::remove_file(&path).unwrap();
    symlink(&host.folder, &path).unwrap();
    host.reach(&file_step(a_file(&path, FileState::Directory))).await;
    assert!(fs::symlink_metadata(&path).unwrap().is_dir());
}

#[tokio::test]
async fn a_fifo_or_a_loop_of_links_hangs_nothing() {
    let host = Host::new();
    let path = host.folder.join("pipe");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&path)
            .status()
            .unwrap()
            .success()
    );
    let step = file_step(content(&path, "x"));
    assert_eq!(host.look(&step).await, not("it is a named pipe, not a file"));
    host.refuse(&step, "a named pipe is in the way").await;
    symlink("loop", host.folder.join("loop")).unwrap();
    let step = file_step(a_file(host.folder.join("loop/x"), FileState::File));
    assert!(matches!(host.look(&step).await, Observed::Failed(_)));
    assert!(!host.apply(&step).await.ok);
}

#[tokio::test]
async fn nothing_leads_out_of_a_root() {
    let host = Host::rooted();
    let root = host.folder.join("ROOT");
    let outside = host.folder.join("outside");
    fs::create_dir(&outside).unwrap();
    host.reach(&file_step(content("/etc/app/conf", "x"))).await;
    assert_eq!(fs::read_to_string(root.join("etc/app/conf")).unwrap(), "x");
    // Links are followed as if the root were the machine's: `/etc` is ROOT/etc, `../..` ends at ROOT.
    symlink("/etc/app", root.join("inside")).unwrap();
    host.reach(&file_step(content("/inside/more", "y"))).await;
    assert_eq!(fs::read_to_string(root.join("etc/app/more")).unwrap(), "y");
    symlink("../../../../outside", root.join("climb")).unwrap();
    symlink(&outside, root.join("away")).unwrap();
    for path in ["/climb/f", "/away/f"] {
        // The link leads to a directory that the root does not have.
        let step = file_step(content(path, "z"));
        let _ = host.apply(&step).await;
        assert_eq!(fs::read_dir(&outside).unwrap().count(), 0, "{path} left the root");
    }
    symlink("turn", root.join("turn")).unwrap();
    assert!(!host.apply(&file_step(content("/turn/f", "z"))).await.ok);
    host.refuse(&file_step(content("/../outside/f", "z")), "`..`")
        .await;
}

#[tokio::test]
async fn long_and_odd_names_work() {
    let host = Host::new();
    for name in [
        "n".repeat(255),
        "ü".repeat(127),
        "a b\n\"'$x".to_owned(),
        "-rf".to_owned(),
    ] {
        host.reach(&file_step(content(host.folder.join("odd").join(name), "x")))
            .await;
    }
    host.refuse(
        &file_step(content(host.folder.join("n".repeat(256)), "x")),
        "name too long",
    )
    .await;
}
