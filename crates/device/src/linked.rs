//! A context with several modules, whose instances are linked with each other in
//! the kernel.

use crate::abi::{self, Import, Memory, Run, Value};
use crate::client::{Device, DeviceError, Made};
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use wasmjit_runtime::codegen::GUARDED_RESERVATION;
use wasmjit_runtime::platform::{Platform, WaitResult, WaitValue};

/// Address space for a linear memory, of which the beginning is accessible.
pub struct Reservation {
    base: NonNull<u8>,
    length: AtomicUsize,
    platform: Arc<dyn Platform>,
}

// SAFETY: nothing is reached through the address here; it is given to the kernel.
unsafe impl Send for Reservation {}
// SAFETY: as above.
unsafe impl Sync for Reservation {}

impl Reservation {
    /// With so many accessible bytes; `None` when there is no room.
    pub fn new(platform: &Arc<dyn Platform>, bytes: u64) -> Option<Self> {
        let bytes = usize::try_from(bytes.min(GUARDED_RESERVATION)).ok()?;
        let base = platform.reserve(usize::try_from(GUARDED_RESERVATION).ok()?)?;
        let own = Self {
            base,
            length: AtomicUsize::new(0),
            platform: platform.clone(),
        };
        own.extend(0, bytes).then_some(own)
    }

    /// Makes `bytes` more accessible behind the first `length`.
    fn extend(&self, length: usize, bytes: usize) -> bool {
        let end = length.checked_add(bytes);
        if end.is_none_or(|end| end as u64 > GUARDED_RESERVATION) {
            return false;
        }
        // SAFETY: the range lies in the reservation, behind what is accessible.
        let done = bytes == 0 || unsafe { self.platform.commit(self.base.add(length), bytes) };
        if done {
            self.length.store(length + bytes, Ordering::Release);
        }
        done
    }

    fn length(&self) -> usize {
        self.length.load(Ordering::Acquire)
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        // SAFETY: exactly what was reserved. The contexts that used it hold it
        // until they are closed.
        unsafe {
            self.platform
                .release(self.base, GUARDED_RESERVATION as usize)
        };
    }
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It returned.
    Returned,
    /// It trapped; [`abi::UNCAUGHT`] or the number of a
    /// [`TrapCode`](wasmjit_runtime::TrapCode).
    Trapped(u32),
}

/// A context of the device. Only the thread that has loaded the first module may
/// use it.
pub struct Context {
    device: Device,
    platform: Arc<dyn Platform>,
    code_bytes: u64,
    /// As they were passed to the kernel.
    memories: Vec<Arc<Reservation>>,
}

impl Context {
    /// On an open device, with so much room for the code of all its modules. The
    /// platform is that of this process.
    ///
    /// All contexts share what the kernel has for code, some 16 MiB.
    pub fn new(device: Device, platform: Arc<dyn Platform>, code_bytes: u64) -> Self {
        Self {
            device,
            platform,
            code_bytes,
            memories: Vec::new(),
        }
    }

    /// Validates and compiles a module; returns its number.
    ///
    /// # Errors
    /// When the kernel does not take it.
    pub fn load(&mut self, binary: &[u8]) -> Result<u32, DeviceError> {
        let loaded = self
            .device
            .load(binary, abi::EXIT_FOR_CALLS, self.code_bytes)?;
        Ok(loaded.module)
    }

    /// Makes an instance of a module, without calling its start function.
    /// `memories` are those imported from the caller and then the module's own.
    ///
    /// # Errors
    /// When the kernel does not make it.
    pub fn instantiate(
        &mut self,
        module: u32,
        imports: &[Import],
        memories: &[Arc<Reservation>],
    ) -> Result<Made, DeviceError> {
        let passed: Vec<Memory> = memories
            .iter()
            .map(|memory| Memory {
                base: memory.base.as_ptr() as u64,
                length: memory.length() as u64,
            })
            .collect();
        // Also those of instances that could not be made are counted there.
        self.memories.extend_from_slice(memories);
        self.device.instantiate(module, imports, &passed)
    }

    /// Calls a function with its parameters in `values`, which then has its
    /// results. `host` serves imports that are the caller's: it gets their
    /// parameters, and leaves their results.
    ///
    /// # Errors
    /// When the kernel does not make the call.
    pub fn call(
        &mut self,
        instance: u32,
        function: u32,
        values: &mut Vec<Value>,
        results: usize,
        host: &mut dyn FnMut(Import, &mut Vec<Value>),
    ) -> Result<End, DeviceError> {
        let mut run = Run {
            command: abi::CALL,
            function,
            instance,
            ..Run::default()
        };
        loop {
            let exit = self.run(run, values, results)?;
            let mut result = 0;
            match exit.reason {
                abi::RETURNED => {
                    values.truncate(exit.value_count as usize);
                    return Ok(End::Returned);
                }
                abi::TRAPPED => return Ok(End::Trapped(exit.trap)),
                abi::HOST_CALL => {
                    values.truncate(exit.value_count as usize);
                    let import = Import {
                        instance: exit.instance,
                        export: exit.import,
                    };
                    host(import, values);
                }
                abi::GROW => {
                    let [address, bytes] = exit.argument;
                    result = u64::from(self.grow(address as usize, bytes as usize));
                }
                // Signals end the process, or are none of the script's business.
                abi::ATTENTION => {}
                abi::WAIT => result = self.wait(&exit),
                abi::NOTIFY => {
                    let [address, count] = exit.argument;
                    let address = std::ptr::with_exposed_provenance(address as usize);
                    let woken = self.platform.atomic_notify(address, count as u32);
                    result = u64::from(woken);
                }
                other => {
                    let reason = format!("it exited for a reason unknown here, {other}");
                    return Err(DeviceError::Refused(reason));
                }
            }
            run = Run {
                command: abi::CONTINUE,
                result,
                ..Run::default()
            };
        }
    }

    fn run(
        &self,
        mut run: Run,
        values: &mut Vec<Value>,
        results: usize,
    ) -> Result<Run, DeviceError> {
        let lengths: Vec<u64> = self.memories.iter().map(|m| m.length() as u64).collect();
        let room = values.len().max(results).max(MOST_VALUES);
        values.resize(room, Value::default());
        run.value_count = room as u32;
        run.values = values.as_mut_ptr() as u64;
        run.memory_lengths = lengths.as_ptr() as u64;
        run.memory_count = lengths.len() as u32;
        // SAFETY: the addresses are of memory as long as was just said.
        unsafe { self.device.run(&mut run)? };
        Ok(run)
    }

    fn grow(&self, address: usize, bytes: usize) -> bool {
        let found = self.memories.iter().find_map(|memory| {
            let length = memory.length();
            (memory.base.addr().get() + length == address).then_some((memory, length))
        });
        found.is_some_and(|(memory, length)| memory.extend(length, bytes))
    }

    fn wait(&self, exit: &Run) -> u64 {
        let [address, expected] = exit.argument;
        let address = std::ptr::with_exposed_provenance(address as usize);
        let expected = match exit.wait_bytes {
            4 => WaitValue::Bits32(expected as u32),
            _ => WaitValue::Bits64(expected),
        };
        let timeout = exit.wait_timeout as i64;
        // SAFETY: the kernel has checked that the address is aligned and inside
        // one of the memories, which stay accessible.
        match unsafe {
            self.platform
                .atomic_wait(address, expected, timeout, &|| false)
        } {
            WaitResult::Woken => abi::WOKEN,
            WaitResult::NotEqual => abi::NOT_EQUAL,
            WaitResult::TimedOut => abi::TIMED_OUT,
            WaitResult::Interrupted => abi::INTERRUPTED,
        }
    }
}

/// Room for values of imports.
const MOST_VALUES: usize = 16;
