//! What a handler of the table is: a Rust function whose types say the
//! WebAssembly signature and the convention for errors.

use crate::ctx::Ctx;
use crate::errno::Errno;
use crate::guest::GuestPtr;
use crate::table::meaning::Parameter;
use core::fmt;
use core::marker::PhantomData;
use wasmjit_module::ValType;
use wasmjit_runtime::Trap;
use wasmjit_runtime::vm::RawValue;

/// Type of a parameter or result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// 32-bit integer.
    I32,
    /// 64-bit integer.
    I64,
    /// 32-bit float.
    F32,
    /// 64-bit float.
    F64,
    /// As wide as a pointer.
    Word,
}

impl Kind {
    /// The type in a module whose pointers have 64 bits (`wide`) or 32.
    pub const fn val_type(self, wide: bool) -> ValType {
        match (self, wide) {
            (Self::I32, _) | (Self::Word, false) => ValType::I32,
            (Self::I64, _) | (Self::Word, true) => ValType::I64,
            (Self::F32, _) => ValType::F32,
            (Self::F64, _) => ValType::F64,
        }
    }
}

/// How a handler reports errors to the guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Convention {
    /// Result or negative error number.
    Kernel,
    /// Zero or error number.
    Wasi,
    /// Result, or -1 with the number in `errno`.
    Libc,
    /// A value; it does not fail.
    Plain,
}

impl fmt::Display for Convention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kernel => "-errno",
            Self::Wasi => "errno",
            Self::Libc => "-1 and errno",
            Self::Plain => "value",
        })
    }
}

/// Why a handler has no result: an error for the guest, or the end of the
/// computation.
#[derive(Debug)]
pub(crate) enum Stop {
    /// An error number for the guest.
    Errno(Errno),
    /// Leaves the guest.
    Trap(Trap),
}

impl From<Errno> for Stop {
    fn from(errno: Errno) -> Self {
        Self::Errno(errno)
    }
}

impl From<Trap> for Stop {
    fn from(trap: Trap) -> Self {
        Self::Trap(trap)
    }
}

/// A [`Stop`] that is reported by the convention `C`.
pub(crate) struct Fail<C>(Stop, PhantomData<C>);

macro_rules! fail_from {
    ($($from:ty),*) => {
        $(
            impl<C> From<$from> for Fail<C> {
                fn from(stop: $from) -> Self {
                    Self(stop.into(), PhantomData)
                }
            }
        )*
    };
}

fail_from!(Errno, Trap, Stop);

/// [`Convention::Kernel`]
pub(crate) enum KernelStyle {}
/// [`Convention::Wasi`]
pub(crate) enum WasiStyle {}
/// [`Convention::Libc`]
pub(crate) enum LibcStyle {}

/// Result of a system call.
pub(crate) type SysResult = Result<u64, Fail<KernelStyle>>;
/// Result of a call of WASI.
pub(crate) type WasiResult = Result<(), Fail<WasiStyle>>;
/// Result of a function of the C library.
pub(crate) type LibcResult = Result<i32, Fail<LibcStyle>>;

/// A parameter.
pub(crate) trait Param {
    /// Its type.
    const KIND: Kind;

    /// From a WebAssembly value; `wide` as for [`Kind::val_type`].
    fn from_raw(value: RawValue, wide: bool) -> Self;
}

macro_rules! params {
    ($($ty:ty = $kind:ident, |$value:ident, $wide:ident| $from:expr;)*) => {
        $(
            impl Param for $ty {
                const KIND: Kind = Kind::$kind;

                fn from_raw($value: RawValue, $wide: bool) -> Self {
                    $from
                }
            }
        )*
    };
}

params! {
    i32 = I32, |value, _wide| value.i32();
    u32 = I32, |value, _wide| value.u32();
    i64 = I64, |value, _wide| value.i64();
    u64 = I64, |value, _wide| value.u64();
    f64 = F64, |value, _wide| f64::from_bits(value.f64_bits());
    Size = Word, |value, wide| Self(word(value, wide));
}

/// A `size_t`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size(pub u64);

fn word(value: RawValue, wide: bool) -> u64 {
    if wide {
        value.u64()
    } else {
        value.u32() as u64
    }
}

impl<T: ?Sized> Param for GuestPtr<T> {
    const KIND: Kind = Kind::Word;

    fn from_raw(value: RawValue, wide: bool) -> Self {
        Self::new(word(value, wide))
    }
}

/// What a handler returns.
pub(crate) trait Outcome {
    /// Type of the result.
    const RESULT: Option<Kind>;
    /// How errors are reported.
    const CONVENTION: Convention;

    /// The WebAssembly value; `None` when the call is to be carried out again.
    ///
    /// # Errors
    /// When the computation ends here.
    fn into_raw(self, ctx: &mut Ctx<'_, '_>) -> Result<Option<RawValue>, Trap>;
}

/// A value that a handler returns.
pub(crate) trait Value {
    /// Its type.
    const KIND: Option<Kind>;

    /// As a WebAssembly value.
    fn into_raw(self) -> RawValue;
}

macro_rules! values {
    ($($ty:ty = $kind:expr, |$value:ident| $into:expr;)*) => {
        $(
            impl Value for $ty {
                const KIND: Option<Kind> = $kind;

                fn into_raw(self) -> RawValue {
                    let $value = self;
                    $into
                }
            }
        )*
    };
}

values! {
    () = None, |_unit| RawValue::ZERO;
    i32 = Some(Kind::I32), |value| RawValue::from_i32(value);
    u32 = Some(Kind::I32), |value| RawValue::from_u64(value as u64);
    i64 = Some(Kind::I64), |value| RawValue::from_i64(value);
    f64 = Some(Kind::F64), |value| RawValue::from_f64_bits(value.to_bits());
    Size = Some(Kind::Word), |value| RawValue::from_u64(value.0);
}

impl<T: ?Sized> Value for GuestPtr<T> {
    const KIND: Option<Kind> = Some(Kind::Word);

    fn into_raw(self) -> RawValue {
        RawValue::from_u64(self.address())
    }
}

impl<V: Value> Outcome for V {
    const RESULT: Option<Kind> = V::KIND;
    const CONVENTION: Convention = Convention::Plain;

    fn into_raw(self, _ctx: &mut Ctx<'_, '_>) -> Result<Option<RawValue>, Trap> {
        Ok(Some(Value::into_raw(self)))
    }
}

impl<V: Value> Outcome for Result<V, Trap> {
    const RESULT: Option<Kind> = V::KIND;
    const CONVENTION: Convention = Convention::Plain;

    fn into_raw(self, _ctx: &mut Ctx<'_, '_>) -> Result<Option<RawValue>, Trap> {
        self.map(|value| Some(Value::into_raw(value)))
    }
}

impl<C> Fail<C> {
    /// Why, without the convention.
    pub(crate) fn stop(self) -> Stop {
        self.0
    }

    /// The error for the guest; `None` when the call is to be carried out again. A
    /// call that was interrupted for the sake of the host does not return to the
    /// guest, and signals are delivered first.
    fn errno(self, ctx: &mut Ctx<'_, '_>) -> Result<Option<Errno>, Trap> {
        match self.0 {
            Stop::Errno(errno) => {
                if matches!(errno, Errno::EINTR | Errno::ERESTARTSYS) {
                    ctx.poll()?;
                    crate::calls::threads::cancel_where_it_waits(ctx)?;
                    if errno == Errno::ERESTARTSYS {
                        return Ok(None);
                    }
                }
                ctx.thread().last_error.set(Some(errno));
                Ok(Some(errno))
            }
            Stop::Trap(trap) => Err(trap),
        }
    }
}

impl Outcome for SysResult {
    const RESULT: Option<Kind> = Some(Kind::Word);
    const CONVENTION: Convention = Convention::Kernel;

    fn into_raw(self, ctx: &mut Ctx<'_, '_>) -> Result<Option<RawValue>, Trap> {
        Ok(match self {
            Ok(value) => Some(RawValue::from_u64(value)),
            Err(fail) => fail
                .errno(ctx)?
                .map(|errno| RawValue::from_i64(-(errno.emscripten() as i64))),
        })
    }
}

impl Outcome for WasiResult {
    const RESULT: Option<Kind> = Some(Kind::I32);
    const CONVENTION: Convention = Convention::Wasi;

    fn into_raw(self, ctx: &mut Ctx<'_, '_>) -> Result<Option<RawValue>, Trap> {
        Ok(match self {
            Ok(()) => Some(RawValue::ZERO),
            Err(fail) => {
                let errno = fail.errno(ctx)?;
                errno.map(|errno| RawValue::from_u64(ctx.guest_errno(errno) as u64))
            }
        })
    }
}

impl Outcome for LibcResult {
    const RESULT: Option<Kind> = Some(Kind::I32);
    const CONVENTION: Convention = Convention::Libc;

    fn into_raw(self, ctx: &mut Ctx<'_, '_>) -> Result<Option<RawValue>, Trap> {
        Ok(match self {
            Ok(value) => Some(RawValue::from_i32(value)),
            Err(fail) => match fail.errno(ctx)? {
                Some(errno) => {
                    ctx.set_errno(errno)?;
                    Some(RawValue::from_i32(-1))
                }
                None => None,
            },
        })
    }
}

/// A function that can stand in the table: takes the context and up to seven
/// parameters.
pub(crate) trait Handler<A, R>: Copy {
    /// Types of the parameters.
    const PARAMS: &'static [Kind];
    /// Type of the result.
    const RESULT: Option<Kind>;
    /// How errors are reported.
    const CONVENTION: Convention;

    /// Calls it with parameters from `values`, which has room for the result.
    ///
    /// # Errors
    /// When the computation ends here.
    fn invoke(self, ctx: &mut Ctx<'_, '_>, values: &mut [RawValue]) -> Result<(), Trap>;
}

/// Carries a call out, and delivers the signals that arrive meanwhile; again, if
/// one of them has kept it from being made.
///
/// # Errors
/// When the computation ends here.
#[inline]
fn carry_out<O: Outcome>(
    ctx: &mut Ctx<'_, '_>,
    call: impl Fn(&mut Ctx<'_, '_>) -> O,
) -> Result<RawValue, Trap> {
    loop {
        let outcome = call(ctx);
        ctx.attend()?;
        if let Some(value) = outcome.into_raw(ctx)? {
            return Ok(value);
        }
    }
}

macro_rules! handlers {
    ($($name:ident $index:literal),*) => {
        impl<F, R, $($name),*> Handler<($($name,)*), R> for F
        where
            F: Fn(&mut Ctx<'_, '_>, $($name),*) -> R + Copy,
            R: Outcome,
            $($name: Param,)*
        {
            const PARAMS: &'static [Kind] = &[$($name::KIND),*];
            const RESULT: Option<Kind> = R::RESULT;
            const CONVENTION: Convention = R::CONVENTION;

            #[inline]
            fn invoke(self, ctx: &mut Ctx<'_, '_>, values: &mut [RawValue]) -> Result<(), Trap> {
                let _wide = ctx.wide();
                let value = carry_out(ctx, |ctx| {
                    self(ctx, $($name::from_raw(values[$index], _wide)),*)
                })?;
                if R::RESULT.is_some() {
                    values[0] = value;
                }
                Ok(())
            }
        }
    };
}

handlers!();
handlers!(A 0);
handlers!(A 0, B 1);
handlers!(A 0, B 1, C 2);
handlers!(A 0, B 1, C 2, D 3);
handlers!(A 0, B 1, C 2, D 3, E 4);
handlers!(A 0, B 1, C 2, D 3, E 4, G 5);
handlers!(A 0, B 1, C 2, D 3, E 4, G 5, H 6);
handlers!(A 0, B 1, C 2, D 3, E 4, G 5, H 6, I 7);
handlers!(A 0, B 1, C 2, D 3, E 4, G 5, H 6, I 7, J 8);

/// A function that fails with an error number, and under which convention.
#[derive(Clone, Copy)]
pub(crate) struct AsKernel<F>(pub(crate) F);

/// A function that fails with an error number, by the C library's convention.
#[derive(Clone, Copy)]
pub(crate) struct AsLibc<F>(pub(crate) F);

/// What becomes a [`Stop`]; every error of a handler does.
pub(crate) trait IntoStop {
    fn into_stop(self) -> Stop;
}

impl IntoStop for Errno {
    fn into_stop(self) -> Stop {
        Stop::Errno(self)
    }
}

impl IntoStop for Stop {
    fn into_stop(self) -> Stop {
        self
    }
}

impl<C> IntoStop for Fail<C> {
    fn into_stop(self) -> Stop {
        self.0
    }
}

macro_rules! converted {
    ($($name:ident $index:literal),*) => {
        impl<F, S, $($name),*> Handler<($($name,)*), S> for AsKernel<F>
        where
            F: Fn(&mut Ctx<'_, '_>, $($name),*) -> Result<u64, S> + Copy,
            S: IntoStop,
            $($name: Param,)*
        {
            const PARAMS: &'static [Kind] = &[$($name::KIND),*];
            const RESULT: Option<Kind> = <SysResult as Outcome>::RESULT;
            const CONVENTION: Convention = Convention::Kernel;

            #[inline]
            fn invoke(self, ctx: &mut Ctx<'_, '_>, values: &mut [RawValue]) -> Result<(), Trap> {
                let _wide = ctx.wide();
                values[0] = carry_out(ctx, |ctx| -> SysResult {
                    let outcome = self.0(ctx, $($name::from_raw(values[$index], _wide)),*);
                    outcome.map_err(|stop| stop.into_stop().into())
                })?;
                Ok(())
            }
        }

        impl<F, S, $($name),*> Handler<($($name,)*), S> for AsLibc<F>
        where
            F: Fn(&mut Ctx<'_, '_>, $($name),*) -> Result<u64, S> + Copy,
            S: IntoStop,
            $($name: Param,)*
        {
            const PARAMS: &'static [Kind] = &[$($name::KIND),*];
            const RESULT: Option<Kind> = <LibcResult as Outcome>::RESULT;
            const CONVENTION: Convention = Convention::Libc;

            #[inline]
            fn invoke(self, ctx: &mut Ctx<'_, '_>, values: &mut [RawValue]) -> Result<(), Trap> {
                let _wide = ctx.wide();
                values[0] = carry_out(ctx, |ctx| -> LibcResult {
                    let outcome = self.0(ctx, $($name::from_raw(values[$index], _wide)),*);
                    outcome
                        .map(|value| value as i32)
                        .map_err(|stop| stop.into_stop().into())
                })?;
                Ok(())
            }
        }
    };
}

converted!();
converted!(A 0);
converted!(A 0, B 1);
converted!(A 0, B 1, C 2);
converted!(A 0, B 1, C 2, D 3);
converted!(A 0, B 1, C 2, D 3, E 4);
converted!(A 0, B 1, C 2, D 3, E 4, G 5);

/// A handler without its Rust types.
pub(crate) type RawHandler = fn(&mut Ctx<'_, '_>, &mut [RawValue]) -> Result<(), Trap>;

/// A handler with its signature: one way in which a name may be imported.
#[derive(Clone, Copy)]
pub struct Variant {
    /// Types of the parameters.
    pub params: &'static [Kind],
    /// Type of the result.
    pub result: Option<Kind>,
    /// How errors are reported.
    pub convention: Convention,
    /// Names and meanings of the parameters.
    pub parameters: &'static [Parameter],
    pub(crate) call: RawHandler,
}

impl Variant {
    /// Describes `handler`; `call` must call it.
    pub(crate) const fn new<A, R, F: Handler<A, R>>(_handler: &F, call: RawHandler) -> Self {
        Self {
            params: F::PARAMS,
            result: F::RESULT,
            convention: F::CONVENTION,
            parameters: &[],
            call,
        }
    }

    /// Adds the parameters' descriptions, one for each.
    pub(crate) const fn with(self, parameters: &'static [Parameter]) -> Self {
        assert!(
            parameters.len() == self.params.len(),
            "a row describes as many parameters as its handler has"
        );
        Self { parameters, ..self }
    }
}

impl fmt::Debug for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Variant")
            .field("params", &self.params)
            .field("result", &self.result)
            .field("convention", &self.convention)
            .finish_non_exhaustive()
    }
}
