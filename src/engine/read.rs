//! Reading: every file the newspaper consists of, parsed side by side.

use std::collections::HashMap;

use rayon::prelude::*;

use crate::archive::Content;
use crate::archive::views::{self, Views};
use crate::config::{self, Config};
use crate::content::article::{self, Article};
use crate::content::markdown::Dialect;
use crate::content::prose;
use crate::content::records::{self, AuthorRecord, CategoryRecord, StandingPage};
use crate::diagnostic::Diagnostic;
use crate::disk::scan::{Files, Scan};
use crate::edition::files::{self, Asset, Origin, Pixels};
use crate::fingerprint::Fingerprint;
use crate::render::theme::built_in_statics;
use crate::source::{Source, SourcePath};

/// A newspaper as it was read: config, content, files to publish, templates.
pub(super) type Read = (Config, Content, files::Files, Vec<Source>);

/// One parsed content file.
enum Parsed {
    Article(Box<Article>),
    Category(CategoryRecord),
    Author(Box<AuthorRecord>),
    Page(Box<StandingPage>),
    Nothing,
}

/// Reads everything; `None` when there is no valid config, for nothing can be read without one.
pub(super) fn newspaper(
    disk: &dyn Files,
    scan: &Scan,
    findings: &mut Vec<Diagnostic>,
) -> anyhow::Result<Option<Read>> {
    let Some(config) = config(disk, scan, findings)? else { return Ok(None) };
    let paths = || scan.files.iter().map(|file| &file.path);
    let texts: Vec<&SourcePath> =
        paths().filter(|path| path.below("content").is_some() && path.is_markdown()).collect();
    let dialect = prose::dialect(&config);
    let parsed: Vec<(Parsed, Vec<Diagnostic>)> = texts
        .par_iter()
        .map(|path| match read(disk, path)? {
            Ok(source) => Ok(parse(&source, &config, &dialect)),
            Err(finding) => Ok((Parsed::Nothing, vec![finding])),
        })
        .collect::<anyhow::Result<_>>()?;
    let mut content = Content::default();
    for (parsed, more) in parsed {
        findings.extend(more);
        match parsed {
            Parsed::Article(article) => content.articles.push(*article),
            Parsed::Category(record) => content.categories.push(record),
            Parsed::Author(record) => content.authors.push(*record),
            Parsed::Page(page) => content.pages.push(*page),
            Parsed::Nothing => {}
        }
    }
    content.views = views(disk, scan, findings)?;
    let mut templates = Vec::new();
    for path in paths().filter(|path| path.below("templates").is_some()) {
        match read(disk, path)? {
            Ok(source) => templates.push(source),
            Err(finding) => findings.push(finding),
        }
    }
    let published = published(disk, scan, &texts)?;
    Ok(Some((config, content, published, templates)))
}

fn config(disk: &dyn Files, scan: &Scan, findings: &mut Vec<Diagnostic>) -> anyhow::Result<Option<Config>> {
    let Some(file) = scan.files.iter().find(|file| file.path.as_str() == config::FILE_NAME) else {
        findings.push(Config::absent());
        return Ok(None);
    };
    Ok(match read(disk, &file.path)? {
        Ok(source) => {
            let (config, more) = Config::read(&source);
            findings.extend(more);
            config
        }
        Err(finding) => {
            findings.push(finding);
            None
        }
    })
}

fn views(disk: &dyn Files, scan: &Scan, findings: &mut Vec<Diagnostic>) -> anyhow::Result<Views> {
    let Some(file) = scan.files.iter().find(|file| file.path.as_str() == views::PATH) else {
        return Ok(Views::default());
    };
    Ok(match read(disk, &file.path)? {
        Ok(source) => {
            let (views, more) = Views::read(&source);
            findings.extend(more);
            views
        }
        Err(finding) => {
            findings.push(finding);
            Views::default()
        }
    })
}

fn read(disk: &dyn Files, path: &SourcePath) -> anyhow::Result<Result<Source, Diagnostic>> {
    Ok(Source::decode(path.clone(), disk.read(path)?))
}

fn parse(source: &Source, config: &Config, dialect: &Dialect) -> (Parsed, Vec<Diagnostic>) {
    let path = source.path();
    if path.below("content/_authors").is_some() {
        let (record, findings) = records::author(source, config, dialect);
        return (record.map_or(Parsed::Nothing, |record| Parsed::Author(Box::new(record))), findings);
    }
    if path.below("content/_pages").is_some() {
        let (page, findings) = records::page(source, config, dialect);
        return (page.map_or(Parsed::Nothing, |page| Parsed::Page(Box::new(page))), findings);
    }
    if path.file_name() == "_index.md" {
        let (record, findings) = records::category(source, dialect);
        return (record.map_or(Parsed::Nothing, Parsed::Category), findings);
    }
    let (article, findings) = article::parse(source, config, dialect);
    (article.map_or(Parsed::Nothing, |article| Parsed::Article(Box::new(article))), findings)
}

fn published(disk: &dyn Files, scan: &Scan, texts: &[&SourcePath]) -> anyhow::Result<files::Files> {
    let mut published = files::Files::default();
    for text in texts.iter().filter(|text| text.file_name() == "index.md") {
        published.bundle_folders.insert(text.folder().to_owned());
    }
    let built_in: HashMap<String, &'static [u8]> = built_in_statics().into_iter().collect();
    for (name, _) in built_in_statics() {
        published.statics.insert(name.clone(), Origin::Theme(name));
    }
    for file in &scan.files {
        if let Some(name) = file.path.below("static") {
            published.statics.insert(name.to_owned(), Origin::Source(file.path.clone()));
        } else if file.path.below("content").is_some() && !file.path.is_markdown() {
            published.content.push(file.path.clone());
        }
    }
    published.content.sort();
    for (name, origin) in &published.statics {
        if !files::is_asset(name) {
            continue;
        }
        let fingerprint = match origin {
            Origin::Source(path) => Fingerprint::of(&disk.read(path)?),
            Origin::Theme(name) => Fingerprint::of(built_in.get(name).copied().unwrap_or_default()),
        };
        published.assets.push(Asset { name: name.clone(), origin: origin.clone(), fingerprint });
    }
    let pictures: Vec<&SourcePath> =
        scan.files.iter().map(|file| &file.path).filter(|path| is_picture(path)).collect();
    let sizes: Vec<(SourcePath, Option<Pixels>)> = pictures
        .par_iter()
        .map(|path| Ok(((*path).clone(), pixels(&disk.read(path)?))))
        .collect::<anyhow::Result<_>>()?;
    published.pixels = sizes.into_iter().filter_map(|(path, pixels)| Some((path, pixels?))).collect();
    Ok(published)
}

/// The size of a picture, from its first bytes.
fn pixels(bytes: &[u8]) -> Option<Pixels> {
    let size = imagesize::blob_size(bytes).ok()?;
    Some(Pixels { width: u32::try_from(size.width).ok()?, height: u32::try_from(size.height).ok()? })
}

fn is_picture(path: &SourcePath) -> bool {
    let extension = extension(path);
    ["jpg", "jpeg", "png", "webp", "gif", "avif"].iter().any(|known| extension.eq_ignore_ascii_case(known))
}

fn extension(path: &SourcePath) -> &str {
    path.file_name().rsplit_once('.').map_or("", |(_, extension)| extension)
}
