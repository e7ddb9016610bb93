//! Names of compiled functions for perf, the profiler of Linux: as a map of
//! addresses, or with the code itself (`perf inject --jit`).

use super::Functions;
use crate::failure::Failure;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::fd::AsRawFd;
use std::path::PathBuf;

/// `/tmp/perf-PID.map`: a line for each function.
pub(crate) struct PerfMap {
    path: PathBuf,
    file: File,
}

impl PerfMap {
    /// Makes the file that perf will look for.
    pub(crate) fn create() -> Result<Self, Failure> {
        let path = PathBuf::from(format!("/tmp/perf-{}.map", std::process::id()));
        let file = create(&path)?;
        Ok(Self { path, file })
    }

    /// Writes the functions that have been compiled.
    pub(crate) fn write(self, functions: &Functions<'_>) -> Result<(), Failure> {
        let mut out = BufWriter::new(&self.file);
        let mut all = || -> io::Result<()> {
            for (start, length, name) in functions.iter() {
                writeln!(out, "{start:x} {length:x} {name}")?;
            }
            out.flush()
        };
        all().map_err(|error| Failure::io(&self.path, "cannot be written", &error))
    }
}

/// A new file: not one that somebody else has put there.
fn create(path: &PathBuf) -> Result<File, Failure> {
    let mut options = File::options();
    options.read(true).write(true).create_new(true);
    let file = options.open(path);
    file.map_err(|error| Failure::io(path, "cannot be made", &error))
}

/// `jit-PID.dump` in the working directory, in the form that perf's documentation
/// of `jitdump` describes, version 1.
pub(crate) struct PerfDump {
    path: PathBuf,
    file: File,
    start: u64,
}

const MAGIC: u32 = 0x4a69_5444;
const VERSION: u32 = 1;
const HEADER: u32 = 40;
const CODE_LOAD: u32 = 0;
const CODE_LOAD_HEADER: u32 = 56;

impl PerfDump {
    /// Makes the file, and maps it, which is how perf learns of it.
    pub(crate) fn create() -> Result<Self, Failure> {
        Self::since(now())
    }

    /// The file of a copy of the process, which has had its code from the start.
    pub(crate) fn of_copy(&self) -> Result<Self, Failure> {
        Self::since(self.start)
    }

    fn since(start: u64) -> Result<Self, Failure> {
        let path = PathBuf::from(format!("jit-{}.dump", std::process::id()));
        let file = create(&path)?;
        let header = [
            MAGIC,
            VERSION,
            HEADER,
            machine(),
            0,
            std::process::id(),
            start as u32,
            (start >> 32) as u32,
            0,
            0,
        ];
        let bytes: Vec<u8> = header.iter().flat_map(|word| word.to_ne_bytes()).collect();
        (&file)
            .write_all(&bytes)
            .map_err(|error| Failure::io(&path, "cannot be written", &error))?;
        // SAFETY: a mapping of its own, which nobody looks at and which stays.
        unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                HEADER as usize,
                libc::PROT_READ | libc::PROT_EXEC,
                libc::MAP_PRIVATE,
                file.as_raw_fd(),
                0,
            );
        }
        Ok(Self { path, file, start })
    }

    /// Writes the functions that have been compiled. No address is used twice, so
    /// they may count as there from the start.
    pub(crate) fn write(self, functions: &Functions<'_>) -> Result<(), Failure> {
        let mut out = BufWriter::new(&self.file);
        // SAFETY: asks for a number.
        let thread = unsafe { libc::gettid() } as u32;
        let mut all = || -> io::Result<()> {
            for (index, (start, length, name)) in functions.iter().enumerate() {
                let size = CODE_LOAD_HEADER as usize + name.len() + 1 + length;
                for word in [CODE_LOAD, size as u32] {
                    out.write_all(&word.to_ne_bytes())?;
                }
                out.write_all(&self.start.to_ne_bytes())?;
                for word in [std::process::id(), thread] {
                    out.write_all(&word.to_ne_bytes())?;
                }
                let address = start as u64;
                for word in [address, address, length as u64, index as u64] {
                    out.write_all(&word.to_ne_bytes())?;
                }
                out.write_all(name.as_bytes())?;
                out.write_all(&[0])?;
                // SAFETY: compiled code, which is readable and stays while the
                // module does.
                out.write_all(unsafe { std::slice::from_raw_parts(start as *const u8, length) })?;
            }
            out.flush()
        };
        all().map_err(|error| Failure::io(&self.path, "cannot be written", &error))
    }
}

/// The machine's number in ELF files.
const fn machine() -> u32 {
    const X86_64: u32 = 62;
    const AARCH64: u32 = 183;
    if cfg!(target_arch = "x86_64") {
        X86_64
    } else {
        AARCH64
    }
}

/// Nanoseconds of the clock that `perf record -k mono` uses.
fn now() -> u64 {
    let [seconds, nanos] = wasmjit_unix::trace::monotonic();
    seconds as u64 * 1_000_000_000 + nanos as u64
}
