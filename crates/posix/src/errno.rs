//! Error numbers: Linux's, which the kernel returns, and the guest's.
//!
//! Guests use WASI's numbering (ENOENT is 44), Emscripten's since 1.38.47 with
//! a few numbers of its own above WASI's range.

use core::fmt;

/// An error number in Linux's numbering.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Errno(u16);

macro_rules! errnos {
    ($($name:ident = $linux:literal, $guest:literal, $text:literal;)*) => {
        impl Errno {
            $(
                #[doc = concat!("`", stringify!($name), "`")]
                pub const $name: Self = Self($linux);
            )*

            /// Name, as `ENOENT`.
            pub const fn name(self) -> Option<&'static str> {
                match self.0 { $($linux => Some(stringify!($name)),)* _ => None }
            }

            /// What it means, in a few words.
            pub const fn text(self) -> &'static str {
                match self.0 { $($linux => $text,)* _ => "Unknown error" }
            }

            /// Every error number that has a name.
            pub const ALL: &[Self] = &[$(Self($linux)),*];
        }

        /// Guest number of each Linux number.
        const GUEST: [u8; LIMIT] = {
            let mut table = [UNKNOWN; LIMIT];
            $( table[$linux] = $guest; )*
            table
        };
    };
}

/// One more than the largest Linux number.
const LIMIT: usize = 134;

/// What a number without a counterpart becomes: `EIO`.
const UNKNOWN: u8 = 29;

errnos! {
    EPERM = 1, 63, "Operation not permitted";
    ENOENT = 2, 44, "No such file or directory";
    ESRCH = 3, 71, "No such process";
    EINTR = 4, 27, "Interrupted system call";
    EIO = 5, 29, "Input/output error";
    ENXIO = 6, 60, "No such device or address";
    E2BIG = 7, 1, "Argument list too long";
    ENOEXEC = 8, 45, "Exec format error";
    EBADF = 9, 8, "Bad file descriptor";
    ECHILD = 10, 12, "No child processes";
    EAGAIN = 11, 6, "Resource temporarily unavailable";
    ENOMEM = 12, 48, "Cannot allocate memory";
    EACCES = 13, 2, "Permission denied";
    EFAULT = 14, 21, "Bad address";
    ENOTBLK = 15, 105, "Block device required";
    EBUSY = 16, 10, "Device or resource busy";
    EEXIST = 17, 20, "File exists";
    EXDEV = 18, 75, "Invalid cross-device link";
    ENODEV = 19, 43, "No such device";
    ENOTDIR = 20, 54, "Not a directory";
    EISDIR = 21, 31, "Is a directory";
    EINVAL = 22, 28, "Invalid argument";
    ENFILE = 23, 41, "Too many open files in system";
    EMFILE = 24, 33, "Too many open files";
    ENOTTY = 25, 59, "Inappropriate ioctl for device";
    ETXTBSY = 26, 74, "Text file busy";
    EFBIG = 27, 22, "File too large";
    ENOSPC = 28, 51, "No space left on device";
    ESPIPE = 29, 70, "Illegal seek";
    EROFS = 30, 69, "Read-only file system";
    EMLINK = 31, 34, "Too many links";
    EPIPE = 32, 64, "Broken pipe";
    EDOM = 33, 18, "Numerical argument out of domain";
    ERANGE = 34, 68, "Numerical result out of range";
    EDEADLK = 35, 16, "Resource deadlock avoided";
    ENAMETOOLONG = 36, 37, "File name too long";
    ENOLCK = 37, 46, "No locks available";
    ENOSYS = 38, 52, "Function not implemented";
    ENOTEMPTY = 39, 55, "Directory not empty";
    ELOOP = 40, 32, "Too many levels of symbolic links";
    ENOMSG = 42, 49, "No message of desired type";
    EIDRM = 43, 24, "Identifier removed";
    ECHRNG = 44, 106, "Channel number out of range";
    EL2NSYNC = 45, 156, "Level 2 not synchronized";
    EL3HLT = 46, 107, "Level 3 halted";
    EL3RST = 47, 108, "Level 3 reset";
    ELNRNG = 48, 109, "Link number out of range";
    EUNATCH = 49, 110, "Protocol driver not attached";
    ENOCSI = 50, 111, "No CSI structure available";
    EL2HLT = 51, 112, "Level 2 halted";
    EBADE = 52, 113, "Invalid exchange";
    EBADR = 53, 114, "Invalid request descriptor";
    EXFULL = 54, 115, "Exchange full";
    ENOANO = 55, 104, "No anode";
    EBADRQC = 56, 103, "Invalid request code";
    EBADSLT = 57, 102, "Invalid slot";
    EBFONT = 59, 101, "Bad font file format";
    ENOSTR = 60, 100, "Device not a stream";
    ENODATA = 61, 116, "No data available";
    ETIME = 62, 117, "Timer expired";
    ENOSR = 63, 118, "Out of streams resources";
    ENONET = 64, 119, "Machine is not on the network";
    ENOPKG = 65, 120, "Package not installed";
    EREMOTE = 66, 121, "Object is remote";
    ENOLINK = 67, 47, "Link has been severed";
    EADV = 68, 122, "Advertise error";
    ESRMNT = 69, 123, "Srmount error";
    ECOMM = 70, 124, "Communication error on send";
    EPROTO = 71, 65, "Protocol error";
    EMULTIHOP = 72, 36, "Multihop attempted";
    EDOTDOT = 73, 125, "RFS specific error";
    EBADMSG = 74, 9, "Bad message";
    EOVERFLOW = 75, 61, "Value too large for defined data type";
    ENOTUNIQ = 76, 126, "Name not unique on network";
    EBADFD = 77, 127, "File descriptor in bad state";
    EREMCHG = 78, 128, "Remote address changed";
    ELIBACC = 79, 129, "Can not access a needed shared library";
    ELIBBAD = 80, 130, "Accessing a corrupted shared library";
    ELIBSCN = 81, 131, ".lib section in a.out corrupted";
    ELIBMAX = 82, 132, "Attempting to link in too many shared libraries";
    ELIBEXEC = 83, 133, "Cannot exec a shared library directly";
    EILSEQ = 84, 25, "Invalid or incomplete multibyte or wide character";
    ERESTART = 85, 134, "Interrupted system call should be restarted";
    ESTRPIPE = 86, 135, "Streams pipe error";
    EUSERS = 87, 136, "Too many users";
    ENOTSOCK = 88, 57, "Socket operation on non-socket";
    EDESTADDRREQ = 89, 17, "Destination address required";
    EMSGSIZE = 90, 35, "Message too long";
    EPROTOTYPE = 91, 67, "Protocol wrong type for socket";
    ENOPROTOOPT = 92, 50, "Protocol not available";
    EPROTONOSUPPORT = 93, 66, "Protocol not supported";
    ESOCKTNOSUPPORT = 94, 137, "Socket type not supported";
    EOPNOTSUPP = 95, 138, "Operation not supported";
    EPFNOSUPPORT = 96, 139, "Protocol family not supported";
    EAFNOSUPPORT = 97, 5, "Address family not supported by protocol";
    EADDRINUSE = 98, 3, "Address already in use";
    EADDRNOTAVAIL = 99, 4, "Cannot assign requested address";
    ENETDOWN = 100, 38, "Network is down";
    ENETUNREACH = 101, 40, "Network is unreachable";
    ENETRESET = 102, 39, "Network dropped connection on reset";
    ECONNABORTED = 103, 13, "Software caused connection abort";
    ECONNRESET = 104, 15, "Connection reset by peer";
    ENOBUFS = 105, 42, "No buffer space available";
    EISCONN = 106, 30, "Transport endpoint is already connected";
    ENOTCONN = 107, 53, "Transport endpoint is not connected";
    ESHUTDOWN = 108, 140, "Cannot send after transport endpoint shutdown";
    ETOOMANYREFS = 109, 141, "Too many references: cannot splice";
    ETIMEDOUT = 110, 73, "Connection timed out";
    ECONNREFUSED = 111, 14, "Connection refused";
    EHOSTDOWN = 112, 142, "Host is down";
    EHOSTUNREACH = 113, 23, "No route to host";
    EALREADY = 114, 7, "Operation already in progress";
    EINPROGRESS = 115, 26, "Operation now in progress";
    ESTALE = 116, 72, "Stale file handle";
    EUCLEAN = 117, 143, "Structure needs cleaning";
    ENOTNAM = 118, 144, "Not a XENIX named type file";
    ENAVAIL = 119, 145, "No XENIX semaphores available";
    EISNAM = 120, 146, "Is a named type file";
    EREMOTEIO = 121, 147, "Remote I/O error";
    EDQUOT = 122, 19, "Disk quota exceeded";
    ENOMEDIUM = 123, 148, "No medium found";
    EMEDIUMTYPE = 124, 149, "Wrong medium type";
    ECANCELED = 125, 11, "Operation canceled";
    ENOKEY = 126, 150, "Required key not available";
    EKEYEXPIRED = 127, 151, "Key has expired";
    EKEYREVOKED = 128, 152, "Key has been revoked";
    EKEYREJECTED = 129, 153, "Key was rejected by service";
    EOWNERDEAD = 130, 62, "Owner died";
    ENOTRECOVERABLE = 131, 56, "State not recoverable";
    ERFKILL = 132, 154, "Operation not possible due to RF-kill";
    EHWPOISON = 133, 155, "Memory page has hardware error";
}

/// WASI's `ENOTSUP`, which has a number of its own there; Emscripten's is 138.
const WASI_ENOTSUP: u16 = 58;

impl Errno {
    /// A system call was not made, or is to be made again, once a signal has been
    /// delivered. No program ever sees it.
    pub const ERESTARTSYS: Self = Self(512);

    /// From a number in Linux's numbering.
    pub const fn from_linux(number: u16) -> Self {
        Self(number)
    }

    /// The number in Linux's numbering.
    pub const fn linux(self) -> u16 {
        self.0
    }

    /// The number as Emscripten's C library has it.
    pub const fn emscripten(self) -> u16 {
        if (self.0 as usize) < LIMIT {
            GUEST[self.0 as usize] as u16
        } else {
            UNKNOWN as u16
        }
    }

    /// The number as WASI has it, for modules that know no other: those of
    /// Emscripten's own that WASI lacks become their nearest relative.
    pub const fn wasi(self) -> u16 {
        match self {
            Self::EOPNOTSUPP | Self::EPFNOSUPPORT | Self::ESOCKTNOSUPPORT => WASI_ENOTSUP,
            _ => match self.emscripten() {
                number if number > 76 => UNKNOWN as u16,
                number => number,
            },
        }
    }

    /// Splits a result of the kernel: values from -4095 to -1 are errors.
    #[inline]
    pub const fn check(result: i64) -> Result<u64, Self> {
        if result < 0 && result >= -4095 {
            Err(Self(-result as u16))
        } else {
            Ok(result as u64)
        }
    }
}

impl fmt::Debug for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "errno {}", self.0),
        }
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_programs_depend_on() {
        for (errno, guest) in [
            (Errno::EPERM, 63),
            (Errno::ENOENT, 44),
            (Errno::EAGAIN, 6),
            (Errno::EINVAL, 28),
            (Errno::ENOSYS, 52),
            (Errno::EINPROGRESS, 26),
            (Errno::EOPNOTSUPP, 138),
            (Errno::EHWPOISON, 155),
        ] {
            assert_eq!(errno.emscripten(), guest, "{errno}");
        }
        assert_eq!(Errno::EOPNOTSUPP.wasi(), 58);
        assert_eq!(Errno::ENODATA.wasi(), 29);
        assert_eq!(Errno::from_linux(4095).emscripten(), 29);
    }

    #[test]
    fn every_known_number_has_its_own() {
        let mut seen = [false; 256];
        for number in 1..LIMIT as u16 {
            let errno = Errno::from_linux(number);
            if errno.name().is_some() {
                let guest = errno.emscripten() as usize;
                assert!(!seen[guest], "{errno} shares number {guest}");
                seen[guest] = true;
            }
        }
    }

    #[test]
    fn kernel_results() {
        assert_eq!(Errno::check(5), Ok(5));
        assert_eq!(Errno::check(-2), Err(Errno::ENOENT));
        assert_eq!(Errno::check(-4096), Ok(-4096i64 as u64));
    }
}
