//! Where an application of a test lives: a folder with its template, `app.yaml`, and a store. It is called `app`.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::khor::{Agent, ok, run};

/// A store, a folder, and the template `app.yaml` in it.
pub struct Place {
    folder: TempDir,
    /// The store's URL.
    pub store: String,
}

impl Place {
    /// With the store at this URL; else an embedded one.
    pub fn new(store: Option<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = store.unwrap_or_else(|| format!("sqlite:{}", folder.path().join("store.db").display()));
        Self { folder, store }
    }

    /// A path in the folder.
    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Puts a template in the place of the one that is there.
    pub fn write_template(&self, template: &str) {
        std::fs::write(self.path("app.yaml"), template).unwrap();
    }

    /// Starts the agent of a host.
    pub fn agent(&self, host: &str) -> Agent {
        Agent::start(host, &self.store, self.folder.path())
    }

    /// Starts the agents of h1 and h2.
    pub fn agents(&self) -> [Agent; 2] {
        ["h1", "h2"].map(|host| self.agent(host))
    }

    /// Runs `khor VERB ARGUMENTS --store STORE` well, and gives what it prints.
    pub fn khor(&self, arguments: &[&str]) -> String {
        ok(&[arguments, &["--store", &self.store]].concat())
    }

    /// The same, with the exit code and all that is printed.
    pub fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let output = run(&[arguments, &["--store", &self.store]].concat());
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(said).unwrap())
    }

    /// Publishes the template.
    pub fn compile(&self) {
        self.khor(&["compile", self.path("app.yaml").to_str().unwrap()]);
    }

    /// Waits until all of it is reached.
    pub fn wait_up(&self) {
        self.khor(&["status", "app", "--wait", "60"]);
    }

    /// Publishes the template, and waits until all of it is reached.
    pub fn up(&self) {
        self.compile();
        self.wait_up();
    }

    /// Puts a script `s.sh` there, and folders for [`Self::hold`] and for `fail`.
    pub fn script(&self, script: &str) {
        for folder in ["fail", "hold"] {
            std::fs::create_dir(self.path(folder)).unwrap();
        }
        std::fs::write(self.path("s.sh"), script).unwrap();
    }

    /// Lets the script of this step (`db.stop`) wait in its midst.
    pub fn hold(&self, step: &str) {
        std::fs::write(self.path("hold").join(step), "").unwrap();
    }

    /// No longer.
    pub fn release(&self, step: &str) {
        std::fs::remove_file(self.path("hold").join(step)).unwrap();
    }
}
