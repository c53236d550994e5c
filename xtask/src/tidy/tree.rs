//! The repository as the rules see it: text files, Rust outlines, packages.

use super::outline::Outline;
use cargo_metadata::MetadataCommand;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Larger files are data.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// Everything in the repository but what git ignores.
pub(super) struct Tree {
    /// Text files, by path.
    pub(super) files: Vec<File>,
    /// Paths of all files and folders, from the root.
    pub(super) paths: BTreeSet<String>,
    pub(super) packages: Vec<Package>,
}

/// A text file.
pub(super) struct File {
    /// From the root, with `/`.
    pub(super) path: String,
    pub(super) text: String,
    /// Of Rust sources.
    pub(super) outline: Option<Outline>,
}

/// A member of the workspace.
pub(super) struct Package {
    pub(super) name: String,
    /// From the root, e.g. `crates/log`.
    pub(super) folder: String,
    /// Everything its manifest names: normal, development and build dependencies.
    pub(super) dependencies: Vec<String>,
}

impl Tree {
    /// Reads the repository at `root`.
    pub(super) fn read(root: &Path) -> Result<Self, String> {
        let mut tree = Self {
            files: Vec::new(),
            paths: BTreeSet::new(),
            packages: packages(root)?,
        };
        let ignored = ignored(root);
        tree.walk(root, "", &ignored)?;
        tree.files.sort_by(|a, b| a.path.cmp(&b.path));
        tree.tell_tests()?;
        Ok(tree)
    }

    fn walk(&mut self, root: &Path, folder: &str, ignored: &[String]) -> Result<(), String> {
        let absolute = root.join(folder);
        let entries =
            fs::read_dir(&absolute).map_err(|e| format!("{}: {e}", absolute.display()))?;
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if folder.is_empty() {
                name.clone()
            } else {
                format!("{folder}/{name}")
            };
            let Ok(meta) = entry.metadata() else { continue };
            if ignored.contains(&name) || ignored.contains(&format!("/{path}")) {
                continue;
            }
            if meta.is_dir() {
                self.walk(root, &path, ignored)?;
            } else if meta.len() <= FILE_BYTES_MAX
                && let Ok(text) = fs::read_to_string(entry.path())
            {
                self.add(&path, text)?;
            }
            self.paths.insert(path);
        }
        Ok(())
    }

    fn add(&mut self, path: &str, text: String) -> Result<(), String> {
        let outline = match path.strip_suffix(".rs") {
            Some(_) => {
                Some(Outline::of(&text, is_test_path(path)).map_err(|e| format!("{path}: {e}"))?)
            }
            None => None,
        };
        self.files.push(File {
            path: path.into(),
            text,
            outline,
        });
        Ok(())
    }

    /// Reads again, as tests, the files of modules that are declared under `#[cfg(test)]`.
    fn tell_tests(&mut self) -> Result<(), String> {
        let modules = |file: &File| {
            let outline = file.outline.as_ref().filter(|o| !o.test_file);
            let stem = file.path.trim_end_matches(".rs");
            let (folder, name) = stem.rsplit_once('/').unwrap_or(("", stem));
            let folder = if matches!(name, "lib" | "main" | "mod") {
                folder
            } else {
                stem
            };
            let names = outline
                .map(|o| o.test_modules.as_slice())
                .unwrap_or_default();
            names
                .iter()
                .map(|name| format!("{folder}/{name}"))
                .collect::<Vec<_>>()
        };
        let modules: Vec<String> = self.files.iter().flat_map(modules).collect();
        for file in &mut self.files {
            let stem = file.path.trim_end_matches(".rs");
            let is_test = modules.iter().any(|m| stem == m || within(stem, m));
            if is_test && file.outline.as_ref().is_some_and(|o| !o.test_file) {
                file.outline = Some(Outline::of(&file.text, true)?);
            }
        }
        Ok(())
    }

    /// The file at `path`.
    pub(super) fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Rust sources with their outlines, below `folder`.
    pub(super) fn sources<'a>(
        &'a self,
        folder: &'a str,
    ) -> impl Iterator<Item = (&'a File, &'a Outline)> {
        self.files
            .iter()
            .filter(move |file| within(&file.path, folder))
            .filter_map(|file| Some((file, file.outline.as_ref()?)))
    }
}

impl Package {
    /// The name without the product's, e.g. `log`; `cli` for the binary.
    pub(super) fn room(&self) -> &str {
        room(&self.name)
    }
}

/// The room of a package's name; the name itself for packages that are no room.
pub(super) fn room(package: &str) -> &str {
    if package == "candor" {
        "cli"
    } else {
        package.strip_prefix("candor-").unwrap_or(package)
    }
}

/// Whether `path` lies below `folder`; everything lies below the root.
pub(super) fn within(path: &str, folder: &str) -> bool {
    folder.is_empty()
        || path
            .strip_prefix(folder)
            .is_some_and(|rest| rest.starts_with('/'))
}

/// Whether the file at `path` holds tests only, going by its name.
fn is_test_path(path: &str) -> bool {
    path.ends_with("/tests.rs")
        || path
            .split('/')
            .any(|part| matches!(part, "tests" | "benches" | "testdata"))
}

/// What git ignores as far as whole names go, and git itself.
fn ignored(root: &Path) -> Vec<String> {
    let text = fs::read_to_string(root.join(".gitignore")).unwrap_or_default();
    let names = text
        .lines()
        .map(|line| line.trim().trim_end_matches('/').to_owned());
    names
        .chain([".git".into(), "node_modules".into(), "target".into()])
        .collect()
}

/// The workspace's members, from cargo without the network.
fn packages(root: &Path) -> Result<Vec<Package>, String> {
    let metadata = MetadataCommand::new()
        .current_dir(root)
        .no_deps()
        .other_options(vec!["--offline".into()])
        .exec()
        .map_err(|e| format!("cargo metadata: {e}"))?;
    let root = metadata.workspace_root.clone();
    let package = |package: cargo_metadata::Package| {
        let folder = package
            .manifest_path
            .parent()
            .and_then(|f| f.strip_prefix(&root).ok());
        let folder = folder.map(|f| f.to_string()).unwrap_or_default();
        let dependencies = package.dependencies.into_iter().map(|d| d.name).collect();
        Package {
            name: package.name.to_string(),
            folder,
            dependencies,
        }
    };
    Ok(metadata.packages.into_iter().map(package).collect())
}

#[cfg(test)]
impl Tree {
    /// A tree of these files and one package per folder that they are in below `crates/`.
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        let mut tree = Self {
            files: Vec::new(),
            paths: BTreeSet::new(),
            packages: Vec::new(),
        };
        for (path, text) in files {
            for (end, _) in path.match_indices('/') {
                tree.paths.insert(path[..end].into());
            }
            tree.paths.insert((*path).into());
            tree.add(path, (*text).into()).unwrap();
            let Some(name) = path
                .strip_prefix("crates/")
                .and_then(|p| p.split('/').next())
            else {
                continue;
            };
            tree.package(name, &[]);
        }
        tree.tell_tests().unwrap();
        tree
    }

    /// Adds the room `name`, or dependencies to it.
    pub(super) fn package(&mut self, name: &str, dependencies: &[&str]) {
        let full = format!("candor-{name}");
        let dependencies: Vec<String> = dependencies.iter().map(|d| (*d).into()).collect();
        match self.packages.iter_mut().find(|p| p.name == full) {
            Some(known) => known.dependencies.extend(dependencies),
            None => {
                let folder = format!("crates/{name}");
                self.packages.push(Package {
                    name: full,
                    folder,
                    dependencies,
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_tests_are_told_by_name_and_by_declaration() {
        let tree = Tree::of(&[
            ("crates/x/src/lib.rs", "#[cfg(test)]\nmod disk;\nmod a;\n"),
            ("crates/x/src/a.rs", "#[cfg(test)]\nmod oracle;\n"),
            ("crates/x/src/a/oracle.rs", ""),
            ("crates/x/src/disk.rs", ""),
            ("crates/x/src/disk/power.rs", ""),
            ("crates/x/src/tests.rs", ""),
            ("crates/x/tests/it/main.rs", ""),
        ]);
        let code = tree
            .sources("")
            .filter(|(_, o)| !o.test_file)
            .map(|(f, _)| f.path.as_str());
        assert_eq!(
            code.collect::<Vec<_>>(),
            ["crates/x/src/lib.rs", "crates/x/src/a.rs"]
        );
    }
}
