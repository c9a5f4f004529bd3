//! Callers that keep their connection, each a thread.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};

/// A request by its number, as method, path and body.
pub type Ask<'a> = &'a (dyn Fn(u32) -> (&'static str, String, String) + Sync);

/// How many requests a second so many callers get answered with `wanted`, each `each` of
/// them.
pub fn per_s(
    address: SocketAddr,
    callers: u32,
    each: u32,
    ask: Ask<'_>,
    wanted: &str,
) -> Result<f64> {
    let began = Instant::now();
    std::thread::scope(|scope| {
        let start = |caller| scope.spawn(move || call(address, caller * each, each, ask, wanted));
        let started: Vec<_> = (0..callers).map(start).collect();
        started
            .into_iter()
            .try_for_each(|one| one.join().expect("no panic"))
    })?;
    Ok(f64::from(callers * each) / began.elapsed().as_secs_f64())
}

fn call(address: SocketAddr, first: u32, each: u32, ask: Ask<'_>, wanted: &str) -> Result<()> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let mut replies = BufReader::new(stream.try_clone()?);
    for number in first..first + each {
        let (method, path, body) = ask(number);
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes())?;
        let status = read(&mut replies)?;
        ensure!(status.contains(wanted), "{path} {body}: {status}");
    }
    Ok(())
}

/// Reads one reply, and answers its first line.
fn read(replies: &mut BufReader<TcpStream>) -> Result<String> {
    let (mut status, mut length) = (String::new(), 0);
    replies.read_line(&mut status)?;
    loop {
        let mut header = String::new();
        replies.read_line(&mut header)?;
        if header.trim().is_empty() {
            break;
        }
        if let Some(told) = header.strip_prefix("content-length:") {
            length = told.trim().parse().context("a length")?;
        }
    }
    replies.read_exact(&mut vec![0; length])?;
    Ok(status)
}
