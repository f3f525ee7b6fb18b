//! Arguments of the service engine.

use camino::Utf8PathBuf;
use serde_json::Value;

use super::Arguments;
use crate::diagnostic::Sink;
use crate::topology::ServiceAction;

impl Arguments<'_> {
    pub(super) fn service(&self, sink: &mut Sink) -> Option<ServiceAction> {
        let name = self.text("name", sink)?;
        let is_name = !name.is_empty()
            && !name.starts_with('-')
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.@:\\".contains(&byte));
        if !is_name {
            self.wrong(
                "name",
                "it has letters, digits and `-_.@:`",
                "write it as the service manager knows it, as in `nginx` or `getty@tty1`",
                sink,
            );
        }
        let running = self.flag("running", sink).unwrap_or(true);
        let enabled = self.flag("enabled", sink);
        let disable = self.flag("disable", sink).unwrap_or_default();
        if disable && enabled == Some(true) {
            let why = "it is to be enabled and disabled at once";
            self.wrong("disable", why, "remove one of the two", sink);
        }
        let enabled = if disable { Some(false) } else { enabled };
        let restart_on = match self.given("restart_on") {
            None => Some(Vec::new()),
            Some(Value::Array(items)) => items
                .iter()
                .map(|item| {
                    item.as_str()
                        .filter(|path| !path.is_empty())
                        .map(Utf8PathBuf::from)
                })
                .collect(),
            Some(_) => None,
        };
        if restart_on.is_none() {
            self.wrong(
                "restart_on",
                "it is a list of paths of files",
                "write it as in `[ /etc/nginx/nginx.conf ]`",
                sink,
            );
        }
        is_name.then(|| ServiceAction {
            name,
            running,
            enabled,
            restart_on: restart_on.unwrap_or_default(),
        })
    }
}
