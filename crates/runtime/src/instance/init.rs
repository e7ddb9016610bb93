//! Constant expressions and segments.

use super::InstanceData;
use crate::error::OutOfBounds;
use crate::memory::access;
use crate::trap::TrapCode;
use crate::vm::RawValue;
use alloc::vec::Vec;
use wasmjit_module::{ConstExpr, ConstOp, DataMode, ElementItems, ElementMode};

/// Value of a constant expression.
pub(super) fn evaluate(instance: &InstanceData, expr: &ConstExpr) -> RawValue {
    if let [op] = &*expr.0
        && let Some(value) = constant(instance, op)
    {
        return value;
    }
    let mut stack = Vec::with_capacity(expr.0.len());
    for op in &expr.0 {
        let value = match constant(instance, op) {
            Some(value) => value,
            None => {
                let right = stack.pop().unwrap_or(RawValue::ZERO);
                let left = stack.pop().unwrap_or(RawValue::ZERO);
                arithmetic(op, left, right)
            }
        };
        stack.push(value);
    }
    stack.pop().unwrap_or(RawValue::ZERO)
}

/// Value of an instruction without operands.
fn constant(instance: &InstanceData, op: &ConstOp) -> Option<RawValue> {
    Some(match *op {
        ConstOp::I32(value) => RawValue::from_i32(value),
        ConstOp::I64(value) => RawValue::from_i64(value),
        ConstOp::F32(bits) => RawValue::from_f32_bits(bits),
        ConstOp::F64(bits) => RawValue::from_f64_bits(bits),
        ConstOp::V128(value) => RawValue::from_v128(value),
        ConstOp::RefNull => RawValue::ZERO,
        ConstOp::RefFunc(function) => reference(instance, function),
        ConstOp::GlobalGet(global) => {
            // SAFETY: globals live as long as the store, whose code does not
            // run now.
            unsafe { instance.globals[global as usize].as_ref().cell.read() }
        }
        ConstOp::I32Add
        | ConstOp::I32Sub
        | ConstOp::I32Mul
        | ConstOp::I64Add
        | ConstOp::I64Sub
        | ConstOp::I64Mul => return None,
    })
}

fn arithmetic(op: &ConstOp, left: RawValue, right: RawValue) -> RawValue {
    match op {
        ConstOp::I32Add => RawValue::from_i32(left.i32().wrapping_add(right.i32())),
        ConstOp::I32Sub => RawValue::from_i32(left.i32().wrapping_sub(right.i32())),
        ConstOp::I32Mul => RawValue::from_i32(left.i32().wrapping_mul(right.i32())),
        ConstOp::I64Add => RawValue::from_i64(left.i64().wrapping_add(right.i64())),
        ConstOp::I64Sub => RawValue::from_i64(left.i64().wrapping_sub(right.i64())),
        ConstOp::I64Mul => RawValue::from_i64(left.i64().wrapping_mul(right.i64())),
        other => unreachable!("{other:?} has no operands"),
    }
}

fn reference(instance: &InstanceData, function: u32) -> RawValue {
    let reference = instance.func_ref(function);
    RawValue::from_u64(reference.as_ptr().expose_provenance() as u64)
}

/// Address or index in an expression of 32 or 64 bits; the upper half of the
/// former is zero.
fn offset(instance: &InstanceData, expr: &ConstExpr) -> u64 {
    evaluate(instance, expr).u64()
}

/// Runs the active segments in order, and drops those that cannot be used
/// again.
pub(super) fn run_segments(instance: &InstanceData) -> Result<(), TrapCode> {
    let module = instance.module.module();
    for (index, segment) in module.elements.iter().enumerate() {
        match &segment.mode {
            ElementMode::Passive => {}
            ElementMode::Declared => instance.dropped_elements[index].set(true),
            ElementMode::Active {
                table,
                offset: expr,
            } => {
                let at = offset(instance, expr);
                let count = segment.items.len() as u64;
                table_init(instance, *table, index as u32, at, 0, count)?;
                instance.dropped_elements[index].set(true);
            }
        }
    }
    for (index, segment) in module.data.iter().enumerate() {
        if let DataMode::Active {
            memory,
            offset: expr,
        } = &segment.mode
        {
            let at = offset(instance, expr);
            let length = segment.range.len() as u64;
            memory_init(instance, *memory, index as u32, at, 0, length)?;
            instance.dropped_data[index].set(true);
        }
    }
    Ok(())
}

/// Copies elements of a segment into a table.
pub(crate) fn table_init(
    instance: &InstanceData,
    table: u32,
    segment: u32,
    to: u64,
    from: u64,
    count: u64,
) -> Result<(), TrapCode> {
    let items = &instance.module.module().elements[segment as usize].items;
    let dropped = instance.dropped_elements[segment as usize].get();
    let available = if dropped { 0 } else { items.len() as u64 };
    if from.checked_add(count).is_none_or(|end| end > available) {
        return Err(TrapCode::TableOutOfBounds);
    }
    // SAFETY: tables live as long as the store.
    let table = unsafe { instance.table(table).as_ref() };
    let first = table
        .range(to, count)
        .map_err(|OutOfBounds| TrapCode::TableOutOfBounds)?;
    let range = from as usize..(from + count) as usize;
    let write = |(i, value): (usize, RawValue)| {
        // SAFETY: the range is inside the table.
        unsafe { first.add(i).write(value.u64()) };
    };
    if range.is_empty() {
        return Ok(());
    }
    match items {
        ElementItems::Functions(functions) => functions[range]
            .iter()
            .map(|&function| reference(instance, function))
            .enumerate()
            .for_each(write),
        ElementItems::Expressions(expressions) => expressions[range]
            .iter()
            .map(|expr| evaluate(instance, expr))
            .enumerate()
            .for_each(write),
    }
    Ok(())
}

/// Copies bytes of a segment into a memory.
pub(crate) fn memory_init(
    instance: &InstanceData,
    memory: u32,
    segment: u32,
    to: u64,
    from: u64,
    length: u64,
) -> Result<(), TrapCode> {
    let dropped = instance.dropped_data[segment as usize].get();
    let bytes = if dropped {
        &[]
    } else {
        instance.module.module().data_bytes(segment)
    };
    let end = from.checked_add(length);
    let end = end.filter(|&end| end <= bytes.len() as u64);
    let end = end.ok_or(TrapCode::MemoryOutOfBounds)?;
    let bytes = &bytes[from as usize..end as usize];
    // SAFETY: memories live as long as the store.
    let memory = unsafe { instance.memory(memory).as_ref() };
    let to = memory
        .range(to, length)
        .ok_or(TrapCode::MemoryOutOfBounds)?;
    let platform = &**instance.module.engine().platform();
    // SAFETY: the range is inside the memory, which the module's binary is no
    // part of.
    unsafe { access::write(platform, to, bytes) }
}
