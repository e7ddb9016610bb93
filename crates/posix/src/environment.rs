//! The guest's environment as it is now.
//!
//! The C library keeps it to itself: `environ` is a variable in its memory whose
//! address no module tells. But when it asks for the environment, the variable
//! already holds the address that it asks with; so it can be found, where that
//! number stands in the module's static memory just once.

use crate::ctx::Ctx;
use crate::guest::{CString, GuestPtr};
use alloc::vec::Vec;
use wasmjit_module::wasmparser::Operator;
use wasmjit_module::{ConstOp, DataMode, Module};

/// Bytes behind the initialised data in which the variable is looked for.
const ZEROED: u64 = 64 << 10;

/// Most variables that are looked at, and bytes of each.
const ENTRIES_MAX: u64 = 4096;
const ENTRY_MAX: usize = 4096;

/// What programs that care about the time zone import.
const TIME_ZONE: &[&str] = &["_tzset_js", "_localtime_js", "_mktime_js"];

/// Notes where the guest keeps the address `array` of its environment, if it will
/// be asked for it.
pub(crate) fn note(ctx: &Ctx<'_, '_>, array: u64) {
    let shared = ctx.shared();
    if array == 0 || !shared.imports_any(TIME_ZONE) {
        return;
    }
    let Some((start, end)) = data(&shared.module) else {
        return;
    };
    let word = ctx.pointer_size();
    let (start, end) = (start.next_multiple_of(word), end.saturating_add(ZEROED));
    let mut found = (start..end)
        .step_by(word as usize)
        .take_while(|at| *at < array)
        .filter(|at| ctx.read_word(*at) == Ok(array));
    if let (Some(at), None) = (found.next(), found.next()) {
        shared.set_environ(at);
    }
}

/// Where the module's initialised data begin and end.
fn data(module: &Module) -> Option<(u64, u64)> {
    let active = module.data.iter().enumerate().filter_map(|(i, segment)| {
        let DataMode::Active { offset, .. } = &segment.mode else {
            return None;
        };
        let start = match offset.0[..] {
            [ConstOp::I32(start)] => start as u32 as u64,
            [ConstOp::I64(start)] => start as u64,
            _ => return None,
        };
        let length = module.data_bytes(i as u32).len() as u64;
        Some((start, start.saturating_add(length)))
    });
    let ranges = active.chain(passive(module));
    ranges.reduce(|(start, end), other| (start.min(other.0), end.max(other.1)))
}

/// Where the start function puts passive segments: of modules with shared memory, the
/// linker writes one that does.
fn passive(module: &Module) -> Vec<(u64, u64)> {
    let mut ranges = Vec::new();
    let body = module.start.and_then(|start| module.body_reader(start));
    let Some(Ok(mut operators)) = body.map(|body| body.get_operators_reader()) else {
        return ranges;
    };
    // The last three constants: where to, where from and how much.
    let mut constants = [0; 3];
    while !operators.eof()
        && let Ok(operator) = operators.read()
    {
        let constant = match operator {
            Operator::I32Const { value } => value as u32 as u64,
            Operator::I64Const { value } => value as u64,
            Operator::MemoryInit { .. } => {
                let [start, _, length] = constants;
                ranges.push((start, start.saturating_add(length)));
                continue;
            }
            _ => continue,
        };
        constants = [constants[1], constants[2], constant];
    }
    ranges
}

/// The value of a variable in the guest's environment; the inner `None` when it
/// is not set, the outer when it cannot be known.
pub(crate) fn variable(ctx: &Ctx<'_, '_>, name: &[u8]) -> Option<Option<Vec<u8>>> {
    let array = ctx.read_word(ctx.shared().environ()?).ok()?;
    if array == 0 {
        return Some(None);
    }
    let memory = ctx.memory();
    for i in 0..ENTRIES_MAX {
        let at = array.checked_add(i * ctx.pointer_size())?;
        let entry = match ctx.read_word(at).ok()? {
            0 => return Some(None),
            entry => memory.string(GuestPtr::<CString>::new(entry), ENTRY_MAX),
        };
        let Ok(entry) = entry else { continue };
        let mut start = [0; 32];
        let length = entry.read(&mut start);
        let rest = start[..length].strip_prefix(name);
        if rest.is_some_and(|rest| rest.starts_with(b"=")) {
            return Some(Some(entry.from(name.len() + 1).to_vec()));
        }
    }
    None
}
