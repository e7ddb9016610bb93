//! Processes, signals, limits and threads.

use super::vocabulary::*;

rows! {
    "Process" {
        env "__syscall_getpid" = Full [calls::identity::getpid]() -> PROCESS,
            "Returns the number of the process.";
        env "__syscall_getppid" = Full [calls::identity::getppid]() -> PROCESS,
            "Returns the number of the parent.";
        env "__syscall_getuid32" = Full [calls::identity::getuid]() -> ID,
            "Returns the real user.";
        env "__syscall_geteuid32" = Full [calls::identity::geteuid]() -> ID,
            "Returns the effective user.";
        env "__syscall_getgid32" = Full [calls::identity::getgid]() -> ID,
            "Returns the real group.";
        env "__syscall_getegid32" = Full [calls::identity::getegid]() -> ID,
            "Returns the effective group.";
        env "__syscall_setsid" = Full [calls::identity::setsid]() -> PROCESS,
            "Begins a session and a process group with this process; returns its number.";
        env "__syscall_getpgid" = Full [calls::identity::getpgid](pid: PROCESS) -> PROCESS,
            "Returns the process group of a process, 0 being the caller.";
        env "__syscall_getsid" = Full [calls::identity::getsid](pid: PROCESS) -> PROCESS,
            "Returns the session of a process, 0 being the caller.";
        env "__syscall_setpgid" = Full [calls::identity::setpgid](pid: PROCESS, pgid: PROCESS),
            "Moves a process to a process group.";
        env "__syscall_getresuid32" = Full [calls::identity::getresuid](ruid: number_out(4, Scalar::Id), euid: number_out(4, Scalar::Id), suid: number_out(4, Scalar::Id)),
            "Stores the real, effective and saved user.";
        env "__syscall_getresgid32" = Full [calls::identity::getresgid](rgid: number_out(4, Scalar::Id), egid: number_out(4, Scalar::Id), sgid: number_out(4, Scalar::Id)),
            "Stores the real, effective and saved group.";
        env "__syscall_getgroups32" = Full [calls::identity::getgroups](size: INT, list: Meaning::Items(Direction::Out, Item::Number(4, Scalar::Id), Length::Result)),
            "Stores the supplementary groups and returns their number; only that when `size` is 0.";
        env "__syscall_setuid32" = Full [calls::identity::setuid](uid: ID),
            "Sets the effective user, and for root the real and the saved one as well.";
        env "__syscall_setgid32" = Full [calls::identity::setgid](gid: ID),
            "Sets the effective group, and for root the real and the saved one as well.";
        env "__syscall_setreuid32" = Full [calls::identity::setreuid](ruid: ID, euid: ID),
            "Sets the real and the effective user; -1 leaves one as it is.";
        env "__syscall_setregid32" = Full [calls::identity::setregid](rgid: ID, egid: ID),
            "Sets the real and the effective group; -1 leaves one as it is.";
        env "__syscall_setresuid32" = Full [calls::identity::setresuid](ruid: ID, euid: ID, suid: ID),
            "Sets the real, effective and saved user; -1 leaves one as it is.";
        env "__syscall_setresgid32" = Full [calls::identity::setresgid](rgid: ID, egid: ID, sgid: ID),
            "Sets the real, effective and saved group; -1 leaves one as it is.";
        env "__syscall_uname" = Full [calls::identity::uname](buf: output(&s::UTSNAME)),
            "Stores the names of the system.";
        env "__syscall_setdomainname" = Full [calls::identity::setdomainname](name: bytes_in(Argument("len")), len: UNSIGNED),
            "Sets the name of the domain.";
        env "setgroups" = Full [libc calls::identity::setgroups](size: UNSIGNED, list: Meaning::Items(Direction::In, Item::Number(4, Scalar::Id), Argument("size"))),
            "Sets the supplementary groups.";
        env "setfsuid" = Full [libc calls::identity::setfsuid](fsuid: ID) -> ID,
            "Sets the user for checks of file rights; returns the one before.";
        env "sethostname" = Full [libc calls::identity::sethostname](name: bytes_in(Argument("len")), len: UNSIGNED),
            "Sets the name of the host.";
        env "unshare" = Full [libc calls::identity::unshare](flags: flags(&c::CLONE)),
            "Gives the process namespaces of its own.";
        env "setns" = Full [libc calls::identity::setns](fd: FD, nstype: flags(&c::CLONE)),
            "Moves the process to a namespace.";
        env "vhangup" = Full [libc calls::identity::vhangup](),
            "Hangs the terminal up.";
        env "prctl" = Partial [libc calls::identity::prctl](option: choice(&c::PRCTL), varargs: ADDRESS),
            "Sets or tells a property of the process.", "Names, death signal, dumpable, keepcaps, subreaper, no-new-privileges.";
        env "_emscripten_get_progname" = Full [calls::identity::program_name](buf: Special(x::TextOut), length: INT),
            "Stores the name of the program.";
        env "exit" = Partial [calls::exit::exit](status: INT) -> Never,
            "Ends the process, after its handlers and with its streams flushed.", "Handlers of atexit run where the module exports __funcs_on_exit; stdio is always flushed.";
        env "_exit" = Full [calls::exit::immediately](status: INT) -> Never,
            "Ends the process at once.";
        env "_Exit" = Full [calls::exit::immediately](status: INT) -> Never,
            "Ends the process at once.";
        env "quick_exit" = Full [calls::extra::quick_exit](status: INT) -> Never,
            "Ends the process without its handlers of atexit.";
        env "emscripten_force_exit" = Full [calls::exit::exit](status: INT) -> Never,
            "Ends the process as `exit` does.";
        env "emscripten_exit_with_live_runtime" = Full [calls::threads::unwind]() -> Never,
            "Leaves the thread's function, as `pthread_exit` does.";
        env "emscripten_unwind_to_js_event_loop" = Full [calls::threads::unwind]() -> Never,
            "Leaves the thread's function, as `pthread_exit` does.";
        env "abort" = Full [calls::exit::abort]() -> Never,
            "Ends the process by SIGABRT.";
        env "_abort_js" = Full [calls::exit::abort]() -> Never,
            "Ends the process by SIGABRT.";
        env "__assert_fail" = Full [calls::exit::assert_fail](condition: Text, file: Text, line: INT, function: Text) -> Never,
            "Says which assertion failed, on standard error, and ends the process by SIGABRT.";
        env "__handle_stack_overflow" = Full [calls::exit::stack_overflow](sp: ADDRESS) -> Never,
            "Traps: a module linked with STACK_OVERFLOW_CHECK has used its stack up.";
        env "segfault" = Full [calls::exit::invalid_access]() -> Never,
            "Traps: a module linked with SAFE_HEAP has found an access outside of what is allocated.";
        env "alignfault" = Full [calls::exit::misaligned_access]() -> Never,
            "Traps: a module linked with SAFE_HEAP has found an access that is not aligned.";
        env "system" = Full [calls::exec::system](command: Text),
            "Runs a command of the shell; returns its wait status, or for null whether there is a shell.";
        env "_emscripten_system" = Full [sys calls::exec::system_raw](command: Text),
            "Runs a command of the shell; returns its wait status, or for null whether there is a shell.";
        env "__syscall_wait4" = Full [sys calls::wait::wait4_raw](pid: PROCESS, wstatus: Special(x::WaitStatus), options: flags(&c::WAIT), rusage: output(&s::LONG_RUSAGE)) -> PROCESS,
            "Waits for a child and stores how it ended; returns its number.";
        env "wait4" = Full [libc calls::wait::wait4](pid: PROCESS, wstatus: Special(x::WaitStatus), options: flags(&c::WAIT), rusage: output(&s::RUSAGE)) -> PROCESS,
            "Waits for a child and stores how it ended; returns its number.";
        env "wait3" = Full [libc calls::wait::wait3](wstatus: Special(x::WaitStatus), options: flags(&c::WAIT), rusage: output(&s::RUSAGE)) -> PROCESS,
            "Waits for any child and stores how it ended; returns its number.";
        env "waitid" = Full [libc calls::wait::waitid](idtype: choice(&c::WAIT_ID), id: PROCESS, infop: output(&s::SIGINFO), options: flags(&c::WAIT)),
            "Waits for a change of a child's state and stores what it was.";
        env "fork" = Full [libc calls::fork::fork]() -> PROCESS,
            "Makes a copy of the process, with the calling thread alone; returns its number, and 0 in the copy.";
        env "execve" = Full [libc calls::exec::execve](path: Path, argv: Special(x::Strings), envp: Special(x::Variables)) -> Meaning::Replaced,
            "Runs another program in this process: a WebAssembly module, a native program or a script. Returns only when it fails.";
        env "_emscripten_runtime_keepalive_clear" = Full [calls::threads::nothing](),
            "Does nothing: there is no event loop to keep alive.";
        env "emscripten_runtime_keepalive_push" = Full [calls::threads::nothing](),
            "Does nothing: there is no event loop to keep alive.";
        env "emscripten_runtime_keepalive_pop" = Full [calls::threads::nothing](),
            "Does nothing: there is no event loop to keep alive.";
        wasi "proc_exit" = Full [calls::exit::immediately](status: INT) -> Never,
            "Ends the process at once.";
        wasi "proc_raise" = Full [wasi::process::raise](sig: SIGNAL),
            "Sends the process a signal.";
        wasi "args_sizes_get" = Full [wasi::process::args_sizes_get](argc: word_out(Scalar::Unsigned), argv_buf_size: word_out(Scalar::Unsigned)),
            "Stores the number of arguments and the bytes that they take with their zeros.";
        wasi "args_get" = Full [wasi::process::args_get](argv: ADDRESS, argv_buf: ADDRESS),
            "Stores the arguments, one after the other, and an array of their addresses.";
        wasi "environ_sizes_get" = Full [wasi::process::environ_sizes_get](environc: word_out(Scalar::Unsigned), environ_buf_size: word_out(Scalar::Unsigned)),
            "Stores the number of variables and the bytes that they take with their zeros.";
        wasi "environ_get" = Full [wasi::process::environ_get](environ: ADDRESS, environ_buf: ADDRESS),
            "Stores the variables, each `NAME=value`, one after the other, and an array of their addresses.";
    }
    "Signals" {
        env "__call_sighandler" = Full [calls::signals::call_handler](handler: Meaning::Number(Scalar::Function), sig: SIGNAL),
            "Calls a handler for a signal that the C library in the module delivers itself.";
        env "__syscall_rt_sigaction" = Full [sys calls::signals::sigaction](sig: SIGNAL, act: input(&s::SIGACTION), oldact: output(&s::SIGACTION), sigsetsize: UNSIGNED),
            "Sets what is done about a signal, and stores what was done before, each where it is not null.";
        env "__syscall_rt_sigprocmask" = Full [sys calls::signals::sigprocmask](how: choice(&c::MASK), set: Special(x::SignalSet), oldset: Special(x::SignalSetOut), sigsetsize: UNSIGNED),
            "Changes which signals the calling thread blocks, and stores which it blocked before, each where it is not null.";
        env "__syscall_rt_sigpending" = Full [sys calls::signals::sigpending](set: Special(x::SignalSetOut), sigsetsize: UNSIGNED),
            "Stores which signals are blocked and pending.";
        env "__syscall_rt_sigsuspend" = Full [sys calls::signals::sigsuspend](mask: Special(x::SignalSet), sigsetsize: UNSIGNED),
            "Waits for a signal with a handler, with other signals blocked meanwhile; returns EINTR.";
        env "__syscall_rt_sigtimedwait" = Full [sys calls::signals::sigtimedwait](set: Special(x::SignalSet), info: output(&s::SIGINFO), timeout: input(&s::TIMESPEC), sigsetsize: UNSIGNED) -> SIGNAL,
            "Takes one of these signals when it is pending, waiting at most so long; stores what is known of it and returns it.";
        env "__syscall_rt_sigqueueinfo" = Full [sys calls::signals::sigqueueinfo](pid: PROCESS, sig: SIGNAL, info: input(&s::SIGINFO)),
            "Sends a process a signal with a value.";
        env "__syscall_sigaltstack" = Full [sys calls::signals::sigaltstack](ss: input(&s::SIGNAL_STACK), old_ss: output(&s::SIGNAL_STACK)),
            "Sets a stack aside for handlers of the calling thread, and stores the one before, each where it is not null.";
        env "__syscall_gettid" = Full [calls::identity::gettid]() -> ID,
            "Returns the number of the calling thread.";
        env "__syscall_tkill" = Full [sys calls::signals::tkill](tid: ID, sig: SIGNAL),
            "Sends a thread of the process a signal.";
        env "sigsuspend" = Full [libc calls::signals::sigsuspend_libc](mask: Special(x::SignalSet)),
            "Waits for a signal with a handler, with other signals blocked meanwhile; fails with EINTR.";
        env "sigaltstack" = Full [libc calls::signals::sigaltstack](ss: input(&s::SIGNAL_STACK), old_ss: output(&s::SIGNAL_STACK)),
            "Sets a stack aside for handlers of the calling thread, and stores the one before, each where it is not null.";
        env "__syscall_kill" = Full [sys calls::signals::kill](pid: PROCESS, sig: SIGNAL),
            "Sends a signal to a process or, negative, to a process group.";
        env "__syscall_pause" = Full [calls::signals::pause](),
            "Waits for a signal; returns EINTR.";
        env "pthread_kill" = Full [calls::threads::kill](thread: ADDRESS, sig: SIGNAL),
            "Sends a signal to a thread; returns an error number.";
    }
    "Limits" {
        env "__syscall_ugetrlimit" = Full [calls::limits::getrlimit](resource: choice(&c::RESOURCE), rlim: output(&s::RLIMIT)),
            "Stores a limit.";
        env "__syscall_setrlimit" = Full [calls::limits::setrlimit](resource: choice(&c::RESOURCE), rlim: input(&s::RLIMIT)),
            "Sets a limit.";
        env "__syscall_prlimit64" = Full [calls::limits::prlimit](pid: PROCESS, resource: choice(&c::RESOURCE), new_limit: input(&s::RLIMIT), old_limit: output(&s::RLIMIT)),
            "Sets a limit of a process and stores the one before, each where it is not null.";
        env "__syscall_getrusage" = Full [calls::limits::getrusage](who: choice(&c::USAGE), usage: output(&s::LONG_RUSAGE)),
            "Stores which resources were used.";
        env "__syscall_getpriority" = Full [calls::limits::getpriority](which: choice(&c::PRIORITY), who: INT),
            "Returns 20 minus the highest priority (niceness) of those meant.";
        env "__syscall_setpriority" = Full [calls::limits::setpriority](which: choice(&c::PRIORITY), who: INT, prio: INT),
            "Sets the priority (niceness) of those meant.";
        env "__syscall_nice" = Full [calls::limits::nice](inc: INT),
            "Changes the process's niceness.";
        env "prlimit" = Full [libc calls::limits::prlimit](pid: PROCESS, resource: choice(&c::RESOURCE), new_limit: input(&s::RLIMIT), old_limit: output(&s::RLIMIT)),
            "Sets a limit of a process and stores the one before, each where it is not null.";
        env "times" = Full [calls::limits::times](buf: output(&s::TMS)),
            "Stores processor times of the process and its children; returns the ticks since some time in the past.";
        env "sysinfo" = Full [libc calls::limits::sysinfo](info: output(&s::SYSINFO)),
            "Stores the state of the machine.";
        env "getdtablesize" = Full [libc calls::limits::getdtablesize](),
            "Returns how many descriptors the process may have.";
        env "getloadavg" = Full [calls::limits::getloadavg](loadavg: Meaning::Items(Direction::Out, Item::Number(8, Scalar::Float), Length::Result), nelem: INT),
            "Stores up to three averages of the machine's load; returns how many.";
        env "sched_getaffinity" = Full [libc calls::limits::getaffinity](pid: PROCESS, cpusetsize: UNSIGNED, mask: bytes_out(Argument("cpusetsize"))),
            "Stores on which processors a thread may run, a bit for each.";
        env "sched_setaffinity" = Full [libc calls::limits::setaffinity](pid: PROCESS, cpusetsize: UNSIGNED, mask: bytes_in(Argument("cpusetsize"))),
            "Sets on which processors a thread may run.";
        env "sched_getparam" = Full [libc calls::scheduling::priority](pid: PROCESS, param: number_out(4, Scalar::Int)),
            "Stores the priority of a thread, the first word of a `struct sched_param`.";
        env "sched_setparam" = Full [libc calls::scheduling::set_priority](pid: PROCESS, param: number_in(4, Scalar::Int)),
            "Sets the priority of a thread.";
        env "sched_getscheduler" = Full [libc calls::scheduling::policy](pid: PROCESS) -> choice(&c::SCHEDULER),
            "Returns the policy by which a thread is scheduled.";
        env "sched_setscheduler" = Full [libc calls::scheduling::set_policy](pid: PROCESS, policy: choice(&c::SCHEDULER), param: number_in(4, Scalar::Int)),
            "Sets the policy and the priority of a thread.";
        env "sched_rr_get_interval" = Full [libc calls::scheduling::interval](pid: PROCESS, tp: output(&s::TIMESPEC)),
            "Stores how long a thread runs before others of its priority.";
        env "emscripten_num_logical_cores" = Full [calls::threads::cores](),
            "Returns the number of processors.";
        wasi "sched_yield" = Full [wasi::process::sched_yield](),
            "Lets others run.";
    }
    "Threads" {
        env "__wasmjit_thread_number" = Full [calls::scheduling::thread_number](thread: ADDRESS) -> PROCESS,
            "Returns the kernel's number of a thread, 0 when it has ended.";
        env "__wasmjit_futex_wait" = Full [sys calls::threads::futex_wait](word: ADDRESS, value: UNSIGNED, timeout: input(&s::TIMESPEC)),
            "Waits until `memory.atomic.notify` wakes the thread, as long as a word has a value, and at most so long. Returns 0 also where the word has another value, or without a reason; EINTR after a handler without SA_RESTART; ECANCELED where the C library has set that cancellation is told instead of carried out.";
        env "__pthread_create_js" = Full [calls::threads::create](thread: ADDRESS, attr: ADDRESS, start_routine: Meaning::Number(Scalar::Function), arg: ADDRESS),
            "Starts a thread; returns 0 or an error number.";
        env "__emscripten_init_main_thread_js" = Full [calls::threads::init_main](thread: ADDRESS),
            "Tells where the main thread's `struct pthread` is; the host calls `_emscripten_thread_init` with it.";
        env "_emscripten_init_main_thread_js" = Full [calls::threads::init_main](thread: ADDRESS),
            "The same, as newer versions name it.";
        env "__call_main" = Full [calls::threads::call_main](argc: INT, argv: ADDRESS) -> Never,
            "Calls `main` on a thread of its own, for modules linked with PROXY_TO_PTHREAD, and ends the process with its status.";
        env "_emscripten_default_pthread_stack_size" = Partial [calls::threads::default_stack](),
            "Returns the size of threads' stacks.", "2 MiB, also where the module was linked with another DEFAULT_PTHREAD_STACK_SIZE.";
        env "emscripten_receive_on_main_thread_js" = Stub [calls::threads::receive](function: INT, count: INT, arguments: ADDRESS) -> FLOAT,
            "Calls a function of JavaScript on the main thread; returns 0.", "Calls of JavaScript; there are none.";
        env "_emscripten_receive_on_main_thread_js" = Stub
            [calls::threads::receive_from](function: INT, code: ADDRESS, thread: ADDRESS, count: INT, arguments: ADDRESS)
            [calls::threads::receive_async](function: INT, code: ADDRESS, thread: ADDRESS, count: INT, arguments: ADDRESS, then: ADDRESS, data: ADDRESS) -> FLOAT,
            "Calls a function of JavaScript on the main thread; returns 0.", "Calls of JavaScript; there are none.";
        env "emscripten_runtime_keepalive_check" = Full [calls::threads::keepalive](),
            "Returns whether the program lives on when `main` has returned: 0.";
        env "_emscripten_notify_proxying_queue" = Full [calls::threads::notify_queue](target: ADDRESS, current: ADDRESS, main: ADDRESS, queue: ADDRESS),
            "Has a thread look at a queue of calls that others want it to make; returns whether there is such a thread.";
        env "emscripten_check_blocking_allowed" = Full [calls::threads::nothing](),
            "Does nothing: every thread may wait.";
        env "__emscripten_thread_cleanup" = Full [calls::threads::cleanup](thread: ADDRESS),
            "Frees the memory of a thread that has ended, once it no longer runs on it.";
        env "_emscripten_thread_cleanup" = Full [calls::threads::cleanup](thread: ADDRESS),
            "Frees the memory of a thread that has ended, once it no longer runs on it.";
        env "_emscripten_thread_mailbox_await" = Full [calls::threads::ignored](thread: ADDRESS),
            "Does nothing: it belongs to event loops.";
        env "_emscripten_thread_set_strongref" = Full [calls::threads::ignored](thread: ADDRESS),
            "Does nothing: a process waits for no thread but its main one.";
        env "_emscripten_notify_mailbox_postmessage" = Full
            [calls::threads::notify_mailbox](target: ADDRESS)
            [calls::threads::notify_mailbox_from](target: ADDRESS, current: ADDRESS),
            "Has a thread look at its mailbox, where others leave signals and calls for it.";
        env "_emscripten_notify_thread_queue" = Full [calls::threads::notify_calls](target: ADDRESS, main: ADDRESS),
            "Has a thread look at the calls that others want it to make; returns whether there is such a thread.";
        env "emscripten_webgl_create_context" = Stub [calls::threads::no_canvas](target: ADDRESS, attributes: ADDRESS),
            "Returns 0: there is no canvas. Modules with threads import it without need.";
        env "emscripten_set_canvas_element_size" = Stub [calls::threads::no_canvas_size](target: ADDRESS, width: INT, height: INT),
            "Returns -1: there is no canvas. Modules with threads import it without need.";
        env "pthread_setname_np" = Full [calls::threads::set_name](thread: ADDRESS, name: Text),
            "Names the thread; returns 0 or an error number.";
    }
}
