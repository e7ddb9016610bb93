//! The end of a context whose code failed: memory that could not be had, or an
//! error of ours. The kernel and the other contexts go on.

use crate::context::Context;
use crate::sys;
use alloc::format;
use core::panic::PanicInfo;

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    let text = format!("a context failed: {info}");
    // SAFETY: a text.
    unsafe { sys::wj_log(text.as_ptr(), text.len()) };
    let context = sys::wj_current_context();
    // SAFETY: null, or the context that this task runs.
    if !context.is_null() && unsafe { Context::is_on_its_stack(context) } {
        // SAFETY: this runs on the context's stack, to which nothing returns: a
        // failed context is never resumed. What its frames own stays allocated.
        unsafe { Context::fail(context) };
    }
    // Nothing else can be done without undoing what the caller has begun.
    loop {
        sys::wj_cond_resched();
    }
}
