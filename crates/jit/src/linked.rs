//! The code of a whole module in one place, which several engines can run.
//!
//! What a function calls is either another function of its module or something that
//! the settings provide, and what belongs to an instance it reaches by its context. So
//! code has no address of the engine that has compiled it.

use crate::Engine;
use crate::arena::Layout;
use crate::code::{Place, Places, relocate};
use crate::compile::CompiledFunction;
use alloc::boxed::Box;
use alloc::string::ToString;
use alloc::vec::Vec;
use core::ops::Range;
use wasmjit_runtime::codegen::CompileError;

/// All functions of a module, compiled but not at an address.
pub struct Unlinked {
    functions: Vec<CompiledFunction>,
    layout: Layout,
}

impl Unlinked {
    /// From the functions that a module defines, in their order.
    pub fn new(functions: Vec<CompiledFunction>) -> Self {
        Self {
            layout: Layout::new(functions.iter()),
            functions,
        }
    }

    /// Bytes of code, from an address that is a multiple of [`Self::ALIGNMENT`].
    pub fn bytes(&self) -> usize {
        self.layout.bytes
    }

    /// What code must begin at a multiple of: a page, as each batch of an engine does.
    pub const ALIGNMENT: usize = 4096;
}

/// What is known of code that stands at its place: see [`Jit::link`](crate::Jit::link).
pub struct LinkedCode {
    range: Range<usize>,
    /// Address of each function.
    entries: Box<[usize]>,
    places: Places,
}

impl LinkedCode {
    /// Where the code is.
    pub fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// Bytes of memory that this takes, without the code itself; approximately.
    pub fn table_bytes(&self) -> usize {
        let each = size_of::<usize>() + size_of::<Place>();
        let tables = self.places.values().map(Place::table_bytes);
        size_of_val(&*self.entries) + self.places.len() * each + tables.sum::<usize>()
    }

    pub(crate) fn entries(&self) -> &[usize] {
        &self.entries
    }

    pub(crate) fn places(&self) -> &Places {
        &self.places
    }
}

/// See [`Jit::link`](crate::Jit::link).
pub(crate) fn link(
    engine: &Engine,
    unlinked: &Unlinked,
    code: &mut [u8],
    base: usize,
) -> Result<LinkedCode, CompileError> {
    let Unlinked { functions, layout } = unlinked;
    let entries: Box<[usize]> = layout.offsets.iter().map(|offset| base + offset).collect();
    let mut places = Places::new();
    for (defined, (function, &offset)) in functions.iter().zip(&layout.offsets).enumerate() {
        let failed = |message: &str| CompileError {
            function: None,
            message: message.to_string(),
        };
        let code = &mut code[offset..][..function.code.len()];
        code.copy_from_slice(&function.code);
        for relocation in &function.relocations {
            let target = match engine.provided(relocation.target)? {
                Some(address) => address,
                None => *entries
                    .get(relocation.target as usize)
                    .ok_or_else(|| failed("a call of a function that there is not"))?,
            };
            relocate(code, base + offset, relocation, target)
                .map_err(|message| failed(&message))?;
        }
        places.insert(base + offset, Place::new(defined as u32, function));
    }
    Ok(LinkedCode {
        range: base..base + layout.bytes,
        entries,
        places,
    })
}
