//! What is different since the last commit? For the one writer, which sees it at once; readers see it afterwards.
//! It must never know why something changed.

use std::collections::BTreeMap;

use super::mark::Mark;
use super::record::Fixed;
use super::table::Table;
use super::{View, ViewError};

/// Changes gather here until [`Changes::commit`] shows all of them at once.
#[derive(Debug)]
pub(crate) struct Changes {
    view: View,
    mark: Mark,
    /// Whether the mark says more than the last commit.
    reached: bool,
    /// By whole key.
    rows: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
}

impl Changes {
    pub(super) fn new(view: View, mark: Mark) -> Self {
        Self { view, mark, reached: true, rows: BTreeMap::new() }
    }

    /// The value under a key, as changed.
    pub(crate) fn get<V: Fixed>(&self, table: Table<V>, key: &[u8]) -> Result<Option<V>, ViewError> {
        match self.rows.get(&table.key(key)) {
            Some(Some(changed)) => V::read(changed).map(Some).ok_or(ViewError),
            Some(None) => Ok(None),
            None => self.view.read(table, key),
        }
    }

    /// Puts a value.
    pub(crate) fn put<V: Fixed>(&mut self, table: Table<V>, key: &[u8], value: V) {
        self.rows.insert(table.key(key), Some(value.bytes()));
    }

    /// Takes a value away and says what it was.
    pub(crate) fn take<V: Fixed>(&mut self, table: Table<V>, key: &[u8]) -> Result<Option<V>, ViewError> {
        let was = self.get(table, key)?;
        if was.is_some() {
            self.rows.insert(table.key(key), None);
        }
        Ok(was)
    }

    /// Keys of a table that begin like this, as changed.
    pub(crate) fn keys<V: Fixed>(&self, table: Table<V>, prefix: &[u8]) -> Result<Vec<Vec<u8>>, ViewError> {
        let prefix = table.key(prefix);
        let mut keys = self.view.keys(&prefix)?;
        keys.retain(|key| !self.rows.contains_key(key));
        let changed = self.rows.range(prefix.clone()..).take_while(|(key, _)| key.starts_with(&prefix));
        keys.extend(changed.filter(|(_, value)| value.is_some()).map(|(key, _)| key.clone()));
        Ok(keys.iter().filter_map(|key| table.strip(key)).map(<[u8]>::to_vec).collect())
    }

    /// How many rows are different.
    pub(crate) fn rows(&self) -> usize {
        self.rows.len()
    }

    /// With the next commit, the view is complete up to this event of the journal with this founding.
    pub(crate) fn reach(&mut self, (known, id): (u64, [u8; 32]), founding: [u8; 32]) {
        (self.mark.known, self.mark.id, self.mark.founding) = (known, id, founding);
        self.reached = true;
    }

    /// Shows all changes to readers, and what the view is from now on with them.
    pub(crate) fn commit(&mut self) -> Result<(), ViewError> {
        if self.rows.is_empty() && !std::mem::take(&mut self.reached) {
            return Ok(());
        }
        let rows = std::mem::take(&mut self.rows);
        for (key, change) in &rows {
            if let Some(before) = self.view.stored(key)? {
                self.mark.sum.subtract(key, &before);
            }
            if let Some(after) = change {
                self.mark.sum.add(key, after);
            }
        }
        self.mark.commits = self.mark.commits.saturating_add(1);
        self.view.apply(rows.iter(), &self.mark)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ABOUT, expiry_key};
    use super::*;

    #[test]
    fn the_writer_sees_its_own_changes() {
        let dir = tempfile::tempdir().unwrap();
        let view = View::fresh(&dir.path().join("view")).unwrap();
        let mut changes = view.changes(Mark::default());
        changes.put(ABOUT, &expiry_key(1, 1), ());
        changes.put(ABOUT, &expiry_key(1, 2), ());
        changes.commit().unwrap();
        changes.put(ABOUT, &expiry_key(1, 3), ());
        assert_eq!(changes.take(ABOUT, &expiry_key(1, 2)), Ok(Some(())));
        assert_eq!(changes.take(ABOUT, &expiry_key(1, 2)), Ok(None));
        let keys = changes.keys(ABOUT, &1_u64.to_be_bytes()).unwrap();
        assert_eq!(keys, [expiry_key(1, 1), expiry_key(1, 3)].map(|key| key.to_vec()));
    }
}
