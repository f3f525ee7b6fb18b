//! `khor rollback APP [GENERATION]`: an older generation becomes the current one again.

use std::collections::BTreeMap;

use clap::Args;
use serde::Serialize;

use super::format::{Format, FormatArgs};
use super::publishing::Asked;
use super::status::unknown_application;
use super::store::StoreArgs;
use super::{OK, Ui, publishing};
use crate::role::{GenerationRecord, Role, TopologyOutputs};
use crate::store::{AnyStore, Published, generations, read_current, read_roles};

/// Publish an older generation of an application again
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  khor rollback web          the generation that was played before the current one
  khor rollback web 3        generation 3; `khor history web` lists those that are kept

It becomes a new generation: what is as it is stays, what came since is taken away, under guards, as with `khor compile`.")]
pub struct RollbackArgs {
    /// The application
    #[arg(value_name = "APP")]
    application: String,
    /// The generation to go back to [default: the one before the current one]
    #[arg(value_name = "GENERATION")]
    generation: Option<u64>,
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    format: FormatArgs,
}

#[derive(Serialize)]
struct Report<'a> {
    application: &'a str,
    /// The generation that was taken up again.
    from: u64,
    /// The number it has now.
    generation: u64,
    unchanged: bool,
}

/// Publishes it; gives the exit code.
pub fn run(args: &RollbackArgs, ui: Ui) -> u8 {
    super::block_on(rollback(args, ui)).unwrap_or_else(|code| code)
}

async fn rollback(args: &RollbackArgs, ui: Ui) -> Result<u8, u8> {
    let name = &args.application;
    let url = args.store.url();
    let store = AnyStore::open(&url).await.map_err(|error| ui.fail(error, None))?;
    let current = read_current(&store, name)
        .await
        .map_err(|error| ui.fail(error, None))?;
    let Some(current) = current else {
        return Err(unknown_application(name, &url, ui).await);
    };
    let kept = generations(&store, name)
        .await
        .map_err(|error| ui.fail(error, None))?;
    let published = |(generation, record): (u64, Option<GenerationRecord>)| {
        let record = record.filter(|record| record.published.is_some());
        let record = record?;
        Some((generation, (record.outputs, record.draft)))
    };
    let kept: BTreeMap<u64, (TopologyOutputs, Option<String>)> =
        kept.into_iter().filter_map(published).collect();
    let before = kept.range(..current.generation).next_back();
    let before = before.map(|(&generation, _)| generation);
    let Some(from) = args.generation.or(before) else {
        let help = "only generations that were published since are kept; compile the topology you want";
        return Err(ui.fail(
            format!(
                "`{name}` has no generation before the current one, {}",
                current.generation
            ),
            Some(help),
        ));
    };
    let Some((outputs, draft)) = kept.get(&from) else {
        let kept: Vec<String> = kept.keys().map(u64::to_string).collect();
        let help = format!("kept are: {}", kept.join(", "));
        return Err(ui.fail(format!("`{name}` has no generation {from}"), Some(&help)));
    };
    let (roles, unreadable) = read_roles(&store, name, from)
        .await
        .map_err(|error| ui.fail(error, None))?;
    if !unreadable.is_empty() {
        let hosts = unreadable.join(", ");
        let help = "compile the topology you want instead";
        return Err(ui.fail(
            format!("what generation {from} has on {hosts} cannot be read"),
            Some(help),
        ));
    }
    let roles: Vec<Role> = roles
        .into_iter()
        .map(|role| Role {
            generation: 0,
            ..role
        })
        .collect();
    let asked = Asked {
        roles: &roles,
        outputs,
        draft: publishing::draft(&store, name, draft.as_deref()).await,
    };
    let before = publishing::before(&store, name, ui).await?;
    let next = publishing::compose(&store, name, before, asked, &BTreeMap::new(), ui).await?;
    let published = next.publish(&store, name, ui).await?;
    let report = Report {
        application: name,
        from,
        generation: published.generation(),
        unchanged: matches!(published, Published::Unchanged { .. }),
    };
    ui.print(match args.format.format {
        Format::Json => serde_json::to_string_pretty(&report).expect("plain data") + "\n",
        Format::Text if report.unchanged => {
            format!(
                "{name} is as in generation {from} already: generation {} is current\n",
                report.generation
            )
        }
        Format::Text => format!(
            "{name} is as in generation {from} again: generation {} is current\n",
            report.generation
        ),
    });
    Ok(OK)
}
