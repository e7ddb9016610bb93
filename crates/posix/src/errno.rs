//! Error numbers: Linux's, which the kernel returns, and the guest's.
//!
//! Guests use WASI's numbering (ENOENT is 44), Emscripten's since 1.38.47 with
//! a few numbers of its own above WASI's range.

use core::fmt;

/// An error number in Linux's numbering.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Errno(u16);

macro_rules! errnos {
    ($($name:ident = $linux:literal, $guest:literal;)*) => {
        impl Errno {
            $(
                #[doc = concat!("`", stringify!($name), "`")]
                pub const $name: Self = Self($linux);
            )*

            /// Name, as `ENOENT`.
            pub const fn name(self) -> Option<&'static str> {
                match self.0 { $($linux => Some(stringify!($name)),)* _ => None }
            }
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
    EPERM = 1, 63;
    ENOENT = 2, 44;
    ESRCH = 3, 71;
    EINTR = 4, 27;
    EIO = 5, 29;
    ENXIO = 6, 60;
    E2BIG = 7, 1;
    ENOEXEC = 8, 45;
    EBADF = 9, 8;
    ECHILD = 10, 12;
    EAGAIN = 11, 6;
    ENOMEM = 12, 48;
    EACCES = 13, 2;
    EFAULT = 14, 21;
    ENOTBLK = 15, 105;
    EBUSY = 16, 10;
    EEXIST = 17, 20;
    EXDEV = 18, 75;
    ENODEV = 19, 43;
    ENOTDIR = 20, 54;
    EISDIR = 21, 31;
    EINVAL = 22, 28;
    ENFILE = 23, 41;
    EMFILE = 24, 33;
    ENOTTY = 25, 59;
    ETXTBSY = 26, 74;
    EFBIG = 27, 22;
    ENOSPC = 28, 51;
    ESPIPE = 29, 70;
    EROFS = 30, 69;
    EMLINK = 31, 34;
    EPIPE = 32, 64;
    EDOM = 33, 18;
    ERANGE = 34, 68;
    EDEADLK = 35, 16;
    ENAMETOOLONG = 36, 37;
    ENOLCK = 37, 46;
    ENOSYS = 38, 52;
    ENOTEMPTY = 39, 55;
    ELOOP = 40, 32;
    ENOMSG = 42, 49;
    EIDRM = 43, 24;
    ECHRNG = 44, 106;
    EL2NSYNC = 45, 156;
    EL3HLT = 46, 107;
    EL3RST = 47, 108;
    ELNRNG = 48, 109;
    EUNATCH = 49, 110;
    ENOCSI = 50, 111;
    EL2HLT = 51, 112;
    EBADE = 52, 113;
    EBADR = 53, 114;
    EXFULL = 54, 115;
    ENOANO = 55, 104;
    EBADRQC = 56, 103;
    EBADSLT = 57, 102;
    EBFONT = 59, 101;
    ENOSTR = 60, 100;
    ENODATA = 61, 116;
    ETIME = 62, 117;
    ENOSR = 63, 118;
    ENONET = 64, 119;
    ENOPKG = 65, 120;
    EREMOTE = 66, 121;
    ENOLINK = 67, 47;
    EADV = 68, 122;
    ESRMNT = 69, 123;
    ECOMM = 70, 124;
    EPROTO = 71, 65;
    EMULTIHOP = 72, 36;
    EDOTDOT = 73, 125;
    EBADMSG = 74, 9;
    EOVERFLOW = 75, 61;
    ENOTUNIQ = 76, 126;
    EBADFD = 77, 127;
    EREMCHG = 78, 128;
    ELIBACC = 79, 129;
    ELIBBAD = 80, 130;
    ELIBSCN = 81, 131;
    ELIBMAX = 82, 132;
    ELIBEXEC = 83, 133;
    EILSEQ = 84, 25;
    ERESTART = 85, 134;
    ESTRPIPE = 86, 135;
    EUSERS = 87, 136;
    ENOTSOCK = 88, 57;
    EDESTADDRREQ = 89, 17;
    EMSGSIZE = 90, 35;
    EPROTOTYPE = 91, 67;
    ENOPROTOOPT = 92, 50;
    EPROTONOSUPPORT = 93, 66;
    ESOCKTNOSUPPORT = 94, 137;
    EOPNOTSUPP = 95, 138;
    EPFNOSUPPORT = 96, 139;
    EAFNOSUPPORT = 97, 5;
    EADDRINUSE = 98, 3;
    EADDRNOTAVAIL = 99, 4;
    ENETDOWN = 100, 38;
    ENETUNREACH = 101, 40;
    ENETRESET = 102, 39;
    ECONNABORTED = 103, 13;
    ECONNRESET = 104, 15;
    ENOBUFS = 105, 42;
    EISCONN = 106, 30;
    ENOTCONN = 107, 53;
    ESHUTDOWN = 108, 140;
    ETOOMANYREFS = 109, 141;
    ETIMEDOUT = 110, 73;
    ECONNREFUSED = 111, 14;
    EHOSTDOWN = 112, 142;
    EHOSTUNREACH = 113, 23;
    EALREADY = 114, 7;
    EINPROGRESS = 115, 26;
    ESTALE = 116, 72;
    EUCLEAN = 117, 143;
    ENOTNAM = 118, 144;
    ENAVAIL = 119, 145;
    EISNAM = 120, 146;
    EREMOTEIO = 121, 147;
    EDQUOT = 122, 19;
    ENOMEDIUM = 123, 148;
    EMEDIUMTYPE = 124, 149;
    ECANCELED = 125, 11;
    ENOKEY = 126, 150;
    EKEYEXPIRED = 127, 151;
    EKEYREVOKED = 128, 152;
    EKEYREJECTED = 129, 153;
    EOWNERDEAD = 130, 62;
    ENOTRECOVERABLE = 131, 56;
    ERFKILL = 132, 154;
    EHWPOISON = 133, 155;
}

/// WASI's `ENOTSUP`, which has a number of its own there; Emscripten's is 138.
const WASI_ENOTSUP: u16 = 58;

impl Errno {
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
