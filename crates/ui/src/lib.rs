//! The web interface as the binary carries it: files made from `ui/` by the build, packed.
//!
//! A build without Node carries one plain page that says so.

use flate2::read::GzDecoder;
use std::io::Read;

/// A file of the interface.
#[derive(Debug)]
pub struct File {
    /// Its path below the interface's root, e.g. `assets/index-a1b2c3.js`.
    pub path: &'static str,
    /// Bytes of the plain file.
    pub length: usize,
    /// The file, packed by gzip.
    pub gzip: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// The page that every address of the interface begins with.
const PAGE: &str = "index.html";
/// Where the page tells the root of its links.
const ROOT: &str = "<base href=\"/\" />";
/// Where the page tells the nonce.
const NONCE: &str = "name=\"csp-nonce\" content=\"\"";

impl File {
    /// The plain file.
    #[must_use]
    pub fn plain(&self) -> Vec<u8> {
        let mut plain = Vec::with_capacity(self.length);
        // The build packed it: a damaged one is a damaged binary. What can be read is better than none.
        let _ = GzDecoder::new(self.gzip).read_to_end(&mut plain);
        plain
    }

    /// Its media type by its ending.
    #[must_use]
    pub fn content_type(&self) -> &'static str {
        match self.path.rsplit_once('.').map_or("", |(_, ending)| ending) {
            "html" => "text/html; charset=utf-8",
            "js" | "mjs" => "text/javascript; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            "json" | "webmanifest" => "application/json",
            "svg" => "image/svg+xml",
            "png" => "image/png",
            "ico" => "image/x-icon",
            "woff2" => "font/woff2",
            "txt" => "text/plain; charset=utf-8",
            _ => "application/octet-stream",
        }
    }

    /// Whether its name changes with its content, so that browsers may keep it for good.
    #[must_use]
    pub fn is_hashed(&self) -> bool {
        self.path.starts_with("assets/")
    }
}

/// A file by its path, without a leading slash; never the page.
#[must_use]
pub fn file(path: &str) -> Option<&'static File> {
    FILES.iter().find(|f| f.path == path && path != PAGE)
}

/// Whether the interface is in this build, and not the plain page alone.
#[must_use]
pub fn is_whole() -> bool {
    FILES.len() > 1
}

/// The page for an address `depth` folders below the interface's root, which may be below a prefix that
/// only a proxy knows; styles that scripts add carry `nonce`.
#[must_use]
pub fn page(depth: usize, nonce: &str) -> String {
    let plain = FILES.iter().find(|f| f.path == PAGE).map(File::plain);
    let plain = String::from_utf8(plain.unwrap_or_default()).unwrap_or_default();
    let root = match depth {
        0 => "./".to_owned(),
        _ => "../".repeat(depth),
    };
    plain
        .replacen(ROOT, &format!("<base href=\"{root}\" />"), 1)
        .replacen(NONCE, &format!("name=\"csp-nonce\" content=\"{nonce}\""), 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_finds_its_root_from_any_depth() {
        for (depth, root) in [(0, "./"), (1, "../"), (3, "../../../")] {
            let page = page(depth, "a1b2c3");
            assert!(
                page.contains(&format!("<base href=\"{root}\" />")),
                "{page}"
            );
            assert!(page.contains("content=\"a1b2c3\""), "{page}");
        }
        assert!(file(PAGE).is_none());
        assert!(file("../Cargo.toml").is_none());
    }

    #[test]
    fn every_file_unpacks_to_its_length() {
        for file in FILES {
            assert_eq!(file.plain().len(), file.length, "{}", file.path);
        }
    }
}
