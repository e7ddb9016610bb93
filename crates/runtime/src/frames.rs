//! Walking the stack of compiled code by its frame pointers.

use crate::codegen::CodeGen;
use crate::interpreter::{InterpreterFrame, InterpreterStack};
use crate::store::StoreInner;
use crate::vm::{Activation, StoreContext};
use core::ptr;

/// A frame of WebAssembly code.
pub(crate) enum CodeFrame {
    /// Of compiled code, or of a trampoline.
    Compiled(FrameRecord),
    /// Of the interpreter.
    Interpreted(InterpreterFrame),
}

/// A frame on the stack. It may belong to a compiled function or to a
/// trampoline.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FrameRecord {
    /// Where the function continues, or the instruction that faulted.
    pub(crate) pc: usize,
    /// Its frame pointer.
    pub(crate) fp: usize,
    /// `pc` is the instruction itself, not the one after a call.
    pub(crate) exact: bool,
}

impl FrameRecord {
    /// An address inside the instruction that the frame is at.
    pub(crate) fn instruction(&self) -> usize {
        self.pc - usize::from(!self.exact)
    }
}

/// The frames of a store, innermost first, over all its activations.
pub(crate) struct Frames {
    next: FrameRecord,
    activation: *const Activation,
    stack: *const InterpreterStack,
    /// Number of interpreted frames that were not met yet.
    interpreted: usize,
    /// Stop at the end of the innermost activation.
    one_activation: bool,
}

impl Frames {
    /// From the call with which compiled code left.
    ///
    /// # Safety
    /// The context's store must be used by this thread, and compiled code must
    /// have left properly. No compiled frame may end while this is in use.
    pub(crate) unsafe fn from_exit(context: *const StoreContext) -> Self {
        // SAFETY: the caller vouches for the context.
        let (pc, fp) = unsafe { ((*context).exit_pc, (*context).exit_fp) };
        let exact = false;
        // SAFETY: as above.
        unsafe { Self::new(context, FrameRecord { pc, fp, exact }) }
    }

    /// From an instruction that faulted.
    ///
    /// # Safety
    /// As [`Self::from_exit`]; `pc` and `fp` must be those of the fault.
    pub(crate) unsafe fn from_fault(context: *const StoreContext, pc: usize, fp: usize) -> Self {
        let exact = true;
        // SAFETY: the caller vouches for the context.
        unsafe { Self::new(context, FrameRecord { pc, fp, exact }) }
    }

    /// # Safety
    /// As [`Self::from_exit`].
    unsafe fn new(context: *const StoreContext, next: FrameRecord) -> Self {
        // SAFETY: the caller vouches for the context, whose store is set when
        // it is made.
        unsafe {
            let store = (*context).store.cast::<StoreInner>();
            let stack = &raw const (*store).interpreter;
            Self {
                next,
                activation: (*context).activation,
                stack,
                interpreted: (*stack).depth(),
                one_activation: false,
            }
        }
    }

    /// Goes on to the activation before this one.
    fn leave(&mut self, activation: &Activation) {
        self.next = FrameRecord {
            pc: activation.previous_exit_pc,
            fp: activation.previous_exit_fp,
            exact: false,
        };
        self.activation = if self.one_activation {
            ptr::null()
        } else {
            activation.previous
        };
    }
}

impl Iterator for Frames {
    type Item = CodeFrame;

    fn next(&mut self) -> Option<CodeFrame> {
        loop {
            if self.activation.is_null() {
                return None;
            }
            // SAFETY: activations in the list are on the stack below us.
            let activation = unsafe { &*self.activation };
            if let Some(outside) = activation.interpreted.checked_sub(1) {
                if self.interpreted > outside {
                    self.interpreted -= 1;
                    // SAFETY: the stack is that of the store, and nothing
                    // changes it meanwhile.
                    let frame = unsafe { (*self.stack).frame(self.interpreted) };
                    return frame.copied().map(CodeFrame::Interpreted);
                }
                self.leave(activation);
                continue;
            }
            if self.next.fp == activation.fp || self.next.fp == 0 {
                self.leave(activation);
                continue;
            }
            let frame = self.next;
            let record = ptr::with_exposed_provenance::<[usize; 2]>(frame.fp);
            // SAFETY: every frame of compiled code begins with the caller's
            // frame pointer and the return address.
            let [fp, pc] = unsafe { record.read() };
            self.next = FrameRecord {
                pc,
                fp,
                exact: false,
            };
            return Some(CodeFrame::Compiled(frame));
        }
    }
}

/// Where an exception continues.
pub(crate) struct Landing {
    pub(crate) pc: usize,
    pub(crate) sp: usize,
    pub(crate) fp: usize,
}

/// The innermost frame of the innermost activation that catches exceptions.
///
/// # Safety
/// As [`Frames::from_exit`].
pub(crate) unsafe fn find_handler(
    context: *const StoreContext,
    codegen: &dyn CodeGen,
) -> Option<Landing> {
    // SAFETY: the caller vouches for the context.
    let mut frames = unsafe { Frames::from_exit(context) };
    frames.one_activation = true;
    frames.find_map(|frame| {
        let CodeFrame::Compiled(frame) = frame else {
            return None;
        };
        let code = codegen.find(frame.instruction())?;
        let handler = code.handler(frame.pc)?;
        Some(Landing {
            pc: handler.pc,
            sp: frame.fp - handler.frame_offset as usize,
            fp: frame.fp,
        })
    })
}
