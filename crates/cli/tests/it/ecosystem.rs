//! A real Prometheus scrapes every monitored figure, and a real Alertmanager takes our alerts.

use crate::engines::absent;
use crate::sandbox::Sandbox;
use crate::story::{NULL_BURST, apply, play, server, wait_for};
use serde_json::Value;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A program that ends with the test.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn start(program: &str, folder: &Path, args: &[String]) -> Program {
    let child = Command::new(program)
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    Program(child.unwrap())
}

fn get(url: &str, path: &str) -> Option<Value> {
    let address = url.strip_prefix("http://").unwrap();
    std::net::TcpStream::connect(address).ok()?;
    let reply = crate::http::call(url, "GET", path, &[], b"");
    (reply.status == 200).then(|| reply.json())
}

fn alertmanager(sandbox: &Sandbox) -> (Program, String) {
    let folder = sandbox.folder().join("alertmanager");
    std::fs::create_dir(&folder).unwrap();
    let config = "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n";
    std::fs::write(folder.join("alertmanager.yml"), config).unwrap();
    let port = free_port();
    let args = [
        "--config.file=alertmanager.yml".to_owned(),
        "--storage.path=.".to_owned(),
        format!("--web.listen-address=127.0.0.1:{port}"),
        "--cluster.listen-address=".to_owned(),
    ];
    let program = start("prometheus-alertmanager", &folder, &args);
    (program, format!("http://127.0.0.1:{port}"))
}

fn prometheus(sandbox: &Sandbox) -> (Program, String) {
    let folder = sandbox.folder().join("prometheus");
    std::fs::create_dir(&folder).unwrap();
    let target = sandbox.url().strip_prefix("http://").unwrap();
    let config = format!(
        "global: {{scrape_interval: 1s}}\nscrape_configs:\n  - job_name: candor\n    \
         static_configs: [{{targets: ['{target}']}}]\n"
    );
    std::fs::write(folder.join("prometheus.yml"), config).unwrap();
    let port = free_port();
    let args = [
        "--config.file=prometheus.yml".to_owned(),
        "--storage.tsdb.path=data".to_owned(),
        format!("--web.listen-address=127.0.0.1:{port}"),
    ];
    let program = start("prometheus", &folder, &args);
    (program, format!("http://127.0.0.1:{port}"))
}

#[test]
fn a_real_alertmanager_and_a_real_prometheus_take_what_we_tell() {
    for program in ["prometheus", "prometheus-alertmanager"] {
        if Command::new(program).arg("--version").output().is_err() {
            absent(&format!("{program}: run `make setup` once"));
            return;
        }
    }
    let sandbox = server();
    let (_manager, manager_url) = alertmanager(&sandbox);
    apply(
        &sandbox,
        &format!(
            "apiVersion: candor/v1\nkind: Route\nmetadata: {{name: upstream}}\nspec:\n  receivers:\n    \
             - alertmanager: {{url: '{manager_url}'}}\n  group_wait: 0s\n"
        ),
    );
    play(&sandbox, NULL_BURST);
    let alerts = wait_for("the alert at Alertmanager", &sandbox, || {
        let alerts = get(&manager_url, "/api/v2/alerts")?;
        (!alerts.as_array()?.is_empty()).then_some(alerts)
    });
    assert_eq!(alerts[0]["labels"]["model"], "credit-risk", "{alerts}");
    assert_eq!(alerts[0]["labels"]["alertname"], "missing", "{alerts}");

    let (_prometheus, prometheus_url) = prometheus(&sandbox);
    let query = "/api/v1/query?query=candor_measure%7Bmodel%3D%22credit-risk%22%2Cmeasure%3D%22missing%22%7D";
    let told = wait_for("figures at Prometheus", &sandbox, || {
        let told = get(&prometheus_url, query)?;
        (!told["data"]["result"].as_array()?.is_empty()).then_some(told)
    });
    let result = told["data"]["result"].as_array().unwrap();
    assert!(result.len() > 5, "{told}");
}
