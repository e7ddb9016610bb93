//! `struct iovec`, `struct msghdr` and control messages.
//!
//! A guest's control messages have a header of 12 bytes and are aligned to 4;
//! the kernel's have 16 bytes and are aligned to 8.

use crate::errno::Errno;
use crate::guest::{GuestMemory, GuestPtr, Plain};
use crate::scratch::{Frame, Slots};
use alloc::vec::Vec;

/// The kernel's `struct iovec`: address and length.
pub(crate) type KernelIovec = [u64; 2];

/// Most buffers in one call.
pub(crate) const IOV_MAX: u64 = 1024;

/// Most bytes of control messages in one call; Linux allows about as much.
pub(crate) const CONTROL_MAX: u64 = 16 << 10;

/// `MSG_CTRUNC`: control messages were cut off.
pub(crate) const MSG_CTRUNC: i32 = 8;

/// `SOL_SOCKET`.
const SOL_SOCKET: i32 = 1;

/// `SCM_RIGHTS`: descriptors.
const SCM_RIGHTS: i32 = 1;

/// Translates a guest's vector of buffers to one that the kernel takes, whose
/// addresses point straight into guest memory.
///
/// # Errors
/// `EINVAL` for too many buffers, `EFAULT` when one lies outside of memory.
pub(crate) fn load_iovecs<'f>(
    memory: GuestMemory<'_>,
    at: GuestPtr<[u32; 2]>,
    count: u64,
    frame: &'f Frame<'_>,
) -> Result<Slots<'f, KernelIovec>, Errno> {
    if count > IOV_MAX {
        return Err(Errno::EINVAL);
    }
    let vector = frame.array::<KernelIovec>(count as usize)?;
    for i in 0..count {
        let [base, length] = memory.read(at.at(i))?;
        let address = if length == 0 {
            0
        } else {
            memory
                .slice(base as u64, length as u64)?
                .host_address()
                .get()
        };
        vector.set(i as usize, [address, length as u64]);
    }
    Ok(vector)
}

/// The kernel's `struct msghdr`.
#[derive(Clone, Copy, Default)]
#[repr(C)]
#[allow(missing_docs)]
pub(crate) struct KernelMessage {
    pub name: u64,
    pub name_length: u32,
    pub pad: u32,
    pub iov: u64,
    pub iov_length: u64,
    pub control: u64,
    pub control_length: u64,
    pub flags: i32,
    pub pad2: u32,
}

// SAFETY: numbers only, without implicit padding.
unsafe impl Plain for KernelMessage {}

/// A guest's `struct msghdr`.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub(crate) struct GuestMessage {
    pub name: u64,
    pub name_length: u32,
    pub iov: u64,
    pub iov_length: u32,
    pub control: u64,
    pub(crate) control_length: u32,
}

/// Marks a [`GuestPtr`] to a `struct msghdr`.
pub(crate) enum MessagePtr {}

impl GuestMessage {
    /// Reads it.
    ///
    /// # Errors
    /// `EFAULT` outside of memory.
    pub(crate) fn load(memory: GuestMemory<'_>, at: GuestPtr<MessagePtr>) -> Result<Self, Errno> {
        let [
            name,
            name_length,
            iov,
            iov_length,
            control,
            control_length,
            _flags,
        ] = memory.read(at.cast::<[u32; 7]>())?;
        Ok(Self {
            name: name as u64,
            name_length,
            iov: iov as u64,
            iov_length,
            control: control as u64,
            control_length,
        })
    }

    /// Writes back what receiving a message changes.
    ///
    /// # Errors
    /// `EFAULT` outside of memory.
    pub(crate) fn store_received(
        memory: GuestMemory<'_>,
        at: GuestPtr<MessagePtr>,
        name_length: u32,
        control_length: u32,
        flags: i32,
    ) -> Result<(), Errno> {
        memory.write(at.byte_add(4).cast(), name_length)?;
        memory.write(at.byte_add(20).cast(), control_length)?;
        memory.write(at.byte_add(24).cast(), flags)
    }

    /// The kernel's form, with buffers and name pointing into guest memory.
    ///
    /// # Errors
    /// `EFAULT`, or as [`load_iovecs`].
    pub(crate) fn to_kernel(
        self,
        memory: GuestMemory<'_>,
        frame: &Frame<'_>,
    ) -> Result<KernelMessage, Errno> {
        let iov = load_iovecs(
            memory,
            GuestPtr::new(self.iov),
            self.iov_length as u64,
            frame,
        )?;
        let name = memory.host_or_null(GuestPtr::<u8>::new(self.name), self.name_length as u64)?;
        Ok(KernelMessage {
            name: name.get(),
            name_length: if name.is_null() { 0 } else { self.name_length },
            iov: iov.address().get(),
            iov_length: iov.len() as u64,
            ..KernelMessage::default()
        })
    }
}

/// Bytes of a guest's control message header.
const GUEST_HEADER: usize = 12;
/// Bytes of the kernel's.
const KERNEL_HEADER: usize = 16;

/// Translates control messages that a guest sends.
///
/// # Errors
/// `EINVAL` when they are malformed, `ENOBUFS` when they are too long.
pub(crate) fn control_to_kernel(guest: &[u8]) -> Result<Vec<u8>, Errno> {
    if guest.len() as u64 > CONTROL_MAX {
        return Err(Errno::ENOBUFS);
    }
    let mut kernel = Vec::with_capacity(2 * guest.len());
    let mut rest = guest;
    while rest.len() >= GUEST_HEADER {
        let length = word(rest, 0) as usize;
        if length < GUEST_HEADER || length > rest.len() {
            return Err(Errno::EINVAL);
        }
        let data = &rest[GUEST_HEADER..length];
        kernel.extend_from_slice(&((KERNEL_HEADER + data.len()) as u64).to_le_bytes());
        kernel.extend_from_slice(&rest[4..GUEST_HEADER]);
        kernel.extend_from_slice(data);
        kernel.resize(kernel.len().next_multiple_of(8), 0);
        rest = rest.get(length.next_multiple_of(4)..).unwrap_or(&[]);
    }
    Ok(kernel)
}

/// Bytes that the kernel needs for as many control messages as a guest has
/// room for.
pub(crate) fn control_room(guest: u32) -> usize {
    match (guest as usize).min(CONTROL_MAX as usize) {
        0 => 0,
        // Each message grows by 4 bytes of header and up to 4 of alignment, and
        // has at least a header.
        room => (room + 8 * room.div_ceil(GUEST_HEADER)).next_multiple_of(8),
    }
}

/// Control messages that a guest received.
pub(crate) struct ReceivedControl {
    /// In the guest's form.
    pub bytes: Vec<u8>,
    /// Whether some did not fit.
    pub truncated: bool,
    /// Descriptors that came along and did not fit; to be closed.
    pub lost: Vec<i32>,
}

/// Translates control messages that the kernel delivered into at most `room`
/// bytes.
pub(crate) fn control_to_guest(kernel: &[u8], room: usize) -> ReceivedControl {
    let mut received = ReceivedControl {
        bytes: Vec::new(),
        truncated: false,
        lost: Vec::new(),
    };
    let mut rest = kernel;
    while rest.len() >= KERNEL_HEADER {
        let length = word(rest, 0) as usize;
        if length < KERNEL_HEADER || length > rest.len() {
            break;
        }
        let data = &rest[KERNEL_HEADER..length];
        let start = received.bytes.len();
        let rights = (word(rest, 8) as i32, word(rest, 12) as i32) == (SOL_SOCKET, SCM_RIGHTS);
        let mut kept = (room.saturating_sub(start + GUEST_HEADER)).min(data.len());
        if kept < data.len() {
            received.truncated = true;
            if rights {
                kept -= kept % 4;
                let lost = data[kept..].chunks_exact(4);
                received.lost.extend(lost.map(|fd| word(fd, 0) as i32));
            }
        }
        if start + GUEST_HEADER <= room && (kept > 0 || data.is_empty()) {
            let length = (GUEST_HEADER + kept) as u32;
            received.bytes.extend_from_slice(&length.to_le_bytes());
            received.bytes.extend_from_slice(&rest[8..KERNEL_HEADER]);
            received.bytes.extend_from_slice(&data[..kept]);
            let padded = received.bytes.len().next_multiple_of(4).min(room);
            received.bytes.resize(padded, 0);
        }
        rest = rest.get(length.next_multiple_of(8)..).unwrap_or(&[]);
    }
    received
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    fn guest_rights(fds: &[i32]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for field in [12 + 4 * fds.len() as i32, SOL_SOCKET, SCM_RIGHTS] {
            bytes.extend_from_slice(&field.to_le_bytes());
        }
        for fd in fds {
            bytes.extend_from_slice(&fd.to_le_bytes());
        }
        bytes
    }

    #[test]
    fn control_there_and_back() {
        let mut guest = guest_rights(&[5]);
        guest.extend(guest_rights(&[6, 7]));
        let kernel = control_to_kernel(&guest).unwrap();
        assert_eq!(kernel.len(), 24 + 24);
        assert!(control_room(guest.len() as u32) >= kernel.len());
        let back = control_to_guest(&kernel, guest.len());
        assert_eq!(back.bytes, guest);
        assert!(!back.truncated);
    }

    #[test]
    fn descriptors_that_do_not_fit_are_reported() {
        let kernel = control_to_kernel(&guest_rights(&[5, 6, 7])).unwrap();
        let received = control_to_guest(&kernel, 16);
        assert_eq!(received.bytes, guest_rights(&[5]));
        assert!(received.truncated);
        assert_eq!(received.lost, [6, 7]);
        let nothing = control_to_guest(&kernel, 4);
        assert_eq!(nothing.lost, [5, 6, 7]);
        assert!(nothing.bytes.is_empty());
    }

    #[test]
    fn malformed_control_is_refused() {
        assert!(control_to_kernel(&[1; 12]).is_err());
        let mut short = guest_rights(&[1]);
        short[0] = 11;
        assert!(control_to_kernel(&short).is_err());
        assert_eq!(control_to_kernel(&[0; 3]).unwrap(), []);
    }

    #[test]
    fn vectors_are_checked() {
        let mut bytes = [0u8; 64];
        // SAFETY: `bytes` outlives `memory` and is not used meanwhile.
        let memory = unsafe { GuestMemory::new(bytes.as_mut_ptr(), bytes.len()) };
        memory.write(GuestPtr::new(0), [32u32, 8]).unwrap();
        memory.write(GuestPtr::new(8), [0xffff_ffffu32, 0]).unwrap();
        memory.write(GuestPtr::new(16), [60u32, 5]).unwrap();
        let scratch = Scratch::new();
        let frame = scratch.frame();
        let vector = load_iovecs(memory, GuestPtr::new(0), 2, &frame).unwrap();
        let host = memory.slice(32, 8).unwrap().host_address().get();
        assert_eq!((vector.get(0), vector.get(1)), ([host, 8], [0, 0]));
        for count in [3, IOV_MAX + 1, u64::MAX] {
            assert!(load_iovecs(memory, GuestPtr::new(0), count, &frame).is_err());
        }
    }
}
