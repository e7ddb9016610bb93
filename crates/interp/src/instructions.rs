//! The instruction set: one table, from which opcodes, their properties, the
//! disassembler and the handlers are generated.
//!
//! An instruction is one or more units of 64 bits. The first has the opcode in
//! its low 16 bits and three operands, `a`, `b` and `c`, of 16 bits each above
//! it; some instructions take `b` and `c` together as one operand of 32 bits.
//! Operands are places of values in the frame, unless said otherwise. Where
//! there is a second unit, it has an operand in its low bits.

/// Passes the table on to another macro. The groups are:
///
/// - `unary`: `a = f(b)`, and `unary_trapping`, where `f` may trap.
/// - `binary`: `a = f(b, c)`, and a second form with `c` as signed immediate.
/// - `binary_plain`: only the first form; `binary_trapping`: it may trap.
/// - `compare`: as `binary`, with a result of 0 or 1; two more forms that
///   branch by the second unit when it is 1; and the comparison that is true
///   when this one is false.
/// - `load`: `a` = extended value in memory at `b` + `c`, `c` being an offset;
///   a second form with `c` as memory and the offset in a second unit.
/// - `store`: the value `b` to memory at `a` + `c`; as `load`.
/// - `other`: the rest, with the operands that it has.
///
/// Instructions of all groups but the last are named as in WebAssembly.
macro_rules! for_each_instruction {
    ($callback:ident) => {
        $callback! {
            unary {
                I32Clz(u32 => u32) |a| a.leading_zeros();
                I32Ctz(u32 => u32) |a| a.trailing_zeros();
                I32Popcnt(u32 => u32) |a| a.count_ones();
                I64Clz(u64 => u32) |a| a.leading_zeros();
                I64Ctz(u64 => u32) |a| a.trailing_zeros();
                I64Popcnt(u64 => u32) |a| a.count_ones();
                I32WrapI64(u64 => u32) |a| a as u32;
                I64ExtendI32S(i32 => i64) |a| i64::from(a);
                I32Extend8S(i32 => i32) |a| i32::from(a as i8);
                I32Extend16S(i32 => i32) |a| i32::from(a as i16);
                I64Extend8S(i64 => i64) |a| i64::from(a as i8);
                I64Extend16S(i64 => i64) |a| i64::from(a as i16);
                I64Extend32S(i64 => i64) |a| i64::from(a as i32);
                F32Abs(u32 => u32) |a| a & 0x7fff_ffff;
                F32Neg(u32 => u32) |a| a ^ 0x8000_0000;
                F32Ceil(f32 => f32) |a| numeric::f32_ceil(a);
                F32Floor(f32 => f32) |a| numeric::f32_floor(a);
                F32Trunc(f32 => f32) |a| numeric::f32_trunc(a);
                F32Nearest(f32 => f32) |a| numeric::f32_nearest(a);
                F32Sqrt(f32 => f32) |a| numeric::f32_sqrt(a);
                F64Abs(u64 => u64) |a| a & 0x7fff_ffff_ffff_ffff;
                F64Neg(u64 => u64) |a| a ^ 0x8000_0000_0000_0000;
                F64Ceil(f64 => f64) |a| numeric::f64_ceil(a);
                F64Floor(f64 => f64) |a| numeric::f64_floor(a);
                F64Trunc(f64 => f64) |a| numeric::f64_trunc(a);
                F64Nearest(f64 => f64) |a| numeric::f64_nearest(a);
                F64Sqrt(f64 => f64) |a| numeric::f64_sqrt(a);
                I32TruncSatF32S(f32 => i32) |a| a as i32;
                I32TruncSatF32U(f32 => u32) |a| a as u32;
                I32TruncSatF64S(f64 => i32) |a| a as i32;
                I32TruncSatF64U(f64 => u32) |a| a as u32;
                I64TruncSatF32S(f32 => i64) |a| a as i64;
                I64TruncSatF32U(f32 => u64) |a| a as u64;
                I64TruncSatF64S(f64 => i64) |a| a as i64;
                I64TruncSatF64U(f64 => u64) |a| a as u64;
                F32ConvertI32S(i32 => f32) |a| a as f32;
                F32ConvertI32U(u32 => f32) |a| a as f32;
                F32ConvertI64S(i64 => f32) |a| a as f32;
                F32ConvertI64U(u64 => f32) |a| a as f32;
                F64ConvertI32S(i32 => f64) |a| f64::from(a);
                F64ConvertI32U(u32 => f64) |a| f64::from(a);
                F64ConvertI64S(i64 => f64) |a| a as f64;
                F64ConvertI64U(u64 => f64) |a| a as f64;
                F32DemoteF64(f64 => f32) |a| a as f32;
                F64PromoteF32(f32 => f64) |a| f64::from(a);
            }
            unary_trapping {
                I32TruncF32S(f32 => i32) |a| numeric::i32_trunc_f32_s(a);
                I32TruncF32U(f32 => u32) |a| numeric::i32_trunc_f32_u(a);
                I32TruncF64S(f64 => i32) |a| numeric::i32_trunc_f64_s(a);
                I32TruncF64U(f64 => u32) |a| numeric::i32_trunc_f64_u(a);
                I64TruncF32S(f32 => i64) |a| numeric::i64_trunc_f32_s(a);
                I64TruncF32U(f32 => u64) |a| numeric::i64_trunc_f32_u(a);
                I64TruncF64S(f64 => i64) |a| numeric::i64_trunc_f64_s(a);
                I64TruncF64U(f64 => u64) |a| numeric::i64_trunc_f64_u(a);
            }
            binary {
                I32Add, I32AddImm(u32 => u32) |a, b| a.wrapping_add(b);
                I32Sub, I32SubImm(u32 => u32) |a, b| a.wrapping_sub(b);
                I32Mul, I32MulImm(u32 => u32) |a, b| a.wrapping_mul(b);
                I32And, I32AndImm(u32 => u32) |a, b| a & b;
                I32Or, I32OrImm(u32 => u32) |a, b| a | b;
                I32Xor, I32XorImm(u32 => u32) |a, b| a ^ b;
                I32Shl, I32ShlImm(u32 => u32) |a, b| a.wrapping_shl(b);
                I32ShrS, I32ShrSImm(i32 => i32) |a, b| a.wrapping_shr(b as u32);
                I32ShrU, I32ShrUImm(u32 => u32) |a, b| a.wrapping_shr(b);
                I32Rotl, I32RotlImm(u32 => u32) |a, b| a.rotate_left(b & 31);
                I32Rotr, I32RotrImm(u32 => u32) |a, b| a.rotate_right(b & 31);
                I64Add, I64AddImm(u64 => u64) |a, b| a.wrapping_add(b);
                I64Sub, I64SubImm(u64 => u64) |a, b| a.wrapping_sub(b);
                I64Mul, I64MulImm(u64 => u64) |a, b| a.wrapping_mul(b);
                I64And, I64AndImm(u64 => u64) |a, b| a & b;
                I64Or, I64OrImm(u64 => u64) |a, b| a | b;
                I64Xor, I64XorImm(u64 => u64) |a, b| a ^ b;
                I64Shl, I64ShlImm(u64 => u64) |a, b| a.wrapping_shl(b as u32);
                I64ShrS, I64ShrSImm(i64 => i64) |a, b| a.wrapping_shr(b as u32);
                I64ShrU, I64ShrUImm(u64 => u64) |a, b| a.wrapping_shr(b as u32);
                I64Rotl, I64RotlImm(u64 => u64) |a, b| a.rotate_left(b as u32 & 63);
                I64Rotr, I64RotrImm(u64 => u64) |a, b| a.rotate_right(b as u32 & 63);
            }
            binary_plain {
                F32Add(f32 => f32) |a, b| a + b;
                F32Sub(f32 => f32) |a, b| a - b;
                F32Mul(f32 => f32) |a, b| a * b;
                F32Div(f32 => f32) |a, b| a / b;
                F32Min(f32 => f32) |a, b| numeric::f32_min(a, b);
                F32Max(f32 => f32) |a, b| numeric::f32_max(a, b);
                F32Copysign(u32 => u32) |a, b| numeric::f32_copysign(a, b);
                F32Eq(f32 => bool) |a, b| a == b;
                F32Ne(f32 => bool) |a, b| a != b;
                F32Lt(f32 => bool) |a, b| a < b;
                F32Gt(f32 => bool) |a, b| a > b;
                F32Le(f32 => bool) |a, b| a <= b;
                F32Ge(f32 => bool) |a, b| a >= b;
                F64Add(f64 => f64) |a, b| a + b;
                F64Sub(f64 => f64) |a, b| a - b;
                F64Mul(f64 => f64) |a, b| a * b;
                F64Div(f64 => f64) |a, b| a / b;
                F64Min(f64 => f64) |a, b| numeric::f64_min(a, b);
                F64Max(f64 => f64) |a, b| numeric::f64_max(a, b);
                F64Copysign(u64 => u64) |a, b| numeric::f64_copysign(a, b);
                F64Eq(f64 => bool) |a, b| a == b;
                F64Ne(f64 => bool) |a, b| a != b;
                F64Lt(f64 => bool) |a, b| a < b;
                F64Gt(f64 => bool) |a, b| a > b;
                F64Le(f64 => bool) |a, b| a <= b;
                F64Ge(f64 => bool) |a, b| a >= b;
            }
            binary_trapping {
                I32DivS(i32 => i32) |a, b| numeric::i32_div_s(a, b);
                I32DivU(u32 => u32) |a, b| numeric::i32_div_u(a, b);
                I32RemS(i32 => i32) |a, b| numeric::i32_rem_s(a, b);
                I32RemU(u32 => u32) |a, b| numeric::i32_rem_u(a, b);
                I64DivS(i64 => i64) |a, b| numeric::i64_div_s(a, b);
                I64DivU(u64 => u64) |a, b| numeric::i64_div_u(a, b);
                I64RemS(i64 => i64) |a, b| numeric::i64_rem_s(a, b);
                I64RemU(u64 => u64) |a, b| numeric::i64_rem_u(a, b);
            }
            compare {
                I32Eq, I32EqImm, BrI32Eq, BrI32EqImm, I32Ne, I32NeImm(u32) |a, b| a == b;
                I32Ne, I32NeImm, BrI32Ne, BrI32NeImm, I32Eq, I32EqImm(u32) |a, b| a != b;
                I32LtS, I32LtSImm, BrI32LtS, BrI32LtSImm, I32GeS, I32GeSImm(i32) |a, b| a < b;
                I32LtU, I32LtUImm, BrI32LtU, BrI32LtUImm, I32GeU, I32GeUImm(u32) |a, b| a < b;
                I32GtS, I32GtSImm, BrI32GtS, BrI32GtSImm, I32LeS, I32LeSImm(i32) |a, b| a > b;
                I32GtU, I32GtUImm, BrI32GtU, BrI32GtUImm, I32LeU, I32LeUImm(u32) |a, b| a > b;
                I32LeS, I32LeSImm, BrI32LeS, BrI32LeSImm, I32GtS, I32GtSImm(i32) |a, b| a <= b;
                I32LeU, I32LeUImm, BrI32LeU, BrI32LeUImm, I32GtU, I32GtUImm(u32) |a, b| a <= b;
                I32GeS, I32GeSImm, BrI32GeS, BrI32GeSImm, I32LtS, I32LtSImm(i32) |a, b| a >= b;
                I32GeU, I32GeUImm, BrI32GeU, BrI32GeUImm, I32LtU, I32LtUImm(u32) |a, b| a >= b;
                I64Eq, I64EqImm, BrI64Eq, BrI64EqImm, I64Ne, I64NeImm(u64) |a, b| a == b;
                I64Ne, I64NeImm, BrI64Ne, BrI64NeImm, I64Eq, I64EqImm(u64) |a, b| a != b;
                I64LtS, I64LtSImm, BrI64LtS, BrI64LtSImm, I64GeS, I64GeSImm(i64) |a, b| a < b;
                I64LtU, I64LtUImm, BrI64LtU, BrI64LtUImm, I64GeU, I64GeUImm(u64) |a, b| a < b;
                I64GtS, I64GtSImm, BrI64GtS, BrI64GtSImm, I64LeS, I64LeSImm(i64) |a, b| a > b;
                I64GtU, I64GtUImm, BrI64GtU, BrI64GtUImm, I64LeU, I64LeUImm(u64) |a, b| a > b;
                I64LeS, I64LeSImm, BrI64LeS, BrI64LeSImm, I64GtS, I64GtSImm(i64) |a, b| a <= b;
                I64LeU, I64LeUImm, BrI64LeU, BrI64LeUImm, I64GtU, I64GtUImm(u64) |a, b| a <= b;
                I64GeS, I64GeSImm, BrI64GeS, BrI64GeSImm, I64LtS, I64LtSImm(i64) |a, b| a >= b;
                I64GeU, I64GeUImm, BrI64GeU, BrI64GeUImm, I64LtU, I64LtUImm(u64) |a, b| a >= b;
            }
            load {
                I32Load, I32LoadFar(u32 => u32);
                I64Load, I64LoadFar(u64 => u64);
                F32Load, F32LoadFar(u32 => u32);
                F64Load, F64LoadFar(u64 => u64);
                I32Load8S, I32Load8SFar(i8 => i32);
                I32Load8U, I32Load8UFar(u8 => u32);
                I32Load16S, I32Load16SFar(i16 => i32);
                I32Load16U, I32Load16UFar(u16 => u32);
                I64Load8S, I64Load8SFar(i8 => i64);
                I64Load8U, I64Load8UFar(u8 => u64);
                I64Load16S, I64Load16SFar(i16 => i64);
                I64Load16U, I64Load16UFar(u16 => u64);
                I64Load32S, I64Load32SFar(i32 => i64);
                I64Load32U, I64Load32UFar(u32 => u64);
            }
            store {
                I32Store, I32StoreFar(u32);
                I64Store, I64StoreFar(u64);
                F32Store, F32StoreFar(u32);
                F64Store, F64StoreFar(u64);
                I32Store8, I32Store8Far(u8);
                I32Store16, I32Store16Far(u16);
                I64Store8, I64Store8Far(u8);
                I64Store16, I64Store16Far(u16);
                I64Store32, I64Store32Far(u32);
            }
            other {
                /// `a` = `b`
                Copy [a, b];
                /// `a` = 32 bits
                Const32 [a, bc];
                /// `a` = the second unit
                Const64 [a, second];
                /// `a` = the second unit's value is not zero ? `b` : `c`
                Select [a, b, c, second];
                /// Goes on at a distance in units from the next instruction.
                Jump [bc];
                /// As `Jump`, if `a` is not zero.
                BrIf [a, bc];
                /// As `Jump`, if `a` is zero.
                BrUnless [a, bc];
                /// As `Jump`, by the distance in the unit `a` of those that
                /// follow; the last of them when there are too few.
                BrTable [a, bc];
                /// Counts, and looks whether something wants attention.
                Loop [bc];
                /// Returns nothing.
                Return0 [];
                /// Returns `a`.
                Return1 [a];
                /// Returns `b` values from `a` on.
                ReturnMany [a, b];
                /// Calls a defined function with arguments from `a` on.
                Call [a, bc];
                /// Calls an imported function.
                CallImport [a, bc];
                /// Calls element `b` of table `c`, of the type in the second
                /// unit.
                CallIndirect [a, b, c, second];
                /// Calls the reference `b` of the type in the second unit.
                CallRef [a, b, second];
                /// Calls a defined function in place of this one.
                ReturnCall [a, bc];
                /// Traps.
                Unreachable [];
                /// `a` = the global at an offset in the context
                GlobalGet [a, bc];
                /// the global = `a`
                GlobalSet [a, bc];
                /// As `GlobalGet`, through a pointer at the offset.
                GlobalGetImported [a, bc];
                /// As `GlobalSet`, through a pointer at the offset.
                GlobalSetImported [a, bc];
                /// `a` = pages of memory `b`
                MemorySize [a, b];
                /// Adds `b` pages to memory `c`; `a` = the old size
                MemoryGrow [a, b, c];
                /// Operands from `a` on; memory `b`.
                MemoryFill [a, b];
                /// Operands from `a` on; to memory `b`, from memory `c`.
                MemoryCopy [a, b, c];
                /// Operands from `a` on; memory `b`, segment in the second unit.
                MemoryInit [a, b, second];
                /// Drops a segment.
                DataDrop [bc];
                /// `a` = element `b` of table `c`
                TableGet [a, b, c];
                /// element `a` of table `c` = `b`
                TableSet [a, b, c];
                /// `a` = elements of table `b`
                TableSize [a, b];
                /// Operands from `a` on; table `b`; `a` = the old size
                TableGrow [a, b];
                /// Operands from `a` on; table `b`.
                TableFill [a, b];
                /// Operands from `a` on; to table `b`, from table `c`.
                TableCopy [a, b, c];
                /// Operands from `a` on; table `b`, segment in the second unit.
                TableInit [a, b, second];
                /// Drops a segment.
                ElemDrop [bc];
                /// `a` = reference at an offset in the context
                RefFunc [a, bc];
                /// As `RefFunc`, of an imported function.
                RefFuncImported [a, bc];
                /// Traps if the reference `a` is null.
                RefAsNonNull [a];
            }
        }
    };
}
pub(crate) use for_each_instruction;

use wasmparser::{MemArg, Operator};

/// Which operands an instruction has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operand {
    /// The first.
    A,
    /// The second.
    B,
    /// The third.
    C,
    /// Second and third together.
    Wide,
    /// A second unit.
    Second,
}

macro_rules! operands {
    (@one a) => { Operand::A };
    (@one b) => { Operand::B };
    (@one c) => { Operand::C };
    (@one bc) => { Operand::Wide };
    (@one second) => { Operand::Second };
    ($($operand:ident),*) => { &[$(operands!(@one $operand)),*] };
}

macro_rules! width {
    (u32) => {
        false
    };
    (i32) => {
        false
    };
    (u64) => {
        true
    };
    (i64) => {
        true
    };
}

macro_rules! generate {
    (
        unary { $( $u:ident($uf:ident => $ut:ident) |$ua:ident| $ue:expr; )* }
        unary_trapping { $( $ux:ident($uxf:ident => $uxt:ident) |$uxa:ident| $uxe:expr; )* }
        binary { $( $b:ident, $bi:ident($bf:ident => $bt:ident) |$ba:ident, $bb:ident| $be:expr; )* }
        binary_plain { $( $p:ident($pf:ident => $pt:ident) |$pa:ident, $pb:ident| $pe:expr; )* }
        binary_trapping { $( $x:ident($xf:ident => $xt:ident) |$xa:ident, $xb:ident| $xe:expr; )* }
        compare { $( $k:ident, $ki:ident, $kb:ident, $kbi:ident, $kn:ident, $kni:ident($kf:ident) |$ka:ident, $kkb:ident| $ke:expr; )* }
        load { $( $l:ident, $lf:ident($lm:ident => $lt:ident); )* }
        store { $( $s:ident, $sf:ident($sm:ident); )* }
        other { $( $(#[doc = $doc:literal])* $o:ident [$($operand:ident),*]; )* }
    ) => {
        /// What an instruction does.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(u16)]
        pub(crate) enum Op {
            $( $u, )* $( $ux, )* $( $b, $bi, )* $( $p, )* $( $x, )*
            $( $k, $ki, $kb, $kbi, )* $( $l, $lf, )* $( $s, $sf, )*
            $( $(#[doc = $doc])* $o, )*
        }

        impl Op {
            /// Every opcode, by number.
            pub(crate) const ALL: &'static [Op] = &[
                $( Op::$u, )* $( Op::$ux, )* $( Op::$b, Op::$bi, )* $( Op::$p, )* $( Op::$x, )*
                $( Op::$k, Op::$ki, Op::$kb, Op::$kbi, )* $( Op::$l, Op::$lf, )*
                $( Op::$s, Op::$sf, )* $( Op::$o, )*
            ];

            /// What it takes, in the order of its operands.
            pub(crate) fn operands(self) -> &'static [Operand] {
                use Operand::{A, B, C, Second};
                match self {
                    $( Op::$u )|* $( | Op::$ux )* => &[A, B],
                    $( Op::$b | Op::$bi )|* $( | Op::$p )* $( | Op::$x )* $( | Op::$k | Op::$ki )* => &[A, B, C],
                    $( Op::$kb | Op::$kbi )|* => &[A, B, Second],
                    $( Op::$l )|* $( | Op::$s )* => &[A, B, C],
                    $( Op::$lf )|* $( | Op::$sf )* => &[A, B, C, Second],
                    $( Op::$o => operands!($($operand),*), )*
                }
            }

            /// The form with an immediate, and whether operands have 64 bits.
            pub(crate) fn with_immediate(self) -> Option<(Op, bool)> {
                match self {
                    $( Op::$b => Some((Op::$bi, width!($bf))), )*
                    $( Op::$k => Some((Op::$ki, width!($kf))), )*
                    _ => None,
                }
            }

            /// The form of a comparison that branches.
            pub(crate) fn branching(self) -> Option<Op> {
                match self {
                    $( Op::$k => Some(Op::$kb), Op::$ki => Some(Op::$kbi), )*
                    _ => None,
                }
            }

            /// The comparison with the opposite result.
            pub(crate) fn negated(self) -> Option<Op> {
                match self {
                    $( Op::$k => Some(Op::$kn), Op::$ki => Some(Op::$kni), )*
                    _ => None,
                }
            }

            /// The form of a load or store for far offsets and other memories.
            pub(crate) fn far(self) -> Option<Op> {
                match self {
                    $( Op::$l => Some(Op::$lf), )*
                    $( Op::$s => Some(Op::$sf), )*
                    _ => None,
                }
            }
        }

        /// The instruction for an operator with one operand.
        pub(crate) fn unary(operator: &Operator<'_>) -> Option<Op> {
            match operator {
                $( Operator::$u => Some(Op::$u), )*
                $( Operator::$ux => Some(Op::$ux), )*
                _ => None,
            }
        }

        /// The instruction for an operator with two operands.
        pub(crate) fn binary(operator: &Operator<'_>) -> Option<Op> {
            match operator {
                $( Operator::$b => Some(Op::$b), )*
                $( Operator::$p => Some(Op::$p), )*
                $( Operator::$x => Some(Op::$x), )*
                $( Operator::$k => Some(Op::$k), )*
                _ => None,
            }
        }

        /// The instruction for a load.
        pub(crate) fn load(operator: &Operator<'_>) -> Option<(Op, MemArg)> {
            match *operator {
                $( Operator::$l { memarg } => Some((Op::$l, memarg)), )*
                _ => None,
            }
        }

        /// The instruction for a store.
        pub(crate) fn store(operator: &Operator<'_>) -> Option<(Op, MemArg)> {
            match *operator {
                $( Operator::$s { memarg } => Some((Op::$s, memarg)), )*
                _ => None,
            }
        }
    };
}

for_each_instruction!(generate);

impl Op {
    /// From its number.
    pub(crate) fn from_u16(number: u16) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// Whether the operands can be exchanged.
    pub(crate) fn is_commutative(self) -> bool {
        use Op::*;
        matches!(
            self,
            I32Add
                | I32Mul
                | I32And
                | I32Or
                | I32Xor
                | I32Eq
                | I32Ne
                | I64Add
                | I64Mul
                | I64And
                | I64Or
                | I64Xor
                | I64Eq
                | I64Ne
        )
    }
}
