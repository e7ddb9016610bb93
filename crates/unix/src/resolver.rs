//! Names of hosts, services and protocols, from the C library.

use std::ffi::{CStr, CString, c_char, c_int};
use std::mem::MaybeUninit;
use std::ptr;
use wasmjit_posix::{Address, MAX_ADDRESSES, Protocol, Query, ResolveError};

/// Most bytes of a host name.
const HOST_MAX: usize = 1025;
/// Most bytes of a service name.
const SERVICE_MAX: usize = 32;

fn c_string(text: Option<&[u8]>) -> Result<Option<CString>, ResolveError> {
    match text {
        Some(text) => Ok(Some(CString::new(text).map_err(|_| ResolveError::NoName)?)),
        None => Ok(None),
    }
}

fn pointer(text: &Option<CString>) -> *const c_char {
    text.as_ref().map_or(ptr::null(), |text| text.as_ptr())
}

/// `getaddrinfo`
pub(crate) fn resolve(query: &Query<'_>) -> Result<Vec<Address>, ResolveError> {
    let node = c_string(query.node)?;
    let service = c_string(query.service)?;
    // SAFETY: all bits zero are valid hints; the strings end with a zero; the
    // list is only read before it is freed.
    unsafe {
        let mut hints = MaybeUninit::<libc::addrinfo>::zeroed().assume_init();
        hints.ai_flags = query.flags;
        hints.ai_family = query.family;
        hints.ai_socktype = query.socket_type;
        hints.ai_protocol = query.protocol;
        let mut list = ptr::null_mut();
        let status = libc::getaddrinfo(pointer(&node), pointer(&service), &hints, &mut list);
        if status != 0 {
            return Err(error(status));
        }
        let mut found = Vec::new();
        let mut at = list;
        while let Some(entry) = at.as_ref().filter(|_| found.len() < MAX_ADDRESSES) {
            found.push(Address {
                family: entry.ai_family,
                socket_type: entry.ai_socktype,
                protocol: entry.ai_protocol,
                address: std::slice::from_raw_parts(
                    entry.ai_addr.cast::<u8>(),
                    entry.ai_addrlen as usize,
                )
                .to_vec(),
                canonical_name: (!entry.ai_canonname.is_null())
                    .then(|| CStr::from_ptr(entry.ai_canonname).to_bytes().to_vec()),
            });
            at = entry.ai_next;
        }
        libc::freeaddrinfo(list);
        Ok(found)
    }
}

/// `getnameinfo`
pub(crate) fn names(address: &[u8], flags: i32) -> Result<(Vec<u8>, Vec<u8>), ResolveError> {
    let mut storage = MaybeUninit::<libc::sockaddr_storage>::zeroed();
    if address.len() > size_of::<libc::sockaddr_storage>() {
        return Err(ResolveError::Family);
    }
    let mut host = [0 as c_char; HOST_MAX];
    let mut service = [0 as c_char; SERVICE_MAX];
    // SAFETY: the address fits the storage, which is aligned for it; the results
    // fit their buffers and end with a zero.
    unsafe {
        ptr::copy_nonoverlapping(
            address.as_ptr(),
            storage.as_mut_ptr().cast::<u8>(),
            address.len(),
        );
        let status = libc::getnameinfo(
            storage.as_ptr().cast(),
            address.len() as libc::socklen_t,
            host.as_mut_ptr(),
            HOST_MAX as libc::socklen_t,
            service.as_mut_ptr(),
            SERVICE_MAX as libc::socklen_t,
            flags,
        );
        if status != 0 {
            return Err(error(status));
        }
        Ok((
            CStr::from_ptr(host.as_ptr()).to_bytes().to_vec(),
            CStr::from_ptr(service.as_ptr()).to_bytes().to_vec(),
        ))
    }
}

/// `getprotobyname`
pub(crate) fn protocol(name: &[u8]) -> Option<Protocol> {
    let name = CString::new(name).ok()?;
    // SAFETY: the entry is static data of the C library, read before another
    // call; guests' calls come from one thread at a time.
    unsafe {
        let entry = libc::getprotobyname(name.as_ptr()).as_ref()?;
        Some(Protocol {
            name: CStr::from_ptr(entry.p_name).to_string_lossy().into_owned(),
            number: entry.p_proto,
        })
    }
}

fn error(status: c_int) -> ResolveError {
    match status {
        libc::EAI_BADFLAGS => ResolveError::BadFlags,
        libc::EAI_NONAME | libc::EAI_NODATA => ResolveError::NoName,
        libc::EAI_AGAIN => ResolveError::Again,
        libc::EAI_FAMILY => ResolveError::Family,
        libc::EAI_SOCKTYPE => ResolveError::SocketType,
        libc::EAI_SERVICE => ResolveError::Service,
        libc::EAI_MEMORY => ResolveError::Memory,
        libc::EAI_SYSTEM => ResolveError::System,
        libc::EAI_OVERFLOW => ResolveError::Overflow,
        _ => ResolveError::Fail,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numeric_addresses() {
        let query = Query {
            node: Some(b"127.0.0.1"),
            service: Some(b"80"),
            flags: libc::AI_NUMERICHOST | libc::AI_NUMERICSERV,
            family: libc::AF_INET,
            socket_type: libc::SOCK_STREAM,
            protocol: 0,
        };
        let found = resolve(&query).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].address.len(), 16);
        assert_eq!(found[0].address[2..8], [0, 80, 127, 0, 0, 1]);
        let flags = libc::NI_NUMERICHOST | libc::NI_NUMERICSERV;
        let (host, service) = names(&found[0].address, flags).unwrap();
        assert_eq!((&*host, &*service), (&b"127.0.0.1"[..], &b"80"[..]));
        let wrong = Query {
            node: Some(b"not a number"),
            ..query
        };
        assert_eq!(resolve(&wrong).unwrap_err(), ResolveError::NoName);
    }
}
