//! `capi admin create-tables`.

use crate::app;
use crate::app::TableMade;
use crate::cli::output::Output;
use crate::config::{Layers, MetadataStore, data_dir};

/// Needs no market settings, because the market may not exist yet.
pub(super) async fn run(layers: &Layers, output: Output) -> anyhow::Result<()> {
    let settings = MetadataStore::from_layers(layers, &data_dir(layers)?)?;
    let tables = app::create_tables(&settings).await?;
    if tables.is_empty() {
        output.text("the embedded store needs no tables: choose another store with CAPI_METADATA_STORE")?;
    }
    for table in &tables {
        output.text(&text(table))?;
    }
    output.json(&tables)
}

fn text(TableMade { table, created, restorable }: &TableMade) -> String {
    let state = if *created { "has been created" } else { "already exists" };
    let restorable = match restorable {
        Some(true) => ", with point-in-time recovery",
        Some(false) => ", without point-in-time recovery, which this service does not support",
        None => "",
    };
    format!("the table {table} {state}{restorable}")
}
