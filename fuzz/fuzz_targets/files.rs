//! The targets of `mutate`, for libFuzzer: the first byte of an input says which
//! target the rest is for.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::cell::RefCell;
use wasmjit_fuzz::targets::{Target, Targets};

thread_local! {
    static TARGETS: RefCell<Targets> = RefCell::new(Targets::new());
}

fuzz_target!(|input: &[u8]| {
    let Some((&which, bytes)) = input.split_first() else {
        return;
    };
    let target = Target::ALL[usize::from(which) % Target::ALL.len()];
    TARGETS.with_borrow_mut(|targets| targets.run(target, bytes));
});
