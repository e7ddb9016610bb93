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
are left have to be the same, byte for byte. Where a program comes with a test
suite that can be run with an executable file, that is run with both as well.

`cargo xtask compatibility NAME` builds and runs a program again; its
description is `tests/programs/NAME/program.toml`.

| program | version | built by | runs like the native one | its own tests |
|---|---|---|---|---|
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
        let suite = match &found.suite {
            Some(suite) => format!("{} of {}", suite.passed, suite.native),
            None => "–".to_owned(),
        };
        let (name, version) = (&program.name, &found.version);
        line(
            &mut text,
            format_args!(
                "| {name} | {version} | {built} | {} of {total} | {suite} |",
                found.equal
            ),
        );
        details.push_str(&detail(program, found));
    }
    text.push_str(
        "\nThe tests that are counted are those that pass with the native program.\n\n\
         ## What is built and what differs\n",
    );
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
        if !program.build.emscripten.is_empty() {
            let settings = program.build.emscripten.join(" ");
            line(
                &mut text,
                format_args!("\nFor `wasmjit cc`, `$SETTINGS` is `{settings}`."),
            );
        }
    }
    let of_suite = found.suite.as_ref().map(|suite| &*suite.differences);
    let lists = [
        ("What differs", &*found.differences),
        (
            "What differs in its own tests",
            of_suite.unwrap_or_default(),
        ),
    ];
    if lists.iter().all(|(_, list)| list.is_empty()) {
        text.push_str("\nNothing differs.\n");
    }
    for (title, list) in lists {
        if !list.is_empty() {
            line(&mut text, format_args!("\n{title}:\n"));
        }
        for difference in list {
            let reason = difference.reason.as_deref().unwrap_or("not explained yet");
            line(&mut text, format_args!("- `{}`: {reason}", difference.case));
        }
    }
    text
}

fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    writeln!(text, "{arguments}").expect("a string can be written to");
}
