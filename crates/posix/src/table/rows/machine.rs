//! What belongs to the language and its runtime, and to the machine.

use super::vocabulary::*;

rows! {
    "C++ exceptions and longjmp" {
        env "__cxa_allocate_exception" = Full [calls::exceptions::allocate](thrown_size: UNSIGNED) -> ADDRESS,
            "Allocates an exception with its header before it.";
        env "__cxa_free_exception" = Full [calls::exceptions::free](exception: ADDRESS),
            "Frees an exception that was not thrown.";
        env "__cxa_throw" = Full [calls::exceptions::throw](exception: ADDRESS, type_: ADDRESS, destructor: Meaning::Number(Scalar::Function)) -> Never,
            "Throws an exception: leaves the guest for the nearest `invoke_`.";
        env "__cxa_rethrow" = Full [calls::exceptions::rethrow]() -> Never,
            "Throws the exception that was caught last once more.";
        env "__cxa_begin_catch" = Full [calls::exceptions::begin_catch](exception: ADDRESS) -> ADDRESS,
            "Begins to handle an exception; returns the address of the object that was thrown.";
        env "__cxa_end_catch" = Full [calls::exceptions::end_catch](),
            "Ends handling an exception, which is destroyed when no one else has it.";
        env "__cxa_get_exception_ptr" = Full [calls::exceptions::get_pointer](exception: ADDRESS) -> ADDRESS,
            "Returns the address of the object that was thrown, as the handler's type has it.";
        env "__cxa_uncaught_exceptions" = Full [calls::exceptions::uncaught]() -> UNSIGNED,
            "Returns how many exceptions have been thrown and not caught.";
        env "__cxa_increment_exception_refcount" = Full [calls::exceptions::increment](exception: ADDRESS),
            "Notes one more owner of an exception.";
        env "__cxa_decrement_exception_refcount" = Full [calls::exceptions::decrement](exception: ADDRESS),
            "Notes one owner less; the last destroys it.";
        env "__cxa_current_primary_exception" = Full [calls::exceptions::current]() -> ADDRESS,
            "Returns the exception that is being handled, with one more owner, or null.";
        env "__cxa_current_exception_type" = Full [calls::exceptions::current_type]() -> ADDRESS,
            "Returns the type of the exception that is being handled, or null.";
        env "__cxa_rethrow_primary_exception" = Full [calls::exceptions::rethrow_primary](exception: ADDRESS),
            "Throws an exception that someone owns.";
        env "__cxa_call_unexpected" = Full [calls::exceptions::unexpected](exception: ADDRESS) -> Never,
            "Ends the process: an exception that a function does not allow.";
        env "__resumeException" = Full [calls::exceptions::resume](exception: ADDRESS) -> Never,
            "Goes on leaving the guest after a clean-up.";
        env "llvm_eh_typeid_for" = Full [calls::exceptions::type_id](type_: ADDRESS) -> ADDRESS,
            "Returns the number by which handlers know a type: its address.";
        env "_emscripten_throw_longjmp" = Full [calls::invoke::throw_longjmp]() -> Never,
            "Leaves the guest for the nearest `invoke_`, on behalf of `longjmp`.";
        env "emscripten_longjmp" = Full [calls::invoke::longjmp](env: ADDRESS, value: INT) -> Never,
            "Sets the value of `setjmp` by the export `setThrew` and leaves the guest for the nearest `invoke_`.";
        env "setTempRet0" = Full [calls::legacy::set_temp_ret0](value: HEX),
            "Keeps the high half of a 64-bit result for the caller.";
        env "getTempRet0" = Full [calls::legacy::get_temp_ret0]() -> HEX,
            "Returns the high half of the last 64-bit result.";
    }
    "Random numbers" {
        env "getentropy" = Full [calls::extra::getentropy](buffer: ADDRESS, length: UNSIGNED),
            "Fills at most 256 bytes with random numbers.";
        env "getrandom" = Full [libc calls::extra::getrandom](buf: ADDRESS, buflen: UNSIGNED, flags: flags(&c::RANDOM)),
            "Fills bytes with random numbers; returns how many.";
        wasi "random_get" = Full [wasi::process::random_get](buf: ADDRESS, buf_len: UNSIGNED),
            "Fills bytes with random numbers.";
    }
    "Messages" {
        env "emscripten_console_log" = Full [calls::console::out](text: Text),
            "Writes a line to standard output.";
        env "_emscripten_out" = Full [calls::console::out](text: Text),
            "Writes a line to standard output.";
        env "emscripten_out" = Full [calls::console::out](text: Text),
            "Writes a line to standard output.";
        env "emscripten_console_warn" = Full [calls::console::err](text: Text),
            "Writes a line to standard error.";
        env "emscripten_console_error" = Full [calls::console::err](text: Text),
            "Writes a line to standard error.";
        env "_emscripten_err" = Full [calls::console::err](text: Text),
            "Writes a line to standard error.";
        env "emscripten_err" = Full [calls::console::err](text: Text),
            "Writes a line to standard error.";
        env "_emscripten_dbg" = Full [calls::console::err](text: Text),
            "Writes a line to standard error.";
        env "emscripten_dbg" = Full [calls::console::err](text: Text),
            "Writes a line to standard error.";
        env "emscripten_log_js" = Full [calls::console::log](flags: HEX, text: Text),
            "Writes a line to standard error where the flags say warning or error, otherwise to standard output.";
    }
    "Dynamic linking" {
        env "_dlopen_js" = Stub [calls::linker::open](handle: ADDRESS) -> ADDRESS,
            "Loads a side module; returns null.";
        env "_dlsym_js" = Stub
            [calls::linker::symbol](handle: ADDRESS, symbol: ADDRESS)
            [calls::linker::symbol_indexed](handle: ADDRESS, symbol: ADDRESS, sym_index: ADDRESS) -> ADDRESS,
            "Finds a symbol of a side module; returns null.";
        env "_dlinit" = Stub [calls::linker::init](main_handle: ADDRESS),
            "Prepares dynamic linking; does nothing.";
        env "dl_iterate_phdr" = Stub [calls::linker::iterate](callback: Meaning::Number(Scalar::Function), data: ADDRESS),
            "Returns 0: there are no program headers.";
    }
    "System administration" {
        env "mount" = Full [libc calls::extra::mount](source: Path, target: Path, filesystemtype: Text, mountflags: flags(&c::MOUNT), data: Text),
            "Mounts a file system.";
        env "umount" = Full [libc calls::extra::umount](target: Path),
            "Unmounts a file system.";
        env "umount2" = Full [libc calls::extra::umount2](target: Path, flags: flags(&c::UMOUNT)),
            "Unmounts a file system.";
        env "swapon" = Full [libc calls::extra::swapon](path: Path, swapflags: HEX),
            "Has a file or device used for swapping.";
    }
    "Message queues" {
        env "__syscall_mq_open" = Full [sys calls::queues::open](name: Path, flags: flags(&c::OPEN), mode: RIGHTS, attributes: input(&s::MQ_ATTR)) -> FD,
            "Opens a queue of messages, whose name is given without its slash, or makes it; null attributes are the system's.";
        env "__syscall_mq_unlink" = Full [sys calls::queues::unlink](name: Path),
            "Removes the name of a queue.";
        env "__syscall_mq_timedsend" = Full [sys calls::queues::send](queue: FD, message: bytes_in(Argument("length")), length: UNSIGNED, priority: UNSIGNED, until: input(&s::TIMESPEC)),
            "Sends a message, waiting for room until a point of time or, null, for as long as it takes.";
        env "__syscall_mq_timedreceive" = Full [sys calls::queues::receive](queue: FD, message: bytes_out(Length::Result), length: UNSIGNED, priority: number_out(4, Scalar::Unsigned), until: input(&s::TIMESPEC)),
            "Takes the oldest message of the highest priority, waiting for one; returns its length.";
        env "__syscall_mq_notify" = Full [sys calls::queues::notify](queue: FD, event: input(&s::SIGEVENT)),
            "Has the arrival of a message in an empty queue told once by a signal, or taken back (null). SIGEV_THREAD: the value points to 32 bytes that are written to the socket in the signal's place.";
        env "__syscall_mq_getsetattr" = Full [sys calls::queues::attributes](queue: FD, new: input(&s::MQ_ATTR), old: output(&s::MQ_ATTR)),
            "Sets the flags of a queue and stores its attributes, each where it is not null.";
    }
    "System V IPC" {
        env "semget" = Full [libc calls::ipc::semget](key: INT, nsems: INT, semflg: Special(x::IpcFlags)),
            "Finds or makes a set of semaphores; returns its number.";
        env "semop" = Full [libc calls::ipc::semop](semid: INT, sops: in_array(&s::SEMBUF, Argument("nsops")), nsops: UNSIGNED),
            "Carries operations on semaphores out, all or none.";
        env "__syscall_semtimedop" = Full [sys calls::ipc::semtimedop](semid: INT, sops: in_array(&s::SEMBUF, Argument("nsops")), nsops: UNSIGNED, timeout: input(&s::TIMESPEC)),
            "Carries operations on semaphores out, all or none, waiting at most so long.";
        env "__syscall_semctl" = Partial [sys calls::ipc::semctl](semid: INT, semnum: INT, cmd: choice(&c::SEMCTL), arg: ADDRESS),
            "Does something with a set of semaphores, as the command says. The argument is a value, or points to the values of all (`unsigned short`), or to 72 bytes: Linux's `struct ipc64_perm`, the times of the last operation and of the last change (64 bits each), and the number of semaphores (64 bits).",
            "The commands that tell of all sets of the machine give EINVAL.";
        env "msgget" = Full [libc calls::ipc::msgget](key: INT, msgflg: Special(x::IpcFlags)),
            "Finds or makes a queue of messages; returns its number.";
        env "__syscall_msgsnd" = Full [sys calls::ipc::msgsnd](msqid: INT, msgp: ADDRESS, msgsz: UNSIGNED, msgflg: flags(&c::MESSAGE)),
            "Puts a message into a queue: its type, of 64 bits, and `msgsz` bytes of text that follow it.";
        env "__syscall_msgrcv" = Full [sys calls::ipc::msgrcv](msqid: INT, msgp: ADDRESS, msgsz: UNSIGNED, msgtyp: INT, msgflg: flags(&c::MESSAGE)),
            "Takes a message from a queue, by type: stores its type, of 64 bits, and its text of at most `msgsz` bytes, whose length is returned.";
        env "__syscall_msgctl" = Partial [sys calls::ipc::msgctl](msqid: INT, cmd: choice(&c::IPCCTL), buf: ADDRESS),
            "Does something with a queue of messages, as the command says. The status is Linux's `struct msqid64_ds`, of 120 bytes.",
            "The commands that tell of all queues of the machine give EINVAL.";
        env "__syscall_shmget" = Full [sys calls::ipc::shmget](key: INT, size: UNSIGNED, shmflg: Special(x::IpcFlags)),
            "Finds or makes a segment of memory; returns its number.";
        env "__syscall_shmat" = Partial [sys calls::ipc::shmat](shmid: INT, shmaddr: ADDRESS, shmflg: flags(&c::SHMAT)) -> ADDRESS,
            "Puts the pages of a segment in the place of memory of the program's, from an address that is a multiple of 64 KiB.",
            "EINVAL where memory may move.";
        env "__syscall_shmdt" = Full [sys calls::ipc::shmdt](shmaddr: ADDRESS),
            "Puts pages of zeros back in the place of a segment.";
        env "__syscall_shmctl" = Partial [sys calls::ipc::shmctl](shmid: INT, cmd: choice(&c::SHMCTL), buf: ADDRESS),
            "Does something with a segment, as the command says. The status is Linux's `struct shmid64_ds`, of 112 bytes.",
            "The commands that tell of all segments of the machine give EINVAL.";
    }
}
