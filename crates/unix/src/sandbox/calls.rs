//! System calls, by a seccomp filter.

use super::{Sandbox, SandboxError};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, apply_filter_all_threads,
};
use std::collections::BTreeMap;

/// Calls of the x32 interface have this bit; on kernels that serve it, they would
/// otherwise pass by the filter.
#[cfg(target_arch = "x86_64")]
const X32: i64 = 0x4000_0000;

/// Forbidden whatever the restriction: they do what others do, unseen.
const ALWAYS: &[i64] = &[libc::SYS_io_uring_setup, libc::SYS_io_uring_enter];

/// Ways to run another program.
const EXEC: &[i64] = &[libc::SYS_execve, libc::SYS_execveat];

/// What changes a file by its path without opening it, which Landlock does not
/// see, and what reaches files by other ways.
const BY_PATH: &[i64] = &[
    libc::SYS_fchmodat,
    SYS_FCHMODAT2,
    libc::SYS_fchownat,
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_removexattr,
    libc::SYS_lremovexattr,
    libc::SYS_open_by_handle_at,
    libc::SYS_chroot,
    libc::SYS_acct,
    libc::SYS_swapon,
    libc::SYS_swapoff,
];

/// The same calls of older interfaces.
#[cfg(target_arch = "x86_64")]
const BY_PATH_OLD: &[i64] = &[
    libc::SYS_chmod,
    libc::SYS_chown,
    libc::SYS_lchown,
    libc::SYS_utime,
    libc::SYS_utimes,
    libc::SYS_futimesat,
];
#[cfg(not(target_arch = "x86_64"))]
const BY_PATH_OLD: &[i64] = &[];

/// What changes rights, owner or attributes of an open file, even one that was
/// opened for reading.
const BY_DESCRIPTOR: &[i64] = &[
    libc::SYS_fchmod,
    libc::SYS_fchown,
    libc::SYS_fsetxattr,
    libc::SYS_fremovexattr,
];

/// Number on every machine; newer than some C libraries.
const SYS_FCHMODAT2: i64 = 452;

/// `execve` and `execveat` of the x32 interface, which have numbers of their own.
#[cfg(target_arch = "x86_64")]
const X32_EXEC: [i64; 2] = [X32 | 520, X32 | 545];

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// Restricts the calls of this process; `truncates` says whether the kernel
/// restricts the cutting of files by itself.
pub(super) fn restrict(sandbox: &Sandbox, truncates: bool) -> Result<(), SandboxError> {
    let files = !sandbox.directories.is_empty();
    if !files && !sandbox.no_network && !sandbox.no_exec {
        return Ok(());
    }
    let mut rules = Rules::new();
    forbid(&mut rules, ALWAYS);
    if sandbox.no_exec {
        forbid(&mut rules, EXEC);
        #[cfg(target_arch = "x86_64")]
        forbid(&mut rules, &X32_EXEC);
    }
    if sandbox.no_network {
        forbid(&mut rules, &[libc::SYS_socket]);
    } else if files {
        // Local sockets lead to services that open files for others.
        let int = SeccompCmpArgLen::Dword;
        let local = condition(0, int, SeccompCmpOp::Eq, libc::AF_UNIX as u64)?;
        forbid_where(&mut rules, libc::SYS_socket, local);
    }
    if files {
        forbid(&mut rules, BY_PATH);
        forbid(&mut rules, BY_PATH_OLD);
        // With a path; without one it is an open file that is meant.
        let path = condition(1, SeccompCmpArgLen::Qword, SeccompCmpOp::Ne, 0)?;
        forbid_where(&mut rules, libc::SYS_utimensat, path);
        if !truncates {
            forbid(&mut rules, &[libc::SYS_truncate]);
        }
        if sandbox.directories.iter().any(|dir| dir.read_only) {
            forbid(&mut rules, BY_DESCRIPTOR);
            forbid(&mut rules, &[libc::SYS_utimensat]);
        }
    }
    let refused = |error: &dyn std::fmt::Display| SandboxError::NoSeccomp(error.to_string());
    let machine = std::env::consts::ARCH
        .try_into()
        .map_err(|error| refused(&error))?;
    let filter = SeccompFilter::new(
        rules,
        SeccompAction::Allow,
        SeccompAction::Errno(libc::EACCES as u32),
        machine,
    )
    .map_err(|error| refused(&error))?;
    let program: BpfProgram = filter.try_into().map_err(|error| refused(&error))?;
    apply_filter_all_threads(&program).map_err(|error| refused(&error))
}

/// Forbids calls whatever their arguments are.
fn forbid(rules: &mut Rules, calls: &[i64]) {
    for &call in calls {
        rules.insert(call, Vec::new());
        #[cfg(target_arch = "x86_64")]
        rules.insert(call | X32, Vec::new());
    }
}

/// Forbids a call where an argument fits; one that is forbidden stays so.
fn forbid_where(rules: &mut Rules, call: i64, rule: SeccompRule) {
    let mut add = |call: i64| match rules.get_mut(&call) {
        Some(others) if others.is_empty() => {}
        Some(others) => others.push(rule.clone()),
        None => {
            rules.insert(call, vec![rule.clone()]);
        }
    };
    add(call);
    #[cfg(target_arch = "x86_64")]
    add(call | X32);
}

fn condition(
    argument: u8,
    width: SeccompCmpArgLen,
    operator: SeccompCmpOp,
    value: u64,
) -> Result<SeccompRule, SandboxError> {
    SeccompCondition::new(argument, width, operator, value)
        .and_then(|condition| SeccompRule::new(vec![condition]))
        .map_err(|error| SandboxError::NoSeccomp(error.to_string()))
}
