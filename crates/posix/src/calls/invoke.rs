//! `invoke_<signature>`: calls a function pointer such that `longjmp` and C++
//! exceptions come back to the caller as a flag.

use super::legacy::leave_high_word;
use crate::ctx::Ctx;
use crate::exit::{LongJump, Thrown, unwind};
use crate::exports::{EMULATED_PARAMS, is_emulated};
use crate::guest::GuestPtr;
use alloc::vec::Vec;
use wasmjit_module::{FuncType, ValType};
use wasmjit_runtime::vm::RawValue;
use wasmjit_runtime::{Trap, TrapCode};

/// Most parameters that need no allocation.
const INLINE: usize = 16;

/// What an import `invoke_<signature>` does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Invoke {
    /// Types of the function that is called.
    params: Vec<ValType>,
    result: Option<ValType>,
    /// 64-bit integers come as two of 32 bits each, and a 64-bit result goes as
    /// its low half with the high one left aside.
    split: bool,
}

impl Invoke {
    /// Understands an import by its name and type; `None` when they do not fit
    /// together.
    pub(crate) fn parse(name: &str, ty: &FuncType, wide: bool) -> Option<Self> {
        let letters = name.strip_prefix("invoke_")?;
        let pointer = if wide { ValType::I64 } else { ValType::I32 };
        let val_type = |letter: u8| match letter {
            b'i' => Some(ValType::I32),
            b'j' => Some(ValType::I64),
            b'f' => Some(ValType::F32),
            b'd' => Some(ValType::F64),
            b'p' => Some(pointer),
            _ => None,
        };
        let (&first, rest) = letters.as_bytes().split_first()?;
        let result = match first {
            b'v' => None,
            letter => Some(val_type(letter)?),
        };
        let params = rest
            .iter()
            .map(|&letter| val_type(letter))
            .collect::<Option<Vec<_>>>()?;
        [false, true]
            .into_iter()
            .map(|split| Self {
                params: params.clone(),
                result,
                split,
            })
            .find(|invoke| {
                let (params, results) = invoke.import_type(pointer);
                ty.params() == params && ty.results() == results
            })
    }

    /// Type of the import.
    fn import_type(&self, pointer: ValType) -> (Vec<ValType>, Vec<ValType>) {
        let mut params = alloc::vec![pointer];
        for &ty in &self.params {
            match ty {
                ValType::I64 if self.split => params.extend([ValType::I32, ValType::I32]),
                ty => params.push(ty),
            }
        }
        let result = self.result.map(|ty| match ty {
            ValType::I64 if self.split => ValType::I32,
            ty => ty,
        });
        (params, result.into_iter().collect())
    }

    /// Carries a call out.
    pub(crate) fn call(&self, ctx: &mut Ctx<'_, '_>, values: &mut [RawValue]) -> Result<(), Trap> {
        let pointer = match ctx.wide() {
            true => values[0].u64(),
            false => values[0].u32() as u64,
        };
        let function = ctx.function(pointer)?;
        let ty = function.ty(ctx.store());
        let same = ty.params() == self.params && ty.results() == self.result.as_slice();
        let emulated = !same && self.params.len() <= EMULATED_PARAMS && is_emulated(&ty);
        if !same && !emulated {
            return Err(TrapCode::IndirectCallTypeMismatch.into());
        }
        let slots = match emulated {
            true => EMULATED_PARAMS,
            false => self.params.len().max(1),
        };
        let mut inline = [RawValue::ZERO; INLINE];
        let mut allocated;
        let arguments = if slots <= INLINE {
            &mut inline[..slots]
        } else {
            allocated = alloc::vec![RawValue::ZERO; slots];
            &mut allocated[..]
        };
        let mut from = values[1..].iter();
        for (argument, ty) in arguments.iter_mut().zip(&self.params) {
            let mut next = || from.next().copied().unwrap_or(RawValue::ZERO);
            *argument = match ty {
                ValType::I64 if self.split => {
                    let (low, high) = (next(), next());
                    RawValue::from_u64(low.u32() as u64 | (high.u32() as u64) << 32)
                }
                ValType::I32 | ValType::F32 if emulated => RawValue::from_u64(next().u32() as u64),
                _ => next(),
            };
        }
        let stack = match ctx.exports().stack_save {
            Some(save) => Some(ctx.call_guest(save, &[])?),
            None => None,
        };
        let invocations = &ctx.thread().invocations;
        invocations.set(invocations.get() + 1);
        // SAFETY: the types were compared, or all are integers of 64 bits, and there is
        // room for the result.
        let outcome = unsafe { ctx.call_raw(function, arguments) };
        invocations.set(invocations.get() - 1);
        let result = match outcome {
            Ok(()) => arguments[0],
            Err(trap) if is_caught(&trap) => {
                if let (Some(restore), Some(stack)) = (ctx.exports().stack_restore, stack) {
                    ctx.call_guest(restore, &[stack])?;
                }
                if let Some(set_threw) = ctx.exports().set_threw {
                    ctx.call_guest(set_threw, &[1, 0])?;
                }
                RawValue::ZERO
            }
            Err(trap) => return Err(trap),
        };
        match self.result {
            Some(ValType::I64) if self.split => {
                leave_high_word(ctx, (result.u64() >> 32) as u32)?;
                values[0] = RawValue::from_u64(result.u32() as u64);
            }
            Some(_) => values[0] = result,
            None => {}
        }
        Ok(())
    }
}

fn is_caught(trap: &Trap) -> bool {
    trap.downcast_host::<LongJump>().is_some() || trap.downcast_host::<Thrown>().is_some()
}

/// `_emscripten_throw_longjmp()`: to the nearest `invoke_`.
pub(crate) fn throw_longjmp(ctx: &mut Ctx<'_, '_>) -> Result<(), Trap> {
    Err(unwind(ctx, LongJump))
}

/// `emscripten_longjmp(environment, value)`
pub(crate) fn longjmp(
    ctx: &mut Ctx<'_, '_>,
    environment: GuestPtr<u8>,
    value: i32,
) -> Result<(), Trap> {
    if let Some(set_threw) = ctx.exports().set_threw {
        let value = if value == 0 { 1 } else { value };
        ctx.call_guest(set_threw, &[environment.address(), value as u32 as u64])?;
    }
    Err(unwind(ctx, LongJump))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ValType::{F64, I32, I64};

    #[test]
    fn names_and_types() {
        let parse = |name: &str, params: &[ValType], results: &[ValType]| {
            let ty = FuncType::new(params.iter().copied(), results.iter().copied());
            Invoke::parse(name, &ty, false)
        };
        let plain = parse("invoke_iid", &[I32, I32, F64], &[I32]).unwrap();
        assert_eq!(plain.params, [I32, F64]);
        assert!(!plain.split);
        let split = parse("invoke_jij", &[I32, I32, I32, I32], &[I32]).unwrap();
        assert_eq!((split.params, split.split), (alloc::vec![I32, I64], true));
        let whole = parse("invoke_jij", &[I32, I32, I64], &[I64]).unwrap();
        assert!(!whole.split);
        assert!(parse("invoke_v", &[I32], &[]).is_some());
        assert!(parse("invoke_vi", &[I32], &[]).is_none());
        assert!(parse("invoke_", &[I32], &[]).is_none());
        assert!(parse("invoke_xi", &[I32, I32], &[]).is_none());
        assert!(parse("invoke", &[I32], &[]).is_none());
    }
}
