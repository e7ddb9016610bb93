//! The text of docs/compatibility.md.

use std::fmt::Write;

use super::results::{Outcome, Results};
use crate::programs::recipe::Program;

const HEAD: &str = "\
# Compatibility

<!-- Written by `cargo xtask compatibility`. -->

Other people's programs, from Debian's source packages and without any change,
built twice: natively, and by `wasmjit cc`. Both are run with the same files and
arguments, and standard output, standard error, exit status and all files that
are left have to be the same, byte for byte.

`cargo xtask compatibility NAME` builds and runs a program again; its
description is `tests/programs/NAME/program.toml`.

| program | version | built by | runs like the native one |
|---|---|---|---|
";

/// Writes the document.
pub(super) fn write(programs: &[Program], results: &Results) -> String {
    let mut text = HEAD.to_owned();
    let mut details = String::new();
    for program in programs {
        let Some(found) = results.program(&program.name) else {
            continue;
        };
        let built = match &program.build.script {
            Some(_) => "its own build system",
            None => "a list of its files",
        };
        let total = found.equal + found.differences.len();
        let (name, version) = (&program.name, &found.version);
        line(
            &mut text,
            format_args!(
                "| {name} | {version} | {built} | {} of {total} |",
                found.equal
            ),
        );
        details.push_str(&detail(program, found));
    }
    text.push_str("\n## What is built and what differs\n");
    text + &details
}

/// The chapter on a program.
fn detail(program: &Program, found: &Outcome) -> String {
    let mut text = format!("\n### {}\n\n{}.\n", program.name, program.description);
    if let Some(script) = &program.build.script {
        let commands = program.build.prepare.iter().chain([script]);
        text.push_str("\n```sh\n");
        for command in commands {
            line(&mut text, format_args!("{}", command.trim()));
        }
        text.push_str("```\n");
    }
    if found.differences.is_empty() {
        text.push_str("\nNothing differs.\n");
        return text;
    }
    text.push_str("\nWhat differs:\n\n");
    for difference in &found.differences {
        let reason = difference.reason.as_deref().unwrap_or("not explained yet");
        line(&mut text, format_args!("- `{}`: {reason}", difference.case));
    }
    text
}

fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    writeln!(text, "{arguments}").expect("a string can be written to");
}
