//! Calendar, time zones and their text, as the C library has them: for guests
//! whose own library leaves them to the host.

pub(crate) mod calendar;
pub(crate) mod format;
pub(crate) mod parse;
pub(crate) mod zone;
