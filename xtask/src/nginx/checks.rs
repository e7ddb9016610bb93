//! What is asked of a server that runs, one check a line.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};

use super::backend::{self, Backend};
use super::build::Programs;
use super::server::{self, Kind, Server, said};
use super::site::{LARGE, Site};
use super::{Load, life, load};
use crate::command::{End, output};

/// The server under test and what belongs to it.
pub(super) struct Bench {
    pub(super) programs: Programs,
    pub(super) site: Site,
    pub(super) load: Load,
    _backend: Backend,
    /// None before the start and after the end.
    pub(super) server: Option<Server>,
}

/// A check: its name, and what it does; the text tells more of what was seen.
type Check = (&'static str, fn(&mut Bench) -> Result<String>);

/// In this order, since each finds what those before have left.
const CHECKS: &[Check] = &[
    ("version and configuration test", configuration_test),
    ("starts as a daemon with two workers", start),
    ("workers wait by epoll", epoll),
    ("user directive", user),
    ("static files", static_files),
    ("conditional and partial requests", partial),
    ("errors and redirections", errors),
    ("a large file", large),
    ("kept connections", kept_connections),
    ("access log", access_log),
    ("gzip", gzip),
    ("rewriting by regular expressions", rewriting),
    ("shared memory of the workers", shared_memory),
    ("reverse proxy", proxy),
    ("a page in a browser", browser),
    ("load", load::requests),
    ("reload by -s", life::reload),
    ("reload by SIGHUP during a transfer", life::hang_up),
    ("a killed worker is replaced", life::killed_worker),
    ("logs are opened anew", life::reopen),
    ("-s quit waits for transfers", life::quit),
    ("SIGTERM ends it", life::terminate),
    ("sendfile and epoll in the trace", life::trace),
    ("speed beside the native server", load::speed),
];

impl Bench {
    pub(super) fn new(programs: Programs, load: Load) -> Result<Bench> {
        let site = Site::new(None)?;
        let backend = backend::start(site.backend_port())?;
        Ok(Bench {
            programs,
            site,
            load,
            _backend: backend,
            server: None,
        })
    }

    /// Runs all checks; how many failed.
    pub(super) fn run_all(&mut self) -> usize {
        let mut failed = 0;
        for (name, check) in CHECKS {
            let started = Instant::now();
            let result = check(self);
            let seconds = started.elapsed().as_secs_f64();
            match result {
                Ok(seen) => println!("passed   {name:<38} {seconds:5.1} s  {seen}"),
                Err(error) => {
                    failed += 1;
                    println!("FAILED   {name:<38} {seconds:5.1} s  {error:#}");
                }
            }
        }
        if failed > 0 {
            let log = self.site.log("error.log");
            let lines: Vec<&str> = log.lines().collect();
            println!("the end of the error log:");
            for line in &lines[lines.len().saturating_sub(30)..] {
                println!("  {line}");
            }
        }
        failed
    }

    /// The server that a check needs.
    pub(super) fn server(&self) -> Result<&Server> {
        self.server.as_ref().context("the server does not run")
    }

    /// Fetches a path with more of curl's options; what curl writes.
    pub(super) fn curl(&self, path: &str, options: &[&str]) -> Result<Vec<u8>> {
        curl(&self.site.url(path), options)
    }

    pub(super) fn text(&self, path: &str, options: &[&str]) -> Result<String> {
        Ok(String::from_utf8_lossy(&self.curl(path, options)?).into_owned())
    }

    /// The number of an answer.
    fn status(&self, path: &str, options: &[&str]) -> Result<String> {
        let all = [&["-o", "/dev/null", "-w", "%{http_code}"], options].concat();
        self.text(path, &all)
    }

    /// What the server counts, as `requests`.
    fn counted(&self) -> Result<Counters> {
        let text = self.text("/status", &[])?;
        let numbers: Vec<u64> = text
            .split_whitespace()
            .filter_map(|word| word.parse().ok())
            .collect();
        match numbers[..] {
            [
                active,
                accepted,
                handled,
                requests,
                reading,
                writing,
                waiting,
            ] => Ok(Counters {
                active,
                accepted,
                handled,
                requests,
                now: reading + writing + waiting,
            }),
            _ => bail!("no status: {text}"),
        }
    }
}

struct Counters {
    active: u64,
    accepted: u64,
    handled: u64,
    requests: u64,
    /// Reading, writing and waiting.
    now: u64,
}

/// Runs curl; an error if it fails.
pub(super) fn curl(url: &str, options: &[&str]) -> Result<Vec<u8>> {
    let result = Command::new("curl")
        .args(["-sS", "--max-time", "60"])
        .args(options)
        .arg(url)
        .stdin(Stdio::null())
        .output()
        .context("curl: `cargo xtask setup` installs it")?;
    if !result.status.success() {
        bail!("{}", String::from_utf8_lossy(&result.stderr).trim());
    }
    Ok(result.stdout)
}

fn configuration_test(bench: &mut Bench) -> Result<String> {
    let words = server::words(&bench.programs, Kind::Wasm)?;
    let run = |arguments: &[&str]| server::command(&words, bench.site.dir(), arguments);
    let version = said(&run(&["-v"])?);
    ensure!(version.contains("nginx/1.22.1"), "-v: {version}");
    let good = run(&["-t"])?;
    ensure!(
        good.end == End::Status(0) && said(&good).contains("test is successful"),
        "-t: {}",
        said(&good)
    );
    let path = bench.site.dir().join("nginx.conf");
    let text = fs::read_to_string(&path)?;
    fs::write(&path, text.replace("sendfile on", "sendfile perhaps"))?;
    let bad = run(&["-t"])?;
    fs::write(&path, text)?;
    ensure!(
        bad.end == End::Status(1) && said(&bad).contains("invalid value \"perhaps\""),
        "-t with a mistake: {}",
        said(&bad)
    );
    Ok("1.22.1".to_owned())
}

fn start(bench: &mut Bench) -> Result<String> {
    let server = Server::start(&bench.programs, Kind::Wasm, &bench.site)?;
    let workers = server.new_workers(&BTreeSet::new())?;
    let seen = format!("master {}, workers {workers:?}", server.master());
    bench.server = Some(server);
    Ok(seen)
}

fn epoll(bench: &mut Bench) -> Result<String> {
    for worker in bench.server()?.workers() {
        let has = server::descriptors(worker)?;
        ensure!(
            has.iter().any(|link| link.contains("eventpoll")),
            "process {worker} has no epoll: {has:?}"
        );
    }
    let log = bench.site.log("error.log");
    ensure!(log.contains("using the \"epoll\" event method"), "{log}");
    Ok(String::new())
}

fn user(bench: &mut Bench) -> Result<String> {
    let server = bench.server()?;
    let Some(user) = bench.site.user() else {
        return Ok("not root: workers have the same user".to_owned());
    };
    let wanted = format!("{user}\t{user}\t{user}\t{user}");
    for worker in server.workers() {
        let has = server::status_line(worker, "Uid:")?;
        ensure!(has == wanted, "worker {worker} is {has}");
    }
    let master = server::status_line(server.master(), "Uid:")?;
    ensure!(master.starts_with("0\t"), "the master is {master}");
    Ok(format!("workers are user {user}"))
}

fn static_files(bench: &mut Bench) -> Result<String> {
    for name in ["index.html", "style.css", "prose.txt", "folder/index.html"] {
        let got = bench.curl(&format!("/{name}"), &[])?;
        ensure!(got == bench.site.file(name)?, "{name} differs");
    }
    ensure!(bench.curl("/folder/", &[])? == bench.site.file("folder/index.html")?);
    let head = bench.text("/style.css", &["-I"])?;
    for line in [
        "HTTP/1.1 200 OK",
        "Server: nginx/1.22.1",
        "Content-Type: text/css",
    ] {
        ensure!(head.contains(line), "no {line} in {head}");
    }
    Ok(String::new())
}

fn partial(bench: &mut Bench) -> Result<String> {
    let file = bench.site.file("large.bin")?;
    let part = bench.curl("/large.bin", &["-r", "1000000-1999999"])?;
    ensure!(part == file[1_000_000..2_000_000], "a range differs");
    let last = bench.curl("/large.bin", &["-r", "-10"])?;
    ensure!(last == file[LARGE - 10..], "the last bytes differ");
    let beyond = bench.status("/style.css", &["-r", "5000-"])?;
    ensure!(beyond == "416", "beyond the end: {beyond}");
    let head = bench.text("/style.css", &["-I"])?;
    let tag = head.lines().find_map(|line| line.strip_prefix("ETag: "));
    let condition = format!("If-None-Match: {}", tag.context("no ETag")?.trim());
    let known = bench.status("/style.css", &["-H", &condition])?;
    ensure!(known == "304", "a known file: {known}");
    Ok(String::new())
}

fn errors(bench: &mut Bench) -> Result<String> {
    let cases: [(&str, &[&str], &str); 5] = [
        ("/missing", &[], "404"),
        ("/folder", &[], "301"),
        ("/style.css", &["-X", "POST"], "405"),
        ("/../../etc/passwd", &["--path-as-is"], "400"),
        ("/nowhere/", &[], "502"),
    ];
    for (path, options, wanted) in cases {
        let got = bench.status(path, options)?;
        ensure!(got == wanted, "{path}: {got} instead of {wanted}");
    }
    Ok(String::new())
}

fn large(bench: &mut Bench) -> Result<String> {
    let file = bench.site.file("large.bin")?;
    for _ in 0..3 {
        let got = bench.curl("/large.bin", &[])?;
        ensure!(got == file, "the file differs");
    }
    Ok(format!("{} MiB, three times", LARGE >> 20))
}

fn kept_connections(bench: &mut Bench) -> Result<String> {
    let url = bench.site.url("/index.html");
    let options = [
        "-o",
        "/dev/null",
        "-w",
        "%{num_connects}\n",
        &url,
        "-o",
        "/dev/null",
        &url,
        "-o",
        "/dev/null",
    ];
    let connects = bench.text("/style.css", &options)?;
    let sum: u32 = connects
        .lines()
        .filter_map(|line| line.parse::<u32>().ok())
        .sum();
    ensure!(
        connects.lines().count() == 3 && sum == 1,
        "connects: {connects}"
    );
    Ok("three requests, one connection".to_owned())
}

fn access_log(bench: &mut Bench) -> Result<String> {
    for number in 0..20 {
        bench.curl(&format!("/index.html?logged={number}"), &["-A", "check"])?;
    }
    let log = bench.site.log("access.log");
    for number in 0..20 {
        let request =
            format!("\"GET /index.html?logged={number} HTTP/1.1\" 200 50 \"-\" \"check\"");
        let lines = log.lines().filter(|line| line.contains(&request)).count();
        ensure!(lines == 1, "{lines} lines with {request}");
    }
    Ok(String::new())
}

fn gzip(bench: &mut Bench) -> Result<String> {
    let file = bench.site.file("prose.txt")?;
    let options = ["-H", "Accept-Encoding: gzip"];
    let packed = bench.curl("/prose.txt", &options)?;
    ensure!(packed.starts_with(&[0x1f, 0x8b]), "it is not compressed");
    let unpacked = bench.curl("/prose.txt", &["--compressed"])?;
    ensure!(unpacked == file, "it differs when unpacked");
    Ok(format!("{} bytes to {}", file.len(), packed.len()))
}

fn rewriting(bench: &mut Bench) -> Result<String> {
    let page = bench.curl("/old/page.htm", &[])?;
    ensure!(
        page == bench.site.file("page.html")?,
        "/old/page.htm differs"
    );
    let words = bench.text("/words/seven-42", &[])?;
    ensure!(words == "seven and 42\n", "named groups: {words}");
    let other = bench.status("/words/seven-4", &[])?;
    ensure!(other == "404", "what does not match: {other}");
    let moved = bench.text(
        "/moved/style.css",
        &["-o", "/dev/null", "-w", "%{redirect_url}"],
    )?;
    ensure!(moved == bench.site.url("/style.css"), "moved to {moved}");
    Ok(String::new())
}

/// Counters and zones are in memory that the workers share.
fn shared_memory(bench: &mut Bench) -> Result<String> {
    let before = bench.counted()?;
    for _ in 0..50 {
        bench.curl("/index.html", &[])?;
    }
    let after = bench.counted()?;
    // The two requests for the counters are among them.
    let (requests, accepted) = (
        after.requests - before.requests,
        after.accepted - before.accepted,
    );
    ensure!(
        requests == 51 && accepted == 51,
        "{requests} requests, {accepted} connections"
    );
    ensure!(after.handled == after.accepted, "{} handled", after.handled);
    let limited: Vec<String> = (0..10)
        .map(|_| bench.status("/limited", &[]))
        .collect::<Result<_>>()?;
    let served = limited.iter().filter(|status| *status == "200").count();
    ensure!(
        served == 1,
        "a request a minute, and these were answered: {limited:?}"
    );
    Ok("counters, and a zone for limits".to_owned())
}

fn proxy(bench: &mut Bench) -> Result<String> {
    let answer = bench.text("/backend/some?query", &[])?;
    ensure!(answer == "backend: GET /some?query HTTP/1.1\n", "{answer}");
    // More than the buffers hold, there and back.
    let body = bench.site.dir().join("html/large.bin");
    let data = format!("@{}", body.display());
    let options = ["-H", "Expect:", "-r", "0-", "--data-binary", &data];
    let refused = bench.status("/backend/echo", &options)?;
    ensure!(refused == "413", "more than is allowed: {refused}");
    let part = bench.site.dir().join("part");
    fs::write(&part, &bench.site.file("large.bin")?[..8 << 20])?;
    let data = format!("@{}", part.display());
    let echo = bench.curl("/backend/echo", &["--data-binary", &data])?;
    ensure!(
        echo == fs::read(&part)?,
        "8 MiB differ after the way there and back"
    );
    Ok("8 MiB there and back".to_owned())
}

/// A browser runs the page's script, which measures what the style sheet says and
/// fetches something from the other server.
fn browser(bench: &mut Bench) -> Result<String> {
    let names = ["chromium-headless-shell", "chromium"];
    let found = names
        .iter()
        .find(|name| crate::command::succeeds(Command::new(name).arg("--version")));
    let name = found.context("there is no browser: apt install chromium-headless-shell")?;
    let profile = bench.site.dir().join("profile");
    let picture = bench.site.dir().join("page.png");
    let run = |what: &str| {
        let mut command = Command::new(name);
        command
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--in-process-gpu",
                "--virtual-time-budget=20000",
            ])
            .arg(format!("--user-data-dir={}", profile.display()))
            .arg(what)
            .arg(bench.site.url("/page.html"));
        output(&mut command)
    };
    let page = run("--dump-dom")?;
    for text in ["width 321", "backend: GET /from-page HTTP/1.1"] {
        ensure!(page.contains(text), "no \"{text}\" in {page}");
    }
    run(&format!("--screenshot={}", picture.display()))?;
    let bytes = fs::read(&picture)?;
    ensure!(bytes.starts_with(b"\x89PNG"), "the picture is none");
    Ok((*name).to_owned())
}

/// All connections have ended, and the workers agree about it.
pub(super) fn counters_agree(bench: &Bench) -> Result<()> {
    server::wait_for("only our own connection", || {
        let counted = bench.counted().ok()?;
        (counted.active == 1 && counted.now == 1 && counted.accepted == counted.handled)
            .then_some(())
    })
}
