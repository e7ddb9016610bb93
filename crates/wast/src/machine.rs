//! What carries a script's modules out.

use crate::value::Value;

/// How a call or an instantiation ended.
pub(crate) enum Outcome {
    Returned(Vec<Value>),
    /// A trap: its message, as the specification has it.
    Trapped(String),
    /// An exception that nobody caught.
    Thrown,
}

/// Why a directive failed.
pub(crate) type Problem = String;

/// Why a module was not defined.
pub(crate) enum Refusal {
    /// It is malformed or invalid.
    Module(String),
    /// For a reason that is none of the module's.
    Other(Problem),
}

impl Refusal {
    pub(crate) fn into_problem(self) -> Problem {
        let (Self::Module(text) | Self::Other(text)) = self;
        text
    }
}

/// Why an instance was not made.
pub(crate) enum LinkError {
    UnknownImport(String),
    IncompatibleImport(String),
    /// A segment or the start function trapped.
    Ended(Outcome),
    Other(Problem),
}

impl LinkError {
    pub(crate) fn into_problem(self) -> Problem {
        match self {
            Self::UnknownImport(text) | Self::IncompatibleImport(text) | Self::Other(text) => text,
            Self::Ended(Outcome::Trapped(message)) => format!("trapped: {message}"),
            Self::Ended(_) => "it threw an exception".into(),
        }
    }
}

/// Where scripts are run: makes a machine for each script and thread.
pub(crate) trait Machines: Sync {
    type Machine: Machine;

    fn machine(&self, part: Part) -> Result<Self::Machine, Problem>;
}

/// What a machine is for.
#[derive(Clone, Copy)]
pub(crate) enum Part {
    /// A script; none of its threads.
    Script,
    /// One of a script's threads, several of which run at the same time.
    Thread,
}

/// Modules and instances of one script, or of one of its threads. The module
/// `spectest` is there from the beginning.
pub(crate) trait Machine {
    type Module: Clone;
    type Instance: Clone;
    /// A memory that other threads may use.
    type Shared: Send;

    /// Decodes, validates and compiles.
    fn define(&mut self, bytes: Vec<u8>) -> Result<Self::Module, Refusal>;

    /// Imports come from instances that were registered.
    fn instantiate(&mut self, module: &Self::Module) -> Result<Self::Instance, LinkError>;

    /// Makes what an instance exports known under a name.
    fn register(&mut self, name: &str, instance: &Self::Instance) -> Result<(), Problem>;

    fn invoke(
        &mut self,
        instance: &Self::Instance,
        export: &str,
        arguments: &[Value],
    ) -> Result<Outcome, Problem>;

    /// Value of a global.
    fn get(&mut self, instance: &Self::Instance, export: &str) -> Result<Value, Problem>;

    /// The shared memories that an instance exports.
    fn shared(&self, instance: &Self::Instance) -> Result<Vec<(String, Self::Shared)>, Problem>;

    /// Shared memories of another thread, as something that exports them.
    fn adopt(&mut self, memories: Vec<(String, Self::Shared)>) -> Result<Self::Instance, Problem>;
}

pub(crate) fn no_export(name: &str) -> Problem {
    format!("no export \"{name}\"")
}
