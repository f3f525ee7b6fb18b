//! The log of long-running verbs, on standard error.

use std::fmt;

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::FmtContext;
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::registry::LookupSpan;

use super::format::Format;
use super::times::utc;
use super::words::now_ms;

/// Sends the log to standard error. `KHOR_LOG` says how much of it (`info` if it says nothing).
pub fn to_stderr(format: Format, color: bool) {
    let filter = std::env::var("KHOR_LOG").ok().filter(|filter| !filter.is_empty());
    let filter = EnvFilter::new(filter.as_deref().unwrap_or("khor=info"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(color);
    // A second call in one process (tests) changes nothing.
    let _ = match format {
        Format::Text => log.event_format(Text).try_init(),
        Format::Json => log.event_format(Json).try_init(),
    };
}

/// `2026-11-22T16:53:08.123Z info  message`: the time in UTC, so that the logs of hosts can be put side by side.
struct Text;

/// `{"time":…,"level":…,"message":…}`
struct Json;

impl<S, N> FormatEvent<S, N> for Text
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let level = *event.metadata().level();
        let (word, color) = match level {
            tracing::Level::ERROR => ("error", "\x1b[1;31m"),
            tracing::Level::WARN => ("warn ", "\x1b[33m"),
            tracing::Level::INFO => ("info ", "\x1b[32m"),
            _ => ("debug", "\x1b[2m"),
        };
        let (color, plain) = if writer.has_ansi_escapes() {
            (color, "\x1b[0m")
        } else {
            ("", "")
        };
        let mut fields = Fields::default();
        event.record(&mut fields);
        write!(
            writer,
            "{} {color}{word}{plain} {}",
            utc(now_ms()),
            fields.message
        )?;
        for (name, value) in &fields.others {
            write!(writer, " {name}={value}")?;
        }
        writeln!(writer)
    }
}

impl<S, N> FormatEvent<S, N> for Json
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let mut object = serde_json::Map::new();
        object.insert("time".into(), utc(now_ms()).into());
        let level = event.metadata().level().as_str().to_lowercase();
        object.insert("level".into(), level.into());
        object.insert("message".into(), fields.message.into());
        for (name, value) in fields.others {
            object.insert(name.into(), value.into());
        }
        writeln!(writer, "{}", serde_json::Value::Object(object))
    }
}

/// The fields of one event, as text.
#[derive(Default)]
struct Fields {
    message: String,
    others: Vec<(&'static str, String)>,
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.take(field, value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.take(field, format!("{value:?}"));
    }
}

impl Fields {
    fn take(&mut self, field: &Field, value: String) {
        if field.name() == "message" {
            self.message = value;
        } else {
            self.others.push((field.name(), value));
        }
    }
}
