//! Debian source packages, from the archive that this machine already uses.
//!
//! The machine's own `deb` entries are read through apt, the corresponding
//! `deb-src` entries go into a private apt configuration in the cache folder:
//! nothing of the system's is changed and no rights are needed.

use std::cmp::Ordering;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use anyhow::{Context, Result, bail};

use crate::command::{output, succeeds};
use crate::places;

/// The keys that Debian signs its archive with.
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// An unpacked source package, with Debian's patches applied.
pub(crate) struct Source {
    /// Its root.
    pub(crate) dir: PathBuf,
    /// Its full version, Debian's revision included.
    pub(crate) version: String,
}

/// The source package, fetched unless the cache has it. `upstream` is what its
/// version has to begin with.
pub(crate) fn source(package: &str, upstream: &str) -> Result<Source> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _guard = ONE_AT_A_TIME.lock();
    let home = places::cache_dir()?.join("sources").join(package);
    let dir = home.join("tree");
    if let Ok(version) = fs::read_to_string(home.join("version"))
        && version.starts_with(upstream)
        && dir.is_dir()
    {
        return Ok(Source { dir, version });
    }
    let apt = PrivateApt::new()?;
    let versions = apt.versions(package)?;
    let fitting: Vec<_> = versions
        .iter()
        .filter(|v| v.starts_with(upstream))
        .collect();
    if fitting.is_empty() {
        let found = versions.join(", ");
        bail!("{package} {upstream} is wanted, and the archive has: {found}");
    }
    // An index may name a version that its archive no longer keeps: try all.
    let mut failure = None;
    for version in fitting {
        println!("fetching the source of {package} {version}");
        match apt.fetch(package, version, &home) {
            Ok(()) => {
                let version = version.clone();
                return Ok(Source { dir, version });
            }
            Err(error) => failure = Some(error),
        }
    }
    Err(failure.expect("there was at least one version"))
}

/// Apt with `deb-src` entries and folders of our own.
struct PrivateApt {
    options: Vec<String>,
}

impl PrivateApt {
    /// Writes the entries and gets the indexes of sources.
    fn new() -> Result<PrivateApt> {
        let dir = places::cache_dir()?.join("apt");
        for folder in ["lists/partial", "cache/archives/partial"] {
            fs::create_dir_all(dir.join(folder))?;
        }
        let sources = dir.join("sources.list");
        fs::write(&sources, deb_src_entries()?)?;
        let option = |name: &str, path: &Path| format!("{name}={}", path.display());
        let options = vec![
            option("Dir::Etc::sourcelist", &sources),
            option("Dir::Etc::sourceparts", Path::new("/dev/null")),
            option("Dir::State::lists", &dir.join("lists")),
            option("Dir::Cache", &dir.join("cache")),
            "APT::Sandbox::User=".to_owned(),
        ];
        let apt = PrivateApt { options };
        output(apt.command("apt-get").arg("update"))?;
        Ok(apt)
    }

    /// One of apt's commands, configured.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        for option in &self.options {
            command.args(["-o", option]);
        }
        command.arg("-q");
        command
    }

    /// The versions of a source package that the indexes name, newest first.
    fn versions(&self, package: &str) -> Result<Vec<String>> {
        let records =
            output(
                self.command("apt-cache")
                    .args(["showsrc", "--only-source", package]),
            )?;
        let lines = records
            .lines()
            .filter_map(|line| line.strip_prefix("Version: "));
        let mut versions: Vec<String> = lines.map(str::to_owned).collect();
        versions.sort_by(|a, b| compare_versions(b, a));
        versions.dedup();
        Ok(versions)
    }

    /// Downloads and unpacks one version to `home`.
    fn fetch(&self, package: &str, version: &str, home: &Path) -> Result<()> {
        let _ = fs::remove_dir_all(home);
        fs::create_dir_all(home)?;
        let fetch = format!("{package}={version}");
        output(
            self.command("apt-get")
                .args(["source", "--only-source", &fetch])
                .current_dir(home),
        )?;
        let mut folders = Vec::new();
        for entry in fs::read_dir(home)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else {
                fs::remove_file(entry.path())?;
            }
        }
        let [tree] = folders.as_slice() else {
            bail!("{package} {version} did not unpack to one folder");
        };
        fs::rename(tree, home.join("tree"))?;
        fs::write(home.join("version"), version)?;
        Ok(())
    }
}

/// Address of the Debian archive that this machine uses; other suites are there as
/// well.
pub(crate) fn archive() -> Result<String> {
    let entries = entries()?;
    let site = |entry: &String| {
        let mut words = entry.split_whitespace();
        let (site, suite) = (words.next()?, words.next()?);
        let plain = !suite.contains(['-', '/']);
        plain.then(|| site.to_owned())
    };
    let found = entries.iter().find_map(site);
    found.context("apt has no entry for a suite of the Debian archive itself")
}

/// `deb-src` lines for the Debian archives that this machine has `deb` entries of.
fn deb_src_entries() -> Result<String> {
    let signed = if Path::new(KEYRING).exists() {
        format!(" [signed-by={KEYRING}]")
    } else {
        String::new()
    };
    let lines = entries()?
        .into_iter()
        .map(|entry| format!("deb-src{signed} {entry}\n"));
    Ok(lines.collect())
}

/// Site, suite and component of the Debian archives that this machine uses.
fn entries() -> Result<Vec<String>> {
    let listing = output(Command::new("apt-get").args([
        "indextargets",
        "--format",
        "$(ORIGIN) $(SITE) $(RELEASE) $(COMPONENT)",
        "Created-By: Packages",
        "Target-Of: deb",
    ]))
    .context("apt does not know its sources: run `apt-get update` as root")?;
    let mut entries: Vec<String> = listing
        .lines()
        .filter_map(|line| line.strip_prefix("Debian "))
        .map(str::to_owned)
        .collect();
    entries.sort();
    entries.dedup();
    if entries.is_empty() {
        bail!("apt has no entry for a Debian archive here, or `apt-get update` never ran");
    }
    Ok(entries)
}

/// Orders two Debian versions as dpkg does.
fn compare_versions(a: &str, b: &str) -> Ordering {
    let holds = |relation: &str| {
        succeeds(Command::new("dpkg").args(["--compare-versions", a, relation, b]))
    };
    if holds("lt") {
        Ordering::Less
    } else if holds("gt") {
        Ordering::Greater
    } else {
        Ordering::Equal
    }
}
