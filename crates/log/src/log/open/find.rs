//! Which files belong to the log, and which log it is.

use crate::error::{Error, IoContext, Result};
use crate::frame::{self, SEGMENT_HEADER_BYTES, SegmentHeader, array};
use crate::fs::{Access, Fs, read_full};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

pub(super) const ID_NAME: &str = "log.id";
const ID_MAGIC: &[u8; 8] = b"candlgid";

/// A segment file as found.
pub(super) struct Found {
    pub(super) number: u64,
    /// The number in its name.
    pub(super) named: u64,
    pub(super) path: PathBuf,
    pub(super) name: String,
    pub(super) header: Option<SegmentHeader>,
}

pub(super) fn find_segments<F: Fs>(fs: &F, dir: &Path, names: &[String]) -> Result<Vec<Found>> {
    let mut found = Vec::new();
    for name in names {
        let number = name
            .strip_prefix("segment-")
            .and_then(|n| n.strip_suffix(".log"));
        let Some(named) = number.and_then(|n| n.parse().ok()) else {
            continue;
        };
        let path = dir.join(name);
        let file = fs.open(&path, Access::Read).doing("open", &path)?;
        let mut bytes = [0; SEGMENT_HEADER_BYTES as usize];
        read_full(&file, &mut bytes, 0).doing("read", &path)?;
        let header = SegmentHeader::decode(&bytes);
        if let Some(SegmentHeader { version, .. }) = header.filter(|h| h.version > frame::VERSION) {
            return Err(Error::Version {
                path,
                version,
                version_max: frame::VERSION,
            });
        }
        let number = header.map_or(named, |header| header.number);
        found.push(Found {
            number,
            named,
            path,
            name: name.clone(),
            header,
        });
    }
    Ok(found)
}

/// The uuid of the log in `dir`, if there is one.
pub(crate) fn peek_uuid<F: Fs>(fs: &F, dir: &Path) -> Result<Option<[u8; 16]>> {
    fs.create_dir(dir).doing("create", dir)?;
    let names = fs.list(dir).doing("list", dir)?;
    Ok(elect_uuid(
        &find_segments(fs, dir, &names)?,
        read_id(fs, dir)?,
    ))
}

pub(super) fn encode_id(uuid: &[u8; 16]) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(ID_MAGIC);
    bytes[8..24].copy_from_slice(uuid);
    let crc = crc32c::crc32c(&bytes[..24]);
    bytes[24..28].copy_from_slice(&crc.to_le_bytes());
    bytes
}

pub(super) fn read_id<F: Fs>(fs: &F, dir: &Path) -> Result<Option<[u8; 16]>> {
    let path = dir.join(ID_NAME);
    let file = match fs.open(&path, Access::Read) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        file => file.doing("open", &path)?,
    };
    let mut bytes = [0; 32];
    read_full(&file, &mut bytes, 0).doing("read", &path)?;
    let uuid = array(&bytes, 8);
    Ok((encode_id(&uuid) == bytes).then_some(uuid))
}

/// The uuid that most of the headers and the id file name.
pub(super) fn elect_uuid(found: &[Found], id: Option<[u8; 16]>) -> Option<[u8; 16]> {
    let mut votes: HashMap<[u8; 16], usize> = HashMap::new();
    for uuid in found
        .iter()
        .filter_map(|s| s.header.map(|h| h.uuid))
        .chain(id)
    {
        *votes.entry(uuid).or_default() += 1;
    }
    votes
        .into_iter()
        .max_by_key(|(uuid, count)| (*count, Some(*uuid) == id, *uuid))
        .map(|v| v.0)
}
