//! How a BSD's rc tells of a service.

use super::State;
use super::manager::Said;

/// What `service NAME onestatus` means, with what `service NAME enabled` says, if it was asked.
pub(super) fn state(status: &Said, enabled: Option<bool>) -> State {
    // Only the words tell a service that is not there from one that does not run.
    let known = status.ok || !status.text.contains("does not exist in");
    State {
        known,
        running: status.ok,
        why: "it does not run".to_owned(),
        enabled: enabled.filter(|_| known),
        stale: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_freebsd_says_is_understood() {
        let said = |ok, text: &str| Said {
            ok,
            text: text.to_owned(),
        };
        let running = state(&said(true, "sshd is running as pid 812."), Some(true));
        assert!(running.known && running.running && running.enabled == Some(true));
        let stopped = state(&said(false, "sshd is not running."), Some(false));
        assert!(stopped.known && !stopped.running && stopped.enabled == Some(false));
        let words = "nosuch does not exist in /etc/rc.d or the local startup\ndirectories (/usr/local/etc/rc.d), or is \
                     not executable";
        assert!(!state(&said(false, words), Some(false)).known);
    }
}
