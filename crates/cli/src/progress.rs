//! A progress bar for compilations that take long.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use wasmjit::Progress;

/// How long a compilation may take without a word.
const PATIENCE: Duration = Duration::from_secs(1);

/// Shows a bar on standard error once the compilation takes long.
pub(crate) struct Bar {
    start: Instant,
    bar: OnceLock<ProgressBar>,
}

impl Bar {
    /// A bar, if standard error is a terminal.
    pub(crate) fn on_terminal() -> Option<Arc<dyn Progress>> {
        std::io::stderr().is_terminal().then(|| {
            let bar: Arc<dyn Progress> = Arc::new(Self {
                start: Instant::now(),
                bar: OnceLock::new(),
            });
            bar
        })
    }
}

impl Progress for Bar {
    fn compiled(&self, done: u32, total: u32) {
        if self.bar.get().is_none() && self.start.elapsed() < PATIENCE {
            return;
        }
        let bar = self.bar.get_or_init(|| {
            let style = ProgressStyle::with_template("compiling [{bar:40}] {pos}/{len} {eta}")
                .expect("the template is right")
                .progress_chars("=> ");
            ProgressBar::new(u64::from(total)).with_style(style)
        });
        bar.set_position(u64::from(done));
        if done == total {
            bar.finish_and_clear();
        }
    }
}
