//! Makes the interface with Node and packs it; without Node, or where that fails, a plain page says how
//! to get it.
//!
//! `CANDOR_UI=off` leaves it out. In continuous integration (`CI=true`) what fails is an error, so that
//! a plain page is never released by mistake.

#![expect(
    clippy::disallowed_methods,
    reason = "cargo tells a build script by its environment, and hears it by its output"
)]

use flate2::Compression;
use flate2::write::GzEncoder;
use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Oldest Node that the interface is built with.
const NODE_MIN: u32 = 20;

/// What packages are installed from.
const LOCK: &str = "package-lock.json";
/// What the interface is made of.
const SOURCES: [&str; 7] = [
    LOCK,
    "package.json",
    "index.html",
    "public",
    "src",
    "tsconfig.json",
    "vite.config.ts",
];

fn main() -> Outcome<()> {
    println!("cargo::rerun-if-env-changed=CANDOR_UI");
    println!("cargo::rerun-if-env-changed=CI");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/plain.html");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let home = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../../ui");
    for source in SOURCES {
        let path = home.join(source);
        // One that is not there would have the build begin anew each time.
        if path.exists() || source == LOCK {
            println!("cargo::rerun-if-changed={}", path.display());
        }
    }
    let made = match wanted(&home) {
        Err(why) => Err(why),
        Ok(()) => make(&home, &out.join("dist")).map_err(|e| e.to_string()),
    };
    let files = match made {
        Ok(folder) => files(&folder)?,
        Err(why) => {
            if env::var("CI").is_ok_and(|ci| ci == "true") && home.join("package.json").exists() {
                return Err(format!("the interface could not be built: {why}").into());
            }
            // Node may be found next time.
            println!("cargo::rerun-if-env-changed=PATH");
            println!("cargo::warning=the web interface is left out: {why}");
            let page = fs::read_to_string("src/plain.html")?.replace("{{why}}", &why);
            vec![("index.html".to_owned(), page.into_bytes())]
        }
    };
    write(&out, &files)
}

/// Whether the interface can be built here.
fn wanted(home: &Path) -> Result<(), String> {
    if env::var("CANDOR_UI").is_ok_and(|v| v == "off") {
        return Err("CANDOR_UI is off.".into());
    }
    if !home.join(LOCK).exists() {
        return Err("The sources in ui/ are not there.".into());
    }
    let told = Command::new("node").arg("--version").output();
    let told = told.map_err(|_| format!("Node {NODE_MIN} or newer was not found."))?;
    let version = String::from_utf8_lossy(&told.stdout).trim().to_owned();
    let major = version
        .trim_start_matches('v')
        .split('.')
        .next()
        .and_then(|major| major.parse::<u32>().ok());
    match major {
        Some(major) if major >= NODE_MIN => Ok(()),
        _ => Err(format!(
            "Node {NODE_MIN} or newer is needed, this is {version}."
        )),
    }
}

/// Installs what the lock file names, if that is not there yet, and builds into `dist`.
fn make(home: &Path, dist: &Path) -> Outcome<PathBuf> {
    let lock = fs::read(home.join(LOCK))?;
    let stamp = home.join("node_modules/.candor-lock");
    if fs::read(&stamp).ok().as_deref() != Some(&lock[..]) {
        run(Command::new("npm")
            .args(["ci", "--no-audit", "--no-fund"])
            .current_dir(home))?;
        fs::write(&stamp, &lock)?;
    }
    let vite = home.join("node_modules/vite/bin/vite.js");
    run(Command::new("node")
        .arg(vite)
        .args(["build", "--logLevel", "warn", "--emptyOutDir", "--outDir"])
        .arg(dist)
        .current_dir(home))?;
    Ok(dist.to_owned())
}

fn run(command: &mut Command) -> Outcome<()> {
    let done = command.output()?;
    if done.status.success() {
        return Ok(());
    }
    let told = String::from_utf8_lossy(&done.stderr);
    let last: Vec<&str> = told.lines().rev().take(12).collect();
    let last: Vec<&str> = last.into_iter().rev().collect();
    Err(format!("{command:?} failed: {}", last.join(" / ")).into())
}

/// All files below `folder`, by their path in it.
fn files(folder: &Path) -> Outcome<Vec<(String, Vec<u8>)>> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(next) = waiting.pop() {
        for entry in fs::read_dir(next)? {
            let path = entry?.path();
            if path.is_dir() {
                waiting.push(path);
                continue;
            }
            let name = path.strip_prefix(folder)?.to_str().ok_or("a file name")?;
            // What tools of the build read is not served.
            if !name.starts_with('.') && path.extension().is_none_or(|e| e != "map") {
                found.push((name.replace('\\', "/"), fs::read(&path)?));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Packs the files and writes the table of them that `lib.rs` includes.
fn write(out: &Path, files: &[(String, Vec<u8>)]) -> Outcome<()> {
    let packed = out.join("packed");
    if packed.exists() {
        fs::remove_dir_all(&packed)?;
    }
    fs::create_dir_all(&packed)?;
    let mut table = String::from("static FILES: &[File] = &[\n");
    for (number, (name, bytes)) in files.iter().enumerate() {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(bytes)?;
        let path = packed.join(format!("{number}.gz"));
        fs::write(&path, gzip.finish()?)?;
        writeln!(
            table,
            "    File {{ path: {name:?}, length: {}, gzip: include_bytes!({:?}) }},",
            bytes.len(),
            path
        )?;
    }
    table.push_str("];\n");
    Ok(fs::write(out.join("files.rs"), table)?)
}
