//! `fork`: a copy of the process, made by the host.
//!
//! One guest process is one host process. The copy has the memory as it was, all
//! descriptors, the code that is compiled, and of the threads the one that called.

use crate::ctx::Ctx;
use crate::errno::Errno;
use wasmjit_runtime::fork;

/// `fork()`
pub(crate) fn fork(ctx: &mut Ctx<'_, '_>) -> Result<u64, Errno> {
    let shared = ctx.shared();
    let kernel = ctx.kernel();
    let process = {
        // In the copy no other thread will ever let go of a lock, so none is held
        // by another thread while it is made.
        let _compiler = fork::alone(|| kernel.yield_now());
        let _shared = shared.hold();
        let _inbox = ctx.thread().handle().hold();
        kernel.fork()?
    };
    if process == 0 {
        ctx.thread().handle().set_host(kernel.current_thread());
        shared.threads.keep_only(ctx.thread());
        // Signals that wait, and one that was caught just before, are the parent's.
        ctx.thread().signals.forget_all();
        if let Some(host) = kernel.signals()
            && let Some(caught) = host.take()
        {
            host.set_mask(caught.mask);
        }
    }
    Ok(process as u64)
}
