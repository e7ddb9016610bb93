//! Dynamic linking, which fails cleanly: a program is one module.

use crate::ctx::Ctx;
use crate::guest::GuestPtr;

/// `_dlopen_js(handle)`: no library.
pub(crate) fn open(_ctx: &mut Ctx<'_, '_>, _handle: GuestPtr<u8>) -> GuestPtr<u8> {
    GuestPtr::new(0)
}

/// `_dlsym_js(handle, name)`: no symbol.
pub(crate) fn symbol(
    _ctx: &mut Ctx<'_, '_>,
    _handle: GuestPtr<u8>,
    _name: GuestPtr<u8>,
) -> GuestPtr<u8> {
    GuestPtr::new(0)
}

/// `_dlsym_js(handle, name, index)`: no symbol.
pub(crate) fn symbol_indexed(
    _ctx: &mut Ctx<'_, '_>,
    _handle: GuestPtr<u8>,
    _name: GuestPtr<u8>,
    _index: GuestPtr<u8>,
) -> GuestPtr<u8> {
    GuestPtr::new(0)
}

/// `_dlinit(main handle)`
pub(crate) fn init(_ctx: &mut Ctx<'_, '_>, _handle: GuestPtr<u8>) {}

/// `dl_iterate_phdr(callback, data)`: there is nothing to visit.
pub(crate) fn iterate(_ctx: &mut Ctx<'_, '_>, _callback: GuestPtr<u8>, _data: GuestPtr<u8>) -> i32 {
    0
}
