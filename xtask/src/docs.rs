//! `cargo xtask docs`: the documents that are written from the code.

use std::fs;

use anyhow::{Context, Result, bail};
use wasmjit_posix::table::documentation;

use crate::places;

/// Options of `cargo xtask docs`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Write nothing; fail when a document is not up to date.
    #[arg(long)]
    pub(crate) check: bool,
}

/// The chapters that people write, and the document that they become part of.
const CHAPTERS: &str = "crates/posix/interface.md";
const DOCUMENT: &str = "docs/syscalls.md";

/// Writes the documents, or checks them.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let read = |name: &str| {
        fs::read_to_string(places::root().join(name)).with_context(|| format!("cannot read {name}"))
    };
    let wanted = documentation(&read(CHAPTERS)?);
    if arguments.check {
        if read(DOCUMENT)? != wanted {
            bail!("{DOCUMENT} is out of date; `cargo xtask docs` writes it anew");
        }
        println!("{DOCUMENT} is up to date");
        return Ok(());
    }
    fs::write(places::root().join(DOCUMENT), wanted)
        .with_context(|| format!("cannot write {DOCUMENT}"))?;
    println!("wrote {DOCUMENT}");
    Ok(())
}
