//! The other server, for which nginx is a proxy.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use anyhow::Result;

/// Answers requests on threads of this process until it is dropped.
pub(super) struct Backend {
    port: u16,
    ends: Arc<AtomicBool>,
}

/// Starts it.
pub(super) fn start(port: u16) -> Result<Backend> {
    let listener = TcpListener::bind(("127.0.0.1", port))?;
    let ends = Arc::new(AtomicBool::new(false));
    let seen = ends.clone();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            if seen.load(Ordering::Relaxed) {
                return;
            }
            // A client that goes away is no failure of the server's.
            thread::spawn(move || serve(stream).ok());
        }
    });
    Ok(Backend { port, ends })
}

impl Drop for Backend {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        // So that it looks.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

/// Answers the requests of one connection: a `POST` with what it brings, all else
/// with its first line.
fn serve(stream: TcpStream) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut writer = stream;
    loop {
        let mut first = String::new();
        if reader.read_line(&mut first)? == 0 {
            return Ok(());
        }
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 || line == "\r\n" {
                break;
            }
            let header = line.to_ascii_lowercase();
            if let Some(value) = header.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        if !first.starts_with("POST") {
            body = format!("backend: {}\n", first.trim_end()).into_bytes();
        }
        let mut answer = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n",
            body.len()
        )
        .into_bytes();
        answer.extend(body);
        writer.write_all(&answer)?;
    }
}
