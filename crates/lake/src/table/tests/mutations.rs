//! Logs of tables that were changed at random: opening never panics.

use super::*;
use proptest::prelude::*;
use proptest::test_runner::{TestError, TestRunner};
use std::path::{Path, PathBuf};

/// What is done to one file of a table's log.
#[derive(Debug, Clone)]
enum Change {
    Flip {
        at: prop::sample::Index,
        bits: u8,
    },
    Cut {
        to: prop::sample::Index,
    },
    Fill {
        from: prop::sample::Index,
        byte: u8,
        length: usize,
    },
    Insert {
        at: prop::sample::Index,
        text: &'static str,
    },
    Copy {
        from: usize,
    },
    Remove,
}

/// Texts that mean something in a Delta log.
const TEXTS: &[&str] = &[
    "{",
    "}",
    "[",
    "null",
    "\"",
    "\n",
    "-1",
    "1e999",
    "99999999999999999999",
    "\\u0000",
    "{\"add\":{}}\n",
    "{\"remove\":{\"path\":\"x\"}}\n",
    "{\"protocol\":{\"minReaderVersion\":99,\"minWriterVersion\":99}}\n",
    "{\"txn\":{\"appId\":\"candor-test\",\"version\":9223372036854775807}}\n",
    "{\"metaData\":{}}\n",
    "{\"add\":{\"path\":\"../../x\",\"size\":1,\"partitionValues\":{},\"modificationTime\":0,\"dataChange\":true}}\n",
];

fn change() -> impl Strategy<Value = (usize, Change)> {
    let at = any::<prop::sample::Index>;
    let change = prop_oneof![
        (at(), 1_u8..).prop_map(|(at, bits)| Change::Flip { at, bits }),
        at().prop_map(|to| Change::Cut { to }),
        (at(), any::<u8>(), 1_usize..400).prop_map(|(from, byte, length)| Change::Fill {
            from,
            byte,
            length
        }),
        (at(), prop::sample::select(TEXTS)).prop_map(|(at, text)| Change::Insert { at, text }),
        (0_usize..4).prop_map(|from| Change::Copy { from }),
        Just(Change::Remove),
    ];
    (0_usize..4, change)
}

impl Change {
    fn make(&self, files: &[PathBuf], file: usize) {
        let path = &files[file % files.len()];
        let Ok(mut bytes) = std::fs::read(path) else {
            return;
        };
        let place = |at: &prop::sample::Index| at.index(bytes.len().max(1));
        match self {
            Change::Flip { at, bits } => {
                let at = place(at);
                bytes.iter_mut().skip(at).take(1).for_each(|b| *b ^= bits);
            }
            Change::Cut { to } => bytes.truncate(place(to)),
            Change::Fill { from, byte, length } => {
                let from = place(from);
                bytes
                    .iter_mut()
                    .skip(from)
                    .take(*length)
                    .for_each(|b| *b = *byte);
            }
            Change::Insert { at, text } => {
                let at = place(at).min(bytes.len());
                bytes.splice(at..at, text.bytes());
            }
            Change::Copy { from } => {
                bytes = std::fs::read(&files[from % files.len()]).unwrap_or_default()
            }
            Change::Remove => return std::fs::remove_file(path).unwrap(),
        }
        std::fs::write(path, bytes).unwrap();
    }
}

/// A table of three flushes, and the files of its log.
fn original(root: &Path) -> Vec<PathBuf> {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let store = Arc::new(Store::folder(root).unwrap());
        let (mut table, _) = open(&store).await;
        for n in 0..3 {
            table
                .append(vec![rows(n * 3, n * 3 + 3)], (APP, n + 1))
                .await
                .unwrap();
        }
    });
    let log = root.join(id().path()).join("_delta_log");
    let mut files: Vec<_> = std::fs::read_dir(log)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    files.sort();
    files
}

/// Opens copies of a table whose log was changed; `judge` sees the rows that were found.
fn run(cases: u32, judge: impl Fn(u64) -> bool) -> Result<(), TestError<Vec<(usize, Change)>>> {
    let temp = tempfile::tempdir().unwrap();
    let root = temp.path().join("original");
    let files = original(&root);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let config = ProptestConfig {
        cases,
        failure_persistence: None,
        max_shrink_iters: 50,
        ..ProptestConfig::default()
    };
    TestRunner::new(config).run(&prop::collection::vec(change(), 1..4), |changes| {
        let copy = temp.path().join("copy");
        let _ = std::fs::remove_dir_all(&copy);
        let copied = std::process::Command::new("cp")
            .arg("-a")
            .args([&root, &copy])
            .status();
        prop_assert!(copied.unwrap().success());
        let moved: Vec<_> = files
            .iter()
            .map(|f| copy.join(f.strip_prefix(&root).unwrap()))
            .collect();
        for (file, change) in &changes {
            change.make(&moved, *file);
        }
        let store = Arc::new(Store::folder(&copy).unwrap());
        let opened = runtime.block_on(Table::open_or_create(store, &id(), &base_schema(&id())));
        if let Ok((table, _)) = opened {
            prop_assert!(judge(table.rows()), "{} rows", table.rows());
        }
        Ok(())
    })
}

#[test]
fn changed_logs_are_opened_or_refused() {
    run(400, |_| true).unwrap();
}

#[test]
fn a_table_that_opens_short_is_seen() {
    assert!(
        run(200, |rows| rows == 9).is_err(),
        "no change had any effect"
    );
}
