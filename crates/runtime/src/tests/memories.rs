//! Memories, tables and globals without code.

use super::platform::TestPlatform;
use super::{TestCodeGen, engine, store};
use crate::platform::{WaitResult, WaitValue};
use crate::{
    AllocationError, Engine, ExternRef, Func, Global, GlobalError, Limits, Memory, OutOfBounds,
    SharedMemory, Store, Table, TableError, TrapCode, Val,
};
use alloc::boxed::Box;
use alloc::sync::Arc;
use core::sync::atomic::Ordering;
use wasmjit_module::{GlobalType, MemoryType, RefType, TableType, ValType};

const PAGE: usize = 65536;

fn memory_type(initial: u64, maximum: Option<u64>) -> MemoryType {
    MemoryType {
        memory64: false,
        shared: false,
        initial,
        maximum,
        page_size_log2: None,
    }
}

fn table_type(initial: u64, maximum: Option<u64>) -> TableType {
    TableType {
        element_type: RefType::FUNCREF,
        table64: false,
        initial,
        maximum,
        shared: false,
    }
}

#[test]
fn memories_grow_and_keep_their_contents() {
    let platform = Arc::new(TestPlatform::default());
    let engine = Engine::new(platform.clone(), Arc::new(TestCodeGen::default()));
    let mut store = Store::new(&engine, Box::new(()));
    for maximum in [None, Some(100), Some(1000)] {
        let memory = Memory::new(&mut store, memory_type(1, maximum)).unwrap();
        memory
            .write(&mut store, PAGE as u64 - 3, &[1, 2, 3])
            .unwrap();
        assert_eq!(memory.grow(&mut store, 0), Some(1));
        for size in 1..20 {
            assert_eq!(memory.grow(&mut store, 2), Some(size * 2 - 1));
        }
        assert_eq!(memory.size(&store), 39);
        assert_eq!(memory.data_size(&store), 39 * PAGE);
        let mut bytes = [0; 4];
        memory.read(&store, PAGE as u64 - 3, &mut bytes).unwrap();
        assert_eq!(bytes, [1, 2, 3, 0]);
        assert!(memory.data(&store)[PAGE..].iter().all(|&byte| byte == 0));
        memory.data_mut(&mut store)[39 * PAGE - 1] = 9;
        let last = (39 * PAGE - 1) as u64;
        memory.read(&store, last, &mut bytes[..1]).unwrap();
        assert_eq!(bytes[0], 9);
    }
    assert_ne!(platform.reserved.load(Ordering::Relaxed), 0);
    drop(store);
    assert_eq!(platform.reserved.load(Ordering::Relaxed), 0);
}

#[test]
fn accesses_outside_a_memory_are_refused() {
    let mut store = store();
    let memory = Memory::new(&mut store, memory_type(1, None)).unwrap();
    let end = PAGE as u64;
    assert_eq!(memory.read(&store, end, &mut []), Ok(()));
    assert_eq!(memory.read(&store, end + 1, &mut []), Err(OutOfBounds));
    assert_eq!(memory.read(&store, end, &mut [0]), Err(OutOfBounds));
    assert_eq!(memory.write(&mut store, end - 1, &[1, 2]), Err(OutOfBounds));
    assert_eq!(
        memory.write(&mut store, u64::MAX, &[1, 2]),
        Err(OutOfBounds)
    );
    assert!(memory.data(&store).iter().all(|&byte| byte == 0));
    // An empty memory has no bytes at all, but a valid address.
    let empty = Memory::new(&mut store, memory_type(0, Some(0))).unwrap();
    assert!(empty.data(&store).is_empty());
    assert_eq!(empty.grow(&mut store, 1), None);
}

#[test]
fn memories_do_not_grow_beyond_limits() {
    let mut store = store();
    let memory = Memory::new(&mut store, memory_type(1, Some(3))).unwrap();
    assert_eq!(memory.grow(&mut store, 3), None);
    assert_eq!(memory.grow(&mut store, u64::MAX), None);
    assert_eq!(memory.grow(&mut store, 2), Some(1));
    assert_eq!(memory.grow(&mut store, 1), None);
    let memory = Memory::new(&mut store, memory_type(1, None)).unwrap();
    // The platform here reserves no more than 1 GiB at once.
    assert_eq!(memory.grow(&mut store, 65535), None);
    assert_eq!(memory.grow(&mut store, 65536), None);
    assert_eq!(memory.size(&store), 1);
    store.set_limits(Limits {
        memory_bytes: 6 * PAGE as u64,
        ..Limits::default()
    });
    assert_eq!(memory.grow(&mut store, 3), None);
    assert_eq!(memory.grow(&mut store, 2), Some(1));
    assert!(matches!(
        Memory::new(&mut store, memory_type(1, None)),
        Err(AllocationError::Limit(_))
    ));
}

#[test]
fn impossible_memories_are_refused() {
    let mut store = store();
    let wide = |ty| MemoryType {
        memory64: true,
        ..ty
    };
    for ty in [
        memory_type(3, Some(2)),
        memory_type(65537, None),
        wide(memory_type(1 << 48, None)),
        wide(memory_type(u64::MAX, None)),
        memory_type(65536, None),
        MemoryType {
            page_size_log2: Some(0),
            ..memory_type(1, None)
        },
    ] {
        assert!(Memory::new(&mut store, ty).is_err(), "{ty:?}");
    }
    assert_eq!(store.inner_mut().take_memory(u64::MAX), Ok(()));
}

#[test]
fn shared_memories_are_seen_by_all_stores() {
    let engine = engine();
    let ty = MemoryType {
        shared: true,
        ..memory_type(1, Some(10))
    };
    let shared = SharedMemory::new(&engine, ty).unwrap();
    let threads: alloc::vec::Vec<_> = (0..4_u8)
        .map(|i| {
            let (shared, engine) = (shared.clone(), engine.clone());
            std::thread::spawn(move || {
                let mut store = Store::new(&engine, Box::new(()));
                let memory = Memory::from_shared(&mut store, &shared).unwrap();
                assert!(memory.is_shared(&store));
                memory.write(&mut store, i.into(), &[i + 1]).unwrap();
                memory.grow(&mut store, 2).unwrap()
            })
        })
        .collect();
    let mut sizes: alloc::vec::Vec<u64> = threads
        .into_iter()
        .map(|thread| thread.join().unwrap())
        .collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [1, 3, 5, 7]);
    assert_eq!(shared.size(), 9);
    assert_eq!(shared.grow(2), None);
    let mut bytes = [0; 5];
    shared.read(0, &mut bytes).unwrap();
    assert_eq!(bytes, [1, 2, 3, 4, 0]);
}

#[test]
fn waiting_checks_its_address() {
    let engine = engine();
    let ty = MemoryType {
        shared: true,
        ..memory_type(1, Some(1))
    };
    let shared = SharedMemory::new(&engine, ty).unwrap();
    let wait = |offset, value| shared.atomic_wait(offset, value, 0, &|| false);
    let code = |result: Result<WaitResult, crate::Trap>| result.unwrap_err().code();
    assert_eq!(wait(0, WaitValue::Bits32(0)).unwrap(), WaitResult::TimedOut);
    assert_eq!(wait(8, WaitValue::Bits64(1)).unwrap(), WaitResult::NotEqual);
    assert_eq!(
        code(wait(4, WaitValue::Bits64(0))),
        Some(TrapCode::UnalignedAtomic)
    );
    assert_eq!(
        code(wait(PAGE as u64, WaitValue::Bits32(0))),
        Some(TrapCode::MemoryOutOfBounds)
    );
    assert_eq!(shared.atomic_notify(0, 3).unwrap(), 3);
    assert!(shared.atomic_notify(2, 3).is_err());
}

#[test]
#[should_panic(expected = "a slice of a shared memory")]
fn there_are_no_slices_of_shared_memories() {
    let mut store = store();
    let ty = MemoryType {
        shared: true,
        ..memory_type(1, Some(1))
    };
    let memory = Memory::new(&mut store, ty).unwrap();
    memory.data(&store);
}

#[test]
fn tables_hold_references() {
    let mut store = store();
    let f = Func::wrap(&mut store, || 1_i32);
    let table = Table::new(&mut store, table_type(2, Some(5)), Val::FuncRef(Some(f))).unwrap();
    assert_eq!(table.size(&store), 2);
    assert_eq!(table.get(&store, 1), Some(Val::FuncRef(Some(f))));
    assert_eq!(table.get(&store, 2), None);
    table.set(&mut store, 1, Val::FuncRef(None)).unwrap();
    assert_eq!(table.get(&store, 1), Some(Val::FuncRef(None)));
    assert!(matches!(
        table.set(&mut store, 2, Val::FuncRef(None)),
        Err(TableError::OutOfBounds)
    ));
    assert!(matches!(
        table.set(&mut store, 0, Val::ExternRef(None)),
        Err(TableError::Value(_))
    ));
    assert_eq!(table.grow(&mut store, 3, Val::FuncRef(Some(f))).unwrap(), 2);
    assert_eq!(table.get(&store, 4), Some(Val::FuncRef(Some(f))));
    assert!(table.grow(&mut store, 1, Val::FuncRef(None)).is_err());

    let table = Table::new(&mut store, table_type(0, None), Val::FuncRef(None)).unwrap();
    for size in 0..100 {
        let value = Val::FuncRef((size % 2 == 0).then_some(f));
        assert_eq!(table.grow(&mut store, 1, value).unwrap(), size);
    }
    for index in 0..100 {
        let value = Val::FuncRef((index % 2 == 0).then_some(f));
        assert_eq!(table.get(&store, index), Some(value));
    }
    store.set_limits(Limits {
        table_elements: 110,
        ..Limits::default()
    });
    assert!(table.grow(&mut store, 6, Val::FuncRef(None)).is_err());
    assert!(table.grow(&mut store, 5, Val::FuncRef(None)).is_ok());
    let huge = table_type(u64::from(u32::MAX), None);
    assert!(Table::new(&mut store, huge, Val::FuncRef(None)).is_err());
}

#[test]
fn external_references_come_back_unchanged() {
    let mut store = store();
    let ty = TableType {
        element_type: RefType::EXTERNREF,
        ..table_type(1, None)
    };
    let table = Table::new(&mut store, ty, Val::ExternRef(None)).unwrap();
    for number in [0, 1, u64::MAX - 1] {
        let value = Val::ExternRef(Some(ExternRef(number)));
        table.set(&mut store, 0, value).unwrap();
        assert_eq!(table.get(&store, 0), Some(value));
    }
}

#[test]
fn globals_check_what_they_are_set_to() {
    let mut store = store();
    let ty = |content_type, mutable| GlobalType {
        content_type,
        mutable,
        shared: false,
    };
    let global = Global::new(&mut store, ty(ValType::V128, true), Val::V128(1 << 100)).unwrap();
    assert_eq!(global.get(&store), Val::V128(1 << 100));
    global.set(&mut store, Val::V128(2)).unwrap();
    assert_eq!(global.get(&store), Val::V128(2));
    assert!(matches!(
        global.set(&mut store, Val::I32(2)),
        Err(GlobalError::Value(_))
    ));
    let constant = Global::new(&mut store, ty(ValType::I32, false), Val::I32(-1)).unwrap();
    assert!(matches!(
        constant.set(&mut store, Val::I32(2)),
        Err(GlobalError::Immutable)
    ));
    let non_null = ValType::Ref(RefType::FUNC);
    assert!(Global::new(&mut store, ty(non_null, true), Val::FuncRef(None)).is_err());
    assert!(Global::new(&mut store, ty(ValType::I64, true), Val::F64(0)).is_err());
}
