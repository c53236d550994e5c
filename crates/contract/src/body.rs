//! Compressed bodies, unpacked within bounds.

use std::io::Read;

/// Why a body could not be unpacked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// A `Content-Encoding` other than `gzip`, `zstd` and `identity`.
    #[error("the body's encoding `{0}` is not known; use gzip, zstd or none")]
    UnknownEncoding(String),
    /// The compressed bytes are damaged or cut short.
    #[error("the body is not valid {encoding}: {reason}")]
    Damaged {
        /// The encoding named.
        encoding: &'static str,
        /// What the decoder said.
        reason: String,
    },
    /// More bytes than allowed come out.
    #[error("the body unpacks to more than {max} bytes; send smaller batches")]
    TooLarge {
        /// The bound.
        max: usize,
    },
}

/// Unpacks `body` as its `Content-Encoding` says, to at most `max` bytes. `None`: it was not packed.
pub fn unpack(body: &[u8], encoding: &str, max: usize) -> Result<Option<Vec<u8>>, BodyError> {
    match encoding.trim().to_ascii_lowercase().as_str() {
        "" | "identity" if body.len() > max => Err(BodyError::TooLarge { max }),
        "" | "identity" => Ok(None),
        "gzip" | "x-gzip" => read_all(
            "gzip",
            flate2::read::MultiGzDecoder::new(body),
            body.len(),
            max,
        )
        .map(Some),
        "zstd" => {
            let damaged = |e: std::io::Error| BodyError::Damaged {
                encoding: "zstd",
                reason: e.to_string(),
            };
            let mut decoder = zstd::stream::read::Decoder::with_buffer(body).map_err(damaged)?;
            // A frame may ask for a window of gigabytes; 8 MiB is what compressors use by default.
            decoder.window_log_max(23).map_err(damaged)?;
            read_all("zstd", decoder, body.len(), max).map(Some)
        }
        other => Err(BodyError::UnknownEncoding(other.chars().take(40).collect())),
    }
}

fn read_all(
    encoding: &'static str,
    reader: impl Read,
    packed: usize,
    max: usize,
) -> Result<Vec<u8>, BodyError> {
    let mut out = Vec::with_capacity(packed.saturating_mul(4).min(max));
    let limit = u64::try_from(max).unwrap_or(u64::MAX).saturating_add(1);
    reader
        .take(limit)
        .read_to_end(&mut out)
        .map_err(|e| BodyError::Damaged {
            encoding,
            reason: e.to_string(),
        })?;
    if out.len() > max {
        Err(BodyError::TooLarge { max })
    } else {
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn bombs_stop_at_the_bound() {
        let zeros = vec![0u8; 32 << 20];
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        gz.write_all(&zeros).unwrap();
        let gz = gz.finish().unwrap();
        let zst = zstd::encode_all(&zeros[..], 19).unwrap();
        for (body, encoding) in [(&gz, "gzip"), (&zst, "zstd")] {
            assert_eq!(
                unpack(body, encoding, 1 << 20),
                Err(BodyError::TooLarge { max: 1 << 20 })
            );
            assert_eq!(
                unpack(body, encoding, 32 << 20).unwrap().unwrap().len(),
                32 << 20
            );
            assert!(matches!(
                unpack(&body[..body.len() / 2], encoding, 64 << 20),
                Err(BodyError::Damaged { .. })
            ));
        }
        assert_eq!(unpack(b"x", "identity", 1), Ok(None));
        assert!(matches!(
            unpack(b"x", "br", 9),
            Err(BodyError::UnknownEncoding(_))
        ));
    }
}
