//! The imports that are one system call.

use crate::Argument::{
    BufferLength, BufferStart, Bytes, Constant, Event, Halves, Long, Object, Path, Room,
    RoomLength, Scratch, Signed, Unsigned,
};
use crate::Condition::{Between, Clear, Is, Writable};
use crate::Kind::{I32, I64};
use crate::Outcome::{Events, Fields, Status, Store32, Store64, Time, Value, Zero};
use crate::layout::{GUEST_EVENT, GUEST_STATUS, STATUS, TIME, TIMESPEC32, TIMEVAL32};
use crate::{Argument, BUFFERS_MAX, Condition, Direct, Kind, Outcome};

/// The description for an import with parameters of these types.
pub fn lookup(module: &str, name: &str, parameters: &[Kind]) -> Option<&'static Direct> {
    TABLE.iter().find(|direct| {
        direct.name == name && direct.module == module && direct.parameters == parameters
    })
}

macro_rules! module {
    (env) => {
        "env"
    };
    (wasi) => {
        WASI
    };
}

/// Name of the module with WASI's calls.
pub(crate) const WASI: &str = "wasi_snapshot_preview1";

macro_rules! vectored {
    () => {
        None
    };
    ($name:ident) => {
        Some(stringify!($name))
    };
}

macro_rules! table {
    ($($module:ident $name:literal ($($kind:ident)*) =
        $call:ident $(or $vectored:ident)? ($($argument:expr),* $(,)?)
        $(if $($condition:expr),+)? => $outcome:expr;)*) => {
        /// All of them.
        pub const TABLE: &[Direct] = &[$(Direct {
            module: module!($module),
            name: $name,
            parameters: &[$($kind),*],
            call: stringify!($call),
            vectored: vectored!($($vectored)?),
            conditions: &[$($($condition),+)?],
            arguments: &[$($argument),*],
            outcome: $outcome,
        }),*];
    };
}

/// Access for writing, and the flags of `open` that make a file: with them a mode
/// comes, and who writes files is taken note of.
const OPEN_DECLINED: u32 = 0o3 | 0o100 | 0o2000_0000;

/// Most events at once.
const EVENTS_MAX: i32 = 1024;

/// `SOL_TCP`, and the last of its options that are plain numbers.
const TCP: u32 = 6;
const TCP_PLAIN: i32 = 34;

/// Addresses that are not null, in the lower half of the memory.
const LOWER_HALF: (i32, i32) = (1, i32::MAX);

/// Of one buffer or some.
const SOME_BUFFERS: Condition = Between(2, 1, BUFFERS_MAX as i32);

/// `CLOCK_REALTIME`
const REALTIME: Argument = Constant(0);

/// `AT_FDCWD`
const HERE: Argument = Constant(-100);

// A parameter's number is its place; `if` says when the call is made at all.
table! {
    env "__syscall_getpid" () = getpid() => Value;
    env "__syscall_getppid" () = getppid() => Value;
    env "__syscall_gettid" () = gettid() => Value;
    env "__syscall_getuid32" () = getuid() => Value;
    env "__syscall_geteuid32" () = geteuid() => Value;
    env "__syscall_getgid32" () = getgid() => Value;
    env "__syscall_getegid32" () = getegid() => Value;

    env "__syscall_read" (I32 I32 I32) = read(Signed(0), Bytes(1, 2, 1), Unsigned(2)) => Value;
    env "__syscall_write" (I32 I32 I32) = write(Signed(0), Bytes(1, 2, 1), Unsigned(2)) => Value;
    env "__syscall_pread64" (I32 I32 I32 I64) = pread64(Signed(0), Bytes(1, 2, 1), Unsigned(2), Long(3)) => Value;
    env "__syscall_pwrite64" (I32 I32 I32 I64) = pwrite64(Signed(0), Bytes(1, 2, 1), Unsigned(2), Long(3)) => Value;
    env "__syscall_pread64" (I32 I32 I32 I32 I32) = pread64(Signed(0), Bytes(1, 2, 1), Unsigned(2), Halves(3, 4)) => Value;
    env "__syscall_pwrite64" (I32 I32 I32 I32 I32) = pwrite64(Signed(0), Bytes(1, 2, 1), Unsigned(2), Halves(3, 4)) => Value;

    wasi "fd_read" (I32 I32 I32 I32) = read or readv(Signed(0), BufferStart(1, 2), BufferLength(1, 2))
        if SOME_BUFFERS, Writable(3, 4) => Store32(3);
    wasi "fd_write" (I32 I32 I32 I32) = write or writev(Signed(0), BufferStart(1, 2), BufferLength(1, 2))
        if SOME_BUFFERS, Writable(3, 4) => Store32(3);
    wasi "fd_pread" (I32 I32 I32 I64 I32) = pread64 or preadv(Signed(0), BufferStart(1, 2), BufferLength(1, 2), Long(3), Constant(0))
        if SOME_BUFFERS, Writable(4, 4) => Store32(4);
    wasi "fd_pwrite" (I32 I32 I32 I64 I32) = pwrite64 or pwritev(Signed(0), BufferStart(1, 2), BufferLength(1, 2), Long(3), Constant(0))
        if SOME_BUFFERS, Writable(4, 4) => Store32(4);
    wasi "fd_seek" (I32 I64 I32 I32) = lseek(Signed(0), Long(1), Signed(2))
        if Writable(3, 8) => Store64(3);
    wasi "fd_pread" (I32 I32 I32 I32 I32 I32) = pread64 or preadv(Signed(0), BufferStart(1, 2), BufferLength(1, 2), Halves(3, 4), Constant(0))
        if SOME_BUFFERS, Writable(5, 4) => Store32(5);
    wasi "fd_pwrite" (I32 I32 I32 I32 I32 I32) = pwrite64 or pwritev(Signed(0), BufferStart(1, 2), BufferLength(1, 2), Halves(3, 4), Constant(0))
        if SOME_BUFFERS, Writable(5, 4) => Store32(5);
    wasi "fd_seek" (I32 I32 I32 I32 I32) = lseek(Signed(0), Halves(1, 2), Signed(3))
        if Writable(4, 8) => Store64(4);
    wasi "fd_close" (I32) = close(Signed(0)) => Zero;
    wasi "fd_sync" (I32) = fsync(Signed(0)) => Zero;

    env "__syscall_openat" (I32 I32 I32 I32) = openat(Signed(0), Path(1), Signed(2), Constant(0))
        if Clear(2, OPEN_DECLINED) => Value;
    env "__syscall_open" (I32 I32 I32) = openat(HERE, Path(0), Signed(1), Constant(0))
        if Clear(1, OPEN_DECLINED) => Value;
    env "__syscall_fdatasync" (I32) = fdatasync(Signed(0)) => Value;
    env "__syscall_fstat64" (I32 I32) = fstat(Signed(0), Scratch(STATUS))
        if Writable(1, GUEST_STATUS) => Status(1);
    env "sendfile" (I32 I32 I32 I32) = sendfile(Signed(0), Signed(1), Object(2, 8), Unsigned(3))
        if Between(2, LOWER_HALF.0, LOWER_HALF.1) => Value;

    // The link library has guests of all versions import this.
    env "__clock_gettime" (I32 I32) = clock_gettime(Signed(0), Scratch(TIME))
        if Writable(1, TIME) => Time(1);
    // These are imports of guests whose `time_t` has 32 bits only.
    env "clock_gettime" (I32 I32) = clock_gettime(Signed(0), Scratch(TIME))
        if Writable(1, 8) => Fields(1, TIMESPEC32);
    env "gettimeofday" (I32 I32) = clock_gettime(REALTIME, Scratch(TIME))
        if Writable(0, 8) => Fields(0, TIMEVAL32);

    env "__syscall_dup" (I32) = dup(Signed(0)) => Value;
    env "__syscall_dup3" (I32 I32 I32) = dup3(Signed(0), Signed(1), Signed(2)) => Value;
    env "__syscall_pipe" (I32) = pipe2(Object(0, 8), Constant(0)) => Value;
    env "__syscall_pipe2" (I32 I32) = pipe2(Object(0, 8), Signed(1)) => Value;

    env "__syscall_epoll_create1" (I32) = epoll_create1(Signed(0)) => Value;
    env "epoll_create1" (I32) = epoll_create1(Signed(0)) => Value;
    env "epoll_ctl" (I32 I32 I32 I32) = epoll_ctl(Signed(0), Signed(1), Signed(2), Event(3))
        if Between(3, LOWER_HALF.0, LOWER_HALF.1) => Value;
    env "__syscall_epoll_ctl" (I32 I32 I32 I32) = epoll_ctl(Signed(0), Signed(1), Signed(2), Event(3))
        if Between(3, LOWER_HALF.0, LOWER_HALF.1) => Value;
    env "epoll_wait" (I32 I32 I32 I32) = epoll_pwait(
        Signed(0), Bytes(1, 2, GUEST_EVENT), Signed(2), Signed(3), Constant(0), Constant(8)
    ) if Between(2, 1, EVENTS_MAX) => Events(1);
    env "epoll_pwait" (I32 I32 I32 I32 I32) = epoll_pwait(
        Signed(0), Bytes(1, 2, GUEST_EVENT), Signed(2), Signed(3), Constant(0), Constant(8)
    ) if Between(2, 1, EVENTS_MAX), Is(4, 0) => Events(1);
    env "__syscall_epoll_pwait" (I32 I32 I32 I32 I32 I32) = epoll_pwait(
        Signed(0), Bytes(1, 2, GUEST_EVENT), Signed(2), Signed(3), Constant(0), Constant(8)
    ) if Between(2, 1, EVENTS_MAX), Is(4, 0) => Events(1);
    env "eventfd" (I32 I32) = eventfd2(Unsigned(0), Signed(1)) => Value;

    env "__syscall_socket" (I32 I32 I32 I32 I32 I32) = socket(Signed(0), Signed(1), Signed(2)) => Value;
    env "__syscall_bind" (I32 I32 I32 I32 I32 I32) = bind(Signed(0), Bytes(1, 2, 1), Unsigned(2)) => Value;
    env "__syscall_connect" (I32 I32 I32 I32 I32 I32) = connect(Signed(0), Bytes(1, 2, 1), Unsigned(2)) => Value;
    env "__syscall_listen" (I32 I32 I32 I32 I32 I32) = listen(Signed(0), Signed(1)) => Value;
    env "__syscall_accept4" (I32 I32 I32 I32 I32 I32) = accept4(
        Signed(0), Room(1, 2), RoomLength(1, 2), Signed(3)
    ) => Outcome::RoomLength(1, 2);
    env "__syscall_shutdown" (I32 I32 I32 I32 I32 I32) = shutdown(Signed(0), Signed(1)) => Value;
    env "__syscall_setsockopt" (I32 I32 I32 I32 I32 I32) = setsockopt(
        Signed(0), Signed(1), Signed(2), Bytes(3, 4, 1), Unsigned(4)
    ) if Is(1, TCP), Between(2, 1, TCP_PLAIN), Between(3, LOWER_HALF.0, LOWER_HALF.1) => Value;
    env "__syscall_sendto" (I32 I32 I32 I32 I32 I32) = sendto(
        Signed(0), Bytes(1, 2, 1), Unsigned(2), Signed(3), Constant(0), Unsigned(5)
    ) if Is(4, 0) => Value;
    env "__syscall_recvfrom" (I32 I32 I32 I32 I32 I32) = recvfrom(
        Signed(0), Bytes(1, 2, 1), Unsigned(2), Signed(3), Constant(0), Constant(0)
    ) if Is(4, 0) => Value;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_exist() {
        for direct in TABLE {
            let check = |parameter: u8, kind| {
                let found = direct.parameters.get(usize::from(parameter));
                assert_eq!(found, Some(&kind), "{}: {parameter}", direct.name);
            };
            for condition in direct.conditions {
                match *condition {
                    Condition::Is(at, _)
                    | Condition::Clear(at, _)
                    | Condition::Between(at, ..)
                    | Condition::Writable(at, _) => check(at, I32),
                }
            }
            assert!(direct.arguments.len() <= 6);
            for argument in direct.arguments {
                match *argument {
                    Constant(_) => {}
                    Long(at) => check(at, I64),
                    Bytes(at, other, _)
                    | Halves(at, other)
                    | Room(at, other)
                    | RoomLength(at, other) => {
                        check(at, I32);
                        check(other, I32);
                    }
                    Scratch(bytes) => assert!(bytes <= crate::SCRATCH),
                    Signed(at) | Event(at) | Unsigned(at) | Object(at, _) | Path(at) => {
                        check(at, I32)
                    }
                    BufferStart(at, count) | BufferLength(at, count) => {
                        check(at, I32);
                        assert!(
                            direct
                                .conditions
                                .contains(&Between(count, 1, BUFFERS_MAX as i32))
                        );
                        assert!(direct.vectored.is_some(), "{}", direct.name);
                    }
                }
            }
            match direct.outcome {
                Value | Zero => {}
                Store32(at) | Store64(at) | Events(at) | Status(at) | Time(at) => check(at, I32),
                Fields(at, _) => check(at, I32),
                Outcome::RoomLength(at, other) => {
                    check(at, I32);
                    check(other, I32);
                }
            }
        }
    }

    #[test]
    fn imports_are_unique() {
        for (i, direct) in TABLE.iter().enumerate() {
            let same = |other: &Direct| {
                (other.module, other.name, other.parameters)
                    == (direct.module, direct.name, direct.parameters)
            };
            assert!(!TABLE[..i].iter().any(same), "{} stands twice", direct.name);
        }
    }

    #[test]
    fn results_go_where_there_is_room() {
        for direct in TABLE {
            let writable = |at, bytes| direct.conditions.contains(&Writable(at, bytes));
            match direct.outcome {
                Value | Zero => {}
                Store32(at) => assert!(writable(at, 4), "{}", direct.name),
                Store64(at) | Fields(at, _) => assert!(writable(at, 8), "{}", direct.name),
                Outcome::RoomLength(at, other) => {
                    assert!(direct.arguments.contains(&RoomLength(at, other)));
                }
                Time(at) => assert!(writable(at, TIME), "{}", direct.name),
                Status(at) => assert!(writable(at, GUEST_STATUS), "{}", direct.name),
                Events(at) => {
                    let room = |argument: &Argument| matches!(argument, Bytes(start, _, GUEST_EVENT) if *start == at);
                    assert!(direct.arguments.iter().any(room), "{}", direct.name);
                }
            }
        }
    }
}
