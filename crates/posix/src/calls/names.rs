//! Names of hosts, services and protocols, from the host's resolver, put into
//! memory of the guest's allocator as its C library expects them.

use crate::ctx::Ctx;
use crate::errno::Errno;
use crate::guest::{CString, GuestPtr};
use crate::handler::Stop;
use crate::kernel::{Address, Query, ResolveError};
use alloc::vec::Vec;
use wasmjit_runtime::Trap;

const AF_INET: i32 = 2;
const AF_INET6: i32 = 10;

/// Longest host name or service name.
const NAME_MAX: usize = 1025;

/// Bytes of a guest's `struct addrinfo` with pointers of 32 bits.
const ADDRINFO: u64 = 32;

fn text(ctx: &Ctx<'_, '_>, at: GuestPtr<CString>) -> Result<Option<Vec<u8>>, Errno> {
    if at.is_null() {
        return Ok(None);
    }
    Ok(Some(ctx.memory().string(at, NAME_MAX)?.to_vec()))
}

/// What an error means to a caller that expects a number `EAI_…`.
fn eai(stop: Stop) -> Result<i32, Trap> {
    match stop {
        Stop::Errno(Errno::ENOMEM) => Ok(ResolveError::Memory as i32),
        Stop::Errno(_) => Ok(ResolveError::System as i32),
        Stop::Trap(trap) => Err(trap),
    }
}

/// `getaddrinfo(node, service, hints, result)`
pub(crate) fn getaddrinfo(
    ctx: &mut Ctx<'_, '_>,
    node: GuestPtr<CString>,
    service: GuestPtr<CString>,
    hints: GuestPtr<[i32; 4]>,
    result: GuestPtr<u32>,
) -> Result<i32, Trap> {
    let question = |ctx: &Ctx<'_, '_>| {
        let [flags, family, socket_type, protocol] = match hints.is_null() {
            true => [0; 4],
            false => ctx.memory().read(hints)?,
        };
        let node = text(ctx, node)?;
        let service = text(ctx, service)?;
        Ok::<_, Errno>(ctx.kernel().resolve(&Query {
            node: node.as_deref(),
            service: service.as_deref(),
            flags,
            family,
            socket_type,
            protocol,
        }))
    };
    let addresses = match question(ctx) {
        Ok(Ok(addresses)) if addresses.is_empty() => return Ok(ResolveError::NoName as i32),
        Ok(Ok(addresses)) => addresses,
        Ok(Err(error)) => return Ok(error as i32),
        Err(errno) => return eai(errno.into()),
    };
    match store_addresses(ctx, &addresses, result) {
        Ok(()) => Ok(0),
        Err(stop) => eai(stop),
    }
}

/// Puts a list of addresses into guest memory. The guest frees the first entry
/// and its address, as two blocks; everything else stands in the second.
fn store_addresses(
    ctx: &mut Ctx<'_, '_>,
    addresses: &[Address],
    result: GuestPtr<u32>,
) -> Result<(), Stop> {
    let room = |length: usize| length.next_multiple_of(8) as u64;
    let total: u64 = addresses
        .iter()
        .map(|a| {
            let name = a.canonical_name.as_ref().map_or(0, |name| name.len() + 1);
            room(a.address.len()) + room(name) + ADDRINFO
        })
        .sum();
    ctx.memory().place(result)?;
    let first = ctx.malloc(ADDRINFO)?;
    let rest = match ctx.malloc(total) {
        Ok(rest) => rest,
        Err(stop) => {
            ctx.free(first)?;
            return Err(stop);
        }
    };
    let mut free = rest;
    let mut take = |bytes: u64| {
        let at = free;
        free += bytes;
        at
    };
    let memory = ctx.memory();
    let mut entry = first;
    for (i, a) in addresses.iter().enumerate() {
        let address = take(room(a.address.len()));
        memory
            .slice(address, a.address.len() as u64)?
            .write(&a.address);
        let name = match &a.canonical_name {
            Some(name) => {
                let at = take(room(name.len() + 1));
                let to = memory.slice(at, name.len() as u64 + 1)?;
                to.fill(0);
                to.write(name);
                at
            }
            None => 0,
        };
        let next = match i + 1 < addresses.len() {
            true => take(ADDRINFO),
            false => 0,
        };
        memory.write(
            GuestPtr::new(entry),
            [
                0,
                a.family as u32,
                a.socket_type as u32,
                a.protocol as u32,
                a.address.len() as u32,
                address as u32,
                name as u32,
                next as u32,
            ],
        )?;
        entry = next;
    }
    memory.write(result, first as u32)?;
    Ok(())
}

/// `getnameinfo(address, length, host, its size, service, its size, flags)`
#[allow(clippy::too_many_arguments)]
pub(crate) fn getnameinfo(
    ctx: &mut Ctx<'_, '_>,
    address: GuestPtr<u8>,
    length: u32,
    host: GuestPtr<u8>,
    host_size: u32,
    service: GuestPtr<u8>,
    service_size: u32,
    flags: i32,
) -> Result<i32, Trap> {
    const ADDRESS_MAX: u32 = 128;
    let memory = ctx.memory();
    if length > ADDRESS_MAX {
        return Ok(ResolveError::Family as i32);
    }
    let Ok(address) = memory.slice(address.address(), length as u64) else {
        return Ok(ResolveError::System as i32);
    };
    let names = match ctx.kernel().names(&address.to_vec(), flags) {
        Ok(names) => names,
        Err(error) => return Ok(error as i32),
    };
    for (to, size, name) in [
        (host, host_size, &names.0),
        (service, service_size, &names.1),
    ] {
        if to.is_null() || size == 0 {
            continue;
        }
        if name.len() as u64 >= size as u64 {
            return Ok(ResolveError::Overflow as i32);
        }
        let Ok(to) = memory.slice(to.address(), size as u64) else {
            return Ok(ResolveError::System as i32);
        };
        to.write(name);
        to.from(name.len()).write(&[0]);
    }
    Ok(0)
}

/// The addresses of a host in one family.
fn host_addresses(ctx: &Ctx<'_, '_>, name: &[u8], family: i32) -> Vec<Vec<u8>> {
    const SOCK_STREAM: i32 = 1;
    let query = Query {
        node: Some(name),
        service: None,
        flags: 0,
        family,
        socket_type: SOCK_STREAM,
        protocol: 0,
    };
    let found = ctx.kernel().resolve(&query).unwrap_or_default();
    found
        .iter()
        .filter_map(|a| match a.family {
            AF_INET => a.address.get(4..8),
            AF_INET6 => a.address.get(8..24),
            _ => None,
        })
        .map(<[u8]>::to_vec)
        .collect()
}

/// `_emscripten_lookup_name(name)`: an IPv4 address in network order, or 0.
pub(crate) fn lookup(ctx: &mut Ctx<'_, '_>, name: GuestPtr<CString>) -> u32 {
    let Ok(Some(name)) = text(ctx, name) else {
        return 0;
    };
    let found = host_addresses(ctx, &name, AF_INET);
    let first = found.first().and_then(|a| <[u8; 4]>::try_from(&a[..]).ok());
    first.map_or(0, u32::from_le_bytes)
}

/// Builds a structure with its texts in one block: words are numbers or offsets
/// into the block.
struct Block {
    bytes: Vec<u8>,
    /// Where a word is to become an address.
    pointers: Vec<usize>,
}

impl Block {
    fn new(words: usize) -> Self {
        Self {
            bytes: alloc::vec![0; 4 * words],
            pointers: Vec::new(),
        }
    }

    fn set(&mut self, word: usize, value: u32) {
        self.bytes[4 * word..][..4].copy_from_slice(&value.to_le_bytes());
    }

    fn point(&mut self, word: usize, to: usize) {
        self.set(word, to as u32);
        self.pointers.push(word);
    }

    fn append(&mut self, bytes: &[u8]) -> usize {
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
        let at = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        at
    }

    fn append_text(&mut self, text: &[u8]) -> usize {
        let at = self.append(text);
        self.bytes.push(0);
        at
    }

    /// The block as it stands at `base`.
    fn at(mut self, base: u64) -> Vec<u8> {
        for word in core::mem::take(&mut self.pointers) {
            let bytes = &self.bytes[4 * word..][..4];
            let offset = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
            self.set(word, offset.wrapping_add(base as u32));
        }
        self.bytes
    }
}

/// A `struct hostent`: name, aliases, family, length, addresses.
fn host_entry(name: &[u8], family: i32, addresses: &[Vec<u8>]) -> Block {
    // The structure, no aliases, and the list of addresses with its end.
    let list = 6;
    let mut block = Block::new(list + addresses.len() + 1);
    let name = block.append_text(name);
    block.point(0, name);
    block.point(1, 4 * 5);
    block.set(2, family as u32);
    block.set(3, if family == AF_INET6 { 16 } else { 4 });
    block.point(4, 4 * list);
    for (i, address) in addresses.iter().enumerate() {
        let at = block.append(address);
        block.point(list + i, at);
    }
    block
}

/// Puts a block where the library's static result stands; valid until the next
/// call.
fn static_result(ctx: &mut Ctx<'_, '_>, block: Block) -> Result<GuestPtr<u8>, Trap> {
    let at = match ctx.malloc(block.bytes.len() as u64) {
        Ok(at) => at,
        Err(Stop::Errno(_)) => return Ok(GuestPtr::new(0)),
        Err(Stop::Trap(trap)) => return Err(trap),
    };
    let before = ctx.shared().replace_static_result(at);
    if before != 0 {
        ctx.free(before)?;
    }
    let bytes = block.at(at);
    match ctx.memory().slice(at, bytes.len() as u64) {
        Ok(to) => {
            to.write(&bytes);
            Ok(GuestPtr::new(at))
        }
        Err(_) => Ok(GuestPtr::new(0)),
    }
}

/// `gethostbyname(name)`
pub(crate) fn gethostbyname(
    ctx: &mut Ctx<'_, '_>,
    name: GuestPtr<CString>,
) -> Result<GuestPtr<u8>, Trap> {
    let Ok(Some(name)) = text(ctx, name) else {
        return Ok(GuestPtr::new(0));
    };
    let addresses = host_addresses(ctx, &name, AF_INET);
    if addresses.is_empty() {
        return Ok(GuestPtr::new(0));
    }
    static_result(ctx, host_entry(&name, AF_INET, &addresses))
}

/// `gethostbyaddr(address, length, family)`
pub(crate) fn gethostbyaddr(
    ctx: &mut Ctx<'_, '_>,
    address: GuestPtr<u8>,
    length: u32,
    family: i32,
) -> Result<GuestPtr<u8>, Trap> {
    const NI_NAMEREQD: i32 = 8;
    let (expected, offset, whole) = match family {
        AF_INET => (4, 4, 16),
        AF_INET6 => (16, 8, 28),
        _ => return Ok(GuestPtr::new(0)),
    };
    let Ok(bytes) = ctx.memory().slice(address.address(), length as u64) else {
        return Ok(GuestPtr::new(0));
    };
    if length != expected {
        return Ok(GuestPtr::new(0));
    }
    let bytes = bytes.to_vec();
    let mut socket_address = alloc::vec![0; whole];
    socket_address[..2].copy_from_slice(&(family as u16).to_le_bytes());
    socket_address[offset..offset + bytes.len()].copy_from_slice(&bytes);
    match ctx.kernel().names(&socket_address, NI_NAMEREQD) {
        Ok((name, _)) => static_result(ctx, host_entry(&name, family, &[bytes])),
        Err(_) => Ok(GuestPtr::new(0)),
    }
}

/// `gethostbyname_r(name, entry, buffer, size, result, error)`
pub(crate) fn gethostbyname_r(
    ctx: &mut Ctx<'_, '_>,
    name: GuestPtr<CString>,
    entry: GuestPtr<[u8; 20]>,
    buffer: GuestPtr<u8>,
    size: u32,
    result: GuestPtr<u32>,
    error: GuestPtr<i32>,
) -> Result<i32, Trap> {
    const HOST_NOT_FOUND: i32 = 1;
    const NO_RECOVERY: i32 = 3;
    let fill = |ctx: &Ctx<'_, '_>| -> Result<i32, Errno> {
        let memory = ctx.memory();
        memory.write(result, 0)?;
        let name = text(ctx, name)?.ok_or(Errno::EINVAL)?;
        let addresses = host_addresses(ctx, &name, AF_INET);
        if addresses.is_empty() {
            memory.write_if(error, HOST_NOT_FOUND)?;
            return Ok(0);
        }
        let bytes = host_entry(&name, AF_INET, &addresses).at(buffer.address());
        if bytes.len() as u64 > size as u64 {
            memory.write_if(error, NO_RECOVERY)?;
            return Err(Errno::ERANGE);
        }
        memory
            .slice(buffer.address(), bytes.len() as u64)?
            .write(&bytes);
        let head = memory.read(buffer.cast::<[u8; 20]>())?;
        memory.write(entry, head)?;
        memory.write(result, entry.address() as u32)?;
        Ok(0)
    };
    Ok(fill(ctx).unwrap_or_else(|errno| ctx.guest_errno(errno) as i32))
}

/// `getprotobyname(name)`: a `struct protoent`: name, aliases, number.
pub(crate) fn getprotobyname(
    ctx: &mut Ctx<'_, '_>,
    name: GuestPtr<CString>,
) -> Result<GuestPtr<u8>, Trap> {
    let Ok(Some(name)) = text(ctx, name) else {
        return Ok(GuestPtr::new(0));
    };
    let Some(protocol) = ctx.kernel().protocol(&name) else {
        return Ok(GuestPtr::new(0));
    };
    let mut block = Block::new(4);
    let name = block.append_text(protocol.name.as_bytes());
    block.point(0, name);
    block.point(1, 4 * 3);
    block.set(2, protocol.number as u32);
    static_result(ctx, block)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_entries() {
        let block = host_entry(b"host", AF_INET, &[alloc::vec![10, 0, 0, 1]]);
        let bytes = block.at(1000);
        let word = |i: usize| {
            u32::from_le_bytes([
                bytes[4 * i],
                bytes[4 * i + 1],
                bytes[4 * i + 2],
                bytes[4 * i + 3],
            ])
        };
        let at = |address: u32| &bytes[address as usize - 1000..];
        assert_eq!(&at(word(0))[..5], b"host\0");
        assert_eq!(at(word(1))[..4], [0; 4]);
        assert_eq!((word(2), word(3)), (2, 4));
        let list = (word(4) as usize - 1000) / 4;
        assert_eq!(at(word(list))[..4], [10, 0, 0, 1]);
        assert_eq!(word(list + 1), 0);
    }
}
