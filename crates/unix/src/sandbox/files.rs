//! Files, by Landlock.

use super::{Directory, Sandbox, SandboxError};
use landlock::{
    ABI, Access, AccessFs, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset,
    RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetStatus, Scope,
};
use std::collections::BTreeSet;
use std::fmt::Display;
use std::path::{Path, PathBuf};

/// The newest interface whose rights are asked for.
const NEWEST: ABI = ABI::V6;

/// What a C library reads on a program's behalf: names of hosts and services,
/// time zones. None of it is secret.
const READ_BY_LIBRARIES: &[&str] = &[
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/host.conf",
    "/etc/nsswitch.conf",
    "/etc/gai.conf",
    "/etc/services",
    "/etc/protocols",
    "/etc/localtime",
    "/usr/share/zoneinfo",
];

/// Devices that are nobody's.
const DEVICES: &[&str] = &["/dev/null", "/dev/zero", "/dev/full", "/dev/tty"];

/// Devices that are only read.
const READ_DEVICES: &[&str] = &["/dev/random", "/dev/urandom"];

/// Rules that are ready to be put into force.
pub(super) struct Files {
    rules: RulesetCreated,
    truncation: bool,
}

/// Opens the directories and makes the rules; nothing where all files may be
/// used.
pub(super) fn prepare(sandbox: &Sandbox) -> Result<Option<Files>, SandboxError> {
    if sandbox.directories.is_empty() {
        return Ok(None);
    }
    let version = abi().ok_or(SandboxError::NoLandlock)?;
    let mut rules = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(ABI::V1))
        .map_err(rejected)?
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(NEWEST))
        .map_err(rejected)?
        .scope(Scope::AbstractUnixSocket | Scope::Signal)
        .map_err(rejected)?
        .create()
        .map_err(rejected)?;
    for Directory { path, read_only } in &sandbox.directories {
        let file = PathFd::new(path).map_err(|error| {
            let text = reason(&error);
            SandboxError::Directory(path.clone(), format!("cannot be opened: {text}"))
        })?;
        let rights = match read_only {
            true => read_rights(),
            false => write_rights(),
        };
        rules = add(rules, file, path, rights)?;
    }
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let devices = AccessFs::ReadFile | AccessFs::WriteFile;
    let mut needed: Vec<(PathBuf, BitFlags<AccessFs>)> = Vec::new();
    needed.extend(READ_BY_LIBRARIES.iter().map(|path| (path.into(), read)));
    needed.extend(READ_DEVICES.iter().map(|path| (path.into(), read)));
    needed.extend(DEVICES.iter().map(|path| (path.into(), devices)));
    if !sandbox.no_exec {
        // A program may run another one, by this very executable.
        let run = AccessFs::ReadFile | AccessFs::Execute;
        needed.extend(own_files().into_iter().map(|path| (path, run)));
    }
    for (path, rights) in needed {
        // What there is not need not be allowed.
        if let Ok(file) = PathFd::new(&path) {
            rules = add(rules, file, &path, rights)?;
        }
    }
    Ok(Some(Files {
        rules,
        truncation: version >= ABI::V3 as i32,
    }))
}

impl Files {
    /// Whether the kernel restricts the cutting of files by their paths.
    pub(super) fn covers_truncation(&self) -> bool {
        self.truncation
    }

    /// Puts the rules into force, for the calling thread and those that it starts.
    pub(super) fn restrict(self) -> Result<(), SandboxError> {
        let status = self.rules.restrict_self().map_err(rejected)?;
        match status.ruleset {
            RulesetStatus::NotEnforced => Err(SandboxError::NoLandlock),
            // The oldest rights were required.
            _ => Ok(()),
        }
    }
}

/// The version of Landlock that the kernel has, if it is there and switched on.
fn abi() -> Option<i32> {
    const VERSION: u32 = 1;
    // SAFETY: asks for a number; no memory is read.
    let version = unsafe {
        libc::syscall(
            libc::SYS_landlock_create_ruleset,
            std::ptr::null::<u8>(),
            0usize,
            VERSION,
        )
    };
    i32::try_from(version).ok().filter(|version| *version >= 1)
}

/// Rights in a directory that is not to be changed.
fn read_rights() -> BitFlags<AccessFs> {
    AccessFs::from_read(NEWEST)
}

/// All rights but that to make devices, which would lead out.
fn write_rights() -> BitFlags<AccessFs> {
    AccessFs::from_all(NEWEST) & !(AccessFs::MakeChar | AccessFs::MakeBlock)
}

fn add(
    rules: RulesetCreated,
    file: PathFd,
    path: &Path,
    rights: BitFlags<AccessFs>,
) -> Result<RulesetCreated, SandboxError> {
    // Some rights mean nothing for files that are no directories.
    let rights = match path.is_dir() {
        true => rights,
        false => rights & AccessFs::from_file(NEWEST),
    };
    rules
        .add_rule(PathBeneath::new(file, rights))
        .map_err(rejected)
}

/// This executable and the libraries that it is made of.
fn own_files() -> BTreeSet<PathBuf> {
    let mut files = BTreeSet::new();
    files.extend(std::env::current_exe());
    files.insert("/etc/ld.so.cache".into());
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap_or_default();
    for line in maps.lines() {
        // The sixth word, which may contain spaces.
        if let Some(at) = line.find('/') {
            files.insert(PathBuf::from(&line[at..]));
        }
    }
    files
}

fn rejected(error: impl Display) -> SandboxError {
    SandboxError::Rules(error.to_string())
}

/// The system's reason, without the library's words.
fn reason(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    let text = cause.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_string()
}
