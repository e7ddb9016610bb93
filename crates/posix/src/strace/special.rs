//! Parameters whose form depends on other parameters.

use super::View;
use super::print::{flags, signal};
use crate::table::constants as c;
use crate::table::meaning::{Dependent, Direction, Item, Scalar};
use crate::table::structs as s;
use alloc::string::String;
use core::fmt::Write;

/// Appends a value of that form to a trace.
pub(super) fn print(form: Dependent, view: &View<'_>, value: u64, out: &mut String) {
    let print = match form {
        Dependent::OpenMode => open_mode,
        Dependent::FcntlResult => fcntl_result,
        Dependent::FcntlArgument => fcntl_argument,
        Dependent::IoctlArgument => ioctl_argument,
        Dependent::DirectoryEntries => directory_entries,
        Dependent::Poll => poll,
        Dependent::FdSet => fd_set,
        Dependent::SignalSet | Dependent::SignalSetOut => signal_set,
        Dependent::SocketAddress => socket_address,
        Dependent::SocketAddressOut => socket_address_out,
        Dependent::Message => message,
        Dependent::MessageOut => message_out,
        Dependent::SocketOption => socket_option,
        Dependent::OptionValue => option_value,
        Dependent::OptionValueOut => option_value_out,
        Dependent::TextOut => text_out,
        Dependent::WaitStatus => wait_status,
        Dependent::IpcFlags => ipc_flags,
        Dependent::Strings => strings,
        Dependent::Variables => variables,
    };
    print(view, value, out);
}

/// The rights of a new file, where there will be one.
fn open_mode(view: &View<'_>, at: u64, out: &mut String) {
    const CREATES: u64 = 0o100 | 0o20000000;
    let creates = view
        .argument("flags")
        .is_some_and(|flags| flags & CREATES != 0);
    match view.vararg(at) {
        Ok(mode) if creates => view.scalar(mode & 0xffff_ffff, 4, Scalar::Octal, out),
        _ => {}
    }
}

fn fcntl_argument(view: &View<'_>, at: u64, out: &mut String) {
    let Ok(value) = view.vararg(at) else {
        return view.address(at, out);
    };
    match view.argument("cmd").unwrap_or(0) {
        // F_GETFD, F_GETFL, F_GETOWN, F_GETSIG, F_GETLEASE, F_GETPIPE_SZ, F_GET_SEALS
        1 | 3 | 9 | 11 | 1025 | 1032 | 1034 => {}
        2 => match value & 0xffff_ffff {
            1 => out.push_str("FD_CLOEXEC"),
            value => view.scalar(value, 4, Scalar::Hex, out),
        },
        4 => flags(value & 0xffff_ffff, &c::OPEN, out),
        5..=7 | 12..=14 | 36..=38 => view.structure(value, &s::FLOCK, out),
        15 | 16 => view.structure(value, &s::OWNER, out),
        10 => signal(value as i32 as i64, out),
        _ => view.scalar(value & 0xffff_ffff, 4, Scalar::Int, out),
    }
}

fn fcntl_result(view: &View<'_>, value: u64, out: &mut String) {
    const F_GETFL: u64 = 3;
    match view.argument("cmd") {
        Some(F_GETFL) => flags(value & 0xffff_ffff, &c::OPEN, out),
        _ => view.scalar(value, 4, Scalar::Int, out),
    }
}

fn ioctl_argument(view: &View<'_>, at: u64, out: &mut String) {
    let Ok(value) = view.vararg(at) else {
        return view.address(at, out);
    };
    let target = match view.argument("request").unwrap_or(0) {
        0x5401..=0x5404 => Item::Struct(&s::TERMIOS),
        0x5413 | 0x5414 => Item::Struct(&s::WINSIZE),
        0x540f
        | 0x5410
        | 0x5411
        | 0x5415..=0x541b
        | 0x5420
        | 0x5421
        | 0x5423
        | 0x5424
        | 0x5429
        | 0x5452
        | 0x8004_5430
        | 0x4004_5431 => {
            if view.shown(value, Direction::Both, out) {
                view.array(value, Item::Number(4, Scalar::Int), 1, out);
            }
            return;
        }
        0x8910..=0x8933 => Item::Struct(&s::IFREQ),
        // Without an argument.
        0x540c | 0x540d | 0x5422 | 0x5427 | 0x5428 | 0x5450 | 0x5451 => return,
        0x5409..=0x540b | 0x540e | 0x5425 | 0x5441 => {
            return view.scalar(value, 4, Scalar::Int, out);
        }
        _ => return view.address(value, out),
    };
    if view.shown(value, Direction::Both, out) {
        view.item(value, target, out);
    }
}

fn directory_entries(view: &View<'_>, at: u64, out: &mut String) {
    if !view.shown(at, Direction::Out, out) {
        return;
    }
    let end = view.returned();
    let (mut from, mut count) = (0, 0);
    while from < end {
        let length = view.read(at.wrapping_add(from + 16), 2).unwrap_or(0);
        if length == 0 {
            break;
        }
        from += length;
        count += 1;
    }
    let _ = write!(out, "{at:#x} /* {count} entries */");
}

fn poll(view: &View<'_>, at: u64, out: &mut String) {
    let count = view.argument("nfds").unwrap_or(0);
    view.array(at, Item::Struct(&s::POLLFD), count, out);
}

fn fd_set(view: &View<'_>, at: u64, out: &mut String) {
    const BITS: u64 = 1024;
    let limit = view.argument("nfds").unwrap_or(0).min(BITS);
    let mut first = true;
    out.push('[');
    for fd in 0..limit {
        let Ok(byte) = view.read(at.saturating_add(fd / 8), 1) else {
            break;
        };
        if byte >> (fd % 8) & 1 != 0 {
            let space = if core::mem::take(&mut first) { "" } else { " " };
            let _ = write!(out, "{space}{fd}");
        }
    }
    out.push(']');
}

fn signal_set(view: &View<'_>, at: u64, out: &mut String) {
    let Ok(set) = view.read(at, 8) else {
        return view.address(at, out);
    };
    let mut first = true;
    // A set of nearly everything is told by what is missing.
    let (set, begin) = if set.count_ones() > 32 {
        (!set, "~[")
    } else {
        (set, "[")
    };
    out.push_str(begin);
    for number in (1..=64).filter(|number| set >> (number - 1) & 1 != 0) {
        if !core::mem::take(&mut first) {
            out.push(' ');
        }
        let from = out.len();
        signal(number, out);
        // As everybody abbreviates them here.
        if out[from..].starts_with("SIG") {
            out.replace_range(from..from + 3, "");
        }
    }
    out.push(']');
}

fn socket_address(view: &View<'_>, at: u64, out: &mut String) {
    let length = view.argument("addrlen").unwrap_or(0);
    address(view, at, length, out);
}

fn socket_address_out(view: &View<'_>, at: u64, out: &mut String) {
    if view.shown(at, Direction::Out, out) {
        let length = view
            .argument("addrlen")
            .and_then(|at| view.read(at, 4).ok());
        address(view, at, length.unwrap_or(0), out);
    }
}

/// Appends the address of a socket.
fn address(view: &View<'_>, at: u64, length: u64, out: &mut String) {
    const LONGEST: u64 = 128;
    let Ok(bytes) = view.copy(at, length.min(LONGEST)) else {
        return view.address(at, out);
    };
    let family = bytes.first_chunk::<2>().map(|b| u16::from_le_bytes(*b));
    // Writing to a string does not fail.
    let _ = match (family, &bytes[..]) {
        (Some(2), [_, _, p, q, a, b, c, d, ..]) => write!(
            out,
            "{{sa_family=AF_INET, sin_port=htons({}), sin_addr=inet_addr(\"{a}.{b}.{c}.{d}\")}}",
            u16::from_be_bytes([*p, *q])
        ),
        (Some(10), [_, _, p, q, _, _, _, _, rest @ ..]) if rest.len() >= 16 => {
            let mut octets = [0; 16];
            octets.copy_from_slice(&rest[..16]);
            write!(
                out,
                "{{sa_family=AF_INET6, sin6_port=htons({}), sin6_addr=\"{}\"}}",
                u16::from_be_bytes([*p, *q]),
                core::net::Ipv6Addr::from(octets)
            )
        }
        (Some(1), [_, _, path @ ..]) => {
            out.push_str("{sa_family=AF_UNIX, sun_path=");
            let skip = usize::from(path.first() == Some(&0));
            let end = path.iter().skip(skip).position(|&byte| byte == 0);
            let text = &path[skip..end.map_or(path.len(), |end| end + skip)];
            if skip == 1 {
                out.push('@');
            }
            super::text::quote(text, false, out);
            write!(out, "}}")
        }
        (Some(family), _) => {
            let name = c::FAMILY.find(family.into()).unwrap_or("AF_?");
            write!(out, "{{sa_family={name}, ...}}")
        }
        (None, _) => write!(out, "{at:#x}"),
    };
}

fn message(view: &View<'_>, at: u64, out: &mut String) {
    message_with(view, at, u64::MAX, out);
}

fn message_out(view: &View<'_>, at: u64, out: &mut String) {
    if view.shown(at, Direction::Out, out) {
        message_with(view, at, view.returned(), out);
    }
}

/// Appends a message, of whose contents `limit` bytes count.
fn message_with(view: &View<'_>, at: u64, limit: u64, out: &mut String) {
    let field = |offset: u64| view.read(at.saturating_add(offset), 4);
    let fields = [0, 4, 8, 12, 16, 20, 24].map(field);
    let [
        Ok(name),
        Ok(name_length),
        Ok(iov),
        Ok(count),
        Ok(control),
        Ok(control_length),
        Ok(set),
    ] = fields
    else {
        return view.address(at, out);
    };
    out.push_str("{msg_name=");
    match name {
        0 => out.push_str("NULL"),
        name => address(view, name, name_length, out),
    }
    let _ = write!(out, ", msg_namelen={name_length}, msg_iov=");
    view.buffers(iov, count, limit, out);
    let _ = write!(out, ", msg_iovlen={count}, msg_control=");
    match (control, control_length) {
        (0, _) | (_, 0) => view.address(control, out),
        _ => control_messages(view, control, control_length, out),
    }
    let _ = write!(out, ", msg_controllen={control_length}, msg_flags=");
    flags(set, &c::MSG, out);
    out.push('}');
}

/// Appends control messages: descriptors by number, others by length.
fn control_messages(view: &View<'_>, at: u64, length: u64, out: &mut String) {
    const HEADER: u64 = 12;
    let mut from = 0;
    out.push('[');
    while length.saturating_sub(from) >= HEADER {
        let word = |offset| view.read(at.wrapping_add(from + offset), 4);
        let (Ok(size), Ok(level), Ok(kind)) = (word(0), word(4), word(8)) else {
            break;
        };
        if size < HEADER || size > length - from {
            break;
        }
        if from > 0 {
            out.push_str(", ");
        }
        let rights = (level, kind) == (1, 1);
        let kind_name = if rights { "SCM_RIGHTS" } else { "" };
        let _ = write!(out, "{{cmsg_len={size}, cmsg_level=");
        view.scalar(level, 4, Scalar::Choice(&c::LEVEL), out);
        let _ = match rights {
            true => write!(out, ", cmsg_type={kind_name}, cmsg_data="),
            false => write!(out, ", cmsg_type={kind}"),
        };
        if rights {
            view.array(
                at + from + HEADER,
                Item::Number(4, Scalar::Fd),
                (size - HEADER) / 4,
                out,
            );
        }
        out.push('}');
        from += size.next_multiple_of(4);
    }
    out.push(']');
}

fn socket_option(view: &View<'_>, option: u64, out: &mut String) {
    let names = match view.argument("level") {
        Some(1) => &c::SOCKET_OPTION,
        Some(6) => &c::TCP_OPTION,
        _ => return view.scalar(option, 4, Scalar::Int, out),
    };
    view.scalar(option, 4, Scalar::Choice(names), out);
}

fn option_value(view: &View<'_>, at: u64, out: &mut String) {
    value(view, at, view.argument("optlen").unwrap_or(0), out);
}

fn option_value_out(view: &View<'_>, at: u64, out: &mut String) {
    if view.shown(at, Direction::Out, out) {
        let length = view.argument("optlen").and_then(|at| view.read(at, 4).ok());
        value(view, at, length.unwrap_or(0), out);
    }
}

/// Appends the value of an option.
fn value(view: &View<'_>, at: u64, length: u64, out: &mut String) {
    let option = (view.argument("level"), view.argument("optname"));
    match (option, length) {
        ((Some(1), Some(13)), 8) => view.structure(at, &s::LINGER, out),
        ((Some(1), Some(20 | 21 | 66 | 67)), _) => view.structure(at, &s::TIMEVAL, out),
        (_, 4) => view.array(at, Item::Number(4, Scalar::Int), 1, out),
        _ => view.bytes(at, length, out),
    }
}

fn text_out(view: &View<'_>, at: u64, out: &mut String) {
    if view.shown(at, Direction::Out, out) {
        view.text(at, out);
    }
}

fn wait_status(view: &View<'_>, at: u64, out: &mut String) {
    if !view.shown(at, Direction::Out, out) {
        return;
    }
    let Ok(status) = view.read(at, 4) else {
        return view.address(at, out);
    };
    if view.returned() == 0 {
        // Nothing has ended, and nothing was stored.
        return view.address(at, out);
    }
    let low = status & 0x7f;
    let number = (status >> 8 & 0xff) as i64;
    let _ = match (low, status & 0xff) {
        (0, _) => write!(out, "[{{WIFEXITED(s) && WEXITSTATUS(s) == {number}}}]"),
        (0x7f, _) if status == 0xffff => write!(out, "[{{WIFCONTINUED(s)}}]"),
        (0x7f, _) => {
            out.push_str("[{WIFSTOPPED(s) && WSTOPSIG(s) == ");
            signal(number, out);
            write!(out, "}}]")
        }
        _ => {
            out.push_str("[{WIFSIGNALED(s) && WTERMSIG(s) == ");
            signal(low as i64, out);
            let core = if status & 0x80 != 0 {
                " && WCOREDUMP(s)"
            } else {
                ""
            };
            write!(out, "{core}}}]")
        }
    };
}

fn ipc_flags(view: &View<'_>, value: u64, out: &mut String) {
    let set = value & !0o777;
    if set != 0 {
        flags(set, &c::IPC, out);
        out.push('|');
    }
    view.scalar(value & 0o777, 4, Scalar::Octal, out);
}

/// Most strings of an array that are counted, and that are shown.
const STRINGS_MAX: u64 = 4096;
const SHOWN_MAX: u64 = 32;

/// The addresses in an array that ends with a null.
fn addresses<'v>(view: &'v View<'_>, at: u64) -> impl Iterator<Item = u64> + 'v {
    let word = view.word();
    let entry = move |i: u64| {
        let address = view.read(at.checked_add(i * u64::from(word))?, word);
        address.ok().filter(|address| *address != 0)
    };
    (0..STRINGS_MAX).map_while(entry)
}

fn strings(view: &View<'_>, at: u64, out: &mut String) {
    out.push('[');
    for (i, address) in (0..).zip(addresses(view, at)) {
        if i > 0 {
            out.push_str(", ");
        }
        if i == SHOWN_MAX {
            out.push_str("...");
            break;
        }
        view.text(address, out);
    }
    out.push(']');
}

fn variables(view: &View<'_>, at: u64, out: &mut String) {
    let count = addresses(view, at).count();
    let _ = write!(out, "{at:#x} /* {count} vars */");
}
