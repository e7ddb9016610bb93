//! From a module's imports to functions of the host.

use crate::calls::exceptions::find_matching_catch;
use crate::calls::invoke::Invoke;
use crate::calls::legacy::leave_high_word;
use crate::ctx::Ctx;
use crate::era::Era;
use crate::glue::Glue;
use crate::handler::{Kind, Variant};
use crate::remedy;
use crate::table::{self, Row};
use crate::thread::Thread;
use crate::trace::{Call, End, Trace};
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use wasmjit_module::{FuncType, Import, ImportType, MemoryType, Module, ValType};
use wasmjit_runtime::codegen::MemoryStyle;
use wasmjit_runtime::vm::RawValue;
use wasmjit_runtime::{
    AllocationError, DirectCalls, Extern, Func, InstantiateError, Memory, Store, Table, TableError,
    Tag, Trap, Val,
};

/// Why a program could not be started.
#[derive(Debug)]
pub enum StartError {
    /// Imports that this runtime does not provide.
    Imports(Vec<ImportReport>),
    /// The module exports nothing to run.
    NoEntry {
        /// Its names are minified and no `.js` was given.
        minified: bool,
    },
    /// What it exports has another type than a program's start.
    EntryType {
        /// Name of the export.
        name: &'static str,
    },
    /// A table that it imports could not be made.
    Table(TableError),
    /// The instance could not be made.
    Instantiate(InstantiateError),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Imports(reports) => {
                for (i, report) in reports.iter().enumerate() {
                    if i > 0 {
                        f.write_str("\n")?;
                    }
                    write!(f, "{report}")?;
                }
                Ok(())
            }
            Self::NoEntry { minified: true } => write!(
                f,
                "the module's names are minified, so its main function cannot be found; {}",
                remedy::MINIFIED
            ),
            Self::NoEntry { minified: false } => f.write_str(
                "the module exports neither _start nor main: it is not a program; \
                 link it with a main function, and without --no-entry",
            ),
            Self::EntryType { name } => {
                write!(
                    f,
                    "the export {name} does not have the type of a program's start"
                )
            }
            Self::Table(error) => write!(f, "{error}"),
            Self::Instantiate(error) => write!(f, "{error}"),
        }
    }
}

impl core::error::Error for StartError {}

/// Whether an import is provided.
#[derive(Debug, Clone)]
pub enum ImportStatus {
    /// By this row of the table.
    Provided(&'static Row),
    /// By the rule for names of its kind, as `invoke_ii`, or because the host
    /// makes what is imported: memories, tables, tags.
    ProvidedByRule,
    /// There is a function of this name, with other types.
    WrongType {
        /// Types that are provided.
        expected: String,
    },
    /// It is not known.
    Unknown {
        /// What to do about it.
        remedy: String,
    },
}

/// An import and whether it is provided.
#[derive(Debug, Clone)]
pub struct ImportReport {
    /// Module name as declared.
    pub module: String,
    /// Name; the original one where it is minified and known.
    pub name: String,
    /// Its type, as `(i32, i32) -> i32`.
    pub signature: String,
    /// Whether it is provided.
    pub status: ImportStatus,
}

impl ImportReport {
    /// Whether it is provided.
    pub fn is_provided(&self) -> bool {
        matches!(
            self.status,
            ImportStatus::Provided(_) | ImportStatus::ProvidedByRule
        )
    }
}

impl fmt::Display for ImportReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            module,
            name,
            signature,
            status,
        } = self;
        write!(f, "import {module}.{name} {signature} ")?;
        match status {
            ImportStatus::Provided(_) | ImportStatus::ProvidedByRule => f.write_str("is provided"),
            ImportStatus::WrongType { expected } => {
                write!(
                    f,
                    "is provided by this runtime with another type: {expected}"
                )
            }
            ImportStatus::Unknown { remedy } => {
                write!(f, "is not provided by this runtime; {remedy}")
            }
        }
    }
}

/// A function type as text.
pub(crate) fn signature(ty: &FuncType) -> String {
    let list = |types: &[ValType]| {
        let names: Vec<String> = types.iter().map(ToString::to_string).collect();
        names.join(", ")
    };
    match ty.results() {
        [] => format!("({})", list(ty.params())),
        [one] => format!("({}) -> {one}", list(ty.params())),
        several => format!("({}) -> ({})", list(ty.params()), list(several)),
    }
}

/// How the declared type relates to a handler's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// The same.
    Same,
    /// 64-bit integers are split into two of 32 bits.
    Split,
}

/// Types of a variant as a module of this form declares them.
fn types(variant: &Variant, form: Form, wide: bool) -> (Vec<ValType>, Option<ValType>) {
    let mut params = Vec::new();
    for kind in variant.params {
        match (kind, form) {
            (Kind::I64, Form::Split) => params.extend([ValType::I32; 2]),
            (kind, _) => params.push(kind.val_type(wide)),
        }
    }
    let result = variant.result.map(|kind| match (kind, form) {
        (Kind::I64, Form::Split) => ValType::I32,
        (kind, _) => kind.val_type(wide),
    });
    (params, result)
}

/// The variant that serves a declared type.
///
/// A result of 64 bits, split in two, looks like one of 32 bits: `_mktime_js`. The
/// era tells them apart.
fn choose(row: &'static Row, ty: &FuncType, era: &Era) -> Option<(&'static Variant, Form)> {
    let has_long_result = |variant: &&Variant| variant.result == Some(Kind::I64);
    let candidates = |form: Form| {
        row.variants.iter().find(|variant| {
            let (params, result) = types(variant, form, era.wide);
            // A result that the module does not want is dropped; one that it wants
            // and that there is not is zero.
            let fits = match (ty.results(), result) {
                ([], _) => true,
                ([one], Some(result)) => *one == result,
                ([one], None) => matches!(one, ValType::I32 | ValType::I64),
                _ => false,
            };
            fits && ty.params() == params
        })
    };
    let of = |form| candidates(form).map(|variant| (variant, form));
    let newer = || of(Form::Split).filter(|(variant, _)| has_long_result(variant));
    era.time64
        .then(newer)
        .flatten()
        .or_else(|| of(Form::Same))
        .or_else(|| of(Form::Split))
}

/// What stands behind an imported function.
enum Target {
    Row(&'static Row, &'static Variant, Form),
    Invoke(Invoke),
    /// `__cxa_find_matching_catch_N`, with so many types.
    Catch(usize),
}

/// The row for a name; minified modules do not say whether it is WASI's.
fn row(module: &str, name: &str, minified: bool) -> Option<&'static Row> {
    if minified {
        return table::lookup("env", name).or_else(|| table::lookup(crate::era::WASI, name));
    }
    table::lookup(module, name)
}

fn target(
    module: &str,
    name: &str,
    minified: bool,
    ty: &FuncType,
    era: &Era,
) -> Result<Target, ImportStatus> {
    if let Some(row) = row(module, name, minified) {
        return match choose(row, ty, era) {
            Some((variant, form)) => Ok(Target::Row(row, variant, form)),
            None => Err(ImportStatus::WrongType {
                expected: row.signatures(era.wide),
            }),
        };
    }
    if module == "env" || minified {
        if name.starts_with("invoke_")
            && let Some(invoke) = Invoke::parse(name, ty, era.wide)
        {
            return Ok(Target::Invoke(invoke));
        }
        let word = Kind::Word.val_type(era.wide);
        if name.starts_with("__cxa_find_matching_catch_")
            && ty.results() == [word]
            && ty.params().iter().all(|param| *param == word)
        {
            return Ok(Target::Catch(ty.params().len()));
        }
    }
    Err(ImportStatus::Unknown {
        remedy: remedy::remedy(module, name),
    })
}

/// The name behind a minified one, if it is known.
fn original<'a>(import: &'a Import, glue: Option<&'a Glue>) -> (&'a str, bool) {
    match glue.and_then(|glue| glue.import(&import.module, &import.name)) {
        Some(name) => (name, true),
        None => (&import.name, false),
    }
}

/// Says of each import whether it is provided.
pub fn inspect(module: &Module, glue: Option<&Glue>) -> Vec<ImportReport> {
    let era = Era::of(module, glue);
    let report = |import: &Import| {
        let (name, minified) = original(import, glue);
        let (signature, status) = match import.ty {
            ImportType::Function(ty) => {
                let ty = module.type_signature(ty);
                let status = match target(&import.module, name, minified, ty, &era) {
                    Ok(Target::Row(row, ..)) => ImportStatus::Provided(row),
                    Ok(_) => ImportStatus::ProvidedByRule,
                    Err(status) => status,
                };
                (signature(ty), status)
            }
            ImportType::Memory(_) => ("(memory)".into(), ImportStatus::ProvidedByRule),
            ImportType::Table(_) => ("(table)".into(), ImportStatus::ProvidedByRule),
            ImportType::Tag(_) => ("(tag)".into(), ImportStatus::ProvidedByRule),
            ImportType::Global(_) => (
                "(global)".into(),
                ImportStatus::Unknown {
                    remedy: remedy::GLOBAL.into(),
                },
            ),
        };
        ImportReport {
            module: import.module.clone(),
            name: name.into(),
            signature,
            status,
        }
    };
    module.imports.iter().map(report).collect()
}

/// Makes everything that a module imports.
pub(crate) fn imports(
    store: &mut Store,
    module: &Module,
    glue: Option<&Glue>,
    thread: &Rc<Thread>,
    tracer: Option<&Arc<dyn Trace>>,
) -> Result<Vec<Extern>, StartError> {
    let missing: Vec<ImportReport> = inspect(module, glue)
        .into_iter()
        .filter(|report| !report.is_provided())
        .collect();
    if !missing.is_empty() {
        return Err(StartError::Imports(missing));
    }
    let era = thread.shared().era;
    let mut externs = Vec::with_capacity(module.imports.len());
    for import in &module.imports {
        let (name, minified) = original(import, glue);
        let made = match import.ty {
            ImportType::Function(ty) => {
                let ty = module.type_signature(ty);
                match target(&import.module, name, minified, ty, &era) {
                    Ok(target) => function(store, ty, target, thread, tracer.cloned()).into(),
                    // Reported above.
                    Err(_) => continue,
                }
            }
            ImportType::Memory(ty) => {
                let memory = memory(store, ty, thread).map_err(|error| {
                    StartError::Instantiate(InstantiateError::Allocation(error))
                })?;
                thread.set_memory(memory);
                memory.into()
            }
            ImportType::Table(ty) => {
                let table = Table::new(store, ty, Val::FuncRef(None)).map_err(StartError::Table)?;
                thread.set_table(table);
                table.into()
            }
            ImportType::Tag(ty) => {
                let tag = Tag::new(store, module.type_signature(ty))
                    .map_err(|error| StartError::Instantiate(InstantiateError::Compile(error)))?;
                tag.into()
            }
            // Reported above.
            ImportType::Global(_) => continue,
        };
        externs.push(made);
    }
    Ok(externs)
}

/// Makes a memory that a module imports, or, where threads share it, takes the
/// process's.
fn memory(store: &mut Store, ty: MemoryType, thread: &Thread) -> Result<Memory, AllocationError> {
    if let Some(shared) = thread.shared().shared_memory() {
        return Memory::from_shared(store, &shared);
    }
    let memory = Memory::new(store, ty)?;
    if let Some(shared) = memory.shared(store) {
        thread.shared().set_shared_memory(shared);
    }
    Ok(memory)
}

/// Makes the host function for an import of type `ty`.
fn function(
    store: &mut Store,
    ty: &FuncType,
    target: Target,
    thread: &Rc<Thread>,
    tracer: Option<Arc<dyn Trace>>,
) -> Func {
    let thread = thread.clone();
    let ty = ty.clone();
    match target {
        Target::Row(row, variant, form) => {
            let has_result = !ty.results().is_empty();
            // Tracers want to be told of every call.
            let direct = match tracer {
                None => direct(row, &ty, &thread, store),
                Some(_) => None,
            };
            let attentive = thread.clone();
            let function = match (form, tracer) {
                // The usual case: straight to the handler.
                (Form::Same, None) if has_result == variant.result.is_some() => {
                    let call = variant.call;
                    Func::new(store, ty, move |caller, values| {
                        call(&mut Ctx::new(caller, &thread), values)
                    })
                }
                (form, tracer) => {
                    let adapter = Adapter {
                        row,
                        variant,
                        form,
                        has_result,
                        tracer,
                    };
                    Func::new(store, ty, move |caller, values| {
                        adapter.call(&mut Ctx::new(caller, &thread), values)
                    })
                }
            };
            if let Some(code) = direct {
                call_directly(store, function, code, &attentive);
            }
            function
        }
        Target::Invoke(invoke) => Func::new(store, ty, move |caller, values| {
            invoke.call(&mut Ctx::new(caller, &thread), values)
        }),
        Target::Catch(count) => Func::new(store, ty, move |caller, values| {
            find_matching_catch(&mut Ctx::new(caller, &thread), values, count)
        }),
    }
}

/// The kernel's code for a call that compiled code can make itself.
fn direct(row: &Row, ty: &FuncType, thread: &Thread, store: &Store) -> Option<*const u8> {
    let shared = thread.shared();
    // Descriptors of WASI programs have numbers of their own. The kernel may read past
    // the end of a path, where nothing must be.
    let guarded = store.engine().codegen().memory_style() == MemoryStyle::Guarded;
    if shared.era.wasi || shared.era.wide || !guarded || ty.results() != [ValType::I32] {
        return None;
    }
    let kind = |ty: &ValType| match ty {
        ValType::I32 => Some(wasmjit_direct::Kind::I32),
        ValType::I64 => Some(wasmjit_direct::Kind::I64),
        _ => None,
    };
    let kinds = ty.params().iter().map(kind).collect::<Option<Vec<_>>>()?;
    let call = wasmjit_direct::lookup(row.module, row.name, &kinds)?;
    shared.kernel.direct(call)
}

/// Lets compiled code call `code` instead of the host function.
fn call_directly(store: &mut Store, function: Func, code: *const u8, thread: &Rc<Thread>) {
    let attentive = thread.clone();
    let calls = thread
        .direct(|| DirectCalls::new(store, move |caller| Ctx::new(caller, &attentive).poll()));
    // SAFETY: the kernel's promise for the code. The function owns the thread, which
    // owns the calls.
    unsafe { function.set_direct(store, code, calls) };
}

/// Most values of a handler.
const VALUES_MAX: usize = 12;

/// Converts between the declared type and the handler's, and lets a tracer see.
struct Adapter {
    row: &'static Row,
    variant: &'static Variant,
    form: Form,
    has_result: bool,
    tracer: Option<Arc<dyn Trace>>,
}

impl Adapter {
    fn call(&self, ctx: &mut Ctx<'_, '_>, values: &mut [RawValue]) -> Result<(), Trap> {
        let mut natural = [RawValue::ZERO; VALUES_MAX];
        let mut from = values.iter().copied();
        let mut next = || from.next().unwrap_or(RawValue::ZERO);
        for (to, kind) in natural.iter_mut().zip(self.variant.params) {
            *to = match (kind, self.form) {
                (Kind::I64, Form::Split) => {
                    let (low, high) = (next(), next());
                    RawValue::from_u64(low.u32() as u64 | (high.u32() as u64) << 32)
                }
                _ => next(),
            };
        }
        let arguments = natural;
        let slots = self.variant.params.len().max(1);
        let outcome = match &self.tracer {
            None => (self.variant.call)(ctx, &mut natural[..slots]),
            Some(tracer) => self.traced(&**tracer, ctx, &arguments, &mut natural[..slots]),
        };
        let result = match (&outcome, self.variant.result) {
            (Ok(()), Some(_)) => Some(natural[0]),
            _ => None,
        };
        outcome?;
        if !self.has_result {
            return Ok(());
        }
        let result = result.unwrap_or(RawValue::ZERO);
        values[0] = match (self.variant.result, self.form) {
            (Some(Kind::I64), Form::Split) => {
                leave_high_word(ctx, (result.u64() >> 32) as u32)?;
                RawValue::from_u64(result.u32() as u64)
            }
            _ => result,
        };
        Ok(())
    }

    /// Calls the handler and tells a tracer of it.
    fn traced(
        &self,
        tracer: &dyn Trace,
        ctx: &mut Ctx<'_, '_>,
        arguments: &[RawValue; VALUES_MAX],
        values: &mut [RawValue],
    ) -> Result<(), Trap> {
        let arguments = &arguments[..self.variant.params.len()];
        let entered = tracer.enter(&self.described(ctx, arguments));
        ctx.thread().last_error.set(None);
        let outcome = (self.variant.call)(ctx, values);
        let failed = ctx.thread().last_error.take();
        if let Some(entered) = entered {
            let end = match (&outcome, failed) {
                (Err(_), _) => End::Left,
                (Ok(()), Some(errno)) => End::Failed(errno),
                (Ok(()), None) => End::Returned(self.variant.result.map(|_| values[0])),
            };
            entered.leave(&self.described(ctx, arguments), end);
        }
        outcome
    }

    /// A call as tracers are told of it, with the memory as it is now.
    fn described<'a>(&self, ctx: &'a Ctx<'_, '_>, arguments: &'a [RawValue]) -> Call<'a> {
        Call {
            row: self.row,
            variant: self.variant,
            arguments,
            era: ctx.era(),
            memory: ctx.memory(),
        }
    }
}
