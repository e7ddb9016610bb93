//! Structures as they lie in the memory of modules whose pointers have 32 bits.

use super::constants as c;
use super::meaning::{Field, Item, Layout, Scalar, Struct, When};
use Item::{Bytes, Struct as Nested, Text, Word};
use Scalar::{
    Address, Choice, Device, Fd, FileMode, Flags, Function, Hex, Id, Int, Process, Signal, Unsigned,
};

/// A number of 8 bits.
const fn n8(scalar: Scalar) -> Item {
    Item::Number(1, scalar)
}

/// A number of 16 bits.
const fn n16(scalar: Scalar) -> Item {
    Item::Number(2, scalar)
}

/// A number of 32 bits.
const fn n32(scalar: Scalar) -> Item {
    Item::Number(4, scalar)
}

/// A number of 64 bits.
const fn n64(scalar: Scalar) -> Item {
    Item::Number(8, scalar)
}

macro_rules! structs {
    ($( $id:ident $name:literal $doc:literal $([$($brief:ident),*])? {
        $( $when:ident $size:literal { $( $offset:literal $field:ident $(* $count:literal)? : $item:expr; )* } )*
    } )*) => {
        $(
            #[doc = concat!("`", $name, "`")]
            pub static $id: Struct = Struct {
                name: $name,
                doc: $doc,
                brief: &[$($(stringify!($brief)),*)?],
                layouts: &[$(Layout {
                    when: When::$when,
                    size: $size,
                    fields: &[$(Field {
                        name: stringify!($field),
                        offset: $offset,
                        item: $item,
                        count: count!($($count)?),
                    }),*],
                }),*],
            };
        )*

        /// Every structure.
        pub static ALL: &[&Struct] = &[$(&$id),*];
    };
}

macro_rules! count {
    () => {
        1
    };
    ($count:literal) => {
        $count
    };
}

structs! {
    TIMESPEC "struct timespec" "A time in seconds and nanoseconds." {
        Time64 16 { 0 tv_sec: n64(Int); 8 tv_nsec: n32(Int); }
        Time32 8 { 0 tv_sec: n32(Int); 4 tv_nsec: n32(Int); }
    }
    TIMEVAL "struct timeval" "A time in seconds and microseconds." {
        Time64 16 { 0 tv_sec: n64(Int); 8 tv_usec: n32(Int); }
        Time32 8 { 0 tv_sec: n32(Int); 4 tv_usec: n32(Int); }
    }
    LONG_TIMESPEC "long[2]" "A time in seconds and nanoseconds." {
        Always 8 { 0 tv_sec: n32(Int); 4 tv_nsec: n32(Int); }
    }
    LONG_TIMEVAL "long[2]" "A time in seconds and microseconds." {
        Always 8 { 0 tv_sec: n32(Int); 4 tv_usec: n32(Int); }
    }
    LONG_ITIMERVAL "long[4]" "An interval timer: what it is set to again, and the time to go." {
        Always 16 { 0 it_interval: Nested(&LONG_TIMEVAL); 8 it_value: Nested(&LONG_TIMEVAL); }
    }
    ITIMERVAL "struct itimerval" "An interval timer: what it is set to again, and the time to go." {
        Time64 32 { 0 it_interval: Nested(&TIMEVAL); 16 it_value: Nested(&TIMEVAL); }
        Time32 16 { 0 it_interval: Nested(&TIMEVAL); 8 it_value: Nested(&TIMEVAL); }
    }
    ITIMERSPEC "struct itimerspec" "The same in nanoseconds." {
        Time64 32 { 0 it_interval: Nested(&TIMESPEC); 16 it_value: Nested(&TIMESPEC); }
        Time32 16 { 0 it_interval: Nested(&TIMESPEC); 8 it_value: Nested(&TIMESPEC); }
    }
    TIMEB "struct timeb" "The result of `ftime`." {
        Time64 16 { 0 time: n64(Int); 8 millitm: n16(Unsigned); 10 timezone: n16(Int); 12 dstflag: n16(Int); }
        Time32 12 { 0 time: n32(Int); 4 millitm: n16(Unsigned); 6 timezone: n16(Int); 8 dstflag: n16(Int); }
    }
    TM "struct tm" "Broken-down time." [tm_sec, tm_min, tm_hour, tm_mday, tm_mon, tm_year] {
        Always 44 {
            0 tm_sec: n32(Int); 4 tm_min: n32(Int); 8 tm_hour: n32(Int); 12 tm_mday: n32(Int);
            16 tm_mon: n32(Int); 20 tm_year: n32(Int); 24 tm_wday: n32(Int); 28 tm_yday: n32(Int);
            32 tm_isdst: n32(Int); 36 tm_gmtoff: n32(Int); 40 tm_zone: Word(Address);
        }
    }
    STAT "struct stat" "Status of a file. Times are `struct timespec`; numbers that do not fit are the largest that do."
        [st_mode, st_size]
    {
        Time64 96 {
            0 st_dev: n32(Device); 4 st_mode: n32(FileMode); 8 st_nlink: n32(Unsigned);
            12 st_uid: n32(Id); 16 st_gid: n32(Id); 20 st_rdev: n32(Device); 24 st_size: n64(Int);
            32 st_blksize: n32(Int); 36 st_blocks: n32(Int); 40 st_atim: Nested(&TIMESPEC);
            56 st_mtim: Nested(&TIMESPEC); 72 st_ctim: Nested(&TIMESPEC); 88 st_ino: n64(Unsigned);
        }
        Time32 88 {
            0 st_dev: n32(Device); 8 __st_ino_truncated: n32(Unsigned); 12 st_mode: n32(FileMode);
            16 st_nlink: n32(Unsigned); 20 st_uid: n32(Id); 24 st_gid: n32(Id);
            28 st_rdev: n32(Device); 40 st_size: n64(Int); 48 st_blksize: n32(Int);
            52 st_blocks: n32(Int); 56 st_atim: Nested(&TIMESPEC); 64 st_mtim: Nested(&TIMESPEC);
            72 st_ctim: Nested(&TIMESPEC); 80 st_ino: n64(Unsigned);
        }
    }
    STATFS "struct statfs" "A file system. The call states the size: 88 since Emscripten 4.0, 64 before."
        [f_type, f_bsize, f_blocks, f_bfree]
    {
        Sized 88 {
            0 f_type: n32(Hex); 4 f_bsize: n32(Unsigned); 8 f_blocks: n64(Unsigned);
            16 f_bfree: n64(Unsigned); 24 f_bavail: n64(Unsigned); 32 f_files: n64(Unsigned);
            40 f_ffree: n64(Unsigned); 48 f_fsid * 2: n32(Hex); 56 f_namelen: n32(Unsigned);
            60 f_frsize: n32(Unsigned); 64 f_flags: n32(Hex);
        }
        Sized 64 {
            0 f_type: n32(Hex); 4 f_bsize: n32(Unsigned); 8 f_blocks: n32(Unsigned);
            12 f_bfree: n32(Unsigned); 16 f_bavail: n32(Unsigned); 20 f_files: n32(Unsigned);
            24 f_ffree: n32(Unsigned); 28 f_fsid * 2: n32(Hex); 36 f_namelen: n32(Unsigned);
            40 f_frsize: n32(Unsigned); 44 f_flags: n32(Hex);
        }
    }
    DIRENT "struct dirent" "An entry of a directory; `d_reclen` bytes long, so that the next one is aligned to 8." {
        Always 280 {
            0 d_ino: n64(Unsigned); 8 d_off: n64(Int); 16 d_reclen: n16(Unsigned);
            18 d_type: n8(Unsigned); 19 d_name: Text(256);
        }
    }
    FLOCK "struct flock" "A lock of a part of a file." {
        Always 32 {
            0 l_type: n16(Choice(&c::LOCK_TYPE)); 2 l_whence: n16(Choice(&c::WHENCE));
            8 l_start: n64(Int); 16 l_len: n64(Int); 24 l_pid: n32(Process);
        }
    }
    OWNER "struct f_owner_ex" "Who is told of events of a descriptor." {
        Always 8 { 0 type: n32(Int); 4 pid: n32(Process); }
    }
    IOVEC "struct iovec" "A buffer." {
        Always 8 { 0 iov_base: Word(Address); 4 iov_len: Word(Unsigned); }
    }
    MSGHDR "struct msghdr" "A message of a socket." {
        Always 28 {
            0 msg_name: Word(Address); 4 msg_namelen: n32(Unsigned); 8 msg_iov: Word(Address);
            12 msg_iovlen: n32(Unsigned); 16 msg_control: Word(Address);
            20 msg_controllen: n32(Unsigned); 24 msg_flags: n32(Flags(&c::MSG));
        }
    }
    MMSGHDR "struct mmsghdr" "A message among several." {
        Always 32 { 0 msg_hdr: Nested(&MSGHDR); 28 msg_len: n32(Unsigned); }
    }
    CMSGHDR "struct cmsghdr" "Begins a control message; its data follow at 12, the next message is aligned to 4." {
        Always 12 {
            0 cmsg_len: n32(Unsigned); 4 cmsg_level: n32(Choice(&c::LEVEL)); 8 cmsg_type: n32(Int);
        }
    }
    SOCKADDR_IN "struct sockaddr_in" "An address of IPv4; port and address in network order." {
        Always 16 {
            0 sin_family: n16(Choice(&c::FAMILY)); 2 sin_port: Bytes(2); 4 sin_addr: Bytes(4);
            8 sin_zero: Bytes(8);
        }
    }
    SOCKADDR_IN6 "struct sockaddr_in6" "An address of IPv6; port and address in network order." {
        Always 28 {
            0 sin6_family: n16(Choice(&c::FAMILY)); 2 sin6_port: Bytes(2);
            4 sin6_flowinfo: n32(Hex); 8 sin6_addr: Bytes(16); 24 sin6_scope_id: n32(Unsigned);
        }
    }
    SOCKADDR_UN "struct sockaddr_un" "An address of a local socket." {
        Always 110 { 0 sun_family: n16(Choice(&c::FAMILY)); 2 sun_path: Text(108); }
    }
    LINGER "struct linger" "How long closing a socket waits." {
        Always 8 { 0 l_onoff: n32(Int); 4 l_linger: n32(Int); }
    }
    POLLFD "struct pollfd" "A descriptor to wait for." {
        Always 8 {
            0 fd: n32(Fd); 4 events: n16(Flags(&c::POLL)); 6 revents: n16(Flags(&c::POLL));
        }
    }
    SIGACTION "struct k_sigaction" "What is done about a signal: as system calls have it, not as programs do." {
        Always 20 { 0 handler: n32(Function); 4 flags: n32(Flags(&c::SIGACTION)); 8 restorer: n32(Address); 12 mask: n64(Hex); }
    }
    SIGINFO "siginfo_t" "What is known of a signal; after the code, what depends on the signal: the sender and a value, a child and its status, a timer." {
        Always 128 { 0 si_signo: n32(Signal); 4 si_errno: n32(Int); 8 si_code: n32(Int); 12 si_pid: n32(Process); 16 si_uid: n32(Id); 20 si_value: n32(Hex); 24 si_utime: n32(Int); 28 si_stime: n32(Int); }
    }
    SIGNAL_STACK "stack_t" "A stack for handlers of signals." {
        Always 12 { 0 ss_sp: n32(Address); 4 ss_flags: n32(Flags(&c::SIGNAL_STACK)); 8 ss_size: n32(Unsigned); }
    }
    SIGEVENT "struct sigevent" "How a timer or a queue tells: 0 by a signal, 1 not at all, 4 by a signal to a thread." {
        Always 64 { 0 sigev_value: n32(Hex); 4 sigev_signo: n32(Signal); 8 sigev_notify: n32(Int); 12 sigev_notify_thread_id: n32(Process); }
    }
    EPOLL_EVENT "struct epoll_event" "An event of `epoll`; not packed, unlike the kernel's on x86-64." {
        Always 16 { 0 events: n32(Flags(&c::EPOLL)); 8 data: n64(Hex); }
    }
    PSELECT_MASK "pselect6 mask" "The last argument of `pselect6`." {
        Always 8 { 0 mask: Word(Address); 4 size: Word(Unsigned); }
    }
    TERMIOS "struct termios" "Settings of a terminal. The host reads and writes the first 36 bytes." [c_iflag, c_oflag, c_cflag, c_lflag] {
        Always 60 {
            0 c_iflag: n32(Hex); 4 c_oflag: n32(Hex); 8 c_cflag: n32(Hex); 12 c_lflag: n32(Hex);
            16 c_line: n8(Unsigned); 17 c_cc: Bytes(32); 52 __c_ispeed: n32(Unsigned);
            56 __c_ospeed: n32(Unsigned);
        }
    }
    WINSIZE "struct winsize" "Size of a terminal." {
        Always 8 {
            0 ws_row: n16(Unsigned); 2 ws_col: n16(Unsigned); 4 ws_xpixel: n16(Unsigned);
            6 ws_ypixel: n16(Unsigned);
        }
    }
    IFREQ "struct ifreq" "A network interface and one of its properties; 32 bytes, against 40 in the kernel." {
        Always 32 { 0 ifr_name: Text(16); 16 ifr_data: Bytes(16); }
    }
    RLIMIT "struct rlimit" "A limit; all ones for none." {
        Always 16 { 0 rlim_cur: n64(Unsigned); 8 rlim_max: n64(Unsigned); }
    }
    RUSAGE "struct rusage" "Resources that were used." [ru_utime, ru_stime, ru_maxrss] {
        Time64 152 {
            0 ru_utime: Nested(&TIMEVAL); 16 ru_stime: Nested(&TIMEVAL); 32 ru_maxrss: n32(Unsigned);
            36 ru_ixrss: n32(Unsigned); 40 ru_idrss: n32(Unsigned); 44 ru_isrss: n32(Unsigned);
            48 ru_minflt: n32(Unsigned); 52 ru_majflt: n32(Unsigned); 56 ru_nswap: n32(Unsigned);
            60 ru_inblock: n32(Unsigned); 64 ru_oublock: n32(Unsigned); 68 ru_msgsnd: n32(Unsigned);
            72 ru_msgrcv: n32(Unsigned); 76 ru_nsignals: n32(Unsigned); 80 ru_nvcsw: n32(Unsigned);
            84 ru_nivcsw: n32(Unsigned);
        }
        Time32 136 {
            0 ru_utime: Nested(&TIMEVAL); 8 ru_stime: Nested(&TIMEVAL); 16 ru_maxrss: n32(Unsigned);
            20 ru_ixrss: n32(Unsigned); 24 ru_idrss: n32(Unsigned); 28 ru_isrss: n32(Unsigned);
            32 ru_minflt: n32(Unsigned); 36 ru_majflt: n32(Unsigned); 40 ru_nswap: n32(Unsigned);
            44 ru_inblock: n32(Unsigned); 48 ru_oublock: n32(Unsigned); 52 ru_msgsnd: n32(Unsigned);
            56 ru_msgrcv: n32(Unsigned); 60 ru_nsignals: n32(Unsigned); 64 ru_nvcsw: n32(Unsigned);
            68 ru_nivcsw: n32(Unsigned);
        }
    }
    LONG_RUSAGE "long[18]" "Resources that were used." [ru_utime, ru_stime, ru_maxrss] {
        Always 72 {
            0 ru_utime: Nested(&LONG_TIMEVAL); 8 ru_stime: Nested(&LONG_TIMEVAL); 16 ru_maxrss: n32(Unsigned);
            20 ru_ixrss: n32(Unsigned); 24 ru_idrss: n32(Unsigned); 28 ru_isrss: n32(Unsigned);
            32 ru_minflt: n32(Unsigned); 36 ru_majflt: n32(Unsigned); 40 ru_nswap: n32(Unsigned);
            44 ru_inblock: n32(Unsigned); 48 ru_oublock: n32(Unsigned); 52 ru_msgsnd: n32(Unsigned);
            56 ru_msgrcv: n32(Unsigned); 60 ru_nsignals: n32(Unsigned); 64 ru_nvcsw: n32(Unsigned);
            68 ru_nivcsw: n32(Unsigned);
        }
    }
    TMS "struct tms" "Processor times in ticks, of which there are 100 a second." {
        Always 16 {
            0 tms_utime: n32(Int); 4 tms_stime: n32(Int); 8 tms_cutime: n32(Int);
            12 tms_cstime: n32(Int);
        }
    }
    SYSINFO "struct sysinfo" "State of the machine; sizes in units of `mem_unit` bytes." [uptime, totalram, freeram, procs] {
        Always 312 {
            0 uptime: n32(Int); 4 loads * 3: n32(Unsigned); 16 totalram: n32(Unsigned);
            20 freeram: n32(Unsigned); 24 sharedram: n32(Unsigned); 28 bufferram: n32(Unsigned);
            32 totalswap: n32(Unsigned); 36 freeswap: n32(Unsigned); 40 procs: n16(Unsigned);
            44 totalhigh: n32(Unsigned); 48 freehigh: n32(Unsigned); 52 mem_unit: n32(Unsigned);
        }
    }
    UTSNAME "struct utsname" "Names of the system. The machine is that of the host." [sysname, nodename] {
        Always 390 {
            0 sysname: Text(65); 65 nodename: Text(65); 130 release: Text(65); 195 version: Text(65);
            260 machine: Text(65); 325 domainname: Text(65);
        }
    }
    ADDRINFO "struct addrinfo" "An address that a name stands for." {
        Always 32 {
            0 ai_flags: n32(Flags(&c::ADDRINFO)); 4 ai_family: n32(Choice(&c::FAMILY));
            8 ai_socktype: n32(Choice(&c::SOCKET_KIND)); 12 ai_protocol: n32(Choice(&c::PROTOCOL));
            16 ai_addrlen: n32(Unsigned); 20 ai_addr: Word(Address); 24 ai_canonname: Word(Address);
            28 ai_next: Word(Address);
        }
    }
    ADDRINFO_HINTS "addrinfo hints" "The part of `struct addrinfo` that is looked at in hints." {
        Always 16 {
            0 ai_flags: n32(Flags(&c::ADDRINFO)); 4 ai_family: n32(Choice(&c::FAMILY));
            8 ai_socktype: n32(Choice(&c::SOCKET_KIND)); 12 ai_protocol: n32(Choice(&c::PROTOCOL));
        }
    }
    HOSTENT "struct hostent" "A host and its addresses." {
        Always 20 {
            0 h_name: Word(Address); 4 h_aliases: Word(Address);
            8 h_addrtype: n32(Choice(&c::FAMILY)); 12 h_length: n32(Int);
            16 h_addr_list: Word(Address);
        }
    }
    PROTOENT "struct protoent" "A protocol and its number." {
        Always 12 { 0 p_name: Word(Address); 4 p_aliases: Word(Address); 8 p_proto: n32(Int); }
    }
    MQ_ATTR "struct mq_attr" "Attributes of a queue of messages." {
        Always 32 {
            0 mq_flags: n32(Flags(&c::OPEN)); 4 mq_maxmsg: n32(Int); 8 mq_msgsize: n32(Int);
            12 mq_curmsgs: n32(Int);
        }
    }
    SEMBUF "struct sembuf" "An operation on a semaphore." {
        Always 6 { 0 sem_num: n16(Unsigned); 2 sem_op: n16(Int); 4 sem_flg: n16(Flags(&c::IPC)); }
    }
    W_IOVEC "iovec" "WASI's name of `struct iovec`." {
        Always 8 { 0 buf: Word(Address); 4 buf_len: Word(Unsigned); }
    }
    W_PRESTAT "prestat" "A directory that is open from the start." {
        Always 8 { 0 tag: n32(Int); 4 pr_name_len: n32(Unsigned); }
    }
    W_FDSTAT "fdstat" "State of a descriptor." {
        Always 24 {
            0 fs_filetype: n8(Choice(&c::W_FILETYPE)); 2 fs_flags: n16(Flags(&c::W_FD));
            8 fs_rights_base: n64(Flags(&c::W_RIGHTS));
            16 fs_rights_inheriting: n64(Flags(&c::W_RIGHTS));
        }
    }
    W_FILESTAT "filestat" "Status of a file; times in nanoseconds." [filetype, size] {
        Always 64 {
            0 dev: n64(Unsigned); 8 ino: n64(Unsigned); 16 filetype: n8(Choice(&c::W_FILETYPE));
            24 nlink: n64(Unsigned); 32 size: n64(Unsigned); 40 atim: n64(Unsigned);
            48 mtim: n64(Unsigned); 56 ctim: n64(Unsigned);
        }
    }
    W_DIRENT "dirent" "An entry of a directory; its name follows." {
        Always 24 {
            0 d_next: n64(Unsigned); 8 d_ino: n64(Unsigned); 16 d_namlen: n32(Unsigned);
            20 d_type: n8(Choice(&c::W_FILETYPE));
        }
    }
    W_SUBSCRIPTION "subscription" "What to wait for: a clock (tag 0), reading (1) or writing (2) of the descriptor at 16." {
        Always 48 {
            0 userdata: n64(Hex); 8 tag: n8(Int); 16 id_or_fd: n32(Int); 24 timeout: n64(Unsigned);
            32 precision: n64(Unsigned); 40 subclockflags: n16(Hex);
        }
    }
    W_EVENT "event" "What has happened." {
        Always 32 {
            0 userdata: n64(Hex); 8 errno: n16(Int); 10 type: n8(Int); 16 nbytes: n64(Unsigned);
            24 flags: n16(Hex);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::era::Era;
    use crate::guest::GuestMemory;
    use crate::layout::stat::{KernelStat, KernelStatfs};
    use crate::layout::usage::KernelUsage;

    #[test]
    fn fields_lie_within_their_structure() {
        for structure in ALL {
            for layout in structure.layouts {
                let mut end = 0;
                for field in layout.fields {
                    let start = u32::from(field.offset);
                    assert!(
                        start >= end,
                        "{} overlaps in {}",
                        field.name,
                        structure.name
                    );
                    end = start + field.item.size(layout.when) * u32::from(field.count);
                }
                assert!(end <= layout.size, "{} is too small", structure.name);
            }
        }
    }

    /// Reads a field of a structure that `fill` has stored.
    fn field(
        structure: &Struct,
        time64: bool,
        size: u64,
        name: &str,
        fill: &dyn Fn(GuestMemory<'_>),
    ) -> u64 {
        let mut bytes = [0u8; 512];
        // SAFETY: `bytes` outlives the call and is not used meanwhile.
        fill(unsafe { GuestMemory::new(bytes.as_mut_ptr(), bytes.len()) });
        let era = Era {
            time64,
            catch_info: false,
            wasi: false,
            wide: false,
        };
        let layout = structure.layout(era, Some(size)).unwrap();
        let field = layout.fields.iter().find(|field| field.name == name);
        let field = field.unwrap();
        let start = usize::from(field.offset);
        let width = field.item.size(layout.when) as usize;
        let mut word = [0; 8];
        let width = width.min(8);
        word[..width].copy_from_slice(&bytes[start..start + width]);
        u64::from_le_bytes(word)
    }

    #[test]
    fn layouts_are_those_that_calls_store() {
        let mut stat = KernelStat::default();
        (stat.ino, stat.mode, stat.uid, stat.size, stat.mtime) = (11, 12, 13, 14, [15, 0]);
        let mut statfs = KernelStatfs::default();
        (statfs.blocks, statfs.ffree, statfs.namelen, statfs.flags) = (21, 22, 23, 24);
        let mut usage = KernelUsage {
            system: [31, 0],
            ..KernelUsage::default()
        };
        usage.counts[13] = 32;
        for time64 in [false, true] {
            let of = |name: &str| {
                let store = |memory: GuestMemory<'_>| stat.store(memory, 0, time64).unwrap();
                field(&STAT, time64, 0, name, &store)
            };
            let names = ["st_ino", "st_mode", "st_uid", "st_size", "st_mtim"];
            assert_eq!(names.map(of).map(|n| n as u32), [11, 12, 13, 14, 15]);
            let of = |name: &str| {
                let store = |memory: GuestMemory<'_>| usage.store(memory, 0, time64).unwrap();
                field(&RUSAGE, time64, 0, name, &store)
            };
            assert_eq!(
                ["ru_stime", "ru_nivcsw"].map(of).map(|n| n as u32),
                [31, 32]
            );
        }
        for size in [64, 88] {
            let of = |name: &str| {
                let store = |memory: GuestMemory<'_>| statfs.store(memory, 0, size).unwrap();
                field(&STATFS, true, size, name, &store)
            };
            let names = ["f_blocks", "f_ffree", "f_namelen", "f_flags"];
            assert_eq!(names.map(of).map(|n| n as u32), [21, 22, 23, 24]);
        }
    }

    #[test]
    fn brief_fields_exist() {
        for structure in ALL {
            for name in structure.brief {
                for layout in structure.layouts {
                    let found = layout.fields.iter().any(|field| field.name == *name);
                    assert!(found, "{} has no {name}", structure.name);
                }
            }
        }
    }
}
