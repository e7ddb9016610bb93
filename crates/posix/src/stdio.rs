//! Writing stdio's buffers out when a program ends.
//!
//! A native program's `exit` does that. Emscripten leaves it to the host, and
//! with its default settings (`EXIT_RUNTIME=0`) does not even export the
//! functions: under JavaScript an unfinished line, or what was written to a file
//! that is not closed, is lost. No native program would do that to its user, so
//! here it is done as musl's `__stdio_exit` does it: for each open `FILE` with
//! unwritten text, its own `write` function is called with nothing more to write.
//! Where the module does not export `__stdio_exit` or `fflush`, the structures
//! are found by what is known of them: standard output's by its initial value in
//! the module's data, others by the buffer that `fopen` puts right behind them.

use crate::ctx::Ctx;
use crate::errno::Errno;
use crate::guest::GuestPtr;
use wasmjit_module::{ConstOp, DataMode, Module};
use wasmjit_runtime::Trap;

/// Byte offsets in musl's `struct _IO_FILE` with pointers of 32 bits.
mod offset {
    pub(super) const FLAGS: u64 = 0;
    pub(super) const CLOSE: u64 = 12;
    pub(super) const WPOS: u64 = 20;
    pub(super) const WBASE: u64 = 28;
    pub(super) const WRITE: u64 = 36;
    pub(super) const SEEK: u64 = 40;
    pub(super) const BUF: u64 = 44;
    pub(super) const BUF_SIZE: u64 = 48;
    pub(super) const FD: u64 = 60;
    pub(super) const LOCK: u64 = 76;
    pub(super) const LBF: u64 = 80;
}

/// Bytes of the structure, up to where its fields are looked at.
const FILE_HEAD: u64 = 84;

/// From a `FILE` that `fopen` has made to its buffer: the structure, whose size
/// has changed little, and 8 bytes for `ungetc`.
const BUFFER_AT: core::ops::RangeInclusive<u32> = 144..=192;

/// Size of the buffer.
const BUFSIZ: u32 = 1024;

/// Runs what a program has registered for its end, as far as the module lets the
/// host do so, and writes buffers out.
pub(crate) fn finish(ctx: &mut Ctx<'_, '_>) -> Result<(), Trap> {
    if let Some(functions) = ctx.exports().exit_functions {
        ctx.call_guest(functions, &[])?;
    }
    if let Some(stdio_exit) = ctx.exports().stdio_exit {
        ctx.call_guest(stdio_exit, &[])?;
    } else if let Some(fflush) = ctx.exports().fflush {
        ctx.call_guest(fflush, &[0])?;
    } else if !ctx.wide() {
        flush_stdout(ctx)?;
        flush_files(ctx)?;
    }
    Ok(())
}

/// Writes out what one `FILE` holds back.
fn flush(ctx: &mut Ctx<'_, '_>, file: u64) -> Result<(), Trap> {
    let word = |at: u64| ctx.memory().read(GuestPtr::<u32>::new(file + at));
    let pending = |_: ()| -> Result<Option<u32>, Errno> {
        let (base, position) = (word(offset::WBASE)?, word(offset::WPOS)?);
        Ok((position != base).then_some(word(offset::WRITE)?))
    };
    if let Ok(Some(write)) = pending(()) {
        // A pointer that is no such function was no `FILE`'s.
        match ctx.call_pointer(write as u64, &[file, 0, 0]) {
            Err(trap) if trap.code().is_none() => return Err(trap),
            _ => {}
        }
    }
    Ok(())
}

fn flush_stdout(ctx: &mut Ctx<'_, '_>) -> Result<(), Trap> {
    match find_stdout(&ctx.shared().module) {
        Some(file) => flush(ctx, file),
        None => Ok(()),
    }
}

/// Writes out the files that `fopen` has opened, if any was opened for writing.
fn flush_files(ctx: &mut Ctx<'_, '_>) -> Result<(), Trap> {
    if !ctx.shared().has_opened_for_writing() {
        return Ok(());
    }
    let mut at = 0;
    while let Some(file) = next_file(ctx, at) {
        flush(ctx, file)?;
        at = file + FILE_HEAD;
    }
    Ok(())
}

/// The next `FILE` with unwritten text at or after `at`.
fn next_file(ctx: &Ctx<'_, '_>, at: u64) -> Option<u64> {
    let memory = ctx.memory();
    let end = (memory.len() as u64).checked_sub(FILE_HEAD)?;
    let word = |at: u64| memory.read(GuestPtr::<u32>::new(at)).unwrap_or(0);
    (at..end).step_by(4).find(|&file| {
        word(file + offset::BUF_SIZE) == BUFSIZ && {
            let buffer = word(file + offset::BUF);
            let position = word(file + offset::WPOS);
            BUFFER_AT.contains(&buffer.wrapping_sub(file as u32))
                && word(file + offset::WBASE) == buffer
                && position > buffer
                && position - buffer <= BUFSIZ
                && word(file + offset::FLAGS) < 256
                && word(file + offset::CLOSE) != 0
                && word(file + offset::SEEK) != 0
                && word(file + offset::WRITE) != 0
                && word(file + offset::FD) as i32 >= 0
        }
    })
}

/// Initial value of standard output's `FILE` where it is not zero, and fields
/// that are always zero; functions and the buffer may be anything but null.
const STDOUT: [(u64, u32); 7] = [
    (offset::FLAGS, 5),
    (offset::WPOS, 0),
    (offset::WBASE, 0),
    (offset::BUF_SIZE, BUFSIZ),
    (offset::FD, 1),
    (offset::LOCK, u32::MAX),
    (offset::LBF, b'\n' as u32),
];

/// Address of standard output's `FILE`, from the module's data.
pub(crate) fn find_stdout(module: &Module) -> Option<u64> {
    let data = Data::of(module);
    let matches = |file: u64| {
        STDOUT
            .iter()
            .all(|&(offset, value)| data.word(file + offset) == value)
            && [offset::CLOSE, offset::WRITE, offset::SEEK, offset::BUF]
                .into_iter()
                .all(|offset| data.word(file + offset) != 0)
    };
    data.segments.iter().find_map(|&(start, bytes)| {
        // The size of the buffer is the rarest of its words.
        let first = start.next_multiple_of(4);
        let word = |at: u64| match bytes
            .get((at - start) as usize..)
            .and_then(<[u8]>::first_chunk)
        {
            Some(bytes) => u32::from_le_bytes(*bytes),
            None => data.word(at),
        };
        (first..start + bytes.len() as u64)
            .step_by(4)
            .filter(|&at| word(at) == BUFSIZ)
            .filter_map(|at| at.checked_sub(offset::BUF_SIZE))
            .find(|&file| matches(file))
    })
}

/// Initial contents of memory. Tools leave zeros out, so that a structure may be
/// spread over several segments.
struct Data<'a> {
    /// In ascending order.
    segments: alloc::vec::Vec<(u64, &'a [u8])>,
}

impl<'a> Data<'a> {
    fn of(module: &'a Module) -> Self {
        let mut segments: alloc::vec::Vec<_> = module
            .data
            .iter()
            .enumerate()
            .filter_map(|(i, segment)| {
                let DataMode::Active { offset, .. } = &segment.mode else {
                    return None;
                };
                match offset.0[..] {
                    [ConstOp::I32(start)] => {
                        Some((start as u32 as u64, module.data_bytes(i as u32)))
                    }
                    _ => None,
                }
            })
            .collect();
        segments.sort_by_key(|(start, _)| *start);
        Self { segments }
    }

    fn word(&self, at: u64) -> u32 {
        u32::from_le_bytes([0, 1, 2, 3].map(|i| self.byte(at + i)))
    }

    fn byte(&self, at: u64) -> u8 {
        let after = self.segments.partition_point(|(start, _)| *start <= at);
        match after.checked_sub(1).map(|i| self.segments[i]) {
            Some((start, bytes)) => bytes.get((at - start) as usize).copied().unwrap_or(0),
            None => 0,
        }
    }
}
