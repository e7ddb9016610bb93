//! Runs WebAssembly specification scripts (`.wast` files).
//!
//! A script defines modules and asserts what they do: results, traps, modules
//! that must be refused. [`run`] carries out every directive and counts; one
//! that fails does not stop the rest.
//!
//! ```
//! use wasmjit::{Config, Engine};
//!
//! # fn main() -> Result<(), wasmjit::Error> {
//! let engine = Engine::new(Config::new())?;
//! let report = wasmjit_wast::run(
//!     &engine,
//!     r#"
//!     (module (func (export "half") (param i32) (result i32)
//!         (i32.div_u (local.get 0) (i32.const 2))))
//!     (assert_return (invoke "half" (i32.const 7)) (i32.const 3))
//!     (assert_return (invoke "half" (i32.const 7)) (i32.const 4))
//!     "#,
//! );
//! assert_eq!(report.passed, 2);
//! assert_eq!(report.failures[0].line, 5);
//! # Ok(())
//! # }
//! ```

mod kernel;
mod machine;
mod process;
mod run;
mod spectest;
mod value;

use std::fmt;
use std::sync::Arc;
use wasmjit::Engine;
use wasmjit::platform::Platform;
use wast::Wast;
use wast::lexer::Lexer;
use wast::parser::{self, ParseBuffer};
use wast::token::Span;

/// What became of a script.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Number of directives that did what they should.
    pub passed: usize,
    /// The others, in order.
    pub failures: Vec<Failure>,
}

/// A directive that did not do what it should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Line of the directive, from 1.
    pub line: usize,
    /// Column of the directive, from 1.
    pub column: usize,
    /// What happened instead.
    pub message: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)
    }
}

impl Report {
    fn fail(&mut self, place: Place<'_>, message: String) {
        let (line, column) = place.span.linecol_in(place.script);
        self.failures.push(Failure {
            line: line + 1,
            column: column + 1,
            message,
        });
    }

    fn append(&mut self, other: Self) {
        self.passed += other.passed;
        self.failures.extend(other.failures);
    }
}

/// Where something stands in a script.
#[derive(Clone, Copy)]
struct Place<'a> {
    script: &'a str,
    span: Span,
}

/// Runs a script.
///
/// Each script gets a store of its own, and threads of the script get one each.
/// A script that cannot be parsed counts as one failure.
pub fn run(engine: &Engine, script: &str) -> Report {
    run_at(engine, script)
}

/// Runs a script in the kernel, by the device `/dev/wasmjit`: its modules are
/// decoded, validated, compiled, linked and run there.
///
/// Modules may use the features of `engine`; `platform` is that of this process.
pub fn run_in_kernel(engine: &Engine, platform: Arc<dyn Platform>, script: &str) -> Report {
    let place = kernel::Kernel { engine, platform };
    run_at(&place, script)
}

fn run_at(place: &impl machine::Machines, script: &str) -> Report {
    let mut report = Report::default();
    // Scripts test that names may hold characters that look like others.
    let mut lexer = Lexer::new(script);
    lexer.allow_confusing_unicode(true);
    let parsed = ParseBuffer::new_with_lexer(lexer);
    let result = parsed
        .as_ref()
        .map_err(|error| (error.span(), error.message()))
        .and_then(|buffer| {
            parser::parse::<Wast<'_>>(buffer).map_err(|error| (error.span(), error.message()))
        });
    match result {
        Ok(wast) => report.append(run::run(place, script, wast.directives)),
        Err((span, message)) => {
            report.fail(Place { script, span }, format!("cannot parse: {message}"));
        }
    }
    report
}

#[cfg(test)]
mod tests;
