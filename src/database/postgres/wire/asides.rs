//! What the server says unasked.

use std::collections::{BTreeMap, VecDeque};

use super::fields::lossy;
use super::message_in::BackendMessage;
use super::server_message::ServerMessage;

/// How many notices are kept until they are taken; a function may raise millions.
const NOTICES_MAX: usize = 64;

/// More settings than any server reports.
const SETTINGS_MAX: usize = 256;

/// Settings and notices.
#[derive(Debug, Default)]
pub(super) struct Asides {
    pub(super) settings: BTreeMap<String, String>,
    pub(super) notices: VecDeque<ServerMessage>,
}

impl Asides {
    /// Gives back a message that is a reply.
    pub(super) fn take_in<'b>(
        &mut self,
        message: BackendMessage<'b>,
    ) -> Option<BackendMessage<'b>> {
        match message {
            BackendMessage::NoticeResponse(notice) => {
                if self.notices.len() == NOTICES_MAX {
                    self.notices.pop_front();
                }
                self.notices.push_back(*notice);
            }
            BackendMessage::ParameterStatus(name, value) => {
                let name = lossy(name);
                if self.settings.len() < SETTINGS_MAX || self.settings.contains_key(&name) {
                    self.settings.insert(name, lossy(value));
                }
            }
            BackendMessage::Other => {}
            reply => return Some(reply),
        }
        None
    }
}
