//! Validation of function bodies, apart from the rest of the module.

use crate::{FunctionBody, ModuleError};
use alloc::sync::Arc;
use core::fmt;
use core::ops::Range;
use wasmparser::{
    BinaryReader, FuncToValidate, FuncValidatorAllocations, ValidatorResources, WasmFeatures,
    WasmModuleResources,
};

/// Validates the function bodies of one module, in any order and on any
/// number of threads.
///
/// Made by [`Module::parse`](crate::Module::parse). A function must not run
/// before its body has been validated.
#[derive(Clone)]
pub struct BodyValidator {
    pub(crate) bytes: Arc<[u8]>,
    pub(crate) bodies: Arc<[FunctionBody]>,
    /// What bodies may refer to; `None` if there is no body.
    pub(crate) resources: Option<ValidatorResources>,
    pub(crate) imported_functions: u32,
    pub(crate) features: WasmFeatures,
}

/// Memory that validation of one body can hand on to the next. Each thread
/// needs its own.
#[derive(Default)]
pub struct ValidationScratch(FuncValidatorAllocations);

impl BodyValidator {
    /// Indices of the functions that have a body.
    pub fn functions(&self) -> Range<u32> {
        self.imported_functions..self.imported_functions + self.bodies.len() as u32
    }

    /// Validates the body of one function.
    ///
    /// # Panics
    /// If `function` is not one of [`functions`](Self::functions).
    pub fn validate(
        &self,
        function: u32,
        scratch: &mut ValidationScratch,
    ) -> Result<(), ModuleError> {
        assert!(
            self.functions().contains(&function),
            "function {function} has no body"
        );
        let range = &self.bodies[(function - self.imported_functions) as usize].range;
        let body = reader(&self.bytes, range, self.features);
        let resources = self.resources.as_ref().expect("the module has bodies");
        let ty = resources
            .type_index_of_function(function)
            .expect("the module has this function");
        let mut validator = FuncToValidate {
            resources,
            index: function,
            ty,
            features: self.features,
        }
        .into_validator(core::mem::take(&mut scratch.0));
        validator
            .validate(&body)
            .map_err(|error| ModuleError::of_validator(error, || well_formed(&body)))?;
        scratch.0 = validator.into_allocations();
        Ok(())
    }

    /// Validates every body, one after the other.
    pub fn validate_all(&self) -> Result<(), ModuleError> {
        let mut scratch = ValidationScratch::default();
        self.functions()
            .try_for_each(|function| self.validate(function, &mut scratch))
    }
}

/// A reader of the body at `range`.
pub(crate) fn reader<'a>(
    bytes: &'a [u8],
    range: &Range<usize>,
    features: WasmFeatures,
) -> wasmparser::FunctionBody<'a> {
    let contents = &bytes[range.clone()];
    wasmparser::FunctionBody::new(BinaryReader::new_features(
        contents,
        range.start as u64,
        features,
    ))
}

/// Whether the binary form of a body is intact.
fn well_formed(body: &wasmparser::FunctionBody<'_>) -> bool {
    body.get_operators_reader().is_ok_and(|mut operators| {
        while !operators.eof() {
            if operators.read().is_err() {
                return false;
            }
        }
        operators.finish().is_ok()
    })
}

impl fmt::Debug for BodyValidator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BodyValidator")
            .field("functions", &self.functions())
            .finish_non_exhaustive()
    }
}
