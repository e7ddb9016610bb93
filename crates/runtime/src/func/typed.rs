//! Functions with a static type.

use super::{Func, INLINE_VALUES, invoke};
use crate::error::TypeMismatch;
use crate::instance::InstanceData;
use crate::store::Store;
use crate::trap::Trap;
use crate::types::{Signature, value_matches};
use crate::value::{ExnRef, ExternRef};
use crate::vm::{FUNC_HOST, RawValue, VMFuncRef};
use alloc::string::ToString;
use core::fmt;
use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::ptr;
use wasmjit_module::{FuncType, ValType};

mod sealed {
    pub trait Sealed {}
}
use sealed::Sealed;

/// Rust types that stand for WebAssembly types: integers and floats of 32 and
/// 64 bits, `u128` for `v128`, and `Option<Func>`, `Option<ExternRef>` and
/// `Option<ExnRef>` for references.
pub trait WasmTy: Sealed + Copy + 'static {
    /// The WebAssembly type.
    const TYPE: ValType;

    /// In the form of compiled code.
    ///
    /// # Errors
    /// When a host function cannot be made callable.
    #[doc(hidden)]
    fn into_raw(self, store: &mut Store) -> Result<RawValue, Trap>;

    /// From the form of compiled code.
    ///
    /// # Safety
    /// `raw` must hold a value of that type of the store.
    #[doc(hidden)]
    unsafe fn from_raw(store: &Store, raw: RawValue) -> Self;
}

macro_rules! wasm_number {
    ($( $ty:ty, $wasm:ident, |$value:ident| $to:expr, |$raw:ident| $from:expr; )*) => { $(
        impl Sealed for $ty {}

        impl WasmTy for $ty {
            const TYPE: ValType = ValType::$wasm;

            #[inline]
            fn into_raw(self, _store: &mut Store) -> Result<RawValue, Trap> {
                let $value = self;
                Ok($to)
            }

            #[inline]
            unsafe fn from_raw(_store: &Store, $raw: RawValue) -> Self {
                $from
            }
        }
    )* };
}

wasm_number! {
    i32, I32, |value| RawValue::from_i32(value), |raw| raw.i32();
    u32, I32, |value| RawValue::from_i32(value as i32), |raw| raw.u32();
    i64, I64, |value| RawValue::from_i64(value), |raw| raw.i64();
    u64, I64, |value| RawValue::from_u64(value), |raw| raw.u64();
    f32, F32, |value| RawValue::from_f32_bits(value.to_bits()), |raw| f32::from_bits(raw.f32_bits());
    f64, F64, |value| RawValue::from_f64_bits(value.to_bits()), |raw| f64::from_bits(raw.f64_bits());
    u128, V128, |value| RawValue::from_v128(value), |raw| raw.v128();
}

impl Sealed for Option<Func> {}

impl WasmTy for Option<Func> {
    const TYPE: ValType = ValType::FUNCREF;

    fn into_raw(self, store: &mut Store) -> Result<RawValue, Trap> {
        Ok(match self {
            Some(func) => RawValue::from_u64(func.to_raw(store)?),
            None => RawValue::ZERO,
        })
    }

    unsafe fn from_raw(store: &Store, raw: RawValue) -> Self {
        // SAFETY: the caller vouches for it.
        unsafe { Func::from_raw(store, raw.u64()) }
    }
}

impl Sealed for Option<ExternRef> {}

impl WasmTy for Option<ExternRef> {
    const TYPE: ValType = ValType::EXTERNREF;

    fn into_raw(self, _store: &mut Store) -> Result<RawValue, Trap> {
        Ok(RawValue::from_u64(ExternRef::to_raw(self)))
    }

    unsafe fn from_raw(_store: &Store, raw: RawValue) -> Self {
        ExternRef::from_raw(raw.u64())
    }
}

impl Sealed for Option<ExnRef> {}

impl WasmTy for Option<ExnRef> {
    const TYPE: ValType = ValType::EXNREF;

    fn into_raw(self, store: &mut Store) -> Result<RawValue, Trap> {
        Ok(match self {
            Some(exception) => {
                store.check_exception(exception);
                RawValue::from_u64(exception.0 as u64)
            }
            None => RawValue::ZERO,
        })
    }

    unsafe fn from_raw(store: &Store, raw: RawValue) -> Self {
        store.hand_out_exception(raw.u64() as usize)
    }
}

/// Parameters of a [`TypedFunc`]: a [`WasmTy`], or a tuple of up to 12.
pub trait WasmParams: 'static {
    /// Their types.
    const TYPES: &'static [ValType];

    /// Writes them in the form of compiled code.
    ///
    /// # Errors
    /// When a host function cannot be made callable.
    ///
    /// # Safety
    /// There must be room for all of them.
    #[doc(hidden)]
    unsafe fn store(self, store: &mut Store, to: *mut RawValue) -> Result<(), Trap>;
}

/// Results of a [`TypedFunc`] or of a host closure: nothing, a [`WasmTy`], or a
/// tuple of up to 12.
pub trait WasmResults: Sized + 'static {
    /// Their types.
    const TYPES: &'static [ValType];

    /// Writes them in the form of compiled code.
    ///
    /// # Errors
    /// When a host function cannot be made callable.
    ///
    /// # Safety
    /// There must be room for all of them.
    #[doc(hidden)]
    unsafe fn store(self, store: &mut Store, to: *mut RawValue) -> Result<(), Trap>;

    /// Reads them from the form of compiled code.
    ///
    /// # Safety
    /// There must be values of those types of the store.
    #[doc(hidden)]
    unsafe fn load(store: &Store, from: *const RawValue) -> Self;
}

impl<T: WasmTy> WasmParams for T {
    const TYPES: &'static [ValType] = &[T::TYPE];

    #[inline]
    unsafe fn store(self, store: &mut Store, to: *mut RawValue) -> Result<(), Trap> {
        let raw = self.into_raw(store)?;
        // SAFETY: the caller vouches for the room.
        unsafe { to.write(raw) };
        Ok(())
    }
}

impl<T: WasmTy> WasmResults for T {
    const TYPES: &'static [ValType] = &[T::TYPE];

    #[inline]
    unsafe fn store(self, store: &mut Store, to: *mut RawValue) -> Result<(), Trap> {
        let raw = self.into_raw(store)?;
        // SAFETY: the caller vouches for the room.
        unsafe { to.write(raw) };
        Ok(())
    }

    #[inline]
    unsafe fn load(store: &Store, from: *const RawValue) -> Self {
        // SAFETY: the caller vouches for the value.
        unsafe { T::from_raw(store, from.read()) }
    }
}

macro_rules! tuples {
    ($($item:ident $index:tt)*) => {
        impl<$($item: WasmTy),*> WasmParams for ($($item,)*) {
            const TYPES: &'static [ValType] = &[$($item::TYPE),*];

            #[inline]
            #[allow(unused_variables)]
            unsafe fn store(self, store: &mut Store, to: *mut RawValue) -> Result<(), Trap> {
                $(
                    let raw = self.$index.into_raw(store)?;
                    // SAFETY: the caller vouches for the room.
                    unsafe { to.add($index).write(raw) };
                )*
                Ok(())
            }
        }

        impl<$($item: WasmTy),*> WasmResults for ($($item,)*) {
            const TYPES: &'static [ValType] = &[$($item::TYPE),*];

            #[inline]
            #[allow(unused_variables)]
            unsafe fn store(self, store: &mut Store, to: *mut RawValue) -> Result<(), Trap> {
                $(
                    let raw = self.$index.into_raw(store)?;
                    // SAFETY: the caller vouches for the room.
                    unsafe { to.add($index).write(raw) };
                )*
                Ok(())
            }

            #[inline]
            #[allow(unused_variables, clippy::unused_unit)]
            unsafe fn load(store: &Store, from: *const RawValue) -> Self {
                // SAFETY: the caller vouches for the values.
                ($( unsafe { $item::from_raw(store, from.add($index).read()) }, )*)
            }
        }
    };
}

tuples!();
tuples!(A 0);
tuples!(A 0 B 1);
tuples!(A 0 B 1 C 2);
tuples!(A 0 B 1 C 2 D 3);
tuples!(A 0 B 1 C 2 D 3 E 4);
tuples!(A 0 B 1 C 2 D 3 E 4 F 5);
tuples!(A 0 B 1 C 2 D 3 E 4 F 5 G 6);
tuples!(A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7);
tuples!(A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8);
tuples!(A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9);
tuples!(A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10);
tuples!(A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11);

/// A function whose type is known to Rust: calls check nothing and allocate
/// nothing.
pub struct TypedFunc<P, R> {
    func: Func,
    /// A copy of what the function's reference points to.
    vm: VMFuncRef,
    /// Null when none is needed, or it could not be compiled: then each call
    /// tries again.
    trampoline: *const u8,
    types: PhantomData<fn(P) -> R>,
}

/// Whether calls of the function always go to compiled code.
fn compiled_only(function: &VMFuncRef) -> bool {
    if function.function == FUNC_HOST {
        return false;
    }
    // SAFETY: the context of a WebAssembly function is an instance's.
    let instance = unsafe { &*(*function.vmctx).instance.cast::<InstanceData>() };
    instance.module.interpreter().is_none()
}

impl<P, R> Clone for TypedFunc<P, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P, R> Copy for TypedFunc<P, R> {}

impl<P: WasmParams, R: WasmResults> TypedFunc<P, R> {
    pub(super) fn new(func: Func, store: &Store) -> Result<Self, TypeMismatch> {
        let ty = func.ty(store);
        let (params, results) = (P::TYPES, R::TYPES);
        let fits = params.len() == ty.params().len()
            && results.len() == ty.results().len()
            && params
                .iter()
                .zip(ty.params())
                .all(|(&given, &wanted)| value_matches(given, wanted))
            && results
                .iter()
                .zip(ty.results())
                .all(|(&wanted, &given)| value_matches(given, wanted));
        if !fits {
            let wanted = FuncType::new(params.iter().copied(), results.iter().copied());
            return Err(TypeMismatch {
                expected: Signature(&wanted).to_string(),
                found: Signature(&ty).to_string(),
            });
        }
        let vm = func.vm(store);
        let trampoline = match compiled_only(&vm) {
            true => store.engine().entry_trampoline(vm.type_id),
            false => Ok(ptr::null()),
        };
        Ok(Self {
            func,
            vm,
            trampoline: trampoline.unwrap_or(ptr::null()),
            types: PhantomData,
        })
    }

    /// The function.
    pub fn func(&self) -> Func {
        self.func
    }

    /// Calls it.
    ///
    /// # Errors
    /// When it traps.
    #[inline]
    pub fn call(&self, store: &mut Store, params: P) -> Result<R, Trap> {
        store.check(self.func.store);
        let mut values = [const { MaybeUninit::<RawValue>::uninit() }; INLINE_VALUES];
        let values = values.as_mut_ptr().cast::<RawValue>();
        // SAFETY: there is room for 12 values, the most that `P` and `R` can
        // be; `new` has checked that they are the function's.
        unsafe {
            params.store(store, values)?;
            invoke(store, &self.vm, self.trampoline, values)?;
            Ok(R::load(store, values))
        }
    }
}

impl<P, R> fmt::Debug for TypedFunc<P, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TypedFunc").field(&self.func).finish()
    }
}
