//! What parameters and results mean: the vocabulary of the table, from which
//! traces print values and the documentation names types.

use crate::era::Era;
use core::fmt;

/// A parameter of a call.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub meaning: Meaning,
}

/// What a value of a call is.
#[derive(Debug, Clone, Copy)]
pub enum Meaning {
    /// A number.
    Number(Scalar),
    /// Without effect; calls are padded with it.
    Unused,
    /// Pointer to a string that ends with a zero byte.
    Text,
    /// The same, the name of a file.
    Path,
    /// Pointer to bytes.
    Bytes(Direction, Length),
    /// Pointer to numbers or structures.
    Items(Direction, Item, Length),
    /// Pointer to a vector of buffers (`struct iovec`) with as many entries as
    /// the named parameter says; the second length is that of their contents.
    Buffers(Direction, &'static str, Length),
    /// What other parameters determine.
    Special(Dependent),
    /// The call does not return.
    Never,
    /// The call returns only when it fails: another program takes over.
    Replaced,
}

/// A number.
#[derive(Debug, Clone, Copy)]
pub enum Scalar {
    /// Signed.
    Int,
    /// Unsigned.
    Unsigned,
    /// Best read in hexadecimal, as addresses.
    Hex,
    /// Rights of a file, in octal.
    Octal,
    /// Type and rights of a file.
    FileMode,
    /// Floating-point.
    Float,
    /// A descriptor.
    Fd,
    /// A descriptor of a directory, or AT_FDCWD.
    Directory,
    /// Number of a process, thread or group of them.
    Process,
    /// Number of a user or group; all ones for none.
    Id,
    /// Number of a signal.
    Signal,
    /// Number of a device.
    Device,
    /// An index of the table of functions.
    Function,
    /// An address in the guest's memory.
    Address,
    /// A set of flags.
    Flags(&'static Flags),
    /// One of several.
    Choice(&'static Choice),
}

/// Who fills what a pointer points to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The guest.
    In,
    /// The host.
    Out,
    /// Both.
    Both,
}

/// How much a pointer points to.
#[derive(Debug, Clone, Copy)]
pub enum Length {
    /// One.
    One,
    /// So many.
    Fixed(u32),
    /// As many as the named parameter says.
    Argument(&'static str),
    /// As many as the call returns.
    Result,
    /// As many as stand where the named parameter points to, after the call.
    Stored(&'static str),
}

/// What stands at one place of memory.
#[derive(Debug, Clone, Copy)]
pub enum Item {
    /// A number of so many bytes.
    Number(u8, Scalar),
    /// A number as wide as a pointer.
    Word(Scalar),
    /// A structure.
    Struct(&'static Struct),
    /// So many bytes, of which those before a zero are text.
    Text(u16),
    /// So many bytes.
    Bytes(u16),
}

/// A set of flags.
#[derive(Debug)]
pub struct Flags {
    /// What they are called.
    pub name: &'static str,
    /// Bits that together name one of several, and which.
    pub choice: Option<(u64, &'static [(i64, &'static str)])>,
    /// Flags, those of several bits first.
    pub bits: &'static [(u64, &'static str)],
}

/// Numbers with names.
#[derive(Debug)]
pub struct Choice {
    /// What they are called.
    pub name: &'static str,
    /// Numbers and names.
    pub values: &'static [(i64, &'static str)],
}

impl Choice {
    /// The name of a number.
    pub fn find(&self, number: i64) -> Option<&'static str> {
        let found = self.values.iter().find(|(value, _)| *value == number);
        found.map(|(_, name)| *name)
    }
}

/// A structure in guest memory.
#[derive(Debug)]
pub struct Struct {
    /// Its name in C.
    pub name: &'static str,
    /// What it is for.
    pub doc: &'static str,
    /// The fields that a trace shows; all of them when there are none.
    pub brief: &'static [&'static str],
    /// How it lies in memory.
    pub layouts: &'static [Layout],
}

/// A layout of a structure.
#[derive(Debug)]
pub struct Layout {
    /// For which modules.
    pub when: When,
    /// Bytes.
    pub size: u32,
    /// The fields; what lies between them is padding.
    pub fields: &'static [Field],
}

/// For which modules a layout holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// All.
    Always,
    /// Those with a `time_t` of 32 bits.
    Time32,
    /// Those with a `time_t` of 64 bits.
    Time64,
    /// Those whose call says that the structure has this size.
    Sized,
}

/// A field of a structure.
#[derive(Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Bytes before it.
    pub offset: u16,
    /// What it is.
    pub item: Item,
    /// How many of it.
    pub count: u16,
}

macro_rules! dependents {
    ($( $id:ident $name:literal $direction:ident; )*) => {
        /// A parameter whose form depends on other parameters.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Dependent {
            $( #[doc = $name] $id, )*
        }

        impl Dependent {
            /// What it is, for the documentation.
            pub const fn name(self) -> &'static str {
                match self { $( Self::$id => $name, )* }
            }

            /// Who fills what it points to, if it does.
            pub const fn direction(self) -> Direction {
                match self { $( Self::$id => Direction::$direction, )* }
            }
        }
    };
}

dependents! {
    OpenMode "variable: file rights" In;
    FcntlResult "int, or open flags" In;
    FcntlArgument "variable: see the command" Both;
    IoctlArgument "variable: see the request" Both;
    DirectoryEntries "out struct dirent[]" Out;
    Poll "in and out struct pollfd[nfds]" Both;
    FdSet "in and out fd_set" Both;
    SignalSet "in 64-bit set of signals" In;
    SignalSetOut "out 64-bit set of signals" Out;
    SocketAddress "in struct sockaddr" In;
    SocketAddressOut "out struct sockaddr" Out;
    Message "in struct msghdr" In;
    MessageOut "in and out struct msghdr" Both;
    SocketOption "option of the level" In;
    OptionValue "in value of the option" In;
    OptionValueOut "out value of the option" Out;
    TextOut "out string" Out;
    WaitStatus "out wait status of 32 bits" Out;
    IpcFlags "IPC flags and rights" In;
    Strings "in strings, a null at the end" In;
    Variables "in variables, a null at the end" In;
}

impl Struct {
    /// The layout for a module; `size` is what the call says of it.
    pub fn layout(&self, era: Era, size: Option<u64>) -> Option<&'static Layout> {
        self.layouts.iter().find(|layout| match layout.when {
            When::Always => true,
            When::Time32 => !era.time64,
            When::Time64 => era.time64,
            When::Sized => size == Some(layout.size.into()),
        })
    }
}

impl Meaning {
    /// Whether it is a pointer, or may be one.
    pub fn is_pointer(&self) -> bool {
        match self {
            Self::Text
            | Self::Path
            | Self::Bytes(..)
            | Self::Items(..)
            | Self::Buffers(..)
            | Self::Special(_) => true,
            Self::Number(scalar) => matches!(scalar, Scalar::Address | Scalar::Function),
            Self::Unused | Self::Never | Self::Replaced => false,
        }
    }

    /// Whether it can only be told after the call.
    pub(crate) fn is_result(&self) -> bool {
        match self {
            Self::Bytes(direction, _)
            | Self::Items(direction, ..)
            | Self::Buffers(direction, ..) => *direction != Direction::In,
            Self::Special(form) => form.direction() != Direction::In,
            _ => false,
        }
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Always => "all versions",
            Self::Time32 => "32-bit `time_t`",
            Self::Time64 => "64-bit `time_t`",
            Self::Sized => "where the call states this size",
        })
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Int => "int",
            Self::Unsigned | Self::Hex => "unsigned",
            Self::Octal => "file rights",
            Self::FileMode => "file type and rights",
            Self::Float => "double",
            Self::Fd => "descriptor",
            Self::Directory => "directory descriptor",
            Self::Process => "process",
            Self::Id => "user or group",
            Self::Signal => "signal",
            Self::Device => "device",
            Self::Function => "function",
            Self::Address => "address",
            Self::Flags(flags) => flags.name,
            Self::Choice(choice) => choice.name,
        })
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::In => "in",
            Self::Out => "out",
            Self::Both => "in and out",
        })
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One => Ok(()),
            Self::Fixed(count) => write!(f, "[{count}]"),
            Self::Argument(name) => write!(f, "[{name}]"),
            Self::Result => f.write_str("[result]"),
            Self::Stored(name) => write!(f, "[*{name}]"),
        }
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(width, scalar) => write!(f, "{scalar} of {} bits", *width as u32 * 8),
            Self::Word(scalar) => write!(f, "{scalar} of a pointer's width"),
            Self::Struct(structure) => f.write_str(structure.name),
            Self::Text(length) => write!(f, "char[{length}]"),
            Self::Bytes(length) => write!(f, "{length} bytes"),
        }
    }
}

impl fmt::Display for Meaning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(scalar) => write!(f, "{scalar}"),
            Self::Unused => f.write_str("unused"),
            Self::Text => f.write_str("string"),
            Self::Path => f.write_str("path"),
            Self::Bytes(direction, length) => write!(f, "{direction} bytes{length}"),
            Self::Items(direction, item, length) => write!(f, "{direction} {item}{length}"),
            Self::Buffers(direction, count, _) => write!(f, "{direction} struct iovec[{count}]"),
            Self::Special(form) => f.write_str(form.name()),
            Self::Never => f.write_str("does not return"),
            Self::Replaced => f.write_str("-1, or does not return"),
        }
    }
}
