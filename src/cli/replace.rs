//! A file of the newspaper replaced in one step: whoever reads it meanwhile sees the old one or the new one.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use anyhow::Context as _;

/// Writes `bytes` to `path`, behind links and with the permissions of what was there. A new file's folder is made.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let failed = || format!("cannot write `{}`", path.display());
    let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = real.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).with_context(failed)?;
    let mut name = OsString::from(".");
    name.push(real.file_name().unwrap_or_default());
    name.push(format!(".{}", std::process::id()));
    let half = folder.join(name);
    let written = fs::write(&half, bytes).and_then(|()| {
        if let Ok(before) = fs::metadata(&real) {
            fs::set_permissions(&half, before.permissions())?;
        }
        fs::rename(&half, &real)
    });
    if written.is_err() {
        let _ = fs::remove_file(&half);
    }
    written.with_context(failed)
}
