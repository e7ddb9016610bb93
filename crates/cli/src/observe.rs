//! Everything that watches a program while it runs: traces, profiles.

use crate::args::Run;
use crate::failure::Failure;
use crate::profile::{All, CallNames, Functions, PerfDump, PerfMap, Profile};
use crate::strace::{self, Tracing};
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use wasmjit::Module;
use wasmjit_posix::Trace;

/// What the options ask for. Whoever comes first ends it: the process's first
/// thread, or another that ends the process in its place. Copies of the process,
/// which the program makes, end nothing; perf wants files of their own from them.
#[derive(Clone)]
pub(crate) struct Observers {
    parts: Arc<Mutex<Option<Parts>>>,
    /// The process whose they are.
    process: u32,
}

struct Parts {
    tracing: Option<Tracing>,
    profile: Option<Profile>,
    map: Option<PerfMap>,
    dump: Option<PerfDump>,
}

impl Observers {
    /// Begins; files are opened now, since later that may not be allowed.
    pub(crate) fn start(options: &Run) -> Result<Self, Failure> {
        let profiling = &options.profiling;
        let tracing = strace::begin(&options.tracing)?;
        let profile = profiling.profile.as_deref().map(Profile::start);
        let map = profiling.perf_map.then(PerfMap::create);
        let dump = profiling.jitdump.then(PerfDump::create);
        let parts = Parts {
            tracing,
            profile: profile.transpose()?,
            map: map.transpose()?,
            dump: dump.transpose()?,
        };
        Ok(Self {
            parts: Arc::new(Mutex::new(Some(parts))),
            process: std::process::id(),
        })
    }

    fn parts(&self) -> MutexGuard<'_, Option<Parts>> {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this is a copy of the process that they were started in.
    pub(crate) fn are_copies(&self) -> bool {
        std::process::id() != self.process
    }

    /// Where a trace goes, to be passed on to children.
    pub(crate) fn trace_descriptor(&self) -> Option<i32> {
        self.parts().as_ref()?.tracing.as_ref()?.descriptor()
    }

    /// What has to be told of calls, if anything.
    pub(crate) fn tracer(&self) -> Option<Arc<dyn Trace>> {
        let parts = self.parts();
        let Parts {
            tracing, profile, ..
        } = parts.as_ref()?;
        let mut all: Vec<Arc<dyn Trace>> = Vec::new();
        all.extend(tracing.as_ref().map(|tracing| tracing.tracer.clone()));
        if profile.is_some() {
            all.push(Arc::new(CallNames));
        }
        match all.len() {
            0 | 1 => all.pop(),
            _ => Some(Arc::new(All(all))),
        }
    }

    /// Writes what there is to write when the program has ended.
    pub(crate) fn finish(&self, program: &Path, module: &Module) {
        let Some(parts) = self.parts().take() else {
            return;
        };
        let finished = match self.are_copies() {
            true => parts.finish_copy(module),
            false => parts.finish(program, module),
        };
        if let Err(failure) = finished {
            // The program has run all the same, and ends as it ended.
            let _ = writeln!(std::io::stderr(), "wasmjit: {failure}");
        }
    }
}

impl Parts {
    fn finish(self, program: &Path, module: &Module) -> Result<(), Failure> {
        if let Some(tracing) = self.tracing {
            tracing.end();
        }
        if let Some(profile) = self.profile {
            profile.finish(module, program)?;
        }
        Self::name_functions(self.map, self.dump, module)
    }

    /// At the end of a copy of the process: perf looks for names by the process's
    /// number.
    fn finish_copy(self, module: &Module) -> Result<(), Failure> {
        let map = self.map.map(|_| PerfMap::create()).transpose()?;
        let dump = self.dump.map(|dump| dump.of_copy()).transpose()?;
        Self::name_functions(map, dump, module)
    }

    fn name_functions(
        map: Option<PerfMap>,
        dump: Option<PerfDump>,
        module: &Module,
    ) -> Result<(), Failure> {
        if map.is_some() || dump.is_some() {
            let functions = Functions::of(module);
            map.map_or(Ok(()), |map| map.write(&functions))?;
            dump.map_or(Ok(()), |dump| dump.write(&functions))?;
        }
        Ok(())
    }
}
