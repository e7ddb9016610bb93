//! The trampolines of an engine, by signature.

use crate::abi;
use crate::arena::Layout;
use crate::code::relocate;
use crate::compile::{CompiledFunction, SYSTEM_CALL, Scratch};
use crate::direct::{DirectPlaces, SystemCall};
use crate::{Engine, image};
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use cranelift_codegen::ir::{Type, types};
use hashbrown::HashMap;
use spin::Mutex;
use wasmjit_direct::Direct;
use wasmjit_module::FuncType;
use wasmjit_runtime::TrapCode;
use wasmjit_runtime::codegen::CompileError;

/// Direction of a trampoline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum TrampolineKind {
    /// From Rust to compiled code.
    Entry,
    /// From compiled code to a host function.
    Host,
}

/// Direction and machine types; functions that differ only in what references
/// refer to share their trampolines.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct TrampolineKey {
    kind: TrampolineKind,
    params: Vec<u8>,
    results: Vec<u8>,
}

fn code_of(ty: Type) -> u8 {
    match ty {
        types::I32 => b'i',
        types::I64 => b'j',
        types::F32 => b'f',
        types::F64 => b'd',
        _ => b'v',
    }
}

impl TrampolineKey {
    pub(crate) fn new(kind: TrampolineKind, ty: &FuncType) -> Self {
        let codes = |types: &[_]| types.iter().map(|&t| code_of(abi::value_type(t))).collect();
        Self {
            kind,
            params: codes(ty.params()),
            results: codes(ty.results()),
        }
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = alloc::vec![match self.kind {
            TrampolineKind::Entry => b'>',
            TrampolineKind::Host => b'<',
        }];
        bytes.extend(&self.params);
        bytes.push(b':');
        bytes.extend(&self.results);
        bytes
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (&kind, rest) = bytes.split_first()?;
        let colon = rest.iter().position(|&b| b == b':')?;
        let known = |part: &[u8]| {
            part.iter()
                .all(|b| b"ijfdv".contains(b))
                .then(|| part.to_vec())
        };
        Some(Self {
            kind: match kind {
                b'>' => TrampolineKind::Entry,
                b'<' => TrampolineKind::Host,
                _ => return None,
            },
            params: known(&rest[..colon])?,
            results: known(&rest[colon + 1..])?,
        })
    }
}

fn failed(message: String) -> CompileError {
    CompileError {
        function: None,
        message,
    }
}

#[derive(Default)]
pub(crate) struct Trampolines {
    entries: Mutex<HashMap<TrampolineKey, usize>>,
    /// Instructions of trampolines that may fault, and the traps that they are.
    traps: Mutex<BTreeMap<usize, TrapCode>>,
    /// Compiled here, for images.
    fresh: Mutex<Vec<(TrampolineKey, CompiledFunction)>>,
}

impl Trampolines {
    /// See [`CodeGen::trampoline_trap`](wasmjit_runtime::codegen::CodeGen).
    pub(crate) fn trap(&self, pc: usize) -> Option<TrapCode> {
        self.traps.lock().get(&pc).copied()
    }
}

impl Engine {
    /// See [`crate::Jit::direct_trampolines`].
    pub(crate) fn direct_trampolines(
        &self,
        calls: &[(&Direct, SystemCall)],
        places: &DirectPlaces,
    ) -> Result<Vec<*const u8>, CompileError> {
        let mut scratch = Scratch::default();
        let mut compiled = Vec::new();
        for &(call, functions) in calls {
            let compiler = &self.compiler;
            compiled.push(compiler.direct_trampoline(call, functions, places, &mut scratch)?);
        }
        let compiled: Vec<&CompiledFunction> = compiled.iter().collect();
        let (base, layout) = self.put(&compiled, Some(places.system_call))?;
        let mut traps = self.trampolines.traps.lock();
        for (function, &offset) in compiled.iter().zip(&layout.offsets) {
            for site in &function.traps {
                if let Some(code) = TrapCode::from_u8(site.code) {
                    traps.insert(base + offset + site.offset as usize, code);
                }
            }
        }
        let starts = layout.offsets.iter();
        Ok(starts.map(|offset| (base + offset) as *const u8).collect())
    }

    /// Puts trampolines at an address. `system_call` is what [`SYSTEM_CALL`] stands
    /// for, where it may be called.
    fn put(
        &self,
        trampolines: &[&CompiledFunction],
        system_call: Option<usize>,
    ) -> Result<(usize, Layout), CompileError> {
        let layout = Layout::new(trampolines.iter().copied());
        let base = self.arena.place(layout.bytes, |code, base| {
            for (function, &offset) in trampolines.iter().zip(&layout.offsets) {
                let code = &mut code[offset..][..function.code.len()];
                code.copy_from_slice(&function.code);
                for relocation in &function.relocations {
                    let provided = match relocation.target {
                        SYSTEM_CALL => system_call,
                        target => self.provided(target)?,
                    };
                    let target = provided
                        .ok_or_else(|| failed("a trampoline calls a function".to_string()))?;
                    relocate(code, base + offset, relocation, target).map_err(failed)?;
                }
            }
            Ok(())
        })?;
        Ok((base, layout))
    }

    /// The trampoline of a kind for a type, if it was compiled before.
    pub(crate) fn existing_trampoline(
        &self,
        kind: TrampolineKind,
        ty: &FuncType,
    ) -> Option<*const u8> {
        let key = TrampolineKey::new(kind, ty);
        let address = *self.trampolines.entries.lock().get(&key)?;
        Some(address as *const u8)
    }

    /// The trampoline of a kind for a type; compiled when it is first asked
    /// for.
    pub(crate) fn trampoline(
        &self,
        kind: TrampolineKind,
        ty: &FuncType,
    ) -> Result<*const u8, CompileError> {
        let key = TrampolineKey::new(kind, ty);
        if let Some(&address) = self.trampolines.entries.lock().get(&key) {
            return Ok(address as *const u8);
        }
        let mut scratch = Scratch::default();
        let function = match kind {
            TrampolineKind::Entry => self.compiler.entry_trampoline(ty, &mut scratch),
            TrampolineKind::Host => self.compiler.host_trampoline(ty, &mut scratch),
        }?;
        self.install_trampolines(alloc::vec![(key.clone(), function.clone())])?;
        if self.settings.keep_image {
            self.trampolines.fresh.lock().push((key.clone(), function));
        }
        Ok(self.trampolines.entries.lock()[&key] as *const u8)
    }

    /// Makes trampolines callable.
    pub(crate) fn install_trampolines(
        &self,
        trampolines: Vec<(TrampolineKey, CompiledFunction)>,
    ) -> Result<(), CompileError> {
        let mut entries = self.trampolines.entries.lock();
        let new: Vec<_> = trampolines
            .into_iter()
            .filter(|(key, _)| !entries.contains_key(key))
            .collect();
        if new.is_empty() {
            return Ok(());
        }
        let functions: Vec<_> = new.iter().map(|(_, function)| function).collect();
        let (base, layout) = self.put(&functions, None)?;
        for ((key, _), offset) in new.into_iter().zip(layout.offsets) {
            entries.insert(key, base + offset);
        }
        Ok(())
    }

    pub(crate) fn has_fresh_trampolines(&self) -> bool {
        !self.trampolines.fresh.lock().is_empty()
    }

    pub(crate) fn export_trampolines(&self, bytes: &mut Vec<u8>) {
        for (key, function) in self.trampolines.fresh.lock().iter() {
            image::encode_trampoline(bytes, key, function);
        }
    }
}
