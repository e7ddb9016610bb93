//! `cargo xtask setup`: the Debian packages of packages.txt.

use std::collections::HashSet;
use std::fs;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command::{display, output, run as run_command, succeeds};
use crate::places;

/// Options of `cargo xtask setup`.
#[derive(clap::Args, Default)]
pub(crate) struct Arguments {
    /// Only say what is missing, and fail if anything is.
    #[arg(long)]
    check: bool,
    /// Do without this package.
    #[arg(long, value_name = "PACKAGE")]
    without: Vec<String>,
}

/// Installs what is missing.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let wanted = wanted_packages()?;
    if !succeeds(Command::new("apt-get").arg("--version")) {
        bail!(
            "there is no apt-get here: install what these Debian packages hold: {}",
            wanted.join(" ")
        );
    }
    let installed = installed_packages()?;
    let missing: Vec<&String> = wanted
        .iter()
        .filter(|package| !installed.contains(*package) && !arguments.without.contains(package))
        .collect();
    if missing.is_empty() {
        println!("setup: the packages of packages.txt are installed");
        return Ok(());
    }
    let mut install = Command::new("apt-get");
    install
        .args(["install", "--yes", "--no-install-recommends"])
        .args(["-o", "DPkg::Lock::Timeout=600"])
        .args(&missing);
    if arguments.check {
        bail!("packages are missing: {}", display(&install));
    }
    let Some(mut install) = as_root(&install) else {
        bail!("packages are missing; run as root: {}", display(&install));
    };
    println!("setup: {}", display(&install));
    if run_command(&mut install).is_ok() {
        return Ok(());
    }
    println!("setup: trying again with fresh package lists");
    let mut update = Command::new("apt-get");
    update.args(["update", "-o", "DPkg::Lock::Timeout=600"]);
    run_command(&mut as_root(&update).context("no longer root")?)?;
    run_command(&mut install)
}

/// The packages that packages.txt names.
fn wanted_packages() -> Result<Vec<String>> {
    let path = places::root().join("packages.txt");
    let text =
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let names = text
        .lines()
        .map(|line| line.split('#').next().unwrap_or(""));
    let names = names.map(str::trim).filter(|name| !name.is_empty());
    Ok(names.map(str::to_owned).collect())
}

/// The packages that dpkg has installed.
fn installed_packages() -> Result<HashSet<String>> {
    let listing = output(
        Command::new("dpkg-query")
            .args(["--show", "--showformat=${Package} ${db:Status-Status}\n"]),
    )?;
    let names = listing
        .lines()
        .filter_map(|line| line.strip_suffix(" installed"));
    Ok(names.map(str::to_owned).collect())
}

/// The same command with root's rights, if they can be had without a password.
fn as_root(command: &Command) -> Option<Command> {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let mut rooted = if output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0") {
        Command::new("env")
    } else if succeeds(Command::new("sudo").args(["-n", "true"])) {
        let mut sudo = Command::new("sudo");
        sudo.args(["-n", "env"]);
        sudo
    } else {
        return None;
    };
    rooted.arg("DEBIAN_FRONTEND=noninteractive").args(words);
    Some(rooted)
}
