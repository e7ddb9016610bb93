//! Where traces go.

use std::fs::File;
use std::io::{self, Write};
use std::mem::ManuallyDrop;
use std::os::fd::{AsRawFd, FromRawFd};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use wasmjit_posix::strace::Output;

/// A file for traces, or nothing. Its descriptor is high, so that it is not in a
/// program's way, and reaches programs that are executed.
#[derive(Debug, Clone)]
pub struct TraceFile(Option<Arc<File>>);

/// Descriptors of traces begin here, where there may be so many.
const LOWEST: i32 = 900;

impl TraceFile {
    /// Makes or empties a file.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn create(path: &Path) -> io::Result<Self> {
        File::create(path)?;
        let file = File::options().append(true).open(path)?;
        Ok(Self(Some(Arc::new(moved_up(file)))))
    }

    /// Where standard error goes now, even if the program closes it.
    pub fn standard_error() -> Self {
        // SAFETY: not closed, since it is not dropped. A closed descriptor gives
        // errors, which are nobody's.
        let stderr = ManuallyDrop::new(unsafe { File::from_raw_fd(libc::STDERR_FILENO) });
        let file = stderr.try_clone().ok();
        Self(file.map(|file| Arc::new(moved_up(file))))
    }
}

impl TraceFile {
    /// The trace of a parent, which left this descriptor open; nothing if it did
    /// not.
    pub fn inherited(descriptor: i32) -> Self {
        // SAFETY: only asks; the descriptor is then owned, since nobody else in
        // this process knows of it.
        unsafe {
            match descriptor >= LOWEST && libc::fcntl(descriptor, libc::F_GETFD) != -1 {
                true => Self(Some(Arc::new(File::from_raw_fd(descriptor)))),
                false => Self(None),
            }
        }
    }

    /// Its descriptor, if programs that are executed have it as well.
    pub fn descriptor(&self) -> Option<i32> {
        let descriptor = self.0.as_ref()?.as_raw_fd();
        (descriptor >= LOWEST).then_some(descriptor)
    }
}

/// The same open file under a high descriptor, if there is one.
fn moved_up(file: File) -> File {
    // SAFETY: asks for a new descriptor, which is then owned.
    unsafe {
        match libc::fcntl(file.as_raw_fd(), libc::F_DUPFD, LOWEST) {
            -1 => file,
            high => File::from_raw_fd(high),
        }
    }
}

impl Write for TraceFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &self.0 {
            Some(file) => (&**file).write(bytes),
            None => Ok(bytes.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Output for TraceFile {
    fn write(&self, line: &[u8]) {
        // A trace that cannot be written must not disturb the program.
        let _ = self.clone().write_all(line);
    }

    fn now(&self) -> [i64; 2] {
        monotonic()
    }

    fn thread(&self) -> u32 {
        thread_number()
    }
}

/// Seconds and nanoseconds of the monotonic clock.
pub fn monotonic() -> [i64; 2] {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: writes to `time`.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut time) };
    [time.tv_sec, time.tv_nsec]
}

/// Number of the calling thread.
fn thread_number() -> u32 {
    #[cfg(target_os = "linux")]
    // SAFETY: asks for a number.
    return unsafe { libc::gettid() } as u32;
    #[cfg(not(target_os = "linux"))]
    return std::process::id();
}

/// Zeroed counters that this process shares with the children it will have.
///
/// # Errors
/// When there is no memory.
pub fn shared_counters(count: usize) -> io::Result<&'static [AtomicU64]> {
    // SAFETY: memory of its own, which is never unmapped; zeros are values of
    // the type, which may be shared between threads and processes.
    unsafe {
        let start = libc::mmap(
            std::ptr::null_mut(),
            count * size_of::<AtomicU64>(),
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_SHARED | libc::MAP_ANONYMOUS,
            -1,
            0,
        );
        if start == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        Ok(std::slice::from_raw_parts(start.cast(), count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::Ordering;

    #[test]
    fn lines_are_appended() {
        let name = format!("wasmjit-trace-test-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let file = TraceFile::create(&path).unwrap();
        assert!(file.0.as_ref().unwrap().as_raw_fd() >= LOWEST);
        Output::write(&file, b"one\n");
        Output::write(&file.clone(), b"two\n");
        assert_eq!(std::fs::read(&path).unwrap(), b"one\ntwo\n");
        std::fs::remove_file(&path).unwrap();
    }

    #[test]
    fn counters_begin_at_zero() {
        let counters = shared_counters(100).unwrap();
        assert_eq!(counters.len(), 100);
        assert_eq!(counters[99].fetch_add(2, Ordering::Relaxed), 0);
    }
}
