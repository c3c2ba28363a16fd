//! Small files, read whole.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::runtime;

/// At most `limit` bytes; a larger file is an error.
pub(super) async fn read(path: PathBuf, limit: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    runtime::blocking(move || read_now(&path, limit))
        .await
        .unwrap_or_else(|_| Err(io::Error::other("the reading thread has died")))
}

fn read_now(path: &Path, limit: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    // Opening a pipe would wait for its writer.
    let about = std::fs::metadata(path)?;
    let refuse = |problem: String| Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
    if !about.is_file() {
        return refuse("it is not a file".to_owned());
    }
    if about.len() > limit as u64 {
        return refuse(format!("it is larger than {limit} bytes"));
    }
    // Reserved in one piece: growing would leave copies behind.
    let mut content = Zeroizing::new(Vec::with_capacity(limit + 1));
    File::open(path)?
        .take(limit as u64 + 1)
        .read_to_end(&mut content)?;
    if content.len() > limit {
        return refuse(format!("it is larger than {limit} bytes"));
    }
    Ok(content)
}
