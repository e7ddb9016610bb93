//! Flags and numbers with names, in the guest's values, which are those of
//! Linux on x86-64.

use super::meaning::{Choice, Flags};

macro_rules! flags {
    ($( $(#[doc = $doc:literal])* $id:ident $name:literal $(choose $mask:literal { $($cv:literal $cn:ident),* })? { $($bit:literal $bn:ident),* $(,)? } )*) => {
        $(
            $(#[doc = $doc])*
            pub static $id: Flags = Flags {
                name: $name,
                choice: choice!($($mask { $($cv $cn),* })?),
                bits: &[$(($bit, stringify!($bn))),*],
            };
        )*

        /// Every set of flags.
        pub static ALL_FLAGS: &[&Flags] = &[$(&$id),*];
    };
}

macro_rules! choice {
    () => { None };
    ($mask:literal { $($cv:literal $cn:ident),* }) => {
        Some(($mask, &[$(($cv, stringify!($cn))),*]))
    };
}

macro_rules! choices {
    ($( $(#[doc = $doc:literal])* $id:ident $name:literal { $($value:literal $vn:ident),* $(,)? } )*) => {
        $(
            $(#[doc = $doc])*
            pub static $id: Choice = Choice {
                name: $name,
                values: &[$(($value, stringify!($vn))),*],
            };
        )*

        /// Every set of numbers with names.
        pub static ALL_CHOICES: &[&Choice] = &[$(&$id),*];
    };
}

flags! {
    /// Of `open`, and of open files.
    OPEN "open flags" choose 3 { 0 O_RDONLY, 1 O_WRONLY, 2 O_RDWR } {
        0o20200000 O_TMPFILE, 0o4010000 O_SYNC,
        0o100 O_CREAT, 0o200 O_EXCL, 0o400 O_NOCTTY, 0o1000 O_TRUNC, 0o2000 O_APPEND,
        0o4000 O_NONBLOCK, 0o10000 O_DSYNC, 0o20000 O_ASYNC, 0o40000 O_DIRECT,
        0o100000 O_LARGEFILE, 0o200000 O_DIRECTORY, 0o400000 O_NOFOLLOW, 0o1000000 O_NOATIME,
        0o2000000 O_CLOEXEC, 0o10000000 O_PATH,
    }
    /// Of `sigaction`.
    SIGACTION "signal action flags" {
        1 SA_NOCLDSTOP, 2 SA_NOCLDWAIT, 4 SA_SIGINFO, 0x8000000 SA_ONSTACK, 0x10000000 SA_RESTART,
        0x40000000 SA_NODEFER, 0x80000000 SA_RESETHAND,
    }
    /// Of `sigaltstack`.
    SIGNAL_STACK "signal stack flags" { 1 SS_ONSTACK, 2 SS_DISABLE }
    /// Of descriptors that are made otherwise.
    CLOEXEC "descriptor flags" { 0o2000000 O_CLOEXEC, 0o4000 O_NONBLOCK, 0o40000 O_DIRECT }
    /// Of calls that take paths.
    AT "path flags" {
        0x100 AT_SYMLINK_NOFOLLOW, 0x400 AT_SYMLINK_FOLLOW, 0x800 AT_NO_AUTOMOUNT,
        0x1000 AT_EMPTY_PATH,
    }
    /// Of `unlinkat`.
    AT_REMOVE "unlink flags" { 0x200 AT_REMOVEDIR }
    /// Of `faccessat`.
    AT_ACCESS "access flags" { 0x100 AT_SYMLINK_NOFOLLOW, 0x200 AT_EACCESS, 0x1000 AT_EMPTY_PATH }
    /// Of `access`.
    ACCESS "access rights" choose 7 { 0 F_OK } { 4 R_OK, 2 W_OK, 1 X_OK }
    /// Of `fallocate`.
    FALLOCATE "allocation mode" {
        1 FALLOC_FL_KEEP_SIZE, 2 FALLOC_FL_PUNCH_HOLE, 8 FALLOC_FL_COLLAPSE_RANGE,
        16 FALLOC_FL_ZERO_RANGE, 32 FALLOC_FL_INSERT_RANGE, 64 FALLOC_FL_UNSHARE_RANGE,
    }
    /// Of `flock`.
    FLOCK "lock operation" { 1 LOCK_SH, 2 LOCK_EX, 8 LOCK_UN, 4 LOCK_NB }
    /// Of `sync_file_range`.
    SYNC_RANGE "range flags" {
        1 SYNC_FILE_RANGE_WAIT_BEFORE, 2 SYNC_FILE_RANGE_WRITE, 4 SYNC_FILE_RANGE_WAIT_AFTER,
    }
    /// Of `splice`, `tee` and `vmsplice`.
    SPLICE "splice flags" { 1 SPLICE_F_MOVE, 2 SPLICE_F_NONBLOCK, 4 SPLICE_F_MORE, 8 SPLICE_F_GIFT }
    /// Of `memfd_create`.
    MEMFD "memory file flags" { 1 MFD_CLOEXEC, 2 MFD_ALLOW_SEALING, 4 MFD_HUGETLB }
    /// Of `inotify_add_watch` and its events.
    INOTIFY "watch mask" {
        0xfff IN_ALL_EVENTS, 1 IN_ACCESS, 2 IN_MODIFY, 4 IN_ATTRIB, 8 IN_CLOSE_WRITE,
        0x10 IN_CLOSE_NOWRITE, 0x20 IN_OPEN, 0x40 IN_MOVED_FROM, 0x80 IN_MOVED_TO, 0x100 IN_CREATE,
        0x200 IN_DELETE, 0x400 IN_DELETE_SELF, 0x800 IN_MOVE_SELF, 0x1000000 IN_ONLYDIR,
        0x2000000 IN_DONT_FOLLOW, 0x20000000 IN_MASK_ADD, 0x80000000 IN_ONESHOT,
    }
    /// Of `setxattr`.
    XATTR "attribute flags" { 1 XATTR_CREATE, 2 XATTR_REPLACE }
    /// Of `poll`.
    POLL "poll events" {
        1 POLLIN, 2 POLLPRI, 4 POLLOUT, 8 POLLERR, 16 POLLHUP, 32 POLLNVAL, 64 POLLRDNORM,
        128 POLLRDBAND, 256 POLLWRNORM, 512 POLLWRBAND, 0x2000 POLLRDHUP,
    }
    /// Of `epoll`.
    EPOLL "epoll events" {
        1 EPOLLIN, 2 EPOLLPRI, 4 EPOLLOUT, 8 EPOLLERR, 16 EPOLLHUP, 64 EPOLLRDNORM,
        128 EPOLLRDBAND, 256 EPOLLWRNORM, 512 EPOLLWRBAND, 0x2000 EPOLLRDHUP,
        0x10000000 EPOLLEXCLUSIVE, 0x20000000 EPOLLWAKEUP, 0x40000000 EPOLLONESHOT,
        0x80000000 EPOLLET,
    }
    /// Of `eventfd`.
    EVENTFD "event counter flags" { 1 EFD_SEMAPHORE, 0o2000000 EFD_CLOEXEC, 0o4000 EFD_NONBLOCK }
    /// Of `timerfd_settime`.
    TIMERFD "timer flags" { 1 TFD_TIMER_ABSTIME, 2 TFD_TIMER_CANCEL_ON_SET }
    /// Of `socket`.
    SOCKET_TYPE "socket type" choose 0xf {
        1 SOCK_STREAM, 2 SOCK_DGRAM, 3 SOCK_RAW, 4 SOCK_RDM, 5 SOCK_SEQPACKET, 10 SOCK_PACKET
    } { 0o2000000 SOCK_CLOEXEC, 0o4000 SOCK_NONBLOCK }
    /// Of `accept4`.
    ACCEPT "accept flags" { 0o2000000 SOCK_CLOEXEC, 0o4000 SOCK_NONBLOCK }
    /// Of sending and receiving.
    MSG "message flags" {
        1 MSG_OOB, 2 MSG_PEEK, 4 MSG_DONTROUTE, 8 MSG_CTRUNC, 0x20 MSG_TRUNC, 0x40 MSG_DONTWAIT,
        0x80 MSG_EOR, 0x100 MSG_WAITALL, 0x800 MSG_CONFIRM, 0x2000 MSG_ERRQUEUE,
        0x4000 MSG_NOSIGNAL, 0x8000 MSG_MORE, 0x10000 MSG_WAITFORONE, 0x20000000 MSG_FASTOPEN,
        0x40000000 MSG_CMSG_CLOEXEC,
    }
    /// Of `getaddrinfo`.
    ADDRINFO "lookup flags" {
        1 AI_PASSIVE, 2 AI_CANONNAME, 4 AI_NUMERICHOST, 8 AI_V4MAPPED, 0x10 AI_ALL,
        0x20 AI_ADDRCONFIG, 0x400 AI_NUMERICSERV,
    }
    /// Of `getnameinfo`.
    NAMEINFO "name flags" {
        1 NI_NUMERICHOST, 2 NI_NUMERICSERV, 4 NI_NOFQDN, 8 NI_NAMEREQD, 16 NI_DGRAM,
    }
    /// Of `mmap`.
    PROTECTION "protection" choose 7 { 0 PROT_NONE } { 1 PROT_READ, 2 PROT_WRITE, 4 PROT_EXEC }
    /// Of `mmap`.
    MAP "mapping flags" choose 0xf { 1 MAP_SHARED, 2 MAP_PRIVATE, 3 MAP_SHARED_VALIDATE } {
        0x10 MAP_FIXED, 0x20 MAP_ANONYMOUS, 0x100 MAP_GROWSDOWN, 0x2000 MAP_LOCKED,
        0x4000 MAP_NORESERVE, 0x8000 MAP_POPULATE, 0x10000 MAP_NONBLOCK, 0x20000 MAP_STACK,
    }
    /// Of `msync`.
    MSYNC "sync flags" { 1 MS_ASYNC, 2 MS_INVALIDATE, 4 MS_SYNC }
    /// Of `mremap`.
    MREMAP "remap flags" { 1 MREMAP_MAYMOVE, 2 MREMAP_FIXED }
    /// Of `mlockall`.
    MLOCKALL "lock flags" { 1 MCL_CURRENT, 2 MCL_FUTURE, 4 MCL_ONFAULT }
    /// Of `wait4`.
    WAIT "wait options" {
        1 WNOHANG, 2 WUNTRACED, 4 WEXITED, 8 WCONTINUED, 0x1000000 WNOWAIT,
    }
    /// Of `getrandom`.
    RANDOM "random flags" { 1 GRND_NONBLOCK, 2 GRND_RANDOM, 4 GRND_INSECURE }
    /// Of `unshare` and `setns`.
    CLONE "namespace flags" {
        0x100 CLONE_VM, 0x200 CLONE_FS, 0x400 CLONE_FILES, 0x800 CLONE_SIGHAND, 0x10000 CLONE_THREAD,
        0x20000 CLONE_NEWNS, 0x40000 CLONE_SYSVSEM, 0x2000000 CLONE_NEWCGROUP,
        0x4000000 CLONE_NEWUTS, 0x8000000 CLONE_NEWIPC, 0x10000000 CLONE_NEWUSER,
        0x20000000 CLONE_NEWPID, 0x40000000 CLONE_NEWNET,
    }
    /// Of `mount`.
    MOUNT "mount flags" {
        1 MS_RDONLY, 2 MS_NOSUID, 4 MS_NODEV, 8 MS_NOEXEC, 16 MS_SYNCHRONOUS, 32 MS_REMOUNT,
        0x1000 MS_BIND, 0x2000 MS_MOVE, 0x4000 MS_REC, 0x8000 MS_SILENT, 0x20000 MS_UNBINDABLE,
        0x40000 MS_PRIVATE, 0x80000 MS_SLAVE, 0x100000 MS_SHARED, 0x200000 MS_RELATIME,
    }
    /// Of `umount2`.
    UMOUNT "unmount flags" { 1 MNT_FORCE, 2 MNT_DETACH, 4 MNT_EXPIRE, 8 UMOUNT_NOFOLLOW }
    /// Of `semget`, `msgget` and the like.
    IPC "IPC flags" { 0o1000 IPC_CREAT, 0o2000 IPC_EXCL, 0o4000 IPC_NOWAIT }
    /// Of `msgsnd` and `msgrcv`.
    MESSAGE "message flags" { 0o4000 IPC_NOWAIT, 0o10000 MSG_NOERROR, 0o20000 MSG_EXCEPT }
    /// Of `shmat`.
    SHMAT "shmat flags" { 0o10000 SHM_RDONLY, 0o20000 SHM_RND, 0o40000 SHM_REMAP, 0o100000 SHM_EXEC }
    /// Of `dlopen`.
    DLOPEN "dlopen flags" choose 3 { 1 RTLD_LAZY, 2 RTLD_NOW } { 0x100 RTLD_GLOBAL, 4 RTLD_NOLOAD, 0x1000 RTLD_NODELETE }
    /// WASI's `lookupflags`.
    W_LOOKUP "lookupflags" { 1 symlink_follow }
    /// WASI's `oflags`.
    W_OPEN "oflags" { 1 creat, 2 directory, 4 excl, 8 trunc }
    /// WASI's `fdflags`.
    W_FD "fdflags" { 1 append, 2 dsync, 4 nonblock, 8 rsync, 16 sync }
    /// WASI's `fstflags`.
    W_TIMES "fstflags" { 1 atim, 2 atim_now, 4 mtim, 8 mtim_now }
    /// WASI's `riflags`.
    W_RECEIVE "riflags" { 1 recv_peek, 2 recv_waitall }
    /// WASI's `roflags`.
    W_RECEIVED "roflags" { 1 recv_data_truncated }
    /// WASI's `sdflags`.
    W_SHUTDOWN "sdflags" { 1 rd, 2 wr }
    /// WASI's `rights`.
    W_RIGHTS "rights" {
        0x3fffffff all, 1 fd_datasync, 2 fd_read, 4 fd_seek, 8 fd_fdstat_set_flags, 16 fd_sync,
        32 fd_tell, 64 fd_write, 128 fd_advise, 256 fd_allocate, 512 path_create_directory,
        1024 path_create_file, 2048 path_link_source, 4096 path_link_target, 0x2000 path_open,
        0x4000 fd_readdir, 0x8000 path_readlink, 0x10000 path_rename_source,
        0x20000 path_rename_target, 0x40000 path_filestat_get, 0x80000 path_filestat_set_size,
        0x100000 path_filestat_set_times, 0x200000 fd_filestat_get, 0x400000 fd_filestat_set_size,
        0x800000 fd_filestat_set_times, 0x1000000 path_symlink, 0x2000000 path_remove_directory,
        0x4000000 path_unlink_file, 0x8000000 poll_fd_readwrite, 0x10000000 sock_shutdown,
        0x20000000 sock_accept,
    }
}

choices! {
    /// Signals.
    SIGNAL "signal" {
        1 SIGHUP, 2 SIGINT, 3 SIGQUIT, 4 SIGILL, 5 SIGTRAP, 6 SIGABRT, 7 SIGBUS, 8 SIGFPE,
        9 SIGKILL, 10 SIGUSR1, 11 SIGSEGV, 12 SIGUSR2, 13 SIGPIPE, 14 SIGALRM, 15 SIGTERM,
        16 SIGSTKFLT, 17 SIGCHLD, 18 SIGCONT, 19 SIGSTOP, 20 SIGTSTP, 21 SIGTTIN, 22 SIGTTOU,
        23 SIGURG, 24 SIGXCPU, 25 SIGXFSZ, 26 SIGVTALRM, 27 SIGPROF, 28 SIGWINCH, 29 SIGIO,
        30 SIGPWR, 31 SIGSYS,
    }
    /// Advice of `posix_fadvise`.
    FADVISE "file advice" {
        0 POSIX_FADV_NORMAL, 1 POSIX_FADV_RANDOM, 2 POSIX_FADV_SEQUENTIAL, 3 POSIX_FADV_WILLNEED,
        4 POSIX_FADV_DONTNEED, 5 POSIX_FADV_NOREUSE,
    }
    /// Advice of `madvise`.
    MADVISE "memory advice" {
        0 MADV_NORMAL, 1 MADV_RANDOM, 2 MADV_SEQUENTIAL, 3 MADV_WILLNEED, 4 MADV_DONTNEED,
        8 MADV_FREE, 9 MADV_REMOVE, 14 MADV_HUGEPAGE, 15 MADV_NOHUGEPAGE,
    }
    /// Where a seek starts.
    WHENCE "seek origin" { 0 SEEK_SET, 1 SEEK_CUR, 2 SEEK_END, 3 SEEK_DATA, 4 SEEK_HOLE }
    /// Commands of `fcntl`. Record locks have 5 to 7 in some versions and 12 to
    /// 14 in others.
    FCNTL "fcntl command" {
        0 F_DUPFD, 1 F_GETFD, 2 F_SETFD, 3 F_GETFL, 4 F_SETFL, 5 F_GETLK, 6 F_SETLK, 7 F_SETLKW,
        8 F_SETOWN, 9 F_GETOWN, 10 F_SETSIG, 11 F_GETSIG, 12 F_GETLK64, 13 F_SETLK64,
        14 F_SETLKW64, 15 F_SETOWN_EX, 16 F_GETOWN_EX, 36 F_OFD_GETLK, 37 F_OFD_SETLK,
        38 F_OFD_SETLKW, 1024 F_SETLEASE, 1025 F_GETLEASE, 1026 F_NOTIFY, 1030 F_DUPFD_CLOEXEC,
        1031 F_SETPIPE_SZ, 1032 F_GETPIPE_SZ, 1033 F_ADD_SEALS, 1034 F_GET_SEALS,
    }
    /// Kinds of record locks.
    LOCK_TYPE "lock type" { 0 F_RDLCK, 1 F_WRLCK, 2 F_UNLCK }
    /// Requests of `ioctl`.
    IOCTL "ioctl request" {
        0x5401 TCGETS, 0x5402 TCSETS, 0x5403 TCSETSW, 0x5404 TCSETSF, 0x5405 TCGETA, 0x5406 TCSETA,
        0x5407 TCSETAW, 0x5408 TCSETAF, 0x5409 TCSBRK, 0x540a TCXONC, 0x540b TCFLSH,
        0x540c TIOCEXCL, 0x540d TIOCNXCL, 0x540e TIOCSCTTY, 0x540f TIOCGPGRP, 0x5410 TIOCSPGRP,
        0x5411 TIOCOUTQ, 0x5412 TIOCSTI, 0x5413 TIOCGWINSZ, 0x5414 TIOCSWINSZ, 0x5415 TIOCMGET,
        0x5416 TIOCMBIS, 0x5417 TIOCMBIC, 0x5418 TIOCMSET, 0x5419 TIOCGSOFTCAR,
        0x541a TIOCSSOFTCAR, 0x541b FIONREAD, 0x5420 TIOCPKT, 0x5421 FIONBIO, 0x5422 TIOCNOTTY,
        0x5423 TIOCSETD, 0x5424 TIOCGETD, 0x5425 TCSBRKP, 0x5427 TIOCSBRK, 0x5428 TIOCCBRK,
        0x5429 TIOCGSID, 0x5441 TIOCGPTPEER, 0x5450 FIONCLEX, 0x5451 FIOCLEX, 0x5452 FIOASYNC,
        0x5460 FIOQSIZE, 0x80045430 TIOCGPTN, 0x40045431 TIOCSPTLCK, 0x80045438 TIOCGPKT,
        0x80045439 TIOCGPTLCK, 0x80045440 TIOCGEXCL, 0x8901 FIOSETOWN, 0x8902 SIOCSPGRP,
        0x8903 FIOGETOWN, 0x8904 SIOCGPGRP, 0x8905 SIOCATMARK, 0x8910 SIOCGIFNAME,
        0x8913 SIOCGIFFLAGS, 0x8914 SIOCSIFFLAGS, 0x8915 SIOCGIFADDR, 0x8916 SIOCSIFADDR,
        0x8917 SIOCGIFDSTADDR, 0x8918 SIOCSIFDSTADDR, 0x8919 SIOCGIFBRDADDR,
        0x891a SIOCSIFBRDADDR, 0x891b SIOCGIFNETMASK, 0x891c SIOCSIFNETMASK, 0x891d SIOCGIFMETRIC,
        0x8921 SIOCGIFMTU, 0x8922 SIOCSIFMTU, 0x8927 SIOCGIFHWADDR, 0x8933 SIOCGIFINDEX,
        0x125e BLKROGET, 0x1268 BLKSSZGET, 0x80041272 BLKGETSIZE64, 0x80046601 FS_IOC_GETFLAGS,
        0x40046602 FS_IOC_SETFLAGS,
    }
    /// Operations of `epoll_ctl`.
    EPOLL_OPERATION "epoll operation" { 1 EPOLL_CTL_ADD, 2 EPOLL_CTL_DEL, 3 EPOLL_CTL_MOD }
    /// Families of addresses.
    FAMILY "address family" {
        0 AF_UNSPEC, 1 AF_UNIX, 2 AF_INET, 10 AF_INET6, 16 AF_NETLINK, 17 AF_PACKET, 40 AF_VSOCK,
    }
    /// Types of sockets.
    SOCKET_KIND "socket kind" {
        0 SOCK_ANY, 1 SOCK_STREAM, 2 SOCK_DGRAM, 3 SOCK_RAW, 4 SOCK_RDM, 5 SOCK_SEQPACKET,
    }
    /// Protocols.
    PROTOCOL "protocol" {
        0 IPPROTO_IP, 1 IPPROTO_ICMP, 6 IPPROTO_TCP, 17 IPPROTO_UDP, 41 IPPROTO_IPV6,
        58 IPPROTO_ICMPV6, 255 IPPROTO_RAW,
    }
    /// Levels of socket options.
    LEVEL "option level" {
        0 SOL_IP, 1 SOL_SOCKET, 6 SOL_TCP, 17 SOL_UDP, 41 SOL_IPV6, 58 SOL_ICMPV6, 255 SOL_RAW,
        270 SOL_NETLINK,
    }
    /// Options of level SOL_SOCKET. The time limits are 20 and 21 with a
    /// `time_t` of 32 bits, 66 and 67 with one of 64.
    SOCKET_OPTION "socket option" {
        1 SO_DEBUG, 2 SO_REUSEADDR, 3 SO_TYPE, 4 SO_ERROR, 5 SO_DONTROUTE, 6 SO_BROADCAST,
        7 SO_SNDBUF, 8 SO_RCVBUF, 9 SO_KEEPALIVE, 10 SO_OOBINLINE, 12 SO_PRIORITY, 13 SO_LINGER,
        15 SO_REUSEPORT, 16 SO_PASSCRED, 17 SO_PEERCRED, 18 SO_RCVLOWAT, 19 SO_SNDLOWAT,
        20 SO_RCVTIMEO, 21 SO_SNDTIMEO, 25 SO_BINDTODEVICE, 26 SO_ATTACH_FILTER,
        29 SO_TIMESTAMP, 30 SO_ACCEPTCONN, 32 SO_SNDBUFFORCE, 33 SO_RCVBUFFORCE, 36 SO_MARK,
        38 SO_PROTOCOL, 39 SO_DOMAIN, 46 SO_BUSY_POLL, 49 SO_INCOMING_CPU, 66 SO_RCVTIMEO64,
        67 SO_SNDTIMEO64,
    }
    /// Options of level SOL_TCP.
    TCP_OPTION "TCP option" {
        1 TCP_NODELAY, 2 TCP_MAXSEG, 3 TCP_CORK, 4 TCP_KEEPIDLE, 5 TCP_KEEPINTVL, 6 TCP_KEEPCNT,
        7 TCP_SYNCNT, 8 TCP_LINGER2, 9 TCP_DEFER_ACCEPT, 10 TCP_WINDOW_CLAMP, 11 TCP_INFO,
        12 TCP_QUICKACK, 13 TCP_CONGESTION, 18 TCP_USER_TIMEOUT, 23 TCP_FASTOPEN,
    }
    /// Commands of `msgctl`.
    IPCCTL "IPC command" { 0 IPC_RMID, 1 IPC_SET, 2 IPC_STAT }
    /// Commands of `shmctl`.
    SHMCTL "shmctl command" { 0 IPC_RMID, 1 IPC_SET, 2 IPC_STAT, 11 SHM_LOCK, 12 SHM_UNLOCK }
    /// Commands of `semctl`.
    SEMCTL "semctl command" {
        0 IPC_RMID, 1 IPC_SET, 2 IPC_STAT, 11 GETPID, 12 GETVAL, 13 GETALL, 14 GETNCNT, 15 GETZCNT,
        16 SETVAL, 17 SETALL,
    }
    /// What `shutdown` ends.
    SHUTDOWN "shutdown direction" { 0 SHUT_RD, 1 SHUT_WR, 2 SHUT_RDWR }
    /// Clocks.
    CLOCK "clock" {
        0 CLOCK_REALTIME, 1 CLOCK_MONOTONIC, 2 CLOCK_PROCESS_CPUTIME_ID,
        3 CLOCK_THREAD_CPUTIME_ID, 4 CLOCK_MONOTONIC_RAW, 5 CLOCK_REALTIME_COARSE,
        6 CLOCK_MONOTONIC_COARSE, 7 CLOCK_BOOTTIME, 8 CLOCK_REALTIME_ALARM,
        9 CLOCK_BOOTTIME_ALARM, 11 CLOCK_TAI,
    }
    /// Bases of `timespec_get`.
    TIME_BASE "time base" { 1 TIME_UTC }
    /// Interval timers.
    ITIMER "interval timer" { 0 ITIMER_REAL, 1 ITIMER_VIRTUAL, 2 ITIMER_PROF }
    /// What `sigprocmask` does with a set.
    MASK "change of a mask" { 0 SIG_BLOCK, 1 SIG_UNBLOCK, 2 SIG_SETMASK }
    /// Limited resources.
    RESOURCE "resource" {
        0 RLIMIT_CPU, 1 RLIMIT_FSIZE, 2 RLIMIT_DATA, 3 RLIMIT_STACK, 4 RLIMIT_CORE, 5 RLIMIT_RSS,
        6 RLIMIT_NPROC, 7 RLIMIT_NOFILE, 8 RLIMIT_MEMLOCK, 9 RLIMIT_AS, 10 RLIMIT_LOCKS,
        11 RLIMIT_SIGPENDING, 12 RLIMIT_MSGQUEUE, 13 RLIMIT_NICE, 14 RLIMIT_RTPRIO,
        15 RLIMIT_RTTIME,
    }
    /// Whose usage `getrusage` tells.
    USAGE "usage of" { 0 RUSAGE_SELF, -1 RUSAGE_CHILDREN, 1 RUSAGE_THREAD }
    /// For which children `waitid` waits.
    WAIT_ID "children" { 0 P_ALL, 1 P_PID, 2 P_PGID, 3 P_PIDFD }
    /// Policies of scheduling.
    SCHEDULER "scheduling policy" {
        0 SCHED_OTHER, 1 SCHED_FIFO, 2 SCHED_RR, 3 SCHED_BATCH, 5 SCHED_IDLE, 6 SCHED_DEADLINE,
    }
    /// Whose priority is meant.
    PRIORITY "priority of" { 0 PRIO_PROCESS, 1 PRIO_PGRP, 2 PRIO_USER }
    /// Options of `prctl`.
    PRCTL "prctl option" {
        1 PR_SET_PDEATHSIG, 2 PR_GET_PDEATHSIG, 3 PR_GET_DUMPABLE, 4 PR_SET_DUMPABLE,
        7 PR_GET_KEEPCAPS, 8 PR_SET_KEEPCAPS, 15 PR_SET_NAME, 16 PR_GET_NAME,
        36 PR_SET_CHILD_SUBREAPER, 37 PR_GET_CHILD_SUBREAPER, 38 PR_SET_NO_NEW_PRIVS,
        39 PR_GET_NO_NEW_PRIVS,
    }
    /// What looking up a name answers.
    LOOKUP "lookup result" {
        0 success, -1 EAI_BADFLAGS, -2 EAI_NONAME, -3 EAI_AGAIN, -4 EAI_FAIL, -6 EAI_FAMILY,
        -7 EAI_SOCKTYPE, -8 EAI_SERVICE, -10 EAI_MEMORY, -11 EAI_SYSTEM, -12 EAI_OVERFLOW,
    }
    /// WASI's `clockid`.
    W_CLOCK "clockid" { 0 realtime, 1 monotonic, 2 process_cputime_id, 3 thread_cputime_id }
    /// WASI's `whence`.
    W_WHENCE "whence" { 0 set, 1 cur, 2 end }
    /// WASI's `advice`.
    W_ADVICE "advice" { 0 normal, 1 sequential, 2 random, 3 willneed, 4 dontneed, 5 noreuse }
    /// WASI's `filetype`.
    W_FILETYPE "filetype" {
        0 unknown, 1 block_device, 2 character_device, 3 directory, 4 regular_file,
        5 socket_dgram, 6 socket_stream, 7 symbolic_link,
    }
}
