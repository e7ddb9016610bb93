//! Who the process is: numbers of process, user and group, and the system.

use crate::ctx::Ctx;
use crate::errno::Errno;
use crate::guest::{CString, GuestPtr};
use crate::handler::{Size, SysResult};
use crate::sys::Sys;
use wasmjit_runtime::Trap;

macro_rules! without_arguments {
    ($($name:ident = $call:ident, $doc:literal;)*) => {
        $(
            #[doc = $doc]
            pub(crate) fn $name(ctx: &mut Ctx<'_, '_>) -> SysResult {
                Ok(ctx.call(Sys::$call, ())?)
            }
        )*
    };
}

without_arguments! {
    getpid = GETPID, "`getpid()`";
    getppid = GETPPID, "`getppid()`";
    getuid = GETUID, "`getuid()`";
    geteuid = GETEUID, "`geteuid()`";
    getgid = GETGID, "`getgid()`";
    getegid = GETEGID, "`getegid()`";
    setsid = SETSID, "`setsid()`";
    gettid = GETTID, "`gettid()`";
    vhangup = VHANGUP, "`vhangup()`";
}

macro_rules! of_numbers {
    ($($name:ident($($argument:ident),*) = $call:ident, $doc:literal;)*) => {
        $(
            #[doc = $doc]
            pub(crate) fn $name(ctx: &mut Ctx<'_, '_>, $($argument: i32),*) -> SysResult {
                Ok(ctx.call(Sys::$call, ($($argument,)*))?)
            }
        )*
    };
}

of_numbers! {
    getpgid(process) = GETPGID, "`getpgid(process)`";
    getsid(process) = GETSID, "`getsid(process)`";
    setpgid(process, group) = SETPGID, "`setpgid(process, group)`";
    setuid(user) = SETUID, "`setuid(user)`";
    setgid(group) = SETGID, "`setgid(group)`";
    setreuid(real, effective) = SETREUID, "`setreuid(real, effective)`";
    setregid(real, effective) = SETREGID, "`setregid(real, effective)`";
    setresuid(real, effective, saved) = SETRESUID, "`setresuid(real, effective, saved)`";
    setresgid(real, effective, saved) = SETRESGID, "`setresgid(real, effective, saved)`";
    setfsuid(user) = SETFSUID, "`setfsuid(user)`";
    unshare(flags) = UNSHARE, "`unshare(flags)`";
    setns(descriptor, kind) = SETNS, "`setns(descriptor, kind)`";
}

/// `getresuid(real, effective, saved)`
pub(crate) fn getresuid(
    ctx: &mut Ctx<'_, '_>,
    real: GuestPtr<u32>,
    effective: GuestPtr<u32>,
    saved: GuestPtr<u32>,
) -> SysResult {
    three(ctx, Sys::GETRESUID, [real, effective, saved])
}

/// `getresgid(real, effective, saved)`
pub(crate) fn getresgid(
    ctx: &mut Ctx<'_, '_>,
    real: GuestPtr<u32>,
    effective: GuestPtr<u32>,
    saved: GuestPtr<u32>,
) -> SysResult {
    three(ctx, Sys::GETRESGID, [real, effective, saved])
}

fn three(ctx: &Ctx<'_, '_>, call: Sys, to: [GuestPtr<u32>; 3]) -> SysResult {
    let memory = ctx.memory();
    let [real, effective, saved] = to;
    let to = (
        memory.host(real, 1)?,
        memory.host(effective, 1)?,
        memory.host(saved, 1)?,
    );
    Ok(ctx.call(call, to)?)
}

/// `getgroups(size, groups)`
pub(crate) fn getgroups(ctx: &mut Ctx<'_, '_>, size: i32, to: GuestPtr<u32>) -> SysResult {
    let count = u64::try_from(size).map_err(|_| Errno::EINVAL)?;
    let to = ctx.memory().host(to, count)?;
    Ok(ctx.call(Sys::GETGROUPS, (size, to))?)
}

/// `setgroups(size, groups)`
pub(crate) fn setgroups(
    ctx: &mut Ctx<'_, '_>,
    size: Size,
    from: GuestPtr<u32>,
) -> Result<u64, Errno> {
    let from = ctx.memory().host(from, size.0)?;
    ctx.call(Sys::SETGROUPS, (size.0, from))
}

/// Bytes of a `struct utsname`, the same for guests and the kernel.
const UTSNAME: u64 = 390;

/// `uname(names)`
pub(crate) fn uname(ctx: &mut Ctx<'_, '_>, to: GuestPtr<u8>) -> SysResult {
    let to = ctx.memory().host(to, UTSNAME)?;
    Ok(ctx.call(Sys::UNAME, (to,))?)
}

/// `sethostname(name, length)`
pub(crate) fn sethostname(
    ctx: &mut Ctx<'_, '_>,
    name: GuestPtr<u8>,
    length: Size,
) -> Result<u64, Errno> {
    let name = ctx.memory().host(name, length.0)?;
    ctx.call(Sys::SETHOSTNAME, (name, length.0))
}

/// `setdomainname(name, length)`
pub(crate) fn setdomainname(ctx: &mut Ctx<'_, '_>, name: GuestPtr<u8>, length: Size) -> SysResult {
    let name = ctx.memory().host(name, length.0)?;
    Ok(ctx.call(Sys::SETDOMAINNAME, (name, length.0))?)
}

/// `_emscripten_get_progname(buffer, length)`
pub(crate) fn program_name(
    ctx: &mut Ctx<'_, '_>,
    to: GuestPtr<u8>,
    length: u32,
) -> Result<(), Trap> {
    let name = ctx.shared().args.first().map_or(&b""[..], |name| name);
    if let Ok(to) = ctx.memory().slice(to.address(), length as u64)
        && let Some(room) = to.len().checked_sub(1)
    {
        let length = to.write(&name[..name.len().min(room)]);
        to.from(length).write(&[0]);
    }
    Ok(())
}

/// `prctl(option, argument…)`: those whose arguments are numbers or the thread's
/// name.
pub(crate) fn prctl(
    ctx: &mut Ctx<'_, '_>,
    option: i32,
    varargs: GuestPtr<u32>,
) -> Result<u64, Errno> {
    const NAME: u64 = 16;
    let memory = ctx.memory();
    match option {
        // PR_SET_PDEATHSIG, PR_GET_DUMPABLE, PR_SET_DUMPABLE, PR_GET_KEEPCAPS,
        // PR_SET_KEEPCAPS, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS,
        // PR_GET_NO_NEW_PRIVS
        1 | 3 | 4 | 7 | 8 | 36 | 38 | 39 => {
            let argument = memory.read(varargs)?;
            ctx.call(Sys::PRCTL, (option, argument, 0, 0, 0))
        }
        // PR_SET_NAME
        15 => {
            let name = GuestPtr::<CString>::new(ctx.read_word(varargs.address())?);
            let text = memory.string(name, 4096)?;
            ctx.call(Sys::PRCTL, (option, text.host_address()))
        }
        // PR_GET_NAME
        16 => {
            let to = GuestPtr::<u8>::new(ctx.read_word(varargs.address())?);
            ctx.call(Sys::PRCTL, (option, memory.host(to, NAME)?))
        }
        _ => Err(Errno::EINVAL),
    }
}
