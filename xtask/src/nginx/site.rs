//! The folder that a server runs in: its configuration and what it serves.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::Result;

use crate::command::output;

/// Bytes of the large file.
pub(super) const LARGE: usize = 64 << 20;

/// A folder for one server, removed when it is dropped.
pub(super) struct Site {
    dir: PathBuf,
    port: u16,
    backend: u16,
    /// The user whom workers become; none where we are not root.
    user: Option<(String, u32)>,
}

impl Site {
    /// Makes a folder with everything in it.
    pub(super) fn new(port: Option<u16>) -> Result<Site> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        // Not in the user's own folders: the workers' user has to reach it.
        let name = format!("wasmjit-nginx-{}-{number}", std::process::id());
        let dir = std::env::temp_dir().join(name);
        fs::create_dir(&dir)?;
        let site = Site {
            port: match port {
                Some(port) => port,
                None => free_port()?,
            },
            backend: free_port()?,
            user: other_user()?,
            dir,
        };
        for folder in ["html", "html/folder", "logs", "temp"] {
            let path = site.dir.join(folder);
            fs::create_dir(&path)?;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
        }
        fs::set_permissions(&site.dir, fs::Permissions::from_mode(0o755))?;
        for (name, content) in FILES {
            fs::write(site.dir.join("html").join(name), content)?;
        }
        fs::write(site.dir.join("html/prose.txt"), prose(200_000))?;
        fs::write(site.dir.join("html/large.bin"), noise(LARGE))?;
        site.configure("first")?;
        Ok(site)
    }

    /// Writes the configuration, which differs in one answer.
    pub(super) fn configure(&self, answer: &str) -> Result<()> {
        let user = match &self.user {
            Some((name, _)) => format!("user {name} {};", group_of(name)?),
            None => String::new(),
        };
        let text = CONFIGURATION
            .replace("@USER@", &user)
            .replace("@ANSWER@", answer)
            .replace("@PORT@", &self.port.to_string())
            .replace("@BACKEND@", &self.backend.to_string());
        Ok(fs::write(self.dir.join("nginx.conf"), text)?)
    }

    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn backend_port(&self) -> u16 {
        self.backend
    }

    /// The number of the workers' user.
    pub(super) fn user(&self) -> Option<u32> {
        self.user.as_ref().map(|&(_, number)| number)
    }

    /// What a file of the site holds.
    pub(super) fn file(&self, name: &str) -> Result<Vec<u8>> {
        Ok(fs::read(self.dir.join("html").join(name))?)
    }

    /// One of the logs.
    pub(super) fn log(&self, name: &str) -> String {
        let text = fs::read(self.dir.join("logs").join(name)).unwrap_or_default();
        String::from_utf8_lossy(&text).into_owned()
    }

    /// Address of a path at the server.
    pub(super) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        // What is left of it is in nobody's way.
        let _ = fs::remove_dir_all(&self.dir);
    }
}

/// A port that nobody listens at now.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// `nobody`, if this process may become it.
fn other_user() -> Result<Option<(String, u32)>> {
    if output(Command::new("id").arg("-u"))?.trim() != "0" {
        return Ok(None);
    }
    let number = output(Command::new("id").args(["-u", "nobody"]))?;
    Ok(Some(("nobody".to_owned(), number.trim().parse()?)))
}

fn group_of(user: &str) -> Result<String> {
    Ok(output(Command::new("id").args(["-gn", user]))?
        .trim()
        .to_owned())
}

/// Bytes without a pattern, always the same.
fn noise(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    blake3::Hasher::new().finalize_xof().fill(&mut bytes);
    bytes
}

/// Text that can be compressed.
fn prose(length: usize) -> Vec<u8> {
    let words = [
        "the", "server", "of", "pages", "reads", "and", "sends", "what", "is", "there",
    ];
    let mut state = 1u32;
    let mut text = String::new();
    while text.len() < length {
        state = state.wrapping_mul(1_103_515_245).wrapping_add(12345);
        text.push_str(words[(state >> 16) as usize % words.len()]);
        text.push(if state >> 28 == 0 { '\n' } else { ' ' });
    }
    text.into_bytes()
}

const FILES: [(&str, &str); 5] = [
    (
        "index.html",
        "<!doctype html><title>wasmjit</title><p>It works.\n",
    ),
    ("folder/index.html", "<!doctype html><p>A folder.\n"),
    (
        "style.css",
        "body { margin: 0 }\n#styled { width: 321px; color: rgb(1, 2, 3) }\n",
    ),
    (
        "page.html",
        "<!doctype html><html><head><meta charset=utf-8><title>Page</title>\n\
         <link rel=stylesheet href=style.css></head><body>\n\
         <p id=styled>…</p><p id=fetched>…</p><script src=script.js></script></body></html>\n",
    ),
    (
        "script.js",
        "const styled = document.getElementById('styled');\n\
         const fetched = document.getElementById('fetched');\n\
         onload = async () => {\n\
           styled.textContent = 'width ' + styled.offsetWidth;\n\
           const answer = await fetch('/backend/from-page');\n\
           fetched.textContent = (await answer.text()).trim();\n\
         };\n",
    ),
];

const CONFIGURATION: &str = r#"@USER@
worker_processes 2;
pid logs/nginx.pid;
error_log logs/error.log notice;

events {
    use epoll;
    worker_connections 512;
}

http {
    types {
        text/html html;
        text/css css;
        text/plain txt;
        application/javascript js;
    }
    default_type application/octet-stream;
    access_log logs/access.log;
    client_body_temp_path temp/body;
    client_max_body_size 32m;
    proxy_temp_path temp/proxy;
    fastcgi_temp_path temp/fastcgi;
    uwsgi_temp_path temp/uwsgi;
    scgi_temp_path temp/scgi;

    sendfile on;
    tcp_nopush on;
    keepalive_timeout 60;
    keepalive_requests 1000000;

    gzip on;
    gzip_min_length 100;
    gzip_types text/plain application/javascript;

    limit_req_zone $binary_remote_addr zone=slow:1m rate=1r/m;

    upstream backend {
        server 127.0.0.1:@BACKEND@;
        keepalive 16;
    }

    server {
        listen 127.0.0.1:@PORT@;
        root html;

        location = /version {
            return 200 "@ANSWER@\n";
        }
        location = /status {
            access_log off;
            stub_status;
        }
        location = /limited {
            limit_req zone=slow;
            try_files /index.html =404;
        }
        location ~ "^/words/(?<first>[a-z]+)-(\d{2,})$" {
            return 200 "$first and $2\n";
        }
        rewrite ^/old/([a-z]+)\.htm$ /$1.html last;
        rewrite ^/moved/(.*)$ /$1 permanent;

        location /backend/ {
            proxy_pass http://backend/;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }
        location /nowhere/ {
            proxy_pass http://127.0.0.1:1/;
        }
    }
}
"#;
