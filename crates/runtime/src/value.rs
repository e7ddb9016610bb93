//! Values as the host sees them.

use crate::error::{TypeMismatch, ValueError};
use crate::func::Func;
use crate::store::Store;
use crate::types::{RefKind, ref_kind, ref_matches};
use crate::vm::RawValue;
use alloc::format;
use alloc::string::{String, ToString};
use wasmjit_module::wasmparser::UnpackedIndex;
use wasmjit_module::{HeapType, RefType, ValType};

/// An external reference: any 64-bit number of the host's choice except the
/// largest. WebAssembly code can only store it, pass it and give it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ExternRef(pub u64);

impl ExternRef {
    /// As compiled code sees it: 0 is null.
    pub(crate) fn to_raw(reference: Option<Self>) -> u64 {
        match reference {
            Some(Self(u64::MAX)) => panic!("the largest number cannot be an external reference"),
            Some(Self(number)) => number + 1,
            None => 0,
        }
    }

    pub(crate) fn from_raw(raw: u64) -> Option<Self> {
        raw.checked_sub(1).map(Self)
    }
}

/// A reference to a thrown exception of a store.
///
/// The store keeps an exception whose reference it has given to the host until
/// [`Store::release_exception`], or until the host throws it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ExnRef(pub(crate) usize);

/// A WebAssembly value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Val {
    /// 32-bit integer.
    I32(i32),
    /// 64-bit integer.
    I64(i64),
    /// Bits of a 32-bit float.
    F32(u32),
    /// Bits of a 64-bit float.
    F64(u64),
    /// 128-bit vector, lane 0 in the low bits.
    V128(u128),
    /// Function reference.
    FuncRef(Option<Func>),
    /// External reference.
    ExternRef(Option<ExternRef>),
    /// Exception reference.
    ExnRef(Option<ExnRef>),
}

impl Val {
    /// Zero, or null; `None` for references that cannot be null.
    pub fn default_for(ty: ValType) -> Option<Self> {
        Some(match ty {
            ValType::I32 => Self::I32(0),
            ValType::I64 => Self::I64(0),
            ValType::F32 => Self::F32(0),
            ValType::F64 => Self::F64(0),
            ValType::V128 => Self::V128(0),
            ValType::Ref(ty) if ty.is_nullable() => match ref_kind(ty)? {
                RefKind::Func => Self::FuncRef(None),
                RefKind::Extern => Self::ExternRef(None),
                RefKind::Exn => Self::ExnRef(None),
            },
            ValType::Ref(_) => return None,
        })
    }

    /// The number, if it is an `i32`.
    pub fn i32(self) -> Option<i32> {
        match self {
            Self::I32(value) => Some(value),
            _ => None,
        }
    }

    /// The number, if it is an `i64`.
    pub fn i64(self) -> Option<i64> {
        match self {
            Self::I64(value) => Some(value),
            _ => None,
        }
    }

    /// The number, if it is an `f32`.
    pub fn f32(self) -> Option<f32> {
        match self {
            Self::F32(bits) => Some(f32::from_bits(bits)),
            _ => None,
        }
    }

    /// The number, if it is an `f64`.
    pub fn f64(self) -> Option<f64> {
        match self {
            Self::F64(bits) => Some(f64::from_bits(bits)),
            _ => None,
        }
    }

    /// The vector, if it is one.
    pub fn v128(self) -> Option<u128> {
        match self {
            Self::V128(value) => Some(value),
            _ => None,
        }
    }

    /// Whether it is of type `ty`, whose concrete references are canonical.
    pub fn matches(&self, store: &Store, ty: ValType) -> bool {
        match (self, ty) {
            (Self::I32(_), ValType::I32)
            | (Self::I64(_), ValType::I64)
            | (Self::F32(_), ValType::F32)
            | (Self::F64(_), ValType::F64)
            | (Self::V128(_), ValType::V128) => true,
            (
                Self::FuncRef(None) | Self::ExternRef(None) | Self::ExnRef(None),
                ValType::Ref(ty),
            ) => ty.is_nullable() && self.kind() == ref_kind(ty),
            (Self::FuncRef(Some(func)), ValType::Ref(ty)) => {
                let index = UnpackedIndex::Module(func.type_id(store));
                RefType::new(false, HeapType::Concrete(index))
                    .is_some_and(|actual| ref_matches(actual, ty))
            }
            (Self::ExternRef(Some(_)), ValType::Ref(ty)) => ref_matches(RefType::EXTERN, ty),
            (Self::ExnRef(Some(_)), ValType::Ref(ty)) => ref_matches(RefType::EXN, ty),
            _ => false,
        }
    }

    fn kind(&self) -> Option<RefKind> {
        match self {
            Self::FuncRef(_) => Some(RefKind::Func),
            Self::ExternRef(_) => Some(RefKind::Extern),
            Self::ExnRef(_) => Some(RefKind::Exn),
            _ => None,
        }
    }

    /// Checks the type and converts to the form of compiled code.
    pub(crate) fn into_raw(self, store: &mut Store, ty: ValType) -> Result<RawValue, ValueError> {
        if !self.matches(store, ty) {
            return Err(ValueError::Type(TypeMismatch {
                expected: ty.to_string(),
                found: self.describe(store),
            }));
        }
        Ok(match self {
            Self::I32(value) => RawValue::from_i32(value),
            Self::I64(value) => RawValue::from_i64(value),
            Self::F32(bits) => RawValue::from_f32_bits(bits),
            Self::F64(bits) => RawValue::from_f64_bits(bits),
            Self::V128(value) => RawValue::from_v128(value),
            Self::FuncRef(None) => RawValue::ZERO,
            Self::FuncRef(Some(func)) => RawValue::from_u64(func.to_raw(store)?),
            Self::ExternRef(reference) => RawValue::from_u64(ExternRef::to_raw(reference)),
            Self::ExnRef(None) => RawValue::ZERO,
            Self::ExnRef(Some(exception)) => {
                store.check_exception(exception);
                RawValue::from_u64(exception.0 as u64)
            }
        })
    }

    /// From the form of compiled code.
    ///
    /// # Safety
    /// `raw` must hold a value of type `ty` of this store.
    pub(crate) unsafe fn from_raw(store: &Store, raw: RawValue, ty: ValType) -> Self {
        match ty {
            ValType::I32 => Self::I32(raw.i32()),
            ValType::I64 => Self::I64(raw.i64()),
            ValType::F32 => Self::F32(raw.f32_bits()),
            ValType::F64 => Self::F64(raw.f64_bits()),
            ValType::V128 => Self::V128(raw.v128()),
            ValType::Ref(ty) => match ref_kind(ty) {
                // SAFETY: the caller vouches for the reference.
                Some(RefKind::Func) => Self::FuncRef(unsafe { Func::from_raw(store, raw.u64()) }),
                Some(RefKind::Exn) => Self::ExnRef(store.hand_out_exception(raw.u64() as usize)),
                Some(RefKind::Extern) | None => Self::ExternRef(ExternRef::from_raw(raw.u64())),
            },
        }
    }

    /// Name of its type, for messages.
    pub(crate) fn describe(&self, store: &Store) -> String {
        match self {
            Self::I32(_) => "i32".into(),
            Self::I64(_) => "i64".into(),
            Self::F32(_) => "f32".into(),
            Self::F64(_) => "f64".into(),
            Self::V128(_) => "v128".into(),
            Self::FuncRef(None) | Self::ExternRef(None) | Self::ExnRef(None) => "null".into(),
            Self::FuncRef(Some(func)) => {
                format!("function {}", crate::types::Signature(&func.ty(store)))
            }
            Self::ExternRef(Some(_)) => "externref".into(),
            Self::ExnRef(Some(_)) => "exnref".into(),
        }
    }
}

macro_rules! from_number {
    ($( $from:ty => |$value:ident| $to:expr; )*) => { $(
        impl From<$from> for Val {
            fn from($value: $from) -> Self {
                $to
            }
        }
    )* };
}

from_number! {
    i32 => |value| Self::I32(value);
    u32 => |value| Self::I32(value as i32);
    i64 => |value| Self::I64(value);
    u64 => |value| Self::I64(value as i64);
    f32 => |value| Self::F32(value.to_bits());
    f64 => |value| Self::F64(value.to_bits());
    u128 => |value| Self::V128(value);
}
