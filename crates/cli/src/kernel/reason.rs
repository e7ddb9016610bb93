//! Why the kernel module is not there.

use std::fs::{self, OpenOptions};
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// What the module writes to the kernel's log when it refuses to be loaded.
const REFUSAL: &str = "wasmjit: not loaded: ";

/// Why the module is not loaded, as far as can be known, and what to do about it.
pub(super) fn not_loaded() -> Option<String> {
    if Path::new("/sys/module/wasmjit").exists() {
        return None;
    }
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Some("the kernel module is for Linux on x86-64 only".into());
    }
    let last = last_refusal().map(|record| {
        let reason = reason(&record);
        format!("when it was last tried, it was not loaded: {reason}")
    });
    let install = || "`wasmjit kernel load` loads it, after `wasmjit kernel install`".into();
    Some(last.or_else(locked_down).unwrap_or_else(install))
}

/// Why loading the module has just failed, when the last refusal before that was
/// `before`; what the tool that loads modules says tells less.
pub(super) fn failed(before: Option<&str>) -> Option<String> {
    let refused = last_refusal().filter(|record| Some(&**record) != before);
    let refused = refused.map(|record| format!("the kernel module says: {}", reason(&record)));
    refused.or_else(locked_down)
}

/// What to do on a kernel that takes signed modules only, if this is one.
fn locked_down() -> Option<String> {
    let mode = lockdown()?;
    Some(format!(
        "this kernel is locked down ({mode}) and loads signed modules only: sign wasmjit.ko \
         with a key that it trusts (DKMS does that with the machine owner's), or turn off \
         secure boot"
    ))
}

/// The record of the kernel's log in which the module refused to be loaded the last
/// time; no two are the same.
pub(super) fn last_refusal() -> Option<String> {
    refusal(log())
}

/// The kernel's log, as far as this process may read it.
fn log() -> Vec<String> {
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NONBLOCK)
        .open("/dev/kmsg");
    let Ok(mut file) = file else {
        return Vec::new();
    };
    let mut lines = Vec::new();
    let mut record = [0; 8192];
    loop {
        match file.read(&mut record) {
            Ok(0) => return lines,
            Ok(length) => lines.push(String::from_utf8_lossy(&record[..length]).into_owned()),
            // Records that were overwritten meanwhile; the next read goes on.
            Err(error) if error.raw_os_error() == Some(libc::EPIPE) => {}
            Err(_) => return lines,
        }
    }
}

fn refusal(log: Vec<String>) -> Option<String> {
    let mut latest_first = log.into_iter().rev();
    latest_first.find(|record| record.contains(REFUSAL))
}

/// What a record gives as the reason.
fn reason(record: &str) -> &str {
    let rest = record.split_once(REFUSAL).map_or("", |(_, rest)| rest);
    rest.lines().next().unwrap_or_default()
}

/// The kernel's lockdown mode, when it has one.
fn lockdown() -> Option<String> {
    let modes = fs::read_to_string("/sys/kernel/security/lockdown").ok()?;
    locked(&modes)
}

fn locked(modes: &str) -> Option<String> {
    let (_, rest) = modes.split_once('[')?;
    let (mode, _) = rest.split_once(']')?;
    (mode != "none").then(|| mode.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_refusal_counts() {
        let log = [
            "6,1,2,-;something else",
            "3,2,3,-;wasmjit: not loaded: no memory for code\n SUBSYSTEM=x",
            "3,3,4,-;wasmjit: not loaded: FRED is not supported\n",
            "6,4,5,-;more",
        ];
        let log: Vec<String> = log.map(str::to_owned).into();
        let first = refusal(log[..2].to_vec()).expect("the module refused");
        assert_eq!(reason(&first), "no memory for code");
        assert_eq!(refusal(log[..1].to_vec()), None);
        let last = refusal(log).expect("the module refused");
        assert_eq!(reason(&last), "FRED is not supported");
    }

    #[test]
    fn lockdown_is_what_stands_in_brackets() {
        assert_eq!(locked("[none] integrity confidentiality\n"), None);
        let locked = locked("none [integrity] confidentiality\n");
        assert_eq!(locked.as_deref(), Some("integrity"));
    }
}
