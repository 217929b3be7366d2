//! What is one line of a list of offices? The columns, as a spreadsheet or a program has them, from and to an entry.
//! It must never know whose keys sign it.

use liaison_keys::card::Card;
use liaison_keys::cbor;
use liaison_keys::directory::{Answers, At, Category, Membership, OfficeRecord, Rank};
use liaison_keys::names::OfficeId;
use serde::{Deserialize, Serialize};

use crate::cli::names;
use crate::cli::office::{email, phone};
use crate::failure::Failure;
use crate::when;

/// One office. Every column but the first may be missing or empty; lists are written with semicolons.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Row {
    pub(crate) office: String,
    pub(crate) unit: String,
    pub(crate) organisation: String,
    pub(crate) categories: String,
    pub(crate) level: String,
    pub(crate) rank: String,
    pub(crate) backup_of: String,
    pub(crate) languages: String,
    pub(crate) answers: String,
    pub(crate) same_poc_in: String,
    pub(crate) supplied_by: String,
    pub(crate) effective: String,
    pub(crate) emails: String,
    pub(crate) phones: String,
}

/// What is wrong with a line, in words.
pub(super) type Wrong = String;

impl Row {
    /// The line of an entry, with what stands on its card.
    pub(super) fn of(office: &OfficeId, record: &OfficeRecord, card: Option<&Card>) -> Self {
        let list = |texts: Vec<String>| texts.join(";");
        let networks = record.networks.iter().flatten();
        let supplied = record.networks.iter().flatten().find_map(|network| network.supplied_by.as_ref());
        let emails = card.iter().flat_map(|card| &card.emails);
        let phones = card.iter().flat_map(|card| &card.phones);
        Self {
            office: office.to_string(),
            unit: record.unit.clone(),
            organisation: record.organisation.clone().unwrap_or_default(),
            categories: list(record.categories.iter().map(|category| category.name().to_owned()).collect()),
            level: record.level.map(|level| level.name().to_owned()).unwrap_or_default(),
            rank: record.rank.name().to_owned(),
            backup_of: record.backup_of.as_ref().map(ToString::to_string).unwrap_or_default(),
            languages: list(record.languages.clone()),
            answers: record.answers.map(|answers| answers.name().to_owned()).unwrap_or_default(),
            same_poc_in: list(networks.map(|network| network.group.slug().to_string()).collect()),
            supplied_by: supplied.map(ToString::to_string).unwrap_or_default(),
            effective: record.effective.map(when::day).unwrap_or_default(),
            emails: list(emails.map(|email| format!("{}={}", email.address, email.kind.name())).collect()),
            phones: list(phones.map(|phone| format!("{}={}", phone.number, phone.kind.name())).collect()),
        }
    }

    /// The office that it speaks of.
    pub(super) fn office(&self) -> Result<OfficeId, Wrong> {
        names::office(self.office.trim())
    }

    /// The record that the line wants: what stands, with what the line says put over it.
    pub(super) fn record(&self, office: &OfficeId, at: At<'_>) -> Result<OfficeRecord, Wrong> {
        let stands = at.office(office).cloned();
        let unit = Some(self.unit.trim()).filter(|unit| !unit.is_empty()).map(str::to_owned);
        let unit = unit.or_else(|| stands.as_ref().map(|record| record.unit.clone()));
        let unit = unit.ok_or_else(|| say!("row-no-unit"))?;
        let mut record = stands
            .unwrap_or_else(|| OfficeRecord::of_unit(Vec::new(), String::new(), Rank::Primary, Vec::new()));
        record.unit = unit;
        let main = office.owner.state().and(Category::from_name(office.role.as_str()));
        let named = split(&self.categories).map(names::category).collect::<Result<Vec<_>, _>>()?;
        if !named.is_empty() || record.categories.is_empty() {
            record.categories = named;
            record.categories.extend(main);
            record.categories.sort_unstable();
            record.categories.dedup();
        }
        record.level = one(&self.level, names::level)?.or(record.level);
        record.rank = one(&self.rank, names::rank)?.unwrap_or(record.rank);
        record.backup_of = one(&self.backup_of, names::office)?.or(record.backup_of);
        if self.languages.chars().any(|c| c.is_alphanumeric()) {
            record.languages = split(&self.languages).map(str::to_owned).collect();
        }
        record.answers = one(&self.answers, |text| {
            Answers::from_name(text).ok_or_else(|| say!("row-answers", text = text))
        })?
        .or(record.answers);
        let organisation = Some(self.organisation.trim()).filter(|text| !text.is_empty());
        record.organisation = organisation.map(str::to_owned).or(record.organisation);
        record.effective = one(&self.effective, |text| {
            when::read(text, at.time()).ok_or_else(|| say!("row-time", text = text))
        })?
        .or(record.effective);
        self.networks(&mut record)?;
        if record.is_well_formed(office.owner.state().is_some()) {
            Ok(record)
        } else {
            Err(say!("row-record"))
        }
    }

    fn networks(&self, record: &mut OfficeRecord) -> Result<(), Wrong> {
        let mut groups = split(&self.same_poc_in).map(names::group).collect::<Result<Vec<_>, _>>()?;
        if groups.is_empty() {
            return Ok(());
        }
        cbor::make_set(&mut groups);
        let supplied_by = one(&self.supplied_by, names::owner)?;
        let same = |group| Membership { group, same_poc: true, supplied_by: supplied_by.clone() };
        record.networks = Some(groups.into_iter().map(same).collect());
        Ok(())
    }

    /// The card that the line wants, if it says anything of one.
    pub(super) fn card(&self, stands: Option<Card>) -> Result<Option<Card>, Wrong> {
        let message = |failure: Failure| failure.message();
        let emails = split(&self.emails).map(email).collect::<Result<Vec<_>, _>>().map_err(message)?;
        let phones = split(&self.phones).map(phone).collect::<Result<Vec<_>, _>>().map_err(message)?;
        if emails.is_empty() && phones.is_empty() {
            return Ok(None);
        }
        let mut card = stands.unwrap_or_default();
        if !emails.is_empty() {
            card.emails = emails;
        }
        if !phones.is_empty() && !same_numbers(&card, &phones) {
            card.phones = phones;
        }
        card.check().map_err(|error| error.to_string())?;
        Ok(Some(card))
    }
}

/// A list says less of a number than a card: the same ones are left as they are.
fn same_numbers(card: &Card, phones: &[liaison_keys::card::Phone]) -> bool {
    let short = |phones: &[liaison_keys::card::Phone]| -> Vec<_> {
        phones.iter().map(|phone| (phone.number.clone(), phone.kind)).collect()
    };
    short(&card.phones) == short(phones)
}

fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split(';').map(str::trim).filter(|part| !part.is_empty())
}

fn one<T>(text: &str, read: impl Fn(&str) -> Result<T, Wrong>) -> Result<Option<T>, Wrong> {
    let text = text.trim();
    if text.is_empty() { Ok(None) } else { read(text).map(Some) }
}

/// Reads a list: JSON when it begins as such, else CSV with a line of column names.
pub(super) fn read(text: &str) -> Result<Vec<(u64, Row)>, Wrong> {
    let text = text.trim_start_matches('\u{feff}');
    if text.trim_start().starts_with('[') {
        let rows: Vec<Row> = serde_json::from_str(text).map_err(|error| error.to_string())?;
        return Ok((1..).zip(rows).collect());
    }
    let semicolons = text.lines().next().is_some_and(|head| !head.contains(',') && head.contains(';'));
    let delimiter = if semicolons { b';' } else { b',' };
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).trim(csv::Trim::All).from_reader(text.as_bytes());
    let head = reader.headers().map_err(|error| error.to_string())?.clone();
    let mut rows = Vec::new();
    // As a spreadsheet counts: the names of the columns are row 1.
    for (number, record) in (2..).zip(reader.records()) {
        let record = record.map_err(|error| error.to_string())?;
        rows.push((number, record.deserialize(Some(&head)).map_err(|error| error.to_string())?));
    }
    Ok(rows)
}

/// Writes a list as CSV.
pub(super) fn write(rows: &[Row]) -> Result<String, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.serialize(row)?;
    }
    let bytes = writer.into_inner().map_err(|error| error.into_error())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_reads_as_it_was_written() {
        let row = Row {
            office: "xa/operations/1".to_owned(),
            unit: "Desk, \"duty\"".to_owned(),
            emails: "a@xa.example=duty;b@xa.example=unit".to_owned(),
            ..Row::default()
        };
        let text = write(std::slice::from_ref(&row)).unwrap();
        assert_eq!(read(&text), Ok(vec![(2, row.clone())]));
        let json = serde_json::to_string(&vec![&row]).unwrap();
        assert_eq!(read(&json), Ok(vec![(1, row)]));
    }

    #[test]
    fn what_a_spreadsheet_writes_is_read() {
        let rows = read("\u{feff}office;unit\r\nxa/operations/1; Desk \r\n").unwrap();
        assert_eq!((rows[0].0, rows[0].1.unit.as_str()), (2, "Desk"));
        assert!(read("office,colour\nxa/operations/1,red\n").unwrap_err().contains("colour"));
        assert!(read("[{\"office\": 1}]").is_err());
    }
}
