//! The disk under the checkpoint: what is written reaches it when it is synchronised. Until then a
//! power cut keeps, loses or tears each write by itself; a killed process loses nothing.

use super::random::Random;

/// The checkpoint, and what it is written as before it has its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    Checkpoint,
    Temporary,
}

const SECTOR: usize = 512;

/// What was asked of the disk, and of the server between. tests/calls/simulated.rs compares it with what
/// the library asks of a real one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Open(Name),
    Cut(Name),
    Write(Name),
    Sync(Name),
    Unlink(Name),
    Rename,
    SyncDirectory,
    /// Some request has been sent; a Complete has.
    Request,
    Commit,
}

/// A file that may have several names, or none. A position in `Disk::nodes`.
pub type Node = usize;

type Names = [Option<Node>; 2];

#[derive(Clone)]
enum Write {
    Bytes { at: usize, bytes: Vec<u8> },
    Cut(usize),
}

#[derive(Clone, Default)]
struct Content {
    durable: Vec<u8>,
    cached: Vec<u8>,
    pending: Vec<Write>,
}

/// What becomes of one write that was not synchronised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Lost,
    Kept,
    /// So many thousandths of it are there, and instead of the rest …
    Torn(usize, Rest),
}

/// … nothing, zeros, or what lay there before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    Missing,
    Zeros,
    Garbage,
}

#[derive(Clone, Default)]
pub struct Disk {
    nodes: Vec<Content>,
    names: Names,
    durable_names: Names,
    /// The names after each change that has not been synchronised. A journal keeps their order.
    pending_names: Vec<Names>,
    pub steps: Vec<Step>,
}

impl Disk {
    /// Nothing was ever made on it.
    pub fn is_untouched(&self) -> bool {
        self.nodes.is_empty()
    }

    pub fn named(&self, name: Name) -> Option<Node> {
        self.names[name as usize]
    }

    pub fn content(&self, node: Node) -> &[u8] {
        &self.nodes[node].cached
    }

    /// What the name leads to for a process.
    pub fn checkpoint(&self) -> &[u8] {
        let node = self.named(Name::Checkpoint);
        node.map_or(&[], |node| self.content(node))
    }

    /// What is left of the checkpoint in the worst case, or nothing while its name may get lost.
    pub fn durable(&self) -> &[u8] {
        match self.durable_names[Name::Checkpoint as usize] {
            Some(node) if self.pending_names.is_empty() => &self.nodes[node].durable,
            _ => &[],
        }
    }

    /// A step that concerns a file, by the name that it has then.
    fn note(&mut self, node: Node, step: fn(Name) -> Step) {
        for name in [Name::Checkpoint, Name::Temporary] {
            if self.named(name) == Some(node) {
                self.steps.push(step(name));
            }
        }
    }

    pub fn note_once(&mut self, step: Step) {
        if !self.steps.contains(&step) {
            self.steps.push(step);
        }
    }

    pub fn open(&mut self, name: Name) -> Option<Node> {
        self.steps.push(Step::Open(name));
        self.named(name)
    }

    fn change_names(&mut self, change: impl FnOnce(&mut Names)) {
        change(&mut self.names);
        self.pending_names.push(self.names);
    }

    pub fn create(&mut self, name: Name) -> Node {
        self.steps.push(Step::Open(name));
        self.nodes.push(Content::default());
        let node = self.nodes.len() - 1;
        self.change_names(|names| names[name as usize] = Some(node));
        node
    }

    pub fn unlink(&mut self, name: Name) {
        self.steps.push(Step::Unlink(name));
        if self.named(name).is_some() {
            self.change_names(|names| names[name as usize] = None);
        }
    }

    pub fn rename(&mut self) {
        self.steps.push(Step::Rename);
        self.change_names(|names| {
            names[Name::Checkpoint as usize] = names[Name::Temporary as usize].take();
        });
    }

    pub fn sync_directory(&mut self) {
        self.steps.push(Step::SyncDirectory);
        self.durable_names = self.names;
        self.pending_names.clear();
    }

    pub fn append(&mut self, node: Node, bytes: &[u8]) {
        self.note(node, Step::Write);
        let content = &mut self.nodes[node];
        content.pending.push(Write::Bytes {
            at: content.cached.len(),
            bytes: bytes.to_vec(),
        });
        content.cached.extend(bytes);
    }

    pub fn cut(&mut self, node: Node, len: usize) {
        self.note(node, Step::Cut);
        let content = &mut self.nodes[node];
        if content.cached.len() > len {
            content.pending.push(Write::Cut(len));
            content.cached.truncate(len);
        }
    }

    /// Writes that a synchronisation begun now will make durable.
    pub fn unsynced(&self, node: Node) -> usize {
        self.nodes[node].pending.len()
    }

    pub fn sync(&mut self, node: Node, writes: usize) {
        self.note(node, Step::Sync);
        let content = &mut self.nodes[node];
        let writes = writes.min(content.pending.len());
        for write in content.pending.drain(..writes) {
            apply(&mut content.durable, &write, Fate::Kept);
        }
    }

    /// `names` of the changes of names are kept.
    pub fn power_cut(&mut self, names: usize, mut fate: impl FnMut(usize, usize) -> Fate) {
        if let Some(kept) = names.min(self.pending_names.len()).checked_sub(1) {
            self.durable_names = self.pending_names[kept];
        }
        self.pending_names.clear();
        self.names = self.durable_names;
        for content in &mut self.nodes {
            let writes = std::mem::take(&mut content.pending);
            for (number, write) in writes.iter().enumerate() {
                apply(&mut content.durable, write, fate(number, writes.len()));
            }
            content.cached = content.durable.clone();
        }
    }

    pub fn power_cut_by_chance(&mut self, random: &mut Random) {
        let names = random.index(self.pending_names.len() + 1);
        let kind = random.below(4);
        let torn = random.index(8);
        self.power_cut(names, |number, _| match kind {
            0 => Fate::Lost,
            // In order up to one that is torn, as on a file system that appends in order.
            1 if number < torn => Fate::Kept,
            1 if number > torn => Fate::Lost,
            1 => any_tear(random),
            _ => match random.below(3) {
                0 => Fate::Lost,
                1 => Fate::Kept,
                _ => any_tear(random),
            },
        });
    }
}

fn any_tear(random: &mut Random) -> Fate {
    let rest = match random.below(3) {
        0 => Rest::Missing,
        1 => Rest::Zeros,
        _ => Rest::Garbage,
    };
    Fate::Torn(random.below(1000) as usize, rest)
}

fn apply(content: &mut Vec<u8>, write: &Write, fate: Fate) {
    let (at, bytes) = match (write, fate) {
        (_, Fate::Lost) => return,
        (Write::Cut(len), _) => return content.truncate(*len),
        (Write::Bytes { at, bytes }, _) => (*at, bytes),
    };
    let kept = match fate {
        Fate::Torn(thousandths, _) => bytes.len() * thousandths / 1000,
        _ => bytes.len(),
    };
    let mut written = bytes[..kept].to_vec();
    match fate {
        Fate::Torn(_, Rest::Zeros) => written.resize(bytes.len(), 0),
        // A short new file is one sector, and a file system shows nothing of others in it, but zeros.
        Fate::Torn(_, Rest::Garbage) if at < SECTOR => written.resize(bytes.len(), 0),
        Fate::Torn(_, Rest::Garbage) => {
            let garbage = (kept..bytes.len()).map(|byte| (byte as u8).wrapping_mul(151) | 0x80);
            written.extend(garbage);
        }
        _ => {}
    }
    if content.len() < at {
        content.resize(at, 0);
    }
    let end = (at + written.len()).min(content.len());
    content.splice(at..end, written);
}
