//! Running other programs.

use crate::ctx::Ctx;
use crate::errno::Errno;
use crate::guest::{CString, GuestPtr};
use crate::handler::LibcResult;
use alloc::vec::Vec;

/// Linux allows so much for one argument.
const ARGUMENT_MAX: usize = 128 << 10;

/// Most bytes of arguments and environment together; Linux has the same bound.
const TOTAL_MAX: usize = 6 << 20;

/// `execve(path, arguments, environment)`
pub(crate) fn execve(
    ctx: &mut Ctx<'_, '_>,
    path: GuestPtr<CString>,
    arguments: GuestPtr<u8>,
    environment: GuestPtr<u8>,
) -> Result<u64, Errno> {
    /// Longest path, with its zero.
    const PATH_MAX: usize = 4096;
    let path = ctx.memory().string(path, PATH_MAX)?.to_vec();
    let mut room = TOTAL_MAX;
    let arguments = strings(ctx, arguments, &mut room)?;
    let environment = strings(ctx, environment, &mut room)?;
    // What the memory holds of files belongs into them.
    super::mapping::write_all_back(ctx);
    Err(ctx.kernel().execute(&path, &arguments, &environment))
}

/// The strings of an array of pointers that ends with a null; a null array is
/// empty, as on Linux.
fn strings(
    ctx: &Ctx<'_, '_>,
    array: GuestPtr<u8>,
    room: &mut usize,
) -> Result<Vec<Vec<u8>>, Errno> {
    let mut strings = Vec::new();
    if array.is_null() {
        return Ok(strings);
    }
    let mut at = array.address();
    loop {
        let word = ctx.read_word(at)?;
        if word == 0 {
            return Ok(strings);
        }
        let text = ctx.memory().string(GuestPtr::new(word), ARGUMENT_MAX);
        let text = text.map_err(|errno| match errno {
            Errno::ENAMETOOLONG => Errno::E2BIG,
            errno => errno,
        })?;
        let size = text.len() + 1 + ctx.pointer_size() as usize;
        *room = room.checked_sub(size).ok_or(Errno::E2BIG)?;
        strings.push(text.to_vec());
        at = at.checked_add(ctx.pointer_size()).ok_or(Errno::EFAULT)?;
    }
}

/// `system(command)`: a wait status.
pub(crate) fn system(ctx: &mut Ctx<'_, '_>, command: GuestPtr<CString>) -> LibcResult {
    let command = shell_command(ctx, command)?;
    Ok(ctx.kernel().system(command.as_deref())?)
}

/// `_emscripten_system(command)`: a wait status or a negative error.
pub(crate) fn system_raw(ctx: &mut Ctx<'_, '_>, command: GuestPtr<CString>) -> Result<u64, Errno> {
    let command = shell_command(ctx, command)?;
    Ok(ctx.kernel().system(command.as_deref())? as u64)
}

fn shell_command(ctx: &Ctx<'_, '_>, command: GuestPtr<CString>) -> Result<Option<Vec<u8>>, Errno> {
    if command.is_null() {
        return Ok(None);
    }
    let text = ctx.memory().string(command, ARGUMENT_MAX)?;
    Ok(Some(text.to_vec()))
}
