//! The few calls that differ between operating systems: exchanging two folders, looking at mounts, at space, at times.
//!
//! It must not know what the files are for.

use std::fs::{self, DirBuilder, DirEntry, File, Metadata};
use std::io;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Error, Result};

/// Exchanges two paths in one step (`renameat2` with `RENAME_EXCHANGE` on Linux, `renameatx_np` on macOS).
///
/// # Errors
///
/// `Unsupported` where the system or the file system cannot.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
pub(super) fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;
    renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE).map_err(|error| match error {
        Errno::NOSYS | Errno::INVAL | Errno::NOTSUP => io::ErrorKind::Unsupported.into(),
        error => error.into(),
    })
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
pub(super) fn exchange(_one: &Path, _other: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Lets memory come in pages of the usual size. Huge ones are cleared whole when a byte of them is touched: of a build
/// after an edit that was a sixth of the time, and a third of the memory.
pub fn use_small_pages() {
    // A system that does not know the request goes on as it does.
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}

/// Whether a file system is mounted on `folder`, so that it cannot be renamed.
#[cfg(unix)]
pub(super) fn is_mount_point(folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags, statx};
        if let Ok(found) = statx(CWD, folder, AtFlags::empty(), StatxFlags::empty())
            && found.stx_attributes_mask.contains(StatxAttributes::MOUNT_ROOT)
        {
            return found.stx_attributes.contains(StatxAttributes::MOUNT_ROOT);
        }
    }
    let device = |path: &Path| fs::metadata(path).map(|found| found.dev()).ok();
    folder.parent().is_some_and(|parent| device(parent) != device(folder))
}

#[cfg(not(unix))]
pub(super) fn is_mount_point(_folder: &Path) -> bool {
    false
}

/// A number that tells this program from other versions and builds of it: by its file's size and time. 0 where the
/// system does not tell which file that is.
#[must_use]
pub fn program() -> u64 {
    let found = std::env::current_exe().and_then(fs::metadata);
    found.map_or(0, |found| {
        let mut digest = crate::fingerprint::Digest::new();
        digest.number(found.len()).text(&modified_ns(&found).to_string());
        digest.finish()
    })
}

/// What the clock says, in nanoseconds since 1970.
pub(super) fn now_ns() -> i128 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| i128::try_from(since.as_nanos()).unwrap_or(i128::MAX))
}

/// Makes a finished rename in `folder` survive a power cut.
#[cfg(unix)]
pub(super) fn sync_folder(folder: &Path) -> Result<()> {
    let cannot = || format!("cannot flush `{}` to the disk", folder.display());
    match File::open(folder).with_context(cannot)?.sync_all() {
        // Some network file systems know no flush of a folder.
        Err(error) if matches!(error.kind(), io::ErrorKind::Unsupported | io::ErrorKind::InvalidInput) => {
            Ok(())
        }
        other => other.with_context(cannot),
    }
}

#[cfg(not(unix))]
pub(super) fn sync_folder(_folder: &Path) -> Result<()> {
    Ok(())
}

/// Gives the folder `to` the permissions and, as far as we may, the owner of the folder `from`.
pub(super) fn dress_like(to: &Path, from: &Path) {
    let Ok(found) = fs::metadata(from) else { return };
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt as _, chown};
        // Only root may give files away; the group is worth a try alone.
        if chown(to, Some(found.uid()), Some(found.gid())).is_err() {
            let _ = chown(to, None, Some(found.gid()));
        }
    }
    let _ = fs::set_permissions(to, found.permissions());
}

/// A builder of folders that everybody may read, as far as the process's mask lets us.
pub(super) fn folder_builder() -> DirBuilder {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "only Unix has permissions to set"))]
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o755);
    builder
}

/// Lets us delete what is in a folder of ours that had a stranger's permissions.
pub(super) fn make_writable(folder: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let _ = fs::set_permissions(folder, fs::Permissions::from_mode(0o755));
    }
    #[cfg(not(unix))]
    let _ = folder;
}

/// When a file's content was last set, by its own account, in nanoseconds since 1970.
#[must_use]
pub fn modified_ns(found: &Metadata) -> i128 {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        i128::from(found.mtime()) * 1_000_000_000 + i128::from(found.mtime_nsec())
    }
    #[cfg(not(unix))]
    found.modified().map_or(0, since_1970_ns)
}

/// The number of a file on its disk; 0 where the system does not tell.
pub(super) fn inode(found: &Metadata) -> u64 {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        found.ino()
    }
    #[cfg(not(unix))]
    {
        let _ = found;
        0
    }
}

/// A moment in nanoseconds since 1970.
pub(super) fn since_1970_ns(moment: SystemTime) -> i128 {
    match moment.duration_since(UNIX_EPOCH) {
        Ok(after) => i128::try_from(after.as_nanos()).unwrap_or(i128::MAX),
        Err(before) => i128::try_from(before.duration().as_nanos()).map_or(i128::MIN, |nanos| -nanos),
    }
}

/// When anything about a file was last changed, which no program can set back; the modification time on systems that
/// do not tell.
pub(super) fn changed_ns(found: &Metadata) -> i128 {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        i128::from(found.ctime()) * 1_000_000_000 + i128::from(found.ctime_nsec())
    }
    #[cfg(not(unix))]
    modified_ns(found)
}

/// Whether two paths name the same file on disk; `false` where the system does not tell.
pub(super) fn same_file(one: &Metadata, other: &Metadata) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        (one.dev(), one.ino()) == (other.dev(), other.ino())
    }
    #[cfg(not(unix))]
    {
        let _ = (one, other);
        false
    }
}

/// Whether two entries of folders on one disk are the same file, as far as their numbers tell; `false` where the system
/// does not give files numbers.
pub(super) fn same_number(one: &DirEntry, other: &DirEntry) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirEntryExt as _;
        one.ino() == other.ino() && one.ino() != 0
    }
    #[cfg(not(unix))]
    {
        let _ = (one, other);
        false
    }
}

/// Whether two folders lie on one file system, so that a tree can be renamed from the one to the other; where the system
/// does not tell, trying will.
pub(super) fn same_disk(one: &Path, other: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let disk = |path: &Path| fs::metadata(path).map(|found| found.dev()).ok();
        disk(one) == disk(other)
    }
    #[cfg(not(unix))]
    {
        let _ = (one, other);
        true
    }
}

/// Whether a path could not be followed because links on it lead round in a circle.
pub(super) fn is_link_loop(error: &io::Error) -> bool {
    #[cfg(unix)]
    let circles = error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error());
    #[cfg(not(unix))]
    let circles = error.raw_os_error() == Some(1921);
    circles
}

/// Opens a regular file for reading; never waits on a pipe that took its name.
pub(super) fn open_regular(path: &Path) -> io::Result<(File, Metadata)> {
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
    }
    let file = options.open(path)?;
    let found = file.metadata()?;
    if found.is_file() { Ok((file, found)) } else { Err(io::Error::other("it is not a regular file")) }
}

/// Opens the regular file at the path `below` the folder `root` for reading, if no link lies on the way.
#[cfg(target_os = "linux")]
pub(super) fn open_below(root: &Path, below: &Path) -> io::Result<(File, Metadata)> {
    use rustix::fs::{Mode, OFlags, ResolveFlags, openat2};
    use rustix::io::Errno;
    let folder = File::open(root)?;
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    let file = match openat2(&folder, below, flags, Mode::empty(), resolve) {
        Ok(found) => File::from(found),
        // Linux before 5.6, or a sandbox that does not know the call.
        Err(Errno::NOSYS | Errno::PERM) => return open_regular(&root.join(below)),
        Err(error) => return Err(error.into()),
    };
    let found = file.metadata()?;
    if found.is_file() { Ok((file, found)) } else { Err(io::Error::other("it is not a regular file")) }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn open_below(root: &Path, below: &Path) -> io::Result<(File, Metadata)> {
    open_regular(&root.join(below))
}

/// "cannot write `shown`", with the free space when that is the reason. `needed` is in bytes.
pub(super) fn cannot_write(error: io::Error, shown: &str, needed: u64, folder: &Path) -> Error {
    let full = matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
    let message = match free_bytes(folder) {
        Some(free) if full => format!("cannot write `{shown}`: it needs {needed} bytes, and {free} are free"),
        _ => format!("cannot write `{shown}`"),
    };
    Error::new(error).context(message)
}

#[cfg(unix)]
fn free_bytes(folder: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(folder).ok()?;
    found.f_bavail.checked_mul(found.f_frsize)
}

#[cfg(not(unix))]
fn free_bytes(_folder: &Path) -> Option<u64> {
    None
}

/// Writes all bytes at a place of a file, wherever it is read or written otherwise.
#[cfg(unix)]
pub(super) fn write_at(file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, at)
}

#[cfg(not(unix))]
pub(super) fn write_at(mut file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    io::Seek::seek(&mut file, io::SeekFrom::Start(at))?;
    io::Write::write_all(&mut file, bytes)
}

/// Fills `bytes` from a place of a file. Several threads may do so at once.
#[cfg(unix)]
pub(super) fn read_at(file: &File, bytes: &mut [u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, at)
}

#[cfg(windows)]
pub(super) fn read_at(file: &File, mut bytes: &mut [u8], mut at: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        let read = std::os::windows::fs::FileExt::seek_read(file, bytes, at)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        bytes = &mut bytes[read..];
        at += read as u64;
    }
    Ok(())
}
