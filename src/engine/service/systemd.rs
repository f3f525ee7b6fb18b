//! How systemd tells of a unit.

use super::State;

/// What is asked of `systemctl`.
pub(super) fn show(name: &str) -> [&str; 5] {
    [
        "show",
        "--no-pager",
        "--property=LoadState,ActiveState,SubState,NeedDaemonReload,Result",
        "--",
        name,
    ]
}

/// What its answer means: lines `Property=value`. A property that an old systemd does not have is as if not asked for.
pub(super) fn parse(text: &str) -> State {
    let property = |name: &str| {
        let value = text
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        value.unwrap_or_default().trim()
    };
    let load = property("LoadState");
    if matches!(load, "not-found" | "") {
        return State::default();
    }
    let (active, sub) = (property("ActiveState"), property("SubState"));
    let running = matches!(active, "active" | "reloading" | "refreshing");
    let result = property("Result");
    let why = match active {
        _ if load == "masked" => "it is masked; unmask it with `systemctl unmask`".to_owned(),
        _ if load == "bad-setting" || load == "error" => "its unit file has errors".to_owned(),
        "activating" if sub == "auto-restart" => "it ended, and systemd will start it again".to_owned(),
        "activating" => "it is still starting".to_owned(),
        "deactivating" => "it is just stopping".to_owned(),
        "failed" if !matches!(result, "" | "success") => format!("it failed ({result})"),
        "failed" => "it failed".to_owned(),
        _ => "it does not run".to_owned(),
    };
    State {
        known: true,
        running,
        why,
        enabled: None,
        stale: property("NeedDaemonReload") == "yes",
    }
}

/// What the answer to `systemctl is-enabled` means. It reads the links themselves; what `show` tells of them is what they
/// were when the manager last read its definitions.
pub(super) fn is_enabled(text: &str) -> Option<bool> {
    text.lines().find_map(|line| match line.trim() {
        "enabled" | "enabled-runtime" => Some(true),
        "disabled" | "masked" | "masked-runtime" => Some(false),
        // Static, indirect, generated, transient: not to be had by enabling it.
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What systemd 252 says of a unit in some of its states.
    fn said(active: &str, sub: &str, result: &str) -> String {
        format!(
            "Result={result}\nLoadState=loaded\nActiveState={active}\nSubState={sub}\nNeedDaemonReload=no\n"
        )
    }

    #[test]
    fn the_states_of_units_are_understood() {
        for (text, running, why) in [
            (said("active", "running", "success"), true, "it does not run"),
            (said("active", "exited", "success"), true, "it does not run"),
            (said("inactive", "dead", "success"), false, "it does not run"),
            (
                said("failed", "failed", "exit-code"),
                false,
                "it failed (exit-code)",
            ),
            (
                said("activating", "start-pre", "success"),
                false,
                "it is still starting",
            ),
            (
                said("activating", "auto-restart", "exit-code"),
                false,
                "it ended, and systemd will start it again",
            ),
            (
                said("deactivating", "stop-sigterm", "success"),
                false,
                "it is just stopping",
            ),
        ] {
            let state = State {
                known: true,
                running,
                why: why.to_owned(),
                enabled: None,
                stale: false,
            };
            assert_eq!(parse(&text), state, "{text}");
        }
    }

    #[test]
    fn whether_it_is_enabled_is_understood() {
        for (text, wanted) in [
            ("enabled\n", Some(true)),
            ("enabled-runtime\n", Some(true)),
            ("disabled\n", Some(false)),
            ("masked\n", Some(false)),
            ("static\n", None),
            ("indirect\n", None),
            (
                "Failed to get unit file state for web.service: No such file or directory\n",
                None,
            ),
        ] {
            assert_eq!(is_enabled(text), wanted, "{text}");
        }
    }

    #[test]
    fn units_that_are_not_there_masked_or_changed_are_told_apart() {
        let missing = "Result=success\nLoadState=not-found\nActiveState=inactive\nSubState=dead\n";
        assert_eq!(parse(missing), State::default());
        assert_eq!(parse(""), State::default());
        let masked = "LoadState=masked\nActiveState=inactive\nSubState=dead\n";
        assert!(parse(masked).why.contains("systemctl unmask"));
        let changed = said("active", "running", "success").replace("Reload=no", "Reload=yes");
        assert!(parse(&changed).stale);
    }
}
