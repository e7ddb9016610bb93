//! What a handler works with.

use crate::era::Era;
use crate::errno::Errno;
use crate::exports::{Exports, GuestFn};
use crate::guest::{GuestMemory, GuestPtr, HostAddress};
use crate::kernel::Kernel;
use crate::process::Shared;
use crate::scratch::Frame;
use crate::signals;
use crate::sys::Sys;
use crate::thread::Thread;
use wasmjit_runtime::vm::RawValue;
use wasmjit_runtime::{Caller, Func, Memory, Store, Trap, TrapCode, Val};

/// The calling guest thread, during one call.
pub struct Ctx<'a, 'c> {
    caller: &'a mut Caller<'c>,
    thread: &'a Thread,
}

impl<'a, 'c> Ctx<'a, 'c> {
    pub(crate) fn new(caller: &'a mut Caller<'c>, thread: &'a Thread) -> Self {
        Self { caller, thread }
    }

    /// Its memory as it is now.
    pub(crate) fn memory(&self) -> GuestMemory<'_> {
        match self.guest_memory() {
            Some(memory) => {
                let store: &Store = self.caller;
                // SAFETY: the memory is the store's, which this borrows, so that
                // no guest code runs and nothing shrinks; the runtime hands out
                // references to it only while it is borrowed mutably.
                unsafe { GuestMemory::new(memory.data_ptr(store), memory.data_size(store)) }
            }
            None => GuestMemory::empty(),
        }
    }

    pub(crate) fn guest_memory(&self) -> Option<Memory> {
        self.thread.memory().or_else(|| self.caller.memory())
    }

    /// Whether its memory is where it is for ever.
    pub(crate) fn memory_stays(&self) -> bool {
        let memory = self.guest_memory();
        memory.is_some_and(|memory| memory.stays(self.caller))
    }

    pub(crate) fn store(&mut self) -> &mut Store {
        self.caller
    }

    pub(crate) fn store_ref(&self) -> &Store {
        self.caller
    }

    pub(crate) fn thread(&self) -> &'a Thread {
        self.thread
    }

    pub(crate) fn shared(&self) -> &'a Shared {
        self.thread.shared()
    }

    pub(crate) fn kernel(&self) -> &'a dyn Kernel {
        &*self.shared().kernel
    }

    pub(crate) fn era(&self) -> Era {
        self.shared().era
    }

    pub(crate) fn time64(&self) -> bool {
        self.shared().era.time64
    }

    /// Whether times have 64 bits in those system calls that musl gives two `long`s
    /// for a time, whatever `time_t` is: the kernel's old calls.
    pub(crate) fn long_time64(&self) -> bool {
        self.wide()
    }

    pub(crate) fn wide(&self) -> bool {
        self.shared().era.wide
    }

    /// Bytes of a pointer.
    pub(crate) fn pointer_size(&self) -> u64 {
        if self.wide() { 8 } else { 4 }
    }

    pub(crate) fn exports(&self) -> &'a Exports {
        self.thread.exports()
    }

    /// Scratch memory for this call.
    pub(crate) fn scratch(&self) -> Frame<'a> {
        self.thread.scratch.frame()
    }

    /// A system call.
    #[inline]
    pub(crate) fn call<A: Arguments>(&self, call: Sys, arguments: A) -> Result<u64, Errno> {
        // SAFETY: addresses are `HostAddress`es, which only guest memory and
        // scratch memory of sufficient size make. Handlers pass no other number
        // where the kernel expects an address, except zero.
        Errno::check(unsafe {
            if call.may_block() {
                self.kernel().syscall_interruptible(call, arguments.words())
            } else {
                self.kernel().syscall(call, arguments.words())
            }
        })
    }

    /// Reads a pointer of the guest's width.
    pub(crate) fn read_word(&self, at: u64) -> Result<u64, Errno> {
        let memory = self.memory();
        if self.wide() {
            memory.read(GuestPtr::<u64>::new(at))
        } else {
            memory.read(GuestPtr::<u32>::new(at)).map(u64::from)
        }
    }

    /// Writes a pointer of the guest's width.
    pub(crate) fn write_word(&self, at: u64, value: u64) -> Result<(), Errno> {
        let memory = self.memory();
        if self.wide() {
            memory.write(GuestPtr::new(at), value)
        } else {
            memory.write(GuestPtr::new(at), value as u32)
        }
    }

    /// The number that the guest's C library has for an error.
    pub(crate) fn guest_errno(&self, errno: Errno) -> u16 {
        if self.era().wasi {
            errno.wasi()
        } else {
            errno.emscripten()
        }
    }

    /// Sets the guest's `errno`, if the module lets the host know where it is.
    pub(crate) fn set_errno(&mut self, errno: Errno) -> Result<(), Trap> {
        if let Some(location) = self.exports().errno_location {
            let at = self.call_guest(location, &[])?;
            let number = self.guest_errno(errno) as i32;
            // A location outside of memory is the guest's own fault.
            let _ = self.memory().write(GuestPtr::new(at), number);
        }
        Ok(())
    }

    /// Handles an interruption by the host, if there is one, and delivers signals.
    pub(crate) fn poll(&mut self) -> Result<(), Trap> {
        self.caller.store().poll()?;
        signals::deliver(self)
    }

    /// A call is done: what has arrived meanwhile is delivered before it returns, as
    /// natively.
    ///
    /// # Errors
    /// As [`Self::poll`].
    #[inline]
    pub(crate) fn attend(&mut self) -> Result<(), Trap> {
        if self.store_ref().interrupted() {
            self.poll()?;
        }
        Ok(())
    }

    /// Calls an exported function of numbers and pointers.
    pub(crate) fn call_guest(&mut self, function: GuestFn, arguments: &[u64]) -> Result<u64, Trap> {
        function.call(self.caller, arguments)
    }

    /// Memory from the guest's own allocator.
    ///
    /// # Errors
    /// `ENOMEM` when it has none left or does not offer it.
    pub(crate) fn malloc(&mut self, bytes: u64) -> Result<u64, crate::handler::Stop> {
        let malloc = self.exports().malloc.ok_or(Errno::ENOMEM)?;
        match self.call_guest(malloc, &[bytes])? {
            0 => Err(Errno::ENOMEM.into()),
            address => Ok(address),
        }
    }

    /// Gives memory back to the guest's allocator.
    pub(crate) fn free(&mut self, address: u64) -> Result<(), Trap> {
        if let Some(free) = self.exports().free {
            self.call_guest(free, &[address])?;
        }
        Ok(())
    }

    /// The function that a function pointer stands for.
    ///
    /// # Errors
    /// As an indirect call traps.
    pub(crate) fn function(&self, pointer: u64) -> Result<Func, Trap> {
        let table = self.thread.table().ok_or(TrapCode::UndefinedElement)?;
        match table.get(self.caller, pointer) {
            Some(Val::FuncRef(Some(function))) => Ok(function),
            Some(_) => Err(TrapCode::UninitializedElement.into()),
            None => Err(TrapCode::UndefinedElement.into()),
        }
    }

    /// Calls a function pointer with arguments of 32 bits (or pointers).
    ///
    /// # Errors
    /// As an indirect call traps, and whatever the function ends with.
    pub(crate) fn call_pointer(&mut self, pointer: u64, arguments: &[u64]) -> Result<u64, Trap> {
        let function = self.function(pointer)?;
        let function = GuestFn::of_pointer(self.caller, function, arguments.len())
            .ok_or(TrapCode::IndirectCallTypeMismatch)?;
        function.call(self.caller, arguments)
    }

    /// Calls a function of any type, checked by the caller, with values in
    /// WebAssembly's form.
    ///
    /// # Safety
    /// The values must be of the function's parameter types, with room for its
    /// results.
    pub(crate) unsafe fn call_raw(
        &mut self,
        function: Func,
        values: &mut [RawValue],
    ) -> Result<(), Trap> {
        // SAFETY: the caller's promise.
        unsafe { function.call_raw(self.caller, values) }
    }
}

/// Something that a system call takes as an argument.
pub(crate) trait Argument {
    fn word(self) -> u64;
}

macro_rules! arguments {
    ($($ty:ty: |$value:ident| $word:expr;)*) => {
        $(
            impl Argument for $ty {
                #[inline]
                fn word(self) -> u64 {
                    let $value = self;
                    $word
                }
            }
        )*
    };
}

arguments! {
    i32: |value| value as i64 as u64;
    u32: |value| value as u64;
    i64: |value| value as u64;
    u64: |value| value;
    HostAddress: |value| value.get();
}

/// The arguments of a system call: a tuple of up to six.
pub(crate) trait Arguments {
    fn words(self) -> [u64; 6];
}

macro_rules! tuples {
    ($($name:ident $index:tt),* ; $($zero:literal)*) => {
        impl<$($name: Argument),*> Arguments for ($($name,)*) {
            #[inline]
            fn words(self) -> [u64; 6] {
                [$(self.$index.word(),)* $($zero),*]
            }
        }
    };
}

tuples!(; 0 0 0 0 0 0);
tuples!(A 0; 0 0 0 0 0);
tuples!(A 0, B 1; 0 0 0 0);
tuples!(A 0, B 1, C 2; 0 0 0);
tuples!(A 0, B 1, C 2, D 3; 0 0);
tuples!(A 0, B 1, C 2, D 3, E 4; 0);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5;);
