//! Which requests to seal again, and which answers, have to go out? (`docs/protocol.md` §5.8.) It must never know who is
//! asked, or why.

use liaison_keys::names::HeaderHash;
use liaison_proto::frame::Code;
use liaison_proto::frame::Frame;
use liaison_proto::limits;
use liaison_proto::session::client::{ClientError, Ready, RequestId};
use tokio::time::Instant;

use super::{Happening, Online, OnlineError, ms};
use crate::record::Record;
use crate::reseal::NotResealed;
use crate::station::Station;

impl Online {
    /// Seals again what this station may by itself, hands that in, and asks for what cannot be opened here.
    pub(super) async fn reseal(&mut self, station: &mut Station) -> Result<(), OnlineError> {
        let by_itself = station.open_requests().into_iter().filter(|open| open.by_hand.is_none());
        for open in by_itself.collect::<Vec<_>>() {
            match station.reseal(open.hh, open.device) {
                Ok(()) => self.happenings.push(Happening::Resealed(open.hh, open.office)),
                Err(NotResealed::Station(error)) => return Err(error.into()),
                // It stays open: the directory may be fresh, and the device live, another time.
                Err(_) => {}
            }
        }
        // The State's share is one for posts and for these: where it is used up, all of them wait.
        if self.is_paused() {
            return Ok(());
        }
        for (hh, device, wrap) in station.rewraps()? {
            if !self.pass(station, |ready| ready.rewrap(hh, wrap)).await? {
                return Ok(());
            }
            station.keep(vec![Record::RewrapPassed { hh, device }])?;
        }
        self.ask_for_reseals(station).await
    }

    async fn ask_for_reseals(&mut self, station: &mut Station) -> Result<(), OnlineError> {
        let asked: Vec<HeaderHash> = station.reseals_to_ask();
        for hh in asked {
            let request = station.reseal_request(hh)?;
            if !self.pass(station, |ready| ready.reseal(request)).await? {
                break;
            }
            station.keep(vec![Record::ResealAsked { hh }])?;
            self.happenings.push(Happening::AskedToReseal(hh));
        }
        Ok(())
    }

    /// Whether this has been settled: the relay has it, or will never take it.
    async fn pass(
        &mut self,
        station: &mut Station,
        make: impl FnOnce(&mut Ready) -> Result<(RequestId, Frame), ClientError>,
    ) -> Result<bool, OnlineError> {
        match self.ask(station, make).await {
            Ok(_) => Ok(true),
            Err(OnlineError::Refused(Code::Quota | Code::Busy)) => {
                self.paused_until = Some(Instant::now() + ms(limits::QUOTA_PAUSE_MS));
                Ok(false)
            }
            Err(OnlineError::Refused(_)) => Ok(true),
            Err(error) => Err(error),
        }
    }
}
