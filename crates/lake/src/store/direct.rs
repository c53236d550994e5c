//! Large files, written past the page cache: see `RealFs` of the log for what a buffered write costs.
//! Who reads the file brings into the cache what it needs of it.

use aligned_vec::{AVec, ConstAlign};
use object_store::PutPayload;
use rustix::fs::{FallocateFlags, OFlags, fallocate};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Files of fewer bytes are written the usual way: they are read again soon, or cost little.
pub(super) const BYTES_MIN: usize = 1 << 20;
const PAGE_BYTES: usize = 4096;
/// Bytes of one write: no more memory than this is used.
const PIECE_BYTES: usize = 2 << 20;

type Piece = AVec<u8, ConstAlign<PAGE_BYTES>>;

/// Writes `payload` as the file at `path`, whole or not at all, and syncs the file, not its directory.
/// `false`: this file system does not do that, and nothing is written.
pub(super) fn write(path: &Path, payload: &PutPayload) -> io::Result<bool> {
    let staged = staged(path);
    let written = create(&staged).and_then(|file| fill(&file, payload));
    match written.and_then(|()| fs::rename(&staged, path)) {
        Ok(()) => Ok(true),
        Err(error) => {
            // What is left of it is not listed and is overwritten by the next attempt.
            let _ = fs::remove_file(&staged);
            let unable = matches!(
                error.kind(),
                io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported
            );
            if unable { Ok(false) } else { Err(error) }
        }
    }
}

/// Where the store keeps a file that is not whole yet: it does not list such names.
fn staged(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("#0");
    name.into()
}

/// Deletes what writes that were cut off, by this and by the store's own way, left below a folder: nobody
/// lists it. Nothing may be written there meanwhile. Returns how many files went.
pub(super) fn forget_staged(dir: &Path) -> io::Result<u64> {
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        entries => entries?,
    };
    let (mut gone, mut inside) = (0, 0);
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            inside += forget_staged(&entry.path())?;
        } else if is_staged(&entry.file_name().to_string_lossy()) {
            fs::remove_file(entry.path())?;
            gone += 1;
        }
    }
    if gone > 0 {
        File::open(dir)?.sync_all()?;
    }
    Ok(gone + inside)
}

/// Whether a file is not whole yet: a `#` in the name of an object is stored in another form.
fn is_staged(name: &str) -> bool {
    let number = name.rsplit_once('#').map(|(_, number)| number);
    number.is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

fn create(path: &Path) -> io::Result<File> {
    let open = || {
        let flags = i32::try_from(OFlags::DIRECT.bits()).unwrap_or(0);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        options.custom_flags(flags).open(path)
    };
    match (open(), path.parent()) {
        (Err(error), Some(dir)) if error.kind() == io::ErrorKind::NotFound => {
            fs::create_dir_all(dir)?;
            open()
        }
        (opened, _) => opened,
    }
}

fn fill(file: &File, payload: &PutPayload) -> io::Result<()> {
    let bytes = payload.content_length() as u64;
    // Space in one go lies in one place; without it the writes find out themselves.
    let _ = fallocate(file, FallocateFlags::empty(), 0, bytes);
    let mut piece = Piece::with_capacity(0, PIECE_BYTES);
    let mut offset = 0;
    for mut chunk in payload.iter().map(|chunk| &chunk[..]) {
        while !chunk.is_empty() {
            let (head, rest) = chunk.split_at(chunk.len().min(PIECE_BYTES - piece.len()));
            piece.extend_from_slice(head);
            chunk = rest;
            if piece.len() == PIECE_BYTES {
                file.write_all_at(&piece, offset)?;
                offset += PIECE_BYTES as u64;
                piece.clear();
            }
        }
    }
    piece.resize(piece.len().next_multiple_of(PAGE_BYTES), 0);
    file.write_all_at(&piece, offset)?;
    file.set_len(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    #[test]
    fn what_was_never_whole_is_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        let deep = dir.path().join("m/day=1");
        fs::create_dir_all(&deep).unwrap();
        let names = [
            "a.parquet",
            "a.parquet#0",
            "b.parquet#12",
            "c#",
            "d#x1",
            "e",
        ];
        for name in names {
            fs::write(deep.join(name), name).unwrap();
        }
        fs::write(dir.path().join("m/00.json#1"), "").unwrap();
        assert_eq!(forget_staged(&dir.path().join("m")).unwrap(), 3);
        let left = fs::read_dir(&deep).unwrap().map(|e| e.unwrap().file_name());
        let mut left: Vec<_> = left.map(|n| n.into_string().unwrap()).collect();
        left.sort();
        assert_eq!(left, ["a.parquet", "c#", "d#x1", "e"]);
        assert_eq!(forget_staged(&dir.path().join("absent")).unwrap(), 0);
    }

    #[test]
    fn files_of_any_length_arrive_as_given() {
        let temp = tempfile::tempdir().unwrap();
        for (number, lengths) in [
            vec![0],
            vec![1],
            vec![PAGE_BYTES],
            vec![PIECE_BYTES],
            vec![PIECE_BYTES + 1, 7, 2 * PIECE_BYTES],
            vec![3, 5 * PIECE_BYTES - 3],
        ]
        .into_iter()
        .enumerate()
        {
            let path = temp.path().join(format!("a/{number}/file"));
            let mut whole = Vec::new();
            let chunks = lengths.iter().enumerate().map(|(at, &length)| {
                let chunk: Vec<u8> = (0..length).map(|i| (i * 31 + at) as u8).collect();
                whole.extend_from_slice(&chunk);
                Bytes::from(chunk)
            });
            let payload = PutPayload::from_iter(chunks);
            // Twice: what was there is replaced.
            for _ in 0..2 {
                if !write(&path, &payload).unwrap() {
                    fs::write(&path, &whole).unwrap();
                }
                assert!(fs::read(&path).unwrap() == whole, "{lengths:?}");
            }
            let names = fs::read_dir(path.parent().unwrap()).unwrap().count();
            assert_eq!(names, 1);
        }
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_an_error() {
        let temp = tempfile::tempdir().unwrap();
        fs::write(temp.path().join("file"), "").unwrap();
        let payload = PutPayload::from_static(b"x");
        assert!(write(&temp.path().join("file/below"), &payload).is_err());
    }
}
