//! Short copies and fills where they stand, instead of by the runtime: for platforms
//! where calling it costs more than they do.

use super::FunctionTranslator;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, BlockArg, InstBuilder, Type, Value, types};

/// The longest that are short, in bytes.
const SHORT: i64 = 512;

/// What a byte is moved or written in with others.
const WORD: i64 = 8;

/// Where bytes come from.
#[derive(Clone, Copy)]
enum Source {
    /// Another place, at this address.
    Bytes(Value),
    /// A number all of whose bytes are the same.
    Pattern(Value),
}

impl FunctionTranslator<'_> {
    /// Copies between guarded memories if it is little, inside, and does not overlap.
    /// Goes on, afterwards, in a block that is returned; the builder stands where that
    /// was not so. Indices and length are 64 bits wide.
    pub(super) fn copy_short(
        &mut self,
        (to_memory, to): (u32, Value),
        (from_memory, from): (u32, Value),
        length: Value,
    ) -> Option<Block> {
        let room = self.is_inside(to_memory, to, length)?;
        let there = self.is_inside(from_memory, from, length)?;
        let inside = self.builder.ins().band(room, there);
        let to = self.address_in(to_memory, to);
        let from = self.address_in(from_memory, from);
        let apart = [(to, from), (from, to)].map(|(one, other)| {
            let distance = self.builder.ins().isub(one, other);
            let least = IntCC::UnsignedGreaterThanOrEqual;
            self.builder.ins().icmp(least, distance, length)
        });
        let apart = self.builder.ins().band(apart[0], apart[1]);
        let fits = self.builder.ins().band(inside, apart);
        Some(self.short(fits, to, Source::Bytes(from), length))
    }

    /// The same for a fill with a byte, of 32 bits.
    pub(super) fn fill_short(
        &mut self,
        (memory, to): (u32, Value),
        byte: Value,
        length: Value,
    ) -> Option<Block> {
        let fits = self.is_inside(memory, to, length)?;
        let to = self.address_in(memory, to);
        let byte = self.builder.ins().ireduce(types::I8, byte);
        let byte = self.builder.ins().uextend(types::I64, byte);
        let ones = i64::from_ne_bytes([1; 8]);
        let pattern = self.builder.ins().imul_imm_s(byte, ones);
        Some(self.short(fits, to, Source::Pattern(pattern), length))
    }

    /// Whether so many bytes are few, and in memory; `None` for memories that do not
    /// take part.
    fn is_inside(&mut self, memory: u32, start: Value, length: Value) -> Option<Value> {
        if !self.env.tunables.short_bulk || !self.is_guarded(memory) {
            return None;
        }
        let end = self.builder.ins().iadd(start, length);
        let size = self.memory_length(memory);
        let inside = IntCC::UnsignedLessThanOrEqual;
        let fits = self.builder.ins().icmp(inside, end, size);
        let short = self.builder.ins().icmp_imm_u(inside, length, SHORT);
        Some(self.builder.ins().band(fits, short))
    }

    fn address_in(&mut self, memory: u32, index: Value) -> Value {
        let base = self.memory_base(memory);
        self.builder.ins().iadd(base, index)
    }

    /// See [`Self::copy_short`].
    fn short(&mut self, fits: Value, to: Value, from: Source, length: Value) -> Block {
        let [short, long, words, bytes, done] = [(); 5].map(|()| self.builder.create_block());
        self.builder.set_cold_block(long);
        self.builder.ins().brif(fits, short, &[], long, &[]);
        self.builder.seal_block(short);
        self.builder.seal_block(long);

        self.builder.switch_to_block(short);
        let zero = self.builder.ins().iconst(types::I64, 0);
        let some = IntCC::UnsignedGreaterThanOrEqual;
        let some = self.builder.ins().icmp_imm_u(some, length, WORD);
        let start = [BlockArg::Value(zero)];
        self.builder.ins().brif(some, words, &start, bytes, &start);

        // All words but the last, which may begin within the one before it.
        let last = self.builder.append_block_param(words, types::I64);
        self.builder.switch_to_block(words);
        let end = self.builder.ins().iadd_imm_s(length, -WORD);
        let more = self.builder.ins().icmp(IntCC::UnsignedLessThan, last, end);
        let place = self.builder.ins().select(more, last, end);
        self.put(to, from, place, types::I64);
        let next = self.builder.ins().iadd_imm_s(last, WORD);
        let next = [BlockArg::Value(next)];
        self.builder.ins().brif(more, words, &next, done, &[]);
        self.builder.seal_block(words);

        let offset = self.builder.append_block_param(bytes, types::I64);
        let one = self.builder.create_block();
        self.builder.switch_to_block(bytes);
        let more = self
            .builder
            .ins()
            .icmp(IntCC::UnsignedLessThan, offset, length);
        self.builder.ins().brif(more, one, &[], done, &[]);
        self.builder.seal_block(one);
        self.builder.switch_to_block(one);
        self.put(to, from, offset, types::I8);
        let next = self.builder.ins().iadd_imm_s(offset, 1);
        self.builder.ins().jump(bytes, &[BlockArg::Value(next)]);
        self.builder.seal_block(bytes);

        self.builder.switch_to_block(long);
        done
    }

    /// Moves or writes so much at an offset.
    fn put(&mut self, to: Value, from: Source, offset: Value, ty: Type) {
        let flags = self.memory_flags();
        let value = match from {
            Source::Bytes(from) => {
                let from = self.builder.ins().iadd(from, offset);
                self.builder.ins().load(ty, flags, from, 0)
            }
            Source::Pattern(pattern) if ty == types::I64 => pattern,
            Source::Pattern(pattern) => self.builder.ins().ireduce(ty, pattern),
        };
        let to = self.builder.ins().iadd(to, offset);
        self.builder.ins().store(flags, value, to, 0);
    }

    /// Ends what [`Self::copy_short`] or [`Self::fill_short`] has begun.
    pub(super) fn end_short(&mut self, done: Option<Block>) {
        if let Some(done) = done {
            self.builder.ins().jump(done, &[]);
            self.builder.seal_block(done);
            self.builder.switch_to_block(done);
        }
    }
}
