//! Heads: what was read, remembered by file, in buckets so that an edited story rewrites a hundredth of them.
//!
//! A bucket that is damaged or absent only means that its files are read again.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::folders::{self, Folders, folder_of};
use super::ledger::{Head, Parsed};
use super::survey::Survey;
use crate::content::article::Article;
use crate::disk::parts::Parts;
use crate::disk::scan::Scan;
use crate::source::SourcePath;

/// How many buckets there are.
pub(super) const BUCKETS: usize = 128;

/// The place of a file that is not there, or not as it was.
const NOWHERE: u32 = u32::MAX;

/// For each number the place of its file in the scan, when the file is as it was.
fn places(survey: &Survey) -> Vec<u32> {
    let most = survey.slots.iter().max().map_or(0, |most| *most as usize + 1);
    let mut places: Vec<u32> = vec![NOWHERE; most];
    for ((same, slot), place) in survey.same.iter().zip(&survey.slots).zip(0..) {
        if same.is_some() {
            places[*slot as usize] = place;
        }
    }
    places
}

/// What is remembered, each head with the place of its file in the scan.
#[derive(Clone)]
pub(super) struct Heads {
    buckets: Vec<Vec<(u32, Head)>>,
    /// The parts that hold the buckets; empty where a bucket is no longer what its part holds.
    names: Vec<String>,
}

impl Heads {
    /// Nothing is remembered.
    pub(super) fn none() -> Self {
        Self { buckets: (0..BUCKETS).map(|_| Vec::new()).collect(), names: vec![String::new(); BUCKETS] }
    }

    /// Recalls the heads of all files that are as they were.
    pub(super) fn recall(parts: &Parts, names: &[String], scan: &Scan, survey: &Survey) -> Self {
        if names.len() != BUCKETS {
            return Self::none();
        }
        let places = places(survey);
        let place_of = |slot: u32| places.get(slot as usize).copied().filter(|place| *place != NOWHERE);
        let recalled = names.par_iter().map(|name| {
            let recalled = parts.look(name, |bucket| {
                let folders = Folders::of(bucket)?;
                let (mut all, mut kept) = (0, Vec::new());
                for at in 0..folders.len() {
                    let heads = folders.open(at)?;
                    all += heads.len();
                    kept.reserve(heads.len());
                    for mut head in heads {
                        if let Some(place) = place_of(head.slot) {
                            head.parsed.lies_at(&scan.files[place as usize].path, head.slot);
                            kept.push((place, head));
                        }
                    }
                }
                let name = if kept.len() == all { name.clone() } else { String::new() };
                Some((kept, name))
            });
            recalled.unwrap_or_default()
        });
        let (buckets, names) = recalled.unzip();
        Self { buckets, names }
    }

    /// Recalls the head of one file.
    pub(super) fn peek(parts: &Parts, names: &[String], slot: u32, path: &SourcePath) -> Option<Head> {
        let name = names.get(slot as usize % BUCKETS).filter(|_| names.len() == BUCKETS)?;
        let heads = parts.look(name, |bucket| Folders::of(bucket)?.open(folder_of(slot)))?;
        let mut head = heads.into_iter().find(|head| head.slot == slot)?;
        head.parsed.lies_at(path, slot);
        Some(head)
    }

    /// Writes the buckets again in which heads are put, be they new or in the places of others, and tells the names of all
    /// parts; `None` when a bucket is not there.
    pub(super) fn put(
        parts: &Parts,
        names: &[String],
        new: Vec<Head>,
    ) -> anyhow::Result<Option<Vec<String>>> {
        let mut names = names.to_vec();
        let mut buckets: BTreeMap<usize, Vec<Head>> = BTreeMap::new();
        for head in new {
            buckets.entry(head.slot as usize % BUCKETS).or_default().push(head);
        }
        for (number, new) in buckets {
            let Some(name) = names.get_mut(number) else { return Ok(None) };
            let exchanged = parts.look(name, |bucket| Folders::of(bucket)?.put(new));
            let Some(bucket) = exchanged else { return Ok(None) };
            *name = parts.write(&format!("heads{number}"), &bucket)?;
        }
        Ok(Some(names))
    }

    /// The head of the file with this number.
    pub(super) fn get(&self, slot: u32) -> Option<&Head> {
        let bucket = &self.buckets[slot as usize % BUCKETS];
        bucket.iter().map(|(_, head)| head).find(|head| head.slot == slot)
    }

    /// Takes a head for the one of the same file.
    pub(super) fn replace(&mut self, new: Head) {
        let bucket = &mut self.buckets[new.slot as usize % BUCKETS];
        if let Some((_, head)) = bucket.iter_mut().find(|(_, head)| head.slot == new.slot) {
            *head = new;
        }
    }

    /// Keeps the heads of the files of another scan that are as they were.
    pub(super) fn move_to(&mut self, survey: &Survey) {
        let places = places(survey);
        self.buckets.par_iter_mut().zip(&mut self.names).for_each(|(bucket, name)| {
            name.clear();
            bucket.retain_mut(|(place, head)| {
                *place = places.get(head.slot as usize).copied().unwrap_or(NOWHERE);
                *place != NOWHERE
            });
        });
    }

    /// Forgets the articles that have to be read again, because it is not remembered what they are about.
    pub(super) fn retain(&mut self, is_whole: impl Fn(&Article) -> bool + Sync) {
        self.buckets.par_iter_mut().zip(&mut self.names).for_each(|(bucket, name)| {
            let before = bucket.len();
            bucket.retain(|(_, head)| match &head.parsed {
                Parsed::Article(article) => is_whole(article),
                _ => true,
            });
            if bucket.len() < before {
                name.clear();
            }
        });
    }

    /// Which files of the scan are remembered.
    pub(super) fn known(&self, files: usize) -> Vec<bool> {
        let mut known = vec![false; files];
        for (place, _) in self.buckets.iter().flatten() {
            known[*place as usize] = true;
        }
        known
    }

    /// Takes in what was read now.
    pub(super) fn add(&mut self, heads: impl IntoIterator<Item = (u32, Head)>) {
        for (place, head) in heads {
            let bucket = head.slot as usize % BUCKETS;
            self.names[bucket].clear();
            self.buckets[bucket].push((place, head));
        }
    }

    /// Writes the buckets that are no longer what their parts hold, and tells the names of all parts.
    pub(super) fn write(&mut self, parts: &Parts) -> anyhow::Result<Vec<String>> {
        let work = self.buckets.par_iter_mut().zip(self.names.par_iter_mut()).enumerate();
        work.try_for_each(|(number, (bucket, name))| {
            if !name.is_empty() {
                return Ok(());
            }
            // The form wants the heads without the places, in the order of their numbers.
            bucket.sort_unstable_by_key(|(_, head)| head.slot);
            let (places, heads): (Vec<u32>, Vec<Head>) = std::mem::take(bucket).into_iter().unzip();
            let (bytes, heads) = folders::write(heads);
            *name = parts.write(&format!("heads{number}"), &bytes)?;
            *bucket = places.into_iter().zip(heads).collect();
            anyhow::Ok(())
        })?;
        Ok(self.names.clone())
    }

    /// All heads in the order of the scan.
    pub(super) fn in_order(self, files: usize) -> impl Iterator<Item = Head> {
        let mut all: Vec<Option<Head>> = (0..files).map(|_| None).collect();
        for (place, head) in self.buckets.into_iter().flatten() {
            all[place as usize] = Some(head);
        }
        all.into_iter().flatten()
    }
}
