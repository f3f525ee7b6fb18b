//! Pauses: of an application, and of this host. Both hold, and what either forbids is not done.

use std::sync::Arc;

use super::drive::Agent;
use crate::choreography::{self, Event};
use crate::role::Pause;
use crate::store::Store;

impl<S: Store> Agent<S> {
    /// Whether this host is paused was read.
    pub(super) fn on_host_pause(&mut self, pause: Option<Pause>) {
        if self.pause == pause {
            return;
        }
        self.pause = pause;
        if let Err(error) = self.home.keep_pause(None, self.pause.as_ref()) {
            tracing::warn!("that this host is paused, or not, cannot be kept on disk: {error}");
        }
        let names: Vec<Arc<str>> = self.plays.keys().cloned().collect();
        for name in names {
            self.hold(&name);
        }
    }

    /// Whether an application is paused was read.
    pub(super) fn on_pause(&mut self, name: &Arc<str>, pause: Option<Pause>) {
        let Some(play) = self.plays.get_mut(name).filter(|play| play.pause != pause) else {
            return;
        };
        play.pause = pause;
        if let Err(error) = self.home.keep_pause(Some(name), play.pause.as_ref()) {
            tracing::warn!("{name}: that it is paused, or not, cannot be kept on disk: {error}");
        }
        self.hold(name);
    }

    /// Tells a play what both pauses come to.
    pub(super) fn hold(&mut self, name: &str) {
        let Some(play) = self.plays.get_mut(name) else {
            return;
        };
        let host = &self.host;
        let hold = both(
            play.pause
                .as_ref()
                .map(|pause| (pause, format!("`khor resume {name}`"))),
            self.pause
                .as_ref()
                .map(|pause| (pause, format!("`khor resume --host {host}`"))),
        );
        if play.hold == hold {
            return;
        }
        let words = hold.as_ref().map_or("the pause is over", |pause| &pause.words);
        tracing::info!("{name}: {words}");
        play.hold.clone_from(&hold);
        play.push(Event::Pause(hold));
    }
}

/// What two pauses, each with the command that ends it, come to.
fn both(
    application: Option<(&Pause, String)>,
    host: Option<(&Pause, String)>,
) -> Option<choreography::Pause> {
    let heal = [&application, &host]
        .into_iter()
        .flatten()
        .all(|(pause, _)| pause.heal);
    let (pause, ends) = application.or(host)?;
    let by = if pause.by.is_empty() {
        String::new()
    } else {
        format!(" by {}", pause.by)
    };
    Some(choreography::Pause {
        words: format!("paused{by}; {ends} ends that"),
        heal,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn healing_goes_on_only_where_both_pauses_let_it() {
        let pause = |heal: bool| Pause {
            by: "me@here".into(),
            at: 0,
            heal,
        };
        let (strict, healing) = (pause(false), pause(true));
        let of = |pause| Some((pause, "`x`".to_owned()));
        assert_eq!(both(None, None), None);
        let heals = |application, host| both(application, host).unwrap().heal;
        assert!(heals(of(&healing), of(&healing)) && heals(None, of(&healing)));
        assert!(!heals(of(&healing), of(&strict)) && !heals(of(&strict), None));
        assert_eq!(
            both(None, of(&strict)).unwrap().words,
            "paused by me@here; `x` ends that"
        );
    }
}
