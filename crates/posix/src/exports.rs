//! Functions of the guest that the host calls.

use crate::glue::Glue;
use wasmjit_module::{FuncType, ValType};
use wasmjit_runtime::vm::RawValue;
use wasmjit_runtime::{Func, Instance, Store, Trap};

/// Most arguments of a [`GuestFn`].
const PARAMS_MAX: usize = 8;

/// How many parameters all function pointers have in modules that are linked with
/// `EMULATE_FUNCTION_POINTER_CASTS`. wasm-opt then puts functions of one type into
/// the table, which take and return everything as 64-bit integers: smaller values are
/// zero-extended, floating-point numbers go as their bits, and what a function does
/// not take is dropped.
pub(crate) const EMULATED_PARAMS: usize = 16;

/// Whether a function has the type of [`EMULATED_PARAMS`].
pub(crate) fn is_emulated(ty: &FuncType) -> bool {
    ty.params() == [ValType::I64; EMULATED_PARAMS] && ty.results() == [ValType::I64]
}

/// A function of the guest with integer parameters and at most one integer
/// result; its type has been checked.
#[derive(Clone, Copy)]
pub(crate) struct GuestFn {
    function: Func,
    /// How many arguments it is called with.
    params: usize,
    /// Values that the call takes or returns: arguments, and zeros after them.
    slots: usize,
    /// 64-bit result.
    wide_result: bool,
}

impl GuestFn {
    /// Accepts a function of `params` parameters, pointers or numbers, and any
    /// one integer result or none.
    pub(crate) fn any_result(store: &Store, function: Func, params: usize) -> Option<Self> {
        let ty = function.ty(store);
        let integer = |ty: &ValType| matches!(ty, ValType::I32 | ValType::I64);
        let accepted = params <= PARAMS_MAX
            && ty.params().len() == params
            && ty.params().iter().all(integer)
            && ty.results().len() <= 1
            && ty.results().iter().all(integer);
        accepted.then(|| Self {
            function,
            params,
            slots: params.max(1),
            wide_result: ty.results().first() == Some(&ValType::I64),
        })
    }

    /// Accepts in addition what function pointers are when casts are emulated, with
    /// any number of arguments.
    pub(crate) fn of_pointer(store: &Store, function: Func, params: usize) -> Option<Self> {
        let emulated = params <= PARAMS_MAX && is_emulated(&function.ty(store));
        match emulated {
            true => Some(Self {
                function,
                params,
                slots: EMULATED_PARAMS,
                wide_result: true,
            }),
            false => Self::any_result(store, function, params),
        }
    }

    /// Calls it. Numbers of 32 bits are cut off from their arguments; a result
    /// of 32 bits is zero-extended.
    pub(crate) fn call(self, store: &mut Store, arguments: &[u64]) -> Result<u64, Trap> {
        assert_eq!(arguments.len(), self.params);
        let mut values = [RawValue::ZERO; EMULATED_PARAMS];
        for (value, &argument) in values.iter_mut().zip(arguments) {
            *value = RawValue::from_u64(argument);
        }
        // SAFETY: the parameters are integers, whose low bits are in place, and
        // there is room for the result.
        unsafe { self.function.call_raw(store, &mut values[..self.slots])? };
        Ok(if self.wide_result {
            values[0].u64()
        } else {
            values[0].u32() as u64
        })
    }
}

macro_rules! exports {
    ($( $(#[doc = $doc:literal])* $field:ident($params:literal) = $($name:literal)|+; )*) => {
        /// Exported functions that handlers use, where the module has them.
        #[derive(Clone, Copy)]
        pub(crate) struct Exports {
            $( $(#[doc = $doc])* pub(crate) $field: Option<GuestFn>, )*
        }

        impl Exports {
            /// No function at all.
            pub(crate) const NONE: Self = Self { $( $field: None, )* };

            /// Finds them by name and number of parameters.
            pub(crate) fn find(find: impl Fn(&str, usize) -> Option<GuestFn>) -> Self {
                Self {
                    $( $field: None $(.or_else(|| find($name, $params)))+, )*
                }
            }
        }
    };
}

exports! {
    /// `malloc(size)`
    malloc(1) = "malloc";
    /// `free(address)`
    free(1) = "free";
    /// `memalign(alignment, size)`
    memalign(2) = "emscripten_builtin_memalign" | "memalign";
    /// Address of `errno`.
    errno_location(0) = "__errno_location";
    /// Stack pointer of the wasm stack.
    stack_save(0) = "stackSave" | "emscripten_stack_get_current";
    /// Sets it.
    stack_restore(1) = "stackRestore" | "_emscripten_stack_restore";
    /// Lowers it by a number of bytes and returns it.
    stack_alloc(1) = "stackAlloc" | "_emscripten_stack_alloc";
    /// Tells an `invoke_` caller that the call was left early: (what, value).
    set_threw(2) = "setThrew";
    /// Sets the high word of a 64-bit result.
    set_temp_ret0(1) = "setTempRet0" | "_emscripten_tempret_set";
    /// Whether a catch clause takes an exception: (catch type, thrown type,
    /// address of the object's pointer, which it adjusts).
    can_catch(3) = "__cxa_can_catch";
    /// Whether a type is that of pointers.
    is_pointer_type(1) = "__cxa_is_pointer_type";
    /// Counts one more user of an exception.
    exception_retain(1) = "__cxa_increment_exception_refcount";
    /// Counts one less; destroys it with the last.
    exception_release(1) = "__cxa_decrement_exception_refcount";
    /// The pointer that a catch clause is given.
    exception_pointer(1) = "__cxa_get_exception_ptr";
    /// Handlers of `atexit`.
    exit_functions(0) = "__funcs_on_exit";
    /// Writes all of stdio's buffers out.
    stdio_exit(0) = "__stdio_exit";
    /// `fflush(stream)`
    fflush(1) = "fflush";
    /// Runs constructors.
    constructors(0) = "__wasm_call_ctors";
    /// Learns where the stack ends.
    stack_init(0) = "emscripten_stack_init";
    /// `main`, by its parameters; its result is the program's status.
    main_2(2) = "__main_argc_argv" | "main";
    /// `main`, without any.
    main_0(0) = "__main_argc_argv" | "main" | "__main_void";
    /// Sets up the thread-local variables of a thread.
    tls_init(0) = "emscripten_tls_init" | "_emscripten_tls_init";
    /// Tells where the stack of a thread ends: (highest address, lowest).
    stack_set_limits(2) = "emscripten_stack_set_limits";
    /// The same for modules that check their stack themselves.
    stack_checks(2) = "__set_stack_limits";
    /// Ends a thread: runs its handlers and lets those know who wait for it.
    thread_exit(1) = "_emscripten_thread_exit";
    /// Gives the memory of a thread back that has ended.
    thread_free(1) = "_emscripten_thread_free_data";
    /// The thread, or null after its end.
    thread_self(0) = "pthread_self";
    /// Carries out the calls queued for the thread.
    process_queued_calls(0) = "emscripten_current_thread_process_queued_calls";
    /// Carries out what is in a queue for the thread.
    execute_queue(1) = "_emscripten_proxy_execute_queue";
    /// Carries out what other threads have left for the thread.
    check_mailbox(0) = "_emscripten_check_mailbox";
    /// Where the stack begins to grow from.
    stack_base(0) = "emscripten_stack_get_base";
    /// Where it ends.
    stack_end(0) = "emscripten_stack_get_end";
    /// Introduces a thread to the C library: (thread, main browser thread, main
    /// thread, may block).
    thread_init_4(4) = "_emscripten_thread_init";
    /// With a stack size as well.
    thread_init_5(5) = "_emscripten_thread_init";
    /// With a stack size and whether to profile.
    thread_init_6(6) = "_emscripten_thread_init";
}

/// Looks an export up by its C name.
pub(crate) fn export_name<'a>(glue: Option<&'a Glue>, name: &'a str) -> &'a str {
    glue.and_then(|glue| glue.export(name)).unwrap_or(name)
}

impl Exports {
    /// Those of an instance.
    pub(crate) fn of(store: &Store, instance: Instance, glue: Option<&Glue>) -> Self {
        Self::find(|name, params| {
            let function = function(store, instance, glue, name)?;
            GuestFn::any_result(store, function, params)
        })
    }
}

/// An exported function by its C name.
pub(crate) fn function(
    store: &Store,
    instance: Instance,
    glue: Option<&Glue>,
    name: &str,
) -> Option<Func> {
    match glue {
        None => instance.get_func(store, name),
        Some(_) => instance
            .exports(store)
            .find(|(exported, _)| export_name(glue, exported) == name)
            .and_then(|(_, item)| item.into_func()),
    }
}
