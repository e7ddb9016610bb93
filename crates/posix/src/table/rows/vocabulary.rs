//! What the files of rows are written with.

pub(super) use crate::handler::{AsKernel, AsLibc, Handler, Variant};
pub(super) use crate::table::meaning::Length::{self, Argument, Fixed, Stored};
pub(super) use crate::table::meaning::Meaning::{
    self, Buffers, Never, Path, Special, Text, Unused,
};
pub(super) use crate::table::meaning::{Dependent as x, Direction, Item, Parameter, Scalar};
pub(super) use crate::table::{Row, Support, constants as c, structs as s};
pub(super) use crate::{calls, wasi};

use crate::table::meaning::{Choice, Flags, Struct};

pub(super) const INT: Meaning = Meaning::Number(Scalar::Int);
pub(super) const UNSIGNED: Meaning = Meaning::Number(Scalar::Unsigned);
pub(super) const HEX: Meaning = Meaning::Number(Scalar::Hex);
pub(super) const FLOAT: Meaning = Meaning::Number(Scalar::Float);
pub(super) const FD: Meaning = Meaning::Number(Scalar::Fd);
pub(super) const DIRECTORY: Meaning = Meaning::Number(Scalar::Directory);
pub(super) const PROCESS: Meaning = Meaning::Number(Scalar::Process);
pub(super) const ID: Meaning = Meaning::Number(Scalar::Id);
pub(super) const SIGNAL: Meaning = Meaning::Number(Scalar::Signal);
pub(super) const ADDRESS: Meaning = Meaning::Number(Scalar::Address);
/// Rights of a file.
pub(super) const RIGHTS: Meaning = Meaning::Number(Scalar::Octal);
/// Type and rights of a file.
pub(super) const MODE: Meaning = Meaning::Number(Scalar::FileMode);
pub(super) const CLOCK: Meaning = choice(&c::CLOCK);

pub(super) const fn flags(flags: &'static Flags) -> Meaning {
    Meaning::Number(Scalar::Flags(flags))
}

pub(super) const fn choice(choice: &'static Choice) -> Meaning {
    Meaning::Number(Scalar::Choice(choice))
}

/// Pointer to a structure that the guest has filled.
pub(super) const fn input(structure: &'static Struct) -> Meaning {
    Meaning::Items(Direction::In, Item::Struct(structure), Length::One)
}

/// Pointer to a structure that the host fills.
pub(super) const fn output(structure: &'static Struct) -> Meaning {
    Meaning::Items(Direction::Out, Item::Struct(structure), Length::One)
}

/// Pointer to a structure that the host changes.
pub(super) const fn update(structure: &'static Struct) -> Meaning {
    Meaning::Items(Direction::Both, Item::Struct(structure), Length::One)
}

/// Pointer to several structures that the guest has filled.
pub(super) const fn in_array(structure: &'static Struct, length: Length) -> Meaning {
    Meaning::Items(Direction::In, Item::Struct(structure), length)
}

/// Pointer to several structures that the host fills.
pub(super) const fn out_array(structure: &'static Struct, length: Length) -> Meaning {
    Meaning::Items(Direction::Out, Item::Struct(structure), length)
}

/// Pointer to a number of so many bytes that the guest gives.
pub(super) const fn number_in(width: u8, scalar: Scalar) -> Meaning {
    Meaning::Items(Direction::In, Item::Number(width, scalar), Length::One)
}

/// Pointer to a number of so many bytes that the host stores.
pub(super) const fn number_out(width: u8, scalar: Scalar) -> Meaning {
    Meaning::Items(Direction::Out, Item::Number(width, scalar), Length::One)
}

/// Pointer to a number as wide as a pointer that the host stores.
pub(super) const fn word_out(scalar: Scalar) -> Meaning {
    Meaning::Items(Direction::Out, Item::Word(scalar), Length::One)
}

/// Pointer to bytes that the guest has filled.
pub(super) const fn bytes_in(length: Length) -> Meaning {
    Meaning::Bytes(Direction::In, length)
}

/// Pointer to bytes that the host fills.
pub(super) const fn bytes_out(length: Length) -> Meaning {
    Meaning::Bytes(Direction::Out, length)
}
