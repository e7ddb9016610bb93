//! Licences, sources and known weaknesses of the crates that we use, by cargo-deny.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::command::{run as run_command, succeeds};
use crate::places;

/// The version that is installed where there is none.
const VERSION: &str = "0.20.2";

/// Checks both workspaces.
pub(crate) fn run() -> Result<()> {
    let deny = find()?;
    let check = |folder: PathBuf, what: &[&str]| {
        run_command(
            Command::new(&deny)
                .arg("--config")
                .arg(places::root().join("deny.toml"))
                .arg("--manifest-path")
                .arg(folder.join("Cargo.toml"))
                .args(["check", "--hide-inclusion-graph"])
                .args(["--allow", "license-not-encountered"])
                .args(what),
        )
    };
    for folder in [places::root().to_path_buf(), places::fuzz()] {
        check(folder, &["bans", "licenses", "sources"])?;
    }
    // The list of weaknesses is not a registry's, and cannot be had everywhere.
    if succeeds(Command::new(&deny).args(["fetch", "db"])) {
        check(places::root().to_path_buf(), &["advisories"])
    } else {
        println!("deny: the list of known weaknesses cannot be fetched here: not checked");
        Ok(())
    }
}

/// The command; installed into the cache folder where there is none.
fn find() -> Result<PathBuf> {
    let on_the_path = PathBuf::from("cargo-deny");
    if succeeds(Command::new(&on_the_path).arg("--version")) {
        return Ok(on_the_path);
    }
    let home = places::cache_dir()?.join("tools");
    let installed = home.join("bin/cargo-deny");
    if !succeeds(Command::new(&installed).arg("--version")) {
        println!(
            "deny: installing cargo-deny {VERSION} into {}",
            home.display()
        );
        run_command(
            Command::new("cargo")
                .args(["install", "--locked", "cargo-deny", "--version", VERSION])
                .arg("--root")
                .arg(&home),
        )?;
    }
    Ok(installed)
}
