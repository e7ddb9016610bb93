//! What has nowhere to go is not taken: a call whose result pointer lies outside of
//! memory takes nothing from a pipe, accepts no connection and opens no file.

mod support;

use std::fs::File;
use std::io::{ErrorKind, Read, Seek, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::process::Command;
use std::sync::Arc;
use support::{Answer, Answers, engine, single};
use wasmjit_module::Module;
use wasmjit_posix::{Errno, Process, table};
use wasmjit_runtime::{CompiledModule, Engine, Store};

/// Bytes of the program's memory.
const MEMORY: i64 = 2 << 16;

/// Where no number of more than a byte has room.
const END: i64 = MEMORY - 1;

/// Room for a result.
const ROOM: i64 = 128;

/// Where the program's memory has a `struct iovec` of 8 bytes, …
const BUFFER: i64 = 0;
/// … a name of this many bytes, …
const NAME: i64 = 16;
const NAME_LENGTH: i64 = 8;
/// … and a set with `SIGUSR2`.
const SET: i64 = 32;

const DATA: &str = concat!(
    r"\40\00\00\00\08\00\00\00\00\00\00\00\00\00\00\00",
    r"new file\00\00\00\00\00\00\00\00",
    r"\00\08\00\00\00\00\00\00",
);

struct Calls(Engine);

impl Calls {
    /// Makes a call whose result has no place.
    fn fails(&self, name: &str, arguments: &[i64]) {
        let row = table::rows().find(|row| row.name == name);
        let row = row.unwrap_or_else(|| panic!("there is no {name}"));
        let bytes = wat::parse_str(single(row, arguments, DATA)).unwrap();
        let module = Arc::new(Module::new(bytes).unwrap());
        let compiled = CompiledModule::new(&self.0, module).unwrap();
        let answers = Arc::new(Answers::default());
        let mut store = Store::new(&self.0, Box::new(()));
        let process = Process::builder(wasmjit_unix::kernel())
            .tracer(answers.clone())
            .build();
        process.run(&mut store, &compiled).unwrap();
        assert_eq!(answers.get(), [Answer::Error(Errno::EFAULT)], "{name}");
    }
}

fn number(descriptor: &impl AsRawFd) -> i64 {
    descriptor.as_raw_fd().into()
}

/// The lowest descriptor that is free.
fn free_descriptor() -> RawFd {
    File::open("/").unwrap().as_raw_fd()
}

/// Whether nothing can be read at the moment.
fn is_empty(mut from: impl Read) -> bool {
    from.read(&mut [0])
        .is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
}

/// One after the other, since they share descriptors and the working directory.
#[test]
fn nothing_is_lost() {
    let folder = std::env::temp_dir().join(format!("wasmjit-results-{}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    std::env::set_current_dir(&folder).unwrap();
    let calls = Calls(engine());
    let free = free_descriptor();
    streams(&calls);
    datagrams(&calls);
    files(&calls);
    connections(&calls);
    children(&calls);
    signals(&calls);
    calls.fails("__syscall_pipe2", &[MEMORY - 7, 0]);
    calls.fails("__syscall_socketpair", &[1, 1, 0, MEMORY - 7, 0, 0]);
    assert_eq!(free_descriptor(), free, "a descriptor has stayed open");
    std::env::set_current_dir("/").unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
}

/// What there is to read stays, and nothing is written that the writer does not know of.
fn streams(calls: &Calls) {
    let (mut here, mut there) = UnixStream::pair().unwrap();
    here.set_nonblocking(true).unwrap();
    there.set_nonblocking(true).unwrap();
    there.write_all(b"contents").unwrap();
    for buffers in [1, 2] {
        calls.fails("fd_read", &[number(&here), BUFFER, buffers, END]);
    }
    calls.fails("sock_recv", &[number(&here), BUFFER, 1, 0, END, ROOM]);
    calls.fails("sock_recv", &[number(&here), BUFFER, 1, 0, ROOM, END]);
    let mut contents = [0; 16];
    assert_eq!(here.read(&mut contents).unwrap(), 8);
    assert_eq!(&contents[..8], b"contents");
    for buffers in [1, 2] {
        calls.fails("fd_write", &[number(&here), BUFFER, buffers, END]);
    }
    calls.fails("sock_send", &[number(&here), BUFFER, 1, 0, END]);
    assert!(is_empty(&there), "something was written");
}

/// A `struct mmsghdr` whose header ends with memory has no room for a length.
fn datagrams(calls: &Calls) {
    const HEADER: i64 = 28;
    let (here, there) = UnixDatagram::pair().unwrap();
    here.set_nonblocking(true).unwrap();
    there.set_nonblocking(true).unwrap();
    there.send(b"message").unwrap();
    let arguments = [number(&here), MEMORY - HEADER, 1, 0, 0];
    calls.fails("__syscall_recvmmsg", &arguments);
    assert_eq!(here.recv(&mut [0; 16]).unwrap(), 7);
    calls.fails("__syscall_sendmmsg", &arguments);
    let nothing = there.recv(&mut [0; 16]);
    assert!(nothing.is_err_and(|error| error.kind() == ErrorKind::WouldBlock));
}

/// Positions stay, and no file is made.
fn files(calls: &Calls) {
    /// `OFLAGS_CREAT`
    const CREATE: i64 = 1;
    /// The working directory, for a program that WASI's functions are enough for.
    const WORKING: i64 = 4;
    let mut file = File::create_new("file").unwrap();
    file.write_all(b"contents").unwrap();
    calls.fails("fd_seek", &[number(&file), 1, 0, END]);
    calls.fails("fd_seek", &[number(&file), 1, 0, MEMORY - 4]);
    assert_eq!(file.stream_position().unwrap(), 8);
    for directory in [WORKING, 3] {
        calls.fails(
            "path_open",
            &[directory, 0, NAME, NAME_LENGTH, CREATE, -1, 0, 0, END],
        );
    }
    assert!(!std::fs::exists("new file").unwrap());
    let mut folder = File::open(".").unwrap();
    calls.fails("fd_readdir", &[number(&folder), 1000, 4000, 1, END]);
    assert_eq!(folder.stream_position().unwrap(), 0);
}

/// Who has called is still waiting.
fn connections(calls: &Calls) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let caller = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    calls.fails("sock_accept", &[number(&listener), 0, END]);
    calls.fails(
        "__syscall_accept4",
        &[number(&listener), ROOM, MEMORY - 3, 0, 0, 0],
    );
    let (_, address) = listener.accept().unwrap();
    assert_eq!(address, caller.local_addr().unwrap());
}

/// The end of a child is still to be asked for.
fn children(calls: &Calls) {
    const P_PID: i64 = 1;
    const WEXITED: i64 = 4;
    let mut child = Command::new("sh").args(["-c", "exit 7"]).spawn().unwrap();
    let id = i64::from(child.id());
    calls.fails("__syscall_wait4", &[id, MEMORY - 3, 0, 0]);
    calls.fails("__syscall_wait4", &[id, ROOM, 0, MEMORY - 64]);
    calls.fails("wait4", &[id, ROOM, 0, MEMORY - 64]);
    calls.fails("waitid", &[P_PID, id, MEMORY - 127, WEXITED]);
    assert_eq!(child.wait().unwrap().code(), Some(7));
}

/// A signal is still pending.
fn signals(calls: &Calls) {
    // SAFETY: sets of this frame; the signal is blocked when it is sent.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigaddset(&mut set, libc::SIGUSR2);
        libc::pthread_sigmask(libc::SIG_BLOCK, &set, std::ptr::null_mut());
        libc::raise(libc::SIGUSR2);
        calls.fails("__syscall_rt_sigtimedwait", &[SET, MEMORY - 127, 0, 8]);
        let mut pending: libc::sigset_t = std::mem::zeroed();
        libc::sigpending(&mut pending);
        assert_eq!(libc::sigismember(&pending, libc::SIGUSR2), 1);
        let mut taken = 0;
        libc::sigwait(&set, &mut taken);
    }
}
