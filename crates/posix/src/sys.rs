//! System calls by name, with Linux's numbers for the machine that this is
//! compiled for.

use core::fmt;

/// A system call of Linux. The number is that of the machine's architecture
/// where Linux exists for it, otherwise the generic one.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sys(u16);

macro_rules! calls {
    ($($name:ident = $x86_64:literal, $generic:literal;)*) => {
        impl Sys {
            $(
                #[doc = concat!("`", stringify!($name), "`")]
                pub const $name: Self = Self(if cfg!(target_arch = "x86_64") { $x86_64 } else { $generic });
            )*

            /// The call of this name, in small letters or capitals.
            pub const fn by_name(name: &str) -> Option<Self> {
                $(if name.eq_ignore_ascii_case(stringify!($name)) {
                    return Some(Self::$name);
                })*
                None
            }

            /// Name in capitals, as `OPENAT`.
            pub fn name(self) -> Option<&'static str> {
                match self { $(Self::$name => Some(stringify!($name)),)* _ => None }
            }
        }
    };
}

impl Sys {
    /// The number that the kernel knows it by.
    pub const fn number(self) -> usize {
        self.0 as usize
    }
}

impl Sys {
    /// Whether it may wait for something for as long as it likes, so that a signal
    /// must end it.
    pub const fn may_block(self) -> bool {
        matches!(
            self,
            Self::READ
                | Self::WRITE
                | Self::IOCTL
                | Self::READV
                | Self::WRITEV
                | Self::NANOSLEEP
                | Self::CLOCK_NANOSLEEP
                | Self::SENDFILE
                | Self::CONNECT
                | Self::ACCEPT4
                | Self::SENDTO
                | Self::RECVFROM
                | Self::SENDMSG
                | Self::RECVMSG
                | Self::FCNTL
                | Self::FLOCK
                | Self::EPOLL_PWAIT
                | Self::OPENAT
                | Self::PSELECT6
                | Self::PPOLL
                | Self::SPLICE
                | Self::TEE
                | Self::VMSPLICE
                | Self::COPY_FILE_RANGE
                | Self::WAIT4
                | Self::WAITID
                | Self::SEMOP
                | Self::SEMTIMEDOP
                | Self::MSGSND
                | Self::MSGRCV
                | Self::MQ_TIMEDSEND
                | Self::MQ_TIMEDRECEIVE
                | Self::RT_SIGPROCMASK
                | Self::RT_SIGTIMEDWAIT
                | Self::RT_SIGSUSPEND
        )
    }
}

impl fmt::Debug for Sys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "system call {}", self.0),
        }
    }
}

// Name = number on x86-64, generic number (AArch64, RISC-V).
calls! {
    READ = 0, 63;
    WRITE = 1, 64;
    CLOSE = 3, 57;
    LSEEK = 8, 62;
    IOCTL = 16, 29;
    PREAD64 = 17, 67;
    PWRITE64 = 18, 68;
    READV = 19, 65;
    WRITEV = 20, 66;
    PREADV = 295, 69;
    PWRITEV = 296, 70;
    SCHED_YIELD = 24, 124;
    MSYNC = 26, 227;
    MADVISE = 28, 233;
    DUP = 32, 23;
    DUP3 = 292, 24;
    PIPE2 = 293, 59;
    NANOSLEEP = 35, 101;
    CLOCK_NANOSLEEP = 230, 115;
    GETITIMER = 36, 102;
    SETITIMER = 38, 103;
    GETPID = 39, 172;
    SENDFILE = 40, 71;
    SOCKET = 41, 198;
    CONNECT = 42, 203;
    ACCEPT4 = 288, 242;
    SENDTO = 44, 206;
    RECVFROM = 45, 207;
    SENDMSG = 46, 211;
    RECVMSG = 47, 212;
    SHUTDOWN = 48, 210;
    BIND = 49, 200;
    LISTEN = 50, 201;
    GETSOCKNAME = 51, 204;
    GETPEERNAME = 52, 205;
    SOCKETPAIR = 53, 199;
    SETSOCKOPT = 54, 208;
    GETSOCKOPT = 55, 209;
    KILL = 62, 129;
    TGKILL = 234, 131;
    GETTID = 186, 178;
    UNAME = 63, 160;
    FCNTL = 72, 25;
    FLOCK = 73, 32;
    FSYNC = 74, 82;
    FDATASYNC = 75, 83;
    TRUNCATE = 76, 45;
    FTRUNCATE = 77, 46;
    GETDENTS64 = 217, 61;
    GETCWD = 79, 17;
    CHDIR = 80, 49;
    FCHDIR = 81, 50;
    FCHMOD = 91, 52;
    FCHOWN = 93, 55;
    UMASK = 95, 166;
    GETRLIMIT = 97, 163;
    GETRUSAGE = 98, 165;
    SYSINFO = 99, 179;
    TIMES = 100, 153;
    GETUID = 102, 174;
    GETGID = 104, 176;
    SETUID = 105, 146;
    SETGID = 106, 144;
    GETEUID = 107, 175;
    GETEGID = 108, 177;
    SETPGID = 109, 154;
    GETPPID = 110, 173;
    SETSID = 112, 157;
    SETREUID = 113, 145;
    SETREGID = 114, 143;
    GETGROUPS = 115, 158;
    SETGROUPS = 116, 159;
    SETRESUID = 117, 147;
    GETRESUID = 118, 148;
    SETRESGID = 119, 149;
    GETRESGID = 120, 150;
    GETPGID = 121, 155;
    GETSID = 124, 156;
    SETFSUID = 122, 151;
    SETFSGID = 123, 152;
    STATFS = 137, 43;
    FSTATFS = 138, 44;
    GETPRIORITY = 140, 141;
    SETPRIORITY = 141, 140;
    SCHED_SETAFFINITY = 203, 122;
    SCHED_GETAFFINITY = 204, 123;
    MLOCKALL = 151, 230;
    MUNLOCKALL = 152, 231;
    PRCTL = 157, 167;
    SETRLIMIT = 160, 164;
    CHROOT = 161, 51;
    SYNC = 162, 81;
    ACCT = 163, 89;
    SETTIMEOFDAY = 164, 170;
    MOUNT = 165, 40;
    UMOUNT2 = 166, 39;
    SWAPON = 167, 224;
    SWAPOFF = 168, 225;
    REBOOT = 169, 142;
    SETHOSTNAME = 170, 161;
    SETDOMAINNAME = 171, 162;
    SETXATTR = 188, 5;
    LSETXATTR = 189, 6;
    FSETXATTR = 190, 7;
    GETXATTR = 191, 8;
    LGETXATTR = 192, 9;
    FGETXATTR = 193, 10;
    LISTXATTR = 194, 11;
    REMOVEXATTR = 197, 14;
    FADVISE64 = 221, 223;
    EXIT_GROUP = 231, 94;
    EPOLL_CTL = 233, 21;
    EPOLL_PWAIT = 281, 22;
    EPOLL_CREATE1 = 291, 20;
    EVENTFD2 = 290, 19;
    TIMERFD_CREATE = 283, 85;
    TIMERFD_SETTIME = 286, 86;
    TIMERFD_GETTIME = 287, 87;
    SIGNALFD4 = 289, 74;
    INOTIFY_INIT1 = 294, 26;
    INOTIFY_ADD_WATCH = 254, 27;
    INOTIFY_RM_WATCH = 255, 28;
    CLOCK_SETTIME = 227, 112;
    CLOCK_GETTIME = 228, 113;
    CLOCK_GETRES = 229, 114;
    OPENAT = 257, 56;
    MKDIRAT = 258, 34;
    MKNODAT = 259, 33;
    FCHOWNAT = 260, 54;
    NEWFSTATAT = 262, 79;
    UNLINKAT = 263, 35;
    RENAMEAT2 = 316, 276;
    LINKAT = 265, 37;
    SYMLINKAT = 266, 36;
    READLINKAT = 267, 78;
    FCHMODAT = 268, 53;
    FCHMODAT2 = 452, 452;
    FACCESSAT = 269, 48;
    FACCESSAT2 = 439, 439;
    PSELECT6 = 270, 72;
    PPOLL = 271, 73;
    UNSHARE = 272, 97;
    SPLICE = 275, 76;
    TEE = 276, 77;
    SYNC_FILE_RANGE = 277, 84;
    VMSPLICE = 278, 75;
    UTIMENSAT = 280, 88;
    FALLOCATE = 285, 47;
    PRLIMIT64 = 302, 261;
    SYNCFS = 306, 267;
    SETNS = 308, 268;
    GETRANDOM = 318, 278;
    MEMFD_CREATE = 319, 279;
    COPY_FILE_RANGE = 326, 285;
    EXECVE = 59, 221;
    WAIT4 = 61, 260;
    WAITID = 247, 95;
    FSTAT = 5, 80;
    MINCORE = 27, 232;
    ADJTIMEX = 159, 171;
    VHANGUP = 153, 58;
    SEMGET = 64, 190;
    SEMCTL = 66, 191;
    SEMOP = 65, 193;
    SEMTIMEDOP = 220, 192;
    SHMGET = 29, 194;
    SHMCTL = 31, 195;
    SHMAT = 30, 196;
    SHMDT = 67, 197;
    MSGGET = 68, 186;
    MSGSND = 69, 189;
    MSGRCV = 70, 188;
    MSGCTL = 71, 187;
    MQ_OPEN = 240, 180;
    MQ_UNLINK = 241, 181;
    MQ_TIMEDSEND = 242, 182;
    MQ_TIMEDRECEIVE = 243, 183;
    MQ_NOTIFY = 244, 184;
    MQ_GETSETATTR = 245, 185;
    SCHED_SETPARAM = 142, 118;
    SCHED_GETPARAM = 143, 121;
    SCHED_SETSCHEDULER = 144, 119;
    SCHED_GETSCHEDULER = 145, 120;
    SCHED_RR_GET_INTERVAL = 148, 127;
    PERSONALITY = 135, 92;
    KLOGCTL = 103, 116;
    PTRACE = 101, 117;
    RT_SIGPROCMASK = 14, 135;
    RT_SIGPENDING = 127, 136;
    RT_SIGTIMEDWAIT = 128, 137;
    RT_SIGQUEUEINFO = 129, 138;
    RT_SIGSUSPEND = 130, 133;
    RT_TGSIGQUEUEINFO = 297, 240;
    TIMER_CREATE = 222, 107;
    TIMER_GETTIME = 224, 108;
    TIMER_GETOVERRUN = 225, 109;
    TIMER_SETTIME = 223, 110;
    TIMER_DELETE = 226, 111;
}
