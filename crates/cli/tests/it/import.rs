//! An import that is ended in the middle; the data sets themselves are in `datasets`.

use crate::sandbox::{Sandbox, candor};
use serde_json::json;

#[test]
fn an_interrupted_import_resumes_without_duplicates() {
    let mut sandbox = Sandbox::start();
    let file = sandbox.folder().join("history.csv");
    let mut text = String::from("input_x,output_score,time\n");
    for i in 0..150_000 {
        text += &format!(
            "{i},{},2026-01-{:02}T00:00:00Z\n",
            f64::from(i % 100) / 100.0,
            1 + i % 28
        );
    }
    std::fs::write(&file, text).unwrap();
    let arguments = [
        "import",
        file.to_str().unwrap(),
        "--model",
        "churn",
        "--output",
        "json",
    ];
    let resume = sandbox.folder().join("progress");
    let mut rounds = 0;
    loop {
        let mut importer = candor()
            .args(arguments)
            .arg("--resume-file")
            .arg(&resume)
            .env("CANDOR_SERVER", sandbox.url())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        rounds += 1;
        let before = sandbox.sql("SELECT count(*) FROM predictions")[0][0]
            .as_u64()
            .unwrap();
        // It is ended as soon as it has stored something, by its own death or the server's.
        let ended = loop {
            if let Some(status) = importer.try_wait().unwrap() {
                break Some(status);
            }
            let stored = sandbox.sql("SELECT count(*) FROM predictions")[0][0]
                .as_u64()
                .unwrap();
            if stored > before && rounds < 3 {
                break None;
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
        };
        match ended {
            Some(status) if status.success() => break,
            Some(status) => panic!("{status}"),
            None if rounds == 1 => importer.kill().unwrap(),
            None => {
                sandbox.kill();
                importer.kill().unwrap();
                sandbox.launch();
            }
        }
        importer.wait().unwrap();
    }
    let all = "SELECT count(*), count(DISTINCT input_x), sum(input_x) FROM churn.predictions";
    assert_eq!(
        sandbox.sql(all),
        json!([[150_000, 150_000, 150_000i64 * 149_999 / 2]])
    );
}
