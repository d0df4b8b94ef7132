//! New postings out of old ones and edits, and which articles see something else because of it.
//!
//! What an article sees of a term are the postings in reach of its own and the term's rarity at its time. Groups that
//! hold no edit and lose no article are copied; in the others, old and new are compared posting by posting. From
//! nothing, all postings are new, and so are all articles.

use crate::archive::related::edits::{Edit, Edits};
use crate::archive::related::postings::{Group, Posting, Postings};
use crate::archive::related::ranks::Ranks;
use crate::archive::related::seats::{Lookout, Sight};
use crate::archive::related::timeline::{Matching, NO_RANK, Timeline};

/// Old postings on their way to new ones.
pub struct Rewriting<'a> {
    old: &'a Postings,
    old_line: &'a Timeline,
    new_line: &'a Timeline,
    matching: &'a Matching,
    reach: u8,
    new: Postings,
    /// How many of the old groups are written.
    written: usize,
    /// The articles, by new rank, that see something else now.
    affected: &'a mut Ranks,
    changes: Changes,
}

/// What became of the postings of one term.
#[derive(Default)]
struct Changes {
    /// The old and the new place of each posting that stayed as it was, but for its rank.
    kept: Vec<(usize, usize)>,
    /// The old places of postings that are gone or have another level.
    gone: Vec<usize>,
    /// The new places of postings that came or have another level.
    came: Vec<usize>,
}

/// One side of a comparison: the old postings of a term, or the new ones.
struct Side<'a> {
    lookout: Lookout<'a>,
    touched: &'a [usize],
    next: usize,
}

impl<'a> Rewriting<'a> {
    /// Begins with the postings of `old_line`. Articles of `new_line` that see something else are added to `affected`.
    #[must_use]
    pub fn new(
        old: (&'a Postings, &'a Timeline),
        new_line: &'a Timeline,
        matching: &'a Matching,
        reach: u8,
        affected: &'a mut Ranks,
        more: usize,
    ) -> Self {
        let mut new = Postings::default();
        let (old, old_line) = old;
        new.reserve(old, more);
        let changes = Changes::default();
        Self { old, old_line, new_line, matching, reach, new, written: 0, affected, changes }
    }

    /// Takes in edits, all of them of terms behind those of earlier ones.
    pub fn take(&mut self, edits: Edits) {
        edits.hand_out(|edits| {
            for run in edits.chunk_by(|left, right| left.hash() == right.hash()) {
                self.change(run);
            }
        });
    }

    /// The new postings, once all edits are in.
    #[must_use]
    pub fn finish(mut self) -> Postings {
        self.carry_over(self.old.directory().0.len());
        self.new
    }

    /// Writes the group of one term, and all groups before it.
    fn change(&mut self, edits: &[Edit]) {
        let hash = edits[0].hash();
        let hashes = &self.old.directory().0[self.written..];
        // Edits are few, or groups are: either way the next group is near, or it is worth a search.
        let skipped = match hashes.first() {
            Some(&first) if first < hash => hashes.partition_point(|&other| other < hash),
            _ => 0,
        };
        self.carry_over(self.written + skipped);
        if self.old.directory().0.get(self.written) == Some(&hash) {
            self.merge(self.old.group(self.written), edits);
            self.written += 1;
        } else {
            self.new.extend(edits.iter().filter_map(|edit| edit.posting()));
            self.new.close(hash);
        }
    }

    /// Writes the old groups up to this number, which have no edits.
    fn carry_over(&mut self, end: usize) {
        let groups = self.written..end;
        self.written = end;
        if self.matching.unmoved {
            self.new.copy(self.old, groups);
            return;
        }
        for number in groups {
            let group = self.old.group(number);
            let mut whole = true;
            let ranks = &self.matching.new_ranks;
            self.new.extend(group.postings.iter().map(|posting| {
                let rank = ranks[posting.rank() as usize];
                whole &= rank != NO_RANK;
                posting.moved(rank)
            }));
            if whole {
                self.new.close(group.hash);
            } else {
                self.new.reopen();
                self.merge(group, &[]);
            }
        }
    }

    /// Writes a group that changes, and marks who sees it.
    fn merge(&mut self, group: Group<'_>, edits: &[Edit]) {
        let Changes { kept, gone, came } = &mut self.changes;
        kept.clear();
        gone.clear();
        came.clear();
        let first = self.new.all().len();
        let mut edits = edits.iter().peekable();
        let mut put = |new: &mut Postings, edit: &Edit| {
            if let Some(posting) = edit.posting() {
                came.push(new.all().len() - first);
                new.push(posting);
            }
        };
        for (at, posting) in group.postings.iter().enumerate() {
            let rank = self.matching.new_ranks[posting.rank() as usize];
            if rank == NO_RANK {
                gone.push(at);
                continue;
            }
            while let Some(edit) = edits.next_if(|edit| edit.rank() < rank) {
                put(&mut self.new, edit);
            }
            if let Some(edit) = edits.next_if(|edit| edit.rank() == rank) {
                gone.push(at);
                put(&mut self.new, edit);
            } else {
                kept.push((at, self.new.all().len() - first));
                self.new.push(posting.moved(rank));
            }
        }
        for edit in edits {
            put(&mut self.new, edit);
        }
        self.mark(group.postings, first);
        self.new.close(group.hash);
    }

    /// Marks the articles that see something else in the group whose new postings begin at `first`.
    fn mark(&mut self, old: &[Posting], first: usize) {
        let new = &self.new.all()[first..];
        let Changes { kept, gone, came } = &self.changes;
        let (old_ends, new_ends) = (&self.old_line.peers_end, &self.new_line.peers_end);
        let oldest = |touched: &[usize], postings: &[Posting]| {
            touched.first().map_or(u32::MAX, |&at| postings[at].rank())
        };
        let (first_gone, first_came) = (oldest(gone, old), oldest(came, new));
        // Articles older than every change see none of it.
        let older = kept.partition_point(|&(before, now)| {
            old_ends[old[before].rank() as usize] <= first_gone
                && new_ends[new[now].rank() as usize] <= first_came
        });
        let mut before = Side::new(old, old_ends, self.reach, gone);
        let mut now = Side::new(new, new_ends, self.reach, came);
        for &(old_at, new_at) in &kept[older..] {
            let (was, was_touched) = before.look(old_at);
            let (is, is_touched) = now.look(new_at);
            if was_touched || is_touched || was.rarity != is.rarity {
                self.affected.insert(new[new_at].rank());
            }
        }
    }
}

impl<'a> Side<'a> {
    fn new(postings: &'a [Posting], peers_end: &'a [u32], reach: u8, touched: &'a [usize]) -> Self {
        Self { lookout: Lookout::new(postings, peers_end, reach), touched, next: 0 }
    }

    /// What is seen from the place, and whether anything in reach was touched.
    fn look(&mut self, at: usize) -> (Sight, bool) {
        let sight = self.lookout.sight(at);
        let (first, last) = (at - usize::from(sight.before), at + usize::from(sight.after));
        while self.touched.get(self.next).is_some_and(|&touched| touched < first) {
            self.next += 1;
        }
        (sight, self.touched.get(self.next).is_some_and(|&touched| touched <= last))
    }
}

/// Adds to `affected` the articles that have one of the `loud` ones in reach: those articles keep their postings, but
/// count differently.
pub fn mark_neighbours(
    loud: &Ranks,
    postings: &Postings,
    peers_end: &[u32],
    reach: u8,
    affected: &mut Ranks,
) {
    let reach = usize::from(reach);
    for Group { postings, .. } in postings.groups() {
        for (at, posting) in postings.iter().enumerate() {
            if !loud.contains(posting.rank()) {
                continue;
            }
            let newer = &postings[at + 1..postings.len().min(at + 1 + reach)];
            let same_age =
                |other: &&Posting| peers_end[other.rank() as usize] == peers_end[posting.rank() as usize];
            let peers = postings[at.saturating_sub(reach)..at].iter().rev().take_while(same_age);
            for other in newer.iter().chain(peers) {
                affected.insert(other.rank());
            }
        }
    }
}
