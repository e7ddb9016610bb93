//! Canonical types and matching.

use super::{engine, load, store};
use crate::types::{Signature, limits_match, ref_matches};
use crate::{CompiledModule, Engine, InterruptHandle, SharedMemory, Trap};
use alloc::string::ToString;
use alloc::vec::Vec;
use wasmjit_module::wasmparser::{AbstractHeapType, UnpackedIndex};
use wasmjit_module::{FuncType, HeapType, RefType, ValType};

fn concrete(nullable: bool, id: u32) -> RefType {
    RefType::new(nullable, HeapType::Concrete(UnpackedIndex::Module(id))).unwrap()
}

#[test]
fn equal_types_of_different_modules_have_one_number() {
    let store = store();
    let one = load(
        &store,
        "(module (type (func)) (type (func (param i32))) (type (func (param (ref 1)))))",
    );
    let two = load(
        &store,
        "(module (type (func (param i32))) (type (func (param (ref 0)))) (type (func)) (type (func)))",
    );
    let (one, two) = (one.type_ids(), two.type_ids());
    assert_eq!(one[0], two[2]);
    assert_eq!(one[0], two[3]);
    assert_eq!(one[1], two[0]);
    assert_eq!(one[2], two[1]);
    assert_ne!(one[0], one[1]);
    // The host's types are in the same registry.
    let engine = store.engine();
    let ty = FuncType::new([ValType::I32], []);
    assert_eq!(engine.type_id(&ty).unwrap(), one[1]);
    let ty = FuncType::new([ValType::Ref(concrete(false, one[1]))], []);
    assert_eq!(engine.type_id(&ty).unwrap(), one[2]);
    assert_eq!(*engine.types().get(one[2]), ty);
}

#[test]
fn the_host_cannot_name_types_that_do_not_exist() {
    let engine = engine();
    for index in [
        UnpackedIndex::Module(3),
        UnpackedIndex::RecGroup(0),
        UnpackedIndex::RecGroup(9),
    ] {
        let reference = RefType::new(true, HeapType::Concrete(index)).unwrap();
        let ty = FuncType::new([], [ValType::Ref(reference)]);
        assert!(engine.type_id(&ty).is_err(), "{index:?}");
    }
}

#[test]
fn references_match_their_supertypes() {
    let none = RefType::new(
        true,
        HeapType::Abstract {
            shared: false,
            ty: AbstractHeapType::NoFunc,
        },
    )
    .unwrap();
    let func = RefType::FUNC;
    for (sub, sup) in [
        (func, RefType::FUNCREF),
        (concrete(false, 1), RefType::FUNCREF),
        (concrete(false, 1), func),
        (concrete(false, 1), concrete(true, 1)),
        (none, concrete(true, 1)),
        (none, RefType::FUNCREF),
    ] {
        assert!(ref_matches(sub, sup), "{sub} <: {sup}");
        assert!(ref_matches(sub, sub));
        assert!(!ref_matches(sup, sub), "{sup} <: {sub}");
    }
    assert!(!ref_matches(concrete(true, 1), func));
    assert!(!ref_matches(concrete(false, 1), concrete(false, 2)));
    assert!(!ref_matches(none, concrete(false, 1)));
    assert!(!ref_matches(RefType::EXTERNREF, RefType::FUNCREF));
    assert!(!ref_matches(RefType::EXNREF, RefType::EXTERNREF));
}

#[test]
fn limits_fit_when_they_promise_no_less() {
    assert!(limits_match(1, None, 1, None));
    assert!(limits_match(2, Some(3), 1, None));
    assert!(limits_match(2, Some(3), 2, Some(3)));
    assert!(!limits_match(1, None, 2, None));
    assert!(!limits_match(2, None, 2, Some(3)));
    assert!(!limits_match(2, Some(4), 2, Some(3)));
}

#[test]
fn signatures_read_as_in_webassembly() {
    let show = |params: &[ValType], results: &[ValType]| {
        let ty = FuncType::new(params.to_vec(), results.to_vec());
        Signature(&ty).to_string()
    };
    assert_eq!(show(&[], &[]), "() -> ()");
    assert_eq!(
        show(&[ValType::I32, ValType::F64], &[ValType::I64]),
        "(i32, f64) -> i64"
    );
    assert_eq!(
        show(&[ValType::FUNCREF], &[ValType::V128, ValType::EXTERNREF]),
        "(funcref) -> (v128, externref)"
    );
}

#[test]
fn what_threads_share_can_be_shared() {
    fn check<T: Send + Sync>() {}
    check::<Engine>();
    check::<CompiledModule>();
    check::<InterruptHandle>();
    check::<SharedMemory>();
    fn send<T: Send>() {}
    // Errors are handed to whoever waits for a thread's end.
    send::<Vec<crate::TypeMismatch>>();
    let _ = Trap::from(crate::TrapCode::Unreachable);
}
