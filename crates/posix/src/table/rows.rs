//! The rows.

use super::{Row, Support};
use crate::handler::{AsKernel, AsLibc, Handler, Variant};
use crate::{calls, wasi};

/// One handler: `path`, `sys path` or `libc path` for functions that fail with an
/// error number, which say here how they report it.
macro_rules! variant {
    (sys $handler:path) => {
        Variant::new(&AsKernel($handler), |ctx, values| {
            Handler::invoke(AsKernel($handler), ctx, values)
        })
    };
    (libc $handler:path) => {
        Variant::new(&AsLibc($handler), |ctx, values| {
            Handler::invoke(AsLibc($handler), ctx, values)
        })
    };
    ($handler:path) => {
        Variant::new(&$handler, |ctx, values| {
            Handler::invoke($handler, ctx, values)
        })
    };
}

macro_rules! rows {
    ($( $group:literal { $( $module:ident $name:literal = $support:ident $([$($handler:tt)+])+ $(, $note:literal)?; )* } )*) => {
        /// Every row.
        pub static ROWS: &[Row] = &[$($(
            Row {
                module: module!($module),
                name: $name,
                group: $group,
                support: Support::$support,
                note: concat!($($note)?),
                variants: const { &[$(variant!($($handler)+)),+] },
            },
        )*)*];
    };
}

macro_rules! module {
    (env) => {
        "env"
    };
    (wasi) => {
        "wasi_snapshot_preview1"
    };
}

rows! {
    "Files" {
        env "__syscall_open" = Full [calls::files::open];
        env "__syscall_openat" = Full [calls::files::openat];
        env "__syscall_unlink" = Full [calls::files::unlink];
        env "__syscall_unlinkat" = Full [calls::files::unlinkat];
        env "__syscall_rename" = Full [calls::files::rename];
        env "__syscall_renameat" = Full [calls::files::renameat];
        env "__syscall_link" = Full [calls::files::link];
        env "__syscall_linkat" = Full [calls::files::linkat];
        env "__syscall_symlink" = Full [calls::files::symlink];
        env "__syscall_symlinkat" = Full [calls::files::symlinkat];
        env "__syscall_readlink" = Full [calls::files::readlink];
        env "__syscall_readlinkat" = Full [calls::files::readlinkat];
        env "__syscall_mknod" = Full [calls::files::mknod];
        env "__syscall_mknodat" = Full [calls::files::mknodat];
        env "__syscall_truncate64" = Full [calls::files::truncate];
        env "__syscall_ftruncate64" = Full [calls::files::ftruncate];
        env "__syscall_fallocate" = Full [calls::files::fallocate];
        env "__syscall_fadvise64" = Full [calls::files::fadvise];
        env "__syscall_fadvise64_64" = Full [calls::files::fadvise];
        env "__syscall_fdatasync" = Full [calls::files::fdatasync];
        env "__syscall_sync" = Full [calls::files::sync];
        env "__syscall_acct" = Full [calls::files::acct];
        env "flock" = Full [libc calls::files::flock];
        env "syncfs" = Full [libc calls::extra::syncfs];
        env "sync_file_range" = Full [libc calls::extra::sync_file_range];
        env "fallocate" = Full [libc calls::extra::fallocate];
        env "copy_file_range" = Full [libc calls::extra::copy_file_range];
        env "sendfile" = Full [libc calls::extra::sendfile];
        env "splice" = Full [libc calls::extra::splice];
        env "tee" = Full [libc calls::extra::tee];
        env "vmsplice" = Partial [libc calls::extra::vmsplice], "Pages are never given away.";
        env "memfd_create" = Full [libc calls::extra::memfd_create];
        wasi "fd_read" = Full [wasi::files::read];
        wasi "fd_write" = Full [wasi::files::write];
        wasi "fd_pread" = Full [wasi::files::pread];
        wasi "fd_pwrite" = Full [wasi::files::pwrite];
        wasi "fd_seek" = Full [wasi::files::seek];
        wasi "fd_tell" = Full [wasi::files::tell];
        wasi "fd_close" = Full [wasi::files::close];
        wasi "fd_sync" = Full [wasi::files::sync];
        wasi "fd_datasync" = Full [wasi::files::datasync];
        wasi "fd_advise" = Full [wasi::files::advise];
        wasi "fd_allocate" = Full [wasi::files::allocate];
        wasi "fd_renumber" = Full [wasi::files::renumber];
        wasi "fd_filestat_set_size" = Full [wasi::files::filestat_set_size];
        wasi "path_open" = Partial [wasi::paths::open], "Relative to a descriptor; 3 is the root and 4 the working directory. What is not found in the working directory is looked for in the root, since guests give absolute paths without their slash.";
        wasi "path_unlink_file" = Full [wasi::paths::unlink_file];
        wasi "path_rename" = Full [wasi::paths::rename];
        wasi "path_link" = Full [wasi::paths::link];
        wasi "path_symlink" = Full [wasi::paths::symlink];
        wasi "path_readlink" = Full [wasi::paths::readlink];
    }
    "Directories" {
        env "__syscall_mkdir" = Full [calls::directories::mkdir];
        env "__syscall_mkdirat" = Full [calls::directories::mkdirat];
        env "__syscall_getdents64" = Full [calls::directories::getdents64];
        env "__syscall_chdir" = Full [calls::directories::chdir];
        env "__syscall_fchdir" = Full [calls::directories::fchdir];
        env "__syscall_getcwd" = Full [calls::directories::getcwd];
        env "__syscall_rmdir" = Full [calls::files::rmdir];
        env "chroot" = Full [libc calls::directories::chroot];
        env "inotify_init" = Full [libc calls::extra::inotify_init];
        env "inotify_init1" = Full [libc calls::extra::inotify_init1];
        env "inotify_add_watch" = Full [libc calls::extra::inotify_add_watch];
        env "inotify_rm_watch" = Full [libc calls::extra::inotify_rm_watch];
        wasi "fd_prestat_get" = Full [wasi::directories::prestat_get];
        wasi "fd_prestat_dir_name" = Full [wasi::directories::prestat_dir_name];
        wasi "fd_readdir" = Full [wasi::directories::readdir];
        wasi "path_create_directory" = Full [wasi::paths::create_directory];
        wasi "path_remove_directory" = Full [wasi::paths::remove_directory];
    }
    "File status" {
        env "__syscall_stat64" = Full [calls::metadata::stat];
        env "__syscall_lstat64" = Full [calls::metadata::lstat];
        env "__syscall_fstat64" = Full [calls::metadata::fstat];
        env "__syscall_fstatat64" = Full [calls::metadata::fstatat];
        env "__syscall_newfstatat" = Full [calls::metadata::fstatat];
        env "__syscall_statfs64" = Full [calls::metadata::statfs];
        env "__syscall_fstatfs64" = Full [calls::metadata::fstatfs];
        env "__syscall_access" = Full [calls::metadata::access];
        env "__syscall_faccessat" = Full [calls::metadata::faccessat];
        env "__syscall_chmod" = Full [calls::metadata::chmod];
        env "__syscall_fchmod" = Full [calls::metadata::fchmod];
        env "__syscall_fchmodat" = Full [calls::metadata::fchmodat];
        env "__syscall_fchmodat2" = Full [calls::metadata::fchmodat2];
        env "__syscall_chown32" = Full [calls::metadata::chown];
        env "__syscall_lchown32" = Full [calls::metadata::lchown];
        env "__syscall_fchown32" = Full [calls::metadata::fchown];
        env "__syscall_fchownat" = Full [calls::metadata::fchownat];
        env "__syscall_utimensat" = Full [calls::metadata::utimensat];
        env "__syscall_umask" = Full [calls::metadata::umask];
        env "euidaccess" = Full [libc calls::extra::euidaccess];
        env "futimes" = Full [libc calls::extra::futimes];
        env "lutimes" = Full [libc calls::extra::lutimes];
        env "getxattr" = Full [libc calls::extra::getxattr];
        env "setxattr" = Full [libc calls::extra::setxattr];
        wasi "fd_fdstat_get" = Full [wasi::files::fdstat_get];
        wasi "fd_fdstat_set_flags" = Full [wasi::files::fdstat_set_flags];
        wasi "fd_fdstat_set_rights" = Partial [wasi::files::fdstat_set_rights], "Rights are those of the user; nothing is taken away.";
        wasi "fd_filestat_get" = Full [wasi::files::filestat_get];
        wasi "fd_filestat_set_times" = Full [wasi::files::filestat_set_times];
        wasi "path_filestat_get" = Full [wasi::paths::filestat_get];
        wasi "path_filestat_set_times" = Full [wasi::paths::filestat_set_times];
    }
    "Descriptors" {
        env "__syscall_dup" = Full [calls::descriptors::dup];
        env "__syscall_dup3" = Full [calls::descriptors::dup3];
        env "__syscall_pipe" = Full [calls::descriptors::pipe];
        env "__syscall_pipe2" = Full [calls::descriptors::pipe2];
        env "__syscall_fcntl64" = Full [calls::descriptors::fcntl];
        env "__syscall_ioctl" = Partial [calls::ioctl::ioctl], "Terminals, pipes, sockets, network interfaces and block sizes; other requests give ENOTTY.";
        env "__syscall_poll" = Full [calls::poll::poll];
        env "__syscall_poll_nonblocking" = Full [calls::poll::poll_now];
        env "ppoll" = Full [libc calls::poll::ppoll];
        env "__syscall__newselect" = Full [calls::poll::select];
        env "__syscall_pselect6" = Full [calls::poll::pselect6];
        env "__syscall_epoll_create1" = Full [sys calls::epoll::create1];
        env "__syscall_epoll_ctl" = Full [sys calls::epoll::ctl];
        env "__syscall_epoll_pwait" = Full [sys calls::epoll::pwait_sized];
        env "__syscall_epoll_pwait_nonblocking" = Full [sys calls::epoll::wait_now];
        env "epoll_create" = Full [libc calls::epoll::create];
        env "epoll_create1" = Full [libc calls::epoll::create1];
        env "epoll_ctl" = Full [libc calls::epoll::ctl];
        env "epoll_wait" = Full [libc calls::epoll::wait];
        env "epoll_pwait" = Full [libc calls::epoll::pwait];
        env "eventfd" = Full [libc calls::epoll::eventfd];
        env "timerfd_create" = Full [libc calls::epoll::timerfd_create];
        env "timerfd_settime" = Full [libc calls::epoll::timerfd_settime];
        env "timerfd_gettime" = Full [libc calls::epoll::timerfd_gettime];
        env "signalfd" = Full [libc calls::signals::signalfd];
        wasi "poll_oneoff" = Full [wasi::poll::oneoff];
    }
    "Sockets" {
        env "__syscall_socket" = Full [calls::sockets::socket];
        env "__syscall_socketpair" = Full [calls::sockets::socketpair];
        env "__syscall_bind" = Full [calls::sockets::bind];
        env "__syscall_connect" = Full [calls::sockets::connect];
        env "__syscall_listen" = Full [calls::sockets::listen];
        env "__syscall_accept4" = Full [calls::sockets::accept4];
        env "__syscall_getsockname" = Full [calls::sockets::getsockname];
        env "__syscall_getpeername" = Full [calls::sockets::getpeername];
        env "__syscall_shutdown" = Full [calls::sockets::shutdown];
        env "__syscall_sendto" = Full [calls::sockets::sendto];
        env "__syscall_recvfrom" = Full [calls::sockets::recvfrom];
        env "__syscall_sendmsg" = Full [calls::messages::sendmsg];
        env "__syscall_recvmsg" = Full [calls::messages::recvmsg];
        env "__syscall_sendmmsg" = Full [calls::messages::sendmmsg];
        env "__syscall_recvmmsg" = Full [calls::messages::recvmmsg];
        env "__syscall_setsockopt" = Partial [calls::socket_options::setsockopt], "Options whose values contain pointers (packet filters) give ENOPROTOOPT.";
        env "__syscall_getsockopt" = Partial [calls::socket_options::getsockopt], "As setsockopt.";
        wasi "sock_accept" = Full [wasi::sockets::accept];
        wasi "sock_recv" = Full [wasi::sockets::recv];
        wasi "sock_send" = Full [wasi::sockets::send];
        wasi "sock_shutdown" = Full [wasi::sockets::shutdown];
    }
    "Names" {
        env "getaddrinfo" = Full [calls::names::getaddrinfo];
        env "getnameinfo" = Full [calls::names::getnameinfo];
        env "gethostbyname" = Full [calls::names::gethostbyname];
        env "gethostbyname_r" = Full [calls::names::gethostbyname_r];
        env "gethostbyaddr" = Full [calls::names::gethostbyaddr];
        env "getprotobyname" = Partial [calls::names::getprotobyname], "Without aliases.";
        env "_emscripten_lookup_name" = Full [calls::names::lookup];
    }
    "Time" {
        env "clock_gettime" = Full [calls::clock::gettime];
        env "__clock_gettime" = Full [calls::clock::gettime];
        env "clock_getres" = Full [calls::clock::getres];
        env "gettimeofday" = Full [calls::clock::gettimeofday];
        env "time" = Full [calls::clock::time];
        env "clock" = Full [calls::clock::clock];
        env "difftime" = Full [calls::clock::difftime];
        env "ftime" = Full [calls::clock::ftime];
        env "timespec_get" = Full [calls::clock::timespec_get];
        env "emscripten_get_now" = Full [calls::clock::get_now];
        env "emscripten_date_now" = Full [calls::clock::date_now];
        env "emscripten_get_now_res" = Full [calls::clock::get_now_res];
        env "_emscripten_get_now_is_monotonic" = Full [calls::clock::now_is_monotonic];
        env "emscripten_get_now_is_monotonic" = Full [calls::clock::now_is_monotonic];
        env "_tzset_js" = Full [calls::local_time::tzset] [calls::local_time::tzset_allocating];
        env "_localtime_js" = Full [calls::local_time::local] [calls::local_time::local_at];
        env "_gmtime_js" = Full [calls::local_time::utc] [calls::local_time::utc_at];
        env "_mktime_js" = Full [calls::local_time::make] [calls::local_time::make_32];
        env "_timegm_js" = Full [calls::local_time::make_utc] [calls::local_time::make_utc_32];
        env "strftime" = Partial [calls::local_time::strftime], "In the C locale.";
        env "strftime_l" = Partial [calls::local_time::strftime_l], "In the C locale.";
        env "strptime" = Partial [calls::local_time::strptime], "In the C locale.";
        env "strptime_l" = Partial [calls::local_time::strptime_l], "In the C locale.";
        env "__asctime_r" = Full [calls::local_time::asctime];
        env "dysize" = Full [calls::legacy::dysize];
        env "__syscall_getitimer" = Full [calls::limits::getitimer];
        env "__syscall_setitimer" = Partial [calls::limits::setitimer], "The signal has its default action.";
        env "_setitimer_js" = Partial [calls::signals::setitimer], "The signal has its default action.";
        env "alarm" = Partial [calls::signals::alarm], "The signal has its default action.";
        env "settimeofday" = Full [libc calls::extra::settimeofday];
        wasi "clock_time_get" = Full [wasi::clock::time_get];
        wasi "clock_res_get" = Full [wasi::clock::res_get];
    }
    "Process" {
        env "__syscall_getpid" = Full [calls::identity::getpid];
        env "__syscall_getppid" = Full [calls::identity::getppid];
        env "__syscall_getuid32" = Full [calls::identity::getuid];
        env "__syscall_geteuid32" = Full [calls::identity::geteuid];
        env "__syscall_getgid32" = Full [calls::identity::getgid];
        env "__syscall_getegid32" = Full [calls::identity::getegid];
        env "__syscall_setsid" = Full [calls::identity::setsid];
        env "__syscall_getpgid" = Full [calls::identity::getpgid];
        env "__syscall_getsid" = Full [calls::identity::getsid];
        env "__syscall_setpgid" = Full [calls::identity::setpgid];
        env "__syscall_getresuid32" = Full [calls::identity::getresuid];
        env "__syscall_getresgid32" = Full [calls::identity::getresgid];
        env "__syscall_getgroups32" = Full [calls::identity::getgroups];
        env "__syscall_setuid32" = Full [calls::identity::setuid];
        env "__syscall_setgid32" = Full [calls::identity::setgid];
        env "__syscall_setreuid32" = Full [calls::identity::setreuid];
        env "__syscall_setregid32" = Full [calls::identity::setregid];
        env "__syscall_setresuid32" = Full [calls::identity::setresuid];
        env "__syscall_setresgid32" = Full [calls::identity::setresgid];
        env "__syscall_uname" = Full [calls::identity::uname];
        env "__syscall_setdomainname" = Full [calls::identity::setdomainname];
        env "setgroups" = Full [libc calls::identity::setgroups];
        env "setfsuid" = Full [libc calls::identity::setfsuid];
        env "sethostname" = Full [libc calls::identity::sethostname];
        env "unshare" = Full [libc calls::identity::unshare];
        env "setns" = Full [libc calls::identity::setns];
        env "vhangup" = Full [libc calls::identity::vhangup];
        env "prctl" = Partial [libc calls::identity::prctl], "Names, death signal, dumpable, keepcaps, subreaper, no-new-privileges.";
        env "_emscripten_get_progname" = Full [calls::identity::program_name];
        env "exit" = Partial [calls::exit::exit], "Handlers of atexit run where the module exports __funcs_on_exit; stdio is always flushed.";
        env "_exit" = Full [calls::exit::immediately];
        env "_Exit" = Full [calls::exit::immediately];
        env "quick_exit" = Full [calls::extra::quick_exit];
        env "emscripten_force_exit" = Full [calls::exit::exit];
        env "emscripten_exit_with_live_runtime" = Full [calls::threads::unwind];
        env "emscripten_unwind_to_js_event_loop" = Full [calls::threads::unwind];
        env "abort" = Full [calls::exit::abort];
        env "_abort_js" = Full [calls::exit::abort];
        env "__assert_fail" = Full [calls::exit::assert_fail];
        env "system" = Full [calls::exit::system];
        env "_emscripten_system" = Full [sys calls::exit::system_raw];
        env "__syscall_wait4" = Full [sys calls::exit::wait4];
        env "wait4" = Full [libc calls::exit::wait4];
        env "wait3" = Full [libc calls::exit::wait3];
        env "_emscripten_runtime_keepalive_clear" = Full [calls::threads::nothing];
        env "emscripten_runtime_keepalive_push" = Full [calls::threads::nothing];
        env "emscripten_runtime_keepalive_pop" = Full [calls::threads::nothing];
        wasi "proc_exit" = Full [calls::exit::immediately];
        wasi "proc_raise" = Full [wasi::process::raise];
        wasi "args_sizes_get" = Full [wasi::process::args_sizes_get];
        wasi "args_get" = Full [wasi::process::args_get];
        wasi "environ_sizes_get" = Full [wasi::process::environ_sizes_get];
        wasi "environ_get" = Full [wasi::process::environ_get];
    }
    "Signals" {
        env "__call_sighandler" = Full [calls::signals::call_handler];
        env "__syscall_kill" = Full [calls::signals::kill];
        env "__syscall_pause" = Full [calls::signals::pause];
        env "pthread_kill" = Partial [calls::threads::kill], "Signal 0 and cancellation.";
    }
    "Limits" {
        env "__syscall_ugetrlimit" = Full [calls::limits::getrlimit];
        env "__syscall_setrlimit" = Full [calls::limits::setrlimit];
        env "__syscall_prlimit64" = Full [calls::limits::prlimit];
        env "__syscall_getrusage" = Full [calls::limits::getrusage];
        env "__syscall_getpriority" = Full [calls::limits::getpriority];
        env "__syscall_setpriority" = Full [calls::limits::setpriority];
        env "__syscall_nice" = Full [calls::limits::nice];
        env "prlimit" = Full [libc calls::limits::prlimit];
        env "times" = Full [calls::limits::times];
        env "sysinfo" = Full [libc calls::limits::sysinfo];
        env "getdtablesize" = Full [libc calls::limits::getdtablesize];
        env "getloadavg" = Full [calls::limits::getloadavg];
        env "sched_getaffinity" = Full [libc calls::limits::getaffinity];
        env "sched_setaffinity" = Full [libc calls::limits::setaffinity];
        env "emscripten_num_logical_cores" = Full [calls::threads::cores];
        wasi "sched_yield" = Full [wasi::process::sched_yield];
    }
    "Memory" {
        env "emscripten_resize_heap" = Full [calls::memory::resize_heap];
        env "emscripten_get_heap_max" = Full [calls::memory::heap_max];
        env "emscripten_get_heap_size" = Full [calls::memory::heap_size];
        env "emscripten_notify_memory_growth" = Full [calls::memory::notify_growth];
        env "emscripten_memcpy_big" = Full [calls::memory::copy];
        env "_emscripten_memcpy_js" = Full [calls::memory::copy];
        env "_mmap_js" = Partial [calls::mapping::mmap] [calls::mapping::mmap_old], "A copy of the file; changes of a shared one are written back by msync, munmap and at the end.";
        env "_munmap_js" = Full [calls::mapping::munmap] [calls::mapping::munmap_old];
        env "_msync_js" = Full [calls::mapping::msync] [calls::mapping::msync_old];
        env "__map_file" = Stub [calls::mapping::map_file];
        env "__syscall_mprotect" = Partial [calls::memory::ignored_range], "No effect.";
        env "__syscall_madvise" = Partial [calls::memory::ignored_range], "No effect.";
        env "__syscall_mlock" = Partial [calls::memory::ignored_lock], "No effect.";
        env "__syscall_munlock" = Partial [calls::memory::ignored_lock], "No effect.";
        env "__syscall_mlockall" = Partial [calls::memory::ignored_lock_all], "No effect.";
        env "__syscall_munlockall" = Partial [calls::memory::ignored_unlock_all], "No effect.";
        env "__syscall_mincore" = Partial [calls::memory::mincore], "All pages are present.";
        env "__syscall_mremap" = Stub [calls::memory::mremap];
    }
    "C++ exceptions and longjmp" {
        env "__cxa_allocate_exception" = Full [calls::exceptions::allocate];
        env "__cxa_free_exception" = Full [calls::exceptions::free];
        env "__cxa_throw" = Full [calls::exceptions::throw];
        env "__cxa_rethrow" = Full [calls::exceptions::rethrow];
        env "__cxa_begin_catch" = Full [calls::exceptions::begin_catch];
        env "__cxa_end_catch" = Full [calls::exceptions::end_catch];
        env "__cxa_get_exception_ptr" = Full [calls::exceptions::get_pointer];
        env "__cxa_uncaught_exceptions" = Full [calls::exceptions::uncaught];
        env "__cxa_increment_exception_refcount" = Full [calls::exceptions::increment];
        env "__cxa_decrement_exception_refcount" = Full [calls::exceptions::decrement];
        env "__cxa_current_primary_exception" = Full [calls::exceptions::current];
        env "__cxa_current_exception_type" = Full [calls::exceptions::current_type];
        env "__cxa_rethrow_primary_exception" = Full [calls::exceptions::rethrow_primary];
        env "__cxa_call_unexpected" = Full [calls::exceptions::unexpected];
        env "__resumeException" = Full [calls::exceptions::resume];
        env "llvm_eh_typeid_for" = Full [calls::exceptions::type_id];
        env "_emscripten_throw_longjmp" = Full [calls::invoke::throw_longjmp];
        env "emscripten_longjmp" = Full [calls::invoke::longjmp];
        env "setTempRet0" = Full [calls::legacy::set_temp_ret0];
        env "getTempRet0" = Full [calls::legacy::get_temp_ret0];
    }
    "Random numbers" {
        env "getentropy" = Full [calls::extra::getentropy];
        env "getrandom" = Full [libc calls::extra::getrandom];
        wasi "random_get" = Full [wasi::process::random_get];
    }
    "Messages" {
        env "emscripten_console_log" = Full [calls::console::out];
        env "_emscripten_out" = Full [calls::console::out];
        env "emscripten_out" = Full [calls::console::out];
        env "emscripten_console_warn" = Full [calls::console::err];
        env "emscripten_console_error" = Full [calls::console::err];
        env "_emscripten_err" = Full [calls::console::err];
        env "emscripten_err" = Full [calls::console::err];
        env "_emscripten_dbg" = Full [calls::console::err];
        env "emscripten_dbg" = Full [calls::console::err];
        env "emscripten_log_js" = Full [calls::console::log];
    }
    "Dynamic linking" {
        env "_dlopen_js" = Stub [calls::linker::open];
        env "_dlsym_js" = Stub [calls::linker::symbol] [calls::linker::symbol_indexed];
        env "_dlinit" = Stub [calls::linker::init];
        env "dl_iterate_phdr" = Stub [calls::linker::iterate];
    }
    "Threads" {
        env "__pthread_create_js" = Full [calls::threads::create];
        env "__emscripten_init_main_thread_js" = Full [calls::threads::init_main];
        env "_emscripten_init_main_thread_js" = Full [calls::threads::init_main];
        env "__call_main" = Full [calls::threads::call_main];
        env "_emscripten_default_pthread_stack_size" = Partial [calls::threads::default_stack], "2 MiB, also where the module was linked with another DEFAULT_PTHREAD_STACK_SIZE.";
        env "emscripten_receive_on_main_thread_js" = Stub [calls::threads::receive], "Calls of JavaScript; there are none.";
        env "_emscripten_receive_on_main_thread_js" = Stub [calls::threads::receive_from] [calls::threads::receive_async], "Calls of JavaScript; there are none.";
        env "emscripten_runtime_keepalive_check" = Full [calls::threads::keepalive];
        env "_emscripten_notify_proxying_queue" = Full [calls::threads::notify_queue];
        env "emscripten_check_blocking_allowed" = Full [calls::threads::nothing];
        env "__emscripten_thread_cleanup" = Full [calls::threads::cleanup];
        env "_emscripten_thread_cleanup" = Full [calls::threads::cleanup];
        env "_emscripten_thread_mailbox_await" = Full [calls::threads::ignored];
        env "_emscripten_thread_set_strongref" = Full [calls::threads::ignored];
        env "_emscripten_notify_mailbox_postmessage" = Full [calls::threads::notify_mailbox] [calls::threads::notify_mailbox_from];
        env "_emscripten_notify_thread_queue" = Full [calls::threads::notify_calls];
        env "emscripten_webgl_create_context" = Stub [calls::threads::no_canvas];
        env "emscripten_set_canvas_element_size" = Stub [calls::threads::no_canvas_size];
        env "pthread_setname_np" = Full [calls::threads::set_name];
    }
    "System administration" {
        env "mount" = Full [libc calls::extra::mount];
        env "umount" = Full [libc calls::extra::umount];
        env "umount2" = Full [libc calls::extra::umount2];
        env "swapon" = Full [libc calls::extra::swapon];
    }
    "System V IPC" {
        env "semget" = Full [libc calls::extra::semget];
        env "semop" = Full [libc calls::extra::semop];
        env "msgget" = Full [libc calls::extra::msgget];
    }
}
